package delimited

import (
	"bytes"
	"errors"
	"io"

	"cometsync/importer/charset"

	"golang.org/x/text/transform"
)

const (
	// ChunkSize is how large pieces are.
	ChunkSize = 256 << 10
	// MaxRecord is the most of a record: a larger one is not a row but the rest of
	// a file after a quote that nobody closed; reading on would hold all of it
	// in memory.
	MaxRecord = 8 << 20
)

// Chunker reads a text in pieces that begin at a record and, until the last,
// end with one.
type Chunker struct {
	in  io.Reader
	Buf []byte // read and not handed out yet
	Err error  // what ended the text: io.EOF, or worse

	file   bool // the text is a file's own
	Padded int  // bytes after the end of a file's text
}

// NewChunker reads a text, which is a file's own or was rendered as one is.
func NewChunker(in io.Reader, file bool) *Chunker { return &Chunker{in: in, file: file} }

// Fill reads until n bytes are there, or the text ends.
func (c *Chunker) Fill(n int) {
	if cap(c.Buf) < n {
		c.Buf = append(make([]byte, 0, n), c.Buf...)
	}
	for len(c.Buf) < n && c.Err == nil {
		var got int
		got, c.Err = c.in.Read(c.Buf[len(c.Buf):n])
		c.Buf = c.Buf[:len(c.Buf)+got]
		if c.Err == io.EOF && c.file {
			end := charset.TextEnd(c.Buf)
			c.Padded, c.Buf = len(c.Buf)-end, c.Buf[:end]
		}
	}
}

// Skip takes n bytes off the front.
func (c *Chunker) Skip(n int) { c.Buf = c.Buf[:copy(c.Buf, c.Buf[n:])] }

// Take takes n bytes off the front as a piece of its own: what is left goes to another
// buffer, of whoever had the last one.
func (c *Chunker) Take(n int, other []byte) (piece []byte) {
	piece, c.Buf = c.Buf[:n], append(other[:0], c.Buf[n:]...)
	return piece
}

// Next is the next piece, good until Skip or Take, and whether it is the last.
func (c *Chunker) Next(comma byte) (piece []byte, last bool) {
	for n := ChunkSize; ; n *= 2 {
		c.Fill(n)
		if c.Err != nil {
			return c.Buf, true
		}
		if end := LastRecordEnd(c.Buf, comma); end > 0 {
			return c.Buf[:end], false
		}
		if n >= MaxRecord {
			// What is left begins with a quote that never closes; its
			// beginning is enough to tell so.
			return c.Buf[:ChunkSize], true
		}
	}
}

// Cut reports whether the text ended because an archive has lost its end.
func (c *Chunker) Cut() bool { return errors.Is(c.Err, io.ErrUnexpectedEOF) }

// LineEnds sees to it that lines end in a line feed: where none does, and
// carriage returns stand alone, those do.
func (c *Chunker) LineEnds() {
	if !onlyReturns(c.Buf, c.Err != nil) {
		return
	}
	r := &returns{}
	n, _, _ := r.Transform(c.Buf, c.Buf, false) // which makes it shorter at most
	c.Buf, c.in = c.Buf[:n], transform.NewReader(c.in, r)
}

// onlyReturns reports whether the lines of a text end in carriage returns alone.
// What is in quotes is not a line end.
func onlyReturns(text []byte, whole bool) bool {
	returns, feeds, quoted := 0, 0, false
	for i, b := range text {
		switch {
		case b == '"':
			quoted = !quoted
		case quoted:
		case b == '\n':
			feeds++
		case b == '\r' && (i+1 < len(text) && text[i+1] != '\n' || i+1 == len(text) && whole):
			returns++
		}
	}
	return returns > 0 && (feeds == 0 || bytes.IndexByte(text, '\n') < 0)
}

// returns makes line feeds of carriage returns, and of those that have one behind
// them.
type returns struct {
	transform.NopResetter
	after bool // the last byte was a carriage return
}

func (r *returns) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for ; nSrc < len(src); nSrc++ {
		b, after := src[nSrc], r.after
		if nDst == len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		r.after = b == '\r'
		if b == '\n' && after {
			continue
		}
		if dst[nDst] = b; b == '\r' {
			dst[nDst] = '\n'
		}
		nDst++
	}
	return nDst, nSrc, nil
}
