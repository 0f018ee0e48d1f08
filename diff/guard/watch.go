package guard

import (
	"math/bits"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Roster is what the guards ask of it; see diff.Roster.
type Roster interface {
	Intake() *user.Intake
	Layout() *user.Layout
	Find(uid string) (ref int, e user.Entry, ok bool)
	Entry(ref int) (e user.Entry, ok bool) // not ok: the row turned out to be no user
	LoadInto(ref int, row *user.Row) error // in the memory of the lists of the row before
	Managed() user.Fields
	Sources() []plan.PastSource // what is kept of it if the run is a good one
	Err() error                 // of what could not be read again where no error was returned
}

// Watch is what is there of the users on both sides for the guards to look at: the
// roster, and of the app's users, as they pass, what the roster does not tell.
type Watch struct {
	roster    Roster
	layout    *user.Layout
	match     [][]string // second keys
	mergeTags bool       // the app's user may have more tags than its row

	counted user.Mask  // what may group people
	paths   [][]string // the managed keys of the metadata
	keys    []string   // their names, as fields

	stays  []bool // by reference: the user is active and keeps access
	census census
	forms  census // of the active users' uids, by form
}

// NewWatch is a watch on users of whom references of the roster may be.
func NewWatch(roster Roster, references int, match [][]string, mergeTags bool) *Watch {
	w := &Watch{roster: roster, layout: roster.Layout(), match: match, mergeTags: mergeTags, stays: make([]bool, references)}
	w.paths = w.layout.Paths()
	for _, path := range w.paths {
		w.keys = append(w.keys, user.Metadata.String()+"."+strings.Join(path, "."))
	}
	w.counted = w.layout.Mask(roster.Managed())&^(1<<user.Name|1<<user.Metadata) | 1<<user.Role | 1<<user.Tags
	return w
}

// Seen is what some of the app's users come to; it adds up.
type Seen struct {
	Active      int      // of those in scope, who are not protected
	Both        int      // active users whom the roster has too
	Deactivated []uint64 // user.HashUID of those without access

	leavers []leaver // active users whom the plan would deactivate, as the app has them
	changed []hashed // users on both sides who change
	met     []trait
	forms   map[uint64]uint32 // of the active users' uids, how many have each,
	form    uint64            // but for the last ones in a row,
	alike   uint32            // who are so many of one form
}

// Add adds what a page of users came to. It is called by one goroutine at a time.
func (s *Seen) Add(page *Seen) {
	s.Active += page.Active
	s.Both += page.Both
	s.Deactivated = append(s.Deactivated, page.Deactivated...)
	s.leavers = append(s.leavers, page.leavers...)
	s.changed = append(s.changed, page.changed...)
}

// Count counts what a page of users has. It is called by one goroutine at a time.
func (w *Watch) Count(page *Seen) {
	for _, e := range page.met {
		w.census.meet(e, 1)
	}
	for form, n := range page.forms {
		w.forms.meet(trait{hash: form}, n)
	}
	if page.alike > 0 {
		w.forms.meet(trait{hash: page.form}, page.alike)
	}
}

// Form counts the form of an active user's uid, which is mostly that of the one before.
func (s *Seen) Form(uid string) {
	form := formOf(uid)
	if form != s.form && s.alike > 0 {
		if s.forms == nil {
			s.forms = map[uint64]uint32{}
		}
		s.forms[s.form] += s.alike
		s.alike = 0
	}
	s.form = form
	s.alike++
}

// Leaver keeps what the app has of an active user whom the plan would deactivate;
// its groups are found when a guard asks for them.
func (s *Seen) Leaver(u *user.User) {
	l := leaver{uid: strings.Clone(u.UID), role: strings.Clone(u.Role), metadata: strings.Clone(u.Metadata)}
	for _, t := range u.Tags {
		l.tags = append(l.tags, strings.Clone(t))
	}
	s.leavers = append(s.leavers, l)
}

// hashed is the cells of a user's row, by user.HashUID.
type hashed struct {
	uid   uint64
	cells string
}

// Changed keeps the hashes of the row of a user whom the plan changes, by which its
// causes are told.
func (s *Seen) Changed(row *user.Row) {
	s.changed = append(s.changed, hashed{user.HashUID(row.User.UID), row.Hashes})
}

// Stay is for an active user who has a row and keeps access; print is to use.
func (w *Watch) Stay(s *Seen, u *user.User, ref int, entry user.Entry, print *user.Fingerprint) {
	w.stays[ref] = true // no other page has the user
	s.met = w.encounters(s.met, u, print, w.told(entry))
}

// Stranger is for a user whom the roster lacks and who stays; print is to use.
func (w *Watch) Stranger(s *Seen, u *user.User, print *user.Fingerprint) {
	if u.State != user.Deactivated {
		s.met = w.encounters(s.met, u, print, 0)
	}
}

// oneTag is the census' kind of tags one by one; under their own bit it has them
// as sets.
const oneTag = int(user.UID)

// encounters is what the census is told of an active user who stays: the values
// of what the roster does not say of it. The rest is in the roster, and counted
// when there is reason to.
func (w *Watch) encounters(to []trait, u *user.User, print *user.Fingerprint, told user.Mask) []trait {
	unsaid := w.counted &^ told
	if unsaid == 0 {
		return to
	}
	print.Take(w.layout, u, unsaid, false)
	for m := uint64(unsaid); m != 0; m &= m - 1 {
		kind := bits.TrailingZeros64(m)
		if value := print.Part(kind); value != 0 {
			to = append(to, trait{kind, value})
		}
	}
	if unsaid&(1<<user.Tags) != 0 {
		for _, t := range u.Tags {
			to = append(to, trait{oneTag, print.Value(w.layout, t)})
		}
	}
	return to
}

// told is what the roster says of a user: all of what its row has a value for, as
// far as its mask tells.
func (w *Watch) told(entry user.Entry) user.Mask {
	told := entry.Mask &^ user.Unprintable
	if w.mergeTags {
		told &^= 1 << user.Tags // the app's user may have more
	}
	return told
}
