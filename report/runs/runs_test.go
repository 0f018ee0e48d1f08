package runs

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/formats"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/term"
)

func earlier() []Line {
	at := func(day int) time.Time { return time.Date(2026, 8, day, 5, 15, 0, 0, time.FixedZone("CEST", 7200)) }
	file := user.File{Path: "/srv/export/staff.csv", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		Format: "csv", Rows: 1240}
	runs := []Line{
		{ID: "20260801T031500Z-0c1d", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(1), FinishedAt: at(1).Add(time.Minute),
			Result: "converged",
			Inputs: []user.File{file, {Path: "hr.xlsx", Sheet: "People", SHA256: "2c26b46b68ff",
				Format: "xlsx"}}, Reports: "cometsync-reports/20260801T031500Z-0c1d", UndoneBy: "20260803T031500Z-11aa",
			Allowed: []string{"max-create=1203"},
			Counts: report.Counts{Create: report.Count{Planned: 1203, Applied: 1203}, Update: report.Count{Planned: 2, Applied: 2},
				Deactivate: report.Count{Planned: 1, Applied: 1}}},
		{ID: "20260802T031500Z-7f3a", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(2), FinishedAt: at(2), Result: "partial",
			ExitCode: 3, Inputs: []user.File{file},
			Reason: "Done in part: 1 user got access back and 3 were updated; but 1 change failed.",
			Counts: report.Counts{Update: report.Count{Planned: 7, Applied: 3, Failed: 1, Unknown: 1, Skipped: 2},
				Reactivate: report.Count{Planned: 1, Applied: 1}}},
		{ID: "20260803T031500Z-11aa", Command: "undo", Target: "app 2748abc (eu)", StartedAt: at(3), FinishedAt: at(3), Result: "refused",
			ExitCode: 4, Undoes: "20260801T031500Z-0c1d",
			Counts: report.Counts{Deactivate: report.Count{Planned: 1203, Skipped: 1203}}},
		{ID: "20260804T031500Z-22bb", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(4), Unfinished: true,
			Counts: report.Counts{Create: report.Count{Planned: 100, Applied: 40}}},
		{ID: "20260805T031500Z-33cc", Command: "sync", Target: "app \x1b[31m (eu)", StartedAt: at(5),
			Damaged: "line 7: the chain of hashes is broken"},
		{ID: "20260806T031500Z-44dd", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(6), FinishedAt: at(6), Result: "converged",
			Inputs: []user.File{file}},
		{ID: "20260807T031500Z-55ee", Command: "sync", Target: "app 2748abc (eu)", StartedAt: at(7), Unfinished: true,
			Running: "process 4711 on host-a since 01:26", NotSent: 60,
			Counts: report.Counts{Create: report.Count{Planned: 40, Applied: 40}}},
	}
	slices.Reverse(runs)
	return runs
}

func TestRuns(t *testing.T) {
	for _, width := range []int{160, 100, 50} {
		golden(t, fmt.Sprintf("runs-%d.txt", width),
			render(t, func(w io.Writer) error { return Write(w, earlier(), report.Terminal{Width: width}) }))
	}
	plain := render(t, func(w io.Writer) error { return Write(w, earlier(), report.Terminal{}) })
	coloured := render(t, func(w io.Writer) error { return Write(w, earlier(), report.Terminal{Width: 80, Color: true}) })
	for _, style := range []string{term.Bold, term.Red, term.Green, term.Yellow, "\x1b[0m"} {
		if !strings.Contains(coloured, style) {
			t.Errorf("nothing is painted %q", style)
		}
		coloured = strings.ReplaceAll(coloured, style, "")
	}
	if coloured != plain || strings.Contains(plain, "\x1b") {
		t.Errorf("in colour, it reads\n%s\nwant\n%s", coloured, plain)
	}
	if got := render(t, func(w io.Writer) error { return Write(w, nil, report.Terminal{}) }); got != "no runs on record\n" {
		t.Errorf("of no runs: %q", got)
	}
}

func TestRunsJSON(t *testing.T) {
	got := render(t, func(w io.Writer) error { return WriteJSON(w, earlier()) })
	golden(t, "runs.json", got)
	var doc struct {
		Schema string
		Runs   []struct {
			ID         string
			Result     string
			Unfinished bool
			FinishedAt *time.Time
			Inputs     []user.File
			Summary    map[string]report.Count
		}
	}
	if err := json.Unmarshal([]byte(got), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != formats.Runs.String() || len(doc.Runs) != 7 || doc.Runs[1].ID != "20260806T031500Z-44dd" ||
		doc.Runs[3].FinishedAt != nil {
		t.Errorf("%+v", doc)
	}
	if last := doc.Runs[6]; cmp.Diff(earlier()[6].Inputs, last.Inputs) != "" || last.Summary["create"].Applied != 1203 {
		t.Errorf("%+v", last)
	}
	// What is under way is not unfinished business, and no run has no result.
	if now, died := doc.Runs[0], doc.Runs[3]; now.Result != "running" || now.Unfinished || died.Result != "unfinished" || !died.Unfinished {
		t.Errorf("%+v, %+v", now, died)
	}
	if got := render(t, func(w io.Writer) error {
		return WriteJSON(w,
			nil)
	}); got != "{\n  \"schema\": \"cometsync.runs/v1\",\n  \"runs\": []\n}\n" {
		t.Errorf("of no runs: %s", got)
	}
}

var update = flag.Bool("update", false, "rewrite the golden files")

func render(t testing.TB, write func(io.Writer) error) string {
	t.Helper()
	var b bytes.Buffer
	if err := write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got; rewrite with -update):\n%s", path, diff)
	}
}
