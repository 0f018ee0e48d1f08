package workbook

import (
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

// Whatever a sheet holds, it is read in the same way in one piece and byte by
// byte, within its limits, with rows and cells in their order, and ends in
// one of the ways that Err tells of.
func FuzzRows(f *testing.F) {
	for _, sheet := range []string{
		head + foot, head[:40],
		`<worksheet><cols><col min="1" max="2" hidden="1"/></cols><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c t="inlineStr"><is><r><t>x</t></r></is></c></row></sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`,
		`<x:worksheet><x:sheetData><x:row><x:c t="str"><x:v>_x000D_&#65;<![CDATA[]]]]>` + "\r\n" +
			`</x:v></x:c></x:row><!-- - --></x:sheetData></x:worksheet>`,
		"<?xml 00000000000000encoding>0", "<worksheet><sheetData><row><c>&000000000&00;000000000",
		"<" + strings.Repeat("\"long\"", 60) + ">",
	} {
		f.Add(sheet)
	}
	f.Fuzz(func(t *testing.T, sheet string) {
		limits := Usual()
		limits.Cell, limits.Row, limits.Tag, limits.Depth, limits.Rows = 200, 500, 300, 12, 1000
		read := func(x *scanner) string {
			book := &Book{limits: limits, strings: &table{pieces: []piece{{[]byte("zero"), []uint32{4}}}, n: 1}}
			rows := &Rows{book: book, x: x}
			lastRow := 0
			for rows.Next() {
				row := rows.Row()
				if row.Number <= lastRow || row.Number > limits.Rows {
					t.Fatalf("row %d behind %d", row.Number, lastRow)
				}
				lastRow = row.Number
				column, size := -1, 0
				for _, c := range row.Cells {
					if c.Column <= column || c.Column >= limits.Columns || c.Kind == noKind {
						t.Fatalf("cell %+v behind %d", c, column)
					}
					column = c.Column
					size += len(c.Text)
				}
				if size > limits.Row {
					t.Fatalf("%d bytes in a row", size)
				}
			}
			var cut *CutError
			var damaged *DamageError
			var over *LimitError
			if err := rows.Err(); err != nil && !errors.As(err, &cut) && !errors.As(err, &damaged) && !errors.As(err, &over) {
				t.Fatalf("%T %v", err, err)
			}
			if c := cap(x.buf); c > 4*window {
				t.Fatalf("a window of %d bytes", c)
			}
			return dump(&Rows{book: book, x: newScanner(strings.NewReader(sheet), &limits)})
		}
		whole := read(newScanner(strings.NewReader(sheet), &limits))
		read(newScanner(iotest.OneByteReader(strings.NewReader(sheet)), &limits))
		book := &Book{limits: limits, strings: &table{pieces: []piece{{[]byte("zero"), []uint32{4}}}, n: 1}}
		if again := dump(&Rows{book: book, x: newScanner(iotest.OneByteReader(strings.NewReader(sheet)), &limits)}); again != whole {
			t.Fatalf("%q\nin one piece %q\nbyte by byte %q", sheet, whole, again)
		}
	})
}
