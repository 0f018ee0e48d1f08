// Package comma writes CSV that spreadsheet programs read as it was meant: in UTF-8,
// and with no cell that they would run. It refuses to know what the rows are.
package comma

import (
	"bufio"
	"io"
	"strings"
	"unicode/utf8"

	"cometsync/internal/user"
)

// ByteOrderMark begins every CSV file: without one, Excel takes UTF-8 for the
// machine's old code page and shows every umlaut as two letters, and what it
// then saves is spoilt. The importer reads over it.
const ByteOrderMark = "\uFEFF"

// Writer writes CSV. It quotes more cells than a CSV with commas needs: each whose text a
// program might split that takes something else to be between cells. What goes wrong is
// kept for Flush to give.
type Writer struct{ *bufio.Writer }

// New writes to w, from the mark and the header on.
func New(w io.Writer, header ...string) *Writer {
	c := &Writer{bufio.NewWriterSize(w, 64<<10)}
	_, _ = c.WriteString(ByteOrderMark)
	c.Row(header...)
	return c
}

// Row writes one row with its cells defused.
func (c *Writer) Row(cells ...string) { c.row(cells, Defused) }

// Record writes one row of cells that are safe.
func (c *Writer) Record(cells []string) { c.row(cells, func(s string) string { return s }) }

func (c *Writer) row(cells []string, safe func(string) string) {
	b := c.AvailableBuffer()
	for i, s := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		kind := byte(0)
		for i := range len(s) {
			kind |= kinds[s[i]]
		}
		// A cell that begins so can't run, and what runs begins a cell.
		known := s == "" || kinds[s[0]]&harmless != 0 && kind&ends == 0
		if !known || kind&wide != 0 && !utf8.ValidString(s) {
			s = safe(s)
			if s != "" && s[0] == ' ' || strings.ContainsAny(s, `",`+user.CellEnds) {
				kind |= quoted
			}
		}
		if kind&quoted == 0 {
			b = append(b, s...)
			continue
		}
		b = append(b, '"')
		for n := strings.IndexByte(s, '"'); n >= 0; n = strings.IndexByte(s, '"') {
			b = append(append(b, s[:n+1]...), '"')
			s = s[n+1:]
		}
		b = append(append(b, s...), '"')
	}
	_, _ = c.Write(append(b, '\n'))
}

// What the bytes of a cell tell of it at a glance.
const (
	quoted   byte = 1 << iota // it needs quotes
	ends                      // a cell may end here, and another one begin
	wide                      // it is not ASCII, and perhaps not UTF-8
	harmless                  // what begins so can't run
)

var kinds = func() (kinds [256]byte) {
	for i := range kinds {
		switch c := byte(i); {
		case c >= utf8.RuneSelf:
			kinds[i] = wide
		case strings.IndexByte(user.CellEnds, c) >= 0:
			kinds[i] = ends
		case c == '"', c == ',':
			kinds[i] = quoted
		case c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', strings.IndexByte("{[/_", c) >= 0:
			kinds[i] = harmless
		}
	}
	return kinds
}()

// Defused is a text as a CSV of ours has it.
func Defused(s string) string { return user.Defuse(strings.ToValidUTF8(s, "\uFFFD")) }
