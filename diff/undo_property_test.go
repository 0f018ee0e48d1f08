package diff

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// carried is one operation as the service carries out its parts: a
// reactivation before its changes, any other verb after them.
func carried(t *testing.T, users map[string]user.User, o *plan.Operation, parts plan.VerbSet) {
	t.Helper()
	if parts == 0 {
		return
	}
	u, exists := users[o.UID]
	if exists == parts.Has(plan.Create) {
		t.Fatalf("%s %s, but that it exists is %v", o.Verb, o.UID, exists)
	}
	u.UID = o.UID
	if parts.Has(plan.Create) || parts.Has(plan.Reactivate) {
		u.State = user.Active
	}
	if parts.Has(plan.Create) || parts.Has(plan.Update) {
		if u.State == user.Deactivated {
			t.Fatalf("%s is updated, and is deactivated", o.UID)
		}
		for _, c := range o.Changes {
			put(t, &u, c)
		}
	}
	if parts.Has(plan.Deactivate) {
		u.State = user.Deactivated
	}
	users[o.UID] = u
}

// whole is all parts of an operation.
func whole(o *plan.Operation) plan.VerbSet {
	parts := plan.VerbsOf(o.Verb)
	if o.Verb != plan.Create && len(o.Changes) > 0 {
		parts.Add(plan.Update)
	}
	return parts
}

func byUID(users []user.User) map[string]user.User {
	m := map[string]user.User{}
	for _, u := range users {
		m[u.UID] = u
	}
	return m
}

// stand is what an undo has to bring back of a user.
func stand(u user.User) string {
	metadata := u.Metadata
	if have, err := user.ReadObject(metadata); err == nil {
		metadata = ""
		if len(have) > 0 {
			metadata = user.JSON(have)
		}
	}
	return fmt.Sprintf("%s %q %q %q %q %q %q %s", u.State, u.Name, u.Avatar, u.Link, u.Role, u.StatusMessage, u.Tags, metadata)
}

// meddle renames some users and deletes some, and says whom.
func meddle(users map[string]user.User, rng *rand.Rand) map[string]string {
	since := map[string]string{}
	for uid := range maps.Clone(users) {
		u := users[uid]
		switch {
		case chance(rng, 10):
			u.Name = "Somebody"
			users[uid] = u
			since[uid] = "renamed"
		case chance(rng, 5):
			delete(users, uid)
			since[uid] = "deleted"
		}
	}
	return since
}

// checkGone checks that who was deleted is in conflict, unless the run had made or left the user.
func checkGone(t *testing.T, since map[string]string, of map[string]*plan.Done, start map[string]user.User,
	conflicts map[string]plan.Conflict) (gone int) {
	for uid, how := range since {
		if d := of[uid]; how == "deleted" && d != nil {
			gone++
			_, created := start[uid]
			idle := !d.Sent || d.Result.Did == 0 && d.Result.Outcome != plan.Unknown
			if _, conflict := conflicts[uid]; conflict != (created && !idle) {
				t.Errorf("%s is gone, of whom the run has %+v, and that it is in conflict is %v", uid, d, conflict)
			}
		}
	}
	return gone
}

// cameTo is what came of an operation, and which parts of it were done.
func cameTo(o plan.Operation, rng *rand.Rand) (d plan.Done, parts plan.VerbSet) {
	d = plan.Done{Operation: o}
	d.Sent = !o.Withheld && !chance(rng, 10)
	parts = whole(&o)
	switch {
	case o.Withheld:
		d.Result.Outcome, parts = plan.Withheld, 0
	case !d.Sent:
		d.Result.Outcome, parts = plan.Skipped, 0
	case chance(rng, 15):
		d.Result.Outcome = plan.Unknown
		if parts.Has(plan.Reactivate) && chance(rng, 50) {
			parts = plan.VerbsOf(plan.Reactivate)
			d.Result.Did = parts
		} else if chance(rng, 50) {
			parts = 0
		}
	case chance(rng, 15):
		d.Result.Outcome, parts = plan.Failed, 0
		if o.Verb == plan.Reactivate && len(o.Changes) > 0 {
			parts = plan.VerbsOf(plan.Reactivate)
			d.Result.Did = parts
		}
	default:
		d.Result = plan.Result{Outcome: plan.Applied, Did: parts}
	}
	return d, parts
}

// A run and its undo cancel, whatever became of each operation: but for users
// whom the run created, who end up deactivated, and for those whom somebody
// changed in between, of whom nothing that is not the run's is touched.
func TestUndoCancels(t *testing.T) {
	counts := map[string]int{}
	eachWorld(t, func(t *testing.T, w *world, rng *rand.Rand) {
		start, users := byUID(w.remote), byUID(w.remote)
		var done []plan.Done
		for _, o := range w.plan(t, w.roster, rng).Operations {
			d, parts := cameTo(o, rng)
			carried(t, users, &o, parts)
			done = append(done, d)
		}

		since := meddle(users, rng)
		before := maps.Clone(users)
		records := func() []plan.Done {
			rng.Shuffle(len(done), func(i, j int) { done[i], done[j] = done[j], done[i] })
			return done
		}
		listed := slices.Collect(maps.Values(users))
		first, err := Undo(records(), fakeRemote(listed, rng), Policy{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		checkOwned(t, first)
		again, err := Undo(records(), fakeRemote(listed, rng), Policy{}, 0)
		if err != nil || written(t, again) != written(t, first) {
			t.Fatalf("in another order, the undo is\n%s\nand was\n%s (%v)", show(again), show(first), err)
		}
		for i := range first.Operations {
			o := &first.Operations[i]
			if o.Reason != plan.Undone || o.Verb == plan.Create {
				t.Fatalf("%+v", o)
			}
			carried(t, users, o, whole(o))
		}
		conflicts := map[string]plan.Conflict{}
		for _, c := range first.Conflicts {
			conflicts[c.UID] = c
		}

		of := map[string]*plan.Done{}
		for i := range done {
			of[done[i].Operation.UID] = &done[i]
		}
		for uid, u := range users {
			was, existed := start[uid]
			c, conflict := conflicts[uid]
			switch {
			case conflict:
				counts["conflict"]++
				if since[uid] != "renamed" || stand(u) != stand(before[uid]) {
					t.Errorf("%s is in conflict (%s), is %s, was %s", uid, c.Message, stand(u), stand(before[uid]))
				}
			case since[uid] == "renamed" && existed:
				counts["renamed"]++
				if was.Name = "Somebody"; stand(u) != stand(was) {
					t.Errorf("%s, renamed in between, is %s, want %s", uid, stand(u), stand(was))
				}
			case !existed:
				counts["created"]++
				if u.State != user.Deactivated {
					t.Errorf("%s was created, and is %s", uid, stand(u))
				}
			default:
				counts["back"]++
				if stand(u) != stand(was) {
					t.Errorf("%s, of whom the run has %+v, is\n%s\nwas\n%s", uid, of[uid], stand(u), stand(was))
				}
			}
		}
		for uid, c := range conflicts {
			if c.Gone != (since[uid] == "deleted") {
				t.Errorf("%s: %+v, and it was %s", uid, c, since[uid])
			}
		}
		counts["gone"] += checkGone(t, since, of, start, conflicts)
	})
	for what, n := range map[string]int{"conflict": 100, "renamed": 500, "created": 500, "back": 5000, "gone": 100} {
		if counts[what] < n {
			t.Errorf("only %d times %q in %d rounds", counts[what], what, rounds)
		}
	}
}

// Who is out of scope or protected now is not written, whatever the run did.
func TestUndoWritesNobodyElse(t *testing.T) {
	written, spared := 0, 0
	eachWorld(t, func(t *testing.T, w *world, rng *rand.Rand) {
		users := byUID(w.remote)
		free := *w
		free.policy.Scope, free.policy.Protect = Scope{}, Protect{}
		var done []plan.Done
		for _, o := range free.plan(t, w.roster, rng).Operations {
			carried(t, users, &o, whole(&o))
			done = append(done, plan.Done{Operation: o, Sent: true, Result: plan.Result{Outcome: plan.Applied, Did: whole(&o)}})
		}
		p, err := Undo(done, fakeRemote(slices.Collect(maps.Values(users)), rng), w.policy, 0)
		if err != nil {
			t.Fatal(err)
		}
		written += len(p.Operations)
		spared += p.OutOfScope + p.Protected
		for _, o := range p.Operations {
			u := users[o.UID]
			if !w.inScope(&u) || w.protected(&u) {
				t.Errorf("%s %s, who is %s", o.Verb, o.UID, stand(u))
			}
			for _, c := range o.Changes {
				put(t, &u, c)
			}
			if w.protected(&u) {
				t.Errorf("%s %s makes it protected: %s", o.Verb, o.UID, stand(u))
			}
		}
	})
	if written < 10*rounds || spared < rounds {
		t.Errorf("%d written, %d spared", written, spared)
	}
}
