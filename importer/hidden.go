package importer

import (
	"slices"

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
	wanted, named := map[user.Source][]*record{}, map[user.Source]bool{}
	for i := range p.rows {
		if rec := &p.rows[i]; hidden(rec) {
			of := p.of.Place(p.names[rec.row].row)
			wanted[of], named[of] = append(wanted[of], rec), true
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	show := func(of user.Source, cells []string) {
		x := user.Reject{Source: of, Cells: cells}
		for _, rec := range wanted[of] {
			if p.names[rec.row].mark != x.Mark() {
				continue // another row
			}
			for i, from := range at {
				if from >= 0 && i < len(cells) && rec.cell(from) == user.Hidden {
					rec.cells[from] = cells[i]
				}
			}
		}
	}
	return r.eachNamed(named, func(of user.Source, place int64, x *user.Reject, _ int) error {
		if x != nil {
			show(of, x.Cells)
			return nil
		}
		cells, err := r.record(r.sourceAt(place), place)
		show(of, cells)
		return err
	})
}
