// Package clock is the time that a run goes by: that of this machine, or one that skips
// the time in which nothing happens, so that a run which waits for hours is over in
// seconds and has taken hours by it. It refuses to know what anybody waits for.
//
// A clock that skips is this machine's, and what it has skipped on top, so that whatever
// is computed, read and written takes as long as it does. It skips to the end of the
// earliest sleep when the runtime has no goroutine that runs, could run, or is in the
// system, where files are written: then all that is left to happen is that somebody
// wakes up. What waits by another clock, or for another process, is not seen, and there
// must be none. Should more be in the system than when it began, it does not skip: then a
// sleep takes as long as it says.
package clock

import (
	"context"
	"runtime/metrics"
	"slices"
	"sync"
	"time"
)

// Clock is one that skips; a nil one is this machine's.
type Clock struct {
	mu      sync.Mutex
	skipped time.Duration
	asleep  []*sleeper // the earliest to wake first
	poke    chan struct{}
	states  []metrics.Sample
	system  uint64 // goroutines that are in the system for good, such as the one that waits for signals
}

// sleeper is somebody who waits until a time.
type sleeper struct {
	at    time.Time
	awake chan struct{}
}

// New makes a clock that skips, until the context ends.
func New(ctx context.Context) *Clock {
	c := &Clock{poke: make(chan struct{}, 1), states: []metrics.Sample{
		{Name: "/sched/goroutines/running:goroutines"}, {Name: "/sched/goroutines/runnable:goroutines"},
		{Name: "/sched/goroutines/not-in-go:goroutines"},
	}}
	c.system = 1 << 32
	for range 100 {
		metrics.Read(c.states)
		c.system = min(c.system, c.states[2].Value.Uint64())
		time.Sleep(10 * time.Microsecond)
	}
	go c.run(ctx)
	return c
}

// Now is the time.
func (c *Clock) Now() time.Time {
	if c == nil {
		return time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.skipped)
}

// Since is how long ago something was.
func (c *Clock) Since(t time.Time) time.Duration { return c.Now().Sub(t) }

// Sleep waits for so long, or until the context ends, whose error it gives.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	if c == nil {
		t := time.NewTimer(d)
		defer t.Stop()
		select {
		case <-t.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	s := &sleeper{awake: make(chan struct{})}
	c.mu.Lock()
	s.at = time.Now().Add(c.skipped + d)
	at, _ := slices.BinarySearchFunc(c.asleep, s, func(a, b *sleeper) int { return a.at.Compare(b.at) })
	c.asleep = slices.Insert(c.asleep, at, s)
	c.mu.Unlock()
	select {
	case c.poke <- struct{}{}:
	default:
	}
	select {
	case <-s.awake:
		return nil
	case <-ctx.Done():
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asleep = slices.DeleteFunc(c.asleep, func(other *sleeper) bool { return other == s })
		return ctx.Err()
	}
}

// Deadline is a context that ends at a time, with a cause.
func (c *Clock) Deadline(ctx context.Context, at time.Time, cause error) (context.Context, context.CancelFunc) {
	if c == nil {
		return context.WithDeadlineCause(ctx, at, cause)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		if c.Sleep(ctx, at.Sub(c.Now())) == nil {
			cancel(cause)
		}
	}()
	return ctx, func() { cancel(nil) }
}

// look is how often the clock looks whether everybody waits: a sleep that is shorter is
// not worth a skip.
const look = 50 * time.Microsecond

// run wakes who is to wake, and skips.
func (c *Clock) run(ctx context.Context) {
	for ctx.Err() == nil {
		idle := c.idle() // nobody has to wait for the lock meanwhile, and look as if they slept
		c.mu.Lock()
		none := len(c.asleep) == 0
		if !none && idle {
			c.skipped += max(0, time.Until(c.asleep[0].at)-c.skipped)
		}
		now := time.Now().Add(c.skipped)
		for len(c.asleep) > 0 && !c.asleep[0].at.After(now) {
			close(c.asleep[0].awake)
			c.asleep = c.asleep[1:]
		}
		c.mu.Unlock()
		if !none {
			time.Sleep(look)
			continue
		}
		select {
		case <-c.poke:
		case <-ctx.Done():
		}
	}
}

// idle reports whether nothing goes on but this: the runtime counts without stopping
// anything, so that it is asked a few times.
func (c *Clock) idle() bool {
	for range 3 {
		metrics.Read(c.states)
		if c.states[0].Value.Uint64() > 1 || c.states[1].Value.Uint64() > 0 || c.states[2].Value.Uint64() > c.system {
			return false
		}
	}
	return true
}
