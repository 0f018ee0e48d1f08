package cometchat

import (
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// A Reset that is an hour away, on an answer that is a success, is a broken
// header and no reason to wait.
func TestFarResetIsNotBelieved(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for away, want := range map[time.Duration]bool{30 * time.Second: true, 2 * time.Minute: true, time.Hour - 100*time.Second: false} {
		var w window
		h := http.Header{}
		h.Set("Date", now.UTC().Format(http.TimeFormat))
		h.Set("X-RateLimit-Limit", "10000")
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(now.Add(away).Unix(), 10))
		w.read(h, now, 0)
		if w.exhausted(now) != want {
			t.Errorf("with a reset in %s the window is exhausted: %t", away, !want)
		}
	}
}

// A limit is read as it is meant: a thousand taken for one would be a run of days.
func TestHeader(t *testing.T) {
	for text, want := range map[string]float64{
		"10000": 10000, " 500 ": 500, "1,000": 1000, "10,000": 10000, "1,234,567": 1234567,
		"10000, 10000;w=60": 10000, "500, 500;w=60, 20000;w=3600": 500, "100;w=60": 100,
		"100,100": 100, "1,000, 1,000;w=60": 1000, "1000,60": 1000, "10,00": 10, "59.5": 59.5, "1,0000": 1,
		"": -1, "many": -1, ",": -1, "NaN": -1, "Inf": -1,
	} {
		h := http.Header{}
		h.Set("X-RateLimit-Limit", text)
		got, ok := header(h, "X-Rate-Limit", "X-Ratelimit-Limit")
		if ok != (want >= 0) || ok && got != want {
			t.Errorf("%q is %v, %t", text, got, ok)
		}
	}
}

// Who waits for the service can be told until when, and why, and for how long in all.
func TestWaitingIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newService()
		s.refuse = func(n int) (http.Header, bool) { return http.Header{"Retry-After": {"30"}}, n == 2 }
		c := s.client(t)
		c.Get(t.Context(), "x")
		if w := c.Waiting(); w != (Wait{}) {
			t.Errorf("before anything is refused: %+v", w)
		}
		done := make(chan struct{})
		go func() { c.Get(t.Context(), "x"); close(done) }()
		time.Sleep(10 * time.Second)
		w := c.Waiting()
		if left := time.Until(w.Until); left < 19*time.Second || left > 21*time.Second || !w.Refused || w.Total < 9*time.Second ||
			w.Total > 11*time.Second {
			t.Errorf("after ten seconds of thirty: %+v, %s left", w, left)
		}
		<-done
		if w := c.Waiting(); !w.Until.IsZero() || w.Total < 29*time.Second || w.Total > 31*time.Second {
			t.Errorf("afterwards: %+v", w)
		}
	})
}
