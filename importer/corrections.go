package importer

import (
	"fmt"
	"slices"

	"cometsync/importer/store"
	"cometsync/internal/user"
)

// The corrections of a run are an overlay of its other rows: each names a row,
// and what becomes of the two is decided once all rows are known, row by row and
// without touching the index, which is then told of all of it in one pass. They
// can't be asked for while the rows are read: a file of corrections may come
// behind the source that it corrects, through a pipe, or name rows of another.
//
// A correction counts in place of its row, or it is one more duplicate, and its
// row a reject as before or with what is wrong now; or it corrects nothing, and
// is a row of its own. Whoever was held by a row is held by what has its place.

// correction is a row of mended rejects, as it was read.
type correction struct {
	source *source
	entry  store.Entry
	reject int         // which of Roster.rejects it is; -1: it can be used
	of     user.Source // the row that it names
	rowNamed
	drops func(cells []string) bool // it takes a row out, which has these cells; nil: it does not
}

// rowNamed is what a correction says of the row that it names.
type rowNamed struct {
	row       int
	mark      string // "": its message has none
	confirmed bool   // it is right as it is
}

func (c *correction) here() user.Source { return c.source.Place(int(c.entry.Row)) }

// original is a row that corrections name. There may be as many as there are
// rejects, so that what was in them is read again.
type original struct {
	place int64 // where the row begins in the spool
	entry int64 // as what the index has it; -1: it does not
	at    int   // which of Roster.rejects it is; -1: it can be used
	first int64 // where the reject is in the book that it was before any correction; -1: it could be used
}

// overlay is the corrections and the rows that they name.
type overlay struct {
	r         *Roster
	originals map[user.Source][]original // one, or more if a file is given twice
	fates     map[int64]fate             // of entries of the index
}

// fate is what the index is to know of an entry.
type fate uint8

const (
	unaffected fate = iota
	nowRejected
	nowNone // its row counts no more
)

// correct decides what becomes of all corrections and of the rows that they name.
func (r *Roster) correct() error {
	if len(r.corrections) == 0 {
		return nil
	}
	r.superseded, r.ranks = map[user.Source]user.Source{}, map[int64]ranked{}
	o := &overlay{r: r, originals: map[user.Source][]original{}, fates: map[int64]fate{}}
	if err := o.find(); err != nil {
		return err
	}
	told := correctionTallies{}
	for i := range r.corrections {
		told.of(r.where(r.corrections[i].source))
	}
	for i := range r.corrections {
		c := &r.corrections[i]
		if c.drops != nil {
			continue
		}
		what, err := o.decide(c)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("row %d", c.entry.Row)
		if what == correctsNothing {
			r.ranks[c.entry.Place] = ranked{rank: c.entry.Place, strange: true}
			if c.of.Row > 0 {
				name += fmt.Sprintf(" (%s)", c.of)
			}
		}
		told.of(r.where(c.source)).add(what, name)
	}
	for i := range r.corrections { // what is taken out may have been corrected
		if c := &r.corrections[i]; c.drops != nil {
			n, err := o.drop(c)
			switch {
			case err != nil:
				return err
			case n == 0:
				told.of(r.where(c.source)).add(dropsNothing, fmt.Sprintf("row %d", c.entry.Row))
			default:
				told.of(r.where(c.source)).add(dropsRow, c.of.String())
			}
		}
	}
	o.apply()
	r.rejects = slices.DeleteFunc(r.rejects, func(p placed) bool { return p.gone })
	for _, t := range told {
		r.noticeDropped(t)
	}
	for _, t := range told {
		r.noticeCorrected(t)
	}
	return nil
}

// find finds the rows that are named.
func (o *overlay) find() error {
	named := map[user.Source]bool{}
	for i := range o.r.corrections {
		if of := o.r.corrections[i].of; of.Row > 0 {
			named[of] = true
		}
	}
	return o.r.eachNamed(named, func(of user.Source, place int64, x *user.Reject, at int) error {
		row := original{place: place, entry: place, at: at, first: -1}
		if x != nil {
			if row.first = o.r.rejects[at].at; x.UID == "" {
				row.entry = -1
			}
		}
		o.originals[of] = append(o.originals[of], row)
		return nil
	})
}

// original is what a row was before any correction, as a reject: one without
// defects if it could be used.
func (o *overlay) original(row *original, of user.Source) (user.Reject, error) {
	if row.first >= 0 {
		return o.r.book.Get(row.first)
	}
	used, err := o.r.load(row.place, of.Row)
	x := used.Reject(user.Defect{})
	x.Defects = nil
	return x, err
}

// now is what it is by now.
func (o *overlay) now(row *original, of user.Source) (user.Reject, error) {
	if row.at >= 0 {
		return o.r.rejectAt(row.at)
	}
	return o.original(row, of)
}

// eachNamed goes through the rows that are named: those that are rejects, and
// then those that can be used by themselves, which have no reject. at is which of
// the rejects it is.
func (r *Roster) eachNamed(named map[user.Source]bool, visit func(of user.Source, place int64, x *user.Reject, at int) error) error {
	rows := map[uint32]bool{}
	for of := range named {
		rows[uint32(of.Row)] = true
	}
	err := r.eachReject(func(i int, x *user.Reject) error {
		if !named[x.Source] {
			return nil
		}
		return visit(x.Source, r.rejects[i].place, x, i)
	})
	one := make([]store.Entry, 1)
	for i := 0; i < r.index.Count && err == nil; i++ {
		one[0] = *r.index.At(i)
		members := one
		if g := r.groups[i]; g != nil {
			members = g.rows
		}
		for _, e := range members {
			if e.Flags&store.Rejected != 0 || !rows[e.Row] || err != nil {
				continue
			}
			if of := r.sourceAt(e.Place).Place(int(e.Row)); named[of] {
				err = visit(of, e.Place, nil, -1)
			}
		}
	}
	return err
}

// decide says what becomes of a correction and of the row that it names.
func (o *overlay) decide(c *correction) (disposition, error) {
	r := o.r
	if _, done := r.superseded[c.of]; done || c.of.Row == 0 {
		return correctsNothing, nil
	}
	uid, cells := "", []string(nil)
	var claims []user.Claim
	var err error
	if c.reject >= 0 {
		var x user.Reject
		x, err = r.rejectAt(c.reject)
		uid, cells, claims = x.UID, x.Cells, x.Claims
	} else if uid, err = r.uidAt(c.entry.Place); err == nil {
		cells, err = r.record(c.source, c.entry.Place)
	}
	if err != nil {
		return correctsNothing, err
	}
	rows := o.originals[c.of]
	if len(rows) == 0 {
		return correctsNothing, o.alone(c, uid, cells)
	}
	old, err := o.original(&rows[0], c.of)
	if err != nil {
		return correctsNothing, err
	}
	usable := rows[0].at < 0
	if !usable && !c.confirmed && untouched(&old, c.source, cells) {
		// It may read well now: what was broken in its file is text here. That
		// is nobody's decision.
		if uid != "" {
			claims = append(claims, user.Claim{Because: user.SameUID, Value: uid})
		}
		o.discard(c, nowNone)
		return unchanged, o.claim(rows, claims)
	}
	same := c.mark == old.Mark()
	switch {
	case c.mark == "" && usable:
		same = uid == old.UID
	case c.mark == "":
		same = r.isRow(&old, c.source, uid, cells)
	case !same && !usable: // the source was exported again
		same = uid != "" && uid == old.UID
		// For a row that can be used, not even the uid tells: what the source says
		// of that user now is not older than the correction.
	}
	x, respelled, err := o.faulty(c, &old, cells)
	switch {
	case err != nil:
		return correctsNothing, err
	case !same && !respelled:
		return correctsNothing, o.alone(c, uid, cells)
	case x == nil:
		r.superseded[c.of] = c.here()
		o.rank(c, uid, &old, rows)
		for i := range rows {
			o.remove(&rows[i])
		}
		return supersedes, nil
	}
	becomes := nowNone
	if rows[0].entry < 0 && !respelled && uid != "" {
		// The reject is found by the uid that it has now.
		rows[0].entry, becomes = c.entry.Place, nowRejected
	}
	o.discard(c, becomes)
	for i := range rows {
		if err := o.reject(&rows[i], c, *x, cells); err != nil {
			return correctsNothing, err
		}
	}
	return stillBroken, nil
}

// remove has a row count no more.
func (o *overlay) remove(row *original) {
	if row.at >= 0 {
		o.r.rejects[row.at].gone = true
	} else {
		o.r.intake.Users--
	}
	o.r.intake.Duplicates++
	o.fates[row.entry] = nowNone
}

// discard has a correction count for nothing by itself: the row that it names is a
// reject, and may have its entry.
func (o *overlay) discard(c *correction, becomes fate) {
	o.r.superseded[c.here()] = c.of
	o.remove(&original{entry: c.entry.Place, at: c.reject})
	o.fates[c.entry.Place] = becomes
}

// claim has rejects claim more than they did.
func (o *overlay) claim(rows []original, claims []user.Claim) error {
	for i := range rows {
		row := &rows[i]
		x, err := o.r.rejectAt(row.at)
		if err != nil {
			return err
		}
		x.Claim(claims...)
		first := row.first == o.r.rejects[row.at].at
		if err := o.r.change(row.at, &x); err != nil {
			return err
		}
		if first {
			row.first = o.r.rejects[row.at].at
		}
	}
	return nil
}

// reject has a row be the reject of a correction that can't be used either: whom
// it held before, it holds.
func (o *overlay) reject(row *original, c *correction, x user.Reject, cells []string) error {
	first, err := o.original(row, c.of)
	if err != nil {
		return err
	}
	before, err := o.now(row, c.of)
	if err != nil {
		return err
	}
	x.Source, x.Was = c.of, first.Mark()
	x.Header, x.Cells = c.source.Header.Names, cells
	x.Defects, x.Claims = slices.Clone(x.Defects), slices.Clone(x.Claims)
	for i := range x.Defects {
		x.Defects[i].Message += fmt.Sprintf(" (as %s has it)", c.here())
	}
	if x.UID == "" {
		x.UID = before.UID
	}
	if before.UID != "" {
		x.Claim(user.Claim{Because: user.SameUID, Value: before.UID})
	}
	x.Claim(before.Claims...)
	if row.at >= 0 {
		return o.r.change(row.at, &x)
	}
	return o.refuse(row, &x)
}

// refuse makes a reject of a row that could be used.
func (o *overlay) refuse(row *original, x *user.Reject) error {
	row.at = len(o.r.rejects)
	o.r.intake.Users--
	o.fates[row.entry] = nowRejected
	return o.r.refused(row.place, x)
}

// apply has the index and the rows that share a uid show what was decided.
func (o *overlay) apply() {
	r := o.r
	for i := range r.index.Count {
		head := r.index.At(i)
		g := r.groups[i]
		if g == nil {
			if o.fates[head.Place] != unaffected {
				head.Flags |= store.Rejected
			}
			continue
		}
		g.rows = slices.DeleteFunc(g.rows, func(e store.Entry) bool { return o.fates[e.Place] == nowNone })
		for j := range g.rows {
			if o.fates[g.rows[j].Place] == nowRejected {
				g.rows[j].Flags |= store.Rejected
			}
		}
		if len(g.rows) == 0 {
			head.Flags |= store.Rejected
		} else {
			sharesHash := head.Flags & store.Shared
			*head = g.rows[0]
			head.Flags |= sharesHash
		}
		if len(g.rows) < 2 {
			delete(r.groups, i)
		}
	}
}

// A correction whose code is drop is nobody's: it says that the row which it names
// is to be none of the run. Both count among the duplicates, as every row does
// that gives way, and hold nobody any more: their person is on the roster only if
// another row has them. So it has to be the very row: by its mark, or where the
// mark is gone by all of its cells.

// dropWord under _code takes a row out of the run.
const dropWord = "drop"

// drop takes out the row that is named: several, if its file is given twice.
func (o *overlay) drop(c *correction) (n int, err error) {
	r := o.r
	if _, done := r.superseded[c.of]; done || c.of.Row == 0 {
		return 0, nil
	}
	is := func(x *user.Reject) bool {
		if c.mark != "" {
			return c.mark == x.Mark()
		}
		return c.drops(x.Cells)
	}
	rows := o.originals[c.of]
	for i := range rows {
		first, err := o.original(&rows[i], c.of)
		if err != nil {
			return n, err
		}
		x, err := o.now(&rows[i], c.of)
		if err != nil {
			return n, err
		}
		if is(&x) || is(&first) {
			o.remove(&rows[i])
			n++
		}
	}
	if n > 0 {
		r.superseded[c.of] = c.here()
	}
	return n, nil
}
