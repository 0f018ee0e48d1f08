package apply

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// TestImportLag does not take a time for lost that reading a user shows late;
// it waits for nobody once the kind is stopped, and goes by what was read if
// the user can't be read again.
func TestImportLag(t *testing.T) {
	for _, c := range []struct {
		name    string
		after   time.Duration // what is shown when the import is so old
		broken  bool          // whether a second read fails
		lost    bool          // whether the import's answer is
		n       int
		applied int
		took    time.Duration
		stopped bool
	}{
		{"late", 3 * time.Second, false, false, 1, 1, 3500 * time.Millisecond, false},
		{"never", time.Hour, false, false, 1, 0, 10 * time.Second, false},
		{"never, of many", time.Hour, false, false, 50, 0, 30 * time.Second, true},
		{"unreadable", time.Hour, true, false, 1, 0, 0, false},
		{"lost, late", 3 * time.Second, false, true, 1, 1, 3500 * time.Millisecond, false},
		{"lost, never", time.Hour, false, true, 1, 0, 10 * time.Second, false},
		{"lost, unreadable", time.Hour, true, true, 1, 0, 0, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			began, reads := time.Now(), 0
			remote := &fake{t: t,
				imports: func(_ context.Context, users []user.User) []plan.Imported {
					var rows []plan.Imported
					for _, u := range users {
						row := plan.Imported{UID: u.UID, Named: true, User: user.User{UID: u.UID, Name: u.Name, State: user.Active,
							Has: user.FieldsOf(user.UID, user.Name)}}
						if c.lost {
							row = plan.Imported{UID: u.UID, Failed: &failure{code: "CUT", lost: true}}
						}
						rows = append(rows, row)
					}
					return rows
				},
				find: func(_ context.Context, uid string) (user.User, bool, error) {
					if reads++; c.broken && reads > 1 {
						return user.User{}, false, &failure{code: "500"}
					}
					u := user.User{UID: uid, Name: "New " + uid, State: user.Active, CreatedAt: 1500000000}
					if time.Since(began) >= c.after {
						u.LastActiveAt = 1600000000
					}
					return u, true, nil
				},
			}
			var stops []plan.Stop
			results, err := remote.run(careless(Options{Import: true, Lag: 10 * time.Second,
				Stopped: func(s plan.Stop) { stops = append(stops, s) }}), past(many(plan.Create, "x", c.n))...)
			if took := time.Since(began); err != nil || count(results, plan.Applied) != c.applied || took != c.took {
				t.Errorf("%s: %v, %v after %s", c.name, err, outcomes(results), took)
			}
			if (len(stops) > 0) != c.stopped || c.stopped && !strings.HasSuffix(stops[0].Message,
				"before running again, or run with --create-with api, which sends no times") {
				t.Errorf("%s: %+v", c.name, stops)
			}
			for _, r := range results {
				if !r.Did.Has(plan.Create) || r.Outcome != plan.Applied && (r.Code != plan.CodeDidNotStick || !strings.Contains(r.Message,
					"but without lastActiveAt,")) {
					t.Errorf("%s: %+v", c.name, r)
				}
			}
		})
	}
}

// TestImportRest tells of a time that is lost besides what could not be sent,
// and keeps what the service is to be blamed for.
func TestImportRest(t *testing.T) {
	for _, c := range []struct {
		answer user.User
		err    error
		code   string
		says   string
	}{
		{err: &failure{code: "BUSY", kind: plan.Throttled}, code: "BUSY",
			says: "could not be seen to: remote: BUSY; and the user was created, but without lastActiveAt, "},
		{answer: user.User{UID: "x000", Name: "Else"}, code: plan.CodeDidNotStick,
			says: "sent: name; look at the user in the dashboard; and the user was created, but without lastActiveAt, "},
	} {
		remote := liar(t, func(uid string) (user.User, bool, error) {
			return user.User{UID: uid, Name: "Else", State: user.Active, CreatedAt: 1500000000}, true, nil
		})
		remote.imports = func(_ context.Context, users []user.User) []plan.Imported {
			return []plan.Imported{{UID: "x000", Named: true, User: user.User{UID: "x000", State: user.Active}}}
		}
		remote.update = func(context.Context, user.User) (user.User, error) { return c.answer, c.err }
		var stops []plan.Stop
		results, err := remote.run(Options{Import: true, Stopped: func(s plan.Stop) { stops = append(stops, s) }},
			past(many(plan.Create, "x", 1))...)
		if r := results[0]; err != nil || r.Outcome != plan.Failed || r.Code != c.code || !r.Did.Has(plan.Create) ||
			!strings.Contains(r.Message, c.says) {
			t.Errorf("%v: %+v", err, r)
		}
		if c.err == nil && (len(stops) != 1 || !strings.Contains(stops[0].Message, "confirmed name for x000")) {
			t.Errorf("%+v", stops)
		}
	}
}

// TestLostWithoutTime takes a user for this run's own whatever the time of its
// last activity, gives it what reading does not show, and tells of the time.
func TestLostWithoutTime(t *testing.T) {
	remote := liar(t, func(uid string) (user.User, bool, error) {
		return user.User{UID: uid, Name: "New " + uid, State: user.Active, CreatedAt: 1500000000, Has: user.FieldsOf(user.UID,
			user.Name)}, true, nil
	})
	remote.imports = func(_ context.Context, users []user.User) []plan.Imported {
		return []plan.Imported{{UID: "x000", Failed: &failure{code: "CUT", lost: true}}}
	}
	b, p := newBook(t), newPlan(past(full(many(plan.Create, "x", 1)))...)
	results, err := b.run(t.Context(), p, remote, careless(Options{Import: true}))
	if r := results[0]; err != nil || r.Outcome != plan.Failed || r.Code != plan.CodeDidNotStick || r.Did != plan.VerbsOf(plan.Create,
		plan.Update) || r.Instead != nil || !strings.Contains(r.Message, "but without lastActiveAt,") {
		t.Errorf("%v: %+v, did %v", err, r, r.Did.List())
	}
}
