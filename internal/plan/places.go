package plan

import (
	"cmp"
	"encoding/binary"
	"iter"
	"math"
	"slices"
	"sync"

	"cometsync/internal/enum"
)

// Place is where a plan left somebody for whom it has no operation: a remote user, or
// somebody of the roster who is not created. It is finer than the plan's counts, so that
// one can say why.
type Place uint8

// The places. The zero value is invalid.
const (
	noPlace          Place = iota
	PlaceUnchanged         // counted as unchanged: shows what the row has
	PlaceDeactivated       // counted as unchanged: deactivated, and the roster does not want it active
	PlaceUnsaid            // counted as unchanged: deactivated, and the row's state cell is empty
	PlaceHeld              // held: a reject may stand for the user, or a row under another uid
	PlaceOutOfScope        // out of scope
	PlaceProtected         // protected
	PlaceKept              // kept: not in the roster, left by --missing keep
	PlaceConflict          // of an undo: changed since
	PlaceUntouched         // of an undo: counted as unchanged, the run did nothing to it
	PlaceAgent             // protected: one of the service's AI agents
	PlaceBot               // protected: one of the app's bots
	PlaceOddUID            // held: the app shows a uid that can't be managed
	PlaceOddName           // likewise a name, and so on
	PlaceOddTags
	PlaceOddMetadata
	PlaceOddProfile
	PlaceLeaving  // kept: not in the roster, and deactivated once enough good runs lacked it
	PlaceStranger // kept: not in the roster, nor in that of an earlier run
	PlaceInactive // not in the app, and inactive in the roster
	PlaceApart    // not in the app, and protected or out of scope in the roster
)

var placeNames = enum.Names[Place]{What: "place", Of: []string{
	PlaceUnchanged: "unchanged", PlaceDeactivated: "deactivated already", PlaceUnsaid: "deactivated, state unsaid", PlaceHeld: "held",
	PlaceOutOfScope: "out of scope", PlaceProtected: "protected", PlaceKept: "kept", PlaceConflict: "in conflict",
	PlaceUntouched: "untouched",
	PlaceAgent:     "protected as agent", PlaceBot: "protected as bot",
	PlaceOddUID: "unmanageable uid", PlaceOddName: "unmanageable name", PlaceOddTags: "unmanageable tags",
	PlaceOddMetadata: "unmanageable metadata",
	PlaceOddProfile:  "unmanageable profile", PlaceLeaving: "leaving", PlaceStranger: "stranger",
	PlaceInactive: "not created as inactive", PlaceApart: "not created as out of scope or protected",
}}

// Counted is the places that count as one, whose name is the plan's count.
func (p Place) Counted() Place {
	switch p {
	case PlaceDeactivated, PlaceUnsaid, PlaceUntouched:
		return PlaceUnchanged
	case PlaceAgent, PlaceBot:
		return PlaceProtected
	case PlaceOddUID, PlaceOddName, PlaceOddTags, PlaceOddMetadata, PlaceOddProfile:
		return PlaceHeld
	case PlaceLeaving, PlaceStranger:
		return PlaceKept
	}
	return p
}

// InApp reports whether who is there is a user of the app.
func (p Place) InApp() bool { return p != noPlace && p < PlaceInactive }

// AllPlaces lists every place.
func AllPlaces() []Place { return placeNames.All() }

func (p Place) String() string                   { return placeNames.Name(p) }
func (p Place) MarshalText() ([]byte, error)     { return placeNames.Text(p) }
func (p *Place) UnmarshalText(text []byte) error { return placeNames.Parse(p, text) }

// Places says of everybody without an operation where the plan left them: the plan's
// counts, item by item, and who is not created. Somebody takes uid, name and a few bytes.
// It is not safe for concurrent use.
type Places struct {
	texts   []byte // uids, each followed by the name, in the order of the entries
	entries []placed
}

type placed struct {
	key   uint64 // Sort's: the bytes of the uid where uids begin to differ
	at    uint32
	name  uint16 // its size
	size  uint8  // of the uid
	place Place
}

// Placed is somebody in a place.
type Placed struct {
	UID, Name string
	Place     Place
}

// Add puts somebody in a place. The texts are copied.
func (p *Places) Add(uid, name string, place Place) {
	uid, name = uid[:min(len(uid), math.MaxUint8)], name[:min(len(name), math.MaxUint16)]
	p.entries = append(p.entries, placed{0, uint32(len(p.texts)), uint16(len(name)), uint8(len(uid)), place})
	p.texts = append(append(p.texts, uid...), name...)
}

// Grow makes room for about so many users more.
func (p *Places) Grow(users int) {
	p.entries = slices.Grow(p.entries, users)
	p.texts = slices.Grow(p.texts, users*32)
}

// Reset takes all users out, and keeps the room.
func (p *Places) Reset() { p.texts, p.entries = p.texts[:0], p.entries[:0] }

// Len is how many there are.
func (p *Places) Len() int {
	if p == nil {
		return 0
	}
	return len(p.entries)
}

// Append adds all of another one.
func (p *Places) Append(q *Places) {
	base := uint32(len(p.texts))
	p.texts = append(p.texts, q.texts...)
	for _, e := range q.entries {
		e.at += base
		p.entries = append(p.entries, e)
	}
}

// Sort puts the users in order of their uids.
func (p *Places) Sort() {
	// Ids of one app often begin alike, user-000…: the few bytes after that
	// decide most comparisons, and the rest is seldom looked at.
	common := alike(len(p.entries), func(i int) []byte { return p.uid(p.entries[i]) })
	var beside sync.WaitGroup
	p.sortFrom(common, p.entries, &beside)
	beside.Wait()
	texts := make([]byte, 0, len(p.texts))
	for i := range p.entries {
		text := p.text(p.entries[i])
		p.entries[i].at = uint32(len(texts))
		texts = append(texts, text...)
	}
	p.texts = texts
}

// sortFrom sorts entries whose uids are alike up to a byte.
func (p *Places) sortFrom(from int, entries []placed, beside *sync.WaitGroup) {
	if len(entries) < 2 || from > math.MaxUint8 { // no uid is longer
		return
	}
	for i, e := range entries {
		uid := p.uid(e)
		entries[i].key = prefix(uid[min(from, len(uid)):])
	}
	p.sort(entries, from, 64-8, beside)
}

// sort sorts entries whose keys, the bytes of their uids from one on, are alike above
// some bits: into one part for each byte that may be next, and then each of those, the
// large ones beside each other.
func (p *Places) sort(entries []placed, from, shift int, beside *sync.WaitGroup) {
	const (
		small = 1 << 6  // for which that does not pay
		large = 1 << 12 // for which a goroutine does
	)
	switch {
	case shift < 0:
		p.sortFrom(from+8, entries, beside)
		return
	case len(entries) < small:
		slices.SortFunc(entries, func(a, b placed) int { return cmp.Compare(a.key, b.key) })
		for len(entries) > 0 {
			n := 1
			for n < len(entries) && entries[n].key == entries[0].key {
				n++
			}
			p.sortFrom(from+8, entries[:n], beside)
			entries = entries[n:]
		}
		return
	}
	var next, end [1 << 8]int // of each part: where its next entry goes, and where it ends
	for i := range entries {
		end[byte(entries[i].key>>shift)]++
	}
	for b := 1; b < len(end); b++ {
		next[b] = end[b-1]
		end[b] += end[b-1]
	}
	for b, start := range next {
		part := entries[start:end[b]]
		for next[b] < end[b] {
			if to := byte(entries[next[b]].key >> shift); int(to) != b {
				entries[next[b]], entries[next[to]] = entries[next[to]], entries[next[b]]
				next[to]++
			} else {
				next[b]++
			}
		}
		if len(part) < large {
			p.sort(part, from, shift-8, beside)
			continue
		}
		beside.Go(func() { p.sort(part, from, shift-8, beside) })
	}
}

// All goes through everybody in their order.
func (p *Places) All() iter.Seq[Placed] {
	return func(yield func(Placed) bool) {
		if p == nil {
			return
		}
		for entries := range slices.Chunk(p.entries, 1<<10) {
			last := entries[len(entries)-1]
			end := last.at + uint32(len(p.text(last)))
			texts := string(p.texts[entries[0].at:end]) // one text for all of them, instead of one for each
			for _, e := range entries {
				end := int(e.size) + int(e.name)
				if !yield(Placed{texts[:e.size], texts[e.size:end], e.place}) {
					return
				}
				texts = texts[end:]
			}
		}
	}
}

func (p *Places) uid(e placed) []byte { return p.texts[e.at:][:e.size] }

// text is the uid and the name.
func (p *Places) text(e placed) []byte { return p.texts[e.at:][:int(e.size)+int(e.name)] }

// alike is how many bytes all of some uids begin with in common.
func alike[T string | []byte](n int, uid func(i int) T) (common int) {
	if n == 0 {
		return 0
	}
	first := uid(0)
	common = len(first)
	for i := 1; i < n && common > 0; i++ {
		other := uid(i)
		common = min(common, len(other))
		for common > 0 && string(first[:common]) != string(other[:common]) {
			common--
		}
	}
	return common
}

// prefix is the first bytes of a uid, in an order that is the uids'.
func prefix[T string | []byte](uid T) uint64 {
	var b [8]byte
	copy(b[:], uid)
	return binary.BigEndian.Uint64(b[:])
}
