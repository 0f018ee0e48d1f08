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
func (r *runner) batches(ctx context.Context, verb plan.Verb, call func(indices []int)) {
	from, to := r.span(verb)
	var indices []int
	for i := from; i < to; i++ {
		if !r.plan.Operations[i].Withheld {
			indices = append(indices, i)
		}
	}
	var g errgroup.Group
	g.SetLimit(r.opt.Concurrency)
	for chunk := range slices.Chunk(indices, MaxBatch) {
		if ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			if ctx.Err() != nil {
				return nil
			}
			for k, i := range chunk {
				if !r.begin(i) {
					// Those before it are on record as sent and are not going to be.
					for _, sent := range chunk[:k] {
						r.finish(sent, r.results[sent])
					}
					return nil
				}
			}
			call(chunk)
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
	n := 0
	ctx := r.counted(&n)
	batch, err := r.remote.Deactivate(ctx, r.uids(indices))
	for _, i := range indices {
		result := r.member(ctx, i, batch, err, user.Deactivated)
		result.Attempts += n
		r.finish(i, result)
	}
}

// reactivate brings a batch of users back; those that have changes are then updated.
func (r *runner) reactivate(indices []int) {
	n := 0
	ctx := r.counted(&n)
	batch, err := r.remote.Reactivate(ctx, r.uids(indices))
	shared := n
	for _, i := range indices {
		o := &r.plan.Operations[i]
		own := 0
		result := r.member(ctx, i, batch, err, user.Active)
		if result.Outcome == plan.Applied && len(o.Changes) > 0 {
			if why, ok := r.noRole[o.Role]; ok && needsRole(o) {
				result = plan.Result{Outcome: plan.Failed, Code: user.RoleUnknown.String(), Message: "the role could not be created: " + why}
			} else {
				result = r.change(r.counted(&own), o, o.Changes)
			}
			if result.Outcome != plan.Applied {
				result.Message = "reactivated, but not updated: " + result.Message
			}
		}
		result.Attempts = shared + own
		r.finish(i, result)
	}
}

// member sorts out of a batch's answer what became of one operation.
func (r *runner) member(ctx context.Context, i int, batch plan.Batch, err error, want user.Activity) plan.Result {
	o := &r.plan.Operations[i]
	switch {
	case err != nil && !lost(err):
		return r.failed(err)
	case err != nil:
		found, ok, readErr := r.remote.Find(ctx, o.UID)
		switch {
		case readErr != nil:
			r.fatal(readErr)
			return unknown(err)
		case !ok:
			return gone()
		case found.State == want:
			return plan.Result{Outcome: plan.Applied}
		}
		return r.notDone(err)
	case has(batch.Done, o.UID), has(batch.Already, o.UID):
		return plan.Result{Outcome: plan.Applied}
	case has(batch.NotFound, o.UID):
		return gone()
	}
	return plan.Result{Outcome: plan.Failed, Code: "not-confirmed",
		Message: fmt.Sprintf("the service's answer to the batch does not name %s, so that it can't be taken for done; run again", o.UID)}
}

func gone() plan.Result {
	return plan.Result{Outcome: plan.Drifted, Code: "gone", Message: "the user was deleted since the plan was made"}
}

func has(uids []string, uid string) bool {
	return slices.ContainsFunc(uids, func(u string) bool { return strings.EqualFold(u, uid) })
}
