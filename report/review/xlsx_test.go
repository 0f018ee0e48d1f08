package report

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
	"cometsync/report/sheet"
)

// awkward is a plan whose texts no program is to change by saving them.
func awkward() Input {
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
		"=1+1", "'=1+1", "'quoted", "''", "+49 30 123", "-1", "@SUM(A1)", "007", "0", "1.0", "1e5", "1E+18", "1234567890123456", "TRUE", "#N/A", "2026-08-02", "12:30", "50%",
		"_x0041_", "_x000D_ and _x005F_x0041_", "_x000d_", "__x0041__", "_x_", "line\nbreak", "\nfirst", "last\n", "a\r\nb", "tab\there", "  two  spaces  ", " ",
		"trailing ", "😀👩‍👩‍👧‍👦🇩🇪", "שלום עולם", "محمد علي", "\u202Eabc", "é and e\u0301", "\u00a0hard\u00a0", "\u200bzero", "\ufeffmark", "\u2028", "<b>&amp;</b>", "a\"b", "]]>", "broken \xff\xfe",
		"•••", "…", strings.Repeat("x", sheet.CellUnits), strings.Repeat("y", sheet.CellUnits+1), strings.Repeat("😀", sheet.CellUnits/2+1), strings.Repeat("long words ", 4000), "\uFFFE",
	} {
		uid := fmt.Sprintf("%016d", 9000000000000000+i)
		if i%3 == 0 {
			uid = fmt.Sprintf("%07d", i)
		}
		updates++
		operations = append(operations, plan.Operation{Verb: plan.Update, UID: uid, Name: text, Role: "007", Tags: []string{text, "=x"}, Reason: plan.Differs,
			Source: user.Source{File: "data/'=staff " + phrase.Shorten(text, 50) + ".xlsx", Sheet: "07", Row: i + 2},
			Changes: []plan.Change{
				{Field: user.Name, Before: str("0" + text), After: str(text)},
				{Field: user.StatusMessage, Before: str(text)},
				{Field: user.Tags, Before: `["1","02"]`, After: "[\n\t\"3\"\r\n]"},
				{Field: user.Metadata, Before: `[1,` + "\n" + str(text) + `]`, After: `{"a":` + str(text) + `,"b":1.0}`},
			}})
		if i%2 == 0 {
			operations[len(operations)-1].Changes = []plan.Change{{Field: user.StatusMessage, Before: str(text), After: str(text + ".")}}
		}
	}
	p.Unchanged += p.Count(plan.Update)
	p.Operations = operations
	p.Remote.Active += updates
	p.Sort()
	in.Results = p.Unsent()
	return in
}

// bookOf is the workbook of a plan.
func bookOf(t testing.TB, in Input) []byte {
	t.Helper()
	return []byte(render(t, mustNew(t, in).WriteXLSX))
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
func sheetRow(t testing.TB, in Input, uid string) int {
	t.Helper()
	r := mustNew(t, in)
	return 2 + slices.IndexFunc(r.inReadingOrder, func(i int) bool { return r.plan.Operations[i].UID == uid })
}

// columnOf is the letter of a column of the sheet of operations.
func columnOf(t testing.TB, title string) string {
	t.Helper()
	columns := mustNew(t, toReview()).operationColumns()
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
	for name, make := range map[string]func() Input{"rich": toReview, "awkward": awkward, "pending": pending, "undoing": undoing, "nothing": func() Input {
		in := nothing()
		in.Run.Command = "plan"
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
	for _, make := range []func() Input{toReview, awkward} {
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
	office := program(t, "soffice")
	for name, make := range map[string]func() Input{"rich": toReview, "awkward": awkward, "private": func() Input {
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
		start(t, office, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, book)
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
		f := open(t, string(content))
		if v, err := f.GetDataValidations(operationSheet); err != nil || len(v) == 0 {
			t.Errorf("%s: no drop-down, %v", name, err)
		}
	}
}

func TestDecisionsInWorkbook(t *testing.T) {
	in := toReview()
	p := saved(t, in)
	book := bookOf(t, in)
	at := func(title, uid string) string { return columnOf(t, title) + fmt.Sprint(sheetRow(t, in, uid)) }
	set := func(title, uid, text string) func(*excelize.File) error {
		return func(f *excelize.File) error { return f.SetCellStr(operationSheet, at(title, uid), text) }
	}
	row := func(uid string) int { return sheetRow(t, in, uid) }
	last := len(p.Operations) + 1
	next := workbook.Letters(len(mustNew(t, in).operationColumns()))
	for name, c := range map[string]struct {
		edit    func(f *excelize.File) error
		differ  map[string]string // from "apply"; "" is undecided
		rejects []string
		notices string
	}{
		"held":               {set("Decision", "up-2", "hold"), map[string]string{"up-2": "hold"}, nil, ""},
		"never":              {set("Decision", "up-2", " NEVER "), map[string]string{"up-2": "never"}, nil, ""},
		"cleared":            {set("Decision", "up-2", ""), map[string]string{"up-2": ""}, nil, ""},
		"no word of ours":    {set("Decision", "up-2", "ja"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Decision decision-invalid")}, ""},
		"withheld, applied":  {set("Decision", "gone-2", "apply"), nil, nil, "decision-withheld 1"},
		"withheld, held":     {set("Decision", "gone-2", "hold"), map[string]string{"gone-2": "hold"}, nil, ""},
		"withheld, cleared":  {set("Decision", "gone-2", ""), nil, nil, ""},
		"withheld elsewhere": {set("Decision", "up-2", "withheld"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Decision decision-invalid")}, ""},
		"another name":       {set("Name", "up-2", "Somebody"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Name decision-edited")}, ""},
		"a value":            {set("After", "up-2", "Sales"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 After decision-edited")}, ""},
		"a masked value":     {set("After", "up-4", "metadata.@private.salary: "+secret), map[string]string{"up-4": "rejected"}, []string{fmt.Sprint(row("up-4"), " up-4 After decision-edited")}, ""},
		"a private value":    {set("Name", "up-4", "x "+secret), map[string]string{"up-4": "rejected"}, []string{fmt.Sprint(row("up-4"), " up-4 Name decision-edited")}, ""},
		"a private decision": {set("Decision", "up-4", secret), map[string]string{"up-4": "rejected"}, []string{fmt.Sprint(row("up-4"), " up-4 Decision decision-invalid")}, ""},
		"an outcome":         {set("Outcome", "up-2", "applied"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Outcome decision-edited")}, ""},
		"a cell of nothing":  {set("Code", "up-2", "x"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Code decision-edited")}, ""},
		"two cells": {func(f *excelize.File) error {
			return cmpOr(set("Name", "up-2", "x")(f), set("Role", "up-2", "y")(f))
		}, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Name decision-edited"), fmt.Sprint(row("up-2"), " up-2 Role decision-edited")}, ""},
		"a row number":       {func(f *excelize.File) error { return f.SetCellInt(operationSheet, at("Row", "up-2"), 7) }, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Row decision-edited")}, ""},
		"the same number":    {func(f *excelize.File) error { return f.SetCellFloat(operationSheet, at("Row", "up-2"), 11, 2, 64) }, nil, nil, ""},
		"a number in words":  {set("Row", "up-2", "11"), nil, nil, ""},
		"a number respelled": {set("Row", "up-2", "011"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Row decision-edited")}, ""},
		"a fraction":         {func(f *excelize.File) error { return f.SetCellFloat(operationSheet, at("Row", "up-2"), 11.25, 2, 64) }, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Row decision-edited")}, ""},
		"a uid as a number": {func(f *excelize.File) error {
			return f.SetCellValue(operationSheet, at("UID", "1234567890123456789"), 1234567890123456789.0)
		}, map[string]string{"1234567890123456789": "rejected"}, []string{fmt.Sprint(row("1234567890123456789"), " 1234567890123456789 UID decision-edited")}, ""},
		"another uid":       {set("UID", "up-2", "up-3"), map[string]string{"up-2": "rejected", "up-3": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 UID decision-edited")}, ""},
		"another id":        {set("ID", "up-2", "0011223344556677"), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 ID decision-unknown")}, ""},
		"no id":             {set("ID", "up-2", ""), map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 ID decision-unknown")}, ""},
		"another's id":      {set("ID", "up-2", p.ID(&p.Operations[indexOf(t, p, "up-5")])), map[string]string{"up-5": "rejected", "up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-5 UID decision-edited")}, ""},
		"an id in capitals": {set("ID", "up-2", strings.ToUpper(p.ID(&p.Operations[indexOf(t, p, "up-2")]))), nil, nil, ""},
		"a row taken out":   {func(f *excelize.File) error { return f.RemoveRow(operationSheet, row("up-2")) }, map[string]string{"up-2": ""}, nil, ""},
		"a row put in":      {func(f *excelize.File) error { return f.InsertRows(operationSheet, 4, 1) }, nil, nil, ""},
		"a row twice":       {func(f *excelize.File) error { return f.DuplicateRowTo(operationSheet, row("up-2"), last+3) }, nil, nil, "decision-repeated 1"},
		"a row twice, differing": {func(f *excelize.File) error {
			return cmpOr(f.DuplicateRowTo(operationSheet, row("up-2"), last+1), f.SetCellStr(operationSheet, fmt.Sprint("A", last+1), "hold"))
		}, map[string]string{"up-2": "rejected"}, []string{fmt.Sprint(row("up-2"), " up-2 Decision decision-twice"), fmt.Sprint(last+1, " up-2 Decision decision-twice")}, ""},
		"a note below": {func(f *excelize.File) error {
			return f.SetCellStr(operationSheet, fmt.Sprint("B", last+2), "13 in all")
		}, nil, []string{fmt.Sprint(last+2, "  ID decision-unknown")}, ""},
		"blanks below": {func(f *excelize.File) error { return f.SetCellStr(operationSheet, fmt.Sprint("B", last+2), "  \n") }, nil, nil, ""},
		"a comment beside": {func(f *excelize.File) error {
			return cmpOr(f.SetCellStr(operationSheet, next+"1", "Comment"), f.SetCellStr(operationSheet, next+"5", "ask HR"))
		}, nil, nil, "decision-columns-ignored 1"},
		"two comments": {func(f *excelize.File) error {
			return cmpOr(f.SetCellStr(operationSheet, next+"9", "ask"), f.SetCellStr(operationSheet, "Z"+fmt.Sprint(last+4), "who?"))
		}, nil, nil, "decision-columns-ignored 2"},
		"a column put in": {func(f *excelize.File) error { return f.InsertCols(operationSheet, "C", 2) }, nil, nil, ""},
		"rows hidden":     {func(f *excelize.File) error { return f.SetRowVisible(operationSheet, row("up-2"), false) }, nil, nil, ""},
		"letters in bold": {func(f *excelize.File) error {
			return f.SetCellRichText(operationSheet, at("Name", "up-2"), []excelize.RichTextRun{{Text: "山田"}, {Text: " 太郎", Font: &excelize.Font{Bold: true}}})
		}, nil, nil, ""},
		"sheets around": {func(f *excelize.File) error {
			_, err := f.NewSheet("Notes")
			return cmpOr(err, f.DeleteSheet("Rejects"), f.MoveSheet("Operations", "Summary"))
		}, nil, nil, ""},
	} {
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
		rows, err := f.GetRows(operationSheet)
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
				if err := f.SetCellStr(operationSheet, workbook.Letters(c)+fmt.Sprint(i+2), text); err != nil {
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

// What is masked in the report is not in what is said of an edit.
func TestEditsAreTold(t *testing.T) {
	in := toReview()
	in.ShowPrivate = true
	p := saved(t, in)
	cell := func(title, uid string) string { return columnOf(t, title) + fmt.Sprint(sheetRow(t, in, uid)) }
	d, err := decisions("report.xlsx", amend(t, bookOf(t, in), func(f *excelize.File) error {
		return cmpOr(f.SetCellStr(operationSheet, cell("After", "up-4"), secret+" and more"), f.SetCellStr(operationSheet, cell("After", "up-2"), "Sales"),
			f.SetCellStr(operationSheet, cell("Role", "up-2"), "boss"))
	}), p, plan.Hold)
	if err != nil {
		t.Fatal(err)
	}
	checkDecisions(t, p, d)
	tail := "; a review may change nothing but the decision: make the change at the source and plan again"
	want := map[string][]user.Defect{
		"up-2": {{Column: "Role", Code: user.DecisionEdited, Value: "boss", Message: "was changed from an empty cell" + tail},
			{Column: "After", Code: user.DecisionEdited, Value: "Sales", Message: `was changed from "Sales & Service"` + tail}},
		"up-4": {{Column: "After", Code: user.DecisionEdited, Value: mask, Private: true,
			Message: `was changed from "statusMessage: On leave until Friday the 7th of August, back in the office then\nmetadata.@private.s…"` + tail}},
	}
	got := map[string][]user.Defect{}
	for _, x := range d.Rejects {
		got[x.UID] = x.Defects
		if x.Source != (user.Source{File: "report.xlsx", Sheet: operationSheet, Row: sheetRow(t, in, x.UID)}) {
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
	done := partial()
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"another plan":     {bookOf(t, other), "the workbook was made for another plan (run 20260101T000000Z-aaaa), and the plan is run 20260802T031500Z-7f3a"},
		"a run that wrote": {bookOf(t, done), `has no column "Decision"`},
		"a refusal":        {bookOf(t, refused()), `has no column "Decision"`},
		"no sheet":         {amend(t, book, func(f *excelize.File) error { return f.DeleteSheet(operationSheet) }), `has no sheet "Operations", but "Summary", "Rejects", "Held" and "Mend"; give the report.xlsx`},
		"two sheets": {amend(t, book, func(f *excelize.File) error {
			_, err := f.NewSheet(operationSheet + " ")
			return cmpOr(err, f.SetSheetVisible(operationSheet+" ", false))
		}), "two sheets are called Operations"},
		"an empty sheet": {amend(t, book, func(f *excelize.File) error {
			_, err := f.NewSheet("x")
			return cmpOr(err, f.DeleteSheet(operationSheet), f.SetSheetName("x", operationSheet))
		}), "is empty"},
		"no reason":   {amend(t, book, func(f *excelize.File) error { return f.RemoveCol(operationSheet, columnOf(t, "Reason")) }), `has no column "Reason"`},
		"no id":       {amend(t, book, func(f *excelize.File) error { return f.RemoveCol(operationSheet, columnOf(t, "ID")) }), `has no column "ID"`},
		"two columns": {amend(t, book, func(f *excelize.File) error { return f.SetCellStr(operationSheet, "Z1", "decision") }), `has two columns "Decision"`},
		"no header":   {amend(t, book, func(f *excelize.File) error { return f.RemoveRow(operationSheet, 1) }), `has no column`},
		"ids cleared": {amend(t, book, func(f *excelize.File) error {
			for i := range p.Operations {
				if err := f.SetCellStr(operationSheet, columnOf(t, "ID")+fmt.Sprint(i+2), ""); err != nil {
					return err
				}
			}
			return nil
		}), "no row of the sheet Operations has its ID"},
		"other roster": {[]byte(render(t, func(w io.Writer) error { return WriteUsers(w, "xlsx", nil) })), `has no sheet "Operations", but "Users"`},
	} {
		_, err := decisions("report.xlsx", c.content, p, plan.Hold)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "report.xlsx: ") {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// Whatever is edited but a decision, it is noticed.
func TestEveryEditIsNoticed(t *testing.T) {
	in := awkward()
	p := saved(t, in)
	r := mustNew(t, in)
	columns := r.operationColumns()
	letters := []rune("aZ0 9_x=é😀\"&<'…\n")
	rng := rand.New(rand.NewPCG(7, 11))
	for range 20 {
		uids := map[string]bool{}
		content := amend(t, bookOf(t, in), func(f *excelize.File) error {
			for range 10 {
				row, column := 2+rng.IntN(len(p.Operations)), 1+rng.IntN(len(columns)-1)
				cell := workbook.Letters(column) + fmt.Sprint(row)
				old, err := f.GetCellValue(operationSheet, cell, excelize.Options{RawCellValue: true})
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
				if err := f.SetCellStr(operationSheet, cell, string(text)); err != nil {
					return err
				}
				uids[p.Operations[r.inReadingOrder[row-2]].UID] = true
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
