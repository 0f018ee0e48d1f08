package cometchat

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// # Patience
//
// A read changes nothing, so that it can wait for an app that is not there for
// some minutes, as a network or a service is at night: it is repeated for
// Config.Patience from its first failure on, beyond the attempts that every call
// has, and ends with its context at once. What waiting does not correct is told
// without: a refused key, a certificate that nobody trusts, an answer that is
// not the API's, a host that does not exist and never answered.

// Repeat is something that is done again, and why.
type Repeat struct {
	Failed *Error        // the call, as it failed; nil of a listing
	Gap    string        // why a listing is not shown to be complete
	Wait   time.Duration // until the call is sent again; 0: when its budget has it
	Left   time.Duration // how long it is repeated for at most; 0: a few times
}

// patienceLeft is how much longer a call may be repeated that has failed since then.
func (c *Client) patienceLeft(r *request, e *Error, since time.Time) time.Duration {
	if r.method != http.MethodGet || !e.outage() {
		return 0
	}
	return max(0, c.patience-c.clock.Since(since))
}

// misnamed reports whether there is no such host, and never was in this run: then
// its name is wrong, and not the network down.
func (c *Client) misnamed(e *Error) bool {
	dns, ok := errors.AsType[*net.DNSError](e.Err)
	return ok && dns.IsNotFound && !ofProxy(e.Err) && !c.answered.Load()
}

// outage reports whether nobody answered, or that the answer was "not now".
func (e *Error) outage() bool {
	switch proxy, ok := errors.AsType[*ProxyError](e.Err); {
	case ok:
		return proxy.Status >= 500 || proxy.Status == http.StatusTooManyRequests
	case e.throttled(), e.server(), passing(e.Status), e.broken:
		return true
	}
	return e.Status == 0 && !untrusted(e.Err)
}

// ProxyError is a proxy that would not connect to the app.
type ProxyError struct{ Status int }

func (e *ProxyError) Error() string {
	return strings.TrimSuffix(fmt.Sprintf("the proxy answered %d (%s)", e.Status, http.StatusText(e.Status)), " ()")
}

// proxied reads what a proxy says of a connection that it was asked for.
func proxied(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
	if resp.StatusCode != http.StatusOK {
		return &ProxyError{resp.StatusCode}
	}
	return nil
}

// ofProxy reports whether it was the proxy, if there is one, that failed.
func ofProxy(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return is[*ProxyError](err) || ok && op.Op == "proxyconnect"
}
