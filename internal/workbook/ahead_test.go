package workbook

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// endless has a byte for everybody.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestStopsReadingAhead gives up after every number of blocks, so that the
// goroutine is met wherever it may be: unpacking, waiting for room, or handing
// over. It hangs where one of them is not seen to.
func TestStopsReadingAhead(t *testing.T) {
	for n := range 1000 {
		for _, in := range []io.Reader{endless{}, io.LimitReader(endless{}, int64(n)*100)} {
			a := &ahead{in: in, direct: directReads}
			p := make([]byte, 16<<10)
			for range n % 50 {
				if _, err := a.Read(p); err != nil {
					break
				}
			}
			a.stop()
			a.stop() // a part may be closed twice
		}
	}
}

// TestReadsNothingOnceStopped reads on what was given up.
func TestReadsNothingOnceStopped(t *testing.T) {
	a := &ahead{in: endless{}, direct: directReads}
	p := make([]byte, 1)
	if _, err := a.Read(p); err != nil {
		t.Fatal(err)
	}
	a.stop()
	for range 2 * blockSize * blocksAhead {
		if _, err := a.Read(p); err != nil {
			if !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
			return
		}
	}
	t.Error("what was given up goes on for ever")
}

// TestStopsInEveryRow gives a sheet up after every row, on both sides of where
// it begins to be unpacked ahead.
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
