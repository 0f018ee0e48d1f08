package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// reports are the days of the runs whose reports are left, in order.
func (n *nights) reports(pattern string) string {
	n.Helper()
	dirs, err := filepath.Glob(filepath.Join(n.dir, pattern))
	if err != nil {
		n.Fatal(err)
	}
	var days []string
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "report.json")); err == nil {
			days = append(days, runID.FindString(filepath.Base(dir))[4:8])
		}
	}
	return strings.Join(days, " ")
}

// journals are the days of the runs on record, in order of their names.
func (n *nights) journals() string {
	n.Helper()
	paths, err := filepath.Glob(filepath.Join(n.dir, "state", "app-*", "journal", "*.jsonl"))
	if err != nil {
		n.Fatal(err)
	}
	var days []string
	for _, path := range paths {
		days = append(days, filepath.Base(path)[4:8])
	}
	return strings.Join(days, " ")
}

// TestKeep has each rule keep what it says, and removes what none of them keeps.
func TestKeep(t *testing.T) {
	t.Parallel()
	for rules, want := range map[string]string{
		"":                                   "0301 0302 0303 0304 0305 0306",
		"--keep-runs 0":                      "0301 0302 0303 0304 0305 0306",
		"--keep-runs 2":                      "0305 0306",
		"--keep-days 3":                      "0304 0305 0306",
		"--keep-days 1":                      "0306",
		"--keep-changed 2":                   "0301 0303 0306", // the last one is always kept
		"--keep-changed 1 --keep-days 2":     "0303 0305 0306",
		"--keep-runs 4 --keep-changed 2":     "0301 0303 0304 0305 0306",
		"--keep-runs 99 --keep-changed 1000": "0301 0302 0303 0304 0305 0306",
	} {
		n := newNights(t, "anna")
		for _, name := range []string{"First", "First", "Second", "Second", "Second"} {
			n.sync(name, "--report-dir %s/reports/{date}/{run}")
			n.now = n.now.AddDate(0, 0, 1)
		}
		n.sync("Second", "--report-dir %s/reports/{date}/{run} "+rules)
		if got := n.journals(); got != want {
			t.Errorf("%q leaves the journals %s, want %s", rules, got, want)
		}
		if got := n.reports("reports/*/*"); got != want {
			t.Errorf("%q leaves the reports %s, want %s", rules, got, want)
		}
		if dirs, err := os.ReadDir(filepath.Join(n.dir, "reports")); err != nil || len(dirs) != len(strings.Fields(want)) {
			t.Errorf("%q leaves %d directories of days, %v", rules, len(dirs), err)
		}
	}
}

// TestKeepAfterLostState removes the reports of runs whose journals are gone as
// well, and leaves what is another's, a plan's, or was edited.
func TestKeepAfterLostState(t *testing.T) {
	t.Parallel()
	n := newNights(t, "anna")
	const reports = "--report-dir %s/reports/{run}"
	for i, name := range []string{"One", "Two", "Three", "Four"} {
		if n.sync(name, reports); i == 1 {
			n.run(0, "plan %s/roster.csv "+reports) // of the same second as the second
		}
		n.now = n.now.AddDate(0, 0, 1)
	}
	other := newNights(t, "anna") // another app, whose state is elsewhere
	other.sync("Other", "--report-dir "+n.dir+"/reports/{run}")
	if err := os.RemoveAll(filepath.Join(n.dir, "state")); err != nil {
		t.Fatal(err)
	}
	n.now = n.now.AddDate(1, 0, 0)
	n.sync("Ahead", reports)
	if err := os.RemoveAll(filepath.Join(n.dir, "state")); err != nil {
		t.Fatal(err)
	}
	n.now = n.now.AddDate(-1, 0, 0)
	dirs, err := filepath.Glob(filepath.Join(n.dir, "reports", "20260303*"))
	if err != nil || len(dirs) != 1 {
		t.Fatal(dirs, err)
	}
	summary := filepath.Join(dirs[0], "summary.md")
	if err := os.WriteFile(summary, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.sync("Five", reports+" --keep-runs 2")
	// One run and the plan of the second day, the other app's run of the first.
	if got := n.reports("reports/*"); got != "0301 0302 0303 0304 0305" {
		t.Errorf("the reports left are %s", got)
	}
	if text, err := os.ReadFile(summary); err != nil || string(text) != "mine" {
		t.Errorf("what was edited is %q, %v", text, err)
	}
	if got := n.journals(); got != "0305" {
		t.Errorf("the journals left are %s", got)
	}
	// The last good run stays, whatever else there was since.
	n.now = n.now.AddDate(0, 0, 1)
	for range 3 {
		n.now = n.now.AddDate(0, 0, 1)
		if err := os.WriteFile(filepath.Join(n.dir, "roster.csv"), []byte("uid,name\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		n.run(4, "sync %s/roster.csv "+reports+" --keep-runs 1")
	}
	if got := n.journals(); got != "0305 0309" {
		t.Errorf("the journals left are %s", got)
	}
	n.run(2, "undo last --report-dir none") // which changed nothing
	kept, err := filepath.Glob(filepath.Join(n.dir, "state", "*", "journal", "20260305*"))
	if err != nil || len(kept) != 1 {
		t.Fatal(kept, err)
	}
	n.run(0, "undo "+strings.TrimSuffix(filepath.Base(kept[0]), ".jsonl")+" --report-dir none")
}
