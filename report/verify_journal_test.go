package report_test

import (
	"bytes"
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

// TestAuditOfSums takes no line that this program would not have written.
func TestAuditOfSums(t *testing.T) {
	whole, _ := written(t, partial())
	for what, change := range map[string]func(string) string{
		"out of order": func(s string) string {
			lines := strings.SplitAfter(s, "\n")
			lines[0], lines[1] = lines[1], lines[0]
			return strings.Join(lines, "")
		},
		"a line twice":     func(s string) string { return s[:strings.Index(s, "\n")+1] + s },
		"another file":     func(s string) string { return s + strings.Repeat("0", 64) + "  ../../etc/passwd\n" },
		"its own":          func(s string) string { return strings.Repeat("0", 64) + "  " + directory.Sums + "\n" + s },
		"one space":        once("  ", " "),
		"a binary mark":    once("  ", " *"),
		"capitals":         strings.ToUpper,
		"no line break":    func(s string) string { return s[:len(s)-1] },
		"words":            func(s string) string { return "# sums\n" + s },
		"carriage returns": func(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") },
	} {
		dir := copied(t, whole)
		edit(t, dir, directory.Sums, change)
		if a := audited(t, dir, alone); !slices.ContainsFunc(a.Findings, func(f verify.Finding) bool {
			return f.File == directory.Sums && strings.Contains(f.Problem, "is not a line that belongs in it")
		}) {
			t.Errorf("%s: the findings are %v", what, a.Findings)
		}
	}
}

// TestAuditAgainstTheJournal: a report that was forged as a whole is not what
// the journal has.
func TestAuditAgainstTheJournal(t *testing.T) {
	t.Parallel()
	_, against := written(t, partial())
	sums := against.Sums
	against.Sums = ""
	for _, c := range []struct {
		what  string
		forge func(in *report.Input)
		want  verify.Finding
	}{
		{"an outcome", func(in *report.Input) { in.Results[0].Outcome = plan.Failed },
			verify.Finding{File: "report.json", Problem: "operation 1, to reactivate back-1, is failed, and in the journal applied"}},
		{"attempts", func(in *report.Input) { in.Results[0].Attempts = 2 },
			verify.Finding{File: "report.json", Problem: "operation 1, to reactivate back-1, took 2 attempts, and in the journal 1"}},
		{"a value", func(in *report.Input) { in.Plan.Of(plan.Update)[0].Changes[0].After = `{"department":"x"}` },
			verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 7 (update 1234567890123456789): department " +
				"is not as it should be"}},
		{"a private value", func(in *report.Input) {
			in.Plan.Of(plan.Update)[3].Changes[1].After = `{"@private":{"salary":"9"},"desk":"B 12"}`
		}, verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 10 (update up-4): salary is not as it " +
			"should be"}},
		{"a field more", func(in *report.Input) {
			o := &in.Plan.Of(plan.Reactivate)[1]
			o.Changes = []plan.Change{{Field: user.Name, After: str("x")}}
		}, verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 3 (reactivate back-2): changes is not as it " +
			"should be"}},
		{"a field less", func(in *report.Input) { in.Plan.Of(plan.Reactivate)[0].Changes = nil },
			verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 2 (reactivate back-1): changes is not as " +
				"it should be"}},
		{"a user", func(in *report.Input) { in.Plan.Of(plan.Deactivate)[0].UID = "gone-0" },
			verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 12 (deactivate gone-1): uid is not as it " +
				"should be"}},
		{"an operation less", func(in *report.Input) {
			in.Plan.Operations, in.Results = in.Plan.Operations[:12], in.Results[:12]
			in.Plan.Unchanged++
		}, verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 1: unchanged is not as it should be"}},
		{"a count", func(in *report.Input) { in.Plan.Unchanged--; in.Plan.Kept++ },
			verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 1: unchanged is not as it should be"}},
		{"the run", func(in *report.Input) { in.Run.ID = "20260802T031500Z-0000" },
			verify.Finding{File: "report.json", Problem: "it is of run 20260802T031500Z-0000, and the journal of 20260802T031500Z-7f3a"}},
		{"the result", func(in *report.Input) { in.Run.Result, in.Run.ExitCode = report.Failed, 1 },
			verify.Finding{File: "report.json", Problem: "the run's result is failed, and in the journal partial"}},
		{"an input", func(in *report.Input) { in.Intake.Files[0].SHA256 = "00" },
			verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 1: sha256 is not as it should be"}},
		{"the plan's inputs", func(in *report.Input) { in.Plan.Inputs = in.Intake.Files },
			verify.Finding{File: "plan.json", Problem: "it is not what the journal has: line 1: inputs is not as it should be"}},
		{"no plan", func(in *report.Input) { in.Plan, in.Results = nil, nil },
			verify.Finding{File: "plan.json", Problem: "it is missing, and the journal has a plan of 13 operations"}},
	} {
		in := partial()
		c.forge(&in)
		dir, _ := written(t, in)
		if a := audited(t, dir, against); !slices.Contains(a.Findings, c.want) {
			t.Errorf("%s: the findings are %v, want %v", c.what, a.Findings, c.want)
		}
	}
	// An operation that is not on record can't be reported as done.
	dir, _ := written(t, partial())
	against.Results = slices.Clone(against.Results)
	against.Results[0] = plan.Result{}
	if a := audited(t, dir, against); len(a.Findings) != 1 || !strings.Contains(a.Findings[0].Problem,
		"is applied, and the journal has no result of it") {
		t.Errorf("not on record: %v", a.Findings)
	}
	// One that could not even be sent is not, and has failed.
	for attempts, findings := range map[int]int{0: 0, 1: 1} {
		in := partial()
		in.Results[0] = plan.Result{Outcome: plan.Failed, Attempts: attempts, Code: "role-unknown"}
		dir, _ := written(t, in)
		if a := audited(t, dir, evidence{"1.0.0", verify.Journal{Results: against.Results}}); len(a.Findings) != findings {
			t.Errorf("failed after %d attempts, and not on record: %v", attempts, a.Findings)
		}
	}
	other, _ := written(t, clean())
	if a := audited(t, other, evidence{"1.0.0", verify.Journal{Sums: sums}}); len(a.Findings) != 1 || a.Findings[0].File != directory.Sums {
		t.Errorf("another report in its place: %v", a.Findings)
	}
}

// TestAuditSurvives whatever is in a file.
func TestAuditSurvives(t *testing.T) {
	t.Parallel()
	dir, _ := written(t, placed(odd()))
	for _, name := range []string{"report.json", "plan.json", "operations.csv", "rejects.csv", "users.csv", "report.xlsx", directory.Sums} {
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 15 {
			text := bytes.Clone(whole)
			at := i * len(text) / 15
			if i%2 == 0 {
				text[at] ^= byte(1 << (i % 8))
			} else {
				text = slices.Delete(text, at, min(len(text), at+1+i))
			}
			if err := os.WriteFile(path, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if a := audited(t, dir, alone); len(a.Findings) == 0 {
				t.Errorf("%s, edited at %d: nothing is found", name, at)
			}
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
