package cometchat

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// outages are the ways in which an app is not there for a while.
var outages = map[string]roundTrip{
	"refused": func(*http.Request) (*http.Response, error) { return nil, syscall.ECONNREFUSED },
	"no name server": func(*http.Request) (*http.Response, error) {
		return nil, &net.DNSError{Err: "server misbehaving", IsTemporary: true}
	},
	"silent": func(r *http.Request) (*http.Response, error) {
		<-r.Context().Done()
		return nil, r.Context().Err()
	},
	"503":              says(503, `<html>`),
	"500, by its code": says(400, `{"error":{"code":"ERR_EXCEPTION"}}`),
	"429":              says(429, `{"error":{"code":"ERR_TOO_MANY_REQUESTS"}}`),
	"broken off": func(*http.Request) (*http.Response, error) {
		body := io.NopCloser(io.MultiReader(strings.NewReader(`{"data":{`), failing{}))
		return &http.Response{StatusCode: 200, Body: body, ContentLength: -1}, nil
	},
	"the proxy's 502": func(*http.Request) (*http.Response, error) { return nil, &ProxyError{502} },
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, syscall.ECONNRESET }

func says(status int, body string) roundTrip {
	return func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body))}, nil
	}
}

// A read waits for an app that is not there for a while, and says so; with no
// patience, and once it is over, it fails as it is. A write never waits so long.
func TestPatience(t *testing.T) {
	for name, outage := range outages {
		for _, test := range []struct {
			patience, lasts time.Duration
			ok              bool
		}{{5 * time.Minute, 4 * time.Minute, true}, {5 * time.Minute, time.Hour, false}, {0, time.Hour, false}} {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var told []Repeat
				c := newClient(t, "http://localhost", func(cfg *Config) {
					cfg.Patience = test.patience
					cfg.Repeated = func(r Repeat) { told = append(told, r) }
					cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
						if time.Since(began) < test.lasts {
							return outage(r)
						}
						return says(200, `{"data":{"uid":"x"}}`)(r)
					})
				})
				_, _, err := c.Get(t.Context(), "x")
				took := time.Since(began)
				var e *Error
				switch {
				case (err == nil) != test.ok:
					t.Errorf("%s, %s of %s: %v", name, test.lasts, test.patience, err)
				case test.ok && took > test.lasts+time.Minute:
					t.Errorf("%s: it came back after %s, and was asked again after %s", name, test.lasts, took)
				case !test.ok && test.patience > 0 && (took < test.patience || took > test.patience+time.Minute):
					t.Errorf("%s: failed after %s, with a patience of %s", name, took, test.patience)
				case !test.ok && test.patience == 0 && (!errors.As(err, &e) || e.Attempts != 3):
					t.Errorf("%s: %v, without patience", name, err)
				}
				for i, r := range told {
					if r.Failed == nil || r.Left > test.patience || test.patience > 0 && i == 0 && r.Left != test.patience {
						t.Errorf("%s: told %+v", name, r)
					}
				}
				if began = time.Now(); test.patience > 0 {
					if _, err := c.Update(t.Context(), anna); err == nil || !errors.As(err, &e) || e.Attempts != 3 {
						t.Errorf("%s: a write: %v", name, err)
					}
				}
			})
		}
	}
}

// What waiting does not correct is told at once.
func TestNoPatience(t *testing.T) {
	for name, test := range map[string]struct {
		answer   roundTrip
		attempts int
	}{
		"401":         {says(401, `{"error":{"code":"AUTH_ERR_APIKEY_NOT_FOUND"}}`), 1},
		"403, a page": {says(403, `<html>`), 1},
		"404":         {says(404, `{"error":{"code":"ERR_API_NOT_FOUND"}}`), 1},
		"expired":     {says(500, `{"error":{"code":"ERR_SUBSCRIPTION_EXPIRED"}}`), 1},
		"malformed":   {says(200, `<html>`), 3},
		"authority": {func(*http.Request) (*http.Response, error) {
			return nil, &tls.CertificateVerificationError{Err: errors.New("unknown authority")}
		}, 1},
		"no such host":    {noSuchHost, 1},
		"the proxy's 407": {func(*http.Request) (*http.Response, error) { return nil, &ProxyError{407} }, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, "http://localhost", func(cfg *Config) { cfg.Patience, cfg.Transport = time.Hour, test.answer })
			var e *Error
			if _, _, err := c.Get(t.Context(), "x"); !errors.As(err, &e) || e.Attempts != test.attempts {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func noSuchHost(*http.Request) (*http.Response, error) {
	return nil, &net.DNSError{Err: "no such host", Name: "a.invalid", IsNotFound: true}
}

// A host that has answered is waited for, even if its name is not found for a while.
func TestPatienceWithAName(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var told []string
		c := newClient(t, "http://localhost", func(cfg *Config) {
			cfg.Patience = 5 * time.Minute
			cfg.Repeated = func(r Repeat) { told = append(told, r.Failed.Why()) }
			cfg.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
				if d := time.Since(began); 0 < d && d < time.Minute {
					return noSuchHost(r)
				}
				return says(200, `{"data":{"uid":"x"}}`)(r)
			})
		})
		for range 2 {
			if _, _, err := c.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if len(told) == 0 || told[0] != "no connection to localhost: no such host" {
			t.Errorf("told %q", told)
		}
	})
}

// An interrupt ends patience at once, and leaves the reason.
func TestPatienceEndsWithItsContext(t *testing.T) {
	for name, outage := range outages {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
			defer cancel()
			began := time.Now()
			c := newClient(t, "http://localhost", func(cfg *Config) { cfg.Patience, cfg.Transport = time.Hour, outage })
			if _, _, err := c.Get(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 3*time.Minute {
				t.Errorf("%s: %v after %s", name, err, time.Since(began))
			}
		})
	}
}
