package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// absentee is an active user without a row that counts, with its deactivation and what
// it can be known by for somebody else of the roster, once the whole of both sides
// has been seen.
type absentee struct {
	plan.Operation
	to     fate
	keys   []string // folded values of the policy's second keys; nil if there is none
	groups string   // as of groupsOf, with a zero byte between; "" if they are not asked for
}

// fate is what becomes of an absent user.
type fate uint8

const (
	lost fate = iota // deactivated
	leaving
	stranger
	kept   // by the policy
	held   // by a reject
	paired // held by the row of the other
)

// keep keeps an absent user. Only a roster with rows can know anybody.
func (d *differ) keep(p *part, u *user.User, to fate) {
	a := absentee{Operation: p.values.deactivation(plan.Absent, u, nil), to: to}
	if len(d.seen) > 0 {
		a.keys = keysOf(u, d.policy.Match)
	}
	if d.pairing {
		a.groups = strings.Join(groupsOf(u.Metadata), "\x00")
	}
	p.absentees = append(p.absentees, a)
}

// keepHeld keeps what pairs are made of from an active user whom a reject holds.
func (d *differ) keepHeld(p *part, u *user.User) {
	if d.pairing && u.State != user.Deactivated {
		d.keep(p, u, held)
	}
}

// keysOf is the folded values that a user's metadata has under second keys.
func keysOf(u *user.User, match [][]string) (keys []string) {
	for i, path := range match {
		if value := u.KeyValue(path); value != "" {
			if keys == nil {
				keys = make([]string, len(match))
			}
			keys[i] = strings.Clone(value) // it may be in the page
		}
	}
	return keys
}

// named keeps what there is to count of a user's name: who has the name of
// somebody else is known by it for nobody.
func (d *differ) named(p *part, u *user.User) {
	if sum := hashName(u.Name, u.UID); sum != 0 {
		if p.names == nil {
			p.names = make([]uint64, 0, cap(p.references)) // for as many as the page has
		}
		p.names = append(p.names, sum)
	}
}

// countNames makes of the names of all the app's users how many have each name that somebody
// absent has: no other is asked for, and of millions it is much less memory for what
// comes next.
func (d *differ) countNames() {
	const bits = 1 << 16 // tell sooner than a map that a name is nobody's
	var maybe [bits]bool
	d.called = make(map[uint64]int, len(d.all.absentees))
	for i := range d.all.absentees {
		a := &d.all.absentees[i]
		sum := hashName(foldName(a.Name, a.UID), "")
		d.called[sum], maybe[sum%bits] = 0, true
	}
	for _, names := range d.names {
		for _, sum := range names {
			if !maybe[sum%bits] {
				continue
			}
			if n, is := d.called[sum]; is {
				d.called[sum] = n + 1
			}
		}
	}
	d.names = nil
}

// namesakes counts the people who have each of some folded names, those of the
// app and those whom only the roster has. Whoever gets another name has two.
func (d *differ) namesakes(p *plan.Plan, people map[string]int) {
	by := make(map[uint64]string, len(people))
	for name := range people {
		sum := hashName(name, "")
		by[sum] = name
		people[name] += d.called[sum]
	}
	add := func(sum uint64) {
		if name, ok := by[sum]; ok {
			people[name]++
		}
	}
	for _, names := range d.names {
		for _, sum := range names {
			add(sum)
		}
	}
	for i := range p.Operations {
		o := &p.Operations[i]
		named := func(c plan.Change) bool { return c.Field == user.Name }
		if o.Verb != plan.Create && slices.ContainsFunc(o.Changes, named) {
			add(hashName(o.Name, o.UID))
		}
	}
	for ref, seen := range d.seen {
		if seen {
			continue
		}
		if e, ok := d.roster.Entry(ref); ok && e.State == user.Deactivated && !e.Nobody { // no operation was made of it
			row, err := d.roster.Load(ref)
			if err != nil {
				d.unread = fmt.Errorf("reading a roster row again: %w", err)
				return
			}
			add(hashName(row.User.Name, row.User.UID))
		}
	}
}

// holdByUnmatched holds the absent users for whom a row may stand that turned out to
// be unusable only against the app. It is the one place that takes back what
// was decided on the inputs: such a row is known only when all inputs are.
func (d *differ) holdByUnmatched(p *plan.Plan) {
	if len(d.all.unmatched) == 0 {
		return
	}
	slices.SortFunc(d.all.unmatched, func(a, b user.Reject) int {
		return cmp.Or(strings.Compare(a.Source.File, b.Source.File), strings.Compare(a.Source.Sheet, b.Source.Sheet),
			cmp.Compare(a.Source.Row, b.Source.Row), strings.Compare(a.UID, b.UID))
	})
	holds := newCustody(user.ListOf(d.all.unmatched), d.policy.Match)
	gone := map[string]bool{}
	for i := range d.all.absentees {
		a := &d.all.absentees[i]
		if a.to == held || a.to == kept {
			continue
		}
		h, ok := holds.of(a.UID, a.Name, func(path []string) string {
			for i := range a.keys {
				if slices.Equal(d.policy.Match[i], path) {
					return a.keys[i]
				}
			}
			return ""
		})
		if ok {
			gone[a.UID] = true
			a.hold(p, holds.source(h), h.because, held)
		}
	}
	drop(p, gone)
}

// hold is the place of an absent user whose deactivation goes; drop takes it away.
func (a *absentee) hold(p *plan.Plan, source user.Source, because user.MatchReason, to fate) {
	a.to = to
	p.Held = append(p.Held, plan.Held{UID: a.UID, Name: a.Name, Source: source, Because: because})
	if p.Places != nil {
		p.Places.Add(a.UID, a.Name, plan.PlaceHeld)
	}
}

// drop takes the operations on some users out of the plan, and puts it in order again.
func drop(p *plan.Plan, uids map[string]bool) {
	if len(uids) > 0 {
		p.Operations = slices.DeleteFunc(p.Operations, func(o plan.Operation) bool { return uids[o.UID] })
		p.Sort()
	}
}
