package sheet

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/internal/phrase"
	"cometsync/internal/workbook"
)

// Choose are those of a workbook that are asked for, or else the visible one
// that has a uid column.
func Choose(m *columns.Mapping, path string, book *workbook.Book) ([]workbook.Sheet, error) {
	if s, ok := gridSheet(m, book); ok {
		return []workbook.Sheet{s}, nil
	}
	if m.Grid != nil {
		return nil, fmt.Errorf("%s: no visible sheet names the columns %s in its first row; give one that does", path, phrase.And(m.Grid))
	}
	if len(m.Sheets) > 0 {
		return Named(m, path, book)
	}
	found, err := Candidates(m, path, book)
	if err != nil && len(found) > 0 {
		err = fmt.Errorf("%s: %w", path, err)
	}
	return found, err
}

// Candidates are the visible sheets of a workbook that may be meant where none is named,
// the likeliest first, and why it is not clear that it is this one; one with a uid column
// that is the only one, or the only one that has any text, is.
func Candidates(m *columns.Mapping, path string, book *workbook.Book) ([]workbook.Sheet, error) {
	var withUID, wide, narrow []workbook.Sheet
	var seen, titled []string
	var damaged error
	for _, s := range book.Sheets() {
		if s.Visibility != workbook.Visible {
			continue
		}
		t, err := TopOf(m, book, s, m.HeaderRow)
		switch several := func(l columns.Line) bool { return columns.Filled(l.Cells) > 1 }; {
		case err != nil:
			damaged = cmp.Or(damaged, Unusable(fmt.Sprintf("%s[%s]", path, s.Name), err))
			continue
		case len(t.Lines) == 0:
			continue
		case t.HasUID:
			withUID = append(withUID, s)
			continue
		case slices.ContainsFunc(t.Lines, several):
			wide = append(wide, s)
		default:
			narrow = append(narrow, s)
		}
		if n, ok := m.Below(t.Lines); ok && m.HoldsUID(n.Cells) {
			titled = append(titled, fmt.Sprintf("in %q, %s", s.Name, m.Elsewhere(n)))
		}
		seen = append(seen, fmt.Sprintf("%q has %s", s.Name, columns.Quoted(t.Lines[max(t.header, 0)].Names())))
	}
	switch found := slices.Concat(wide, narrow); {
	case len(withUID) > 1:
		return withUID, fmt.Errorf("several visible sheets have a uid column: %s; say which one with --sheet, as in --sheet %q, or all "+
			"that are meant by repeating it", columns.Quoted(Names(withUID)), withUID[0].Name)
	case len(withUID) == 1:
		return withUID, nil
	case damaged != nil:
		return nil, damaged // nobody knows what it held
	case len(found) == 0:
		return nil, fmt.Errorf("%s: no visible sheet has any text; export it again", path)
	case len(found) == 1:
		return found, nil // without a uid column, reading it says what to do
	case m.HeaderRow > 0:
		return found, fmt.Errorf("no visible sheet has a uid column in row %d, the header by --header-row; name another", m.HeaderRow)
	case len(titled) > 0:
		return found, fmt.Errorf("no visible sheet has a uid column; %s", strings.Join(titled, "; "))
	default:
		return found, fmt.Errorf("no visible sheet has a uid column: %s; say which column it is with --map 'HEADER=uid'",
			strings.Join(seen, "; "))
	}
}

// Named are the sheets that the settings name, each once, in the order
// in which they are named; those of a pattern as they stand in the workbook.
func Named(m *columns.Mapping, path string, book *workbook.Book) ([]workbook.Sheet, error) {
	var all []workbook.Sheet
	for _, name := range m.Sheets {
		named, err := namedSheet(m, path, book, name)
		if err != nil {
			return nil, err
		}
		for _, s := range named {
			if !slices.ContainsFunc(all, func(other workbook.Sheet) bool { return other.Name == s.Name }) {
				all = append(all, s)
			}
		}
	}
	return all, nil
}

// namedSheet is the sheet of a name, in the case as it is or in any, hidden
// or not; or else the one of a number, as the visible ones are counted; or else
// the visible ones with text whose names a pattern matches.
func namedSheet(m *columns.Mapping, file string, book *workbook.Book, name string) ([]workbook.Sheet, error) {
	var visible []workbook.Sheet
	alike := -1
	for i, s := range book.Sheets() {
		if s.Name == name || alike < 0 && strings.EqualFold(s.Name, name) {
			alike = i
		}
		if s.Visibility == workbook.Visible {
			visible = append(visible, s)
		}
	}
	if alike >= 0 {
		return book.Sheets()[alike : alike+1], nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n >= 1 && n <= len(visible) {
			return visible[n-1 : n], nil
		}
		return nil, phrase.Errorf("%s: there is no sheet %d: %s; correct --sheet", file, n, phrase.Counted(len(visible), "sheet is visible",
			"sheets are visible"))
	}
	if strings.ContainsAny(name, "*?[") {
		return matchingSheets(m, file, book, name, visible)
	}
	hint, names := "", Names(book.Sheets())
	if n := phrase.Nearest(name, names); n != "" {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return nil, fmt.Errorf("%s: there is no sheet %q; the sheets are %s%s", file, name, columns.Quoted(names), hint)
}

// matchingSheets are those of a pattern. One without any text, as spreadsheet
// programs put into new workbooks, is nobody's.
func matchingSheets(m *columns.Mapping, file string, book *workbook.Book, pattern string, visible []workbook.Sheet) (
	[]workbook.Sheet, error) {
	var found []workbook.Sheet
	for _, s := range visible {
		ok, err := path.Match(strings.ToLower(pattern), strings.ToLower(s.Name))
		if err != nil {
			return nil, fmt.Errorf("%s: --sheet %q: not a pattern; its brackets are not closed", file, pattern)
		}
		if !ok {
			continue
		}
		t, err := TopOf(m, book, s, m.HeaderRow)
		if err != nil {
			return nil, Unusable(fmt.Sprintf("%s[%s]", file, s.Name), err)
		}
		if len(t.Lines) > 0 {
			found = append(found, s)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: no visible sheet with text matches %q; the visible sheets are %s", file, pattern,
			columns.Quoted(Names(visible)))
	}
	return found, nil
}

// top is the beginning of a sheet: its first rows with text, and which of
// them is the header.
type top struct {
	Lines  []columns.Line
	header int  // -1: none is
	HasUID bool // it names the uid
}

// TopOf reads the beginning of a sheet, as far as it takes to find the header.
func TopOf(m *columns.Mapping, book *workbook.Book, sheet workbook.Sheet, wanted int) (top, error) {
	t := top{header: -1}
	rows, err := book.Rows(sheet)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	s := &Reader{book: book}
	for rows.Next() {
		row := rows.Row()
		cells := s.plainCells(row)
		if delimited.Blank(cells) {
			continue
		}
		t.Lines = append(t.Lines, columns.Line{Cells: cells, Row: row.Number})
		if m.Columns != nil && wanted == 0 {
			t.HasUID = true // by what the settings call its columns
			return t, nil
		}
		if wanted > 0 && row.Number >= wanted || wanted == 0 && (len(t.Lines) > columns.TitleRows || m.HoldsUID(cells) &&
			columns.Filled(cells) > 1) {
			break
		}
	}
	t.header = m.Header(wanted, t.Lines)
	t.HasUID = t.header >= 0 && m.HoldsUID(t.Lines[t.header].Cells)
	if t.header >= 0 {
		return t, nil // what comes of the rest, reading it says
	}
	return t, rows.Err()
}

// gridSheet is the visible sheet that is read as a grid, whatever sheet is
// asked for: that is one of other workbooks.
func gridSheet(m *columns.Mapping, book *workbook.Book) (workbook.Sheet, bool) {
	for _, s := range book.Sheets() {
		if s.Visibility != workbook.Visible {
			continue
		}
		if t, err := TopOf(m, book, s, 1); err == nil && len(t.Lines) > 0 && m.GridFields(t.Lines[0].Cells) != nil {
			return s, true
		}
	}
	return workbook.Sheet{}, false
}

// Names are the names of sheets.
func Names(sheets []workbook.Sheet) []string {
	var names []string
	for _, s := range sheets {
		names = append(names, s.Name)
	}
	return names
}
