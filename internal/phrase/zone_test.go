package phrase

import (
	"testing"
	"time"
)

// A time is said where the reader is, with UTC beside, and once where that is the same.
func TestMoment(t *testing.T) {
	winter, summer := time.Date(2026, 11, 30, 17, 12, 9, 0, time.UTC), time.Date(2026, 7, 1, 23, 5, 0, 0, time.UTC)
	for _, c := range []struct {
		zone Zone
		at   time.Time
		want string
	}{
		{"", winter, "2026-11-30 17:12 UTC"},
		{"Europe/Berlin", winter, "2026-11-30 18:12 CET (17:12 UTC)"},
		{"Europe/Berlin", summer, "2026-07-02 01:05 CEST (2026-07-01 23:05 UTC)"},
		{"America/New_York", winter, "2026-11-30 12:12 EST (17:12 UTC)"},
		{"Europe/London", winter, "2026-11-30 17:12 UTC"},
		{"Asia/Dubai", winter, "2026-11-30 21:12 +04 (17:12 UTC)"},
		{"-03:30", winter, "2026-11-30 13:42 -0330 (17:12 UTC)"},
		{"no zone", winter, "2026-11-30 17:12 UTC"},
	} {
		if got := c.zone.Moment(c.at); got != c.want {
			t.Errorf("%q: %q, want %q", c.zone, got, c.want)
		}
	}
}
