package report_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"cometsync/internal/formats"
	"cometsync/report"
	"cometsync/report/directory"
	"cometsync/report/verify"
)

// TestSums lists every other file with its hash, in order of names.
func TestSums(t *testing.T) {
	for name, in := range fixtures {
		dir := filepath.Join(t.TempDir(), "run")
		sum, err := directory.Write(dir, mustNew(t, placed(in())), func(int) {})
		if err != nil {
			t.Fatal(err)
		}
		hash := func(file string) string {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprintf("%x", sha256.Sum256(text))
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, e := range entries {
			if e.Name() != directory.Sums {
				want = append(want, hash(e.Name())+"  "+e.Name())
			}
		}
		text, err := os.ReadFile(filepath.Join(dir, directory.Sums))
		if got := strings.Split(strings.TrimSuffix(string(text), "\n"), "\n"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, the sums are\n%s\nwant\n%s", name, err, text, strings.Join(want, "\n"))
		}
		if sum != hash(directory.Sums) {
			t.Errorf("%s: the sums' own hash is given as %s", name, sum)
		}
		if tool, err := exec.LookPath("sha256sum"); err == nil {
			check := exec.Command(tool, "--check", "--strict", directory.Sums)
			check.Dir = dir
			if out, err := check.CombinedOutput(); err != nil {
				t.Errorf("%s: sha256sum: %v\n%s", name, err, out)
			}
		}
		if err := directory.Remove(dir, in().Run.ID); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Errorf("%s: it is there after Remove", name)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "reports", "run")
	r := mustNew(t, placed(partial()))
	write := func() error {
		_, err := directory.Write(dir, r, func(int) {})
		return err
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o700 {
			t.Errorf("directory has mode %v", info.Mode())
		}
		names := []string{directory.Sums}
		for _, f := range directory.Files(r) {
			if f.Write != nil {
				names = append(names, f.Name)
			}
		}
		for _, name := range names {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 || info.Size() == 0 {
				t.Errorf("%s has mode %v and %d bytes", name, info.Mode(), info.Size())
			}
		}
		if left, _ := os.ReadDir(filepath.Dir(dir)); len(left) != 1 {
			t.Errorf("left beside the report: %v", left)
		}
	}
	check()

	// An earlier report is replaced, an empty directory filled.
	if err := write(); err != nil {
		t.Fatal(err)
	}
	check()
	if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755), write()); err != nil {
		t.Fatal(err)
	}
	check()

	// Anything else is somebody's work.
	note := filepath.Join(dir, "decisions.csv")
	if err := os.WriteFile(note, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(); err == nil || !strings.Contains(err.Error(), "decisions.csv") || !strings.Contains(err.Error(), "--report-dir") {
		t.Errorf("error %v", err)
	}
	if err := errors.Join(os.Remove(note), os.Remove(filepath.Join(dir, "report.json"))); err != nil {
		t.Fatal(err)
	}
	if err := write(); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("error %v", err)
	}
}

func TestWithoutPlanThereIsNoPlanFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if _, err := directory.Write(dir, mustNew(t, validated()), func(int) {}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan.json", "conflicts.csv", "users.csv"} {
		if _, err := os.Stat(filepath.Join(dir, name)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWriteIsWholeOrNotAtAll(t *testing.T) {
	parent := t.TempDir()
	dir := filepath.Join(parent, "run")
	full := errors.New("disk full")
	in := everyFile()
	in.ReadBy = func(w io.Writer) error {
		_, _ = io.WriteString(w, "half")
		return full
	}
	broken := mustNew(t, in)
	if sum, err := directory.Write(dir, broken, func(int) {}); !errors.Is(err, full) || sum != "" {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}

	// An earlier report stays as it was.
	if _, err := directory.Write(dir, mustNew(t, everyFile()), func(int) {}); err != nil {
		t.Fatal(err)
	}
	whole, _ := os.ReadDir(dir)
	if _, err := directory.Write(dir, broken, func(int) {}); !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
	if left, _ := os.ReadDir(parent); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if left, _ := os.ReadDir(dir); len(left) != len(whole) {
		t.Errorf("the earlier report has become %v", left)
	}
}

// Another run's report is moved aside as it is, and the one that was edited, or
// whose place there is taken, stays where it is.
func TestAnotherRunsReportStays(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	write := func(run string) error {
		in := partial()
		in.Run.ID = run
		_, err := directory.Write(dir, mustNew(t, in), func(int) {})
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
	_, own, err := directory.Room(dir, "one")
	_, aside, errTwo := directory.Room(dir, "two")
	if own != "" || err != nil || aside != directory.Aside(dir, "one") || errTwo != nil {
		t.Error("another run would not take the place of the first")
	}
	if err := write("two"); err != nil {
		t.Fatal(err)
	}
	if directory.Of(dir, "one") != directory.Aside(dir, "one") || directory.Of(dir, "two") != dir ||
		read(directory.Aside(dir, "one"), "report.json") != first {
		t.Errorf("the first report is not aside as it was")
	}
	if a := audited(t, directory.Aside(dir, "one"), evidence{}); len(a.Findings) > 0 {
		t.Errorf("aside, it has the findings %v", a.Findings)
	}
	for name := range map[string]bool{"summary.md": true, "report.xlsx": true, "operations.csv": true} {
		was := read(dir, name)
		edit(t, dir, name, func(s string) string { return s + "!" })
		var taken *directory.TakenError
		for what, err := range map[string]error{"three": write("three"), "its own": write("two"),
			"a run to come": directory.Prepare(dir, "three"), "removing it": directory.Remove(dir, "two")} {
			if !errors.As(err, &taken) || !strings.Contains(err.Error(), name+" was edited") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if read(dir, name) != was+"!" {
			t.Errorf("%s is not as it was edited", name)
		}
		edit(t, dir, name, func(string) string { return was })
	}
	if err := os.Mkdir(directory.Aside(dir, "two"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := write("three"); err == nil || !strings.Contains(err.Error(), "is there as well") {
		t.Errorf("where there is no place aside: %v", err)
	}
}

// Two runs that write into one directory at once both have their report.
func TestWriteBesideAnotherRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	for _, runs := range [][2]string{{"one", "two"}, {"three", "four"}} { // new, and with a report in it
		of := func(run string) *report.Report {
			in := partial()
			in.Run.ID = run
			return mustNew(t, in)
		}
		slow, fast := of(runs[0]), of(runs[1])
		var once sync.Once
		_, err := directory.Write(dir, slow, func(int) {
			once.Do(func() {
				if _, err := directory.Write(dir, fast, func(int) {}); err != nil {
					t.Error(err)
				}
			})
		})
		if err != nil || directory.Of(dir, runs[0]) != dir || directory.Of(dir, runs[1]) != directory.Aside(dir, runs[1]) {
			t.Errorf("%v: %v; the reports are in %q and %q", runs, err, directory.Of(dir, runs[0]), directory.Of(dir, runs[1]))
		}
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 4 {
		t.Errorf("%v, %v", entries, err)
	}
}

func TestRemove(t *testing.T) {
	const run = "20260802T031504Z-a1b2c3"
	make := func(files ...string) string {
		dir := filepath.Join(t.TempDir(), "r")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text := "x"
			if f == "report.json" {
				text = "{\n  \"schema\": \"" + formats.Report.String() + "\",\n  \"run\": {\"id\": \"" + run + "\", \"command\": \"sync\"}}"
			}
			if err := os.WriteFile(filepath.Join(dir, f), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	for _, test := range []struct {
		what  string
		dir   string
		run   string
		stays bool
		fails bool
	}{
		{"its own", make("report.json", "report.html"), run, false, false},
		{"another run's", make("report.json"), "20270802T031504Z-a1b2c3", true, false},
		{"with somebody's file", make("report.json", "thesis.txt"), run, true, true},
		{"without a report", make("thesis.txt"), run, true, false},
		{"not there", filepath.Join(t.TempDir(), "none"), run, false, false},
		{"not named", make("report.json"), "", true, false},
	} {
		if err := directory.Remove(test.dir, test.run); (err != nil) != test.fails {
			t.Errorf("%s: %v", test.what, err)
		}
		if _, err := os.Stat(test.dir); (err == nil) != test.stays {
			t.Errorf("%s: is there: %t", test.what, err == nil)
		}
	}
	if err := directory.Remove("", run); err != nil {
		t.Error(err)
	}
}

// TestPartsOfAReport are its files and no others.
func TestPartsOfAReport(t *testing.T) {
	for name, want := range map[string]bool{"SHA256SUMS": true, "users.csv": true, "report.json": true, "sha256sums": false,
		"thesis.txt": false, "": false} {
		if directory.IsPart(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

// What somebody decided in rekey.csv is not overwritten or taken away with the
// report; an audit sees that the file was edited, as with any other.
func TestDecisionsOnPairsStay(t *testing.T) {
	in := rekeyed()
	dir, against := written(t, in)
	again := func() error { _, err := directory.Write(dir, mustNew(t, in), func(int) {}); return err }
	if err := again(); err != nil {
		t.Fatal(err)
	}
	edit(t, dir, "rekey.csv", once("Mia Ode,,", "Mia Ode,different,"))
	if a := audited(t, dir, against); !slices.ContainsFunc(a.Findings, func(f verify.Finding) bool {
		return f.File == "rekey.csv" && strings.Contains(f.Problem, "it was changed after it was written")
	}) {
		t.Errorf("the findings are %v", a.Findings)
	}
	for what, err := range map[string]error{"a new report": again(), "a run to come": directory.Prepare(dir, in.Run.ID),
		"taking it away": directory.Remove(dir, in.Run.ID)} {
		if err == nil || !strings.Contains(err.Error(), "rekey.csv was edited") || !strings.Contains(err.Error(), "--rekey") {
			t.Errorf("%s: %v", what, err)
		}
	}
	if text, err := os.ReadFile(filepath.Join(dir, "rekey.csv")); err != nil || !strings.Contains(string(text), ",different,") {
		t.Errorf("the decisions are gone: %v", err)
	}
	if err := os.Rename(filepath.Join(dir, "rekey.csv"), filepath.Join(t.TempDir(), "rekey.csv")); err != nil {
		t.Fatal(err)
	}
	if err := again(); err != nil {
		t.Error(err)
	}
}

func BenchmarkWrite(b *testing.B) {
	r := mustNew(b, large(80_000))
	dir := filepath.Join(b.TempDir(), "run")
	for b.Loop() {
		if _, err := directory.Write(dir, r, func(int) {}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*80_000/b.Elapsed().Seconds(), "ops/s")
	b.ReportAllocs()
}
