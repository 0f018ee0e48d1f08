package report

import (
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// An operation that did not succeed may have been done in part: a user was
// created, and a value did not stick. The operation counts as what it came
// to, and whoever reads that it failed has to read as well that the user is
// there.

// deedOf is the verb that an operation carried out although it did not succeed, or
// the one of several that people have to know of; 0 for none.
func deedOf(result *plan.Result) plan.Verb {
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
	for i := range r.in.Results {
		counts[partDone{verb: deedOf(&r.in.Results[i]), outcome: r.in.Results[i].Outcome}]++
	}
	for _, v := range readingOrder {
		for _, o := range outcomes {
			if n := counts[partDone{verb: v, outcome: o}]; n > 0 {
				r.parts = append(r.parts, partDone{v, o, n})
			}
		}
	}
}

// inPart says what was done in part, as a clause; "" for nothing.
func (r *Report) inPart() string {
	var clauses []string
	for _, v := range readingOrder {
		n := 0
		for _, p := range r.parts {
			if p.verb == v {
				n += p.count
			}
		}
		if n > 0 {
			clauses = append(clauses, phrase.Counted(n, "user")+" "+verbs[v].became(n)+", but not as planned")
		}
	}
	return phrase.And(clauses)
}

// allTheSame says the same against the counts: how many of which outcome.
func (r *Report) allTheSame() []string {
	var lines []string
	for _, p := range r.parts {
		lines = append(lines, fmt.Sprintf("%s of the %s %s %s all the same", phrase.Thousands(p.count), p.outcome,
			phrase.Form(p.count, "was", "were"), verbs[p.verb].done))
	}
	return lines
}
