package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"
)

// file is one part of a workbook.
type file struct{ name, text string }

// The parts of a workbook with one sheet, as plain as they can be.
const (
	contentTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>`
	rootRels     = `<Relationships><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`
	bookXML      = `<workbook xmlns:r="x"><sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>`
	bookRels     = `<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="x/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="rId3" Type="x/styles" Target="/xl/styles.xml"/></Relationships>`
)

// plainBook is a workbook with a sheet; more replaces or adds parts.
func plainBook(sheet string, more ...file) []file {
	files := []file{
		{"[Content_Types].xml", contentTypes}, {"_rels/.rels", rootRels},
		{"xl/workbook.xml", bookXML}, {"xl/_rels/workbook.xml.rels", bookRels}, {"xl/worksheets/sheet1.xml", sheet},
	}
next:
	for _, m := range more {
		for i := range files {
			if files[i].name == m.name {
				files[i].text = m.text
				continue next
			}
		}
		files = append(files, m)
	}
	return files
}

// pack makes an archive of parts.
func pack(t testing.TB, files []file) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range files {
		part, err := w.Create(f.name)
		if err == nil {
			_, err = io.WriteString(part, f.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func openBytes(data []byte, limits Limits) (*Book, error) {
	return Open(bytes.NewReader(data), int64(len(data)), limits)
}

func mustOpen(t testing.TB, files []file) *Book {
	t.Helper()
	b, err := openBytes(pack(t, files), Usual())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// dump is rows in one line: number, then column=kind:text of each cell.
func dump(rows *Rows) string {
	var out []string
	for rows.Next() {
		row := rows.Row()
		line := fmt.Sprint(row.Number)
		for _, c := range row.Cells {
			line += fmt.Sprintf(" %s=%c:%s", Letters(c.Column), " tnbed?"[c.Kind], c.Text)
			if c.Style > 0 {
				line += fmt.Sprintf("/%d", c.Style)
			}
		}
		out = append(out, line)
	}
	if rows.Err() != nil {
		out = append(out, "! "+rows.Err().Error())
	}
	return strings.Join(out, " | ")
}

const head, foot = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><worksheet xmlns="x"><sheetData>`, `</sheetData></worksheet>`

var strings5 = file{"xl/sharedStrings.xml",
	`<sst count="99999999" uniqueCount="99999999"><si><t>zero</t></si><si><r><rPr><b/></rPr><t>rich </t></r><r><t xml:space="preserve"> text</t></r><rPh sb="0" eb="1"><t>phonetic</t></rPh><phoneticPr/></si><si><t/></si><si><t>a_x000D_b_x005F_x0041_</t></si><x:si xmlns:x="y"><x:t>prefixed &amp; <![CDATA[<raw> &amp;]]></x:t></x:si></sst>`}

// sheetsOfRows are sheets and the rows that are read of them.
var sheetsOfRows = []struct{ sheet, want string }{
	{head + foot, ""},
	{head + `<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v> 1 </v></c><c r="C1" t="s"><v>2</v></c><c r="D1" t="s"><v>3</v></c><c r="E1" t="s"><v>4</v></c></row>` + foot, "1 A=t:zero B=t:rich  text D=t:a\rb_x0041_ E=t:prefixed & <raw> &amp;"},
	{head + `<row r="2" spans="1:9"><c t="n" s="3" r="B2"><v>1.5</v></c><c r='AA2'><v>7</v></c><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row><row hidden="1"><c t="d"><v>2023-01-11</v></c></row>` + foot, "2 B=n:1.5/3 AA=n:7 AB=b:1 AC=e:#N/A | 3 A=d:2023-01-11"},
	{head + `<row r="1"><c t="inlineStr"><is><t>in</t></is></c><c t="inlineStr"><is><r><t>li</t></r><r><t>ne</t></r><rPh><t>no</t></rPh></is></c><c t="str"><f>A1&amp;"x"</f><v>_x0041_&#66;&#x43;</v></c><c><f>1/0</f></c><c t="str"><f>x</f><v></v></c></row>` + foot, "1 A=t:in B=t:line C=t:ABC D=?:"},
	{head + `<row><c/></row><row/><row r='9' ><c r="a9"><v>1</v></c></row><row/>` + foot, "1 | 2 | 9 A=n:1 | 10"},
	{`<x:worksheet><x:cols><x:col min="2" max="2" hidden="1"/></x:cols><x:sheetData><x:row r="3"><x:c r="A3" t="str"><x:v>x</x:v></x:c></x:row></x:sheetData></x:worksheet >`, "3 A=t:x"},
	{head + `<row r="1" note="a>b" other='"> <row>">'><c r="A1" t="str"><v>a` + "\r\nb\rc" +
		`<!-- > <row r="5"> --><?pi <v> ?><![CDATA[ ]]]]><![CDATA[>` + "\r\n" + `]]></v></c></row>` + foot, "1 A=t:a\nb\nc ]]>\n"},
	{head + `<row r="1"><c r="A1" t="str"><v>` + strings.Repeat("long ", 20000) + `</v></c></row>` + foot, "1 A=t:" +
		strings.Repeat("long ", 20000)},
	{head + `<row r="2"/></sheetData><extLst><row r="1"><c r="A1"><v>1</v></c></row></extLst><sheetView><row/></sheetView></worksheet>` +
		"\n<!-- end -->\n", "2"},
	{head + `<row r="2"><ext><c><v>1</v></c></ext><c r="A2"><v>1</v><extLst><v>3</v></extLst></c></row>` + foot, "2 A=n:1"},
	// A value is where its type has it; what is left in the other place is none.
	{head + `<row r="1"><c r="A1" t="inlineStr"><v>102</v><is><t>103</t></is></c><c r="B1" t="inlineStr"><is><t>104</t></is><v>105</v></c><c r="C1" t="inlineStr"><v>106</v></c><c r="D1" t="inlineStr"><v>107</v><is/></c></row>` + foot, "1 A=t:103 B=t:104 C=t:106"},
	{head + `<row r="1"><c r="A1" t="s"><v>0</v><is><t>left</t></is></c><c r="B1"><is><t>left</t></is><v>7</v></c><c r="C1" t="str"><is><t>left</t></is></c><c r="D1"><is><t>left</t></is></c><c r="E1"><v>1</v></c></row>` + foot, "1 A=t:zero B=n:7 E=n:1"},
	{head + `<row r=""><c r="A1" s="" t="s"><v>0</v></c><c r="B1" s=""><v>7</v></c></row>` + foot, "1 A=t:zero B=n:7"},
	// A row that is begun anew for its cells, and cells that say another row.
	{head + `<row r="1"><c r="A1"><v>1</v></c></row><row r="1" hidden="1"><c r="B1"><v>2</v></c></row><row r="1"/><row r="1"><c r="D1" t="s"><v>0</v></c></row><row r="3"><c r="A3"><v>3</v></c></row>` + foot, "1 A=n:1 B=n:2 D=t:zero | 3 A=n:3"},
	{head + `<row r="2"/><row r="2"/>` + foot, "2"},
	{head + `<row r="2"><c r="A3"/></row>` + foot, "2"},
	{head + `<row r="3"><c r="A4"><v>1</v></c><c r="B4"><v>2</v></c></row><row r="4"><c r="A5"><v>3</v></c></row>` + foot,
		"3 A=n:1 B=n:2 | 4 A=n:3"},
	// What is not in order.
	{head + `<row r="2"><c r="A2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>` + foot,
		"! two rows have the number 2, and both have cells in column A or after it"},
	{head + `<row r="2"><c><v>1</v></c></row><row r="2"><c><v>2</v></c></row>` + foot,
		"! two rows have the number 2, and both have cells in column A or after it"},
	{head + `<row r="2"><c r="B2"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>` + foot,
		"! two rows have the number 2, and both have cells in column A or after it"},
	{head + `<row r="4"/><row r="3"/>` + foot, "4 | ! row 3 comes after row 4"},
	{head + `<row r="4"/><row r="-5"/>` + foot, `4 | ! the row after 4 has the number "-5", which no row can have`},
	{head + `<row r="x"/>` + foot, `! the first row has the number "x", which no row can have`},
	{head + `<row r="1048577"/>` + foot, `! the first row has the number "1048577", which no row can have`},
	{head + `<row r="1048576"/><row/>` + foot, `1048576 | ! it has more than 1048576 rows`},
	{head + `<row r="2"><c r="B2"/><c r="A2"/></row>` + foot, "! in row 2, a cell in column A comes after one in column B"},
	{head + `<row r="2"><c r="A2"/><c r="A2"/></row>` + foot, "! row 2 has two cells in column A"},
	{head + `<row r="2"><c r="A1"><v>1</v></c><c r="B2"><v>1</v></c></row>` + foot, "! the cells of row 2 name the rows 1 and 2"},
	{head + `<row r="2"><c r="A2"><v>1</v></c><c r="B4"><v>1</v></c></row>` + foot, "! the cells of row 2 name the rows 2 and 4"},
	{head + `<row r="2"><c r="7"/></row>` + foot, `! row 2 has a cell with the reference "7", which no cell can have`},
	{head + `<row r="2"><c r="XFD2"><v>1</v></c><c/></row>` + foot, "! row 2 has cells after column XFD"},
	{head + `<row r="2"><c r="A2" s="x"/></row>` + foot, `! row 2 has a cell with the style "x"`},
	{head + `<row r="2"><c r="A2" t="s"><v>5</v></c></row>` + foot, `! A2 refers to the shared text "5", which does not exist`},
	{head + `<row r="2"><c r="A2" t="s"><v>-1</v></c></row>` + foot, `! A2 refers to the shared text "-1", which does not exist`},
	{head + `<row r="2"><c r="A2" t="s"><v>99999999999999999999</v></c></row>` + foot,
		`! A2 refers to the shared text "99999999999999999999", which does not exist`},
	// What has no end.
	{head + `<row r="2">`, "! <row> is not closed"},
	{head + `<row r="2"`, "! a tag is cut off"},
	{head + `<row r="2"/><!-- `, "2 | ! a comment is not closed"},
	{head + `<row r="2"/><`, "2 | ! a tag is cut off"},
	{head + `<row r="2"/></sheetData>`, "2 | ! <worksheet> is not closed"},
	{head + `<row r="2"><c t="str"><v>x &am`, "! a text is cut off"},
	{head + `<row r="2"><c t="str"><v><![CDATA[x`, "! a CDATA section is not closed"},
	{"", "! it is empty"},
	{"<?xml version='1.0'?>", "! it is empty"},
	// What is not an XML, or not of this kind.
	{head + `<row r="2"></c></row>` + foot, "! </c> closes nothing"},
	{head + foot + "</worksheet>", "! </worksheet> closes nothing"},
	{head + foot + "<row/>", "! elements follow the end"},
	{head + foot + "text", "! text is outside of all elements"},
	{head + foot + "<![CDATA[text]]>", "! text is outside of all elements"},
	{head + "<>" + foot, "! a tag without a name"},
	{head + "<1/>" + foot, `! a tag has the name "1", which none can have`},
	{"<html></html>", "! it begins with <html>"},
	{head + `<row r></row>` + foot, "! an attribute without a value"},
	{head + `<row r=1></row>` + foot, "! an attribute's value is not in quotes"},
	{head + "<row \xff='' r='1'></row>" + foot, `! an attribute has the name "\xff", which none can have`},
	{head + `<row r="2"><c t="str"><v>x & y</v></c></row>` + foot, "! an & that begins no entity"},
	{head + `<row r="2"><c t="str"><v>&nbsp;</v></c></row>` + foot, "! &nbsp; is not an entity of XML"},
	{`<!DOCTYPE worksheet [<!ENTITY a "aaaa">]>` + head[55:] + foot,
		"! it declares a document type or entities, and no spreadsheet does"},
	{`<?xml version="1.0" encoding='ISO-8859-1'?>` + head[55:] + foot,
		`! it is written in "iso-8859-1", and only UTF-8 and UTF-16 are read`},
}

func TestRows(t *testing.T) {
	for _, c := range sheetsOfRows {
		b := mustOpen(t, plainBook(c.sheet, strings5))
		rows, err := b.Rows(b.Sheets()[0])
		if err != nil {
			t.Fatal(err)
		}
		got := dump(rows)
		rows.Close()
		// And byte by byte, so that every border is in every place.
		again := dump(&Rows{book: b, x: newScanner(iotest.OneByteReader(strings.NewReader(c.sheet)), &b.limits)})
		if got != c.want || again != c.want {
			t.Errorf("%.120q:\n got %q\n and %q\nwant %q", c.sheet, got, again, c.want)
		}
	}
}

func TestHiddenAndMerged(t *testing.T) {
	b := mustOpen(t, plainBook(`<worksheet><cols><col min="2" max="3" hidden="1"/><col min="5" max="5"/></cols><sheetData><row r="1"/><row r="2" hidden="true"/></sheetData><mergeCells count="2"><mergeCell ref="A1:C1"/><mergeCell ref="$"/></mergeCells></worksheet>`))
	rows, err := b.Rows(b.Sheets()[0])
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var hidden []bool
	for rows.Next() {
		hidden = append(hidden, rows.Row().Hidden)
	}
	if fmt.Sprint(hidden) != "[false true]" {
		t.Errorf("hidden rows: %v", hidden)
	}
	var columns string
	for i := range 6 {
		if rows.HiddenColumn(i) {
			columns += Letters(i)
		}
	}
	ranges, n := rows.Merged()
	if columns != "BC" || n != 2 || fmt.Sprint(ranges) != "[A1:C1]" {
		t.Errorf("hidden columns %s, merged %v of %d", columns, ranges, n)
	}
}

// A part may be written in UTF-16, or begin with a mark.
func TestEncodings(t *testing.T) {
	const sheet = `<worksheet><sheetData><row r="1"><c t="str"><v>Zoë 😀</v></c></row></sheetData></worksheet>`
	wide := func(mark string, low, high int) string {
		out := []byte(mark)
		for _, r := range utf16Of(sheet) {
			unit := [2]byte{}
			unit[low], unit[high] = byte(r), byte(r>>8)
			out = append(out, unit[:]...)
		}
		return string(out)
	}
	for name, text := range map[string]string{
		"plain": sheet, "marked": "\xEF\xBB\xBF" + sheet,
		"little": wide("\xFF\xFE", 0, 1), "big": wide("\xFE\xFF", 1, 0), "unmarked little": wide("", 0, 1), "unmarked big": wide("", 1, 0),
	} {
		b := mustOpen(t, plainBook(text))
		rows, err := b.Rows(b.Sheets()[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := dump(rows); got != "1 A=t:Zoë 😀" {
			t.Errorf("%s: %q", name, got)
		}
		rows.Close()
	}
	b := mustOpen(t, plainBook(wide("\xFF\xFE", 0, 1)+"x"))
	rows, _ := b.Rows(b.Sheets()[0])
	defer rows.Close()
	if dump(rows); rows.Err() == nil {
		t.Errorf("half a character at the end: %v", rows.Err())
	}
}

func TestOpen(t *testing.T) {
	sheet := head + foot
	many := `<workbook xmlns:r="x"><workbookPr date1904="1"/><sheets><sheet name="A &amp; B" r:id="rId1"/><sheet r:id="rId9" state="hidden" name="Chart"/><sheet rel:id="rId1" name="C" state="veryHidden"/></sheets></workbook>`
	b := mustOpen(t, plainBook(sheet, file{"xl/workbook.xml", many}, file{"xl/charts/x.xml", ""}))
	got := ""
	for _, s := range b.Sheets() {
		got += fmt.Sprintf("%s %d;", s.Name, s.Visibility)
	}
	if want := "A & B 0;C 2;"; got != want || !b.date1904 {
		t.Errorf("%s, want %s; 1904 %v", got, want, b.date1904)
	}
	// Names in other cases, backslashes, a workbook elsewhere.
	b = mustOpen(t, []file{
		{"_rels/.rels", strings.ReplaceAll(rootRels, "xl/workbook.xml", "/Book/W.XML")}, {`book\w.xml`, bookXML},
		{"book/_rels/w.xml.rels", strings.ReplaceAll(bookRels, "worksheets/", "../")}, {"SHEET1.xml", sheet},
	})
	if len(b.Sheets()) != 1 {
		t.Errorf("%v", b.Sheets())
	}
	// Targets as some write them; what has no part matters to who reads it.
	for _, c := range []struct{ target, part, want string }{
		{`worksheets\sheet1.xml`, "", ""}, {"worksheets/sheet%31.xml", "", ""}, {`\xl\worksheets/sheet1.xml`, "",
			""}, {"/xl/worksheets/./sheet1.xml", "", ""},
		{"worksheets/my%20sheet.xml", "xl/worksheets/my sheet.xml", ""}, {"worksheets/my%20sheet.xml", "xl/worksheets/my%20sheet.xml",
			""}, {"worksheets/100%.xml", `xl\worksheets\100%.xml`, ""},
		{"worksheets/sheet2.xml", "", `the sheet "People" has no part "xl/worksheets/sheet2.xml"`},
	} {
		files := plainBook(sheet, file{"xl/_rels/workbook.xml.rels", strings.ReplaceAll(bookRels, "worksheets/sheet1.xml", c.target)})
		if c.part != "" {
			files[4].name = c.part
		}
		b := mustOpen(t, files)
		rows, err := b.Rows(b.Sheets()[0])
		if got := fmt.Sprint(err); err != nil && got != c.want || err == nil && (c.want != "" || rows.Next() || rows.Err() != nil) {
			t.Errorf("%s: %v, want %s", c.target, err, c.want)
		}
	}
	// Why there are no shared texts is told each time.
	b = mustOpen(t, plainBook(head+`<row><c t="s"><v>0</v></c></row>`+foot, file{"xl/sharedStrings.xml",
		`<!DOCTYPE sst><sst><si><t>a</t></si></sst>`}))
	for range 2 {
		rows, err := b.Rows(b.Sheets()[0])
		if err != nil {
			t.Fatal(err)
		}
		if got := dump(rows); !strings.HasSuffix(got, "it declares a document type or entities, and no spreadsheet does") {
			t.Error(got)
		}
	}
	for _, c := range []struct {
		files []file
		want  string
	}{
		{[]file{{"mimetype", "x"}, {"content.xml", ""}}, "is an OpenDocument file (.ods)"},
		{[]file{{"Index/Document.iwa", ""}}, "is a Numbers document (.numbers)"},
		{[]file{{"_rels/.rels", strings.ReplaceAll(rootRels, "workbook.xml", "workbook.bin")}}, "is a binary workbook (.xlsb)"},
		{[]file{{"word/document.xml", ""}}, "is a text document (.docx)"},
		{[]file{{"notes.txt", ""}}, "is an archive without a workbook in it"},
		{plainBook(sheet, file{"xl/workbook.xml", bookXML[:30]}), "xl/workbook.xml: <sheets> is not closed"},
		{plainBook(sheet, file{"xl/styles.xml", `<styleSheet><cellXfs><xf numFmtId="x"/></cellXfs></styleSheet>`}),
			`xl/styles.xml: a number format has the number "x"`},
	} {
		if _, err := openBytes(pack(t, c.files), Usual()); err == nil || err.Error() != c.want {
			t.Errorf("%v, want %s", err, c.want)
		}
	}
	whole := pack(t, plainBook(sheet))
	var cut *CutError
	if _, err := openBytes(whole[:len(whole)-30], Usual()); !errors.As(err, &cut) {
		t.Errorf("without its directory: %v", err)
	}
}

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }
