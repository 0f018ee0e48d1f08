package plan

import (
	"slices"
	"strings"
	"sync"
	"time"

	"cometsync/internal/user"
)

// Past is what the earlier runs of an app left for the guards of a later one:
// what its last good run read, and what its recent runs changed. A good run is
// one that no guard refused, or that somebody let through, and that ended done
// or done in part. It only ever makes a plan more careful: without it guards
// are off, and nobody is removed because of it. Jobs that keep to scopes of their
// own have rosters of their own, so that each scope has its own last good run.
type Past struct {
	Scope   string       `json:"scope,omitempty"` // that the run kept to; empty for everybody
	Run     string       `json:"run"`             // the last good run
	At      time.Time    `json:"at"`              // when it ended
	Read    string       `json:"read,omitempty"`  // the run that read the sources: itself, or the one that made the plan which it applied
	ReadAt  time.Time    `json:"readAt,omitzero"` // when that was
	After   string       `json:"after,omitempty"` // of what the run of a plan read: the last good run at that time
	Policy  uint64       `json:"policy"`          // a digest of what decides, beside the sources, whose values are changed and how
	Left    int          `json:"left,omitempty"`  // operations that it planned and did not get done
	Sources []PastSource `json:"-"`
	Known   []uint64     `json:"-"`      // user.HashUID of every other uid that the roster of a good run ever had, ascending
	Absent  []Absence    `json:"absent"` // who is missing since, in order of their uids; for --grace-runs

	once      sync.Once
	everybody []uint64 // Known and the uids of the sources, ascending
}

// PastSource is one source as the last good run read it.
type PastSource struct {
	Path     string    `json:"path"`
	Sheet    string    `json:"sheet,omitempty"`
	SHA256   string    `json:"sha256"`
	Modified time.Time `json:"modified,omitzero"` // zero for what is not a file
	Columns  []string  `json:"columns"`           // that were managed, by canonical name; the index is the bit in Filled

	// The users that count of it, in its order, 8 bytes and an index each.
	UIDs   []uint64 `json:"-"` // user.HashUID
	Sets   []uint16 `json:"-"` // by user: which of the combinations below it had
	Filled []Filled `json:"filled"`

	// What tells whether a cell, or what it becomes, is as before: a byte for
	// each user and column. All of it is empty where nobody asked.
	Header   []string  `json:"header,omitempty"`   // of the file, as far as its columns have names
	Text     uint64    `json:"text,omitempty"`     // a digest of how cells are told from the file's bytes
	Readings []Reading `json:"readings,omitempty"` // by column
	Cells    []byte    `json:"-"`                  // by user, and by column within one: a hash of the cell in the file; 0 of an empty one
}

// EachOf gives where some users are. Nearly all that it passes are nobody who is
// wanted, which a few bits of their hashes tell sooner than a map.
func EachOf(sources []PastSource, wanted map[uint64]bool, each func(source, user int)) {
	const bits = 1 << 16
	var maybe [bits]bool
	for uid := range wanted {
		maybe[uid%bits] = true
	}
	for s := range sources {
		for i, uid := range sources[s].UIDs {
			if maybe[uid%bits] && wanted[uid] {
				each(s, i)
			}
		}
	}
}

// Reading is how a column is read.
type Reading struct {
	Headers []string `json:"headers,omitempty"` // of the file's columns that are read; none of what is the same in every row
	Means   uint64   `json:"means"`             // a digest of what decides what becomes of their cells,
	Blank   uint64   `json:"blank"`             // and of empty ones
}

// Filled is a combination of what a row had: which columns had a value, and
// whether the row's user was to be active.
type Filled struct {
	Columns uint64 `json:"columns"`           // by Columns' index; what is beyond 64 columns is not kept
	Unknown bool   `json:"unknown,omitempty"` // the row could only be read as a whole
	Active  bool   `json:"active,omitempty"`
}

// Earlier is what is on record of one earlier run of the app: its inputs, and
// the operations that were carried out.
type Earlier struct {
	Run   string
	At    time.Time
	Files []user.File
	Done  []Done
}

// Outruns reports whether a last good run came after what the run of a plan read, which
// is too old then. Of two plans the one that was made later may follow the other;
// runs have an order of their own, which no wrong clock turns round.
func (p *Past) Outruns(planned *Past) bool {
	switch {
	case p == nil, p.Read == "", p.Read == planned.Run, planned.After != "" && p.Run == planned.After:
		return false
	case planned.After != "" && p.Read == p.Run:
		return true
	}
	return p.ReadAt.After(planned.At)
}

// Knew reports whether the roster of some good run had the uid; of no past, none
// did.
func (p *Past) Knew(uid string) bool {
	if p == nil {
		return false
	}
	p.once.Do(func() {
		p.everybody = slices.Clone(p.Known)
		for i := range p.Sources {
			p.everybody = append(p.everybody, p.Sources[i].UIDs...)
		}
		slices.Sort(p.everybody)
	})
	_, found := slices.BinarySearch(p.everybody, user.HashUID(uid))
	return found
}

// Absence is what is kept of somebody who was absent before; the zero value is
// somebody who was not.
func (p *Past) Absence(uid string) Absence {
	if p == nil {
		return Absence{UID: uid}
	}
	i, found := slices.BinarySearchFunc(p.Absent, uid, func(a Absence, uid string) int { return strings.Compare(a.UID, uid) })
	if !found {
		return Absence{UID: uid}
	}
	return p.Absent[i]
}

// Next is what is left by a good run that came after: p is what the one before
// left, nil if there is none. absent is who is absent and counted for the runs of
// grace, in order of their uids; still are user.HashUID of the active users whom the
// roster lacks and who are not deactivated. They stay where they were in the order
// of the sources, as long as they are there: who leaves together is seen when they go.
func (p *Past) Next(scope, run string, at time.Time, sources []PastSource, absent []Absence, still map[uint64]bool) *Past {
	if p == nil {
		p = &Past{}
	}
	next := &Past{Scope: scope, Run: run, At: at, Known: p.without(sources), Absent: absent}
	next.Sources = p.keepPlaces(sources, still)
	return next
}

// without is every uid that a roster had and these sources lack, ascending.
func (p *Past) without(sources []PastSource) []uint64 {
	var now []uint64
	for i := range sources {
		now = append(now, sources[i].UIDs...)
	}
	slices.Sort(now)
	before := slices.Clone(p.Known)
	for i := range p.Sources {
		before = append(before, p.Sources[i].UIDs...)
	}
	slices.Sort(before)
	return slices.DeleteFunc(slices.Compact(before), func(uid uint64) bool {
		for len(now) > 0 && now[0] < uid {
			now = now[1:]
		}
		return len(now) > 0 && now[0] == uid
	})
}
