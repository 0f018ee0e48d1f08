package importer

import (
	"bufio"
	"strings"
	"testing"
)

func TestCheckXML(t *testing.T) {
	const head, foot = `<?xml version="1.0"?><worksheet xmlns="x"><sheetData>`, `</sheetData></worksheet>`
	for _, c := range []struct {
		text string
		last int
		want string // of the error; "" is none
	}{
		{head + foot, 0, ""},
		{head + `<row r="1"><c r="A1"><v>x</v></c></row><row r="7"/>` + foot + "\n", 7, ""},
		{head + `<row><c/></row><row/><row spans="1:2" r='9' /><row/>` + foot, 10, ""},
		{`<x:worksheet><x:sheetData><x:row r="3"></x:row></x:sheetData></x:worksheet >`, 3, ""},
		{head + `<row r="1" note="a>b"><c/></row>` + foot, 1, ""},
		{head + `<row r="1" note='"> <row>">'><c/></row>` + foot, 1, ""},
		{head + `<!-- > <row r="5"> - -- > --><row r="2"/><!---->` + foot, 2, ""},
		{head + `<row r="2"><v><![CDATA[</row><row r="9">]]]></v></row>` + foot, 2, ""},
		{head + `<row r="2">` + strings.Repeat("text ", 1000) + `</row>` + foot, 2, ""},
		{head + `<row r="2" note="` + strings.Repeat("text ", 1000) + `"></row>` + foot, 2, ""},
		{head + `<row r="2"/>` + `</sheetData><x:row>3</x:row></worksheet>`, 2, ""},
		{head + `<row r="2"><c r="B2"/><c/><c r="AA2"/></row><row r="3"><c r="A3"/></row>` + foot, 3, ""},
		{head + `<row r="2"/><row r="2"/>` + foot, 2, "two rows have the number 2"},
		{head + `<row r="4"/><row r="3"/>` + foot, 4, "row 3 stands behind row 4"},
		{head + `<row r="4"/><row r="-5"/>` + foot, 4, `the row behind 4 has the number "-5", which no row can have`},
		{head + `<row r="x"/>` + foot, 0, `the first row has the number "x", which no row can have`},
		{head + `<row r="1048577"/>` + foot, 0, `the first row has the number "1048577", which no row can have`},
		{head + `<row r="2"><c r="A2"/><c r="B2"/><c r="A3"/></row>` + foot, 2, "in row 2, a cell in column A stands behind one in column B"},
		{head + `<row r="2"><c r="A2"/><c r="A2"/></row>` + foot, 2, "row 2 has two cells in column A"},
		{head + `<row r="2"><c r="7"/></row>` + foot, 2, `row 2 has a cell with the reference "7", which no cell can have`},
		{head + `<row r="2"><c></row></c>` + foot, 2, "</row> closes nothing"},
		{head + `<row r="2">`, 2, "<row> is not closed"},
		{head + `<row r="2"`, 0, "a tag breaks off"},
		{head + `<row r="2"/><!-- `, 2, "a tag breaks off"},
		{head + foot + "</worksheet>", 0, "</worksheet> closes nothing"},
		{head + foot + "<row/>", 0, "elements stand behind the end"},
		{head + "<>" + foot, 0, "a tag without a name"},
		{"<html></html>", 0, "it begins with <html>"},
		{"", 0, "it is empty"},
		{"<?xml version='1.0'?>", 0, "it is empty"},
	} {
		for _, size := range []int{16, 64, 1 << 16} { // tags over the buffer's border
			last, err := checkXML(bufio.NewReaderSize(strings.NewReader(c.text), size))
			got := ""
			if err != nil {
				got = err.Error()
			}
			if last != c.last || got != c.want {
				t.Errorf("%.120q: %d %q, want %d %q", c.text, last, got, c.last, c.want)
			}
		}
	}
}

func FuzzCheckXML(f *testing.F) {
	f.Add("<worksheet><row r='1'/><!-- x --></worksheet>")
	f.Fuzz(func(t *testing.T, text string) {
		last, err := checkXML(bufio.NewReaderSize(strings.NewReader(text), 16))
		again, err2 := checkXML(bufio.NewReader(strings.NewReader(text)))
		if last != again || (err == nil) != (err2 == nil) {
			t.Errorf("%q: %d %v, and in one piece %d %v", text, last, err, again, err2)
		}
	})
}
