package apply

import (
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// The bounds of care. They are counts alone: the same answers stop the same
// run at the same place, however fast they come.
const (
	maxTries  = 10 // operations that may pass without one that proves anything
	maxUnkept = 3  // answers of a kind that do not show what was sent

	requestWindow   = 100 // the last requests, of which
	maxTrouble      = 25  // so many may be failed by the service, or not answered
	operationWindow = 50  // the last operations, of which half may fail,
	leastOperations = 20  // once there are so many

	firstPause = 500 * time.Millisecond // before a user is read back again
)

// health is how a kind fares.
type health struct {
	mu         sync.Mutex
	requests   ring // true: troubled
	operations ring // true: failed
	finished   int
	unkept     int // operations whose answer does not show what was sent
	lastCode   string

	proved int     // canaries of which the app shows what was sent; see kind.proving
	drawn  []drawn // the sample
	rest   int     // operations that are not canaries
	passed int     // of those, the ones that are through
}

// drawn is an applied operation that is to be read back before it counts.
type drawn struct {
	f      *flight
	result plan.Result
}

// ring is the last few of a row of yeses and noes.
type ring struct {
	last []bool
	at   int // where the next goes once it is full
	yes  int
}

func (r *ring) add(size int, yes bool) {
	if len(r.last) < size {
		r.last = append(r.last, yes)
	} else {
		if r.last[r.at] {
			r.yes--
		}
		r.last[r.at] = yes
		r.at = (r.at + 1) % size
	}
	if yes {
		r.yes++
	}
}

// halt stops a kind, unless it was stopped before, or with the whole run. It is
// told at the kind's end; see pardon.
func (r *runner) halt(k *kind, code, message string) {
	if r.stopped() {
		return
	}
	k.stop.CompareAndSwap(nil, &plan.Stop{Verb: k.verb, Code: code, Message: message})
}

// pardon takes a stop back that was of no use: everything had been sent by
// then, and everything was carried out in the end. Only a breaker's can be such,
// opened by requests that were repeated. Where one operation was not carried
// out, whatever the reason, the stop stays.
func (r *runner) pardon(k *kind) {
	if k.stop.Load() == nil {
		return
	}
	sampled := map[int]bool{}
	for _, d := range k.drawn {
		sampled[d.f.i] = true
	}
	for _, i := range k.todo {
		// Who is updated, and is yet to be deactivated, waits on board.
		f := r.aboard[i]
		if updated := f != nil && f.o.Verb != k.verb && !f.unsent; !updated && !sampled[i] && r.results[i].Outcome != plan.Applied {
			return
		}
	}
	k.stop.Store(nil)
}

var verbPlurals = map[plan.Verb]string{
	plan.Reactivate: "reactivations", plan.Create: "creates", plan.Update: "updates", plan.Deactivate: "deactivations",
}

// tally tells a kind's breaker of requests that were sent.
func (r *runner) tally(k *kind, n plan.Attempts) {
	if n.Requests == 0 {
		return
	}
	k.mu.Lock()
	for i := range n.Requests {
		k.requests.add(requestWindow, i < n.Trouble)
	}
	troubled, of, finished := k.requests.yes, len(k.requests.last), k.finished
	k.mu.Unlock()
	if troubled >= maxTrouble {
		r.halt(k, plan.CodeBreaker, phrase.Sprintf("%s were stopped after %d: %d of the last %d requests were failed by the service, or "+
			"not answered; wait until it is well again, then run again",
			verbPlurals[k.verb], finished, troubled, of))
	}
}

// note takes a result into its kind's health, and stops the kind if need be.
// It draws the sample, if the operation is through: one that is drawn is kept
// back until it has been read.
func (r *runner) note(f *flight, result *plan.Result, through bool) (kept bool) {
	k := f.kind
	untold := plan.Attempts{Requests: f.own.Requests - f.told.Requests, Trouble: f.own.Trouble - f.told.Trouble}
	f.told = f.own
	r.tally(k, untold)
	if result.Outcome == plan.Skipped {
		return false // it was never sent, or certainly not done, since something stopped
	}
	failed := result.Outcome != plan.Applied
	unkept := result.Code == plan.CodeDidNotStick
	k.mu.Lock()
	k.finished++
	k.operations.add(operationWindow, failed)
	if failed {
		k.lastCode = result.Code
	}
	if unkept {
		k.unkept++
	}
	if !k.proving {
		// The sample is spread over the operations as they come through; a place
		// whose operation can't be had goes to the next one.
		if through && !failed && result.Did != 0 && len(k.drawn) < r.opt.Sample && len(k.drawn)*k.rest <= k.passed*r.opt.Sample {
			k.drawn = append(k.drawn, drawn{f, *result})
			kept = true
		}
		k.passed++
	}
	bad, of, finished, code := k.operations.yes, len(k.operations.last), k.finished, k.lastCode
	stick := unkept && (k.proving || k.unkept >= maxUnkept)
	k.mu.Unlock()
	switch {
	case stick:
		r.notSticking(f, finished)
	case of >= leastOperations && 2*bad >= of:
		r.halt(k, plan.CodeBreaker, phrase.Sprintf(
			"%s were stopped after %d: %d of the last %d failed, the latest with %s; see what they say, then run again",
			verbPlurals[k.verb], finished, bad, of, code))
	}
	return kept
}

// notSticking stops a kind whose values the service confirms and does not keep.
func (r *runner) notSticking(f *flight, finished int) {
	message := phrase.Sprintf(
		"%s were stopped after %d: the service confirmed %s for %s and does not show it; look at %s in the dashboard before running again",
		verbPlurals[f.kind.verb], finished, strings.Join(f.unshown, ", "), f.o.UID, f.o.UID)
	if slices.Contains(f.unshown, user.CreatedAt.String()) || slices.Contains(f.unshown, user.LastActiveAt.String()) {
		message += ", or run with --create-with api, which sends no times"
	}
	r.halt(f.kind, plan.CodeNotSticking, message)
}

// prove sends a kind's canaries, alone. One that fails for a reason of its own
// proves nothing, and the next one is taken; but not without end.
func (r *runner) prove(k *kind) {
	k.proving = true
	for tried := 0; k.proved < r.opt.Canaries && tried < maxTries && r.sending(k); {
		// Few operations are all canaries: they are read back all the same.
		indices := k.take(min(k.size, r.opt.Canaries-k.proved))
		if len(indices) == 0 {
			break
		}
		k.do(k, indices)
		tried += len(indices)
	}
	k.proving = false
	k.rest = max(0, len(k.todo)-int(k.next.Load())) + len(k.again)
}

// readBack compares an operation that the service confirmed with what reading
// its user shows; shown says that it was read, and is as it was sent. A user
// that can't be read proves nothing: then the answer decides.
func (r *runner) readBack(f *flight, result plan.Result) (_ plan.Result, shown bool) {
	var waited time.Duration
	var found user.User
	for pause := firstPause; ; pause *= 2 {
		if r.halted.Load() {
			return result, false
		}
		var ok bool
		var err error
		found, ok, err = r.find(f)
		if err != nil {
			return result, false
		}
		if f.unshown = unshown(f, &result, &found, ok); len(f.unshown) == 0 {
			return result, true
		}
		pause = min(pause, r.opt.Lag-waited)
		if pause <= 0 || r.opt.Clock.Sleep(r.handOut, pause) != nil {
			break
		}
		waited += pause
	}
	result.Outcome, result.Kind, result.Code = plan.Failed, plan.ServerFailure, plan.CodeDidNotStick
	result.Message = lacking("the service confirmed what was sent, and reading the user since does not show it", &found, f.unshown)
	return result, false
}

// unshown names what a confirmed operation did and reading its user does not
// show. Of tags and metadata that reading does not show at all, nothing can be said.
func unshown(f *flight, result *plan.Result, found *user.User, ok bool) []string {
	if !ok {
		return []string{"the user itself"}
	}
	var names []string
	want, changes := user.Active, f.o.Changes
	switch {
	case f.kind.verb == plan.Update:
		want = user.Unsaid
	case f.kind.verb == plan.Deactivate:
		want, changes = user.Deactivated, nil
	case f.o.Verb == plan.Create && !result.Did.Has(plan.Create):
		changes = result.Instead
	}
	if want != user.Unsaid && (found.State == user.Deactivated) != (want == user.Deactivated) {
		names = append(names, user.State.String())
	}
	whole := plan.Operation{Changes: changes}
	for _, c := range whole.Unmet(found) {
		if !hidden(found, []plan.Change{c}) {
			names = append(names, changed(found, c)...)
		}
	}
	return names
}

// sample reads the drawn operations back and lets all of them count.
func (r *runner) sample(k *kind) {
	var g errgroup.Group // nothing returns an error
	g.SetLimit(r.opt.Concurrency)
	look := r.sending(k)
	for _, d := range k.drawn {
		g.Go(func() error {
			f, result := d.f, d.result
			if look {
				result, _ = r.readBack(f, result)
				result.Attempts, result.Revoked = f.shared+f.own.Writes, f.revoked
			}
			if result.Outcome != plan.Applied {
				r.notSticking(f, k.finished)
			}
			r.finish(f.i, result)
			return nil
		})
	}
	_ = g.Wait()
	k.drawn = nil
}
