// Package cometchat speaks CometChat's REST API for users and roles: it lists
// completely or says that it could not, writes exactly what it was asked to,
// repeats only what may be repeated, and stays inside the rate limit.
//
// It refuses to know what is done with users and why: no roster, no plan, no
// policy, no file, no output. How fast requests may go is decided here (see
// pace.go), how many users are in flight is not.
package cometchat

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"cometsync/internal/clock"
	"cometsync/internal/plan"
)

// Config says which app is spoken to, and how.
type Config struct {
	BaseURL string // …/v3, https, or http to a loopback address
	AppID   string // "" if it is not known
	Key     string // the REST API key; sent to BaseURL's host alone, and never part of a message

	UserAgent string

	// Requests a minute: an upper bound, which math.MaxInt is not, nor a negative
	// number. 0 is the documented default of the service, until its answers state
	// another limit.
	RateCore, RateStandard, RateImport int

	Share       float64       // part of the limit that may be used, 0.8 = 80%; 0 is that
	Concurrency int           // connections kept; pages fetched at once, up to 8
	Timeout     time.Duration // of one attempt; 0 is 30s
	MaxAttempts int           // of one call; 0 is 6
	Patience    time.Duration // for how long a read is repeated while nobody answers, beyond MaxAttempts

	// Asked is told how long an answer asks to wait before the next request, when
	// there is to be one; whoever has no such time ends the context. May be nil.
	Asked func(time.Duration)

	// Repeated is told of all that is done again, before it is; it must not keep
	// what it is given. The key is in none of it; what a service says is. May be nil.
	Repeated func(Repeat)

	Clock     *clock.Clock      // nil: this machine's
	Transport http.RoundTripper // nil: proxies from the environment, TLS verified, HTTP/2
}

// Stats counts what was sent since New.
type Stats struct {
	Requests  int64         // repeats included
	Retries   int64         // repeats
	Throttled int64         // answers that said "too many requests"
	Writes    int64         // requests that may change something
	Waited    time.Duration // for so long the API let no request of a budget through
}

// Client is one app's API. It is safe for concurrent use.
type Client struct {
	base        string // without a slash at its end
	key         string
	mask        *Mask
	header      http.Header // of every request: nobody changes it
	bodied      http.Header // of one with a body
	http        *http.Client
	timeout     time.Duration
	maxAttempts int
	workers     int
	turns       chan struct{} // pages that are taken in at once: one a core, since each takes a megabyte
	pageSize    int
	patience    time.Duration
	clock       *clock.Clock

	core, standard, bulk *budget

	asked    func(time.Duration)
	repeated func(Repeat)
	imports  sizes

	requests, retries, throttled, writes, counted atomic.Int64

	answered atomic.Bool // by anybody, whatever it was
}

// New checks the configuration and makes a client. It sends nothing.
func New(cfg Config) (*Client, error) {
	base, err := checkBase(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	if cfg.Key == "" {
		return nil, errors.New("no API key; give the REST API key of the app")
	}
	if strings.ContainsFunc(cfg.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the API key holds white space or characters that no key has; copy it again")
	}
	c := &Client{
		base: base, key: cfg.Key, mask: NewMask(cfg.Key),
		timeout: cmp.Or(max(cfg.Timeout, 0), 30*time.Second), maxAttempts: cmp.Or(max(cfg.MaxAttempts, 0), 6),
		patience: cfg.Patience, pageSize: maxPage, clock: cfg.Clock, asked: cfg.Asked, repeated: cfg.Repeated,
	}
	c.header = http.Header{}
	c.header.Set("apikey", c.key)
	c.header.Set("Accept", "application/json")
	c.header.Set("User-Agent", cmp.Or(cfg.UserAgent, "cometsync"))
	if cfg.AppID != "" {
		c.header.Set("appId", cfg.AppID)
	}
	c.bodied = c.header.Clone()
	c.bodied.Set("Content-Type", "application/json")
	if c.asked == nil {
		c.asked = func(time.Duration) {}
	}
	if c.repeated == nil {
		c.repeated = func(Repeat) {}
	}
	conns := max(cfg.Concurrency, 1)
	c.workers, c.turns = min(conns, maxWorkers), make(chan struct{}, runtime.GOMAXPROCS(0))
	transport := cfg.Transport
	if transport == nil {
		transport = newTransport(conns)
	}
	c.http = &http.Client{Transport: transport, CheckRedirect: checkRedirect}
	share := cmp.Or(max(cfg.Share, 0), 0.8)
	c.core = newBudget("core", cfg.RateCore, 10_000, share)
	c.standard = newBudget("standard", cfg.RateStandard, 20_000, share)
	c.bulk = newBudget("import", cfg.RateImport, 60, share)
	for _, b := range []*budget{c.core, c.standard, c.bulk} {
		b.clock = cfg.Clock
	}
	return c, nil
}

// Stats is what was sent up to now.
func (c *Client) Stats() Stats {
	return Stats{Requests: c.requests.Load(), Retries: c.retries.Load(), Throttled: c.throttled.Load(), Writes: c.writes.Load(),
		Waited: c.core.waited() + c.standard.waited() + c.bulk.waited()}
}

// Wait is for what the service has requests wait.
type Wait struct {
	Until   time.Time     // requests that are ready to leave wait until then; long ago if none does
	Refused bool          // since the service refused one, and not since the count of this minute is used up
	Total   time.Duration // of all that was waited for up to now
}

// Waiting is for what requests wait now.
func (c *Client) Waiting() (w Wait) {
	now := c.clock.Now()
	for _, b := range []*budget{c.core, c.standard, c.bulk} {
		b.mu.Lock()
		w.Total += b.stopped - max(0, b.stop.Sub(now))
		if b.queue > 0 && b.stop.After(w.Until) {
			w.Until, w.Refused = b.stop, b.refused > 0
		}
		b.mu.Unlock()
	}
	return w
}

// Counted is how many users the app has, as the service counted when it was last asked for
// a list of all; 0 if it did not say.
func (c *Client) Counted() int { return int(c.counted.Load()) }

// Rates is how many requests a minute may leave in each budget, by what is
// known of the limits and of others' use of them.
func (c *Client) Rates() plan.Rates {
	return plan.Rates{Core: c.core.steady(), Standard: c.standard.steady(), Import: c.bulk.steady()}
}

// Limits is how many requests a minute the app allows as far as that is known, and
// whether an answer has said so.
func (c *Client) Limits() (limits plan.Rates, stated bool) {
	of := func(b *budget) float64 {
		b.mu.Lock()
		defer b.mu.Unlock()
		stated = stated || b.window.limit > 0
		return b.limit()
	}
	return plan.Rates{Core: of(c.core), Standard: of(c.standard), Import: of(c.bulk)}, stated
}

type attemptsKey struct{}

// CountAttempts makes every request that is sent under the context it
// returns count in n. n must not be shared between calls that run at once.
func CountAttempts(ctx context.Context, n *plan.Attempts) context.Context {
	return context.WithValue(ctx, attemptsKey{}, n)
}

func (c *Client) count(ctx context.Context, r *request, attempt int) {
	c.requests.Add(1)
	if r.method != http.MethodGet {
		c.writes.Add(1)
	}
	if attempt > 1 {
		c.retries.Add(1)
	}
	if n, ok := ctx.Value(attemptsKey{}).(*plan.Attempts); ok {
		n.Requests++
		if r.method != http.MethodGet {
			n.Writes++
		}
	}
	if r.sent != nil {
		*r.sent++
	}
}

// trouble counts an attempt that the service failed, or did not answer so that it
// could be read.
func (c *Client) trouble(ctx context.Context) {
	if n, ok := ctx.Value(attemptsKey{}).(*plan.Attempts); ok {
		n.Trouble++
	}
}

func checkBase(base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Hostname() == "" {
		// The parser's message would repeat a password that is in the URL.
		return "", errors.New("base URL: not a URL; it looks like https://APPID.api-REGION.cometchat.io/v3")
	}
	shown := u.Scheme + "://" + u.Host
	switch {
	case u.User != nil:
		return "", fmt.Errorf("base URL %s: has a user name or password in it; the API key is given separately", shown)
	case u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return "", fmt.Errorf("base URL %s: has a query or fragment; it has to end in the version, such as /v3", shown)
	case u.Scheme == "https":
	case u.Scheme == "http" && plan.Loopback(u.Hostname()):
	case u.Scheme == "http":
		return "", fmt.Errorf("base URL %s: plain http would send the API key unencrypted; use https", shown)
	default:
		return "", fmt.Errorf("base URL %s: not a web address; use https", shown)
	}
	return strings.TrimRight(base, "/"), nil
}

func newTransport(conns int) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: proxied,
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ExpectContinueTimeout:  time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           conns,
		MaxIdleConnsPerHost:    conns,
		IdleConnTimeout:        90 * time.Second,
		ReadBufferSize:         32 << 10, // pages are large, and a read is a system call
	}
}

// redirectError is a redirect that was not followed.
type redirectError struct{ reason string }

func (e *redirectError) Error() string { return e.reason }

// checkRedirect follows a redirect only where the key may go along: net/http
// keeps back the headers that it knows to be secret when the host changes,
// and apikey is not among them. A write is not sent a second time at all,
// since some redirects would turn it into a GET.
func checkRedirect(r *http.Request, via []*http.Request) error {
	first := via[0]
	switch {
	case r.URL.Host != first.URL.Host || r.URL.Scheme != first.URL.Scheme:
		return &redirectError{fmt.Sprintf(
			"redirected to another host, %s://%s; not followed, and the API key was not sent there; check the base URL",
			r.URL.Scheme, r.URL.Host)}
	case first.Method != http.MethodGet:
		return &redirectError{"redirected, and a write is sent to one address only; check the base URL"}
	case len(via) > 3:
		return &redirectError{"redirected more than 3 times; check the base URL"}
	}
	return nil
}

// rateOf reads a configured rate: requests a minute, +Inf without a limit.
func rateOf(configured, standard int) float64 {
	switch {
	case configured < 0 || configured == math.MaxInt:
		return math.Inf(1)
	case configured == 0:
		return float64(standard)
	}
	return float64(configured)
}
