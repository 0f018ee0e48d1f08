package sandbox

import (
	"cmp"
	"slices"
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
	tally
	blocks []*block // none is empty
}

type block struct {
	tally
	users []*user
}

// tally is how many users there are, and how many of them are active.
type tally struct{ n, active int }

func (t *tally) count(v view) int {
	switch v {
	case activeUsers:
		return t.active
	case deactivatedUsers:
		return t.n - t.active
	}
	return t.n
}

// add counts u in (+1) or out (-1).
func (t *tally) add(u *user, by int) {
	t.n += by
	if u.active() {
		t.active += by
	}
}

// blockSize is where a block is split. Both halves of the work (moving inside
// a block, walking over blocks) stay in the microseconds up to millions of users.
const blockSize = 512

// find returns where u is, or where it would have to go; there has to be a block.
func (x *index) find(u *user) (i, at int, found bool) {
	i, _ = slices.BinarySearchFunc(x.blocks, u, func(b *block, u *user) int { return compare(b.users[len(b.users)-1], u) })
	i = min(i, len(x.blocks)-1)
	at, found = slices.BinarySearchFunc(x.blocks[i].users, u, compare)
	return i, at, found
}

// replace takes prev out and puts next in; either may be nil.
func (x *index) replace(prev, next *user) {
	if prev != nil && len(x.blocks) > 0 {
		if i, at, found := x.find(prev); found {
			b := x.blocks[i]
			b.users = slices.Delete(b.users, at, at+1)
			b.add(prev, -1)
			x.add(prev, -1)
			if len(b.users) == 0 {
				x.blocks = slices.Delete(x.blocks, i, i+1)
			}
		}
	}
	switch {
	case next == nil:
		return
	case len(x.blocks) == 0:
		x.build([]*user{next})
		return
	}
	i, at, _ := x.find(next)
	b := x.blocks[i]
	b.users = slices.Insert(b.users, at, next)
	b.add(next, 1)
	x.add(next, 1)
	if half := len(b.users) / 2; len(b.users) >= blockSize {
		x.blocks = slices.Replace(x.blocks, i, i+1, newBlock(b.users[:half]), newBlock(b.users[half:]))
	}
}

func newBlock(users []*user) *block {
	b := &block{users: append(make([]*user, 0, blockSize), users...)}
	for _, u := range users {
		b.add(u, 1)
	}
	return b
}

func (x *index) build(users []*user) {
	slices.SortFunc(users, compare)
	*x = index{}
	for chunk := range slices.Chunk(users, blockSize/2) {
		b := newBlock(chunk)
		x.n += b.n
		x.active += b.active
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
