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
