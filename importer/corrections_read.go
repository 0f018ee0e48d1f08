package importer

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/store"
	"cometsync/importer/table"
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
// replaced only by one that shows that it is the same: by the mark that the
// report has put behind its message (see user.Reject.Mark), whatever else was
// changed in it, or, where the mark is gone, by what it says (see isRow). Any
// other stays what it is, and the mended row is a row of its own.
//
// Of a row that is mended and still can't be used, there is one reject, at its
// own place: with what is wrong now, and with everybody whom it held before. A
// row that nobody has touched stays the reject that it was, even if it could
// be used as it stands now: what was cut off in its source is a whole row here.
// Who finds it right as it stands says so by clearing what was wrong with it,
// its cell under _code.
//
// A row whose code is drop takes the row that it names out of the run; see
// drop.go.
//
// A row that was mended may be a reject once more, against the app or beside
// others, and be mended in one more file: that one names the first.

// mendGrids reads the mended rejects, once all other sources are read.
func (r *Roster) mendGrids(ctx context.Context) error {
	if err := r.alone(); err != nil {
		return err
	}
	left := slices.Clone(r.grids)
	for len(left) > 0 {
		// What others name goes before them.
		i := max(0, slices.IndexFunc(left, func(t *grid) bool {
			return !slices.ContainsFunc(left, func(other *grid) bool {
				_, n := t.files(func(file string, _ int) bool {
					return slices.ContainsFunc(sameFiles, func(same func(*Roster, *source, string) bool) bool { return same(r, other.source, file) })
				})
				return n > 0 && other.source.File.Path != t.source.File.Path
			})
		}))
		t := left[i]
		left = slices.Delete(left, i, i+1)
		r.noticeStrangers(t)
		if err := r.mendGrid(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// files are those that rows of a grid name, of which which is true, and how
// many rows do. Many are named up to a number.
func (t *grid) files(which func(file string, row int) bool) (names []string, rows int) {
	const most = 5
	seen := map[string]bool{}
	for i := range t.rows {
		file, row := t.of(&t.rows[i])
		if t.rows[i].broken != "" || file == "" || !which(file, row) {
			continue
		}
		if rows++; !seen[file] {
			seen[file] = true
			if len(seen) <= most {
				names = append(names, file)
			}
		}
	}
	if n := len(seen) - most; n > 0 {
		names = append(names, fmt.Sprintf("%d more", n))
	}
	return names, rows
}

// of is the file and the row that a row of a grid names; 0 is no row.
func (t *grid) of(rec *record) (file string, row int) {
	row, err := strconv.Atoi(rec.cell(t.column("_row")))
	if err != nil {
		row = 0
	}
	return rec.cell(t.column("_file")), row
}

// part is the rows of a grid that are read in one way.
type gridPart struct {
	of    *source // the source that the rows name; nil: none of this run
	file  string
	rows  []record
	drops []record         // that are none, and take others out
	names map[int]rowNamed // by row
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
		p := &gridPart{of: of, file: file, names: map[int]rowNamed{}}
		parts = append(parts, p)
		return p
	}
	codeAt, messageAt := t.column("_code"), t.column("_message")
	left := t.rows
	if len(r.gone) > 0 {
		left = slices.DeleteFunc(slices.Clone(left), func(rec record) bool {
			file, row := t.of(&rec)
			return r.named(file, row) == nil && r.isGone(file)
		})
		if len(left) == 0 && len(t.rows) > 0 {
			return nil
		}
	}
	known := slices.ContainsFunc(left, func(rec record) bool { return r.named(t.of(&rec)) != nil })
	for _, rec := range left {
		if rec.broken != "" {
			broken = append(broken, rec)
			continue
		}
		file, row := t.of(&rec)
		of := r.named(file, row)
		if !known {
			file = "" // a roster like any other
		}
		p := part(of, file)
		_, mark := user.CutMark(rec.cell(messageAt))
		p.names[rec.row] = rowNamed{row, mark, codeAt >= 0 && rec.cell(codeAt) == ""}
		if strings.EqualFold(rec.cell(codeAt), dropWord) {
			p.drops = append(p.drops, rec)
		} else {
			p.rows = append(p.rows, rec)
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
		if p.of != nil {
			if err := r.unhide(p, at); err != nil {
				return err
			}
		}
		r.takeDrops(t, p, s, at)
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
		s := t.part(&columns.Header{Names: t.names, Columns: make([]user.Column, len(t.names)), UID: len(t.names)})
		for i, name := range t.names {
			s.Header.Columns[i].Header = name
		}
		s.Header.Columns = append(s.Header.Columns, user.Column{Header: "uid", Field: user.UID})
		s.Header.Transform = &columns.Transform{Own: len(t.names), Computed: []columns.Computed{{}}} // it has no uid
		s.UID = s.Header.Columns[len(t.names):]
		if err := r.readPart(ctx, t, s, broken, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// takeCorrection notes a row that says which row of another source it is.
func (r *Roster) takeCorrection(s *source, e store.Entry, reject int) {
	if s.corrects != nil {
		n := s.names[int(e.Row)]
		r.corrections = append(r.corrections, correction{source: s, entry: e, reject: reject, of: s.corrects.Place(n.row), rowNamed: n})
	}
}

// takeDrops takes up the rows of a part that take rows out. at says in which of the
// grid's columns the source's stand.
func (r *Roster) takeDrops(t *grid, p *gridPart, s *source, at []int) {
	for _, rec := range p.drops {
		s.rows[rec.row] = true
		s.asides = append(s.asides, aside{row: rec.row, kind: instruction})
		r.intake.Rows++
		r.intake.Files[t.file].Rows++
		r.intake.Duplicates++
		c := correction{source: s, entry: store.Entry{Row: uint32(rec.row)}, rowNamed: p.names[rec.row]}
		if p.of != nil {
			c.of = p.of.Place(c.row)
		}
		c.drops = func(cells []string) bool {
			for i, from := range at {
				cell := ""
				if i < len(cells) {
					cell = cells[i]
				}
				if from < 0 || !user.LikeCell(rec.cell(from), cell) {
					return false
				}
			}
			return true
		}
		r.corrections = append(r.corrections, c)
	}
}

// named is the source of this run that a row of mended rejects names; nil is
// none. Of a file of other mended rejects it is the part that has the row. A
// path by itself names no sheet where several of the workbook were read.
func (r *Roster) named(file string, row int) *source {
	if file == "" {
		return nil
	}
	for _, same := range sameFiles {
		var found *source
		for _, s := range r.sources {
			switch {
			case s.rows != nil && (s.corrects == nil || !s.rows[row]) || !same(r, s, file):
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

// isGone says whether a file was a source once, and can't be read as it was.
func (r *Roster) isGone(file string) bool {
	if at := strings.LastIndexByte(file, '['); at > 0 && strings.HasSuffix(file, "]") && !slices.Contains(r.gone, file) {
		file = file[:at]
	}
	return slices.ContainsFunc(r.gone, func(gone string) bool { return cleaned(gone) == cleaned(file) })
}

// sameFiles say whether a source is the one that a report names, the surest first.
var sameFiles = []func(r *Roster, s *source, file string) bool{
	func(r *Roster, s *source, file string) bool { return r.where(s) == file },
	func(_ *Roster, s *source, file string) bool { return s.File.Path == file },
	func(r *Roster, s *source, file string) bool { return cleaned(r.where(s)) == cleaned(file) },
	func(_ *Roster, s *source, file string) bool { return cleaned(s.File.Path) == cleaned(file) },
}

func cleaned(path string) string { return filepath.Clean(filepath.FromSlash(path)) }

// part is a source of some of the grid's rows.
func (t *grid) part(h *columns.Header) *source {
	s := &source{Table: table.Table{File: t.source.File, Settings: t.source.Settings, Mapping: t.source.Mapping, Header: h,
		Given: columns.Given{Comma: t.comma, Rendered: t.source.Rendered, Lines: true}}}
	s.Width = table.Width{Least: len(h.Names), Most: len(h.Names)}
	s.File.Rows = 0
	s.rows = map[int]bool{}
	return s
}

// partSource makes a source of the rows that name one source, and says in
// which of the grid's columns its columns stand.
func (r *Roster) partSource(t *grid, p *gridPart, known bool) (*source, []int, error) {
	if p.of == nil {
		return r.strangers(t, p, known)
	}
	h, at := p.of.Header, t.columns(p.of.Header.Names)
	var absent []int
	if slices.Contains(at, -1) {
		// A column that was taken out says nothing, and clears nothing.
		own := *h
		own.Columns = slices.Clone(h.Columns)
		for i, from := range at {
			if from < 0 {
				absent = append(absent, i)
				if i != h.UID {
					own.Columns[i].Field = user.NoField
				}
			}
		}
		h = &own
	}
	s := t.part(h)
	s.Settings, s.Mapping, s.UID = p.of.Settings, p.of.Mapping, p.of.UID
	s.corrects, s.names, s.absent = p.of, p.names, absent
	if h.Transform != nil {
		s.lacks = make([]columns.Unmapped, len(h.Transform.Reads))
	}
	return s, at, nil
}

// meetUIDs has the mappings of a run know what means the uid to any of them.
func (ms *mappings) meetUIDs(paths []string) error {
	uids := map[string]bool{}
	for _, path := range paths {
		ways, err := ms.manners(path)
		if err != nil {
			return err
		}
		for _, w := range ways {
			w.m.UIDHeaders = uids
			for _, h := range w.m.Keys {
				if t, _ := w.m.Listed(h); t.Field == user.UID {
					uids[columns.Fold(h)] = true
				}
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
		folded := columns.Fold(name)
		nth := 0
		for j, n := range t.names {
			if columns.Fold(n) != folded || columns.ReportColumns[columns.PlaceName(n)] {
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

// readPart reads rows of a grid. The first part has the header and the rows
// without text as well.
func (r *Roster) readPart(ctx context.Context, t *grid, s *source, rows []record, at []int, first bool) error {
	for _, rec := range rows {
		s.rows[rec.row] = true
	}
	if first {
		s.HeaderRow = t.header
		for _, row := range t.blanks {
			s.rows[row] = true
		}
	}
	r.line, r.since = 1, 0
	c := delimited.NewChunker(bytes.NewReader(t.render(rows, at)), false)
	if err := r.body(ctx, s, c); err != nil {
		return err
	}
	if err := r.keepTail(); err != nil { // these rows have another source's end
		return err
	}
	if err := input.Fault(c.Err, s.File.Path); err != nil {
		return err
	}
	s.blanks, s.last = 0, t.last
	if first {
		s.blanks = len(t.blanks)
	}
	r.intake.Files[t.file].Rows += s.File.Rows
	return nil
}
