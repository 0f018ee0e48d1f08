package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/corrections"
	"cometsync/importer/store"
	"cometsync/internal/user"
)

// Rejects that somebody has corrected come back as a source of their own, whose
// columns _file and _row say which rows of the other sources they are. Each is
// read as that source's rows are, under its settings, and is then that row: the
// one at its place counts no more. They are read last: a file of them may come
// before the source that it corrects, or through a pipe.
//
// A place is only a number. Sources are exported again, and then the number is
// somebody else's, whom replacing the row would leave without one: a reject
// holds its user, and a user is what keeps from being deactivated. So a row is
// replaced only by one that shows that it is the same: by the mark that the
// report has put after its message (see user.Reject.Mark), whatever else was
// changed in it, or, where the mark is gone, by what it says (see Pair.Same). Any
// other stays what it is, and the corrected row is a row of its own.
//
// Of a row that is corrected and still can't be used, there is one reject, at its
// own place: with what is wrong now, and with everybody whom it held before. A
// row that nobody has touched stays the reject that it was, even if it could
// be used as it is now: what was cut off in its source is a whole row here.
// Who finds it right as it is says so by clearing what was wrong with it,
// its cell under _code.
//
// A row whose code is drop is nobody's: it says that the row which it names is to
// be none of the run. Both count among the duplicates, as every row does that gives
// way, and hold nobody any more: their person is on the roster only if another row
// has them. So it has to be the very row: by its mark, or where the mark is gone by
// all of its cells.
//
// A row that was corrected may be a reject once more, against the app or beside
// others, and be corrected in one more file: that one names the first.

// correction is a row of corrected rejects, which enters the roster once it is decided
// what becomes of it.
type correction struct {
	source *source
	entry  store.Entry
	reject *user.Reject // nil: it can be used
	of     user.Source  // the row that it names; Row 0: none
	corrections.Named

	uid   string   // of the row itself
	cells []string // nil: not all of them are there
	index int      // of one that counts as a row of its own: which of the index's entries has it
}

func (c *correction) here() user.Source { return c.source.Place(int(c.entry.Row)) }

type superseding struct {
	by    user.Source
	drops bool // it takes the other one out
}

// original is a row that corrections name. There may be as many as there are
// rejects, so that what was in them is read again.
type original struct {
	place int64 // where the row begins in the spool
	index int   // which of the index's entries has it; -1: none
	at    int   // which of Roster.rejects it is; -1: it can be used
	first int64 // where the reject is in the book that it was before any correction; -1: it could be used
}

// overlay is the corrections and the rows that they name.
type overlay struct {
	r         *Roster
	originals map[user.Source][]original // one, or more if a file is given twice
	drops     []*correction              // those that take a row out
	lone      []*correction              // those that count as rows of their own
	files     []string                   // of corrections
	told      map[string]*corrections.Tally
}

func (o *overlay) tell(s *source, what corrections.Disposition, name string) {
	where := s.Name()
	if o.told[where] == nil {
		o.told[where] = &corrections.Tally{}
		o.files = append(o.files, where)
	}
	o.told[where].Add(what, name)
}

// find finds the rows of some places: those that are rejects, and then those that
// can be used by themselves, which have no reject.
func (o *overlay) find(named map[user.Source]bool) error {
	if len(named) == 0 {
		return nil
	}
	r := o.r
	err := r.eachReject(func(i int, x *user.Reject) error {
		if named[x.Source] {
			row := original{place: r.rejects[i].place, index: -1, at: i, first: r.rejects[i].at}
			if x.UID != "" {
				row.index = r.indexOf(x.UID, row.place)
			}
			o.originals[x.Source] = append(o.originals[x.Source], row)
		}
		return nil
	})
	rows := map[uint32]bool{}
	for of := range named {
		rows[uint32(of.Row)] = true
	}
	one := make([]store.Entry, 1)
	for i := range r.index.Count {
		one[0] = *r.index.At(i)
		members := one
		if g := r.groups[i]; g != nil {
			members = g
		}
		for _, e := range members {
			if e.Flags&store.Rejected != 0 || !rows[e.Row] {
				continue
			}
			if of := r.placeOf(e); named[of] {
				o.originals[of] = append(o.originals[of], original{place: e.Place, index: i, at: -1, first: -1})
			}
		}
	}
	return err
}

// was is what a row was before any correction, as a reject: one without
// defects if it could be used.
func (o *overlay) was(row *original, of user.Source) (user.Reject, error) {
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
	return o.was(row, of)
}

// decide decides what becomes of a correction and of the row that it names.
func (o *overlay) decide(c *correction) error {
	r := o.r
	if c.reject != nil {
		c.uid, c.cells = c.reject.UID, c.reject.Cells
	} else {
		cells, err := r.record(c.source, c.entry.Place, nil)
		if err != nil {
			return err
		}
		c.uid, c.cells = r.uidOf(c.source, cells), cells
	}
	name := fmt.Sprintf("row %d", c.entry.Row)
	what, err := o.replace(c)
	if err == nil && what == corrections.CorrectsNothing {
		if c.of.Row > 0 {
			name += fmt.Sprintf(" (%s)", c.of)
		}
		r.ranks[c.entry.Place] = ranked{rank: c.entry.Place, strange: true}
		c.index, err = r.admit(c.entry, c.reject)
		o.lone = append(o.lone, c)
	}
	o.tell(c.source, what, name)
	return err
}

// replace has a correction have the place of the row that it names, if that is the
// same one.
func (o *overlay) replace(c *correction) (corrections.Disposition, error) {
	r, rows := o.r, o.originals[c.of]
	if _, done := r.superseded[c.of]; done || len(rows) == 0 {
		return corrections.CorrectsNothing, nil
	}
	old, err := o.was(&rows[0], c.of)
	if err != nil {
		return 0, err
	}
	p := corrections.Pair{Old: &old, Of: &c.source.corrects.Table, Match: r.opt.Match, Table: &c.source.Table, Absent: c.source.absent,
		UID: c.uid, Cells: c.cells, Taken: c.Taken}
	usable := rows[0].at < 0
	if !usable && !c.Confirmed && p.Untouched() {
		// It may read well now: what was broken in its file is text here. That
		// is nobody's decision.
		var claims []user.Claim
		if c.reject != nil {
			claims = claimsOf(c.reject)
		} else if c.uid != "" {
			claims = []user.Claim{{Because: user.SameUID, Value: c.uid}}
		}
		o.discard(c)
		return corrections.Unchanged, o.claim(rows, claims)
	}
	same := c.Mark == old.Mark()
	switch {
	case c.Mark == "" && usable:
		same = c.uid == old.UID
	case c.Mark == "":
		same = p.Same()
	case !same && !usable: // the source was exported again
		same = c.uid != "" && c.uid == old.UID
		// For a row that can be used, not even the uid tells: what the source says
		// of that user now is not older than the correction.
	}
	x, respelled, err := o.faulty(c, &p)
	switch {
	case err != nil:
		return 0, err
	case !same && !respelled:
		return corrections.CorrectsNothing, nil
	case x == nil:
		if err := o.rank(c, &p, rows); err != nil {
			return 0, err
		}
		r.superseded[c.of] = superseding{by: c.here()}
		for i := range rows {
			o.remove(&rows[i])
		}
		_, err := r.admit(c.entry, c.reject)
		return corrections.Supersedes, err
	}
	o.discard(c)
	if rows[0].index < 0 && !respelled && c.uid != "" {
		// The reject is found by the uid that it has now.
		c.entry.Flags = store.Rejected
		if rows[0].index, err = r.enter(c.entry); err != nil {
			return 0, err
		}
	}
	for i := range rows {
		if err := o.reject(&rows[i], c, *x); err != nil {
			return 0, err
		}
	}
	return corrections.StillBroken, nil
}

// faulty is what is wrong with a correction, by itself or beside the row that it
// names; nil if it can be used. Who finds a uid right that a spreadsheet may have
// changed clears the row's code.
func (o *overlay) faulty(c *correction, p *corrections.Pair) (x *user.Reject, respelled bool, err error) {
	was, respelled := p.Respelled()
	if c.reject != nil || c.Confirmed || !respelled {
		return c.reject, false, nil
	}
	how := "put it back"
	if p.Old.UID == "" {
		how = "write the right uid"
	}
	reject, err := o.respelled(c, "the row had "+fmt.Sprintf("%.100q", was), how)
	// Nobody has said that this is the uid: that of the row is none because of it.
	reject.Disown()
	return &reject, true, err
}

// respelled is the reject of a correction whose uid a spreadsheet may have made of
// another one.
func (o *overlay) respelled(c *correction, had, how string) (user.Reject, error) {
	row, err := o.r.load(c.entry.Place, int(c.entry.Row))
	value, _ := c.source.UIDCell(c.cells)
	return row.Reject(user.Defect{
		Column: c.source.Header.Title(c.source.Header.UID), Code: user.UIDRespelled, Value: value,
		Message: had + ", and a spreadsheet makes this of it; " + how + " as text, which the sheet Mend of report.xlsx keeps as it is, " +
			"or, if this is right, clear the row's cell under _code",
	}), err
}

func (o *overlay) remove(row *original) {
	if row.at >= 0 {
		o.r.rejects[row.at].gone = true
	} else {
		o.r.intake.Users--
	}
	o.r.intake.Duplicates++
	o.r.takeOut(row.index, row.place)
}

// discard has a correction count for nothing by itself: the row that it names is a
// reject.
func (o *overlay) discard(c *correction) {
	o.r.superseded[c.here()] = superseding{by: c.of}
	o.r.intake.Duplicates++
}

// claim has rejects claim more than they did.
func (o *overlay) claim(rows []original, claims []user.Claim) error {
	for i := range rows {
		x, err := o.r.rejectAt(rows[i].at)
		if err != nil {
			return err
		}
		x.Claim(claims...)
		if err := o.r.change(rows[i].at, &x); err != nil {
			return err
		}
	}
	return nil
}

// reject has a row be the reject of a correction that can't be used either: whom
// it held before, it holds.
func (o *overlay) reject(row *original, c *correction, x user.Reject) error {
	first, err := o.was(row, c.of)
	if err != nil {
		return err
	}
	before, err := o.now(row, c.of)
	if err != nil {
		return err
	}
	x.Source, x.Was = c.of, first.Mark()
	x.Header, x.Cells = c.source.Header.Names, c.cells
	x.Defects, x.Claims = slices.Clone(x.Defects), slices.Clone(x.Claims)
	for i := range x.Defects {
		x.Defects[i].Message += fmt.Sprintf(" (as %s has it)", c.here())
	}
	x.UID = cmp.Or(x.UID, before.UID)
	x.Claim(claimsOf(&before)...)
	if row.at >= 0 {
		return o.r.change(row.at, &x)
	}
	return o.refuse(row, &x)
}

// refuse makes a reject of a row that could be used.
func (o *overlay) refuse(row *original, x *user.Reject) error {
	row.at = len(o.r.rejects)
	o.r.intake.Users--
	o.r.spoil(row.index, row.place)
	return o.r.refused(row.place, x)
}

// finish decides what can be decided once all corrections are read, and tells of them.
func (o *overlay) finish() error {
	r := o.r
	for _, c := range o.lone {
		if err := o.padded(c); err != nil {
			return err
		}
	}
	for _, c := range o.drops { // what is taken out may have been corrected
		n, err := o.drop(c)
		switch {
		case err != nil:
			return err
		case n == 0:
			o.tell(c.source, corrections.DropsNothing, fmt.Sprintf("row %d", c.entry.Row))
		default:
			o.tell(c.source, corrections.DropsRow, c.of.String())
		}
	}
	r.rejects = slices.DeleteFunc(r.rejects, func(p placed) bool { return p.gone })
	for _, where := range o.files {
		r.intake.Notices = append(r.intake.Notices, o.told[where].Notices(where)...)
	}
	return nil
}

// padded has a correction that corrects nothing be a reject if the roster, or a
// reject, has its uid with zeros in front, which it may have lost since.
func (o *overlay) padded(c *correction) error {
	const mostZeros = 20
	r := o.r
	if _, gone := r.superseded[c.here()]; gone || c.reject != nil || c.Confirmed || user.SameDigits(c.uid) != c.uid {
		return nil
	}
	for n := 1; n <= mostZeros; n++ {
		longer := strings.Repeat("0", n) + c.uid
		p := r.index.Probe(r.hash(longer))
		if _, ok := r.index.Next(&p); !ok {
			continue
		}
		x, err := o.respelled(c, fmt.Sprintf("the sources have %q", longer), "put it back")
		if err != nil {
			return err
		}
		x.Claim(user.Claim{Because: user.SameUID, Value: longer})
		self := &original{place: c.entry.Place, index: c.index, at: -1, first: -1}
		if named := o.originals[c.here()]; len(named) > 0 {
			self = &named[0] // by another correction
		}
		if self.at >= 0 {
			return nil
		}
		return o.refuse(self, &x)
	}
	return nil
}
