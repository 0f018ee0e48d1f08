package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// What a reviewer's decisions came to. An operation that they keep from being
// sent is as it was wanted, and no trouble; a row of theirs that can't be used is.

// Kept reports whether decisions kept an operation from being sent, for a reason
// that was somebody's will: also that there was no decision on it.
func Kept(result *plan.Result) bool {
	if result.Outcome != plan.Skipped {
		return false
	}
	switch result.Code {
	case plan.CodeHold, plan.CodeNever, plan.CodeUndecided, plan.CodeDoneBefore:
		return true
	}
	return false
}

// allHeldBack is how many operations decisions kept from being sent.
func (r *Report) allHeldBack() int {
	return r.results(Kept)
}

// doneBefore is how many of these an earlier apply of the plan has carried out.
func (r *Report) doneBefore() int {
	return r.results(func(result *plan.Result) bool { return Kept(result) && result.Code == plan.CodeDoneBefore })
}

// results is how many operations came to something.
func (r *Report) results(is func(*plan.Result) bool) (n int) {
	for i := range r.In.Results {
		if is(&r.In.Results[i]) {
			n++
		}
	}
	return n
}

// spared says how many operations were held back, a clause; "" for none.
func (r *Report) spared() string {
	var t tally
	before := r.doneBefore()
	t.add(before, "change was carried out before", "changes were carried out before")
	t.add(r.allHeldBack()-before, "change was held back by decisions", "changes were held back by decisions")
	return phrase.And(t)
}

// BadDecisions is how many rows of the decisions can't be used.
func (r *Report) BadDecisions() int {
	if r.In.Decisions == nil {
		return 0
	}
	return len(r.In.Decisions.Rejects)
}

// Undecided is how many operations nobody decided on, and how many of the
// others nobody could: they are withheld.
func (r *Report) Undecided() (open, withheld int) {
	d := r.In.Decisions
	for i, of := range d.Of {
		switch {
		case of != plan.Undecided || d.Rejected[i]:
		case r.Plan.Operations[i].Withheld:
			withheld++
		default:
			open++
		}
	}
	return open, withheld
}

// Decided says what was decided, by number; "" if nothing was.
func (r *Report) Decided() string {
	d := r.In.Decisions
	if d == nil {
		return ""
	}
	var words []string
	for _, of := range []plan.Decision{plan.Apply, plan.Hold, plan.Never} {
		words = append(words, of.String()+" "+phrase.Thousands(d.Count(of)))
	}
	open, withheld := r.Undecided()
	if open > 0 {
		words = append(words, fmt.Sprintf("undecided %s (taken as %s)", phrase.Thousands(open), cmp.Or(d.Undecided, plan.Hold)))
	}
	if withheld > 0 {
		words = append(words, phrase.Thousands(withheld)+" withheld whatever is decided")
	}
	if n := d.Pairs.Same + d.Pairs.Different; n > 0 {
		words = append(words, fmt.Sprintf("%s decided (same %d, different %d)", phrase.Counted(n, "pair"), d.Pairs.Same, d.Pairs.Different))
	}
	text := fmt.Sprintf("by %s: %s", d.File, strings.Join(words, ", "))
	if n := r.BadDecisions(); n > 0 {
		text += ", rejected " + phrase.Counted(n, "row")
	}
	return text
}

// An undo has no roster: its plan is the inverse of an earlier run, so that
// its report speaks of that run and of what was changed since.

// Undo reports whether the run undoes an earlier one.
func (r *Report) Undo() bool {
	return r.Plan.Undoes != "" || strings.HasPrefix(r.In.Run.Command, "undo")
}

// Conflicting is how many users in conflict the app still has.
func (r *Report) Conflicting() int { return len(r.Plan.Conflicts) - r.Gone }

// undoLast is the last task of what to do now about an undo; "" for none.
func (r *Report) undoLast(changes, unfinished bool) string {
	switch {
	case r.In.Run.Result == Refused:
		return "run undo again: until then, nothing is written"
	case changes:
		return "run the same command without --dry-run to make these changes"
	case unfinished && r.Plan.Undoes != "":
		return "run undo " + r.Plan.Undoes + " again to finish: what is undone is not undone twice"
	case unfinished:
		return "run undo again to finish: what is undone is not undone twice"
	}
	return ""
}

// InConflict is the heading over the users that an undo leaves alone.
func (r *Report) InConflict() string {
	switch r.Gone {
	case 0:
		return "In conflict"
	case len(r.Plan.Conflicts):
		return "Gone from the app"
	}
	return "In conflict, or gone from the app"
}

// ConflictText is what an undo found of a user, in a sentence.
func ConflictText(c *plan.Conflict) string {
	switch {
	case c.Message != "":
		return c.Message
	case c.Gone:
		return "the app does not have the user any more"
	}
	return "changed since the run that is undone"
}

// An operation that did not succeed may have been done in part: a user was
// created, and a value did not stick. The operation counts as what it came
// to, and whoever reads that it failed has to read as well that the user is
// there.

// DeedOf is the verb that an operation carried out although it did not succeed, or
// the one of several that people have to know of; 0 for none.
func DeedOf(result *plan.Result) plan.Verb {
	order := []plan.Verb{plan.Deactivate, plan.Create, plan.Reactivate, plan.Update}
	if i := slices.IndexFunc(order, result.Did.Has); i >= 0 && result.Outcome != plan.Applied {
		return order[i]
	}
	return 0
}

// partDone counts a deed, by the outcome that its operations have.
type partDone struct {
	verb    plan.Verb
	outcome plan.Outcome
	count   int
}

// do counts what was done by operations that did not succeed.
func (r *Report) do() {
	counts := map[partDone]int{}
	for i := range r.In.Results {
		counts[partDone{verb: DeedOf(&r.In.Results[i]), outcome: r.In.Results[i].Outcome}]++
	}
	for _, v := range Verbs() {
		for _, o := range Outcomes() {
			if n := counts[partDone{verb: v, outcome: o}]; n > 0 {
				r.parts = append(r.parts, partDone{v, o, n})
			}
		}
	}
}

// inPart says what was done in part, as a clause; "" for nothing.
func (r *Report) inPart() string {
	var clauses []string
	for _, v := range Verbs() {
		n := 0
		for _, p := range r.parts {
			if p.verb == v {
				n += p.count
			}
		}
		if n > 0 {
			clauses = append(clauses, phrase.Counted(n, "user")+" "+verbs[v].Became(n)+", but not as planned")
		}
	}
	return phrase.And(clauses)
}

// allTheSame says the same against the counts: how many of which outcome.
func (r *Report) allTheSame() []string {
	var lines []string
	for _, p := range r.parts {
		lines = append(lines, fmt.Sprintf("%s of the %s %s %s all the same", phrase.Thousands(p.count), p.outcome,
			phrase.Form(p.count, "was", "were"), verbs[p.verb].Done))
	}
	return lines
}

// Who is leaving: absent from the roster, and deactivated once enough good runs in
// a row lacked them.

// Goes says when somebody is deactivated, a clause.
func Goes(l *plan.Leaving, in phrase.Zone) string {
	if l.More() == 1 {
		return "goes with the next run that lacks them, not before " + in.Moment(l.From)
	}
	return phrase.Sprintf("goes once %d more runs lacked them, not before %s", l.More(), in.Moment(l.From))
}

// Lacked is in how many runs somebody was absent.
func Lacked(l *plan.Leaving) string { return phrase.Sprintf("%d of %d runs", l.Runs, l.Of) }

// AbsentSince is when somebody began to be absent; "" if no run has counted yet.
func AbsentSince(l *plan.Leaving, in phrase.Zone) string {
	if l.Runs == 0 {
		return ""
	}
	return in.Moment(l.Since)
}

// Soonest are those who are leaving, those who go first on top.
func (r *Report) Soonest() []plan.Leaving {
	all := slices.Clone(r.Plan.Leaving)
	slices.SortStableFunc(all, func(a, b plan.Leaving) int { return a.More() - b.More() })
	return all
}

// LeavingHeading says how many they are. A run that only plans counts for nobody yet.
func (r *Report) LeavingHeading() string {
	once := ""
	if r.Dry() {
		once = ", once this is carried out"
	}
	return fmt.Sprintf("Leaving%s: %s whom the roster lacks", once, phrase.Counted(len(r.Plan.Leaving), "user"))
}
