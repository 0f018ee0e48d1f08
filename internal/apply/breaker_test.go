package apply

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// TestBreaker stops a kind of which the service fails too much, tells the same
// run again in the same way, and leaves a rest that the next run finishes.
func TestBreaker(t *testing.T) {
	for _, c := range []struct {
		fault string
		opens bool
	}{
		{"500=30%", true}, {"cut-after=35%", true}, {"update:502=40%", true}, {"create:empty=50%", true},
		{"500=10%", false}, {"cut-before=10%", false}, {"429=30%", false},
	} {
		t.Run(c.fault, func(t *testing.T) {
			p, lines := mixed(200)
			var told string
			for round := range 2 {
				synctest.Test(t, func(t *testing.T) {
					w, leave := inBubble(t, sandbox.Config{Faults: faults(t, c.fault), Seed: 3}, 6, lines...)
					defer leave()
					before := w.users()
					results, err := w.run(t.Context(), p, careful, func(o *Options) { o.Concurrency = 1 })
					if err != nil {
						t.Fatal(err)
					}
					agree(t, p, results, before, w.users())
					if got := len(w.stops) > 0; got != c.opens {
						t.Fatalf("stopped: %+v: %v", w.stops, outcomes(results))
					}
					story := fmt.Sprintf("%+v", w.stops)
					if round > 0 && story != told {
						t.Errorf("first %s, then %s", told, story)
					}
					told = story
					if !c.opens {
						return
					}
					first := w.stops[0]
					if first.Code != plan.CodeBreaker || !strings.Contains(first.Message, "of the last ") ||
						count(results, plan.Skipped) < 100 {
						t.Errorf("%+v: %v", first, outcomes(results))
					}
					if len(w.requests(http.MethodDelete, "")) > 0 && first.Verb != plan.Deactivate {
						t.Error("users were deactivated")
					}
					// The next run plans anew what the app does not show.
					now := w.users()
					var rest []plan.Operation
					for _, o := range p.Operations {
						if done(&o, now) {
							continue
						}
						if o.Verb == plan.Reactivate && now[o.UID].State == user.Active {
							o.Verb = plan.Update
						}
						rest = append(rest, o)
					}
					var state bytes.Buffer
					if err := w.box.Save(&state); err != nil {
						t.Fatal(err)
					}
					well, leave := inBubble(t, sandbox.Config{}, 6, strings.TrimSpace(state.String()))
					defer leave()
					results, err = well.run(t.Context(), newPlan(rest...), careful)
					if now = well.users(); err != nil || count(results, plan.Applied) != len(rest) {
						t.Errorf("the next run: %v, %v", err, outcomes(results))
					}
					for _, o := range p.Operations {
						if !done(&o, now) {
							t.Errorf("after the next run, %s is %+v", o.UID, now[o.UID])
						}
					}
				})
			}
		})
	}
}

// TestBreakerOfBatches counts a batch's requests, also those that a repetition got over.
func TestBreakerOfBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, leave := inBubble(t, sandbox.Config{Faults: faults(t, "deactivate:503=60%"), Seed: 1}, 30, users("d", 900, "")...)
		defer leave()
		results, err := w.run(t.Context(), newPlan(many(plan.Deactivate, "d", 900)...), func(o *Options) { o.Concurrency = 2 })
		if err != nil || count(results, plan.Failed) > 0 || count(results, plan.Skipped) < 200 || len(w.stops) != 1 ||
			!strings.Contains(w.stops[0].Message, "requests were failed") {
			t.Errorf("%v: %v, %+v", err, outcomes(results), w.stops)
		}
	})
}

// TestHalfFail opens the breaker on operations that fail for reasons of their own.
func TestHalfFail(t *testing.T) {
	for _, c := range []struct {
		every   int // one in so many is refused
		kind    plan.FailureKind
		results map[plan.Outcome]int
	}{
		{1, plan.BadInput, map[plan.Outcome]int{plan.Failed: 20, plan.Skipped: 80}},
		{2, plan.Conflicting, map[plan.Outcome]int{plan.Failed: 10, plan.Applied: 10, plan.Skipped: 80}},
		{3, plan.BadInput, map[plan.Outcome]int{plan.Failed: 33, plan.Applied: 67}},
		{2, plan.Throttled, map[plan.Outcome]int{plan.Failed: 10, plan.Applied: 10, plan.Skipped: 80}},
	} {
		n := 0
		remote := &fake{t: t, create: func(_ context.Context, u user.User) (user.User, error) {
			if n++; n%c.every == 0 {
				return user.User{}, &failure{code: "NO", kind: c.kind, status: 418, details: map[string][]string{"name": {"no"}}}
			}
			return u, nil
		}}
		var stops []plan.Stop
		results, err := remote.run(careless(Options{Stopped: func(s plan.Stop) { stops = append(stops, s) }}),
			many(plan.Create, "x", 100)...)
		if err != nil || !reflect.DeepEqual(outcomes(results), c.results) || (len(stops) > 0) != (c.results[plan.Skipped] > 0) {
			t.Errorf("every %d: %v, %v, %+v", c.every, outcomes(results), err, stops)
		}
		if len(stops) > 0 && (stops[0].Code != plan.CodeBreaker || !strings.Contains(stops[0].Message, "of the last 20 failed, the latest "+
			"with NO;")) {
			t.Errorf("every %d: %+v", c.every, stops)
		}
		for _, r := range results {
			if r.Outcome == plan.Failed && (r.Kind != c.kind || r.Status != 418 || r.Details["name"] == nil) {
				t.Errorf("%+v", r)
			}
		}
	}
}

// TestBreakerForgets what is long past.
func TestBreakerForgets(t *testing.T) {
	var r ring
	for i := range 1000 {
		r.add(100, i < 24 || i >= 900 && i < 924)
		want := min(i+1, 24)
		switch {
		case i >= 900:
			want = min(i-899, 24)
		case i >= 100:
			want = max(0, 24-(i-99))
		}
		if r.yes != want {
			t.Fatalf("after %d: %d, want %d", i+1, r.yes, want)
		}
	}
}

// TestPartial names the three whom a batch leaves out, and goes on.
func TestPartial(t *testing.T) {
	for _, verb := range []plan.Verb{plan.Reactivate, plan.Deactivate} {
		state := ""
		if verb == plan.Reactivate {
			state = deactivated
		}
		w := newWorld(t, sandbox.Config{Faults: faults(t, verb.String()+":partial=3,times=1")}, users("x", 25, state)...)
		p := newPlan(many(verb, "x", 25)...)
		results, err := w.run(t.Context(), p)
		if err != nil || count(results, plan.Applied) != 22 || count(results, plan.Failed) != 3 || len(w.stops) > 0 {
			t.Fatalf("%v: %v, %+v", err, outcomes(results), w.stops)
		}
		now := w.users()
		for i, r := range results {
			o := &p.Operations[i]
			if r.Outcome == plan.Failed && (r.Code != plan.CodeNotConfirmed || !strings.Contains(r.Message, o.UID) || done(o, now)) {
				t.Errorf("%s is %+v", o.UID, r)
			}
		}
	}
}
