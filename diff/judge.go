package diff

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// # Guards on the whole of a plan
//
// An export can be complete as a file and wrong as a roster: cut at a row's
// end, without a department, with a column that was shifted, sorted or decoded
// twice; last month's, or another school's. A count of removals can't see that.
// What those who would lose access have in common can, and so can what one
// column of nearly everybody turns into. So each guard asks one such question
// of the plan, of what the last good run read, and of what recent runs did; the
// numbers are in limits.go. Guards that need an earlier run are off without one:
// nothing is refused, and nobody is removed, for want of a memory.
//
// They refuse, and change nothing, but for new-form, which holds back the
// creations that it is about.

// judge is one plan before its guards.
type judge struct {
	*tally
	p       *plan.Plan
	n, both int // active users in scope who are not protected; of them, those whom the roster has too
	lost    []plan.Operation
	leavers []leaver       // of lost
	spared  []leaver       // who were to leave, and are held after all
	leave   [][]membership // of the leavers, once somebody asks
	runs    []plan.Earlier
	undone  map[string]*plan.Operation // by uid: what the last good run did not get done

	differ *differ // nil for an undo
}

// judge has the guards look at the plan that Compute made.
func (d *differ) judge(p *plan.Plan) {
	j := newJudge(&d.tally, p)
	j.differ = d
	j.leavers, j.spared = leaving(d.all.leavers, j.lost)
	j.removed()
	j.lostTogether()
	j.fields()
	j.columns()
	j.created()
	j.reactivated()
	j.rekeyed()
	j.reversal()
	j.age()
	j.updated()
	j.speak()
}

// judge has the guards look at the plan that Undo made: it removes nobody whom a
// roster lacks, and what it takes back is what it was asked for.
func (u *undoer) judge(p *plan.Plan) {
	j := newJudge(&u.tally, p)
	j.removed()
	j.created()
	j.reactivated()
	j.updated()
	j.speak()
}

// speak is the end of the guards: what each says, and which of them are allowed.
func (j *judge) speak() {
	j.p.Offer()
	j.p.Let(j.policy.Allow)
}

func newJudge(t *tally, p *plan.Plan) *judge {
	return &judge{tally: t, p: p, n: t.all.active, both: t.all.both, lost: carriedOut(p.Of(plan.Deactivate))}
}

func (j *judge) past() *plan.Past { return j.policy.Past }

// earlier is what recent runs did, read when a guard first asks for it.
func (j *judge) earlier() []plan.Earlier {
	if j.runs == nil && j.policy.Earlier != nil {
		j.runs = j.policy.Earlier()
	}
	return j.runs
}

// trip refuses the plan.
func (j *judge) trip(name, what, limit string, actual int, format string, args ...any) {
	j.p.Guards = append(j.p.Guards, plan.Guard{Name: name, What: what, Limit: limit, Actual: actual, Message: fmt.Sprintf(format, args...)})
}

// unfinished is what the last good run planned for a user and did not get done,
// since it was stopped or the service failed: it was judged then, and to come back
// to it is no surprise.
func (j *judge) unfinished(uid string) *plan.Operation {
	if j.undone == nil {
		j.undone = map[string]*plan.Operation{}
		if j.policy.Last != nil {
			last := j.policy.Last()
			for i := range last {
				if last[i].Result.Outcome != plan.Applied {
					j.undone[last[i].Operation.UID] = &last[i].Operation
				}
			}
		}
	}
	return j.undone[uid]
}

// cap is a limit on a count: the one that was set, or else what the guard has
// of its own; not ok is no limit.
func (j *judge) cap(set Limit, own func() (limit int, text string, ok bool)) (limit int, text string, ok bool) {
	if set.auto {
		return own()
	}
	if limit, ok = set.Of(j.n); !ok {
		return 0, "", false
	}
	return limit, limitText(set, limit, j.n, "active users in scope"), true
}

// beside is the text of a threshold: "20, or 3% of 1200 active users in scope (= 36)".
func (t threshold) text(all int, of string) string {
	return fmt.Sprintf("%d, or %v%% of %d %s (= %d)", t.least, t.percent, all, of, t.of(all))
}

// known is a threshold that counts only where there is a good run on record.
func (j *judge) known(t threshold) func() (int, string, bool) {
	return func() (int, string, bool) {
		return t.of(j.n), t.text(j.n, "active users in scope"), j.past() != nil
	}
}

// removed is the guard on how many lose access.
func (j *judge) removed() {
	limit, text, ok := j.cap(j.policy.Max.Deactivate, func() (int, string, bool) {
		ten := tenPercent.of(j.n)
		if j.past() == nil || ten <= mostLost.of(j.n) {
			return ten, fmt.Sprintf("10%% of %d active users in scope (= %d)", j.n, ten), true
		}
		return mostLost.of(j.n), mostLost.text(j.n, "active users in scope"), true
	})
	if ok && len(j.lost) > limit {
		j.trip(plan.MaxDeactivate, "", text, len(j.lost), "%s would lose access, and the limit is %s; biggest groups: %s", counted(len(j.lost), "user"), text, j.biggestLost())
	}
}

// lostTogether is the guards on who leaves with whom. None of them speaks of a
// first run: a migration tidies up, and whole groups of leftovers go.
func (j *judge) lostTogether() {
	past := j.past()
	if past == nil || len(j.lost) < lostGroup.least {
		return
	}
	lost := hashes(j.lost)
	for i := range past.Sources {
		s := &past.Sources[i]
		block, tail := longest(s, lost)
		j.stretch(plan.LostBlock, lostBlock.of(j.n), block, "in a row")
		if tail.lost > 0 {
			j.stretch(plan.LostTail, lostTail.of(j.n), tail, "at the end")
		}
	}
	limit := lostGroup.of(j.n)
	groups := lostGroups(j.leaving(), limit)
	j.countOthers(groups)
	for _, g := range groups {
		if g.others <= g.enough {
			j.trip(plan.LostGroup, g.String(), fmt.Sprint(limit), g.n, "%s would lose access, %s", partOf(g), noneLeft(g))
		}
	}
	if len(past.Sources) > 1 {
		for i := range past.Sources {
			s := &past.Sources[i]
			all, gone := 0, 0
			for k, uid := range s.UIDs {
				if s.Filled[s.Sets[k]].Active {
					all++
					if lost[uid] {
						gone++
					}
				}
			}
			if gone >= limit && 100*gone >= lostShare*all {
				j.trip(plan.LostGroup, sourceName(s), fmt.Sprint(limit), gone, "%d of the %d people whom the last good run had from %s would lose access", gone, all, sourceName(s))
			}
		}
	}
}

func sourceName(s *plan.PastSource) string {
	if s.Sheet != "" {
		return s.Path + "[" + s.Sheet + "]"
	}
	return s.Path
}

// partOf names a group and how much of it is lost.
func partOf(g *shared) string {
	if g.others == 0 {
		return fmt.Sprintf("all %d people of %s", g.n, g)
	}
	return fmt.Sprintf("%d of the %d people of %s", g.n, g.n+g.others, g)
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
	source := sourceName(s.source)
	j.trip(name, source, fmt.Sprint(limit), s.lost, "%d people who were %s of %s in the last good run would lose access; look whether a part of it is missing", s.lost, where, source)
}

// leaving is those of the leavers whom the plan does deactivate, and the others.
func leaving(all []leaver, lost []plan.Operation) (leave, spared []leaver) {
	uids := make(map[string]bool, len(lost))
	for i := range lost {
		uids[lost[i].UID] = true
	}
	for _, l := range all {
		if uids[l.uid] {
			leave = append(leave, l)
		} else {
			spared = append(spared, l)
		}
	}
	return leave, spared
}

// leaving is what groups the leavers.
func (j *judge) leaving() [][]membership {
	if j.leave == nil {
		j.leave = j.differ.groups(j.leavers)
	}
	return j.leave
}

// biggestLost names the groups that most of those who lose access are of.
func (j *judge) biggestLost() string {
	if len(j.leavers) == 0 {
		return groups(j.lost)
	}
	count := map[string]int{}
	for _, groups := range j.leaving() {
		for _, m := range groups {
			count[m.String()]++
		}
	}
	// A value that nobody shares is no group.
	maps.DeleteFunc(count, func(_ string, n int) bool { return n == 1 && len(j.leavers) > 1 })
	return biggest(count)
}

// fields is the guard on one field of many users.
func (j *judge) fields() {
	limit, text, ok := j.cap(j.policy.Max.FieldChanges, func() (int, string, bool) {
		return mostChanged.of(j.both), mostChanged.text(j.both, "users on both sides"), j.past() != nil
	})
	if !ok {
		return
	}
	var gone map[uint64]bool
	for _, f := range changedFields(j.p) {
		if len(f.changes) <= limit {
			continue
		}
		if gone == nil {
			gone = hashes(j.p.Of(plan.Deactivate))
			for _, uid := range j.all.deactivated {
				gone[uid] = true
			}
		}
		left := slices.DeleteFunc(f.without(func(uid string) bool { return uid != "" && gone[user.HashUID(user.FoldUID(uid))] }), j.judged(f.field))
		if len(left) > limit {
			left = j.unexplained(f.field, left)
		}
		if len(left) > limit {
			j.trip(plan.FieldChanges, f.field, text, len(left), "%s of %s would change, and the limit is %s; most of them: %s", f.field, counted(len(left), "user"), text, j.common(f.field, left))
		}
	}
}

// judged reports whether the last good run was to make a change as well.
func (j *judge) judged(field string) func(fieldChange) bool {
	return func(c fieldChange) bool {
		was := j.unfinished(c.uid)
		return was != nil && slices.ContainsFunc(was.Changes, func(w plan.Change) bool {
			return slices.ContainsFunc(w.Keys(), func(k plan.KeyChange) bool { return k.Field == field && k.After == c.after })
		})
	}
}

// common is what most of the changes are, unless they are private.
func (j *judge) common(field string, changes []fieldChange) string {
	if strings.Contains(field, user.Private) {
		return "values that are private"
	}
	return commonExchanges(changes)
}

// columns is the guards on columns that the last good run read as well.
func (j *judge) columns() {
	past := j.past()
	if past == nil {
		return
	}
	now := j.differ.roster.Sources()
	for i := range past.Sources {
		then := &past.Sources[i]
		at := plan.SameSource(then, now, len(past.Sources) == 1)
		if at < 0 {
			continue
		}
		for _, column := range then.Columns {
			if !slices.Contains(now[at].Columns, column) {
				j.trip(plan.LostColumn, sourceName(&now[at])+": "+column, "0", 1, "%s had a column for %s in the last good run and has none now; it would not be managed any more", sourceName(&now[at]), column)
			}
		}
	}
	limit := mostEmptied.of(j.both)
	if !mayBeEmptied(now, limit) {
		return
	}
	emptied := emptiedColumns(past.Sources, now)
	for _, column := range slices.Sorted(maps.Keys(emptied)) {
		if n := emptied[column]; n > limit {
			j.trip(plan.EmptiedCells, column, mostEmptied.text(j.both, "users on both sides"), n, "%s of %s had a value in the last good run and is empty now", column, counted(n, "user"))
		}
	}
}

func (j *judge) created() {
	created := carriedOut(j.p.Of(plan.Create))
	limit, text, ok := j.cap(j.policy.Max.Create, j.known(mostCreated))
	if ok && len(created) > limit && j.policy.Max.Create.auto {
		created = j.news(created)
	}
	if ok && len(created) > limit {
		j.trip(plan.MaxCreate, "", text, len(created), "%s would be created, and the limit is %s; biggest groups: %s", counted(len(created), "user"), text, groups(created))
	}
}

// news leaves out whom the last good run had in its roster already: a migration
// takes several runs.
func (j *judge) news(created []plan.Operation) []plan.Operation {
	had := map[uint64]bool{}
	for i := range j.past().Sources {
		for _, uid := range j.past().Sources[i].UIDs {
			had[uid] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(created), func(o plan.Operation) bool { return had[user.HashUID(o.UID)] })
}

func (j *judge) reactivated() {
	all := carriedOut(j.p.Of(plan.Reactivate))
	limit, text, ok := j.cap(j.policy.Max.Reactivate, j.known(mostReactivated))
	if !ok {
		return
	}
	n := len(all)
	if j.policy.Max.Reactivate.auto && n > limit {
		all = slices.DeleteFunc(slices.Clone(all), func(o plan.Operation) bool {
			was := j.unfinished(o.UID)
			return was != nil && was.Verb == plan.Reactivate
		})
		n = len(all) - j.repaired(all)
	}
	if n > limit {
		j.trip(plan.MaxReactivate, "", text, n, "%s would get access back, and the limit is %s; biggest groups: %s", counted(n, "user"), text, groups(all))
	}
}

// repaired is how many of those who get access back lost it in one and the same
// run of the last days: to bring them back repairs it.
func (j *judge) repaired(all []plan.Operation) int {
	if len(all) == 0 {
		return 0
	}
	wanted := make(map[string]bool, len(all))
	for i := range all {
		wanted[all[i].UID] = true
	}
	most := 0
	for _, e := range j.earlier() {
		if j.policy.Now.Sub(e.At) > repairDays*24*time.Hour {
			continue
		}
		n := 0
		for k := range e.Done {
			o := &e.Done[k].Operation
			if o.Verb == plan.Deactivate && e.Done[k].Result.Outcome == plan.Applied && wanted[o.UID] {
				n++
			}
		}
		most = max(most, n)
	}
	return most
}

func (j *judge) updated() {
	updated := carriedOut(j.p.Of(plan.Update))
	if limit, text, ok := j.cap(j.policy.Max.Update, func() (int, string, bool) { return 0, "", false }); ok && len(updated) > limit {
		j.trip(plan.MaxUpdate, "", text, len(updated), "%s would be updated, and the limit is %s; biggest groups: %s", counted(len(updated), "user"), text, groups(updated))
	}
}

func (j *judge) rekeyed() {
	if n := len(j.p.Rekeys); n >= mostRekeyed && j.past() != nil {
		j.trip(plan.Rekeyed, "", fmt.Sprint(mostRekeyed), n, "%d people seem to have a new uid, such as %s for %s; look at rekey.csv and give it back with --rekey", n, j.p.Rekeys[0].New, j.p.Rekeys[0].Old)
	}
}

// reversal is the guards on plans that take back what earlier runs did.
func (j *judge) reversal() {
	if j.past() == nil || len(j.p.Operations) < oldFileRuns {
		return
	}
	earlier := j.earlier()
	r := restores(j.p, earlier)
	if r.back >= reversedLeast && 100*r.back >= reversedShare*r.changes && len(r.runs) >= reversedRuns && len(r.sorts) >= reversedSorts {
		j.trip(plan.Reversal, "", fmt.Sprintf("%d%% of the changes", reversedShare), r.back, "%d of %s would take back what %d earlier runs did (%s); the roster is probably an old one",
			r.back, counted(r.changes, "change"), len(r.runs), strings.Join(slices.Sorted(maps.Keys(r.sorts)), "; "))
	}
	if paths, run := oldFiles(j.p, earlier); len(paths) > 0 && len(r.runs) >= oldFileRuns {
		for _, path := range paths {
			j.trip(plan.OldFile, path, "0", 1, "%s is the file that the run %s read, and not the last run's; the plan takes back what %d runs did since", path, run, len(r.runs))
		}
	}
}

// age is the guard on sources that are older than --max-source-age, or than the
// ones of the last good run.
func (j *judge) age() {
	if j.policy.MaxSourceAge == 0 {
		return
	}
	now := j.differ.roster.Sources()
	for i := range now {
		s := &now[i]
		if s.Modified.IsZero() {
			continue
		}
		age := j.policy.Now.Sub(s.Modified)
		if age > j.policy.MaxSourceAge {
			hours := int(age.Hours())
			j.trip(plan.SourceAge, sourceName(s), j.policy.MaxSourceAge.String(), hours, "%s was written %s ago, and --max-source-age is %s", sourceName(s), counted(hours, "hour"), j.policy.MaxSourceAge)
		}
	}
}

// unexplained leaves out the changes of values that (nearly) everybody who had
// them exchanges for one and the same other, as when a department gets another
// name.
func (j *judge) unexplained(field string, changes []fieldChange) []fieldChange {
	candidates := exchanges(changes)
	var values []*shared
	of := map[exchange]*shared{}
	for _, e := range candidates {
		m, ok := j.membership(field, e.before)
		if !ok {
			return changes // nobody can count who has it
		}
		of[e.exchange] = &shared{membership: m, n: e.n, enough: e.n * 100 / explainedShare}
		values = append(values, of[e.exchange])
	}
	j.countOthers(values)
	for e, v := range of {
		if v.others > v.enough {
			delete(of, e)
		}
	}
	if len(of) > explainedMost {
		return changes
	}
	return slices.DeleteFunc(slices.Clone(changes), func(c fieldChange) bool { return of[exchange{c.before, c.after}] != nil })
}

// membership is a value of a field as the census has it.
func (j *judge) membership(field, value string) (membership, bool) {
	print := j.differ.prints.Get().(*user.Print)
	defer j.differ.prints.Put(print)
	m := membership{field: field}
	if key, ok := strings.CutPrefix(field, user.Metadata.String()+"."); ok {
		if m.kind, ok = j.differ.layout.Bit(key); !ok {
			return m, false
		}
		m.value = plainText(value)
		m.hash = print.Value(j.differ.layout, m.value)
		return m, true
	}
	var f user.Field
	if f.UnmarshalText([]byte(field)) != nil || f == user.Metadata {
		return m, false
	}
	m.kind = int(f)
	if f == user.Tags {
		u := user.User{}
		if json.Unmarshal([]byte(value), &u.Tags) != nil {
			return m, false
		}
		print.Take(j.differ.layout, &u, 1<<user.Tags)
		m.hash = print.Part(m.kind)
		return m, true
	}
	if m.value = plainText(value); f == user.Role {
		u := user.User{Role: m.value}
		m.value = u.FoldedRole()
	}
	m.hash = print.Value(j.differ.layout, m.value)
	return m, true
}

// mayBeEmptied reports whether some column has more empty cells than the limit:
// looking closer takes a walk through everybody.
func mayBeEmptied(now []plan.PastSource, limit int) bool {
	empty := map[string]int{}
	for s := range now {
		counts := make([]int, len(now[s].Filled))
		for _, set := range now[s].Sets {
			counts[set]++
		}
		for set, n := range counts {
			if now[s].Filled[set].Unknown {
				continue
			}
			for c, column := range now[s].Columns[:min(64, len(now[s].Columns))] {
				if now[s].Filled[set].Columns&(1<<c) == 0 {
					empty[column] += n
				}
			}
		}
	}
	for _, n := range empty {
		if n > limit {
			return true
		}
	}
	return false
}
