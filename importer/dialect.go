package importer

import (
	"context"
	"fmt"
	"io"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
)

// delimited reads a CSV or one of its relatives: what its bytes, its lines and
// its cells are is for the text to show, as far as the user does not say it.
func (r *Roster) delimited(ctx context.Context, s *source, in io.Reader, m *columns.Mapping, opt Options) error {
	declared, err := charset.Named(opt.Encoding)
	if err != nil {
		return fmt.Errorf("%s: encoding: %w", s.File.Path, err)
	}
	s.Decoder = charset.NewDecoder(in, declared)
	err = r.text(ctx, s, s.Delimit(opt.Delimiter, s.Decoder), m)
	s.File.Encoding = s.Encoding()
	if err == nil {
		r.noticeEncoding(s)
	}
	return err
}

// elsewise says that a record which has not as many cells as the header would
// have them if it were separated as another file is; or else what to do.
func (w *worker) elsewise(s *source, text, or string) string {
	want := len(s.Header.Names)
	if s.Rendered || want < 2 || w.scan.Spans {
		return or
	}
	if len(w.scan.Cells) == 1 && text[0] == '"' && delimited.Count(w.scan.Cells[0], s.Comma) == want {
		return "; the row is in quotes as a whole; take the outer ones off, and make the doubled ones single"
	}
	for _, comma := range delimited.Delimiters {
		if comma == s.Comma {
			continue
		}
		scan := delimited.Scanner{Comma: comma}
		if end := scan.Next(text, 0); end != len(text) || scan.Open || scan.Stray || len(scan.Cells) != want || prose(scan.Cells) {
			continue
		}
		if cell, ok := s.UIDCell(scan.Cells); ok && w.isUID(s, cell) {
			return fmt.Sprintf("; it is separated by %s, and not by %s; separate it as the others are", delimited.Names(comma),
				delimited.Names(s.Comma))
		}
	}
	return or
}
