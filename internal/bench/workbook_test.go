package bench

import (
	"encoding/csv"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
)

var update = flag.Bool("update", false, "write testdata/roster.xlsx anew from testdata/roster.csv")

const sheet = "Roster"

// TestWorkbook holds testdata/roster.xlsx to testdata/roster.csv, cell by
// cell: the first is made from the second.
func TestWorkbook(t *testing.T) {
	testdata := filepath.Join("..", "..", "testdata")
	workbook := filepath.Join(testdata, "roster.xlsx")
	want := readCSV(t, filepath.Join(testdata, "roster.csv"))
	if *update {
		if err := writeWorkbook(workbook, want); err != nil {
			t.Fatal(err)
		}
	}
	f, err := excelize.OpenFile(workbook)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	got, err := f.GetRows(sheet, excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(want) {
		t.Fatalf("roster.xlsx has %d rows, roster.csv %d; go test ./internal/bench -run Workbook -update", len(got), len(want))
	}
	for i := range want {
		for len(got[i]) < len(want[i]) { // empty cells at a row's end are not kept
			got[i] = append(got[i], "")
		}
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("row %d:\nroster.xlsx %q\nroster.csv  %q\ngo test ./internal/bench -run Workbook -update", i+1, got[i], want[i])
		}
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// writeWorkbook writes the rows as a person's spreadsheet would hold them:
// what looks like a number is one, and the header stays in sight.
func writeWorkbook(path string, rows [][]string) error {
	f := excelize.NewFile()
	defer f.Close()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	last, err := excelize.CoordinatesToCellName(len(rows[0]), len(rows))
	if err != nil {
		return err
	}
	err = errors.Join(
		f.SetSheetName(f.GetSheetName(0), sheet),
		f.SetDocProps(&excelize.DocProperties{Creator: "Kestrelway HR"}),
		f.SetRowStyle(sheet, 1, 1, bold),
		f.SetPanes(sheet, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}),
	)
	for i, row := range rows {
		cells := make([]any, len(row))
		for column, text := range row {
			if n, e := strconv.Atoi(text); e == nil && strconv.Itoa(n) == text {
				cells[column] = n
			} else if text != "" {
				cells[column] = text
			}
		}
		err = errors.Join(err, f.SetSheetRow(sheet, "A"+strconv.Itoa(i+1), &cells))
	}
	for column := range rows[0] {
		widest := 0
		for _, row := range rows {
			widest = max(widest, utf8.RuneCountInString(row[column]))
		}
		name, e := excelize.ColumnNumberToName(column + 1)
		err = errors.Join(err, e, f.SetColWidth(sheet, name, name, float64(min(widest, 48)+2)))
	}
	if err = errors.Join(err, f.SetSheetDimension(sheet, "A1:"+last)); err != nil {
		return err
	}
	return f.SaveAs(path)
}
