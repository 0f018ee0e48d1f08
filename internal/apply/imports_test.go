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

func byImport(o *Options) { o.Import = true }

// imported counts the users of each import that the app saw.
func (w *world) imported() []int {
	var sizes []int
	for _, r := range w.seen {
		if r.method == http.MethodPost && r.uid == "" {
			sizes = append(sizes, strings.Count(r.body, `"uid":`))
		}
	}
	return sizes
}

// TestImport creates users in groups, and sees to what an import leaves out.
func TestImport(t *testing.T) {
	created := plan.VerbsOf(plan.Create)
	for _, c := range []struct {
		name   string
		faults []string
		config sandbox.Config
		change func(o *plan.Operation)
		lines  []string
		n      int
		sizes  string
		puts   int
		failed int // the others are applied
		did    plan.VerbSet
		says   string
	}{
		{name: "groups", n: 120, sizes: "[50 50 20]", did: created},
		{name: "nested answers", n: 20, config: sandbox.Config{ImportNested: true}, sizes: "[20]", did: created},
		{name: "half of a group is done", n: 120, faults: []string{"import:exception-after=1,times=1"}, sizes: "[50 50 20 25]",
			did: created},
		{name: "the answer is lost", n: 60, faults: []string{"import:cut-after=1"}, sizes: "[50 10]", did: created},
		{name: "left out", n: 60, faults: []string{"import:partial=3,times=1"}, sizes: "[50 10 3]", did: created},
		{name: "never sent", n: 60, faults: []string{"import:cut-before=1"}, sizes: "[50 10 50 50]", failed: 60,
			says: "the user was read since, and does not show it"},
		{name: "a role that is not there", n: 10, change: func(o *plan.Operation) {
			if o.UID == "x003" {
				o.Changes = append(o.Changes, plan.Change{Field: user.Role, After: `"chef"`})
			}
		}, sizes: "[10]", failed: 1, did: created, says: "role"},
		{name: "there already", n: 10, lines: users("x", 2, ""), sizes: "[10]", puts: 2, did: created},
		{name: "there already, deactivated", n: 10, lines: users("x", 2, deactivated), sizes: "[10]", puts: 4, did: created},
		{name: "a status message", n: 10, change: func(o *plan.Operation) {
			o.Changes = append(o.Changes, plan.Change{Field: user.StatusMessage, After: `"hi"`})
		}, sizes: "[10]", puts: 10, did: plan.VerbsOf(plan.Create, plan.Update)},
		{name: "metadata is dropped by the import alone", n: 10, faults: []string{"import:drop=metadata"}, sizes: "[10]", puts: 10,
			did: plan.VerbsOf(plan.Create, plan.Update)},
		{name: "a past", n: 10, change: func(o *plan.Operation) {
			o.Changes = append(o.Changes, plan.Change{Field: user.CreatedAt, After: "1500000000"}, plan.Change{Field: user.LastActiveAt,
				After: "1600000000"})
		}, sizes: "[10]", did: created},
	} {
		t.Run(c.name, func(t *testing.T) {
			ops := full(many(plan.Create, "x", c.n))
			for i := range ops {
				if c.change != nil {
					c.change(&ops[i])
				}
			}
			c.config.Faults = faults(t, c.faults...)
			w := newWorld(t, c.config, c.lines...)
			before := w.users()
			p := newPlan(ops...)
			results, err := w.run(t.Context(), p, byImport, func(o *Options) { o.Concurrency = 1 })
			agree(t, p, results, before, w.users())
			if got := fmt.Sprint(w.imported()); got != c.sizes {
				t.Errorf("imports of %s, want %s", got, c.sizes)
			}
			puts := 0
			for _, r := range w.seen {
				if r.method == http.MethodPut {
					puts++
				}
			}
			if err != nil || puts != c.puts || count(results, plan.Failed) != c.failed ||
				count(results, plan.Applied) != c.n-c.failed-len(c.lines) {
				t.Errorf("%v: %v, %d updates, want %d", err, outcomes(results), puts, c.puts)
			}
			for i, r := range results {
				o := &p.Operations[i]
				if r.Outcome == plan.Failed && !strings.Contains(r.Message, c.says) {
					t.Errorf("%s is %+v", o.UID, r)
				}
				if _, was := before[o.UID]; r.Outcome == plan.Applied && !was && r.Did != c.did {
					t.Errorf("%s did %v", o.UID, r.Did.List())
				} else if was && (r.Did.Has(plan.Create) || r.Instead == nil) {
					t.Errorf("%s did %v, instead %+v", o.UID, r.Did.List(), r.Instead)
				}
				if r.Attempts == 0 {
					t.Errorf("%s took no request", o.UID)
				}
			}
		})
	}
}

// TestImportCanaries are a group of their own.
func TestImportCanaries(t *testing.T) {
	w := newWorld(t, sandbox.Config{})
	results, err := w.run(t.Context(), newPlan(full(many(plan.Create, "x", 110))...), careful, byImport)
	if got := w.imported(); err != nil || count(results, plan.Applied) != 110 || got[0] != 3 || len(got) != 4 {
		t.Errorf("%v: %v, imports of %d", err, outcomes(results), got)
	}
	// The first answers about others than was asked: a creation time of its own.
	remote := &fake{t: t, imports: func(_ context.Context, users []user.User) []plan.Imported {
		var rows []plan.Imported
		for _, u := range users {
			u.SetTime(user.CreatedAt, 1700000000)
			rows = append(rows, plan.Imported{UID: u.UID, User: u, Named: true})
		}
		return rows
	}}
	ops := many(plan.Create, "x", 100)
	for i := range ops {
		ops[i].Changes = append(ops[i].Changes, plan.Change{Field: user.CreatedAt, After: "1500000000"})
	}
	var stops []plan.Stop
	b, p := newBook(t), newPlan(ops...)
	results, err = b.run(t.Context(), p, remote, Options{Import: true, Stopped: func(s plan.Stop) { stops = append(stops, s) }})
	if err != nil || count(results, plan.Failed) != 3 || count(results, plan.Skipped) != 97 || len(stops) != 1 ||
		!strings.Contains(stops[0].Message, "createdAt for x000") {
		t.Errorf("%v: %v, %+v", err, outcomes(results), stops)
	}
}

type importedRows []func(u user.User) plan.Imported

// importRowCase is what imports of one user answer, and what comes of it.
type importRowCase struct {
	name    string
	rows    importedRows // one an import
	found   *user.User
	unread  error
	want    plan.Outcome
	kind    plan.FailureKind
	did     plan.VerbSet
	says    string
	updates int
}

func (c *importRowCase) run(t *testing.T) {
	n, updates := 0, 0
	remote := &fake{t: t,
		imports: func(_ context.Context, users []user.User) []plan.Imported {
			n++
			users[0].Has.Add(user.UID)
			return []plan.Imported{c.rows[n-1](users[0])}
		},
		find: func(context.Context, string) (user.User, bool, error) {
			if c.found == nil {
				return user.User{}, false, c.unread
			}
			return *c.found, true, nil
		},
		update: func(_ context.Context, u user.User) (user.User, error) { updates++; return u, nil },
	}
	results, _ := remote.run(careless(Options{Import: true}), plan.Operation{Verb: plan.Create, UID: "anna", Changes: append(named("Anna"),
		plan.Change{Field: user.CreatedAt, After: "1500000000"}, plan.Change{Field: user.LastActiveAt, After: "1600000000"})})
	if r := results[0]; r.Outcome != c.want || r.Kind != c.kind || r.Did != c.did || !strings.Contains(r.Message, c.says) ||
		n != len(c.rows) || updates != c.updates {
		t.Errorf("%s: %+v, did %v, after %d imports and %d updates", c.name, r, r.Did.List(), n, updates)
	}
}

// TestImportRows settles what an import may answer about one user.
func TestImportRows(t *testing.T) {
	yes := func(u user.User) plan.Imported { return plan.Imported{UID: u.UID, User: u, Named: true} }
	no := func(err error) func(u user.User) plan.Imported {
		return func(u user.User) plan.Imported { return plan.Imported{UID: u.UID, Named: true, Failed: err} }
	}
	cut, invalid, exists := &failure{code: "CUT", lost: true, kind: plan.InDoubt}, &failure{code: "INVALID",
		kind: plan.BadInput}, &failure{code: "EXISTS", exists: true, kind: plan.Conflicting}
	right := user.User{UID: "anna", Name: "Anna", State: user.Active, Has: user.FieldsOf(user.UID, user.Name)}
	other, older := right, right
	other.Name, older.CreatedAt = "Else", 1400000000
	ours, busy, early, young := right, right, right, right
	ours.CreatedAt, ours.LastActiveAt = 1500000000, 1600000000
	busy.CreatedAt, busy.LastActiveAt = 1500000000, 1700000000
	early.CreatedAt, early.LastActiveAt = 1500000000, 1500000001
	young.CreatedAt, young.LastActiveAt = 1700000000, 1600000000
	unlike := ours
	unlike.Name = "Else"
	undated := func(u user.User) plan.Imported {
		return yes(user.User{UID: u.UID, Name: u.Name, State: user.Active, Has: user.FieldsOf(user.UID, user.Name)})
	}
	bare := func(u user.User) plan.Imported {
		return yes(user.User{UID: u.UID, State: user.Active, Has: user.FieldsOf(user.UID)})
	}
	for _, c := range []importRowCase{
		{name: "done", rows: importedRows{yes}, want: plan.Applied, did: plan.VerbsOf(plan.Create)},
		{name: "times not shown, and there", rows: importedRows{undated}, found: &ours, want: plan.Applied, did: plan.VerbsOf(plan.Create)},
		{name: "times not shown, and active since", rows: importedRows{undated}, found: &busy, want: plan.Applied,
			did: plan.VerbsOf(plan.Create)},
		{name: "times not shown, and not there", rows: importedRows{undated}, found: &right, want: plan.Failed, kind: plan.ServerFailure,
			did: plan.VerbsOf(plan.Create),
			says: "the user was created, but without lastActiveAt, and that can't be changed afterwards: delete the user in the " +
				"dashboard and run again, or leave it"},
		{name: "times not shown, and earlier", rows: importedRows{undated}, found: &early, want: plan.Failed, kind: plan.ServerFailure,
			did: plan.VerbsOf(plan.Create), says: "with another lastActiveAt, and that can't"},
		{name: "times not shown, and young", rows: importedRows{undated}, found: &young, want: plan.Failed, kind: plan.ServerFailure,
			did: plan.VerbsOf(plan.Create), says: "with another createdAt, and that can't"},
		{name: "times not shown, and unreadable", rows: importedRows{undated}, unread: invalid, want: plan.Failed, kind: plan.BadInput,
			did: plan.VerbsOf(plan.Create), says: "imported, but"},
		{name: "times shown as others", rows: importedRows{func(u user.User) plan.Imported {
			u.CreatedAt, u.LastActiveAt = 1700000000,
				0
			return yes(u)
		}}, want: plan.Failed, kind: plan.ServerFailure, did: plan.VerbsOf(plan.Create), says: "but with another createdAt " +
			"and without lastActiveAt, and that"},
		{name: "a name and a time not kept", rows: importedRows{func(u user.User) plan.Imported {
			u.Name, u.CreatedAt = "Else",
				1700000000
			return yes(u)
		}}, want: plan.Failed, kind: plan.ServerFailure, did: plan.VerbsOf(plan.Create), says: "name, createdAt; " +
			"look at the user in the dashboard; the user was created, but with another createdAt,"},
		{name: "lost, and there without a time", rows: importedRows{no(cut)}, found: &early, want: plan.Failed, kind: plan.ServerFailure,
			did: plan.VerbsOf(plan.Create), says: "but with another lastActiveAt"},
		{name: "there, older", rows: importedRows{no(exists)}, found: &older, want: plan.Drifted, kind: plan.Conflicting, says: notOurs},
		{name: "lost, and there, older", rows: importedRows{no(cut)}, found: &older, want: plan.Drifted, kind: plan.Conflicting,
			says: notOurs},
		{name: "not shown, and there", rows: importedRows{bare}, found: &ours, want: plan.Applied, did: plan.VerbsOf(plan.Create)},
		{name: "not shown, and other", rows: importedRows{bare}, found: &unlike, want: plan.Applied,
			did: plan.VerbsOf(plan.Create, plan.Update), updates: 1},
		{name: "not shown, and other, without a time", rows: importedRows{bare}, found: &other, want: plan.Failed, kind: plan.ServerFailure,
			did: plan.VerbsOf(plan.Create, plan.Update), updates: 1, says: "without lastActiveAt"},
		{name: "not shown, and unreadable", rows: importedRows{bare}, unread: invalid, want: plan.Failed, kind: plan.BadInput,
			did: plan.VerbsOf(plan.Create), says: "imported, but"},
		{name: "not shown, and gone", rows: importedRows{bare}, want: plan.Failed, kind: plan.ServerFailure, did: plan.VerbsOf(plan.Create),
			says: "does not show it"},
		{name: "shown as other", rows: importedRows{func(u user.User) plan.Imported { u.Name = "Else"; return yes(u) }}, want: plan.Failed,
			kind: plan.ServerFailure, did: plan.VerbsOf(plan.Create), says: "name;"},
		{name: "refused", rows: importedRows{no(invalid)}, want: plan.Failed, kind: plan.BadInput, says: "INVALID"},
		{name: "there, equal", rows: importedRows{no(exists)}, found: &right, want: plan.Drifted, kind: plan.Conflicting, says: notOurs},
		{name: "there, other", rows: importedRows{no(exists)}, found: &other, want: plan.Drifted, kind: plan.Conflicting, says: notOurs,
			did: plan.VerbsOf(plan.Update), updates: 1},
		{name: "lost and there", rows: importedRows{no(cut)}, found: &ours, want: plan.Applied, did: plan.VerbsOf(plan.Create)},
		{name: "lost and unreadable", rows: importedRows{no(cut)}, unread: cut, want: plan.Unknown, kind: plan.InDoubt,
			says: "nobody could find out"},
		{name: "lost, then done", rows: importedRows{no(cut), yes}, want: plan.Applied, did: plan.VerbsOf(plan.Create)},
		{name: "lost, then refused", rows: importedRows{no(cut), no(invalid)}, want: plan.Failed, kind: plan.BadInput, says: "INVALID"},
		{name: "lost again and again", rows: importedRows{no(cut), no(cut), no(cut)}, want: plan.Failed, kind: plan.ServerFailure,
			says: "does not show it"},
		{name: "not named, then done", rows: importedRows{func(u user.User) plan.Imported { return plan.Imported{UID: u.UID} }, yes},
			want: plan.Applied, did: plan.VerbsOf(plan.Create)},
		{name: "the refusal of the key", rows: importedRows{no(&failure{code: "KEY", fatal: true, kind: plan.Forbidden})},
			want: plan.Failed, kind: plan.Forbidden, says: "KEY"},
		{name: "done, and deactivated", rows: importedRows{func(u user.User) plan.Imported { u.State = user.Deactivated; return yes(u) }},
			found: &right, want: plan.Drifted, kind: plan.Conflicting, says: notOurs},
	} {
		c.run(t)
	}
}

// TestImportsUnderWay are few, however many workers there are, so that a run
// that dies leaves few users in doubt.
func TestImportsUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var underWay, most, doubt int
		b, p := newBook(t), newPlan(many(plan.Create, "x", 1000)...)
		remote := &fake{t: t, imports: func(_ context.Context, users []user.User) []plan.Imported {
			mu.Lock()
			underWay++
			most = max(most, underWay)
			mu.Unlock()
			time.Sleep(time.Second / 2)
			b.mu.Lock()
			doubt = max(doubt, len(b.sent)-len(b.done))
			b.mu.Unlock()
			time.Sleep(time.Second / 2)
			mu.Lock()
			underWay--
			mu.Unlock()
			var rows []plan.Imported
			for _, u := range users {
				u.Has.Add(user.UID)
				rows = append(rows, plan.Imported{UID: u.UID, Named: true, User: u})
			}
			return rows
		}}
		began := time.Now()
		results, err := b.run(t.Context(), p, remote, careless(Options{Import: true, Concurrency: 32}))
		if err != nil || count(results, plan.Applied) != 1000 || most != maxImports || doubt > maxImports*plan.MaxImport ||
			time.Since(began) != 5*time.Second {
			t.Errorf("%v, %v: %d under way, %d in doubt, %s", err, outcomes(results), most, doubt, time.Since(began))
		}
	})
}

// TestImportWaits for its turn no longer than the run, or its kind, goes on.
func TestImportWaits(t *testing.T) {
	for _, wholly := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			remote := &fake{t: t, imports: func(_ context.Context, users []user.User) []plan.Imported {
				time.Sleep(time.Second)
				if wholly {
					cancel(errSignal)
				}
				time.Sleep(time.Second)
				var rows []plan.Imported
				for _, u := range users {
					u.Has.Add(user.UID)
					if !wholly {
						u.Name = "Else"
					}
					rows = append(rows, plan.Imported{UID: u.UID, Named: true, User: u})
				}
				return rows
			}}
			b, p := newBook(t), newPlan(many(plan.Create, "x", 1000)...)
			results, err := b.run(ctx, p, remote, careless(Options{Import: true, Concurrency: 32, Grace: time.Minute}))
			if sent := maxImports * plan.MaxImport; (err != nil) != wholly || len(b.sent) > sent+maxImports*plan.MaxImport || wholly &&
				len(b.sent) != sent || count(results, plan.Skipped) != 1000-len(b.sent) {
				t.Errorf("%v, %v: %d sent", err, outcomes(results), len(b.sent))
			}
		})
	}
}

// TestImportStops begins nothing more for users who are there already: neither
// the rest of what they are to have, nor their tokens.
func TestImportStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	remote := &fake{t: t,
		imports: func(_ context.Context, users []user.User) []plan.Imported {
			cancel(errSignal)
			var rows []plan.Imported
			for _, u := range users {
				has := user.FieldsOf(user.UID)
				if u.UID == "x000" {
					has.Add(user.Name)
				}
				rows = append(rows,
					plan.Imported{UID: u.UID, Named: true, User: user.User{UID: u.UID, Name: u.Name, State: user.Active, Has: has}})
			}
			return rows
		},
		find: func(_ context.Context, uid string) (user.User, bool, error) {
			return user.User{UID: uid, Name: "Else", State: user.Active}, true, nil
		},
	}
	b, p := newBook(t), newPlan(many(plan.Create, "x", 2)...)
	results, err := b.run(ctx, p, remote,
		careless(Options{Import: true, Grace: time.Minute, Tokens: func(string, string) error { return nil }}))
	if err != errSignal || results[0].Code != plan.CodeNoToken || !strings.Contains(results[0].Message, "the run stopped before") ||
		results[1].Outcome != plan.Failed || !strings.Contains(results[1].Message, "the rest could not be seen to: not sent: ") ||
		!results[1].Did.Has(plan.Create) {
		t.Errorf("%v: %+v", err, results)
	}
}

// TestImportGoesAround gives every user to one request at a time, with many workers.
func TestImportGoesAround(t *testing.T) {
	w := newWorld(t, sandbox.Config{Faults: faults(t, "import:partial=5,50%", "import:cut-after=20%"), Seed: 5})
	p := newPlan(full(many(plan.Create, "x", 600))...)
	before := w.users()
	results, err := w.run(t.Context(), p, byImport, careful)
	agree(t, p, results, before, w.users())
	// In the end a group may be so small that all of it is left out again and again.
	if n := count(results, plan.Applied); err != nil || n < 550 || len(w.stops) > 0 {
		t.Errorf("%v: %v, %+v", err, outcomes(results), w.stops)
	}
	if sizes := w.imported(); slices.Max(sizes) > plan.MaxImport {
		t.Errorf("imports of %d", sizes)
	}
}
