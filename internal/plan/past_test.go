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
	p = p.Next("", "one", at, []PastSource{source("staff.csv", "anna", "ben")}, nil, 0)
	p = p.Next("", "two", at.Add(24*time.Hour), []PastSource{source("staff.csv", "ben", "carl")}, nil, 0)
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
		p = p.Next("", "run", at, sources, nil, 0)
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
	roster := []PastSource{source("staff.csv", "anna")}
	const within = 20 * time.Hour
	var p *Past
	p = p.Next("", "one", at, roster, []string{"ben", "carl"}, within)
	p = p.Next("", "same morning", at.Add(time.Hour), roster, []string{"ben", "carl"}, within)
	if a := p.Absence("ben"); a.Runs != 1 || !a.Since.Equal(at) {
		t.Errorf("after a second run within the hour: %+v", a)
	}
	p = p.Next("", "next night", at.Add(24*time.Hour), roster, []string{"ben"}, within)
	if a := p.Absence("ben"); a.Runs != 2 || !a.Since.Equal(at) {
		t.Errorf("after the next night: %+v", a)
	}
	p = p.Next("", "night three", at.Add(48*time.Hour), roster, []string{"carl"}, within)
	if a := p.Absence("carl"); a.Runs != 1 || !a.Since.Equal(at.Add(48*time.Hour)) {
		t.Errorf("who was back and is absent again: %+v", a)
	}
}

// TestAbsenceAfterAClockAhead counts on from when the clock is right again: a time
// in the future delays a removal by a night, and not by as long as it lies ahead.
func TestAbsenceAfterAClockAhead(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	roster := []PastSource{source("staff.csv", "anna")}
	const within = 20 * time.Hour
	var p *Past
	for i, days := range []int{400, 1, 2, 3} {
		p = p.Next("", "run", at.AddDate(0, 0, days), roster, []string{"ben"}, within)
		if a, want := p.Absence("ben"), max(1, i); a.Runs != want || a.Last.After(at.AddDate(0, 0, days)) {
			t.Errorf("run %d: %+v, want %d runs", i, a, want)
		}
	}
	if a := p.Absence("ben"); !a.Since.Equal(at.AddDate(0, 0, 1)) {
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
