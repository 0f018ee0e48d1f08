package cometchat

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// # When a listing is complete
//
// A user that a listing overlooks is a user that the roster "lacks" or, worse,
// one that it "adds". So a listing is shown to be complete, or says why it can't
// be (Listing.Gap). Overlooking is easy: pages are cut by position, and whenever
// somebody is deleted meanwhile, everybody behind moves up by one, past a
// boundary that has been read on one side already.
//
// It relies on this: an answer is the list as it was at one moment; users are in
// some fixed order; a full page is as long as the first one. It does not rely on
// the order being the newest first, as observed: the creation times have to show it.
//
// A quiet app. Page 1 is read, then the last page and the empty one after it,
// then all pages between, then those three again. If they are as they were, every
// page but the last was full, and nobody was on two pages, the listing is
// complete: a new user would have changed page 1, anybody's going would have moved
// the last page, and one who came and went would have shown somebody twice. Reading
// the last page afterwards alone would not do: whoever went before would have left
// no trace.
//
// A busy app. Every page shows a stretch of the order without a gap. Two stretches
// that share a user make one, whoever came or went between the readings. So the
// list is read again in pages of other lengths (887/1000 of the first, so that
// cuts hardly ever meet), until the stretches hang together from the beginning (any
// page 1) to the end (a page that is not full, with an empty one after it). Then
// whoever was there all along has been seen. One pass is not enough for that if it has
// pages between the ends: somebody who moves from the first page to the last makes one
// stretch of the two, and hides whom the move pulled past a boundary.
// Whoever is on two pages of one pass that are not side by side has moved, which is no
// order to rely on: such a user joins nothing, and then it takes all of the passes.
//
// What does not hang together after three more passes is begun anew, three times;
// then the listing gives up. It also begins anew when a page is not full although
// others follow, or somebody turns up inside a stretch that was read before: what it
// relies on did not hold.
//
// The service's own count proves nothing (in its own example it is 0), and speaks
// against a listing all the same: a page that is not full, and by the count of the
// same answer should be, shows that somebody is left out, who would be created
// again. Whether a narrower list is counted as such is not documented; there, and
// where the count is the smaller one, another cut of the list has to show the same.
//
// An empty page 1 is the list of an empty app, or a slip that would have everybody
// created. It is read again until two agree, and users who may well be there are
// asked for by themselves.
//
// Users are given as they are first seen, once each; see seen for what is kept.

// Listing is what is known about a listing.
type Listing struct {
	Users int    // given to each
	Pages int    // read
	Gap   string // why it cannot be shown to be complete; "" = it is
}

const (
	maxPage    = 1000 // users a page; what the service does with more is not documented
	maxPages   = 100_000
	maxWorkers = 8
	maxTries   = 3
	pageLimit  = 64 << 20 // bytes of a page
)

// parts are the lengths of the pages of further passes, in thousandths.
var parts = [...]int{887, 787, 691}

// Remote gives every user of the app once, with State saying whether it is
// active. That a list of all users tells who is deactivated is not documented,
// so those are listed first, by themselves.
//
// each is called from several goroutines at once; the slice is its own until it
// returns, and so are the users' texts, whose memory is the next page's then: what
// is kept has to be cloned. An error means that the listing was broken off; users
// may have been given nevertheless.
//
// Likely are uids of users who may well exist: if the list is empty, they are
// looked up, and it is not shown to be complete if one is there. Known may be nil.
func (c *Client) Remote(ctx context.Context, likely []string, known Known, each func(page []user.User) error) (Listing, error) {
	off := &lister{c: c, off: true, seen: newSeen(0), each: func([]user.User) error { return nil }}
	if err := off.run(ctx); err != nil {
		return off.out, fmt.Errorf("deactivated users: %w", err)
	}
	var met atomic.Int64
	expected := 0
	if known != nil {
		expected = known.Len()
	}
	all := &lister{c: c, likely: likely, known: known, seen: newSeen(expected), each: func(page []user.User) error {
		for i := range page {
			u := &page[i]
			listed := off.seen.has(u.UID)
			if listed {
				met.Add(1)
			}
			if listed || u.State == user.Deactivated {
				u.State = user.Deactivated
			} else {
				u.State = user.Active
			}
		}
		return each(page)
	}}
	all.out.Pages = off.out.Pages
	if off.out.Gap != "" {
		all.out.Gap = "deactivated users: " + off.out.Gap
	}
	if err := all.run(ctx); err != nil {
		return all.out, err
	}
	// The list of all should hold the deactivated; if it did not, they are
	// given now, as far as they still are.
	if met.Load() < int64(off.out.Users) {
		all.off = true
		if err := all.run(ctx); err != nil {
			return all.out, fmt.Errorf("deactivated users: %w", err)
		}
	}
	return all.out, nil
}

// run lists, until the listing is complete or there is no hope.
func (l *lister) run(ctx context.Context) (err error) {
	gap := ""
	for attempt := range maxTries {
		// One page after the other, newcomers cannot tear pages apart: what
		// they push down is read again. It is slow, and the last resort.
		l.workers = l.c.workers
		if attempt == maxTries-1 {
			l.workers = 1
		}
		if gap, err = l.attempt(ctx); err != nil || gap == "" {
			return err
		}
		l.c.repeated(Repeat{Gap: gap})
	}
	if l.out.Gap != "" {
		l.out.Gap += "; "
	}
	l.out.Gap += gap
	return nil
}

// attempt makes one first pass and the further ones that it needs. A gap is
// why all of it does not show that the listing is complete.
func (l *lister) attempt(ctx context.Context) (gap string, err error) {
	l.begin()
	base, err := l.first(ctx)
	if err != nil {
		return "", err
	}
	if base.last == 0 {
		return l.nobody(ctx, &base)
	}
	quiet := base.settled && base.users() == base.placed
	last := &base
	for n := 0; ; n++ {
		switch {
		case last.short > 0:
			gap = phrase.Sprintf("page %d came with %d users instead of %d, and others follow", last.short,
				last.sheets[last.short].users, last.full)
		case l.strays > 0:
			gap = phrase.Sprintf("%d users turned up in the middle of pages that had been read before", l.strays)
		case !l.off && last.more.counted > 0:
			gap = phrase.Sprintf("the service counts %d users and lists %d", last.more.counted, last.more.listed)
		case quiet && base.agrees(), (n > 0 && !l.moved || n == len(parts) || base.agrees() && base.last <= 2) && l.connected():
			return "", nil
		case n == len(parts):
			gap = phrase.Sprintf("users came and went while they were listed, and %d gaps between the pages could not be closed; "+
				"try again when the app is quieter", l.gaps())
		}
		if gap != "" {
			return gap, nil
		}
		again, err := l.further(ctx, &base, parts[n])
		if err != nil {
			return "", err
		}
		last = &again
	}
}

// nobody looks again at a list whose first page came empty: once more at the
// page, and then at users who may well be there, by themselves.
func (l *lister) nobody(ctx context.Context, base *pass) (gap string, err error) {
	again, err := l.read(ctx, base.size, 1)
	if err != nil {
		return "", err
	}
	switch counted := max(base.more.counted, again.total); {
	case again.users > 0:
		return phrase.Sprintf("page 1 came empty, and with %d users right after that", again.users), nil
	case l.off:
		return "", nil
	case counted > 0:
		return phrase.Sprintf("the service counts %d users and lists none", counted), nil
	}
	look := l.c.Get
	for _, uid := range l.likely {
		_, found, err := look(ctx, uid)
		if e, ok := errors.AsType[*Error](err); ok && e.server() { // then the list is asked for one
			look = l.c.lookUp
			_, found, err = look(ctx, uid)
		}
		switch {
		case err != nil:
			return "", fmt.Errorf("the user list is empty; looking whether the app has %s: %w", uid, err)
		case found:
			return fmt.Sprintf("the list came empty twice, and the app has %s", uid), nil
		}
	}
	return "", nil
}
