package store

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"

	"cometsync/internal/user"
)

// File is where a book keeps what is too much for memory.
type File interface {
	io.Writer
	io.ReaderAt
}

// Rejects keeps rejects, packed. One goroutine writes it; once it is complete,
// many may read it.
type Rejects struct {
	open func() (File, error)
	file File
	size int64  // of what is in the file
	tail []byte // what follows

	texts   []string // those that many rejects have
	textAt  map[string]uint64
	headers [][]string
}

const (
	tailSize    = 1 << 20
	pageAhead   = 64 << 10
	sharedTexts = 1 << 13 // how many texts are kept once; messages may be of one row each
	sharedSize  = 512
)

// NewRejects is an empty book. open makes its file, once it needs one.
func NewRejects(open func() (File, error)) *Rejects {
	return &Rejects{open: open, textAt: map[string]uint64{}}
}

// List is the rejects that lie there, in that order.
func (b *Rejects) List(at []int64) user.Rejects { return user.RejectsIn(b, at) }

// Add takes a reject in and says where it lies.
func (b *Rejects) Add(x *user.Reject) (at int64, err error) {
	if len(b.tail) >= tailSize {
		if b.file == nil {
			if b.file, err = b.open(); err != nil {
				return 0, err
			}
		}
		if _, err := b.file.Write(b.tail); err != nil {
			return 0, err
		}
		b.size += int64(len(b.tail))
		b.tail = b.tail[:0]
	}
	start := len(b.tail)
	b.tail = append(b.tail, 0, 0, 0, 0)
	b.pack(x)
	binary.LittleEndian.PutUint32(b.tail[start:], uint32(len(b.tail)-start))
	return b.size + int64(start), nil
}

// Get is the reject that lies there.
func (b *Rejects) Get(at int64) (user.Reject, error) {
	x, err := b.Reader(false)(at)
	if err != nil {
		return user.Reject{}, err
	}
	return *x, nil
}

// Reader gives the reject that lies at a place, until it is asked for another
// one; of many, it is quick with those that follow each other. The book may grow
// meanwhile.
func (b *Rejects) Reader(many bool) func(at int64) (*user.Reject, error) {
	p := page{book: b, ahead: 1 << 10}
	if many {
		p.ahead = pageAhead
	}
	return func(at int64) (*user.Reject, error) { return &p.reject, p.get(at) }
}

func (b *Rejects) pack(x *user.Reject) {
	b.shared(x.Source.File)
	b.shared(x.Source.Sheet)
	b.number(x.Source.Row)
	b.text(x.UID)
	b.text(x.Was)
	b.header(x.Header)
	b.count(len(x.Defects), x.Defects == nil)
	for i := range x.Defects {
		d := &x.Defects[i]
		flags := byte(0)
		if d.Private {
			flags = 1
		}
		b.tail = append(b.tail, byte(d.Code), flags)
		b.shared(d.Column)
		b.shared(d.Message)
		b.text(d.Value)
	}
	b.count(len(x.Claims), x.Claims == nil)
	for i := range x.Claims {
		c := &x.Claims[i]
		b.tail = append(b.tail, byte(c.Because))
		b.shared(c.Key)
		b.text(c.Value)
	}
	b.count(len(x.Cells), x.Cells == nil)
	for _, cell := range x.Cells {
		b.text(cell)
	}
}

func (b *Rejects) number(n int) { b.tail = binary.AppendUvarint(b.tail, uint64(n)) }

// count is how many there are, plus one; 0 is a slice that is nil.
func (b *Rejects) count(n int, none bool) {
	if none {
		n = -1
	}
	b.number(n + 1)
}

func (b *Rejects) text(s string) {
	b.number(len(s))
	b.tail = append(b.tail, s...)
}

// shared is the number of a text that many rejects have, plus one; 0 is before
// one that is spelt out.
func (b *Rejects) shared(s string) {
	n, ok := b.textAt[s]
	if !ok {
		if len(b.texts) >= sharedTexts || len(s) > sharedSize {
			b.number(0)
			b.text(s)
			return
		}
		s = strings.Clone(s)
		b.texts = append(b.texts, s)
		n = uint64(len(b.texts))
		b.textAt[s] = n
	}
	b.tail = binary.AppendUvarint(b.tail, n)
}

// header is the number of a header plus one; 0 is none. The rejects of a source
// share theirs, so that it is known by where it lies; the last is the likeliest.
func (b *Rejects) header(header []string) {
	if len(header) == 0 {
		b.number(0)
		return
	}
	for i, h := range slices.Backward(b.headers) {
		if len(h) == len(header) && &h[0] == &header[0] {
			b.number(i + 1)
			return
		}
	}
	b.headers = append(b.headers, header)
	b.number(len(b.headers))
}

// page reads rejects of a book, one after the other.
type page struct {
	book   *Rejects
	ahead  int
	text   []byte // of the file
	start  int64
	reject user.Reject

	left string // of the record
	bad  bool
}

// get has the reject that lies at a place.
func (p *page) get(at int64) error {
	b := p.book
	var record []byte
	if at >= b.size {
		record = b.tail[at-b.size:]
		record = record[4:binary.LittleEndian.Uint32(record)]
	} else {
		head, err := p.read(at, 4)
		if err != nil {
			return err
		}
		record, err = p.read(at, int(binary.LittleEndian.Uint32(head)))
		if err != nil {
			return err
		}
		record = record[4:]
	}
	p.left, p.bad = string(record), false
	p.unpack(&p.reject)
	if p.bad || p.left != "" {
		return fmt.Errorf("the rejected row at %d of their temporary file is damaged", at)
	}
	return nil
}

// read is n bytes of the book's file.
func (p *page) read(at int64, n int) ([]byte, error) {
	if at < p.start || at+int64(n) > p.start+int64(len(p.text)) {
		want := min(int64(max(n, p.ahead)), p.book.size-at)
		p.text = slices.Grow(p.text[:0], int(want))[:want]
		p.start = at
		if _, err := p.book.file.ReadAt(p.text, at); err != nil {
			p.text = p.text[:0]
			return nil, fmt.Errorf("the rejected rows in their temporary file: %w", err)
		}
	}
	from := at - p.start
	if n < 4 || from+int64(n) > int64(len(p.text)) {
		return nil, fmt.Errorf("the rejected row at %d of their temporary file is damaged", at)
	}
	return p.text[from : from+int64(n)], nil
}

func (p *page) unpack(x *user.Reject) {
	x.Source.File, x.Source.Sheet = p.shared(), p.shared()
	x.Source.Row = p.number()
	x.UID, x.Was = p.string(), p.string()
	x.Header = nil
	if n := p.number(); n > 0 && n <= len(p.book.headers) {
		x.Header = p.book.headers[n-1]
	}
	x.Defects = sized(x.Defects, p.count())
	for i := range x.Defects {
		d := &x.Defects[i]
		d.Code, d.Private = user.Code(p.byte()), p.byte() == 1
		d.Column, d.Message, d.Value = p.shared(), p.shared(), p.string()
	}
	x.Claims = sized(x.Claims, p.count())
	for i := range x.Claims {
		c := &x.Claims[i]
		c.Because, c.Key, c.Value = user.MatchReason(p.byte()), p.shared(), p.string()
	}
	x.Cells = sized(x.Cells, p.count())
	for i := range x.Cells {
		x.Cells[i] = p.string()
	}
}

// sized is a slice of so many, which may be what it was; nil of -1.
func sized[T any](s []T, n int) []T {
	switch {
	case n < 0:
		return nil
	case s == nil:
		return make([]T, n)
	}
	return slices.Grow(s[:0], n)[:n]
}

func (p *page) byte() byte {
	if p.left == "" {
		p.bad = true
		return 0
	}
	c := p.left[0]
	p.left = p.left[1:]
	return c
}

func (p *page) number() int {
	n := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		c := p.byte()
		n |= uint64(c&0x7f) << shift
		if c < 0x80 {
			break
		}
	}
	return int(n)
}

// count is how many follow; -1 is no slice. Each of them takes a byte at least.
func (p *page) count() int {
	n := p.number() - 1
	if n > len(p.left) {
		p.bad, n = true, -1
	}
	return n
}

func (p *page) string() string {
	n := p.number()
	if n < 0 || n > len(p.left) {
		p.bad = true
		return ""
	}
	s := p.left[:n]
	p.left = p.left[n:]
	return s
}

func (p *page) shared() string {
	n := p.number()
	switch {
	case n == 0:
		return p.string()
	case n > len(p.book.texts) || n < 0:
		p.bad = true
		return ""
	}
	return p.book.texts[n-1]
}
