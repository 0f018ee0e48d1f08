package guard_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/diff"
	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

// dated is a roster whose sources were written at a time.
type dated struct {
	*difftest.Roster
	at time.Time
}

func (d dated) Sources() []plan.PastSource {
	sources := d.Roster.Sources()
	for i := range sources {
		sources[i].Modified = d.at
	}
	return sources
}

// The guards that somebody sets a limit for, and those of old files and of whole
// columns and files, let pass what is at their limit and refuse one more.
func TestSetGuardLimits(t *testing.T) {
	for _, c := range []struct {
		guard   string
		limits  [4]int // by size: the most that pass
		actual  int    // what is counted when one more trips; 0 is that very number
		message string // at 1200
		harm    func(s *difftest.School, n int, p *diff.Policy) diff.Roster
	}{
		{"max-update", [4]int{1, 8, 24, 2000}, 0,
			`25 users would be updated, and the limit is 2% of 1,200 active users in scope (= 24); biggest groups: metadata.class "another" 25, role "pupil" 9, role "parent" 8, role "teacher" 8, metadata.department "dept 0" 2; if that is meant: --allow max-update=25`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster {
				p.Max.Update = limit(t, "2%")
				s.Column(difftest.ClassColumn, n, func(string, int) string { return "another" })
				return s.Roster()
			}},
		{"max-rejects", [4]int{1, 8, 24, 2000}, 0,
			`25 rows rejected, and the limit is 2% of 1,200 rows (= 24); biggest groups: state-unknown 25; correct the rows at their source; if that is meant: --allow max-rejects=25`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster {
				p.Max.Rejects = limit(t, "2%")
				s.Column(difftest.StateColumn, n, func(string, int) string { return "perhaps" })
				return s.Roster()
			}},
		{"max-deactivate", [4]int{1, 1, 1, 1}, 0, // a limit that was set is not a floor
			`2 users would lose access, and the limit is 1; biggest groups: role "teacher" 2; if that is meant: --allow max-deactivate=2`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster {
				p.Max.Deactivate = limit(t, "1")
				s.Lose(func(i int) bool { return i%9 == 1 && i/9 < n })
				return s.Roster()
			}},
		{"lost-column", [4]int{0, 0, 0, 0}, 0,
			`staff.csv had a column for metadata.class in the last good run and has none now; it would not be managed any more; if that is meant: --allow lost-column=1`,
			func(s *difftest.School, n int, _ *diff.Policy) diff.Roster {
				if n == 0 {
					return s.Whole
				}
				s.Header = strings.Replace(difftest.SchoolHeader, "metadata.class", "metadata.year", 1)
				return s.Roster()
			}},
		{"source-without-rows", [4]int{0, 0, 0, 0}, 0,
			`more.csv: has a header and no row, so everybody who was in it would look as if they had left; check the export; if that is meant: --allow source-without-rows=1`,
			func(s *difftest.School, n int, _ *diff.Policy) diff.Roster {
				r := *s.Whole
				r.In.Files = []user.File{{Path: "staff.csv", Rows: len(s.Rows)}, {Path: "more.csv", Rows: 1 - n}}
				return &r
			}},
		{"source-age", [4]int{36, 36, 36, 36}, 0, // hours, and with one more it is too old
			`staff.csv was written 37 hours ago, and --max-source-age is 36h; if that is meant: --allow source-age=37`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster {
				p.MaxSourceAge = 36 * time.Hour
				return dated{s.Whole, p.Now.Add(-time.Duration(n) * time.Hour)}
			}},
		{"reversal", [4]int{4, 4, 4, 4}, 0,
			`5 of 5 changes would take back what 5 earlier runs did (a value as before; created and now lost); the roster is probably an old one; if that is meant: --allow reversal=5`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster { return takeBack(s, n, 0, p) }},
		{"reversal", [4]int{2, 2, 2, 2}, 7, // other changes that make 7 of 9, and 7 of 10
			`7 of 10 changes would take back`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster { return takeBack(s, 7, 6-n, p) }},
		{"old-file", [4]int{1, 1, 1, 1}, 1,
			`staff.csv is the file that the run run 0 read, and not the last run's; the plan takes back what 2 runs did since; if that is meant: --allow old-file=1`,
			func(s *difftest.School, n int, p *diff.Policy) diff.Roster {
				r := takeBack(s, n, 0, p)
				runs := p.Earlier(0)
				runs[0].Files = []user.File{{Path: "staff.csv", SHA256: "last"}}
				p.Earlier = func(int) []plan.Earlier {
					return append(runs,
						plan.Earlier{Run: "run 0", At: difftest.Night(0), Files: []user.File{{Path: "staff.csv", SHA256: "old"}}})
				}
				r.In.Files = []user.File{{Path: "staff.csv", SHA256: "old", Rows: len(s.Rows)}}
				return r
			}},
	} {
		atLimit(t, c.guard, c.limits, c.message, func(t *testing.T, size, n int) (*plan.Plan, int) {
			s := difftest.SchoolOf(size)
			policy := auto(s)
			r := c.harm(s, n, &policy)
			return compute(t, r, s.Users, policy), cmp.Or(c.actual, n)
		})
	}
}

// takeBack has as many runs on record that each changed or created one user, what
// the roster takes back, beside so many changes that no run did.
func takeBack(s *difftest.School, runs, others int, p *diff.Policy) *difftest.Roster {
	var done []plan.Earlier
	for i := range runs {
		o := plan.Operation{Verb: plan.Create, UID: fmt.Sprintf("u8%05d", i), Name: "New"}
		if i%2 == 0 {
			o = renamed(s.Users[i].UID, s.Users[i].Name, "Changed")
			s.Users[i].Name = "Changed"
		} else {
			s.Users = append(s.Users, difftest.Listing(difftest.RemoteHeader, o.UID+"|New|pupil")...)
		}
		done = append(done, plan.Earlier{Run: fmt.Sprintf("run %d", i+1), At: difftest.Night(0),
			Done: []plan.Done{{Operation: o, Sent: true, Result: plan.Result{Outcome: plan.Applied}}}})
	}
	slices.Reverse(done)
	p.Earlier = func(int) []plan.Earlier { return slices.Clone(done) }
	if others == 0 {
		whole := *s.Whole
		return &whole
	}
	seen := 0
	s.Column(difftest.ClassColumn, others, func(was string, i int) string {
		if i < 10 {
			return was
		}
		seen++
		return fmt.Sprintf("other %d", seen)
	})
	return s.Roster()
}

// A group is lost with four fifths of its people, and not with fewer.
func TestLostGroupShare(t *testing.T) {
	for _, c := range []struct{ size, of, lost int }{{50, 10, 8}, {400, 20, 16}, {1200, 20, 16}, {100_000, 150, 120}} {
		if c.size > slow.Times(10_000, c.size) {
			continue
		}
		for kept, trips := range []bool{true, false} {
			s := difftest.SchoolOf(c.size)
			gone := map[int]bool{}
			for k := range c.of {
				i := 1 + k*(c.size/c.of-1)
				s.Users[i].Tags = []string{"choir"}
				s.Rows[i] += "|choir"
				gone[i] = k < c.lost-kept
			}
			s.Header = difftest.SchoolHeader + "|tags"
			s.Lose(func(i int) bool { return gone[i] })
			for i, row := range s.Rows {
				if !strings.HasSuffix(row, "|choir") {
					s.Rows[i] += "|"
				}
			}
			sums, first := difftest.Tripped(planOf(t, s, auto(s)))
			if _, is := sums["lost-group"]; is != trips {
				t.Errorf("%d people: %d of %d lost: trips: %t: %v", c.size, c.lost-kept, c.of, is, sums)
			}
			if want := fmt.Sprintf(`%d of the %d people of tag "choir" would lose access, and hardly a row has it any more`, c.lost,
				c.of); trips && !strings.Contains(first["lost-group"].Message, want) {
				t.Errorf("%d people: it says\n%s\nwant\n%s", c.size, first["lost-group"].Message, want)
			}
		}
	}
}
