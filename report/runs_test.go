package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/term"
)

func earlier() []RunLine {
	at := func(day int) time.Time { return time.Date(2026, 8, day, 5, 15, 0, 0, time.FixedZone("CEST", 7200)) }
	file := user.File{Path: "/srv/export/staff.csv", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Format: "csv", Rows: 1240}
	runs := []RunLine{
		{ID: "20260801T031500Z-0c1d", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(1), FinishedAt: at(1).Add(time.Minute), Result: "converged",
			Inputs: []user.File{file, {Path: "hr.xlsx", Sheet: "People", SHA256: "2c26b46b68ff", Format: "xlsx"}}, Reports: "cometsync-reports/20260801T031500Z-0c1d", UndoneBy: "20260803T031500Z-11aa",
			Counts: map[plan.Verb]Count{plan.Create: {Planned: 1203, Applied: 1203}, plan.Update: {Planned: 2, Applied: 2}, plan.Deactivate: {Planned: 1, Applied: 1}}},
		{ID: "20260802T031500Z-7f3a", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(2), FinishedAt: at(2), Result: "partial", ExitCode: 3, Inputs: []user.File{file},
			Reason: "Done in part: 1 user got access back and 3 were updated; but 1 change failed.",
			Counts: map[plan.Verb]Count{plan.Update: {Planned: 7, Applied: 3, Failed: 1, Unknown: 1, Skipped: 2}, plan.Reactivate: {Planned: 1, Applied: 1}}},
		{ID: "20260803T031500Z-11aa", Command: "undo", Target: "app 2748abc (eu)", StartedAt: at(3), FinishedAt: at(3), Result: "refused", ExitCode: 4, Undoes: "20260801T031500Z-0c1d",
			Counts: map[plan.Verb]Count{plan.Deactivate: {Planned: 1203, Skipped: 1203}}},
		{ID: "20260804T031500Z-22bb", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(4), Unfinished: true,
			Counts: map[plan.Verb]Count{plan.Create: {Planned: 100, Applied: 40}}},
		{ID: "20260805T031500Z-33cc", Command: "sync", Target: "app \x1b[31m (eu)", StartedAt: at(5), Damaged: "line 7: the chain of hashes is broken"},
		{ID: "20260806T031500Z-44dd", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(6), FinishedAt: at(6), Result: "converged", Inputs: []user.File{file}},
		{ID: "20260807T031500Z-55ee", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(7), Unfinished: true, Running: "process 4711 on host-a since 01:26", NotSent: 60,
			Counts: map[plan.Verb]Count{plan.Create: {Planned: 40, Applied: 40}}},
	}
	slices.Reverse(runs)
	return runs
}

func TestRuns(t *testing.T) {
	for _, width := range []int{160, 100, 50} {
		golden(t, fmt.Sprintf("runs-%d.txt", width), render(t, func(w io.Writer) error { return WriteRuns(w, earlier(), Terminal{Width: width}) }))
	}
	plain := render(t, func(w io.Writer) error { return WriteRuns(w, earlier(), Terminal{}) })
	coloured := render(t, func(w io.Writer) error { return WriteRuns(w, earlier(), Terminal{Width: 80, Color: true}) })
	for _, style := range []string{term.Bold, term.Red, term.Green, term.Yellow, "\x1b[0m"} {
		if !strings.Contains(coloured, style) {
			t.Errorf("nothing is painted %q", style)
		}
		coloured = strings.ReplaceAll(coloured, style, "")
	}
	if coloured != plain || strings.Contains(plain, "\x1b") {
		t.Errorf("in colour, it reads\n%s\nwant\n%s", coloured, plain)
	}
	if got := render(t, func(w io.Writer) error { return WriteRuns(w, nil, Terminal{}) }); got != "no runs on record\n" {
		t.Errorf("of no runs: %q", got)
	}
}

// Nothing is cut off, however narrow the terminal is, and no line is longer
// than it but for a word that is.
func TestTablesFitTheWidth(t *testing.T) {
	const indent = 4 // of what stands below a row
	r := mustNew(t, partial())
	for name, write := range map[string]func(io.Writer, Terminal) error{
		"runs":       func(w io.Writer, t Terminal) error { return WriteRuns(w, earlier(), t) },
		"operations": r.WriteOperations,
	} {
		// On one line, two cells that stand below each other elsewhere are apart.
		words := func(s string) map[string]bool {
			all := map[string]bool{}
			for _, word := range strings.Fields(s) {
				all[word] = true
			}
			return all
		}
		wide := words(render(t, func(w io.Writer) error { return write(w, Terminal{Width: 1000}) }))
		for width := 1; width <= 200; width += 7 {
			got := render(t, func(w io.Writer) error { return write(w, Terminal{Width: width}) })
			have := words(got)
			for word := range wide {
				if !have[word] && word == strings.ToLower(word) {
					t.Errorf("%s at %d: %q is missing", name, width, word)
				}
			}
			for line := range strings.Lines(got) {
				line = strings.TrimRight(line, "\n")
				if n := utf8.RuneCountInString(line); n > max(width, indent+20) && len(strings.Fields(line)) > 1 && !strings.Contains(line, "  ") {
					t.Errorf("%s at %d: a line has %d characters: %q", name, width, n, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s at %d: spaces end %q", name, width, line)
				}
			}
		}
	}
}

func TestRunsJSON(t *testing.T) {
	got := render(t, func(w io.Writer) error { return WriteRunsJSON(w, earlier()) })
	golden(t, "runs.json", got)
	var doc struct {
		Schema string
		Runs   []struct {
			ID         string
			Result     string
			Unfinished bool
			FinishedAt *time.Time
			Inputs     []user.File
			Summary    map[string]Count
		}
	}
	if err := json.Unmarshal([]byte(got), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != RunsSchema || len(doc.Runs) != 7 || doc.Runs[1].ID != "20260806T031500Z-44dd" || doc.Runs[3].FinishedAt != nil {
		t.Errorf("%+v", doc)
	}
	if last := doc.Runs[6]; cmp.Diff(earlier()[6].Inputs, last.Inputs) != "" || last.Summary["create"].Applied != 1203 {
		t.Errorf("%+v", last)
	}
	// What is under way is not unfinished business, and no run has no result.
	if now, died := doc.Runs[0], doc.Runs[3]; now.Result != "running" || now.Unfinished || died.Result != "unfinished" || !died.Unfinished {
		t.Errorf("%+v, %+v", now, died)
	}
	if got := render(t, func(w io.Writer) error { return WriteRunsJSON(w, nil) }); got != "{\n  \"schema\": \"cometsync.runs/v1\",\n  \"runs\": []\n}\n" {
		t.Errorf("of no runs: %s", got)
	}
}

func TestOperationsOnTheTerminal(t *testing.T) {
	r := mustNew(t, partial())
	for _, width := range []int{140, 72} {
		golden(t, fmt.Sprintf("operations-%d.txt", width), render(t, func(w io.Writer) error { return r.WriteOperations(w, Terminal{Width: width}) }))
	}
	if got := render(t, func(w io.Writer) error { return r.WriteOperations(w, Terminal{Color: true}) }); !strings.Contains(got, term.Green+"applied\x1b[0m") || !strings.Contains(got, term.Red+"failed\x1b[0m") {
		t.Error("outcomes are not painted")
	}
	if got := render(t, func(w io.Writer) error { return mustNew(t, nothing()).WriteOperations(w, Terminal{}) }); got != "" {
		t.Errorf("of no operations: %q", got)
	}
}

func TestResultsReadAsTheyAreWritten(t *testing.T) {
	for want := Converged; want < resultCount; want++ {
		text, _ := want.MarshalText()
		var got Result
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%s reads as %s, %v", want, got, err)
		}
	}
	for _, text := range []string{"", "Partial", "done"} {
		var r Result
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %s", text, r)
		}
	}
}
