package history

import (
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/explain"
)

// TestStory asks for users and rows of a plan whose sources are gone.
func TestStory(t *testing.T) {
	row := func(n int) user.Source { return user.Source{File: "gone/staff.csv", Row: n} }
	e := &Evidence{Plan: &plan.Plan{
		Inputs:    []user.File{{Path: "gone/staff.csv"}},
		Held:      []plan.Held{{UID: "bo", Source: row(7)}},
		Rekeys:    []plan.Rekey{{Old: "c-1", New: "c-2", Source: row(8)}},
		Conflicts: []plan.Conflict{{UID: "dora"}},
		Rejects:   []user.Reject{{Source: row(7), UID: "b?"}},
	}}
	for asked, want := range map[string]func(s *explain.Story) bool{
		"BO ":                func(s *explain.Story) bool { return s.Held != nil && len(s.Rejects) == 1 && s.Unread[0].Problem != "" },
		"staff.csv:7":        func(s *explain.Story) bool { return s.UID == "b?" && len(s.Holds) == 1 && s.Holds[0] == "bo" },
		"gone/staff.csv:8":   func(s *explain.Story) bool { return s.UID == "c-2" && s.Rekey != nil && len(s.Rejects) == 0 },
		"c-1":                func(s *explain.Story) bool { return s.Rekey != nil && s.Rekey.New == "c-2" },
		"dora":               func(s *explain.Story) bool { return s.Conflict != nil },
		"nobody":             func(s *explain.Story) bool { return s.UID == "nobody" && s.Rekey == nil && s.Held == nil },
		"gone/staff.csv:100": func(s *explain.Story) bool { return s.UID == "" && s.At == row(100) },
	} {
		if s, err := e.Story(t.Context(), asked); err != nil || !want(s) {
			t.Errorf("%q: %+v, %v", asked, s, err)
		}
	}
	if _, err := e.Story(t.Context(), "other.csv:7"); err == nil {
		t.Error("a source that the run did not read has a story")
	}
}
