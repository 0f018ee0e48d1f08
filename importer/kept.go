package importer

import (
	"fmt"
	"slices"
	"sort"

	"github.com/cespare/xxhash/v2"

	"cometsync/importer/store"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// So that a later run can say of a field whether it is the source that has
// changed, a byte is kept of each cell of the managed columns, as it stands in
// the file: 0 of an empty one, else a hash. One change in 255 goes unseen by it,
// which mislabels a cause and decides nothing. What the settings make of cells
// is the same for all rows, and kept once for each column.

// cellBlock is the hashes of the cells of a batch, row by row from one on.
type cellBlock struct {
	from   uint32
	hashes []byte
}

// hashCells has the hashes of the source's cells be taken.
func (s *source) hashCells() {
	s.hashed = [][]int{}
	for _, c := range s.kept() {
		s.hashed = append(s.hashed, s.Header.MadeOf(c.at))
	}
}

// hashCells takes the hashes of a row.
func (w *worker) hashCells(line int) {
	b, cells, n := w.batch, w.Scan.Cells, len(w.source.hashed)
	b.cells = append(b.cells, make([]byte, (line+1)*n-len(b.cells))...)
	row := b.cells[line*n:]
	for i, columns := range w.source.hashed {
		var sum uint64
		for _, c := range columns {
			sum *= 31
			if c < len(cells) && !user.Empty(cells[c]) {
				sum += xxhash.Sum64String(cells[c])
			}
		}
		if sum != 0 {
			row[i] = max(byte(sum>>24), 1)
		}
	}
}

// cellReader puts the hashes of rows to what is kept of their sources.
type cellReader struct {
	r     *Roster
	kept  []plan.PastSource
	block int // where the last row was found
}

// add puts the hashes of an entry of a source behind those that are there. An
// entry of several rows has those of all, in the columns that its source has.
func (c *cellReader) add(at int, e *store.Entry) {
	s := &c.kept[at]
	start := len(s.Cells)
	if len(c.r.merged) == 0 || c.r.merged[e.Place] == nil {
		s.Cells = append(s.Cells, c.of(c.r.sources[at], e.Row)...)
		return
	}
	s.Cells = append(s.Cells, make([]byte, len(s.Columns))...)
	for _, e := range c.r.merged[e.Place] {
		from := c.r.sourceIndex(e.Place)
		for i, hash := range c.of(c.r.sources[from], e.Row) {
			if to := slices.Index(s.Columns, c.kept[from].Columns[i]); to >= 0 {
				s.Cells[start+to] += hash
			}
		}
	}
}

// of is the hashes of a row of a source.
func (c *cellReader) of(s *source, row uint32) []byte {
	n := len(s.hashed)
	if n == 0 {
		return nil
	}
	in := func(block int) bool {
		return block < len(s.cells) && row >= s.cells[block].from && int(row-s.cells[block].from)*n < len(s.cells[block].hashes)
	}
	if !in(c.block) {
		c.block = sort.Search(len(s.cells), func(i int) bool { return s.cells[i].from > row }) - 1
	}
	b := &s.cells[c.block]
	return b.hashes[int(row-b.from)*n:][:n]
}

// readings is how a source's cells are told from its bytes, and what becomes of them.
func (r *Roster) readings(s *source, out *plan.PastSource) {
	for _, name := range s.Header.Names {
		if name != "" {
			out.Header = append(out.Header, name)
		}
	}
	set := &s.Settings
	out.Text = digest(set.Encoding, set.Delimiter, set.HeaderRow, set.Columns, set.Sheets, r.duplicates)
	for _, c := range s.kept() {
		reading := plan.Reading{Blank: digest(r.rules.EmptyClears)}
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
	out.Cells = make([]byte, 0, s.File.Rows*len(out.Columns))
}

// means is a digest of what decides what becomes of a column's cells that are
// not empty.
func (s *source) means(column int) uint64 {
	what := []any{s.Settings.FixMojibake}
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
