package guard

import (
	"testing"

	"cometsync/internal/plan"
)

func TestBiggestGroups(t *testing.T) {
	count := map[string]int{"a": 1, "b": 3, "c": 3, "d": 2, "e": 9, "f": 1, "g": 1}
	if got, want := biggest(count), "e 9, b 3, c 3, d 2, a 1"; got != want {
		t.Errorf("the biggest groups are %q, want %q", got, want)
	}
}

// What is withheld is not carried out, so that it trips no guard: the run goes
// on with everything else, and nobody loses access.
func TestGuardLeavesOutWithheld(t *testing.T) {
	p := plan.Plan{Operations: []plan.Operation{
		{Verb: plan.Deactivate, UID: "a", Withheld: true},
		{Verb: plan.Deactivate, UID: "b", Withheld: true},
		{Verb: plan.Deactivate, UID: "c"},
	}}
	on := Case{Basis: Basis{Max: Limits{Deactivate: Limit{set: true, threshold: threshold{least: 1}}}}, Plan: &p, Seen: &Seen{Active: 3}}
	if on.JudgeUndo(); p.Refused() {
		t.Errorf("one deactivation is carried out, and the limit of 1 tripped: %v", p.Guards)
	}
	p.Operations[1].Withheld = false
	if on.JudgeUndo(); len(p.Guards) != 1 || p.Guards[0].Actual != 2 {
		t.Errorf("two deactivations are carried out, and the limit of 1 gave %v", p.Guards)
	}
}
