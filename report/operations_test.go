package report_test

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"cometsync/report"
	"cometsync/report/term"
)

// Nothing is cut off, however narrow the terminal is, and no line is longer
// than it but for a word that is.
func TestTablesFitTheWidth(t *testing.T) {
	const indent = 4 // of what is below a row
	r := mustNew(t, partial())
	for name, write := range map[string]func(io.Writer, report.Terminal) error{"operations": r.WriteOperations} {
		// On one line, two cells that are below each other elsewhere are apart.
		words := func(s string) map[string]bool {
			all := map[string]bool{}
			for _, word := range strings.Fields(s) {
				all[word] = true
			}
			return all
		}
		wide := words(render(t, func(w io.Writer) error { return write(w, report.Terminal{Width: 1000}) }))
		for width := 1; width <= 200; width += 7 {
			got := render(t, func(w io.Writer) error { return write(w, report.Terminal{Width: width}) })
			have := words(got)
			for word := range wide {
				if !have[word] && word == strings.ToLower(word) {
					t.Errorf("%s at %d: %q is missing", name, width, word)
				}
			}
			for line := range strings.Lines(got) {
				line = strings.TrimRight(line, "\n")
				if n := utf8.RuneCountInString(line); n > max(width, indent+20) && len(strings.Fields(line)) > 1 &&
					!strings.Contains(line, "  ") {
					t.Errorf("%s at %d: a line has %d characters: %q", name, width, n, line)
				}
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s at %d: spaces end %q", name, width, line)
				}
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
