package sheet

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"
)

func TestColumnsHaveLetters(t *testing.T) {
	for col, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16383: "XFD"} {
		if got := string(appendLetters(nil, col)); got != want {
			t.Errorf("column %d is %s, want %s", col, got, want)
		}
	}
}

// TestTextsThatRecurAreThereOnce writes a column of few texts, one of texts that all
// differ, and one of texts that need something, and reads them with the library.
func TestTextsThatRecurAreThereOnce(t *testing.T) {
	odd := []string{" a", "a\t", "a\nb", "\n", "a & b", "<i>", "_x0041_", "a_b", "é", "  ", "x\u0001y", "\uFFFE", strings.Repeat("ab", 40),
		strings.Repeat("é", CellUnits+1), strings.Repeat("a", CellUnits+1)}
	stored := func(s string) string {
		s = strings.NewReplacer("\u0001", "\uFFFD", "\uFFFE", "\uFFFD").Replace(s)
		if runes := []rune(s); len(runes) > CellUnits {
			s = string(runes[:CellUnits-1]) + "…"
		}
		return s
	}
	const rows = 300
	cells := func(i int) []string {
		return []string{fmt.Sprint("kind ", i%5), fmt.Sprint("user ", i), odd[i%len(odd)]}
	}
	write := func() []byte {
		b, err := New("title", time.Unix(0, 0), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer b.Close()
		for _, name := range []string{"One", "Two"} {
			err := b.Add(Sheet{Name: name, Columns: []Column{{"A", 9}, {"B", 9}, {"C", 9}}, Rows: rows, Write: func(r *Rows) {
				for i := range rows {
					for col, text := range cells(i) {
						r.Put(col, text, r.Styles.Text)
					}
					r.End()
				}
			}})
			if err != nil {
				t.Fatal(err)
			}
		}
		var out bytes.Buffer
		if err := b.Write(&out); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	book := write()
	if !bytes.Equal(book, write()) {
		t.Error("a workbook that is written again has other bytes")
	}
	f, err := excelize.OpenReader(bytes.NewReader(book))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, name := range []string{"One", "Two"} {
		read, err := f.GetRows(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			want := cells(i)
			want[2] = stored(want[2])
			if !slices.Equal(read[1+i], want) {
				t.Fatalf("%s, row %d: %.200q, want %.200q", name, i, read[1+i], want)
			}
		}
	}
	// The library knows of its own ones how many there are, and not of ours.
	texts, _ := f.Pkg.Load("xl/sharedStrings.xml")
	text := string(texts.([]byte))
	for part, want := range map[string]int{"<t>kind 3</t>": 1, "<t>user 1</t>": 1, "<t>user 299</t>": 0, "count=": 0, "Count=": 0} {
		if n := strings.Count(text, part); n != want {
			t.Errorf("%s is there %d times, want %d", part, n, want)
		}
	}
}
