package workbook

import (
	"bytes"
	"unicode/utf8"
)

// attribute takes the next attribute off the element that has just begun: its
// full name, and its value. Without one left, the name is empty.
func (x *scanner) attribute() (name, value []byte, err error) {
	b := x.attrs
	n := 0
	for n < len(b) && space(b[n]) {
		n++
	}
	if n == len(b) {
		x.attrs = nil
		return nil, nil, nil
	}
	b = b[n:]
	eq := bytes.IndexByte(b, '=')
	if eq < 0 {
		return nil, nil, damage("an attribute without a value")
	}
	n = eq
	for n > 0 && space(b[n-1]) {
		n--
	}
	if name = b[:n]; !validName(name) {
		return nil, nil, damage("an attribute has the name %.40q, which none can have", name)
	}
	b = b[eq+1:]
	for len(b) > 0 && space(b[0]) {
		b = b[1:]
	}
	if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
		return nil, nil, damage("an attribute's value stands in no quotes")
	}
	end := bytes.IndexByte(b[1:], b[0])
	if end < 0 {
		return nil, nil, damage("an attribute's value is not closed")
	}
	value, x.attrs = b[1:1+end], b[end+2:]
	if bytes.IndexByte(value, '&') >= 0 {
		value, err = x.decode(value)
	}
	return name, value, err
}

// local is a name without its prefix.
func local(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

// validName says whether a name has only the characters of one.
func validName(name []byte) bool {
	for i, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '_', c == ':':
		case c >= utf8.RuneSelf:
			if !utf8.Valid(name) {
				return false
			}
		case i > 0 && ('0' <= c && c <= '9' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return len(name) > 0
}
