package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// written is a report on the disk, with what a journal would have of its run.
func written(t testing.TB, in Input) (dir string, against Evidence) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "run")
	sum, err := mustNew(t, in).Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	return dir, Evidence{Run: in.Run.ID, Result: in.Run.Result.String(), Plan: in.Plan, Intake: &in.Intake, Results: in.Results, Sums: sum}
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

func audited(t testing.TB, dir string, against Evidence) *Audited {
	t.Helper()
	a, err := Audit(dir, against)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestAuditFindsNothing in any report as it was written, with a journal at hand
// and without one, and says what it could not check.
func TestAuditFindsNothing(t *testing.T) {
	every := map[string]func() Input{"decided": decided, "unmasked": unmasked, "large": func() Input { return large(400) }}
	for name, in := range fixtures {
		every[name] = in
		every[name+", with places"] = func() Input { return placed(in()) }
	}
	for name, in := range every {
		dir, against := written(t, in())
		for what, e := range map[string]Evidence{"alone": {}, "with a journal": against} {
			a := audited(t, dir, e)
			for _, f := range a.Findings {
				t.Errorf("%s, %s: %s: %s", name, what, f.File, f.Problem)
			}
			if a.Run != against.Run || len(a.Checked) < 4 || (what == "alone") != slices.ContainsFunc(a.Unchecked, func(s string) bool { return strings.HasPrefix(s, sumsName) }) {
				t.Errorf("%s, %s: of run %s, checked %q, and not %q", name, what, a.Run, a.Checked, a.Unchecked)
			}
		}
	}
	dir, against := written(t, placed(partial()))
	a := audited(t, dir, against)
	for _, want := range []string{
		"SHA256SUMS: each of 8 files fits its sum", "SHA256SUMS: its own hash is the one in the journal",
		"plan.json: 13 operations, its hash fits, and its books balance", "plan.json: operation by operation as the journal has it",
		"report.json: 13 operations and 5 rejects, totals and books recomputed", "report.json: operation by operation as plan.json has it",
		"report.json: outcomes and attempts as the journal has them",
		"operations.csv: 13 rows, as report.json lists them", "rejects.csv: 5 rows, as report.json lists them",
		"users.csv: 79 users, recounted by place", "summary.md, report.html and report.xlsx: of run 20260802T031500Z-7f3a",
	} {
		if !slices.Contains(a.Checked, want) {
			t.Errorf("not checked: %s; but\n%s", want, strings.Join(a.Checked, "\n"))
		}
	}
	if len(a.PlanHash) != 64 || !slices.Equal(a.Inputs, partial().Intake.Files) {
		t.Errorf("the plan's hash is %q, the inputs %v", a.PlanHash, a.Inputs)
	}
}

// TestAuditRebased: other programs' keys may have changed between the plan and
// its application, and what is changed is still what was planned.
func TestAuditRebased(t *testing.T) {
	in := partial()
	dir, against := written(t, in)
	rebased := partial().Plan
	for i := range rebased.Operations {
		if o := &rebased.Operations[i]; o.UID == "up-2" {
			o.Changes[0].Before = `{"department":"Sales","level":4,"other":1}`
			o.Changes[0].After = `{"department":"Sales & Service","level":4,"other":1}`
		}
	}
	against.Plan = rebased
	if a := audited(t, dir, against); len(a.Findings) > 0 {
		t.Errorf("the findings are %v", a.Findings)
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
		if e.Name() != sumsName {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(text), e.Name())
		}
	}
	if err := os.WriteFile(filepath.Join(dir, sumsName), sums.Bytes(), 0o600); err != nil {
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
func resealed(t *testing.T, change func(p *plan.Plan, in *user.Intake)) func(string) string {
	return func(s string) string {
		p, in, _, err := plan.Decode(strings.NewReader(s))
		if err != nil {
			t.Fatal(err)
		}
		change(p, in)
		var b bytes.Buffer
		if err := plan.Encode(&b, p, in); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
}

// named says whether a file is named by a finding, or compared with in one.
func named(a *Audited, file string) bool {
	return slices.ContainsFunc(a.Findings, func(f Finding) bool { return f.File == file || strings.Contains(f.Problem, file) })
}

// TestAuditFindsEveryEdit: whatever is done to a file, its sum does not fit.
func TestAuditFindsEveryEdit(t *testing.T) {
	source := everyFile()
	source.Intake, source.Plan.Rejects = partial().Intake, nil
	whole, against := written(t, source)
	if a := audited(t, whole, against); len(a.Findings) > 0 {
		t.Fatalf("as it was written: %v", a.Findings)
	}
	files := []string{sumsName}
	for _, f := range formats {
		files = append(files, f.name)
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
			if a := audited(t, dir, against); !slices.ContainsFunc(a.Findings, func(f Finding) bool { return f.File == name }) {
				t.Errorf("%s, %s: the findings are %v", name, what, a.Findings)
			}
		}
	}
	dir := copied(t, whole)
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := audited(t, dir, against); len(a.Findings) != 0 || !slices.ContainsFunc(a.Unchecked, func(text string) bool { return strings.HasPrefix(text, "notes.txt: ") }) {
		t.Errorf("with a file more that is no part of a report, the findings are %v, and not checked is %v", a.Findings, a.Unchecked)
	}
	if err := os.WriteFile(filepath.Join(dir, "conflicts.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if a := audited(t, dir, against); len(a.Findings) == 0 || a.Findings[0].File != "conflicts.csv" {
		t.Errorf("with a part more, the findings are %v", a.Findings)
	}
	if _, err := Audit(filepath.Join(dir, "none"), against); err == nil {
		t.Error("a directory that is not there was audited")
	}
}

// TestAuditRecomputes: with sums that were made anew, and no journal at hand,
// what is edited in one file is still not what follows from the others.
func TestAuditRecomputes(t *testing.T) {
	p := func(change func(p *plan.Plan, in *user.Intake)) func(string) string { return resealed(t, change) }
	reports := map[string]string{} // by run and command, as they were written
	for _, c := range []struct {
		of   func() Input
		file string
		what string
		edit func(string) string
		want string
	}{
		{partial, "report.json", "a count", once(`"applied": 2`, `"applied": 3`), "its summary has 3 applied of create, and its list 2"},
		{partial, "report.json", "planned", once(`"planned": 5`, `"planned": 6`), "its summary has 6 planned of update, and its list 5"},
		{partial, "report.json", "an outcome", once(`"outcome":"drifted"`, `"outcome":"applied"`), "its summary has 3 applied of update, and its list 4"},
		{partial, "report.json", "a line", func(s string) string {
			i := strings.Index(s, `    {"op":"update","uid":"up-2"`)
			return s[:i] + s[i+strings.Index(s[i:], "\n")+1:]
		}, "operation 7 is to update up-3, and in plan.json to update up-2"},
		{partial, "report.json", "a count of users", once(`"unchanged": 59`, `"unchanged": 58`), "unchanged users: 58, and plan.json: 59"},
		{partial, "report.json", "a count that was accounted for", once(`"kept": 1`, `"kept": 2`), "users of the app: 76, and those that it accounts for: 77"},
		{partial, "report.json", "two counts of users", func(s string) string {
			return once(`"protected": 3`, `"protected": 2`)(once(`"unchanged": 59`, `"unchanged": 60`)(s))
		}, "protected users: 2, and plan.json: 3"},
		{partial, "report.json", "the app", once(`"appId": "2748abc"`, `"appId": "2748abd"`), "the app: "},
		{partial, "report.json", "rows", once(`"rows": 1246`, `"rows": 1247`), "rows (users, duplicates and rejects): 1247, and what they come to: 1246"},
		{partial, "report.json", "a file's hash", once(`"sha256": "9f`, `"sha256": "8f`), "the files that were read are not those of plan.json"},
		{partial, "report.json", "a reject", func(s string) string {
			i := strings.Index(s, `    {"file":"data/staff.csv","sheet":"","row":22`)
			return s[:i] + s[i+strings.Index(s[i:], "\n")+1:]
		}, "rejects: 5, and its list: 4"},
		{partial, "report.json", "a uid", once(`"uid":"gone-1"`, `"uid":"gone-0"`), "operation 11 is to deactivate gone-0, and in plan.json to deactivate gone-1"},
		{partial, "report.json", "a value", once(`"after":"Marketing"`, `"after":"Sales"`), "its value of metadata.department after is not that of plan.json"},
		{partial, "report.json", "a value that is masked", once(`"after":"Marketing"`, `"after":"•••"`), "its value of metadata.department after is not that of plan.json"},
		{partial, "report.json", "a Mask", once(`"before":null,"after":"•••"`, `"before":null,"after":"400"`), "its value of metadata.@private.salary after"},
		{partial, "report.json", "a field", once(`{"field":"role","before":"staff","after":"manager","cause":"configuration"},`, ``), "changes 2 fields, and in plan.json 3"},
		{partial, "report.json", "a name", once(`"name":"Zoë"`, `"name":"Zoe"`), "its name is not that of plan.json"},
		{partial, "report.json", "a reason", once(`"reason":"state column"`, `"reason":"in the roster"`), "its reason is not that of plan.json"},
		{partial, "report.json", "a source row", once(`"row":14}`, `"row":15}`), "its source row is not that of plan.json"},
		{partial, "report.json", "an id", once(`"id":"ccf3`, `"id":"0000`), "its id is not that of plan.json"},
		{partial, "report.json", "the result", once(`"result": "partial"`, `"result": "converged"`), "its exit code 3 instead of 0"},
		{partial, "report.json", "the result and its code", func(s string) string {
			return once(`"exitCode": 3`, `"exitCode": 0`)(once(`"result": "partial"`, `"result": "converged"`)(s))
		}, "the run is converged, and 9 of 13 operations are applied and 8 things left to see to"},
		{partial, "report.json", "a result that was none", func(s string) string {
			return once(`"exitCode": 3`, `"exitCode": 0`)(once(`"result": "partial"`, `"result": "pending"`)(s))
		}, "the run is pending, and 11 operations were sent"},
		{partial, "report.json", "a cause", once(`"after":"manager","cause":"configuration"`, `"after":"manager","cause":"app"`), "its cause of role"},
		{partial, "report.json", "a cause that is taken out", once(`,"cause":"configuration"`, ``), "its cause of role"},
		{partial, "operations.csv", "a cause", once(`""role"":""configuration""`, `""role"":""app""`), "causes is not what report.json has"},
		{unmasked, "report.json", "a Mask on one value of several", once(`"before":"`+secret+`-old","after":"`+secret+`"`, `"before":"•••","after":"`+secret+`"`), "it masks some private values and shows others"},
		{refused, "report.json", "a guard", once(`"tripped": true`, `"tripped": false`), "a guard tripped: false, and it has 2 reasons"},
		{partial, "report.json", "what remains", once(`"remaining": 3`, `"remaining": 2`), "2 differences remain, and 3 of them are listed"},
		{partial, "report.json", "a key twice", once(`"remaining": 3`, `"remaining": 3, "remaining": 3`), `the key "remaining" stands twice`},
		{partial, "report.json", "a key that is none", once(`"remaining": 3`, `"remaining": 3, "sold": 1`), "unknown field"},
		{partial, "report.json", "an operation's key twice", once(`"outcome":"drifted"`, `"outcome":"applied","outcome":"drifted"`), "element 10"},
		{partial, "report.json", "a key that is lacking", once(`"attempts":1,`, ``), `there is no "attempts"`},
		{partial, "report.json", "its end", func(s string) string { return s[:len(s)/2] }, "it is cut off after"},
		{partial, "report.json", "more at its end", func(s string) string { return s + "{}" }, "text after its end"},
		{decided, "report.json", "a decision", once(`"decision":"hold"`, `"decision":"apply"`), `9 operations have the decision "apply", and 10 in its list`},
		{decided, "report.json", "what was held", func(s string) string {
			i := strings.Index(s, `"decision":"hold"`)
			return s[:i] + once(`"outcome":"skipped"`, `"outcome":"applied"`)(s[i:])
		}, "is applied, and the decision on it is hold"},
		{decided, "report.json", "a decision less", once(`"decision":"never",`, ``), "decisions are on all operations or on none"},
		{decided, "report.json", "the plan's run", once(`"run": "20260801T120000Z-0a0b"`, `"run": "20260801T120000Z-0a0c"`), "the plan that it names, of run 20260801T120000Z-0a0c, is not plan.json, of run"},
		{undone, "report.json", "a conflict", once(`"gone":true`, `"gone":false`), "users in conflict: 2, and its list: 3"},

		{partial, "operations.csv", "an outcome", once(",drifted,", ",applied,"), `outcome is "applied", and report.json has "drifted" for operation 10`},
		{partial, "operations.csv", "a uid", once("deactivate,gone-1", "deactivate,gone-0"), `uid is "gone-0", and report.json has "gone-1" for operation 11`},
		{partial, "operations.csv", "an operation", once("update,up-5", "create,up-5"), `op is "create", and report.json has "update" for operation 10`},
		{partial, "operations.csv", "a line", dropLine(3), "row 3: uid"},
		{partial, "operations.csv", "its last line", dropLine(-1), "it ends after 12 rows, and report.json lists more"},
		{partial, "operations.csv", "a line more", func(s string) string { return s + s[strings.LastIndex(s[:len(s)-1], "\n")+1:] }, "it has 14 rows, and report.json lists 13"},
		{partial, "operations.csv", "a value", once("Marketing", "Sales"), "after is not what plan.json has for operation 6"},
		{partial, "operations.csv", "a role", once("Ada Gone,staff", "Ada Gone,chef"), "role is not what plan.json has for operation 11"},
		{partial, "operations.csv", "a message", once("has changed since the plan", "is as planned"), "message is not what report.json has for operation 10"},
		{partial, "operations.csv", "attempts", once("applied,3,", "applied,1,"), `attempts is "1", and report.json has "3"`},
		{partial, "operations.csv", "its header", once("outcome,attempts", "attempts,outcome"), "its header is not the one"},
		{partial, "operations.csv", "a quote", once("update,up-5", `update,"up-5`), "it can't be read on"},
		{partial, "operations.csv", "all", func(string) string { return "" }, "it is empty"},

		{partial, "rejects.csv", "a line", dropLine(1), "row 1: "},
		{partial, "rejects.csv", "its last line", dropLine(-1), "it ends after 4 rows, and report.json lists more"},
		{partial, "rejects.csv", "a row's number", once(",data/staff.csv,22,", ",data/staff.csv,23,"), "row 3: _row is not what report.json has for reject 3"},
		{partial, "rejects.csv", "a code", once("uid-missing", "uid-invalid"), "row 5: _code"},

		{undone, "conflicts.csv", "who is gone", once("new-2,,true", "new-2,,false"), `gone is "false", and report.json has "true"`},
		{undone, "conflicts.csv", "its last line", dropLine(-1), "it ends after 2 rows"},

		{partial, "users.csv", "a place", once("kept-000,kept", "kept-000,protected"), "users kept: 0, and report.json has 1"},
		{partial, "users.csv", "an operation", once("up-5,update", "up-5,unchanged"), "up-5 is unchanged, and plan.json has an operation on it: update"},
		{partial, "users.csv", "an operation more", once("unchanged-000,unchanged", "unchanged-000,update"), "unchanged-000 is to update, and plan.json has no operation on it"},
		{partial, "users.csv", "a user with an operation", once("up-5,update\n", ""), "up-5 is missing"},
		{partial, "users.csv", "a user", once("kept-000,kept\n", ""), "users in all: 78, and report.json has 79"},
		{partial, "users.csv", "who is held", once("held-1,held", "held-2,held"), "the users held are not those that report.json lists"},
		{partial, "users.csv", "a user twice", once("kept-000,kept\n", "kept-000,kept\nkept-000,kept\n"), "kept-000 is out of order behind kept-000"},
		{partial, "users.csv", "a place that is none", once("kept-000,kept", "kept-000,sold"), `"sold", which is no place`},
		{leaving, "users.csv", "who is leaving", once("l-2,leaving", "l-2,kept"), "users leaving: 2, and report.json has 3"},
		{leaving, "users.csv", "a stranger", once("stranger-000,stranger", "stranger-000,kept"), "users who are strangers: 1, and report.json has 2"},
		{leaving, "report.json", "who is leaving", once(`"uid":"l-2"`, `"uid":"l-2b"`), "user 2 who is leaving is l-2b (2 of 3 runs), and in plan.json l-2 (2 of 3 runs)"},
		{leaving, "report.json", "for how long", once(`"runs":1`, `"runs":2`), "user 1 who is leaving is l-1 (2 of 3 runs), and in plan.json l-1 (1 of 3 runs)"},
		{leaving, "report.json", "how many are leaving", once(`"leaving": 3`, `"leaving": 2`), "users who are leaving: 2, and its list: 3"},
		{leaving, "plan.json", "whose absence", p(func(p *plan.Plan, _ *user.Intake) { p.Leaving[0].Of = 9 }), "user 1 who is leaving is l-1 (1 of 3 runs), and in plan.json l-1 (1 of 9 runs)"},
		{partial, "users.csv", "its header", once("uid,place", "place,uid"), "its header is not the one"},

		{partial, "plan.json", "a byte", once(`"protected":3`, `"protected":4`), "its hash does not fit"},
		{partial, "plan.json", "a count", p(func(p *plan.Plan, _ *user.Intake) { p.Kept++ }), "does not hold together"},
		{partial, "plan.json", "two counts", p(func(p *plan.Plan, _ *user.Intake) { p.Kept++; p.Protected-- }), "users that are kept: 1, and plan.json: 2"},
		{partial, "plan.json", "an operation", p(func(p *plan.Plan, _ *user.Intake) { p.Operations = p.Operations[:12]; p.Unchanged++ }), "operations: 13, and plan.json: 12"},
		{partial, "plan.json", "a value", p(func(p *plan.Plan, _ *user.Intake) { p.Of(plan.Update)[4].Changes[0].After = `"x"` }), "its value of avatar after is not that of plan.json"},
		{partial, "plan.json", "a role", p(func(p *plan.Plan, _ *user.Intake) { p.Of(plan.Update)[2].Role = "x" }), "role is not what plan.json has for operation 8"},
		{partial, "plan.json", "rows", p(func(_ *plan.Plan, in *user.Intake) { in.Rows++; in.Users++ }), "source rows: 1246, and plan.json: 1247"},
		{partial, "plan.json", "the whole file", nil, "it is missing, and report.json tells of a plan"},

		{partial, "summary.md", "the run", func(s string) string { return strings.ReplaceAll(s, "7f3a", "7f3b") }, "it does not name run 20260802T031500Z-7f3a"},
		{partial, "report.html", "the run", func(s string) string { return strings.ReplaceAll(s, "7f3a", "7f3b") }, "it does not name run"},
		{partial, "report.html", "its kind", func(s string) string { return "## " + s }, `it does not begin with "<!DOCTYPE html>"`},
		{partial, "report.xlsx", "its kind", func(string) string { return "PK" }, "it is no workbook"},
		{validated, "report.json", "the rejects of a validate", once(`"rejected": 4`, `"rejected": 3`), "rejects: 3, and its list: 4"},
	} {
		in := placed(c.of())
		of := fmt.Sprint(in.Run.Command, in.Run.Result, in.ShowPrivate)
		if reports[of] == "" {
			reports[of], _ = written(t, in)
		}
		dir := copied(t, reports[of])
		if c.edit == nil {
			if err := os.Remove(filepath.Join(dir, c.file)); err != nil {
				t.Fatal(err)
			}
		} else {
			edit(t, dir, c.file, c.edit)
		}
		resum(t, dir)
		a := audited(t, dir, Evidence{})
		if !named(a, c.file) || !slices.ContainsFunc(a.Findings, func(f Finding) bool { return strings.Contains(f.Problem, c.want) }) {
			t.Errorf("%s, %s: the findings are %v, want %s", c.file, c.what, a.Findings, c.want)
		}
		for _, f := range a.Findings {
			if strings.Contains(f.Problem, secret) {
				t.Errorf("%s, %s: %s tells a private value", c.file, c.what, f.Problem)
			}
		}
	}
}

// Earlier versions wrote operations.csv without causes.
func TestAuditOfOperationsWithoutCauses(t *testing.T) {
	dir, _ := written(t, placed(clean()))
	edit(t, dir, "operations.csv", func(text string) string {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, byteOrderMark))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		for _, row := range rows {
			_ = w.Write(row[:len(row)-1]) // a strings.Builder takes everything
		}
		w.Flush()
		return byteOrderMark + b.String()
	})
	resum(t, dir)
	if a := audited(t, dir, Evidence{}); len(a.Findings) > 0 {
		t.Errorf("the findings are %v", a.Findings)
	}
}

func unmasked() Input {
	in := partial()
	in.ShowPrivate = true
	return in
}
