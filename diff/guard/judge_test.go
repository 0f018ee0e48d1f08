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
	"cometsync/internal/user"
)

func limitFew(n, every int) func(i int) bool { // of all, so many, each so far from the next
	return func(i int) bool { return i%every == 1 && i/every < n }
}

var limitCases = []struct {
	guard   string
	limits  [4]int // by size: the most that pass
	message string // at 1200
	harm    func(s *difftest.School, n int, p *diff.Policy)
}{
	{"max-deactivate", [4]int{5, 20, 24, 2000},
		`25 users would lose access, and the limit is 24 (the greater of 20 and 2% of 1,200 active users in scope); biggest groups: role "teacher" 25`,
		func(s *difftest.School, n int, _ *diff.Policy) { s.Lose(limitFew(n, min(9, len(s.Rows)/n))) }},
	{"lost-block", [4]int{7, 7, 11, 105},
		`12 people who were side by side in staff.csv when they were last in it would lose access`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			s.Lose(func(i int) bool { return i >= 20 && i < 20+n })
		}},
	{"lost-tail", [4]int{7, 7, 7, 52},
		`8 people who were at the end of staff.csv when they were last in it would lose access`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			s.Lose(func(i int) bool { return i >= len(s.Users)-n })
		}},
	{"lost-group", [4]int{7, 7, 11, 105},
		`all 12 people of metadata.department "IT" would lose access, and no row has it any more`,
		func(s *difftest.School, n int, p *diff.Policy) {
			it := limitFew(n, 6)
			for i := range s.Users {
				if it(i) {
					s.Users[i].Metadata = strings.Replace(s.Users[i].Metadata, `"department":"dept`, `"department":"IT","was":"dept`, 1)
				}
			}
			s.Lose(it)
		}},
	{"field-changes", [4]int{20, 20, 36, 3000},
		`metadata.department of 37 users would change, and the limit is 36 (the greater of 20 and 3% of 1,200 users on both sides)`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			s.Column(difftest.DepartmentColumn, n, func(_ string, i int) string { return fmt.Sprintf("shifted %d", i%11) })
		}},
	{"emptied-cells", [4]int{5, 5, 12, 1000},
		`metadata.class of 13 users had a value in the last good run and is empty now`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			s.Column(difftest.ClassColumn, n, func(string, int) string { return "" })
		}},
	{"max-create", [4]int{20, 20, 36, 3000},
		`37 users would be created, and the limit is 36 (the greater of 20 and 3% of 1,200 active users in scope)`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			for i := range n {
				s.Rows = append(s.Rows, fmt.Sprintf("u9%05d|New %d|pupil||dept 1|class 1", i, i))
			}
		}},
	{"max-reactivate", [4]int{3, 3, 6, 498},
		`7 users would get access back, and the limit is 6 (the greater of 3 and 0.5% of 1,193 active users in scope)`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			s.Column(difftest.StateColumn, n, func(string, int) string { return "active" })
			for i := range n {
				s.Users[i].State = user.Deactivated
			}
		}},
	{"re-keyed", [4]int{4, 4, 4, 4},
		`5 people seem to have a new uid`,
		func(s *difftest.School, n int, p *diff.Policy) {
			p.Rekeys = true
			for i := range n {
				s.Rows[7*i] = strings.Replace(s.Rows[7*i], "u00", "u0", 1)
			}
		}},
	{"new-form", [4]int{2, 2, 2, 2},
		`3 users would be created under uids of a form that no active user of the app has, and wait: x-000000 and 2 like it`,
		func(s *difftest.School, n int, _ *diff.Policy) {
			for i := range n {
				s.Rows = append(s.Rows, fmt.Sprintf("x-%06d|New %d|pupil||dept 1|class 1", i, i))
			}
		}},
}

// Each guard lets pass what a quiet night may bring, and refuses one more.
func TestGuardLimits(t *testing.T) {
	for _, c := range limitCases {
		atLimit(t, c.guard, c.limits, c.message, func(t *testing.T, size, n int) (*plan.Plan, int) {
			s := difftest.SchoolOf(size)
			policy := auto(s)
			c.harm(s, n, &policy)
			p := planOf(t, s, policy)
			if sums, _ := difftest.Tripped(p); size > 10_000 || sums[c.guard] == 0 {
				return p, n
			}
			// A first run has no memory, and just what the app shows refuses it.
			policy.Past = nil
			fresh := planOf(t, s, policy)
			if off := "no earlier good run is on record to compare with, so the guards lost-block, lost-tail, lost-group, field-changes, " +
				"emptied-cells, lost-column, max-create, max-reactivate, re-keyed, new-form, reversal and old-file are " +
				"off"; !slices.ContainsFunc(fresh.Notices, func(n user.Notice) bool { return n.Code == "guards-off" && n.Message == off }) {
				t.Errorf("without a good run on record the notices are %v", fresh.Notices)
			}
			sums, _ := difftest.Tripped(fresh)
			delete(sums, plan.MaxDeactivate)
			if len(sums) > 0 {
				t.Errorf("without a good run on record %v trip", sums)
			}
			return p, n
		})
	}
}

// Changes with an ordinary cause do not count towards field-changes: a value that
// was somebody who is gone, and one that another one comes for everywhere.
func TestExplainedChanges(t *testing.T) {
	const n = 1200 // of whom 60 are in each department; 36 may change
	rename := func(departments ...string) func(s *difftest.School) {
		return func(s *difftest.School) {
			s.Column(difftest.DepartmentColumn, n, func(cell string, _ int) string {
				if slices.Contains(departments, cell) {
					return cell + " (new)"
				}
				return cell
			})
		}
	}
	for _, c := range []struct {
		name  string
		harm  func(s *difftest.School)
		trips bool
	}{
		{"a department has another name", rename("dept 1"), false},
		{"three departments have other names", rename("dept 1", "dept 2", "dept 3"), false},
		{"four have", rename("dept 1", "dept 2", "dept 3", "dept 4"), true},
		{"one is moved into another", func(s *difftest.School) {
			s.Column(difftest.DepartmentColumn, n, func(cell string, _ int) string { return strings.Replace(cell, "dept 1", "dept 2", 1) })
		}, true},
		{"a tenth of it keeps the name", func(s *difftest.School) {
			kept := 0
			s.Column(difftest.DepartmentColumn, n, func(cell string, _ int) string {
				if cell == "dept 7" {
					if kept++; kept > 6 {
						return "dept seven"
					}
				}
				return cell
			})
		}, false},
		{"more than a tenth of it keeps the name", func(s *difftest.School) {
			kept := 0
			s.Column(difftest.DepartmentColumn, n, func(cell string, _ int) string {
				if cell == "dept 7" {
					if kept++; kept > 7 {
						return "dept seven"
					}
				}
				return cell
			})
		}, true},
		{"everybody's manager has left", func(s *difftest.School) {
			for i := range s.Users {
				s.Users[i].Metadata = strings.Replace(s.Users[i].Metadata, `"department"`, `"manager":"u000000","department"`, 1)
			}
			s.Rows = slices.Delete(s.Rows, 0, 1)
			for i := range s.Rows {
				s.Rows[i] += fmt.Sprintf("|u%06d", 3+i%9)
			}
		}, false},
		{"everybody's manager is another", func(s *difftest.School) {
			for i := range s.Users {
				s.Users[i].Metadata = strings.Replace(s.Users[i].Metadata, `"department"`, `"manager":"u000000","department"`, 1)
			}
			for i := range s.Rows {
				s.Rows[i] += fmt.Sprintf("|u%06d", 3+i%9)
			}
		}, true},
	} {
		s := difftest.SchoolOf(n)
		c.harm(s)
		header := difftest.SchoolHeader
		if strings.Count(s.Rows[0], "|") > strings.Count(header, "|") {
			header += "|metadata.manager"
		}
		s.Header = header
		sums, _ := difftest.Tripped(planOf(t, s, auto(s)))
		if _, trips := sums["field-changes"]; trips != c.trips {
			t.Errorf("%s: trips: %t; %v", c.name, trips, sums)
		}
	}
}

// A limit that was set holds without a good run on record as well, and a percentage
// is of the users on both sides.
func TestFieldChangesLimit(t *testing.T) {
	s := difftest.SchoolOf(400)
	s.Column(difftest.DepartmentColumn, 9, func(_ string, i int) string { return fmt.Sprintf("shifted %d", i) })
	for text, trips := range map[string]bool{"8": true, "9": false, "2%": true, "2.1%": false, "none": false, "auto": false} {
		p := planOf(t, s, diff.Policy{Basis: guard.Basis{Max: guard.Limits{FieldChanges: limit(t, text)}}})
		if sums, first := difftest.Tripped(p); (sums["field-changes"] == 9) != trips {
			t.Errorf("%s: %v %v", text, sums, first)
		}
	}
	s = difftest.SchoolOf(400)
	s.Column(difftest.DepartmentColumn, 400, func(cell string, _ int) string { return strings.Replace(cell, "dept 7", "dept seven", 1) })
	if p := planOf(t, s, diff.Policy{Basis: guard.Basis{Max: guard.Limits{FieldChanges: limit(t, "5")}}}); p.Refused() {
		t.Errorf("a department that has another name is refused: %v", p.Guards)
	}
}

// done is what is on record of a run that carried operations out.
func done(n int, operations ...plan.Operation) plan.Earlier {
	e := plan.Earlier{Run: fmt.Sprintf("run %d", n), At: difftest.Night(n)}
	for _, o := range operations {
		e.Done = append(e.Done, plan.Done{Operation: o, Sent: true, Result: plan.Result{Outcome: plan.Applied}})
	}
	return e
}

func renamed(uid, before, after string) plan.Operation {
	return plan.Operation{Verb: plan.Update, UID: uid, Changes: []plan.Change{{Field: user.Name, Before: user.JSON(before),
		After: user.JSON(after)}}}
}

// An old file takes back what several runs did, of several sorts; a repair takes
// back one run's.
func TestReversal(t *testing.T) {
	s := difftest.SchoolOf(400)
	var nights []plan.Earlier
	for n := range 6 {
		nights = append(nights, done(n,
			plan.Operation{Verb: plan.Create, UID: fmt.Sprintf("new%d", n), Name: "New"},
			renamed(fmt.Sprintf("u%06d", n), fmt.Sprintf("Name %d", n), "Changed")))
		s.Users = append(s.Users, difftest.Listing(difftest.RemoteHeader, fmt.Sprintf("new%d|New|pupil", n))...)
		s.Users[n].Name = "Changed"
	}
	slices.Reverse(nights)
	policy := auto(s)
	policy.Earlier = func(int) []plan.Earlier { return nights }
	sums, first := difftest.Tripped(planOf(t, s, policy))
	if sums["reversal"] != 12 || !strings.Contains(first["reversal"].Message,
		"12 of 12 changes would take back what 6 earlier runs did (a value as before; created and now lost)") {
		t.Errorf("an old file trips %v: %s", sums, first["reversal"].Message)
	}

	policy.Earlier = func(int) []plan.Earlier { return nights[:2] }
	if sums, _ = difftest.Tripped(planOf(t, s, policy)); sums["reversal"] > 0 {
		t.Errorf("what two runs did is taken back, and trips %v", sums)
	}
	policy.Earlier = func(int) []plan.Earlier { return nights }
	for i := range s.Users {
		if strings.HasPrefix(s.Users[i].UID, "new") {
			s.Rows = append(s.Rows, s.Users[i].UID+"|New|pupil||dept 1|class 1")
		}
	}
	if sums, _ = difftest.Tripped(planOf(t, s, policy)); sums["reversal"] > 0 {
		t.Errorf("one sort is taken back, beside other changes, and trips %v", sums)
	}
}

// A file of an earlier run is refused if it takes back what runs did since.
func TestOldFile(t *testing.T) {
	s := difftest.SchoolOf(400)
	old, last := user.File{Path: "staff.csv", SHA256: "old"}, user.File{Path: "staff.csv", SHA256: "last"}
	var nights []plan.Earlier
	for n := range 4 {
		e := done(n, renamed(fmt.Sprintf("u%06d", n), fmt.Sprintf("Name %d", n), "Changed"))
		e.Files = []user.File{{Path: "staff.csv", SHA256: fmt.Sprint(n)}}
		nights = append(nights, e)
		s.Users[n].Name = "Changed"
	}
	nights[0].Files, nights[3].Files = []user.File{old}, []user.File{last}
	slices.Reverse(nights)
	policy := auto(s)
	policy.Earlier = func(int) []plan.Earlier { return nights }
	trips := func(file user.File) bool {
		r := s.Roster()
		r.In.Files = []user.File{file}
		p := compute(t, r, s.Users, policy)
		_, is := difftest.Tripped(p)
		return is["old-file"].Name != ""
	}
	if !trips(old) {
		t.Error("a file of an earlier run takes back four runs, and trips nothing")
	}
	if trips(last) || trips(user.File{Path: "staff.csv", SHA256: "new"}) {
		t.Error("the last run's file, or a new one, is taken for an old one")
	}
	good := s.Roster().Sources()
	good[0].SHA256 = "old"
	policy.Past = s.Past.Next("", "good", difftest.Night(0), good, nil, nil) // the last run was refused
	if trips(old) {
		t.Error("the last good run's file is taken for an old one")
	}
	policy.Past = s.Past
	s.Users = s.Users[:0:0]
	s.Users = append(s.Users, difftest.SchoolOf(400).Users...)
	s.Users[2].Name = "Changed"
	if trips(old) {
		t.Error("an old file that takes back one run trips")
	}
}

// Whom one run removed another one may bring back.
func TestRepairIsNoReactivation(t *testing.T) {
	s := difftest.SchoolOf(400)
	s.Column(difftest.StateColumn, 40, func(string, int) string { return "active" })
	var removed []plan.Operation
	for i := range 40 {
		s.Users[i].State = user.Deactivated
		removed = append(removed, plan.Operation{Verb: plan.Deactivate, UID: s.Users[i].UID})
	}
	policy := auto(s)
	policy.Now = difftest.Night(10)
	for _, c := range []struct {
		name  string
		runs  []plan.Earlier
		trips bool
	}{
		{"no run removed them", nil, true},
		{"one run removed them", []plan.Earlier{done(4, removed...)}, false},
		{"one did so long ago", []plan.Earlier{done(2, removed...)}, true},
		{"two runs removed them", []plan.Earlier{done(5, removed[:20]...), done(4, removed[20:]...)}, true},
		{"all but three of them", []plan.Earlier{done(4, removed[:37]...)}, false},
		{"all but four of them", []plan.Earlier{done(4, removed[:36]...)}, true},
	} {
		policy.Earlier = func(int) []plan.Earlier { return c.runs }
		sums, _ := difftest.Tripped(planOf(t, s, policy))
		if _, trips := sums["max-reactivate"]; trips != c.trips {
			t.Errorf("%s: trips: %t; %v", c.name, trips, sums)
		}
	}
}

// A column that the last good run managed has to be there, in the same source.
func TestLostColumn(t *testing.T) {
	s := difftest.SchoolOf(50)
	s.Header = "uid|name|role|state|metadata.department|metadata.year"
	sums, first := difftest.Tripped(planOf(t, s, auto(s)))
	if sums["lost-column"] != 1 || !strings.Contains(first["lost-column"].Message,
		"staff.csv had a column for metadata.class in the last good run and has none now") {
		t.Errorf("%v: %s", sums, first["lost-column"].Message)
	}
}

// Changes that come with a reactivation are counted, and the sentence says so: a
// summary has them among the reactivations.
func TestFieldChangesOfReactivated(t *testing.T) {
	s := difftest.SchoolOf(400)
	s.Column(difftest.ClassColumn, 22, func(string, int) string { return "class new" })
	for _, i := range []int{3, 5} {
		s.Users[i].State = user.Deactivated
		s.Rows[i] = strings.Replace(s.Rows[i], "||", "|active|", 1)
	}
	p := planOf(t, s, auto(s))
	_, first := difftest.Tripped(p)
	if want := "metadata.class of 22 users would change (2 of them reactivated), and the limit is 20 " +
		""; !strings.HasPrefix(first[plan.FieldChanges].Message, want) || p.Count(plan.Update) != 20 {
		t.Errorf("%d updates: %s", p.Count(plan.Update), first[plan.FieldChanges].Message)
	}
}
