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

// Who is refused is told what those have in common whom it is about, in whatever
// the roster manages, and first that of which hardly anybody would be left.
func TestRefusalsNameWhatPeopleHaveInCommon(t *testing.T) {
	for _, c := range []struct {
		guard, want string
		harm        func(s *difftest.School, p *diff.Policy)
	}{
		{plan.MaxDeactivate, `biggest groups: all 20 people of metadata.department "dept 3", all 10 people of metadata.class "class 23", all 10 people of metadata.class "class 3", role "parent" 8, role "pupil" 8;`,
			func(s *difftest.School, p *diff.Policy) {
				s.Lose(func(i int) bool { return i%20 == 3 || i == 1 || i == 50 || i == 75 })
			}},
		{plan.LostTail, `when they were last in it would lose access; look whether a part of it is missing; biggest groups: role "pupil" 5, role "parent" 4, role "teacher" 4;`,
			func(s *difftest.School, p *diff.Policy) { s.Lose(func(i int) bool { return i >= 387 }) }},
		{plan.MaxCreate, `biggest groups: metadata.class "class new" 25, role "pupil" 25, metadata.department "dept 1" 13, metadata.department "dept 2" 12;`,
			func(s *difftest.School, p *diff.Policy) {
				for i := range 25 {
					s.Rows = append(s.Rows, fmt.Sprintf("u%06d|New %d|pupil||dept %d|class new", 900+i, i, 1+(i+1)/2%2))
				}
			}},
		{plan.MaxReactivate, `biggest groups: metadata.department "dept 5" 4, metadata.class "class 25" 2, metadata.class "class 5" 2, role "parent" 2;`,
			func(s *difftest.School, p *diff.Policy) {
				for _, i := range []int{5, 25, 45, 65} {
					s.Users[i].State = user.Deactivated
					s.Rows[i] = strings.Replace(s.Rows[i], "||", "|active|", 1)
				}
			}},
		{plan.MaxUpdate, `biggest groups: metadata.department "dept 7" 5, metadata.class "class 7" 3, metadata.class "class 27" 2, role "pupil" 2, role "teacher" 2;`,
			func(s *difftest.School, p *diff.Policy) {
				p.Max.Update = limit(t, "4")
				s.Column(1, 5, func(cell string, i int) string {
					if i%20 == 7 {
						return cell + " changed"
					}
					return cell
				})
			}},
		{plan.FieldChanges, `; biggest groups: metadata.department "dept 0" 11, metadata.department "dept 10" 10,`,
			func(s *difftest.School, _ *diff.Policy) {
				s.Column(difftest.ClassColumn, 21, func(cell string, i int) string {
					if i%10 == 0 {
						return fmt.Sprintf("class %d", i%7+100)
					}
					return cell
				})
			}},
	} {
		s := difftest.SchoolOf(400)
		policy := auto(s)
		c.harm(s, &policy)
		_, first := difftest.Tripped(planOf(t, s, policy))
		if got := first[c.guard].Message; !strings.Contains(got, c.want) {
			t.Errorf("%s says\n\t%s\nwant\n\t%s", c.guard, got, c.want)
		}
	}
}

// A private value is not told, and people from several files are told the file.
func TestRefusalsKeepPrivateValues(t *testing.T) {
	var rows, remote []string
	for i := range 60 {
		rows = append(rows, fmt.Sprintf("u%03d|U|secret %d", i, i%2))
		remote = append(remote, fmt.Sprintf(`u%03d|U|||{"@private":{"unit":"secret %d"}}`, i, i%2))
	}
	r := difftest.NewRoster(user.Rules{}, "uid|name|metadata.@private.unit", rows...)
	for i := range r.Rows {
		if i >= 40 {
			r.Rows[i].Source.File = "pupils.csv"
		}
	}
	var past *plan.Past
	past = past.Next("", "good", difftest.Night(0), r.Sources(), nil, nil)
	now := difftest.NewRoster(user.Rules{}, "uid|name|metadata.@private.unit", slices.Concat(rows[:38], rows[48:])...)
	p := compute(t, now, difftest.Listing("uid|name|avatar|role|metadata", remote...),
		diff.Policy{Basis: guard.Basis{Past: past, Max: guard.Limits{Deactivate: limit(t, "5")}}})
	_, first := difftest.Tripped(p)
	want := `biggest groups: role "default" 10, pupils.csv 8, staff.csv 2;`
	if got := first[plan.MaxDeactivate].Message; !strings.Contains(got, want) || strings.Contains(got, "secret") {
		t.Errorf("it says %s, want %s", got, want)
	}
}
