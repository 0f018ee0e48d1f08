package cometchat

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// migrate creates n users at an app in virtual time, 64 at once, and says how
// long it took. What happens meanwhile may be changed at times since its begin.
func migrate(t *testing.T, n int, cfg sandbox.Config, part float64, events map[time.Duration]func(*sandbox.Sandbox)) (time.Duration,
	sandbox.Counts) {
	t.Helper()
	var took time.Duration
	var counts sandbox.Counts
	synctest.Test(t, func(t *testing.T) {
		sb, h := newSandbox(t, 0, cfg)
		c := newClient(t, "http://localhost", func(cfg *Config) {
			cfg.RateCore, cfg.Share = 0, part
			cfg.Transport = handler(func(w http.ResponseWriter, r *http.Request) {
				time.Sleep(30 * time.Millisecond)
				h.ServeHTTP(w, r)
			})
		})
		time.Sleep(25 * time.Second) // others opened the service's minute
		began := time.Now()
		for at, change := range events {
			time.AfterFunc(at, func() { change(sb) })
		}
		var next atomic.Int64
		var group sync.WaitGroup
		for range 64 {
			group.Go(func() {
				for {
					i := next.Add(1)
					if i > int64(n) {
						return
					}
					u := user.User{UID: fmt.Sprintf("new-%d", i), Name: "N", Has: user.FieldsOf(user.Name)}
					if _, _, err := c.Create(t.Context(), u, false); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		group.Wait()
		took, counts = time.Since(began), sb.Counts()
	})
	return took, counts
}

// A migration uses what an app's own users leave of the limit, and no more:
// none of their logins is refused, and none of our requests.
func TestMigrationLeavesLoginsAlone(t *testing.T) {
	set := func(n int) func(*sandbox.Sandbox) { return func(sb *sandbox.Sandbox) { sb.SetForeign(n) } }
	type events map[time.Duration]func(*sandbox.Sandbox)
	for _, test := range []struct {
		name     string
		part     float64
		spelling string
		users    int
		limit    int
		foreign  int
		events   events
		best     time.Duration
	}{
		{"the whole", 1, "both", 20_000, 10_000, 6000, nil, 5 * minute},
		{"a share", 0.8, "both", 20_000, 10_000, 6000, nil, 5 * minute},
		{"one spelling", 1, "x-ratelimit", 1600, 2000, 1200, nil, 2 * minute},
		{"the other", 1, "x-rate-limit", 1600, 2000, 1200, nil, 2 * minute},
		{"nobody else", 1, "both", 4000, 2000, 0, nil, 2 * minute},
		{"nobody else, a share", 0.8, "both", 4000, 2000, 0, nil, 150 * time.Second},
		{"they come", 1, "both", 6000, 2000, 0, events{90 * time.Second: set(1200)}, 90*time.Second + 225*time.Second},
		{"very many come", 1, "both", 18_000, 10_000, 0, events{70 * time.Second: set(6000)}, 70*time.Second + 95*time.Second},
		{"they double", 1, "both", 4000, 2000, 600, events{75 * time.Second: set(1200)}, 75*time.Second + 169*time.Second},
		{"they go", 1, "both", 4000, 2000, 1200, events{90 * time.Second: set(0)},
			90*time.Second + 84*time.Second + 15*time.Second}, // that they have gone is believed within a minute
		{"they come and go", 0.8, "both", 6000, 2000, 0, events{40 * time.Second: set(1200), 130 * time.Second: set(400),
			200 * time.Second: set(1000)},
			40*time.Second + 90*time.Second + 70*time.Second + 113*time.Second},
	} {
		took, counts := migrate(t, test.users, sandbox.Config{LimitCore: test.limit, Foreign: test.foreign, Headers: test.spelling},
			test.part, test.events)
		if counts.ForeignRefused > 0 || counts.Refused > 0 {
			t.Errorf("%s: %d logins refused, and %d of ours", test.name, counts.ForeignRefused, counts.Refused)
		}
		if test.foreign > 0 && counts.Foreign == 0 || counts.Calls["create"] != test.users {
			t.Errorf("%s: %+v", test.name, counts)
		}
		if took > test.best*110/100 {
			t.Errorf("%s: took %s, and %s is possible", test.name, took, test.best)
		}
	}
}
