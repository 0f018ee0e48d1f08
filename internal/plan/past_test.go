package plan

import (
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
	if len(p.Known) != 3 || !slices.IsSorted(p.Known) {
		t.Errorf("%d uids are kept, want 3 in order", len(p.Known))
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
