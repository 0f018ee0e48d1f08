package report_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/directory"
	"cometsync/report/verify"
)

// evidence is what a journal would have of a run, and the version that looks at it.
type evidence struct {
	Version string
	verify.Journal
}

// alone is not a journal.
var alone = evidence{Version: "1.0.0"}

// written is a report on the disk, with what a journal would have of its run.
func written(t testing.TB, in report.Input) (dir string, against evidence) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "run")
	sum, err := directory.Write(dir, mustNew(t, in), func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return dir, evidence{cmp.Or(in.Writer, in.Run.Version), verify.Journal{Run: in.Run.ID, Result: in.Run.Result.String(), Plan: in.Plan,
		Intake: &in.Intake, Results: in.Results, Sums: sum}}
}

// copied is another copy of a report, to be spoilt.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "run")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

func audited(t testing.TB, dir string, against evidence) *verify.Proof {
	t.Helper()
	a := &verify.Proof{}
	if _, _, err := a.Reports(dir, against.Version, against.Journal); err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAuditFindsNothing in any report as it was written, with a journal at hand
// and without one, and says what it could not check.
func TestAuditFindsNothing(t *testing.T) {
	t.Parallel()
	every := map[string]func() report.Input{
		"decided": decided, "pairs decided": halfDecided, "unmasked": unmasked, "large": func() report.Input { return large(400) },
		"every file": everyFile, "odd": odd,
		"odd and unmasked": func() report.Input { in := odd(); in.ShowPrivate = true; return in },
		"odd and validated": func() report.Input {
			in := odd()
			in.Plan, in.Results, in.Drifts, in.Last, in.Decisions = nil, nil, nil, nil, nil
			return in
		},
		"odd texts": func() report.Input {
			in := filled(func(place string) string { return place + " \uFFFD<\u2028'=1\r\n\r\x00&amp;" })
			in.Plan.Guards, in.Plan.Target = nil, in.Target
			return in
		},
	}
	for name, in := range fixtures {
		every[name] = in
		every[name+", with places"] = func() report.Input { return placed(in()) }
	}
	for name, in := range every {
		dir, against := written(t, in())
		for what, e := range map[string]evidence{"alone": {Version: against.Version}, "with a journal": against} {
			a := audited(t, dir, e)
			for _, f := range a.Findings {
				t.Errorf("%s, %s: %s: %s", name, what, f.File, f.Problem)
			}
			if len(a.Checked) < 3 || (what == "alone") != slices.ContainsFunc(a.Beyond,
				func(s string) bool { return strings.HasPrefix(s, directory.Sums) }) {
				t.Errorf("%s, %s: checked %q, and not %q", name, what, a.Checked, a.Beyond)
			}
		}
	}
	dir, against := written(t, placed(partial()))
	a := audited(t, dir, against)
	for _, want := range []string{
		"SHA256SUMS: each of 8 files fits its sum", "SHA256SUMS: its own hash is the one in the journal",
		"plan.json: 13 operations, its hash fits, and its books balance", "plan.json: operation by operation as the journal has it",
		"report.json: totals added up from 13 operations and 5 rejects", "report.json: outcomes and attempts as the journal has them",
		"operations.csv, rejects.csv, report.html, report.json, report.xlsx, summary.md and users.csv: rendered again, byte for byte",
	} {
		if !slices.Contains(a.Checked, want) {
			t.Errorf("not checked: %s; but\n%s", want, strings.Join(a.Checked, "\n"))
		}
	}
	sources, _, err := a.Reports(dir, against.Version, against.Journal)
	if err != nil || !slices.Equal(sources, partial().Intake.Files) {
		t.Errorf("the sources are %v, %v", sources, err)
	}
}

// resum makes the sums of a report anew, as somebody would who edits it and
// wants nobody to see it.
func resum(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var sums bytes.Buffer
	for _, e := range entries {
		if e.Name() != directory.Sums {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), e.Name())
		}
	}
	if err := os.WriteFile(filepath.Join(dir, directory.Sums), sums.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// edit changes a file of a report.
func edit(t *testing.T, dir, name string, change func(string) string) {
	t.Helper()
	path := filepath.Join(dir, name)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	after := change(string(before))
	if after == string(before) {
		t.Fatalf("%s: the edit changes nothing", name)
	}
	if err := os.WriteFile(path, []byte(after), 0o600); err != nil {
		t.Fatal(err)
	}
}

// once replaces the first of a text.
func once(from, to string) func(string) string {
	return func(s string) string { return strings.Replace(s, from, to, 1) }
}

// dropLine takes a line out, counted from the end if it is negative.
func dropLine(n int) func(string) string {
	return func(s string) string {
		lines := strings.SplitAfter(s, "\n")
		if n < 0 {
			n += len(lines) - 1
		}
		return strings.Join(slices.Delete(lines, n, n+1), "")
	}
}

// resealed edits a plan and makes its hash anew.
func resealed(change func(p *plan.Plan, in *user.Intake)) func(string) string {
	return func(s string) string {
		p, in, _, err := plan.Decode(strings.NewReader(s))
		if err != nil {
			panic(err)
		}
		change(p, in)
		var b bytes.Buffer
		if err := plan.Encode(&b, p, in); err != nil {
			panic(err)
		}
		return b.String()
	}
}

// named reports whether a file is named by a finding, or compared with in one.
func named(a *verify.Proof, file string) bool {
	return slices.ContainsFunc(a.Findings, func(f verify.Finding) bool { return f.File == file || strings.Contains(f.Problem, file) })
}

// TestAuditFindsEveryEdit: whatever is done to a file, its sum does not fit.
func TestAuditFindsEveryEdit(t *testing.T) {
	t.Parallel()
	source := everyFile()
	source.Intake, source.Plan.Rejects = partial().Intake, nil
	whole, against := written(t, source)
	if a := audited(t, whole, against); len(a.Findings) > 0 {
		t.Fatalf("as it was written: %v", a.Findings)
	}
	files := []string{directory.Sums}
	for name := range directory.Names() {
		files = append(files, name)
	}
	for _, name := range files {
		for what, spoil := range map[string]func(dir string){
			"a byte is another": func(dir string) {
				edit(t, dir, name, func(s string) string {
					b := []byte(s)
					b[len(b)/2] ^= 1
					return string(b)
				})
			},
			"a byte more": func(dir string) { edit(t, dir, name, func(s string) string { return s + "\n" }) },
			"a byte less": func(dir string) { edit(t, dir, name, func(s string) string { return s[:len(s)-1] }) },
			"empty":       func(dir string) { edit(t, dir, name, func(string) string { return "" }) },
			"removed": func(dir string) {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			},
			"another's": func(dir string) {
				other := "summary.md"
				if name == other {
					other = "rejects.csv"
				}
				text, err := os.ReadFile(filepath.Join(dir, other))
				if err != nil {
					t.Fatal(err)
				}
				edit(t, dir, name, func(string) string { return string(text) })
			},
			"a link": func(dir string) {
				path := filepath.Join(dir, name) // to what was written, to the byte
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(filepath.Join(whole, name), path); err != nil {
					t.Skip(err)
				}
			},
		} {
			dir := copied(t, whole)
			spoil(dir)
			a := audited(t, dir, against)
			if !slices.ContainsFunc(a.Findings, func(f verify.Finding) bool { return f.File == name }) {
				t.Errorf("%s, %s: the findings are %v", name, what, a.Findings)
			}
			gone := slices.DeleteFunc(a.Findings,
				func(f verify.Finding) bool { return f.File != name || !strings.HasPrefix(f.Problem, "it is missing") })
			if len(gone) > 1 {
				t.Errorf("%s, %s: it is told %d times that the file is missing: %v", name, what, len(gone), gone)
			}
		}
	}
	dir := copied(t, whole)
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := audited(t, dir, against); len(a.Findings) != 0 || !slices.ContainsFunc(a.Beyond,
		func(text string) bool { return strings.HasPrefix(text, "notes.txt: ") }) {
		t.Errorf("with a file more that is not part of a report, the findings are %v, and not checked is %v", a.Findings, a.Beyond)
	}
	if err := os.WriteFile(filepath.Join(dir, "conflicts.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := audited(t, dir, against); len(a.Findings) == 0 || a.Findings[0].File != "conflicts.csv" {
		t.Errorf("with a part more, the findings are %v", a.Findings)
	}
	if _, _, err := (&verify.Proof{}).Reports(filepath.Join(dir, "none"), against.Version, against.Journal); err == nil {
		t.Error("a directory that is not there was audited")
	}
}

// TestAuditOfAnotherVersion looks at sums and totals, and says what it does not.
func TestAuditOfAnotherVersion(t *testing.T) {
	whole, against := written(t, placed(partial()))
	against.Version = "1.0.1"
	a := audited(t, whole, against)
	if len(a.Findings) > 0 || !slices.ContainsFunc(a.Beyond, func(s string) bool {
		return strings.Contains(s, `version "1.0.0" wrote the report, and this is "1.0.1"`)
	}) {
		t.Errorf("the findings are %v, and not checked is %q", a.Findings, a.Beyond)
	}
	for name, change := range map[string]func(string) string{
		"report.json": once(`"applied": 2`, `"applied": 3`), "users.csv": once("kept-000,kept", "kept-000,protected"),
		"plan.json": once("Zoë", "Zoe"),
	} {
		dir := copied(t, whole)
		edit(t, dir, name, change)
		resum(t, dir)
		if a := audited(t, dir, evidence{Version: "1.0.1"}); !slices.ContainsFunc(a.Findings,
			func(f verify.Finding) bool { return f.File == name }) {
			t.Errorf("%s: the findings are %v", name, a.Findings)
		}
	}
}
