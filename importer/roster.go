package importer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"

	"cometsync/importer/corrections"
	"cometsync/importer/store"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Roster is the users of all sources. When Read has returned it, it does not
// change, and its methods may be called from many goroutines at once.
type Roster struct {
	opt   Options
	known *user.Known
	hash  func(uid string) uint64

	layout     *user.Layout
	sources    []*source
	spool      *store.Spool
	book       store.Rejects
	index      *store.Index
	intake     user.Intake
	superseded map[user.Source]superseding // of rows that were corrected, and those that stand for others: the row that counts
	merged     map[int64][]store.Entry     // by where the first of them begins in the spool: rows that are one user together
	ranks      map[int64]ranked            // by where they begin in the spool: corrected rows that count

	cells  *store.Spool // the hashes of cells; nil as long as it needs none
	hashes bool         // Load gives those of each row

	past        sync.Once
	pastSources []plan.PastSource
	unread      error // of the hashes

	// While reading.
	line        int // the number of the next row of the source being read
	rejects     []placed
	trailer     trailer
	groups      map[int][]store.Entry // by entry: the rows of its uid, in the order of the sources, where they are several
	print       user.Fingerprint
	repairs     user.Repairs
	corrections []*corrections.File
	staged      []correction // of the part that is read
	rewrites    []string     // the first uids that --uid-rewrite made valid, each with what it was and where
}

// placed is a reject with its place in the spool, by which rejects are put
// into the order of the sources, and in the book.
type placed struct {
	place, at int64
	gone      bool
}

// refused takes a reject in, whose row begins at a place in the spool.
func (r *Roster) refused(place int64, x *user.Reject) error {
	at, err := r.book.Add(x)
	r.rejects = append(r.rejects, placed{place: place, at: at})
	return err
}

func (r *Roster) rejectAt(i int) (user.Reject, error) { return r.book.Get(r.rejects[i].at) }

func (r *Roster) change(i int, x *user.Reject) (err error) {
	r.rejects[i].at, err = r.book.Add(x)
	return err
}

// eachReject visits the rejects, each of which is another one when the next is
// visited.
func (r *Roster) eachReject(visit func(i int, x *user.Reject) error) error {
	read := r.book.Reader(true)
	for i := range r.rejects {
		x, err := read(r.rejects[i].at)
		if err == nil {
			err = visit(i, x)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func newRoster(opt Options) (*Roster, error) {
	spool, err := store.NewSpool()
	if err != nil {
		return nil, err
	}
	r := &Roster{
		opt: opt, known: user.NewKnown(opt.Rules.Rekey), hash: opt.hash,
		layout: user.NewLayout(), spool: spool, index: store.NewIndex(), groups: map[int][]store.Entry{}, merged: map[int64][]store.Entry{},
	}
	if r.hash == nil {
		r.hash = user.HashUID
	}
	return r, nil
}

// collect enters a batch's rows, in the order in which they are in the source.
func (r *Roster) collect(s *source, b *batch) error {
	s.end = b.place + int64(len(b.text)) // the reader may be further on
	var sum uint32
	for i := range b.rows {
		sum += r.index.Slot(b.rows[i].hash)
	}
	r.index.Keep(sum)
	skipped := b.skipped
	for i := range b.rows {
		row := &b.rows[i]
		for len(skipped) > 0 && skipped[0].row < int(row.line) {
			if err := r.skip(s, skipped[0]); err != nil {
				return err
			}
			skipped = skipped[1:]
		}
		if err := r.row(s, b, row); err != nil {
			return err
		}
	}
	for _, k := range skipped {
		if err := r.skip(s, k); err != nil {
			return err
		}
	}
	return r.count(s, b)
}

// row enters a row.
func (r *Roster) row(s *source, b *batch, row *row) error {
	e := store.Entry{
		Hash: row.hash, Print: row.print, Place: b.place + int64(row.at),
		Row: uint32(r.line + int(row.line)), State: row.state,
	}
	var reject *user.Reject
	if row.reject > 0 {
		reject = &b.rejects[row.reject-1]
		reject.Source = s.Place(int(e.Row))
		e.Flags = store.Rejected
	} else {
		if row.unended {
			e.Flags = store.Unended
		}
		if row.nobody {
			e.Flags |= store.Nobody
		}
		e.Mask = r.index.Mask(row.masks)
	}
	if s.corrects != nil {
		r.stage(s, e, reject)
		return nil
	}
	if reject != nil && s.rows == nil && r.trails(s, row.footer) {
		r.trailer.rows++
	} else {
		r.trailer.rows, r.trailer.lastRow = 0, int(e.Row)
	}
	s.File.Rows++
	r.intake.Rows++
	_, err := r.admit(e, reject)
	return err
}

func (r *Roster) count(s *source, b *batch) error {
	if len(b.cells) > 0 {
		if err := r.spoolCells(s, r.line, b.cells); err != nil {
			return err
		}
	}
	if b.ends != "" {
		r.endsEarly(s, fmt.Sprintf("row %d is the last, and %s", r.line+b.lines-1, b.ends))
	}
	for _, w := range b.rewrites[:min(len(b.rewrites), mostRewrites-len(r.rewrites))] {
		r.rewrites = append(r.rewrites, fmt.Sprintf("%.100q became %q (%s)", w.from, w.to, s.Place(r.line+w.line)))
	}
	b.sights[blankRows].n = b.blanks
	b.sights[zonelessTime].n, b.sights[longName].n = b.repairs[user.Zoneless], b.repairs[user.LongNames]
	b.sights[nullText].n = b.repairs[user.Nulls]
	s.sights.merge(&b.sights, r.line)
	for i := range b.lacks {
		s.lacks[i].Merge(&b.lacks[i])
	}
	r.line += b.lines
	s.last = r.line - 1
	r.repairs.Add(&b.repairs)
	if r.opt.Progress != nil {
		r.opt.Progress(r.intake.Rows)
	}
	return nil
}

// admit has a row count: it is a user, or a reject.
func (r *Roster) admit(e store.Entry, reject *user.Reject) (index int, err error) {
	if reject == nil {
		r.intake.Users++
		return r.enter(e)
	}
	if err := r.refused(e.Place, reject); err != nil || reject.UID == "" {
		return -1, err // nobody can be found by it
	}
	return r.enter(e)
}

// enter puts a row into the index, or to the rows that have its uid already.
func (r *Roster) enter(e store.Entry) (index int, err error) {
	p := r.index.Probe(e.Hash)
	for {
		i, ok := r.index.Next(&p)
		if !ok {
			return r.index.Add(p, e), nil
		}
		// One in 2^64 pairs of uids has one hash; that must not make one
		// person of two.
		other := r.index.At(i)
		a, err := r.uidAt(other.Place)
		if err != nil {
			return -1, err
		}
		b, err := r.uidAt(e.Place)
		if err != nil {
			return -1, err
		}
		if a == b {
			r.group(i, e)
			return i, nil
		}
		other.Flags |= store.Shared
		e.Flags |= store.Shared
	}
}

// Intake is what became of the rows of all sources.
func (r *Roster) Intake() *user.Intake { return &r.intake }

// Layout is the layout of the entries' masks and prints.
func (r *Roster) Layout() *user.Layout { return r.layout }

// Managed is the fields that have a column in some source.
func (r *Roster) Managed() user.Fields {
	var fields user.Fields
	for _, s := range r.sources {
		for _, c := range s.Header.Columns {
			if c.Field != user.NoField {
				fields.Add(c.Field)
			}
		}
	}
	return fields
}

// managed names the managed columns: fields in their order, then the key
// paths of metadata as they come.
func (r *Roster) managed() []string {
	names, rank := []string{}, map[string]user.Field{}
	for _, s := range r.sources {
		for _, c := range s.Header.Columns {
			name := (user.Slot{Field: c.Field, Path: c.Path}).Name()
			if c.Field == user.NoField || slices.Contains(names, name) {
				continue
			}
			if rank[name] = c.Field; c.Path != nil {
				rank[name] = user.LastActiveAt + 1
			}
			names = append(names, name)
		}
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(rank[a], rank[b]) })
	return names
}

// Len is how many refs there are: 0 to Len()-1.
func (r *Roster) Len() int { return r.index.Count }

// Entry is what is in memory of a user; false is a ref whose row turned out
// to be a reject, or to be superseded by one.
func (r *Roster) Entry(ref int) (user.Entry, bool) {
	e := r.index.At(ref)
	if e.Flags&store.Rejected != 0 {
		return user.Entry{}, false
	}
	return user.Entry{Print: e.Print, Mask: r.index.Masks[e.Mask].Said, State: e.State, Nobody: e.Flags&store.Nobody != 0}, true
}

// FindAll looks the users of a page up, and appends what it finds, in their order.
// Where they are is fetched from memory for many of them at once: one by one, it
// would mostly be waiting for memory.
func (r *Roster) FindAll(page []user.User, found []user.Found) []user.Found {
	var hashes [256]uint64
	for len(page) > 0 {
		some := hashes[:min(len(page), len(hashes))]
		for i := range some {
			some[i] = r.hash(page[i].UID)
		}
		r.index.Expect(some)
		for i, hash := range some {
			ref, e, ok := r.find(page[i].UID, hash)
			found = append(found, user.Found{Ref: ref, Entry: e, OK: ok})
		}
		page = page[len(some):]
	}
	return found
}

// Find looks a user up by its uid, in the service's spelling.
func (r *Roster) Find(uid string) (ref int, e user.Entry, ok bool) { return r.find(uid, r.hash(uid)) }

func (r *Roster) find(uid string, hash uint64) (ref int, e user.Entry, ok bool) {
	p := r.index.Probe(hash)
	for {
		i, ok := r.index.Next(&p)
		if !ok {
			return 0, user.Entry{}, false
		}
		if entry := r.index.At(i); entry.Flags&store.Shared != 0 {
			// If the spool can't be read, taking the user for this one is
			// safe: loading it is then an error, while saying that it is not
			// in the roster would deactivate it.
			if other, err := r.uidAt(entry.Place); err == nil && other != uid {
				continue
			}
		}
		e, ok := r.Entry(i)
		return i, e, ok
	}
}

// CloseRows gives the file of the rows back, which takes long where it is large, once
// nobody reads one any more.
func (r *Roster) CloseRows() { r.spool.Close() }

// Close gives the temporary files back. Its rejects can't be read any more.
func (r *Roster) Close() error {
	return errors.Join(r.spool.Close(), r.book.Close(), r.cells.Close())
}
