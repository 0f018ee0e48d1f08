package workbook

import (
	"bytes"
	"strconv"
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

var entities = map[string]byte{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}

// appendEntity appends what &name; stands for: one of the five entities of XML,
// or a character by its number, #65 or #x41.
func appendEntity(out, name []byte) ([]byte, error) {
	if c := entities[string(name)]; c != 0 {
		return append(out, c), nil
	}
	if number, ok := bytes.CutPrefix(name, []byte("#")); ok {
		digits, base := bytes.TrimPrefix(number, []byte("x")), 16
		if len(digits) == len(number) {
			base = 10
		}
		if r, err := strconv.ParseUint(string(digits), base, 32); err == nil && r <= utf8.MaxRune {
			return utf8.AppendRune(out, rune(r)), nil
		}
	}
	return nil, damage("&%s; is not an entity of XML", name)
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
