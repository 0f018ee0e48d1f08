package columns

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// PlaceName is a header's name as the columns that say a row's place are told.
func PlaceName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// GridName is a header's name as a grid's columns are told. The underscore that
// says a row's place counts: a roster has files of its own.
func GridName(name string) string {
	if name = PlaceName(name); strings.HasPrefix(name, "_") {
		return name
	}
	return Fold(name)
}

// PlaceColumns say of rejects which rows of other sources they are.
var PlaceColumns = []string{"_file", "_row"}

// NamesAll reports whether a header has all of some columns.
func NamesAll(header, columns []string) bool {
	return !slices.ContainsFunc(columns, func(want string) bool {
		return !slices.ContainsFunc(header, func(name string) bool { return GridName(name) == GridName(want) })
	})
}

// GridFields are what the columns of a sheet hold that is read as a grid; nil
// of another. Whatever may mean the uid is one: a number in its place has to be
// looked at.
func (m *Mapping) GridFields(header []string) []user.Field {
	wants := PlaceColumns
	if m.Grid != nil {
		wants = m.Grid
	}
	if !NamesAll(header, wants) {
		return nil
	}
	fields := make([]user.Field, len(header))
	for i, name := range header {
		name = AsHeader(name)
		if t, ok := m.Of(name); ok && !ReportColumns[PlaceName(name)] {
			fields[i] = t.Field
		}
		if m.UIDHeaders[Fold(name)] {
			fields[i] = user.UID
		}
	}
	return fields
}
