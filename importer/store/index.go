// Package store keeps what was read: the text of all rows and rejects on disk, and in memory a few
// words of each, found by the hash of its uid. It refuses to know how a row is read, and
// which of two is the better.
package store

import (
	"sync/atomic"

	"cometsync/internal/user"
)

// Entry is what stays in memory of a row: 32 bytes, and some 8 in the table.
type Entry struct {
	Hash  uint64 // of the uid
	Print uint64 // of a reject: its place among them
	Place int64  // where its record begins in the spool
	Row   uint32 // as a spreadsheet numbers it
	Mask  uint16 // which of the index's masks
	State user.Activity
	Flags Flags
}

// Flags say what became of an entry's row.
type Flags uint8

const (
	Rejected Flags = 1 << iota // it can't be used, or may not be
	Shared                     // another uid has the same hash: only the spool tells
	Unended                    // its uid may be the beginning of another
	Gone                       // another row has its place; with Rejected
	Nobody                     // its uid says that there is none, unless the app has it
)

// Index finds entries by the hash of their uid. Entries lie in blocks, so
// that growing copies none of them; the table is open-addressed. A slot holds
// an entry's number plus one in as many bits as the table's size needs, and
// above them bits of the hash, so that nearly every probe that meets another
// entry is told so without fetching it from memory. Zero is empty.
//
// It only grows, and is read by many at once when it is complete.
type Index struct {
	blocks []*[blockSize]Entry
	Count  int
	table  []uint32
	bits   uint // the table has 1<<bits slots
	Masks  []Masks
	maskOf map[Masks]uint16
	last   uint16        // of masks, the one asked for last
	warmed atomic.Uint32 // keeps fetching from being optimised away
}

// Masks are what a row speaks of, and of that what it only clears.
type Masks struct{ Said, Cleared user.Mask }

func MasksOf(u *user.User) Masks { return Masks{u.Mask(), u.Cleared()} }

const (
	blockBits = 13
	blockSize = 1 << blockBits
	firstBits = 12
)

func NewIndex() *Index {
	return &Index{
		bits: firstBits, table: make([]uint32, 1<<firstBits),
		// The first mask is what a row gets that has none of its own.
		Masks:  []Masks{{Said: user.Unprintable}},
		maskOf: map[Masks]uint16{{Said: user.Unprintable}: 0},
	}
}

func (x *Index) At(i int) *Entry { return &x.blocks[i>>blockBits][i&(blockSize-1)] }

// Mask gives a mask its number. Sources have few: one for each set of cells
// that rows fill in. When there are too many, comparing in full is always right.
func (x *Index) Mask(m Masks) uint16 {
	if x.Masks[x.last] == m {
		return x.last
	}
	n, ok := x.maskOf[m]
	if !ok {
		if len(x.Masks) > 1<<16-1 {
			return 0
		}
		n = uint16(len(x.Masks))
		x.Masks = append(x.Masks, m)
		x.maskOf[m] = n
	}
	x.last = n
	return n
}

// Slot is what lies where a walk along a hash begins. Rows' slots are fetched all at
// once, and what they come to given to keep: one by one, entering them would mostly
// be waiting for memory.
func (x *Index) Slot(hash uint64) uint32 { return x.table[hash>>(64-x.bits)] }

func (x *Index) Keep(sum uint32) { x.warmed.Store(sum) }

// Expect fetches the slots at which walks along some hashes begin, and the entries
// that these lead to, likewise.
func (x *Index) Expect(hashes []uint64) {
	var sum uint32
	for _, hash := range hashes {
		sum += x.Slot(hash)
	}
	last := uint32(len(x.table) - 1)
	for _, hash := range hashes {
		if s := x.Slot(hash); s != 0 && (s^uint32(hash)<<x.bits)>>x.bits == 0 {
			sum += x.At(int(s&last) - 1).Row
		}
	}
	x.Keep(sum)
}

// probe is a walk along the slots that a hash may be in.
type probe struct {
	hash uint64
	slot uint64
	tag  uint32
}

func (x *Index) Probe(hash uint64) probe {
	return probe{hash: hash, slot: hash >> (64 - x.bits), tag: uint32(hash) << x.bits}
}

// Next is the next entry with the probe's hash; false is the end of the walk,
// at the slot where such an entry would go.
func (x *Index) Next(p *probe) (i int, ok bool) {
	last := uint64(len(x.table) - 1)
	for {
		s := x.table[p.slot&last]
		if s == 0 {
			return 0, false
		}
		p.slot++
		if (s^p.tag)>>x.bits == 0 {
			if i := int(s&uint32(last)) - 1; x.At(i).Hash == p.hash {
				return i, true
			}
		}
	}
}

// Add appends an entry, in the slot at which a walk along its hash has ended.
func (x *Index) Add(p probe, e Entry) int {
	i := x.Count
	if i>>blockBits == len(x.blocks) {
		x.blocks = append(x.blocks, new([blockSize]Entry))
	}
	x.Count++
	*x.At(i) = e
	// Three quarters full is where long walks begin; a number plus one then
	// still fits into the slot's bits.
	if x.Count > len(x.table)/4*3 {
		x.grow()
		return i
	}
	x.table[p.slot&uint64(len(x.table)-1)] = p.tag | uint32(i+1)
	return i
}

func (x *Index) grow() {
	x.bits++
	x.table = nil // so that the two need not be in memory together
	x.table = make([]uint32, 1<<x.bits)
	last := uint64(len(x.table) - 1)
	for i := range x.Count {
		p := x.Probe(x.At(i).Hash)
		for x.table[p.slot&last] != 0 {
			p.slot++
		}
		x.table[p.slot&last] = p.tag | uint32(i+1)
	}
}
