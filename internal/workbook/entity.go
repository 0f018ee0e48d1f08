package workbook

import (
	"bytes"
	"unicode/utf8"
)

// longestEntity is how many bytes the reference to a character may take.
const longestEntity = 16

// decode replaces entities, and makes line ends what XML says they are.
func (x *scanner) decode(b []byte) ([]byte, error) {
	amp := bytes.IndexByte(b, '&')
	if amp < 0 {
		if bytes.IndexByte(b, '\r') < 0 {
			return b, nil
		}
		return withoutCR(x.room(len(b)), b), nil
	}
	out := x.room(len(b))
	for amp >= 0 {
		out = withoutCR(out, b[:amp])
		b = b[amp:]
		end := bytes.IndexByte(b[:min(len(b), longestEntity)], ';')
		if end < 0 || bytes.IndexByte(b[1:end], '&') >= 0 {
			return nil, damage("an & that begins no entity")
		}
		var err error
		if out, err = appendEntity(out, b[1:end]); err != nil {
			return nil, err
		}
		b = b[end+1:]
		amp = bytes.IndexByte(b, '&')
	}
	return withoutCR(out, b), nil
}

func appendEntity(out, name []byte) ([]byte, error) {
	switch string(name) {
	case "lt":
		return append(out, '<'), nil
	case "gt":
		return append(out, '>'), nil
	case "amp":
		return append(out, '&'), nil
	case "quot":
		return append(out, '"'), nil
	case "apos":
		return append(out, '\''), nil
	}
	if r, ok := reference(name); ok {
		return utf8.AppendRune(out, r), nil
	}
	return nil, damage("&%s; is no entity of XML", name)
}

// reference is the character that #65 or #x41 stands for.
func reference(name []byte) (rune, bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	var r rune
	for _, c := range digits {
		d := rune(hex(c))
		if d < 0 || d >= base || r > utf8.MaxRune {
			return 0, false
		}
		r = r*base + d
	}
	return r, len(digits) > 0
}

// hex is the value of a hexadecimal digit, or -1.
func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}

// withoutCR appends b with each \r\n and each \r made \n.
func withoutCR(out, b []byte) []byte {
	for {
		n := bytes.IndexByte(b, '\r')
		if n < 0 {
			return append(out, b...)
		}
		out = append(append(out, b[:n]...), '\n')
		if b = b[n+1:]; len(b) > 0 && b[0] == '\n' {
			b = b[1:]
		}
	}
}
