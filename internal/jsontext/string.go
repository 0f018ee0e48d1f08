package jsontext

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

func load(s string, i int) uint64 {
	s = s[i : i+8]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// special has its lowest bit set in the first of eight bytes that is a quote, a
// backslash or a control character.
func special(x uint64) uint64 {
	return (((x ^ '"'*ones) - ones) | ((x ^ '\\'*ones) - ones) | (x - ' '*ones)) &^ x & highs
}

// Str eats a string and gives what it says.
func (d *Scanner) Str() string {
	plain, escaped := d.quoted()
	if escaped != nil {
		return d.keep(escaped)
	}
	return plain
}

// quoted eats a string. What it says is a part of the source, or where escapes are in
// it in a buffer, which the next one uses again.
func (d *Scanner) quoted() (plain string, escaped []byte) {
	s := d.s
	if d.p >= len(s) || s[d.p] != '"' {
		d.Fail("a string")
		return "", nil
	}
	start := d.p + 1
	i := start
	var high uint64
	for i+8 <= len(s) {
		x := load(s, i)
		high |= x
		if m := special(x); m != 0 {
			i += bits.TrailingZeros64(m) >> 3
			goto found
		}
		i += 8
	}
	for ; i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\'; i++ {
		high |= uint64(s[i])
	}
found:
	if i < len(s) && s[i] == '\\' {
		d.escaped(start, i, high)
		return "", d.buf
	}
	d.p = i
	if i >= len(s) || s[i] != '"' {
		d.Fail("the rest of a string")
		return "", nil
	}
	d.p++
	if plain = s[start:i]; high&highs != 0 && !utf8.ValidString(plain) {
		d.notUTF8()
	}
	return plain, nil
}

func (d *Scanner) notUTF8() {
	d.Stop(fmt.Errorf("the answer is malformed: a string before byte %d is not UTF-8", d.p))
}

// escaped puts into the buffer what a string says that begins at start and has its
// first escape at i. Half of a surrogate pair is the replacement character, as in
// encoding/json.
func (d *Scanner) escaped(start, i int, high uint64) {
	s, out := d.s, append(d.buf[:0], d.s[start:i]...)
	for i < len(s) {
		switch c := s[i]; {
		case c == '"':
			d.p = i + 1
			if d.buf = out; high&highs != 0 && !utf8.Valid(out) {
				d.notUTF8()
			}
			return
		case c < ' ':
			d.p = i
			d.Fail("the rest of a string")
			return
		case c == '\\' && i+1 < len(s) && escapes[s[i+1]] != 0:
			out = append(out, escapes[s[i+1]])
			i += 2
		case c == '\\':
			r, n := escapedRune(s[i:])
			if n == 0 {
				d.p = i
				d.Fail("an escape")
				return
			}
			out = utf8.AppendRune(out, r)
			i += n
		}
		for i+8 <= len(s) {
			x := load(s, i)
			high |= x
			out = binary.LittleEndian.AppendUint64(out, x)
			if m := special(x); m != 0 {
				n := bits.TrailingZeros64(m) >> 3
				out = out[:len(out)-8+n]
				i += n
				break
			}
			i += 8
		}
		for ; i+8 > len(s) && i < len(s) && s[i] >= ' ' && s[i] != '"' && s[i] != '\\'; i++ {
			high |= uint64(s[i])
			out = append(out, s[i])
		}
	}
	d.p = len(s)
	d.Fail("the rest of a string")
}

var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// escapedRune is what \uXXXX stands for, or a pair of them, and how long it is; 0 is no
// such escape.
func escapedRune(s string) (r rune, n int) {
	r, ok := hex4(s)
	if !ok {
		return 0, 0
	}
	if utf16.IsSurrogate(r) {
		low, _ := hex4(s[6:])
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return r, 6
}

func hex4(s string) (r rune, ok bool) {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for i := 2; i < 6; i++ {
		c := s[i]
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

// keep makes a text of what a string says, side by side with those before it.
func (d *Scanner) keep(said []byte) string {
	if cap(d.kept)-len(d.kept) < len(said) {
		const most = 64 << 10
		d.spent += len(d.kept)
		d.kept = make([]byte, 0, max(len(said), min((len(d.s)-d.p)/4, most)))
	}
	from := len(d.kept)
	d.kept = append(d.kept, said...)
	return unsafe.String(unsafe.SliceData(d.kept[from:]), len(said))
}
