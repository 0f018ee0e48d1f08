package importer

import (
	"context"
	"fmt"
	"time"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/input"
	"cometsync/internal/notice"
	"cometsync/internal/user"
)

// source is one file as it was understood. Its text lies in the spool from
// base to end, in records that scan under comma.
type source struct {
	file      user.File
	modified  time.Time // of the file; zero for what is none
	settings  columns.Settings
	mapping   *columns.Mapping
	header    *columns.Header
	uid       []user.Column // the uid's column alone
	width     width         // of its rows; a sheet's may have any
	persons   []int         // columns that say by a text who somebody is
	comma     byte
	fixed     bool             // comma is not to be found out
	said      bool             // the file's first line says comma
	decoder   *charset.Decoder // nil: the text was rendered by us
	raw       []string         // the header's cells as they stand in the file
	asides    []aside
	sheet     bool // the text was rendered from a sheet or from lines: its quotes can be trusted
	lines     bool // the header is ours and no row of the file
	crlf      bool // the header's line ends in a carriage return and a line feed
	base, end int64
	wanted    int // where the user says that the header is; 0: it is found
	headerRow int // 0: the header is no row of the file
	last      int // the number of the last row
	blanks    int
	sights    sights
	counted   []string           // footers that say another number of rows than there are
	lacks     []columns.Unmapped // by the shape's readings: texts that no other stands for

	// For what is kept of the roster.
	hashed [][]int // by kept column: the file's columns that it is made of; nil: nobody asked
	cells  []cellBlock

	// Of rows of mended rejects; see corrections_read.go.
	rows     map[int]bool     // those of the file that it has; nil of any other source
	corrects *source          // whose rows they are; nil: nobody's of this run
	names    map[int]rowNamed // by row: which one of that source
	absent   []int            // columns of that source that the file has lost
}

// given is what is known of the text before its header is found.
func (s *source) given() columns.Given {
	return columns.Given{Comma: s.comma, Fixed: s.fixed, Sheet: s.sheet, Lines: s.lines, Wanted: s.wanted}
}

func (s *source) place(row int) user.Source {
	return user.Source{File: s.file.Path, Sheet: s.file.Sheet, Row: row}
}

// source reads one source into the roster.
func (r *Roster) source(ctx context.Context, path string, m *columns.Mapping, opt Options) error {
	now := path
	if opt.Where != nil {
		now = opt.Where(path)
	}
	in, err := input.Open(ctx, path, now, opt.Stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	s := &source{file: user.File{Path: path, Format: in.Label(), Encoding: "utf-8"}, modified: in.Modified, settings: opt.Settings, mapping: m}
	if in.Format != "jsonl" { // its header is ours
		s.wanted = opt.HeaderRow
	}
	if what := in.Otherwise(); what != "" {
		r.notice(notice.Format, 0, "%s: is %s, whatever its name says, and was read as such", path, what)
	}
	read := []*source{s}
	switch in.Format {
	case "xlsx", "xlsm":
		read, err = r.workbook(ctx, s, in, m, opt)
	case "jsonl":
		err = r.lines(ctx, s, in, m)
	default:
		err = r.delimited(ctx, s, in, m, opt)
	}
	if ctx.Err() != nil && err != nil {
		return context.Cause(ctx) // whatever came of reading no further
	}
	if err != nil {
		return err
	}
	sum, err := in.Sum()
	if err != nil {
		return err
	}
	for _, s := range read {
		s.file.SHA256 = sum
		for _, f := range r.intake.Files {
			if f.Path == path && f.Sheet == s.file.Sheet {
				return fmt.Errorf("%s: is read twice, by two entries of the sources; take one out, or give each a sheet of its own", r.where(s))
			}
		}
		for _, t := range r.grids {
			if t.source == s {
				t.file = len(r.intake.Files)
			}
		}
		r.intake.Files = append(r.intake.Files, s.file)
	}
	return nil
}
