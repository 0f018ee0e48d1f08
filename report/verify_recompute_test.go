package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/verify"
)

// TestAuditRecomputes: with sums that were made anew, and no journal at hand,
// what is edited in one file is still not what follows from the others.
func TestAuditRecomputes(t *testing.T) {
	t.Parallel()
	reports := map[string]string{} // by run and command, as they were written
	for _, c := range recomputed {
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
		a := audited(t, dir, alone)
		if !named(a, c.file) ||
			!slices.ContainsFunc(a.Findings, func(f verify.Finding) bool { return strings.Contains(f.Problem, c.want) }) {
			t.Errorf("%s, %s: the findings are %v, want %s", c.file, c.what, a.Findings, c.want)
		}
		for _, f := range a.Findings {
			if strings.Contains(f.Problem, secret) {
				t.Errorf("%s, %s: %s tells a private value", c.file, c.what, f.Problem)
			}
		}
	}
}

// recomputed is what somebody edits, and what is found of it.
var recomputed = []struct {
	of   func() report.Input
	file string
	what string
	edit func(string) string
	want string
}{
	{partial, "report.json", "a count", once(`"applied": 2`, `"applied": 3`),
		`line 128: it says "applied": 3; by plan.json and its own li`},
	{partial, "report.json", "planned", once(`"planned": 5`, `"planned": 6`),
		`line 136: it says "planned": 6; by plan.json and its own li`},
	{partial, "report.json", "an outcome", once(`"outcome":"drifted"`, `"outcome":"applied"`),
		"line 11: it says cess back, 2 were created"},
	{partial, "report.json", "a line", func(s string) string {
		i := strings.Index(s, `    {"op":"update","uid":"up-2"`)
		return s[:i] + s[i+strings.Index(s[i:], "\n")+1:]
	}, "line 11: it says cess back, 2 were created and 3 were updated; but 1 change failed, 1 change is …; by plan.json and its own " +
		"lists:"},
	{partial, "report.json", "a count of users", once(`"unchanged": 59`, `"unchanged": 58`),
		`line 162: it says "unchanged": 58; by plan.j`},
	{partial, "report.json", "a count that was accounted for", once(`"kept": 1`, `"kept": 2`),
		`line 166: it says "kept": 2; by plan.json `},
	{partial, "report.json", "two counts of users", func(s string) string {
		return once(`"protected": 3`, `"protected": 2`)(once(`"unchanged": 59`, `"unchanged": 60`)(s))
	}, `line 162: it says "unchanged": 60; by plan.json and its own lists: "unchanged": 59`},
	{partial, "report.json", "the app", once(`"appId": "2748abc"`, `"appId": "2748abd"`),
		`line 15: it says "appId": "2748abd"; by plan.js`},
	{partial, "report.json", "rows", once(`"rows": 1246`, `"rows": 1247`),
		`line 39: it says "rows": 1247; by plan.json and its own lists:`},
	{partial, "report.json", "a file's hash", once(`"sha256": "9f`, `"sha256": "8f`),
		`line 24: it says "sha256": "8f86d081884c7d659a2feaa`},
	{partial, "report.json", "a reject", func(s string) string {
		i := strings.Index(s, `    {"file":"data/staff.csv","sheet":"","row":22`)
		return s[:i] + s[i+strings.Index(s[i:], "\n")+1:]
	}, `line 178: it says "file":"data/hr.xlsx","sheet":"People","row":5,"uid":"meta-1","column":"metadat…; by plan.json and its own lists`},
	{partial, "report.json", "a uid", once(`"uid":"gone-1"`, `"uid":"gone-0"`),
		`line 11: it says "verdict": "Done in part: 2 users lost a`},
	{partial, "report.json", "a value", once(`"after":"Marketing"`, `"after":"Sales"`),
		`line 194 (update 1234567890123456789): it says "a`},
	{partial, "report.json", "a value that is masked", once(`"after":"Marketing"`, `"after":"•••"`),
		`line 194 (update 12345678901234567`},
	{partial, "report.json", "a mask", once(`"before":null,"after":"•••"`, `"before":null,"after":"400"`),
		`line 191 (create new-1): it says "`},
	{partial, "report.json", "a field", once(`{"field":"role","before":"staff","after":"manager","cause":"configuration"},`, ``),
		`line 196 (update up-3): it says "f`},
	{partial, "report.json", "a name", once(`"name":"Zoë"`, `"name":"Zoe"`),
		`line 198 (update up-5): it says "name":"Zoe","reason":"fiel`},
	{partial, "report.json", "a reason", once(`"reason":"state column"`, `"reason":"in the roster"`),
		`line 189 (reactivate back-1): it sa`},
	{partial, "report.json", "a source row", once(`"row":14}`, `"row":15}`),
		`line 198 (update up-5): it says "row":15},"outcome":"drifted`},
	{partial, "report.json", "an id", once(`"id":"ccf3`, `"id":"0000`),
		`line 189 (reactivate back-1): it says "id":"0000f588fd53262d","na`},
	{partial, "report.json", "the result", once(`"result": "partial"`, `"result": "converged"`), "its exit code 3 instead of 0"},
	{partial, "report.json", "the result and its code", func(s string) string {
		return once(`"exitCode": 3`, `"exitCode": 0`)(once(`"result": "partial"`, `"result": "converged"`)(s))
	}, "the run is converged, and 9 of 13 operations are applied and 8 things left to see to"},
	{partial, "report.json", "a result that was none", func(s string) string {
		return once(`"exitCode": 3`, `"exitCode": 0`)(once(`"result": "partial"`, `"result": "pending"`)(s))
	}, "the run is pending, and 11 operations were sent"},
	{partial, "report.json", "a cause", once(`"after":"manager","cause":"configuration"`, `"after":"manager","cause":"app"`),
		`line 196 (update up-3): it says "c`},
	{partial, "report.json", "a cause that is taken out", once(`,"cause":"configuration"`, ``),
		`line 196 (update up-3): it says "after":"`},
	{partial, "operations.csv", "a cause", once(`""role"":""configuration""`, `""role"":""app""`),
		`row 8 (update up-3): causes is "{\"nam`},
	{unmasked, "report.json", "a mask on one value of several",
		once(`"before":"`+secret+`-old","after":"`+secret+`"`,
			`"before":"•••","after":"`+secret+`"`), "line 198 (update up-4): before is "},
	{refused, "report.json", "a guard", once(`"tripped": true`, `"tripped": false`),
		`line 117: it says "tripped": false; by plan.json and`},
	{partial, "report.json", "what remains", once(`"remaining": 3`, `"remaining": 2`),
		"2 differences remain, and 3 of them are listed"},
	{partial, "report.json", "a key twice", once(`"remaining": 3`, `"remaining": 3, "remaining": 3`),
		`line 216: it says "remaining": 3, "`},
	{partial, "report.json", "a key that is none", once(`"remaining": 3`, `"remaining": 3, "sold": 1`),
		`line 216: it says "remaining": 3, `},
	{partial, "report.json", "an operation's key twice", once(`"outcome":"drifted"`, `"outcome":"applied","outcome":"drifted"`),
		`line 198 (update up-5): it says "o`},
	{partial, "report.json", "a key that is lacking", once(`"attempts":1,`, ``),
		`line 189 (reactivate back-1): it says "outcome":"applied`},
	{partial, "report.json", "its end", func(s string) string { return s[:len(s)/2] }, "it is cut off after"},
	{partial, "report.json", "more at its end", func(s string) string { return s + "{}" },
		"invalid character '{' after top-level value"},
	{decided, "report.json", "a decision", once(`"decision":"hold"`, `"decision":"apply"`),
		`line 133: it says "apply": 9; by plan.json an`},
	{decided, "report.json", "what was held", func(s string) string {
		i := strings.Index(s, `"decision":"hold"`)
		return s[:i] + once(`"outcome":"skipped"`, `"outcome":"applied"`)(s[i:])
	}, `line 11: it says "verdict": "Done in part: 2 users got access back, 2 were created and 2 were up…; by plan.json and its own lists:`},
	{decided, "report.json", "a decision less", once(`"decision":"never",`, ``),
		`line 135: it says "never": 1; by plan.json and its own l`},
	{decided, "report.json", "the plan's run", once(`"run": "20260801T120000Z-0a0b"`, `"run": "20260801T120000Z-0a0c"`),
		`line 14: it says "run": "20260801T`},
	{undone, "report.json", "a conflict", once(`"gone":true`, `"gone":false`),
		`line 104: it says "gone":false}; by plan.json and its own `},

	{partial, "operations.csv", "an outcome", once(",drifted,", ",applied,"),
		`row 10 (update up-5): outcome is "applied", and by plan.jso`},
	{partial, "operations.csv", "a uid", once("deactivate,gone-1", "deactivate,gone-0"),
		`row 11 (deactivate gone-1): uid is "gone-0", and`},
	{partial, "operations.csv", "an operation", once("update,up-5", "create,up-5"),
		`row 10 (update up-5): op is "create", and by plan.jso`},
	{partial, "operations.csv", "a line", dropLine(3),
		`row 3 (create new-1): uid is "new-2", and by plan.json and report.json "new-1"`},
	{partial, "operations.csv", "its last line", dropLine(-1),
		"it ends after 12 rows, and there are more by plan.json and report.json"},
	{partial, "operations.csv", "a line more", func(s string) string { return s + s[strings.LastIndex(s[:len(s)-1], "\n")+1:] },
		"row 14: there is no such row by pl"},
	{partial, "operations.csv", "a value", once("Marketing", "Sales"),
		`row 6 (update 1234567890123456789): after is "{\"metadata.departme`},
	{partial, "operations.csv", "a role", once("Ada Gone,staff", "Ada Gone,chef"),
		`row 11 (deactivate gone-1): role is "chef", and by pla`},
	{partial, "operations.csv", "a message", once("has changed since the plan", "is as planned"),
		`row 10 (update up-5): message is "the a`},
	{partial, "operations.csv", "attempts", once("applied,3,", "applied,1,"),
		`row 3 (create new-1): attempts is "1", and by plan.json and`},
	{partial, "operations.csv", "its header", once("outcome,attempts", "attempts,outcome"), "its header is not the one"},
	{partial, "operations.csv", "a quote", once("update,up-5", `update,"up-5`), "row 10 can't be read: "},
	{partial, "operations.csv", "all", func(string) string { return "" }, "it is empty"},

	{partial, "rejects.csv", "a line", dropLine(1), "row 1: "},
	{partial, "rejects.csv", "its last line", dropLine(-1),
		"it ends after 4 rows, and there are more by plan.json and report.json"},
	{partial, "rejects.csv", "a row's number", once(",data/staff.csv,22,", ",data/staff.csv,23,"),
		`row 3: by plan.json and report.json, _`},
	{partial, "rejects.csv", "a code", once("uid-missing", "uid-invalid"),
		`row 5: by plan.json and report.json, _code is "uid-missing"`},

	{undone, "conflicts.csv", "who is gone", once("new-2,,true", "new-2,,false"),
		`row 2 (new-2): gone is "false", and by plan.json and re`},
	{undone, "conflicts.csv", "its last line", dropLine(-1), "it ends after 2 rows"},

	{partial, "users.csv", "a place", once("kept-000,kept", "kept-000,protected"),
		"users kept: 1, and what is listed comes to 0"},
	{partial, "users.csv", "an operation", once("up-5,update", "up-5,unchanged"),
		"users unchanged: 59, and what is listed comes to 60"},
	{partial, "users.csv", "an operation more", once("unchanged-000,unchanged", "unchanged-000,update"),
		"users unchanged: 59, and what is listed comes to 58"},
	{partial, "users.csv", "a user with an operation", once("up-5,update,Zoë\n", ""),
		"it ends after 81 rows, and there are more by plan.json and report.json"},
	{partial, "users.csv", "a user", once("kept-000,kept,Zoë O’Hara 0\n", ""), "users kept: 1, and what is listed comes to 0"},
	{partial, "users.csv", "who is held", once("held-1,held", "held-2,held"),
		`the books do not balance: held-2 is placed as held, and "held-1" comes next of those`},
	{partial, "users.csv", "a user twice", once("kept-000,kept,", "kept-000,kept,\nkept-000,kept,"),
		"users kept: 1, and what is listed comes to 2"},
	{partial, "users.csv", "a place that is none", once("kept-000,kept", "kept-000,sold"),
		`row 46: kept-000: unknown place "sold"`},
	{leaving, "users.csv", "who is leaving", once("l-2,leaving", "l-2,kept"), "users leaving: 3, and what is listed comes to 2"},
	{leaving, "users.csv", "a stranger", once("stranger-000,stranger", "stranger-000,kept"),
		"users stranger: 2, and what is listed comes to 1"},
	{leaving, "report.json", "who is leaving", once(`"uid":"l-2"`, `"uid":"l-2b"`),
		`line 170: it says "uid":"l-2b","name":"=Lou","since":`},
	{leaving, "report.json", "for how long", once(`"runs":1`, `"runs":2`),
		`line 169: it says "runs":2,"of":3,"from":"2026-08-03T19:15:00Z`},
	{leaving, "report.json", "how many are leaving", once(`"leaving": 3`, `"leaving": 2`),
		`line 157: it says "leaving": 2; by plan.json a`},
	{leaving, "plan.json", "whose absence", resealed(func(p *plan.Plan, _ *user.Intake) { p.Leaving[0].Of = 9 }),
		"line 37: it says - `l-1` (`<b>Lea</"},
	{partial, "users.csv", "its header", once("uid,place", "place,uid"), "its header is not the one"},

	{partial, "plan.json", "a byte", once(`"protected":3`, `"protected":4`), "its hash does not fit"},
	{partial, "plan.json", "a count", resealed(func(p *plan.Plan, _ *user.Intake) { p.Kept++ }), "does not hold together"},
	{partial, "plan.json", "two counts", resealed(func(p *plan.Plan, _ *user.Intake) { p.Kept++; p.Protected-- }),
		`line 165: it says "protected": 3; `},
	{partial, "plan.json", "an operation",
		resealed(func(p *plan.Plan, _ *user.Intake) { p.Operations = p.Operations[:12]; p.Unchanged++ }),
		"line 1: it says **Done in part: 2 "},
	{partial, "plan.json", "a value",
		resealed(func(p *plan.Plan, _ *user.Intake) { p.Of(plan.Update)[4].Changes[0].After = `"x"` }),
		`row 10 (update up-5): after is "{\`},
	{partial, "plan.json", "a role", resealed(func(p *plan.Plan, _ *user.Intake) { p.Of(plan.Update)[2].Role = "x" }),
		`row 8 (update up-3): role is "mana`},
	{partial, "plan.json", "rows", resealed(func(_ *plan.Plan, in *user.Intake) { in.Rows++; in.Users++ }),
		"the books do not balance: 1,247 source rows, but the files have 1,246"},
	{partial, "plan.json", "the whole file", nil, "it is missing, and report.json tells of a plan"},

	{partial, "summary.md", "the run", func(s string) string { return strings.ReplaceAll(s, "7f3a", "7f3b") },
		"line 5: it says - run: 20260802T"},
	{partial, "report.html", "the run", func(s string) string { return strings.ReplaceAll(s, "7f3a", "7f3b") },
		": it says run <code>202608"},
	{partial, "report.html", "its kind", func(s string) string { return "## " + s },
		"line 1: it says ## <!DOCTYPE html>; by plan.json and"},
	{partial, "report.xlsx", "a cell", inBook("Operations", "E2", "x"), `sheet Operations, cell E2: it says "x", and by plan.json`},
	{partial, "report.xlsx", "a cell that there is not", inBook("Held", "Z2", "x"), `sheet Held, cell Z2: it says "x", and by`},
	{partial, "report.xlsx", "a cell that is taken out", inBook("Held", "A2", ""), `sheet Held, cell A2: it says "", and by`},
	{partial, "report.xlsx", "how it looks", inBook("Held", "", ""), "sheet Held: it is laid out in another way"},
	{partial, "report.xlsx", "its kind", func(string) string { return "PK" }, "it is not a workbook"},
	{validated, "report.json", "the rejects of a validate", once(`"rejected": 4`, `"rejected": 3`),
		"the books do not balance: 1,246 source rows, but 1,240 users, 2 duplicates and 3 rejects"},
}

// inBook edits a cell of a workbook, or how wide a column is, and saves it as another
// program does.
func inBook(sheet, cell, value string) func(string) string {
	return func(content string) string {
		f, err := excelize.OpenReader(strings.NewReader(content))
		switch {
		case err != nil:
		case cell == "":
			err = f.SetColWidth(sheet, "A", "A", 99)
		default:
			err = f.SetCellStr(sheet, cell, value)
		}
		var b strings.Builder
		if err == nil {
			err = f.Write(&b)
		}
		if err != nil {
			panic(err)
		}
		return b.String()
	}
}
