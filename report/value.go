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
		return plainString(value)
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
	return user.JSON(TimeText(time.Unix(seconds, 0)))
}

// latest is the last second that a time with a year of four digits has.
const latest = 253_402_300_799

// plainString takes a JSON string's quotes away; text that is none stays as it is.
func plainString(value string) string {
	if len(value) >= 2 && value[len(value)-1] == '"' && strings.IndexByte(value, '\\') < 0 && strings.IndexByte(value[1:],
		'"') == len(value)-2 {
		return value[1 : len(value)-1]
	}
	var s string
	if json.Unmarshal([]byte(value), &s) != nil {
		return value
	}
	return s
}

func StringList(value string) ([]string, bool) {
	if len(value) < 2 || value[0] != '[' {
		return nil, false
	}
	var list []string
	if json.Unmarshal([]byte(value), &list) != nil {
		return nil, false
	}
	return list, true
}

// BookName is a file with the sheet in it, as places have it.
func BookName(file, sheet string) string {
	if sheet == "" {
		return file
	}
	return file + "[" + sheet + "]"
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
