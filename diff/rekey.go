package diff

import (
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// person is one side of a possible pair.
type person struct {
	uid    string
	name   string   // folded; "" is none
	keys   []string // as of keysOf
	groups []string // where the person is, kind=value; the tags are one
	o      *plan.Operation
	paired bool

	spelled string // the uid's cell; "" if that is the uid
	written string // folded, if it was no uid
}

// rekey takes pairs of an absent user and an unknown one out of the plan's
// operations, and holds the absent one. Those whom a reject holds come last:
// nobody loses an account because one of them was as likely.
func (d *differ) rekey(p *plan.Plan) error {
	if !d.policy.Rekeys {
		return nil
	}
	hold := func(o, n *plan.Operation, because user.MatchReason) { holdBack(p, o, n.Source, because) }
	d.pairUp(p, p.Of(plan.Deactivate), hold)
	for _, more := range []struct {
		absent []plan.Operation
		hold   func(o, n *plan.Operation, because user.MatchReason)
	}{{d.all.leaving, hold}, {d.all.strangers, hold}, {d.all.heldUsers, func(o, n *plan.Operation, because user.MatchReason) {}}} {
		slices.SortFunc(more.absent, func(a, b plan.Operation) int { return strings.Compare(a.UID, b.UID) })
		d.pairUp(p, more.absent, more.hold)
	}
	return d.unread
}

// pairUp makes pairs with those of absent who are in no roster. It costs nothing
// while one side is empty: a million creations where nobody is absent, or the
// other way round. Of the larger side nobody is kept but those who have something
// in common with the smaller one.
func (d *differ) pairUp(p *plan.Plan, absent []plan.Operation, hold func(o, n *plan.Operation, because user.MatchReason)) {
	created := p.Of(plan.Create)
	if len(created) == 0 || len(absent) == 0 {
		return
	}
	m := &matcher{policy: d.policy, created: created, written: len(d.all.written) > 0}
	m.count = func(people map[string]int) { d.namesakes(p, people) }
	m.made = [2]bool{oldMade: hashed(absent), newMade: hashed(created)}
	if len(absent) <= len(created) {
		m.old = everybody(absent, d.oldPerson)
		m.new = inCommon(created, d.newPerson, traitsOf(m.old, m.oldTraits), m.newTraits)
	} else {
		m.new = everybody(created, d.newPerson)
		m.old = inCommon(absent, d.oldPerson, traitsOf(m.new, m.newTraits), m.oldTraits)
	}
	gone := map[string]bool{}
	roles := map[string]bool{}
	for _, pair := range m.pairs() {
		o, n := pair.old.o, pair.new.o
		gone[o.UID], gone[n.UID], roles[n.Role] = true, true, true
		hold(o, n, pair.because)
		p.Rekeys = append(p.Rekeys, plan.Rekey{
			Old: o.UID, New: n.UID, OldName: o.Name, NewName: n.Name,
			Because: pair.because, Confidence: pair.confidence, Source: n.Source,
		})
	}
	d.drop(p, gone)
	d.needed(p, roles)
}

// needed takes new roles away that nobody is given any more, out of those that
// operations which are gone would have given.
func (d *differ) needed(p *plan.Plan, gone map[string]bool) {
	p.NewRoles = slices.DeleteFunc(p.NewRoles, func(role string) bool {
		return gone[role] && !slices.ContainsFunc(p.Operations, func(o plan.Operation) bool { return o.Role == role && gives(&o) })
	})
}

// oldPerson and newPerson make a person of an operation, in two steps: who is of
// the larger side is looked at closely only if there is something in common.
func (d *differ) oldPerson(o *plan.Operation, closely bool) person {
	c := d.absenteeOf(o.UID)
	p := person{uid: o.UID, name: foldName(o.Name, o.UID), keys: c.keys, o: o}
	if closely && c.groups != "" {
		p.groups = strings.Split(c.groups, "\x00")
	}
	return p.tagged(closely)
}

func (d *differ) newPerson(o *plan.Operation, closely bool) person {
	from := d.originOf(o.UID)
	p := person{uid: o.UID, name: foldName(o.Name, o.UID), o: o, spelled: from.text, written: from.written()}
	metadata := ""
	for i := range o.Changes {
		if o.Changes[i].Field == user.Metadata {
			metadata = o.Changes[i].After
		}
	}
	if metadata != "" && len(d.policy.Match) > 0 {
		p.keys = keysOf(&user.User{Metadata: metadata}, d.policy.Match)
	}
	if closely {
		p.groups = groupsOf(metadata)
	}
	return p.tagged(closely)
}

func (p person) tagged(closely bool) person {
	if closely {
		if g := tagGroup(p.o.Tags); g != "" {
			p.groups = append(p.groups, g)
		}
	}
	return p
}

// everybody makes people of the smaller side.
func everybody(operations []plan.Operation, look func(o *plan.Operation, closely bool) person) []*person {
	out := []*person{}
	for i := range operations {
		if unmatched(&operations[i]) {
			p := look(&operations[i], true)
			out = append(out, &p)
		}
	}
	return out
}

// unmatched says whether an operation is one on a user of one side alone.
func unmatched(o *plan.Operation) bool { return o.Reason == plan.Absent || o.Reason == plan.Missing }

// hashed says whether anybody's uid may be one that the vendor's tool made.
func hashed(operations []plan.Operation) bool {
	return slices.ContainsFunc(operations, func(o plan.Operation) bool { return user.Hashed(o.UID) != "" })
}

// inCommon makes people of those of the larger side who have a trait of the
// smaller one.
func inCommon(operations []plan.Operation, look func(o *plan.Operation, closely bool) person, common map[trait]bool,
	traits func(*person, func(trait))) []*person {
	const chunk = 4096
	found := make([][]*person, (len(operations)+chunk-1)/chunk)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for part := range found {
		g.Go(func() error {
			for i := part * chunk; i < min((part+1)*chunk, len(operations)); i++ {
				if !unmatched(&operations[i]) {
					continue
				}
				p := look(&operations[i], false)
				has := false
				traits(&p, func(t trait) { has = has || common[t] })
				if has {
					p = look(&operations[i], true)
					found[part] = append(found[part], &p)
				}
			}
			return nil
		})
	}
	_ = g.Wait() // none of them fails
	return slices.Concat(found...)
}

// traitsOf is everything that somebody of the smaller side can have in common
// with somebody of the larger one.
func traitsOf(people []*person, traits func(*person, func(trait))) map[trait]bool {
	out := map[trait]bool{}
	for _, p := range people {
		traits(p, func(t trait) { out[t] = true })
	}
	return out
}
