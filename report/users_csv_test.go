package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/comma"
	"cometsync/report/lists"
)

// notCreated is how many people of the roster placed says are not created.
const notCreated = 3

// placed gives a run's plan the places of its users, as its counts have them.
func placed(in report.Input) report.Input {
	p := in.Plan
	if p == nil {
		return in
	}
	p.Places = &plan.Places{}
	some := func(n int, place ...plan.Place) {
		for i := range n {
			at := place[i%len(place)]
			p.Places.Add(fmt.Sprintf("%s-%03d", strings.ReplaceAll(at.String(), " ", "-"), i), fmt.Sprintf("Zoë O’Hara %d", i), at)
		}
	}
	if p.Undoes != "" {
		some(p.Unchanged, plan.PlaceUntouched)
	} else {
		some(p.Unchanged, plan.PlaceUnchanged, plan.PlaceDeactivated, plan.PlaceUnsaid)
	}
	some(p.OutOfScope, plan.PlaceOutOfScope)
	some(p.Protected, plan.PlaceProtected)
	some(p.Kept-p.Strangers-len(p.Leaving), plan.PlaceKept)
	some(p.Strangers, plan.PlaceStranger)
	some(notCreated, plan.PlaceInactive, plan.PlaceApart)
	for _, l := range p.Leaving {
		p.Places.Add(l.UID, l.Name, plan.PlaceLeaving)
	}
	for _, h := range p.Held {
		p.Places.Add(h.UID, h.Name, plan.PlaceHeld)
	}
	for _, c := range p.Conflicts {
		if !c.Gone {
			p.Places.Add(c.UID, c.Name, plan.PlaceConflict)
		}
	}
	p.Places.Sort()
	return in
}

// TestPlaces has every remote user and every create once, in order of uids.
func TestPlaces(t *testing.T) {
	for name, in := range fixtures {
		in := placed(in())
		r := mustNew(t, in)
		if in.Plan == nil {
			continue
		}
		rows := records(t, rendered(t, lists.WritePlaces, r))
		want := in.Plan.Remote.Active + in.Plan.Remote.Deactivated + in.Plan.Count(plan.Create) + notCreated
		if len(rows) != 1+want || !slices.Equal(rows[0], []string{"uid", "place", "name"}) {
			t.Errorf("%s: %d users under %q, want %d", name, len(rows)-1, rows[0], want)
		}
		verbs := map[string]int{}
		for i, row := range rows[1:] {
			verbs[row[1]]++
			if i > 0 && rows[i][0] >= row[0] {
				t.Errorf("%s: %s stands behind %s", name, row[0], rows[i][0])
			}
		}
		for _, v := range plan.Verbs() {
			if verbs[v.String()] != in.Plan.Count(v) {
				t.Errorf("%s: %d users have a %s, want %d", name, verbs[v.String()], v, in.Plan.Count(v))
			}
		}
	}
}

// TestQueue merges what is on either side of the places, and between them.
func TestQueue(t *testing.T) {
	in := clean()
	in.Plan.Operations = nil
	for uid, v := range map[string]plan.Verb{"a": plan.Update, "c": plan.Create, "d": plan.Deactivate, "e": plan.Reactivate,
		"g": plan.Create, "h": plan.Update} {
		o := plan.Operation{Verb: v, UID: uid}
		if v == plan.Create {
			o.Name = "Cy"
		}
		if v == plan.Update {
			o.Changes = []plan.Change{{}}
		}
		in.Plan.Operations = append(in.Plan.Operations, o)
	}
	in.Plan.Sort()
	in.Plan.Remote = plan.Remote{Active: 6}
	in.Plan.Unchanged, in.Plan.OutOfScope, in.Plan.Protected, in.Plan.Kept = 2, 0, 0, 0
	in.Results = in.Plan.Unsent()
	in.Plan.Places = &plan.Places{}
	in.Plan.Places.Add("b", "Bea, =1", plan.PlaceUnchanged)
	in.Plan.Places.Add("f", "", plan.PlaceUnsaid)
	got := rendered(t, lists.WritePlaces, mustNew(t, in))
	want := comma.ByteOrderMark + "uid,place,name\na,update,\nb,unchanged,\"Bea, =1\"\nc,create,Cy\nd,deactivate,\n" +
		"e,reactivate,\nf,\"deactivated, state unsaid\",\ng,create,Cy\nh,update,\n"
	if got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
}

func TestPlacesMustBalance(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*plan.Plan)
		want  string
	}{
		"one more":      {func(p *plan.Plan) { p.Places.Add("zz", "", plan.PlaceKept) }, "1 users kept, but 2 are placed there"},
		"two mixed up":  {func(p *plan.Plan) { p.Kept, p.Protected = p.Protected, p.Kept }, "placed there"},
		"none at all":   {func(p *plan.Plan) { p.Places = &plan.Places{} }, "59 users unchanged, but 0 are placed there"},
		"nowhere":       {func(p *plan.Plan) { p.Places.Add("zz", "", 0) }, "0 users nowhere, but 1 are placed there"},
		"no such place": {func(p *plan.Plan) { p.Places.Add("zz", "", 99) }, "zz is in no place"},
		"out of order":  {func(p *plan.Plan) { p.Places.Add("aa", "", plan.PlaceUnchanged) }, "out of order at aa"},
		"twice": {func(p *plan.Plan) {
			p.Places.Add("zz", "", plan.PlaceUnchanged)
			p.Places.Add("zz", "", plan.PlaceUnchanged)
		}, "out of order at zz"},
	} {
		in := placed(partial())
		c.spoil(in.Plan)
		if _, err := report.New(in); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
