package cometchat

import (
	"math"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Without headers the limit is only to be felt: the rate goes down until the
// refusals end, and is used well then.
func TestPaceFeelsItsWay(t *testing.T) {
	for name, more := range map[string]http.Header{"nothing": nil, "retry-after": {"Retry-After": {"20"}}} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.spelling, s.limit = "none", 2000
			s.more = more
			c := s.client(t)
			s.run(t, c, 5)
			refused, arrived := s.refused, len(s.arrivals)
			if rate := c.Rates().Standard; rate > 2000 || rate < 900 {
				t.Errorf("%s: %v a minute after five minutes", name, rate)
			}
			s.run(t, c, 20)
			if n := s.refused - refused; n > 60 {
				t.Errorf("%s: %d refused even after five minutes, %d before", name, n, refused)
			}
			if n := len(s.arrivals) - arrived - (s.refused - refused); n < 20*1200 {
				t.Errorf("%s: only %d a minute", name, n/20)
			}
		})
	}
}

// What was lost to a refusal comes back, and no earlier than slowly.
func TestPaceRegainsTrust(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.spelling = "none"
		c := s.client(t, func(cfg *Config) { cfg.RateStandard = 1000 })
		s.refuse = func(n int) (http.Header, bool) { return nil, n >= 10 && n < 13 }
		s.run(t, c, 1)
		const full = 1000 * 0.8 * slack
		if rate := c.Rates().Standard; rate < 0.49*full || rate > 0.55*full {
			t.Errorf("%v a minute after refusals at once, not half of %v", rate, full)
		}
		time.Sleep(5 * minute)
		if rate := c.Rates().Standard; rate < 0.7*full || rate > 0.8*full {
			t.Errorf("%v after five minutes", rate)
		}
		time.Sleep(6 * minute)
		if rate := c.Rates().Standard; rate != full {
			t.Errorf("%v in the end", rate)
		}
	})
}

// A refusal that the headers foretold says nothing new about the limit.
func TestPaceKeepsTheStatedLimit(t *testing.T) {
	for _, spelling := range []string{"new", "old", "both"} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.limit, s.spelling = 1000, spelling
			s.foreign = func(d time.Duration) int { // all is gone for the rest of the second minute
				if d > 90*time.Second {
					return 1000
				}
				return 0
			}
			c := s.client(t)
			s.run(t, c, 4)
			if rate := c.Rates().Standard; rate != 1000*0.8*slack || s.refused == 0 {
				t.Errorf("%s: %v a minute, %d refused", spelling, rate, s.refused)
			}
		})
	}
}

func TestRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		c := s.client(t, func(cfg *Config) { cfg.RateImport, cfg.RateStandard = 0, -1 })
		near := func(name string, got, want float64) {
			t.Helper()
			if got != want && !(math.Abs(got-want) <= 0.03*want) {
				t.Errorf("%s: %v a minute, not %v", name, got, want)
			}
		}
		r := c.Rates()
		near("core", r.Core, 7920)
		near("standard", r.Standard, math.Inf(1))
		near("import", r.Import, 60*0.8*slack)
		s.limit = 1000
		s.run(t, c, 1)
		near("stated", c.Rates().Standard, 792)
		near("another budget", c.Rates().Core, 7920)
		began, before := time.Since(s.began), s.others
		s.foreign = func(d time.Duration) int { return before + int((d-began).Seconds()*10) }
		s.run(t, c, 3)
		near("with others", c.Rates().Standard, 990-600-10)
	})
}
