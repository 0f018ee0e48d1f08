package importer

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"

	"cometsync/internal/user"
)

// Rejects that somebody has mended come back as a source of their own, whose
// columns _file and _row say which rows of the other sources they are. Each is
// read as that source's rows are, under its settings, and is then that row: the
// one that stands there counts no more.
//
// A place is only a number. Sources are exported again, and then the number is
// somebody else's, whom replacing the row would leave without one: a reject
// holds its user, and a user is what keeps from being deactivated. So a row is
// replaced only by one that shows that it is the same, see isRow. Any other
// stays what it is, and the mended row is a row of its own.
//
// Of a row that is mended and still can't be used, there is one reject, at its
// own place: with what is wrong now, and with everybody whom it held before. A
// row that nobody has touched stays the reject that it was, even if it could
// be used as it stands now: what was cut off in its source is a whole row here.

// mendedRow is a row of mended rejects, as it was read.
type mendedRow struct {
	source *source
	entry  entry
	reject int // its place in Roster.rejects; -1 if it can be used
	of     user.Source
}

// mendGrids reads the mended rejects, once all other sources are read.
func (r *Roster) mendGrids(ctx context.Context) error {
	for _, t := range r.grids {
		if err := r.mendGrid(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// part is the rows of a grid that are read in one way.
type gridPart struct {
	of      *source // the source that the rows name; nil: none of this run
	file    string
	rows    []record
	targets map[int]int // the row of the source that a row is
}

func (r *Roster) mendGrid(ctx context.Context, t *grid) error {
	var parts []*gridPart
	var broken []record
	part := func(of *source, file string) *gridPart {
		for _, p := range parts {
			if p.of == of && (of != nil || p.file == file) {
				return p
			}
		}
		p := &gridPart{of: of, file: file, targets: map[int]int{}}
		parts = append(parts, p)
		return p
	}
	fileAt, rowAt := t.column("_file"), t.column("_row")
	known := slices.ContainsFunc(t.rows, func(rec record) bool { return r.named(rec.cell(fileAt)) != nil })
	for _, rec := range t.rows {
		if rec.broken != "" {
			broken = append(broken, rec)
			continue
		}
		file := rec.cell(fileAt)
		of := r.named(file)
		if !known {
			file = "" // a roster like any other
		}
		p := part(of, file)
		p.rows = append(p.rows, rec)
		if n, err := strconv.Atoi(rec.cell(rowAt)); err == nil {
			p.targets[rec.row] = n
		}
	}
	if len(parts) == 0 {
		part(nil, "")
	}
	for i, p := range parts {
		s, at, err := r.partSource(t, p, known)
		if err != nil {
			return err
		}
		if err := r.readPart(ctx, t, s, p.rows, at, i == 0); err != nil {
			return err
		}
		if p.of == nil {
			r.noticeSource(s)
		} else {
			r.noticeLacks(s)
			r.noticeRows(s)
		}
	}
	if len(broken) > 0 {
		// Nobody can say what their cells are, and whose rows they mend.
		s := t.part(&header{names: t.names, columns: make([]user.Column, len(t.names)), uid: len(t.names)})
		for i, name := range t.names {
			s.header.columns[i].Header = name
		}
		s.header.columns = append(s.header.columns, user.Column{Header: "uid", Field: user.UID})
		s.header.shape = &shaping{own: len(t.names), virtual: []virtual{{}}} // it has no uid
		s.uid = s.header.columns[len(t.names):]
		if err := r.readPart(ctx, t, s, broken, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// takeMended notes a row that says which row of another source it is.
func (r *Roster) takeMended(s *source, e entry, reject int) {
	if s.mends != nil {
		r.mended = append(r.mended, mendedRow{s, e, reject, s.mends.place(s.targets[int(e.row)])})
	}
}

// named is the source of this run that a row of mended rejects names; nil is
// none.
func (r *Roster) named(file string) *source {
	if file == "" {
		return nil
	}
	for _, same := range []func(s *source) bool{
		func(s *source) bool { return r.where(s) == file },
		func(s *source) bool { return s.file.Path == file },
		func(s *source) bool { return filepath.Clean(s.file.Path) == filepath.Clean(filepath.FromSlash(file)) },
	} {
		for _, s := range r.sources {
			if s.rows == nil && same(s) {
				return s
			}
		}
	}
	return nil
}

// part is a source of some of the grid's rows.
func (t *grid) part(h *header) *source {
	s := &source{file: t.source.file, settings: t.source.settings, mapping: t.source.mapping, header: h, comma: t.comma, sheet: t.source.sheet, lines: true}
	s.file.Rows = 0
	s.rows = map[int]bool{}
	return s
}

// partSource makes a source of the rows that name one source, and says in
// which of the grid's columns its columns stand.
func (r *Roster) partSource(t *grid, p *gridPart, known bool) (*source, []int, error) {
	if p.of == nil {
		return r.strangers(t, p, known)
	}
	h, at := p.of.header, t.columns(p.of.header.names)
	var absent []int
	if slices.Contains(at, -1) {
		// A column that was taken out says nothing, and clears nothing.
		own := *h
		own.columns = slices.Clone(h.columns)
		for i, from := range at {
			if from < 0 {
				absent = append(absent, i)
				if i != h.uid {
					own.columns[i].Field = user.NoField
				}
			}
		}
		h = &own
	}
	s := t.part(h)
	s.settings, s.mapping, s.uid = p.of.settings, p.of.mapping, p.of.uid
	s.mends, s.targets, s.absent = p.of, p.targets, absent
	if h.shape != nil {
		s.lacks = make([]lack, len(h.shape.reads))
	}
	return s, at, nil
}

// meetUIDs has the mappings of a run know what means the uid to any of them.
func (ms *mappings) meetUIDs(paths []string) error {
	uids := map[string]bool{}
	for _, path := range paths {
		_, m, err := ms.source(path)
		if err != nil {
			return err
		}
		m.uids = uids
		for _, h := range m.keys {
			if t, _ := m.listed(h); t.field == user.UID {
				uids[fold(h)] = true
			}
		}
	}
	return nil
}

// columns says in which of a grid's columns others stand: those of one
// source are put together with others' by their names, see report.
func (t *grid) columns(names []string) []int {
	seen := map[string]int{}
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		folded := fold(name)
		nth := 0
		for j, n := range t.names {
			if fold(n) != folded || reportColumns[placeName(n)] {
				continue
			}
			if nth == seen[folded] {
				at[i] = j
				break
			}
			nth++
		}
		seen[folded]++
	}
	return at
}

// strangers makes a source of rows that name no source of this run: they are
// read as the file itself would be. Beside other rows they have the columns in
// which one of them has text: the others are not theirs.
func (r *Roster) strangers(t *grid, p *gridPart, known bool) (*source, []int, error) {
	var names []string
	var at []int
	for i, name := range t.names {
		if !known || slices.ContainsFunc(p.rows, func(rec record) bool { return rec.cell(i) != "" }) {
			names, at = append(names, name), append(at, i)
		}
	}
	for i, name := range t.names {
		if !t.m.holdsUID(names) && t.m.holdsUID(append(slices.Clone(names), name)) {
			names, at = append(names, name), append(at, i) // none of them has one
		}
	}
	text := string(t.render(p.rows, at))
	h, err := t.m.resolve(names, r.layout, func(column int) bool { return holdsPresence(text, t.comma, column) })
	if err == nil && !t.source.sheet {
		err = t.m.named(h)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.where(t.source), err)
	}
	s := t.part(h)
	s.uid = h.columns[h.uid : h.uid+1]
	if h.shape != nil {
		s.lacks = make([]lack, len(h.shape.reads))
	}
	return s, at, nil
}

// readPart reads rows of a grid. The first part has the header and the rows
// without text as well.
func (r *Roster) readPart(ctx context.Context, t *grid, s *source, rows []record, at []int, first bool) error {
	for _, rec := range rows {
		s.rows[rec.row] = true
	}
	if first {
		s.headerRow = t.header
		for _, row := range t.blanks {
			s.rows[row] = true
		}
	}
	r.line, r.since = 1, 0
	c := &chunker{in: bytes.NewReader(t.render(rows, at))}
	if err := r.body(ctx, s, c); err != nil {
		return err
	}
	if err := r.keepTail(); err != nil { // these rows have another source's end
		return err
	}
	if err := c.fault(s.file.Path); err != nil {
		return err
	}
	s.blanks, s.last = 0, t.last
	if first {
		s.blanks = len(t.blanks)
	}
	r.intake.Files[t.file].Rows += s.file.Rows
	return nil
}
