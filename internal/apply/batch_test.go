package apply

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// TestHalving finds the users for whose sake a batch is refused as a whole.
func TestHalving(t *testing.T) {
	for _, c := range []struct {
		name  string
		bad   []string
		err   *failure
		want  map[plan.Outcome]int
		calls int
	}{
		{"one bad uid", []string{"x007"}, &failure{code: "ERR_BAD_REQUEST", kind: plan.BadInput, status: 400},
			map[plan.Outcome]int{plan.Applied: 24, plan.Failed: 1}, 11},
		{"one who is unknown", []string{"x000"}, &failure{code: "ERR_UID_NOT_FOUND", kind: plan.Conflicting, notFound: true},
			map[plan.Outcome]int{plan.Applied: 24, plan.Failed: 1}, 9},
		{"two", []string{"x007", "x020"}, &failure{code: "ERR_BAD_REQUEST", kind: plan.BadInput}, map[plan.Outcome]int{plan.Applied: 23,
			plan.Failed: 2}, 19},
		{"throttled", []string{"x007"}, &failure{code: "ERR_TOO_MANY_REQUESTS", kind: plan.Throttled},
			map[plan.Outcome]int{plan.Failed: 25}, 1},
		{"lost", []string{"x007"}, &failure{code: "CUT", kind: plan.InDoubt, lost: true}, map[plan.Outcome]int{plan.Unknown: 25}, 1},
		{"the key", []string{"x007"}, &failure{code: "KEY", kind: plan.Forbidden, fatal: true}, map[plan.Outcome]int{plan.Failed: 25}, 1},
	} {
		for _, verb := range []plan.Verb{plan.Reactivate, plan.Deactivate} {
			calls := 0
			batch := func(ctx context.Context, uids []string) (plan.Batch, error) {
				calls++
				if slices.ContainsFunc(uids, func(uid string) bool { return slices.Contains(c.bad, uid) }) {
					return plan.Batch{}, c.err
				}
				return plan.Batch{Done: uids}, nil
			}
			remote := &fake{t: t, reactivate: batch, deactivate: batch, find: func(context.Context, string) (user.User, bool, error) {
				return user.User{}, false, &failure{code: "500"}
			}}
			ops := many(verb, "x", 25)
			results, err := remote.run(careless(Options{}), ops...)
			if (err != nil) != c.err.fatal || fmt.Sprint(outcomes(results)) != fmt.Sprint(c.want) || calls != c.calls {
				t.Errorf("%s, %s: %v after %d calls, %v", c.name, verb, outcomes(results), calls, err)
			}
			for i, r := range results {
				if bad := slices.Contains(c.bad, ops[i].UID); c.calls > 1 && bad != (r.Outcome == plan.Failed) || bad &&
					(r.Kind != c.err.kind || r.Code != c.err.code) {
					t.Errorf("%s, %s: %s is %+v", c.name, verb, ops[i].UID, r)
				}
			}
		}
	}
}

// TestHalvingStops with the run: halves that were not sent are not.
func TestHalvingStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	calls := 0
	remote := &fake{t: t, deactivate: func(context.Context, []string) (plan.Batch, error) {
		calls++
		cancel(errSignal)
		return plan.Batch{}, &failure{code: "ERR_BAD_REQUEST", kind: plan.BadInput}
	}}
	b, p := newBook(t), newPlan(many(plan.Deactivate, "x", 25)...)
	results, err := b.run(ctx, p, remote, careless(Options{}))
	if err != errSignal || calls != 1 || count(results, plan.Skipped) != 25 || results[3].Code != plan.CodeInterrupted {
		t.Errorf("%v after %d calls: %v", err, calls, outcomes(results))
	}
}

// TestAlready did nothing, unless an attempt went unanswered before.
func TestAlready(t *testing.T) {
	for _, c := range []struct {
		verb   plan.Verb
		faults []string
		did    string
	}{
		{plan.Deactivate, nil, ""},
		{plan.Deactivate, []string{"deactivate:cut-after=1,times=1"}, "deactivate"},
		{plan.Deactivate, []string{"deactivate:empty=1,times=1"}, "deactivate"},
		{plan.Deactivate, []string{"deactivate:429=1,times=1"}, ""},
		{plan.Reactivate, nil, ""},
		{plan.Reactivate, []string{"reactivate:504=1,times=1"}, "reactivate"},
	} {
		synctest.Test(t, func(t *testing.T) {
			there := ""
			if c.verb == plan.Deactivate {
				there = deactivated
			}
			w, leave := inBubble(t, sandbox.Config{Faults: faults(t, c.faults...)}, 3, users("x", 1, there)...)
			defer leave()
			if r := w.one(many(c.verb, "x", 1)[0]); r.Outcome != plan.Applied || strings.Join(verbs(r.Did), " ") != c.did {
				t.Errorf("%s, %q: %+v", c.verb, c.faults, r)
			}
		})
	}
}

// TestUpdateThenDeactivate changes a user among the updates and takes its
// access in the end, or leaves it alone when it can't be changed.
func TestUpdateThenDeactivate(t *testing.T) {
	plans := func() (*plan.Plan, []string) {
		ops := slices.Concat(many(plan.Update, "u", 5), many(plan.Deactivate, "d", 30))
		for i := 5; i < 15; i++ {
			ops[i].Changes = named("New " + ops[i].UID)
		}
		return newPlan(ops...), slices.Concat(users("u", 5, ""), users("d", 30, ""))
	}
	p, lines := plans()
	w := newWorld(t, sandbox.Config{}, lines...)
	before := w.users()
	results, err := w.run(t.Context(), p, careful)
	agree(t, p, results, before, w.users())
	if err != nil || count(results, plan.Applied) != 35 {
		t.Fatalf("%v: %v", err, outcomes(results))
	}
	for i, r := range results {
		if o := &p.Operations[i]; len(o.Changes) > 0 && !r.Did.Has(plan.Update) || o.Verb == plan.Deactivate &&
			!r.Did.Has(plan.Deactivate) || r.Attempts == 0 {
			t.Errorf("%s is %+v", o.UID, r)
		}
	}

	for _, c := range []struct {
		name   string
		hook   func(r *request)
		change func(*Options)
		says   string // of d003
		did    string
		others plan.Outcome // of the deactivations without changes; 0 is any
	}{
		{"not updated", func(r *request) {
			if r.method == http.MethodPut && r.uid == "d003" {
				panic(http.ErrAbortHandler)
			}
		}, nil, "not deactivated, since it has to be updated first: ", "", plan.Applied},
		{"not deactivated", func(r *request) {
			if r.method == http.MethodDelete {
				panic(http.ErrAbortHandler)
			}
		}, nil, "updated, but not deactivated: ", "update", 0},
		{"an unhealthy kind between", func(r *request) {}, func(o *Options) {
			o.Sample = 20
		}, "updated, but not deactivated: not sent: deactivations were not begun", "update", plan.Skipped},
	} {
		p, lines := plans()
		fault := "create:slow=1,1ms"
		if c.others == plan.Skipped {
			fault = "update:forget=name,times=1"
			p.Operations = p.Operations[1:] // the others are more than the canaries
			p.Operations = append([]plan.Operation{{Verb: plan.Update, UID: "u000",
				Changes: []plan.Change{{Field: user.Name, After: `"Forgotten"`}}}}, p.Operations...)
		}
		w := newWorld(t, sandbox.Config{Faults: faults(t, fault)}, lines...)
		w.hook = c.hook
		before := w.users()
		change := []func(*Options){func(o *Options) { o.Concurrency = 1 }}
		if c.change != nil {
			change = append(change, c.change)
		}
		results, err := w.run(t.Context(), p, change...)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, p, results, before, w.users())
		for i, r := range results {
			switch o := &p.Operations[i]; {
			case o.UID == "d003":
				if r.Outcome != plan.Failed || !strings.HasPrefix(r.Message, c.says) || strings.Join(verbs(r.Did), " ") != c.did {
					t.Errorf("%s: %+v", c.name, r)
				}
			case o.Verb == plan.Deactivate && len(o.Changes) == 0 && r.Outcome != c.others && c.others != 0:
				t.Errorf("%s: %s is %+v", c.name, o.UID, r)
			}
		}
	}
}

// TestBatch sorts answers to batches out, uid by uid.
func TestBatch(t *testing.T) {
	for _, c := range []struct {
		name    string
		verb    plan.Verb
		faults  []string
		want    map[plan.Outcome]int
		message string
		finds   int
	}{
		{"deactivated", plan.Deactivate, nil, map[plan.Outcome]int{plan.Applied: 9, plan.Drifted: 1}, "deleted since", 0},
		{"partly", plan.Deactivate, []string{"deactivate:partial=3,times=1"}, map[plan.Outcome]int{plan.Applied: 6, plan.Failed: 3,
			plan.Drifted: 1}, "", 0},
		{"lost and done", plan.Deactivate, []string{"deactivate:cut-after=1"}, map[plan.Outcome]int{plan.Applied: 9, plan.Drifted: 1},
			"", 10},
		{"lost and not done", plan.Deactivate, []string{"deactivate:cut-before=1"}, map[plan.Outcome]int{plan.Applied: 1, plan.Failed: 8,
			plan.Drifted: 1}, "", 10},
		{"lost and half done", plan.Deactivate, []string{"deactivate:exception-after=1"},
			map[plan.Outcome]int{plan.Applied: 6, plan.Failed: 3, plan.Drifted: 1}, "", 10},
		{"lost and unreadable", plan.Deactivate, []string{"deactivate:cut-after=1", "get:500=1"}, map[plan.Outcome]int{plan.Unknown: 10},
			"", 10},
		{"reactivated", plan.Reactivate, nil, map[plan.Outcome]int{plan.Applied: 9, plan.Drifted: 1}, "", 0},
		{"reactivated, lost and half done", plan.Reactivate, []string{"reactivate:exception-after=1"}, map[plan.Outcome]int{plan.Applied: 6,
			plan.Failed: 3, plan.Drifted: 1}, "", 10},
		{"reactivated in part", plan.Reactivate, []string{"reactivate:partial=2"}, map[plan.Outcome]int{plan.Applied: 7, plan.Failed: 2,
			plan.Drifted: 1}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := ""
			if c.verb == plan.Reactivate {
				before = deactivated
			}
			// Of ten, the last does not exist, and the one before is there already.
			lines := users("u", 8, before)
			if c.verb == plan.Reactivate {
				lines = append(lines, `{"uid":"u008","name":"A"}`)
			} else {
				lines = append(lines, `{"uid":"u008","name":"A"`+deactivated+`}`)
			}
			ops := many(c.verb, "u", 10)
			w := newWorld(t, sandbox.Config{Faults: faults(t, c.faults...), Seed: 1}, lines...)
			p := newPlan(ops...)
			results, err := w.run(context.Background(), p)
			if err != nil {
				t.Fatal(err)
			}
			got := outcomes(results)
			for o, n := range c.want {
				// Who is left out of an answer is drawn: perhaps one of the last two.
				if c.name != "partly" && c.name != "reactivated in part" && got[o] != n {
					t.Errorf("%d are %s, want %d: %v", got[o], o, n, results)
				}
			}
			state, finds := w.users(), 0
			for i, r := range results {
				finds += len(w.requests("GET", p.Operations[i].UID))
				if r.Outcome != plan.Unknown && done(&p.Operations[i], state) != (r.Outcome == plan.Applied) &&
					r.Code != "not-confirmed" {
					t.Errorf("%s is %s, and the user is %+v", p.Operations[i].UID, r.Outcome, state[p.Operations[i].UID])
				}
				// One request for all, and those for this user alone.
				if most := 1 + 3*min(c.finds, 1); r.Attempts < 1 || r.Attempts > most {
					t.Errorf("%s had %d attempts, at most %d are its own", p.Operations[i].UID, r.Attempts, most)
				}
			}
			if finds != c.finds {
				t.Errorf("%d users read, want %d", finds, c.finds)
			}
			if n := len(w.requests(map[plan.Verb]string{plan.Deactivate: http.MethodDelete, plan.Reactivate: http.MethodPut}[c.verb],
				"")); n != 1 {
				t.Errorf("%d batches sent, want 1", n)
			}
		})
	}
}
