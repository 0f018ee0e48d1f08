package importer

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/input"
	"cometsync/importer/sheet"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// workbook reads the sheets of a workbook that are asked for, or else the one
// that has a uid column: s, and as many sources like it as there are more.
func (r *Roster) workbook(ctx context.Context, s *source, in *input.File) ([]*source, error) {
	path := s.File.Path
	raw, err := in.Archive()
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	book, err := sheet.Open(path, raw, r.opt.Password)
	if err != nil {
		return nil, err
	}
	sheets, err := sheet.Choose(s.Mapping, path, book)
	if err != nil {
		return nil, err
	}
	like := s.Table
	read := []*source{s}
	for i, one := range sheets {
		if i > 0 {
			s = &source{Table: like}
			read = append(read, s)
		}
		if err := r.sheet(ctx, s, book, one); err != nil {
			return nil, err
		}
	}
	if s.Header != nil && len(s.Mapping.Sheets) == 0 {
		r.noticeHiddenSheets(s, book)
		r.noticeOtherSheets(s, book)
	}
	return read, nil
}

func (r *Roster) sheet(ctx context.Context, s *source, book *workbook.Book, one workbook.Sheet) error {
	s.Rendered = true
	s.File.Sheet = one.Name
	rows, err := sheet.NewReader(book, one, s.Mapping)
	if err != nil {
		return sheet.Unusable(s.Name(), err)
	}
	defer rows.Close()
	err = r.text(ctx, s, rows)
	fault := rows.Fault()
	var over *workbook.LimitError
	var cut *workbook.CutError
	switch {
	case ctx.Err() != nil:
		return err
	case errors.As(fault, &over), fault != nil && err != nil:
		return sheet.Unusable(s.Name(), fault)
	case err != nil:
		return err
	case errors.As(fault, &cut):
		r.endsEarly(s, fmt.Sprintf("the sheet has no proper end after row %d (%v)", rows.Rows.Last(), fault))
	case fault != nil:
		r.endsEarly(s, fmt.Sprintf("the sheet is damaged after row %d, and rows may be lost: %v", rows.Line, fault))
	}
	if s.Header != nil {
		r.noticeSheet(s, rows)
	}
	return nil
}

// noticeSheet says what a person who looks at the sheet would not expect.
func (r *Roster) noticeSheet(s *source, rows *sheet.Reader) {
	where := s.Name()
	var hidden []string
	for i, name := range s.Header.Names {
		if s.Header.Reads(i) && rows.Rows.HiddenColumn(i) {
			hidden = append(hidden, fmt.Sprintf("%q (column %s)", name, workbook.Letters(i)))
		}
	}
	if n := len(hidden); n > 0 {
		r.notice(notice.HiddenColumns, n, "%s: read although the sheet hides %s: %s; to leave one alone, --map 'HEADER=-'", where,
			phrase.Form(n, "it", "them"), strings.Join(hidden, ", "))
	}
	if n := rows.Hidden; n > 0 {
		r.notice(notice.HiddenRows, n, "%s: %s hidden in the sheet, by a filter or by hand, and read like all others", where,
			phrase.Counted(n, "row is", "rows are"))
	}
	ranges, _ := rows.Rows.Merged()
	var header, data []string
	for _, a := range ranges {
		switch {
		case a.Column >= len(s.Header.Names) || a.LastRow < s.HeaderRow:
		case a.Row <= s.HeaderRow:
			header = append(header, a.String())
		default:
			data = append(data, a.String())
		}
	}
	if n := len(header); n > 0 {
		r.notice(notice.MergedHeader, n, "%s: the header has merged cells (%s): their text is the header of the first column, and the "+
			"others have none", where, phrase.Some(header, 5))
	}
	if n := len(data); n > 0 {
		r.notice(notice.MergedCells, n, "%s: cells are merged (%s): their value counts for the first row and column, and the others "+
			"are empty", where, phrase.Some(data, 5))
	}
}

func (r *Roster) noticeOtherSheets(s *source, book *workbook.Book) {
	for _, left := range sheet.Others(book, s.Mapping, s.File.Sheet, s.Header) {
		r.intake.LeftOut = append(r.intake.LeftOut, user.BookName(s.File.Path, left.Name))
		remedy := fmt.Sprintf("to read both, --sheet %q --sheet %q (and --map 'HEADER=uid' for a header that is not understood)",
			s.File.Sheet, left.Name)
		if left.Unread {
			remedy = "to read it, export the workbook again"
		}
		r.notice(notice.SheetLeftOut, 1, "%s: the sheet %q %s; until that is resolved, nobody who is absent is deactivated: %s, to leave "+
			"it out, --sheet %q alone",
			s.File.Path, left.Name, left.Why, remedy, s.File.Sheet)
	}
}

// noticeHiddenSheets names the hidden sheets that could be read as well. Who
// names a sheet has chosen, and so has who corrects rejects.
func (r *Roster) noticeHiddenSheets(s *source, book *workbook.Book) {
	var names []string
	for _, one := range book.Sheets() {
		if one.Visibility == workbook.Visible || one.Name == s.File.Sheet {
			continue
		}
		// One that can't be read is none that could be.
		if t, err := sheet.TopOf(s.Mapping, book, one, s.Mapping.HeaderRow); err == nil && t.HasUID {
			names = append(names, one.Name)
		}
	}
	if n := len(names); n > 0 {
		r.notice(notice.HiddenSheets, n, "%s: left alone, since the workbook hides %s, although a column holds the uid: %s; to read one, "+
			"--sheet %q", s.File.Path, phrase.Form(n, "it", "them"), columns.Quoted(names), names[0])
	}
}
