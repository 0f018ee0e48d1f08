package importer

import (
	"sync/atomic"

	"cometsync/internal/user"
)

// entry is what stays in memory of a row: 32 bytes, and some 8 in the table.
type entry struct {
	hash  uint64 // of the uid
	print uint64 // of a reject: its place in Roster.rejects
	place int64  // where its record begins in the spool
	row   uint32 // as a spreadsheet numbers it
	mask  uint16 // which of the index's masks
	state user.Activity
	flags flags
}

// flags say what became of an entry's row.
type flags uint8

const (
	rejected flags = 1 << iota // it can't be used, or may not be
	shared                     // another uid has the same hash: only the spool tells
	unended                    // its uid may be the beginning of another
	nobody                     // its uid says that there is none, unless the app has it
)

// index finds entries by the hash of their uid. Entries lie in blocks, so
// that growing copies none of them; the table is open-addressed. A slot holds
// an entry's number plus one in as many bits as the table's size needs, and
// above them bits of the hash, so that nearly every probe that meets another
// entry is told so without fetching it from memory. Zero is empty.
//
// It only grows, and is read by many at once when it is complete.
type index struct {
	blocks []*[blockSize]entry
	count  int
	table  []uint32
	bits   uint // the table has 1<<bits slots
	masks  []masks
	maskOf map[masks]uint16
	last   uint16        // of masks, the one asked for last
	warmed atomic.Uint32 // keeps fetching from being optimised away
}

// masks are what a row speaks of, and of that what it only clears.
type masks struct{ said, cleared user.Mask }

func masksOf(u *user.User) masks { return masks{u.Mask(), u.Cleared()} }

const (
	blockBits = 13
	blockSize = 1 << blockBits
	firstBits = 12
)

func newIndex() *index {
	return &index{
		bits: firstBits, table: make([]uint32, 1<<firstBits),
		// The first mask is what a row gets that has none of its own.
		masks:  []masks{{said: user.Unprintable}},
		maskOf: map[masks]uint16{{said: user.Unprintable}: 0},
	}
}

func (x *index) at(i int) *entry { return &x.blocks[i>>blockBits][i&(blockSize-1)] }

// mask gives a mask its number. Sources have few: one for each set of cells
// that rows fill in. When there are too many, comparing in full is always right.
func (x *index) mask(m masks) uint16 {
	if x.masks[x.last] == m {
		return x.last
	}
	n, ok := x.maskOf[m]
	if !ok {
		if len(x.masks) > 1<<16-1 {
			return 0
		}
		n = uint16(len(x.masks))
		x.masks = append(x.masks, m)
		x.maskOf[m] = n
	}
	x.last = n
	return n
}

// slot is what lies where a walk along a hash begins. Rows' slots are fetched all at
// once, and what they come to given to keep: one by one, entering them would mostly
// be waiting for memory.
func (x *index) slot(hash uint64) uint32 { return x.table[hash>>(64-x.bits)] }

func (x *index) keep(sum uint32) { x.warmed.Store(sum) }

// expect fetches the slots at which walks along some hashes begin, and the entries
// that these lead to, likewise.
func (x *index) expect(hashes []uint64) {
	var sum uint32
	last := uint32(len(x.table) - 1)
	for i, hash := range hashes {
		s := x.table[hash>>(64-x.bits)]
		if s != 0 && (s^uint32(hash)<<x.bits)>>x.bits == 0 {
			hashes[i] = uint64(s & last)
		} else {
			hashes[i] = 0
		}
	}
	for _, n := range hashes {
		if n != 0 {
			sum += x.at(int(n) - 1).row
		}
	}
	x.warmed.Store(sum)
}

// probe is a walk along the slots that a hash may be in.
type probe struct {
	hash uint64
	slot uint64
	tag  uint32
}

func (x *index) probe(hash uint64) probe {
	return probe{hash: hash, slot: hash >> (64 - x.bits), tag: uint32(hash) << x.bits}
}

// next is the next entry with the probe's hash; false is the end of the walk,
// at the slot where such an entry would go.
func (x *index) next(p *probe) (i int, ok bool) {
	last := uint64(len(x.table) - 1)
	for {
		s := x.table[p.slot&last]
		if s == 0 {
			return 0, false
		}
		p.slot++
		if (s^p.tag)>>x.bits == 0 {
			if i := int(s&uint32(last)) - 1; x.at(i).hash == p.hash {
				return i, true
			}
		}
	}
}

// add appends an entry, in the slot at which a walk along its hash has ended.
func (x *index) add(p probe, e entry) int {
	i := x.count
	if i>>blockBits == len(x.blocks) {
		x.blocks = append(x.blocks, new([blockSize]entry))
	}
	x.count++
	*x.at(i) = e
	// Three quarters full is where long walks begin; a number plus one then
	// still fits into the slot's bits.
	if x.count > len(x.table)/4*3 {
		x.grow()
		return i
	}
	x.table[p.slot&uint64(len(x.table)-1)] = p.tag | uint32(i+1)
	return i
}

func (x *index) grow() {
	x.bits++
	x.table = nil // so that the two need not be in memory together
	x.table = make([]uint32, 1<<x.bits)
	last := uint64(len(x.table) - 1)
	for i := range x.count {
		p := x.probe(x.at(i).hash)
		for x.table[p.slot&last] != 0 {
			p.slot++
		}
		x.table[p.slot&last] = p.tag | uint32(i+1)
	}
}
