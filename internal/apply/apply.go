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
// # Care
//
// A kind of operation (one verb's) begins with a few canaries, which go alone
// and are read back: only when the app shows of them what was sent do the
// others go. When a kind is through, a sample of it is read back. A service
// that confirms and does not store is so met after a handful of users instead
// of all of them. A kind is also stopped by the third answer that does not
// show what was sent, and by its breaker: when the service fails too many of
// its requests, or too many of its operations fail for whatever reason; a
// breaker that opens when all is sent already, and carried out in the end, is
// no stop. None of this looks at a clock, so that a run can be told again.
// Deactivations begin only when every kind before them was healthy to its end.
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
// # A plan of yesterday
//
// A plan that is applied long after it was made is rechecked first: its users
// are read again, and whoever has moved is left alone. What is left is settled
// before the first request, on record as such, and seen by no canary, breaker
// or sample. Whoever moves even then meets Strict.
//
// The package knows no HTTP, no terminal and no file.
package apply

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"cometsync/internal/clock"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Remote is what application needs of an app. Its errors may be a Failure; one
// that is none means that nothing was sent.
type Remote interface {
	Finder
	// Create asks for a token to log in with besides, if there is to be one.
	Create(ctx context.Context, u user.User, withToken bool) (user.User, string, error)
	// Import creates users in bulk, and says of each in order what came of it.
	Import(ctx context.Context, users []user.User) []plan.Imported
	Token(ctx context.Context, uid string) (string, error)
	RevokeTokens(ctx context.Context, uid string) error // of an active user, all; repeating it does no harm
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
	Unsupported() bool   // the app does not have this call, while others work
	ServiceCode() string // the service's error code, or a word for the kind of failure
	Kind() plan.FailureKind
	HTTPStatus() int
	FieldDetails() map[string][]string // of a validation failure: messages by field
}

// Record is told of every operation, by its index in the plan, before it is
// sent and after it is answered; of those that one request carries at once.
// When Sent fails, none of them is sent; an operation that is never to be sent
// is not told of, unless it is one of Options.Left: of these it is told before
// the first request. Roles that are created are told of likewise, by name.
type Record interface {
	Left(index int, r plan.Result) error
	RoleSent(role string) error
	RoleDone(role, problem string) error // problem is "" for a role that is there now
	Sent(indices ...int) error
	Done(index int, r plan.Result) error
}

// Options of one application.
type Options struct {
	Concurrency int           // requests under way at once; at least 1
	Grace       time.Duration // how long flights may take to land once the context has ended

	// Import creates users through bulk imports instead of one by one. Else says
	// that they are created one by one all the same where the app has no import.
	Import, Else bool

	// Left is operations that are settled already, by a decision or by what
	// Recheck found, with their results. They are not sent, nor is a role
	// created that nobody else needs, and Progress does not see them.
	Left map[int]plan.Result

	// Strict keeps to what the plan foresaw: a create that finds its uid taken,
	// and not by itself, has drifted and writes nothing. Else such a user is
	// brought in line.
	Strict bool

	// Canaries is how many operations of a kind go first, alone, and Sample
	// how many of the others are read back in the end; 0 is 3 and 10, a
	// negative number none. Lag is how long reading a user may lag behind a
	// write to it; what is read back is not found wanting before that.
	Canaries, Sample int
	Lag              time.Duration
	Clock            *clock.Clock // nil: this machine's

	// Writable reports whether a user that turned up where none was expected
	// may be written at all: scope and protection hold for it too.
	Writable func(u *user.User) bool

	// How a user that turned up is brought in line, as the plan would have
	// done had it known of it: keys of metadata that the operation does not
	// speak of stay unless metadata is replaced; tags go unless they are merged.
	MergeTags, ReplaceMetadata bool

	// Known says of an update whether an earlier run sent the same and it did
	// not stick; it is then not sent, and the message says why. May be nil.
	Known func(o *plan.Operation) (message string, known bool)

	// Tokens is given a token of every user that was created, from several
	// goroutines; its error stops the run. If nil, no token is asked for.
	Tokens func(uid, token string) error

	// RevokeTokens has the auth tokens of a user revoked before the user is
	// deactivated; who keeps them stays active.
	RevokeTokens bool

	// Progress is called after each operation, from several goroutines; may be nil.
	Progress func(o *plan.Operation, r plan.Result)

	// Stopped is called at the end of a kind that was stopped before it, or is
	// found wanting there, once for each and one after the other; may be nil.
	Stopped func(s plan.Stop)

	// Until makes a context under which no write is begun once until has ended,
	// not even one that waits for its turn; may be nil, and then such go out
	// within the grace period.
	Until func(ctx, until context.Context) context.Context

	// Attempts makes a context by which a call counts its requests into n; may
	// be nil, and then the breaker sees operations only.
	Attempts func(ctx context.Context, n *plan.Attempts) context.Context
}

// ErrOutOfTime is the cause that ends a context whose run may take no longer:
//
//	ctx, cancel := context.WithDeadlineCause(ctx, end, apply.ErrOutOfTime)
//
// What is then not sent says so; Run returns it.
var ErrOutOfTime = errors.New("the time that the run may take is over")

const (
	defaultCanaries = 3
	defaultSample   = 10
)

// orDefault reads a number of Options: 0 is the default, less is none.
func orDefault(n, standard int) int {
	if n == 0 {
		return standard
	}
	return max(n, 0)
}

// Run carries out a plan and gives one result for each of its operations, by
// index. The error is what stopped the run early, if anything did: the
// context's cause, a fatal failure, the record's, or that of Tokens. A kind
// that was stopped is not an error; see Options.Stopped.
func Run(ctx context.Context, p *plan.Plan, remote Remote, record Record, opt Options) ([]plan.Result, error) {
	r := &runner{plan: p, remote: remote, record: record, opt: opt, results: p.Unsent(), outer: ctx,
		importing: make(chan struct{}, maxImports), aboard: map[int]*flight{}}
	r.opt.Concurrency = max(1, opt.Concurrency)
	r.opt.Canaries, r.opt.Sample = orDefault(opt.Canaries, defaultCanaries), orDefault(opt.Sample, defaultSample)
	handOut, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	r.handOut, r.stop = handOut, stop
	flight, land := context.WithCancel(context.WithoutCancel(ctx))
	defer land()
	r.flight = flight
	if opt.Until != nil {
		r.flight = opt.Until(flight, handOut)
	}
	// From the moment that the run is to stop, flights have the grace period.
	defer context.AfterFunc(handOut, func() {
		t := time.AfterFunc(opt.Grace, land)
		context.AfterFunc(flight, func() { t.Stop() })
	})()

	r.leave()
	r.roles()
	r.stages()

	if !r.stopped() {
		return r.results, nil
	}
	why := r.unsent()
	for i := range r.results {
		if r.open(i) {
			r.results[i] = why
		}
	}
	return r.results, context.Cause(handOut)
}

type runner struct {
	plan     *plan.Plan
	remote   Remote
	record   Record
	opt      Options
	results  []plan.Result   // each goroutine writes its own slots
	outer    context.Context // the caller's
	handOut  context.Context // ends when nothing new is to be sent
	flight   context.Context // of requests; outlives handOut by the grace period
	stop     context.CancelCauseFunc
	noImport atomic.Bool  // the app has none
	noTokens atomic.Int64 // tokens that could not be had, in a row
	halted   atomic.Bool  // a fatal failure came: even reading is senseless

	noRole    map[string]string // role that could not be created, as JSON -> why
	importing chan struct{}     // holds one for each import under way

	mu     sync.Mutex
	aboard map[int]*flight // on record as sent, and waiting for their next request
}

// stopped says that no further write is to be begun.
func (r *runner) stopped() bool { return r.handOut.Err() != nil }

// open says that an operation has no result yet.
func (r *runner) open(i int) bool {
	_, left := r.opt.Left[i]
	return !left && r.results[i].Outcome == plan.Skipped && r.results[i].Message == ""
}

// leave settles what is not to be sent.
func (r *runner) leave() {
	for i, result := range r.opt.Left {
		r.results[i] = result
	}
	for _, i := range slices.Sorted(maps.Keys(r.opt.Left)) {
		if err := r.record.Left(i, r.results[i]); err != nil {
			r.stop(err)
			return
		}
	}
}

// roles creates the roles that the plan's users will need.
func (r *runner) roles() {
	r.noRole = map[string]string{}
	for _, role := range r.plan.NeededRoles(r.opt.Left) {
		if r.stopped() {
			return
		}
		if err := r.record.RoleSent(role); err != nil {
			r.stop(err)
			return
		}
		problem := ""
		if err := r.role(role); err != nil {
			problem = err.Error()
			r.noRole[user.JSON(role)] = problem
		}
		if err := r.record.RoleDone(role, problem); err != nil {
			r.stop(err)
		}
	}
}

// role creates a role. One whose answer was lost may be sent again, since the
// service refuses a second one of the same name: the role is there either way.
func (r *runner) role(name string) error {
	for n := 1; ; n++ {
		err := r.remote.CreateRole(r.flight, name, name)
		r.fatal(err)
		if is(err, Failure.Exists) {
			return nil
		}
		if !lost(err) || n == maxCreates || r.stopped() {
			return err
		}
	}
}

// fatal stops the run if going on is senseless. Every error of the remote
// passes here first, whatever is made of it then.
func (r *runner) fatal(err error) {
	if is(err, Failure.Fatal) {
		r.halted.Store(true)
		r.stop(err)
	}
}
