package cometchat

import (
	"net/http"
	"strconv"
	"testing"
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
