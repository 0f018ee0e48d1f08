// Package jsontext reads JSON out of a string, by hand. It refuses to know what the
// values mean, and who wrote them.
package jsontext

import (
	"fmt"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Scanner reads JSON out of a string: pages of users are half a megabyte
// each and come in the thousands, and nearly all of the time that a listing
// takes goes into reading them.
//
// It is strict: the whole grammar is checked, in values that are skipped too,
// and what follows the value is not overlooked, so that an answer that was cut
// off or mixed up is never taken for a shorter one. Texts without escapes are
// substrings of the source; those with some lie together in memory of their own,
// which Reset uses again.
//
// The first thing that is wrong is kept in err, and ends the text there: what is
// read after it is nothing, so that only the end has to look.
type Scanner struct {
	s   string
	p   int
	Err error

	keys []key
	last int // which of the keys came last

	buf   []byte // what the string with escapes that was read last says
	kept  []byte // texts of such strings side by side; what is in it is a part of strings, and stays
	spent int    // how much of them is in memory that is full
}

// key is a key that came before, and which of them came after it: one object of a list
// is like another, so that it is mostly known how a key reads before it is read.
type key struct {
	written string // with quotes and colon
	next    int
}

const mostKeys = 64

// New is a scanner of a text.
func New(text string) *Scanner { return &Scanner{s: text} }

// Reset has the scanner read another text, in the memory that it has: nobody may use what
// it gave of the last one any more.
func (d *Scanner) Reset(text string) {
	kept := d.kept[:0]
	if all := d.spent + len(d.kept); d.spent > 0 {
		kept = make([]byte, 0, all+all/8)
	}
	*d = Scanner{s: text, keys: d.keys[:0], buf: d.buf, kept: kept}
}

// maxDepth bounds how deep values may nest.
const maxDepth = 1000

// fail notes what is wrong at the place where the Scanner is.
func (d *Scanner) Fail(want string) {
	if d.p >= len(d.s) {
		d.Stop(fmt.Errorf("the answer ends in the middle, at byte %d", d.p))
		return
	}
	d.Stop(fmt.Errorf("the answer is malformed: %q at byte %d, where %s should be", d.s[d.p], d.p, want))
}

func (d *Scanner) Stop(err error) {
	if d.Err == nil {
		d.Err = err
	}
	d.p = len(d.s)
}

// Peek skips white space and gives the next byte; 0 at the end, which is not
// a valid byte either.
func (d *Scanner) Peek() byte {
	const white = 1<<' ' | 1<<'\n' | 1<<'\t' | 1<<'\r'
	for ; d.p < len(d.s); d.p++ {
		if c := d.s[d.p]; c > ' ' || white>>c&1 == 0 {
			return c
		}
	}
	return 0
}

// Blank reports whether nothing is left but white space.
func (d *Scanner) Blank() bool { return d.Peek() == 0 && d.p == len(d.s) }

// End gives what was wrong, if only that something is left.
func (d *Scanner) End() error {
	if d.Peek(); d.p < len(d.s) {
		d.Fail("the end")
	}
	return d.Err
}

// Literal eats a word.
func (d *Scanner) Literal(word string) {
	if !strings.HasPrefix(d.s[d.p:], word) {
		d.Fail(word)
		return
	}
	d.p += len(word)
}

// open eats an opening byte, and the closing one if nothing lies between;
// more reports whether something does.
func (d *Scanner) open(opening, closing byte) (more bool) {
	if d.Peek() != opening {
		d.Fail(strconv.QuoteRune(rune(opening)))
		return false
	}
	d.p++
	if d.Peek() == closing {
		d.p++
		return false
	}
	return true
}

// next eats a comma, or the closing byte.
func (d *Scanner) next(closing byte) (more bool) {
	switch c := d.Peek(); c {
	case ',', closing:
		d.p++
		return c == ','
	}
	d.Fail("a comma or " + strconv.QuoteRune(rune(closing)))
	return false
}

// Elements yields before each element, which the loop has to eat.
func (d *Scanner) Elements() func(yield func() bool) {
	return func(yield func() bool) {
		for more := d.open('[', ']'); more && yield(); {
			more = d.next(']')
		}
	}
}

// Members yields each key, whose value the loop has to eat.
func (d *Scanner) Members() iter.Seq[string] {
	return func(yield func(string) bool) {
		for more := d.open('{', '}'); more; more = d.next('}') {
			if key := d.key(); d.Err != nil || !yield(key) {
				return
			}
		}
	}
}

// key eats a member's name and the colon.
func (d *Scanner) key() string {
	d.Peek()
	if d.last < len(d.keys) {
		k := &d.keys[d.keys[d.last].next]
		if w := k.written; strings.HasPrefix(d.s[d.p:], w) {
			d.p += len(w)
			d.last = d.keys[d.last].next
			return w[1 : len(w)-2]
		}
	}
	start := d.p
	name := d.Str()
	if d.Peek() != ':' {
		d.Fail("a colon")
		return ""
	}
	d.p++
	if written := d.s[start:d.p]; len(written) == len(name)+len(`"":`) { // as it is expected
		d.learn(written)
	}
	return name
}

// learn expects a key after the one that came last.
func (d *Scanner) learn(written string) {
	n := slices.IndexFunc(d.keys, func(k key) bool { return k.written == written })
	if n < 0 {
		if len(d.keys) == mostKeys {
			return
		}
		n = len(d.keys)
		if n == 0 {
			d.keys = make([]key, 0, 24) // as many as a user may have
		}
		d.keys = append(d.keys, key{written: written})
	}
	d.keys[d.last].next = n
	d.last = n
}

// number eats a number.
func (d *Scanner) number() {
	s, i := d.s, d.p
	digits := func() bool {
		from := i
		for i < len(s) && s[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	ok := true
	if i < len(s) && s[i] == '0' {
		i++
	} else {
		ok = digits()
	}
	if ok && i < len(s) && s[i] == '.' {
		i++
		ok = digits()
	}
	if ok && i < len(s) && s[i]|0x20 == 'e' {
		i++
		if i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		ok = digits()
	}
	if d.p = i; !ok {
		d.Fail("a value")
	}
}

// Text eats a value that is a text: null is none, and a number or a boolean
// is what it looks like.
func (d *Scanner) Text() string {
	switch c := d.Peek(); c {
	case '"':
		return d.Str()
	case 'n':
		d.Literal("null")
		return ""
	case '{', '[':
		d.Fail("a text")
		return ""
	}
	return d.Raw(0)
}

// Seconds eats a time: a whole number, one in a string, or nothing that can
// be read as one, which is 0.
func (d *Scanner) Seconds() int64 {
	if c := d.Peek(); c >= '1' && c <= '9' {
		// Nearly always ten digits.
		var n int64
		i := d.p
		for ; i < len(d.s) && i < d.p+15 && d.s[i]-'0' <= 9; i++ {
			n = n*10 + int64(d.s[i]-'0')
		}
		if i < len(d.s) && (d.s[i] == ',' || d.s[i] == '}') {
			d.p = i
			return n
		}
	}
	f, err := strconv.ParseFloat(strings.Trim(d.Raw(0), `"`), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return 0
	}
	return int64(f)
}

// Raw eats any value and gives its text; it is empty where something is wrong.
func (d *Scanner) Raw(depth int) string {
	d.Peek()
	start := d.p
	d.Skip(depth)
	if d.Err != nil {
		return ""
	}
	return d.s[start:d.p]
}

func (d *Scanner) tooDeep(depth int) bool {
	if depth > maxDepth {
		d.Stop(fmt.Errorf("the answer is malformed: nested deeper than %d levels at byte %d", maxDepth, d.p))
	}
	return depth > maxDepth
}

// Skip checks any value and passes over it.
func (d *Scanner) Skip(depth int) {
	if d.tooDeep(depth) {
		return
	}
	switch d.Peek() {
	case '"':
		d.quoted()
	case 't':
		d.Literal("true")
	case 'f':
		d.Literal("false")
	case 'n':
		d.Literal("null")
	case '[':
		for range d.Elements() {
			d.Skip(depth + 1)
		}
	case '{':
		for range d.Members() {
			d.Skip(depth + 1)
		}
	default:
		d.number()
	}
}

// IsObject reports whether a text is a JSON object and nothing else.
func IsObject(text string) bool {
	d := New(text)
	d.Skip(0)
	return strings.HasPrefix(text, "{") && d.End() == nil
}
