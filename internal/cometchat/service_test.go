package cometchat

import (
	"context"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cometsync/internal/clock"
)

// service counts requests in fixed minutes, in virtual time.
type service struct {
	mu       sync.Mutex
	limit    int                                     // a minute; 0 is none
	offset   time.Duration                           // of its minutes from ours
	skew     time.Duration                           // its clock less ours
	clock    func(since time.Duration) time.Duration // the same, if it is set meanwhile
	date     func(since time.Duration) time.Duration // of Date alone
	latency  time.Duration
	jitter   time.Duration                 // of its answers
	spelling string                        // "new", "old", "both", "none"
	foreign  func(since time.Duration) int // requests of others up to a time
	creeping bool                          // Reset is always a minute away

	began    time.Time
	window   int64
	used     int
	others   int // of foreign, counted
	dropped  int // of foreign, refused
	arrivals []time.Time
	refused  int
	refuse   func(n int) (http.Header, bool) // a 429 for the nth request
	more     http.Header                     // of every 429 by the limit
}

func newService() *service {
	return &service{began: time.Now(), spelling: "both", latency: 20 * time.Millisecond}
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := (*clock.Clock)(nil).Sleep(r.Context(), s.latency/2); err != nil {
		return nil, err
	}
	status, h := s.count(r)
	back := s.latency / 2
	if s.jitter > 0 {
		back += rand.N(s.jitter)
	}
	if err := (*clock.Clock)(nil).Sleep(r.Context(), back); err != nil {
		return nil, err
	}
	body := `{"data":{"uid":"x"}}`
	if status != 200 {
		body = `{"error":{"code":"ERR_TOO_MANY_REQUESTS"}}`
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
		Request: r}, nil
}

func (s *service) count(*http.Request) (int, http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	s.arrivals = append(s.arrivals, now)
	h := http.Header{}
	skew := s.skew
	if s.clock != nil {
		skew = s.clock(now.Sub(s.began))
	}
	date := skew
	if s.date != nil {
		date = s.date(now.Sub(s.began))
	}
	h.Set("Date", now.Add(date).UTC().Format(http.TimeFormat))
	if s.refuse != nil {
		if more, yes := s.refuse(len(s.arrivals)); yes {
			for k, v := range more {
				h[k] = v
			}
			s.refused++
			return 429, h
		}
	}
	if s.limit == 0 {
		return 200, h
	}
	since := now.Add(s.offset).Sub(s.began)
	w := int64(since / minute)
	if w != s.window {
		s.window, s.used = w, 0
	}
	if s.foreign != nil {
		n := s.foreign(now.Sub(s.began))
		came := n - s.others
		s.others = n
		ok := min(came, s.limit-s.used)
		s.used += ok
		s.dropped += came - ok
	}
	status := 200
	if s.used >= s.limit {
		status = 429
		s.refused++
		maps.Copy(h, s.more)
	} else {
		s.used++
	}
	reset := s.began.Add(-s.offset).Add(time.Duration(w+1) * minute).Add(skew)
	if s.creeping {
		reset = now.Add(skew).Add(minute)
	}
	at := strconv.FormatInt(reset.Add(time.Second-1).Unix(), 10)
	if s.spelling == "new" || s.spelling == "both" {
		h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
		h.Set("X-RateLimit-Remaining", strconv.Itoa(s.limit-s.used))
		h.Set("X-RateLimit-Reset", at)
	}
	if s.spelling == "old" || s.spelling == "both" {
		h.Set("X-Rate-Limit", strconv.Itoa(s.limit))
		h.Set("X-Rate-Limit-Remaining", strconv.Itoa(s.limit-s.used))
		h.Set("X-Rate-Limit-Reset", at)
	}
	return status, h
}

// client is one with the defaults of the program.
func (s *service) client(t *testing.T, change ...func(*Config)) *Client {
	return newClient(t, "http://localhost", append([]func(*Config){func(cfg *Config) {
		cfg.RateCore, cfg.RateStandard, cfg.Transport = 0, 0, s
	}}, change...)...)
}

// run sends as many requests as the pace lets through, 32 at once, and
// returns how many arrived in each minute after the first answer.
func (s *service) run(t *testing.T, c *Client, minutes int) []int {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(minutes)*minute)
	defer cancel()
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			for ctx.Err() == nil {
				if _, _, err := c.Get(ctx, "x"); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	per := make([]int, minutes)
	for _, at := range s.arrivals {
		if n := int(at.Sub(s.arrivals[0]) / minute); n < minutes {
			per[n]++
		}
	}
	return per
}

// most is the largest number of arrivals in any minute, wherever it begins.
func (s *service) most() (most int) {
	from := 0
	for i, at := range s.arrivals {
		for at.Sub(s.arrivals[from]) >= minute {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

func share(part float64) func(*Config) { return func(cfg *Config) { cfg.Share = part } }
