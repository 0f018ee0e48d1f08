package config

import (
	"slices"
	"testing"

	"cometsync/internal/plan"
)

// TestPlansWithOneSheet reads options that a version wrote for which a source
// had one sheet.
func TestPlansWithOneSheet(t *testing.T) {
	o, err := Restore(plan.Config{
		{Name: "numeric-uid", Values: []string{"plain"}},
		{Name: "sheet", Values: []string{""}}, {Name: "sources", Values: []string{`{"path":"a.xlsx","sheet":"HR"}`,
			`{"path":"b.xlsx","sheet":["5A","5B"]}`}},
	})
	if err != nil {
		t.Fatal(err)
	}
	general, err := o.settings(nil)
	if err != nil || len(general.Sheets) > 0 {
		t.Errorf("%q, %v", general.Sheets, err)
	}
	own, err := o.ownSettings()
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string][]string{"a.xlsx": {"HR"}, "./b.xlsx": {"5A", "5B"}} {
		if s := own(path); len(s) != 1 || !slices.Equal(s[0].Sheets, want) {
			t.Errorf("%s: %+v", path, s)
		}
	}
}
