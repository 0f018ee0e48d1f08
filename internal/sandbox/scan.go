package sandbox

import (
	"bytes"
	"encoding/json"
	"iter"
)

// The functions below walk over JSON that json.Valid has accepted, and hand
// out parts of it without copying. They do not check again; decoding the same
// text into a map of copies was most of the cost of a create and of a load.

// members are the members of the object text: keys without quotes, and values.
// A key that is given twice comes twice.
func members(text []byte) iter.Seq2[[]byte, json.RawMessage] {
	return func(yield func([]byte, json.RawMessage) bool) {
		items(text, '{', func(i int) (int, bool) {
			end := skipString(text, i)
			key := text[i+1 : end-1]
			if bytes.IndexByte(key, '\\') >= 0 {
				s, _ := unquote(text[i:end])
				key = []byte(s)
			}
			i = skipSpace(text, skipSpace(text, end)+1) // past the colon
			end = skipValue(text, i)
			return end, yield(key, text[i:end:end])
		})
	}
}

func elements(text []byte) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		items(text, '[', func(i int) (int, bool) {
			end := skipValue(text, i)
			return end, yield(text[i:end:end])
		})
	}
}

// items calls item with where each item of an object or an array begins, which
// returns where it ends, and whether to go on.
func items(text []byte, open byte, item func(i int) (end int, more bool)) {
	for i := skipSpace(text, 1+bytes.IndexByte(text, open)); text[i] != open+2; { // as '}' and ']' are
		end, more := item(i)
		if !more {
			return
		}
		if i = skipSpace(text, end); text[i] == ',' {
			i = skipSpace(text, i+1)
		}
	}
}

// unquote reads a JSON string; false if raw is another value.
func unquote(raw []byte) (string, bool) {
	if raw[0] != '"' {
		return "", false
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1]), true
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func skipSpace(text []byte, i int) int {
	for i < len(text) && isSpace(text[i]) {
		i++
	}
	return i
}

// skipString returns the end of the string that begins at i.
func skipString[T ~string | ~[]byte](text T, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipValue returns the end of the value that begins at i.
func skipValue(text []byte, i int) int {
	depth := 0
	for {
		switch text[i] {
		case '"':
			i = skipString(text, i)
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue
		default: // a number, true, false or null
			for i < len(text) && bytes.IndexByte([]byte(",:]} \t\n\r"), text[i]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
}

// compact returns the value without white space between its tokens, as a part
// of raw if there is none.
func compact(raw json.RawMessage) json.RawMessage {
	for i := 0; i < len(raw); i++ {
		if raw[i] == '"' {
			i = skipString(raw, i) - 1
		} else if isSpace(raw[i]) {
			var b bytes.Buffer
			_ = json.Compact(&b, raw) // it is valid
			return b.Bytes()
		}
	}
	return raw
}
