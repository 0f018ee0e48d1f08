// Package apply carries out a plan: concurrently, each operation recorded
// before it is sent and again when it is answered, and with exactly one
// outcome for every operation.
//
// # Order
//
// Giving comes before taking away: roles, reactivations, then creates and
// updates side by side (they draw on different budgets of the service), and
// deactivations last, so that a run which stops half-way has taken nobody's
// access whose replacement was still to come.
//
// # What counts as done
//
// Only an answer that shows what was sent. A value that the answer does not
// hold, a uid that a batch's answer does not list, is a failure, whatever the
// status said. When an answer is lost the user is read; what can't be found
// out is unknown, and never sent again on a guess.
//
// # Stopping
//
// One user's failure stops nobody else. When the context ends, nothing new is
// handed out and what is in flight may land within the grace period: answers
// are waited for and lost ones looked up, but no further write is begun. What
// the remote calls fatal (a key that is refused), and a record that can't be
// written, stop the same way and are returned. An operation that was never
// sent, or certainly not carried out, is then skipped, and says why.
//
// The package knows no HTTP, no terminal and no file.
package apply

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Remote is what application needs of an app. Its errors may be a Failure; one
// that is none means that nothing was sent.
type Remote interface {
	// Find reads one user, also among the deactivated.
	Find(ctx context.Context, uid string) (user.User, bool, error)
	Create(ctx context.Context, u user.User) (user.User, error)
	Update(ctx context.Context, u user.User) (user.User, error)
	Deactivate(ctx context.Context, uids []string) (plan.Batch, error)
	Reactivate(ctx context.Context, uids []string) (plan.Batch, error)
	CreateRole(ctx context.Context, role, name string) error
}

// Failure is what a remote's error tells about a request.
type Failure interface {
	error
	Fatal() bool         // no other request would fare better
	Lost() bool          // it may have been carried out: the answer is not known
	Exists() bool        // the user is there already
	NotFound() bool      // the user is unknown or deactivated
	ServiceCode() string // the service's error code, or a word for the kind of failure
	Kind() plan.FailureKind
	HTTPStatus() int
	FieldDetails() map[string][]string // of a validation failure: messages by field
}

// Record is told of every operation, by its index in the plan, before it is
// sent and after it is answered; of those that one request carries at once.
// When Sent fails, none of them is sent; an operation that is never to be sent
// is not told of.
type Record interface {
	Sent(indices ...int) error
	Done(index int, r plan.Result) error
}

// Options of one application.
type Options struct {
	Concurrency int           // requests under way at once; at least 1
	Grace       time.Duration // how long flights may take to land once the context has ended

	// Writable says whether a user that turned up where none was expected
	// may be written at all: scope and protection hold for it too.
	Writable func(u *user.User) bool

	// How a user that turned up is brought in line, as the plan would have
	// done had it known of it: keys of metadata that the operation does not
	// speak of stay unless metadata is replaced; tags go unless they are merged.
	MergeTags, ReplaceMetadata bool

	// Progress is called after each operation, from several goroutines; may be nil.
	Progress func(o *plan.Operation, r plan.Result)

	// Attempts makes a context by which a call counts its requests into n; may be nil.
	Attempts func(ctx context.Context, n *plan.Attempts) context.Context
}

// Run carries out a plan and gives one result for each of its operations, by
// index. The error is what stopped the run early, if anything did: the
// context's, a fatal failure, or the record's.
func Run(ctx context.Context, p *plan.Plan, remote Remote, record Record, opt Options) ([]plan.Result, error) {
	r := &runner{plan: p, remote: remote, record: record, opt: opt, results: p.Unsent(), outer: ctx}
	r.opt.Concurrency = max(1, opt.Concurrency)
	handOut, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.handOut, r.stop = handOut, stop
	flight, land := context.WithCancel(context.WithoutCancel(ctx))
	defer land()
	r.flight = flight
	// From the moment that the run is to stop, flights have the grace period.
	defer context.AfterFunc(handOut, func() {
		t := time.AfterFunc(opt.Grace, land)
		context.AfterFunc(flight, func() { t.Stop() })
	})()

	r.roles()
	r.batches(plan.Reactivate, r.reactivate)
	r.singles()
	r.batches(plan.Deactivate, r.deactivate)

	if !r.stopped() {
		return r.results, nil
	}
	why := r.unsent()
	for i := range r.results {
		if r.results[i].Outcome == plan.Skipped && r.results[i].Message == "" {
			r.results[i] = why
		}
	}
	return r.results, context.Cause(handOut)
}

type runner struct {
	plan    *plan.Plan
	remote  Remote
	record  Record
	opt     Options
	results []plan.Result   // each goroutine writes its own slots
	outer   context.Context // the caller's
	handOut context.Context // ends when nothing new is to be sent
	flight  context.Context // of requests; outlives handOut by the grace period
	stop    context.CancelCauseFunc
	halted  atomic.Bool // a fatal failure came: even reading is senseless

	noRole map[string]string // role that could not be created, as JSON -> why
}

// stopped says that no further write is to be begun.
func (r *runner) stopped() bool { return r.handOut.Err() != nil }

// unsent is the result of an operation that the run stopped before.
func (r *runner) unsent() plan.Result {
	cause := context.Cause(r.handOut)
	if r.outer.Err() != nil && errors.Is(cause, context.Cause(r.outer)) {
		return plan.Result{Outcome: plan.Skipped, Code: "interrupted", Message: "not sent: the run was interrupted; run again to finish the rest"}
	}
	return plan.Result{Outcome: plan.Skipped, Code: "stopped", Message: fmt.Sprintf("not sent: the run stopped: %v", cause)}
}

// span gives the indices of a verb's operations in the plan.
func (r *runner) span(v plan.Verb) (from, to int) {
	for from = 0; from < len(r.plan.Operations) && r.plan.Operations[from].Verb < v; from++ {
	}
	for to = from; to < len(r.plan.Operations) && r.plan.Operations[to].Verb == v; to++ {
	}
	return from, to
}

// roles creates the roles that the plan's users will need.
func (r *runner) roles() {
	r.noRole = map[string]string{}
	for _, role := range r.plan.NewRoles {
		if r.stopped() {
			return
		}
		if err := r.role(role); err != nil {
			r.noRole[user.JSON(role)] = err.Error()
		}
	}
}

// role creates a role. One whose answer was lost may be sent again, since the
// service refuses a second one of the same name: the role is there either way.
func (r *runner) role(name string) error {
	for n := 1; ; n++ {
		err := r.remote.CreateRole(r.flight, name, name)
		r.fatal(err)
		var f Failure
		if errors.As(err, &f) && f.Exists() {
			return nil
		}
		if !lost(err) || n == maxCreates || r.stopped() {
			return err
		}
	}
}

// queue is operations of one verb that workers take from, each from the first
// that nobody has taken.
type queue struct {
	next atomic.Int64
	to   int
	one  func(ctx context.Context, i int) plan.Result
}

func (q *queue) work(r *runner) {
	for !r.stopped() {
		i := int(q.next.Add(1)) - 1
		if i >= q.to {
			return
		}
		r.single(i, q.one)
	}
}

// singles carries out creates and updates, which are sent one by one. Half of
// the workers begin with either, so that a budget which is used up keeps only
// one half waiting; who finds nothing left helps the others.
func (r *runner) singles() {
	queueOf := func(v plan.Verb, one func(ctx context.Context, i int) plan.Result) (*queue, int) {
		from, to := r.span(v)
		q := &queue{to: to, one: one}
		q.next.Store(int64(from))
		return q, to - from
	}
	first, creates := queueOf(plan.Create, r.create)
	second, updates := queueOf(plan.Update, r.update)
	var g errgroup.Group
	for range min(r.opt.Concurrency, creates+updates) {
		a, b := first, second
		g.Go(func() error {
			a.work(r)
			b.work(r)
			return nil
		})
		first, second = second, first
	}
	_ = g.Wait() // nothing returns an error
}

func (r *runner) single(i int, one func(ctx context.Context, i int) plan.Result) {
	o := &r.plan.Operations[i]
	if o.Withheld {
		return
	}
	if result, ok := r.roleless(o); ok {
		r.settle(i, result)
		return
	}
	if !r.begin(i) {
		return
	}
	var n plan.Attempts
	result := one(r.counted(&n), i)
	result.Attempts = n.Requests
	r.finish(i, result)
}

// roleless is the result of an operation that gives a role which could not be
// created.
func (r *runner) roleless(o *plan.Operation) (plan.Result, bool) {
	for _, c := range o.Changes {
		if why, ok := r.noRole[c.After]; ok && c.Field == user.Role {
			return plan.Result{Outcome: plan.Failed, Code: user.RoleUnknown.String(), Message: "the role could not be created: " + why}, true
		}
	}
	return plan.Result{}, false
}

// begin records that operations are about to be sent; when it can't, the run
// stops and they stay unsent.
func (r *runner) begin(indices ...int) bool {
	if err := r.record.Sent(indices...); err != nil {
		r.stop(err)
		return false
	}
	return true
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

// counted is the context of an operation's requests, which are counted in n.
func (r *runner) counted(n *plan.Attempts) context.Context {
	if r.opt.Attempts == nil {
		return r.flight
	}
	return r.opt.Attempts(r.flight, n)
}

// fatal stops the run if going on is senseless. Every error of the remote
// passes here first, whatever is made of it then.
func (r *runner) fatal(err error) {
	var f Failure
	if errors.As(err, &f) && f.Fatal() {
		r.halted.Store(true)
		r.stop(err)
	}
}
