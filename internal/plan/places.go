package plan

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"iter"
	"math/bits"
	"runtime"
	"slices"
	"sync"

	"cometsync/internal/enum"
)

// Place is where a plan left a remote user for whom it has no operation. It is
// finer than the plan's counts, so that one can say why.
type Place uint8

// MostPlaces is how many there may be, for arrays by place.
const MostPlaces = 32

var (
	placeNames = enum.Names[Place]{What: "place", Of: []string{""}}
	counted    [MostPlaces]Place // what each counts as
)

// place declares one that counts as another does, or for itself, where that is 0.
func place(name string, as Place) Place {
	p := Place(len(placeNames.Of))
	placeNames.Of, counted[p] = append(placeNames.Of, name), cmp.Or(as, p)
	return p
}

// The places. The zero value is invalid.
var (
	PlaceUnchanged   = place("unchanged", 0)                              // shows what the row has
	PlaceDeactivated = place("deactivated already", PlaceUnchanged)       // and the roster does not want it active
	PlaceUnsaid      = place("deactivated, state unsaid", PlaceUnchanged) // the row's state cell is empty
	PlaceHeld        = place("held", 0)                                   // a reject may stand for the user, or a row under another uid
	PlaceOutOfScope  = place("out of scope", 0)
	PlaceProtected   = place("protected", 0)
	PlaceKept        = place("kept", 0)                            // not in the roster, left by --missing keep
	PlaceConflict    = place("in conflict", 0)                     // of an undo: changed since
	PlaceUntouched   = place("untouched", PlaceUnchanged)          // of an undo: the run did nothing to it
	PlaceAgent       = place("protected as agent", PlaceProtected) // one of the service's AI agents
	PlaceBot         = place("protected as bot", PlaceProtected)   // one of the app's bots
	PlaceOddUID      = place("unmanageable uid", PlaceHeld)        // the app shows a uid that can't be managed
	PlaceOddName     = place("unmanageable name", PlaceHeld)       // likewise a name, and so on
	PlaceOddTags     = place("unmanageable tags", PlaceHeld)
	PlaceOddMetadata = place("unmanageable metadata", PlaceHeld)
	PlaceOddProfile  = place("unmanageable profile", PlaceHeld)
	PlaceLeaving     = place("leaving", PlaceKept)  // not in the roster, and deactivated once enough good runs lacked it
	PlaceStranger    = place("stranger", PlaceKept) // not in the roster, nor in that of an earlier run
)

// Counted is the places that count as one, whose name is the plan's count.
func (p Place) Counted() Place { return counted[p] }

// AllPlaces lists every place.
func AllPlaces() []Place { return placeNames.All() }

func (p Place) String() string                   { return placeNames.Name(p) }
func (p Place) MarshalText() ([]byte, error)     { return placeNames.Text(p) }
func (p *Place) UnmarshalText(text []byte) error { return placeNames.Parse(p, text) }

// Places says of every remote user without an operation where the plan left
// it: the plan's counts, item by item. A user takes its uid and a few bytes.
// It is not safe for concurrent use.
type Places struct {
	uids    []byte // one after the other
	entries []placed
}

type placed struct {
	key   uint64 // Sort's: the bytes of the uid where uids begin to differ
	at    uint32
	size  uint8
	place Place
}

// Add puts a user in its place. The uid is copied.
func (p *Places) Add(uid string, place Place) {
	p.entries = append(p.entries, placed{0, uint32(len(p.uids)), uint8(min(len(uid), 255)), place})
	p.uids = append(p.uids, uid[:min(len(uid), 255)]...)
}

// Grow makes room for about so many users more.
func (p *Places) Grow(users int) {
	p.entries = slices.Grow(p.entries, users)
	p.uids = slices.Grow(p.uids, users*16)
}

// Reset takes all users out, and keeps the room.
func (p *Places) Reset() { p.uids, p.entries = p.uids[:0], p.entries[:0] }

// Append adds all of another one.
func (p *Places) Append(q *Places) {
	base := uint32(len(p.uids))
	p.uids = append(p.uids, q.uids...)
	for _, e := range q.entries {
		e.at += base
		p.entries = append(p.entries, e)
	}
}

// Sort puts the users in order of their uids.
func (p *Places) Sort() {
	if len(p.entries) == 0 {
		return
	}
	// Ids of one app often begin alike, user-000…: the few bytes after that
	// decide most comparisons, and the rest is seldom looked at.
	first := p.uid(p.entries[0])
	common := len(first)
	for _, e := range p.entries {
		uid := p.uid(e)
		common = min(common, len(uid))
		for common > 0 && !bytes.Equal(first[:common], uid[:common]) {
			common--
		}
	}
	for i, e := range p.entries {
		p.entries[i].key = prefix(p.uid(e)[common:])
	}
	p.sort(p.entries, make([]placed, len(p.entries)/2), bits.Len(uint(runtime.GOMAXPROCS(0)-1)))
}

// sort sorts entries, its halves beside each other so many times over.
func (p *Places) sort(entries, room []placed, halvings int) {
	order := func(a, b placed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return bytes.Compare(p.uid(a), p.uid(b))
	}
	if halvings == 0 || len(entries) < 1<<10 {
		slices.SortFunc(entries, order)
		return
	}
	half := len(entries) / 2
	var beside sync.WaitGroup
	beside.Go(func() { p.sort(entries[:half], room[:half/2], halvings-1) })
	p.sort(entries[half:], room[half/2:], halvings-1)
	beside.Wait()
	a, b := room[:copy(room, entries[:half])], entries[half:]
	for i := range entries {
		switch {
		case len(a) == 0:
			return // the rest of b is where it belongs
		case len(b) > 0 && order(b[0], a[0]) < 0:
			entries[i], b = b[0], b[1:]
		default:
			entries[i], a = a[0], a[1:]
		}
	}
}

// All goes through the users in their order.
func (p *Places) All() iter.Seq2[string, Place] {
	return func(yield func(string, Place) bool) {
		if p == nil {
			return
		}
		var b []byte
		for entries := range slices.Chunk(p.entries, 1<<10) {
			b = b[:0]
			for _, e := range entries {
				b = append(b, p.uid(e)...)
			}
			uids := string(b) // one text for all of them, instead of one for each
			for _, e := range entries {
				if !yield(uids[:e.size], e.place) {
					return
				}
				uids = uids[e.size:]
			}
		}
	}
}

func (p *Places) uid(e placed) []byte { return p.uids[e.at : e.at+uint32(e.size)] }

func prefix(s []byte) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}
