package importer

import (
	"bytes"
	"cometsync/importer/charset"
	"errors"
	"io"
)

const (
	chunkSize = 256 << 10
	// A record larger than this is no row but the rest of a file behind a
	// quote that nobody closed; reading on would hold all of it in memory.
	maxRecord = 8 << 20
)

// chunker reads a text in pieces that begin at a record and, until the last,
// end with one.
type chunker struct {
	in  io.Reader
	buf []byte // read and not handed out yet
	err error  // what ended the text: io.EOF, or worse

	file   bool // the text is a file's own
	padded int  // bytes behind the end of a file's text
}

// newChunker reads a text, which is a file's own or was rendered as one is.
func newChunker(in io.Reader, file bool) *chunker { return &chunker{in: in, file: file} }

// fill reads until n bytes are there, or the text ends.
func (c *chunker) fill(n int) {
	if cap(c.buf) < n {
		c.buf = append(make([]byte, 0, n), c.buf...)
	}
	for len(c.buf) < n && c.err == nil {
		var got int
		got, c.err = c.in.Read(c.buf[len(c.buf):n])
		c.buf = c.buf[:len(c.buf)+got]
		if c.err == io.EOF && c.file {
			end := charset.TextEnd(c.buf)
			c.padded, c.buf = len(c.buf)-end, c.buf[:end]
		}
	}
}

// skip takes n bytes off the front.
func (c *chunker) skip(n int) { c.buf = c.buf[:copy(c.buf, c.buf[n:])] }

// next is the next piece, good until skip, and whether it is the last.
func (c *chunker) next(comma byte) (piece []byte, last bool) {
	for n := chunkSize; ; n *= 2 {
		c.fill(n)
		if c.err != nil {
			return c.buf, true
		}
		if end := lastRecordEnd(c.buf, comma); end > 0 {
			return c.buf[:end], false
		}
		if n >= maxRecord {
			// What is left begins with a quote that never closes; its
			// beginning is enough to tell so.
			return c.buf[:chunkSize], true
		}
	}
}

// cut says whether the text ended because an archive has lost its end.
func (c *chunker) cut() bool { return errors.Is(c.err, io.ErrUnexpectedEOF) }

// lineEnds sees to it that lines end in a line feed: where none does, and
// carriage returns stand alone, those do.
func (c *chunker) lineEnds() {
	if !onlyReturns(c.buf, c.err != nil) {
		return
	}
	returns := &returnReader{in: c.in}
	c.buf = c.buf[:returns.feed(c.buf)]
	c.in = returns
}

// onlyReturns says whether the lines of a text end in carriage returns alone.
// What stands in quotes is no line end.
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

// returnReader makes line feeds of carriage returns, and of those that have
// one behind them.
type returnReader struct {
	in       io.Reader
	returned bool // the last byte was a carriage return
}

func (r *returnReader) Read(p []byte) (int, error) {
	for {
		n, err := r.in.Read(p)
		if n = r.feed(p[:n]); n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
	}
}

// feed does so in place, and returns what is left.
func (r *returnReader) feed(text []byte) int {
	n := 0
	for _, b := range text {
		after := r.returned
		r.returned = b == '\r'
		switch {
		case b == '\r':
			b = '\n'
		case b == '\n' && after:
			continue
		}
		text[n] = b
		n++
	}
	return n
}
