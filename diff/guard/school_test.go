package guard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/diff"
	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

// auto is the policy of a run that sets no limit, on the night after the good run.
func auto(s *difftest.School) diff.Policy {
	return diff.Policy{Basis: guard.Basis{Past: s.Past, Now: difftest.Night(1), Max: guard.Limits{Create: guard.Auto,
		Deactivate: guard.Auto, Reactivate: guard.Auto, FieldChanges: guard.Auto}}}
}

// planOf is the plan for a school.
func planOf(t *testing.T, s *difftest.School, policy diff.Policy) *plan.Plan {
	t.Helper()
	return compute(t, s.Roster(), s.Users, policy)
}

// compute is a plan, of which the app's users come in pages.
func compute(t *testing.T, r diff.Roster, users []user.User, policy diff.Policy) *plan.Plan {
	t.Helper()
	p, err := diff.Compute(r, func(each func([]user.User) error) (string, error) {
		for page := range slices.Chunk(users, 1000) {
			if err := each(page); err != nil {
				return "", err
			}
		}
		return "", nil
	}, policy)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// toldOf is the notices of a plan, but for the one of every plan without a past.
func toldOf(p *plan.Plan) []user.Notice {
	return slices.DeleteFunc(slices.Clone(p.Notices), func(n user.Notice) bool { return n.Code == "guards-off" })
}

func limit(t *testing.T, s string) guard.Limit {
	t.Helper()
	l, err := guard.ParseLimit(s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// people numbers n users below one another: prefix1|Name…
func people(prefix string, n int, rest string) []string {
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf("%s%d|Name%s", prefix, i+1, rest))
	}
	return rows
}

// atLimit looks at a guard in schools of every size: with what is at its limit there
// the plan passes, and with one more it is refused at the number that planFor gives,
// in these words where 1200 people are.
func atLimit(t *testing.T, name string, limits [4]int, message string, planFor func(t *testing.T, size, n int) (p *plan.Plan, actual int)) {
	for at, size := range difftest.Sizes {
		if size > slow.Times(10_000, size) {
			continue
		}
		for over, trips := range []bool{false, true} {
			n := limits[at] + over
			t.Run(fmt.Sprintf("%s of %d at %d", name, size, n), func(t *testing.T) {
				p, actual := planFor(t, size, n)
				sums, first := difftest.Tripped(p)
				if sum, is := sums[name]; is != trips || is && sum != actual {
					t.Errorf("it trips: %t; want %d; the guards are %v", is, actual, sums)
				}
				if g := first[name]; trips && size == 1200 && !strings.Contains(g.Message, message) {
					t.Errorf("it says\n%s\nwant\n%s", g.Message, message)
				}
			})
		}
	}
}
