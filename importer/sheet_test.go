package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"cometsync/importer/columns"
	"cometsync/internal/slow"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// sheetXML is a workbook with one sheet, by its XML. Its styles are 0 General,
// 1 00000, 2 0.00E+00, 3 a date, 4 a date and time, 5 0%, 6 #,##0, 7 [h]:mm:ss,
// 8 "EMP-"0000, 9 h:mm, 10 # ?/?, 11 text.
func sheetXML(t testing.TB, more, book, rows string) string {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, f := range [][2]string{
		{"_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook xmlns:r="x">` + book + `<sheets><sheet name="HR" r:id="r1"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" Target="sheet.xml"/><Relationship ` +
			`Id="r2" Type="x/styles" Target="styles.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="200" formatCode="00000"/><numFmt numFmtId="201" ` +
			`formatCode="&quot;EMP-&quot;0000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/><xf numFmtId="11"/><xf ` +
			`numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="9"/><xf numFmtId="3"/><xf numFmtId="46"/><xf numFmtId="201"/><xf ` +
			`numFmtId="20"/><xf numFmtId="12"/><xf numFmtId="49"/></cellXfs></styleSheet>`},
		{"xl/sheet.xml", `<worksheet>` + strings.Replace(more, "<sheetData/>", `<sheetData>`+rows+`</sheetData>`, 1) + `</worksheet>`},
	} {
		w, err := z.Create(f[0])
		if err == nil {
			_, err = w.Write([]byte(f[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return write(t, "staff.xlsx", out.String())
}

// number is a numeric cell, inline one of text.
func number(style int, value string) string {
	return fmt.Sprintf(`<c s="%d"><v>%s</v></c>`, style, value)
}
func inline(text string) string { return `<c t="inlineStr"><is><t>` + text + `</t></is></c>` }

func TestUIDsThatAreNumbers(t *testing.T) {
	for _, c := range []struct {
		style int
		value string
		want  string // the uid; or the text in doubt, and a part of what is said about it
		shown string // the uid with --numeric-uid displayed, where it is another
	}{
		{0, "4711", "4711", ""},
		{0, "123456789012345", "123456789012345", ""},
		{6, "1234", "1234", ""},
		{11, "4711", "4711", ""},
		{0, "4711.0", "4711", ""},
		{1, "12345", "12345", ""},
		{0, "-5", "-5", ""},
		{1, "501", `? "00501": A2 holds a number that its format shows as another text`, "00501"},
		{8, "7", `? "EMP-0007": A2 holds a number that its format shows as another text`, "emp-0007"},
		{5, "12", `? "1200%": A2 holds a number that its format shows as another text`, `? "1200%": looks like a number`},
		{10, "12", `? "12": A2 holds a number that its format shows as another text`, ""},
		{0, "1234567890123456", `? "1.23456789012346E+15": A2 holds a number of more than 15 digits`, ""},
		{0, "1.2345678901234568E+17", `? "1.23456789012346E+17": A2 holds a number of more than 15 digits`, ""},
		{1, "1234567890123456", `? "1.23456789012346E+15": A2 holds a number of more than 15 digits`, ""},
		{2, "4711", `? "4.711E+03": A2 holds a number with an exponent`, ""},
		{0, "1.5E+05", `? "1.5E+05": A2 holds a number with an exponent`, ""},
		{0, "7.5", `? "7.5": A2 holds a number with decimals`, ""},
		{3, "44937", `? "2023/01/11": A2 holds a date`, ""},
		{7, "1.5", `? "36:00:00": A2 holds a date`, ""},
		{0, "abc", `? "abc": A2 is said to hold a number, and does not`, ""},
	} {
		path := sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+inline("name")+`</row><row>`+number(c.style,
			c.value)+inline("Anna")+`</row>`)
		for _, displayed := range []bool{false, true} {
			r := mustRead(t, Options{Settings: columns.Settings{DisplayedUIDs: displayed}}, path)
			want := c.want
			if displayed && c.shown != "" {
				want = c.shown
			}
			got := "nothing"
			if in := r.Intake(); in.Rejects.Len() == 1 {
				d := in.Rejects.At(0).Defects[0]
				got = fmt.Sprintf("? %q: %s", d.Value, d.Message)
				if in.Rejects.At(0).UID != "" || d.Column != "uid" || len(in.Rejects.At(0).Defects) != 1 ||
					in.Rejects.At(0).Cells[0] != d.Value {
					t.Errorf("%s in format %d: the reject is %+v", c.value, c.style, in.Rejects.At(0))
				}
				if d.Code != user.UIDNumeric && !strings.Contains(d.Message, "looks like a number as a spreadsheet") ||
					!strings.Contains(d.Message,
						";") {
					t.Errorf("%s in format %d: %s %s", c.value, c.style, d.Code, d.Message)
				}
			} else if row, err := r.Load(0); err == nil {
				got = row.User.UID
			}
			if got != want && (!strings.HasPrefix(want, "?") || !strings.HasPrefix(got, want)) {
				t.Errorf("%s in format %d (displayed: %v): %s, want %s", c.value, c.style, displayed, got, want)
			}
		}
	}
}

// A number in doubt is not a footer, though it be how many rows are above it.
func TestNumberInDoubtIsNoFooter(t *testing.T) {
	r := mustRead(t, Options{}, sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+`</row><row>`+inline("anna")+`</row><row>`+number(0,
		"0.1")+`</row>`))
	expect(t, r, "2 anna", `reject 3 uid="" uid uid-numeric "0.1"`)
}

// A text in doubt is not a uid either when rejects are read again as they are:
// what is not shown by the sheet is not taken in a second try.
func TestNumberInDoubtStaysInDoubt(t *testing.T) {
	for _, n := range []string{number(0, "1234567890123456"), number(2, "4711"), number(0, "7.5"), number(3, "44937")} {
		r := mustRead(t, Options{}, sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+`</row><row>`+n+`</row>`))
		again := csvText(t, Options{}, "uid,name\n"+r.Intake().Rejects.At(0).Cells[0]+",x\n")
		if again.Intake().Users != 0 {
			t.Errorf("%s is taken for a uid in %q", n, again.Intake().Rejects.Slice())
		}
	}
}

func TestCellsOfSheets(t *testing.T) {
	header := `<row>` + inline("uid") + inline("name") + inline("metadata.x") + inline("createdAt") + inline("Note") + `</row>`
	for _, c := range []struct{ book, x, created, want string }{
		{"", number(0, "3"), "", `x="3"`},
		{"", number(0, "3.0"), "", `x="3"`},
		{"", number(0, "1.2E+05"), "", `x="120000"`},
		{"", number(2, "120000"), "", `x="120000"`},
		{"", number(0, "0.10000000000000001"), "", `x="0.1"`},
		{"", number(1, "501"), "", `x="00501"`},
		{"", number(5, "0.25"), "", `x="25%"`},
		{"", number(6, "1234"), "", `x="1234"`},
		{"", number(3, "44937"), "", `x="2023-01-11"`},
		{"", number(3, "44937.5"), "", `x="2023-01-11"`},
		{"", number(4, "44937.5"), "", `x="2023-01-11T12:00:00"`},
		{"", number(9, "0.5"), "", `x="12:00:00"`},
		{"", number(7, "1.5"), "", `x="36:00:00"`},
		{"", number(3, "60"), "", `x="60"`},
		{`<workbookPr date1904="1"/>`, number(3, "43475"), "", `x="2023-01-11"`},
		{"", `<c t="b"><v>1</v></c>`, "", `x="TRUE"`},
		{"", `<c t="b"><v>0</v></c>`, "", `x="FALSE"`},
		{"", `<c t="str"><f>A1</f><v>shown</v></c>`, "", `x="shown"`},
		{"", inline("a&#0;b_x0000_c"), "", `x="abc"`},
		{"", inline("_x0000_eC2_x0000_text"), "", `x="eC2text"`}, // no mark of ours
		{"", `<c/>`, number(3, "44937"), `createdAt=1673395200`},
		{"", `<c/>`, number(3, "44937.345127314817"), `createdAt=1673425019`},
		{`<workbookPr date1904="true"/>`, `<c/>`, number(4, "43475.5"), `createdAt=1673438400`},
		{"", `<c/>`, number(0, "1673421419"), `createdAt=1673421419`},
		{"", `<c/>`, number(2, "1.673421419E9"), `createdAt=1673421419`},
		{"", `<c/>`, `<c t="d"><v>2023-01-11T07:16:59Z</v></c>`, `createdAt=1673421419`},
	} {
		r := mustRead(t, dated, sheetXML(t, "<sheetData/>", c.book, header+`<row>`+inline("anna")+`<c/>`+c.x+c.created+`</row>`))
		if got := show(t, r); !strings.Contains(got, "2 anna "+c.want) {
			t.Errorf("%s %s: %s, want %s", c.x, c.created, got, c.want)
		}
	}
	// Cells that have failed reject their rows, where a column is used.
	failed := `<c t="e"><v>#N/A</v></c>`
	r := mustRead(t, dated, sheetXML(t, "<sheetData/>", "", header+
		`<row>`+inline("anna")+failed+`</row><row>`+inline("ben")+`<c/><c><f>1+1</f></c></row><row>`+failed+inline("Carl")+`</row><row><c><f>x</f></c></row>`+
		`<row>`+inline("dora")+`<c/><c/><c/>`+failed+`</row><row>`+inline("emil")+`<c/><c/>`+failed+failed+`</row>`))
	expect(t, r,
		`6 dora`,
		`reject 2 uid="anna" name cell-failed "#N/A"`,
		`reject 3 uid="ben" metadata.x cell-failed ""`,
		`reject 4 uid="" uid cell-failed "#N/A"`,
		`reject 5 uid="" uid cell-failed ""`,
		`reject 7 uid="emil" createdAt cell-failed "#N/A"`,
		"notice ignored-column 1",
	)
	for i, want := range []string{"B2 holds an error", "C3 holds a formula that has never been computed", "A4 holds an error",
		"A5 holds a formula", "D7 holds an error"} {
		if got := r.Intake().Rejects.At(i).Defects[0].Message; !strings.Contains(got, want) {
			t.Errorf("%s does not say %s", got, want)
		}
	}
	// Slugs make no uid of an error.
	r = mustRead(t, Options{Rules: user.Rules{Rewrite: user.RewriteSlug}}, sheetXML(t, "<sheetData/>", "",
		header+`<row>`+failed+inline("Carl")+`</row>`))
	if got := r.Intake().Rejects.Slice(); len(got) != 1 || got[0].UID != "" {
		t.Errorf("%+v", got)
	}
}

func TestLookAtCellsThatHaveFailed(t *testing.T) {
	path := sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+inline("name")+`</row><row>`+number(1,
		"501")+`<c t="e"><v>#REF!</v></c></row>`)
	l, err := Look(context.Background(), []string{path}, Options{}, func(at user.Source, uid string) bool { return at.Row == 2 })
	if err != nil || len(l.Rows) != 1 {
		t.Fatal(l, err)
	}
	var got []string
	for _, c := range l.Rows[0].Cells {
		got = append(got, fmt.Sprintf("%s %q %q %v", c.Header, c.Text, c.Value, c.Reading == trace.ReadUnusable))
	}
	if want := []string{`uid "00501" "" true`, `name "#REF!" "" true`}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWhatASheetHides(t *testing.T) {
	more := `<cols><col min="2" max="3" hidden="1"/></cols><sheetData/><mergeCells><mergeCell ref="B1:C1"/><mergeCell ` +
		`ref="B3:B4"/><mergeCell ref="F9:G9"/></mergeCells>`
	r := mustRead(t, Options{}, sheetXML(t, more, "",
		`<row>`+inline("uid")+inline("name")+`</row><row>`+inline("anna")+inline("Anna")+`</row><row `+
			`hidden="1">`+inline("ben")+inline("Ben")+`</row><row>`+inline("carl")+`</row>`))
	expect(t, r, `2 anna name="Anna"`, `3 ben name="Ben"`, `4 carl`, "notice hidden-columns 1", "notice hidden-rows 1",
		"notice merged-header 1", "notice merged-cells 1")
	for i, want := range []string{`sheet hides it: "name" (column B)`, "1 row is hidden", "(B1:C1)", "(B3:B4)"} {
		if got := r.Intake().Notices[i].Message; !strings.Contains(got, want) {
			t.Errorf("%s does not say %s", got, want)
		}
	}
}

// A cell at the sheet's border, or rows that are formats alone, make neither
// many cells nor many rows.
func TestSheetsAreNotAsWideAsTheyClaim(t *testing.T) {
	rows := `<row>` + inline("uid") + inline("name") + `</row><row>` + inline("anna") + `<c r="XFC2" t="str"><v> </v></c></row><row>` +
		inline("ben") + `<c r="C3" t="str"><v>extra</v></c><c r="XFD3"><v>1</v></c></row><row r="1048576"><c s="3"/></row>`
	r := mustRead(t, Options{}, sheetXML(t, `<dimension ref="A1:XFD1048576"/><sheetData/>`, "", rows))
	expect(t, r, "2 anna", `reject 3 uid="ben"  cells-extra ""`)
	if got := r.Intake().Rejects.At(0).Cells; !slices.Equal(got, []string{"ben", "", "extra", "1"}) {
		t.Errorf("the cells are %q", got)
	}
	if s := r.sources[0]; s.last != 3 {
		t.Errorf("the last row is %d", s.last)
	}
}

func TestLimitsOfSheets(t *testing.T) {
	long := sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+`</row><row>`+inline("anna")+`</row><row>`+inline(strings.Repeat("x",
		300<<10))+`</row>`)
	_, err := Read(context.Background(), []string{long}, Options{})
	if err == nil || err.Error() != long+"[HR]: A3: a text takes more than 262144 bytes; is it a roster?" {
		t.Errorf("%v", err)
	}
	bomb := sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+`</row>`+`<!DOCTYPE x [<!ENTITY a "aaaa">]>`)
	if r := mustRead(t, Options{}, bomb); len(r.Intake().EndsEarly) != 1 || !strings.Contains(r.Intake().EndsEarly[0],
		"declares a document type") {
		t.Errorf("%q", r.Intake().EndsEarly)
	}
}

func TestSheetOption(t *testing.T) {
	people := func(uid string) [][]any { return [][]any{{"uid"}, {uid}} }
	path := book(t, people("one"), func(f *excelize.File) {
		for _, name := range []string{"HR", "Old", "7"} {
			fillSheet(t, f, name, people(strings.ToLower(name)))
		}
		if err := f.SetSheetVisible("Old", false); err != nil {
			t.Fatal(err)
		}
	})
	for sheet, want := range map[string]string{"HR": "hr", "hr": "hr", "Old": "old", "1": "one", "3": "7", "7": "7"} {
		r := mustRead(t, Options{Settings: columns.Settings{Sheets: []string{sheet}}}, path)
		if row, err := r.Load(0); err != nil || row.User.UID != want {
			t.Errorf("--sheet %s: %s, %v", sheet, row.User.UID, err)
		}
	}
	for sheet, want := range map[string]string{
		"HRR": `there is no sheet "HRR"; the sheets are "Sheet1", "HR", "Old", "7"; did you mean "HR"?`,
		"4":   "there is no sheet 4: 3 sheets are visible", "0": "there is no sheet 0",
		"": `several visible sheets have a uid column: "Sheet1", "HR", "7"; say which one with --sheet, as in --sheet "Sheet1", or ` +
			`all that are meant by repeating it`,
		"5*": `no visible sheet with text matches "5*"; the visible sheets are "Sheet1", "HR", "7"`,
		"[":  `--sheet "[": not a pattern; its brackets are not closed`,
	} {
		named := []string{sheet}
		if sheet == "" {
			named = nil
		}
		if _, err := Read(context.Background(), []string{path}, Options{Settings: columns.Settings{Sheets: named}}); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("--sheet %s: %v, want %s", sheet, err, want)
		}
	}
	if _, err := Read(context.Background(), []string{write(t, "a.csv", "uid\na\n")},
		Options{Settings: columns.Settings{Sheets: []string{"HR"}}}); err == nil || !strings.Contains(err.Error(),
		"no source is a workbook") {
		t.Error(err)
	}
}

// The same people give the same users as a CSV and as workbooks of two
// programs.
func TestWorkbooksGiveTheSameUsers(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	names := []string{"Zoë Müller", "漢字 😀", `"quoted", and not`, "a\nb", "<&>", "=1+1", "O'Neil", ""}
	rows := [][]any{{"uid", "name", "tags", "state", "metadata.x"}}
	var text strings.Builder
	text.WriteString("uid,name,tags,state,metadata.x\n")
	for i := range 60 {
		name, n := names[rnd.IntN(len(names))], rnd.IntN(1000)
		rows = append(rows, []any{fmt.Sprintf("u-%d", i), name, "a|b", i%3 > 0, n})
		fmt.Fprintf(&text, "u-%d,\"%s\",a|b,%v,%d\n", i, strings.ReplaceAll(name, `"`, `""`), i%3 > 0, n)
	}
	want := show(t, csvText(t, Options{}, text.String()))
	path := book(t, rows, nil)
	if got := show(t, mustRead(t, Options{}, path)); got != want {
		t.Errorf("excelize:\n%s\nwant\n%s", got, want)
	}
	office := slow.Program(t, "soffice")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	c := exec.CommandContext(ctx, office, "-env:UserInstallation=file://"+t.TempDir(), "--headless", "--convert-to",
		"xlsx:Calc MS Excel 2007 XML", "--outdir", dir, path)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if got := show(t, mustRead(t, Options{}, filepath.Join(dir, filepath.Base(path)))); got != want {
		t.Errorf("LibreOffice:\n%s\nwant\n%s", got, want)
	}
}

// Whatever is right of the table, the cells of a sheet stand in their
// columns: the row has its uid, and claims no other.
func TestCellsRightOfTheTable(t *testing.T) {
	row := func(cells ...string) string { return "<row>" + strings.Join(cells, "") + "</row>" }
	path := sheetXML(t, "<sheetData/>", "", row(inline("name"), inline("uid"), inline("dept"))+
		row(inline("Anna"), inline("anna"), inline("Sales"), inline("carl"))+
		row(inline("Ben"), number(0, "4711"), inline("y"), inline("x"))+
		row(inline("Carl"), number(3, "44937"), inline("dora"), inline("x"))+
		row(inline("Dora"), inline("a b"), inline("emil"), inline("x"))+
		row(inline("Emil"), inline("emil")))
	in := mustRead(t, Options{}, path).Intake()
	var got []string
	for _, x := range in.Rejects.All() {
		got = append(got, fmt.Sprint(x.Source.Row, " ", x.UID, " ", x.Defects[0].Code, " ", x.Claims))
		for _, c := range x.Claims {
			if behind := x.Cells[2]; c.Because == user.SameCell && c.Value != strings.ToLower(behind) {
				t.Errorf("row %d claims the cell %q, and the uid may be in %q", x.Source.Row, c.Value, behind)
			}
		}
	}
	if in.Users != 1 || len(got) != 4 || !strings.HasPrefix(got[0], "2 anna cells-extra") || !strings.HasPrefix(got[1],
		"3 4711 cells-extra") ||
		!strings.HasPrefix(got[2], "4  cells-extra") || !strings.HasPrefix(got[3], "5  cells-extra") || !strings.Contains(got[3], "a-b") {
		t.Errorf("%d users, %q", in.Users, got)
	}
	if !strings.Contains(got[2], "dora") || !strings.Contains(got[3], "emil") {
		t.Errorf("nobody is held whose uid may be one cell further on: %q", got)
	}
	l, err := Look(context.Background(), []string{path}, Options{}, func(src user.Source, _ string) bool { return src.Row == 2 })
	if err != nil || len(l.Rows) != 1 || l.Rows[0].UID != "anna" || l.Rows[0].Cells[1].Reading != trace.ReadValue {
		t.Errorf("%+v, %v", l, err)
	}
}

func TestBooleanUIDs(t *testing.T) {
	path := sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+inline("name")+`</row>`+
		`<row><c t="b"><v>1</v></c>`+inline("Anna")+`</row><row><c `+
		`t="b"><v>0</v></c>`+inline("Ben")+`</row><row>`+inline("TRUE")+inline("Carl")+`</row>`)
	for _, rules := range []user.Rules{{}, {Rewrite: user.RewriteSlug}} {
		r := mustRead(t, Options{Rules: rules}, path)
		expect(t, r, `4 true name="Carl"`, `reject 2 uid="" uid uid-invalid "TRUE"`, `reject 3 uid="" uid uid-invalid "FALSE"`,
			"notice repaired 3")
		if in := r.Intake(); !strings.HasPrefix(in.Rejects.At(0).Defects[0].Message, "A2 holds a yes or no, not a uid; ") {
			t.Error(in.Rejects.At(0))
		}
	}
}

// A uid in doubt is none, whatever else is wrong with its row.
func TestUIDsInDoubtBesideCellsTooMany(t *testing.T) {
	path := sheetXML(t, "<sheetData/>", "", `<row>`+inline("uid")+inline("name")+`</row>`+
		`<row>`+number(1, "501")+inline("Anna")+inline("x")+`</row><row><c `+
		`t="b"><v>1</v></c>`+inline("Ben")+inline("x")+`</row><row>`+inline("carl")+inline("Carl")+`</row>`)
	expect(t, mustRead(t, Options{}, path), `4 carl name="Carl"`, `reject 2 uid=""  cells-extra ""`, `reject 3 uid=""  cells-extra ""`)
}
