package plan

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"cometsync/internal/user"
)

func source(path string, uids ...string) PastSource {
	s := PastSource{Path: path, Filled: []Filled{{Active: true}}}
	for _, uid := range uids {
		s.UIDs = append(s.UIDs, user.HashUID(uid))
		s.Sets = append(s.Sets, 0)
	}
	return s
}

func TestPastKnowsEverybodyWhoWasEverInARoster(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	var p *Past
	p = p.Next("", "one", at, []PastSource{source("staff.csv", "anna", "ben")}, nil)
	p = p.Next("", "two", at.Add(24*time.Hour), []PastSource{source("staff.csv", "ben", "carl")}, nil)
	for uid, want := range map[string]bool{"anna": true, "ben": true, "carl": true, "dora": false} {
		if p.Knew(uid) != want {
			t.Errorf("%s was known: %t", uid, !want)
		}
	}
	if !slices.Equal(p.Known, []uint64{user.HashUID("anna")}) {
		t.Errorf("%d uids are kept beside those of the sources, want anna's", len(p.Known))
	}
}

// However the order of a roster changes, exactly those who left it are kept.
func TestPastKeepsWhoLeftHoweverTheOrderChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	var p *Past
	ever := map[uint64]bool{}
	for night := range 60 {
		sources := make([]PastSource, 1+random.IntN(3))
		now := map[uint64]bool{}
		for uid := range uint64(300) {
			if random.IntN(20) > 0 && night%7 != 3 || night%7 == 3 && uid < 40 {
				s := &sources[random.IntN(len(sources))]
				s.UIDs = append(s.UIDs, uid)
				now[uid], ever[uid] = true, true
			}
		}
		if night%5 == 0 {
			random.Shuffle(len(sources[0].UIDs), func(i, j int) { u := sources[0].UIDs; u[i], u[j] = u[j], u[i] })
		}
		p = p.Next("", "run", at, sources, nil)
		var want []uint64
		for uid := range ever {
			if !now[uid] {
				want = append(want, uid)
			}
		}
		slices.Sort(want)
		if !slices.Equal(p.Known, want) {
			t.Fatalf("night %d: %v are kept, want %v", night, p.Known, want)
		}
	}
}

func TestAbsenceCountsRunsInARow(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	a := Absence{UID: "ben"}
	for _, c := range []struct {
		name  string
		hours int
		runs  int
		last  int
	}{
		{"the first run", 0, 1, 0},
		{"a second one within the hour", 1, 1, 0},
		{"just before the grace hours are over", 19, 1, 0},
		{"the next night", 20, 2, 20},
		{"a clock that is behind counts once more only after them", 5, 2, 5},
		{"and then it does", 25, 3, 25},
	} {
		if a = a.After(at.Add(time.Duration(c.hours)*time.Hour), 20*time.Hour); a.Runs != c.runs || !a.Since.Equal(at) || !a.Last.Equal(at.Add(time.Duration(c.last)*time.Hour)) {
			t.Errorf("%s: %+v", c.name, a)
		}
	}
}

// Who is absent stays where they were in the order, run after run, and is no
// value of any column; whoever is back, or gone, is not there twice.
func TestNextKeepsThePlacesOfTheAbsent(t *testing.T) {
	absent := func(uids ...string) (all []Absence) {
		for _, uid := range uids {
			all = append(all, Absence{UID: uid, Runs: 1})
		}
		return all
	}
	var p *Past
	for i, c := range []struct {
		read   []string
		absent []Absence
		want   []string
	}{
		{[]string{"a", "b", "c", "d", "e"}, nil, []string{"a", "b", "c", "d", "e"}},
		{[]string{"b", "e", "f"}, absent("a", "c", "d"), []string{"a", "b", "c", "d", "e", "f"}},
		{[]string{"f", "e"}, absent("a", "c", "d"), []string{"a", "c", "d", "f", "e"}}, // b was deactivated
		{[]string{"e", "c", "f"}, absent("a"), []string{"a", "e", "c", "f"}},           // c is back
	} {
		sources := []PastSource{source("staff.csv", c.read...)}
		p = p.Next("", "run", time.Time{}, sources, c.absent)
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

// TestAbsenceAfterAClockAhead counts on from when the clock is right again: a time
// in the future delays a removal by a night, and not by as long as it lies ahead.
func TestAbsenceAfterAClockAhead(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	a := Absence{UID: "ben"}
	for i, days := range []int{400, 1, 2, 3} {
		if a = a.After(at.AddDate(0, 0, days), 20*time.Hour); a.Runs != max(1, i) || a.Last.After(at.AddDate(0, 0, days)) {
			t.Errorf("run %d: %+v", i, a)
		}
	}
	if !a.Since.Equal(at.AddDate(0, 0, 1)) {
		t.Errorf("absent since %s", a.Since)
	}
}

func TestSameSource(t *testing.T) {
	now := []PastSource{{Path: "in/staff-2026-03-02.csv"}, {Path: "in/pupils.xlsx", Sheet: "5A"}, {Path: "in/pupils.xlsx", Sheet: "5B"}, {Path: "a1.csv"}, {Path: "a2.csv"}}
	for _, c := range []struct {
		then PastSource
		want int
	}{
		{PastSource{Path: "in/staff-2026-03-01.csv"}, 0},
		{PastSource{Path: "in/pupils.xlsx", Sheet: "5B"}, 2},
		{PastSource{Path: "in/pupils.xlsx", Sheet: "6A"}, -1},
		{PastSource{Path: "a2.csv"}, 4},
		{PastSource{Path: "a3.csv"}, -1}, // a1 or a2, nobody knows
		{PastSource{Path: "other.csv"}, -1},
	} {
		if got := SameSource(&c.then, now, true); got != c.want {
			t.Errorf("%s[%s] is %d, want %d", c.then.Path, c.then.Sheet, got, c.want)
		}
	}
	then := PastSource{Path: "roster.csv"}
	if got := SameSource(&then, now[:1], true); got != 0 {
		t.Errorf("the only source under another name is %d", got)
	}
	if got := SameSource(&then, now[:1], false); got != -1 {
		t.Errorf("one of several sources under another name is %d", got)
	}
}
