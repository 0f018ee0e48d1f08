package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// balance checks that every row, every remote user and every operation is
// accounted for exactly once.
func (r *Report) balance() error {
	in := &r.Intake
	if in.Rows != in.Users+in.Duplicates+in.Rejected || in.Users < 0 {
		return phrase.Errorf("%d source rows, but %d users, %d duplicates and %d rejects", in.Rows, in.Users, in.Duplicates, in.Rejected)
	}
	if n := r.Rejects.Len(); n != in.Rejected {
		return phrase.Errorf("%d rows rejected, but %d rejects are listed", in.Rejected, n)
	}
	if len(in.Files) > 0 {
		rows := 0
		for _, f := range in.Files {
			rows += f.Rows
		}
		if rows != in.Rows {
			return phrase.Errorf("%d source rows, but the files have %d", in.Rows, rows)
		}
	}
	if len(r.In.Results) != len(r.Plan.Operations) {
		return phrase.Errorf("%d operations, but %d outcomes", len(r.Plan.Operations), len(r.In.Results))
	}
	if d := r.In.Decisions; d != nil && len(d.Of) != len(r.Plan.Operations) {
		return phrase.Errorf("%d operations, but decisions on %d", len(r.Plan.Operations), len(d.Of))
	}
	if n := r.Counts[0].Planned; n > 0 {
		return phrase.Errorf("%d operations without a valid verb", n)
	}
	if n := r.Total.unsettled; n > 0 {
		return phrase.Errorf("%d operations without a valid outcome", n)
	}
	if r.In.Run.Result == NoResult || r.In.Run.Result >= resultCount {
		return fmt.Errorf("the run has no valid result")
	}
	for v := plan.Reactivate; v <= plan.Deactivate; v++ {
		c := &r.Counts[v]
		sum := 0
		for _, o := range Outcomes() {
			sum += c.Of(o)
		}
		if sum != c.Planned || c.Planned != r.Plan.Count(v) {
			return phrase.Errorf("%d of %s planned, but %d outcomes and %d listed", c.Planned, v, sum, r.Plan.Count(v))
		}
	}
	for i := range r.Plan.Conflicts {
		if r.Plan.Conflicts[i].Gone {
			r.Gone++
		}
	}
	var misplaced error
	var beside sync.WaitGroup
	if r.Plan.Places != nil && !r.In.Displaced {
		beside.Go(func() { misplaced = balancePlaces(r.Plan) })
	}
	err := r.Plan.Check()
	beside.Wait()
	return cmp.Or(err, misplaced)
}

// balancePlaces checks that the users by place come to the plan's counts, and that
// those whom the plan names are in their places.
func balancePlaces(p *plan.Plan) error {
	conflicts := slices.DeleteFunc(slices.Clone(p.Conflicts), func(c plan.Conflict) bool { return c.Gone })
	const places = math.MaxUint8 + 1 // and what is none: there are millions of users to count
	named := [places]struct {
		n   int
		uid func(i int) string
	}{
		plan.PlaceHeld:     {len(p.Held), func(i int) string { return p.Held[i].UID }},
		plan.PlaceConflict: {len(conflicts), func(i int) string { return conflicts[i].UID }},
		plan.PlaceLeaving:  {len(p.Leaving), func(i int) string { return p.Leaving[i].UID }},
	}
	known := [places]bool{0: true}
	for _, place := range plan.AllPlaces() {
		known[place] = true
	}
	var n [places]int // by what each counts as; of those who are kept, also by the place itself
	last, some := "", false
	for left := range p.Places.All() {
		uid, place := left.UID, left.Place
		if !known[place] {
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
		if list := &named[of]; list.uid != nil {
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
			return phrase.Errorf("%d users %s, but %d are placed there", c.counted, c.what, c.placed)
		}
	}
	return nil
}
