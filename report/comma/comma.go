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
		kind := word
		for i := range len(s) {
			kind |= goesOn[s[i]]
		}
		if s != "" {
			kind |= opens[s[0]]
		}
		if kind&other != 0 {
			s = safe(s)
			if s != "" && (s[0] == ' ' || strings.ContainsAny(s, `",`+user.CellEnds)) {
				kind |= quoted
			}
		}
		if kind&quoted == 0 {
			b = append(b, s...)
			continue
		}
		b = append(b, '"')
		for {
			n := strings.IndexByte(s, '"')
			if n < 0 {
				break
			}
			b = append(append(b, s[:n+1]...), '"')
			s = s[n+1:]
		}
		b = append(append(b, s...), '"')
	}
	_, _ = c.Write(append(b, '\n'))
}

// What a cell needs that begins with a byte, and what one that has it farther on. Nearly
// all are of such bytes alone by which one sees what they need: a cell that begins so
// can't run, and others may run only behind what ends a cell.
const (
	word   byte = 0
	quoted byte = 1 << iota
	other       // whatever it needs is to be found out
)

var opens, goesOn = func() (first, rest [256]byte) {
	for c := range 256 {
		first[c], rest[c] = other, other
		switch {
		case c >= 0x7f || c < ' ' || strings.IndexByte(user.CellEnds, byte(c)) >= 0:
		case c == '"' || c == ',':
			rest[c] = quoted
		default:
			rest[c] = word
			if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '{' || c == '[' {
				first[c] = word
			}
		}
	}
	return first, rest
}()

// Defused is a text as a CSV of ours has it.
func Defused(s string) string { return user.Defuse(strings.ToValidUTF8(s, "\uFFFD")) }
