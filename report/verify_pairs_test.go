package report_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/verify"
)

// zoe begins the pair of Zoe in report.json.
const zoe = `    {"old":"zoe.key"`

// TestAuditOfPairs: report.json, plan.json and rekey.csv agree on them, and on
// whom rows hold, or the sums do not save whoever edits one.
func TestAuditOfPairs(t *testing.T) {
	t.Parallel()
	p := func(change func(p *plan.Plan)) func(string) string {
		return resealed(func(p *plan.Plan, _ *user.Intake) { change(p) })
	}
	whole, _ := written(t, rekeyed())
	if a := audited(t, whole, alone); len(a.Findings) > 0 || !slices.Contains(a.Checked,
		"operations.csv, rejects.csv, rekey.csv, report.html, report.json, report.xlsx and summary.md: rendered again, byte for byte") {
		t.Fatalf("as it was written: %v, checked %q", a.Findings, a.Checked)
	}
	for _, c := range []struct {
		file, what string
		edit       func(string) string
		want       string
	}{
		{"report.json", "a pair less", func(s string) string {
			i := strings.Index(s, zoe)
			return strings.TrimSuffix(s[:i], ",\n") + "\n" + s[i+strings.Index(s[i:], "\n")+1:]
		}, `line 201: it says "row":33}}; by plan.json and its own lists: "row":33}}`},
		{"report.json", "the list of pairs", func(s string) string {
			i := strings.Index(s, `  "rekeys": [`)
			return s[:i] + s[strings.Index(s, `  "conflicts": [`):]
		}, `line 196: it says "conflicts": []; by plan.json and its own lists: "rekeys": [`},
		{"report.json", "a pair's new uid", once(`"new":"456"`, `"new":"457"`),
			`line 197: it says "new":"457","oldName":"=1+1","newName":"<im`},
		{"report.json", "a pair's old uid", once(`"old":"000456"`, `"old":"000455"`),
			`line 197: it says "old":"000455","new":"456","oldName":`},
		{"report.json", "a pair's reason", once(`"because":"leading-zeros","confidence"`, `"because":"same-key","confidence"`),
			`line 197: it says "because":"same-`},
		{"report.json", "a pair's confidence", once(`"confidence":99`, `"confidence":9`),
			`line 197: it says "confidence":9,"source":{"file":"`},
		{"report.json", "a pair's row", once(`"confidence":99,"source":{"file":"data/staff.csv","sheet":"","row":30}`,
			`"confidence":99,"source":{"file":"data/staff.csv","sheet":"","row":31}`), `line 197: it says "row":31}}; by p`},
		{"report.json", "a pair's name", once(`"oldName":"=1+1"`, `"oldName":"=1+2"`),
			`line 197: it says "oldName":"=1+2","newName":"<img src`},
		{"report.json", "an operation on a pair's new user", once(`{"op":"create","uid":"new-1"`, `{"op":"create","uid":"456"`),
			"line 11: it says st access, 2 got "},
		{"report.json", "an operation on a pair's old user", once(`{"op":"deactivate","uid":"gone-1"`,
			`{"op":"deactivate","uid":"corp-mia"`),
			`line 11: it says "verdict": "Done `},
		{"report.json", "why somebody is held", once(`"row":20},"because":"same-key"`, `"row":20},"because":"same-uid"`),
			`line 186: it says "because":"same-`},
		{"report.json", "by which row", once(`"row":20},"because":"same-key"`, `"row":21},"because":"same-key"`),
			`line 186: it says "row":21},"becau`},
		{"report.json", "whom a reject holds", once(`"holds":["held-1"]`, `"holds":[]`),
			`line 177: it says "holds":[]}; by plan.json and its `},
		{"report.json", "a result that open pairs rule out", func(s string) string {
			return once(`"exitCode": 3`, `"exitCode": 0`)(once(`"result": "partial"`, `"result": "converged"`)(s))
		}, "14 things left to see to"},

		{"rekey.csv", "a pair less", dropLine(-1), "it ends after 5 rows, and there are more by plan.json and report.json"},
		{"rekey.csv", "a pair more", func(s string) string { return s + s[strings.LastIndex(s[:len(s)-1], "\n")+1:] },
			"row 7: there is no such row by pla"},
		{"rekey.csv", "a decision", once("Mia Ode,,", "Mia Ode,different,"),
			`row 4 (corp-mia mia@example): decision is "different", and by pl`},
		{"rekey.csv", "a uid", once("000456,", "456,"), `row 6 (000456 456): old_uid is "456", and by plan.json and report.json "000456"`},
		{"rekey.csv", "its header", once("old_uid,new_uid", "new_uid,old_uid"), "its header is not the one"},
		{"rekey.csv", "the whole file", nil, "it is missing"},

		{"plan.json", "a pair less", p(func(p *plan.Plan) { p.Rekeys = p.Rekeys[1:] }),
			"line 1: it says auth token could not be had, 6 people"},
		{"plan.json", "another pair", p(func(p *plan.Plan) { p.Rekeys[0].New = "457" }),
			`row 6 (000456 457): new_uid is "456", and by plan.js`},
		{"plan.json", "a pair that is not held", p(func(p *plan.Plan) { p.Rekeys[0].Old = "000455" }),
			"000455 and 456 are a pair, and 000455 is not held"},
		{"plan.json", "a pair that is created", p(func(p *plan.Plan) { p.Rekeys[0].New = "new-1" }),
			"000456 and new-1 are a pair, and there is an operation to create new-1"},
	} {
		dir := copied(t, whole)
		if c.edit == nil {
			if err := os.Remove(filepath.Join(dir, c.file)); err != nil {
				t.Fatal(err)
			}
		} else {
			edit(t, dir, c.file, c.edit)
		}
		resum(t, dir)
		if a := audited(t, dir, alone); !named(a, c.file) || !slices.ContainsFunc(a.Findings,
			func(f verify.Finding) bool { return strings.Contains(f.Problem, c.want) }) {
			t.Errorf("%s, %s: the findings are %v, want %s", c.file, c.what, a.Findings, c.want)
		}
	}
	// A journal has pairs of its own.
	dir, against := written(t, rekeyed())
	against.Plan = rekeyed().Plan
	against.Plan.Rekeys[0].Confidence = 1
	if a := audited(t, dir, against); len(a.Findings) != 1 || !strings.Contains(a.Findings[0].Problem, "the journal has") {
		t.Errorf("against another journal, the findings are %v", a.Findings)
	}
}
