package diff

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"cometsync/diff/difftest"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// places is the plan's places, by uid.
func places(p *plan.Plan) map[string]plan.Place {
	at := map[string]plan.Place{}
	for left := range p.Places.All() {
		at[left.UID] = left.Place
	}
	return at
}

// checkPlaces holds the items against the counts: every remote user has an
// operation or a place, exactly once, and the places add up to what the plan says.
func checkPlaces(t *testing.T, p *plan.Plan, remote []user.User) {
	t.Helper()
	count := map[plan.Place]int{}
	times := map[string]int{}
	last := ""
	for left := range p.Places.All() {
		uid, place := left.UID, left.Place
		if uid <= last {
			t.Errorf("%s comes after %s among the places", uid, last)
		}
		last = uid
		count[place]++
		if place.InApp() {
			times[uid]++
		}
	}
	for _, o := range p.Operations {
		if o.Verb != plan.Create {
			times[o.UID]++
		}
	}
	for i := range remote {
		if n := times[remote[i].UID]; n != 1 {
			t.Errorf("%s is %d times among operations and places", remote[i].UID, n)
		}
		delete(times, remote[i].UID)
	}
	if len(times) > 0 {
		t.Errorf("the app does not have %q, and they have places", slices.Collect(maps.Keys(times)))
	}
	conflicts, unsaid := 0, 0
	for _, c := range p.Conflicts {
		if !c.Gone {
			conflicts++
		}
	}
	for _, n := range p.Notices {
		if n.Code == "state-unsaid" {
			unsaid = n.Count
		}
	}
	for _, c := range []struct {
		what           string
		itemized, want int
	}{
		{"unchanged", count[plan.PlaceUnchanged] + count[plan.PlaceDeactivated] + count[plan.PlaceUnsaid] + count[plan.PlaceUntouched],
			p.Unchanged},
		{"out of scope", count[plan.PlaceOutOfScope], p.OutOfScope},
		{"protected", count[plan.PlaceProtected], p.Protected},
		{"kept", count[plan.PlaceKept] + count[plan.PlaceLeaving] + count[plan.PlaceStranger], p.Kept},
		{"leaving", count[plan.PlaceLeaving], len(p.Leaving)},
		{"strangers", count[plan.PlaceStranger], p.Strangers},
		{"held", count[plan.PlaceHeld], len(p.Held)},
		{"in conflict", count[plan.PlaceConflict], conflicts},
		{"unsaid", count[plan.PlaceUnsaid], unsaid},
	} {
		if c.itemized != c.want {
			t.Errorf("%d users have the place of the %s, and the plan counts %d", c.itemized, c.what, c.want)
		}
	}
	at := places(p)
	for _, h := range p.Held {
		if at[h.UID] != plan.PlaceHeld {
			t.Errorf("%s is held, and its place is %s", h.UID, at[h.UID])
		}
	}
	for _, l := range p.Leaving {
		if at[l.UID] != plan.PlaceLeaving {
			t.Errorf("%s is leaving, and its place is %s", l.UID, at[l.UID])
		}
	}
	for _, c := range p.Conflicts {
		if !c.Gone && at[c.UID] != plan.PlaceConflict {
			t.Errorf("%s is in conflict, and its place is %s", c.UID, at[c.UID])
		}
	}
}

func wantPlaces(t *testing.T, p *plan.Plan, want map[string]plan.Place) {
	t.Helper()
	if got := places(p); !maps.Equal(got, want) {
		t.Errorf("the places are %v, want %v", got, want)
	}
}

func TestPlaces(t *testing.T) {
	roster := difftest.NewRoster(user.Rules{}, "uid|name|role|state|avatar",
		"same|Anna|||", "differs|Anna|||", "gone|Anna||left|", "unsaid|Anna|||",
		"bad|Anna|||no address", "outside|Ben|||", "p-1|Ben|||", "raised|Anna|admin||", "cook|Anna|chef||", "new|Anna||active|",
		"never|Anna||left|", "p-2|Ben|||")
	remote := difftest.Listing("uid|name|role|state",
		"same|Anna|staff|", "differs|Ben|staff|", "gone|Anna|staff|deactivated", "unsaid|Ben|staff|deactivated",
		"bad|Anna|staff|", "outside|Anna|guest|", "p-1|Anna|staff|", "raised|Anna|staff|", "cook|Anna|staff|",
		"absent|Anna|staff|", "absent-off|Anna|staff|deactivated")
	policy := Policy{
		Scope:   Scope{Roles: []string{"staff"}},
		Protect: Protect{UIDs: []string{"p-*"}, Roles: []string{"admin"}},
		Roles:   []string{"staff", "admin"},
	}
	want := map[string]plan.Place{
		"same": plan.PlaceUnchanged, "gone": plan.PlaceDeactivated, "unsaid": plan.PlaceUnsaid, "bad": plan.PlaceHeld,
		"outside": plan.PlaceOutOfScope, "p-1": plan.PlaceProtected, "raised": plan.PlaceProtected, "cook": plan.PlaceHeld,
		"absent-off": plan.PlaceDeactivated, "never": plan.PlaceInactive, "p-2": plan.PlaceApart, "new": plan.PlaceApart,
	}
	wantPlaces(t, compute(t, roster, remote, policy), want)
	policy.Missing = MissingKeep
	want["absent"] = plan.PlaceKept
	wantPlaces(t, compute(t, roster, remote, policy), want)
}

func TestPlacesOfAnUndo(t *testing.T) {
	policy := Policy{Protect: Protect{UIDs: []string{"born"}}, Roles: []string{"chef"}}
	done := append(earlier(), applied(plan.Update, "twice", change(user.Name, "Old", "New")))
	users := append(now(), difftest.Listing(nowHeader, "twice|Old|staff||")...)
	wantPlaces(t, undo(t, done, users, policy), map[string]plan.Place{
		"born": plan.PlaceProtected, "born2": plan.PlaceConflict, "named": plan.PlaceConflict, "moved": plan.PlaceConflict,
		"left2": plan.PlaceUnchanged, "twice": plan.PlaceUnchanged, // as they were before the run
		"unsent": plan.PlaceUntouched, "other": plan.PlaceUntouched, "other2": plan.PlaceUntouched,
	})
}

func TestPlacesAreOnlyKeptOnDemand(t *testing.T) {
	roster := difftest.NewRoster(user.Rules{}, "uid|name", "a|Anna")
	p, err := Compute(roster, fakeRemote(difftest.Listing("uid|name", "a|Anna"), rand.New(rand.NewPCG(1, 2))), Policy{})
	if err != nil || p.Places != nil || p.Unchanged != 1 {
		t.Errorf("the places are %v, %v", p.Places, err)
	}
}
