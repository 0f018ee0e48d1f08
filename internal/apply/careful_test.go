package apply

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// full gives operations a name, tags and metadata to send.
func full(ops []plan.Operation) []plan.Operation {
	for i := range ops {
		ops[i].Changes = append(named("New "+ops[i].UID),
			plan.Change{Field: user.Tags, After: `["x","y"]`}, plan.Change{Field: user.Metadata, After: `{"team":"red"}`})
	}
	return ops
}

// past gives creates times to send.
func past(ops []plan.Operation) []plan.Operation {
	for i := range ops {
		ops[i].Changes = append(ops[i].Changes, plan.Change{Field: user.CreatedAt, After: "1500000000"},
			plan.Change{Field: user.LastActiveAt, After: "1600000000"})
	}
	return ops
}

// TestCanary stops a kind whose first user is not as the service confirmed, and
// takes nobody's access then.
func TestCanary(t *testing.T) {
	for _, c := range []struct {
		fault  string
		verb   plan.Verb
		wanted string // of the app's user, that is not shown
	}{
		{"create:drop=metadata", plan.Create, "metadata.team"},
		{"create:drop=tags", plan.Create, "tags"},
		{"create:forget=metadata", plan.Create, "metadata.team"},
		{"create:forget=name", plan.Create, "name"},
		{"import:forget=metadata", plan.Create, "metadata.team"},
		{"import:drop=lastActiveAt", plan.Create, "lastActiveAt"},
		{"import:forget=lastActiveAt", plan.Create, "lastActiveAt"},
		{"import:drop=createdAt", plan.Create, "createdAt"},
		{"import:forget=createdAt", plan.Create, "createdAt"},
		{"update:drop=metadata", plan.Update, "metadata.team"},
		{"update:drop=name", plan.Update, "name"},
		{"update:forget=tags", plan.Update, "tags"},
		{"update:forget=metadata", plan.Update, "metadata.team"},
	} {
		t.Run(c.fault, func(t *testing.T) {
			imported := strings.HasPrefix(c.fault, "import")
			ops := full(many(c.verb, "x", 100))
			if imported {
				ops = past(ops)
			}
			p := newPlan(slices.Concat(ops, many(plan.Deactivate, "d", 30))...)
			lines := users("d", 30, "")
			for i := range 100 {
				if c.verb == plan.Update { // so that what is not kept shows
					lines = append(lines, fmt.Sprintf(`{"uid":"x%03d","name":"Old","tags":["z"],"metadata":{"team":"blue"}}`, i))
				}
			}
			w := newWorld(t, sandbox.Config{Faults: faults(t, c.fault)}, lines...)
			results, err := w.run(t.Context(), p, careful, func(o *Options) { o.Import = imported })
			if err != nil {
				t.Fatal(err)
			}
			if strings.Contains(c.fault, "forget=metadata") || strings.Contains(c.fault, "forget=tags") {
				if c.verb == plan.Create {
					// Reading does not show the field at all, which says nothing:
					// the answer has decided.
					if results[0].Outcome != plan.Applied {
						t.Errorf("%+v", results[0])
					}
					return
				}
			}
			first := results[0]
			if first.Outcome != plan.Failed || first.Code != plan.CodeDidNotStick || first.Kind != plan.ServerFailure ||
				!first.Did.Has(c.verb) || !strings.Contains(first.Message, c.wanted) {
				t.Errorf("the canary is %+v", first)
			}
			if got, most := count(results, plan.Failed), 1; got > most && !imported || got == 0 || got > 3 {
				t.Errorf("%d failed: %v", got, outcomes(results))
			}
			if skipped := count(results, plan.Skipped); skipped < 97+30 {
				t.Errorf("only %d were skipped: %v", skipped, outcomes(results))
			}
			if len(w.requests(http.MethodDelete, "")) > 0 {
				t.Error("users were deactivated")
			}
			if len(w.stops) != 2 || w.stops[0].Verb != c.verb || w.stops[0].Code != plan.CodeNotSticking ||
				w.stops[1].Verb != plan.Deactivate ||
				w.stops[1].Code != plan.CodeUnhealthy {
				t.Fatalf("stopped: %+v", w.stops)
			}
			want := fmt.Sprintf("%ss were stopped after 1: the service confirmed %s for x000 and does not show it; look at x000 in the "+
				"dashboard", c.verb, c.wanted)
			for _, s := range w.stops {
				if !strings.Contains(s.Message, want) {
					t.Errorf("the stop says %q, want %q", s.Message, want)
				}
			}
		})
	}
}

// liar is a remote that confirms everything, and of which a read shows what a
// test decides.
func liar(t testing.TB, shown func(uid string) (user.User, bool, error)) *fake {
	answer := func(_ context.Context, u user.User) (user.User, error) { return u, nil }
	batch := func(_ context.Context, uids []string) (plan.Batch, error) { return plan.Batch{Done: uids}, nil }
	return &fake{t: t, create: answer, update: answer, reactivate: batch, deactivate: batch,
		find: func(_ context.Context, uid string) (user.User, bool, error) { return shown(uid) }}
}

// TestCanaryOfBatch reads back what a batch's answer lists as done.
func TestCanaryOfBatch(t *testing.T) {
	for _, c := range []struct {
		verb  plan.Verb
		found user.Activity
		there bool
		wrong string
	}{
		{plan.Reactivate, user.Active, true, ""},
		{plan.Reactivate, user.Deactivated, true, "state"},
		{plan.Deactivate, user.Deactivated, true, ""},
		{plan.Deactivate, user.Active, true, "state"},
		{plan.Deactivate, user.Unsaid, false, "the user itself"},
	} {
		var sizes []int
		remote := liar(t, func(uid string) (user.User, bool, error) {
			return user.User{UID: uid, State: c.found}, c.there, nil
		})
		batch := func(_ context.Context, uids []string) (plan.Batch, error) {
			sizes = append(sizes, len(uids))
			return plan.Batch{Done: uids}, nil
		}
		remote.reactivate, remote.deactivate = batch, batch
		var stops []plan.Stop
		results, err := remote.run(Options{Stopped: func(s plan.Stop) { stops = append(stops, s) }}, many(c.verb, "x", 60)...)
		wrong := c.wrong != ""
		if err != nil || (len(stops) == 1) != wrong || sizes[0] != 3 || wrong != (len(sizes) == 1) {
			t.Errorf("%s, found %s: batches of %d, %v, %+v", c.verb, c.found, sizes, err, stops)
		}
		if wrong && (!strings.Contains(stops[0].Message, c.wrong) || count(results, plan.Skipped) != 57) {
			t.Errorf("%s, found %s: %v, %+v", c.verb, c.found, outcomes(results), stops)
		}
		if !wrong && fmt.Sprint(sizes) != "[3 25 25 7]" {
			t.Errorf("batches of %d", sizes)
		}
	}
}

// TestCanaries are as many as were asked for, go alone, and go on where one
// says nothing.
func TestCanaries(t *testing.T) {
	invalid := &failure{code: "INVALID", kind: plan.BadInput}
	for _, c := range []struct {
		name             string
		canaries, sample int
		n                int
		refused          func(n int) bool // of the creates, in order
		unread           bool
		reads            int
		alone            int // creates before any other is under way
	}{
		{"as usual", 0, -1, 40, nil, false, 3, 3},
		{"none", -1, -1, 40, nil, false, 0, 0},
		{"five", 5, -1, 40, nil, false, 5, 5},
		{"few", 0, -1, 2, nil, false, 2, 2},
		{"two are refused", 0, -1, 40, func(n int) bool { return n <= 2 }, false, 3, 5},
		{"all are refused", 0, -1, 15, func(int) bool { return true }, false, 0, 10},
		{"none can be read", 0, -1, 40, nil, true, 10, 10},
		{"with a sample", 0, 0, 1003, nil, false, 13, 3},
		{"with a sample of four", -1, 4, 40, nil, false, 4, 0},
		{"with a sample of all", 0, 0, 8, nil, false, 8, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				var read []string
				creates, underWay, alone := 0, 0, 0
				remote := &fake{t: t,
					create: func(_ context.Context, u user.User) (user.User, error) {
						mu.Lock()
						creates++
						n := creates
						underWay++
						mu.Unlock()
						time.Sleep(time.Second)
						mu.Lock()
						defer mu.Unlock()
						if underWay == 1 && n == creates && alone == n-1 {
							alone = n
						}
						underWay--
						if c.refused != nil && c.refused(n) {
							return user.User{}, invalid
						}
						return u, nil
					},
					find: func(_ context.Context, uid string) (user.User, bool, error) {
						mu.Lock()
						defer mu.Unlock()
						read = append(read, uid)
						if c.unread {
							return user.User{}, false, &failure{code: "500"}
						}
						return user.User{UID: uid, Name: "New " + uid, State: user.Active}, true, nil
					}}
				created := many(plan.Create, "", c.n)
				_, err := remote.run(Options{Concurrency: 4, Canaries: c.canaries, Sample: c.sample,
					Stopped: func(s plan.Stop) {
						if c.name != "all are refused" {
							t.Errorf("stopped: %+v", s)
						}
					}}, created...)
				if err != nil || len(read) != c.reads || alone != c.alone {
					t.Errorf("%d users read, want %d; %d went alone, want %d; %v", len(read), c.reads, alone, c.alone, err)
				}
				once := slices.Sorted(slices.Values(read))
				if len(slices.Compact(once)) != c.reads {
					t.Errorf("users were read twice: %q", read)
				}
				if c.name == "with a sample" {
					// The ten of the sample are a hundred apart, but for what overtakes.
					var places []int
					for _, uid := range read[3:] {
						places = append(places, slices.IndexFunc(created, func(o plan.Operation) bool { return o.UID == uid }))
					}
					slices.Sort(places)
					for n, at := range places {
						if want := 3 + 100*n; at < want-10 || at > want+10 {
							t.Errorf("the sample is %d", places)
						}
					}
				}
			})
		})
	}
}

// TestSample finds at the end of a kind what its canaries could not show.
func TestSample(t *testing.T) {
	for _, c := range []struct {
		verb  plan.Verb
		wrong func(u *user.User)
		field string
	}{
		{plan.Create, func(u *user.User) { u.Name = "Else" }, "name"},
		{plan.Update, func(u *user.User) { u.Name = "" }, "name"},
		{plan.Reactivate, func(u *user.User) { u.State = user.Deactivated }, "state"},
	} {
		remote := liar(t, func(uid string) (user.User, bool, error) {
			u := user.User{UID: uid, Name: "New " + uid, State: user.Active}
			if uid >= "x050" {
				c.wrong(&u)
			}
			return u, true, nil
		})
		var stops []plan.Stop
		p, b := newPlan(slices.Concat(many(c.verb, "x", 103), many(plan.Deactivate, "d", 5))...), newBook(t)
		results, err := b.run(t.Context(), p, remote, Options{Stopped: func(s plan.Stop) { stops = append(stops, s) }})
		got := outcomes(results)
		if err != nil || got[plan.Applied] != 98 || got[plan.Failed] != 5 || got[plan.Skipped] != 5 {
			t.Errorf("%s: %v, %v", c.verb, got, err)
		}
		if len(stops) != 2 || stops[0].Verb != c.verb || stops[1].Verb != plan.Deactivate || !strings.Contains(stops[0].Message,
			"confirmed "+c.field+" for x0") {
			t.Errorf("%s: stopped: %+v", c.verb, stops)
		}
		for i, r := range results {
			if r.Outcome == plan.Failed && (r.Code != plan.CodeDidNotStick || !r.Did.Has(c.verb) || p.Operations[i].UID < "x050") {
				t.Errorf("%s is %+v", p.Operations[i].UID, r)
			}
		}
	}
}

// TestLag does not take a user for wrong who is read too early, and for no
// longer than it was told to wait.
func TestLag(t *testing.T) {
	for _, c := range []struct {
		lag, after time.Duration
		stops      int
		took       time.Duration
	}{
		{0, time.Nanosecond, 1, 0},
		{10 * time.Second, 3 * time.Second, 0, 3500 * time.Millisecond},
		{2 * time.Second, time.Hour, 1, 2 * time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			remote := liar(t, func(uid string) (user.User, bool, error) {
				u := user.User{UID: uid, Name: "Old", State: user.Active}
				if time.Since(began) >= c.after {
					u.Name = "New " + uid
				}
				return u, true, nil
			})
			stops := 0
			_, err := remote.run(Options{Lag: c.lag, Stopped: func(plan.Stop) { stops++ }}, many(plan.Update, "x", 3)...)
			if took := time.Since(began); err != nil || stops != c.stops || took != c.took {
				t.Errorf("lag %s: %d stops after %s, %v", c.lag, stops, took, err)
			}
		})
	}
}

// TestUnkept stops a kind at its third answer that does not show what was sent.
func TestUnkept(t *testing.T) {
	for _, c := range []struct{ wrong, failed, skipped int }{{2, 2, 0}, {3, 3, 30}} {
		n := 0
		remote := &fake{t: t, update: func(_ context.Context, u user.User) (user.User, error) {
			if n++; n > 10 && n <= 10+c.wrong {
				u.Name = "Else"
			}
			return u, nil
		}}
		var stops []plan.Stop
		results, err := remote.run(careless(Options{Stopped: func(s plan.Stop) { stops = append(stops, s) }}),
			many(plan.Update, "x", 43)...)
		if err != nil || count(results, plan.Failed) != c.failed || count(results, plan.Skipped) != c.skipped ||
			len(stops) != c.skipped/30 {
			t.Errorf("%d wrong: %v, %+v, %v", c.wrong, outcomes(results), stops, err)
		}
		if len(stops) > 0 && (stops[0].Code != plan.CodeNotSticking || !strings.Contains(stops[0].Message,
			"after 13: the service confirmed name for x012")) {
			t.Errorf("%+v", stops)
		}
	}
}

// TestCanaryThatExists is compared with what it was brought to: it may have
// more than the plan knew of.
func TestCanaryThatExists(t *testing.T) {
	for _, imported := range []bool{false, true} {
		ops := full(many(plan.Create, "x", 20))
		if imported {
			ops = past(ops) // which x000 does not get any more
		}
		w := newWorld(t, sandbox.Config{}, `{"uid":"x000","name":"Old","metadata":{"theme":"dark"}}`)
		results, err := w.run(t.Context(), newPlan(ops...), careful, func(o *Options) { o.Import = imported })
		if err != nil || count(results, plan.Applied) != 19 || results[0].Message != notOurs || len(w.stops) > 0 {
			t.Errorf("%v: %v, %+v", err, results[0], w.stops)
		}
	}
}

// TestCreatesThatExist are what a plan meets whose listing overlooked everybody:
// none of them counts as done, and the kind is stopped before long.
func TestCreatesThatExist(t *testing.T) {
	for _, imported := range []bool{false, true} {
		ops := append(many(plan.Create, "x", 200), many(plan.Deactivate, "y", 3)...)
		w := newWorld(t, sandbox.Config{}, append(users("x", 200, ""), users("y", 3, "")...)...)
		results, err := w.run(t.Context(), newPlan(ops...), func(o *Options) { o.Import, o.Concurrency = imported, 1 })
		if err != nil || count(results, plan.Applied) != 0 || count(results, plan.Drifted) > 60 || len(w.stops) != 2 {
			t.Errorf("import %v: %v, %v, %+v", imported, err, outcomes(results), w.stops)
		}
	}
}

// TestCanarySettled does not read a user again whose lost creation was settled
// by reading it.
func TestCanarySettled(t *testing.T) {
	for _, c := range []struct {
		call  string
		times int // lost answers: a canary has one of its own, or all of them one
	}{{"create", 3}, {"import", 1}} {
		w := newWorld(t, sandbox.Config{Faults: faults(t, fmt.Sprintf("%s:cut-after=1,times=%d", c.call, c.times))})
		results, err := w.run(t.Context(), newPlan(full(many(plan.Create, "x", 20))...), func(o *Options) {
			o.Import, o.Canaries = c.call == "import", 3
		})
		var read []string
		for _, r := range w.seen {
			if r.method == http.MethodGet {
				read = append(read, r.uid)
			}
		}
		if err != nil || count(results, plan.Applied) != 20 || fmt.Sprint(read) != "[x000 x001 x002]" {
			t.Errorf("%s: %v, %v, read were %q", c.call, err, outcomes(results), read)
		}
	}
}
