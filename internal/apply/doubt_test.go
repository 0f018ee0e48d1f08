package apply

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// TestSettle judges operations that a dead run had sent by what their users show.
func TestSettle(t *testing.T) {
	name := []plan.Change{{Field: user.Name, Before: `"Old"`, After: `"New"`}}
	tagged := []plan.Change{{Field: user.Tags, Before: `["a"]`, After: `["b"]`}}
	seen := append(slices.Clone(name), plan.Change{Field: user.LastActiveAt, After: "1600000000"})
	active := func(at int64) *user.User {
		u := &user.User{UID: "anna", State: user.Active, LastActiveAt: at}
		u.Set(user.Name, "New")
		return u
	}
	one := func(state user.Activity, name string) *user.User {
		u := &user.User{UID: "anna", State: state}
		u.Set(user.Name, name)
		return u
	}
	for _, test := range []struct {
		what  string
		verb  plan.Verb
		with  []plan.Change
		found *user.User
		want  plan.Outcome
		did   plan.VerbSet
	}{
		{"created", plan.Create, name, one(user.Active, "New"), plan.Applied, plan.VerbsOf(plan.Create)},
		{"created, and its tags are not shown", plan.Create, append(name, tagged...), one(user.Active, "New"), plan.Applied,
			plan.VerbsOf(plan.Create)},
		{"not created", plan.Create, name, nil, plan.Skipped, 0},
		{"created otherwise", plan.Create, name, one(user.Active, "Other"), plan.Unknown, 0},
		{"created and deactivated", plan.Create, name, one(user.Deactivated, "New"), plan.Unknown, 0},
		{"updated", plan.Update, name, one(user.Active, "New"), plan.Applied, plan.VerbsOf(plan.Update)},
		{"not updated", plan.Update, name, one(user.Active, "Old"), plan.Skipped, 0},
		{"updated otherwise", plan.Update, name, one(user.Active, "Other"), plan.Unknown, 0},
		{"tags not shown", plan.Update, tagged, one(user.Active, "Old"), plan.Unknown, 0},
		{"updated and deactivated", plan.Update, name, one(user.Deactivated, "New"), plan.Drifted, 0},
		{"updated and deleted", plan.Update, name, nil, plan.Drifted, 0},
		{"deactivated", plan.Deactivate, nil, one(user.Deactivated, "Old"), plan.Applied, plan.VerbsOf(plan.Deactivate)},
		{"not deactivated", plan.Deactivate, nil, one(user.Active, "Old"), plan.Skipped, 0},
		{"neither updated nor deactivated", plan.Deactivate, name, one(user.Active, "Old"), plan.Skipped, 0},
		{"deleted", plan.Deactivate, nil, nil, plan.Drifted, 0},
		{"updated and deactivated again", plan.Deactivate, name, one(user.Deactivated, "New"), plan.Applied,
			plan.VerbsOf(plan.Update, plan.Deactivate)},
		{"updated, to be deactivated", plan.Deactivate, name, one(user.Active, "New"), plan.Failed, plan.VerbsOf(plan.Update)},
		{"reactivated", plan.Reactivate, nil, one(user.Active, "Old"), plan.Applied, plan.VerbsOf(plan.Reactivate)},
		{"reactivated and updated", plan.Reactivate, name, one(user.Active, "New"), plan.Applied,
			plan.VerbsOf(plan.Reactivate, plan.Update)},
		{"reactivated alone", plan.Reactivate, name, one(user.Active, "Old"), plan.Failed, plan.VerbsOf(plan.Reactivate)},
		{"not reactivated", plan.Reactivate, name, one(user.Deactivated, "Old"), plan.Skipped, 0},
		{"created, and active since", plan.Create, seen, active(1600000001), plan.Applied, plan.VerbsOf(plan.Create)},
		{"created, and not as active as that", plan.Create, seen, active(1500000000), plan.Unknown, 0},
	} {
		o := &plan.Operation{Verb: test.verb, UID: "anna", Changes: test.with}
		remote := finder(func() (user.User, bool, error) {
			if test.found == nil {
				return user.User{}, false, nil
			}
			return *test.found, true, nil
		})
		r, err := Settle(t.Context(), remote, o)
		if err != nil || r.Outcome != test.want || r.Did != test.did || r.Attempts != 1 {
			t.Errorf("%s: %+v, %v; want %s, did %v", test.what, r, err, test.want, test.did.List())
		}
		if (r.Outcome == plan.Applied) != (r.Message == "") {
			t.Errorf("%s: %+v", test.what, r)
		}
		// That a run died is nobody's failure: what is left, the next run does.
		left := r.Outcome == plan.Skipped || r.Outcome == plan.Failed
		if left && (r.Kind != plan.NoFailure || r.Code != "died" || !strings.Contains(r.Message, "the run died") ||
			!strings.HasSuffix(r.Message, "run again to finish the rest")) {
			t.Errorf("%s: %+v", test.what, r)
		}
		if r.Outcome == plan.Unknown && r.Kind != plan.InDoubt || r.Outcome == plan.Drifted && r.Kind != plan.Conflicting {
			t.Errorf("%s: %+v", test.what, r)
		}
	}
}

func TestSettleUnread(t *testing.T) {
	broken := errors.New("no route")
	r, err := Settle(t.Context(), finder(func() (user.User, bool, error) { return user.User{}, false, broken }),
		&plan.Operation{Verb: plan.Create, UID: "anna"})
	if err != broken || r.Outcome != plan.Unknown || r.Kind != plan.InDoubt || !strings.Contains(r.Message, "no route") {
		t.Errorf("%+v, %v", r, err)
	}
}

type finder func() (user.User, bool, error)

func (f finder) Find(context.Context, string, user.Fields) (user.User, bool, error) { return f() }
