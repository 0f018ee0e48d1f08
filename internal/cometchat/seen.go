package cometchat

import (
	"hash/maphash"
	"math/bits"

	"cometsync/internal/user"
)

// key stands for a uid. Two uids with one key are as good as impossible: among
// 5,000,000 the chance is one in 10^15, and the seeds are drawn anew for every
// listing, so that nobody can aim at it.
type key [3]uint32

func (k key) sum() uint64 { return uint64(k[0]) | uint64(k[1])<<32 }

// Known is whom a caller expects of an app's users, by numbers from 0 to Len.
type Known interface {
	Len() int
	FindAll(page []user.User, found []user.Found) []user.Found // appends what it has of each, in their order
}

// seen is the users that were given, with the stretch that each was placed on;
// one below the lister's mark is of an earlier attempt. Whom the caller knows has
// a place by their number, of four bytes. The others are in an open-addressed table of
// 16 bytes a slot, made for as many users as the service counts: some 23 bytes a
// user, and up to 32 where it does not count them.
type seen struct {
	one, two maphash.Seed
	known    []uint32
	slots    []slot
	used     int
	fetched  uint32 // keeps expect from being optimised away
}

type slot struct {
	key key
	at  uint32 // 0 is an empty slot
}

func newSeen(known int) *seen {
	return &seen{one: maphash.MakeSeed(), two: maphash.MakeSeed(), known: make([]uint32, known), slots: make([]slot, slotsFor(maxPage))}
}

func (s *seen) sum(uid string) uint64 { return maphash.String(s.one, uid) }

// key is that of a uid whose sum is known.
func (s *seen) key(uid string, sum uint64) key {
	return key{uint32(sum), uint32(sum >> 32), uint32(maphash.String(s.two, uid))}
}

// first is the slot at which the walk along a key begins.
func (s *seen) first(k key) int {
	at, _ := bits.Mul64(k.sum(), uint64(len(s.slots)))
	return int(at)
}

// find is the slot of a key: its own, or the empty one where it would go.
func (s *seen) find(k key) *slot {
	for i := s.first(k); ; i++ {
		if i == len(s.slots) {
			i = 0
		}
		if e := &s.slots[i]; e.at == 0 || e.key == k {
			return e
		}
	}
}

// place is where the stretch of a user is kept, 0 of one who was not seen; the
// caller sets it then. There has to be room; see expect.
func (s *seen) place(k key) *uint32 {
	e := s.find(k)
	if e.at == 0 {
		e.key = k
		s.used++
	}
	return &e.at
}

// expect makes room for some keys, and for as many users as the service counts,
// as far as that can be believed; and it fetches from memory, all at once, where
// they will be looked for: one by one, it would mostly be waiting.
func (s *seen) expect(keys []key, total int) {
	if users := s.used + len(keys); slotsFor(users) > len(s.slots) {
		const believed = 4 << 20 // users; their slots take no memory until they are used
		counted := min(total, believed+4*users)
		s.grow(slotsFor(max(users+users/2, counted+counted/16+4*len(keys))))
	}
	var sum uint32
	for _, k := range keys {
		sum += s.slots[s.first(k)].at
	}
	s.fetched = sum
}

// slotsFor is how many slots some users take: at three quarters full, walks are short.
func slotsFor(users int) int { return users/3*4 + 4 }

func (s *seen) grow(size int) {
	old := s.slots
	s.slots = make([]slot, size)
	for _, e := range old {
		if e.at != 0 {
			*s.find(e.key) = e
		}
	}
}

// has may be called at once by many, but not while the set grows.
func (s *seen) has(uid string) bool { return s.find(s.key(uid, s.sum(uid))).at != 0 }
