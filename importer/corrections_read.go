package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/corrections"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/store"
	"cometsync/importer/table"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// ReadRekeys reads what somebody has decided about pairs of a user of the app
// and one of the roster: files as rekey.csv is, as a report offers it and any
// spreadsheet saves it, the report's workbook, of which the sheet with these columns is
// read, or what the report's page saves. same gives the roster's uid the app's, for pairs that are one person;
// different has the pairs, the app's uid first, that are two.
func ReadRekeys(paths ...string) (same map[string]string, different map[[2]string]bool, err error) {
	var files []*corrections.File
	for _, path := range paths {
		f, err := readPairs(path)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
	}
	pairs, err := corrections.RekeysOf(files)
	if err != nil {
		return nil, nil, err
	}
	return pairs.Same, pairs.Different, nil
}

func readPairs(path string) (*corrections.File, error) {
	if f, err := corrections.SavedPairs(path); f != nil || err != nil {
		return f, err
	}
	opt := Options{Settings: columns.Settings{Map: map[string]string{"old_uid": "uid", "new_uid": "uid"}, Others: columns.IgnoreOthers}}
	m, err := opt.Settings.Mapping(false)
	if err != nil {
		return nil, err
	}
	m.Grid = corrections.RekeyColumns
	r, err := newRoster(opt)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	err = r.source(context.Background(), path, m)
	if err == nil && len(r.intake.EndsEarly) > 0 {
		err = errors.New(r.intake.EndsEarly[0])
	}
	if err != nil {
		return nil, err
	}
	return r.corrections[0], nil
}

// correct reads the corrections, once all other sources are read, and decides what
// becomes of the rows that they name.
func (r *Roster) correct(ctx context.Context) error {
	left := slices.Clone(r.corrections)
	if len(left) == 0 {
		return nil
	}
	if err := r.alone(); err != nil {
		return err
	}
	r.superseded, r.ranks = map[user.Source]superseding{}, map[int64]ranked{}
	o := &overlay{r: r, originals: map[user.Source][]original{}, told: map[string]*corrections.Tally{}}
	for len(left) > 0 {
		// What others name goes before them.
		i := max(0, slices.IndexFunc(left, func(f *corrections.File) bool {
			return !slices.ContainsFunc(left, func(other *corrections.File) bool {
				_, n := f.Files(func(n corrections.Named) bool {
					return slices.ContainsFunc(names(other.Table), func(name string) bool { return cleaned(name) == cleaned(n.File) })
				})
				return n > 0 && other.Table.File.Path != f.Table.File.Path
			})
		}))
		f := left[i]
		left = slices.Delete(left, i, i+1)
		if err := o.read(ctx, f); err != nil {
			return err
		}
	}
	return o.finish()
}

// alone is the error of rejects that come without the sources that they are of:
// nobody but those who were corrected would be on the roster.
func (r *Roster) alone() error {
	if len(r.sources) > 0 || len(r.opt.Gone) > 0 {
		return nil
	}
	for _, f := range r.corrections {
		if files, _ := f.Files(func(corrections.Named) bool { return true }); len(files) > 0 {
			return fmt.Errorf("%s holds rejected rows of %s, which %s not among the sources; give %s",
				f.Table.Name(), phrase.And(files), phrase.Form(len(files), "is", "are"), phrase.Form(len(files), "both", "them as well"))
		}
	}
	return nil
}

// part is the rows of a file of corrections that are read in one way.
type part struct {
	of    *source // the source that the rows name; nil: none of this run
	file  string
	rows  []corrections.Row
	names map[int]corrections.Named // by row
}

// parts are those of a file, beside the rows of which nobody can say what their
// cells are, and whose they correct. known says that some are of sources of this
// run; else the file is a roster like any other. Rows of sources that are gone are
// left out.
func (r *Roster) parts(f *corrections.File) (parts []*part, broken []corrections.Row, known bool) {
	alone := &part{names: map[int]corrections.Named{}}
	for _, row := range f.Rows {
		of := r.named(row.Named)
		known = known || of != nil
		switch {
		case of == nil && r.isGone(row.File):
			continue
		case row.Broken != "":
			broken = append(broken, row)
			continue
		}
		i := slices.IndexFunc(parts, func(p *part) bool { return p.of == of && (of != nil || p.file == row.File) })
		if i < 0 {
			i = len(parts)
			parts = append(parts, &part{of: of, file: row.File, names: map[int]corrections.Named{}})
		}
		for _, p := range []*part{parts[i], alone} {
			p.rows, p.names[row.Number] = append(p.rows, row), row.Named
		}
	}
	if !known || len(parts) == 0 {
		parts = []*part{alone}
	}
	return parts, broken, known
}

func (o *overlay) read(ctx context.Context, f *corrections.File) error {
	r := o.r
	if files, n := f.Files(func(n corrections.Named) bool { return r.named(n) == nil }); n > 0 {
		r.notice(notice.MendedAlone, n, "%s: %s of %s, which %s not among the sources: %s", f.Table.Name(), phrase.Counted(n, "row is",
			"rows are"), phrase.And(files), phrase.Form(len(files), "is", "are"), phrase.Form(n, "it counts as a row of its own",
			"they count as rows of their own"))
	}
	parts, broken, known := r.parts(f)
	if len(parts[0].rows)+len(broken) == 0 && len(f.Rows) > 0 {
		return nil
	}
	named := map[user.Source]bool{}
	for _, p := range parts {
		for _, n := range p.names {
			if p.of != nil && o.originals[p.of.Place(n.Row)] == nil {
				named[p.of.Place(n.Row)] = true
			}
		}
	}
	if err := o.find(named); err != nil {
		return err
	}
	for i, p := range parts {
		s, at, err := r.partSource(f, p, known)
		if err != nil {
			return err
		}
		rows, err := o.prepare(f, p, s, at)
		if err != nil {
			return err
		}
		if err := r.readPart(ctx, f, s, rows, at, i == 0); err != nil {
			return err
		}
		if p.of == nil {
			r.noticeSource(s)
			continue
		}
		r.noticeLacks(s)
		r.noticeSights(s)
		staged := r.staged
		r.staged = nil
		for i := range staged {
			if err := o.decide(&staged[i]); err != nil {
				return err
			}
		}
	}
	if len(broken) == 0 {
		return nil
	}
	h := &columns.Header{Names: f.Names, Columns: make([]user.Column, len(f.Names)), UID: len(f.Names)}
	for i, name := range f.Names {
		h.Columns[i].Header = name
	}
	h.Columns = append(h.Columns, user.Column{Header: "uid", Slot: user.Slot{Field: user.UID}})
	h.Transform = &columns.Transform{Own: len(f.Names), Computed: []columns.Computed{{}}} // it has no uid
	return r.readPart(ctx, f, newPart(f, h), broken, nil, false)
}

// prepare gives the rows of a part what a report did not show of them, and takes out
// those that are none, and take others out.
func (o *overlay) prepare(f *corrections.File, p *part, s *source, at []int) (rows []corrections.Row, err error) {
	for _, row := range p.rows {
		of := user.Source{}
		if p.of != nil {
			of = p.of.Place(row.Row)
		}
		if row.Drops {
			o.r.skipCorrection(f, s, row.Number)
			c := &correction{source: s, entry: store.Entry{Row: uint32(row.Number)}, of: of, Named: row.Named}
			if !slices.Contains(at, -1) {
				c.cells = row.Under(at)
			}
			o.drops = append(o.drops, c)
			continue
		}
		rows = append(rows, row)
		if p.of == nil || !row.Hides(at) {
			continue
		}
		for i := range o.originals[of] {
			x, err := o.was(&o.originals[of][i], of)
			if err != nil {
				return nil, err
			}
			if row.Mark == x.Mark() { // else it is another row
				row.Unhide(at, x.Cells)
			}
		}
	}
	return rows, nil
}

// drop takes out the row that is named: several, if its file is given twice.
func (o *overlay) drop(c *correction) (n int, err error) {
	if _, done := o.r.superseded[c.of]; done {
		return 0, nil
	}
	rows := o.originals[c.of]
	for i := range rows {
		first, err := o.was(&rows[i], c.of)
		if err != nil {
			return n, err
		}
		x, err := o.now(&rows[i], c.of)
		if err != nil {
			return n, err
		}
		if c.names(&x) || c.names(&first) {
			o.remove(&rows[i])
			n++
		}
	}
	if n > 0 {
		o.r.superseded[c.of] = superseding{c.here(), true}
	}
	return n, nil
}

// names reports whether a row is the one that is to be taken out.
func (c *correction) names(x *user.Reject) bool {
	if c.Mark != "" {
		return c.Mark == x.Mark()
	}
	for i, cell := range c.cells {
		own := ""
		if i < len(x.Cells) {
			own = x.Cells[i]
		}
		if !user.LikeCell(cell, own) {
			return false
		}
	}
	return c.cells != nil
}

// skipCorrection counts a row that takes another one out.
func (r *Roster) skipCorrection(f *corrections.File, s *source, row int) {
	s.rows[row] = true
	s.skipped = append(s.skipped, skippedRow{row: row, kind: instruction})
	r.intake.Rows++
	r.intake.Files[f.At].Rows++
	r.intake.Duplicates++
}

// stage keeps a correction for the overlay.
func (r *Roster) stage(s *source, e store.Entry, reject *user.Reject) {
	s.File.Rows++
	r.intake.Rows++
	n := s.names[int(e.Row)]
	c := correction{source: s, entry: e, Named: n}
	if reject != nil {
		own := *reject // the other is a batch's
		c.reject = &own
	}
	if n.Row > 0 {
		c.of = s.corrects.Place(n.Row)
	}
	r.staged = append(r.staged, c)
}

// named is the source of this run that a correction names; nil is
// none. Of a file of other corrections it is the part that has the row. A
// path by itself names no sheet where several of the workbook were read.
func (r *Roster) named(n corrections.Named) *source {
	for i := range names(&table.Table{}) {
		var found *source
		for _, s := range r.sources {
			switch {
			case n.File == "" || s.rows != nil && (s.corrects == nil || !s.rows[n.Row]) || cleaned(names(&s.Table)[i]) != cleaned(n.File):
			case found == nil:
				found = s
			case found.File.Sheet != s.File.Sheet:
				return nil
			}
		}
		if found != nil {
			return found
		}
	}
	return nil
}

func (r *Roster) isGone(file string) bool {
	if at := strings.LastIndexByte(file, '['); at > 0 && strings.HasSuffix(file, "]") && !slices.Contains(r.opt.Gone, file) {
		file = file[:at]
	}
	return slices.ContainsFunc(r.opt.Gone, func(gone string) bool { return cleaned(gone) == cleaned(file) })
}

// names are what a report may call a source, the surest first.
func names(t *table.Table) []string { return []string{t.Name(), t.File.Path} }

func cleaned(path string) string { return filepath.Clean(filepath.FromSlash(path)) }

func newPart(f *corrections.File, h *columns.Header) *source {
	return &source{Table: f.Part(h), rows: map[int]bool{}}
}

// partSource makes a source of rows, and says in which of the file's columns its
// columns are. Rows that name no source of this run are read as the file itself
// would be. Beside other rows they have the columns in which one of them has text:
// the others are not theirs.
func (r *Roster) partSource(f *corrections.File, p *part, known bool) (*source, []int, error) {
	if p.of != nil {
		s, at := newPart(f, p.of.Header), f.Columns(p.of.Header.Names)
		if slices.Contains(at, -1) {
			// A column that was taken out says nothing, and clears nothing.
			own := *p.of.Header
			own.Columns = slices.Clone(own.Columns)
			for i, from := range at {
				if from < 0 {
					s.absent = append(s.absent, i)
					if i != own.UID {
						own.Columns[i].Field = user.NoField
					}
				}
			}
			s.Header = &own
		}
		s.Mapping = p.of.Mapping
		s.corrects, s.names = p.of, p.names
		return s, at, nil
	}
	at := f.Used(p.rows, !known)
	names := make([]string, len(at))
	for i, from := range at {
		names[i] = f.Names[from]
	}
	text := string(f.Text(p.rows, at))
	h, err := f.Table.Mapping.Resolve(names, 0, r.layout, func(column int) bool { return columns.HoldsPresence(text, f.Comma, column) })
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Table.Name(), err)
	}
	return newPart(f, h), at, nil
}

// readPart reads rows of a file of corrections. The first part has the header and
// the rows without text as well.
func (r *Roster) readPart(ctx context.Context, f *corrections.File, s *source, rows []corrections.Row, at []int, first bool) error {
	for _, row := range rows {
		s.rows[row.Number] = true
	}
	if first {
		s.HeaderRow = f.Header
		for _, row := range f.Blanks {
			s.rows[row] = true
		}
	}
	r.line, r.trailer.rowsAbove = 1, 0
	c := delimited.NewChunker(bytes.NewReader(f.Text(rows, at)), false)
	if err := r.body(ctx, s, c); err != nil {
		return err
	}
	if err := input.Fault(c.Err, s.File.Path); err != nil {
		return err
	}
	s.sights[blankRows].n, s.last = 0, f.Last
	if first {
		s.sights[blankRows].n = len(f.Blanks)
	}
	r.intake.Files[f.At].Rows += s.File.Rows
	return nil
}
