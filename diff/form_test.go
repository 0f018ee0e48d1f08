package diff

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

func TestForm(t *testing.T) {
	for _, c := range []struct {
		a, b string
		like bool
	}{
		{"anna", "bo", true},
		{"u0001", "teacher9999", true},
		{"u0001", "u001", false},
		{"anna-k", "bo-m", true},
		{"anna-k", "anna_k", false},
		{"anna-k", "annak", false},
		{"7", "8", true},
		{"7a", "a7", false},
		{"a1b", "xyz2cd", true},
		{"a--b", "a-b", false},
		{"-", "_", false},
		{"12", "1-2", false},
	} {
		if like := formOf(c.a) == formOf(c.b); like != c.like {
			t.Errorf("%s and %s are of one form: %t", c.a, c.b, like)
		}
	}
}

// The joiners of another system wait; the others are created, and nothing is
// refused.
func TestNewForm(t *testing.T) {
	s := schoolOf(400)
	for _, uid := range []string{"u900001", "u900002", "x-1", "x-2", "20-b-7"} {
		s.rows = append(s.rows, uid+"|New "+uid+"|pupil||dept 1|class 1")
	}
	check := func(policy Policy, withheld string) *plan.Plan {
		t.Helper()
		p := s.plan(t, policy)
		var waits []string
		for _, i := range p.Withheld() {
			waits = append(waits, p.Operations[i].UID)
		}
		if got := strings.Join(waits, " "); got != withheld || p.Refused() {
			t.Errorf("%q are withheld, want %q; the guards are %v", got, withheld, p.Guards)
		}
		return p
	}
	p := check(s.auto(), "20-b-7 x-1 x-2")
	g := p.Tripped()[0]
	if want := "3 users would be created under uids of a form that no active user of the app has, and wait: 20-b-7, x-1 and 1 like it; if that is meant: --allow new-form=3"; g.Message != want || g.Limit != "3" || g.Allow != "--allow new-form=3" {
		t.Errorf("it is %+v", g)
	}
	allowed := s.auto()
	allowed.Allow = plan.Allowances{plan.NewForm: {3}}
	if p = check(allowed, ""); len(p.Allowed) != 1 || len(p.Withholdings) > 0 {
		t.Errorf("allowed: %+v", p.Allowed)
	}
	allowed.Allow = plan.Allowances{plan.NewForm: {2}}
	check(allowed, "20-b-7 x-1 x-2")

	// Of a plan that stays refused nothing is let through.
	allowed.Allow = plan.Allowances{plan.NewForm: {3}}
	allowed.Max.Create = limit(t, "1")
	if p = s.plan(t, allowed); !p.Refused() || len(p.Withheld()) != 3 {
		t.Errorf("a refused plan lets %v wait: %v", p.Withheld(), p.Guards)
	}

	// Whoever is deactivated lends its form to nobody; who is out of scope does.
	s.users = append(s.users, listing(remoteHeader, "x-7|Gone|pupil")...)
	check(s.auto(), "")
	s.users[len(s.users)-1].State = user.Deactivated
	check(s.auto(), "20-b-7 x-1 x-2")
	s.users[len(s.users)-1].State = user.Active

	// What the last good run began and could not finish goes on; what waited then waits.
	s.users = schoolOf(400).users
	for _, withheld := range []bool{false, true} {
		policy := s.auto()
		policy.Last = func() (last []plan.Done, let bool) {
			for _, uid := range []string{"x-1", "x-2", "20-b-7"} {
				last = append(last, plan.Done{Operation: plan.Operation{Verb: plan.Create, UID: uid, Withheld: withheld}, Result: plan.Result{Outcome: plan.Skipped}})
			}
			return last, false
		}
		check(policy, map[bool]string{true: "20-b-7 x-1 x-2"}[withheld])
	}

	// An app without an active user has no form to go by.
	s.users = nil
	check(Policy{Past: s.past, Now: night(1)}, "")
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
		{name: "the form alone", new: 6, others: 5, limit: 10, beside: "max-create", allow: plan.Allowances{plan.NewForm: {6}}, created: 5, stillWaits: 6},
		{name: "the number alone", new: 6, others: 5, limit: 10, beside: "max-create", allow: plan.Allowances{plan.MaxCreate: {11}}, created: 5, stillWaits: 6},
		{name: "both", new: 6, others: 5, limit: 10, allow: plan.Allowances{plan.NewForm: {6}, plan.MaxCreate: {11}}, created: 11},
		{name: "refused without them", new: 6, others: 11, limit: 10, allow: plan.Allowances{plan.NewForm: {6}}, created: 11, stillWaits: 6, refused: true},
		{name: "refused, and let through but for the form", new: 6, others: 11, limit: 10, allow: plan.Allowances{plan.MaxCreate: {11}}, created: 11, stillWaits: 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := schoolOf(400)
			for i := range c.new {
				s.rows = append(s.rows, fmt.Sprintf("x-%d|New %d|pupil||dept 1|class 1", i, i))
			}
			for i := range c.others {
				s.rows = append(s.rows, fmt.Sprintf("u9%05d|Other %d|pupil||dept 1|class 1", i, i))
			}
			policy := s.auto()
			policy.Max.Create, policy.Allow = limit(t, fmt.Sprint(c.limit)), c.allow
			p := s.plan(t, policy)
			if n := len(carriedOut(p.Of(plan.Create))); n != c.created || len(p.Withheld()) != c.stillWaits || p.Refused() != c.refused {
				t.Errorf("%d are created and %d wait, want %d and %d; refused: %t", n, len(p.Withheld()), c.created, c.stillWaits, p.Refused())
			}
			beside := ""
			if w := p.WithholdingOf(plan.Create); w != nil && len(w.Beside) > 0 {
				beside = w.Beside[0].Name
				const both = "--allow new-form=6 --allow max-create=11"
				if w.Allow != both || w.Beside[0].Allow != both || !strings.HasSuffix(w.Why(), "; if that is meant: "+both) || strings.Count(w.Why(), "--allow") != 2 {
					t.Errorf("it takes %q and %q: %s", w.Allow, w.Beside[0].Allow, w.Why())
				}
			}
			if beside != c.beside {
				t.Errorf("beside the form %q withholds, want %q", beside, c.beside)
			}
		})
	}
}

// Ids that were drawn at random have each a form of its own, or nearly so: no
// joiner is withheld for it, but by rare chance.
func TestRandomIDsHaveNoForm(t *testing.T) {
	hex := func(rng *rand.Rand, n int) string {
		return fmt.Sprintf("%0*x", n, rng.Uint64())[:n]
	}
	kinds := map[string]func(*rand.Rand) string{
		"UUIDs": func(r *rand.Rand) string {
			return hex(r, 8) + "-" + hex(r, 4) + "-" + hex(r, 4) + "-" + hex(r, 4) + "-" + hex(r, 12)
		},
		"ObjectIDs":                  func(r *rand.Rand) string { return hex(r, 12) + hex(r, 12) },
		"8 digits of hexadecimal":    func(r *rand.Rand) string { return hex(r, 8) },
		"6 digits of hexadecimal":    func(r *rand.Rand) string { return hex(r, 6) },
		"10 digits to the base 36":   func(r *rand.Rand) string { return fmt.Sprintf("%010s", strconv.FormatUint(r.Uint64(), 36))[:10] },
		"one number, longer by ones": func(r *rand.Rand) string { return fmt.Sprintf("u%d", r.IntN(100_000)) },
	}
	for name, id := range kinds {
		for _, size := range []int{50, 400, 1200} {
			tripped, nights := 0, 60
			for seed := range nights {
				rng := rand.New(rand.NewPCG(uint64(seed), uint64(size)))
				p := &plan.Plan{Remote: plan.Remote{Active: size}}
				tally := tally{policy: &Policy{Past: &plan.Past{}}}
				for range size {
					tally.forms.meet(0, formOf(id(rng)), 1)
				}
				for range 3 + rng.IntN(20) {
					p.Operations = append(p.Operations, plan.Operation{Verb: plan.Create, UID: id(rng)})
				}
				(&judge{tally: &tally, p: p}).newForms()
				if len(p.Withholdings) > 0 {
					tripped++
				}
			}
			if tripped > 1 { // by chance
				t.Errorf("%s, %d people: joiners are withheld on %d of %d nights", name, size, tripped, nights)
			}
		}
	}
}
