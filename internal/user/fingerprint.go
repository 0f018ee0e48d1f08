package user

import (
	"hash/maphash"
	"math/bits"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"cometsync/internal/jsontext"
)

// A fingerprint is what is kept of a user instead of the user: hashes of its
// normalised fields, which can be compared in the millions at a few bytes
// each. Equal prints mean equal users (two different ones agree by chance
// once in 2^64, and the seed is drawn anew for every process, so that nobody
// can aim at it). Unequal prints mean only that somebody has to look at both
// in full: the rules of comparison stay where they are, in package diff.

// Layout gives each managed field, and each key path of metadata, its bit in
// a mask. It grows while headers are read and is fixed from then on.
type Layout struct {
	seed  maphash.Seed
	paths []string // key paths joined by keySeparator; the index is the bit less FirstBit
	root  *keyNode
	whole bool // a column holds the whole metadata object
}

// Mask is a set of a Layout's bits.
type Mask uint64

const (
	// FirstBit is the bit of the first key path; those below are fields.
	FirstBit     = int(fieldCount)
	keySeparator = "\x00"

	// NoBit is the bit of a key path that came too late to have one: a user
	// that speaks of it has no print.
	NoBit = 64

	// Unprintable is the mask of a user that can only be compared in full.
	Unprintable Mask = 1
)

type keyNode struct {
	key  string
	bit  int // 0: no column ends here
	next []*keyNode
}

// child is the node of a key; nil if no column has it. It is looked for from one
// on, in which objects mostly have their keys, and gives where the next may be.
func (n *keyNode) child(key string, from int) (node *keyNode, after int) {
	for range n.next {
		if from >= len(n.next) {
			from = 0
		}
		node = n.next[from]
		if from++; node.key == key {
			return node, from
		}
	}
	return nil, from
}

// NewLayout makes an empty layout.
func NewLayout() *Layout {
	return &Layout{seed: maphash.MakeSeed(), root: &keyNode{}}
}

// KeyBit is the bit of a key path; the path gets one if it has none yet.
func (l *Layout) KeyBit(path []string) int {
	joined := strings.Join(path, keySeparator)
	if i := slices.Index(l.paths, joined); i >= 0 {
		return FirstBit + i
	}
	bit := FirstBit + len(l.paths)
	if bit >= NoBit {
		return NoBit
	}
	l.paths = append(l.paths, joined)
	node := l.root
	for _, k := range path {
		next, _ := node.child(k, 0)
		if next == nil {
			next = &keyNode{key: k}
			node.next = append(node.next, next)
		}
		node = next
	}
	node.bit = bit
	return bit
}

// Bit is the bit of a key path with dots between its keys, if the layout has it.
func (l *Layout) Bit(key string) (int, bool) {
	i := slices.Index(l.paths, strings.ReplaceAll(key, ".", keySeparator))
	return FirstBit + i, i >= 0
}

// Paths are the key paths, in order of their bits from FirstBit on.
func (l *Layout) Paths() [][]string {
	paths := make([][]string, len(l.paths))
	for i, p := range l.paths {
		paths[i] = strings.Split(p, keySeparator)
	}
	return paths
}

// Mask is the set of bits of fields and of all key paths.
func (l *Layout) Mask(fields Fields) Mask {
	m := Mask(fields & printed)
	for i := range l.paths {
		m |= 1 << (FirstBit + i)
	}
	if l.whole {
		m |= 1 << Metadata
	}
	return m
}

// HoldsObject says that some source has a column for the whole metadata object.
func (l *Layout) HoldsObject() { l.whole = true }

// Whole reports whether it does.
func (l *Layout) Whole() bool { return l.whole }

// HashUID is the hash by which a uid is found, and by which it is kept from one
// run to the next. Two uids with one hash are told apart wherever that matters.
func HashUID(uid string) uint64 { return xxhash.Sum64String(uid) }

// Fingerprint holds the hash of each field of one user. It can be used again for
// the next one.
type Fingerprint struct {
	parts  [64]uint64
	tags   []uint64
	tape   []jsontext.Token
	normal bool // the texts are as Text makes them
}

const printed = Fields(1<<Name | 1<<Avatar | 1<<Link | 1<<Role | 1<<Tags | 1<<StatusMessage)

// Mask is the set of bits that a roster user speaks of, by which its print
// and the remote's are made alike.
func (u *User) Mask() Mask {
	m := Mask(u.Has & printed)
	if u.Has.Has(Metadata) {
		if len(u.Keys) > 0 || u.Clear.Has(Metadata) {
			return Unprintable // keys lie over the object: only merging tells
		}
		m |= 1 << Metadata
	}
	for _, k := range u.Keys {
		if k.Bit >= NoBit {
			return Unprintable
		}
		m |= 1 << k.Bit
	}
	return m
}

// Cleared is the part of the mask of which the row has no value: its cells are
// empty, and clear.
func (u *User) Cleared() Mask {
	m := Mask(u.Clear & printed)
	for _, k := range u.Keys {
		if k.Clear && k.Bit < NoBit {
			m |= 1 << k.Bit
		}
	}
	return m
}

// Metadata reports whether the mask speaks of any metadata.
func (m Mask) Metadata() bool { return m>>FirstBit != 0 || m&(1<<Metadata) != 0 }

// Of takes a user's print, under the bits of mask. The metadata of a remote
// user is looked through for the layout's key paths; text that is not JSON
// leaves their hashes at nothing, which no full comparison will mistake.
func (p *Fingerprint) Of(l *Layout, u *User, mask Mask) uint64 {
	p.Take(l, u, mask, false)
	return p.Sum(mask)
}

// Part is the hash at one bit of what Take took; 0 is not a value.
func (p *Fingerprint) Part(bit int) uint64 { return p.parts[bit] }

// Value is the Part of a field, or a key of the metadata, that has this text.
func (p *Fingerprint) Value(l *Layout, text string) uint64 {
	p.normal = false
	return max(p.text(l, text), 1)
}

// Same reports whether a remote user has a print under a mask. Normalising takes as
// long as all the hashing, and what is as it should be need not be: texts are normalised
// only if they are not the print's as they stand.
func (p *Fingerprint) Same(l *Layout, u *User, mask Mask, print uint64) bool {
	return p.OfRow(l, u, mask) == print || p.Of(l, u, mask) == print
}

// OfRow is Of for a user that Rules made of a row, whose texts are normalised already.
func (p *Fingerprint) OfRow(l *Layout, u *User, mask Mask) uint64 {
	p.Take(l, u, mask, true)
	return p.Sum(mask)
}

// Sum is the hash of the fields in mask.
func (p *Fingerprint) Sum(mask Mask) uint64 {
	var sum uint64
	for m := uint64(mask &^ Unprintable); m != 0; m &= m - 1 {
		b := bits.TrailingZeros64(m)
		sum += bitSum(b, p.parts[b])
	}
	return sum
}

// bitSum is what the hash at one bit adds to a print.
func bitSum(bit int, hash uint64) uint64 { return mix(hash ^ uint64(bit)*0x9E3779B97F4A7C15) }

// mix spreads every bit over all of them (the finaliser of MurmurHash3), so
// that sums of hashes do not cancel out.
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xFF51AFD7ED558CCD
	h ^= h >> 33
	h *= 0xC4CEB9FE1A85EC53
	return h ^ h>>33
}

func (p *Fingerprint) text(l *Layout, s string) uint64 {
	if !p.normal {
		s = Text(s)
	}
	if s == "" {
		return 0
	}
	return maphash.String(l.seed, s)
}

// Take hashes what mask speaks of, for Sum and Part; normal says that texts are as
// Text makes them.
func (p *Fingerprint) Take(l *Layout, u *User, mask Mask, normal bool) {
	p.normal = normal
	clear(p.parts[:FirstBit+len(l.paths)])
	for _, f := range [...]Field{Name, Avatar, Link, StatusMessage} {
		if mask&(1<<f) != 0 {
			p.parts[f] = p.text(l, u.String(f))
		}
	}
	switch {
	case mask&(1<<Role) == 0:
	case p.normal && u.Role != "":
		p.parts[Role] = p.text(l, u.Role)
	default:
		p.parts[Role] = p.text(l, u.FoldedRole())
	}
	if mask&(1<<Tags) != 0 {
		p.tags = p.tags[:0]
		for _, t := range u.Tags {
			// A tag that appears twice counts once, as in TagSet.
			if h := p.text(l, t); h != 0 && !slices.Contains(p.tags, h) {
				p.tags = append(p.tags, h)
				p.parts[Tags] += mix(h)
			}
		}
	}
	for _, k := range u.Keys {
		if k.Bit < NoBit {
			p.parts[k.Bit] = p.text(l, k.Text)
		}
	}
	if u.Metadata == "" || !mask.Metadata() {
		return
	}
	tape := u.Tokens
	if tape == nil {
		d := jsontext.New(u.Metadata)
		_, p.tape = d.Tokens(p.tape[:0], 0)
		if tape = p.tape; d.End() != nil {
			return
		}
	}
	if mask&(1<<Metadata) != 0 {
		p.parts[Metadata] = hashValue(l, tape)
	}
	if mask>>FirstBit != 0 && len(u.Keys) == 0 && tape[0].Kind == jsontext.Object {
		p.keys(l, tape, l.root)
	}
}

// keys hashes the scalars at the layout's key paths, as ScalarText reads them.
func (p *Fingerprint) keys(l *Layout, object []jsontext.Token, node *keyNode) {
	child, from := (*keyNode)(nil), 0
	for key, value := range jsontext.Members(object) {
		if child, from = node.child(key, from); child == nil {
			continue
		}
		part := uint64(1) // no text is equal to an object, a list or null
		switch value[0].Kind {
		case jsontext.Object:
			if child.next != nil {
				p.keys(l, value, child)
			}
		case jsontext.String:
			part = max(p.text(l, value[0].Text), 1) // an empty text is still a value, which clearing the key would remove
		case jsontext.Scalar:
			part = maphash.String(l.seed, value[0].Text)
		}
		if child.bit != 0 {
			p.parts[child.bit] = part
		}
	}
}

// hashValue hashes a JSON value without regard to the order of keys.
func hashValue(l *Layout, value []jsontext.Token) uint64 {
	text := maphash.String(l.seed, value[0].Text)
	switch value[0].Kind {
	case jsontext.Object:
		sum := uint64(3)
		for key, in := range jsontext.Members(value) {
			sum += mix(maphash.String(l.seed, key) ^ mix(hashValue(l, in)))
		}
		return mix(sum)
	case jsontext.List:
		sum := uint64(5)
		for in := range jsontext.Values(value) {
			sum = mix(sum ^ hashValue(l, in))
		}
		return mix(sum)
	case jsontext.String:
		return mix(text ^ 7)
	}
	return mix(text ^ 11)
}
