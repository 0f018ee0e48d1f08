package importer

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A row of mended rejects whose code is drop is nobody's: it says that the row
// which it names is to be none of the run. Both count among the duplicates, as
// every row does that gives way, and hold nobody any more: their person is on
// the roster only if another row has them. So it has to be the very row: by its
// mark, or where the mark is gone by all of its cells.

// dropWord under _code takes a row out of the run.
const dropWord = "drop"

// dropped is what such a row says.
type dropped struct {
	here  user.Source // where it says so
	where string      // its file
	of    user.Source
	mark  string
	same  func(cells []string) bool // whether a row has its cells
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
		target := p.targets[rec.row]
		d := dropped{here: s.place(rec.row), where: r.where(t.source), mark: target.mark}
		if p.of != nil {
			d.of = p.of.place(target.row)
		}
		d.same = func(cells []string) bool {
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
		r.drops = append(r.drops, d)
	}
}

// is says whether a row is the one that is to be taken out.
func (d *dropped) is(x *user.Reject) bool {
	if d.mark != "" {
		return d.mark == x.Mark()
	}
	return d.same(x.Cells)
}

// drop takes the rows out, once all rows are mended.
func (w *mending) drop() error {
	r := w.r
	type tally struct{ out, nothing []string }
	tallies := map[string]*tally{}
	var order []string
	for i := range r.drops {
		d := &r.drops[i]
		t := tallies[d.where]
		if t == nil {
			t = &tally{}
			tallies[d.where] = t
			order = append(order, d.where)
		}
		n, err := w.dropRow(d)
		switch {
		case err != nil:
			return err
		case n == 0:
			t.nothing = append(t.nothing, fmt.Sprintf("row %d", d.here.Row))
		default:
			t.out = append(t.out, d.of.String())
		}
	}
	for _, where := range order {
		t := tallies[where]
		if n := len(t.out); n > 0 {
			r.notice("dropped", n, "%s: %s taken out of the run by drop under _code (%s), and %s among the duplicates; whoever is on no other row is absent",
				where, phrase.Plural(n, "row is", "rows are"), firstOf(t.out), phrase.Form(n, "counts", "count"))
		}
		if n := len(t.nothing); n > 0 {
			r.notice("dropped-nothing", n, "%s: %s no row out with drop under _code, since the row that is named is another now or none: %s",
				where, phrase.Plural(n, "row takes", "rows take"), firstOf(t.nothing))
		}
	}
	return nil
}

// firstOf lists as many as a notice names.
func firstOf(names []string) string {
	if n := len(names) - mostAsides; n > 0 {
		names = append(slices.Clone(names[:mostAsides]), fmt.Sprintf("%d more", n))
	}
	return strings.Join(names, ", ")
}

// dropRow takes out the row that is named: several, if its file is given twice.
func (w *mending) dropRow(d *dropped) (n int, err error) {
	r := w.r
	if _, done := r.gaveWay[d.of]; done || d.of.Row == 0 {
		return 0, nil
	}
	for _, i := range w.rejects[d.of] {
		o, err := w.original(i)
		if err != nil {
			return n, err
		}
		x, err := r.rejectAt(i)
		if err != nil {
			return n, err
		}
		if r.rejects[i].gone || !d.is(&x) && !d.is(&o.reject) {
			continue
		}
		r.rejects[i].gone = true
		r.leave(o.uid, o.place)
		r.intake.Duplicates++
		n++
	}
	if len(w.rejects[d.of]) == 0 {
		for _, place := range w.used[d.of] {
			row, err := r.load(place, d.of.Row)
			if err != nil {
				return n, err
			}
			if x := row.Reject(user.Defect{}); !d.is(&x) {
				continue
			}
			r.leave(row.User.UID, place)
			r.intake.Users--
			r.intake.Duplicates++
			n++
		}
	}
	if n > 0 {
		r.gaveWay[d.of] = d.here
	}
	return n, nil
}
