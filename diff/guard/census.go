package guard

// census counts how many active users of the app have each value of what
// groups people, of those values that the roster does not tell of: of a column
// without a cell, a role or tags that no column manages, users whom a reject
// holds. Values are known by a hash, 16 bytes each. Of a key with very many
// values only the first are counted: a value that many share is among them.
type census struct {
	slots  []censusSlot
	used   int
	values [censusKinds]int // how many values of a kind were met
}

type censusSlot struct {
	hash  uint64
	count uint32
}

const (
	censusKinds = 64      // the bits of a user.Layout
	mostValues  = 1 << 16 // of a kind
)

// meet counts n more users with a value.
func (c *census) meet(kind int, value uint64, n uint32) {
	if c.slots == nil {
		c.slots = make([]censusSlot, 1<<10)
	}
	s := c.find(kind, value)
	if s.count == 0 {
		if c.values[kind] >= mostValues {
			return
		}
		c.values[kind]++
		c.used++
		s.hash = spread(kind, value)
	}
	s.count += n
	if 4*c.used > 3*len(c.slots) {
		c.grow()
	}
}

// of is how many users have a value.
func (c *census) of(kind int, value uint64) int {
	if c.slots == nil {
		return 0
	}
	return int(c.find(kind, value).count)
}

// alone is how many users have a value to themselves.
func (c *census) alone() int {
	n := 0
	for i := range c.slots {
		if c.slots[i].count == 1 {
			n++
		}
	}
	return n
}

func (c *census) find(kind int, value uint64) *censusSlot { return c.at(spread(kind, value)) }

// at is the slot of a hash, or the empty one where it would go.
func (c *census) at(hash uint64) *censusSlot {
	last := uint64(len(c.slots) - 1)
	for i := hash & last; ; i = (i + 1) & last {
		if s := &c.slots[i]; s.count == 0 || s.hash == hash {
			return s
		}
	}
}

func (c *census) grow() {
	old := c.slots
	c.slots = make([]censusSlot, 2*len(old))
	for _, s := range old {
		if s.count > 0 {
			*c.at(s.hash) = s
		}
	}
}

// spread makes one hash of a value and its kind.
func spread(kind int, value uint64) uint64 {
	h := value ^ uint64(kind+1)*0x9E3779B97F4A7C15
	h ^= h >> 32
	return h * 0xD6E8FEB86659FD93
}
