package report

import (
	"fmt"
	"io"
	"slices"

	"cometsync/internal/plan"
	"cometsync/report/comma"
)

// WritePlaces writes users.csv: every remote user, and every one who is to be
// created, in order of uids, with the operation on it or where the plan left it.
func (r *Report) WritePlaces(w io.Writer) error {
	c, err := comma.New(w)
	if err != nil {
		return err
	}
	if err := c.Row("uid", "place"); err != nil {
		return err
	}
	planned := newQueue(r.plan)
	for uid, place := range r.plan.Places.All() {
		for o := planned.next(uid); o != nil; o = planned.next(uid) {
			if err := c.Row(o.UID, o.Verb.String()); err != nil {
				return err
			}
		}
		if err := c.Row(uid, place.String()); err != nil {
			return err
		}
	}
	for o := planned.last(); o != nil; o = planned.last() {
		if err := c.Row(o.UID, o.Verb.String()); err != nil {
			return err
		}
	}
	return c.Flush()
}

// queue gives a plan's operations in order of uids. They are sorted within
// each verb, so that the least is at the head of one of four lists.
type queue [][]plan.Operation

func newQueue(p *plan.Plan) queue {
	var q queue
	for _, v := range plan.Verbs() {
		if of := p.Of(v); len(of) > 0 {
			q = append(q, of)
		}
	}
	return q
}

// next takes the least operation off, if it comes before a uid; else nil.
func (q *queue) next(before string) *plan.Operation { return q.take(&before) }

// last takes the least operation off; nil if none is left.
func (q *queue) last() *plan.Operation { return q.take(nil) }

func (q *queue) take(before *string) *plan.Operation {
	least := -1
	for i, of := range *q {
		if least < 0 || of[0].UID < (*q)[least][0].UID {
			least = i
		}
	}
	if least < 0 || before != nil && (*q)[least][0].UID >= *before {
		return nil
	}
	o := &(*q)[least][0]
	if (*q)[least] = (*q)[least][1:]; len((*q)[least]) == 0 {
		*q = append((*q)[:least], (*q)[least+1:]...)
	}
	return o
}

// balancePlaces checks that the users by place come to the plan's counts.
func balancePlaces(p *plan.Plan) error {
	n := map[plan.Place]int{}
	last, some := "", false
	leaving, strangers := 0, 0
	inOrder := newSeats(p)
	for uid, place := range p.Places.All() {
		if place != 0 && !slices.Contains(plan.AllPlaces(), place) {
			return fmt.Errorf("%s is in no place that there is: %s", uid, place)
		}
		if some && uid <= last {
			return fmt.Errorf("the places of users are out of order at %s", uid)
		}
		last, some = uid, true
		if of := place.Counted(); of == plan.PlaceHeld || of == plan.PlaceConflict || place == plan.PlaceLeaving {
			if want, ok := inOrder.next(of); !ok || want != uid {
				return fmt.Errorf("%s is placed as %s, and %q comes next of those", uid, place, want)
			}
		}
		switch n[place.Counted()]++; place {
		case plan.PlaceLeaving:
			leaving++
		case plan.PlaceStranger:
			strangers++
		}
	}
	conflicts := 0
	for i := range p.Conflicts {
		if !p.Conflicts[i].Gone {
			conflicts++
		}
	}
	for _, c := range []struct {
		what            string
		placed, counted int
	}{
		{"unchanged", n[plan.PlaceUnchanged], p.Unchanged},
		{"held", n[plan.PlaceHeld], len(p.Held)},
		{"out of scope", n[plan.PlaceOutOfScope], p.OutOfScope},
		{"protected", n[plan.PlaceProtected], p.Protected},
		{"kept", n[plan.PlaceKept], p.Kept},
		{"leaving", leaving, len(p.Leaving)},
		{"who are strangers", strangers, p.Strangers},
		{"in conflict", n[plan.PlaceConflict], conflicts},
		{"nowhere", n[0], 0},
	} {
		if c.placed != c.counted {
			return fmt.Errorf("%d users %s, but %d are placed there", c.counted, c.what, c.placed)
		}
	}
	return nil
}

// seats gives the users of those places of which a plan names everybody, in order.
type seats struct {
	held      []plan.Held
	conflicts []plan.Conflict
	leaving   []plan.Leaving
}

func newSeats(p *plan.Plan) *seats { return &seats{p.Held, p.Conflicts, p.Leaving} }

func (l *seats) next(of plan.Place) (uid string, ok bool) {
	switch of {
	case plan.PlaceHeld:
		if ok = len(l.held) > 0; ok {
			uid, l.held = l.held[0].UID, l.held[1:]
		}
	case plan.PlaceConflict:
		for len(l.conflicts) > 0 && l.conflicts[0].Gone {
			l.conflicts = l.conflicts[1:]
		}
		if ok = len(l.conflicts) > 0; ok {
			uid, l.conflicts = l.conflicts[0].UID, l.conflicts[1:]
		}
	case plan.PlaceKept:
		if ok = len(l.leaving) > 0; ok {
			uid, l.leaving = l.leaving[0].UID, l.leaving[1:]
		}
	}
	return uid, ok
}
