package apply

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// TestAhead has the next operations on record while those before them are under
// way, and no more than twice as many as share a record; none is sent before.
func TestAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, most, sent := newBook(t), 0, 0
		single := func(_ context.Context, u user.User) (user.User, error) {
			b.mu.Lock()
			if !b.sent[index(u)] {
				t.Errorf("%s is sent and not on record", u.UID)
			}
			sent++
			most = max(most, len(b.sent)-sent)
			b.mu.Unlock()
			time.Sleep(time.Second)
			return u, nil
		}
		p := newPlan(many(plan.Create, "x", 500)...)
		b.takes = time.Second // as long as a request
		began := time.Now()
		if _, err := b.run(t.Context(), p, &fake{t: t, create: single}, careless(Options{Concurrency: 10})); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 51*time.Second {
			t.Errorf("it took %s: requests waited for their records", took)
		}
		if most < lookAhead || most > 2*lookAhead {
			t.Errorf("%d were on record and not sent", most)
		}
		if b.records != 8 {
			t.Errorf("%d records of operations to be sent", b.records)
		}
	})
}

// TestFartherAhead has more go together where the disk is slower than the requests.
func TestFartherAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBook(t)
		b.takes = time.Second
		single := func(_ context.Context, u user.User) (user.User, error) {
			time.Sleep(time.Millisecond)
			return u, nil
		}
		p := newPlan(many(plan.Create, "x", 5*mostAhead)...)
		if _, err := b.run(t.Context(), p, &fake{t: t, create: single}, careless(Options{Concurrency: 10})); err != nil {
			t.Error(err)
		}
		if b.records != 8 { // 64, 64, 128, 256, and then 512 each
			t.Errorf("%d records of operations to be sent", b.records)
		}
	})
}

// TestAheadStops has what was on record and not sent on record as not sent, with
// the reason, whatever it is that stops; and nothing of it is sent.
func TestAheadStops(t *testing.T) {
	for name, test := range map[string]struct {
		stop func(requests int, cancel context.CancelCauseFunc) error
		code string
	}{
		"interrupted": {func(n int, cancel context.CancelCauseFunc) error {
			if n == 30 {
				cancel(errSignal)
			}
			return nil
		}, plan.CodeInterrupted},
		"out of time": {func(n int, cancel context.CancelCauseFunc) error {
			if n == 30 {
				cancel(ErrOutOfTime)
			}
			return nil
		}, plan.CodeOutOfTime},
		"refused key": {func(n int, _ context.CancelCauseFunc) error {
			if n == 30 {
				return &failure{code: "REFUSED", fatal: true}
			}
			return nil
		}, plan.CodeStopped},
		"breaker": {func(int, context.CancelCauseFunc) error {
			return &failure{code: "BAD", kind: plan.BadInput}
		}, plan.CodeBreaker},
	} {
		for _, verb := range []plan.Verb{plan.Create, plan.Update, plan.Deactivate} {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				n := 0
				b := newBook(t)
				single := func(_ context.Context, u user.User) (user.User, error) {
					time.Sleep(time.Second) // the records of others go on
					n++
					return u, test.stop(n, cancel)
				}
				remote := &fake{t: t, create: single, update: single}
				ops := many(verb, "x", 300)
				if verb == plan.Deactivate { // each is updated first
					for i := range ops {
						ops[i].Changes = named("New")
					}
				}
				p := newPlan(ops...)
				results, _ := b.run(ctx, p, remote, careless(Options{Concurrency: 1, Grace: time.Minute}))
				unsent := 0
				for i, r := range results {
					if b.sent[i] && r.Outcome == plan.Skipped {
						unsent++
					}
					want := test.code
					if verb == plan.Deactivate && test.code == plan.CodeBreaker {
						want = plan.CodeUnhealthy
					}
					if r.Outcome == plan.Skipped && r.Code != want {
						t.Errorf("%s, %s: %+v", name, verb, r)
					}
				}
				if n > 30 || unsent < lookAhead || count(results, plan.Skipped) < 300-n {
					t.Errorf("%s, %s: %d requests, %d on record and not sent: %v", name, verb, n, unsent, outcomes(results))
				}
			})
		}
	}
}

// TestAheadDies settles what a run left that died with operations on record that
// were sent, answered or not, or not sent yet; the next run does the rest, and
// nobody is created twice.
func TestAheadDies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app := map[string]int{} // times created
		remote := &fake{t: t, find: func(_ context.Context, uid string) (user.User, bool, error) {
			return user.User{UID: uid, Name: "New " + uid, State: user.Active}, app[uid] > 0, nil
		}}
		ctx, cancel := context.WithCancel(t.Context())
		p, b := newPlan(many(plan.Create, "x", 200)...), newBook(t)
		go Run(ctx, p, &fake{t: t, create: func(_ context.Context, u user.User) (user.User, error) {
			if app[u.UID]++; len(app) == 41 { // its answer is lost with the run
				<-ctx.Done()
			}
			return u, nil
		}}, b, careless(Options{Concurrency: 1}))
		synctest.Wait()
		var rest []plan.Operation // as the next run's plan has them
		doubts := 0
		for i := range p.Operations {
			o := &p.Operations[i]
			want := plan.Applied
			if app[o.UID] == 0 {
				rest, want = append(rest, *o), plan.Skipped
			} else if !b.sent[i] {
				t.Errorf("%s was sent and is not on record", o.UID)
			}
			if _, done := b.done[i]; !b.sent[i] || done {
				continue
			}
			doubts++
			if result, err := Settle(t.Context(), remote, o); err != nil || result.Outcome != want {
				t.Errorf("%s is settled as %+v, %v", o.UID, result, err)
			}
		}
		if doubts < lookAhead {
			t.Errorf("%d in doubt", doubts)
		}
		cancel()
		remote.create = func(_ context.Context, u user.User) (user.User, error) {
			app[u.UID]++
			return u, nil
		}
		if _, err := remote.run(careless(Options{}), rest...); err != nil || len(app) != len(p.Operations) {
			t.Errorf("%d users, %v", len(app), err)
		}
		for uid, n := range app {
			if n != 1 {
				t.Errorf("%s was created %d times", uid, n)
			}
		}
	})
}

func index(u user.User) (i int) {
	_, _ = fmt.Sscanf(u.UID, "x%d", &i)
	return i
}
