package importer

import (
	"cometsync/importer/store"
	"cometsync/internal/user"
)

// unite puts the rows of entry i's uid together, whose order makes no
// difference; those that contradict each other are rejects.
func (r *Roster) unite(i int, rows []store.Entry, t *tally) error {
	all, field, err := r.united(rows)
	if err != nil {
		return err
	}
	if field != "" {
		return r.refuseAll(i, rows, t.rejects, shares("and the rows contradict each other in "+field+"; correct it, or keep one row"))
	}
	if what, _, message := all.User.Overfull(); what != "" {
		return r.refuseAll(i, rows, t.rejects, shares("and together the rows have too much under "+what+": "+message))
	}
	u := &all.User
	m := store.MasksOf(u)
	r.lead(i, rows[0])
	head := r.index.At(i)
	head.Mask, head.Print, head.State = r.index.Mask(m), r.print.OfRow(r.layout, u, m.Said), u.State
	for _, e := range rows {
		head.Flags |= e.Flags & store.Unended
	}
	r.merged[head.Place] = rows
	r.intake.Users -= len(rows) - 1
	r.intake.Duplicates += len(rows) - 1
	t.united.add(len(rows)-1, r.placeOf(rows[1]))
	return nil
}

// united is one row made of several of one uid; field names what they contradict
// each other in, and then it is of no use.
func (r *Roster) united(rows []store.Entry) (all user.Row, field string, err error) {
	if err = r.loadEntry(rows[0], &all); err != nil {
		return all, "", err
	}
	all.Parts = []user.Row{all}
	for _, e := range rows[1:] {
		var row user.Row
		if err := r.loadEntry(e, &row); err != nil {
			return all, "", err
		}
		if field := all.User.Unite(&row.User); field != "" {
			return all, field, nil
		}
		if what, _, _ := all.User.Overfull(); what != "" {
			return all, "", nil // there is no use in going on
		}
		all.Cut = all.Cut || row.Cut
		all.Parts = append(all.Parts, row)
	}
	return all, "", nil
}
