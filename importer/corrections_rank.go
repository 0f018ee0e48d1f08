package importer

import (
	"cmp"
	"slices"

	"cometsync/importer/store"
	"cometsync/internal/user"
)

// A mended row that counts is the row that it mends: it has that row's place
// among those with its uid, for which it matters which of them is the first;
// and if it may not be used all the same, it holds whom that row held.

// ranked is a mended row that counts, among others with its uid.
type ranked struct {
	rank    int64 // where the row that it mends begins in the spool
	strange bool  // its uid is none that the row had, or may mean; or it mends nothing
	claims  []user.Claim
}

// rank gives a correction the place of the row that it supersedes, of which there
// are several if its file is given twice.
func (o *overlay) rank(c *correction, uid string, old *user.Reject, rows []original) {
	r := o.r
	first, last := rows[0].place, rows[0].place
	for _, row := range rows {
		first, last = min(first, row.place), max(last, row.place)
	}
	s := ranked{rank: first, strange: !means(old, uid), claims: claimsOf(old)}
	if r.duplicates == LastWins {
		s.rank = last
	}
	if before, ok := r.ranks[s.rank]; ok { // the row that it mends has mended another
		s.rank = before.rank
		s.claims = append(s.claims, before.claims...)
	}
	r.ranks[c.entry.Place] = s
}

// claimsOf is whom a reject may stand for, whom its uid names included.
func claimsOf(x *user.Reject) []user.Claim {
	claims := slices.Clone(x.Claims)
	if x.UID != "" {
		claims = append(claims, user.Claim{Because: user.SameUID, Value: x.UID})
	}
	return claims
}

// means says whether a uid is a reject's, or one that its uid's cell may mean.
func means(x *user.Reject, uid string) bool {
	return uid == x.UID || slices.ContainsFunc(x.Claims, func(c user.Claim) bool {
		switch c.Because {
		case user.SameUID, user.SameSlug, user.SameVendor:
			return c.Value == uid
		case user.SameNumber:
			return c.Value == user.SameDigits(uid)
		case user.RoundedAlike:
			return user.RoundsTo(c.Value, uid)
		}
		return false
	})
}

// inPlace puts rows that share a uid into the order of their places, a mended
// row in that of the row that it mends.
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

// strange says whether one of rows that share a uid is a mended one of which
// nothing shows that it is of the same person: it was given the uid when it was
// mended, or what it mends is there no more. It would give way to somebody
// else's row, or an old one would stand before a new one.
func (r *Roster) strange(rows []store.Entry) bool {
	return len(r.ranks) > 0 && slices.ContainsFunc(rows, func(e store.Entry) bool { return r.ranks[e.Place].strange })
}
