package review

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
	"cometsync/report"
	"cometsync/report/sheet"
)

// awkward is a plan whose texts no program is to change by saving them.
func awkward() report.Input {
	in := toReview()
	p := in.Plan
	var operations []plan.Operation
	for _, o := range p.Operations {
		if o.Verb != plan.Update {
			operations = append(operations, o)
		}
	}
	updates := 0
	for i, text := range []string{
		"=1+1", "'=1+1", "'quoted", "''", "+49 30 123", "-1", "@SUM(A1)", "007", "0", "1.0", "1e5", "1E+18", "1234567890123456", "TRUE",
		"#N/A", "2026-08-02", "12:30", "50%",
		"_x0041_", "_x000D_ and _x005F_x0041_", "_x000d_", "__x0041__", "_x_", "line\nbreak", "\nfirst", "last\n", "a\r\nb", "tab\there", "  " +
			"two  spaces  ", " ",
		"trailing ", "😀👩‍👩‍👧‍👦🇩🇪", "שלום עולם", "محمد علي", "\u202Eabc", "é and " +
			"e\u0301", "\u00a0hard\u00a0", "\u200bzero", "\ufeffmark", "\u2028", "<b>&amp;</b>", "a\"b", "]]>", "broken \xff\xfe",
		"•••", "…", strings.Repeat("x", sheet.CellUnits), strings.Repeat("y", sheet.CellUnits+1), strings.Repeat("😀",
			sheet.CellUnits/2+1), strings.Repeat("long words ", 4000), "\uFFFE",
	} {
		uid := fmt.Sprintf("%016d", 9000000000000000+i)
		if i%3 == 0 {
			uid = fmt.Sprintf("%07d", i)
		}
		updates++
		operations = append(operations, plan.Operation{Verb: plan.Update, UID: uid, Name: text, Role: "007", Tags: []string{text, "=x"},
			Reason: plan.Differs,
			Source: user.Source{File: "data/'=staff " + phrase.Shorten(text, 50) + ".xlsx", Sheet: "07", Row: i + 2},
			Changes: []plan.Change{
				{Field: user.Name, Before: user.JSON("0" + text), After: user.JSON(text)},
				{Field: user.StatusMessage, Before: user.JSON(text)},
				{Field: user.Tags, Before: `["1","02"]`, After: "[\n\t\"3\"\r\n]"},
				{Field: user.Metadata, Before: `[1,` + "\n" + user.JSON(text) + `]`, After: `{"a":` + user.JSON(text) + `,"b":1.0}`},
			}})
		if i%2 == 0 {
			operations[len(operations)-1].Changes = []plan.Change{{Field: user.StatusMessage, Before: user.JSON(text),
				After: user.JSON(text + ".")}}
		}
	}
	p.Unchanged += p.Count(plan.Update)
	p.Operations = operations
	p.Remote.Active += updates
	p.Sort()
	in.Results = p.Unsent()
	return in
}

// amend changes a workbook as somebody does by hand.
func amend(t testing.TB, content []byte, change func(f *excelize.File) error) []byte {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := change(f); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// sheetRow is the row that a user has in the sheet of operations.
func sheetRow(t testing.TB, in report.Input, uid string) int {
	t.Helper()
	at := slices.Index(uidsOf(t, bookOf(t, in)), uid)
	if at < 0 {
		t.Fatalf("no row of %s", uid)
	}
	return 2 + at
}

// columnOf is the letter of a column of the sheet of operations.
func columnOf(t testing.TB, title string) string {
	t.Helper()
	columns := columnsOf(toReview())
	return workbook.Letters(slices.IndexFunc(columns, func(c sheet.Column) bool { return c.Title == title }))
}

// allApplied fails unless every operation but the withheld is to be applied.
func allApplied(t testing.TB, p *plan.Plan, d *plan.Decisions) {
	t.Helper()
	checkDecisions(t, p, d)
	for i := range p.Operations {
		if o := &p.Operations[i]; d.Of[i] != plan.Apply && !o.Withheld {
			t.Errorf("%s %s %.30q: %q", o.Verb, o.UID, o.Name, d.Of[i])
		}
	}
	for _, x := range d.Rejects {
		t.Errorf("%.600s", fmt.Sprintf("%v", x.Defects))
	}
	if len(d.Notices) > 0 {
		t.Errorf("%v", d.Notices)
	}
}

func TestWorkbookIsDecidedAsItIs(t *testing.T) {
	for name, make := range map[string]func() report.Input{"rich": toReview, "awkward": awkward, "undoing": undoing,
		"nothing": func() report.Input {
			in := toReview()
			p := in.Plan
			p.Unchanged += len(p.Operations) - p.Count(plan.Create)
			p.Operations, p.Withholdings, p.NewRoles, in.Results = nil, nil, nil, nil
			return in
		}} {
		for _, private := range []bool{false, true} {
			in := make()
			in.Plan.Run, in.ShowPrivate = in.Run.ID, private
			p := saved(t, in)
			d, err := decisions("report.xlsx", bookOf(t, in), p, plan.Hold)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			allApplied(t, p, d)
		}
	}
}

// A program that opens the workbook and saves it changes nothing.
func TestWorkbookSavedByLibrary(t *testing.T) {
	for _, make := range []func() report.Input{toReview, awkward} {
		in := make()
		p := saved(t, in)
		d, err := decisions("report.xlsx", amend(t, bookOf(t, in), func(f *excelize.File) error { return nil }), p, plan.Hold)
		if err != nil {
			t.Fatal(err)
		}
		allApplied(t, p, d)
	}
}

func TestWorkbookSavedBySpreadsheetProgram(t *testing.T) {
	office := slow.Program(t, "soffice")
	for name, make := range map[string]func() report.Input{"rich": toReview, "awkward": awkward, "private": func() report.Input {
		in := toReview()
		in.ShowPrivate = true
		return in
	}} {
		in := make()
		dir, out := t.TempDir(), t.TempDir()
		book := filepath.Join(dir, "report.xlsx")
		if err := os.WriteFile(book, bookOf(t, in), 0o600); err != nil {
			t.Fatal(err)
		}
		start(t, office, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML",
			"--outdir", out, book)
		content, err := os.ReadFile(filepath.Join(out, "report.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		p := saved(t, in)
		d, err := decisions("report.xlsx", content, p, plan.Hold)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		allApplied(t, p, d)
		// The drop-down and the frozen header are still there for the next one.
		f := open(t, content)
		if v, err := f.GetDataValidations(report.OperationSheet); err != nil || len(v) == 0 {
			t.Errorf("%s: no drop-down, %v", name, err)
		}
	}
}

func TestDecisionsInWorkbook(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	book := bookOf(t, in)
	w := &toEdit{t, in, p, len(p.Operations) + 1, workbook.Letters(len(columnsOf(in)))}
	edits := w.cells()
	maps.Copy(edits, w.sheet())
	for name, c := range edits {
		d, err := decisions("report.xlsx", amend(t, book, c.edit), p, plan.Hold)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		checkDecisions(t, p, d)
		want := map[string]string{}
		for _, o := range p.Operations {
			if want[o.UID] = "apply"; o.Withheld {
				want[o.UID] = ""
			}
		}
		for uid, of := range c.differ {
			want[uid] = of
		}
		for uid, of := range want {
			if of == "" {
				delete(want, uid)
			}
		}
		if diff := cmp.Diff(want, made(p, d)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		got := complaints(d)
		if name == "another's id" { // a row in which all is another's
			got = got[:1]
		}
		if diff := cmp.Diff(append([]string{}, c.rejects...), got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if got := noticed(d); got != c.notices {
			t.Errorf("%s: notices %q, want %q (%v)", name, got, c.notices, d.Notices)
		}
	}
}

// reviewedEdit is what somebody does to the workbook of a plan, and what is read of it.
type reviewedEdit struct {
	edit    func(f *excelize.File) error
	differ  map[string]string // from "apply"; "" is undecided
	rejects []string
	notices string
}

// toEdit is the workbook that is edited.
type toEdit struct {
	t    *testing.T
	in   report.Input
	p    *plan.Plan
	last int    // row of the sheet
	next string // column after the last
}

func (w *toEdit) row(uid string) int { return sheetRow(w.t, w.in, uid) }

func (w *toEdit) at(title, uid string) string { return columnOf(w.t, title) + fmt.Sprint(w.row(uid)) }

func (w *toEdit) set(title, uid, text string) func(*excelize.File) error {
	return func(f *excelize.File) error { return f.SetCellStr(report.OperationSheet, w.at(title, uid), text) }
}

// cells are edits of cells.
func (w *toEdit) cells() map[string]reviewedEdit {
	return map[string]reviewedEdit{
		"held":    {w.set("Decision", "up-2", "hold"), map[string]string{"up-2": "hold"}, nil, ""},
		"never":   {w.set("Decision", "up-2", " NEVER "), map[string]string{"up-2": "never"}, nil, ""},
		"cleared": {w.set("Decision", "up-2", ""), map[string]string{"up-2": ""}, nil, ""},
		"no word of ours": {w.set("Decision", "up-2", "ja"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 Decision decision-invalid")}, ""},
		"withheld, applied": {w.set("Decision", "gone-2", "apply"), nil, nil, "decision-withheld 1"},
		"withheld, held":    {w.set("Decision", "gone-2", "hold"), map[string]string{"gone-2": "hold"}, nil, ""},
		"withheld, cleared": {w.set("Decision", "gone-2", ""), nil, nil, ""},
		"withheld elsewhere": {w.set("Decision", "up-2", "withheld"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 Decision decision-invalid")}, ""},
		"another name": {w.set("Name", "up-2", "Somebody"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 Name decision-edited")}, ""},
		"a value": {w.set("After", "up-2", "Sales"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 After decision-edited")}, ""},
		"a masked value": {w.set("After", "up-4", "metadata.@private.salary: "+secret), map[string]string{"up-4": "rejected"},
			[]string{fmt.Sprint(w.row("up-4"), " up-4 After decision-edited")}, ""},
		"a private value": {w.set("Name", "up-4", "x "+secret), map[string]string{"up-4": "rejected"},
			[]string{fmt.Sprint(w.row("up-4"), " up-4 Name decision-edited")}, ""},
		"a private decision": {w.set("Decision", "up-4", secret), map[string]string{"up-4": "rejected"},
			[]string{fmt.Sprint(w.row("up-4"), " up-4 Decision decision-invalid")}, ""},
		"an outcome": {w.set("Outcome", "up-2", "applied"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 Outcome decision-edited")}, ""},
		"an outcome as earlier versions wrote it": {w.set("Outcome", "up-2", "skipped"), nil, nil, ""},
		"a cell of nothing": {w.set("Code", "up-2", "x"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 Code decision-edited")}, ""},
		"two cells": {func(f *excelize.File) error {
			return cmpOr(w.set("Name", "up-2", "x")(f), w.set("Role", "up-2", "y")(f))
		}, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(w.row("up-2"), " up-2 Name decision-edited"),
			fmt.Sprint(w.row("up-2"), " up-2 Role decision-edited")}, ""},
		"a row number": {func(f *excelize.File) error { return f.SetCellInt(report.OperationSheet, w.at("Row", "up-2"), 7) },
			map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(w.row("up-2"), " up-2 Row decision-edited")}, ""},
		"the same number": {func(f *excelize.File) error {
			return f.SetCellFloat(report.OperationSheet, w.at("Row", "up-2"), 11, 2, 64)
		}, nil, nil, ""},
		"a number in words": {w.set("Row", "up-2", "11"), nil, nil, ""},
		"a number respelled": {w.set("Row", "up-2", "011"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 Row decision-edited")}, ""},
		"a fraction": {func(f *excelize.File) error {
			return f.SetCellFloat(report.OperationSheet, w.at("Row", "up-2"), 11.25, 2, 64)
		}, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(w.row("up-2"), " up-2 Row decision-edited")}, ""},
		"a uid as a number": {func(f *excelize.File) error {
			return f.SetCellValue(report.OperationSheet, w.at("UID", "1234567890123456789"), 1234567890123456789.0)
		}, map[string]string{"1234567890123456789": "rejected"}, []string{fmt.Sprint(w.row("1234567890123456789"),
			" 1234567890123456789 UID decision-edited")}, ""},
		"another uid": {w.set("UID", "up-2", "up-3"), map[string]string{"up-2": "rejected", "up-3": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 UID decision-edited")}, ""},
		"another id": {w.set("ID", "up-2", "0011223344556677"), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 ID decision-unknown")}, ""},
		"no id": {w.set("ID", "up-2", ""), map[string]string{"up-2": "rejected"},
			[]string{fmt.Sprint(w.row("up-2"), " up-2 ID decision-unknown")}, ""},
		"another's id": {w.set("ID", "up-2", w.p.ID(&w.p.Operations[indexOf(w.t, w.p, "up-5")])), map[string]string{"up-5": "rejected",
			"up-2": "rejected"}, []string{fmt.Sprint(w.row("up-2"), " up-5 UID decision-edited")}, ""},
		"an id in capitals": {w.set("ID", "up-2", strings.ToUpper(w.p.ID(&w.p.Operations[indexOf(w.t, w.p, "up-2")]))), nil, nil, ""},
	}
}

// sheet are edits of rows, columns and sheets.
func (w *toEdit) sheet() map[string]reviewedEdit {
	return map[string]reviewedEdit{
		"a row taken out": {func(f *excelize.File) error { return f.RemoveRow(report.OperationSheet, w.row("up-2")) },
			map[string]string{"up-2": ""}, nil, ""},
		"a row put in": {func(f *excelize.File) error { return f.InsertRows(report.OperationSheet, 4, 1) }, nil, nil, ""},
		"a row twice": {func(f *excelize.File) error { return f.DuplicateRowTo(report.OperationSheet, w.row("up-2"), w.last+3) }, nil, nil,
			"decision-repeated 1"},
		"a row twice, differing": {func(f *excelize.File) error {
			return cmpOr(f.DuplicateRowTo(report.OperationSheet, w.row("up-2"), w.last+1), f.SetCellStr(report.OperationSheet,
				fmt.Sprint("A", w.last+1), "hold"))
		}, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(w.row("up-2"), " up-2 Decision decision-twice"), fmt.Sprint(w.last+1,
			" up-2 Decision decision-twice")}, ""},
		"a note below": {func(f *excelize.File) error {
			return f.SetCellStr(report.OperationSheet, fmt.Sprint("B", w.last+2), "13 in all")
		}, nil, []string{fmt.Sprint(w.last+2, "  ID decision-unknown")}, ""},
		"blanks below": {func(f *excelize.File) error {
			return f.SetCellStr(report.OperationSheet, fmt.Sprint("B", w.last+2), "  \n")
		}, nil, nil, ""},
		"a comment beside": {func(f *excelize.File) error {
			return cmpOr(f.SetCellStr(report.OperationSheet, w.next+"1", "Comment"),
				f.SetCellStr(report.OperationSheet, w.next+"5", "ask HR"))
		}, nil, nil, "decision-columns-ignored 1"},
		"two comments": {func(f *excelize.File) error {
			return cmpOr(f.SetCellStr(report.OperationSheet, w.next+"9", "ask"),
				f.SetCellStr(report.OperationSheet, "Z"+fmt.Sprint(w.last+4), "who?"))
		}, nil, nil, "decision-columns-ignored 2"},
		"a column put in": {func(f *excelize.File) error { return f.InsertCols(report.OperationSheet, "C", 2) }, nil, nil, ""},
		"rows hidden": {func(f *excelize.File) error { return f.SetRowVisible(report.OperationSheet, w.row("up-2"), false) }, nil,
			nil, ""},
		"letters in bold": {func(f *excelize.File) error {
			return f.SetCellRichText(report.OperationSheet, w.at("Name", "up-2"), []excelize.RichTextRun{{Text: "山田"},
				{Text: " 太郎", Font: &excelize.Font{Bold: true}}})
		}, nil, nil, ""},
		"sheets around": {func(f *excelize.File) error {
			_, err := f.NewSheet("Notes")
			return cmpOr(err, f.DeleteSheet("Rejects"), f.MoveSheet("Operations", "Summary"))
		}, nil, nil, ""},
	}
}

// cmpOr is the first of the errors.
func cmpOr(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Somebody sorts the sheet by another column, as spreadsheets do it: rows move
// whole.
func TestWorkbookSorted(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	content := amend(t, bookOf(t, in), func(f *excelize.File) error {
		rows, err := f.GetRows(report.OperationSheet)
		if err != nil {
			return err
		}
		below := rows[1:]
		slices.SortFunc(below, func(a, b []string) int { return strings.Compare(a[3], b[3]) })
		for i, cells := range below {
			for c := range rows[0] {
				text := ""
				if c < len(cells) {
					text = cells[c]
				}
				if c == 0 && i == 3 {
					text = "hold"
				}
				if err := f.SetCellStr(report.OperationSheet, workbook.Letters(c)+fmt.Sprint(i+2), text); err != nil {
					return err
				}
			}
		}
		return nil
	})
	d, err := decisions("report.xlsx", content, p, plan.Hold)
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Rejects) > 0 || d.Count(plan.Hold) != 1 || d.Count(plan.Undecided) > 1 {
		t.Errorf("%v, %v", made(p, d), complaints(d))
	}
}
