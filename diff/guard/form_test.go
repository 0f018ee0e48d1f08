package guard

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"testing"

	"cometsync/internal/plan"
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
				watch := &Watch{}
				for range size {
					watch.forms.meet(trait{hash: formOf(id(rng))}, 1)
				}
				for range 3 + rng.IntN(20) {
					p.Operations = append(p.Operations, plan.Operation{Verb: plan.Create, UID: id(rng)})
				}
				(&judge{Case: &Case{Basis: Basis{Past: &plan.Past{}}, Watch: watch, Plan: p}}).newForms()
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
