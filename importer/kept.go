package importer

import (
	"cmp"
	"fmt"
	"slices"
	"sort"

	"github.com/cespare/xxhash/v2"

	"cometsync/importer/store"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// So that a later run can say of a field whether it is the source that has
// changed, a byte is kept of each cell of the managed columns, as it is in
// the file: 0 of an empty one, else a hash. One change in 255 goes unseen by it,
// which mislabels a cause and decides nothing. What the settings make of cells
// is the same for all rows, and kept once for each column.

// cellBlock is where the hashes of the cells of a batch are, row by row from one on. They
// lie on disk: a run asks for them once, in their order, or never.
type cellBlock struct {
	from  uint32
	size  int
	place int64
}

// spoolCells puts a batch's hashes on disk, of rows from one on.
func (r *Roster) spoolCells(s *source, from int, hashes []byte) (err error) {
	if r.cells == nil {
		if r.cells, err = store.NewSpool(); err != nil {
			return err
		}
	}
	place, err := r.cells.Append(hashes)
	s.cells = append(s.cells, cellBlock{uint32(from), len(hashes), place})
	return err
}

// hashedColumn is a kept column, and the file's own ones that its cells are made of.
type hashedColumn struct {
	name string
	own  []int
}

// hashCells finds the columns whose cells are hashed.
func (s *source) hashCells() {
	s.hashed = []hashedColumn{}
	for _, c := range s.kept() {
		s.hashed = append(s.hashed, hashedColumn{c.name, s.Header.MadeOf(c.at)})
	}
}

// HashCells has Load give the hashes of each row that it reads from now on: a run that
// keeps nothing for a later one compares those of the few users who change, and spares
// itself all others.
func (r *Roster) HashCells() {
	r.hashes = true
	for _, s := range r.sources {
		s.hashCells()
	}
}

// hashCells takes the hashes of a row.
func (w *worker) hashCells(line int) {
	b, n := w.batch, len(w.source.hashed)
	b.cells = append(b.cells, make([]byte, (line+1)*n-len(b.cells))...)
	w.source.hash(w.Scan.Cells, b.cells[line*n:])
}

// hash takes the hashes of a row's cells.
func (s *source) hash(cells []string, to []byte) {
	for i := range s.hashed {
		var sum uint64
		for _, c := range s.hashed[i].own {
			sum *= 31
			if c < len(cells) && !user.Empty(cells[c]) {
				sum += xxhash.Sum64String(cells[c])
			}
		}
		if sum != 0 {
			to[i] = max(byte(sum>>24), 1)
		}
	}
}

// add adds the hashes of a row of another source to those of one of this one, in the
// columns that this one has.
func (s *source) add(to []byte, other *source, hashes []byte) {
	for i, hash := range hashes {
		name := other.hashed[i].name
		if at := slices.IndexFunc(s.hashed, func(c hashedColumn) bool { return c.name == name }); at >= 0 {
			to[at] += hash
		}
	}
}

// unitedHashes is the hashes of several rows that are one user together.
func (r *Roster) unitedHashes(rows []store.Entry, parts []user.Row) string {
	s := r.sourceAt(rows[0].Place)
	sums := make([]byte, len(s.hashed))
	for i := range parts {
		s.add(sums, r.sourceAt(rows[i].Place), []byte(parts[i].Hashes))
	}
	return string(sums)
}

// cellReader reads the hashes of rows, and is quick with those that follow each other.
type cellReader struct {
	*Roster
	block  *cellBlock // the one that is read
	hashes []byte
	err    error
}

// keep puts the hashes of an entry of a source after those that are kept. An
// entry of several rows has those of all, in the columns that its source has.
func (r *cellReader) keep(kept []plan.PastSource, at int, e *store.Entry) {
	s := &kept[at]
	rows := r.merged[e.Place]
	if rows == nil {
		s.Cells = append(s.Cells, r.of(r.sources[at], e.Row)...)
		return
	}
	start := len(s.Cells)
	s.Cells = append(s.Cells, make([]byte, len(s.Columns))...)
	for _, e := range rows {
		from := r.sourceAt(e.Place)
		r.sources[at].add(s.Cells[start:], from, r.of(from, e.Row))
	}
}

// of is the hashes of a row.
func (r *cellReader) of(s *source, row uint32) []byte {
	n := len(s.hashed)
	if n == 0 {
		return nil
	}
	b := &s.cells[sort.Search(len(s.cells), func(i int) bool { return s.cells[i].from > row })-1]
	if r.block != b {
		r.block, r.hashes = b, slices.Grow(r.hashes[:0], b.size)[:b.size]
		if _, err := r.cells.ReadAt(r.hashes, b.place); err != nil && r.err == nil {
			r.err = fmt.Errorf("temporary file for the rows: %w", err)
		}
	}
	return r.hashes[int(row-b.from)*n:][:n]
}

// readings is how a source's cells are told from its bytes, and what becomes of them.
func (r *Roster) readings(s *source, out *plan.PastSource) {
	for _, name := range s.Header.Names {
		if name != "" {
			out.Header = append(out.Header, name)
		}
	}
	set := s.Mapping
	out.Text = digest(set.Encoding, set.Delimiter, set.HeaderRow, set.Columns, set.Sheets, r.opt.Duplicates)
	for _, c := range s.kept() {
		reading := plan.Reading{Blank: digest(r.opt.Rules.EmptyClears)}
		for _, own := range s.Header.MadeOf(c.at) {
			reading.Headers = append(reading.Headers, s.Header.Title(own))
		}
		for _, column := range c.at {
			reading.Means = reading.Means*31 + s.means(column)
			if rule := s.Header.Transform.Rule(column); rule != nil && rule.Blank != "" {
				reading.Blank = reading.Blank*31 + digest(rule.Blank)
			}
		}
		out.Readings = append(out.Readings, reading)
	}
	if r.opt.Cells {
		out.Cells = make([]byte, 0, s.File.Rows*len(out.Columns))
	}
}

// means is a digest of what decides what becomes of a column's cells that are
// not empty.
func (s *source) means(column int) uint64 {
	what := []any{s.Mapping.FixMojibake}
	c := &s.Header.Columns[column]
	switch c.Field {
	case user.Tags:
		what = append(what, c.Separator)
	case user.Avatar, user.Link:
		what = append(what, c.Base)
	case user.CreatedAt, user.LastActiveAt:
		what = append(what, c.Dates)
	}
	if own := len(s.Header.Names); column >= own {
		v := &s.Header.Transform.Computed[column-own]
		what = append(what, v.Label, v.Constant)
	}
	if rule := s.Header.Transform.Rule(column); rule != nil {
		what = append(what, rule.Negated)
		if rule.Values != nil {
			what = append(what, rule.Values.Texts)
		}
	}
	return digest(what...)
}

func digest(what ...any) uint64 { return xxhash.Sum64String(fmt.Sprintf("%q", what)) }

// Sources is what is kept of the roster if its run is a good one: for each source
// its columns, and its users in their order. A user that several sources have is
// the first one's.
func (r *Roster) Sources() []plan.PastSource {
	r.past.Do(func() { r.pastSources, r.unread = r.makeSources() })
	return r.pastSources
}

// Err is why something of the roster could not be read again where no error was
// returned: of the rejects, or of what Sources gave.
func (r *Roster) Err() error { return cmp.Or(r.intake.Rejects.Err(), r.unread) }

func (r *Roster) makeSources() ([]plan.PastSource, error) {
	cells := cellReader{Roster: r}
	out := make([]plan.PastSource, len(r.sources))
	bits := make([][]int, len(r.sources)) // by source: the bit of each column in a mask
	sets := make([]map[plan.Filled]uint16, len(r.sources))
	known := make([][][user.Deactivated + 1]uint32, len(r.sources)) // by mask and state: the set, plus one
	for i, s := range r.sources {
		out[i] = plan.PastSource{Path: s.File.Path, Sheet: s.File.Sheet, SHA256: s.File.SHA256, Modified: s.Modified}
		for _, c := range s.kept() {
			out[i].Columns, bits[i] = append(out[i].Columns, c.name), append(bits[i], c.bit)
		}
		out[i].UIDs, out[i].Sets = make([]uint64, 0, s.File.Rows), make([]uint16, 0, s.File.Rows)
		sets[i], known[i] = map[plan.Filled]uint16{}, make([][user.Deactivated + 1]uint32, len(r.index.Masks))
		if r.opt.Cells || r.hashes {
			r.readings(s, &out[i])
		}
	}
	at := 0
	for ref := range r.index.Count {
		e := r.index.At(ref)
		if e.Flags&(store.Rejected|store.Nobody) != 0 {
			continue
		}
		if e.Place < r.sources[at].base || at+1 < len(r.sources) && e.Place >= r.sources[at+1].base {
			at = r.sourceIndex(e.Place)
		}
		is := &known[at][e.Mask][e.State]
		if *is == 0 {
			f := filledIn(r.index.Masks[e.Mask], e.State, bits[at])
			set, ok := sets[at][f]
			if !ok && len(out[at].Filled) < 1<<16 {
				set = uint16(len(out[at].Filled))
				sets[at][f] = set
				out[at].Filled = append(out[at].Filled, f)
			}
			*is = uint32(set) + 1
		}
		out[at].UIDs = append(out[at].UIDs, e.Hash)
		out[at].Sets = append(out[at].Sets, uint16(*is-1))
		if r.opt.Cells {
			cells.keep(out, at, e)
		}
	}
	return out, cells.err
}

// keptColumn is a column of a source of which is kept what its rows have.
type keptColumn struct {
	name string
	bit  int   // in a mask
	at   []int // which of the header's columns it is; several are the parts of a name
}

// kept is the columns of a source that are managed.
func (s *source) kept() (out []keptColumn) {
	seen := map[string]int{}
	for i, c := range s.Header.Columns {
		name := (user.Slot{Field: c.Field, Path: c.Path}).Name()
		bit := int(c.Field)
		at, part := seen[name]
		switch {
		case c.Field == user.NoField, c.Field == user.UID:
			continue
		case part:
			out[at].at = append(out[at].at, i)
			slices.SortFunc(out[at].at, func(a, b int) int { return int(s.Header.Columns[a].Part) - int(s.Header.Columns[b].Part) })
			continue
		case c.Field == user.CreatedAt, c.Field == user.LastActiveAt:
			bit = user.NoBit // no part of a mask
		case c.Path != nil:
			bit = c.Bit
		}
		seen[name] = len(out)
		out = append(out, keptColumn{name, bit, []int{i}})
	}
	return out
}

// filledIn says which of the columns a row had a value in.
func filledIn(m store.Masks, state user.Activity, bits []int) plan.Filled {
	f := plan.Filled{Active: state != user.Deactivated}
	if m.Said == user.Unprintable {
		f.Unknown = true
		return f
	}
	for i, bit := range bits[:min(64, len(bits))] {
		has := bit >= user.NoBit || (m.Said&^m.Cleared)&(1<<bit) != 0
		if bit == int(user.State) {
			has = state != user.Unsaid
		}
		if has {
			f.Columns |= 1 << i
		}
	}
	return f
}
