package cometchat

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

var anna = user.User{UID: "anna", Name: "A", Has: user.FieldsOf(user.Name)}

// verbs are the kinds of calls by what may be repeated.
var verbs = map[string]func(ctx context.Context, c *Client) error{
	"get":        func(ctx context.Context, c *Client) error { _, _, err := c.Get(ctx, "anna"); return err },
	"create":     func(ctx context.Context, c *Client) error { _, _, err := c.Create(ctx, anna, false); return err },
	"update":     func(ctx context.Context, c *Client) error { _, err := c.Update(ctx, anna); return err },
	"deactivate": func(ctx context.Context, c *Client) error { _, err := c.Deactivate(ctx, []string{"anna"}); return err },
	"reactivate": func(ctx context.Context, c *Client) error { _, err := c.Reactivate(ctx, []string{"anna"}); return err },
	"role":       func(ctx context.Context, c *Client) error { return c.CreateRole(ctx, "staff", "Staff") },
}

func cut(w http.ResponseWriter, _ *http.Request, _ string) { panic(http.ErrAbortHandler) }

func truncated(w http.ResponseWriter, _ *http.Request, _ string) {
	w.Header().Set("Content-Length", "100")
	w.Write([]byte(`{"data":{"uid":"anna","na`))
}

// What is sent again, and what is in doubt when it fails in the end.
func TestRepeats(t *testing.T) {
	type outcome struct {
		attempts int
		lost     bool
	}
	never, always := outcome{1, false}, outcome{3, false}
	for name, test := range map[string]struct {
		handle              func(http.ResponseWriter, *http.Request, string)
		get, create, update outcome
	}{
		"400":               {answer(400, `{"error":{"code":"ERR_BAD_REQUEST"}}`), never, never, never},
		"404 of nobody":     {answer(404, ``), never, never, never},
		"401":               {answer(401, `{"error":{"code":"AUTH_ERR_APIKEY_NOT_FOUND"}}`), never, never, never},
		"401 by status":     {answer(401, ``), never, never, never},
		"expired, as a 500": {answer(500, `{"error":{"code":"ERR_SUBSCRIPTION_EXPIRED"}}`), never, outcome{1, true}, outcome{1, true}},
		"500":               {answer(500, `{"error":{"code":"ERR_EXCEPTION"}}`), always, outcome{1, true}, outcome{3, true}},
		"500, by its code":  {answer(400, `{"error":{"code":"ERR_EXCEPTION"}}`), always, outcome{1, true}, outcome{3, true}},
		"502, a page":       {answer(502, `<html>`), always, outcome{1, true}, outcome{3, true}},
		"503 with a pause": {func(w http.ResponseWriter, r *http.Request, _ string) {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(503)
		}, always, outcome{1, true}, outcome{3, true}},
		"408":              {answer(408, ``), always, outcome{1, true}, outcome{3, true}},
		"425":              {answer(425, ``), always, never, always},
		"429":              {answer(429, `{"error":{"code":"ERR_TOO_MANY_REQUESTS"}}`), always, always, always},
		"429, by its code": {answer(400, `{"error":{"code":"ERR_TOO_MANY_REQUESTS"}}`), always, always, always},
		"429, without":     {answer(429, ``), always, always, always},
		"cut":              {cut, always, outcome{1, true}, outcome{3, true}},
		"truncated":        {truncated, always, outcome{1, true}, outcome{3, true}},
		"empty":            {answer(200, ``), always, outcome{1, true}, outcome{3, true}},
		"204":              {answer(204, ``), always, outcome{1, true}, outcome{3, true}},
		"a page":           {answer(200, `<html>`), always, outcome{1, true}, outcome{3, true}},
		"an error, as 200": {answer(200, `{"error":{"code":"ERR_BAD_REQUEST"}}`), never, never, never},
		"418":              {answer(418, `{}`), never, never, never},
	} {
		for verb, do := range verbs {
			if verb == "role" && strings.HasPrefix(name, "2") || verb == "role" && name == "empty" {
				continue // the status is all that a role's answer has to say
			}
			want := test.update
			switch verb {
			case "get":
				want = test.get
			case "create", "role":
				want = test.create
			}
			synctest.Test(t, func(t *testing.T) {
				s, transport := newBubbleServer(t, test.handle)
				var n plan.Attempts
				c := newClient(t, s.URL, func(cfg *Config) { cfg.Transport = transport })
				err := do(CountAttempts(t.Context(), &n), c)
				var e *Error
				if !errors.As(err, &e) {
					t.Fatal(name, verb, err)
				}
				if e.Attempts != want.attempts || n.Requests != want.attempts || len(s.seen()) != want.attempts || e.Lost() != want.lost {
					t.Errorf("%s %s: %d attempts (%d counted, %d seen), lost %t, not %+v: %v", name, verb, e.Attempts, n.Requests,
						len(s.seen()), e.Lost(), want, err)
				}
				if st := c.Stats(); st.Requests != int64(n.Requests) || st.Retries != int64(n.Requests-1) {
					t.Errorf("%+v", st)
				}
			})
		}
	}
}

// What was never sent may always be.
func TestRepeatsWithoutConnection(t *testing.T) {
	refused := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, syscall.ECONNREFUSED }}
	for verb, do := range verbs {
		synctest.Test(t, func(t *testing.T) {
			var e *Error
			if err := do(t.Context(), newClient(t, "http://localhost", func(cfg *Config) { cfg.Transport = refused })); !errors.As(err,
				&e) || e.Attempts != 3 || e.Lost() || e.Fatal() {
				t.Error(verb, err)
			}
		})
	}
}

// Doubt stays until it is answered.
func TestDoubtIsSticky(t *testing.T) {
	for name, test := range map[string]struct {
		last func(http.ResponseWriter, *http.Request, string)
		lost bool
	}{
		"throttled": {answer(429, ``), true},
		"too early": {answer(425, ``), true},
		"refused":   {answer(400, `{"error":{"code":"ERR_BAD_REQUEST"}}`), false},
		"not found": {answer(404, `{"error":{"code":"ERR_UID_NOT_FOUND"}}`), false},
		"no access": {answer(403, `{"error":{"code":"AUTH_ERR_NO_ACCESS"}}`), true},
	} {
		synctest.Test(t, func(t *testing.T) {
			first := true
			s, transport := newBubbleServer(t, func(w http.ResponseWriter, r *http.Request, body string) {
				if first {
					first = false
					cut(w, r, body)
				}
				test.last(w, r, body)
			})
			_, err := newClient(t, s.URL, func(cfg *Config) { cfg.Transport = transport }).Update(t.Context(), anna)
			if e, ok := errors.AsType[*Error](err); !ok || e.Lost() != test.lost {
				t.Error(name, err)
			}
		})
	}
}

func TestDoubtOutlivesTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, body string) {
		time.AfterFunc(10*time.Millisecond, cancel)
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(500)
	})
	_, err := newClient(t, s.URL).Update(ctx, anna)
	if e, ok := errors.AsType[*Error](err); !ok || !e.Lost() || !errors.Is(err, context.Canceled) || e.Attempts != 1 {
		t.Error(err)
	}
}

// A create whose context ends while it is under way is in doubt; one that
// was still waiting for its turn is not.
func TestContextEndsInFlight(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, body string) {
		cancel()
		<-r.Context().Done()
	})
	c := newClient(t, s.URL)
	_, _, err := c.Create(ctx, anna, false)
	var e *Error
	if !errors.As(err, &e) || !e.Lost() || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	_, _, err = c.Create(ctx, anna, false)
	if !errors.As(err, &e) || e.Lost() || !errors.Is(err, context.Canceled) || e.Attempts != 0 {
		t.Error(err)
	}
}

// Our own impatience is not the caller's.
func TestTimeout(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, body string) { <-r.Context().Done() })
	c := newClient(t, s.URL, func(cfg *Config) { cfg.Timeout, cfg.MaxAttempts = 30*time.Millisecond, 2 })
	_, _, err := c.Create(t.Context(), anna, false)
	var e *Error
	if !errors.As(err, &e) || !e.Lost() || e.Attempts != 1 || errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(),
		"no answer within 30ms") {
		t.Error(err)
	}
	if _, _, err = c.Get(t.Context(), "x"); !errors.As(err, &e) || e.Attempts != 2 {
		t.Error(err)
	}
}

// Pauses are random below a bound that doubles, and an answer may ask for more.
func TestBackoff(t *testing.T) {
	for n, bound := range map[int]time.Duration{1: backoffBase, 2: 2 * backoffBase, 4: 8 * backoffBase, 8: backoffCap, 100: backoffCap} {
		most := time.Duration(0)
		for range 1000 {
			most = max(most, backoff(n))
		}
		if most >= bound || most < bound/2 {
			t.Errorf("after attempt %d: up to %s, bound %s", n, most, bound)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, "http://localhost", func(cfg *Config) {
			cfg.MaxAttempts = 4
			cfg.Transport = handler(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "9")
				w.WriteHeader(503)
			})
		})
		began := time.Now()
		_, _, err := c.Get(t.Context(), "x")
		if d := time.Since(began); d < 27*time.Second || d > 35*time.Second || !strings.Contains(err.Error(), "after 4 attempts in ") {
			t.Error(d, err)
		}
	})
}

// A certificate that nobody vouches for stays so, and the key is not shown to whoever has it.
func TestUntrustedCertificate(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Error("asked with the key", r.Header.Get("apikey"))
	}))
	s.Config.ErrorLog = discard()
	t.Cleanup(s.Close)
	var e *Error
	_, _, err := newClient(t, s.URL).Get(t.Context(), "x")
	if !errors.As(err, &e) || e.Attempts != 1 || !e.Fatal() || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
}

func TestMadAnswerIsBounded(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request, body string) {
		w.Write([]byte(`{"data":{"uid":"`))
		for range 5 << 10 {
			w.Write([]byte(strings.Repeat("x", 1024)))
		}
	})
	_, _, err := newClient(t, s.URL, func(cfg *Config) { cfg.MaxAttempts = 1 }).Get(t.Context(), "x")
	if err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Error(err)
	}
}
