package importer

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/workbook"
)

// storedZip is an archive of parts, each a name and its content, whose bytes no version
// of a compressor changes.
func storedZip(parts ...string) string {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i := 0; i < len(parts); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: parts[i], Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(parts[i+1]))
		}
		if err != nil {
			panic(err) // of memory
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return out.String()
}

// The formats of cells, by their number in the style sheet below.
const (
	general = iota
	fiveDigits
	shortDate
	dateAndTime
	scientific
	asText
	germanDate
	euros
	percent
	yearOnly
	longNumber
)

const styleSheet = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="4"><numFmt numFmtId="164" formatCode="00000"/><numFmt numFmtId="165" formatCode="[$-407]d\.\ mmmm\ yyyy;@"/><numFmt numFmtId="166" formatCode="#,##0.00\ [$€-407];[Red]\-#,##0.00\ [$€-407]"/><numFmt numFmtId="167" formatCode="yyyy"/></numFmts><cellXfs count="11"><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="14"/><xf numFmtId="22"/><xf numFmtId="11"/><xf numFmtId="49"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="9"/><xf numFmtId="167"/><xf numFmtId="1"/></cellXfs></styleSheet>`

// page is one sheet of a workbook.
type page struct {
	name, state string
	rows        string
	before      string // of the rows: columns
	behind      string // merges, filters, notes
}

// excelBook is a workbook in the form in which Excel writes it.
func excelBook(properties string, shared []string, pages ...page) string {
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const main = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	const rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	var sheets, rels strings.Builder
	parts := []string{"_rels/.rels", head +
		`<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="` + rel +
		`/officeDocument" Target="xl/workbook.xml"/></Relationships>`}
	for i, p := range pages {
		state := ""
		if p.state != "" {
			state = ` state="` + p.state + `"`
		}
		fmt.Fprintf(&sheets, `<sheet name="%s" sheetId="%d"%s r:id="rId%d"/>`, p.name, i+1, state, i+1)
		fmt.Fprintf(&rels, `<Relationship Id="rId%d" Type="%s/worksheet" Target="worksheets/sheet%d.xml"/>`, i+1, rel, i+1)
		parts = append(parts, fmt.Sprintf("xl/worksheets/sheet%d.xml", i+1),
			head+`<worksheet `+main+`>`+p.before+`<sheetData>`+p.rows+`</sheetData>`+p.behind+`</worksheet>`)
	}
	parts = append(parts,
		"xl/workbook.xml", head+`<workbook `+main+` xmlns:r="`+rel+`">`+properties+`<sheets>`+sheets.String()+`</sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", head+`<Relationships `+
			`xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`+rels.String()+`<Relationship Id="rId90" `+
			`Type="`+rel+`/styles" Target="styles.xml"/><Relationship Id="rId91" Type="`+rel+`/sharedStrings" `+
			`Target="sharedStrings.xml"/></Relationships>`,
		"xl/styles.xml", styleSheet,
		"xl/sharedStrings.xml", head+`<sst `+main+`><si>`+strings.Join(shared, "</si><si>")+`</si></sst>`)
	return storedZip(parts...)
}

// plainParts are the parts of a workbook with one sheet and nothing else.
func plainParts(sheet, main, rel string) []string {
	return []string{
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="` +
			rel + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns="` + main + `" xmlns:r="` + rel +
			`"><sheets><sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships ` +
			`xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="` + rel +
			`/worksheet" Target="sheet.xml"/></Relationships>`,
		"xl/sheet.xml", `<worksheet xmlns="` + main + `"><sheetData>` + sheet,
	}
}

const (
	usualMain, usualRel = "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
		"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	strictMain, strictRel = "http://purl.oclc.org/ooxml/spreadsheetml/main", "http://purl.oclc.org/ooxml/officeDocument/relationships"
)

// tr is a row of cells with their addresses; "" leaves a cell out.
func tr(row int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, row)
	for i, c := range cells {
		if c != "" {
			b.WriteString(strings.Replace(c, "<c", fmt.Sprintf(`<c r="%s%d"`, workbook.Letters(i), row), 1))
		}
	}
	b.WriteString("</row>")
	return b.String()
}

// texts is a row of inline texts.
func texts(row int, cells ...string) string {
	out := make([]string, len(cells))
	for i, c := range cells {
		if c != "" {
			out[i] = inline(c)
		}
	}
	return tr(row, out...)
}

func sharedText(i int) string          { return fmt.Sprintf(`<c t="s"><v>%d</v></c>`, i) }
func formula(kind, f, v string) string { return `<c` + kind + `><f>` + f + `</f><v>` + v + `</v></c>` }
func failedCell(what string) string    { return `<c t="e"><v>` + what + `</v></c>` }

var peopleRows = texts(1, "uid", "name") + texts(2, "anna", "Anna") + texts(3, "ben", "Ben") + texts(4, "carl", "Carl")
var smallBook = excelBook("", nil, page{name: "Staff", rows: peopleRows})
var withDates = Options{Dates: true}

var hrPage = page{name: "Personal",
	before: `<cols><col min="1" max="1" width="9"/><col min="6" max="6" width="0" hidden="1"/></cols>`,
	rows: tr(1, sharedText(0)) + tr(2, inline("as of"), number(germanDate, "46295")) +
		texts(4, "Personnel no", "Last name", "First name", "metadata.hired", "Active", "metadata.@private.salary", "metadata.share") +
		tr(5, number(general, "417"), sharedText(1), sharedText(2), number(germanDate, "44255"), `<c t="b"><v>1</v></c>`,
			number(euros, "4200.5"), number(percent, "0.5")) +
		tr(6, number(general, "418"), sharedText(3), inline("Jörg"), number(germanDate, "44255.75"), `<c t="b"><v>0</v></c>`,
			number(euros, "-1"), number(percent, "1")) +
		tr(7, formula("", "A6+1", "419"), formula(` t="str"`, `UPPER("kim")`, "KIM"), inline("_x000D_Anna_x005F_"), number(yearOnly,
			"44255"),
			formula(` t="b"`, "TRUE()", "1"), "", number(percent, "0.125")) +
		tr(8, inline("00420"), inline("Oz "), inline("Ben"), inline("28.02.2021"), inline("WAHR"), "", "") +
		tr(10, inline("Total"), "", number(general, "4")),
	behind: `<autoFilter ref="A4:G8"/><mergeCells count="2"><mergeCell ref="A1:G1"/><mergeCell ref="D6:D7"/></mergeCells>`,
}
var hrShared = []string{
	`<t>Staff list</t>`, `<t xml:space="preserve">von der </t>`,
	`<r><t>Kä</t></r><r><rPr><b/><sz val="11"/></rPr><t>the</t></r><rPh sb="0" eb="2"><t>ignored</t></rPh>`,
	`<t>Wei&#223;</t>`,
}
var numericRows = texts(1, "uid", "name") +
	tr(2, number(general, "4711"), inline("plain")) +
	tr(3, number(fiveDigits, "501"), inline("five digits, two of them zeros")) +
	tr(4, number(fiveDigits, "12345"), inline("five digits")) +
	tr(5, number(longNumber, "1234567890123450"), inline("sixteen digits")) +
	tr(6, number(general, "1.2345678901234501E+17"), inline("eighteen digits")) +
	tr(7, number(scientific, "100000"), inline("shown as a power")) +
	tr(8, number(general, "7.5"), inline("a half")) +
	tr(9, number(shortDate, "44255"), inline("a date")) +
	tr(10, number(asText, "4712"), inline("a number in a column of texts")) +
	tr(11, `<c s="5" t="inlineStr"><is><t>00503</t></is></c>`, inline("a text with zeros")) +
	tr(12, inline("1.23E+15"), inline("a text that was rounded")) +
	tr(13, number(general, "-7"), inline("below zero")) +
	tr(14, `<c t="b"><v>1</v></c>`, inline("a yes")) +
	tr(15, formula("", "B1*2", "4713"), inline("computed")) +
	tr(16, number(general, "999999999999999"), inline("fifteen digits"))

var dateRows = texts(1, "uid", "createdAt", "metadata.since") +
	tr(2, inline("d1"), number(shortDate, "44255"), number(shortDate, "44255")) +
	tr(3, inline("d2"), number(dateAndTime, "44255.395833333336"), number(dateAndTime, "44255.395833333336")) +
	tr(4, inline("d3"), number(general, "44255"), number(general, "44255")) +
	tr(5, inline("d4"), inline("28.02.2021"), number(germanDate, "60")) +
	tr(6, inline("d5"), `<c t="d"><v>2021-02-28T09:30:00</v></c>`, number(germanDate, "-5")) +
	tr(7, inline("d6"), number(general, "1614504600"), number(germanDate, "2958466"))

var errorRows = texts(1, "uid", "name", "metadata.dept", "Note") +
	tr(2, inline("e1"), inline("Anna"), failedCell("#N/A"), inline("x")) +
	tr(3, inline("e2"), inline("Ben"), inline("Sales"), failedCell("#REF!")) +
	tr(4, failedCell("#VALUE!"), inline("Carl"), inline("Sales")) +
	tr(5, inline("e4"), `<c><f>VLOOKUP(A5,X!A:B,2,0)</f></c>`, inline("Sales")) +
	tr(6, inline("e5"), formula(` t="str"`, "X", ""), inline("Sales")) +
	tr(7, inline("e6"), inline("#N/A"), inline("a text that looks like an error"))

var inlinedSheet = `<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>` +
	`<x:row><x:c t="inlineStr"><x:is><x:t>uid</x:t></x:is></x:c><x:c t="inlineStr"><x:is><x:t>name</x:t></x:is></x:c></x:row>` +
	`<x:row><x:c t="inlineStr"><x:is><x:t>00017</x:t></x:is></x:c><x:c ` +
	`t="inlineStr"><x:is><x:r><x:t>An</x:t></x:r><x:r><x:t>na</x:t></x:r></x:is></x:c></x:row>` +
	`<x:row><x:c><x:v>18</x:v></x:c><x:c t="str"><x:v>Ben &amp; Co</x:v></x:c></x:row></x:sheetData></x:worksheet>`

// corpusBooks are the files that are workbooks, by their names at least.
var corpusBooks = []awkward{
	{"hr.xlsx", "An HR suite's workbook: a merged title, a date above the header, rich text, formulas, a hidden column, a sum.",
		excelBook("", hrShared, hrPage), nil},
	{"numeric-uids.xlsx", "Ids that are numbers, in ten formats.", excelBook("", nil, page{name: "S", rows: numericRows}),
		[]way{{}, {"displayed", "--numeric-uid displayed", Options{Settings: columns.Settings{DisplayedUIDs: true}}}}},
	{"dates-1900.xlsx", "Dates as days since 1900, and what only looks like them.", excelBook("", nil, page{name: "S", rows: dateRows}),
		[]way{{"", "--create-with import", withDates}}},
	{"dates-1904.xlsx", "The same days in a workbook of an old Mac, which counts from 1904.", excelBook(`<workbookPr date1904="1"/>`, nil,
		page{name: "S", rows: dateRows}), []way{{"", "--create-with import", withDates}}},
	{"errors.xlsx", "Formulas that failed, in columns that are read and in one that is not.",
		excelBook("", nil, page{name: "S", rows: errorRows}), nil},
	{"inline.xlsx", "An ERP's workbook: prefixed names, no addresses, no styles, no shared texts.", storedZip(
		"_rels/.rels", `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" `+
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" `+
			`Target="/xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<x:workbook xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main" `+
			`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><x:sheets><x:sheet name="Export" `+
			`sheetId="1" r:id="r1"/></x:sheets></x:workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships `+
			`xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" `+
			`Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" `+
			`Target="/xl/worksheets/s.xml"/></Relationships>`,
		"xl/worksheets/s.xml", inlinedSheet), nil},
	{"hidden-sheets.xlsx", "Notes in front, last year's list hidden, the list, and one that only a macro shows.", excelBook("", nil,
		page{name: "Read me", rows: texts(1, "Please do not edit") + texts(2, "Questions: HR")},
		page{name: "2025", state: "hidden", rows: peopleRows + texts(5, "old", "Old")},
		page{name: "2026", rows: peopleRows},
		page{name: "_x", state: "veryHidden", rows: peopleRows}), []way{{}, {"named", "--sheet 2025",
		Options{Settings: columns.Settings{Sheets: []string{"2025"}}}}}},
	{"two-sheets.xlsx", "A sheet for each school: nobody says which.", excelBook("", nil, page{name: "North", rows: peopleRows},
		page{name: "South", rows: peopleRows}), []way{{}, {"named", "--sheet South",
		Options{Settings: columns.Settings{Sheets: []string{"South"}}}}}},
	{"merged.xlsx", "Departments that stand in one cell over several rows, and a merged header.", excelBook("", nil, page{name: "S",
		rows: texts(1, "uid", "name", "metadata.dept", "Contact", "") + texts(2, "m1", "Anna", "Sales", "a", "b") + texts(3, "m2", "Ben",
			"", "c") + texts(4, "m3", "Carl", "Ops"),
		behind: `<mergeCells><mergeCell ref="D1:E1"/><mergeCell ref="C2:C3"/></mergeCells>`}), nil},
	{"sparse.xlsx", "Rows that are not there, rows that are formats alone, a remark far to the right.", excelBook("", nil, page{name: "S",
		rows: texts(3, "uid", "name") + texts(5, "anna", "Anna") + `<row r="6"><c r="A6" s="1"/><c r="B6" s="1"/></row>` +
			texts(9, "ben", "Ben") + tr(10, "", inline("Carl")) + texts(11, "dora", "Dora", "", "", "remark") +
			`<row r="1048576"><c r="A1048576" s="1"/></row>`}), nil},
	{"hidden-rows.xlsx", "A filter that was left on: rows that the sheet does not show.", excelBook("", nil, page{name: "S",
		rows: texts(1, "uid", "name") + texts(2, "anna", "Anna") +
			`<row r="3" hidden="1"><c r="A3" t="inlineStr"><is><t>ben</t></is></c></row>` + texts(4, "carl", "Carl"),
		behind: `<autoFilter ref="A1:B4"><filterColumn colId="0"><filters><filter val="anna"/></filters></filterColumn></autoFilter>`}),
		nil},
	{"strict.xlsx", "A workbook in the strict form of the standard.", storedZip(plainParts(peopleRows+"</sheetData></worksheet>",
		strictMain,
		strictRel)...), nil},
	{"cut-off.xlsx", "A download that stopped: the archive's directory is gone.", smallBook[:len(smallBook)*2/3], nil},
	{"cut-sheet.xlsx", "A whole archive with a sheet that stops in its third row.",
		storedZip(plainParts(peopleRows[:len(peopleRows)-40], usualMain, usualRel)...), nil},
	{"no-sheet.xlsx", "A workbook whose sheet has no part.", storedZip(
		"_rels/.rels", `<Relationships><Relationship Id="r" Type="x/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml", `<workbook xmlns:r="x"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships><Relationship Id="r1" Type="x/worksheet" `+
			`Target="worksheets/sheet1.xml"/></Relationships>`), nil},
	{"empty-sheet.xlsx", "A workbook in which nobody wrote anything.", excelBook("", nil, page{name: "Sheet1"}), nil},
	{"text.xlsx", "A CSV under the name of a workbook.", "uid,name\nanna,Anna\n", nil},
	{"workbook.csv", "A workbook under the name of a CSV.", smallBook, nil},
	{"empty-zip.xlsx", "An archive without a workbook in it.", storedZip("readme.txt", "nothing"), nil},
	{"old.xls", "A real .xls, of LibreOffice.", "", nil},
	{"open.ods", "A real .ods, of LibreOffice.", "", nil},
	{"encrypted.xlsx", "A workbook with a password.", "", []way{{}, {"opened", "--password-file", Options{Password: "secret"}},
		{"mistaken", "--password-file, with another password", Options{Password: "Secret"}}}},
}
