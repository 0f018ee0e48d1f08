package apply

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"cometsync/internal/cometchat"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// rereader reads a world's users, with what a test has go wrong.
type rereader struct {
	*cometchat.Client
	find func(uid string) error // before it is read
	hide func(uid string) bool  // from the listing
	gap  string
	dull user.Fields // that reading a user does not show

	mu    sync.Mutex
	reads []string
	lists int
}

func (r *rereader) Find(ctx context.Context, uid string, fields user.Fields) (user.User, bool, error) {
	r.mu.Lock()
	r.reads = append(r.reads, uid)
	r.mu.Unlock()
	if r.find != nil {
		if err := r.find(uid); err != nil {
			return user.User{}, false, err
		}
	}
	u, ok, err := r.Client.Find(ctx, uid, fields)
	u.Has &^= r.dull
	if r.dull.Has(user.Tags) {
		u.Tags = nil
	}
	return u, ok, err
}

func (r *rereader) List(ctx context.Context, each func([]user.User) error) (string, error) {
	r.lists++
	listing, err := r.Client.Remote(ctx, nil, nil, func(page []user.User) error {
		if r.hide != nil {
			page = slices.DeleteFunc(page, func(u user.User) bool { return r.hide(u.UID) })
		}
		return each(page)
	})
	return listing.Gap + r.gap, err
}

// town is an app of n users and more, who came one after the other.
func town(t *testing.T, n int, more ...string) *world {
	lines := make([]string, n, n+len(more))
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"uid":"t%05d","name":"Old","tags":["x"],"metadata":{"a":1},"createdAt":%d}`, i, 1_600_000_000+i)
	}
	for i, line := range more {
		lines = append(lines, fmt.Sprintf(`%s,"createdAt":%d}`, strings.TrimSuffix(line, "}"), 1_650_000_000+i))
	}
	return newWorld(t, sandbox.Config{}, lines...)
}

// of is a plan for a town with n users, in which nobody is deactivated.
func of(n int, operations ...plan.Operation) *plan.Plan {
	p := newPlan(operations...)
	p.Remote = plan.Remote{Active: n}
	return p
}

// renames updates the first n users of a town.
func renames(n int) []plan.Operation {
	var out []plan.Operation
	for i := range n {
		out = append(out, plan.Operation{Verb: plan.Update, UID: fmt.Sprintf("t%05d", i),
			Changes: []plan.Change{{Field: user.Name, Before: `"Old"`, After: `"New"`}}})
	}
	return out
}

// listings are the requests for whole lists.
func (w *world) listings() (n int) {
	for _, r := range w.seen {
		if r.method == "GET" && r.uid == "" && !strings.Contains(r.query, "searchKey") {
			n++
		}
	}
	return n
}

// TestRecheckFew reads a few users one by one, in however large an app.
func TestRecheckFew(t *testing.T) {
	w := town(t, 5000, `{"uid":"off1","name":"Old","deactivatedAt":1700000001}`, `{"uid":"off2","name":"Old","deactivatedAt":1700000001}`)
	tagged := renames(2)
	tagged[1].Changes = []plan.Change{{Field: user.Tags, Before: `["x"]`, After: `["y"]`}, {Field: user.Metadata, Before: `{"a":1}`,
		After: `{"a":2}`}}
	p := of(5002, slices.Concat(many(plan.Create, "new", 3), tagged, renames(4)[2:], []plan.Operation{
		{Verb: plan.Deactivate, UID: "t00100"}, {Verb: plan.Reactivate, UID: "off1"}, {Verb: plan.Reactivate, UID: "off2"},
	})...)
	var progress atomic.Int64
	now, err := Recheck(t.Context(), p, nil, &rereader{Client: w.client}, RecheckOptions{Concurrency: 4,
		Progress: func(n int) { progress.Add(int64(n)) }})
	if err != nil || len(now.Left) > 0 || now.Plan != p || progress.Load() != 10 {
		t.Fatalf("%v: %+v, progress was told of %d", err, now, progress.Load())
	}
	if now.Listed || w.listings() > 0 || len(w.seen) > 20 || now.Requests > 20 || len(w.seen) > now.Requests {
		t.Errorf("%d requests, %d of them for lists; %d were expected", len(w.seen), w.listings(), now.Requests)
	}
}

// TestRecheckMany lists the app instead of reading most of its users.
func TestRecheckMany(t *testing.T) {
	w := town(t, 5000)
	p := of(5000, renames(4000)...)
	now, err := Recheck(t.Context(), p, nil, &rereader{Client: w.client}, RecheckOptions{Concurrency: 4})
	if err != nil || len(now.Left) > 0 || now.Plan != p {
		t.Fatalf("%v: %+v", err, now)
	}
	if !now.Listed || len(w.seen) != now.Requests || len(w.seen) > 20 || w.listings() != len(w.seen) {
		t.Errorf("%d requests, %d of them for lists; %d were expected", len(w.seen), w.listings(), now.Requests)
	}
}

// TestListCost counts what a quiet listing takes.
func TestListCost(t *testing.T) {
	for _, c := range []struct{ active, off int }{{0, 0}, {1, 0}, {0, 1}, {999, 3}, {1000, 0}, {1001, 0}, {2500, 1200}} {
		var more []string
		for i := range c.off {
			more = append(more, fmt.Sprintf(`{"uid":"o%05d","name":"O","deactivatedAt":1700000001}`, i))
		}
		w := town(t, c.active, more...)
		if listing, err := w.client.Remote(t.Context(), nil, nil, func([]user.User) error { return nil }); err != nil || listing.Gap != "" {
			t.Fatal(listing, err)
		}
		if got := ListCost(plan.Remote{Active: c.active, Deactivated: c.off}); got != len(w.seen) {
			t.Errorf("%d active and %d deactivated: %d requests were expected, and %d sent", c.active, c.off, got, len(w.seen))
		}
	}
}

// ways are the sizes of a plan whose users are read one by one, and of one for
// which the app is listed.
var ways = map[string]int{"one by one": 9, "listed": 300}

// TestRecheckThenRun leaves the one who moved alone, and changes all others;
// another program's keys stay.
func TestRecheckThenRun(t *testing.T) {
	for name, n := range ways {
		t.Run(name, func(t *testing.T) {
			w := town(t, 400)
			ops := renames(n)
			ops[4].Changes = []plan.Change{{Field: user.Metadata, Before: `{"a":1}`, After: `{"a":2}`}}
			p := of(400, ops...)
			since := func(o plan.Operation) {
				t.Helper()
				o.Verb = plan.Update
				if r := w.one(o); r.Outcome != plan.Applied {
					t.Fatal(r)
				}
			}
			since(plan.Operation{UID: "t00003", Changes: []plan.Change{{Field: user.Name, After: `"Else"`}}})
			since(plan.Operation{UID: "t00004", Changes: []plan.Change{{Field: user.Metadata, After: `{"a":1,"theirs":7}`}}})
			since(plan.Operation{UID: "t00005", Changes: []plan.Change{{Field: user.Name, After: `"New"`}}})
			copied := slices.Clone(p.Operations)

			now, err := Recheck(t.Context(), p, nil, &rereader{Client: w.client}, RecheckOptions{Concurrency: 4})
			if err != nil || now.Listed != (name == "listed") || len(now.Left) != 2 || len(now.Drifts) != 2 {
				t.Fatalf("%v: %+v", err, now)
			}
			if !reflect.DeepEqual(p.Operations, copied) {
				t.Error("the plan itself was changed")
			}
			r, d := now.Left[3], now.Drifts[3]
			if r.Outcome != plan.Drifted || r.Code != plan.CodeDrifted || r.Kind != plan.Conflicting || r.Message != d.Message ||
				!strings.Contains(r.Message, "name") || d.Fields[0].Now != `"Else"` {
				t.Errorf("%+v, %+v", r, d)
			}
			if r := now.Left[5]; r.Outcome != plan.Drifted || !now.Drifts[5].Already {
				t.Errorf("%+v", r)
			}
			w.seen = nil
			results, err := w.run(t.Context(), now.Plan, careful, func(o *Options) { o.Left, o.Strict = now.Left, true })
			if err != nil || count(results, plan.Applied) != n-2 || len(w.requests("PUT", "t00003")) > 0 {
				t.Fatalf("%v: %v", err, outcomes(results))
			}
			if got := w.users()["t00004"].Metadata; got != `{"a":2,"theirs":7}` {
				t.Errorf("the metadata is %s", got)
			}

			// And what was done shows, until somebody moves again.
			again := &rereader{Client: w.client}
			if remaining, err := Reconfirm(t.Context(), now.Plan, results, again, RecheckOptions{Concurrency: 4}); err != nil ||
				len(remaining) > 0 || again.lists > 0 != now.Listed || len(again.reads) > 0 == now.Listed {
				t.Errorf("remaining %v, %v", remaining, err)
			}
			since(plan.Operation{UID: "t00007", Changes: []plan.Change{{Field: user.Name, After: `"Else"`}}})
			since(plan.Operation{UID: "t00001", Changes: []plan.Change{{Field: user.Name, After: `"Else"`}}})
			since(plan.Operation{UID: "t00003", Changes: []plan.Change{{Field: user.Name, After: `"Third"`}}})
			if remaining, err := Reconfirm(t.Context(), now.Plan, results, again, RecheckOptions{Concurrency: 4}); err != nil ||
				!slices.Equal(remaining, []int{1, 7}) {
				t.Errorf("remaining %v, %v", remaining, err)
			}
		})
	}
}

// TestRecheckVerbs judges users of every kind, in both ways alike.
func TestRecheckVerbs(t *testing.T) {
	for name, n := range ways {
		w := town(t, 400, `{"uid":"off","name":"Old","deactivatedAt":1700000001}`, `{"uid":"off2","name":"Old","deactivatedAt":1700000001}`,
			`{"uid":"vip","name":"Old","role":"default"}`)
		size := map[string]int{"one by one": 100_000, "listed": 403}[name] // a large app costs more to list
		p := of(size, slices.Concat(renames(n), []plan.Operation{
			{Verb: plan.Create, UID: "new", Changes: named("New")}, {Verb: plan.Create, UID: "off2", Changes: named("New")},
			{Verb: plan.Create, UID: "t00399", Changes: named("New")},
			{Verb: plan.Reactivate, UID: "off"}, {Verb: plan.Reactivate, UID: "t00398"}, {Verb: plan.Reactivate, UID: "gone1"},
			{Verb: plan.Update, UID: "gone2", Changes: renames(1)[0].Changes}, {Verb: plan.Deactivate, UID: "gone3"},
			{Verb: plan.Deactivate, UID: "t00397"}, {Verb: plan.Deactivate, UID: "vip"},
			{Verb: plan.Update, UID: "withheld", Changes: named("New"), Withheld: true},
			{Verb: plan.Update, UID: "skipped", Changes: named("New")},
		})...)
		r := &rereader{Client: w.client}
		now, err := Recheck(t.Context(), p, func(i int) bool { return p.Operations[i].UID == "skipped" }, r, RecheckOptions{
			Concurrency: 4, Writable: func(u *user.User) bool { return u.UID != "vip" && u.UID != "new" },
		})
		if err != nil || now.Listed != (name == "listed") {
			t.Fatalf("%s: %v: %+v", name, err, now)
		}
		got := map[string]string{}
		for i, r := range now.Left {
			if r.Outcome != plan.Drifted || r.Message == "" {
				t.Errorf("%s: %+v", name, r)
			}
			got[p.Operations[i].UID] = r.Code
		}
		want := map[string]string{"off2": plan.CodeDrifted, "t00399": plan.CodeDrifted, "t00398": plan.CodeAlready,
			"gone1": plan.CodeDrifted,
			"gone2": plan.CodeDrifted, "gone3": plan.CodeDrifted, "vip": plan.CodeProtected, "new": plan.CodeProtected}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: left are %v, want %v", name, got, want)
		}
		if slices.Contains(r.reads, "withheld") || slices.Contains(r.reads, "skipped") {
			t.Errorf("%s: read were %q", name, r.reads)
		}
	}
}

// TestRecheckGap reads those one by one whom a listing may have overlooked.
func TestRecheckGap(t *testing.T) {
	for _, gap := range []string{"", "users came and went"} {
		w := town(t, 400)
		p := of(400, append(renames(300), plan.Operation{Verb: plan.Create, UID: "new", Changes: named("New")})...)
		r := &rereader{Client: w.client, gap: gap, hide: func(uid string) bool { return uid < "t00003" }}
		now, err := Recheck(t.Context(), p, nil, r, RecheckOptions{Concurrency: 1})
		slices.Sort(r.reads)
		switch {
		case err != nil || !now.Listed:
			t.Errorf("%v: %+v", err, now)
		case gap == "" && (len(now.Left) != 3 || len(r.reads) > 0):
			t.Errorf("a whole listing: %v, read were %q", now.Left, r.reads)
		case gap != "" && (len(now.Left) > 0 || !slices.Equal(r.reads, []string{"new", "t00000", "t00001", "t00002"})):
			t.Errorf("a listing with a gap: %v, read were %q", now.Left, r.reads)
		}
	}
}

// TestRecheckUnread keeps one who can't be read from being changed, and nobody else.
func TestRecheckUnread(t *testing.T) {
	w := town(t, 40)
	p := of(40, renames(9)...)
	r := &rereader{Client: w.client, find: func(uid string) error {
		if uid == "t00002" {
			return &failure{code: "500"}
		}
		return nil
	}}
	now, err := Recheck(t.Context(), p, nil, r, RecheckOptions{})
	if left := now.Left[2]; err != nil || len(now.Left) != 1 || left.Outcome != plan.Skipped || left.Code != plan.CodeUnread ||
		!strings.Contains(left.Message, "remote: 500; run again") {
		t.Fatalf("%v: %+v", err, now.Left)
	}
	results, err := w.run(t.Context(), now.Plan, func(o *Options) { o.Left = now.Left })
	if err != nil || count(results, plan.Applied) != 8 {
		t.Errorf("%v: %v", err, outcomes(results))
	}
	if _, err := Reconfirm(t.Context(), p, []plan.Result{2: {Outcome: plan.Applied}, 8: {}}, r, RecheckOptions{}); err == nil ||
		len(r.reads) != 10 {
		t.Errorf("a user that can't be read is confirmed: %v, read were %q", err, r.reads)
	}
}

// TestRecheckHidden does not take a field that reading does not show for one
// that is empty.
func TestRecheckHidden(t *testing.T) {
	tags := []plan.Change{{Field: user.Tags, Before: `["x"]`, After: `["y"]`}}
	p := of(40, plan.Operation{Verb: plan.Update, UID: "t00001", Changes: tags}, plan.Operation{Verb: plan.Update, UID: "t00002",
		Changes: renames(1)[0].Changes},
		plan.Operation{Verb: plan.Create, UID: "t00003", Changes: []plan.Change{{Field: user.Tags, After: `["y"]`}}})
	w := town(t, 40)
	r := &rereader{Client: w.client, dull: user.FieldsOf(user.Tags)}
	now, err := Recheck(t.Context(), p, nil, r, RecheckOptions{})
	create, update := now.Left[0], now.Left[1]
	if err != nil || len(now.Left) != 2 || create.Code != plan.CodeDrifted || update.Code != plan.CodeUnread ||
		update.Outcome != plan.Skipped ||
		!strings.Contains(update.Message, "shows tags") {
		t.Errorf("%v: %+v", err, now.Left)
	}
	// After an application, that is no reason to doubt it.
	p = of(40, plan.Operation{Verb: plan.Update, UID: "t00001", Changes: append(renames(1)[0].Changes, tags...)})
	results, err := w.run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if remaining, err := Reconfirm(t.Context(), p, results, r, RecheckOptions{}); err != nil || len(remaining) > 0 {
		t.Errorf("%v, %v", remaining, err)
	}
	p.Operations[0].Changes[0].After = `"Else"`
	if remaining, err := Reconfirm(t.Context(), p, results, r, RecheckOptions{}); err != nil || len(remaining) != 1 {
		t.Errorf("%v, %v", remaining, err)
	}
}

// TestRecheckEnds says what makes going on senseless.
func TestRecheckEnds(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		find  func(reads int) error
		reads int // at most
		want  string
	}{
		{"a key that is refused", 15, func(int) error { return &failure{code: "401", fatal: true} }, 1,
			"reading the plan's users again: remote: 401"},
		{"nobody can be read", 300, func(int) error { return &failure{code: "500"} }, maxUnread,
			"reading the plan's users again: 20 in a row could not be read: remote: 500"},
		{"every other one can", 300, func(n int) error {
			if n%2 == 0 {
				return &failure{code: "500"}
			}
			return nil
		}, 300, ""},
	} {
		w := town(t, 400)
		r := &rereader{Client: w.client, gap: "none is shown", hide: func(string) bool { return true }}
		r.find = func(string) error { return c.find(len(r.reads)) }
		_, err := Recheck(t.Context(), of(400, renames(c.n)...), nil, r, RecheckOptions{Concurrency: 1})
		if c.want == "" != (err == nil) || err != nil && err.Error() != c.want || len(r.reads) > c.reads {
			t.Errorf("%s: %v after %d", c.name, err, len(r.reads))
		}
	}

	for _, n := range ways {
		ctx, cancel := context.WithCancelCause(t.Context())
		w := town(t, 400)
		w.hook = func(*request) { cancel(errSignal) }
		if now, err := Recheck(ctx, of(400, renames(n)...), nil, &rereader{Client: w.client}, RecheckOptions{}); !errors.Is(err,
			errSignal) || now.Left != nil {
			t.Errorf("interrupted: %+v, %v", now, err)
		}
		if _, err := Reconfirm(ctx, of(400, renames(n)...), slices.Repeat([]plan.Result{{Outcome: plan.Applied}}, n),
			&rereader{Client: w.client}, RecheckOptions{}); !errors.Is(err, errSignal) {
			t.Errorf("interrupted: %v", err)
		}
	}
	w := newWorld(t, sandbox.Config{Faults: faults(t, "list:500=1")}, users("t00", 400, "")...)
	if _, err := Recheck(t.Context(), of(400, renames(300)...), nil, &rereader{Client: w.client}, RecheckOptions{}); err == nil ||
		!strings.HasPrefix(err.Error(), "reading the plan's users again: ") {
		t.Errorf("a listing that fails: %v", err)
	}
}

// TestReconfirmStates looks at the state that was applied, too.
func TestReconfirmStates(t *testing.T) {
	w := town(t, 40, `{"uid":"off","name":"Old","deactivatedAt":1700000001}`, `{"uid":"off2","name":"Old","deactivatedAt":1700000001}`)
	p := of(42, plan.Operation{Verb: plan.Reactivate, UID: "off"}, plan.Operation{Verb: plan.Reactivate, UID: "t00001"},
		plan.Operation{Verb: plan.Create, UID: "gone", Changes: named("New")},
		plan.Operation{Verb: plan.Update, UID: "t00002",
			Changes: []plan.Change{{Field: user.Name, After: `"Old"`}}}, plan.Operation{Verb: plan.Update, UID: "t00003",
			Changes: named("New")},
		plan.Operation{Verb: plan.Deactivate, UID: "off2"}, plan.Operation{Verb: plan.Deactivate,
			UID: "t00004"}, plan.Operation{Verb: plan.Deactivate, UID: "t00005"})
	results := slices.Repeat([]plan.Result{{Outcome: plan.Applied}}, len(p.Operations))
	results[7].Outcome = plan.Failed
	remaining, err := Reconfirm(t.Context(), p, results, &rereader{Client: w.client}, RecheckOptions{Concurrency: 3})
	var uids []string
	for _, i := range remaining {
		uids = append(uids, p.Operations[i].UID)
	}
	if want := []string{"off", "gone", "t00003", "t00004"}; err != nil || !slices.Equal(uids, want) {
		t.Errorf("%v: remaining are %q, want %q", err, uids, want)
	}
}
