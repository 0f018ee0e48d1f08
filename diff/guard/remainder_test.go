package guard_test

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/diff"
	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// What the last good run was to do and did not get done is no surprise, as long as
// it was accepted: a migration takes several runs, and a service fails.
func TestUnfinishedWorkIsNoSurprise(t *testing.T) {
	s := difftest.SchoolOf(400)
	s.Column(difftest.DepartmentColumn, 100, func(_ string, i int) string { return fmt.Sprintf("other %d", i%7) })
	s.Users = s.Users[:300] // a hundred were to be created
	s.Column(difftest.StateColumn, 400, func(string, int) string { return "active" })
	for i := range 40 {
		s.Users[200+i].State = user.Deactivated
	}
	s.Past = (*plan.Past)(nil).Next("", "good", difftest.Night(0), s.Roster().Sources(), nil, nil)
	first := planOf(t, s, diff.Policy{})
	if first.Refused() {
		t.Fatal(first.Guards)
	}
	for _, c := range []struct {
		result        plan.Result
		withheld, let bool
		goesOn        bool
	}{
		{plan.Result{Outcome: plan.Skipped}, false, false, true},
		{plan.Result{Outcome: plan.Skipped, Code: "interrupted"}, false, false, true},
		{plan.Result{}, false, false, true}, // never sent, and nothing is on record
		{plan.Result{Outcome: plan.Failed}, false, false, true},
		{plan.Result{Outcome: plan.Unknown}, false, false, true},
		{plan.Result{Outcome: plan.Applied}, false, false, false},
		{plan.Result{Outcome: plan.Drifted}, false, false, false},
		{plan.Result{Outcome: plan.Skipped, Code: plan.CodeHold}, false, false, false},
		{plan.Result{Outcome: plan.Skipped, Code: plan.CodeNever}, false, false, false},
		{plan.Result{Outcome: plan.Skipped, Code: plan.CodeUndecided}, false, false, false},
		{plan.Result{Outcome: plan.Skipped, Code: plan.CodeDecisionReject}, false, false, false},
		{plan.Result{}, true, false, false},
		{plan.Result{}, false, true, false}, // an --allow holds for one run
	} {
		policy := auto(s)
		policy.Last = func() (last []plan.Done, let bool) {
			for _, o := range first.Operations {
				o.Withheld = c.withheld
				last = append(last, plan.Done{Operation: o, Result: c.result})
			}
			return last, c.let
		}
		sums, _ := difftest.Tripped(planOf(t, s, policy))
		want := "field-changes max-create max-reactivate"
		if c.goesOn {
			want = ""
		}
		var got []string
		for _, name := range plan.GuardNames() {
			if sums[name] > 0 {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%+v: %v, want %q", c, sums, want)
		}
	}
}

// Who was in the roster of the last good run and not to be created then is as new
// as anybody: whose row said inactive, could not be used, or was out of scope.
func TestWhoWasLeftOutIsNew(t *testing.T) {
	s := difftest.SchoolOf(400)
	s.Users = s.Users[:300]
	s.Column(difftest.StateColumn, 100, func(_ string, i int) string { return map[bool]string{true: "inactive"}[i >= 300] })
	s.Past = (*plan.Past)(nil).Next("", "good", difftest.Night(0), s.Roster().Sources(), nil, nil)
	if sums, _ := difftest.Tripped(planOf(t, s, auto(s))); len(sums) > 0 {
		t.Fatal(sums)
	}
	s.Column(difftest.StateColumn, 400, func(string, int) string { return "active" })
	if sums, _ := difftest.Tripped(planOf(t, s, auto(s))); sums["max-create"] != 100 {
		t.Errorf("a hundred of whom the state said inactive: %v", sums)
	}
}
