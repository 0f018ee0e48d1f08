package cometchat

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// scanner reads JSON out of a string, by hand: pages are half a megabyte
// each and come in the thousands, and nearly all of the time that a listing
// takes goes into reading them.
//
// It is strict: the whole grammar is checked, in values that are skipped too,
// and what follows the value is not overlooked, so that an answer that was cut
// off or mixed up is never taken for a shorter one. Texts without escapes are
// substrings of the source. It uses no unsafe memory.
type scanner struct {
	s string
	p int
}

// maxDepth bounds how deep values may nest.
const maxDepth = 1000

// fail is an error about the place where the scanner stands.
func (d *scanner) fail(want string) error {
	if d.p >= len(d.s) {
		return fmt.Errorf("the answer ends in the middle, at byte %d", d.p)
	}
	return fmt.Errorf("the answer is malformed: %q at byte %d, where %s should be", d.s[d.p], d.p, want)
}

// peek skips white space and gives the next byte; 0 at the end, which is no
// valid byte either.
func (d *scanner) peek() byte {
	for ; d.p < len(d.s); d.p++ {
		switch c := d.s[d.p]; c {
		case ' ', '\n', '\t', '\r':
		default:
			return c
		}
	}
	return 0
}

// end says whether nothing but white space is left.
func (d *scanner) end() error {
	if d.peek(); d.p < len(d.s) {
		return d.fail("the end")
	}
	return nil
}

func (d *scanner) literal(word string) error {
	if !strings.HasPrefix(d.s[d.p:], word) {
		return d.fail(word)
	}
	d.p += len(word)
	return nil
}

// open eats an opening byte, and the closing one if nothing lies between;
// more says that something does.
func (d *scanner) open(opening, closing byte) (more bool, err error) {
	if d.peek() != opening {
		return false, d.fail(strconv.QuoteRune(rune(opening)))
	}
	d.p++
	if d.peek() == closing {
		d.p++
		return false, nil
	}
	return true, nil
}

// next eats a comma, or the closing byte.
func (d *scanner) next(closing byte) (more bool, err error) {
	switch c := d.peek(); c {
	case ',':
		d.p++
		return true, nil
	case closing:
		d.p++
		return false, nil
	}
	return false, d.fail("a comma or " + strconv.QuoteRune(rune(closing)))
}

// array calls item for each element.
func (d *scanner) array(item func() error) error {
	more, err := d.open('[', ']')
	for more && err == nil {
		if err = item(); err == nil {
			more, err = d.next(']')
		}
	}
	return err
}

// object calls member for each key, which has to eat the value.
func (d *scanner) object(member func(key string) error) error {
	more, err := d.open('{', '}')
	for more && err == nil {
		var key string
		if key, err = d.key(); err != nil {
			break
		}
		if err = member(key); err == nil {
			more, err = d.next('}')
		}
	}
	return err
}

// key eats a member's name and the colon.
func (d *scanner) key() (string, error) {
	d.peek()
	k, err := d.str()
	if err != nil {
		return "", err
	}
	if d.peek() != ':' {
		return "", d.fail("a colon")
	}
	d.p++
	return k, nil
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

// quoted eats a string and gives what stands between its quotes; escaped says
// that escapes are among it, which have been checked.
func (d *scanner) quoted() (raw string, escaped bool, err error) {
	s := d.s
	if d.p >= len(s) || s[d.p] != '"' {
		return "", false, d.fail("a string")
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
		return "", false, d.fail("the rest of a string")
	found:
		switch {
		case s[i] == '"':
			raw = s[start:i]
			d.p = i + 1
			if high&highs != 0 && !utf8.ValidString(raw) {
				return "", false, fmt.Errorf("the answer is malformed: a string before byte %d is not UTF-8", d.p)
			}
			return raw, escaped, nil
		case s[i] != '\\' || i+1 >= len(s):
			d.p = i
			if s[i] == '\\' {
				d.p = len(s)
			}
			return "", false, d.fail("the rest of a string")
		}
		escaped = true
		switch s[i+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			i += 2
		case 'u':
			if _, ok := hex4(s, i+2); !ok {
				d.p = i
				return "", false, d.fail("an escape")
			}
			i += 6
		default:
			d.p = i
			return "", false, d.fail("an escape")
		}
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

func (d *scanner) str() (string, error) {
	raw, escaped, err := d.quoted()
	if escaped && err == nil {
		return unescape(raw), nil
	}
	return raw, err
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

// number eats a number and gives its text.
func (d *scanner) number() (string, error) {
	s, i, start := d.s, d.p, d.p
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
	d.p = i
	if !ok {
		return "", d.fail("a value")
	}
	return s[start:i], nil
}

// text eats a value that is a text: null is none, and a number or a boolean
// is what it looks like.
func (d *scanner) text() (string, error) {
	switch c := d.peek(); c {
	case '"':
		return d.str()
	case 'n':
		return "", d.literal("null")
	case '{', '[':
		return "", d.fail("a text")
	}
	return d.raw(0)
}

// seconds eats a time: a whole number, one in a string, or nothing that can
// be read as one, which is 0.
func (d *scanner) seconds() (int64, error) {
	if c := d.peek(); c >= '1' && c <= '9' {
		// Nearly always ten digits.
		var n int64
		i := d.p
		for ; i < len(d.s) && i < d.p+15 && d.s[i]-'0' <= 9; i++ {
			n = n*10 + int64(d.s[i]-'0')
		}
		if i < len(d.s) && (d.s[i] == ',' || d.s[i] == '}') {
			d.p = i
			return n, nil
		}
	}
	raw, err := d.raw(0)
	if err != nil {
		return 0, err
	}
	f, err := strconv.ParseFloat(strings.Trim(raw, `"`), 64)
	if err != nil || math.IsNaN(f) || math.Abs(f) > 1<<53 {
		return 0, nil
	}
	return int64(f), nil
}

// raw eats any value and gives its text.
func (d *scanner) raw(depth int) (string, error) {
	d.peek()
	start := d.p
	err := d.skip(depth)
	return d.s[start:d.p], err
}

// skip checks any value and passes over it.
func (d *scanner) skip(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the answer is malformed: nested deeper than %d levels at byte %d", maxDepth, d.p)
	}
	switch d.peek() {
	case '"':
		_, _, err := d.quoted()
		return err
	case 't':
		return d.literal("true")
	case 'f':
		return d.literal("false")
	case 'n':
		return d.literal("null")
	case '[':
		more, err := d.open('[', ']')
		for more && err == nil {
			if err = d.skip(depth + 1); err == nil {
				more, err = d.next(']')
			}
		}
		return err
	case '{':
		more, err := d.open('{', '}')
		for more && err == nil {
			if _, err = d.key(); err == nil {
				if err = d.skip(depth + 1); err == nil {
					more, err = d.next('}')
				}
			}
		}
		return err
	}
	_, err := d.number()
	return err
}
