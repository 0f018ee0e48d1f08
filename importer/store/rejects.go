package store

import (
	"encoding/binary"
	"fmt"
	"slices"

	"cometsync/internal/user"
)

// Rejects is a book that keeps rejects, packed. One goroutine writes it; once it is
// complete, many may read it.
type Rejects struct {
	spool *Spool // nil as long as it needs none
	Size  int64  // of what is in it
	tail  []byte // what follows

	headers [][]string
}

const (
	tailSize  = 1 << 20
	pageAhead = 64 << 10
)

// List is the rejects that lie there, in that order.
func (b *Rejects) List(at []int64) user.Rejects { return user.RejectsIn(b, at) }

// Add takes a reject in and says where it lies.
func (b *Rejects) Add(x *user.Reject) (at int64, err error) {
	if len(b.tail) >= tailSize {
		if b.spool == nil {
			if b.spool, err = NewSpool(); err != nil {
				return 0, err
			}
		}
		if _, err := b.spool.Append(b.tail); err != nil {
			return 0, err
		}
		b.Size, b.tail = b.spool.Size, b.tail[:0]
	}
	start := len(b.tail)
	b.tail = append(b.tail, 0, 0, 0, 0)
	(&codec{book: b, packing: true}).reject(x)
	binary.LittleEndian.PutUint32(b.tail[start:], uint32(len(b.tail)-start))
	return b.Size + int64(start), nil
}

// Close gives its file back.
func (b *Rejects) Close() error { return b.spool.Close() }

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

// page reads rejects of a book, one after the other.
type page struct {
	book   *Rejects
	ahead  int
	text   []byte // of the file
	start  int64
	reject user.Reject
}

func (p *page) get(at int64) error {
	b := p.book
	var record []byte
	if at >= b.Size {
		record = b.tail[at-b.Size:]
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
	c := codec{book: b, left: string(record)}
	if c.reject(&p.reject); c.bad || c.left != "" {
		return damaged(at)
	}
	return nil
}

func damaged(at int64) error {
	return fmt.Errorf("the rejected row at %d of their temporary file is damaged", at)
}

func (p *page) read(at int64, n int) ([]byte, error) {
	if at < p.start || at+int64(n) > p.start+int64(len(p.text)) {
		want := min(int64(max(n, p.ahead)), p.book.Size-at)
		p.text = slices.Grow(p.text[:0], int(want))[:want]
		p.start = at
		if _, err := p.book.spool.ReadAt(p.text, at); err != nil {
			p.text = p.text[:0]
			return nil, fmt.Errorf("the rejected rows in their temporary file: %w", err)
		}
	}
	from := at - p.start
	if n < 4 || from+int64(n) > int64(len(p.text)) {
		return nil, damaged(at)
	}
	return p.text[from : from+int64(n)], nil
}

// codec packs a reject into the book's tail, or unpacks one: each part of it is said
// once for both.
type codec struct {
	book    *Rejects
	packing bool
	left    string // of the record that is unpacked
	bad     bool
}

func (c *codec) reject(x *user.Reject) {
	c.text(&x.Source.File)
	c.text(&x.Source.Sheet)
	number(c, &x.Source.Row)
	c.text(&x.UID)
	c.text(&x.Was)
	c.header(&x.Header)
	list(c, &x.Defects, func(d *user.Defect) {
		number(c, &d.Code)
		private := 0
		if d.Private {
			private = 1
		}
		number(c, &private)
		d.Private = private == 1
		c.text(&d.Column)
		c.text(&d.Message)
		c.text(&d.Value)
	})
	list(c, &x.Claims, func(m *user.Claim) {
		number(c, &m.Because)
		c.text(&m.Key)
		c.text(&m.Value)
	})
	list(c, &x.Cells, c.text)
}

func number[T ~int | ~uint8](c *codec, v *T) {
	if c.packing {
		c.book.tail = binary.AppendUvarint(c.book.tail, uint64(*v))
		return
	}
	n := uint64(0)
	for shift := 0; shift < 64; shift += 7 {
		if c.left == "" {
			c.bad = true
			break
		}
		b := c.left[0]
		c.left = c.left[1:]
		n |= uint64(b&0x7f) << shift
		if b < 0x80 {
			break
		}
	}
	*v = T(n)
}

// list is how many there are, plus one, and each of them; 0 is a slice that is nil.
func list[T any](c *codec, s *[]T, each func(x *T)) {
	n := len(*s) + 1
	if *s == nil {
		n = 0
	}
	if number(c, &n); !c.packing {
		if n < 0 || n-1 > len(c.left) { // each takes a byte at least
			c.bad, n = true, 0
		}
		switch {
		case n == 0:
			*s = nil
		case *s == nil:
			*s = make([]T, n-1)
		default: // the one before is done with
			*s = slices.Grow((*s)[:0], n-1)[:n-1]
		}
	}
	for i := range *s {
		each(&(*s)[i])
	}
}

func (c *codec) text(s *string) {
	n := len(*s)
	number(c, &n)
	switch {
	case c.packing:
		c.book.tail = append(c.book.tail, *s...)
	case n < 0 || n > len(c.left):
		c.bad, *s = true, ""
	default:
		*s, c.left = c.left[:n], c.left[n:]
	}
}

// header is the number of a header plus one; 0 is none. The rejects of a source
// share theirs, so that it is known by where it lies; the last is the likeliest.
func (c *codec) header(h *[]string) {
	b, n := c.book, 0
	if c.packing && len(*h) > 0 {
		for n = len(b.headers); n > 0 && !(len(b.headers[n-1]) == len(*h) && &b.headers[n-1][0] == &(*h)[0]); n-- {
		}
		if n == 0 {
			b.headers = append(b.headers, *h)
			n = len(b.headers)
		}
	}
	number(c, &n)
	if c.packing {
		return
	}
	*h = nil
	if n > 0 && n <= len(b.headers) {
		*h = b.headers[n-1]
	}
}
