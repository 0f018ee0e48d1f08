package importer

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/store"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// fixing is what became of a mended row.
type fixing uint8

const (
	mendsNothing fixing = iota
	mends
	stillBroken
	asItWas
	fixingCount
)

// mending has mended rows stand for the rows that they mend.
type mending struct {
	r       *Roster
	rejects map[user.Source][]int   // those that stand at a place: one, or more if a file is given twice
	used    map[user.Source][]int64 // rows that can be used, by where they begin in the spool; only those at places that are named
	first   map[int]original        // of rejects that a mended row has changed
}

// original is a row of a source as it was before anybody mended it.
type original struct {
	reject user.Reject
	uid    string // under which the index has the reject now; "": under none
	place  int64  // and as what
}

// mend has mended rows stand for the rows that they mend.
func (r *Roster) mend() error {
	if len(r.mended)+len(r.drops) == 0 {
		return nil
	}
	r.gaveWay, r.stands = map[user.Source]user.Source{}, map[int64]stand{}
	w, err := r.mending()
	if err != nil {
		return err
	}
	tallies := map[string]*mendTally{}
	var order []*mendTally
	for i := range r.mended {
		m := &r.mended[i]
		what, err := w.row(m)
		if err != nil {
			return err
		}
		where := r.where(m.source)
		t := tallies[where]
		if t == nil {
			t = &mendTally{where: where}
			tallies[where] = t
			order = append(order, t)
		}
		t.n[what]++
		if what == mendsNothing {
			r.stands[m.entry.Place] = stand{rank: m.entry.Place, strange: true}
		}
		if what == mendsNothing && len(t.names) < mostAsides {
			name := fmt.Sprintf("row %d", m.entry.Row)
			if m.of.Row > 0 {
				name = fmt.Sprintf("row %d (%s)", m.entry.Row, m.of)
			}
			t.names = append(t.names, name)
		}
	}
	if err := w.drop(); err != nil {
		return err
	}
	r.rejects = slices.DeleteFunc(r.rejects, func(p placed) bool { return p.gone })
	for _, t := range order {
		r.noticeMended(t)
	}
	return nil
}

// mending finds the rows that are named.
func (r *Roster) mending() (*mending, error) {
	w := &mending{r: r, rejects: map[user.Source][]int{}, used: map[user.Source][]int64{}, first: map[int]original{}}
	places, rows := map[user.Source]bool{}, map[uint32]bool{}
	name := func(of user.Source) {
		if of.Row > 0 {
			places[of], rows[uint32(of.Row)] = true, true
		}
	}
	for i := range r.mended {
		name(r.mended[i].of)
	}
	for i := range r.drops {
		name(r.drops[i].of)
	}
	err := r.eachReject(func(i int, x *user.Reject) error {
		if at := x.Source; places[at] {
			w.rejects[at] = append(w.rejects[at], i)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	err = r.eachUsable(func(e store.Entry) error {
		if !rows[e.Row] {
			return nil
		}
		if at := r.sourceAt(e.Place).place(int(e.Row)); places[at] {
			w.used[at] = append(w.used[at], e.Place)
		}
		return nil
	})
	return w, err
}

// row has one mended row stand for the row that it mends, if it does.
func (w *mending) row(m *mendedRow) (fixing, error) {
	r := w.r
	if _, done := r.gaveWay[m.of]; done || m.of.Row == 0 {
		return mendsNothing, nil
	}
	uid, cells := "", []string(nil)
	var err error
	if m.reject >= 0 {
		var x user.Reject
		x, err = r.rejectAt(m.reject)
		uid, cells = x.UID, x.Cells
	} else if uid, err = r.uidAt(m.entry.Place); err == nil {
		cells, err = r.record(m.source, m.entry.Place)
	}
	if err != nil {
		return mendsNothing, err
	}
	what := mendsNothing
	if at := w.rejects[m.of]; len(at) > 0 {
		what, err = w.reject(m, uid, cells, at)
	} else if at := w.used[m.of]; len(at) > 0 {
		what, err = w.usable(m, uid, cells, at)
	}
	if err == nil && what == mendsNothing {
		err = w.alone(m, uid, cells)
	}
	return what, err
}

// reject has a mended row stand for a row that was a reject by itself.
func (w *mending) reject(m *mendedRow, uid string, cells []string, at []int) (fixing, error) {
	r := w.r
	first, err := w.original(at[0])
	if err != nil {
		return mendsNothing, err
	}
	old := first.reject
	if !m.stands && untouched(&old, m.source, cells) {
		// It may read well now: what was broken in its file is text here. That
		// is nobody's decision.
		claims, err := w.claims(m, uid)
		if err != nil {
			return mendsNothing, err
		}
		for _, i := range at {
			x, err := r.rejectAt(i)
			if err != nil {
				return mendsNothing, err
			}
			x.Claim(claims...)
			if err := r.change(i, &x); err != nil {
				return mendsNothing, err
			}
		}
		w.discard(m, uid)
		return asItWas, nil
	}
	same := false
	switch m.mark {
	case "":
		same = r.isRow(&old, m.source, uid, cells)
	case old.Mark():
		same = true
	default: // the source was exported again
		same = uid != "" && uid == old.UID
	}
	x, respelled, err := w.faulty(m, &old, cells)
	switch {
	case err != nil || !same && !respelled:
		return mendsNothing, err
	case x == nil:
		r.gaveWay[m.of] = m.here()
		var places []int64
		for _, i := range at {
			o, err := w.original(i)
			if err != nil {
				return mendsNothing, err
			}
			places = append(places, r.rejects[i].place)
			r.rejects[i].gone = true
			r.leave(o.uid, o.place)
			r.intake.Duplicates++
		}
		w.stand(m, uid, &old, places)
		return mends, nil
	}
	indexed := false
	for n, i := range at {
		o, err := w.original(i)
		if err != nil {
			return mendsNothing, err
		}
		before, err := r.rejectAt(i)
		if err != nil {
			return mendsNothing, err
		}
		if n == 0 && o.uid == "" && !respelled {
			// The reject is found by the uid that it has now.
			o.uid, o.place, indexed = uid, m.entry.Place, true
		}
		w.first[i] = o
		broken := w.broken(m, *x, cells, &before, o.reject.Mark())
		if err := r.change(i, &broken); err != nil {
			return mendsNothing, err
		}
	}
	if indexed {
		uid = ""
	}
	w.discard(m, uid)
	return stillBroken, nil
}

// usable has a mended row stand for a row that could be used, and was a reject
// beside others or against the app.
func (w *mending) usable(m *mendedRow, uid string, cells []string, at []int64) (fixing, error) {
	r := w.r
	row, err := r.load(at[0], m.of.Row)
	if err != nil {
		return mendsNothing, err
	}
	old := row.Reject(user.Defect{})
	old.Defects = nil
	same := false
	switch m.mark {
	case "":
		same = uid == old.UID
	case old.Mark():
		same = true
	}
	x, respelled, err := w.faulty(m, &old, cells)
	if err != nil || !same && !respelled {
		// With a mark of another row, not even by the uid: what the source says
		// of that user now is not older than what was mended.
		return mendsNothing, err
	}
	r.intake.Users -= len(at)
	if x == nil {
		r.gaveWay[m.of] = m.here()
		for _, place := range at {
			r.leave(old.UID, place)
			r.intake.Duplicates++
		}
		w.stand(m, uid, &old, at)
		return mends, nil
	}
	for _, place := range at {
		r.refuse(old.UID, place)
		i := len(r.rejects)
		broken := w.broken(m, *x, cells, &old, old.Mark())
		if err := r.refused(place, &broken); err != nil {
			return mendsNothing, err
		}
		w.rejects[m.of] = append(w.rejects[m.of], i)
		w.first[i] = original{old, old.UID, place}
	}
	w.discard(m, uid)
	return stillBroken, nil
}

// original is what the i-th reject was before anybody mended it.
func (w *mending) original(i int) (original, error) {
	if o, ok := w.first[i]; ok {
		return o, nil
	}
	x, err := w.r.rejectAt(i)
	return original{x, x.UID, w.r.rejects[i].place}, err
}

// broken is the reject of a row of which the mended one can't be used either:
// whom it held before, it holds.
func (w *mending) broken(m *mendedRow, x user.Reject, cells []string, before *user.Reject, mark string) user.Reject {
	x.Source, x.Was = m.of, mark
	x.Header, x.Cells = m.source.header.names, cells
	x.Defects, x.Claims = slices.Clone(x.Defects), slices.Clone(x.Claims)
	for i := range x.Defects {
		x.Defects[i].Message += fmt.Sprintf(" (as %s has it)", m.here())
	}
	if x.UID == "" {
		x.UID = before.UID
	}
	if before.UID != "" {
		x.Claim(user.Claim{Because: user.SameUID, Value: before.UID})
	}
	x.Claim(before.Claims...)
	return x
}

// claims is whom a mended row may mean, whatever becomes of it.
func (w *mending) claims(m *mendedRow, uid string) ([]user.Claim, error) {
	var claims []user.Claim
	if uid != "" {
		claims = append(claims, user.Claim{Because: user.SameUID, Value: uid})
	}
	if m.reject >= 0 {
		x, err := w.r.rejectAt(m.reject)
		if err != nil {
			return nil, err
		}
		claims = append(claims, x.Claims...)
	}
	return claims, nil
}

// discard has a mended row count for nothing by itself: the row that it stands
// for is a reject.
func (w *mending) discard(m *mendedRow, uid string) {
	w.r.gaveWay[m.here()] = m.of
	w.r.intake.Duplicates++
	if m.reject >= 0 {
		w.r.rejects[m.reject].gone = true
	} else {
		w.r.intake.Users--
	}
	w.r.leave(uid, m.entry.Place)
}

// leave takes a row out of those that share its uid; one that is alone is
// nobody's from then on.
func (r *Roster) leave(uid string, place int64) {
	i, member := r.among(uid, place)
	switch {
	case i < 0:
		return
	case member < 0:
		r.index.At(i).Flags |= store.Rejected
		return
	}
	g := r.groups[i]
	g.rows = slices.Delete(g.rows, member, member+1)
	head := r.index.At(i)
	sharesHash := head.Flags & store.Shared
	*head = g.rows[0]
	head.Flags |= sharesHash
	if len(g.rows) == 1 {
		delete(r.groups, i)
	}
}

// refuse has a row be a reject among those that share its uid.
func (r *Roster) refuse(uid string, place int64) {
	i, member := r.among(uid, place)
	if i < 0 {
		return
	}
	if member >= 0 {
		r.groups[i].rows[member].Flags |= store.Rejected
	}
	if head := r.index.At(i); head.Place == place {
		head.Flags |= store.Rejected
	}
}

// among finds a row by its uid and where it begins in the spool: its entry,
// and which of the entry's rows it is, or -1 if it is alone.
func (r *Roster) among(uid string, place int64) (i, member int) {
	if uid == "" {
		return -1, -1
	}
	p := r.index.Probe(r.hash(uid))
	for {
		i, ok := r.index.Next(&p)
		if !ok {
			return -1, -1
		}
		if g := r.groups[i]; g == nil {
			if r.index.At(i).Place == place {
				return i, -1
			}
		} else if member := slices.IndexFunc(g.rows, func(e store.Entry) bool { return e.Place == place }); member >= 0 {
			return i, member
		}
	}
}

// mendTally counts the rows of one file of mended rejects.
type mendTally struct {
	where string
	n     [fixingCount]int
	names []string // of rows that mend nothing
}

func (r *Roster) noticeMended(t *mendTally) {
	if n := t.n[mends]; n > 0 {
		r.notice("mended", n, "%s of %s", phrase.Plural(n, "row", "rows"), t.where+phrase.Form(n, " replaces the row that it mends", " replace the rows that they mend"))
	}
	var still []string
	if n := t.n[stillBroken]; n > 0 {
		still = append(still, phrase.Plural(n, "row")+" still can't be used, and the "+phrase.Form(n, "row that it stands for stays a reject", "rows that they stand for stay rejects"))
	}
	if n := t.n[asItWas]; n > 0 {
		still = append(still, phrase.Plural(n, "row")+phrase.Form(n, " is as it was, and stays a reject", " are as they were, and stay rejects")+": correct what is wrong, clear its cell under _code to take a row as it stands, or write drop there to take it out of the run")
	}
	if n := t.n[stillBroken] + t.n[asItWas]; n > 0 {
		r.notice("mended-broken", n, "%s: %s", t.where, strings.Join(still, "; "))
	}
	if n := t.n[mendsNothing]; n > 0 {
		if n > len(t.names) {
			t.names = append(t.names, fmt.Sprintf("%d more", n-len(t.names)))
		}
		r.notice("mended-nothing", n, "%s of %s: %s; if the sources were exported again, take the rows out, or mend the new rejects", phrase.Plural(n, "row", "rows"),
			t.where+phrase.Form(n, " mends nothing, since the row that it names is another now or none, and counts as a row of its own", " mend nothing, since the rows that they name are others now or none, and count as rows of their own"), phrase.And(t.names))
	}
}
