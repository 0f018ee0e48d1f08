package importer

import (
	"strconv"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Databases write NULL where there is nothing, and people are called Null: which
// of them a cell means, only the user can say. It is taken as it stands, and told.

// null is the first cell whose whole text says that there is no value.
type null struct {
	text string // "": there is none
	row  int    // within the batch, while it is on its way
	at   int    // which column
}

// find looks for it in a row that may have one.
func (n *null) find(s *source, cells []string, row int) {
	if n.text != "" {
		return
	}
	for i := range s.header.Columns {
		if c := &s.header.Columns[i]; c.TakesAny() && i < len(cells) && user.Null(cells[i]) {
			*n = null{strings.Clone(cells[i]), row, i}
			return
		}
	}
}

// noticeNulls tells of such cells.
func (r *Roster) noticeNulls(s *source) {
	if s.nulls == 0 {
		return
	}
	first := s.null
	c := &s.header.Columns[first.at]
	advice := "values: {" + columns.FieldName(columns.Target{Field: c.Field, Part: c.Part, Path: c.Path}) + ": {" + strconv.Quote(first.text) + ": \"\"}}"
	r.notice("null-text", s.nulls, "%s: %s what databases write for nothing, first %s in row %d of %q, and it is taken as text; if nothing is meant, the configuration can make them empty, as in %s",
		r.where(s), phrase.Plural(s.nulls, "cell holds", "cells hold"), first.text, first.row, s.header.Label(first.at), advice)
}
