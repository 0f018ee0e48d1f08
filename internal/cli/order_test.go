package cli_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// nights runs the program against a sandbox under whatever clock it is given.
type nights struct {
	*testing.T
	dir    string
	target string // the words that name it
	now    time.Time
}

func newNights(t *testing.T, users ...string) *nights {
	var state strings.Builder
	for _, uid := range users {
		fmt.Fprintf(&state, `{"uid":%q,"name":"Old"}`+"\n", uid)
	}
	server := httptest.NewServer(sandboxOf(t, state.String()))
	t.Cleanup(server.Close)
	return &nights{t, t.TempDir(), "--base-url " + server.URL + "/v3", time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)}
}

// run gives what a command of the given words, which may name %s as the directory
// of the test, prints.
func (n *nights) run(want int, words string) string {
	n.Helper()
	args := strings.Fields(strings.ReplaceAll(words+" --state-dir %s/state "+n.target, "%s", n.dir))
	code, stdout, stderr := invoke(n, func() time.Time { return n.now }, []string{"COMETCHAT_API_KEY=sandbox"}, args...)
	if code != want {
		n.Fatalf("%s: exits with %d, want %d:\n%s%s", words, code, want, stdout, stderr)
	}
	return stdout + stderr
}

// sync gives anna a new name.
func (n *nights) sync(name, flags string) {
	n.Helper()
	source := filepath.Join(n.dir, "roster.csv")
	if err := os.WriteFile(source, []byte("uid,name\nanna,"+name+"\n"), 0o600); err != nil {
		n.Fatal(err)
	}
	n.run(0, "sync "+source+" "+flags)
}

var runID = regexp.MustCompile(`\d{8}T\d{6}Z-[0-9a-f]{6}`)

// TestRunsUnderAClockAhead has "last" and "older" mean what they say after a run
// under a clock that was ahead, and after one whose clock was behind.
func TestRunsUnderAClockAhead(t *testing.T) {
	n := newNights(t, "anna")
	usual := n.now
	n.sync("First", "--report-dir none")
	n.now = usual.AddDate(1, 0, 0)
	n.sync("Ahead", "--report-dir none")
	n.now = usual.AddDate(0, 0, 1)
	n.sync("Second", "--report-dir none")
	n.now = usual.AddDate(-10, 0, 0)
	n.sync("Behind", "--report-dir none")
	n.now = usual.AddDate(0, 0, 2)
	if out := n.run(0, "runs last"); !strings.Contains(out, "started      1 March 2016") && !strings.Contains(out, "20160301T") {
		t.Errorf("the last run is\n%s", out)
	}
	var years []string
	for _, id := range runID.FindAllString(n.run(0, "runs"), -1) {
		years = append(years, id[:8])
	}
	if got := strings.Join(years, " "); got != "20160301 20260302 20270301 20260301" {
		t.Errorf("the runs are %s", got)
	}
	if out := n.run(0, "undo last --report-dir none --dry-run"); !strings.Contains(out, "undoes       run 20160301T") {
		t.Errorf("undone would be\n%s", out)
	}
	n.sync("Third", "--report-dir none --keep-runs 1")
	if ids := runID.FindAllString(n.run(0, "runs"), -1); len(ids) != 1 || ids[0][:8] != "20260303" {
		t.Errorf("--keep-runs 1 keeps %s", ids)
	}
	if out := n.run(0, "undo last --report-dir none"); !strings.Contains(out, "Undone: run 20260303T") {
		t.Errorf("undone was\n%s", out)
	}
}

// TestSandboxUnderAClockAhead keeps what the last runs on the embedded sandbox
// left, and not what those did that are dated later.
func TestSandboxUnderAClockAhead(t *testing.T) {
	n := newNights(t)
	n.target = "--sandbox %s/state.jsonl"
	if err := os.WriteFile(filepath.Join(n.dir, "state.jsonl"), []byte(`{"uid":"anna","name":"Old"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	n.now = n.now.AddDate(1, 0, 0)
	for range 6 { // as many as are kept, and one
		n.sync("Ahead", "--report-dir none")
		n.now = n.now.Add(time.Second)
	}
	n.now = n.now.AddDate(-1, 0, 0)
	n.sync("Now", "--report-dir none")
	if out := n.run(0, "undo last --report-dir none"); !strings.Contains(out, "Undone: run 20260301T") {
		t.Errorf("undone was\n%s", out)
	}
}

// TestPlanFromTheFuture refuses a plan that was made under a clock that was ahead,
// and one that was made under a clock that was far behind.
func TestPlanFromTheFuture(t *testing.T) {
	n := newNights(t, "anna")
	usual := n.now
	n.sync("First", "--report-dir none")
	for dir, years := range map[string]int{"ahead": 1, "behind": -1} {
		n.now = usual.AddDate(years, 0, 0)
		if err := os.WriteFile(filepath.Join(n.dir, "roster.csv"), []byte("uid,name\nanna,Second\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		n.run(0, "plan %s/roster.csv --report-dir %s/"+dir)
		n.now = usual.Add(time.Hour)
		if out := n.run(5, "apply %s/"+dir+"/plan.json --report-dir none"); !strings.Contains(out, "plan again") {
			t.Errorf("%s: %s", dir, out)
		}
	}
}
