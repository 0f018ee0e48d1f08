package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// TestFatal stops handing out at once: at most one more request for each that
// was under way.
func TestFatal(t *testing.T) {
	for _, kind := range []string{"401", "403", "expired"} {
		for _, call := range []string{"reactivate", "create", "update", "deactivate"} {
			t.Run(call+":"+kind, func(t *testing.T) {
				p, lines := mixed(60)
				for i := range p.Count(plan.Reactivate) {
					p.Operations[i].Changes = nil // each a batch's, and nothing else
				}
				w := newWorld(t, sandbox.Config{Faults: faults(t, call+":"+kind+"=1")}, lines...)
				before := w.users()
				results, err := w.run(context.Background(), p, func(o *Options) { o.Concurrency = 4 })
				var f Failure
				if !errors.As(err, &f) || !f.Fatal() {
					t.Fatalf("the error is %v", err)
				}
				refused := 0
				for i, r := range results {
					o := &p.Operations[i]
					switch {
					case r.Outcome == plan.Failed && o.Verb.String() == call && r.Code == f.ServiceCode():
						refused++
					case r.Outcome == plan.Skipped && (r.Code != "stopped" || !strings.Contains(r.Message, f.ServiceCode())),
						r.Outcome != plan.Applied && r.Outcome != plan.Skipped:
						t.Errorf("%s %s: %+v", o.Verb, o.UID, r)
					}
				}
				if most := map[string]int{"create": 4, "update": 4, "reactivate": 60, "deactivate": 60}[call]; refused == 0 ||
					refused > most {
					t.Errorf("%d were refused: %v", refused, outcomes(results))
				}
				if call != "deactivate" && len(w.requests("DELETE", "")) > 0 {
					t.Error("users were deactivated after the key had been refused")
				}
				agree(t, p, results, before, w.users())
			})
		}
	}
}

// agree holds the outcomes against the state of the app: what is applied is
// there, and what is neither that nor unknown is not, unless it was before.
// What was done to a user is what is said to have been done.
func agree(t testing.TB, p *plan.Plan, results []plan.Result, before, state map[string]user.User) {
	t.Helper()
	for i, r := range results {
		o := &p.Operations[i]
		was, there := before[o.UID]
		is := state[o.UID]
		switch {
		case r.Did == 0 && r.Outcome != plan.Unknown && fmt.Sprint(was) != fmt.Sprint(is),
			r.Did.Has(plan.Create) && (there || is.UID == ""),
			r.Did.Has(plan.Reactivate) && is.State != user.Active,
			r.Did.Has(plan.Deactivate) && is.State != user.Deactivated,
			r.Did.Has(plan.Create) && r.Instead != nil:
			t.Errorf("%s %s is %s (%s) and did %v, and the user was %+v and is %+v", o.Verb, o.UID, r.Outcome, r.Message, r.Did.List(),
				was, is)
		}
		for _, c := range r.Instead {
			if got := plan.Present(&was, c.Field); !equalJSON(got, c.Before) {
				t.Errorf("%s %s changed %s from %s, and it was %s", o.Verb, o.UID, c.Field, c.Before, got)
			}
		}
		switch r.Outcome {
		case plan.Unknown:
		case plan.Applied:
			if !done(o, state) {
				t.Errorf("%s %s is applied, and the user is %+v", o.Verb, o.UID, state[o.UID])
			}
		default:
			inLine := r.Message == notOurs && r.Did != 0
			if done(o, state) != inLine && !done(o, before) {
				t.Errorf("%s %s is %s (%s), and the user is %+v", o.Verb, o.UID, r.Outcome, r.Message, state[o.UID])
			}
		}
	}
}

// TestFatalInSettling stops even where it is not the operation's own request
// that is refused, and asks no more.
func TestFatalInSettling(t *testing.T) {
	refused, cut := &failure{code: "REFUSED", fatal: true}, &failure{code: "CUT", lost: true}
	reads := 0
	remote := &fake{t: t,
		deactivate: func(context.Context, []string) (plan.Batch, error) { return plan.Batch{}, cut },
		find: func(context.Context, string) (user.User, bool, error) {
			reads++
			return user.User{}, false, refused
		},
	}
	p, b := newPlan(many(plan.Deactivate, "d", 60)...), newBook(t)
	results, err := b.run(context.Background(), p, remote, careless(Options{}))
	if !errors.Is(err, refused) || reads != 1 || count(results, plan.Unknown) != plan.MaxBatch ||
		count(results, plan.Skipped) != 60-plan.MaxBatch {
		t.Errorf("%v after %d reads: %v", err, reads, outcomes(results))
	}
}

// TestFatalAfterReactivation sends no updates to a service that refuses the key.
func TestFatalAfterReactivation(t *testing.T) {
	ops := many(plan.Reactivate, "r", 10)
	for i := range ops {
		ops[i].Changes = named("New")
	}
	puts := 0
	remote := &fake{t: t,
		reactivate: func(_ context.Context, uids []string) (plan.Batch, error) { return plan.Batch{Done: uids}, nil },
		update: func(context.Context, user.User) (user.User, error) {
			puts++
			return user.User{}, &failure{code: "REFUSED", fatal: true}
		},
	}
	p, b := newPlan(ops...), newBook(t)
	results, err := b.run(context.Background(), p, remote, careless(Options{}))
	if err == nil || puts != 1 || count(results, plan.Failed) != 10 {
		t.Errorf("%v after %d updates: %v", err, puts, outcomes(results))
	}
	for _, r := range results {
		if !strings.HasPrefix(r.Message, "reactivated, but not updated: ") {
			t.Errorf("%+v", r)
		}
	}
}

// TestRecordFails sends nothing that is not on record.
func TestRecordFails(t *testing.T) {
	full := errors.New("journal: no space left on device")
	for _, c := range []struct {
		verb plan.Verb
		at   int // index whose record fails
		sent int // requests at most: those that are on record together go together, or not at all
	}{{plan.Create, 7, 0}, {plan.Create, 70, 64}, {plan.Update, 0, 0}, {plan.Deactivate, 30, 1}, {plan.Reactivate, 0, 0},
		{plan.Reactivate, 24, 0}} {
		requests := 0
		single := func(_ context.Context, u user.User) (user.User, error) { requests++; return u, nil }
		batch := func(_ context.Context, uids []string) (plan.Batch, error) {
			requests++
			return plan.Batch{Done: uids}, nil
		}
		p, b := newPlan(many(c.verb, "x", 130)...), newBook(t)
		b.sentFails = func(i int) error {
			if i >= c.at {
				return full
			}
			return nil
		}
		results, err := b.run(context.Background(), p, &fake{t: t, create: single, update: single, deactivate: batch, reactivate: batch},
			careless(Options{}))
		if !errors.Is(err, full) || requests > c.sent || requests == 0 && c.verb == plan.Deactivate {
			t.Errorf("%s, %d: %v after %d requests, want %d", c.verb, c.at, err, requests, c.sent)
		}
		for i, r := range results {
			if r.Outcome == plan.Applied && i >= c.at || r.Outcome == plan.Skipped && !strings.Contains(r.Message, "no space") ||
				i > c.at && r.Outcome != plan.Skipped {
				t.Errorf("%s, %d: %d is %+v", c.verb, c.at, i, r)
			}
		}
	}

	// What was answered stays answered when only that can't be recorded.
	p, b := newPlan(many(plan.Create, "x", 60)...), newBook(t)
	b.doneFails = func(int) error { return full }
	results, err := Run(context.Background(), p, &fake{t: t, create: func(_ context.Context, u user.User) (user.User, error) {
		return u,
			nil
	}}, b, careless(Options{Concurrency: 4}))
	if b.check(p, results); !errors.Is(err, full) || count(results, plan.Applied) == 0 || count(results, plan.Applied) > 4 {
		t.Errorf("%v: %v", err, outcomes(results))
	}
}

var errSignal = errors.New("interrupted")

// TestInterrupt lets flights land that do so within the grace period, tells of
// the others, and begins nothing new.
func TestInterrupt(t *testing.T) {
	for _, c := range []struct {
		grace time.Duration
		want  map[plan.Outcome]int
	}{
		{10 * time.Second, map[plan.Outcome]int{plan.Applied: 8, plan.Skipped: 52}},
		{time.Second, map[plan.Outcome]int{plan.Applied: 4, plan.Unknown: 4, plan.Skipped: 52}},
		{0, map[plan.Outcome]int{plan.Applied: 4, plan.Unknown: 4, plan.Skipped: 52}},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(context.Background())
			defer cancel(nil)
			remote := &fake{t: t,
				create: func(ctx context.Context, u user.User) (user.User, error) {
					select {
					case <-time.After(5 * time.Second):
						return u, nil
					case <-ctx.Done():
						return user.User{}, &failure{code: "CUT", lost: true}
					}
				},
				find: func(ctx context.Context, _ string) (user.User, bool, error) { return user.User{}, false, ctx.Err() },
			}
			time.AfterFunc(7*time.Second, func() { cancel(errSignal) })
			p, b := newPlan(append(many(plan.Create, "c", 50), many(plan.Deactivate, "d", 10)...)...), newBook(t)
			began := time.Now()
			results, err := b.run(ctx, p, remote, careless(Options{Concurrency: 4, Grace: c.grace}))
			if err != errSignal || fmt.Sprint(outcomes(results)) != fmt.Sprint(c.want) {
				t.Errorf("grace %s: %v, %v, want %v", c.grace, err, outcomes(results), c.want)
			}
			if took := time.Since(began); took > 7*time.Second+c.grace {
				t.Errorf("grace %s: it took %s", c.grace, took)
			}
			for _, r := range results {
				if r.Outcome == plan.Skipped && (r.Code != "interrupted" ||
					r.Message != "not sent: the run was interrupted; run again to finish the rest") {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}

// TestInterruptedWait skips operations that were waiting for their turn, which
// the client tells as an error that is not lost.
func TestInterruptedWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, leave := inBubble(t, sandbox.Config{Faults: faults(t, "429=1,60s")}, 6, users("d", 30, "")...)
		defer leave()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errSignal)
		defer cancel()
		p := newPlan(append(many(plan.Create, "c", 50), many(plan.Deactivate, "d", 30)...)...)
		results, err := w.run(ctx, p, func(o *Options) { o.Grace = 2 * time.Second })
		if err != errSignal || count(results, plan.Skipped) != len(p.Operations) {
			t.Errorf("%v: %v, such as %+v", err, outcomes(results), results[0])
		}
	})
}

// TestInterruptBegins no further write of an operation: not the second create,
// not the update after a reactivation, not the one that unsets metadata.
func TestInterruptBegins(t *testing.T) {
	cut := &failure{code: "CUT", lost: true}
	for _, c := range []struct {
		name    string
		op      plan.Operation
		answer  func(u user.User) (user.User, error)
		found   bool
		state   user.Activity
		message string
	}{
		{"create again", anna, func(user.User) (user.User, error) { return user.User{}, cut }, false, 0, "does not show it"},
		{"update what exists", anna, func(user.User) (user.User, error) { return user.User{}, &failure{code: "EXISTS", exists: true} },
			true, user.Active, "was not brought in line: not sent"},
		{"reactivate what exists", anna, func(user.User) (user.User, error) { return user.User{}, &failure{code: "EXISTS", exists: true} },
			true, user.Deactivated, "was not brought in line: not sent"},
		{"update after reactivating", plan.Operation{Verb: plan.Reactivate, UID: "anna", Changes: named("Anna")}, nil, false, 0,
			"reactivated, but not updated: not sent"},
		{"unset metadata", plan.Operation{Verb: plan.Update, UID: "anna", Changes: []plan.Change{{Field: user.Metadata, After: `{"a":1}`}}},
			func(u user.User) (user.User, error) { u.Metadata = `{"a":1,"b":2}`; return u, nil }, false, 0, "metadata.b"},
	} {
		ctx, cancel := context.WithCancelCause(context.Background())
		writes := 0
		write := func(_ context.Context, u user.User) (user.User, error) {
			writes++
			cancel(errSignal)
			return c.answer(u)
		}
		remote := &fake{t: t, create: write, update: write,
			reactivate: func(_ context.Context, uids []string) (plan.Batch, error) {
				writes++
				cancel(errSignal)
				return plan.Batch{Done: uids}, nil
			},
			find: func(context.Context, string) (user.User, bool, error) {
				return user.User{UID: "anna", State: c.state}, c.found, nil
			},
		}
		b, p := newBook(t), newPlan(c.op)
		results, err := b.run(ctx, p, remote, careless(Options{Grace: time.Minute}))
		if r := results[0]; err != errSignal || writes != 1 || r.Outcome != plan.Failed || !strings.Contains(r.Message, c.message) {
			t.Errorf("%s: %v after %d writes: %+v", c.name, err, writes, r)
		}
	}
}

// TestStoppedBefore it began, a run does nothing at all.
func TestStoppedBefore(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errSignal)
	p, _ := mixed(30)
	p.NewRoles = []string{"chef"}
	b := newBook(t)
	results, err := b.run(ctx, p, &fake{t: t}, careless(Options{Concurrency: 3}))
	if err != errSignal || len(b.sent) > 0 || count(results, plan.Skipped) != len(p.Operations) {
		t.Errorf("%v, %d sent: %v", err, len(b.sent), outcomes(results))
	}
}

// TestFlightsOutlive the caller's context, and end with the run.
func TestFlightsOutlive(t *testing.T) {
	type mark struct{}
	var flight context.Context
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), mark{}, "kept"))
	var once atomic.Bool
	remote := &fake{t: t, create: func(ctx context.Context, u user.User) (user.User, error) {
		if once.CompareAndSwap(false, true) {
			flight = ctx
			cancel()
			if ctx.Err() != nil || ctx.Value(mark{}) != "kept" {
				t.Errorf("the flight's context: %v, %v", ctx.Err(), ctx.Value(mark{}))
			}
		}
		return u, nil
	}}
	b, p := newBook(t), newPlan(slices.Clone(many(plan.Create, "c", 3))...)
	results, err := b.run(ctx, p, remote, careless(Options{Grace: time.Minute}))
	if !errors.Is(err, context.Canceled) || count(results, plan.Applied) != 1 || flight.Err() == nil {
		t.Errorf("%v: %v; the flight's context: %v", err, outcomes(results), flight.Err())
	}
}

func equalJSON(a, b string) bool {
	var x, y any
	return a == b || json.Unmarshal([]byte(a), &x) == nil && json.Unmarshal([]byte(b), &y) == nil && reflect.DeepEqual(x, y)
}

// TestOutOfTime says so of what was not sent.
func TestOutOfTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithDeadlineCause(t.Context(), time.Now().Add(7*time.Second), ErrOutOfTime)
		defer cancel()
		remote := &fake{t: t, update: func(_ context.Context, u user.User) (user.User, error) {
			time.Sleep(2 * time.Second)
			return u, nil
		}}
		p, b := newPlan(append(many(plan.Update, "u", 20), many(plan.Deactivate, "d", 20)...)...), newBook(t)
		results, err := b.run(ctx, p, remote, careless(Options{Concurrency: 2, Grace: time.Minute}))
		if err != ErrOutOfTime || count(results, plan.Applied) != 8 || count(results, plan.Skipped) != 32 {
			t.Errorf("%v: %v", err, outcomes(results))
		}
		if r := results[39]; r.Code != plan.CodeOutOfTime || r.Message != "not sent: --max-duration was over; run again to go on" {
			t.Errorf("%+v", r)
		}
	})
}
