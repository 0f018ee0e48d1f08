package importer

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
)

// delimited reads a CSV or one of its relatives: what its bytes, its lines and
// its cells are is for the text to show, as far as the user does not say it.
func (r *Roster) delimited(ctx context.Context, s *source, in io.Reader, m *columns.Mapping, opt Options) error {
	declared, err := charset.Named(opt.Encoding)
	if err != nil {
		return fmt.Errorf("%s: encoding: %w", s.file.Path, err)
	}
	s.decoder = charset.NewDecoder(in, declared)
	err = r.text(ctx, s, s.delimit(opt.Delimiter, s.decoder), m)
	s.file.Encoding = s.encoding()
	if err == nil {
		r.noticeEncoding(s)
	}
	return err
}

// delimit has a text read with the delimiter that is asked for, or that the
// file's name says.
func (s *source) delimit(delimiter rune, text io.Reader) io.Reader {
	switch {
	case delimiter >= utf8.RuneSelf:
		s.comma, s.fixed = delimited.StandIn, true
		return delimited.NewWide(text, delimiter)
	case delimiter != 0:
		s.comma, s.fixed = byte(delimiter), true
	case strings.HasPrefix(s.file.Format, "tsv"):
		s.comma, s.fixed = '\t', true
	}
	return text
}

// encoding is what the text was read as so far.
func (s *source) encoding() string {
	if s.decoder == nil {
		return s.file.Encoding
	}
	return s.decoder.Encoding().Name
}

// garbled says that the header has bytes that are no text in its encoding; ""
// if it has none.
func (s *source) garbled() string {
	if s.decoder == nil || !slices.ContainsFunc(s.raw, func(cell string) bool { return strings.ContainsRune(columns.AsHeader(cell), '\uFFFD') }) {
		return ""
	}
	if s.settings.Encoding == "" {
		return fmt.Sprintf("the header has bytes that are no text in %s; name the file's encoding with --encoding", s.encoding())
	}
	return fmt.Sprintf("the header has bytes that are no text in %s, so that the file is in another encoding; correct the encoding that the settings say, or leave it out", s.encoding())
}

// commaName is the delimiter of a source as a sentence has it.
func (s *source) commaName() string {
	if wide := s.settings.Delimiter; s.comma == delimited.StandIn && wide >= utf8.RuneSelf {
		return strconv.Quote(string(wide))
	}
	return delimited.Name(s.comma)
}

// elsewise says that a record which has not as many cells as the header would
// have them if it were separated as another file is; or else what to do.
func (w *worker) elsewise(s *source, text, or string) string {
	want := len(s.header.Names)
	if s.sheet || want < 2 || w.scan.Spans {
		return or
	}
	if len(w.scan.Cells) == 1 && text[0] == '"' && delimited.Count(w.scan.Cells[0], s.comma) == want {
		return "; the row is in quotes as a whole; take the outer ones off, and make the doubled ones single"
	}
	for _, comma := range delimited.Delimiters {
		if comma == s.comma {
			continue
		}
		scan := delimited.Scanner{Comma: comma}
		if end := scan.Next(text, 0); end != len(text) || scan.Open || scan.Stray || len(scan.Cells) != want || prose(scan.Cells) {
			continue
		}
		if cell, ok := s.uidCell(scan.Cells); ok && w.isUID(s, cell) {
			return fmt.Sprintf("; it is separated by %s, and not by %s; separate it as the others are", delimited.Names(comma), delimited.Names(s.comma))
		}
	}
	return or
}
