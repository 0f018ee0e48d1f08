package guard

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// leaver is what the app has of an active user whom the plan would deactivate,
// as far as it says who leaves together.
type leaver struct {
	uid, role, metadata string
	tags                []string
}

// trait is a value that somebody has, as the census knows it.
type trait struct {
	kind int    // the bit of a user.Layout, oneTag or aDomain
	hash uint64 // of the value, as a user.Fingerprint has it
}

// membership is a value that groups people.
type membership struct {
	trait
	field string // role, tags, metadata.KEY, or mail domain
	value string
}

// String is the group for people, without a value that is private.
func (m membership) String() string {
	switch {
	case m.kind == aFile:
		return m.value
	case strings.Contains(m.field, user.Private):
		return m.field + " (a private value)"
	}
	return fmt.Sprintf("%s %q", m.field, m.value)
}

const mailDomain = "mail domain"

// shared is a value that several people have, of whom the question is.
type shared struct {
	membership
	n      int
	others int // who have it and keep access
	enough int // more others than these settle the question
}

// cohort counts what some people share, but for one field.
type cohort struct {
	but string
	n   int
	by  map[trait]*shared
}

func (c *cohort) add(person []membership) {
	c.n++
	for i := range person {
		if m := &person[i]; m.field != c.but {
			c.count(m, 1)
		}
	}
}

func (c *cohort) count(m *membership, n int) {
	s := c.by[m.trait]
	if s == nil {
		if c.by == nil {
			c.by = map[trait]*shared{}
		}
		s = &shared{membership: *m}
		c.by[m.trait] = s
	}
	s.n += n
}

// join adds other people.
func (c *cohort) join(others *cohort) {
	c.n += others.n
	for _, s := range others.by {
		c.count(&s.membership, s.n)
	}
}

// sharedBy is the values that so many share, the largest first.
func (c *cohort) sharedBy(limit int) []*shared {
	var out []*shared
	for _, s := range c.by {
		if s.n >= limit {
			s.enough = s.n * (100 - lostShare) / lostShare
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *shared) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.String(), b.String()))
	})
	return out
}

// shared is all values that people share: one that nobody shares is not a group,
// unless there is but one of them.
func (c *cohort) shared() []*shared { return c.sharedBy(min(2, c.n)) }

func (c *cohort) clause() string { return clause(largest(c.shared())) }

// stretch is people who lose access side by side, in the order in which the
// last good run read a source.
type stretch struct {
	source   *plan.PastSource
	lost     int
	from, to int // of the source's users
}

// longest finds the longest stretch of lost users in a source, and the one at
// its end. Who was not active then is passed over.
func longest(s *plan.PastSource, lost []bool) (block, tail stretch) {
	run := stretch{source: s}
	for i := range s.UIDs {
		switch {
		case lost[i]:
			if run.lost++; run.lost == 1 {
				run.from = i
			}
			run.to = i + 1
			if run.lost > block.lost {
				block = run
			}
		case s.Filled[s.Sets[i]].Active:
			run.lost = 0
		}
	}
	return block, run
}

// removed is the guard on how many lose access.
func (j *judge) removed() {
	n, own := j.Seen.Active, mostLost
	if j.Past == nil || tenPercent.of(n) <= mostLost.of(n) {
		own = tenPercent
	}
	limit, text, ok := j.limit(j.Max.Deactivate, own, n, activeUsers)
	if ok && len(j.lost) > limit {
		j.trip(plan.MaxDeactivate, "", text, len(j.lost),
			"%s would lose access, and the limit is %s%s", phrase.Counted(len(j.lost), "user"), text,
			j.lostInCommon(func(string) bool { return true }))
	}
}

// lostTogether is the guards on who leaves with whom. None of them speaks of a
// first run: a migration tidies up, and whole groups of leftovers go.
func (j *judge) lostTogether() {
	past := j.Past
	if past == nil || len(j.lost) < lostGroup.least {
		return
	}
	limit, lost := lostGroup.of(j.Seen.Active), hashes(j.lost)
	for i := range past.Sources {
		of := make([]bool, len(past.Sources[i].UIDs))
		plan.EachOf(past.Sources[i:i+1], lost, func(_, user int) { of[user] = true })
		j.lostSource(&past.Sources[i], of, limit, len(past.Sources) > 1)
	}
	all := cohort{}
	for _, person := range j.leaving() {
		all.add(person)
	}
	groups := all.sharedBy(limit)
	j.countOthers(groups)
	for _, g := range groups {
		if g.others <= g.enough {
			j.trip(plan.LostGroup, g.String(), phrase.Thousands(limit), g.n, "%s would lose access, %s", partOf(g), noneLeft(g))
		}
	}
}

// lostSource is the guards on those whom the last good run had from a source, some of
// whom are lost; of several sources, on all of them, too.
func (j *judge) lostSource(s *plan.PastSource, lost []bool, limit int, several bool) {
	block, tail := longest(s, lost)
	j.stretch(plan.LostBlock, lostBlock.of(j.Seen.Active), block, "side by side in")
	if tail.lost > 0 {
		j.stretch(plan.LostTail, lostTail.of(j.Seen.Active), tail, "at the end of")
	}
	if !several {
		return
	}
	all, gone := 0, 0
	for k, set := range s.Sets {
		if s.Filled[set].Active {
			all++
			if lost[k] {
				gone++
			}
		}
	}
	if gone >= limit && 100*gone >= lostShare*all {
		j.trip(plan.LostGroup, sourceName(s), phrase.Thousands(limit), gone,
			"%d of the %d people whom the last good run had from %s would lose access", gone, all, sourceName(s))
	}
}

func sourceName(s *plan.PastSource) string { return user.BookName(s.Path, s.Sheet) }

// partOf names a group and how much of it is lost.
func partOf(g *shared) string {
	if g.others == 0 {
		return phrase.Sprintf("all %d people of %s", g.n, g)
	}
	return phrase.Sprintf("%d of the %d people of %s", g.n, g.n+g.others, g)
}

func noneLeft(g *shared) string {
	if g.others == 0 {
		return "and no row has it any more"
	}
	return "and hardly a row has it any more"
}

func (j *judge) stretch(name string, limit int, s stretch, where string) {
	if s.lost < limit {
		return
	}
	source, side := sourceName(s.source), map[uint64]bool{}
	for _, uid := range s.source.UIDs[s.from:s.to] {
		side[uid] = true
	}
	j.trip(name, source, phrase.Thousands(limit), s.lost,
		"%d people who were %s %s when they were last in it would lose access; look whether a part of it is missing%s", s.lost, where,
		source,
		j.lostInCommon(func(uid string) bool { return side[user.HashUID(uid)] }))
}

// leaving is those of the leavers whom the plan does deactivate, and the others.
func leaving(all []leaver, lost []plan.Operation) (leave, kept []leaver) {
	uids := make(map[string]bool, len(lost))
	for i := range lost {
		uids[lost[i].UID] = true
	}
	for _, l := range all {
		if uids[l.uid] {
			leave = append(leave, l)
		} else {
			kept = append(kept, l)
		}
	}
	return leave, kept
}

// leaving is what groups the leavers.
func (j *judge) leaving() [][]membership {
	if j.leave == nil {
		j.leave = j.Watch.groups(j.leavers)
	}
	return j.leave
}

// foretell says of people who begin to leave together what the guards will say of
// the run in which they go: an export that lost them is better looked at today.
func (j *judge) foretell(absent []plan.Operation) {
	begun := map[string]bool{}
	for i := range j.Plan.Leaving {
		if l := &j.Plan.Leaving[i]; l.Runs == 1 {
			begun[l.UID] = true
		}
	}
	if len(begun) == 0 {
		return
	}
	then, with := *j, *j.Case
	with.Plan = &plan.Plan{Operations: j.Plan.Operations}
	then.Case, then.lost, then.leave = &with, nil, nil
	for i := range absent {
		if o := &absent[i]; begun[o.UID] {
			then.lost = append(then.lost, *o)
		}
	}
	then.leavers, then.kept = leaving(j.Seen.leavers, then.lost)
	then.removed()
	then.lostTogether()
	j.Plan.Foreseen = then.Plan.Guards
	for _, g := range then.Plan.Guards {
		j.Plan.Notices = append(j.Plan.Notices, user.Notice{Code: notice.LeavingRefused,
			Message: fmt.Sprintf("of those who begin to leave, %s will refuse the run in which they go: %s; look at the export before that",
				g.Name, g.Message)})
	}
}

func hashes(operations []plan.Operation) map[uint64]bool {
	out := make(map[uint64]bool, len(operations))
	for i := range operations {
		out[user.HashUID(operations[i].UID)] = true
	}
	return out
}
