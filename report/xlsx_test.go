package report_test

import (
	"archive/zip"
	"errors"
	"fmt"
	entities "html"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/sheet"
	"cometsync/report/xlsx"
)

func open(t testing.TB, content string) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func sheetsOf(t testing.TB, content string) map[string][][]string {
	t.Helper()
	f := open(t, content)
	sheets := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		rows, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		sheets[name] = rows
	}
	return sheets
}

// summaryOf is the sheet Summary as one text, on whatever rows that is.
func summaryOf(t testing.TB, in report.Input) string {
	t.Helper()
	var all []string
	for _, row := range sheetsOf(t, rendered(t, xlsx.Write, mustNew(t, in)))["Summary"] {
		all = append(all, row...)
	}
	return strings.Join(strings.Fields(strings.Join(all, " ")), " ")
}

// What to do now comes first after the totals, for those who look and for whoever runs the
// program as the page says it; and what to write into the sheets is said.
func TestWorkbookSaysWhatToDo(t *testing.T) {
	for name, in := range map[string]report.Input{"review": review(), "partial": partial(), "refused": refused()} {
		r, text, page := mustNew(t, in), summaryOf(t, in), unbroken(htmlOf(t, in))
		at := strings.Index(text, "Users of the app")
		for _, part := range r.ToDo() {
			next := strings.Index(text, "What to do now, for "+part.Title)
			if next < at || at < 0 || !strings.Contains(page, "<h3>For "+part.Title+"</h3>") {
				t.Errorf("%s: %q is not where it belongs", name, part.Title)
			}
			at = next
			for _, step := range part.Steps {
				if !strings.Contains(text, step) || !strings.Contains(entities.UnescapeString(page), step) {
					t.Errorf("%s: page or workbook do not say %q", name, step)
				}
			}
		}
		if rest := strings.Index(text, "rows can't be used data/"); rest < at {
			t.Errorf("%s: what to do comes after what was found", name)
		}
		for _, want := range []string{"Where a row is right as it is, clear its cell under _code; write drop there to take the row out",
			"#HIDDEN! is in the place of a value that this workbook does not show"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

func TestWorkbookReadsBack(t *testing.T) {
	r := mustNew(t, partial())
	content := rendered(t, xlsx.Write, r)
	f := open(t, content)
	if diff := cmp.Diff([]string{"Summary", "Operations", "Rejects", "Held", "Mend"}, f.GetSheetList()); diff != "" {
		t.Error(diff)
	}
	sheets := sheetsOf(t, content)
	operations := sheets["Operations"]
	if len(operations) != 1+len(r.Plan.Operations) || len(sheets["Rejects"]) != 1+r.Defects ||
		len(sheets["Held"]) != 1+len(r.Plan.Held)+r.Total.Withheld {
		t.Errorf("%d operations, %d defects, %d held", len(operations)-1, len(sheets["Rejects"])-1, len(sheets["Held"])-1)
	}
	if operations[1][0] != "deactivate" || operations[1][1] != "gone-1" {
		t.Errorf("the first row is %v; who loses access comes first", operations[1])
	}
	for i, row := range operations {
		if row[1] != "1234567890123456789" {
			continue
		}
		cell, _ := excelize.CoordinatesToCellName(2, i+1)
		if kind, err := f.GetCellType("Operations", cell); err != nil || kind != excelize.CellTypeInlineString {
			t.Errorf("the uid %s is a cell of type %v, %v", row[1], kind, err)
		}
		if row[3] != "metadata.department" || row[4] != "Sales" || row[5] != "Marketing" {
			t.Errorf("changes %q", row[3:6])
		}
	}
	sides := map[string][2]string{}
	for _, row := range operations[1:] {
		sides[row[1]] = [2]string{row[4], row[5]}
	}
	want := [2]string{"name: محمد | role: staff | tags: eu, night shift, old",
		"name: محمد علي | role: manager | tags: eu, new, night shift"}
	if got := sides["up-3"]; got != want {
		t.Errorf("before and after are %q, want %q", got, want)
	}
	panes, err := f.GetPanes("Operations")
	if err != nil || !panes.Freeze || panes.XSplit != 3 || panes.YSplit != 1 || panes.TopLeftCell != "D2" || operations[0][2] != "Name" {
		t.Errorf("panes %+v, %v", panes, err)
	}
}

// A column is as wide as what is in it, within bounds, and what is wide is not tall: every
// row of the operations has the height that a spreadsheet gives one.
func TestWorkbookFitsWhatIsInIt(t *testing.T) {
	in := large(3_000)
	for i := 2_900; i < 3_000; i++ { // a sample is of all rows
		in.Plan.Operations[i].Name, in.Plan.Operations[i].Role = strings.Repeat("long ", 20), "漢字漢字漢字漢字"
	}
	content := rendered(t, xlsx.Write, mustNew(t, in))
	f := open(t, content)
	columns := sheetsOf(t, content)["Operations"][0]
	for title, want := range map[string][2]float64{"Operation": {10, 14}, "UID": {10, 20}, "Name": {32, 32}, "Role": {19, 19},
		"Kind": {9, 9}} {
		name, _ := excelize.ColumnNumberToName(1 + slices.Index(columns, title))
		if got, err := f.GetColWidth("Operations", name); err != nil || got < want[0] || got > want[1] {
			t.Errorf("%s is %v wide, %v; want %v", title, got, err, want)
		}
	}
	// Nothing touches what is cut off before it, nor a head its neighbour.
	for i := range columns {
		for row := 1; row < 3; row++ {
			cell, _ := excelize.CoordinatesToCellName(i+1, row)
			id, err := f.GetCellStyle("Operations", cell)
			style, e := f.GetStyle(id)
			if text, _ := f.GetCellValue("Operations", cell); err != nil || e != nil ||
				text != "" && columns[i] != "Row" && (style.Alignment == nil || style.Alignment.Indent != 1) {
				t.Errorf("%s, %q, is not apart from what is before it: %+v, %v", cell, text, style, err)
			}
		}
	}
	for i := range 3_000 {
		if height, err := f.GetRowHeight("Operations", i+2); err != nil || height != 15 {
			t.Fatalf("row %d is %v points tall, %v", i+2, height, err)
		}
	}
}

// Nothing runs into what is beside it: a long cell of a reject is on several lines, and what
// became of an operation is apart from the value before it, which may be cut off.
func TestWorkbookKeepsCellsApart(t *testing.T) {
	in := partial()
	in.Intake.Rejects.At(0).Defects[0].Value = strings.Repeat("x", 120)
	f := open(t, rendered(t, xlsx.Write, mustNew(t, in)))
	style := func(sheet, header string) *excelize.Alignment {
		rows, err := f.GetRows(sheet)
		if err != nil {
			t.Fatal(err)
		}
		cell, _ := excelize.CoordinatesToCellName(1+slices.Index(rows[0], header), 2)
		id, err := f.GetCellStyle(sheet, cell)
		if err != nil {
			t.Fatal(err)
		}
		s, err := f.GetStyle(id)
		if err != nil {
			t.Fatal(err)
		}
		return s.Alignment
	}
	if height, err := f.GetRowHeight("Rejects", 2); err != nil || height < 45 || !style("Rejects", "Value").WrapText {
		t.Errorf("a long cell is in a row %v points tall, %v", height, err)
	}
	if a := style("Operations", "Outcome"); a.Indent != 1 || a.WrapText {
		t.Errorf("the outcome is %+v", a)
	}
}

func TestWorkbookRunsNothing(t *testing.T) {
	for _, in := range []report.Input{partial(), filled(func(place string) string { return "=1+1" + place })} {
		content := rendered(t, xlsx.Write, mustNew(t, in))
		f := open(t, content)
		seen := 0
		for name, rows := range sheetsOf(t, content) {
			for i, row := range rows {
				for j, value := range row {
					cell, _ := excelize.CoordinatesToCellName(j+1, i+1)
					if formula, err := f.GetCellFormula(name, cell); err != nil || formula != "" {
						t.Errorf("%s!%s has the formula %q, %v", name, cell, formula, err)
					}
					if strings.HasPrefix(value, "=") {
						seen++
						style, err := f.GetCellStyle(name, cell)
						if err != nil {
							t.Fatal(err)
						}
						if s, err := f.GetStyle(style); err != nil || s.NumFmt != 49 {
							t.Errorf("%s!%s is not of format text: %+v, %v", name, cell, s, err)
						}
					}
				}
			}
		}
		if seen == 0 {
			t.Error("no text that begins like a formula")
		}
	}
}

func TestWorkbookIsWellFormed(t *testing.T) {
	content := rendered(t, xlsx.Write, mustNew(t, partial()))
	z, err := zip.NewReader(strings.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	filters := 0
	for _, file := range z.File {
		r, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(string(text), "\x1b\x00") {
			t.Errorf("%s holds control characters", file.Name)
		}
		filters += strings.Count(string(text), "<autoFilter ")
		if strings.HasPrefix(file.Name, "xl/worksheets/") && !strings.Contains(string(text), `fitToPage="true"`) {
			t.Errorf("%s is not printed to fit its page", file.Name)
		}
	}
	if filters != 4 {
		t.Errorf("%d sheets can be filtered, want 4", filters)
	}
}

func TestWorkbookWithoutAnything(t *testing.T) {
	for name, in := range fixtures {
		sheets := sheetsOf(t, rendered(t, xlsx.Write, mustNew(t, in())))
		want := 4
		if mustNew(t, in()).Rejects.Len() > 0 {
			want++
		}
		if in().Plan != nil && len(in().Plan.Conflicts) > 0 {
			want++
		}
		if in().Plan != nil && len(in().Plan.Rekeys) > 0 {
			want++
		}
		if in().Plan != nil && len(in().Plan.Leaving) > 0 {
			want++
		}
		if len(sheets) != want {
			t.Errorf("%s: %d sheets, want %d", name, len(sheets), want)
		}
	}
}

func TestCellsReadAsTheyWereWritten(t *testing.T) {
	for name, want := range map[string]string{
		"_x000D_ and _x0041_":      "_x000D_ and _x0041_",
		"_x_ _x00_ __x0041__":      "_x_ _x00_ __x0041__",
		"a < b & c > d \"e\" 'f'":  "a < b & c > d \"e\" 'f'",
		" spaces  inside ":         " spaces  inside ",
		"noncharacter \uFFFE":      "noncharacter \uFFFD",
		"broken \xff":              "broken ⟨U+FFFD⟩",
		"😀 é \u00e9 ١٢٣":           "😀 é \u00e9 ١٢٣",
		"007":                      "007",
		"1e5":                      "1e5",
		"TRUE":                     "TRUE",
		strings.Repeat("x", 40000): strings.Repeat("x", sheet.CellUnits-1) + "…",
		strings.Repeat("😀", 16383): strings.Repeat("😀", 16383),
		strings.Repeat("😀", 16384): strings.Repeat("😀", 16383) + "…",
	} {
		in := clean()
		in.Plan.Operations[0].Name = name
		got := sheetsOf(t, rendered(t, xlsx.Write, mustNew(t, in)))["Operations"]
		found := false
		for _, row := range got {
			if row[1] == in.Plan.Operations[0].UID {
				found = row[2] == want
				if !found {
					t.Errorf("%.30q reads as %.30q, want %.30q", name, row[2], want)
				}
			}
		}
	}
}

func TestWorkbookFailsWithItsWriter(t *testing.T) {
	full := errors.New("disk full")
	for _, room := range []int{0, 1_000, 30_000} {
		if err := xlsx.Write(&limited{room, full}, mustNew(t, large(5_000))); !errors.Is(err, full) {
			t.Errorf("room for %d bytes: error %v", room, err)
		}
	}
}

// limited is a writer that runs full.
type limited struct {
	room int
	err  error
}

func (l *limited) Write(b []byte) (int, error) {
	if l.room -= len(b); l.room < 0 {
		return 0, l.err
	}
	return len(b), nil
}

// The summary is printed on one page, upright, as long as it stays readable;
// tables are printed landscape and no wider than a page.
func TestWorkbookIsPrintedWhole(t *testing.T) {
	long := clean()
	long.Plan.Guards = []plan.Guard{{Name: "max-words", Message: strings.Repeat("many words ", 15)}}
	many := partial()
	for i := range 80 {
		many.Intake.Notices = append(many.Intake.Notices, user.Notice{Message: fmt.Sprintf("notice %d", i)})
	}
	for name, c := range map[string]struct {
		in     report.Input
		height int
	}{"a run": {partial(), 1}, "a refusal": {refused(), 1}, "long words": {long, 1}, "many notices": {many, 0}} {
		content := rendered(t, xlsx.Write, mustNew(t, c.in))
		f := open(t, content)
		for _, sheet := range f.GetSheetList() {
			layout, err := f.GetPageLayout(sheet)
			if err != nil {
				t.Fatal(err)
			}
			orientation, height := "landscape", 0
			if sheet == "Summary" {
				orientation, height = "portrait", c.height
			}
			if *layout.Orientation != orientation || *layout.FitToWidth != 1 || *layout.FitToHeight != height {
				t.Errorf("%s: %s is printed %s, %d pages wide and %d tall; want %s, 1 and %d", name, sheet, *layout.Orientation,
					*layout.FitToWidth, *layout.FitToHeight, orientation, height)
			}
		}
		for i, row := range sheetsOf(t, content)["Summary"][1:] {
			for _, cell := range row {
				if len(cell) > 130 {
					t.Errorf("%s: row %d of the summary reaches beyond its last column: %s", name, i+2, cell)
				}
			}
		}
	}
}

// The same report is the same workbook, to the byte.
func TestWorkbookIsTheSame(t *testing.T) {
	for name, in := range fixtures {
		first := rendered(t, xlsx.Write, mustNew(t, in()))
		for range 3 {
			if again := rendered(t, xlsx.Write, mustNew(t, in())); again != first {
				t.Errorf("%s: written again, it is another one", name)
				break
			}
		}
	}
}

// The first sheet names who loses access where they are few, as those who get it back, and
// says where the others are.
func TestWorkbookNamesWhoLosesAccess(t *testing.T) {
	for name, c := range map[string]struct {
		in   report.Input
		want string
	}{
		"few":  {clean(), "[access lost gone-1 (Ada Gone), gone-2 (Bea Gone), left-3 (Céline L’Été)]"},
		"many": {company(300), " and 40 more, on the sheet Operations]"},
		"none": {heldBack(clean(), neverAny), ""},
	} {
		summary := fmt.Sprint(sheetsOf(t, rendered(t, xlsx.Write, mustNew(t, c.in)))["Summary"])
		if strings.Contains(summary, "[access lost ") != (c.want != "") || !strings.Contains(summary, c.want) {
			t.Errorf("%s: the summary does not say %q: %s", name, c.want, summary)
		}
	}
}
