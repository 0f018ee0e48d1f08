package cometchat

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// # When a request is sent again
//
// A request that got no answer, or an unhelpful one, is in one of three states:
//
//   - Not processed: there was no connection, or the service refused it for its
//     rate, documented to be before any work. Sending it again is always right.
//   - Processed or not, nobody knows: the connection broke, the time ran out, the
//     service failed (a 500 has been seen after part of the work was done; a 503 is
//     no better), or the answer is unreadable. That is Error.Lost. Sending it again
//     is right only if twice is the same as once: for GET, for PUT of a user, for
//     deactivating and reactivating. A second create would be told "exists" about
//     the user that the first one made, and nobody could tell whether that user is
//     ours. So a create is never repeated then; its caller reads the user and decides.
//   - Answered. A refusal stays a refusal, however often it is asked for.
//
// An answer is sorted by its code first and by its status second; see codes.
//
// Before a repetition there is a pause of a random length below a bound that
// doubles, so that clients that failed together don't come back together. After
// "too many requests" the whole budget pauses instead (see pace.go). Reads have
// patience beyond that (see patience.go). Doubt is sticky: if one attempt is lost
// and a later one never gets through, the call as a whole is lost.

const (
	backoffBase = 250 * time.Millisecond
	backoffCap  = 20 * time.Second

	// maxAsked bounds how long an answer can make us wait: a minute is the
	// service's own window, and garbage in a header must not hang a run.
	maxAsked = 5 * time.Minute
)

// request is one call of the API, as often as it may have to be sent.
type request struct {
	method string
	path   string // below the base URL, escaped
	query  string
	body   []byte
	budget *budget
	repeat bool          // twice is the same as once
	limit  int64         // bytes of an answer; 0 is maxAnswer
	into   *bytes.Buffer // what an answer is read into, for who keeps it; nil: one that is used again
	sent   *int          // counts how often it was sent; may be nil

	// parts reads an answer that tells of each part of the request by itself,
	// which one that refuses the whole may do too; nil if there is no such.
	parts func(status int, body []byte) error
}

const maxAnswer = 4 << 20

// Calls that an app may lack, while it has the others.
const (
	importPath = "/data_import/users"
	tokensPath = "/auth_tokens" // below a user's
)

var errTimeout = errors.New("attempt timed out")

// timeoutError is an answer that took longer than an attempt may.
type timeoutError struct{ after time.Duration }

func (e *timeoutError) Error() string { return fmt.Sprintf("no answer within %s", e.after) }

func (e *timeoutError) Is(target error) bool { return target == errTimeout }

// do sends a request until it is answered, and hands the body of a success
// to read, which must not keep it. What read cannot make sense of counts as
// no answer.
func (c *Client) do(ctx context.Context, r request, read func(body []byte) error) error {
	e := c.send(ctx, &r, read)
	if e == nil {
		return nil
	}
	c.mask.hide(e)
	return e
}

func (c *Client) send(ctx context.Context, r *request, read func(body []byte) error) *Error {
	began, failed := c.clock.Now(), time.Time{}
	doubt := false
	for attempt := 1; ; attempt++ {
		e := c.paced(ctx, r, attempt, doubt, read)
		if e == nil {
			return nil
		}
		e.Method, e.Path, e.Elapsed = r.method, r.path, c.clock.Since(began)
		if e.unexplained() && r.path != importPath {
			e.Sent = sentFields(r.body)
		}
		// A key that is refused says nothing about the request before it.
		answered := e.Status >= 400 && e.Status < 500 && !passing(e.Status) && !e.throttled() && !e.Fatal()
		e.lost = e.lost || doubt && !answered
		doubt = e.lost
		if failed.IsZero() {
			failed = c.clock.Now()
		}
		left := c.patienceLeft(r, e, failed)
		if attempt >= c.maxAttempts && left == 0 || ctx.Err() != nil || !repeatable(e, r.repeat) || c.misnamed(e) {
			return e
		}
		pause := time.Duration(0) // of what is throttled, the budget knows how long to wait
		if !e.throttled() {
			pause = backoff(attempt)
			if attempt >= c.maxAttempts {
				pause = min(pause, left)
			}
			pause = max(pause, min(e.RetryAfter, maxAsked))
		}
		c.asked(e.RetryAfter)
		c.mask.hide(e)
		c.repeated(Repeat{Failed: e, Wait: pause, Left: left})
		if err := c.clock.Sleep(ctx, pause); err != nil {
			e.Err = &waitError{err, e.Err}
			return e
		}
	}
}

// waitError is a wait for the next attempt that ended before it, after a last one
// that had an answer, or the error before.
type waitError struct{ err, before error }

func (e *waitError) Error() string {
	text := e.err.Error() + " while waiting to try again"
	if e.before != nil {
		text += " (" + e.before.Error() + ")"
	}
	return text
}

func (e *waitError) Unwrap() []error { return []error{e.err, e.before} }

func repeatable(e *Error, safe bool) bool {
	switch {
	case e.throttled():
		return true
	case e.Fatal() || ofProxy(e.Err) && !e.outage():
		return false
	case e.Status == 0 && !e.lost:
		return true // never sent, or a GET
	}
	return safe && (e.Err != nil && e.Status < 300 || e.server() || passing(e.Status))
}

// passing is a status that says "not now".
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooEarly
}

// untrusted is a TLS failure that no repetition corrects.
func untrusted(err error) bool {
	return is[*tls.CertificateVerificationError](err) || is[tls.RecordHeaderError](err)
}

// backoff is the pause after the nth attempt.
func backoff(n int) time.Duration {
	bound := backoffCap
	if n < 20 {
		bound = min(backoffCap, backoffBase<<(n-1))
	}
	return rand.N(bound)
}

type untilKey struct{}

// WriteUntil has no write begun, under the context it returns, once until has
// ended: what still waits for its turn then fails with until's error. What may
// have been carried out already goes on as before, and so do reads.
func WriteUntil(ctx, until context.Context) context.Context {
	return context.WithValue(ctx, untilKey{}, until)
}

// paced makes one attempt when it is the request's turn. doubt says that an
// attempt before it may have been carried out.
func (c *Client) paced(ctx context.Context, r *request, attempt int, doubt bool, read func([]byte) error) *Error {
	until, ok := ctx.Value(untilKey{}).(context.Context)
	if !ok || doubt || r.method == http.MethodGet {
		until = context.Background()
	}
	turn, err := r.budget.wait(ctx, until)
	if err != nil {
		return &Error{Attempts: attempt - 1, Err: err}
	}
	var answer *http.Response
	defer func() { turn.done(answer) }()
	c.count(ctx, r, attempt)
	e := c.attempt(ctx, r, read, func(resp *http.Response) { answer = resp })
	if e == nil {
		return nil
	}
	e.Attempts = attempt
	switch {
	case e.throttled():
		c.throttled.Add(1)
	case e.lost || e.Status == 0 || e.Err != nil && e.Status < 300 || e.server():
		c.trouble(ctx)
	}
	return e
}

// bodies are buffers for answers; one that a large page has grown is worth
// keeping, one that a mad answer has grown is not.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const maxKept = 4 << 20

func recycle(body *bytes.Buffer) {
	if body.Cap() <= maxKept {
		bodies.Put(body)
	}
}

func (c *Client) attempt(ctx context.Context, r *request, read func([]byte) error, learn func(*http.Response)) *Error {
	caller := ctx
	ctx, cancel := context.WithTimeoutCause(ctx, c.timeout, errTimeout)
	defer cancel()
	write := r.method != http.MethodGet
	var asked, connected atomic.Bool
	if write {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GetConn: func(string) { asked.Store(true) },
			GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
		})
	}
	hr, err := c.newRequest(ctx, r)
	if err != nil {
		return &Error{Err: err}
	}
	resp, err := c.http.Do(hr)
	if err != nil {
		// A request that found no connection was not sent; any other may have been.
		sent := (connected.Load() || !asked.Load()) && !is[*redirectError](err)
		e := &Error{Host: hr.URL.Host, Err: c.reason(caller, ctx, err), lost: write && sent}
		if resp != nil {
			e.Status = resp.StatusCode
			learn(resp)
		}
		return e
	}
	defer resp.Body.Close()
	c.answered.Store(true)
	learn(resp)
	if r.parts != nil {
		read = func(body []byte) error { return r.parts(resp.StatusCode, body) }
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		e, body := c.readError(resp, func(err error) error { return c.reason(caller, ctx, err) })
		if r.parts != nil && e.ofContent() && read(body) == nil {
			return nil
		}
		e.RequestID, e.RetryAfter = requestID(resp.Header), retryAfter(resp.Header, c.clock.Now())
		e.lost = write && (e.server() || e.Status == http.StatusRequestTimeout)
		return e
	}
	limit := r.limit
	if limit == 0 {
		limit = maxAnswer
	}
	body := r.into
	if body == nil {
		body = bodies.Get().(*bytes.Buffer)
		defer recycle(body)
	}
	body.Reset()
	if n := resp.ContentLength; n > 0 && n <= limit {
		body.Grow(int(n) + bytes.MinRead) // else the last read would double it
	}
	n, err := body.ReadFrom(io.LimitReader(resp.Body, limit+1))
	broken := err != nil
	switch {
	case broken:
		err = fmt.Errorf("the answer was cut off: %w", c.reason(caller, ctx, err))
	case n > limit:
		err = fmt.Errorf("the answer is larger than %d MiB", limit>>20)
	default:
		if err = read(body.Bytes()); err == nil {
			return nil
		}
	}
	e := &Error{Status: resp.StatusCode, RequestID: requestID(resp.Header)}
	// An error under a status of success has been seen elsewhere; then the code decides.
	if c.parseError(e, body.Bytes()) {
		e.lost = write && e.server()
		return e
	}
	e.Err, e.lost, e.broken = err, write, broken
	return e
}

func (c *Client) newRequest(ctx context.Context, r *request) (*http.Request, error) {
	address := c.base + r.path
	if r.query != "" {
		address += "?" + r.query
	}
	var body io.Reader
	if r.body != nil {
		body = bytes.NewReader(r.body)
	}
	hr, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, err
	}
	if hr.Header = c.header; r.body != nil {
		hr.Header = c.bodied
	}
	return hr, nil
}

// reason takes the address, which a message of net/http repeats with its
// query, off an error, and tells whose patience it was that ended.
func (c *Client) reason(caller, attempt context.Context, err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	if caller.Err() != nil {
		return caller.Err()
	}
	if context.Cause(attempt) == errTimeout {
		return &timeoutError{c.timeout}
	}
	return err
}
