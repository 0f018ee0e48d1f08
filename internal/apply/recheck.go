package apply

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Rereader reads users as they are now.
type Rereader interface {
	Finder
	// List gives every user once, from several goroutines at once, who keep
	// nothing of it. The gap is why it can't be shown that these are all.
	List(ctx context.Context, each func(page []user.User) error) (gap string, err error)
}

// RecheckOptions are how users are read again, and what they are judged by.
type RecheckOptions struct {
	Concurrency     int                     // users read at once; at least 1
	ReplaceMetadata bool                    // the plan replaces metadata as a whole
	Writable        func(u *user.User) bool // scope and protection, as they are now; may be nil
	Progress        func(n int)             // users were looked at, from several goroutines; may be nil
}

// Rechecked is a plan, and what it finds in the app today.
type Rechecked struct {
	Plan     *plan.Plan          // with the operations that start from something else by now
	Left     map[int]plan.Result // by index: what is not to be sent, for Options.Left
	Drifts   map[int]*plan.Drift // by index: what has moved
	Listed   bool                // all users were listed, and not each of the plan's read
	Requests int                 // that this was expected to take
}

const (
	// A few users are read one by one whatever a listing takes: a listing may lag
	// a little behind what was written, reads everybody, and in a busy app more
	// than once.
	fewReads = 200

	listPage  = 1000 // users of a page
	maxUnread = 20   // users in a row that can't be read, before none is tried any more
)

// writable reports whether a user may be written as it is by now; one that is yet
// to be created, as it would be.
func writable(o *plan.Operation, now *user.User, may func(*user.User) bool) bool {
	if now != nil {
		return may(now)
	}
	if o.Verb != plan.Create {
		return true // there is nobody, which is drift
	}
	u, err := o.User()
	return err == nil && may(&u)
}

// ListCost is the requests of a listing of a quiet app: its deactivated users,
// then all. Of each, all pages and an empty one after them are read, and then
// the first, the last and the empty one again; of nobody, the first one twice.
func ListCost(remote plan.Remote) int {
	cost := func(users int) int {
		pages := (users + listPage - 1) / listPage
		switch pages {
		case 0:
			return 2
		case 1:
			return 4
		}
		return pages + 4
	}
	return cost(remote.Deactivated) + cost(remote.Active+remote.Deactivated)
}

// Recheck reads the users of a plan again, right before it is applied, and says
// which operations are not to be sent since their user has moved; see
// plan.Operation.Drift. Those that skip names are settled, and not read. The
// users are read one by one or all in a listing, whichever takes fewer requests.
// The plan itself is not changed.
//
// A user that can't be read keeps only its own operation from being sent. An
// error is of what makes going on senseless: a failure that is fatal, the
// context's end, too many users in a row that can't be read, a listing that fails.
func Recheck(ctx context.Context, p *plan.Plan, skip func(i int) bool, remote Rereader, opt RecheckOptions) (Rechecked, error) {
	r := reread{plan: p, remote: remote, opt: opt}
	for i := range p.Operations {
		o := &p.Operations[i]
		if o.Withheld || skip != nil && skip(i) {
			continue
		}
		r.add(i, o.Verb == plan.Create || o.Verb == plan.Reactivate)
	}
	out := Rechecked{Left: map[int]plan.Result{}, Drifts: map[int]*plan.Drift{}}
	rebased := map[int][]plan.Change{}
	var mu sync.Mutex
	r.judge = func(i int, now *user.User, err error) error {
		var left plan.Result
		var d *plan.Drift
		var changes []plan.Change
		switch {
		case err != nil:
			left = plan.Result{Outcome: plan.Skipped, Code: plan.CodeUnread,
				Message: fmt.Sprintf("not sent, since the user could not be read before: %v; run again", err)}
		case opt.Writable != nil && !writable(&p.Operations[i], now, opt.Writable):
			left = drifted(plan.CodeProtected, "the user is now protected or out of scope; left alone")
		default:
			if d, changes = p.Operations[i].Drift(now, opt.ReplaceMetadata); d != nil {
				left = drifted(plan.CodeDrifted, d.Message)
				if d.Already {
					left.Code = plan.CodeAlready
				}
			}
		}
		if left.Outcome == 0 && changes == nil {
			return nil
		}
		mu.Lock()
		defer mu.Unlock()
		if changes != nil {
			rebased[i] = changes
		} else {
			out.Left[i] = left
		}
		if d != nil {
			out.Drifts[i] = d
		}
		return nil
	}
	err := r.run(ctx)
	if err != nil {
		return Rechecked{}, err
	}
	out.Plan, out.Listed, out.Requests = p, r.listed, r.requests
	if len(rebased) > 0 {
		next := *p
		next.Operations = slices.Clone(p.Operations)
		for i, changes := range rebased {
			next.Operations[i].Changes = changes
		}
		out.Plan = &next
	}
	return out, nil
}

// Reconfirm reads the users of a plan's applied operations again and says, by
// index, which do not show what was applied. It is for a plan that has no roster
// to be compared with, and that was applied strictly. Lists and reads may lag
// after a write: what remains may be so no more in a moment. What reading a user
// never shows is no reason to doubt it.
func Reconfirm(ctx context.Context, p *plan.Plan, results []plan.Result, remote Rereader, opt RecheckOptions) (remaining []int, err error) {
	r := reread{plan: p, remote: remote, opt: opt}
	for i := range p.Operations {
		if results[i].Outcome == plan.Applied {
			r.add(i, p.Operations[i].Verb == plan.Deactivate)
		}
	}
	var mu sync.Mutex
	r.judge = func(i int, now *user.User, err error) error {
		o := p.Operations[i]
		if results[i].Code == plan.CodeUndated {
			o.Changes, _ = part(o.Changes, dated)
		}
		var h hiddenError
		switch {
		case errors.As(err, &h):
			o.Changes, _ = part(o.Changes, user.Fields(h))
		case err != nil:
			return err
		}
		if !o.Shown(now, opt.ReplaceMetadata) {
			mu.Lock()
			defer mu.Unlock()
			remaining = append(remaining, i)
		}
		return nil
	}
	if err := r.run(ctx); err != nil {
		return nil, err
	}
	slices.Sort(remaining)
	return remaining, nil
}

// reread reads the users of some operations again, one way or the other.
type reread struct {
	plan   *plan.Plan
	remote Rereader
	opt    RecheckOptions
	todo   []int
	reads  int // requests that reading them one by one takes, at most

	// judge is given each of todo once, from several goroutines; nil is a user
	// that the app does not have. An error ends it all.
	judge func(i int, now *user.User, err error) error

	listed   bool
	requests int
	unread   atomic.Int64 // in a row
}

// add takes an operation in. A user that is probably absent or deactivated, or
// of whom an answer may not hold all, is looked up in the list as well.
func (r *reread) add(i int, inList bool) {
	r.todo = append(r.todo, i)
	r.reads++
	if inList || uncertain(&r.plan.Operations[i]) != 0 {
		r.reads++
	}
}

// uncertain are the planned fields that reading one user may not give.
func uncertain(o *plan.Operation) user.Fields {
	var fields user.Fields
	for _, c := range o.Changes {
		if c.Field == user.Tags || c.Field == user.Metadata {
			fields.Add(c.Field)
		}
	}
	return fields
}

// hiddenError is the error of a user that was read, and did not show fields.
type hiddenError user.Fields

func (h hiddenError) Error() string {
	var names []string
	for _, f := range user.AllFields() {
		if user.Fields(h).Has(f) {
			names = append(names, f.String())
		}
	}
	return "neither reading it nor the list shows " + strings.Join(names, " and ")
}

func (r *reread) run(ctx context.Context) error {
	rest := r.todo
	r.requests = r.reads
	if cost := ListCost(r.plan.Remote); r.reads > max(fewReads, cost) {
		r.listed, r.requests = true, cost
		var err error
		if rest, err = r.list(ctx); err != nil {
			return r.ended(ctx, err)
		}
	}
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(max(1, r.opt.Concurrency))
	for _, i := range rest {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error { return r.read(inner, i) })
	}
	return r.ended(ctx, g.Wait())
}

// ended is the error with which reading ends.
func (r *reread) ended(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return fmt.Errorf("reading the plan's users again: %w", err)
	}
	return nil
}

// list reads all users of the app. Those that it did not show, although it may
// have overlooked them, are left to be read one by one.
func (r *reread) list(ctx context.Context) (rest []int, err error) {
	index := make(map[string]int, len(r.todo))
	for _, i := range r.todo {
		index[r.plan.Operations[i].UID] = i
	}
	var mu sync.Mutex
	gap, err := r.remote.List(ctx, func(page []user.User) error {
		for n := range page {
			mu.Lock()
			i, ok := index[page[n].UID]
			delete(index, page[n].UID)
			mu.Unlock()
			if !ok {
				continue
			}
			now := page[n].Clone() // drift is told in its words
			if err := r.judged(i, &now, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rest = slices.Sorted(maps.Values(index))
	if gap != "" {
		return rest, nil
	}
	for _, i := range rest {
		if err := r.judged(i, nil, nil); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (r *reread) judged(i int, now *user.User, err error) error {
	if r.opt.Progress != nil {
		r.opt.Progress(1)
	}
	return r.judge(i, now, err)
}

func (r *reread) read(ctx context.Context, i int) error {
	if err := ctx.Err(); err != nil {
		return err // it waited for its turn while another one ended it all
	}
	o := &r.plan.Operations[i]
	fields := uncertain(o)
	found, ok, err := r.remote.Find(ctx, o.UID, fields)
	switch {
	case err == nil:
		r.unread.Store(0)
	case ctx.Err() != nil, is(err, Failure.Fatal):
		return err
	case r.unread.Add(1) >= maxUnread:
		return fmt.Errorf("%d in a row could not be read: %w", maxUnread, err)
	default:
		return r.judged(i, nil, err)
	}
	if !ok {
		return r.judged(i, nil, nil)
	}
	if hidden := fields &^ found.Has; hidden != 0 && o.Verb != plan.Create {
		return r.judged(i, &found, hiddenError(hidden))
	}
	return r.judged(i, &found, nil)
}
