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
// handed out and what is in flight may land within the grace period. What the
// remote calls fatal (a key that is refused), and a record that can't be
// written, stop the same way and are returned.
//
// The package knows no HTTP, no terminal and no file.
package apply

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// MaxBatch is how many uids one call may carry. The service documents no
// limit; this is a careful choice.
const MaxBatch = 25

// Remote is what application needs of an app. Its errors may be a Failure.
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
}

// Record is told of every operation before it is sent and after it is
// answered. An operation whose Sent fails is not sent.
type Record interface {
	Sent(index int, o *plan.Operation) error
	Done(index int, r plan.Result) error
}

// Options of one application.
type Options struct {
	Concurrency int           // requests under way at once; at least 1
	Grace       time.Duration // how long flights may take to land once the context has ended

	// Writable says whether a user that turned up where none was expected
	// may be written at all: scope and protection hold for it too.
	Writable func(u *user.User) bool

	// Progress is called after each operation, from several goroutines; may be nil.
	Progress func(o *plan.Operation, r plan.Result)

	// Attempts makes a context by which a call counts its requests into n; may be nil.
	Attempts func(ctx context.Context, n *int) context.Context
}

// Run carries out a plan and gives one result for each of its operations, by
// index. The error is what stopped the run early, if anything did: the
// context's, a fatal failure, or the record's.
func Run(ctx context.Context, p *plan.Plan, remote Remote, record Record, opt Options) ([]plan.Result, error) {
	r := &runner{plan: p, remote: remote, record: record, opt: opt, results: p.Unsent()}
	r.opt.Concurrency = max(1, opt.Concurrency)
	handOut, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.stop = stop
	flight, land := context.WithCancel(context.WithoutCancel(ctx))
	defer land()
	r.flight = flight
	// From the moment that the run is to stop, flights have the grace period.
	defer context.AfterFunc(handOut, func() {
		t := time.AfterFunc(opt.Grace, land)
		context.AfterFunc(flight, func() { t.Stop() })
	})()

	r.roles(handOut)
	r.batches(handOut, plan.Reactivate, r.reactivate)
	r.singles(handOut)
	r.batches(handOut, plan.Deactivate, r.deactivate)

	if handOut.Err() != nil {
		return r.results, context.Cause(handOut)
	}
	return r.results, nil
}

type runner struct {
	plan    *plan.Plan
	remote  Remote
	record  Record
	opt     Options
	results []plan.Result   // each goroutine writes its own slots
	flight  context.Context // of requests; outlives handing out by the grace period
	stop    context.CancelCauseFunc

	noRole map[string]string // role that could not be created -> why
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
func (r *runner) roles(ctx context.Context) {
	r.noRole = map[string]string{}
	for _, role := range r.plan.NewRoles {
		if ctx.Err() != nil {
			return
		}
		err := r.remote.CreateRole(r.flight, role, role)
		var f Failure
		if err == nil || errors.As(err, &f) && f.Exists() {
			continue
		}
		r.noRole[role] = err.Error()
		r.fatal(err)
	}
}

// singles carries out creates and updates, which are sent one by one.
func (r *runner) singles(ctx context.Context) {
	var both sync.WaitGroup
	createFrom, createTo := r.span(plan.Create)
	updateFrom, updateTo := r.span(plan.Update)
	share := func(mine, other int) int {
		if mine > 0 && other > 0 {
			return max(1, r.opt.Concurrency/2)
		}
		return r.opt.Concurrency
	}
	creates, updates := createTo-createFrom, updateTo-updateFrom
	pool := func(from, to, limit int, one func(ctx context.Context, i int) plan.Result) {
		defer both.Done()
		var g errgroup.Group
		g.SetLimit(limit)
		for i := from; i < to && ctx.Err() == nil; i++ {
			g.Go(func() error {
				r.single(ctx, i, one)
				return nil
			})
		}
		_ = g.Wait() // nothing returns an error
	}
	both.Add(2)
	go pool(createFrom, createTo, share(creates, updates), r.create)
	go pool(updateFrom, updateTo, share(updates, creates), r.update)
	both.Wait()
}

func (r *runner) single(ctx context.Context, i int, one func(ctx context.Context, i int) plan.Result) {
	o := &r.plan.Operations[i]
	if ctx.Err() != nil || o.Withheld {
		return
	}
	if why, ok := r.noRole[o.Role]; ok && needsRole(o) {
		r.finish(i, plan.Result{Outcome: plan.Failed, Code: user.RoleUnknown.String(), Message: "the role could not be created: " + why})
		return
	}
	if !r.begin(i) {
		return
	}
	n := 0
	result := one(r.counted(&n), i)
	result.Attempts = n
	r.finish(i, result)
}

func needsRole(o *plan.Operation) bool {
	for _, c := range o.Changes {
		if c.Field == user.Role {
			return true
		}
	}
	return false
}

// begin records that an operation is about to be sent; when it can't, the
// run stops and the operation stays unsent.
func (r *runner) begin(i int) bool {
	if err := r.record.Sent(i, &r.plan.Operations[i]); err != nil {
		r.stop(err)
		return false
	}
	return true
}

func (r *runner) finish(i int, result plan.Result) {
	r.results[i] = result
	if err := r.record.Done(i, result); err != nil {
		r.stop(err)
	}
	if r.opt.Progress != nil {
		r.opt.Progress(&r.plan.Operations[i], result)
	}
}

func (r *runner) counted(n *int) context.Context {
	if r.opt.Attempts == nil {
		return r.flight
	}
	return r.opt.Attempts(r.flight, n)
}

// fatal stops the run if going on is senseless.
func (r *runner) fatal(err error) {
	var f Failure
	if errors.As(err, &f) && f.Fatal() {
		r.stop(err)
	}
}

// failed is the result of an error that leaves no doubt: the request was
// refused, or never sent.
func (r *runner) failed(err error) plan.Result {
	r.fatal(err)
	var f Failure
	if errors.As(err, &f) {
		return plan.Result{Outcome: plan.Failed, Code: f.ServiceCode(), Message: err.Error()}
	}
	if r.flight.Err() != nil {
		return plan.Result{Outcome: plan.Skipped, Code: "interrupted", Message: "the run was interrupted before it was sent"}
	}
	return plan.Result{Outcome: plan.Failed, Code: "request", Message: err.Error()}
}

// lost says whether the request behind an error may have been carried out.
func lost(err error) bool {
	var f Failure
	return errors.As(err, &f) && f.Lost()
}
