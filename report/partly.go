package report

import (
	"fmt"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// An operation that did not succeed may have been done in part: a user was
// created, and a value did not stick. The operation counts as what it came
// to, and whoever reads that it failed has to read as well that the user is
// there.

// deed is what an operation that did not succeed did all the same. It is an
// index into deeds, which gives the order in which they are told.
type deed uint8

const (
	didDeactivate deed = iota
	didReactivate
	didReactivateAlone
	didReactivateThere
	didUpdateThere
	didCreate
	didUpdate
	didUpdateAlone
)

// deeds say what came of users: of one, and of several; alone is what became
// of an operation, after "3 of the failed were".
var deeds = [...]struct{ one, many, alone string }{
	didDeactivate:      {"lost access, but the app does not show it", "lost access, but the app does not show it", "deactivated"},
	didReactivate:      {"got access back, but is not as sent", "got access back, but are not as sent", "reactivated"},
	didReactivateAlone: {"got access back, but was not updated", "got access back, but were not updated", "reactivated"},
	didReactivateThere: {"was there already, deactivated, and got access back", "were there already, deactivated, and got access back",
		"reactivated"},
	didUpdateThere: {"was there already, and was brought in line", "were there already, and were brought in line", "updated"},
	didCreate:      {"was created, but not as sent", "were created, but not as sent", "created"},
	didUpdate:      {"was updated, but not as sent", "were updated, but not as sent", "updated"},
	didUpdateAlone: {"was updated, but not deactivated", "were updated, but not deactivated", "updated"},
}

// deedOf is false of an operation that succeeded, or did nothing.
func deedOf(verb plan.Verb, result *plan.Result) (deed, bool) {
	did := result.Did
	switch {
	case result.Outcome == plan.Applied || did == 0:
		return 0, false
	case did.Has(plan.Deactivate):
		return didDeactivate, true
	case did.Has(plan.Create):
		return didCreate, true
	case verb == plan.Create && result.Outcome == plan.Drifted && did.Has(plan.Reactivate):
		return didReactivateThere, true
	case verb == plan.Create && result.Outcome == plan.Drifted:
		return didUpdateThere, true
	case did.Has(plan.Reactivate) && did.Has(plan.Update):
		return didReactivate, true
	case did.Has(plan.Reactivate):
		return didReactivateAlone, true
	case verb == plan.Deactivate:
		return didUpdateAlone, true
	}
	return didUpdate, true
}

// partDone counts a deed, by the outcome that its operations have.
type partDone struct {
	deed    deed
	outcome plan.Outcome
	count   int
}

// do counts what was done by operations that did not succeed.
func (r *Report) do() {
	var counts [len(deeds)][len(outcomes) + 1]int
	for i := range r.in.Results {
		if d, ok := deedOf(r.plan.Operations[i].Verb, &r.in.Results[i]); ok {
			counts[d][r.in.Results[i].Outcome]++
		}
	}
	for d := range counts {
		for _, o := range outcomes {
			if n := counts[d][o]; n > 0 {
				r.parts = append(r.parts, partDone{deed(d), o, n})
			}
		}
	}
}

// inPart says what was done in part, as a clause; "" for nothing.
func (r *Report) inPart() string {
	var counts [len(deeds)]int
	for _, p := range r.parts {
		counts[p.deed] += p.count
	}
	var words []string
	for d, n := range counts {
		switch {
		case n == 1:
			words = append(words, "1 user "+deeds[d].one)
		case n > 1:
			words = append(words, phrase.Counted(n, "user")+" "+deeds[d].many)
		}
	}
	return phrase.And(words)
}

// allTheSame says the same against the counts: how many of which outcome.
func (r *Report) allTheSame() []string {
	var lines []string
	for _, p := range r.parts {
		lines = append(lines, fmt.Sprintf("%s of the %s %s %s all the same", phrase.Thousands(p.count), p.outcome, map[bool]string{true: "was",
			false: "were"}[p.count == 1], deeds[p.deed].alone))
	}
	return lines
}
