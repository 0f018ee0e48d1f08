package importer

import (
	"strconv"

	"cometsync/importer/columns"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Databases write NULL where there is nothing, and people are called Null: which
// of them a cell means, only the user can say. It is taken as it stands, and told.

// findNull looks for the first such cell in a row that may have one.
func (n *sighting) findNull(s *source, cells []string, row int) {
	if n.text != "" {
		return
	}
	for i := range s.Header.Columns {
		if c := &s.Header.Columns[i]; c.TakesAny() && i < len(cells) && user.Null(cells[i]) {
			n.show(row, cells[i])
			n.column = i
			return
		}
	}
}

// noticeNulls tells of such cells.
func (r *Roster) noticeNulls(s *source) {
	seen := s.sights[nullText]
	if seen.n == 0 {
		return
	}
	c := &s.Header.Columns[seen.column]
	advice := "values: {" + columns.FieldName(columns.Target{Field: c.Field, Part: c.Part, Path: c.Path}) + ": {" +
		strconv.Quote(seen.text) + ": \"\"}}"
	r.notice(notice.NullText, seen.n, "%s: %s what databases write for nothing, first %s in row %d of %q, and it is taken as text; if "+
		"nothing is meant, the configuration can make them empty, as in %s",
		s.Name(), phrase.Plural(seen.n, "cell holds", "cells hold"), seen.text, seen.row, s.Header.Label(seen.column), advice)
}
