package importer

import (
	"fmt"
	"slices"

	"cometsync/internal/user"
)

// fixing is what became of a mended row.
type fixing uint8

const (
	mendsNothing fixing = iota
	mends
	stillBroken
)

// mend has mended rows stand for the rows that they mend.
func (r *Roster) mend() error {
	if len(r.mended) == 0 {
		return nil
	}
	r.gaveWay = map[user.Source]user.Source{}
	rejects := map[user.Source]int{}
	for i := range r.rejects {
		rejects[r.rejects[i].reject.Source] = i
	}
	tallies := map[string]*mendTally{}
	var order []*mendTally
	for i := range r.mended {
		m := &r.mended[i]
		what, err := r.mendRow(m, rejects)
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
		if what == mendsNothing && len(t.names) < mostAsides {
			name := fmt.Sprintf("row %d", m.entry.row)
			if m.of.Row > 0 {
				name = fmt.Sprintf("row %d (%s)", m.entry.row, m.of)
			}
			t.names = append(t.names, name)
		}
	}
	r.rejects = slices.DeleteFunc(r.rejects, func(p placed) bool { return p.gone })
	for _, t := range order {
		r.noticeMended(t)
	}
	return nil
}

// mendTally counts the rows of one file of mended rejects.
type mendTally struct {
	where string
	n     [stillBroken + 1]int
	names []string // of rows that mend nothing
}

func (r *Roster) noticeMended(t *mendTally) {
	if n := t.n[mends]; n > 0 {
		r.notice("mended", n, "%s of %s", plural(n, "row", "rows"), t.where+plural2(n, " replaces the row that it mends", " replace the rows that they mend"))
	}
	if n := t.n[stillBroken]; n > 0 {
		r.notice("mended-broken", n, "%s of %s", plural(n, "row", "rows"), t.where+plural2(n, " still can't be used: the row that it stands for stays a reject", " still can't be used: the rows that they stand for stay rejects"))
	}
	if n := t.n[mendsNothing]; n > 0 {
		if n > len(t.names) {
			t.names = append(t.names, fmt.Sprintf("%d more", n-len(t.names)))
		}
		r.notice("mended-nothing", n, "%s of %s: %s; if the sources were exported again, take the rows out, or mend the new rejects", plural(n, "row", "rows"),
			t.where+plural2(n, " mends nothing, since the row that it names is another now or none, and counts as a row of its own", " mend nothing, since the rows that they name are others now or none, and count as rows of their own"), sentenceList(t.names))
	}
}

// plural2 is the form of a number.
func plural2(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// mendRow has one mended row stand for the row that it mends, if it does.
func (r *Roster) mendRow(m *mendedRow, rejects map[user.Source]int) (fixing, error) {
	here := m.source.place(int(m.entry.row))
	if _, done := r.gaveWay[m.of]; done || m.of.Row == 0 {
		return mendsNothing, nil
	}
	uid, cells := "", []string(nil)
	var err error
	if m.reject >= 0 {
		x := &r.rejects[m.reject].reject
		uid, cells = x.UID, x.Cells
	} else if uid, err = r.uidAt(m.entry.place); err == nil {
		cells, err = r.record(m.source, m.entry.place)
	}
	if err != nil {
		return mendsNothing, err
	}
	at, isReject := rejects[m.of]
	if isReject && untouched(&r.rejects[at].reject, m.source, cells) {
		// It may read well now: what was broken in its file is text here. That
		// is nobody's decision.
		r.gaveWay[here] = m.of
		r.intake.Duplicates++
		if m.reject >= 0 {
			r.rejects[m.reject].gone = true
		} else {
			r.intake.Users--
		}
		r.leave(uid, m.entry.place)
		return stillBroken, nil
	}
	if isReject && !r.isRow(&r.rejects[at].reject, m.source, uid, cells) {
		return mendsNothing, nil
	}
	group, member := -1, -1
	if !isReject {
		// A row that could be used, and was a reject against the app: it is
		// the row if it has the uid.
		if group, member = r.among(uid, m.of, m.source.mends); member < 0 {
			return mendsNothing, nil
		}
	}
	r.intake.Duplicates++
	if m.reject < 0 {
		r.gaveWay[m.of] = here
		if isReject {
			r.rejects[at].gone = true
			r.leave(r.rejects[at].reject.UID, r.rejects[at].place)
		} else {
			r.intake.Users--
			r.leave(uid, r.groups[group].rows[member].place)
		}
		return mends, nil
	}
	r.gaveWay[here] = m.of
	reject := r.rejects[m.reject].reject
	reject.Source = m.of
	reject.Header, reject.Cells = m.source.header.names, cells
	for i := range reject.Defects {
		reject.Defects[i].Message += fmt.Sprintf(" (as %s has it)", here)
	}
	r.rejects[m.reject].gone = true
	if isReject {
		old := &r.rejects[at].reject
		if reject.UID == "" {
			reject.UID = old.UID
		}
		if old.UID != "" {
			reject.Claim(user.Claim{Because: user.SameUID, Value: old.UID})
			r.leave(uid, m.entry.place)
		}
		reject.Claim(old.Claims...)
		r.rejects[at].reject = reject
		return stillBroken, nil
	}
	r.intake.Users--
	row := &r.groups[group].rows[member]
	row.flags |= rejected
	r.rejects = append(r.rejects, placed{place: row.place, reject: reject})
	r.leave(uid, m.entry.place)
	return stillBroken, nil
}

// among finds the row at a place among those with a uid: the group's entry,
// and which of its rows it is.
func (r *Roster) among(uid string, at user.Source, s *source) (group, member int) {
	if uid == "" {
		return -1, -1
	}
	p := r.index.probe(r.hash(uid))
	for {
		i, ok := r.index.next(&p)
		if !ok {
			return -1, -1
		}
		if g := r.groups[i]; g != nil {
			for j, e := range g.rows {
				if e.flags&rejected == 0 && int(e.row) == at.Row && r.sourceAt(e.place) == s {
					return i, j
				}
			}
		}
	}
}

// leave takes a row out of those that share its uid; one that is alone is
// nobody's from then on.
func (r *Roster) leave(uid string, place int64) {
	if uid == "" {
		return
	}
	p := r.index.probe(r.hash(uid))
	for {
		i, ok := r.index.next(&p)
		if !ok {
			return
		}
		g := r.groups[i]
		if g == nil {
			if e := r.index.at(i); e.place == place {
				e.flags |= rejected
				return
			}
			continue
		}
		n := len(g.rows)
		g.rows = slices.DeleteFunc(g.rows, func(e entry) bool { return e.place == place })
		if len(g.rows) == n {
			continue
		}
		head := r.index.at(i)
		sharesHash := head.flags & shared
		*head = g.rows[0]
		head.flags |= sharesHash
		if len(g.rows) == 1 {
			delete(r.groups, i)
		}
		return
	}
}
