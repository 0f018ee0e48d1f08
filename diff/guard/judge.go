// Package guard asks of a whole plan whether it can be meant. It refuses to know how
// the plan was made: it sees the plan, the roster, what passed of the app's users, and
// what earlier runs left; it reads no file and sends nothing.
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
package guard

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Case is a plan before its guards, with what they have to know beside it: n of a
// limit is Seen.Active.
type Case struct {
	Basis
	Plan    *plan.Plan
	Seen    *Seen
	Watch   *Watch           // nil for an undo
	Ways    uint64           // a digest of what decides, beside the sources, whose values the plan changes and how
	Leaving []plan.Operation // what would be done to the absent if they had been so for long enough
}

// judge is a case in the hands of its guards.
type judge struct {
	*Case
	lost    []plan.Operation
	leavers []leaver       // of lost
	kept    []leaver       // who were to leave, and are held after all
	leave   [][]membership // of the leavers, once somebody asks
	runs    []plan.Earlier
	undone  map[string]*plan.Done // by uid: what the last good run did not get done
	let     bool                  // an --allow let that run through
}

// Judge has the guards look at a plan that brings an app in line with a roster.
func (c *Case) Judge() {
	j := c.judge()
	j.leavers, j.kept = leaving(c.Seen.leavers, j.lost)
	j.removed()
	j.lostTogether()
	j.foretell(c.Leaving)
	j.fields()
	j.columns()
	j.newForms()
	j.created()
	j.reactivated()
	j.rekeyed()
	j.reversal()
	j.age()
	j.updated()
	j.off()
	j.speak()
}

// JudgeUndo has the guards look at a plan that takes a run back: it removes nobody
// whom a roster lacks, and what it takes back is what it was asked for.
func (c *Case) JudgeUndo() {
	j := c.judge()
	j.removed()
	j.created()
	j.reactivated()
	j.updated()
	j.speak()
}

func (c *Case) judge() *judge {
	return &judge{Case: c, lost: carriedOut(c.Plan.Of(plan.Deactivate))}
}

// off says which guards have nothing to compare with.
func (j *judge) off() {
	if j.Past != nil {
		return
	}
	own := map[string]Limit{plan.MaxCreate: j.Max.Create, plan.MaxReactivate: j.Max.Reactivate, plan.FieldChanges: j.Max.FieldChanges}
	names := slices.DeleteFunc(plan.OfPast(), func(name string) bool { return own[name].set })
	last := len(names) - 1
	j.Plan.Notices = append(j.Plan.Notices, user.Notice{Code: notice.GuardsOff,
		Message: fmt.Sprintf("no earlier good run is on record to compare with, so the guards %s and %s are off",
			strings.Join(names[:last], ", "), names[last])})
}

// speak is the end of the guards: what each says, and which of them are allowed.
func (j *judge) speak() {
	j.Plan.Offer()
	j.Plan.Let(j.Allow)
}

// earlier is what recent runs did, if so many of them changed something; it is
// read when a guard first asks for it.
func (j *judge) earlier(least int) []plan.Earlier {
	if j.runs == nil && j.Basis.Earlier != nil {
		j.runs = j.Basis.Earlier(least)
	}
	return j.runs
}

// trip refuses a plan.
func trip(p *plan.Plan, name, what, limit string, actual int, format string, args ...any) {
	p.Guards = append(p.Guards, plan.Guard{Name: name, What: what, Limit: limit, Actual: actual, Message: phrase.Sprintf(format, args...)})
}

func (j *judge) trip(name, what, limit string, actual int, format string, args ...any) {
	trip(j.Plan, name, what, limit, actual, format, args...)
}

// limit is a limit on a count: the one that was set, or else what the guard has of
// its own, which compares with the last good run; not ok is no limit.
func (j *judge) limit(set Limit, own threshold, all int, of string) (limit int, text string, ok bool) {
	ok = own != (threshold{}) && (j.Past != nil || own == tenPercent)
	if !set.auto {
		own, ok = set.threshold, set.set
	}
	return own.of(all), own.text(all, of), ok
}

const (
	activeUsers = "active users in scope"
	bothUsers   = "users on both sides"
)

// text is a threshold for people: "36 (the greater of 20 and 3% of 1,200 active users in scope)".
func (t threshold) text(all int, of string) string {
	switch {
	case t.percent == 0:
		return phrase.Thousands(t.least)
	case t.least == 0:
		return phrase.Sprintf("%v%% of %d %s (= %d)", t.percent, all, of, t.of(all))
	}
	return phrase.Sprintf("%d (the greater of %d and %v%% of %d %s)", t.of(all), t.least, t.percent, all, of)
}

// created is the guard on how many are created. It counts those who wait for
// their new form only if they were too many once they are let through, and then
// they wait for this guard as well.
func (j *judge) created() {
	limit, text, ok := j.limit(j.Max.Create, mostCreated, j.Seen.Active, activeUsers)
	if !ok {
		return
	}
	all := j.Plan.Of(plan.Create)
	if len(all) > limit && j.Max.Create.auto {
		all = slices.DeleteFunc(slices.Clone(all), func(o plan.Operation) bool { return j.begun(plan.Create, o.UID) })
	}
	created := carriedOut(all)
	if len(created) > limit {
		j.trip(plan.MaxCreate, "", text, len(created),
			"%s would be created, and the limit is %s%s", phrase.Counted(len(created), "user"), text, j.inCommon(created))
	} else if w := j.Plan.WithholdingOf(plan.Create); w != nil && w.Name != "" && len(all) > limit {
		w.Beside = append(w.Beside, plan.Guard{Name: plan.MaxCreate, Limit: text, Actual: len(all),
			Message: fmt.Sprintf("with them %s would be created, and the limit is %s%s", phrase.Counted(len(all), "user"), text,
				j.inCommon(all))})
	}
}

func (j *judge) reactivated() {
	all := carriedOut(j.Plan.Of(plan.Reactivate))
	limit, text, ok := j.limit(j.Max.Reactivate, mostReactivated, j.Seen.Active, activeUsers)
	if !ok {
		return
	}
	n := len(all)
	if j.Max.Reactivate.auto && n > limit {
		all = slices.DeleteFunc(slices.Clone(all), func(o plan.Operation) bool { return j.begun(plan.Reactivate, o.UID) })
		n = len(all) - j.repaired(all)
	}
	if n > limit {
		j.trip(plan.MaxReactivate, "", text, n,
			"%s would get access back, and the limit is %s%s", phrase.Counted(n, "user"), text, j.inCommon(all))
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
	for _, e := range j.earlier(1) {
		if j.Now.Sub(e.At) > repairDays*24*time.Hour {
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
	updated := carriedOut(j.Plan.Of(plan.Update))
	if limit, text, ok := j.limit(j.Max.Update, threshold{}, j.Seen.Active, activeUsers); ok && len(updated) > limit {
		j.trip(plan.MaxUpdate, "", text, len(updated),
			"%s would be updated, and the limit is %s%s", phrase.Counted(len(updated), "user"), text, j.inCommon(updated))
	}
}

func (j *judge) rekeyed() {
	if n := len(j.Plan.Rekeys); n >= mostRekeyed && j.Past != nil {
		j.trip(plan.Rekeyed, "", phrase.Thousands(mostRekeyed), n,
			"%d people seem to have a new uid, such as %s for %s; look at rekey.csv and give it back with --rekey",
			n, j.Plan.Rekeys[0].New, j.Plan.Rekeys[0].Old)
	}
}
