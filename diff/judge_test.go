package diff

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// school is an app that is as its roster says, and what a good run left of it:
// its people are in twenty departments and forty classes, one after the other.
type school struct {
	rows  []string // of the roster
	users []user.User
	past  *plan.Past
	whole *fakeRoster // of the rows, as long as none is changed

	header string // "" is schoolHeader
}

// schools are made once; what changes one works on a copy.
var schools = map[int]*school{}

func schoolOf(n int) *school {
	if schools[n] == nil {
		schools[n] = newSchool(n)
	}
	s := *schools[n]
	s.rows, s.users = slices.Clone(s.rows), slices.Clone(s.users)
	return &s
}

const schoolHeader = "uid|name|role|state|metadata.department|metadata.class"

func newSchool(n int) *school {
	s := &school{}
	var remote []string
	for i := range n {
		role := []string{"pupil", "teacher", "parent"}[i%3]
		department, class := fmt.Sprintf("dept %d", i%20), fmt.Sprintf("class %d", i%40)
		s.rows = append(s.rows, fmt.Sprintf("u%06d|Name %d|%s||%s|%s", i, i, role, department, class))
		remote = append(remote, fmt.Sprintf(`u%06d|Name %d|%s|||{"department":%q,"class":%q}`, i, i, role, department, class))
	}
	s.users = listing(remoteHeader, remote...)
	s.whole = s.roster()
	s.past = (*plan.Past)(nil).Next("", "good", night(0), s.whole.Sources(), nil, nil)
	return s
}

func night(n int) time.Time { return time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func (s *school) roster() *fakeRoster {
	return newRoster(user.Rules{}, cmp.Or(s.header, schoolHeader), s.rows...)
}

// auto is the policy of a run that sets no limit, on the night after the good run.
func (s *school) auto() Policy {
	return Policy{Past: s.past, Now: night(1), Max: Limits{Create: Auto, Update: Limit{}, Deactivate: Auto, Reactivate: Auto, FieldChanges: Auto}}
}

// tripped are the names and sums of the guards that a plan trips, and the first of each.
func tripped(p *plan.Plan) (sums map[string]int, first map[string]plan.Guard) {
	sums, first = map[string]int{}, map[string]plan.Guard{}
	for _, g := range p.Tripped() {
		if _, ok := first[g.Name]; !ok {
			first[g.Name] = g
		}
		sums[g.Name] += g.Actual
	}
	return sums, first
}

func (s *school) plan(t *testing.T, policy Policy) *plan.Plan {
	t.Helper()
	p, err := Compute(s.roster(), func(each func([]user.User) error) (string, error) {
		for page := range slices.Chunk(s.users, 1000) {
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

// lose takes rows out of the roster.
func (s *school) lose(gone func(i int) bool) {
	i := -1
	s.rows = slices.DeleteFunc(slices.Clone(s.rows), func(string) bool { i++; return gone(i) })
}

// column changes the cells of a column, for the first n rows that it is told to.
func (s *school) column(column, n int, change func(cell string, i int) string) {
	s.rows = slices.Clone(s.rows)
	for i := range s.rows {
		cells := strings.Split(s.rows[i], "|")
		if was := cells[column]; n > 0 {
			if cells[column] = change(was, i); cells[column] != was {
				n--
			}
		}
		s.rows[i] = strings.Join(cells, "|")
	}
}

const (
	roleColumn       = 2
	stateColumn      = 3
	departmentColumn = 4
	classColumn      = 5
)

var sizes = []int{50, 400, 1200, 100_000}

// Each guard lets pass what a quiet night may bring, and refuses one more.
func TestGuardLimits(t *testing.T) {
	few := func(n, every int) func(i int) bool { // of all, so many, each so far from the next
		return func(i int) bool { return i%every == 1 && i/every < n }
	}
	for _, c := range []struct {
		guard   string
		limits  [4]int // by size: the most that pass
		message string // at 1200
		harm    func(s *school, n int, p *Policy)
	}{
		{"max-deactivate", [4]int{5, 20, 24, 2000},
			`25 users would lose access, and the limit is 24 (the greater of 20 and 2% of 1200 active users in scope); biggest groups: role "teacher" 25`,
			func(s *school, n int, _ *Policy) { s.lose(few(n, min(9, len(s.rows)/n))) }},
		{"lost-block", [4]int{7, 7, 11, 105},
			`12 people who were in a row of staff.csv when they were last in it would lose access`,
			func(s *school, n int, _ *Policy) { s.lose(func(i int) bool { return i >= 20 && i < 20+n }) }},
		{"lost-tail", [4]int{7, 7, 7, 52},
			`8 people who were at the end of staff.csv when they were last in it would lose access`,
			func(s *school, n int, _ *Policy) { s.lose(func(i int) bool { return i >= len(s.users)-n }) }},
		{"lost-group", [4]int{7, 7, 11, 105},
			`all 12 people of metadata.department "IT" would lose access, and no row has it any more`,
			func(s *school, n int, p *Policy) {
				it := few(n, 6)
				for i := range s.users {
					if it(i) {
						s.users[i].Metadata = strings.Replace(s.users[i].Metadata, `"department":"dept`, `"department":"IT","was":"dept`, 1)
					}
				}
				s.lose(it)
			}},
		{"field-changes", [4]int{20, 20, 36, 3000},
			`metadata.department of 37 users would change, and the limit is 36 (the greater of 20 and 3% of 1200 users on both sides)`,
			func(s *school, n int, _ *Policy) {
				s.column(departmentColumn, n, func(_ string, i int) string { return fmt.Sprintf("shifted %d", i%11) })
			}},
		{"emptied-cells", [4]int{5, 5, 12, 1000},
			`metadata.class of 13 users had a value in the last good run and is empty now`,
			func(s *school, n int, _ *Policy) {
				s.column(classColumn, n, func(string, int) string { return "" })
			}},
		{"max-create", [4]int{20, 20, 36, 3000},
			`37 users would be created, and the limit is 36 (the greater of 20 and 3% of 1200 active users in scope)`,
			func(s *school, n int, _ *Policy) {
				for i := range n {
					s.rows = append(s.rows, fmt.Sprintf("u9%05d|New %d|pupil||dept 1|class 1", i, i))
				}
			}},
		{"max-reactivate", [4]int{3, 3, 6, 498},
			`7 users would get access back, and the limit is 6 (the greater of 3 and 0.5% of 1193 active users in scope)`,
			func(s *school, n int, _ *Policy) {
				s.column(stateColumn, n, func(string, int) string { return "active" })
				for i := range n {
					s.users[i].State = user.Deactivated
				}
			}},
		{"re-keyed", [4]int{4, 4, 4, 4},
			`5 people seem to have a new uid`,
			func(s *school, n int, p *Policy) {
				p.Rekeys = true
				for i := range n {
					s.rows[7*i] = strings.Replace(s.rows[7*i], "u00", "u0", 1)
				}
			}},
		{"new-form", [4]int{2, 2, 2, 2},
			`3 users would be created under uids of a form that no active user of the app has, and wait: x-000000 and 2 like it`,
			func(s *school, n int, _ *Policy) {
				for i := range n {
					s.rows = append(s.rows, fmt.Sprintf("x-%06d|New %d|pupil||dept 1|class 1", i, i))
				}
			}},
	} {
		for at, size := range sizes {
			if testing.Short() && size > 10_000 {
				continue
			}
			for over, trips := range []bool{false, true} {
				s := schoolOf(size)
				policy := s.auto()
				c.harm(s, c.limits[at]+over, &policy)
				p := s.plan(t, policy)
				sums, first := tripped(p)
				if _, is := sums[c.guard]; is != trips {
					t.Errorf("%s, %d people: %d trip it: %t; the guards are %v", c.guard, size, c.limits[at]+over, is, sums)
					continue
				}
				if !trips {
					continue
				}
				if sums[c.guard] != c.limits[at]+1 {
					t.Errorf("%s, %d people: counts %d, want %d", c.guard, size, sums[c.guard], c.limits[at]+1)
				}
				if g := first[c.guard]; size == 1200 && !strings.Contains(g.Message, c.message) {
					t.Errorf("%s says\n%s\nwant\n%s", c.guard, g.Message, c.message)
				}
				if size > 10_000 {
					continue
				}
				// A first run has no memory, and just what the app shows refuses it.
				policy.Past = nil
				fresh := s.plan(t, policy)
				if off := "no earlier good run is on record to compare with, so that the guards lost-block, lost-tail, lost-group, field-changes, emptied-cells, lost-column, max-create, max-reactivate, re-keyed, new-form, reversal and old-file are off"; !slices.ContainsFunc(fresh.Notices, func(n user.Notice) bool { return n.Code == "guards-off" && n.Message == off }) {
					t.Errorf("%s, %d people: without a good run on record the notices are %v", c.guard, size, fresh.Notices)
				}
				sums, _ = tripped(fresh)
				delete(sums, plan.MaxDeactivate)
				if len(sums) > 0 {
					t.Errorf("%s, %d people: without a good run on record %v trip", c.guard, size, sums)
				}
			}
		}
	}
}

// Changes with an ordinary cause do not count towards field-changes: a value that
// was somebody who is gone, and one that another one comes for everywhere.
func TestExplainedChanges(t *testing.T) {
	const n = 1200 // of whom 60 are in each department; 36 may change
	rename := func(departments ...string) func(s *school) {
		return func(s *school) {
			s.column(departmentColumn, n, func(cell string, _ int) string {
				if slices.Contains(departments, cell) {
					return cell + " (new)"
				}
				return cell
			})
		}
	}
	for _, c := range []struct {
		name  string
		harm  func(s *school)
		trips bool
	}{
		{"a department has another name", rename("dept 1"), false},
		{"three departments have other names", rename("dept 1", "dept 2", "dept 3"), false},
		{"four have", rename("dept 1", "dept 2", "dept 3", "dept 4"), true},
		{"one is moved into another", func(s *school) {
			s.column(departmentColumn, n, func(cell string, _ int) string { return strings.Replace(cell, "dept 1", "dept 2", 1) })
		}, true},
		{"a tenth of it keeps the name", func(s *school) {
			kept := 0
			s.column(departmentColumn, n, func(cell string, _ int) string {
				if cell == "dept 7" {
					if kept++; kept > 6 {
						return "dept seven"
					}
				}
				return cell
			})
		}, false},
		{"more than a tenth of it keeps the name", func(s *school) {
			kept := 0
			s.column(departmentColumn, n, func(cell string, _ int) string {
				if cell == "dept 7" {
					if kept++; kept > 7 {
						return "dept seven"
					}
				}
				return cell
			})
		}, true},
		{"everybody's manager has left", func(s *school) {
			for i := range s.users {
				s.users[i].Metadata = strings.Replace(s.users[i].Metadata, `"department"`, `"manager":"u000000","department"`, 1)
			}
			s.rows = slices.Delete(s.rows, 0, 1)
			for i := range s.rows {
				s.rows[i] += fmt.Sprintf("|u%06d", 3+i%9)
			}
		}, false},
		{"everybody's manager is another", func(s *school) {
			for i := range s.users {
				s.users[i].Metadata = strings.Replace(s.users[i].Metadata, `"department"`, `"manager":"u000000","department"`, 1)
			}
			for i := range s.rows {
				s.rows[i] += fmt.Sprintf("|u%06d", 3+i%9)
			}
		}, true},
	} {
		s := schoolOf(n)
		c.harm(s)
		header := schoolHeader
		if strings.Count(s.rows[0], "|") > strings.Count(header, "|") {
			header += "|metadata.manager"
		}
		s.header = header
		sums, _ := tripped(s.plan(t, s.auto()))
		if _, trips := sums["field-changes"]; trips != c.trips {
			t.Errorf("%s: trips: %t; %v", c.name, trips, sums)
		}
	}
}

// A limit that was set holds without a good run on record as well, and a percentage
// is of the users on both sides.
func TestFieldChangesLimit(t *testing.T) {
	s := schoolOf(400)
	s.column(departmentColumn, 9, func(_ string, i int) string { return fmt.Sprintf("shifted %d", i) })
	for text, trips := range map[string]bool{"8": true, "9": false, "2%": true, "2.1%": false, "none": false, "auto": false} {
		p := s.plan(t, Policy{Max: Limits{FieldChanges: limit(t, text)}})
		if sums, first := tripped(p); (sums["field-changes"] == 9) != trips {
			t.Errorf("%s: %v %v", text, sums, first)
		}
	}
	s = schoolOf(400)
	s.column(departmentColumn, 400, func(cell string, _ int) string { return strings.Replace(cell, "dept 7", "dept seven", 1) })
	if p := s.plan(t, Policy{Max: Limits{FieldChanges: limit(t, "5")}}); p.Refused() {
		t.Errorf("a department that has another name is refused: %v", p.Guards)
	}
}

// done is what is on record of a run that carried operations out.
func done(n int, operations ...plan.Operation) plan.Earlier {
	e := plan.Earlier{Run: fmt.Sprintf("run %d", n), At: night(n)}
	for _, o := range operations {
		e.Done = append(e.Done, plan.Done{Operation: o, Sent: true, Result: plan.Result{Outcome: plan.Applied}})
	}
	return e
}

func renamed(uid, before, after string) plan.Operation {
	return plan.Operation{Verb: plan.Update, UID: uid, Changes: []plan.Change{{Field: user.Name, Before: user.JSON(before), After: user.JSON(after)}}}
}

// An old file takes back what several runs did, of several sorts; a repair takes
// back one run's.
func TestReversal(t *testing.T) {
	s := schoolOf(400)
	var nights []plan.Earlier
	for n := range 6 {
		nights = append(nights, done(n,
			plan.Operation{Verb: plan.Create, UID: fmt.Sprintf("new%d", n), Name: "New"},
			renamed(fmt.Sprintf("u%06d", n), fmt.Sprintf("Name %d", n), "Changed")))
		s.users = append(s.users, listing(remoteHeader, fmt.Sprintf("new%d|New|pupil", n))...)
		s.users[n].Name = "Changed"
	}
	slices.Reverse(nights)
	policy := s.auto()
	policy.Earlier = func(int) []plan.Earlier { return nights }
	sums, first := tripped(s.plan(t, policy))
	if sums["reversal"] != 12 || !strings.Contains(first["reversal"].Message, "12 of 12 changes would take back what 6 earlier runs did (a value as before; created and now lost)") {
		t.Errorf("an old file trips %v: %s", sums, first["reversal"].Message)
	}

	policy.Earlier = func(int) []plan.Earlier { return nights[:2] }
	if sums, _ = tripped(s.plan(t, policy)); sums["reversal"] > 0 {
		t.Errorf("what two runs did is taken back, and trips %v", sums)
	}
	policy.Earlier = func(int) []plan.Earlier { return nights }
	for i := range s.users {
		if strings.HasPrefix(s.users[i].UID, "new") {
			s.rows = append(s.rows, s.users[i].UID+"|New|pupil||dept 1|class 1")
		}
	}
	if sums, _ = tripped(s.plan(t, policy)); sums["reversal"] > 0 {
		t.Errorf("one sort is taken back, beside other changes, and trips %v", sums)
	}
}

// A file of an earlier run is refused if it takes back what runs did since.
func TestOldFile(t *testing.T) {
	s := schoolOf(400)
	old, last := user.File{Path: "staff.csv", SHA256: "old"}, user.File{Path: "staff.csv", SHA256: "last"}
	var nights []plan.Earlier
	for n := range 4 {
		e := done(n, renamed(fmt.Sprintf("u%06d", n), fmt.Sprintf("Name %d", n), "Changed"))
		e.Files = []user.File{{Path: "staff.csv", SHA256: fmt.Sprint(n)}}
		nights = append(nights, e)
		s.users[n].Name = "Changed"
	}
	nights[0].Files, nights[3].Files = []user.File{old}, []user.File{last}
	slices.Reverse(nights)
	policy := s.auto()
	policy.Earlier = func(int) []plan.Earlier { return nights }
	trips := func(file user.File) bool {
		r := s.roster()
		r.intake.Files = []user.File{file}
		p, err := Compute(r, fakeRemote(s.users, rand.New(rand.NewPCG(1, 2))), policy)
		if err != nil {
			t.Fatal(err)
		}
		_, is := tripped(p)
		return is["old-file"].Name != ""
	}
	if !trips(old) {
		t.Error("a file of an earlier run takes back four runs, and trips nothing")
	}
	if trips(last) || trips(user.File{Path: "staff.csv", SHA256: "new"}) {
		t.Error("the last run's file, or a new one, is taken for an old one")
	}
	good := s.roster().Sources()
	good[0].SHA256 = "old"
	policy.Past = s.past.Next("", "good", night(0), good, nil, nil) // the last run was refused
	if trips(old) {
		t.Error("the last good run's file is taken for an old one")
	}
	policy.Past = s.past
	s.users = s.users[:0:0]
	s.users = append(s.users, schoolOf(400).users...)
	s.users[2].Name = "Changed"
	if trips(old) {
		t.Error("an old file that takes back one run trips")
	}
}

// Whom one run removed another one may bring back.
func TestRepairIsNoReactivation(t *testing.T) {
	s := schoolOf(400)
	s.column(stateColumn, 40, func(string, int) string { return "active" })
	var removed []plan.Operation
	for i := range 40 {
		s.users[i].State = user.Deactivated
		removed = append(removed, plan.Operation{Verb: plan.Deactivate, UID: s.users[i].UID})
	}
	policy := s.auto()
	policy.Now = night(10)
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
		sums, _ := tripped(s.plan(t, policy))
		if _, trips := sums["max-reactivate"]; trips != c.trips {
			t.Errorf("%s: trips: %t; %v", c.name, trips, sums)
		}
	}
}

// A column that the last good run managed has to be there, in the same source.
func TestLostColumn(t *testing.T) {
	s := schoolOf(50)
	s.header = "uid|name|role|state|metadata.department|metadata.year"
	sums, first := tripped(s.plan(t, s.auto()))
	if sums["lost-column"] != 1 || !strings.Contains(first["lost-column"].Message, "staff.csv had a column for metadata.class in the last good run and has none now") {
		t.Errorf("%v: %s", sums, first["lost-column"].Message)
	}
}
