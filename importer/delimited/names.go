package delimited

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

var delimiterWords = map[rune]string{',': "comma", ';': "semicolon", '\t': "tab", '|': "pipe"}

// Delimiter reads the name of a delimiter, or the character itself; 0 is auto.
func Delimiter(name string) (rune, error) {
	switch strings.ToLower(name) {
	case "", "auto":
		return 0, nil
	case `\t`:
		return '\t', nil
	}
	for c, word := range delimiterWords {
		if strings.EqualFold(name, word) {
			return c, nil
		}
	}
	if code, err := strconv.ParseUint(strings.TrimPrefix(name, `\x`), 16, 7); err == nil && len(name) == len(`\x1f`) && name[0] == '\\' {
		name = string(rune(code))
	}
	c, size := utf8.DecodeRuneInString(name)
	if size != len(name) || c == utf8.RuneError || strings.ContainsRune("\"\r\n\x00\uFEFF", c) {
		return 0, fmt.Errorf("%q can't be a delimiter; it is auto, comma, semicolon, tab, pipe, or a single character but a quote or a "+
			"line end, such as ^ or \\x1f", name)
	}
	return c, nil
}

// Word is a delimiter as Delimiter reads it.
func Word(comma rune) string {
	switch word, ok := delimiterWords[comma]; {
	case ok:
		return word
	case comma < ' ' || comma == 0x7F:
		return fmt.Sprintf(`\x%02x`, comma)
	}
	return string(comma)
}

// SepLine is the delimiter that a text's first line says, as spreadsheets
// write and read it, and the line's size.
func SepLine(text []byte) (comma byte, size int) {
	line, _, ok := bytes.Cut(text, []byte("\n"))
	if !ok || len(line) > 10 {
		return 0, 0
	}
	size = len(line) + 1
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) > 2 && line[0] == '"' && line[len(line)-1] == '"' {
		line = line[1 : len(line)-1]
	}
	if len(line) != 5 || !strings.EqualFold(string(line[:4]), "sep=") {
		return 0, 0
	}
	comma = line[4]
	if _, err := Delimiter(string(rune(comma))); err != nil || comma >= utf8.RuneSelf || unicode.IsLetter(rune(comma)) ||
		unicode.IsDigit(rune(comma)) {
		return 0, 0
	}
	return comma, size
}

// Name is a delimiter as a sentence has it.
func Name[C byte | rune](comma C) string {
	if comma == '|' {
		return "vertical bar"
	}
	if word, ok := delimiterWords[rune(comma)]; ok {
		return word
	}
	return strconv.Quote(string(rune(comma)))
}

// Names are several of a delimiter.
func Names(comma byte) string {
	if _, ok := delimiterWords[rune(comma)]; !ok {
		return Name(comma)
	}
	return Name(comma) + "s"
}
