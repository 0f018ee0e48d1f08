package cometchat

import (
	"bytes"
	"context"
	"fmt"
	"math/bits"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"unsafe"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// lister lists users in one or more passes over the pages; see list.go.
type lister struct {
	c       *Client
	off     bool // the deactivated alone
	each    func(page []user.User) error
	workers int      // pages fetched at once
	likely  []string // uids to be looked up if the list is empty
	known   Known    // may be nil

	mu     sync.Mutex
	seen   *seen
	mark   uint32   // stretch i of this attempt is mark+i in seen
	joined []uint32 // by stretch: one that hangs together with it, or itself
	shown  []place  // by stretch
	moved  bool     // somebody was on two pages of a pass that are not side by side
	placed int      // users that seen has on stretches of this attempt
	strays int      // users that turned up inside a stretch read before
	hint   int      // pages, as the service counts; 0 if it does not say
	out    Listing
}

// The first stretches are not pages but the ends of the list.
const (
	beginning uint32 = iota
	end
	ends
)

// place is the page of a stretch: its number, and how many users were asked for.
type place struct{ size, n int }

// apart reports whether two pages of one pass are not side by side: newcomers push
// nobody so far down.
func (p place) apart(q place) bool { return p.size == q.size && (p.n > q.n+1 || q.n > p.n+1) }

// sheet is what is kept of a page that was read.
type sheet struct {
	stretch uint32
	users   int
	total   int    // of all pages, as the service counted; 0 if it did not say
	digest  uint64 // of the uids in their order

	newest, oldest int64 // creation times at its ends
	falling        bool  // they are known and fall
}

// pass is the list, read once from the first page to the last.
type pass struct {
	size   int     // users of a page, as asked for
	sheets []sheet // by number of page; the first is unused
	last   int     // the last page that holds users
	full   int     // users of a full page
	short  int     // a page that is not full although others follow; 0 is none

	more, fewer count // of answers that count more users than they show, or fewer

	// Of a first pass only.
	settled bool // nothing changed meanwhile, as far as its ends show
	placed  int  // different users on it
}

// count is how many users one answer says that there are, and how many there
// are down to the end of its page; zero if there is no such answer.
type count struct{ counted, listed int }

// weigh compares an answer's own count with its users.
func (p *pass) weigh(n int, s *sheet) {
	c := count{s.total, (n-1)*p.full + s.users}
	switch {
	case c.counted == 0:
	case s.users < p.full && c.counted > c.listed:
		if p.more.counted == 0 { // whatever page comes after it is of no use
			p.more = c
		}
	case s.users > 0 && c.counted < c.listed:
		p.fewer = c
	}
}

// agrees reports whether no answer counted other users than it showed.
func (p *pass) agrees() bool { return p.more == count{} && p.fewer == count{} }

// begin forgets what hangs together.
func (l *lister) begin() {
	l.mark += uint32(len(l.joined))
	l.joined = append(l.joined[:0], beginning, end)
	l.shown = append(l.shown[:0], place{}, place{})
	l.placed, l.strays, l.moved = 0, 0, false
}

// first makes the first pass of an attempt.
func (l *lister) first(ctx context.Context) (pass, error) {
	p := pass{size: l.c.pageSize}
	if err := l.locate(ctx, &p); err != nil || p.last == 0 {
		return p, err
	}
	if err := l.readAll(ctx, &p, 2, p.last-1); err != nil {
		return p, err
	}
	p.placed = l.placed
	if err := l.measure(ctx, &p); err != nil {
		return p, err
	}
	p.settled = p.last == 1 || p.falling()
	p.sheets = append(p.sheets, sheet{})
	for _, n := range slices.Compact([]int{1, p.last, p.last + 1}) {
		s, err := l.read(ctx, p.size, n)
		if err != nil {
			return p, err
		}
		p.weigh(n, &s)
		p.settled = p.settled && s.digest == p.sheets[n].digest && s.users == p.sheets[n].users
	}
	return p, nil
}

// locate reads page 1, the last page, and the empty one after it, though others
// may come in between: where the service counts its pages, it is tried, and else
// found by doubling and halving.
func (l *lister) locate(ctx context.Context, p *pass) error {
	end := 0 // the first page known to be empty; 0 is none
	probe := func(n int) error {
		s, err := l.read(ctx, p.size, n)
		switch {
		case err != nil:
			return err
		case s.users == 0 && n == 1:
			p.more.counted = s.total
			end = n
		case s.users == 0:
			end = n
		default:
			p.sheets = append(p.sheets, make([]sheet, n+1-len(p.sheets))...)
			p.sheets[n], p.last = s, n
		}
		return nil
	}
	if err := probe(1); err != nil {
		return err
	}
	for guess, guesses := l.hint, 2; end != p.last+1; guess++ {
		n := 2 * p.last
		switch {
		case guesses > 0 && guess > p.last && (end == 0 || guess < end) && guess <= maxPages: // no app has more
			n = guess
		case end != 0:
			n = (p.last + end) / 2
		}
		if n > maxPages {
			return errTooMany
		}
		if err := probe(n); err != nil {
			return err
		}
		guesses--
	}
	return nil
}

// further makes another pass, in pages of another length.
func (l *lister) further(ctx context.Context, base *pass, part int) (pass, error) {
	p := pass{size: max(base.full*part/1000, 1)}
	expect := base.users()/p.size + 1
	p.sheets = make([]sheet, expect+1)
	if err := l.readAll(ctx, &p, 1, expect); err != nil {
		return p, err
	}
	for n := expect; p.sheets[n].users > 0; {
		if n++; n > maxPages {
			return p, errTooMany
		}
		s, err := l.read(ctx, p.size, n)
		if err != nil {
			return p, err
		}
		p.sheets = append(p.sheets, s)
	}
	for n := range p.sheets {
		if p.sheets[n].users > 0 {
			p.last = n
		}
	}
	return p, l.measure(ctx, &p)
}

// readAll reads some pages, in any order.
func (l *lister) readAll(ctx context.Context, p *pass, from, to int) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(l.workers)
	for n := from; n <= to && inner.Err() == nil; n++ {
		group.Go(func() (err error) {
			p.sheets[n], err = l.read(inner, p.size, n)
			return err
		})
	}
	return group.Wait()
}

var errTooMany = phrase.Errorf("the user list has more than %d pages", maxPages)

// measure finds the length of a full page (the service may give less than was
// asked for; then all pages are as long as the first), whether other pages
// keep to it, and whether the end of the list was seen.
func (l *lister) measure(ctx context.Context, p *pass) error {
	p.full = p.size
	if p.last > 1 {
		p.full = p.sheets[1].users
	}
	for n := 1; n < p.last; n++ {
		if p.sheets[n].users == p.full {
			continue
		}
		// It may have been the last one: what follows was perhaps read
		// before, and is gone by now.
		s, err := l.read(ctx, p.size, n+1)
		if err != nil {
			return err
		}
		if s.users > 0 {
			p.short = n
			return nil
		}
	}
	if s := &p.sheets[p.last]; p.last > 0 && s.users < p.full {
		l.join(s.stretch, end)
	}
	for n := 1; n < len(p.sheets); n++ {
		p.weigh(n, &p.sheets[n])
	}
	return nil
}

func (p *pass) users() (n int) {
	for i := range p.sheets {
		n += p.sheets[i].users
	}
	return n
}

// falling reports whether the creation times show the newest first, from the first
// page to the last, and that a new user would come to be on the first: if
// all of that are of one second, it may not.
func (p *pass) falling() bool {
	if p.sheets[1].oldest == p.sheets[1].newest {
		return false
	}
	for n := 1; n <= p.last; n++ {
		if !p.sheets[n].falling || n > 1 && p.sheets[n-1].oldest < p.sheets[n].newest {
			return false
		}
	}
	return true
}

// find is the stretch that stands for all that hang together with i.
func (l *lister) find(i uint32) uint32 {
	for l.joined[i] != i {
		l.joined[i] = l.joined[l.joined[i]]
		i = l.joined[i]
	}
	return i
}

func (l *lister) join(i, j uint32) { l.joined[l.find(i)] = l.find(j) }

// connected reports whether the stretches hang together from end to end.
func (l *lister) connected() bool { return l.find(beginning) == l.find(end) }

// gaps is how many gaps there may be between stretches.
func (l *lister) gaps() (n int) {
	for i := ends; i < uint32(len(l.joined)); i++ {
		if l.joined[i] == i {
			n++
		}
	}
	return max(n-1, 1)
}

// pages are used again, and so are the buffers with their texts: a listing would throw
// away as much memory as the app's users take as JSON, and half of that once more.
var pages = sync.Pool{New: func() any { return new(page) }}

// read reads a page, gives whom it has not given yet, and joins the page to
// those with whom it shares a user.
func (l *lister) read(ctx context.Context, size, n int) (sheet, error) {
	var p *page
	body := bodies.Get().(*bytes.Buffer)
	defer recycle(body) // and nobody has kept a part of it; see Remote
	defer func() {
		if p != nil {
			pages.Put(p)
			<-l.c.turns
		}
	}()
	err := l.c.readPage(ctx, listQuery(l.off, size, n), body, func() *page {
		if p == nil { // an answer that could not be read may have gone before
			l.c.turns <- struct{}{}
			p = pages.Get().(*page)
		}
		return p
	})
	if err != nil {
		return sheet{}, fmt.Errorf("page %d of the user list: %w", n, err)
	}
	s := l.look(p)
	fresh := p.users[:0]
	l.mu.Lock()
	if len(p.users) > 0 {
		s.stretch = uint32(len(l.joined))
		l.joined = append(l.joined, s.stretch)
		l.shown = append(l.shown, place{size, n})
		if n == 1 {
			l.join(s.stretch, beginning)
		}
	}
	if len(p.keys) > 0 {
		l.seen.expect(p.keys, p.total/len(p.users)*len(p.keys))
	}
	if !l.off {
		l.c.counted.Store(int64(p.total))
	}
	// Somebody between two users of a stretch, and not of it: it should have
	// had him too.
	between, before, keys := 0, uint32(0), p.keys
	for i := range p.users {
		var was *uint32
		if l.known != nil && p.found[i].OK {
			was = &l.seen.known[p.found[i].Ref]
		} else {
			was, keys = l.seen.place(keys[0]), keys[1:]
		}
		at := *was
		if at == 0 {
			if fresh = fresh[:len(fresh)+1]; len(fresh) <= i { // else the user is in its place
				fresh[len(fresh)-1] = p.users[i]
			}
		}
		if at < l.mark || at == 0 {
			*was = l.mark + s.stretch
			l.placed++
			between++
			continue
		}
		if at == l.mark+s.stretch {
			continue // twice on one page, which shows nothing
		}
		switch {
		case l.shown[at-l.mark].apart(place{size, n}):
			l.moved = true // and joins nothing
		case at == before:
			l.strays += between
		default:
			l.join(s.stretch, at-l.mark)
		}
		between, before = 0, at
	}
	l.out.Users += len(fresh)
	l.out.Pages++
	if l.hint = p.pages; l.hint == 0 {
		l.hint = (p.total + size - 1) / size
	}
	l.mu.Unlock()
	if len(fresh) == 0 {
		return s, nil
	}
	return s, l.each(fresh)
}

// look is what a page shows by itself. It has the page tell whom the caller knows, and
// has keys made of the others.
func (l *lister) look(p *page) sheet {
	s := sheet{users: len(p.users), total: p.total, falling: true}
	if p.keys = p.keys[:0]; l.known != nil {
		p.found = l.known.FindAll(p.users, p.found[:0])
	}
	for i := range p.users {
		u := &p.users[i]
		sum := l.seen.sum(u.UID)
		if l.known == nil || !p.found[i].OK {
			p.keys = append(p.keys, l.seen.key(u.UID, sum))
		}
		s.digest = bits.RotateLeft64(s.digest, 5)*0x9E3779B97F4A7C15 + sum
		s.falling = s.falling && u.CreatedAt > 0 && (i == 0 || u.CreatedAt <= s.oldest)
		s.oldest = u.CreatedAt
		if l.off || u.DeactivatedAt > 0 {
			u.State = user.Deactivated
		}
	}
	if len(p.users) > 0 {
		s.newest = p.users[0].CreatedAt
	}
	return s
}

// listQuery asks for a page of all users, or of the deactivated alone.
func listQuery(off bool, size, n int) string {
	q := "page=" + strconv.Itoa(n) + "&perPage=" + strconv.Itoa(size) + "&withTags=true"
	if off {
		return q + "&onlyDeactivated=true"
	}
	return q + "&withDeactivated=true"
}

// readPage reads a page into what it is given once the answer is there. The texts of its
// users are in the body, which they are good as long as.
func (c *Client) readPage(ctx context.Context, query string, body *bytes.Buffer, into func() *page) error {
	r := request{method: http.MethodGet, path: "/users", query: query, budget: c.standard, repeat: true, limit: pageLimit, into: body}
	return c.do(ctx, r, func(body []byte) error { return into().decode(unsafe.String(unsafe.SliceData(body), len(body))) })
}
