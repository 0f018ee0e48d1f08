package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/xlsx"
)

// The drop-down is where a decision can be made, and nowhere else.
func TestWorkbookOffersDecisions(t *testing.T) {
	in := toReview()
	f := open(t, string(bookOf(t, in)))
	validations, err := f.GetDataValidations(report.OperationSheet)
	if err != nil || len(validations) != 1 {
		t.Fatalf("%v, %v", validations, err)
	}
	v := validations[0]
	if v.Sqref != "A2:A13" || v.Formula1 != `"apply,hold,never"` || !v.ShowErrorMessage || !strings.Contains(*v.Error,
		"never to leave it and protect") || v.ShowDropDown {
		t.Errorf("%+v", v)
	}
	rows, err := f.GetRows(report.OperationSheet)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows[1:] {
		want := "apply"
		if row[2] == "gone-2" {
			want = "withheld"
		}
		o := in.Plan.Operations[indexOf(t, in.Plan, row[2])]
		if row[0] != want || row[len(row)-1] != in.Plan.ID(&o) {
			t.Errorf("row %d begins with %q and ends with %q", i+2, row[0], row[len(row)-1])
		}
	}
	summary := fmt.Sprint(sheetsOf(t, string(bookOf(t, in)))["Summary"])
	for _, want := range []string{"How to decide", "cometsync apply plan.json --decisions report.xlsx", "20260802T031500Z-7f3a"} {
		if !strings.Contains(summary, want) {
			t.Errorf("the summary does not say %q", want)
		}
	}
	for name, make := range map[string]func() report.Input{"done": partial, "refused": refused} {
		sheets := sheetsOf(t, rendered(t, xlsx.Write, mustNew(t, make())))
		if sheets[report.OperationSheet][0][0] != "Operation" || strings.Contains(fmt.Sprint(sheets["Summary"]), "How to decide") {
			t.Errorf("%s: the workbook asks for decisions", name)
		}
	}
}

// Withheld operations are last, and their cells take no decision, however many there are.
func TestWorkbookOffersOneRange(t *testing.T) {
	in := large(4_000)
	in.Run.Command, in.Run.Result = "plan", report.Pending
	for i := range in.Plan.Operations {
		in.Plan.Operations[i].Withheld = i%2 == 1
	}
	in.Results = in.Plan.Unsent()
	content := string(bookOf(t, in))
	validations, err := open(t, content).GetDataValidations(report.OperationSheet)
	if err != nil || len(validations) != 1 || validations[0].Sqref != "A2:A2001" {
		t.Errorf("%v, %v", validations, err)
	}
	for i, row := range sheetsOf(t, content)[report.OperationSheet][1:] {
		if want := map[bool]string{true: "apply", false: xlsx.WithheldWord}[i < 2_000]; row[0] != want {
			t.Fatalf("row %d begins with %q, want %q", i+2, row[0], want)
		}
	}
}

func TestWorkbookShowsDecisions(t *testing.T) {
	in := toReview()
	in.Run.Command, in.Run.Result = "apply", report.Partial
	p := in.Plan
	d := &plan.Decisions{File: "d.csv", SHA256: "ab", Of: make([]plan.Decision, len(p.Operations)),
		Rejected: map[int]bool{indexOf(t, p, "up-5"): true}, Undecided: plan.Hold}
	for uid, of := range map[string]plan.Decision{"gone-1": plan.Never, "new-1": plan.Apply, "up-2": plan.Hold, "up-3": plan.Hold} {
		d.Of[indexOf(t, p, uid)] = of
	}
	for i := range in.Results {
		if result, kept := d.Result(i); kept && !p.Operations[i].Withheld {
			in.Results[i] = result
		} else if !p.Operations[i].Withheld {
			in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 1}
		}
	}
	in.Decisions = d
	sheets := sheetsOf(t, rendered(t, xlsx.Write, mustNew(t, in)))
	header := sheets[report.OperationSheet][0]
	if header[0] != xlsx.DecisionHeader || slices.Contains(header, xlsx.IDHeader) {
		t.Errorf("header %q", header)
	}
	got := map[string]string{}
	for _, row := range sheets[report.OperationSheet][1:] {
		if row[0] != "" {
			got[row[2]] = row[0]
		}
	}
	if diff := cmp.Diff(map[string]string{"gone-1": "never", "new-1": "apply", "up-2": "hold", "up-3": "hold", "up-5": "rejected"},
		got); diff != "" {
		t.Error(diff)
	}
	told := false
	for _, row := range sheets["Summary"] {
		told = told || len(row) > 1 && row[0] == "decided" && strings.Contains(row[1], "apply 1, hold 2, never 1, undecided 7 (taken as "+
			"hold)")
	}
	if !told {
		t.Errorf("the summary does not say what was decided: %q", sheets["Summary"])
	}
}

func TestHeldSheetSaysWhy(t *testing.T) {
	in := toReview()
	got := sheetsOf(t, string(bookOf(t, in)))["Held"]
	want := [][]string{
		{"UID", "Name", "Why", "File", "Row", "What is wrong with that row"},
		{"held-1", "Hanna Held", "held: the row has this user's uid", "data/staff.csv", "21",
			"metadata.@private.salary: holds bytes that are not UTF-8; save the file as UTF-8 and try again"},
		{"gone-2", "Bea Gone", "its deactivation is withheld: " + in.Plan.Withholding()},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// toReview is a plan that somebody is to decide on: every kind of operation,
// one of them withheld, with private values.
func toReview() report.Input {
	in := partial()
	in.Run.Command, in.Run.Result, in.Run.ExitCode = "plan", report.Pending, 0
	in.Plan.Run = in.Run.ID
	in.Results = in.Plan.Unsent()
	in.Verify, in.API = report.Verify{}, report.API{}
	return in
}

// indexOf is the operation on a user.
func indexOf(t testing.TB, p *plan.Plan, uid string) int {
	t.Helper()
	i := slices.IndexFunc(p.Operations, func(o plan.Operation) bool { return o.UID == uid })
	if i < 0 {
		t.Fatalf("no operation on %s", uid)
	}
	return i
}

// bookOf is the workbook of a plan.
func bookOf(t testing.TB, in report.Input) []byte {
	t.Helper()
	return []byte(rendered(t, xlsx.Write, mustNew(t, in)))
}
