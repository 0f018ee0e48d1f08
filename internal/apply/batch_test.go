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
		{"throttled", []string{"x007"}, &failure{code: "ERR_TOO_MANY_REQUESTS", kind: plan.Throttled}, map[plan.Outcome]int{plan.Failed: 25}, 1},
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
			b, p := newBook(t), newPlan(many(verb, "x", 25)...)
			results, err := Run(t.Context(), p, remote, b, careless(Options{}))
			b.check(p, results)
			if (err != nil) != c.err.fatal || fmt.Sprint(outcomes(results)) != fmt.Sprint(c.want) || calls != c.calls {
				t.Errorf("%s, %s: %v after %d calls, %v", c.name, verb, outcomes(results), calls, err)
			}
			for i, r := range results {
				if bad := slices.Contains(c.bad, p.Operations[i].UID); c.calls > 1 && bad != (r.Outcome == plan.Failed) || bad &&
					(r.Kind != c.err.kind || r.Code != c.err.code) {
					t.Errorf("%s, %s: %s is %+v", c.name, verb, p.Operations[i].UID, r)
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
	results, err := Run(ctx, p, remote, b, careless(Options{}))
	b.check(p, results)
	if err != errSignal || calls != 1 || count(results, plan.Skipped) != 25 || results[3].Code != CodeInterrupted {
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
		if o := &p.Operations[i]; len(o.Changes) > 0 && !r.Did.Has(plan.Update) || o.Verb == plan.Deactivate && !r.Did.Has(plan.Deactivate) ||
			r.Attempts == 0 {
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
