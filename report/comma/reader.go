package comma

import (
	"bufio"
	"encoding/csv"
	"io"
	"strings"
)

// Reader reads what a Writer wrote, and keeps every byte of a cell.
type Reader struct{ csv *csv.Reader }

// NewReader reads from r, from the header on.
func NewReader(r io.Reader) *Reader {
	in := bufio.NewReaderSize(r, 64<<10)
	if mark, _ := in.Peek(len(ByteOrderMark)); string(mark) == ByteOrderMark {
		_, _ = in.Discard(len(ByteOrderMark))
	}
	c := csv.NewReader(veiled{in})
	c.FieldsPerRecord, c.ReuseRecord = -1, true
	return &Reader{c}
}

// Read gives the next row, which holds until it is asked for another one.
func (r *Reader) Read() ([]string, error) {
	row, err := r.csv.Read()
	for i, cell := range row {
		if strings.Contains(cell, veil) {
			row[i] = strings.ReplaceAll(cell, veil, "\r")
		}
	}
	return row, err
}

// veil stands for a carriage return, which the library's reader would take out of a
// cell. No UTF-8 has such a byte.
const veil = "\xFF"

type veiled struct{ io.Reader }

func (v veiled) Read(b []byte) (int, error) {
	n, err := v.Reader.Read(b)
	for i, c := range b[:n] {
		if c == '\r' {
			b[i] = veil[0]
		}
	}
	return n, err
}
