package diff

import (
	"cmp"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// matcher finds pairs of people of the two sides.
type matcher struct {
	policy   *Policy
	created  []plan.Operation
	written  bool                 // some of them have uids that were made of other texts
	count    func(map[string]int) // how many people have each of some names, on both sides
	made     [2]bool              // of kinds of SameVendor: that side has uids that the vendor's tool may have made
	meetings map[user.MatchReason][]meeting
}

// pair is two people who are probably one.
type pair struct {
	old, new   *person
	because    user.MatchReason
	confidence int // per cent
}

// candidate is a pair that a rule finds possible. Of those with one person the
// one of the best rank counts, if there is one.
type candidate struct {
	pair
	rank int
}

// pairs are the pairs by all rules, the surest rule first. Each person is in
// one at most, and who is a pair by one rule is not looked at by the next.
//
// Within a rule a pair is made of two who are each other's best, and only
// theirs: where two are as likely as each other, none of them is taken. What
// makes one better is what the names say, and with affixes how much of the
// uids is alike.
func (m *matcher) pairs() []pair {
	var out []pair
	for _, rule := range []func() []candidate{
		m.alike(user.SameKey, 98, 98), m.sameVendor, m.alike(user.SameNumber, 95, 85), m.alike(user.RoundedAlike, 80, 60),
		m.sameSlug, m.sameAffix, m.samePerson,
	} {
		for _, p := range best(rule()) {
			p.old.paired, p.new.paired = true, true
			out = append(out, p)
		}
	}
	return out
}

// best are the candidates that are their people's best, and nobody else is as
// good.
func best(candidates []candidate) []pair {
	type choice struct {
		rank  int
		whom  *person
		draws bool
	}
	choices := map[*person]*choice{}
	choose := func(who, whom *person, rank int) {
		c := choices[who]
		switch {
		case c == nil || rank > c.rank:
			choices[who] = &choice{rank: rank, whom: whom}
		case rank == c.rank && whom != c.whom:
			c.draws = true
		}
	}
	for _, c := range candidates {
		choose(c.old, c.new, c.rank)
		choose(c.new, c.old, c.rank)
	}
	var out []pair
	for _, c := range candidates {
		o, n := choices[c.old], choices[c.new]
		if o.whom == c.new && n.whom == c.old && !o.draws && !n.draws && c.rank == o.rank {
			out = append(out, c.pair)
			o.draws = true // once is enough
		}
	}
	return out
}

// oldTraits and newTraits are what a person of a side may have in common with
// one of the other.
func (m *matcher) oldTraits(p *person, yield func(trait)) {
	traits(p, yield)
	digits := user.SameDigits(p.uid)
	m.vendorTraits(p, oldMade, newMade, yield)
	if m.written {
		yield(trait{because: user.SameSlug, value: p.uid})
	}
	if m.written && digits != "" {
		yield(trait{because: user.SameSlug, kind: sameNumber, value: digits})
	}
	if len(digits) > user.KeptDigits {
		for _, value := range user.Roundings(digits, user.KeptDigits) {
			yield(trait{because: user.RoundedAlike, value: value})
		}
	}
}

func (m *matcher) newTraits(p *person, yield func(trait)) {
	traits(p, yield)
	m.vendorTraits(p, newMade, oldMade, yield)
	values, _ := user.Kept(user.Rounded(user.SameDigits(p.uid)))
	for _, value := range values {
		yield(trait{because: user.RoundedAlike, value: value})
	}
	if p.written != "" {
		meant(p.written, func(t trait, _ bool) { yield(t) })
	}
}

func traits(p *person, yield func(trait)) {
	for i, key := range p.keys {
		if key != "" {
			yield(trait{because: user.SameKey, kind: uint8(i), value: key})
		}
	}
	if digits := user.SameDigits(p.uid); digits != "" {
		yield(trait{because: user.SameNumber, value: digits})
	}
	var buf [mostSplits]split
	for _, s := range splits(buf[:0], p.uid) {
		yield(trait{because: user.SameAffix, kind: uint8(s.end), value: s.core})
	}
	if p.name != "" {
		yield(trait{because: user.SamePerson, value: p.name}) // where, is asked of those who share it
	}
}

// The kinds of a trait of SameVendor: whose uid the vendor's tool made.
const (
	oldMade = iota
	newMade
)

// vendorTraits are the clean texts by which a uid that the vendor's tool made and
// the one that it was made of are found; whether they fit, only the hash tells.
func (m *matcher) vendorTraits(p *person, made, of uint8, yield func(trait)) {
	if clean := user.Hashed(p.uid); clean != "" {
		yield(trait{because: user.SameVendor, kind: made, value: clean})
	}
	if !m.made[of] {
		return
	}
	yield(trait{because: user.SameVendor, kind: of, value: user.HashedClean(p.uid)})
	if p.spelled != "" {
		yield(trait{because: user.SameVendor, kind: of, value: user.HashedClean(p.spelled)})
	}
}

// sameVendor is for people who were migrated with the vendor's own tool on one
// side. The hash makes it sure; where an id was spelled in another way, it takes
// the same name.
func (m *matcher) sameVendor() (out []candidate) {
	m.common(user.SameVendor, func(t trait, o, n *person, _ bool) {
		fits := user.MadeOf(n.uid, o.uid)
		made, of := n.uid, o.uid
		if t.kind == oldMade {
			fits = user.MadeOf(o.uid, n.uid) || user.MadeOf(o.uid, n.spelled)
			made, of = o.uid, cmp.Or(n.spelled, n.uid)
		}
		names := agree(o.name, n.name)
		hash := len(made) - len(user.Hashed(made)) - 1
		switch {
		case fits && names == namesDiffer:
			out = append(out, candidate{pair{o, n, user.SameVendor, 85}, 4 + int(names)})
		case fits:
			out = append(out, candidate{pair{o, n, user.SameVendor, 95}, 4 + int(names)})
		case names == namesAgree && hash > 4 && user.Hashed(of) == "":
			out = append(out, candidate{pair{o, n, user.SameVendor, 80}, int(names)})
		}
	})
	return out
}

// alike is a rule that a trait is enough for: how sure it is, and how sure if the
// names differ.
func (m *matcher) alike(because user.MatchReason, confidence, differing int) func() []candidate {
	return func() (out []candidate) {
		m.common(because, func(_ trait, o, n *person, _ bool) {
			names, sure := agree(o.name, n.name), confidence
			if names == namesDiffer {
				sure = differing
			}
			out = append(out, candidate{pair{o, n, because, sure}, int(names)})
		})
		return out
	}
}

// sameAffix is for uids that differ in an affix alone. It takes more than the
// core: the same name, or a rewriting that explains most who have the new
// affix. Names that differ speak against it, whatever else does not.
func (m *matcher) sameAffix() []candidate {
	type found struct {
		candidate
		rewriting rewriting
	}
	longest := map[[2]*person]found{}
	counts := rewritings{}
	nameless := false
	m.common(user.SameAffix, func(t trait, o, n *person, alone bool) {
		at, core := end(t.kind), t.value
		w := rewriting{at, affixOf(o.uid, core, at), affixOf(n.uid, core, at)}
		names := agree(o.name, n.name)
		if names == namesDiffer {
			if alone {
				counts.of(w).contradicted++
			}
			return
		}
		nameless = nameless || names == namesUnknown
		c := candidate{pair{o, n, user.SameAffix, 0}, int(names)*256 + len(core)}
		if was, ok := longest[[2]*person{o, n}]; !ok || c.rank > was.rank || c.rank == was.rank && at < was.rewriting.end {
			longest[[2]*person{o, n}] = found{c, w}
		}
	})
	for _, f := range longest {
		counts.of(f.rewriting).explained++
	}
	if nameless {
		counts.count(m.created)
	}
	var out []candidate
	for _, f := range longest {
		switch {
		case agree(f.old.name, f.new.name) == namesAgree && counts.regular(f.rewriting):
			f.confidence = 90
		case agree(f.old.name, f.new.name) == namesAgree:
			f.confidence = 80
		case counts.speaks(f.rewriting):
			f.confidence = 70
		default:
			continue
		}
		out = append(out, f.candidate)
	}
	return out
}

// affixOf is what a uid has beside the core.
func affixOf(uid, core string, at end) string {
	if at == front {
		return strings.TrimSuffix(uid, core)
	}
	return strings.TrimPrefix(uid, core)
}

// samePerson is for people of one name in one place, if nothing else is known
// of them that differs, and nobody else has that name: neither in the roster
// nor in the app, present or not. It is the least sure, and so it is silent
// where names tell nobody apart: as many of those that both sides have are
// other people's as well, or of people in two places.
func (m *matcher) samePerson() (out []candidate) {
	type namesakes struct {
		pairs []candidate
		apart bool
	}
	by := map[string]*namesakes{}
	some := false
	var old, new []*person
	free := m.free(user.SamePerson)
	if !slices.ContainsFunc(free, func(of meeting) bool { return len(of.old) <= alone }) {
		return nil // everybody has a namesake, so that it need not be found out where they are
	}
	for _, of := range free {
		old, new = append(old, of.old...), append(new, of.new...)
	}
	placed := func(p *person, yield func(trait)) {
		p.place()
		for _, g := range p.groups {
			yield(trait{because: user.SamePerson, value: p.name, more: g})
		}
	}
	places := meet(side{len(old), func(i int) *person { return old[i] }, placed},
		side{len(new), func(i int) *person { return new[i] }, placed})
	for _, of := range append(free, places[user.SamePerson]...) {
		m.pairwise(of.old, of.new, func(o, n *person) {
			x := by[of.value]
			if x == nil {
				x = &namesakes{}
				by[of.value] = x
			}
			switch {
			case elsewhere(o.groups, n.groups):
				x.apart = true
			case of.more != "" && !contradict(o.keys, n.keys): // not the name alone
				confidence := 75
				if weak(kindOf(of.more)) {
					confidence = 60
				}
				x.pairs, some = append(x.pairs, candidate{pair{o, n, user.SamePerson, confidence}, confidence}), true
			}
		})
	}
	if !some {
		return nil
	}
	people := map[string]int{}
	for name := range by {
		people[name] = 0
	}
	m.count(people)
	others := 0
	for name, x := range by {
		switch {
		case people[name] > alone || x.apart:
			others++
		default:
			out = append(out, x.pairs...)
		}
	}
	if others >= few && others >= len(out) {
		return nil
	}
	return out
}

const (
	alone = 2 // people with one name may be one person, and nobody else
	few   = 5 // names show nothing of what names are worth
)
