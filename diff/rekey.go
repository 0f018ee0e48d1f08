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
	absent *absentee // of the old
	paired bool

	spelled string // the uid's cell; "" if that is the uid
	written string // folded, if it was not a uid
}

// rekey takes pairs of an absent user and an unknown one out of the plan's
// operations, and holds the absent one. Those whom a reject holds come last:
// nobody loses an account because one of them was as likely.
func (d *differ) rekey(p *plan.Plan) error {
	if !d.policy.Rekeys {
		return nil
	}
	for _, of := range []fate{lost, leaving, stranger, held} {
		d.pairUp(p, of)
	}
	return d.unread
}

// pairUp makes pairs with the absent of one fate. It costs nothing
// while one side is empty: a million creations where nobody is absent, or the
// other way round. Of the larger side nobody is kept but those who have something
// in common with the smaller one.
func (d *differ) pairUp(p *plan.Plan, of fate) {
	var absent []*absentee
	for i := range d.all.absentees {
		if a := &d.all.absentees[i]; a.to == of {
			absent = append(absent, a)
		}
	}
	created := p.Of(plan.Create)
	if len(created) == 0 || len(absent) == 0 {
		return
	}
	m := &matcher{policy: d.policy, created: created, written: len(d.all.written) > 0}
	m.count = func(people map[string]int) { d.namesakes(p, people) }
	m.made = [2]bool{
		oldMade: slices.ContainsFunc(absent, func(a *absentee) bool { return user.Hashed(a.UID) != "" }),
		newMade: slices.ContainsFunc(created, func(o plan.Operation) bool { return user.Hashed(o.UID) != "" }),
	}
	oldPerson := func(i int, closely bool) person { return absent[i].person(closely) }
	newPerson := func(i int, closely bool) person { return d.newPerson(&created[i], closely) }
	if len(absent) <= len(created) {
		m.old = everybody(len(absent), oldPerson)
		m.new = inCommon(len(created), newPerson, traitsOf(m.old, m.oldTraits), m.newTraits)
	} else {
		m.new = everybody(len(created), newPerson)
		m.old = inCommon(len(absent), oldPerson, traitsOf(m.new, m.newTraits), m.oldTraits)
	}
	gone := map[string]bool{}
	for _, pair := range m.pairs() {
		a, n := pair.old.absent, pair.new.o
		gone[a.UID], gone[n.UID] = true, true
		if of == held {
			a.to = paired
		} else {
			a.hold(p, n.Source, pair.because, paired)
		}
		p.Rekeys = append(p.Rekeys, plan.Rekey{
			Old: a.UID, New: n.UID, OldName: a.Name, NewName: n.Name,
			Because: pair.because, Confidence: pair.confidence, Source: n.Source,
		})
	}
	drop(p, gone)
}

// person and newPerson make a person of an operation, in two steps: who is of
// the larger side is looked at closely only if there is something in common.
func (a *absentee) person(closely bool) person {
	p := person{uid: a.UID, name: foldName(a.Name, a.UID), keys: a.keys, o: &a.Operation, absent: a}
	if closely && a.groups != "" {
		p.groups = strings.Split(a.groups, "\x00")
	}
	return p.tagged(closely)
}

func (d *differ) newPerson(o *plan.Operation, closely bool) person {
	from := d.all.written[o.UID]
	p := person{uid: o.UID, name: foldName(o.Name, o.UID), o: o, spelled: from, written: noUID(from)}
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
func everybody(n int, look func(i int, closely bool) person) []*person {
	out := make([]*person, n)
	for i := range out {
		p := look(i, true)
		out[i] = &p
	}
	return out
}

// inCommon makes people of those of the larger side who have a trait of the
// smaller one.
func inCommon(n int, look func(i int, closely bool) person, common map[trait]bool, traits func(*person, func(trait))) []*person {
	const chunk = 4096
	found := make([][]*person, (n+chunk-1)/chunk)
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for part := range found {
		g.Go(func() error {
			for i := part * chunk; i < min((part+1)*chunk, n); i++ {
				p := look(i, false)
				has := false
				traits(&p, func(t trait) { has = has || common[t] })
				if has {
					p = look(i, true)
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
