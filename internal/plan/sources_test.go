package plan

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"cometsync/internal/user"
)

func still(uids ...string) map[uint64]bool {
	all := map[uint64]bool{}
	for _, uid := range uids {
		all[user.HashUID(uid)] = true
	}
	return all
}

// Whoever has no row and is active stays where they were in the order, run after
// run, and is not a value of any column; whoever is back, or gone, is not there twice.
func TestNextKeepsThePlacesOfWhoIsActive(t *testing.T) {
	var p *Past
	for i, c := range []struct {
		read  []string
		still map[uint64]bool
		want  []string
	}{
		{[]string{"a", "b", "c", "d", "e"}, nil, []string{"a", "b", "c", "d", "e"}},
		{[]string{"b", "e", "f"}, still("a", "c", "d"), []string{"a", "b", "c", "d", "e", "f"}},
		{[]string{"f", "e"}, still("a", "c", "d"), []string{"a", "c", "d", "f", "e"}}, // b was deactivated
		{[]string{"e", "c", "f"}, still("a"), []string{"a", "e", "c", "f"}},           // c is back
	} {
		sources := []PastSource{source("staff.csv", c.read...)}
		p = p.Next("", "run", time.Time{}, sources, nil, c.still)
		if len(sources[0].UIDs) != len(c.read) {
			t.Fatal("what the run read was changed")
		}
		s := &p.Sources[0]
		if want := source("", c.want...).UIDs; !slices.Equal(s.UIDs, want) || len(s.Sets) != len(want) {
			t.Errorf("run %d: the order is not %v", i, c.want)
		}
		for k, uid := range c.want {
			f := s.Filled[s.Sets[k]]
			if read := slices.Contains(c.read, uid); !f.Active || f.Unknown == read {
				t.Errorf("run %d: %s is kept as %+v", i, uid, f)
			}
		}
	}
}

// A source that is no longer there stays one while its people are active, and has no
// columns that could be missed.
func TestNextKeepsASourceThatIsGone(t *testing.T) {
	var p *Past
	staff, temps := source("staff.csv", "a", "b"), source("temps.csv", "x", "y", "z")
	temps.Columns = []string{"name"}
	p = p.Next("", "one", time.Time{}, []PastSource{staff, temps}, nil, nil)
	p = p.Next("", "two", time.Time{}, []PastSource{staff}, nil, still("x", "y", "z"))
	p = p.Next("", "three", time.Time{}, []PastSource{staff}, nil, still("x", "z"))
	if len(p.Sources) != 2 || p.Sources[1].Path != "temps.csv" || !slices.Equal(p.Sources[1].UIDs, source("", "x", "z").UIDs) ||
		len(p.Sources[1].Columns) > 0 {
		t.Errorf("it is %+v", p.Sources)
	}
	if p = p.Next("", "four", time.Time{}, []PastSource{staff}, nil, nil); len(p.Sources) != 1 {
		t.Errorf("nobody of it is there, and it stays: %+v", p.Sources)
	}
}

func TestSameSources(t *testing.T) {
	now := []PastSource{{Path: "in/staff-2026-03-02.csv"}, {Path: "in/pupils.xlsx", Sheet: "5A"}, {Path: "in/pupils.xlsx", Sheet: "5B"},
		{Path: "a1.csv"}, {Path: "a2.csv"}}
	then := []PastSource{
		{Path: "in/staff-2026-03-01.csv"},
		{Path: "in/pupils.xlsx", Sheet: "5B"},
		{Path: "in/pupils.xlsx", Sheet: "6A"},
		{Path: "a2.csv"},
		{Path: "other.csv"},
	}
	if got := SameSources(then, now); !slices.Equal(got, []int{0, 2, -1, 4, -1}) {
		t.Errorf("they are %v", got)
	}
	if got := SameSources([]PastSource{{Path: "a3.csv"}}, now); got[0] != -1 {
		t.Errorf("a3 is %d, and nobody knows whether it is a1 or a2", got[0])
	}
	if got := SameSources([]PastSource{{Path: "roster.csv"}}, now[:1]); got[0] != 0 {
		t.Errorf("the only source under another name is %d", got[0])
	}
	if got := SameSources([]PastSource{{Path: "roster.csv"}, {Path: "a.csv"}}, now[:1]); got[0] != -1 {
		t.Errorf("one of several sources under another name is %d", got[0])
	}
}

// Exports whose names differ in their digits alone are told apart by their people.
func TestSameSourcesByTheirUsers(t *testing.T) {
	people := func(path string, from, to int) PastSource {
		uids := make([]string, 0, to-from)
		for i := from; i < to; i++ {
			uids = append(uids, fmt.Sprint("u", i))
		}
		return source(path, uids...)
	}
	then := []PastSource{people("class-1-20261101.csv", 0, 1300), people("class-2-20261101.csv", 1300, 2600), people("class-3-20261101.csv",
		2600, 2610)}
	for _, c := range []struct {
		name string
		now  []PastSource
		want []int
	}{
		{"new dates", []PastSource{people("class-1-20261102.csv", 2, 1310), people("class-2-20261102.csv", 1310, 2600),
			people("class-3-20261102.csv", 2600, 2612)}, []int{0, 1, 2}},
		{"other names, in another order", []PastSource{people("c.csv", 2600, 2609), people("b.csv", 1300, 2500), people("a.csv", 0, 1300)},
			[]int{2, 1, 0}},
		{"one is gone", []PastSource{people("class-2-20261102.csv", 1300, 2600), people("class-3-20261102.csv", 2600, 2610)},
			[]int{-1, 0, 1}},
		{"one has nearly nobody left", []PastSource{people("class-1-20261102.csv", 0, 1300), people("class-2-20261102.csv", 1300, 1400),
			people("class-3-20261102.csv", 2600, 2610)}, []int{0, 1, 2}},
		{"nobody is the same", []PastSource{people("class-1-20261102.csv", 5000, 5010), people("class-2-20261102.csv", 6000, 6010)},
			[]int{-1, -1, -1}},
	} {
		if got := SameSources(then, c.now); !slices.Equal(got, c.want) {
			t.Errorf("%s: they are %v, want %v", c.name, got, c.want)
		}
	}
}
