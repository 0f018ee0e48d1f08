package report

import (
	"cmp"
	"fmt"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// What a reviewer's decisions came to. An operation that they keep from being
// sent is as it was wanted, and no trouble; a row of theirs that can't be used is.

// kept says whether decisions kept an operation from being sent, for a reason
// that was somebody's will: also that there was no decision on it.
func kept(result *plan.Result) bool {
	if result.Outcome != plan.Skipped {
		return false
	}
	switch result.Code {
	case plan.CodeHold, plan.CodeNever, plan.CodeUndecided:
		return true
	}
	return false
}

// allHeldBack is how many operations decisions kept from being sent.
func (r *Report) allHeldBack() int {
	n := 0
	for i := range r.in.Results {
		if r.in.Decisions != nil && kept(&r.in.Results[i]) {
			n++
		}
	}
	return n
}

// spared says how many operations were held back, a clause; "" for none.
func (r *Report) spared() string {
	var t tally
	t.add(r.allHeldBack(), "change was held back by decisions", "changes were held back by decisions")
	return phrase.And(t)
}

// badDecisions is how many rows of the decisions can't be used.
func (r *Report) badDecisions() int {
	if r.in.Decisions == nil {
		return 0
	}
	return len(r.in.Decisions.Rejects)
}

// undecided is how many operations nobody decided on, and how many of the
// others nobody could: they are withheld.
func (r *Report) undecided() (open, withheld int) {
	d := r.in.Decisions
	for i, of := range d.Of {
		switch {
		case of != plan.Undecided || d.Rejected[i]:
		case r.plan.Operations[i].Withheld:
			withheld++
		default:
			open++
		}
	}
	return open, withheld
}

// decided says what was decided, by number; "" if nothing was.
func (r *Report) decided() string {
	d := r.in.Decisions
	if d == nil {
		return ""
	}
	var words []string
	for _, of := range []plan.Decision{plan.Apply, plan.Hold, plan.Never} {
		words = append(words, of.String()+" "+phrase.Thousands(d.Count(of)))
	}
	open, withheld := r.undecided()
	if open > 0 {
		words = append(words, fmt.Sprintf("undecided %s (taken as %s)", phrase.Thousands(open), cmp.Or(d.Undecided, plan.Hold)))
	}
	if withheld > 0 {
		words = append(words, phrase.Thousands(withheld)+" withheld whatever is decided")
	}
	text := fmt.Sprintf("by %s: %s", d.File, strings.Join(words, ", "))
	if n := r.badDecisions(); n > 0 {
		text += ", rejected " + phrase.Counted(n, "row")
	}
	return text
}
