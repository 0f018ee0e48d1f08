package report

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"cometsync/internal/user"
)

// valueText is a change's value, canonical JSON, as people read it: a string
// without quotes, a list of strings with commas, anything else as JSON; ""
// for no value.
func valueText(value string) string {
	switch {
	case value == "":
		return ""
	case value[0] == '"':
		return plainString(value)
	case value[0] == '[':
		if list, ok := stringList(value); ok {
			return strings.Join(list, ", ")
		}
	}
	return value
}

// shownAs is a field's value, canonical JSON, as people are shown it: times,
// which are Unix seconds to the API, as times.
func shownAs(field, value string) string {
	if field != user.CreatedAt.String() && field != user.LastActiveAt.String() {
		return value
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds <= 0 || seconds > latest {
		return value
	}
	return user.JSON(timeText(time.Unix(seconds, 0)))
}

// latest is the last second that a time with a year of four digits has.
const latest = 253_402_300_799

// plainString takes a JSON string's quotes away; text that is none stays as it is.
func plainString(value string) string {
	if len(value) >= 2 && value[len(value)-1] == '"' && strings.IndexByte(value, '\\') < 0 && strings.IndexByte(value[1:], '"') == len(value)-2 {
		return value[1 : len(value)-1]
	}
	var s string
	if json.Unmarshal([]byte(value), &s) != nil {
		return value
	}
	return s
}

func stringList(value string) ([]string, bool) {
	if len(value) < 2 || value[0] != '[' {
		return nil, false
	}
	var list []string
	if json.Unmarshal([]byte(value), &list) != nil {
		return nil, false
	}
	return list, true
}

// thousands writes a number as people read it: 1,234,567.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted is a number with its noun: "1 row", "1,204 rows".
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return thousands(n) + " " + noun + "s"
}

// enumeration joins words as a sentence does: "a, b and c".
func enumeration(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

// visible makes characters seen that would otherwise act: control characters,
// which a terminal obeys, and direction overrides, which make a text read as
// another one.
func visible(s string) string {
	if strings.IndexFunc(s, acts) < 0 {
		return s
	}
	var b strings.Builder
	for _, c := range s {
		switch {
		case c == '\n':
			b.WriteString("⏎")
		case acts(c):
			fmt.Fprintf(&b, "⟨U+%04X⟩", c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}

func acts(c rune) bool {
	return unicode.IsControl(c) || c >= 0x202A && c <= 0x202E || c >= 0x2066 && c <= 0x2069 || c == 0x2028 || c == 0x2029 || c == unicode.ReplacementChar
}

// shorten cuts a text to n characters, the last of them an ellipsis.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	runes := 0
	for i := range s {
		if runes++; runes == n {
			rest := s[i:]
			for j := range rest {
				if j > 0 {
					return s[:i] + "…"
				}
			}
		}
	}
	return s
}

// bookName is a file with the sheet in it, as places have it.
func bookName(file, sheet string) string {
	if sheet == "" {
		return file
	}
	return file + "[" + sheet + "]"
}
