package apply

import (
	"context"
	"errors"
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

// mixed is a plan of every verb, and the state of the app that it is for.
func mixed(n int) (*plan.Plan, []string) {
	ops := slices.Concat(many(plan.Reactivate, "r", n), many(plan.Create, "c", n), many(plan.Update, "u", n), many(plan.Deactivate, "d", n))
	for i := range n / 2 {
		ops[2*i].Changes = named("New " + ops[2*i].UID) // a reactivation with an update
	}
	return newPlan(ops...), slices.Concat(users("r", n, deactivated), users("u", n, ""), users("d", n, ""))
}

// stage is 0 for roles, 1 for reactivations, 2 for creates and updates, 3 for
// deactivations.
func stage(r *request) int {
	switch {
	case r.method == "DELETE":
		return 3
	case r.method == "PUT" && (len(r.uids) > 0 || r.uid[0] == 'r'):
		return 1
	case r.uid == "":
		return 0
	}
	return 2
}

// TestOrder has no request of a stage begin before the last one's have ended.
func TestOrder(t *testing.T) {
	p, lines := mixed(60)
	p.NewRoles = []string{"chef", "cook"}
	p.Operations[p.Count(plan.Reactivate)].Changes = append(named("Chef"), plan.Change{Field: user.Role, After: `"chef"`})
	w := newWorld(t, sandbox.Config{}, lines...)
	progress := 0
	var mu sync.Mutex
	results, err := w.run(context.Background(), p, func(o *Options) {
		o.Progress = func(*plan.Operation, plan.Result) { mu.Lock(); progress++; mu.Unlock() }
	})
	if err != nil || count(results, plan.Applied) != len(p.Operations) {
		t.Fatalf("%v: %v", err, outcomes(results))
	}
	if progress != len(p.Operations) {
		t.Errorf("progress was told of %d operations", progress)
	}
	begun := 0 // requests of the stages up to one
	stages := map[int]int{}
	for _, r := range w.seen {
		stages[stage(r)]++
		if len(r.uids) > plan.MaxBatch {
			t.Errorf("a batch of %d", len(r.uids))
		}
	}
	// Every request of a stage ends when nothing of a later one has begun.
	for s := range 4 {
		begun += stages[s]
		for _, r := range w.seen {
			if stage(r) == s && (r.last > begun || r.first > begun) {
				t.Errorf("%s %s %v of stage %d overlaps with a later stage", r.method, r.uid, r.uids, s)
			}
		}
	}
	if want := map[int]int{0: 2, 1: 3 + 30, 2: 120, 3: 3}; fmt.Sprint(stages) != fmt.Sprint(want) {
		t.Errorf("requests by stage are %v, want %v", stages, want)
	}
	if state := w.users(); state["c000"].Role != "chef" {
		t.Errorf("the user with the new role is %+v", state["c000"])
	}
}

// TestConcurrency uses all of the limit, whatever the mixture, and never more.
func TestConcurrency(t *testing.T) {
	for _, limit := range []int{-1, 1, 2, 3, 8} {
		for _, n := range [][2]int{{40, 0}, {0, 40}, {40, 40}, {40, 4}} {
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				underWay, most := 0, 0
				var busy time.Duration
				work := func(_ context.Context, u user.User) (user.User, error) {
					mu.Lock()
					underWay++
					most = max(most, underWay)
					busy += time.Second
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					underWay--
					mu.Unlock()
					return u, nil
				}
				p := newPlan(slices.Concat(many(plan.Create, "c", n[0]), many(plan.Update, "u", n[1]))...)
				b := newBook(t)
				began := time.Now()
				_, err := b.run(context.Background(), p, &fake{t: t, create: work, update: work}, careless(Options{Concurrency: limit}))
				if err != nil {
					t.Fatal(err)
				}
				want := max(limit, 1)
				if most != want {
					t.Errorf("limit %d, %d creates and %d updates: %d at once", limit, n[0], n[1], most)
				}
				if took, best := time.Since(began), (busy+time.Duration(want)*time.Second-1)/time.Duration(want); took > best+time.Second {
					t.Errorf("limit %d, %d creates and %d updates: took %s, could have been %s", limit, n[0], n[1], took, best)
				}
			})
		}
	}
}

// TestOneFailure stops nobody else.
func TestOneFailure(t *testing.T) {
	p, lines := mixed(30)
	w := newWorld(t, sandbox.Config{}, append(lines, `{"uid":"c003","name":"Foreign"}`)...)
	w.hook = func(r *request) {
		if r.method == "PUT" && r.uid == "u005" || r.uid == "r002" {
			panic(http.ErrAbortHandler)
		}
	}
	results, err := w.run(context.Background(), p, func(o *Options) { o.Writable = func(u *user.User) bool { return u.UID != "c003" } })
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range results {
		want := plan.Applied
		switch p.Operations[i].UID {
		case "c003":
			want = plan.Drifted
		case "u005":
			want = plan.Failed
		case "r002":
			want = plan.Unknown // reading it is aborted, too
		}
		if r.Outcome != want {
			t.Errorf("%s is %+v, want %s", p.Operations[i].UID, r, want)
		}
	}
	if r := results[2]; !strings.HasPrefix(r.Message, "reactivated, but not updated: ") {
		t.Errorf("the reactivation says %q", r.Message)
	}
}

// TestRoles that can't be created fail those who need them, who are not sent.
func TestRoles(t *testing.T) {
	role := func(o plan.Operation, role string) plan.Operation {
		o.Role = "for people to read"
		o.Changes = append(slices.Clone(o.Changes), plan.Change{Field: user.Role, After: text(role)})
		return o
	}
	c, u, r := many(plan.Create, "c", 3), many(plan.Update, "u", 2), many(plan.Reactivate, "r", 2)
	p := newPlan(role(c[0], "chef"), role(c[1], "cook"), c[2], role(u[0], "chef"), u[1], role(r[0], "chef"), r[1])
	p.NewRoles = []string{"chef", "cook", "lost", "there"}
	asked := map[string]int{}
	answer := func(_ context.Context, u user.User) (user.User, error) { return u, nil }
	remote := &fake{t: t, create: answer, update: answer,
		reactivate: func(_ context.Context, uids []string) (plan.Batch, error) { return plan.Batch{Done: uids}, nil },
		createRole: func(_ context.Context, role string) error {
			asked[role]++
			switch {
			case role == "chef":
				return &failure{code: "INVALID"}
			case role == "there" || role == "cook" && asked[role] == 2:
				return &failure{code: "EXISTS", exists: true}
			case role == "cook" || role == "lost":
				return &failure{code: "CUT", lost: true}
			}
			return nil
		},
	}
	b := newBook(t)
	results, err := b.run(context.Background(), p, remote, careless(Options{}))
	if err != nil {
		t.Fatal(err)
	}
	for i, result := range results {
		o := &p.Operations[i]
		chef := o.UID == "c000" || o.UID == "u000" || o.UID == "r000"
		switch {
		case !chef && result.Outcome != plan.Applied:
			t.Errorf("%s is %+v", o.UID, result)
		case chef && (result.Outcome != plan.Failed || result.Kind != plan.BadInput || result.Code != user.RoleUnknown.String() ||
			!strings.Contains(result.Message, "the role could not be created: remote: INVALID")):
			t.Errorf("%s is %+v", o.UID, result)
		case chef && b.sent[i] != (o.Verb == plan.Reactivate):
			t.Errorf("%s is on record as sent: %t", o.UID, b.sent[i])
		}
	}
	if want := "[chef sent chef done: remote: INVALID cook sent cook done lost sent lost done: remote: CUT there sent there " +
		"done]"; fmt.Sprint(b.roles) != want {
		t.Errorf("on record are the roles %s, want %s", fmt.Sprint(b.roles), want)
	}
	if want := map[string]int{"chef": 1, "cook": 2, "lost": maxCreates, "there": 1}; fmt.Sprint(asked) != fmt.Sprint(want) {
		t.Errorf("roles were asked for %v times, want %v", asked, want)
	}
}

// TestWithheld operations are left alone, and so are the users of a plan that
// holds nothing else.
func TestWithheld(t *testing.T) {
	ops := many(plan.Deactivate, "d", 30)
	for i := range ops {
		ops[i].Withheld = i%3 > 0
	}
	w := newWorld(t, sandbox.Config{}, users("d", 30, "")...)
	p := newPlan(ops...)
	results, err := w.run(context.Background(), p)
	if err != nil || count(results, plan.Applied) != 10 || count(results, plan.Withheld) != 20 {
		t.Fatalf("%v: %v", err, outcomes(results))
	}
	state := w.users()
	for i := range p.Operations {
		o := &p.Operations[i]
		if done(o, state) == o.Withheld {
			t.Errorf("%s: withheld is %t, and the user is %+v", o.UID, o.Withheld, state[o.UID])
		}
	}
	if n := len(w.requests("DELETE", "")); n != 1 {
		t.Errorf("%d batches for 10 users", n)
	}
	for i := range p.Operations {
		p.Operations[i].Withheld = true
	}
	b := newBook(t)
	results, err = b.run(context.Background(), p, &fake{t: t}, careless(Options{}))
	if err != nil || count(results, plan.Withheld) != 30 {
		t.Errorf("%v: %v", err, outcomes(results))
	}
}

// TestRoleUnrecorded is not created, or nothing is after it.
func TestRoleUnrecorded(t *testing.T) {
	full := errors.New("journal: no space left on device")
	fails := func(int) error { return full }
	for _, c := range []struct {
		name  string
		set   func(b *book)
		roles int
	}{
		{"sent", func(b *book) { b.sentFails = fails }, 0},
		{"done", func(b *book) { b.doneFails = fails }, 1},
	} {
		p, b, roles := newPlan(many(plan.Create, "c", 3)...), newBook(t), 0
		p.NewRoles = []string{"chef"}
		c.set(b)
		remote := &fake{t: t, createRole: func(context.Context, string) error { roles++; return nil }}
		results, err := b.run(t.Context(), p, remote, Options{})
		if err != full || count(results, plan.Skipped) != 3 || roles != c.roles {
			t.Errorf("%s: %v: %v, %d roles", c.name, err, outcomes(results), roles)
		}
	}
}

// TestKnown leaves out updates that did not stick before, and nothing else.
func TestKnown(t *testing.T) {
	known := func(o *Options) {
		o.Known = func(o *plan.Operation) (string, bool) { return "in run x", strings.HasSuffix(o.UID, "003") }
	}
	p, lines := mixed(6)
	w := newWorld(t, sandbox.Config{}, lines...)
	results, err := w.run(t.Context(), p, known, careful)
	if err != nil || count(results, plan.Applied) != 23 {
		t.Fatalf("%v: %v", err, outcomes(results))
	}
	for i, r := range results {
		if o := &p.Operations[i]; o.UID == "u003" && (r.Outcome != plan.Skipped || r.Code != plan.CodeDidNotStickBefore ||
			r.Message != "in run x") {
			t.Errorf("%s is %+v", o.UID, r)
		}
	}
	if len(w.requests("PUT", "u003")) > 0 {
		t.Error("it was sent")
	}
}
