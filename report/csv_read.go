package report

import (
	"bufio"
	"errors"
	"io"

	"cometsync/report/comma"
)

// cells reads a CSV file as comma.Writer writes it, and keeps every byte of a cell:
// the standard library's reader takes carriage returns away.
type cells struct {
	in   *bufio.Reader
	at   int64 // bytes read
	row  []string
	cell []byte
}

func newCells(r io.Reader) *cells {
	c := &cells{in: bufio.NewReaderSize(r, 64<<10)}
	if mark, _ := c.in.Peek(len(comma.ByteOrderMark)); string(mark) == comma.ByteOrderMark {
		n, _ := c.in.Discard(len(comma.ByteOrderMark))
		c.at = int64(n)
	}
	return c
}

// next gives the next record, which holds until it is asked for another one.
func (c *cells) next() ([]string, error) {
	c.row, c.cell = c.row[:0], c.cell[:0]
	quoted, closed, begun := false, false, c.at // closed: the byte before ended a quoted part
	for {
		b, err := c.in.ReadByte()
		if err != nil {
			if err == io.EOF && c.at > begun {
				err = errors.New("it is cut off")
			}
			return c.row, err
		}
		c.at++
		switch {
		case b == '"':
			if closed {
				c.cell = append(c.cell, b)
			}
			closed, quoted = quoted, !quoted
			continue
		case !quoted && (b == ',' || b == '\n'):
			c.row = append(c.row, string(c.cell))
			c.cell = c.cell[:0]
			if b == '\n' {
				return c.row, nil
			}
		default:
			c.cell = append(c.cell, b)
		}
		closed = false
	}
}
