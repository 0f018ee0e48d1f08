package cometchat

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestPaceOtherClock(t *testing.T) {
	for _, skew := range []time.Duration{3 * time.Hour, -3 * time.Hour, 400 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.limit, s.skew = 1000, skew
			s.foreign = func(d time.Duration) int { return int(d.Seconds() * 10) }
			per := s.run(t, s.client(t), 5)
			if s.refused > 0 || s.dropped > 0 || per[2] < 360 || per[2] > 400 {
				t.Errorf("clock off by %s: %d refused, %d of others; %v", skew, s.refused, s.dropped, per)
			}
		})
	}
}

// Clocks that are set, ours or theirs, neither hang a run nor let it burst:
// seen from us, the other one moves.
func TestPaceClockThatIsSet(t *testing.T) {
	jump := func(at, to time.Duration) func(time.Duration) time.Duration {
		return func(since time.Duration) time.Duration {
			if since < at {
				return 0
			}
			return to
		}
	}
	for name, set := range map[string]func(*service){
		"ahead":         func(s *service) { s.clock = jump(100*time.Second, 3*time.Hour) },
		"back":          func(s *service) { s.clock = jump(100*time.Second, -3*time.Hour) },
		"back a little": func(s *service) { s.clock = jump(100*time.Second, -7*time.Second) },
		"back, between windows": func(s *service) {
			s.clock = jump(2*minute, -3*time.Hour)
			s.foreign = func(d time.Duration) int { return int(d.Seconds()*10 + max(0, d.Seconds()-150)*4) }
		},
		"ahead a little": func(s *service) { s.clock = jump(100*time.Second, 7*time.Second) },
		"forth and back": func(s *service) {
			there, back := jump(70*time.Second, 5*time.Hour), jump(150*time.Second, -5*time.Hour)
			s.clock = func(d time.Duration) time.Duration { return there(d) + back(d) }
		},
		"date ahead": func(s *service) { s.date = jump(100*time.Second, 3*time.Hour) },
		"date back":  func(s *service) { s.date = jump(100*time.Second, -3*time.Hour) },
		"date goes astray": func(s *service) {
			s.date = func(d time.Duration) time.Duration {
				if d/time.Second%10 == 3 {
					return 40 * time.Hour
				}
				return 0
			}
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newService()
			s.limit = 1000
			s.foreign = func(d time.Duration) int { return int(d.Seconds() * 10) }
			set(s)
			busier := s.foreign(5*minute) > 5*600
			per := s.run(t, s.client(t), 6)
			if s.refused > 0 || s.dropped > 0 {
				t.Errorf("%s: %d refused, %d of others'; %v", name, s.refused, s.dropped, per)
			}
			for i, n := range per[:5] {
				if n < 340 && i > 0 && !(i > 1 && busier) || n > 400 {
					t.Errorf("%s: %v a minute", name, per)
				}
			}
		})
	}
}
