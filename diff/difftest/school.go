package difftest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// School is an app that is as its roster says, and what a good run left of it:
// its people are in twenty departments and forty classes, one after the other.
type School struct {
	Rows  []string // of the roster
	Users []user.User
	Past  *plan.Past
	Whole *Roster // of the rows, as long as none is changed

	Header string // "" is SchoolHeader
}

// schools are made once; what changes one works on a copy.
var schools = map[int]*School{}

// SchoolOf is a school of so many people.
func SchoolOf(n int) *School {
	if schools[n] == nil {
		schools[n] = newSchool(n)
	}
	s := *schools[n]
	s.Rows, s.Users = slices.Clone(s.Rows), slices.Clone(s.Users)
	return &s
}

// SchoolHeader is the columns of its roster.
const SchoolHeader = "uid|name|role|state|metadata.department|metadata.class"

func newSchool(n int) *School {
	s := &School{}
	var remote []string
	for i := range n {
		role := []string{"pupil", "teacher", "parent"}[i%3]
		department, class := fmt.Sprintf("dept %d", i%20), fmt.Sprintf("class %d", i%40)
		s.Rows = append(s.Rows, fmt.Sprintf("u%06d|Name %d|%s||%s|%s", i, i, role, department, class))
		remote = append(remote, fmt.Sprintf(`u%06d|Name %d|%s|||{"department":%q,"class":%q}`, i, i, role, department, class))
	}
	s.Users = Listing(RemoteHeader, remote...)
	s.Whole = s.Roster()
	s.Past = (*plan.Past)(nil).Next("", "good", Night(0), s.Whole.Sources(), nil, nil)
	return s
}

// Night is the time of a night.
func Night(n int) time.Time { return time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func (s *School) Roster() *Roster {
	return NewRoster(user.Rules{}, cmp.Or(s.Header, SchoolHeader), s.Rows...)
}

// Lose takes rows out of the roster.
func (s *School) Lose(gone func(i int) bool) {
	i := -1
	s.Rows = slices.DeleteFunc(slices.Clone(s.Rows), func(string) bool { i++; return gone(i) })
}

// Column changes the cells of a column, for the first n rows that it is told to.
func (s *School) Column(column, n int, change func(cell string, i int) string) {
	s.Rows = slices.Clone(s.Rows)
	for i := range s.Rows {
		cells := strings.Split(s.Rows[i], "|")
		if was := cells[column]; n > 0 {
			if cells[column] = change(was, i); cells[column] != was {
				n--
			}
		}
		s.Rows[i] = strings.Join(cells, "|")
	}
}

const (
	RoleColumn       = 2
	StateColumn      = 3
	DepartmentColumn = 4
	ClassColumn      = 5
)

// Sizes are the schools at which limits are looked at.
var Sizes = []int{50, 400, 1200, 100_000}

// Tripped are the names and sums of the guards that a plan trips, and the first of each.
func Tripped(p *plan.Plan) (sums map[string]int, first map[string]plan.Guard) {
	sums, first = map[string]int{}, map[string]plan.Guard{}
	for _, g := range p.Tripped() {
		if _, ok := first[g.Name]; !ok {
			first[g.Name] = g
		}
		sums[g.Name] += g.Actual
	}
	return sums, first
}
