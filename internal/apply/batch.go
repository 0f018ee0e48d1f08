package apply

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// batch sends operations of which one call carries many.
func (r *runner) batch(k *kind, indices []int) {
	flights := r.board(k, indices...)
	if r.opt.RevokeTokens && k.verb == plan.Deactivate {
		flights = r.revoke(k, flights)
	}
	if len(flights) > 0 {
		r.sendBatch(k, flights)
	}
}

// revoke takes the auth tokens of users who are about to be deactivated, and
// gives those who can be. A deactivated user reads as unknown, so that its tokens
// can't be had any more: whoever keeps them is left active. Whom the service does
// not know is for the deactivation to tell.
func (r *runner) revoke(k *kind, flights []*flight) (ready []*flight) {
	for _, f := range flights {
		if !r.sending(k) {
			r.conclude(f, r.landed(f, r.unsentOf(k)))
			continue
		}
		err := r.remote.RevokeTokens(f.ctx, f.o.UID)
		r.fatal(err)
		if err != nil && !is(err, Failure.NotFound) {
			result := r.failed(err)
			if result.Outcome == plan.Failed {
				result.Message = "not deactivated, since its auth tokens could not be revoked: " + result.Message
				if lost(err) { // perhaps they are gone: doing it again does no harm
					result.Kind = plan.ServerFailure
				}
			}
			r.conclude(f, r.landed(f, result))
			continue
		}
		f.revoked = err == nil
		ready = append(ready, f)
	}
	return ready
}

// sendBatch sends a batch. One that is refused as a whole, for the sake of a
// single user perhaps, is halved until the culprit is alone, so that it stops
// nobody else.
func (r *runner) sendBatch(k *kind, flights []*flight) {
	call, want := r.remote.Reactivate, user.Active
	if k.verb == plan.Deactivate {
		call, want = r.remote.Deactivate, user.Deactivated
	}
	uids := make([]string, len(flights))
	for n, f := range flights {
		uids[n] = f.o.UID
	}
	var n plan.Attempts
	batch, err := call(r.counted(&n), uids)
	r.fatal(err)
	r.tally(k, n)
	for _, f := range flights {
		f.shared += n.Writes
		f.doubted = f.doubted || n.Trouble > 0
	}
	if len(flights) > 1 && refused(err) {
		for _, half := range [][]*flight{flights[:len(flights)/2], flights[len(flights)/2:]} {
			if r.sending(k) {
				r.sendBatch(k, half)
				continue
			}
			for _, f := range half {
				r.conclude(f, r.landed(f, r.unsentOf(k)))
			}
		}
		return
	}
	for _, f := range flights {
		r.conclude(f, r.landed(f, r.member(f, batch, err, want)))
	}
}

// refused says that the service did not take a request as it was.
func refused(err error) bool {
	return is(err, func(f Failure) bool { return !f.Lost() && (f.Kind() == plan.BadInput || f.Kind() == plan.Conflicting) })
}

// landed is the result of an operation whose batch came to result: what was
// reactivated is then updated, and what is to be deactivated may have been
// updated before.
func (r *runner) landed(f *flight, result plan.Result) plan.Result {
	switch {
	case len(f.o.Changes) == 0:
	case f.o.Verb == plan.Deactivate:
		return with(plan.Update, halfway("updated, but not deactivated", result))
	case result.Outcome == plan.Applied:
		return r.updateReactivated(f, result.Did, f.o.Changes)
	}
	return result
}

// updateReactivated changes a user that is active again; did reports whether
// that was this run's doing.
func (r *runner) updateReactivated(f *flight, did plan.VerbSet, changes []plan.Change) plan.Result {
	result := plan.Result{Outcome: plan.Applied}
	if len(changes) == 0 {
	} else if without, ok := r.roleless(f.o); ok {
		result = without
	} else if !r.sending(f.kind) {
		result = r.unsentOf(f.kind)
	} else {
		result = r.change(f, changes)
	}
	result = halfway("reactivated, but not updated", result)
	result.Did |= did
	return result
}

// member sorts out of a batch's answer what became of one user. A user that
// was as asked for before the call was not changed by it, unless an earlier
// attempt of it went unanswered.
func (r *runner) member(f *flight, batch plan.Batch, err error, want user.Activity) plan.Result {
	uid, verb := f.o.UID, plan.Reactivate
	if want == user.Deactivated {
		verb = plan.Deactivate
	}
	switch {
	case err != nil && !lost(err):
		return r.failed(err)
	case err != nil && r.halted.Load():
		return unknown(err)
	case err != nil:
		found, ok, readErr := r.find(f)
		switch {
		case readErr != nil:
			return unknown(err)
		case !ok:
			return gone()
		case found.State == want:
			return applied(verb)
		}
		return notDone(err)
	case has(batch.Done, uid), has(batch.Already, uid) && f.doubted:
		return applied(verb)
	case has(batch.Already, uid):
		return applied()
	case has(batch.NotFound, uid):
		return gone()
	}
	return plan.Result{Outcome: plan.Failed, Kind: plan.ServerFailure, Code: plan.CodeNotConfirmed,
		Message: fmt.Sprintf("the service's answer to the batch does not name %s, so it does not count as done; run again", uid)}
}

func has(uids []string, uid string) bool {
	return slices.ContainsFunc(uids, func(u string) bool { return strings.EqualFold(u, uid) })
}

// bringBack makes one user active again that a create found deactivated.
func (r *runner) bringBack(f *flight) plan.Result {
	before := f.own.Trouble
	batch, err := r.remote.Reactivate(f.ctx, []string{f.o.UID})
	r.fatal(err)
	f.doubted = f.own.Trouble > before
	return r.member(f, batch, err, user.Active)
}
