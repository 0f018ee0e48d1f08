package report

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/user"
)

// ValueText is a change's value, canonical JSON, as people read it: a string
// without quotes, a list of strings with commas, anything else as JSON; ""
// for no value.
func ValueText(value string) string {
	switch {
	case value == "":
		return ""
	case value[0] == '"':
		return unquoted(value)
	case value[0] == '[':
		if list, ok := StringList(value); ok {
			return strings.Join(list, ", ")
		}
	}
	return value
}

// ShownAs is a field's value, canonical JSON, as people are shown it: times,
// which are Unix seconds to the API, as times.
func ShownAs(field, value string) string {
	if field != user.CreatedAt.String() && field != user.LastActiveAt.String() {
		return value
	}
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds <= 0 || seconds > latest {
		return value
	}
	return user.JSON(time.Unix(seconds, 0).UTC().Format(time.DateTime + " UTC"))
}

// latest is the last second that a time with a year of four digits has.
const latest = 253_402_300_799

// unquoted takes a JSON string's quotes away; text that is none stays as it is.
func unquoted(value string) string {
	if n := len(value) - 1; n > 0 && value[n] == '"' && strings.IndexByte(value, '\\') < 0 && strings.IndexByte(value[1:], '"') == n-1 {
		return value[1:n]
	}
	var s string
	if json.Unmarshal([]byte(value), &s) != nil {
		return value
	}
	return s
}

// StringList is the strings of a value that is a list of nothing else.
func StringList(value string) ([]string, bool) {
	if len(value) < 2 || value[0] != '[' {
		return nil, false
	}
	list, ok := plainList(value[1:])
	if ok {
		return list, true
	}
	if json.Unmarshal([]byte(value), &list) != nil {
		return nil, false
	}
	return list, true
}

func plainList(rest string) (list []string, ok bool) {
	for {
		n := 2 + strings.IndexByte(rest[min(len(rest), 1):], '"')
		if len(rest) < n {
			return nil, false
		}
		text, ok := PlainString(rest[:n])
		if !ok {
			return nil, false
		}
		list = append(list, text)
		switch after := rest[n:]; {
		case after == "]":
			return list, true
		case after == "" || after[0] != ',':
			return nil, false
		}
		rest = rest[n+1:]
	}
}

// PlainString is the text of a value that is, at a glance, a string of ASCII without
// escapes, as nearly all are.
func PlainString(value string) (text string, ok bool) {
	n := len(value) - 1
	if n < 1 || value[0] != '"' || value[n] != '"' {
		return "", false
	}
	for i := 1; i < n; i++ {
		if c := value[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return "", false
		}
	}
	return value[1:n], true
}

// BaseNames calls each source by the end of its path, which leaves a table's
// other columns their room; those whose paths end alike go by the whole.
func (r *Report) BaseNames() map[string]string {
	base, paths := map[string]string{}, map[string]string{}
	for _, f := range r.Intake.Files {
		name := filepath.Base(f.Path)
		if other, ok := paths[name]; ok && other != f.Path {
			delete(base, other)
			continue
		}
		paths[name], base[f.Path] = f.Path, name
	}
	return base
}

// PlaceIn is a row of a source by its short name.
func PlaceIn(base map[string]string, s user.Source) string {
	if s.File == "" {
		return ""
	}
	if name, ok := base[s.File]; ok {
		s.File = name
	}
	return s.String()
}

// ValueWords is a value in a line of text, where one that is not there has to
// be named.
func ValueWords(field, value string) string {
	if value == "" || value == "null" {
		return "none"
	}
	if text := ValueText(ShownAs(field, value)); text != "" {
		return text
	}
	return "empty"
}
