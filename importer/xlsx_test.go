package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
)

// book writes a workbook; change may do more to it than fill one sheet.
func book(t testing.TB, rows [][]any, change func(f *excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fillSheet(t, f, "Sheet1", rows)
	if change != nil {
		change(f)
	}
	path := filepath.Join(t.TempDir(), "staff.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// fillSheet puts rows into a sheet; nil leaves one out.
func fillSheet(t testing.TB, f *excelize.File, sheet string, rows [][]any) {
	t.Helper()
	if _, err := f.NewSheet(sheet); err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if row != nil {
			if err := f.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestReadsXLSX(t *testing.T) {
	path := book(t, [][]any{
		{"UID", "Name", "Active", "Note", "metadata.floor"},
		{"anna", "Anna \"A\" Kim,\nBoss", true, nil, 3},
		nil,
		{"ben", "Ben", false},
		{"1.23E+15", "Big"},
		{4711, nil, nil, nil, 2.5},
		{"dora", "Dora", nil, nil, nil, "extra"},
	}, nil)
	r := mustRead(t, Options{}, path)
	expect(t, r,
		`2 anna name="Anna \"A\" Kim, Boss" active floor="3"`,
		`4 ben name="Ben" deactivated`,
		`6 4711 floor="2.5"`,
		`reject 5 uid="" UID uid-invalid "1.23E+15"`,
		`reject 7 uid="dora"  cells-extra ""`,
		"notice ignored-column 1",
		"notice blank-rows 1",
		"notice repaired 1",
	)
	if m := r.Intake().Rejects.At(0).Defects[0].Message; !strings.Contains(m, "spreadsheet") {
		t.Errorf("%s says nothing of a damaged number", m)
	}
	if f := r.Intake().Files[0]; f.Format != "xlsx" || f.Sheet != "Sheet1" || f.Rows != 5 {
		t.Errorf("%+v", f)
	}
	row, err := r.Load(1)
	if err != nil || row.Source.String() != path+"[Sheet1]:4" {
		t.Errorf("%v, %v", row.Source, err)
	}
}

// rewrite copies a workbook, its parts passed through change.
func rewrite(t testing.TB, path string, change func(name string, data []byte) []byte) string {
	t.Helper()
	in, err := zip.OpenReader(path)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range in.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		part, err := w.Create(f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(change(f.Name, data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "rewritten.xlsx", out.String())
}

func TestSheetThatIsCutOff(t *testing.T) {
	rows := [][]any{{"uid", "name"}}
	for i := range 200 {
		rows = append(rows, []any{fmt.Sprintf("u%d", i), "N"})
	}
	whole := book(t, rows, nil)
	if r := mustRead(t, Options{}, whole); r.Intake().Users != 200 || len(r.Intake().EndsEarly) != 0 {
		t.Fatalf("whole: %d users, %q", r.Intake().Users, r.Intake().EndsEarly)
	}
	for _, c := range []struct {
		name string
		cut  func(sheet []byte) []byte
		want string
	}{
		{"between rows", func(b []byte) []byte { return b[:bytes.Index(b, []byte(`<row r="101"`))] },
			"after row 100 (<sheetData> is not closed)"},
		{"within a cell", func(b []byte) []byte { return b[:bytes.Index(b, []byte(`<row r="101"`))+20] }, "no proper end after row"},
		{"within a tag", func(b []byte) []byte { return b[:bytes.Index(b, []byte(`<row r="101"`))+5] }, "(a tag is cut off)"},
		{"before the very end", func(b []byte) []byte { return bytes.TrimSuffix(b, []byte("</worksheet>")) },
			"(<worksheet> is not closed)"},
		{"broken in the middle, with an end", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`<row r="101"`), []byte("<row \xff=\"\" r=\"101\""), 1)
		}, "the sheet is damaged after row 100, and rows may be lost"},
	} {
		path := rewrite(t, whole, func(name string, data []byte) []byte {
			if name == "xl/worksheets/sheet1.xml" {
				return c.cut(data)
			}
			return data
		})
		r := mustRead(t, Options{}, path)
		if got := strings.Join(r.Intake().EndsEarly, "\n"); !strings.Contains(got, c.want) {
			t.Errorf("%s: %d users, %q does not say %q", c.name, r.Intake().Users, got, c.want)
		}
	}
}

func TestSheetThatIsOutOfOrder(t *testing.T) {
	rows := [][]any{{"uid", "name"}}
	for i := range 40 {
		rows = append(rows, []any{fmt.Sprintf("u%d", i), "N"})
	}
	whole := book(t, rows, nil)
	for _, c := range []struct{ from, to, want string }{
		{`<row r="21"`, `<row r="20"`, "two rows have the number 20, and both have cells in column A or after it"},
		{`<row r="21"`, `<row r="3"`, "row 3 comes after row 20"},
		{`<row r="21"`, `<row r="-1"`, `the row after 20 has the number "-1"`},
		{`<row r="21"`, `<row r="x"`, `the row after 20 has the number "x"`},
		{`<row r="3"`, `<row r="x"`, `the row after 2 has the number "x"`},
		{`<row r="1"`, `<row r="x"`, `the first row has the number "x"`},
		{`<c r="B21"`, `<c r="A21"`, "row 21 has two cells in column A"},
		{`</row><row r="21">`, ``, "the cells of row 20 name the rows 20 and 21"},
		{`<c r="B21"`, `<c r="B21"/><c r="A21"`, "in row 21, a cell in column A comes after one in column B"},
	} {
		path := rewrite(t, whole, func(name string, data []byte) []byte {
			if name == "xl/worksheets/sheet1.xml" {
				if !bytes.Contains(data, []byte(c.from)) {
					t.Fatalf("no %s in %s", c.from, data)
				}
				return bytes.Replace(data, []byte(c.from), []byte(c.to), 1)
			}
			return data
		})
		got := ""
		r, err := Read(context.Background(), []string{path}, Options{})
		if err != nil {
			got = err.Error()
		} else {
			got = strings.Join(r.Intake().EndsEarly, "\n")
			r.Close()
		}
		if !strings.Contains(got, c.want) || !strings.Contains(got, "export or copy it again") || strings.Contains(got, "strconv") {
			t.Errorf("%s for %s: %q does not say %q", c.to, c.from, got, c.want)
		}
	}
}

func TestChoosesTheSheet(t *testing.T) {
	people := [][]any{{"uid", "name"}, {"anna", "Anna"}}
	notes := [][]any{{"Remark"}, {"none"}}
	two := book(t, notes, func(f *excelize.File) {
		fillSheet(t, f, "HR", people)
		fillSheet(t, f, "Old", people)
		if err := f.SetSheetVisible("Old", false); err != nil {
			t.Fatal(err)
		}
	})
	if r := mustRead(t, Options{}, two); r.Intake().Files[0].Sheet != "HR" || r.Len() != 1 {
		t.Errorf("read %+v", r.Intake().Files)
	}
	for _, c := range []struct {
		path string
		want []string
	}{
		{book(t, people, func(f *excelize.File) { fillSheet(t, f, "HR", people) }),
			[]string{`several visible sheets have a uid column: "Sheet1", "HR"`}},
		{book(t, notes, func(f *excelize.File) { fillSheet(t, f, "HR", [][]any{{"Kennung", "Name"}}) }),
			[]string{`"Sheet1" has "Remark"; "HR" has "Kennung", "Name"`, "--map"}},
		{book(t, notes, nil), []string{`[Sheet1]: no column holds the uid; the headers are "Remark"`, "--map 'Remark=uid'"}},
		{book(t, nil, nil), []string{"no visible sheet has any text"}},
		// What is above the header is not a title.
		{book(t, notes, func(f *excelize.File) {
			fillSheet(t, f, "HR", [][]any{{}, {"Kestrelway", "Staff list"}, {nil, "User ID", "Name"}})
		}), []string{`no visible sheet has a uid column; in "HR", row 3 looks like the header ("User ID", "Name"); if it is, say ` +
			`--header-row 3`}},
	} {
		_, err := Read(context.Background(), []string{c.path}, Options{})
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, want %q", err, want)
			}
		}
	}
}

func TestTitlesAboveTheHeaderOfASheet(t *testing.T) {
	titled := [][]any{{"Kestrelway Staff list"}, {}, {"2023", nil}, {"uid", "name", "metadata.zip"}, {4711, "Anna", 7}, {}, {"ben"}}
	path := book(t, titled, func(f *excelize.File) {
		fillSheet(t, f, "Notes", [][]any{{"Remark", "By"}, {"none", "Tom"}})
		if err := f.MergeCell("Sheet1", "A1", "C1"); err != nil {
			t.Fatal(err)
		}
	})
	want := []string{`5 4711 name="Anna" zip="7"`, `7 ben`, "notice lines-above-header 2", "notice blank-rows 2"}
	expect(t, mustRead(t, Options{}, path), want...)
	expect(t, mustRead(t, Options{Settings: columns.Settings{HeaderRow: 4}}, path), want...)
	// A row that is named is the header, in whichever sheet it names the uid.
	other := book(t, [][]any{{"Remark", "By"}, {"none", "Tom"}}, func(f *excelize.File) {
		fillSheet(t, f, "HR", [][]any{{"Kestrelway", "Staff list"}, {"User ID", "Name"}, {12.5, "Anna"}})
	})
	r := mustRead(t, Options{Settings: columns.Settings{HeaderRow: 2}}, other)
	expect(t, r, `reject 3 uid="" User ID uid-numeric "12.5"`, "notice lines-above-header 1", "notice sheet-left-out 1")
	if _, err := Read(context.Background(), []string{other}, Options{Settings: columns.Settings{HeaderRow: 9}}); err == nil ||
		!strings.Contains(err.Error(), "row 9") {
		t.Error(err)
	}
}

// A hidden sheet is left alone, and told of if it could be a roster; whoever
// names a sheet knows what there is.
func TestHiddenSheetsAreTold(t *testing.T) {
	path := book(t, [][]any{{"uid", "name"}, {"anna", "Anna"}}, func(f *excelize.File) {
		for name, rows := range map[string][][]any{"old": {{"uid", "name"}, {"ben", "Ben"}}, "lists": {{"Countries"}, {"DE"}}} {
			if _, err := f.NewSheet(name); err != nil {
				t.Fatal(err)
			}
			fillSheet(t, f, name, rows)
			if err := f.SetSheetVisible(name, false); err != nil {
				t.Fatal(err)
			}
		}
	})
	told := func(opt Options) (all []string) {
		for _, n := range mustRead(t, opt, path).Intake().Notices {
			if n.Code == "hidden-sheets" {
				all = append(all, n.Message)
			}
		}
		return all
	}
	if got := told(Options{}); len(got) != 1 || !strings.Contains(got[0], `"old"; to read one, --sheet "old"`) ||
		strings.Contains(got[0], "lists") {
		t.Errorf("%q", got)
	}
	if got := told(Options{Settings: columns.Settings{Sheets: []string{"old"}}}); len(got) > 0 {
		t.Errorf("with --sheet: %q", got)
	}
}
