package guard

// census counts how many active users of the app have each value of what
// groups people, of those values that the roster does not tell of: of a column
// without a cell, a role or tags that no column manages, users whom a reject
// holds. Values are known by a hash. Of a key with very many values only the first
// are counted: a value that many share is among them.
type census struct {
	counts map[uint64]uint32
	values [censusKinds]int // how many values of a kind were met
}

const (
	censusKinds = 64      // the bits of a user.Layout
	mostValues  = 1 << 16 // of a kind
)

// meet counts n more users with a value.
func (c *census) meet(t trait, n uint32) {
	if c.counts == nil {
		c.counts = map[uint64]uint32{}
	}
	at := t.spread()
	count := c.counts[at]
	if count == 0 {
		if c.values[t.kind] >= mostValues {
			return
		}
		c.values[t.kind]++
	}
	c.counts[at] = count + n
}

// of is how many users have a value.
func (c *census) of(t trait) int { return int(c.counts[t.spread()]) }

// alone is how many users have a value to themselves.
func (c *census) alone() (n int) {
	for _, count := range c.counts {
		if count == 1 {
			n++
		}
	}
	return n
}

// spread makes one hash of a value and its kind.
func (t trait) spread() uint64 {
	h := t.hash ^ uint64(t.kind+1)*0x9E3779B97F4A7C15
	h ^= h >> 32
	return h * 0xD6E8FEB86659FD93
}
