package cometchat

import (
	"fmt"
	"testing"
)

// TestSeen places users page by page, under counts of the service that are right,
// wrong, absurd and missing, and finds each again where it was placed.
func TestSeen(t *testing.T) {
	t.Parallel()
	const users, page = 20_000, 700
	for _, total := range []int{0, 1, users, users / 3, 3 * users, 1 << 62, -5} {
		s := newSeen(0)
		for from := 0; from < users; from += page {
			keys := make([]key, 0, page)
			for i := from; i < min(from+page, users); i++ {
				keys = append(keys, keyOf(s, fmt.Sprint("user-", i)))
			}
			s.expect(keys, total)
			for _, k := range keys {
				at := s.place(k)
				if *at != 0 {
					t.Fatalf("total %d: somebody is seen before they came", total)
				}
				*at = uint32(from/page) + ends
			}
		}
		if s.used != users || len(s.slots) < slotsFor(users) || total == users && len(s.slots) > slotsFor(users+users/4) {
			t.Errorf("total %d: %d users in %d slots", total, s.used, len(s.slots))
		}
		for i := range users {
			uid := fmt.Sprint("user-", i)
			if at := *s.place(keyOf(s, uid)); at != uint32(i/page)+ends || !s.has(uid) {
				t.Fatalf("total %d: %s is on stretch %d", total, uid, at)
			}
		}
		if s.has("somebody-else") || s.used != users {
			t.Errorf("total %d: somebody who never came is seen", total)
		}
	}
}

func keyOf(s *seen, uid string) key { return s.key(uid, s.sum(uid)) }
