package diff

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// custody knows whom rejects may stand for: the remote user with a reject's
// very uid, and those whom its claims mean. Ten thousand rejects are asked
// about a million users, so that every question is a few look-ups. It does not
// change once it is asked.
type custody struct {
	rejects user.Rejects

	uids    map[string]hold // SameUID, SameSlug and SameCell
	numbers map[string]hold // SameNumber, by digits without zeros in front

	rounded map[string]hold // RoundedAlike, by what the number was rounded to
	shown   []int           // how many digits these have

	keys  []keyHolds      // SameKey, of the policy's second keys
	names map[string]hold // SameName, as foldName has them
}

// hold is what a reject lays on a user.
type hold struct {
	because user.MatchReason
	order   int32 // of the reject; there may be a million, so that it is all
}

// source is the row that holds.
func (c *custody) source(h hold) user.Source { return c.rejects.Source(int(h.order)) }

// surer says whether a hold is to be named before another one: the surest
// likeness, then the first reject.
func (h hold) surer(than hold) bool {
	if h.because != than.because {
		return h.because < than.because
	}
	return h.order < than.order
}

type keyHolds struct {
	path   []string
	values map[string]hold
}

// newCustody takes rejects in, in the order in which they are to be named.
// Claims of keys that are none of match hold nobody.
func newCustody(rejects user.Rejects, match [][]string) *custody {
	c := &custody{
		rejects: rejects,
		uids:    map[string]hold{}, numbers: map[string]hold{}, rounded: map[string]hold{}, names: map[string]hold{},
	}
	keys := map[string]map[string]hold{}
	for i, r := range rejects.All() {
		lay(c.uids, r.UID, hold{user.SameUID, int32(i)})
		for _, claim := range r.Claims {
			h := hold{claim.Because, int32(i)}
			switch claim.Because {
			case user.SameUID, user.SameSlug, user.SameVendor, user.SameCell:
				lay(c.uids, claim.Value, h)
			case user.SameNumber:
				lay(c.numbers, claim.Value, h)
			case user.RoundedAlike:
				values, shown := user.Kept(claim.Value)
				for _, v := range values {
					lay(c.rounded, v, h)
				}
				if !slices.Contains(c.shown, shown) {
					c.shown = append(c.shown, shown)
				}
			case user.SameKey:
				if keys[claim.Key] == nil {
					keys[claim.Key] = map[string]hold{}
				}
				lay(keys[claim.Key], claim.Value, h)
			case user.SameName:
				lay(c.names, foldName(claim.Value, r.UID), h)
			}
		}
	}
	for _, path := range match {
		if values := keys[strings.Join(path, ".")]; len(values) > 0 {
			c.keys = append(c.keys, keyHolds{path, values})
		}
	}
	return c
}

// lay puts a hold on a value, unless a surer one is there. No value is nobody's.
func lay(on map[string]hold, value string, h hold) {
	if value == "" {
		return
	}
	switch was, ok := on[value]; {
	case !ok:
		on[strings.Clone(value)] = h // the reject's other texts are in the same memory
	case h.surer(was):
		on[value] = h
	}
}

// of is the surest hold on a user, by uid and name. key gives a user's folded
// value under a second key; it is asked only where some reject has a value of
// that key.
func (c *custody) of(uid, name string, key func(path []string) string) (best hold, held bool) {
	take := func(h hold, ok bool) {
		if ok && (!held || h.surer(best)) {
			best, held = h, true
		}
	}
	find := func(in map[string]hold, value string) {
		h, ok := in[value]
		take(h, ok)
	}
	find(c.uids, uid)
	if held && best.because == user.SameUID {
		return best, true
	}
	if h, ok := c.uids[user.Hashed(uid)]; ok && h.because == user.SameUID && user.MadeOf(uid, user.Hashed(uid)) {
		take(hold{user.SameVendor, h.order}, true)
	}
	for _, k := range c.keys {
		if value := key(k.path); value != "" {
			find(k.values, value)
		}
	}
	if len(c.names) > 0 && (!held || best.because > user.SameName) {
		find(c.names, foldName(name, uid))
	}
	if len(c.numbers)+len(c.rounded) == 0 {
		return best, held
	}
	digits := user.SameDigits(uid)
	if digits == "" {
		return best, held
	}
	find(c.numbers, digits)
	for _, n := range c.shown {
		for _, value := range user.Roundings(digits, n) {
			find(c.rounded, value)
		}
	}
	return best, held
}

// spelled is the hold on a user whose very uid appears in a reject, as its uid or
// in a cell of a row that may have shifted.
func (c *custody) spelled(uid string) (hold, bool) {
	h, ok := c.uids[uid]
	return h, ok && (h.because == user.SameUID || h.because == user.SameCell)
}
