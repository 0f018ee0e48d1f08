package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/runs"
	"cometsync/report/term"
)

// At a terminal no line is longer than it but for a word that is. Elsewhere nothing is cut
// off, and each row has a line, however wide it is said to be.
func TestTablesFitTheWidth(t *testing.T) {
	file := user.File{Path: "/srv/export/staff.csv", Rows: 1240}
	earlier := []runs.Line{
		{ID: "20260807T031500Z-55ee", Command: "sync", Target: "app 2748abc (eu)", Unfinished: true,
			Running: "process 4711 on host-a since 01:26", NotSent: 60},
		{ID: "20260805T031500Z-33cc", Command: "sync", Target: "app \x1b[31m (eu)", Damaged: "line 7: the chain of hashes is broken"},
		{ID: "20260802T031500Z-7f3a", Command: "apply", Target: "app 2748abc (eu)", Result: "partial", ExitCode: 3,
			Inputs: []user.File{file, {Path: "hr.xlsx", Sheet: "People"}}, UndoneBy: "20260803T031500Z-11aa",
			Reason: "Done in part: 1 user got access back and 3 were updated; but 1 change failed."},
	}
	for name, write := range map[string]func(io.Writer, report.Terminal) error{
		"operations": mustNew(t, partial()).WriteOperations,
		"runs":       func(w io.Writer, t report.Terminal) error { return runs.Write(w, earlier, t) },
	} {
		t.Run(name, func(t *testing.T) { fitsTheWidth(t, write) })
	}
}

func fitsTheWidth(t *testing.T, write func(io.Writer, report.Terminal) error) {
	const indent = 4 // of what is below a row
	whole := render(t, func(w io.Writer) error { return write(w, report.Terminal{Mail: true}) })
	if wide := render(t, func(w io.Writer) error { return write(w, report.Terminal{Width: 1000}) }); wide != whole ||
		strings.Contains(whole, "…") {
		t.Errorf("without a terminal:\n%s", whole)
	}
	for width := 1; width <= 200; width += 7 {
		if got := render(t, func(w io.Writer) error { return write(w, report.Terminal{Width: width, Mail: true}) }); got != whole {
			t.Errorf("without a terminal, of %d columns:\n%s", width, got)
		}
		for line := range strings.Lines(render(t, func(w io.Writer) error { return write(w, report.Terminal{Width: width}) })) {
			line = strings.TrimRight(line, "\n")
			if n := phrase.Columns(line); n > max(width, indent+20) && len(strings.Fields(line)) > 1 && !strings.Contains(line, "  ") {
				t.Errorf("at %d: a line has %d columns: %q", width, n, line)
			}
			if strings.HasSuffix(line, " ") {
				t.Errorf("at %d: spaces end %q", width, line)
			}
		}
	}
}

func TestOperationsOnTheTerminal(t *testing.T) {
	r := mustNew(t, partial())
	for _, width := range []int{140, 72} {
		golden(t, fmt.Sprintf("operations-%d.txt", width),
			render(t, func(w io.Writer) error { return r.WriteOperations(w, report.Terminal{Width: width}) }))
	}
	if got := render(t, func(w io.Writer) error { return r.WriteOperations(w, report.Terminal{Color: true}) }); !strings.Contains(got,
		term.Green+"applied\x1b[0m") || !strings.Contains(got, term.Red+"failed\x1b[0m") {
		t.Error("outcomes are not painted")
	}
	if got := render(t, func(w io.Writer) error { return mustNew(t, nothing()).WriteOperations(w, report.Terminal{}) }); got != "" {
		t.Errorf("of no operations: %q", got)
	}
}

func TestResultsReadAsTheyAreWritten(t *testing.T) {
	for want := report.Converged; want < report.ResultCount; want++ {
		text, _ := want.MarshalText()
		var got report.Result
		if err := got.UnmarshalText(text); err != nil || got != want {
			t.Errorf("%s reads as %s, %v", want, got, err)
		}
	}
	for _, text := range []string{"", "Partial", "done"} {
		var r report.Result
		if err := r.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q reads as %s", text, r)
		}
	}
}
