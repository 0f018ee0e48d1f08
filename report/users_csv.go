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
func WritePlaces(w io.Writer, r *Report) error {
	c := comma.New(w, "uid", "place")
	planned := byUID(r.Plan)
	for uid, place := range r.Plan.Places.All() {
		for ; len(planned) > 0 && planned[0].UID < uid; planned = planned[1:] {
			c.Row(planned[0].UID, planned[0].Verb.String())
		}
		c.Row(uid, place.String())
	}
	for _, o := range planned {
		c.Row(o.UID, o.Verb.String())
	}
	return c.Flush()
}

// byUID is a plan's operations in order of uids. They are sorted within each verb, so
// that the least is at the head of one of four lists.
func byUID(p *plan.Plan) []*plan.Operation {
	all := make([]*plan.Operation, 0, len(p.Operations))
	var lists [][]plan.Operation
	for _, v := range readingOrder {
		lists = append(lists, p.Of(v))
	}
	for range p.Operations {
		least := -1
		for i, of := range lists {
			if len(of) > 0 && (least < 0 || of[0].UID < lists[least][0].UID) {
				least = i
			}
		}
		all = append(all, &lists[least][0])
		lists[least] = lists[least][1:]
	}
	return all
}

// balancePlaces checks that the users by place come to the plan's counts, and that
// those whom the plan names are in their places.
func balancePlaces(p *plan.Plan) error {
	conflicts := slices.DeleteFunc(slices.Clone(p.Conflicts), func(c plan.Conflict) bool { return c.Gone })
	named := map[plan.Place]struct {
		n   int
		uid func(i int) string
	}{
		plan.PlaceHeld:     {len(p.Held), func(i int) string { return p.Held[i].UID }},
		plan.PlaceConflict: {len(conflicts), func(i int) string { return conflicts[i].UID }},
		plan.PlaceLeaving:  {len(p.Leaving), func(i int) string { return p.Leaving[i].UID }},
	}
	n := map[plan.Place]int{} // by what each counts as; of those who are kept, also by the place itself
	last, some := "", false
	for uid, place := range p.Places.All() {
		if place != 0 && !slices.Contains(plan.AllPlaces(), place) {
			return fmt.Errorf("%s is in no place that there is: %s", uid, place)
		}
		if some && uid <= last {
			return fmt.Errorf("the places of users are out of order at %s", uid)
		}
		last, some = uid, true
		of := place.Counted()
		if place == plan.PlaceLeaving {
			of = place
		}
		if list, is := named[of]; is {
			want := ""
			if n[of] < list.n {
				want = list.uid(n[of])
			}
			if want != uid {
				return fmt.Errorf("%s is placed as %s, and %q comes next of those", uid, of.Counted(), want)
			}
		}
		n[place.Counted()]++
		if place.Counted() != place {
			n[place]++
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
		{"leaving", n[plan.PlaceLeaving], len(p.Leaving)},
		{"who are strangers", n[plan.PlaceStranger], p.Strangers},
		{"in conflict", n[plan.PlaceConflict], len(conflicts)},
		{"nowhere", n[0], 0},
	} {
		if c.placed != c.counted {
			return fmt.Errorf("%d users %s, but %d are placed there", c.counted, c.what, c.placed)
		}
	}
	return nil
}
