package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/plan"
)

// leaver is what the app has of an active user whom the plan would deactivate,
// as far as it says who leaves together.
type leaver struct {
	uid, role, metadata string
	tags                []string
}

// membership is a value that groups people.
type membership struct {
	kind  int    // the bit of a user.Layout, oneTag or aDomain
	field string // role, tags, metadata.KEY, or mail domain
	value string
	hash  uint64 // of the value, as a user.Print has it
}

// String is the group for people.
func (m membership) String() string {
	if m.field == mailDomain {
		return fmt.Sprintf("mail domain %q", m.value)
	}
	return fmt.Sprintf("%s %q", m.field, m.value)
}

const mailDomain = "mail domain"

// shared is a value that several people have, of whom the question is.
type shared struct {
	membership
	n      int
	others int // who have it and keep access
	enough int // more others than these settle the question
}

// lostGroups is the values that so many leavers have, the largest first.
func lostGroups(lost [][]membership, limit int) []*shared {
	type key struct {
		kind  int
		value string
	}
	groups := map[key]*shared{}
	for i := range lost {
		for _, m := range lost[i] {
			k := key{m.kind, m.value}
			if groups[k] == nil {
				groups[k] = &shared{membership: m}
			}
			groups[k].n++
		}
	}
	var out []*shared
	for _, g := range groups {
		if g.n >= limit {
			g.enough = g.n * (100 - lostShare) / lostShare
			out = append(out, g)
		}
	}
	slices.SortFunc(out, func(a, b *shared) int {
		return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.String(), b.String()))
	})
	return out
}

// stretch is people who lose access side by side, in the order in which the
// last good run read a source.
type stretch struct {
	source      *plan.PastSource
	first, last int // positions
	lost        int
}

// longest finds the longest stretch of lost users in a source, and the one at
// its end. Who was not active then is passed over.
func longest(s *plan.PastSource, lost map[uint64]bool) (block, tail stretch) {
	run := stretch{source: s}
	for i, uid := range s.UIDs {
		switch {
		case lost[uid]:
			if run.lost == 0 {
				run.first = i
			}
			run.last = i
			run.lost++
			if run.lost > block.lost {
				block = run
			}
		case s.Filled[s.Sets[i]].Active:
			run.lost = 0
		}
	}
	return block, run
}
