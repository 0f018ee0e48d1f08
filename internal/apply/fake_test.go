package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// failure is a remote's error of any kind.
type failure struct {
	code                                       string
	fatal, lost, exists, notFound, unsupported bool
	kind                                       plan.FailureKind // none is the service's own failure
	status                                     int
	details                                    map[string][]string
}

func (f *failure) Error() string       { return "remote: " + f.code }
func (f *failure) Fatal() bool         { return f.fatal }
func (f *failure) Lost() bool          { return f.lost }
func (f *failure) Unsupported() bool   { return f.unsupported }
func (f *failure) Exists() bool        { return f.exists }
func (f *failure) NotFound() bool      { return f.notFound }
func (f *failure) ServiceCode() string { return f.code }

func (f *failure) Kind() plan.FailureKind {
	if f.kind == plan.NoFailure {
		return plan.ServerFailure
	}
	return f.kind
}
func (f *failure) HTTPStatus() int                   { return f.status }
func (f *failure) FieldDetails() map[string][]string { return f.details }

// fake is a remote of which a test gives the calls that it expects.
type fake struct {
	t          testing.TB
	find       func(ctx context.Context, uid string) (user.User, bool, error)
	create     func(ctx context.Context, u user.User) (user.User, error)
	update     func(ctx context.Context, u user.User) (user.User, error)
	deactivate func(ctx context.Context, uids []string) (plan.Batch, error)
	reactivate func(ctx context.Context, uids []string) (plan.Batch, error)
	createRole func(ctx context.Context, role string) error
	imports    func(ctx context.Context, users []user.User) []plan.Imported
	withToken  func(ctx context.Context, u user.User) (user.User, string, error)
	token      func(ctx context.Context, uid string) (string, error)
	revoke     func(ctx context.Context, uid string) error
}

// run carries out operations on the fake, and checks what has to hold whatever happens.
func (f *fake) run(opt Options, operations ...plan.Operation) ([]plan.Result, error) {
	f.t.Helper()
	return newBook(f.t).run(f.t.Context(), newPlan(operations...), f, opt)
}

// A call that a test does not expect ends it: there is no such function.

func (f *fake) Find(ctx context.Context, uid string, _ user.Fields) (user.User, bool, error) {
	return f.find(ctx, uid)
}

func (f *fake) Create(ctx context.Context, u user.User, withToken bool) (made user.User, token string, err error) {
	if withToken {
		return f.withToken(ctx, u)
	}
	made, err = f.create(ctx, u)
	return made, "", err
}

func (f *fake) Update(ctx context.Context, u user.User) (user.User, error) { return f.update(ctx, u) }

func (f *fake) Deactivate(ctx context.Context, uids []string) (plan.Batch, error) {
	return f.deactivate(ctx, uids)
}

func (f *fake) Reactivate(ctx context.Context, uids []string) (plan.Batch, error) {
	return f.reactivate(ctx, uids)
}

func (f *fake) CreateRole(ctx context.Context, role, _ string) error { return f.createRole(ctx, role) }

func (f *fake) RevokeTokens(ctx context.Context, uid string) error { return f.revoke(ctx, uid) }

func (f *fake) Import(ctx context.Context, users []user.User) []plan.Imported {
	return f.imports(ctx, users)
}

func (f *fake) Token(ctx context.Context, uid string) (string, error) { return f.token(ctx, uid) }

// book is a record that holds the runner to its contract: sent once, before
// done, and done only what was sent.
type book struct {
	t         testing.TB
	sentFails func(i int) error // nil: never
	doneFails func(i int) error
	leftFails func(i int) error
	takes     time.Duration // to record what is to be sent

	mu      sync.Mutex
	left    map[int]plan.Result
	sent    map[int]bool
	done    map[int]plan.Result
	records int      // of what is to be sent
	roles   []string // as they were recorded: "chef sent", "chef done", "chef done: why not"
}

func newBook(t testing.TB) *book {
	return &book{t: t, left: map[int]plan.Result{}, sent: map[int]bool{}, done: map[int]plan.Result{}}
}

func (b *book) Left(i int, r plan.Result) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.roles)+len(b.sent) > 0 {
		b.t.Errorf("operation %d is on record as left after something was sent", i)
	}
	if _, twice := b.left[i]; twice {
		b.t.Errorf("operation %d is on record as left twice", i)
	}
	b.left[i] = r // even if writing it fails: the runner has to try
	if b.leftFails != nil {
		return b.leftFails(i)
	}
	return nil
}

func (b *book) RoleSent(role string) error {
	b.roles = append(b.roles, role+" sent")
	if b.sentFails != nil {
		return b.sentFails(-1)
	}
	return nil
}

func (b *book) RoleDone(role, problem string) error {
	if n := len(b.roles); n == 0 || b.roles[n-1] != role+" sent" {
		b.t.Errorf("the role %s is on record as done, after %q", role, b.roles)
	}
	if problem != "" {
		problem = ": " + problem
	}
	b.roles = append(b.roles, role+" done"+problem)
	if b.doneFails != nil {
		return b.doneFails(-1)
	}
	return nil
}

func (b *book) Sent(indices ...int) error {
	time.Sleep(b.takes)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.records++
	for _, i := range indices {
		if b.sent[i] {
			b.t.Errorf("operation %d is on record as sent twice", i)
		}
		if b.sentFails != nil {
			if err := b.sentFails(i); err != nil {
				return err
			}
		}
	}
	for _, i := range indices {
		b.sent[i] = true
	}
	return nil
}

func (b *book) Done(i int, r plan.Result) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.sent[i] {
		b.t.Errorf("operation %d is on record as done and not as sent", i)
	}
	if _, twice := b.done[i]; twice {
		b.t.Errorf("operation %d is on record as done twice", i)
	}
	b.done[i] = r // even if writing it fails: the runner has to try
	if b.doneFails != nil {
		return b.doneFails(i)
	}
	return nil
}

// run carries out a plan, and checks what has to hold whatever happens.
func (b *book) run(ctx context.Context, p *plan.Plan, remote Remote, opt Options) ([]plan.Result, error) {
	b.t.Helper()
	results, err := Run(ctx, p, remote, b, opt)
	b.check(p, results)
	return results, err
}

// check compares the record with what Run gave.
func (b *book) check(p *plan.Plan, results []plan.Result) {
	b.t.Helper()
	if len(results) != len(p.Operations) {
		b.t.Fatalf("%d results for %d operations", len(results), len(p.Operations))
	}
	for i := range b.sent {
		if _, ok := b.done[i]; !ok {
			b.t.Errorf("operation %d is on record as sent and not as done", i)
		}
	}
	for i, r := range results {
		o := &p.Operations[i]
		if left, ok := b.left[i]; ok && (b.sent[i] || !reflect.DeepEqual(left, r)) {
			b.t.Errorf("%s %s is on record as left, %+v; it was sent: %t, the result is %+v", o.Verb, o.UID, left, b.sent[i], r)
		}
		if done, ok := b.done[i]; ok && !reflect.DeepEqual(done, r) {
			b.t.Errorf("%s %s: on record is %+v, the result is %+v", o.Verb, o.UID, done, r)
		}
		switch r.Outcome {
		case plan.Applied:
			if (r.Code != "" || r.Message != "") && r.Code != plan.CodeNoToken && r.Code != plan.CodeTokensKept {
				b.t.Errorf("%s %s is applied with a message: %+v", o.Verb, o.UID, r)
			}
		case plan.Withheld, plan.Failed, plan.Skipped, plan.Drifted, plan.Unknown:
			if r.Code == "" || r.Message == "" {
				b.t.Errorf("%s %s says nothing: %+v", o.Verb, o.UID, r)
			}
		default:
			b.t.Errorf("%s %s has no outcome", o.Verb, o.UID)
		}
		if never := r.Outcome == plan.Applied || r.Outcome == plan.Skipped ||
			r.Outcome == plan.Withheld; never != (r.Kind == plan.NoFailure) {
			b.t.Errorf("%s %s is %s, and its failure is of the kind %q", o.Verb, o.UID, r.Outcome, r.Kind)
		}
		if r.Outcome == plan.Skipped && r.Did != 0 {
			b.t.Errorf("%s %s is skipped, and did %v", o.Verb, o.UID, r.Did.List())
		}
		if _, left := b.left[i]; !left && o.Withheld != (r.Outcome == plan.Withheld) {
			b.t.Errorf("%s %s: withheld is %t, the outcome is %s", o.Verb, o.UID, o.Withheld, r.Outcome)
		}
		if (r.Outcome == plan.Applied || r.Outcome == plan.Unknown) && !b.sent[i] {
			b.t.Errorf("%s %s is %s and not on record as sent", o.Verb, o.UID, r.Outcome)
		}
	}
}

// careless is Options in which nothing is read back.
func careless(o Options) Options {
	o.Canaries, o.Sample = -1, -1
	return o
}

func text(s string) string { return user.JSON(s) }

func named(name string) []plan.Change { return []plan.Change{{Field: user.Name, After: text(name)}} }

// newPlan sorts operations into a plan.
func newPlan(operations ...plan.Operation) *plan.Plan {
	p := &plan.Plan{Operations: operations}
	for _, v := range plan.Verbs() {
		p.Withholdings = append(p.Withholdings, plan.Withholding{Verb: v, Guard: plan.Guard{Message: "a reject may stand for the user"}})
	}
	p.Sort()
	return p
}

// many makes operations of one verb on uids with a prefix and three digits.
func many(verb plan.Verb, prefix string, n int) []plan.Operation {
	var out []plan.Operation
	for i := range n {
		o := plan.Operation{Verb: verb, UID: fmt.Sprintf("%s%03d", prefix, i)}
		if verb == plan.Create || verb == plan.Update {
			o.Changes = named("New " + o.UID)
		}
		out = append(out, o)
	}
	return out
}

// users makes lines of a sandbox's state: active users with a name.
func users(prefix string, n int, more string) []string {
	var lines []string
	for i := range n {
		lines = append(lines, fmt.Sprintf(`{"uid":"%s%03d","name":"Old","createdAt":1700000000%s}`, prefix, i, more))
	}
	return lines
}

const deactivated = `,"deactivatedAt":1700000001`

func count(results []plan.Result, o plan.Outcome) int {
	n := 0
	for _, r := range results {
		if r.Outcome == o {
			n++
		}
	}
	return n
}

func outcomes(results []plan.Result) map[plan.Outcome]int {
	out := map[plan.Outcome]int{}
	for _, r := range results {
		out[r.Outcome]++
	}
	return out
}

// kept is a user as a sandbox's state holds it.
func kept(t testing.TB, line []byte) user.User {
	t.Helper()
	var w struct {
		UID, Name, Avatar, Link, Role, StatusMessage string
		Tags                                         []string
		Metadata                                     json.RawMessage
		CreatedAt, LastActiveAt, DeactivatedAt       int64
	}
	if err := json.Unmarshal(line, &w); err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	u := user.User{
		UID: w.UID, Name: w.Name, Avatar: w.Avatar, Link: w.Link, Role: w.Role, StatusMessage: w.StatusMessage,
		Tags: slices.Clone(w.Tags), Metadata: string(w.Metadata), State: user.Active,
		CreatedAt: w.CreatedAt, LastActiveAt: w.LastActiveAt,
	}
	if w.DeactivatedAt > 0 {
		u.State = user.Deactivated
	}
	return u
}
