package importer

import (
	"cmp"
	"slices"

	"cometsync/importer/corrections"
	"cometsync/importer/store"
	"cometsync/internal/user"
)

// Most uids have one row. Those of several are a group: its rows in the order of the
// sources, the first of which the index has.

// group puts e to the rows of entry i, whose uid it has.
func (r *Roster) group(i int, e store.Entry) {
	head := r.index.At(i)
	switch {
	case head.Flags&store.Gone != 0:
		r.lead(i, e)
	case r.groups[i] == nil:
		r.groups[i] = []store.Entry{*head, e}
	default:
		r.groups[i] = append(r.groups[i], e)
	}
}

// lead has entry i be that of a row with its uid.
func (r *Roster) lead(i int, e store.Entry) {
	head := r.index.At(i)
	e.Flags |= head.Flags & store.Shared
	*head = e
}

// indexOf is which of the index's entries has a uid's row at a place; -1 is none.
func (r *Roster) indexOf(uid string, place int64) int {
	p := r.index.Probe(r.hash(uid))
	for {
		i, ok := r.index.Next(&p)
		if !ok {
			return -1
		}
		if r.index.At(i).Place == place || slices.ContainsFunc(r.groups[i], func(e store.Entry) bool { return e.Place == place }) {
			return i
		}
	}
}

// takeOut takes the row at a place out of entry i, if it has one.
func (r *Roster) takeOut(i int, place int64) {
	if i < 0 {
		return
	}
	rows := slices.DeleteFunc(r.groups[i], func(e store.Entry) bool { return e.Place == place })
	if len(rows) == 0 {
		r.index.At(i).Flags |= store.Rejected | store.Gone
		return
	}
	if r.groups[i] = rows; len(rows) == 1 {
		delete(r.groups, i)
	}
	r.lead(i, rows[0])
}

// spoil has the row at a place, of entry i, be rejected.
func (r *Roster) spoil(i int, place int64) {
	if head := r.index.At(i); head.Place == place {
		head.Flags |= store.Rejected
	}
	for j := range r.groups[i] {
		if e := &r.groups[i][j]; e.Place == place {
			e.Flags |= store.Rejected
		}
	}
}

// ranked is a correction that counts, among others with its uid. It has the place
// of the row that it names, for it matters which of them is the first; and if it may
// not be used all the same, it holds whom that row held.
type ranked struct {
	rank    int64 // where the row that it names begins in the spool
	strange bool  // its uid is none that the row had, or may mean; or it corrects nothing
	claims  []user.Claim
}

// rank gives a correction the place of the row that it supersedes, of which there
// are several if its file is given twice.
func (o *overlay) rank(c *correction, p *corrections.Pair, rows []original) error {
	r := o.r
	now, err := o.now(&rows[0], c.of)
	s := ranked{rank: rows[0].place, strange: !p.Means(), claims: claimsOf(&now)}
	for _, row := range rows {
		if (row.place < s.rank) != (r.opt.Duplicates == LastWins) {
			s.rank = row.place
		}
	}
	if before, ok := r.ranks[s.rank]; ok { // the row that it corrects has corrected another
		s.rank = before.rank
		s.claims = append(s.claims, before.claims...)
	}
	r.ranks[c.entry.Place] = s
	return err
}

// claimsOf is whom a reject may stand for, whom its uid names included.
func claimsOf(x *user.Reject) []user.Claim {
	claims := slices.Clone(x.Claims)
	if x.UID != "" {
		claims = append(claims, user.Claim{Because: user.SameUID, Value: x.UID})
	}
	return claims
}

// inPlace puts rows that share a uid into the order of their places, a correction
// at that of the row that it names.
func (r *Roster) inPlace(rows []store.Entry) {
	if len(r.ranks) == 0 {
		return
	}
	rank := func(e store.Entry) int64 {
		if s, ok := r.ranks[e.Place]; ok {
			return s.rank
		}
		return e.Place
	}
	slices.SortStableFunc(rows, func(a, b store.Entry) int { return cmp.Compare(rank(a), rank(b)) })
}

// strange reports whether one of rows that share a uid is a correction of which
// nothing shows that it is of the same person: it was given the uid when it was
// corrected, or what it names is there no more. It would give way to somebody
// else's row, or an old one would come before a new one.
func (r *Roster) strange(rows []store.Entry) bool {
	return len(r.ranks) > 0 && slices.ContainsFunc(rows, func(e store.Entry) bool { return r.ranks[e.Place].strange })
}
