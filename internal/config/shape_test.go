package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

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

// TestRightOfWrong reads configurations with a mistake: what is not wrong has its value,
// so that a job which can't start still tells those who watch over it.
func TestRightOfWrong(t *testing.T) {
	for text, want := range map[string]string{
		"concurrency: many\nlog-format: json\n":               "concurrency",
		"log-format: json\nnonsense: 1\n":                     "nonsense",
		"protect: [a\nlog-format: json\n  log-level: debug\n": ":2: ",
	} {
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var o Options
		f := pflag.NewFlagSet("", pflag.ContinueOnError)
		o.AddFlags(f, InAll)
		o.Config = path
		_, err := o.Resolve(t.Context(), f, func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), want) || o.LogFormat != "json" || o.LogLevel != 0 {
			t.Errorf("%q: %v, %q, %v", text, err, o.LogFormat, o.LogLevel)
		}
	}
}
