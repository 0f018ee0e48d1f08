// Package comma writes CSV that spreadsheet programs read as it was meant: in UTF-8,
// and with no cell that they would run. It refuses to know what the rows are.
package comma

import (
	"bufio"
	"io"
	"strings"

	"cometsync/internal/user"
)

// ByteOrderMark begins every CSV file: without one, Excel takes UTF-8 for the
// machine's old code page and shows every umlaut as two letters, and what it
// then saves is spoilt. The importer reads over it.
const ByteOrderMark = "\uFEFF"

// Writer writes CSV. It quotes more cells than a CSV with commas needs: each whose text a
// program might split that takes something else to be between cells. What goes wrong is
// kept for Flush to give.
type Writer struct {
	*bufio.Writer
	cells []string
}

// New writes to w, from the mark and the header on.
func New(w io.Writer, header ...string) *Writer {
	c := &Writer{Writer: bufio.NewWriterSize(w, 64<<10)}
	_, _ = c.WriteString(ByteOrderMark)
	c.Row(header...)
	return c
}

// Row writes one row with its cells defused.
func (c *Writer) Row(cells ...string) {
	c.cells = c.cells[:0]
	for _, s := range cells {
		c.cells = append(c.cells, Defused(s))
	}
	c.Record(c.cells)
}

// Record writes one row of cells that are safe.
func (c *Writer) Record(cells []string) {
	for i, s := range cells {
		if i > 0 {
			_ = c.WriteByte(',')
		}
		if s == "" || s[0] != ' ' && !strings.ContainsAny(s, `",`+user.CellEnds) {
			_, _ = c.WriteString(s)
			continue
		}
		_ = c.WriteByte('"')
		for {
			before, after, more := strings.Cut(s, `"`)
			_, _ = c.WriteString(before)
			if !more {
				break
			}
			_, _ = c.WriteString(`""`)
			s = after
		}
		_ = c.WriteByte('"')
	}
	_ = c.WriteByte('\n')
}

// Defused is a text as a CSV of ours has it.
func Defused(s string) string { return user.Defuse(strings.ToValidUTF8(s, "\uFFFD")) }
