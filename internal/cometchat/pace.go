package cometchat

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"cometsync/internal/clock"
)

// # Pace
//
// The service counts requests by the minute in three budgets: core (creating,
// deleting, deactivating and reactivating users, and everybody's logins), import
// (bulk imports) and standard (all else). They belong to the app: while a migration
// creates users, people log in out of the same 10,000. So a budget has five rules.
//
// Evenly. Requests leave at equal distances, at the limit times the share that the
// user allows, less half a per cent: so they never pass the limit in any minute,
// wherever the service lets its minutes begin. A burst would pass it in its first.
// A few that the scheduler was late for may be caught up with (see catchUp).
//
// Carefully. The real limit is only in the answers (a plan with 500 a minute
// exists), so the first request of a budget goes alone. A limit that the user gave
// is an upper bound; a default is replaced by what the service states.
//
// Together. After "too many requests" nothing of the budget leaves before the time
// that the answer names (Retry-After, else the end of the minute, else a back-off).
//
// Doubting. A refusal that no header foretold means that the limit is not what it is
// taken for, or that somebody else uses it up unseen. Then the rate is halved, once
// a minute at most, and comes back slowly.
//
// Yielding. Remaining and Reset tell what others use; see window.go.
//
// Only the request at the head of the queue looks at the clock, and looks again
// after each nap: no request carries a reservation made under older rules.

const (
	// slack is what is used of a limit at most.
	slack = 0.995

	// floor is the part of a limit that is used however much others use, so
	// that a run goes on, and learns when they stop.
	floor = 0.02

	// catchUp is how many requests may leave at once after the program itself
	// was late, as a part of the limit: 20 of 10,000, which is 120 ms. With
	// none, every pause of the scheduler would be lost for good, and with
	// them the last per cent of a limit; slack has room for them.
	catchUp = 1.0 / 500

	// regain is the time in which a rate that was halved doubles, and doubt the
	// least part of the limit that is left of it.
	regain = 10 * time.Minute
	doubt  = 1.0 / 64

	// The head of the queue looks away until all who queue may leave together,
	// since waking up for each costs more than sending it, but for no longer than
	// a tick: at 333 requests a second, ten leave every 30 ms. A tick is less than
	// what can be caught up with. Whatever it waits for, it looks again after a nap.
	nap  = 500 * time.Millisecond
	tick = 30 * time.Millisecond
)

// budget is one of the service's counts.
type budget struct {
	name  string
	share float64
	clock *clock.Clock

	turn chan struct{} // holds a token while nobody is at the head of the queue

	mu       sync.Mutex
	queue    int // how many wait
	limiter  *rate.Limiter
	asked    time.Time // when it was asked last
	idle     bool      // nobody waited, or all did for a stop: there is nothing to catch up with
	bound    float64   // requests a minute: what the user allows; +Inf if nothing is said
	assumed  float64   // what holds until an answer states a limit
	answered bool
	inFlight int
	stop     time.Time     // nothing leaves before
	stopped  time.Duration // for how long nothing was to leave, altogether
	refused  int           // "too many requests" in a row
	part     float64       // of the rate, that was left when it was halved last
	halved   time.Time     // when that was; zero is never
	window   window
}

func newBudget(name string, configured, standard int, share float64) *budget {
	b := &budget{name: name, share: min(share, 1), turn: make(chan struct{}, 1), bound: math.Inf(1)}
	b.assumed = rateOf(configured, standard)
	if configured > 0 {
		b.bound = b.assumed
	}
	b.limiter = rate.NewLimiter(0, 1)
	b.turn <- struct{}{}
	return b
}

// turn is a request under way, from its leave until its answer.
type turn struct {
	budget *budget
	alone  bool // keeps the head of the queue until its answer is there
}

// wait returns when a request may leave, or when one of the contexts ends.
func (b *budget) wait(ctx, until context.Context) (turn, error) {
	if err := cmp.Or(ctx.Err(), until.Err()); err != nil {
		return turn{}, err
	}
	if b.atOnce(b.clock.Now()) {
		return turn{budget: b}, nil
	}
	select {
	case <-b.turn:
	case <-ctx.Done():
		b.leave()
		return turn{}, ctx.Err()
	case <-until.Done():
		b.leave()
		return turn{}, until.Err()
	}
	for {
		d, alone := b.head(b.clock.Now())
		if d <= 0 {
			if !alone {
				b.turn <- struct{}{}
			}
			return turn{budget: b, alone: alone}, nil
		}
		err := b.clock.Sleep(ctx, min(d, nap)) // soon enough for until
		if err = cmp.Or(err, until.Err()); err != nil {
			b.leave()
			b.turn <- struct{}{}
			return turn{}, err
		}
	}
}

// atOnce takes a turn where nobody waits, or else joins the queue.
func (b *budget) atOnce(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.queue == 0 && b.answered {
		b.idle = true
		if b.take(now) <= 0 {
			return true
		}
	}
	b.queue++
	return false
}

func (b *budget) leave() {
	b.mu.Lock()
	b.queue--
	b.mu.Unlock()
}

// head takes the turn of who is at the head of the queue, or says how long to
// wait before asking again.
func (b *budget) head(now time.Time) (wait time.Duration, alone bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if wait = b.take(now); wait <= 0 {
		b.queue--
	}
	return wait, !b.answered
}

// take takes a turn, or says how long to wait. b.mu is held.
func (b *budget) take(now time.Time) (wait time.Duration) {
	if now.Before(b.stop) {
		b.idle = true
		return b.stop.Sub(now)
	}
	if perMinute := b.perMinute(now, b.window.spare(now, b.inFlight)); !math.IsInf(perMinute, 1) {
		if wait = b.token(now, perMinute/60); wait > 0 {
			return wait
		}
	}
	b.inFlight++
	return 0
}

// token takes a token of those that come at a rate a second. b.mu is held.
func (b *budget) token(now time.Time, perSecond float64) (wait time.Duration) {
	b.limiter.SetLimitAt(b.asked, rate.Limit(perSecond)) // what is known now holds since then
	b.asked = now
	burst := 1 + int(b.limit()*catchUp)
	if b.idle {
		b.limiter.SetBurstAt(now, min(burst, max(1, int(perSecond*tick.Seconds()))))
	}
	b.idle = false
	b.limiter.SetBurstAt(now, burst)
	if b.limiter.AllowN(now, 1) {
		return 0
	}
	tokens := b.limiter.TokensAt(now)
	one, all := (1-tokens)/perSecond, (float64(b.queue)-tokens)/perSecond
	return time.Duration(math.Ceil(min(max(one, min(all, tick.Seconds())), nap.Seconds()) * float64(time.Second)))
}

// limit is the budget's limit as far as it is known, in requests a minute.
func (b *budget) limit() float64 {
	if b.window.limit > 0 {
		return min(b.window.limit, b.bound)
	}
	return b.assumed
}

// perMinute is the rate at which requests may leave, of which others leave us a part.
func (b *budget) perMinute(now time.Time, spare float64) float64 {
	limit := b.limit()
	ours := b.share * slack * limit * b.trust(now)
	if math.IsInf(limit, 1) {
		return ours
	}
	return max(min(ours, spare), min(ours, max(floor*limit, 1)))
}

// trust is the part of the rate that refusals have left.
func (b *budget) trust(now time.Time) float64 {
	if b.halved.IsZero() {
		return 1
	}
	return min(1, b.part*math.Exp2(float64(now.Sub(b.halved))/float64(regain)))
}

// steady is the rate as far as it is known for longer than this minute: what
// others use is left to them, but what is left of the minute does not count.
func (b *budget) steady() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	spare := math.Inf(1)
	if b.window.known() {
		spare = b.window.left(b.window.foreign())
	}
	return b.perMinute(b.clock.Now(), spare)
}

// done ends a turn with the answer, nil if there was none.
func (t turn) done(resp *http.Response) {
	b, now := t.budget, t.budget.clock.Now()
	b.mu.Lock()
	b.inFlight--
	if t.alone { // the next one keeps its distance, by the rate that is known now
		b.limiter = rate.NewLimiter(0, 1)
		b.limiter.AllowN(now, 1)
		b.asked = now
	}
	if resp != nil {
		b.answered = true
		b.learn(resp, now)
	}
	b.mu.Unlock()
	if t.alone {
		b.turn <- struct{}{}
	}
}

// learn takes in what an answer says.
func (b *budget) learn(resp *http.Response, now time.Time) {
	b.window.read(resp.Header, now, b.inFlight)
	if resp.StatusCode != http.StatusTooManyRequests {
		b.refused = 0
		if b.window.exhausted(now) {
			b.pause(b.window.reset.Sub(now), now)
		}
		return
	}
	b.refused++
	foretold := b.window.known() && b.window.remaining <= 0
	if !foretold && (b.halved.IsZero() || now.Sub(b.halved) >= minute) {
		b.part, b.halved = max(b.trust(now)/2, doubt), now
	}
	switch asked, until := retryAfter(resp.Header, now), b.window.reset.Sub(now); {
	case asked > 0:
		b.pause(asked, now)
	case until > 0:
		b.pause(until, now)
	default:
		b.pause(backoffBase+backoff(b.refused+2), now)
	}
}

// pause stops the budget; one that has been stopped for longer stays so.
func (b *budget) pause(d time.Duration, now time.Time) {
	if until := now.Add(min(d, maxAsked)); until.After(b.stop) {
		if b.stop.Before(now) {
			b.stop = now
		}
		b.stopped += until.Sub(b.stop)
		b.stop = until
	}
}

func (b *budget) waited() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.stopped
}
