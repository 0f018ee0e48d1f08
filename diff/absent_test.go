package diff

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/diff/difftest"
	"cometsync/diff/guard"
	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

// nights plans night after night, and keeps of each what a good run does.
type nights struct {
	*difftest.School
	policy Policy
	night  int
}

// next is the plan of the next night. If it is refused, nothing is kept of it.
func (n *nights) next(t *testing.T) *plan.Plan {
	t.Helper()
	n.night++
	n.policy.Past, n.policy.Now = n.Past, difftest.Night(n.night)
	p := compute(t, n.Roster(), n.Users, n.policy)
	if p.Refused() {
		return p
	}
	for _, o := range p.Of(plan.Deactivate) {
		i := slices.IndexFunc(n.Users, func(u user.User) bool { return u.UID == o.UID })
		n.Users[i].State = user.Deactivated
	}
	var absent []plan.Absence
	for _, l := range p.Leaving {
		absent = append(absent, l.Absence)
	}
	still := map[uint64]bool{}
	for _, uid := range p.Standing {
		still[uid] = true
	}
	for _, o := range p.Of(plan.Deactivate) {
		delete(still, user.HashUID(o.UID))
	}
	n.Past = n.Past.Next("", fmt.Sprint(n.night), n.policy.Now, n.Roster().Sources(), absent, still)
	return p
}

func nightsOf(n, grace int) *nights {
	s := difftest.SchoolOf(n)
	policy := auto(s)
	policy.GraceRuns, policy.GraceWithin = grace, 20*time.Hour
	return &nights{School: s, policy: policy}
}

func counts(p *plan.Plan) string {
	return fmt.Sprintf("%d leaving, %d deactivated, %d guards", len(p.Leaving), p.Count(plan.Deactivate), len(p.Guards))
}

// Whoever is absent goes with the run that completes the row, and not before;
// whoever is back meanwhile begins anew.
func TestGraceRuns(t *testing.T) {
	t.Parallel()
	for _, size := range difftest.Sizes {
		for _, grace := range []int{2, 1, 3} {
			if size > slow.Times(10_000, size) || size > 10_000 && grace != 2 {
				break
			}
			t.Run(fmt.Sprintf("%d of %d runs", size, grace), func(t *testing.T) {
				n := nightsOf(size, grace)
				all := n.Rows
				n.Lose(func(i int) bool { return i == 7 || i == 20 })
				gone := n.Rows
				for k := 1; k < grace; k++ {
					p := n.next(t)
					if got := counts(p); got != "2 leaving, 0 deactivated, 0 guards" || p.Kept != 2 {
						t.Fatalf("night %d: %s, %d kept", k, got, p.Kept)
					}
					l := p.Leaving[1]
					if l.UID != "u000020" || l.Name != "Name 20" || l.Runs != k || l.Of != grace || !l.Since.Equal(difftest.Night(1)) ||
						!l.From.Equal(difftest.Night(k).Add(time.Duration(grace-k)*20*time.Hour)) {
						t.Errorf("night %d: %+v", k, l)
					}
				}
				if grace > 1 { // one of them is back for a night
					n.Rows = append(slices.Clone(gone), all[20])
					if got := counts(n.next(t)); got != "0 leaving, 1 deactivated, 0 guards" {
						t.Errorf("one is back: %s", got)
					}
					n.Rows = gone
					for k := 1; k < grace; k++ {
						if got := counts(n.next(t)); got != "1 leaving, 0 deactivated, 0 guards" {
							t.Errorf("absent anew, night %d: %s", k, got)
						}
					}
				}
				want := 2
				if grace > 1 {
					want = 1
				}
				if got := counts(n.next(t)); got != fmt.Sprintf("0 leaving, %d deactivated, 0 guards", want) {
					t.Errorf("the last night: %s", got)
				}
				if got := counts(n.next(t)); got != "0 leaving, 0 deactivated, 0 guards" {
					t.Errorf("the night after: %s", got)
				}
			})
		}
	}
}

// A state that says inactive does not wait; runs near to each other count once; a
// lost memory begins anew; and one that has waited goes when the grace is taken away.
func TestGraceIsForTheAbsentAlone(t *testing.T) {
	n := nightsOf(400, 2)
	n.Column(difftest.StateColumn, 1, func(string, int) string { return "inactive" })
	n.Lose(func(i int) bool { return i == 9 })
	if p := n.next(t); counts(p) != "1 leaving, 1 deactivated, 0 guards" || p.Of(plan.Deactivate)[0].UID != "u000000" {
		t.Errorf("%s: %+v", counts(p), p.Operations)
	}
	n.policy.GraceWithin = 48 * time.Hour
	p := n.next(t)
	if counts(p) != "1 leaving, 0 deactivated, 0 guards" || p.Leaving[0].Runs != 1 || !p.Leaving[0].From.Equal(difftest.Night(3)) {
		t.Errorf("within the grace hours: %+v", p.Leaving)
	}
	past := n.Past
	n.Past = nil
	if p := n.next(t); counts(p) != "1 leaving, 0 deactivated, 0 guards" || p.Leaving[0].Runs != 1 {
		t.Errorf("without a past: %+v", p.Leaving)
	}
	n.Past, n.policy.GraceRuns = past, 1
	if got := counts(n.next(t)); got != "0 leaving, 1 deactivated, 0 guards" {
		t.Errorf("without grace: %s", got)
	}
}

// A refused run counts for nobody; nor does one in which a row may be anybody's.
func TestGraceOfRunsThatDoNotCount(t *testing.T) {
	n := nightsOf(50, 2)
	n.Lose(func(i int) bool { return i == 9 })
	n.next(t)
	bad := n.Rows
	n.Column(difftest.StateColumn, 10, func(string, int) string { return "inactive" })
	n.Rows = n.Rows[1:]
	if p := n.next(t); !p.Refused() || counts(p) != "1 leaving, 10 deactivated, 2 guards" || p.Leaving[0].Runs != 0 {
		t.Fatalf("%s: %+v", counts(p), p.Leaving)
	}
	n.Rows = append(slices.Clone(bad), "Ü|Nobody knows|pupil|||")
	p := n.next(t)
	if p.Withholding() == "" || counts(p) != "0 leaving, 1 deactivated, 0 guards" || !p.Operations[0].Withheld {
		t.Errorf("%s: %+v", counts(p), p.Operations)
	}
	n = nightsOf(50, 2)
	n.Lose(func(i int) bool { return i == 9 })
	n.Rows = append(n.Rows, "Ü|Nobody knows|pupil|||")
	p = n.next(t)
	if p.Withholding() == "" || len(p.Leaving) != 1 || p.Leaving[0].Runs != 0 ||
		!p.Leaving[0].From.Equal(difftest.Night(1).Add(20*time.Hour)) {
		t.Errorf("%q: %+v", p.Withholding(), p.Leaving)
	}
}

// Strangers are left alone, whatever becomes of the rest; without a past everybody
// is one.
func TestMissingKnown(t *testing.T) {
	for _, size := range difftest.Sizes[:3] {
		n := nightsOf(size, 1)
		n.policy.Missing, n.policy.Itemize = MissingKnown, true
		n.Users = append(n.Users, difftest.Listing(difftest.RemoteHeader, "guest-1|Guest|pupil|||", "guest-2|Guest|pupil|||",
			"guest-3|Guest|pupil||deactivated|")...)
		n.Lose(func(i int) bool { return i == 9 })
		policy := n.policy
		policy.Past = nil
		p := compute(t, n.Roster(), n.Users, policy)
		if counts(p) != "0 leaving, 0 deactivated, 0 guards" || p.Strangers != 3 || p.Kept != 3 {
			t.Errorf("%d, without a past: %s, %d strangers, %d kept", size, counts(p), p.Strangers, p.Kept)
		}
		p = n.next(t)
		checkPlaces(t, p, n.Users)
		if counts(p) != "0 leaving, 1 deactivated, 0 guards" || p.Strangers != 2 || p.Kept != 2 {
			t.Errorf("%d: %s, %d strangers, %d kept", size, counts(p), p.Strangers, p.Kept)
		}
		if at := places(p); at["guest-1"] != plan.PlaceStranger || at["guest-3"] != plan.PlaceDeactivated {
			t.Errorf("%d: %s, %s", size, at["guest-1"], at["guest-3"])
		}
		if i := slices.IndexFunc(p.Notices, func(n user.Notice) bool { return n.Code == "strangers-kept" }); i < 0 ||
			p.Notices[i].Count != 2 {
			t.Errorf("%d: %+v", size, p.Notices)
		}
		// who once had a row is not a stranger any more
		rows := n.Rows
		n.Rows = append(slices.Clone(rows), "guest-1|Guest|pupil|||")
		n.next(t)
		n.Rows = rows
		if p := n.next(t); p.Count(plan.Deactivate) != 1 || p.Of(plan.Deactivate)[0].UID != "guest-1" || p.Strangers != 1 {
			t.Errorf("%d: %+v", size, p.Operations)
		}
	}
}

// The guards speak of those who go, in the order in which they were when they were
// last there; the night on which they begin to leave is told what they will say.
func TestGuardsOfWhoLeavesLater(t *testing.T) {
	for _, c := range []struct {
		name  string
		gone  func(size int) func(i int) bool
		guard string
	}{
		{"the end of the file", func(size int) func(int) bool { return func(i int) bool { return i >= size-20 } }, plan.LostTail},
		{"a part of it", func(size int) func(int) bool { return func(i int) bool { return i >= 100 && i < 120 } }, plan.LostBlock},
		{"a department", func(size int) func(int) bool { return func(i int) bool { return i%20 == 3 } }, plan.LostGroup},
	} {
		for _, size := range []int{400, 1200} {
			n := nightsOf(size, 3)
			n.Lose(c.gone(size))
			for k := 1; k <= 2; k++ {
				p := n.next(t)
				told := slices.ContainsFunc(p.Notices, func(n user.Notice) bool {
					return n.Code == "leaving-refused" && strings.Contains(n.Message, c.guard+" will refuse the run in which they go: ")
				})
				warned := slices.ContainsFunc(p.Forewarned(), func(g plan.Guard) bool { return g.Name == c.guard })
				if len(p.Leaving) < 20 || p.Refused() || told != (k == 1) || warned != told {
					t.Errorf("%s of %d, night %d: %s, %+v", c.name, size, k, counts(p), p.Notices)
				}
			}
			sums, _ := difftest.Tripped(n.next(t))
			if sums[c.guard] == 0 {
				t.Errorf("%s of %d: %v", c.name, size, sums)
			}
		}
	}
}

// People who are leaving, and strangers, are found under a new uid as whoever
// goes at once is, who comes before them.
func TestPairsOfWhoStaysForNow(t *testing.T) {
	roster := difftest.NewRoster(user.Rules{}, "uid|name|metadata.mail", "00746|Kim|k@e.org", "1|Ada|a@e.org")
	remote := difftest.Listing(difftest.RemoteHeader, `746|Kim|staff|||{"mail":"k@e.org"}`, `1|Ada|staff|||{"mail":"a@e.org"}`,
		"9|Zoe|staff|||")
	policy := Policy{Rekeys: true, Itemize: true, GraceRuns: 2, Basis: guard.Basis{Past: &plan.Past{Known: []uint64{user.HashUID("9")}},
		Now: difftest.Night(1)}}
	for missing, text := range map[Missing]string{
		MissingDeactivate: `
			held 746 by staff.csv:2 (leading-zeros)
			leaving 9 after 1 of 2, from 2 Mar 03:00
			746 (Kim) is 00746 (Kim) of staff.csv:2: leading-zeros 95%
			unchanged 1
			kept 1`,
		MissingKnown: `
			held 746 by staff.csv:2 (leading-zeros)
			leaving 9 after 1 of 2, from 2 Mar 03:00
			746 (Kim) is 00746 (Kim) of staff.csv:2: leading-zeros 95%
			unchanged 1
			kept 1`,
	} {
		policy.Missing = missing
		p := compute(t, roster, remote, policy)
		want(t, p, text)
	}
	// of two who may be the new one, whoever would lose access is the pair
	policy.GraceRuns, policy.Missing = 1, MissingKnown
	policy.Past = &plan.Past{Known: []uint64{user.HashUID("0746")}}
	remote = append(remote, difftest.Listing(difftest.RemoteHeader, `0746|Kim|staff|||`)...)
	p := compute(t, roster, remote, policy)
	if len(p.Rekeys) != 1 || p.Rekeys[0].Old != "0746" || p.Strangers != 2 || p.Count(plan.Deactivate) > 0 {
		t.Errorf("%s", show(p))
	}
}
