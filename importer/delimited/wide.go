package delimited

import (
	"bytes"
	"io"

	"golang.org/x/text/transform"
)

// Rows are taken apart at a byte. A delimiter of several is made one on the way
// that no text holds: the unit separator of ASCII. What is in quotes stays.

// StandIn stands for a delimiter that is not a byte.
const StandIn = 0x1F

// wide puts the stand-in between the cells of a text.
type wide struct {
	transform.NopResetter
	delimiter []byte
	quoted    bool // within quotes
	fresh     bool // nothing but blanks is in the cell so far
}

// NewWide reads a text with the stand-in between its cells.
func NewWide(in io.Reader, delimiter rune) io.Reader {
	return transform.NewReader(in, &wide{delimiter: []byte(string(delimiter)), fresh: true})
}

func (d *wide) Transform(dst, src []byte, atEOF bool) (nDst, nSrc int, err error) {
	for ; nSrc < len(src); nDst++ {
		rest := src[nSrc:]
		switch {
		case !atEOF && len(rest) < len(d.delimiter) && bytes.HasPrefix(d.delimiter, rest):
			return nDst, nSrc, transform.ErrShortSrc // it has no end yet
		case nDst == len(dst):
			return nDst, nSrc, transform.ErrShortDst
		}
		b := rest[0]
		switch {
		case !d.quoted && bytes.HasPrefix(rest, d.delimiter):
			b, d.fresh = StandIn, true
			nSrc += len(d.delimiter) - 1
		case b == '"' && (d.quoted || d.fresh):
			d.quoted = !d.quoted
			d.fresh = !d.quoted // another one would double it
		case b == '\n' || b == '\r':
			d.fresh = true
		case b != ' ' && b != '\t':
			d.fresh = false
		}
		dst[nDst] = b
		nSrc++
	}
	return nDst, nSrc, nil
}
