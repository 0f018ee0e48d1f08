package cometchat

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestPaceUsesTheWholeLimitAndNoMore(t *testing.T) {
	for limit, part := range map[int]float64{20: 0.98, 500: 0.99, 3000: 0.99, 20_000: 0.99} {
		for _, offset := range []time.Duration{0, 17 * time.Second, 59*time.Second + 900*time.Millisecond} {
			synctest.Test(t, func(t *testing.T) {
				s := newService()
				s.limit, s.offset = limit, offset
				per := s.run(t, s.client(t, share(1)), 4)
				if s.refused > 0 || s.most() > limit {
					t.Errorf("limit %d, offset %s: %d refused, %d in some minute", limit, offset, s.refused, s.most())
				}
				if got := per[0] + per[1] + per[2]; float64(got) < part*3*float64(limit)-1 {
					t.Errorf("limit %d, offset %s: only %v a minute", limit, offset, per)
				}
			})
		}
	}
}

func TestPaceIsEven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit = 2000
		s.run(t, s.client(t, share(0.5)), 2)
		want := minute * 100 / (2000 / 2 * 99)
		for i := 2; i < len(s.arrivals); i++ {
			if gap := s.arrivals[i].Sub(s.arrivals[i-1]); gap < want*8/10 || gap > want*12/10 {
				t.Fatalf("request %d came %s after the one before, not %s", i, gap, want)
			}
		}
	})
}

// Requests that are long under way are counted by the service and not
// answered yet; they are not somebody else's.
func TestPaceSlowAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit, s.jitter = 3000, 500*time.Millisecond
		if per := s.run(t, s.client(t, share(1)), 3); s.refused > 0 || per[1] < 2960 {
			t.Errorf("%d refused, %v a minute", s.refused, per)
		}
	})
}

// A pause is nothing to catch up with.
func TestPaceAfterIdling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit = 20_000
		c := s.client(t)
		for range 3 {
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() { c.Get(t.Context(), "x") })
			}
			group.Wait()
			time.Sleep(minute)
		}
		// At 265 a second some eight come in a tick.
		for i := range s.arrivals {
			for before := range max(0, i-8) {
				if gap, least := s.arrivals[i].Sub(s.arrivals[before]), time.Duration(i-before-8)*time.Second/266; gap < least {
					t.Errorf("request %d came %s after request %d", i, gap, before)
				}
			}
		}
	})
}

// Who waits alone waits for one token, and those who wait together share a tick,
// which is no longer than it takes for all of them to have theirs.
func TestPaceTickFollowsTheRate(t *testing.T) {
	for _, test := range []struct{ perMinute, at, most int }{
		{600, 1, 1}, {600, 32, 1}, {20_000, 1, 1}, {20_000, 4, 4}, {20_000, 32, 10}, {600_000, 32, 32}, {60_000_000, 32, 32},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.latency = 100 * time.Microsecond
			c := s.client(t, share(1), func(cfg *Config) { cfg.RateStandard = test.perMinute })
			var group sync.WaitGroup
			for range test.at {
				group.Go(func() {
					for range 50 {
						if _, _, err := c.Get(t.Context(), "x"); err != nil {
							t.Error(err)
						}
					}
				})
			}
			group.Wait()
			n := 50 * test.at
			due := time.Duration(float64(n-1) / (slack * float64(test.perMinute)) * float64(minute))
			answers := 50 * s.latency // where it is they that take the time
			if took := time.Since(s.began); took < due || took > due+answers+tick {
				t.Errorf("%d at %d a minute, %d at once: took %s, and %s is due", n, test.perMinute, test.at, took, due)
			}
			together, first := 0, 0
			for i, at := range s.arrivals {
				if at.After(s.arrivals[first]) {
					first = i
				}
				together = max(together, i-first+1)
			}
			if together > test.most {
				t.Errorf("%d a minute, %d at once: %d left together", test.perMinute, test.at, together)
			}
		})
	}
}

// Nobody waits for a token that is worth less than the way to the queue.
func TestPaceWithAHighLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.latency = 100 * time.Microsecond
		c := s.client(t, func(cfg *Config) { cfg.RateStandard = 100_000_000 })
		for range 1000 {
			if _, _, err := c.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(s.began) - 1000*s.latency; d > time.Millisecond {
			t.Errorf("waited %s", d)
		}
	})
}

func TestPaceTakesItsShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit = 1000
		per := s.run(t, s.client(t), 3) // the default
		if per[1] > 800 || per[1] < 784 {
			t.Errorf("%v a minute, not 80%% of 1,000", per)
		}
	})
}

// A burst that is meant for a limit of 20,000 would be most of a minute's 500.
func TestPaceFirstRequestGoesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit, s.latency = 500, 2*time.Second
		c := s.client(t)
		first := false
		s.refuse = func(n int) (http.Header, bool) {
			if n == 2 && time.Since(s.began) < s.latency {
				t.Error("a second request was sent before the first was answered")
			}
			first = true
			return nil, false
		}
		s.run(t, c, 2)
		if !first || s.refused > 0 || s.most() > 400 {
			t.Errorf("%d refused, %d in a minute", s.refused, s.most())
		}
	})
}

func TestPaceHeaders(t *testing.T) {
	for _, test := range []struct {
		spelling string
		limit    int
		change   func(*Config)
		want     int
	}{
		{"new", 1000, nil, 800},
		{"old", 1000, nil, 800},
		{"both", 1000, nil, 800},
		{"none", 0, nil, 16_000}, // the documented default
		{"none", 0, func(cfg *Config) { cfg.RateStandard = 600 }, 480},
		{"new", 1000, func(cfg *Config) { cfg.RateStandard = 600 }, 480},  // the user's is less
		{"new", 1000, func(cfg *Config) { cfg.RateStandard = 6000 }, 800}, // the service's is less
		{"new", 24_000, nil, 19_200},                                      // more than the default
		{"old", 1000, func(cfg *Config) { cfg.RateStandard = -1 }, 800},
		{"old", 1000, func(cfg *Config) { cfg.RateStandard = math.MaxInt }, 800},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.limit, s.spelling = test.limit, test.spelling
			var change []func(*Config)
			if test.change != nil {
				change = append(change, test.change)
			}
			per := s.run(t, s.client(t, change...), 1)
			if per[0] > test.want || float64(per[0]) < 0.97*float64(test.want)-2 {
				t.Errorf("%s, limit %d: %v a minute, not %d", test.spelling, test.limit, per, test.want)
			}
		})
	}
}

func TestPaceWithoutALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.latency = 0
		c := s.client(t, func(cfg *Config) { cfg.RateStandard = -1 })
		for range 1000 {
			if _, _, err := c.Get(t.Context(), "x"); err != nil {
				t.Fatal(err)
			}
		}
		if d := time.Since(s.began); d > 0 {
			t.Errorf("waited %s", d)
		}
	})
}

// After "too many requests" nobody goes on, and everybody goes on afterwards.
func TestPaceStopsTogether(t *testing.T) {
	reset := func(in time.Duration) http.Header {
		return http.Header{"X-Ratelimit-Limit": {"6000"}, "X-Ratelimit-Remaining": {"0"},
			"X-Ratelimit-Reset": {strconv.FormatInt(time.Now().Add(in).Unix(), 10)}}
	}
	for name, test := range map[string]struct {
		header   func() http.Header
		min, max time.Duration
	}{
		"retry-after": {func() http.Header { return http.Header{"Retry-After": {"7"}} }, 7 * time.Second, 7*time.Second +
			100*time.Millisecond},
		"retry-after and reset": {func() http.Header {
			h := reset(40 * time.Second)
			h.Set("Retry-After", "7")
			h.Del("X-Ratelimit-Remaining")
			return h
		}, 7 * time.Second, 8 * time.Second},
		"a date": {func() http.Header {
			return http.Header{"Retry-After": {time.Now().Add(9 * time.Second).UTC().Format(http.TimeFormat)}}
		}, 9 * time.Second, 9*time.Second + 100*time.Millisecond},
		"reset":   {func() http.Header { return reset(40 * time.Second) }, 39 * time.Second, 41 * time.Second},
		"nothing": {func() http.Header { return nil }, backoffBase, backoffCap},
		"garbage": {func() http.Header { return http.Header{"Retry-After": {"1e99"}, "X-Ratelimit-Reset": {"NaN"}} }, backoffBase,
			backoffCap},
		"much": {func() http.Header { return http.Header{"Retry-After": {"99999"}} }, maxAsked, maxAsked + time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			c := s.client(t, func(cfg *Config) { cfg.RateStandard = 600 })
			var at time.Time
			s.refuse = func(n int) (http.Header, bool) {
				if n == 100 {
					at = time.Now()
				}
				return test.header(), n == 100
			}
			s.run(t, c, 8)
			if c.Stats().Throttled != 1 || s.refused != 1 || c.Stats().Retries != 1 {
				t.Errorf("%s: %+v, %d refused", name, c.Stats(), s.refused)
			}
			if d := c.Stats().Waited; d < test.min-s.latency || d > test.max {
				t.Errorf("%s: it says to have waited for %s", name, d)
			}
			// What was on its way arrives all the same.
			at = at.Add(s.latency)
			for _, a := range s.arrivals[100:] {
				if a.Before(at) {
					continue
				}
				if d := a.Sub(at) + s.latency/2; d < test.min || d > test.max {
					t.Errorf("%s: went on after %s", name, d)
				}
				break
			}
		})
	}
}

// Foreign traffic keeps its part, and none of it is refused; what it leaves is
// used.
func TestPaceYields(t *testing.T) {
	even := func(rate int) func(time.Duration) int {
		return func(d time.Duration) int { return int(d.Seconds() * float64(rate) / 60) }
	}
	for name, test := range map[string]struct {
		share    float64
		foreign  func(time.Duration) int
		offset   time.Duration
		from, to int // our requests in a minute, from the third on
	}{
		"few":              {0.8, even(50), 0, 780, 800},
		"many":             {0.8, even(600), 0, 360, 400},
		"many, all to us":  {1, even(600), 20 * time.Second, 360, 400},
		"nearly all":       {0.8, even(930), 0, 30, 60},
		"all":              {0.8, even(940), 0, 20, 30},
		"from half-minute": {0.8, even(600), 30 * time.Second, 360, 400},
		"growing": {0.8, func(d time.Duration) int {
			return int(d.Seconds() * 200 / 60 * (1 + d.Minutes()/4)) // 200 a minute, and 50 more after each
		}, 0, 0, 800},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.limit, s.foreign, s.offset = 1000, test.foreign, test.offset
			per := s.run(t, s.client(t, share(test.share)), 6)
			if s.dropped > 0 || s.refused > 3 { // what grows is known late
				t.Errorf("%s: %d of the others' requests were refused, and %d of ours; %v", name, s.dropped, s.refused, per)
			}
			for _, got := range per[2:5] {
				if got < test.from || got > test.to {
					t.Errorf("%s: %v a minute", name, per)
				}
			}
		})
	}
}

// Others have used most of the minute before we came.
func TestPaceMinuteThatIsMostlyGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit, s.offset = 1000, 20*time.Second
		s.foreign = func(d time.Duration) int {
			if d < 40*time.Second {
				return 900
			}
			return 900 + int((d-40*time.Second).Seconds()*1)
		}
		per := s.run(t, s.client(t), 4)
		if s.refused > 0 || s.dropped > 0 || per[2] < 700 {
			t.Errorf("%d refused, %d of others; %v", s.refused, s.dropped, per)
		}
	})
}

// A Reset that is always a minute away names no window: nothing can be told
// from Remaining, least of all that our own requests are somebody else's.
func TestPaceWithoutWindows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit, s.creeping = 1000, true
		if per := s.run(t, s.client(t), 4); per[2] < 780 {
			t.Errorf("%v a minute", per)
		}
	})
}

// When the service says that nothing is left, nobody has to be told by a refusal.
func TestPaceNothingLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.limit, s.offset = 100, 30*time.Second
		s.foreign = func(d time.Duration) int {
			if d < 30*time.Second {
				return 99 // all but the one by which we learn it
			}
			return 99
		}
		s.run(t, s.client(t), 2)
		if s.refused > 0 || s.arrivals[1].Sub(s.began) < 29*time.Second {
			t.Errorf("%d refused, second after %s", s.refused, s.arrivals[1].Sub(s.began))
		}
	})
}

func TestPaceEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.refuse = func(int) (http.Header, bool) { return http.Header{"Retry-After": {"60"}}, true }
		c := s.client(t)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if _, _, err := c.Get(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if d := time.Since(s.began); d != 3*time.Second {
			t.Errorf("ended after %s", d)
		}
		if len(s.arrivals) != 1 {
			t.Errorf("%d requests", len(s.arrivals))
		}
		// The queue is not stuck.
		s.refuse = nil
		if _, _, err := c.Get(t.Context(), "x"); err != nil {
			t.Error(err)
		}
	})
}

// The budgets do not wait for each other.
func TestPaceTwoBudgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		c := s.client(t)
		s.refuse = func(n int) (http.Header, bool) { return http.Header{"Retry-After": {"60"}}, n == 1 }
		done := make(chan error)
		go func() {
			_, err := c.Deactivate(t.Context(), []string{"x"})
			done <- err
		}()
		time.Sleep(time.Second)
		if _, _, err := c.Get(t.Context(), "x"); err != nil || time.Since(s.began) > 2*time.Second {
			t.Error(err, time.Since(s.began))
		}
		if err := <-done; err != nil || time.Since(s.began) < minute {
			t.Error(err, time.Since(s.began))
		}
	})
}

// The standard budget is used as well as the core one: reading a large app is
// as long as its limit makes it.
func TestPaceUsesTheStandardBudget(t *testing.T) {
	for _, part := range []float64{1, 0.8} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.limit = 20_000
			per := s.run(t, s.client(t, share(part)), 3)
			for _, n := range per {
				if most := part * 20_000; float64(n) < 0.98*most || float64(n) > most {
					t.Errorf("%v a minute at %v of 20,000", per, part)
				}
			}
			if s.refused > 0 || float64(s.most()) > part*20_000 {
				t.Errorf("%d refused, %d in some minute", s.refused, s.most())
			}
		})
	}
}
