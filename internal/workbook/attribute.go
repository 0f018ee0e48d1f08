package workbook

import (
	"bytes"
	"unicode/utf8"
)

// attributes calls each with the attributes of the element that has just begun:
// their full names, and their values.
func (x *scanner) attributes(each func(name, value []byte) error) error {
	for {
		b := trimLeft(x.attrs)
		if len(b) == 0 {
			return nil
		}
		eq := bytes.IndexByte(b, '=')
		if eq < 0 {
			return damage("an attribute without a value")
		}
		name := trimRight(b[:eq])
		if !validName(name) {
			return damage("an attribute has the name %.40q, which none can have", name)
		}
		b = trimLeft(b[eq+1:])
		if len(b) == 0 || b[0] != '"' && b[0] != '\'' {
			return damage("an attribute's value is not in quotes")
		}
		end := bytes.IndexByte(b[1:], b[0])
		if end < 0 {
			return damage("an attribute's value is not closed")
		}
		value := b[1 : 1+end]
		x.attrs = b[end+2:]
		var err error
		if bytes.IndexByte(value, '&') >= 0 {
			value, err = x.decode(value)
		}
		if err == nil {
			err = each(name, value)
		}
		if err != nil {
			return err
		}
	}
}

func local(name []byte) []byte { return name[bytes.IndexByte(name, ':')+1:] }

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func trimLeft(b []byte) []byte {
	for len(b) > 0 && space(b[0]) {
		b = b[1:]
	}
	return b
}

func trimRight(b []byte) []byte {
	for len(b) > 0 && space(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}

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
