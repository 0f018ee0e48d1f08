package importer

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"cometsync/internal/workbook"
)

// workbook reads the sheet of a workbook that has a uid column.
//
// The workbook is copied first: its directory stands at its end, the sheet is
// looked at twice, and the file may be overwritten in between.
func (r *Roster) workbook(ctx context.Context, s *source, in io.Reader, m *mapping, opt Options) error {
	path := s.file.Path
	tmp, err := os.CreateTemp("", "cometsync-*.xlsx") // 0600
	if err != nil {
		return fmt.Errorf("temporary file for the workbook: %w; set TMPDIR to a directory that can be written", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	size, err := io.Copy(tmp, in)
	switch {
	case err != nil:
		return uncopied(path, err)
	case size == 0:
		return emptySource(path)
	}
	archive, size, err := unlocked(path, tmp, size, opt.Password)
	if err != nil {
		return err
	}
	book, err := workbook.Open(inputAt{ctx, archive}, size, workbook.Usual())
	if err != nil {
		return unusable(path, err)
	}
	sheet, err := chooseSheet(path, book, m, opt)
	if err != nil {
		return err
	}
	s.sheet = true
	s.file.Sheet = sheet.Name
	rows, err := newSheetReader(book, sheet, m, opt)
	if err != nil {
		return unusable(r.where(s), err)
	}
	defer rows.close()
	err = r.text(ctx, s, rows, m)
	fault := rows.fault()
	var over *workbook.LimitError
	var cut *workbook.CutError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(fault, &over), fault != nil && err != nil:
		return unusable(r.where(s), fault)
	case err != nil:
		return err
	case errors.As(fault, &cut):
		r.endsEarly(s, fmt.Sprintf("the sheet has no proper end behind row %d (%v)", rows.rows.Last(), fault))
	case fault != nil:
		r.endsEarly(s, fmt.Sprintf("the sheet is damaged behind row %d, and rows may be lost: %v", rows.line, fault))
	}
	if s.header != nil {
		r.noticeSheet(s, rows)
		r.noticeHiddenSheets(s, book, m, opt)
	}
	return nil
}

// uncopied is the error of a workbook that could not be copied.
func uncopied(path string, err error) error {
	var over *sizeError
	switch {
	case errors.As(err, &over):
		return fmt.Errorf("%s: %w", path, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the archive is cut off; export or copy it again", path)
	}
	return fmt.Errorf("%s: %w; try again", path, err)
}

// unusable is the error of a workbook that can't be read at all.
func unusable(where string, err error) error {
	var other *workbook.OtherError
	var over *workbook.LimitError
	switch {
	case errors.As(err, &other):
		return fmt.Errorf("%s: %w; save it as .xlsx or .csv", where, err)
	case errors.As(err, &over):
		return fmt.Errorf("%s: %w; is it a roster?", where, err)
	}
	return fmt.Errorf("%s: the workbook is damaged (%w); export or copy it again", where, err)
}

// chooseSheet is the sheet that is asked for, or else the visible one that has
// a uid column.
func chooseSheet(path string, book *workbook.Book, m *mapping, opt Options) (workbook.Sheet, error) {
	if s, ok := m.gridSheet(book); ok {
		return s, nil
	}
	if m.grid != nil {
		return workbook.Sheet{}, fmt.Errorf("%s: no visible sheet names the columns %s in its first row; give one that does", path, sentenceList(m.grid))
	}
	if opt.Sheet != "" {
		return namedSheet(path, book, opt.Sheet)
	}
	var found []workbook.Sheet
	var withUID, seen, titled []string
	for _, s := range book.Sheets() {
		if s.Visibility != workbook.Visible {
			continue
		}
		t, err := m.top(book, s, opt.HeaderRow)
		if err != nil {
			return s, unusable(fmt.Sprintf("%s[%s]", path, s.Name), err)
		}
		if len(t.lines) == 0 {
			continue
		}
		if t.uid {
			withUID = append(withUID, s.Name)
			found = append([]workbook.Sheet{s}, found...)
			continue
		}
		found = append(found, s)
		var rows []numbered
		for _, l := range t.lines {
			rows = append(rows, numbered{l.cells, l.row})
		}
		if n, ok := m.below(rows); ok && m.holdsUID(n.cells) {
			titled = append(titled, fmt.Sprintf("in %q, %s", s.Name, n.elsewhere()))
		}
		seen = append(seen, fmt.Sprintf("%q has %s", s.Name, quoted(rows[max(t.header, 0)].names())))
	}
	switch {
	case len(found) == 0:
		return workbook.Sheet{}, fmt.Errorf("%s: no visible sheet has any text; export it again", path)
	case len(withUID) > 1:
		return workbook.Sheet{}, fmt.Errorf("%s: several visible sheets have a uid column: %s; say which one with --sheet, as in --sheet %q", path, quoted(withUID), withUID[0])
	case len(withUID) == 1 || len(found) == 1:
		return found[0], nil // without a uid column, reading it says what to do
	}
	if opt.HeaderRow > 0 {
		return workbook.Sheet{}, fmt.Errorf("%s: no visible sheet has a uid column in row %d, the header by --header-row; name another", path, opt.HeaderRow)
	}
	if len(titled) > 0 {
		return workbook.Sheet{}, fmt.Errorf("%s: no visible sheet has a uid column; %s", path, strings.Join(titled, "; "))
	}
	return workbook.Sheet{}, fmt.Errorf("%s: no visible sheet has a uid column: %s; say which column is it with --map 'HEADER=uid'", path, strings.Join(seen, "; "))
}

// namedSheet is the sheet of a name, in the case as it is or in any, hidden
// or not; or else the one of a number, as the visible ones are counted.
func namedSheet(path string, book *workbook.Book, name string) (workbook.Sheet, error) {
	var names []string
	var visible []workbook.Sheet
	for _, s := range book.Sheets() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
		if s.Visibility == workbook.Visible {
			visible = append(visible, s)
		}
	}
	for _, s := range book.Sheets() {
		if strings.EqualFold(s.Name, name) {
			return s, nil
		}
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n >= 1 && n <= len(visible) {
			return visible[n-1], nil
		}
		return workbook.Sheet{}, fmt.Errorf("%s: there is no sheet %d: %s; correct --sheet", path, n, plural(len(visible), "sheet is visible", "sheets are visible"))
	}
	hint := ""
	if n := Nearest(name, names); n != "" {
		hint = fmt.Sprintf("; did you mean %q?", n)
	}
	return workbook.Sheet{}, fmt.Errorf("%s: there is no sheet %q; the sheets are %s%s", path, name, quoted(names), hint)
}

// top is the beginning of a sheet: its first rows with text, and which of
// them is the header.
type top struct {
	lines  []line
	header int  // -1: none is
	uid    bool // it names the uid
}

// top reads the beginning of a sheet, as far as it takes to find the header.
func (m *mapping) top(book *workbook.Book, sheet workbook.Sheet, wanted int) (top, error) {
	t := top{header: -1}
	rows, err := book.Rows(sheet)
	if err != nil {
		return t, err
	}
	defer rows.Close()
	s := &sheetReader{book: book}
	for rows.Next() {
		row := rows.Row()
		cells := s.plainCells(row)
		if blank(cells) {
			continue
		}
		t.lines = append(t.lines, line{cells: cells, row: row.Number})
		if wanted > 0 && row.Number >= wanted || wanted == 0 && (len(t.lines) > titleRows || m.holdsUID(cells) && filled(cells) > 1) {
			break
		}
	}
	t.header = m.header(wanted, t.lines)
	t.uid = t.header >= 0 && m.holdsUID(t.lines[t.header].cells)
	if t.header >= 0 {
		return t, nil // what comes of the rest, reading it says
	}
	return t, rows.Err()
}

// noticeSheet says what a person who looks at the sheet would not expect.
func (r *Roster) noticeSheet(s *source, rows *sheetReader) {
	where := r.where(s)
	var hidden []string
	for i, name := range s.header.names {
		if s.header.reads(i) && rows.rows.HiddenColumn(i) {
			hidden = append(hidden, fmt.Sprintf("%q (column %s)", name, workbook.Letters(i)))
		}
	}
	if n := len(hidden); n > 0 {
		r.notice("hidden-columns", n, "%s: read although the sheet hides %s: %s; to leave one alone, --map 'HEADER=-'", where, itOrThem(n), strings.Join(hidden, ", "))
	}
	if n := rows.hidden; n > 0 {
		r.notice("hidden-rows", n, "%s: %s hidden in the sheet, by a filter or by hand, and read like all others", where, plural(n, "row is", "rows are"))
	}
	ranges, _ := rows.rows.Merged()
	var header, data []string
	for _, a := range ranges {
		switch {
		case a.Column >= len(s.header.names) || a.LastRow < s.headerRow:
		case a.Row <= s.headerRow:
			header = append(header, a.String())
		default:
			data = append(data, a.String())
		}
	}
	if n := len(header); n > 0 {
		r.notice("merged-header", n, "%s: the header has merged cells (%s): their text is the header of the first column, and the others have none", where, someOf(header))
	}
	if n := len(data); n > 0 {
		r.notice("merged-cells", n, "%s: cells are merged (%s): their value counts for the first row and column, and the others are empty", where, someOf(data))
	}
}

// noticeHiddenSheets names the hidden sheets that could be read as well. Who
// names a sheet has chosen, and so has who mends rejects.
func (r *Roster) noticeHiddenSheets(s *source, book *workbook.Book, m *mapping, opt Options) {
	if opt.Sheet != "" {
		return
	}
	var names []string
	for _, sheet := range book.Sheets() {
		if sheet.Visibility == workbook.Visible || sheet.Name == s.file.Sheet {
			continue
		}
		// One that can't be read is none that could be.
		if t, err := m.top(book, sheet, opt.HeaderRow); err == nil && t.uid {
			names = append(names, sheet.Name)
		}
	}
	if n := len(names); n > 0 {
		r.notice("hidden-sheets", n, "%s: left alone, since the workbook hides %s, although a column holds the uid: %s; to read one, --sheet %q", s.file.Path, itOrThem(n), quoted(names), names[0])
	}
}

func itOrThem(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}

// someOf lists the first few.
func someOf(names []string) string {
	const most = 5
	if n := len(names) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n)
	}
	return strings.Join(names, ", ")
}
