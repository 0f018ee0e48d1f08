package workbook

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// Every limit stops what passes it by one, and lets through what does not.
func TestLimits(t *testing.T) {
	shared := func(texts ...string) file {
		return file{"xl/sharedStrings.xml", "<sst><si><t>" + strings.Join(texts, "</t></si><si><t>") + "</t></si></sst>"}
	}
	cells := func(texts ...string) string {
		return head + `<row r="1"><c t="str"><v>` + strings.Join(texts, `</v></c><c t="str"><v>`) + `</v></c></row>` + foot
	}
	rows := func(n int) string { return head + strings.Repeat("<row/>", n) + foot }
	styles := func(formats, xfs int) file {
		text := `<styleSheet><numFmts>`
		for i := range formats {
			text += fmt.Sprintf(`<numFmt numFmtId="%d" formatCode="0"/>`, 200+i)
		}
		return file{"xl/styles.xml", text + `</numFmts><cellXfs>` + strings.Repeat(`<xf numFmtId="1"/>`, xfs) + `</cellXfs></styleSheet>`}
	}
	sheets := func(n int) file {
		return file{"xl/workbook.xml", `<workbook xmlns:r="x"><sheets>` + strings.Repeat(`<sheet name="A" r:id="rId1"/>`, n) +
			`</sheets></workbook>`}
	}
	three := `<row><c t="s"><v>2</v></c></row>`
	deep := func(n int) string { return head + strings.Repeat("<x>", n) + strings.Repeat("</x>", n) + foot }
	for _, c := range []struct {
		name       string
		limit      func(l *Limits)
		fine, over []file
		want       string
	}{
		{"part", func(l *Limits) { l.Part = 2000 }, plainBook(head + foot + strings.Repeat(" ", 1000)),
			plainBook(head + foot + strings.Repeat(" ", 2000)), "xl/worksheets/sheet1.xml unpacks to"},
		{"ratio", func(l *Limits) { l.Ratio, l.RatioFrom = 20, 1000 }, plainBook(head + foot + strings.Repeat(" ", 700)),
			plainBook(head + foot + strings.Repeat(" ", 40000)), "more than 20 times its size"},
		{"tag", func(l *Limits) { l.Tag = 70000 }, plainBook(head + `<row x="` + strings.Repeat("x", 60000) + `"/>` + foot),
			plainBook(head + `<row x="` + strings.Repeat("x", 200000) + `"/>` + foot), "a tag takes more than 70000 bytes"},
		{"depth", func(l *Limits) { l.Depth = 10 }, plainBook(deep(8)), plainBook(deep(9)), "more than 10 deep"},
		{"sheets", func(l *Limits) { l.Sheets = 3 }, plainBook(rows(1), sheets(3)), plainBook(rows(1), sheets(4)), "more than 3 sheets"},
		{"relations", func(l *Limits) { l.Sheets = 3 }, plainBook(rows(1)), plainBook(rows(1), file{"xl/_rels/workbook.xml.rels",
			strings.Replace(bookRels, "<Relationship ", "<Relationship/><Relationship ", 1)}), "more than 3 relations"},
		{"styles", func(l *Limits) { l.Styles = 3 }, plainBook(rows(1), styles(0, 3)), plainBook(rows(1), styles(0, 4)),
			"more than 3 styles"},
		{"formats", func(l *Limits) { l.Styles = 3 }, plainBook(rows(1), styles(3, 1)), plainBook(rows(1), styles(4, 1)),
			"more than 3 number formats"},
		{"rows", func(l *Limits) { l.Rows = 3 }, plainBook(rows(3)), plainBook(rows(4)), "more than 3 rows"},
		{"columns", func(l *Limits) { l.Columns = 2 }, plainBook(cells("a", "b")), plainBook(cells("a", "b", "c")),
			"row 1 has cells after column B"},
		{"cell", func(l *Limits) { l.Cell = 10 }, plainBook(cells("a", strings.Repeat("b", 10))),
			plainBook(cells("a", strings.Repeat("b", 11))), "B1: a text takes more than 10 bytes"},
		{"shared cell", func(l *Limits) { l.Cell = 10 }, plainBook(head+three+foot, shared("", "", strings.Repeat("b", 10))),
			plainBook(head+three+foot, shared("", "", strings.Repeat("b", 11))), "the shared texts: xl/sharedStrings.xml: a text takes " +
				"more than 10 bytes"},
		{"row", func(l *Limits) { l.Row = 20 }, plainBook(cells("0123456789", "0123456789")),
			plainBook(cells("0123456789", "0123456789", "x")), "the cells of row 1 hold more than 20 bytes"},
		{"row of shared strings", func(l *Limits) { l.Row = 20 }, plainBook(head+three+foot, shared("", "", strings.Repeat("b", 20))),
			plainBook(head+three+foot, shared("", "", strings.Repeat("b", 21))), "the cells of row 1 hold more than 20 bytes"},
		{"strings", func(l *Limits) { l.Strings = 3 }, plainBook(head+three+foot, shared("a", "b", "c")), plainBook(head+three+foot,
			shared("a", "b", "c", "d")), "more than 3 shared texts"},
		{"shared", func(l *Limits) { l.Shared = 30 }, plainBook(head+three+foot, shared("0123456789", "0123456789", "0123456789")),
			plainBook(head+three+foot, shared("0123456789", "0123456789", "0123456789", "x")), "its shared texts take more than 30 bytes"},
	} {
		limits := Usual()
		c.limit(&limits)
		if err := readAll(pack(t, c.fine), limits); err != nil {
			t.Errorf("%s: %v within the limit", c.name, err)
		}
		err := readAll(pack(t, c.over), limits)
		var over *LimitError
		if !errors.As(err, &over) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	limits := Usual()
	limits.Merges = 2
	b, err := openBytes(pack(t, plainBook(`<worksheet><mergeCells>`+strings.Repeat(`<mergeCell ref="A1:B1"/>`,
		5)+`</mergeCells></worksheet>`)), limits)
	if err != nil {
		t.Fatal(err)
	}
	rows5, _ := b.Rows(b.Sheets()[0])
	defer rows5.Close()
	dump(rows5)
	if ranges, n := rows5.Merged(); len(ranges) != 2 || n != 5 {
		t.Errorf("%d merged ranges of %d", len(ranges), n)
	}
}

// readAll reads every sheet of a workbook.
func readAll(data []byte, limits Limits) error {
	b, err := openBytes(data, limits)
	if err != nil {
		return err
	}
	for _, s := range b.Sheets() {
		rows, err := b.Rows(s)
		if err != nil {
			return err
		}
		dump(rows)
		rows.Close()
		if rows.Err() != nil {
			return rows.Err()
		}
	}
	return nil
}

// An archive whose directory lies about a part's size is not believed.
func TestBombThatLies(t *testing.T) {
	limits := Usual()
	limits.Part = 1 << 20
	data := pack(t, plainBook(head+foot+strings.Repeat(" ", 8<<20)))
	name := []byte("xl/worksheets/sheet1.xml")
	at := bytes.LastIndex(data, name) - 46 // its record in the directory
	binary.LittleEndian.PutUint32(data[at+24:], 1000)
	var over *LimitError
	in := &bounded{in: strings.NewReader(strings.Repeat(" ", 1<<20+1)), packed: 1 << 20, limits: &limits}
	if n, err := io.Copy(io.Discard, in); n > 1<<20 || !errors.As(err, &over) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if err := readAll(data, limits); err == nil || errors.As(err, &over) && !strings.Contains(err.Error(), "unpacks to more than") {
		t.Errorf("%v", err)
	}
}

// A part whose bytes break off, or are others than were packed, is never a
// clean end.
func TestPartThatIsCutOff(t *testing.T) {
	var sheet strings.Builder
	sheet.WriteString(head)
	for i := range 5000 {
		fmt.Fprintf(&sheet, `<row r="%d"><c r="A%d" t="str"><v>person %d</v></c></row>`, i+1, i+1, i*7919%5000)
	}
	sheet.WriteString(foot)
	whole := pack(t, plainBook(sheet.String()))
	if err := readAll(whole, Usual()); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		if !strings.HasSuffix(f.Name, "sheet1.xml") {
			continue
		}
		from, err := f.DataOffset()
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name   string
			change func(data []byte)
		}{
			{"a byte changed", func(data []byte) { data[from+int64(f.CompressedSize64)/2] ^= 0x55 }},
			{"zeros to the end", func(data []byte) { clear(data[from+int64(f.CompressedSize64)/2 : from+int64(f.CompressedSize64)]) }},
			{"another checksum", func(data []byte) {
				at := bytes.LastIndex(data, []byte(f.Name)) - 46
				data[at+16] ^= 1
			}},
		} {
			data := bytes.Clone(whole)
			c.change(data)
			if err := readAll(data, Usual()); err == nil {
				t.Errorf("%s: a clean end", c.name)
			}
		}
	}
	// Stored in the archive half, with a directory that says the same.
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		raw, err := f.OpenRaw()
		if err != nil {
			t.Fatal(err)
		}
		h := f.FileHeader
		data, err := io.ReadAll(raw)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(f.Name, "sheet1.xml") {
			data = data[:len(data)/2]
			h.CompressedSize64 = uint64(len(data))
		}
		part, err := w.CreateRaw(&h)
		if err == nil {
			_, err = part.Write(data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var cut *CutError
	if err := readAll(out.Bytes(), Usual()); !errors.As(err, &cut) || err.Error() != "its archive is cut off" {
		t.Errorf("a stream that breaks off: %v", err)
	}
}
