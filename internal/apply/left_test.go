package apply

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// leaving settles every operation that pick takes, of each verb.
func leaving(p *plan.Plan, pick func(i int) bool) map[int]plan.Result {
	left := map[int]plan.Result{}
	for i := range p.Operations {
		if !pick(i) {
			continue
		}
		left[i] = plan.Result{Outcome: plan.Skipped, Code: plan.CodeHold, Message: "held back by a decision"}
		if i%2 == 0 {
			left[i] = drifted(plan.CodeDrifted, "name changed")
		}
	}
	return left
}

// TestLeft sends everything but what is settled, in every kind.
func TestLeft(t *testing.T) {
	for _, imports := range []bool{false, true} {
		p, lines := mixed(60)
		p.Operations[p.Count(plan.Reactivate)].Withheld = true
		w := newWorld(t, sandbox.Config{}, lines...)
		left := leaving(p, func(i int) bool { return i%3 == 0 })
		before := w.users()
		var progress atomic.Int64
		opt := w.options([]func(*Options){careful, func(o *Options) {
			o.Import, o.Left = imports, left
			o.Progress = func(*plan.Operation, plan.Result) { progress.Add(1) }
		}})
		e := Expect(p, opt, plan.Rates{Core: math.Inf(1), Standard: math.Inf(1), Import: math.Inf(1)})
		b := newBook(t)
		results, err := b.run(t.Context(), p, w.client, opt)
		if err != nil || !reflect.DeepEqual(b.left, left) {
			t.Fatalf("%v: on record as left are %d of %d", err, len(b.left), len(left))
		}
		if e.Requests != len(w.seen) {
			t.Errorf("%d requests were expected, and %d sent", e.Requests, len(w.seen))
		}
		after, sent := w.users(), 0
		for i, r := range results {
			o := &p.Operations[i]
			want, is := left[i]
			switch {
			case is:
				if !reflect.DeepEqual(r, want) || !reflect.DeepEqual(before[o.UID], after[o.UID]) {
					t.Errorf("%s %s is %+v, and makes %+v", o.Verb, o.UID, r, after[o.UID])
				}
			case o.Withheld:
			case r.Outcome != plan.Applied || !done(o, after):
				t.Errorf("%s %s is %+v", o.Verb, o.UID, r)
			default:
				sent++
			}
		}
		if int(progress.Load()) != sent {
			t.Errorf("progress was told of %d, and %d were sent", progress.Load(), sent)
		}
	}
}

// TestLeftWithoutAWord is not taken for an operation without a result.
func TestLeftWithoutAWord(t *testing.T) {
	p := newPlan(many(plan.Update, "u", 2)...)
	w := newWorld(t, sandbox.Config{}, users("u", 2, "")...)
	results, err := Run(t.Context(), p, w.client, newBook(t), w.options([]func(*Options){func(o *Options) {
		o.Left = map[int]plan.Result{1: {Outcome: plan.Skipped}}
	}}))
	if err != nil || results[1].Message != "" || len(w.requests("PUT", "u001")) != 0 || results[0].Outcome != plan.Applied {
		t.Errorf("%+v, %v", results, err)
	}
}

// TestLeftIsNoCanary has the first that are sent be the canaries, and nobody
// else's failure open a breaker.
func TestLeftIsNoCanary(t *testing.T) {
	p := newPlan(many(plan.Update, "u", 60)...)
	w := newWorld(t, sandbox.Config{}, users("u", 60, "")...)
	results, err := w.run(t.Context(), p, careful, func(o *Options) {
		o.Left = leaving(p, func(i int) bool { return i < 50 })
		o.Sample = -1
	})
	if err != nil || count(results, plan.Applied) != 10 || len(w.stops) > 0 {
		t.Fatalf("%v: %v %v", err, outcomes(results), w.stops)
	}
	for i, want := range []bool{true, true, true, false} {
		if read := len(w.requests("GET", p.Operations[50+i].UID)) > 0; read != want {
			t.Errorf("%s was read back: %t", p.Operations[50+i].UID, read)
		}
	}
}

// TestLeftRoles creates the roles that somebody needs who is not left.
func TestLeftRoles(t *testing.T) {
	role := func(uid, role string) plan.Operation {
		return plan.Operation{Verb: plan.Update, UID: uid, Changes: []plan.Change{{Field: user.Role, After: user.JSON(role)}}}
	}
	p := newPlan(role("u000", "left"), role("u001", "both"), role("u002", "both"), role("u003", "kept"), role("u004", "withheld"),
		role("u005", "withheld"), role("u006", "twice"), role("u007", "twice"))
	p.Operations[5].Withheld = true
	p.Operations[0].Changes = append(named("nobody"), p.Operations[0].Changes...)
	p.NewRoles = []string{"both", "kept", "left", "nobody", "twice", "withheld"}
	w := newWorld(t, sandbox.Config{}, users("u", 8, "")...)
	b := newBook(t)
	opt := w.options([]func(*Options){func(o *Options) {
		o.Left = leaving(p, func(i int) bool { return i == 0 || i == 1 || i == 4 || i == 7 })
	}})
	results, err := b.run(t.Context(), p, w.client, opt)
	want := []string{"both sent", "both done", "kept sent", "kept done", "nobody sent", "nobody done", "twice sent", "twice done"}
	if err != nil || !slices.Equal(b.roles, want) || count(results, plan.Applied) != 3 {
		t.Errorf("%v: %v, the roles are %q", err, outcomes(results), b.roles)
	}
	if e := Expect(p, opt, plan.Rates{}); e.Requests != len(w.seen) {
		t.Errorf("%d requests were expected, and %d sent", e.Requests, len(w.seen))
	}
}

// TestLeftNotRecorded stops the run before it sends anything.
func TestLeftNotRecorded(t *testing.T) {
	p, lines := mixed(4)
	p.NewRoles = []string{"chef"}
	w := newWorld(t, sandbox.Config{}, lines...)
	left := leaving(p, func(i int) bool { return i%4 == 0 })
	full := errors.New("no space left on device")
	b := newBook(t)
	b.leftFails = func(i int) error {
		if i == 4 {
			return full
		}
		return nil
	}
	results, err := b.run(t.Context(), p, w.client, w.options([]func(*Options){func(o *Options) { o.Left = left }}))
	if !errors.Is(err, full) || len(w.seen) != 0 || len(b.left) != 2 {
		t.Fatalf("%v after %d requests, %d on record", err, len(w.seen), len(b.left))
	}
	for i, r := range results {
		want, is := left[i]
		if is && !reflect.DeepEqual(r, want) || !is && (r.Outcome != plan.Skipped || r.Code != plan.CodeStopped) {
			t.Errorf("operation %d is %+v", i, r)
		}
	}
}

// TestStrict writes nothing to a user that a create found there.
func TestStrict(t *testing.T) {
	plain := plan.Operation{Verb: plan.Create, UID: "anna", Changes: []plan.Change{
		anna.Changes[0], anna.Changes[2], anna.Changes[3], {Field: user.CreatedAt, After: "1700000000"}, {Field: user.LastActiveAt,
			After: "1700000000"},
	}}
	const there = `{"uid":"anna","name":"Anna","tags":["y","x"],"metadata":{"team":"red"},"createdAt":1700000000`
	for _, c := range []struct {
		name   string
		o      plan.Operation
		imp    bool
		faults []string
		there  string
		want   plan.Outcome
	}{
		{name: "created", o: anna, want: plan.Applied},
		{name: "lost and done", o: anna, faults: []string{"create:cut-after=1,times=1"}, want: plan.Applied},
		{name: "lost and not done", o: anna, faults: []string{"create:cut-before=1,times=1"}, want: plan.Applied},
		{name: "there, equal", o: anna, there: equalAnna + "}", want: plan.Drifted},
		{name: "there, different", o: anna, there: `{"uid":"anna","name":"Else"}`, want: plan.Drifted},
		{name: "there, deactivated", o: anna, there: equalAnna + deactivated + "}", want: plan.Drifted},
		{name: "lost, and there, different", o: anna, faults: []string{"create:cut-before=1,times=1"},
			there: `{"uid":"anna","name":"Else"}`, want: plan.Unknown},
		{name: "lost and done, with a value lost", o: anna, faults: []string{"create:cut-after=1,times=1", "create:drop=name"},
			want: plan.Unknown},
		{name: "lost, and there, deactivated", o: anna, faults: []string{"create:cut-before=1,times=1"}, there: equalAnna + deactivated +
			"}", want: plan.Drifted},
		{name: "imported", o: plain, imp: true, want: plan.Applied},
		{name: "imported, lost and done", o: plain, imp: true, faults: []string{"import:cut-after=1,times=1"}, want: plan.Applied},
		{name: "imported, there", o: plain, imp: true, there: there + "}", want: plan.Drifted},
		{name: "imported, there, deactivated", o: plain, imp: true, there: there + deactivated + "}", want: plan.Drifted},
		{name: "imported, lost, and there since another time", o: plain, imp: true, faults: []string{"import:cut-before=1,times=1"},
			there: strings.Replace(there, "1700000000", "1600000000", 1) + "}", want: plan.Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			var lines []string
			if c.there != "" {
				lines = append(lines, c.there)
			}
			w := newWorld(t, sandbox.Config{Faults: faults(t, c.faults...)}, lines...)
			before := w.users()
			r := w.one(c.o, func(o *Options) { o.Strict, o.Import = true, c.imp })
			if r.Outcome != c.want || len(r.Instead) > 0 {
				t.Errorf("the result is %+v, want %s", r, c.want)
			}
			if puts := len(w.requests("PUT", "anna")) + len(w.requests("PUT", "")); puts != 0 {
				t.Errorf("changed %d times", puts)
			}
			if c.want == plan.Unknown && r.Kind == plan.InDoubt && strings.Contains(r.Message, "the answer was lost") {
				return
			}
			if c.want != plan.Drifted {
				if !done(&c.o, w.users()) {
					t.Errorf("the user is now %+v", w.users()["anna"])
				}
				return
			}
			if len(c.faults) == 0 && r.Attempts != 1 {
				t.Errorf("%d requests, and the first says it all", r.Attempts)
			}
			if r.Code != plan.CodeDrifted || r.Did != 0 || !strings.Contains(r.Message, "the app already has the user") {
				t.Errorf("the result is %+v", r)
			}
			if after := w.users(); !reflect.DeepEqual(before, after) {
				t.Errorf("the users were %+v, and are %+v", before, after)
			}
		})
	}
}
