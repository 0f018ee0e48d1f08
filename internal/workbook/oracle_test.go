package workbook

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/slow"
)

// grid is a sheet's cells as excelize's GetRows gives raw values: rows that
// are not stored are empty, nothing is after a row's last cell, no empty
// row after the last.
func grid(t testing.TB, b *Book, s Sheet) [][]string {
	t.Helper()
	rows, err := b.Rows(s)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out [][]string
	for rows.Next() {
		row := rows.Row()
		for len(out) < row.Number {
			out = append(out, nil)
		}
		for _, c := range row.Cells {
			line := &out[row.Number-1]
			for len(*line) <= c.Column {
				*line = append(*line, "")
			}
			(*line)[c.Column] = string(c.Text)
		}
	}
	if rows.Err() != nil {
		t.Fatal(rows.Err())
	}
	return trimmed(out)
}

func trimmed(rows [][]string) [][]string {
	out := slices.Clone(rows)
	for i, row := range out {
		for len(row) > 0 && row[len(row)-1] == "" {
			row = row[:len(row)-1]
		}
		out[i] = row
	}
	for len(out) > 0 && len(out[len(out)-1]) == 0 {
		out = out[:len(out)-1]
	}
	return out
}

// compare holds every sheet of a workbook to what excelize reads of it.
func compare(t *testing.T, name string, data []byte) {
	t.Helper()
	b, err := openBytes(data, Usual())
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{RawCellValue: true})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var names []string
	for _, s := range b.Sheets() {
		names = append(names, s.Name)
		want, err := f.GetRows(s.Name)
		if err != nil {
			t.Fatal(err)
		}
		want = trimmed(want)
		got := grid(t, b, s)
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || !slices.Equal(got[i], want[i]) {
				t.Errorf("%s[%s]: row %d is %q, and to excelize %q", name, s.Name, i+1, at(got, i), at(want, i))
				break
			}
		}
		if visible, err := f.GetSheetVisible(s.Name); err != nil || visible != (s.Visibility == Visible) {
			t.Errorf("%s[%s]: visibility %d, and to excelize %v (%v)", name, s.Name, s.Visibility, visible, err)
		}
	}
	if want := f.GetSheetList(); !slices.Equal(names, want) {
		t.Errorf("%s: the sheets are %q, and to excelize %q", name, names, want)
	}
}

func at(rows [][]string, i int) any {
	if i < len(rows) {
		return rows[i]
	}
	return "not there"
}

// texts are such as people and programs put into cells.
var texts = []string{
	"anna", "Zoë Müller", "a\nb", "a\r\nb", "tab\there", " leading and trailing " +
		"", "<b>&amp;</b>", `"quoted", and not`, "_x000D_", "_x005F_", "_x0041", "漢字", "😀", "=1+1", "'00123", "0012", "1.23E+15",
	strings.Repeat("long ", 6000), "e\u0301", "\u00A0", "]]>", "", "\t",
}

// randomBook is a workbook as excelize writes them, in both of its ways.
func randomBook(t *testing.T, rnd *rand.Rand) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	zeros, err := f.NewStyle(&excelize.Style{NumFmt: 0, CustomNumFmt: ptr("00000")})
	if err != nil {
		t.Fatal(err)
	}
	value := func() any {
		switch rnd.IntN(9) {
		case 0:
			return nil
		case 1:
			return rnd.IntN(1000000)
		case 2:
			return rnd.Float64() * 1000
		case 3:
			return rnd.IntN(2) == 0
		case 4:
			return time.Unix(int64(rnd.IntN(2000000000)), 0).UTC()
		case 5:
			return rnd.Float64() * 1e20
		}
		return texts[rnd.IntN(len(texts))]
	}
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for r := 1; r < 40; r += 1 + rnd.IntN(3) {
		for c := 1; c < 9; c += 1 + rnd.IntN(3) {
			cell, _ := excelize.CoordinatesToCellName(c, r)
			must(f.SetCellValue("Sheet1", cell, value()))
			switch rnd.IntN(12) {
			case 0:
				must(f.SetCellRichText("Sheet1", cell,
					[]excelize.RichTextRun{{Text: texts[rnd.IntN(len(texts))], Font: &excelize.Font{Bold: true}}, {Text: "more"}}))
			case 1:
				must(f.SetCellStyle("Sheet1", cell, cell, zeros))
			}
		}
	}
	_, err = f.NewSheet("Streamed")
	must(err)
	w, err := f.NewStreamWriter("Streamed")
	must(err)
	for r := 1; r < 40; r += 1 + rnd.IntN(3) {
		var row []any
		for range rnd.IntN(9) {
			row = append(row, value())
		}
		must(w.SetRow(fmt.Sprintf("A%d", r), row))
	}
	must(w.Flush())
	_, err = f.NewSheet("Hidden")
	must(err)
	must(f.SetSheetVisible("Hidden", false))
	out, err := f.WriteToBuffer()
	must(err)
	return out.Bytes()
}

func ptr[T any](v T) *T { return &v }

func TestAgreesWithExcelize(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 30 {
		compare(t, fmt.Sprint("random ", i), randomBook(t, rnd))
	}
	for name, files := range map[string][]file{
		"types":   plainBook(head+`<row r="1"><c r="A1" t="s"><v>1</v></c><c r="B1" t="inlineStr"><is><r><t>a</t></r><r><t xml:space="preserve"> b</t></r></is></c><c r="C1" t="b"><v>1</v></c><c r="D1" t="e"><v>#N/A</v></c><c r="E1" t="str"><f>x</f><v>y</v></c><c r="F1"><f>1+1</f><v>2</v></c><c r="G1" t="d"><v>2023-01-11T08:16:59</v></c></row>`+foot, file{"xl/sharedStrings.xml", `<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>a</t></si><si><r><t>rich</t></r><r><t>er</t></r><rPh sb="0" eb="1"><t>no</t></rPh></si></sst>`}),
		"no refs": plainBook(head + `<row><c t="str"><v>a</v></c><c/><c><v>3</v></c></row><row/><row><c><v>4</v></c></row>` + foot),
		"prefix": plainBook(strings.NewReplacer("<?", "<?", "</", "</x:", "<", "<x:", ` xmlns="x"`,
			` xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`).Replace(head +
			`<row r="1"><c r="A1"><v>1</v></c></row>` +
			foot)),
	} {
		// excelize wants the namespace that these leave out.
		for i := range files {
			files[i].text = strings.ReplaceAll(strings.ReplaceAll(files[i].text, `xmlns="x"`,
				`xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`),
				`<workbook xmlns:r="x">`, `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">`)
			files[i].text = strings.ReplaceAll(strings.ReplaceAll(files[i].text, `"x/`,
				`"http://schemas.openxmlformats.org/officeDocument/2006/relationships/`), `<Relationships>`, `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
		}
		compare(t, name, pack(t, files))
	}
}

// What is written is read, and nothing else: in order, each row once.
func TestReadsWhatWasWritten(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		f := excelize.NewFile()
		w, err := f.NewStreamWriter("Sheet1")
		if err != nil {
			t.Fatal(err)
		}
		var want [][]string
		for r := range 1 + rnd.IntN(300) {
			var row []any
			var line []string
			for range 1 + rnd.IntN(12) {
				text := strings.ReplaceAll(texts[rnd.IntN(len(texts))], "\r\n", "\n")
				row, line = append(row, text), append(line, text)
			}
			if err := w.SetRow(fmt.Sprintf("A%d", r+1), row); err != nil {
				t.Fatal(err)
			}
			want = append(want, line)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		out, err := f.WriteToBuffer()
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		b, err := openBytes(out.Bytes(), Usual())
		if err != nil {
			t.Fatal(err)
		}
		got := grid(t, b, b.Sheets()[0])
		if want := trimmed(want); !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%d rows of %d, or others", len(got), len(want))
		}
	}
}

// LibreOffice's workbooks are read like the text that it made them of.
func TestWorkbooksOfLibreOffice(t *testing.T) {
	office := slow.Program(t, "soffice")
	dir := t.TempDir()
	want := [][]string{{"uid", "name", "since", "share", "note"}, {"anna", "Zoë Müller", "2023-01-11", "25%", "a\nb"},
		{"ben", "漢字 😀", "", "", " spaced "}, {"0012", "x", "", "1234.5", `"q", <&>`}}
	var text bytes.Buffer
	w := csv.NewWriter(&text)
	w.WriteAll(want)
	if err := os.WriteFile(filepath.Join(dir, "staff.csv"), text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, filter := range []string{"Calc MS Excel 2007 XML", "Calc Office Open XML"} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		// Comma, double quote, UTF-8; the first column is text.
		c := exec.CommandContext(ctx, office, "-env:UserInstallation=file://"+t.TempDir(), "--headless",
			"--infilter=Text - txt - csv (StarCalc):44,34,76,1,1/2", "--convert-to", "xlsx:"+filter, "--outdir", dir, filepath.Join(dir,
				"staff.csv"))
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		data, err := os.ReadFile(filepath.Join(dir, "staff.xlsx"))
		if err != nil {
			t.Fatal(err)
		}
		compare(t, filter, data)
		b, err := openBytes(data, Usual())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := b.Rows(b.Sheets()[0])
		if err != nil {
			t.Fatal(err)
		}
		var got [][]string
		for rows.Next() {
			var line []string
			for _, c := range rows.Row().Cells {
				for len(line) < c.Column {
					line = append(line, "")
				}
				cell, format := string(c.Text), b.Format(c.Style)
				if at, ok := b.Moment(cell); ok && c.Kind == Number && format.Kind == Moment {
					cell = at.Format(time.DateOnly)
				} else if c.Kind == Number && format.Kind == Percent {
					cell, _ = format.Show(cell)
				}
				line = append(line, cell)
			}
			got = append(got, line)
		}
		rows.Close()
		// It shows a percentage with two decimals.
		want := slices.Concat(want[:1], [][]string{{"anna", "Zoë Müller", "2023-01-11", "25.00%", "a\nb"}}, want[2:])
		if rows.Err() != nil || !slices.EqualFunc(got, trimmed(want), slices.Equal) {
			t.Errorf("%s: %q, %v", filter, got, rows.Err())
		}
	}
}
