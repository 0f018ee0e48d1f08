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
	p = p.Next("", "one", at, []PastSource{source("staff.csv", "anna", "ben")}, nil, nil)
	p = p.Next("", "two", at.Add(24*time.Hour), []PastSource{source("staff.csv", "ben", "carl")}, nil, nil)
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
		p = p.Next("", "run", at, sources, nil, nil)
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
		if a = a.After(at.Add(time.Duration(c.hours)*time.Hour), 20*time.Hour); a.Runs != c.runs || !a.Since.Equal(at) ||
			!a.Last.Equal(at.Add(time.Duration(c.last)*time.Hour)) {
			t.Errorf("%s: %+v", c.name, a)
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
