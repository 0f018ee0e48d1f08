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
	on      map[claim]hold
	keys    map[string][]string // the policy's second keys of which some reject has a value, by name
	shown   []int               // how many digits the rounded numbers have
	names   bool                // there are claims of names
	numbers bool
}

// claim is what a reject claims: values of one sort are all of a kind.
type claim struct {
	sort  user.MatchReason // SameUID for uids, slugs and cells as well
	key   string           // of SameKey
	value string
}

// hold is what a reject lays on a user.
type hold struct {
	because user.MatchReason
	order   int32 // of the reject; there may be a million, so that it is all
}

// source is the row that holds.
func (c *custody) source(h hold) user.Source { return c.rejects.At(int(h.order)).Source }

// surer reports whether a hold is to be named before another one: the surest
// likeness, then the first reject.
func (h hold) surer(than hold) bool {
	if h.because != than.because {
		return h.because < than.because
	}
	return h.order < than.order
}

// newCustody takes rejects in, in the order in which they are to be named.
// Claims of keys that are none of match hold nobody.
func newCustody(rejects user.Rejects, match [][]string) *custody {
	c := &custody{rejects: rejects, on: map[claim]hold{}, keys: map[string][]string{}}
	keys := map[string]bool{}
	for i, r := range rejects.All() {
		c.lay(claim{user.SameUID, "", r.UID}, hold{user.SameUID, int32(i)})
		for _, of := range r.Claims {
			h, on := hold{of.Because, int32(i)}, claim{of.Because, of.Key, of.Value}
			switch of.Because {
			case user.SameUID, user.SameSlug, user.SameVendor, user.SameCell:
				on.sort = user.SameUID
			case user.SameNumber:
				c.numbers = true
			case user.SameKey:
				keys[of.Key] = keys[of.Key] || of.Value != ""
			case user.SameName:
				on.value, c.names = foldName(of.Value, r.UID), true
			case user.RoundedAlike:
				values, shown := user.Kept(of.Value)
				for _, v := range values {
					c.lay(claim{user.RoundedAlike, "", v}, h)
				}
				if c.numbers = true; !slices.Contains(c.shown, shown) {
					c.shown = append(c.shown, shown)
				}
				continue
			}
			c.lay(on, h)
		}
	}
	for _, path := range match {
		if name := strings.Join(path, "."); keys[name] {
			c.keys[name] = path
		}
	}
	return c
}

// lay puts a hold on what is claimed, unless a surer one is there. No value is nobody's.
func (c *custody) lay(on claim, h hold) {
	if on.value == "" {
		return
	}
	switch was, ok := c.on[on]; {
	case !ok:
		on.value = strings.Clone(on.value) // the reject's other texts are in the same memory
		c.on[on] = h
	case h.surer(was):
		c.on[on] = h
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
	find := func(sort user.MatchReason, key, value string) {
		h, ok := c.on[claim{sort, key, value}]
		take(h, ok)
	}
	find(user.SameUID, "", uid)
	if held && best.because == user.SameUID {
		return best, true
	}
	if h, ok := c.on[claim{user.SameUID, "", user.Hashed(uid)}]; ok && h.because == user.SameUID && user.MadeOf(uid, user.Hashed(uid)) {
		take(hold{user.SameVendor, h.order}, true)
	}
	for name, path := range c.keys {
		if value := key(path); value != "" {
			find(user.SameKey, name, value)
		}
	}
	if c.names && (!held || best.because > user.SameName) {
		find(user.SameName, "", foldName(name, uid))
	}
	if !c.numbers {
		return best, held
	}
	digits := user.SameDigits(uid)
	find(user.SameNumber, "", digits)
	for _, n := range c.shown {
		for _, value := range user.Roundings(digits, n) {
			find(user.RoundedAlike, "", value)
		}
	}
	return best, held
}

// spelled is the hold on a user whose very uid appears in a reject, as its uid or
// in a cell of a row that may have shifted.
func (c *custody) spelled(uid string) (hold, bool) {
	h, ok := c.on[claim{user.SameUID, "", uid}]
	return h, ok && (h.because == user.SameUID || h.because == user.SameCell)
}
