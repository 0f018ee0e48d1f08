package workbook

import (
	"fmt"
	"strings"
	"testing"
)

// TestStopsInEveryRow gives a sheet up after every row, which is unpacked ahead.
func TestStopsInEveryRow(t *testing.T) {
	var sheet strings.Builder
	sheet.WriteString(`<worksheet><sheetData>`)
	const rows = 100
	for i := range rows {
		fmt.Fprintf(&sheet, `<row r="%d"><c r="A%[1]d" t="inlineStr"><is><t>%s</t></is></c></row>`, i+1, strings.Repeat("x", 30_000))
	}
	sheet.WriteString(`</sheetData></worksheet>`)
	b := mustOpen(t, plainBook(sheet.String()))
	for n := range rows + 1 {
		for range 3 {
			in, err := b.Rows(b.Sheets()[0])
			if err != nil {
				t.Fatal(err)
			}
			for range n {
				if !in.Next() {
					t.Fatal(in.Err())
				}
			}
			in.Close()
		}
	}
}
