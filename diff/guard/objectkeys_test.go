package guard_test

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
)

// A column of whole objects groups people by the keys in them, as columns of single
// keys do; a key that hardly a row has is not the roster's.
func TestObjectKeys(t *testing.T) {
	t.Parallel()
	objects := func(s *difftest.School) *difftest.School {
		s.Header = "uid|name|role|state|metadata"
		for i, row := range s.Rows {
			c := strings.Split(row, "|")
			s.Rows[i] = strings.Join(append(c[:difftest.DepartmentColumn], fmt.Sprintf(`{"department":%q,"class":%q}`,
				c[difftest.DepartmentColumn], c[difftest.ClassColumn])), "|")
		}
		return s
	}
	rename := func(s *difftest.School, from, to string) {
		for i := range s.Rows {
			s.Rows[i] = strings.Replace(s.Rows[i], fmt.Sprintf(`"department":%q`, from), fmt.Sprintf(`"department":%q`, to), 1)
		}
	}
	for _, c := range []struct {
		name string
		harm func(s *difftest.School)
		want map[string]int
		says string
	}{
		{"a department is gone", func(s *difftest.School) { s.Lose(func(i int) bool { return i%20 == 3 }) },
			map[string]int{plan.LostGroup: 40},
			`all 20 people of metadata.department "dept 3" would lose access, and no row has it any more`},
		{"most of it is still there", func(s *difftest.School) { s.Lose(func(i int) bool { return i%20 == 3 && i%60 != 3 && i < 250 }) },
			nil, ""},
		{"a department has another name", func(s *difftest.School) { rename(s, "dept 3", "Fine Arts") }, nil, ""},
		{"two are one", func(s *difftest.School) { rename(s, "dept 3", "dept 5"); rename(s, "dept 4", "dept 5") },
			map[string]int{plan.FieldChanges: 40}, ""},
		{"no row has the key", func(s *difftest.School) {
			for i := range s.Rows {
				s.Rows[i] = s.Rows[i][:strings.LastIndex(s.Rows[i], "|")+1] + `{"house":"a"}`
			}
			s.Lose(func(i int) bool { return i%20 == 3 })
		}, map[string]int{plan.FieldChanges: 380}, ""},
	} {
		s := objects(difftest.SchoolOf(400))
		policy := auto(s)
		c.harm(s)
		sums, first := difftest.Tripped(planOf(t, s, policy))
		delete(sums, plan.LostColumn) // the school's columns were single keys
		if fmt.Sprint(sums) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v trip, want %v", c.name, sums, c.want)
		}
		if got := first[plan.LostGroup].Message; !strings.Contains(got, c.says) {
			t.Errorf("%s says\n%s\nwant\n%s", c.name, got, c.says)
		}
	}
}
