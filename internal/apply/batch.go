package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// batches carries out a verb's operations, MaxBatch to a call.
func (r *runner) batches(verb plan.Verb, call func(indices []int)) {
	from, to := r.span(verb)
	var indices []int
	for i := from; i < to; i++ {
		if !r.plan.Operations[i].Withheld {
			indices = append(indices, i)
		}
	}
	var g errgroup.Group
	g.SetLimit(r.opt.Concurrency)
	for chunk := range slices.Chunk(indices, plan.MaxBatch) {
		if r.stopped() {
			break
		}
		g.Go(func() error {
			// The run may have stopped while this waited for its turn.
			if !r.stopped() && r.begin(chunk...) {
				call(chunk)
			}
			return nil
		})
	}
	_ = g.Wait() // nothing returns an error
}

func (r *runner) uids(indices []int) []string {
	uids := make([]string, len(indices))
	for k, i := range indices {
		uids[k] = r.plan.Operations[i].UID
	}
	return uids
}

func (r *runner) deactivate(indices []int) {
	var shared plan.Attempts
	batch, err := r.remote.Deactivate(r.counted(&shared), r.uids(indices))
	r.fatal(err)
	for _, i := range indices {
		var own plan.Attempts
		result := r.member(r.counted(&own), r.plan.Operations[i].UID, batch, err, user.Deactivated)
		result.Attempts = shared.Requests + own.Requests
		r.finish(i, result)
	}
}

// reactivate brings a batch of users back; those that have changes are then updated.
func (r *runner) reactivate(indices []int) {
	var shared plan.Attempts
	batch, err := r.remote.Reactivate(r.counted(&shared), r.uids(indices))
	r.fatal(err)
	for _, i := range indices {
		var own plan.Attempts
		ctx := r.counted(&own)
		o := &r.plan.Operations[i]
		result := r.member(ctx, o.UID, batch, err, user.Active)
		if result.Outcome == plan.Applied {
			result = r.updateReactivated(ctx, o, o.Changes)
		}
		result.Attempts = shared.Requests + own.Requests
		r.finish(i, result)
	}
}

// updateReactivated changes a user that was just brought back.
func (r *runner) updateReactivated(ctx context.Context, o *plan.Operation, changes []plan.Change) plan.Result {
	var result plan.Result
	if len(changes) == 0 {
		result.Outcome = plan.Applied
	} else if without, ok := r.roleless(o); ok {
		result = without
	} else if r.stopped() {
		result = r.unsent()
	} else {
		result = r.change(ctx, o, changes)
	}
	return halfway("reactivated, but not updated", result)
}

// member sorts out of a batch's answer what became of one user.
func (r *runner) member(ctx context.Context, uid string, batch plan.Batch, err error, want user.Activity) plan.Result {
	switch {
	case err != nil && !lost(err):
		return r.failed(err)
	case err != nil && r.halted.Load():
		return unknown(err)
	case err != nil:
		found, ok, readErr := r.remote.Find(ctx, uid)
		r.fatal(readErr)
		switch {
		case readErr != nil:
			return unknown(err)
		case !ok:
			return gone()
		case found.State == want:
			return plan.Result{Outcome: plan.Applied}
		}
		return notDone(err)
	case has(batch.Done, uid), has(batch.Already, uid):
		return plan.Result{Outcome: plan.Applied}
	case has(batch.NotFound, uid):
		return gone()
	}
	return plan.Result{Outcome: plan.Failed, Code: "not-confirmed",
		Message: fmt.Sprintf("the service's answer to the batch does not name %s, so that it can't be taken for done; run again", uid)}
}

func has(uids []string, uid string) bool {
	return slices.ContainsFunc(uids, func(u string) bool { return strings.EqualFold(u, uid) })
}
