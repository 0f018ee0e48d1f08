package sheet

import (
	"strings"
	"unicode/utf8"

	"cometsync/internal/phrase"
)

// Shown is a text of the roster, or of the app, as a cell shows it: the same
// before it was saved in a plan and after, which knows no broken UTF-8.
func Shown(text string) string {
	if phrase.Visible(text) == text { // as nearly all, and nothing that is not UTF-8
		return text
	}
	return phrase.Visible(strings.ToValidUTF8(text, "\uFFFD"))
}

// storable is a text as a cell holds it: cut to the room that there is, without
// what is not a character to XML.
func storable(text string) string {
	if len(text) <= CellUnits && plainCell(text) {
		return text
	}
	var b strings.Builder
	units := 0
	for i, c := range text {
		if units++; c > 0xFFFF {
			units++
		}
		if units > CellUnits || units == CellUnits && i+utf8.RuneLen(c) < len(text) {
			b.WriteString("…")
			break
		}
		if c < ' ' && c != '\t' && c != '\n' || c == 0xFFFE || c == 0xFFFF {
			c = '\uFFFD'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// plainCell reports whether a text is, at a glance, nothing but characters to XML.
func plainCell(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' && c != '\t' && c != '\n' || c == 0xEF { // U+FFFE begins with it
			return false
		}
	}
	return utf8.ValidString(text)
}

func appendText(b []byte, text string) []byte {
	if asItIs(text) {
		return append(append(append(b, "<t>"...), text...), "</t>"...)
	}
	text = storable(text)
	b = append(b, "<t"...)
	if text != strings.Trim(text, " \t\n") {
		b = append(b, ` xml:space="preserve"`...)
	}
	return append(appendXML(append(b, '>'), text), "</t>"...)
}

// asItIs reports whether a text, at a glance, needs nothing to be that of an element:
// nearly all are ASCII.
func asItIs(text string) bool {
	if len(text) == 0 || len(text) > CellUnits || text[0] <= ' ' || text[len(text)-1] <= ' ' {
		return false
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ' && c != '\n', c >= 0x7f, c == '&', c == '<', c == '>', c == '_':
			return false
		}
	}
	return true
}

// appendXML appends a cell's text, escaped. A text that reads like one of the
// format's own escapes, _x000D_, is escaped too, so that nothing is made of it.
func appendXML(b []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '_' && isEscape(text[i:]):
			b = append(b, "_x005F_"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// isEscape reports whether a text begins like _x000D_.
func isEscape(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
