package apply

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/slow"
	"cometsync/internal/user"
)

// once checks that no create was sent while an earlier one of the same user may
// have been carried out and nobody had looked.
func (w *world) once() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	doubt, answered := map[string]bool{}, map[string]int{}
	for _, r := range w.seen { // requests of one user follow each other
		switch {
		case strings.HasSuffix(r.uid, "/auth_tokens"):
		case r.method == http.MethodGet:
			delete(doubt, r.uid)
		case r.method == http.MethodPost && r.uid != "":
			if doubt[r.uid] {
				w.t.Errorf("%s was created again, and nobody had looked whether it was there", r.uid)
			}
			if r.status != http.StatusTooManyRequests {
				doubt[r.uid] = true
			}
			answered[r.uid]++
		}
	}
	for uid, n := range answered {
		if n > 3*maxCreates { // of each, the client repeats what was refused for its rate
			w.t.Errorf("%s was created %d times", uid, n)
		}
	}
}

// mostly is a plan of one verb with a few operations of the others, and its app.
func mostly(verb string) (*plan.Plan, []string) {
	p, lines := mixed(60)
	want := map[plan.Verb]int{}
	for _, v := range plan.Verbs() {
		want[v] = 4
		switch {
		case v == plan.Create && verb == "import":
		case v.String() != verb:
		case v == plan.Create || v == plan.Update:
			want[v] = 20
		default:
			want[v] = 60 // three batches
		}
	}
	p.Operations = slices.DeleteFunc(p.Operations, func(o plan.Operation) bool {
		want[o.Verb]--
		return want[o.Verb] < 0
	})
	return p, lines
}

// TestFaults has each fault happen to each kind of operation: whatever is
// called applied is there, nothing else is, and everything says why.
func TestFaults(t *testing.T) {
	kinds := []string{"500", "502", "503", "504", "429", "401", "403", "expired", "redirect",
		"cut-before", "cut-after", "truncate", "exception-after", "empty", "html", "slow"}
	special := map[string][]string{
		"create":     {"drop=name", "drop=metadata", "drop=tags"},
		"import":     {"drop=name", "drop=metadata", "drop=tags", "partial=3"},
		"update":     {"drop=name", "drop=metadata", "drop=tags"},
		"reactivate": {"partial=3"},
		"deactivate": {"partial=3"},
	}
	for _, verb := range []string{"reactivate", "create", "import", "update", "deactivate", ""} {
		for _, kind := range append(slices.Clone(kinds), special[verb]...) {
			for _, rate := range []string{"1%", "10%", "50%"} {
				name, sep := kind, "="
				if slices.Contains(special[verb], kind) {
					sep = ","
				}
				fault := name + sep + rate
				if verb != "" {
					fault = verb + ":" + fault
				}
				t.Run(fault, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						p, lines := mostly(verb)
						for i := range p.Operations {
							if o := &p.Operations[i]; len(o.Changes) > 0 {
								o.Changes = append(o.Changes, plan.Change{Field: user.Tags, After: `["x","y"]`},
									plan.Change{Field: user.Metadata, After: `{"a":1}`})
							}
						}
						w, leave := inBubble(t, sandbox.Config{Faults: faults(t, fault), Seed: 7}, 3, lines...)
						defer leave()
						before := w.users()
						results, err := w.run(t.Context(), p, careful, func(o *Options) { o.Import = verb == "import" })
						w.once()
						agree(t, p, results, before, w.users())
						var f Failure
						if err != nil && !(errors.As(err, &f) && f.Fatal()) {
							t.Error(err)
						}
						if kind == "slow" && count(results, plan.Applied) != len(p.Operations) {
							t.Errorf("%v", outcomes(results))
						}
					})
				})
			}
		}
	}
}

// TestProperties holds random plans, under random faults, interruptions and
// failures of the record, against what is true of every run.
func TestProperties(t *testing.T) {
	for round := range slow.Times(15, 60) {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { property(t, uint64(round)) })
		})
	}
}

// randomFaults draws how the service fails.
func randomFaults(random *rand.Rand) (list []string) {
	for range random.IntN(4) {
		kind := []string{"500", "503", "504", "429", "cut-before", "cut-after", "truncate", "exception-after", "empty", "html", "slow",
			"expired"}[random.IntN(12)]
		rate := []float64{0.02, 0.1, 0.3, 0.7}[random.IntN(4)]
		if kind == "expired" {
			rate = 0.01
		}
		list = append(list, fmt.Sprintf("%s=%g", kind, rate))
	}
	if slices.ContainsFunc(list, func(s string) bool { return s == "expired=0.01" }) {
		// The client takes the refusal of a repetition for an answer to the
		// attempt before it; so that is not drawn together with lost answers.
		list = []string{"expired=0.01", "429=0.1"}
	}
	return list
}

func property(t *testing.T, seed uint64) {
	random := rand.New(rand.NewPCG(seed, 3))
	p, lines := randomPlan(random)
	list := randomFaults(random)
	cfg := sandbox.Config{Faults: faults(t, list...), Seed: seed, Latency: time.Duration(random.IntN(300)) * time.Millisecond,
		MergeMetadata: random.IntN(3) == 0}
	w, leave := inBubble(t, cfg, 1+random.IntN(4), lines...)
	defer leave()
	before := w.users()

	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if random.IntN(2) == 0 {
		timer := time.AfterFunc(time.Duration(random.IntN(5000))*time.Millisecond, func() { cancel(errSignal) })
		defer timer.Stop()
	}
	b := newBook(t)
	full, last := errors.New("no space left on device"), -1
	if random.IntN(4) == 0 {
		last = random.IntN(len(p.Operations))
		b.sentFails = func(int) error {
			if len(b.sent) > last {
				return full
			}
			return nil
		}
	}
	imported, wanted := random.IntN(3) == 0, random.IntN(3) == 0
	var mu sync.Mutex
	tokens := map[string]string{}
	var change []func(*Options)
	change = append(change, func(o *Options) {
		o.Concurrency = 1 + random.IntN(12)
		o.Grace = time.Duration(random.IntN(3000)) * time.Millisecond
		if random.IntN(2) == 0 {
			careful(o)
		}
		o.Import = imported
		if wanted {
			o.Tokens = func(uid, token string) error {
				mu.Lock()
				defer mu.Unlock()
				if !strings.HasPrefix(token, uid+"_") || tokens[uid] != "" {
					t.Errorf("%s got the token %q after %q", uid, token, tokens[uid])
				}
				tokens[uid] = token
				return nil
			}
		}
		o.ReplaceMetadata = true // so that a create says all of what is to be there
	})
	results, err := b.run(ctx, p, w.client, w.options(change))
	w.told(p, results, err)
	// Whatever was cut off may still be at work in the app.
	synctest.Wait()
	time.Sleep(time.Minute)
	w.once()
	after := w.users()
	agree(t, p, results, before, after)
	var f Failure
	switch {
	case err == nil, errors.Is(err, errSignal), last >= 0 && errors.Is(err, full), errors.As(err, &f) && f.Fatal():
	default:
		t.Errorf("stopped by %v", err)
	}
	for i, r := range results {
		o := &p.Operations[i]
		if told := r.Code == plan.CodeNoToken || strings.Contains(r.Message, "no auth token"); wanted && r.Did.Has(plan.Create) &&
			told == (tokens[o.UID] != "") || !r.Did.Has(plan.Create) && tokens[o.UID] != "" {
			t.Errorf("%s is %+v, and its token is %q", o.UID, r, tokens[o.UID])
		}
		if r.Outcome == plan.Skipped || r.Outcome == plan.Withheld {
			if fmt.Sprint(before[o.UID]) != fmt.Sprint(after[o.UID]) {
				t.Errorf("%s %s is %s (%s), and the user was %+v and is %+v", o.Verb, o.UID, r.Outcome, r.Message, before[o.UID],
					after[o.UID])
			}
		}
	}
	for uid := range after {
		if _, ok := before[uid]; !ok && !slices.ContainsFunc(p.Of(plan.Create), func(o plan.Operation) bool { return o.UID == uid }) {
			t.Errorf("%s came out of nowhere", uid)
		}
	}
	if t.Failed() {
		t.Logf("faults %q, %d operations, stopped by %v", list, len(p.Operations), err)
	}
}

// randomPlan makes a plan, and an app that has drifted from it here and there.
func randomPlan(random *rand.Rand) (*plan.Plan, []string) {
	var ops []plan.Operation
	var lines []string
	for i := range 1 + random.IntN(150) {
		o := plan.Operation{Verb: plan.Verbs()[random.IntN(4)], UID: fmt.Sprintf("u%03d", i)}
		there, state := o.Verb != plan.Create, ""
		if o.Verb == plan.Reactivate {
			state = deactivated
		}
		if random.IntN(15) == 0 {
			there = !there
		}
		if random.IntN(15) == 0 {
			state = deactivated
		}
		if there {
			lines = append(lines, fmt.Sprintf(`{"uid":"%s","name":"Old","metadata":{"old":%d},"createdAt":1700000000%s}`, o.UID, i, state))
		}
		if o.Verb == plan.Create || o.Verb == plan.Update || (o.Verb == plan.Reactivate || o.Verb == plan.Deactivate) &&
			random.IntN(2) == 0 {
			o.Changes = named("New")
			if random.IntN(2) == 0 {
				o.Changes = append(o.Changes, plan.Change{Field: user.Tags, After: `["x","y"]`})
			}
			if random.IntN(2) == 0 {
				o.Changes = append(o.Changes, plan.Change{Field: user.Metadata, After: `{"new":{"a":1}}`})
			}
		}
		o.Withheld = o.Verb == plan.Deactivate && random.IntN(10) == 0
		ops = append(ops, o)
	}
	return newPlan(ops...), lines
}
