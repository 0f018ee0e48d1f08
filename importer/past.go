package importer

import (
	"slices"

	"cometsync/importer/columns"
	"cometsync/importer/store"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Sources is what is kept of the roster if its run is a good one: for each source
// its columns, and its users in their order. A user that several sources have is
// the first one's.
func (r *Roster) Sources() []plan.PastSource {
	r.past.Do(func() { r.pastSources = r.makeSources() })
	return r.pastSources
}

func (r *Roster) makeSources() []plan.PastSource {
	out := make([]plan.PastSource, len(r.sources))
	bits := make([][]int, len(r.sources)) // by source: the bit of each column in a mask
	sets := make([]map[plan.Filled]uint16, len(r.sources))
	for i, s := range r.sources {
		out[i] = plan.PastSource{Path: s.File.Path, Sheet: s.File.Sheet, SHA256: s.File.SHA256, Modified: s.Modified}
		for _, c := range s.kept() {
			out[i].Columns, bits[i] = append(out[i].Columns, c.name), append(bits[i], c.bit)
		}
		out[i].UIDs, out[i].Sets = make([]uint64, 0, s.File.Rows), make([]uint16, 0, s.File.Rows)
		sets[i] = map[plan.Filled]uint16{}
		if r.cells {
			r.readings(s, &out[i])
		}
	}
	cells := cellReader{r: r, kept: out}
	at := 0
	for ref := range r.index.Count {
		e := r.index.At(ref)
		if e.Flags&(store.Rejected|store.Nobody) != 0 {
			continue
		}
		if at == len(r.sources)-1 || e.Place < r.sources[at].base || e.Place >= r.sources[at+1].base {
			at = r.sourceIndex(e.Place)
		}
		f := filledIn(r.index.Masks[e.Mask], e.State, bits[at])
		set, ok := sets[at][f]
		if !ok && len(out[at].Filled) < 1<<16 {
			set = uint16(len(out[at].Filled))
			sets[at][f] = set
			out[at].Filled = append(out[at].Filled, f)
		}
		out[at].UIDs = append(out[at].UIDs, e.Hash)
		out[at].Sets = append(out[at].Sets, set)
		if r.cells {
			cells.add(at, e)
		}
	}
	return out
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
		name := columns.FieldName(columns.Target{Field: c.Field, Path: c.Path})
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
