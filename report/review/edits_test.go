package review

import (
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
	"cometsync/report"
	"cometsync/report/roster"
)

// What is masked in the report is not in what is said of an edit.
func TestEditsAreTold(t *testing.T) {
	in := toReview()
	in.ShowPrivate = true
	p := saved(t, in)
	cell := func(title, uid string) string { return columnOf(t, title) + fmt.Sprint(sheetRow(t, in, uid)) }
	d, err := decisions("report.xlsx", amend(t, bookOf(t, in), func(f *excelize.File) error {
		return cmpOr(f.SetCellStr(report.OperationSheet, cell("After", "up-4"), secret+" and more"), f.SetCellStr(report.OperationSheet,
			cell("After", "up-2"), "Sales"),
			f.SetCellStr(report.OperationSheet, cell("Role", "up-2"), "boss"))
	}), p, plan.Hold)
	if err != nil {
		t.Fatal(err)
	}
	checkDecisions(t, p, d)
	tail := "; a review may change nothing but the decision: make the change at the source and plan again"
	want := map[string][]user.Defect{
		"up-2": {{Column: "After", Code: user.DecisionEdited, Value: "Sales", Message: `was changed from "Sales & Service"` + tail},
			{Column: "Role", Code: user.DecisionEdited, Value: "boss", Message: "was changed from an empty cell" + tail}},
		"up-4": {{Column: "After", Code: user.DecisionEdited, Value: report.Mask, Private: true,
			Message: `was changed from "statusMessage: On leave until Friday the 7th of August, back in the office then | ` +
				`metadata.@private…"` + tail}},
	}
	got := map[string][]user.Defect{}
	for _, x := range d.Rejects {
		got[x.UID] = x.Defects
		if x.Source != (user.Source{File: "report.xlsx", Sheet: report.OperationSheet, Row: sheetRow(t, in, x.UID)}) {
			t.Errorf("%s is at %v", x.UID, x.Source)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoWorkbookOfThePlan(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	book := bookOf(t, in)
	other := toReview()
	other.Run.ID = "20260101T000000Z-aaaa"
	other.Plan.Run = other.Run.ID
	done, refused := toReview(), toReview()
	done.Run.Command, done.Run.Result, done.Run.ExitCode = "sync", report.Failed, 1
	refused.Run.Result, refused.Run.ExitCode = report.Refused, 4
	refused.Plan.Guards = []plan.Guard{{Name: plan.MaxDeactivate, Limit: "1", Actual: 2, Message: "2 users to deactivate"}}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"another plan": {bookOf(t, other), "the workbook was made for another plan (run 20260101T000000Z-aaaa), and the plan is run " +
			"20260802T031500Z-7f3a"},
		"a run that wrote": {bookOf(t, done), `has no column "Decision"`},
		"a refusal":        {bookOf(t, refused), `has no column "Decision"`},
		"no sheet": {amend(t, book, func(f *excelize.File) error { return f.DeleteSheet(report.OperationSheet) }),
			`has no sheet "Operations", but "Summary", "Rejects", "Held" and "Mend"; give the report.xlsx`},
		"two sheets": {amend(t, book, func(f *excelize.File) error {
			_, err := f.NewSheet(report.OperationSheet + " ")
			return cmpOr(err, f.SetSheetVisible(report.OperationSheet+" ", false))
		}), "two sheets are called Operations"},
		"an empty sheet": {amend(t, book, func(f *excelize.File) error {
			_, err := f.NewSheet("x")
			return cmpOr(err, f.DeleteSheet(report.OperationSheet), f.SetSheetName("x", report.OperationSheet))
		}), "is empty"},
		"no reason": {amend(t, book, func(f *excelize.File) error { return f.RemoveCol(report.OperationSheet, columnOf(t, "Reason")) }),
			`has no column "Reason"`},
		"no id": {amend(t, book, func(f *excelize.File) error { return f.RemoveCol(report.OperationSheet, columnOf(t, "ID")) }),
			`has no column "ID"`},
		"two columns": {amend(t, book, func(f *excelize.File) error { return f.SetCellStr(report.OperationSheet, "Z1", "decision") }),
			`has two columns "Decision"`},
		"no header": {amend(t, book, func(f *excelize.File) error { return f.RemoveRow(report.OperationSheet, 1) }), `has no column`},
		"ids cleared": {amend(t, book, func(f *excelize.File) error {
			for i := range p.Operations {
				if err := f.SetCellStr(report.OperationSheet, columnOf(t, "ID")+fmt.Sprint(i+2), ""); err != nil {
					return err
				}
			}
			return nil
		}), "no row of the sheet Operations has its ID"},
		"other roster": {[]byte(render(t, func(w io.Writer) error { return roster.Write(w, "xlsx", nil, time.Time{}) })),
			`has no sheet "Operations", but "Users"`},
	} {
		_, err := decisions("report.xlsx", c.content, p, plan.Hold)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "report.xlsx: ") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// Whatever is edited but a decision, it is noticed.
func TestEveryEditIsNoticed(t *testing.T) {
	t.Parallel()
	in := awkward()
	p := saved(t, in)
	columns, order := columnsOf(in), uidsOf(t, bookOf(t, in))
	letters := []rune("aZ0 9_x=é😀\"&<'…\n")
	rng := rand.New(rand.NewPCG(7, 11))
	for range slow.Times(4, 20) {
		uids := map[string]bool{}
		content := amend(t, bookOf(t, in), func(f *excelize.File) error {
			for range 10 {
				row, column := 2+rng.IntN(len(p.Operations)), 1+rng.IntN(len(columns)-1)
				cell := workbook.Letters(column) + fmt.Sprint(row)
				old, err := f.GetCellValue(report.OperationSheet, cell, excelize.Options{RawCellValue: true})
				if err != nil {
					return err
				}
				text := []rune(old)
				letter := letters[rng.IntN(len(letters))]
				switch at := rng.IntN(len(text) + 1); {
				case rng.IntN(3) == 0 && at < len(text):
					text = slices.Delete(text, at, at+1)
				case rng.IntN(2) == 0 && at < len(text):
					text[at] = letter
				default:
					text = slices.Insert(text, at, letter)
				}
				if strings.TrimSpace(string(text)) == strings.TrimSpace(old) || len(text) > 30_000 {
					continue
				}
				if column == len(columns)-1 && strings.EqualFold(strings.TrimSpace(string(text)), strings.TrimSpace(old)) {
					continue
				}
				if err := f.SetCellStr(report.OperationSheet, cell, string(text)); err != nil {
					return err
				}
				uids[order[row-2]] = true
			}
			return nil
		})
		d, err := decisions("report.xlsx", content, p, plan.Hold)
		if err != nil {
			t.Fatal(err)
		}
		checkDecisions(t, p, d)
		for i := range p.Operations {
			uid := p.Operations[i].UID
			switch {
			case uids[uid] && d.Of[i] == plan.Apply:
				t.Errorf("an edit of the row of %s was not noticed", uid)
			case !uids[uid] && d.Of[i] != plan.Apply && !p.Operations[i].Withheld:
				t.Errorf("the row of %s was not edited: %v", uid, complaints(d))
			}
		}
	}
}
