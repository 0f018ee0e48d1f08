package delimited

import (
	"bytes"
	"io"
)

// Rows are taken apart at a byte. A delimiter of several is made one on the way
// that no text holds: the unit separator of ASCII. What is in quotes stays.

// StandIn stands for a delimiter that is no byte.
const StandIn = 0x1F

// wide reads a text with the stand-in between its cells.
type wide struct {
	in        io.Reader
	delimiter []byte
	src, out  []byte // read and not looked at yet, and looked at and not handed out
	err       error  // of in
	quoted    bool   // within quotes
	fresh     bool   // nothing but blanks stands in the cell so far
}

func NewWide(in io.Reader, delimiter rune) io.Reader {
	return &wide{in: in, delimiter: []byte(string(delimiter)), fresh: true}
}

func (d *wide) Read(p []byte) (int, error) {
	for len(d.out) == 0 && (d.err == nil || len(d.src) > 0) {
		if d.err == nil {
			at := len(d.src)
			d.src = append(d.src, make([]byte, 64<<10)...)
			var n int
			n, d.err = d.in.Read(d.src[at:])
			d.src = d.src[:at+n]
		}
		d.replace()
	}
	if len(d.out) == 0 {
		return 0, d.err
	}
	n := copy(p, d.out)
	d.out = d.out[n:]
	return n, nil
}

// replace looks at what is there, but for a delimiter that has no end yet.
func (d *wide) replace() {
	out, at := make([]byte, 0, len(d.src)), 0
	for at < len(d.src) {
		rest := d.src[at:]
		if d.err == nil && len(rest) < len(d.delimiter) && bytes.HasPrefix(d.delimiter, rest) {
			break
		}
		b := rest[0]
		switch {
		case !d.quoted && bytes.HasPrefix(rest, d.delimiter):
			b, d.fresh = StandIn, true
			at += len(d.delimiter) - 1
		case b == '"' && (d.quoted || d.fresh):
			d.quoted = !d.quoted
			d.fresh = !d.quoted // another one would double it
		case b == '\n' || b == '\r':
			d.fresh = true
		case b != ' ' && b != '\t':
			d.fresh = false
		}
		out = append(out, b)
		at++
	}
	d.src, d.out = d.src[:copy(d.src, d.src[at:])], out
}
