package record

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"

	"cometsync/importer/columns"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Two stray quotes make one cell of all that is between them, whole rows
// included, and nothing in that is against the rules of CSV:
//
//	u20,"N20
//	u21,N21
//	u22,"
//
// is one record with as many cells as any other. Text that people write over
// several lines has the same form, so that it takes a look at what it says.

// swallowed finds a cell of the record that looks like rows.
func (r *Record) swallowed() user.Defect {
	columns := len(r.Header.Names)
	if !r.Scan.Spans || r.Rendered || columns < 2 {
		return user.Defect{}
	}
	for i, cell := range r.Scan.Cells[:min(columns, len(r.Scan.Cells))] {
		breaks := strings.Count(cell, "\n")
		if breaks == 0 || strings.Count(cell, string(rune(r.Comma))) < columns-1 {
			continue
		}
		c := &r.Header.Columns[i]
		if !oneLine(c.Field) && (!r.rowsInside(i, cell) || isJSON(cell)) {
			continue
		}
		lines := phrase.Sprintf("%d line breaks", breaks)
		if breaks == 1 {
			lines = "a line break"
		}
		return user.Defect{
			Column: c.Header, Code: user.QuoteBroken, Private: r.Header.Private(i),
			Message: fmt.Sprintf("holds %s and looks like rows that a stray quote has swallowed; close or remove the quote", lines),
		}
	}
	return user.Defect{}
}

// oneLine reports whether a field's text has no line breaks by its nature.
func oneLine(f user.Field) bool {
	switch f {
	case user.UID, user.Name, user.Role, user.State, user.Avatar, user.Link, user.CreatedAt, user.LastActiveAt:
		return true
	}
	return false
}

// isJSON reports whether a cell is JSON, in which a line break never stands
// within a text: no row can be a part of it.
func isJSON(cell string) bool {
	cell = strings.TrimSpace(cell)
	return cell != "" && (cell[0] == '{' || cell[0] == '[') && json.Valid([]byte(cell))
}

// rowsInside reports whether lines of the cell at a column are rows. The first
// line would be the end of a row, from that column on, and the last one the
// beginning of another, up to it. Lines of prose seldom have that many
// delimiters without white space after them, and behind what would be a uid.
func (r *Record) rowsInside(column int, cell string) bool {
	behind := len(r.Header.Names) - 1 - column // delimiters in the first line
	lines := strings.Split(cell, "\n")
	last := len(lines) - 1
	exact := true // every line has the delimiters that it would have
	for i, line := range lines {
		want := behind + column
		switch i {
		case 0:
			want = behind
		case last:
			want = column
		}
		if strings.TrimSpace(line) != "" || i == 0 || i == last {
			exact = exact && strings.Count(line, string(rune(r.Comma))) == want
		}
	}
	for i, line := range lines {
		first, want := 0, behind+column // the column of the line's first piece
		switch i {
		case 0:
			if first, want = column, behind; !exact {
				continue
			}
		case last:
			want = column
		}
		pieces := strings.Split(strings.TrimSuffix(line, "\r"), string(rune(r.Comma)))
		if len(pieces)-1 < max(want, 1) || !r.holdsUID(first, pieces) {
			continue
		}
		if !prose(pieces) && (exact || columns.Filled(pieces) > 1) {
			return true
		}
	}
	return false
}

// holdsUID reports whether a line's pieces, the first of which would be the cell
// of a column, have a uid.
func (r *Record) holdsUID(first int, pieces []string) bool {
	own := len(r.Header.Names)
	if at := r.Header.UID; at < own {
		return at >= first && at-first < len(pieces) && r.isUID(pieces[at-first])
	}
	cells := make([]string, own)
	for i := first; i < own && i-first < len(pieces); i++ {
		cells[i] = strings.TrimSuffix(pieces[i-first], "\r")
	}
	cell, ok := r.UIDCell(cells) // nothing, if one of its columns is
	return ok && r.isUID(cell)
}

func (r *Record) isUID(piece string) bool {
	piece = strings.TrimSpace(piece)
	if piece == "" || strings.ContainsFunc(piece, unicode.IsSpace) {
		return false
	}
	uid, _ := r.uidOf(piece)
	return uid != ""
}

// prose reports whether white space is after each delimiter, as it does
// where people write. A file that has it between all cells has none of several
// lines: a quote behind white space opens none of those.
func prose(pieces []string) bool {
	spaced := false
	for _, p := range pieces[1:] {
		if p == "" {
			continue
		}
		if p[0] != ' ' && p[0] != '\t' {
			return false
		}
		spaced = true
	}
	return spaced
}
