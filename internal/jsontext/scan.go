// Package jsontext reads JSON out of a string, by hand. It refuses to know what the
// values mean, and who wrote them.
package jsontext

import (
	"fmt"
	"iter"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Scanner reads JSON out of a string: pages of users are half a megabyte
// each and come in the thousands, and nearly all of the time that a listing
// takes goes into reading them.
//
// It is strict: the whole grammar is checked, in values that are skipped too,
// and what follows the value is not overlooked, so that an answer that was cut
// off or mixed up is never taken for a shorter one. Texts without escapes are
// substrings of the source. It uses no unsafe memory.
//
// The first thing that is wrong is kept in err, and ends the text there: what is
// read after it is nothing, so that only the end has to look.
type Scanner struct {
	s   string
	p   int
	Err error
}

// New is a scanner of a text.
func New(text string) *Scanner { return &Scanner{s: text} }

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
	for ; d.p < len(d.s); d.p++ {
		switch c := d.s[d.p]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

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
	k := d.Str()
	if d.Peek() == ':' {
		d.p++
	} else {
		d.Fail("a colon")
	}
	return k
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// quoted eats a string and gives what is between its quotes; escaped says
// that escapes are among it, which have been checked.
func (d *Scanner) quoted() (raw string, escaped bool) {
	s := d.s
	if d.p >= len(s) || s[d.p] != '"' {
		d.Fail("a string")
		return "", false
	}
	start := d.p + 1
	i := start
	var high uint64
	for {
		for i+8 <= len(s) {
			// Eight bytes at a time: the lowest bit set in m belongs to the
			// first quote, backslash or control character.
			x := load(s, i)
			m := (((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones) | (x - ' '*ones)) &^ x & highs
			high |= x
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				goto found
			}
			i += 8
		}
		for ; i < len(s); i++ {
			if c := s[i]; c < ' ' || c == '"' || c == '\\' {
				goto found
			}
			high |= uint64(s[i])
		}
		d.p = i
		d.Fail("the rest of a string")
		return "", false
	found:
		switch {
		case s[i] == '"':
			raw = s[start:i]
			d.p = i + 1
			if high&highs != 0 && !utf8.ValidString(raw) {
				d.Stop(fmt.Errorf("the answer is malformed: a string before byte %d is not UTF-8", d.p))
			}
			return raw, escaped
		case s[i] != '\\' || i+1 >= len(s):
			d.p = i
			if s[i] == '\\' {
				d.p = len(s)
			}
			d.Fail("the rest of a string")
			return "", false
		}
		escaped = true
		i += 2
		if s[i-1] == 'u' {
			if _, ok := hex4(s, i); ok {
				i += 4
				continue
			}
		} else if escapes[s[i-1]] != 0 {
			continue
		}
		d.p = i - 2
		d.Fail("an escape")
		return "", false
	}
}

func hex4(s string, i int) (r rune, ok bool) {
	if i+4 > len(s) {
		return 0, false
	}
	for _, c := range []byte(s[i : i+4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (d *Scanner) Str() string {
	raw, escaped := d.quoted()
	if escaped {
		return unescape(raw)
	}
	return raw
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape takes text that quoted has checked. Half of a surrogate pair
// becomes the replacement character, as in encoding/json.
func unescape(raw string) string {
	var b strings.Builder
	b.Grow(len(raw))
	for {
		i := strings.IndexByte(raw, '\\')
		if i < 0 {
			b.WriteString(raw)
			return b.String()
		}
		b.WriteString(raw[:i])
		c := raw[i+1]
		raw = raw[i+2:]
		if c != 'u' {
			b.WriteByte(escapes[c])
			continue
		}
		r, _ := hex4(raw, 0)
		raw = raw[4:]
		if utf16.IsSurrogate(r) {
			low := rune(0)
			if strings.HasPrefix(raw, `\u`) {
				low, _ = hex4(raw, 2)
			}
			if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
				raw = raw[6:]
			}
		}
		b.WriteRune(r)
	}
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
