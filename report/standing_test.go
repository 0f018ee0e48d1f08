package report

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Another run's report is moved aside as it is, and the one that was edited, or
// whose place there is taken, stays where it is.
func TestAnotherRunsReportStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	write := func(run string) error {
		in := partial()
		in.Run.ID = run
		_, err := mustNew(t, in).Write(dir)
		return err
	}
	read := func(dir, name string) string {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	if err := write("one"); err != nil {
		t.Fatal(err)
	}
	first := read(dir, "report.json")
	if !Vacant(dir, "one") || Vacant(dir, "two") || Room(dir, "two") != nil {
		t.Error("another run would not take the place of the first")
	}
	if err := write("two"); err != nil {
		t.Fatal(err)
	}
	if Of(dir, "one") != Aside(dir, "one") || Of(dir, "two") != dir || read(Aside(dir, "one"), "report.json") != first {
		t.Errorf("the first report is not aside as it was")
	}
	if a := audited(t, Aside(dir, "one"), Evidence{}); len(a.Findings) > 0 {
		t.Errorf("aside, it has the findings %v", a.Findings)
	}
	for name := range map[string]bool{"summary.md": true, "report.xlsx": true, "operations.csv": true} {
		was := read(dir, name)
		edit(t, dir, name, func(s string) string { return s + "!" })
		var taken *TakenError
		for what, err := range map[string]error{"three": write("three"), "its own": write("two"), "a run to come": Prepare(dir, "three"),
			"removing it": Remove(dir, "two")} {
			if !errors.As(err, &taken) || !strings.Contains(err.Error(), name+" was edited") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if read(dir, name) != was+"!" {
			t.Errorf("%s is not as it was edited", name)
		}
		edit(t, dir, name, func(string) string { return was })
	}
	if err := os.Mkdir(Aside(dir, "two"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write("three"); err == nil || !strings.Contains(err.Error(), "is there as well") {
		t.Errorf("where there is no place aside: %v", err)
	}
}
