package sandbox

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// compare orders users as lists show them: newest first, then by uid.
func compare(a, b *user) int {
	if c := cmp.Compare(b.createdAt, a.createdAt); c != 0 {
		return c
	}
	return cmp.Compare(a.uid, b.uid)
}

// view selects users by their state.
type view int

const (
	activeUsers view = iota + 1
	deactivatedUsers
	allUsers
)

func (v view) has(u *user) bool {
	return v == allUsers || u.active() == (v == activeUsers)
}

// index keeps users in order, cut into blocks. With one flat slice an insert
// would move a million pointers, and the active users' n-th page would be a
// count from the start; blocks know how many active users they have, so a page
// is found by adding up some thousand numbers.
type index struct {
	blocks []*block // none is empty
	n      int
	active int
}

type block struct {
	users  []*user
	active int
}

// blockSize is where a block is split. Both halves of the work (moving inside
// a block, walking over blocks) stay in the microseconds up to millions of users.
const blockSize = 512

func (b *block) count(v view) int {
	switch v {
	case activeUsers:
		return b.active
	case deactivatedUsers:
		return len(b.users) - b.active
	}
	return len(b.users)
}

func (x *index) count(v view) int {
	switch v {
	case activeUsers:
		return x.active
	case deactivatedUsers:
		return x.n - x.active
	}
	return x.n
}

// find returns where u is, or where it would have to go.
func (x *index) find(u *user) (block, at int, found bool) {
	if len(x.blocks) == 0 {
		return 0, 0, false
	}
	i := sort.Search(len(x.blocks), func(i int) bool {
		users := x.blocks[i].users
		return compare(users[len(users)-1], u) >= 0
	})
	if i == len(x.blocks) {
		i--
	}
	at, found = slices.BinarySearchFunc(x.blocks[i].users, u, compare)
	return i, at, found
}

// tally counts u in (+1) or out (-1).
func (x *index) tally(b *block, u *user, by int) {
	x.n += by
	if u.active() {
		b.active += by
		x.active += by
	}
}

// replace takes prev out and puts next in; either may be nil.
func (x *index) replace(prev, next *user) {
	if prev != nil {
		if i, at, found := x.find(prev); found {
			b := x.blocks[i]
			x.tally(b, prev, -1)
			if next != nil && compare(prev, next) == 0 {
				b.users[at] = next
				x.tally(b, next, 1)
				return
			}
			b.users = slices.Delete(b.users, at, at+1)
			if len(b.users) == 0 {
				x.blocks = slices.Delete(x.blocks, i, i+1)
			}
		}
	}
	if next != nil {
		x.insert(next)
	}
}

func (x *index) insert(u *user) {
	if len(x.blocks) == 0 {
		b := &block{users: append(make([]*user, 0, blockSize), u)}
		x.blocks = append(x.blocks, b)
		x.tally(b, u, 1)
		return
	}
	i, at, _ := x.find(u)
	b := x.blocks[i]
	b.users = slices.Insert(b.users, at, u)
	x.tally(b, u, 1)
	if len(b.users) >= blockSize {
		half := len(b.users) / 2
		tail := &block{users: append(make([]*user, 0, blockSize), b.users[half:]...)}
		clear(b.users[half:])
		b.users = b.users[:half]
		for _, u := range tail.users {
			if u.active() {
				tail.active++
			}
		}
		b.active -= tail.active
		x.blocks = slices.Insert(x.blocks, i+1, tail)
	}
}

// build makes the index of users, which it sorts.
func (x *index) build(users []*user) {
	slices.SortFunc(users, compare)
	*x = index{}
	for chunk := range slices.Chunk(users, blockSize/2) {
		b := &block{users: append(make([]*user, 0, blockSize), chunk...)}
		for _, u := range chunk {
			x.tally(b, u, 1)
		}
		x.blocks = append(x.blocks, b)
	}
}

// page appends up to n users of the view to dst, from the offset-th on.
func (x *index) page(dst []*user, v view, offset, n int) []*user {
	for _, b := range x.blocks {
		if c := b.count(v); offset >= c {
			offset -= c
			continue
		}
		for _, u := range b.users {
			switch {
			case !v.has(u):
			case offset > 0:
				offset--
			case n == 0:
				return dst
			default:
				dst = append(dst, u)
				n--
			}
		}
	}
	return dst
}

// all calls yield with each user of the view, in order.
func (x *index) all(v view) func(yield func(*user) bool) {
	return func(yield func(*user) bool) {
		for _, b := range x.blocks {
			for _, u := range b.users {
				if v.has(u) && !yield(u) {
					return
				}
			}
		}
	}
}

// store is the users, and the index through which lists see them. The index
// runs behind by the lag; everything else reads the map.
type store struct {
	users   map[string]*user
	index   index
	lag     time.Duration
	pending []change // oldest first
}

// change is a write that lists do not show yet.
type change struct {
	due        time.Time
	prev, next *user
}

// put replaces the version prev by next; nil stands for "no such user". The
// caller holds the lock and has read prev under it.
func (t *store) put(prev, next *user, now time.Time) {
	if next != nil {
		t.users[next.uid] = next
	} else {
		delete(t.users, prev.uid)
	}
	if t.lag <= 0 {
		t.index.replace(prev, next)
		return
	}
	t.pending = append(t.pending, change{now.Add(t.lag), prev, next})
}

// settled reports whether lists show all that they should at now.
func (t *store) settled(now time.Time) bool {
	return len(t.pending) == 0 || t.pending[0].due.After(now)
}

// settle shows lists what has become due. Changes are taken in the order of
// the writes, so each finds the version before it.
func (t *store) settle(now time.Time) {
	n := 0
	for n < len(t.pending) && !t.pending[n].due.After(now) {
		t.index.replace(t.pending[n].prev, t.pending[n].next)
		n++
	}
	t.pending = slices.Delete(t.pending, 0, n)
}
