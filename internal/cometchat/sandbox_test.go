package cometchat

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"cometsync/internal/sandbox"
	"cometsync/internal/user"
)

// newSandbox is a service with n users, every fifth of them deactivated.
func newSandbox(t *testing.T, n int, cfg sandbox.Config) (*sandbox.Sandbox, http.Handler) {
	t.Helper()
	cfg.Key = testKey
	sb := sandbox.New(cfg)
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"uid":"u%05d","name":"User %d","createdAt":%d,"tags":["t%d"],"metadata":{"n":%d}`, i, i, 1_600_000_000+i/3,
			i%7, i)
		if i%5 == 0 {
			fmt.Fprintf(&b, `,"deactivatedAt":%d`, 1_700_000_000+i)
		}
		b.WriteString("}\n")
	}
	if err := sb.Load(strings.NewReader(b.String())); err != nil {
		t.Fatal(err)
	}
	return sb, http.StripPrefix("/base", sb)
}

func TestSandboxCalls(t *testing.T) {
	_, h := newSandbox(t, 10, sandbox.Config{LimitCore: 100_000, LimitStandard: 100_000})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := newClient(t, s.URL)
	ctx := t.Context()
	u := user.User{UID: "anna-k", Name: "Anna", Avatar: "https://x/a.png", Tags: []string{"a"}, Metadata: `{"k":1}`, StatusMessage: "hi",
		Has: user.FieldsOf(user.Name, user.Avatar, user.Tags, user.Metadata, user.StatusMessage)}
	if got, _, err := c.Create(ctx, u, false); err != nil || got.UID != u.UID || got.Avatar != u.Avatar ||
		!slices.Equal(got.Tags, u.Tags) ||
		got.Metadata != u.Metadata {
		t.Fatal(got, err)
	}
	if _, _, err := c.Create(ctx, u, false); !of(err, (*Error).Exists) {
		t.Error(err)
	}
	u.Name, u.Clear = "Anna K", user.FieldsOf(user.Avatar, user.Tags, user.Metadata, user.StatusMessage)
	got, err := c.Update(ctx, u)
	if err != nil || got.Name != "Anna K" || got.Avatar != "" || len(got.Tags) != 0 || got.Metadata != "" || got.StatusMessage != "" {
		t.Errorf("%+v %v", got, err)
	}
	if b, err := c.Deactivate(ctx, []string{"anna-k", "u00000", "nobody"}); err != nil || fmt.Sprint(b.Done, b.Already,
		b.NotFound) != "[anna-k] [u00000] [nobody]" {
		t.Error(b, err)
	}
	if _, ok, err := c.Get(ctx, "anna-k"); ok || err != nil {
		t.Error(ok, err)
	}
	if got, ok, err := c.Find(ctx, "anna-k", 0); !ok || err != nil || got.Name != "Anna K" || got.State != user.Deactivated {
		t.Error(got, ok, err)
	}
	if b, err := c.Reactivate(ctx, []string{"anna-k", "u00001", "nobody"}); err != nil || fmt.Sprint(b.Done, b.Already,
		b.NotFound) != "[anna-k] [u00001] [nobody]" {
		t.Error(b, err)
	}
	if err := c.CreateRole(ctx, "staff", "Staff"); err != nil {
		t.Error(err)
	}
	if err := c.CreateRole(ctx, "staff", "Staff"); !of(err, (*Error).Exists) {
		t.Error(err)
	}
	if roles, err := c.Roles(ctx); err != nil || !slices.Contains(roles, "staff") || !slices.Contains(roles, "default") || len(roles) != 2 {
		t.Error(roles, err)
	}
	wrong := newClient(t, s.URL, func(cfg *Config) { cfg.Key = strings.Repeat("f", 40) })
	if _, _, err := wrong.Get(ctx, "u00001"); err == nil || !err.(*Error).Fatal() || strings.Contains(err.Error(), "fffff") {
		t.Error(err)
	}
}

// remote collects what Remote gives.
func remote(t *testing.T, c *Client) (map[string]user.Activity, Listing) {
	t.Helper()
	var mu sync.Mutex
	given := map[string]user.Activity{}
	l, err := c.Remote(t.Context(), nil, nil, func(page []user.User) error {
		mu.Lock()
		defer mu.Unlock()
		for _, u := range page {
			if _, twice := given[u.UID]; twice {
				t.Errorf("%s twice", u.UID)
			}
			given[strings.Clone(u.UID)] = u.State
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return given, l
}

// The list under everything that goes wrong on the way, and an app in motion.
func TestSandboxRemote(t *testing.T) {
	const users = 2500
	keep := make([]string, users)
	for i := range keep {
		keep[i] = fmt.Sprintf("u%05d", i)
	}
	for name, cfg := range map[string]sandbox.Config{
		"quiet":      {},
		"odd totals": {OddTotals: true},
		"faults": {Faults: []sandbox.Fault{{Kind: "500", Rate: 0.1}, {Kind: "cut-after", Rate: 0.1}, {Kind: "truncate", Rate: 0.1},
			{Kind: "html", Rate: 0.05}, {Kind: "empty", Rate: 0.05}}},
		"users come":        {Churn: 1},
		"users come and go": {Churn: 2, Vanish: 3, Keep: keep},
	} {
		synctest.Test(t, func(t *testing.T) {
			_, h := newSandbox(t, users, cfg)
			s, transport := newBubbleServer(t, func(w http.ResponseWriter, r *http.Request, body string) {
				r.Body = http.NoBody
				h.ServeHTTP(w, r)
			})
			c := newClient(t, s.URL, func(cfg *Config) { cfg.Transport, cfg.MaxAttempts = transport, 10 })
			c.pageSize = 100
			given, l := remote(t, c)
			if l.Gap != "" || l.Users != len(given) || len(given) < users {
				t.Errorf("%s: %+v, %d given", name, l, len(given))
			}
			for i, uid := range keep {
				if want := map[bool]user.Activity{true: user.Deactivated, false: user.Active}[i%5 == 0]; given[uid] != want {
					t.Errorf("%s: %s is %s", name, uid, given[uid])
				}
			}
		})
	}
}

// A list that gives half of its pages' users can't be shown to be complete.
func TestSandboxShortPages(t *testing.T) {
	_, h := newSandbox(t, 2500, sandbox.Config{Faults: []sandbox.Fault{{Kind: "short", Rate: 0.2}}})
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := newClient(t, s.URL)
	c.pageSize = 100
	if given, l := remote(t, c); l.Gap == "" && len(given) < 2500 {
		t.Errorf("%+v, %d given", l, len(given))
	}
}
