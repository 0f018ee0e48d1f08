package diff

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// What the last good run was to do and did not get done is no surprise, as long as
// it was accepted: a migration takes several runs, and a service fails.
func TestUnfinishedWorkIsNoSurprise(t *testing.T) {
	s := schoolOf(400)
	s.column(departmentColumn, 100, func(_ string, i int) string { return fmt.Sprintf("other %d", i%7) })
	s.users = s.users[:300] // a hundred were to be created
	s.column(stateColumn, 400, func(string, int) string { return "active" })
	for i := range 40 {
		s.users[200+i].State = user.Deactivated
	}
	s.past = (*plan.Past)(nil).Next("", "good", night(0), s.roster().Sources(), nil, nil)
	first := s.plan(t, Policy{})
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
		policy := s.auto()
		policy.Last = func() (last []plan.Done, let bool) {
			for _, o := range first.Operations {
				o.Withheld = c.withheld
				last = append(last, plan.Done{Operation: o, Result: c.result})
			}
			return last, c.let
		}
		sums, _ := tripped(s.plan(t, policy))
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
	s := schoolOf(400)
	s.users = s.users[:300]
	s.column(stateColumn, 100, func(_ string, i int) string { return map[bool]string{true: "inactive"}[i >= 300] })
	s.past = (*plan.Past)(nil).Next("", "good", night(0), s.roster().Sources(), nil, nil)
	if sums, _ := tripped(s.plan(t, s.auto())); len(sums) > 0 {
		t.Fatal(sums)
	}
	s.column(stateColumn, 400, func(string, int) string { return "active" })
	if sums, _ := tripped(s.plan(t, s.auto())); sums["max-create"] != 100 {
		t.Errorf("a hundred of whom the state said inactive: %v", sums)
	}
}
