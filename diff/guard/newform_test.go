package guard_test

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/diff"
	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// The joiners of another system wait; the others are created, and nothing is
// refused.
func TestNewForm(t *testing.T) {
	s := difftest.SchoolOf(400)
	for _, uid := range []string{"u900001", "u900002", "x-1", "x-2", "20-b-7"} {
		s.Rows = append(s.Rows, uid+"|New "+uid+"|pupil||dept 1|class 1")
	}
	check := func(policy diff.Policy, withheld string) *plan.Plan {
		t.Helper()
		p := planOf(t, s, policy)
		var waits []string
		for _, i := range p.Withheld() {
			waits = append(waits, p.Operations[i].UID)
		}
		if got := strings.Join(waits, " "); got != withheld || p.Refused() {
			t.Errorf("%q are withheld, want %q; the guards are %v", got, withheld, p.Guards)
		}
		return p
	}
	p := check(auto(s), "20-b-7 x-1 x-2")
	g := p.Tripped()[0]
	if want := "3 users would be created under uids of a form that no active user of the app has, and wait: 20-b-7, x-1 and 1 like it; " +
		"if that is meant: --allow new-form=3"; g.Message != want || g.Limit != "3" || g.Allow != "--allow new-form=3" {
		t.Errorf("it is %+v", g)
	}
	allowed := auto(s)
	allowed.Allow = plan.Allowances{plan.NewForm: {3}}
	if p = check(allowed, ""); len(p.Allowed) != 1 || len(p.Withholdings) > 0 {
		t.Errorf("allowed: %+v", p.Allowed)
	}
	allowed.Allow = plan.Allowances{plan.NewForm: {2}}
	check(allowed, "20-b-7 x-1 x-2")

	// Of a plan that stays refused nothing is let through.
	allowed.Allow = plan.Allowances{plan.NewForm: {3}}
	allowed.Max.Create = limit(t, "1")
	if p = planOf(t, s, allowed); !p.Refused() || len(p.Withheld()) != 3 {
		t.Errorf("a refused plan lets %v wait: %v", p.Withheld(), p.Guards)
	}

	// Whoever is deactivated lends its form to nobody; who is out of scope does.
	s.Users = append(s.Users, difftest.Listing(difftest.RemoteHeader, "x-7|Gone|pupil")...)
	check(auto(s), "")
	s.Users[len(s.Users)-1].State = user.Deactivated
	check(auto(s), "20-b-7 x-1 x-2")
	s.Users[len(s.Users)-1].State = user.Active

	// What the last good run began and could not finish goes on; what waited then waits.
	s.Users = difftest.SchoolOf(400).Users
	for _, withheld := range []bool{false, true} {
		policy := auto(s)
		policy.Last = func() (last []plan.Done, let bool) {
			for _, uid := range []string{"x-1", "x-2", "20-b-7"} {
				last = append(last, plan.Done{Operation: plan.Operation{Verb: plan.Create, UID: uid, Withheld: withheld},
					Result: plan.Result{Outcome: plan.Skipped}})
			}
			return last, false
		}
		check(policy, map[bool]string{true: "20-b-7 x-1 x-2"}[withheld])
	}

	// An app without an active user has no form to go by.
	s.Users = nil
	check(diff.Policy{Basis: guard.Basis{Past: s.Past, Now: difftest.Night(1)}}, "")
}

// Those who wait for their form may be too many to be created as well: at one more
// than the limit it takes both options, and neither lets anybody through alone.
func TestNewFormBeyondMaxCreate(t *testing.T) {
	for _, c := range []struct {
		name                string
		new, others, limit  int // who would be created: of a new form, of an old one; and --max-create
		beside              string
		allow               plan.Allowances
		created, stillWaits int
		refused             bool
	}{
		{name: "just below", new: 6, others: 4, limit: 10, allow: plan.Allowances{plan.NewForm: {6}}, created: 10},
		{name: "just above", new: 6, others: 5, limit: 10, beside: "max-create", created: 5, stillWaits: 6},
		{name: "the form alone", new: 6, others: 5, limit: 10, beside: "max-create", allow: plan.Allowances{plan.NewForm: {6}}, created: 5,
			stillWaits: 6},
		{name: "the number alone", new: 6, others: 5, limit: 10, beside: "max-create", allow: plan.Allowances{plan.MaxCreate: {11}},
			created: 5, stillWaits: 6},
		{name: "both", new: 6, others: 5, limit: 10, allow: plan.Allowances{plan.NewForm: {6}, plan.MaxCreate: {11}}, created: 11},
		{name: "refused without them", new: 6, others: 11, limit: 10, allow: plan.Allowances{plan.NewForm: {6}}, created: 11, stillWaits: 6,
			refused: true},
		{name: "refused, and let through but for the form", new: 6, others: 11, limit: 10, allow: plan.Allowances{plan.MaxCreate: {11}},
			created: 11, stillWaits: 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := difftest.SchoolOf(400)
			for i := range c.new {
				s.Rows = append(s.Rows, fmt.Sprintf("x-%d|New %d|pupil||dept 1|class 1", i, i))
			}
			for i := range c.others {
				s.Rows = append(s.Rows, fmt.Sprintf("u9%05d|Other %d|pupil||dept 1|class 1", i, i))
			}
			policy := auto(s)
			policy.Max.Create, policy.Allow = limit(t, fmt.Sprint(c.limit)), c.allow
			p := planOf(t, s, policy)
			if n := p.Count(plan.Create) - len(p.Withheld()); n != c.created || len(p.Withheld()) != c.stillWaits ||
				p.Refused() != c.refused {
				t.Errorf("%d are created and %d wait, want %d and %d; refused: %t", n, len(p.Withheld()), c.created, c.stillWaits,
					p.Refused())
			}
			beside := ""
			if w := p.WithholdingOf(plan.Create); w != nil && len(w.Beside) > 0 {
				beside = w.Beside[0].Name
				const both = "--allow new-form=6 --allow max-create=11"
				if w.Allow != both || w.Beside[0].Allow != both || !strings.HasSuffix(w.Why(), "; if that is meant: "+both) ||
					strings.Count(w.Why(), "--allow") != 2 {
					t.Errorf("it takes %q and %q: %s", w.Allow, w.Beside[0].Allow, w.Why())
				}
			}
			if beside != c.beside {
				t.Errorf("beside the form %q withholds, want %q", beside, c.beside)
			}
		})
	}
}
