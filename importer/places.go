package importer

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// placeName is a header's name as the columns that say a row's place are told.
func placeName(name string) string { return strings.ToLower(strings.TrimSpace(name)) }

// gridName is a header's name as a grid's columns are told. The underscore that
// says a row's place counts: a roster has files of its own.
func gridName(name string) string {
	if name = placeName(name); strings.HasPrefix(name, "_") {
		return name
	}
	return fold(name)
}

// placeColumns say of rejects which rows of other sources they are.
var placeColumns = []string{"_file", "_row"}

// namesAll says whether a header has all of some columns.
func namesAll(header, columns []string) bool {
	return !slices.ContainsFunc(columns, func(want string) bool {
		return !slices.ContainsFunc(header, func(name string) bool { return gridName(name) == gridName(want) })
	})
}

// gridFields are what the columns of a sheet hold that is read as a grid; nil
// of another. Whatever may mean the uid is one: a number in its place has to be
// looked at.
func (m *mapping) gridFields(header []string) []user.Field {
	wants := placeColumns
	if m.grid != nil {
		wants = m.grid
	}
	if !namesAll(header, wants) {
		return nil
	}
	fields := make([]user.Field, len(header))
	for i, name := range header {
		name = asHeader(name)
		if t, ok := m.of(name); ok && !reportColumns[placeName(name)] {
			fields[i] = t.field
		}
		if m.uids[fold(name)] {
			fields[i] = user.UID
		}
	}
	return fields
}
