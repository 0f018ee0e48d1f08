package importer

import (
	"slices"

	"cometsync/importer/store"
	"cometsync/internal/user"
)

// A report's workbook does not show what is for the user and administrators
// alone: user.Hidden stands in such a cell. Where the row comes back, the cell
// is what the row has that it mends, if that is still the same.

// unhide gives the rows of a part the texts that were not shown; at says in
// which of the grid's columns the source's stand.
func (r *Roster) unhide(p *gridPart, at []int) error {
	hidden := func(rec *record) bool {
		return slices.ContainsFunc(at, func(from int) bool { return from >= 0 && rec.cell(from) == user.Hidden })
	}
	wanted := map[user.Source][]*record{}
	for i := range p.rows {
		if rec := &p.rows[i]; hidden(rec) {
			of := p.of.place(p.targets[rec.row].row)
			wanted[of] = append(wanted[of], rec)
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	show := func(of user.Source, cells []string) {
		x := user.Reject{Source: of, Cells: cells}
		for _, rec := range wanted[of] {
			if p.targets[rec.row].mark != x.Mark() {
				continue // another row
			}
			for i, from := range at {
				if from >= 0 && i < len(cells) && rec.cell(from) == user.Hidden {
					rec.cells[from] = cells[i]
				}
			}
		}
	}
	err := r.eachReject(func(_ int, x *user.Reject) error {
		if wanted[x.Source] != nil {
			show(x.Source, x.Cells)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.eachUsable(func(e store.Entry) error {
		s := r.sourceAt(e.Place)
		of := s.place(int(e.Row))
		if wanted[of] == nil {
			return nil
		}
		cells, err := r.record(s, e.Place)
		show(of, cells)
		return err
	})
}

// eachUsable goes through the rows that can be used by themselves.
func (r *Roster) eachUsable(visit func(e store.Entry) error) error {
	one := make([]store.Entry, 1)
	for i := range r.index.Count {
		one[0] = *r.index.At(i)
		rows := one
		if g := r.groups[i]; g != nil {
			rows = g.rows
		}
		for _, e := range rows {
			if e.Flags&store.Rejected != 0 {
				continue
			}
			if err := visit(e); err != nil {
				return err
			}
		}
	}
	return nil
}
