package importer

import (
	"context"
	"fmt"

	"cometsync/importer/columns"
	"cometsync/importer/corrections"
	"cometsync/importer/input"
	"cometsync/importer/table"
	"cometsync/internal/notice"
)

// source is a table that is read, and what is counted of its rows. Its text lies
// in the spool from base to end, in records that scan under comma.
type source struct {
	table.Table
	skipped   []skippedRow
	base, end int64
	last      int // the number of the last row
	sights    sights
	counted   []string           // footers that say another number of rows than there are
	lacks     []columns.Unmapped // by the transform's readings: texts that no other stands for

	// For what is kept of the roster.
	hashed []hashedColumn // the kept columns; nil: nobody asked
	cells  []cellBlock

	// Of rows of corrected rejects; see corrections_read.go.
	rows     map[int]bool              // those of the file that it has; nil of any other source
	corrects *source                   // whose rows they are; nil: nobody's of this run
	names    map[int]corrections.Named // by row: which one of that source
	absent   []int                     // columns of that source that the file has lost
}

func (r *Roster) source(ctx context.Context, path string, m *columns.Mapping) error {
	now := path
	if r.opt.Where != nil {
		now = r.opt.Where(path)
	}
	in, err := input.Open(ctx, path, now, r.opt.Stdin)
	if err != nil {
		return err
	}
	defer in.Close()
	s := &source{Table: table.New(path, in, m)}
	if what := in.Otherwise(); what != "" {
		r.notice(notice.Format, 0, "%s: is %s, whatever its name says, and was read as such", path, what)
	}
	read := []*source{s}
	if in.Workbook() {
		read, err = r.workbook(ctx, s, in)
	} else {
		err = r.plain(ctx, s, in)
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
		s.File.SHA256 = sum
		for _, f := range r.intake.Files {
			if f.Path == path && f.Sheet == s.File.Sheet {
				return fmt.Errorf("%s: is read twice, by two entries of the sources; take one out, or give each a sheet of its own",
					s.Name())
			}
		}
		for _, f := range r.corrections {
			if f.Table == &s.Table {
				f.At = len(r.intake.Files)
			}
		}
		r.intake.Files = append(r.intake.Files, s.File)
	}
	return nil
}
