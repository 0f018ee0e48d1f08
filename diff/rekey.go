package diff

import (
	"slices"
	"strings"

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
	for _, of := range []fate{lost, leaving, stranger, kept, held} {
		d.pairUp(p, of)
	}
	return d.unread
}

// pairUp makes pairs with the absent of one fate. It costs nothing
// while one side is empty: a million creations where nobody is absent, or the
// other way round.
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
	m.meetings = meet(side{len(absent), func(i int) *person { return absent[i].person() }, m.oldTraits},
		side{len(created), func(i int) *person { return d.newPerson(&created[i]) }, m.newTraits})
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

// person and newPerson make a person of an operation.
func (a *absentee) person() *person {
	return &person{uid: a.UID, name: foldName(a.Name, a.UID), keys: a.keys, o: &a.Operation, absent: a}
}

func (d *differ) newPerson(o *plan.Operation) *person {
	p := &person{uid: o.UID, name: foldName(o.Name, o.UID), o: o, spelled: d.all.written[o.UID]}
	if text := user.FoldUID(p.spelled); !user.ValidUID(text) { // else it was in capitals
		p.written = text
	}
	if len(d.policy.Match) > 0 {
		p.keys = keysOf(&user.User{Metadata: metadataOf(o)}, d.policy.Match)
	}
	return p
}

func metadataOf(o *plan.Operation) string {
	for i := range o.Changes {
		if o.Changes[i].Field == user.Metadata {
			return o.Changes[i].After
		}
	}
	return ""
}

func (p *person) place() {
	if p.absent == nil {
		p.groups = groupsOf(metadataOf(p.o))
	} else if p.absent.groups != "" {
		p.groups = strings.Split(p.absent.groups, "\x00")
	}
	if len(p.o.Tags) > 0 { // a group of those with the very same ones
		p.groups = append(p.groups, "tags="+user.FoldKey(user.JSON(user.TagSet(p.o.Tags))))
	}
}
