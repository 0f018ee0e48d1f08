package apply

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// kind is the operations of one verb on their way. Those that one request
// carries are taken together.
type kind struct {
	verb plan.Verb
	todo []int // what is to be sent, by index in the plan
	size int   // operations to a request, at most
	do   func(k *kind, indices []int)

	ready chan *flight // those on record, of a kind whose operations have a request each; else nil

	next  atomic.Int64              // of todo, the first that nobody has taken
	again []int                     // to be sent once more; guarded by health
	stop  atomic.Pointer[plan.Stop] // why no more is sent

	proving bool // the canaries are under way, one request at a time
	health
}

// take hands out what the next request is to carry.
func (k *kind) take(n int) []int {
	to := int(k.next.Add(int64(n)))
	if from := to - n; from < len(k.todo) {
		return k.todo[from:min(to, len(k.todo))]
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	n = min(n, len(k.again))
	taken := slices.Clone(k.again[:n])
	k.again = k.again[n:]
	return taken
}

// left is how many requests there are still to be sent at least.
func (k *kind) left() int {
	n := max(0, len(k.todo)-int(k.next.Load())) + len(k.again)
	return (n + k.size - 1) / k.size
}

// stages carries the plan's kinds out in their order.
func (r *runner) stages() {
	reactivate := &kind{verb: plan.Reactivate, todo: r.todo(plan.Reactivate), size: plan.MaxBatch, do: r.batch}
	create := &kind{verb: plan.Create, todo: r.todo(plan.Create), size: 1, do: r.single, ready: make(chan *flight, lookAhead)}
	if r.opt.Import {
		create.size, create.do, create.ready = plan.MaxImport, r.imports, nil
	}
	// A user that is to be changed and then deactivated is changed among the
	// updates: a deactivated user can't be.
	update := &kind{verb: plan.Update, todo: r.todo(plan.Update), size: 1, do: r.single, ready: make(chan *flight, lookAhead)}
	for _, i := range r.todo(plan.Deactivate) {
		if len(r.plan.Operations[i].Changes) > 0 {
			update.todo = append(update.todo, i)
		}
	}
	r.carryOut(reactivate)
	r.carryOut(create, update)

	deactivate := &kind{verb: plan.Deactivate, todo: r.todo(plan.Deactivate), size: plan.MaxBatch, do: r.batch}
	for _, k := range []*kind{reactivate, create, update} {
		if s := k.stop.Load(); s != nil && len(deactivate.todo) > 0 && !r.stopped() {
			r.halt(deactivate, plan.CodeUnhealthy, "deactivations were not begun, since something is wrong with what came before them: "+
				s.Message)
		}
	}
	r.carryOut(deactivate)
}

// todo lists a verb's operations that are to be sent; those that are barred
// get their results.
func (r *runner) todo(v plan.Verb) []int {
	var indices []int
	for i := range r.plan.Operations {
		o := &r.plan.Operations[i]
		if o.Verb != v || o.Withheld || !r.open(i) {
			continue
		}
		if result, ok := r.barred(o); ok {
			r.settle(i, result)
			continue
		}
		indices = append(indices, i)
	}
	return indices
}

// carryOut carries kinds out side by side: each one's canaries first, then all
// the others. As many workers begin with each kind, so that a budget which is
// used up keeps only its own share waiting; who finds nothing left helps the
// others.
func (r *runner) carryOut(kinds ...*kind) {
	var g errgroup.Group // nothing returns an error
	g.SetLimit(r.opt.Concurrency)
	for _, k := range kinds {
		g.Go(func() error {
			r.prove(k)
			return nil
		})
	}
	_ = g.Wait()
	requests := 0
	for _, k := range kinds {
		requests += k.left()
		if k.ready != nil {
			go r.prepare(k)
		}
	}
	for w := range min(r.opt.Concurrency, requests) {
		g.Go(func() error {
			for n := range kinds {
				r.work(kinds[(w+n)%len(kinds)])
			}
			return nil
		})
	}
	_ = g.Wait()
	for _, k := range kinds {
		r.pardon(k) // first: of a kind that counts as healthy, the sample is read
		r.sample(k)
		r.close(k)
	}
}

// lookAhead is how many operations are put on record together while those before
// them are under way, so that no request waits for the disk. A run that dies may
// leave twice as many on record that were not sent: they are in doubt like those
// that were. Where requests have waited all the same, more go together, up to mostAhead.
const (
	lookAhead = 64
	mostAhead = 512
)

// prepare puts a kind's operations on record ahead of their requests.
func (r *runner) prepare(k *kind) {
	defer close(k.ready)
	for n, first := lookAhead, true; r.sending(k); first = false {
		indices := k.take(n)
		if len(indices) == 0 {
			return
		}
		flights := r.board(k, indices...)
		if !first && len(k.ready) == 0 {
			n = min(2*n, mostAhead)
		}
		for _, f := range flights {
			k.ready <- f
		}
	}
}

func (r *runner) work(k *kind) {
	if k.ready != nil {
		for f := range k.ready {
			r.fly(f)
		}
		return
	}
	for r.sending(k) {
		indices := k.take(k.size)
		if len(indices) == 0 {
			return
		}
		k.do(k, indices)
	}
}

// sending says that writes of a kind may still be begun.
func (r *runner) sending(k *kind) bool { return !r.stopped() && k.stop.Load() == nil }

// unsentOf is the result of an operation of a kind that is not sending.
func (r *runner) unsentOf(k *kind) plan.Result {
	if s := k.stop.Load(); s != nil {
		return plan.Result{Outcome: plan.Skipped, Code: s.Code, Message: "not sent: " + s.Message}
	}
	return r.unsent()
}

// close gives what is left of a kind its results: operations that wait on
// board for a request that is not to come, and those that a stop kept back. A
// stop is told now that it is certain.
func (r *runner) close(k *kind) {
	for _, i := range slices.Sorted(maps.Keys(r.aboard)) {
		f := r.aboard[i]
		switch {
		case f.o.Verb != k.verb:
			continue
		case f.lost != nil: // the user was read, and is not there
			r.conclude(f, notDone(f.lost))
		case f.unsent:
			f.kind = k
			r.conclude(f, r.unsentOf(k))
		default:
			f.kind = k
			r.conclude(f, with(plan.Update, halfway("updated, but not deactivated", r.unsentOf(k))))
		}
		delete(r.aboard, i)
	}
	s := k.stop.Load()
	if s == nil {
		return // a run that was stopped as a whole says so itself
	}
	if r.opt.Stopped != nil {
		r.opt.Stopped(*s)
	}
	why := r.unsentOf(k)
	for _, i := range k.todo {
		if r.open(i) && r.plan.Operations[i].Verb == k.verb {
			r.results[i] = why
		}
	}
}

// flight is one operation under way.
type flight struct {
	i    int
	o    *plan.Operation
	kind *kind
	ctx  context.Context // of its requests, which are counted in own

	own    plan.Attempts // requests for it alone
	told   plan.Attempts // of those, what its kind's breaker knows of
	shared int           // requests that carried it along with others

	doubted bool     // a request that carried it may have been carried out unanswered
	unsent  bool     // it was put on record, and something stopped before its first request
	sends   int      // how often its creation was sent
	lost    error    // why the last answer of it is not known
	unshown []string // what the service confirmed and does not show
	seen    bool     // the user of a lost creation was read, and shows what was sent
	token   string
	revoked bool // its user's auth tokens are gone
}

// board puts operations on record as sent; those that were on board already
// are so. When that can't be recorded, the run stops and they stay where they are.
func (r *runner) board(k *kind, indices ...int) []*flight {
	flights, fresh := make([]*flight, len(indices)), make([]int, 0, len(indices))
	r.mu.Lock()
	for n, i := range indices {
		f := r.aboard[i]
		if f == nil {
			f = &flight{i: i, o: &r.plan.Operations[i]}
			f.ctx = r.counted(&f.own)
			fresh = append(fresh, i)
		}
		f.kind, flights[n] = k, f
	}
	r.mu.Unlock()
	if len(fresh) > 0 {
		if err := r.record.Sent(fresh...); err != nil {
			r.stop(err)
			return nil
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, i := range indices {
		delete(r.aboard, i)
	}
	return flights
}

// stay keeps a flight for its next request.
func (r *runner) stay(f *flight) {
	r.mu.Lock()
	r.aboard[f.i] = f
	r.mu.Unlock()
}

// counted is the context of requests that are counted in n.
func (r *runner) counted(n *plan.Attempts) context.Context {
	if r.opt.Attempts == nil {
		return r.flight
	}
	return r.opt.Attempts(r.flight, n)
}

// single carries out an operation that has a request of its own.
func (r *runner) single(k *kind, indices []int) {
	for _, f := range r.board(k, indices...) {
		r.fly(f)
	}
}

func (r *runner) fly(f *flight) {
	switch {
	case !r.sending(f.kind):
		f.unsent = true
		r.stay(f)
	case f.o.Verb == plan.Create:
		r.conclude(f, r.create(f))
	case f.o.Verb == plan.Deactivate:
		r.conclude(f, halfway("not deactivated, since it has to be updated first", r.change(f, f.o.Changes)))
	default:
		r.conclude(f, r.change(f, f.o.Changes))
	}
}

// barred is the result of an operation that is not to be sent at all. A user
// who is to be reactivated is so even if its new role is not to be had.
func (r *runner) barred(o *plan.Operation) (plan.Result, bool) {
	if o.Verb == plan.Update && r.opt.Known != nil {
		if message, known := r.opt.Known(o); known {
			return plan.Result{Outcome: plan.Skipped, Code: plan.CodeDidNotStickBefore, Message: message}, true
		}
	}
	if o.Verb == plan.Reactivate {
		return plan.Result{}, false
	}
	return r.roleless(o)
}

// roleless is the result of an operation that gives a role which could not be
// created.
func (r *runner) roleless(o *plan.Operation) (plan.Result, bool) {
	if len(r.noRole) == 0 {
		return plan.Result{}, false
	}
	for _, c := range o.Changes {
		if why, ok := r.noRole[c.After]; ok && c.Field == user.Role {
			return plan.Result{Outcome: plan.Failed, Kind: plan.BadInput, Code: user.RoleUnknown.String(),
				Message: "the role could not be created: " + why}, true
		}
	}
	return plan.Result{}, false
}

// conclude takes what became of an operation: a canary's user is read back,
// one that was created gets its token, and the kind's health is kept. One that
// is drawn into the sample is on record as done only after it was read back.
func (r *runner) conclude(f *flight, result plan.Result) {
	k := f.kind
	if k.proving && result.Outcome == plan.Applied && result.Did != 0 {
		proved := f.seen
		if !proved {
			result, proved = r.readBack(f, result)
		}
		if proved {
			k.proved++
		}
	}
	if f.o.Verb == plan.Create && result.Outcome == plan.Applied && !result.Did.Has(plan.Create) {
		result = there(result)
	}
	if f.o.Verb == plan.Deactivate && k.verb == plan.Update && result.Outcome == plan.Applied {
		r.note(f, &result, false)
		r.stay(f)
		return
	}
	result.Attempts, result.Revoked = f.shared+f.own.Writes, f.revoked
	kept := r.opt.RevokeTokens && f.o.Verb == plan.Deactivate && k.verb == plan.Deactivate && !f.revoked
	if kept && result.Outcome == plan.Applied {
		result.Code = plan.CodeTokensKept
		result.Message = "the user was deactivated before its auth tokens could be revoked; to revoke them, reactivate it and run again"
	}
	if r.opt.Tokens != nil && result.Did.Has(plan.Create) {
		r.giveToken(f, &result)
	}
	if !r.note(f, &result, true) {
		r.finish(f.i, result)
	}
}

// finish records what became of an operation that is on record as sent.
func (r *runner) finish(i int, result plan.Result) {
	if err := r.record.Done(i, result); err != nil {
		r.stop(err)
	}
	r.settle(i, result)
}

func (r *runner) settle(i int, result plan.Result) {
	r.results[i] = result
	if r.opt.Progress != nil {
		r.opt.Progress(&r.plan.Operations[i], result)
	}
}
