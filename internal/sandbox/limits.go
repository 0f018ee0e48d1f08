package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// limits are the rate budgets of the app. They have a lock of their own: a
// refused request touches nothing else.
type limits struct {
	mu      sync.Mutex
	budgets map[string]*budget
	foreign foreign
	refused int
}

// budget is a number of requests in a fixed window, which begins with the
// first request after the last window's end.
type budget struct {
	limit  int // 0 = no limit
	length time.Duration
	start  time.Time
	used   int
}

// foreign is the traffic of the app's own users, on the core budget. Nothing
// runs for it in the background: whoever asks catches up on what arrived since.
type foreign struct {
	perWindow       int
	since           time.Time
	arrived         int
	served, refused int
}

func newLimits(cfg *Config) limits {
	b := func(limit int) *budget { return &budget{limit: limit, length: cfg.Window} }
	return limits{
		budgets: map[string]*budget{core: b(cfg.LimitCore), standard: b(cfg.LimitStandard), importRate: b(cfg.LimitImport)},
		foreign: foreign{perWindow: cfg.Foreign, since: cfg.Now()},
	}
}

// rate is what an answer's headers say of the budget. limit 0 says nothing.
type rate struct {
	limit, remaining int
	reset            int64 // Unix seconds, rounded up
}

// take consumes one request of a budget, or refuses it, which consumes nothing.
func (l *limits) take(name string, now time.Time) (rate, *answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.budgets[name]
	if b.limit <= 0 {
		return rate{}, nil
	}
	if name == core {
		l.catchUp(now)
	}
	b.open(now)
	end := b.start.Add(b.length)
	r := rate{limit: b.limit, reset: end.Add(time.Second - 1).Unix()}
	if b.used >= b.limit {
		l.refused++
		wait := max(1, int((end.Sub(now)+time.Second-1)/time.Second))
		message := tooManyMessage
		if name == importRate {
			message = fmt.Sprintf("Too many requests for data import API. %d per minute is the maximum "+
				"request allowed. Please retry for seconds after %d.", b.limit, wait)
		}
		return r, tooMany(message, wait)
	}
	b.used++
	r.remaining = b.limit - b.used
	return r, nil
}

const tooManyMessage = "Too many requests. Please try again later."

func tooMany(message string, wait int) *answer {
	a := fail(codeTooMany, message)
	a.retryAfter = wait
	return a
}

// open begins a new window if the last one is over. A clock that goes back stays in it.
func (b *budget) open(now time.Time) {
	if b.start.IsZero() || now.Sub(b.start) >= b.length {
		b.start, b.used = now, 0
	}
}

// seen returns the refused requests, and the foreign traffic up to now.
func (l *limits) seen(now time.Time) (refused, served, foreignRefused int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchUp(now)
	return l.refused, l.foreign.served, l.foreign.refused
}

// setForeign changes the foreign traffic from now on.
func (l *limits) setForeign(perWindow int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.catchUp(now)
	f := &l.foreign
	f.perWindow, f.since, f.arrived = perWindow, now, 0
}

// catchUp lets arrive what should have arrived by now.
func (l *limits) catchUp(now time.Time) {
	f, b := &l.foreign, l.budgets[core]
	for f.perWindow > 0 {
		next := f.arrival(f.arrived+1, b.length)
		if next.After(now) {
			return
		}
		b.open(next)
		f.arrived++
		if b.limit > 0 && b.used >= b.limit {
			f.refused++
		} else {
			f.served++
			b.used++
		}
	}
}

// arrival is the earliest time at which n have arrived: the n-th comes n/perWindow windows
// after the start. Whole windows are counted apart, to stay clear of overflow.
func (f *foreign) arrival(n int, window time.Duration) time.Time {
	whole, rest := n/f.perWindow, int64(n%f.perWindow)
	part := (rest*int64(window) + int64(f.perWindow) - 1) / int64(f.perWindow)
	return f.since.Add(time.Duration(whole)*window + time.Duration(part))
}

// setHeaders writes the rate in the chosen spelling. The names go out as the
// service's pages spell them, which is why they are not set through Set.
func (r rate) setHeaders(h http.Header, spelling string) {
	if r.limit <= 0 {
		return
	}
	limit := []string{strconv.Itoa(r.limit)}
	remaining := []string{strconv.Itoa(r.remaining)}
	reset := []string{strconv.FormatInt(r.reset, 10)}
	if spelling != "x-rate-limit" {
		h["X-RateLimit-Limit"], h["X-RateLimit-Remaining"], h["X-RateLimit-Reset"] = limit, remaining, reset
	}
	if spelling != "x-ratelimit" {
		h["X-Rate-Limit"], h["X-Rate-Limit-Remaining"], h["X-Rate-Limit-Reset"] = limit, remaining, reset
	}
}
