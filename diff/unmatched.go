package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// absentee is what is kept of an absent user beside its deactivation, so that it
// can be known for somebody else of the roster once the whole of both sides
// has been seen.
type absentee struct {
	uid    string
	keys   []string // folded values of the policy's second keys; nil if there is none
	groups string   // as of groupsOf, with a zero byte between; "" if they are not asked for
}

// keep keeps of an absent user what it can be known by, whose operation is o. Only
// a roster with rows can know anybody.
func (d *differ) keep(p *part, u *user.User, o *plan.Operation) {
	if len(d.seen) == 0 {
		return
	}
	l := absentee{uid: o.UID, keys: keysOf(u, d.policy.Match)}
	if d.policy.Rekeys {
		l.groups = strings.Join(groupsOf(u.Metadata), "\x00")
	}
	if l.keys != nil || l.groups != "" {
		p.absentees = append(p.absentees, l)
	}
}

// keepHeld keeps what pairs are made of from an active user whom a reject holds.
func (d *differ) keepHeld(p *part, u *user.User) {
	if !d.policy.Rekeys || d.policy.Missing == MissingKeep || len(d.seen) == 0 || u.State == user.Deactivated {
		return
	}
	o := operation(plan.Deactivate, plan.Absent, u, nil)
	p.heldUsers = append(p.heldUsers, o)
	d.keep(p, u, &o)
}

// keysOf is the folded values that a user's metadata has under second keys.
func keysOf(u *user.User, match [][]string) (keys []string) {
	for i, path := range match {
		if value := u.KeyValue(path); value != "" {
			if keys == nil {
				keys = make([]string, len(match))
			}
			keys[i] = value
		}
	}
	return keys
}

// named keeps what there is to count of a user's name: who has the name of
// somebody else is known by it for nobody.
func (d *differ) named(p *part, u *user.User) {
	if sum := hashName(u.Name, u.UID); sum != 0 {
		p.names = append(p.names, sum)
	}
}

// namesakes counts the people who have each of some folded names, those of the
// app and those whom only the roster has. Whoever gets another name has two.
func (d *differ) namesakes(p *plan.Plan, people map[string]int) {
	by := make(map[uint64]string, len(people))
	for name := range people {
		by[hashName(name, "")] = name
	}
	add := func(sum uint64) {
		if name, ok := by[sum]; ok {
			people[name]++
		}
	}
	for _, sum := range d.all.names {
		add(sum)
	}
	for i := range p.Operations {
		if o := &p.Operations[i]; o.Verb != plan.Create && slices.ContainsFunc(o.Changes, func(c plan.Change) bool { return c.Field == user.Name }) {
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

// absenteeOf finds what is kept of an absent user; all are in order of uids.
func (d *differ) absenteeOf(uid string) absentee {
	i, ok := slices.BinarySearchFunc(d.all.absentees, uid, func(c absentee, uid string) int { return strings.Compare(c.uid, uid) })
	if !ok {
		return absentee{uid: uid}
	}
	return d.all.absentees[i]
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
	for _, absent := range [][]plan.Operation{p.Of(plan.Deactivate), d.all.leaving, d.all.strangers} {
		for _, o := range absent {
			if o.Reason != plan.Absent {
				continue
			}
			h, ok := holds.of(o.UID, o.Name, func(path []string) string { return d.keyOf(o.UID, path) })
			if ok {
				gone[o.UID] = true
				holdBack(p, &o, holds.source(h), h.because)
				d.all.heldUsers = append(d.all.heldUsers, o)
			}
		}
	}
	d.drop(p, gone)
}

// keyOf is an absent user's folded value under a second key.
func (d *differ) keyOf(uid string, path []string) string {
	keys := d.absenteeOf(uid).keys
	for i := range keys {
		if slices.Equal(d.policy.Match[i], path) {
			return keys[i]
		}
	}
	return ""
}

// holdBack is the place of a user whose planned deactivation goes; drop takes the
// operation away.
func holdBack(p *plan.Plan, o *plan.Operation, source user.Source, because user.MatchReason) {
	p.Held = append(p.Held, plan.Held{UID: o.UID, Name: o.Name, Source: source, Because: because})
	if p.Places != nil {
		p.Places.Add(o.UID, plan.PlaceHeld)
	}
}

// drop takes the operations on some users out of the plan, and of what is not
// done yet, and puts the plan in order again.
func (d *differ) drop(p *plan.Plan, uids map[string]bool) {
	if len(uids) == 0 {
		return
	}
	for _, all := range []*[]plan.Operation{&p.Operations, &d.all.leaving, &d.all.strangers} {
		*all = slices.DeleteFunc(*all, func(o plan.Operation) bool { return uids[o.UID] })
	}
	p.Sort()
}
