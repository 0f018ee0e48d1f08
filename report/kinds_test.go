package report

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

func TestRejectsOfOneKindAreToldTogether(t *testing.T) {
	reject := func(row int, column, value string, more ...user.Defect) user.Reject {
		d := user.Defect{Column: column, Code: user.StateUnknown, Value: value, Message: "no state"}
		return user.Reject{Source: user.Source{File: "a.csv", Row: row}, UID: fmt.Sprint("u", row), Defects: append([]user.Defect{d}, more...)}
	}
	missing := user.Reject{Source: user.Source{File: "a.csv", Row: 99}, Defects: []user.Defect{{Column: "uid", Code: user.UIDMissing,
		Message: "no uid"}}}
	other := reject(5, "State", "gone")
	other.Source.File = "b.csv"
	r := &Report{plan: &plan.Plan{}}
	r.rejects = rejects{of: r, all: user.ListOf([]user.Reject{
		reject(2, "State", "gone"), reject(3, "State", "gone"), reject(4, "State", "away"), other,
		reject(6, "State", "gone", user.Defect{Code: user.NameMissing}), missing, missing, reject(7, "State", "gone"),
	})}
	for _, c := range []struct {
		lines int
		want  []alikes
		rest  int
	}{
		{9, []alikes{{0, 3}, {2, 1}, {3, 1}, {4, 1}, {5, 1}, {6, 1}}, 0},
		{2, []alikes{{0, 3}, {2, 1}}, 4}, // the last row is of a kind that is told
		{0, nil, 8},
	} {
		if got, rest := r.kinds(c.lines); !slices.Equal(got, c.want) || rest != c.rest {
			t.Errorf("in %d lines %v and %d more; want %v and %d", c.lines, got, rest, c.want, c.rest)
		}
	}
	if got := (alikes{0, 3}).others() + (alikes{0, 2}).others() + (alikes{0, 1}).others(); !strings.HasPrefix(got,
		" (and 2 rows like it) (and 1 row like it)") {
		t.Error(got)
	}
}
