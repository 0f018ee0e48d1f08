package apply

import (
	"context"
	"errors"
	"fmt"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// maxCreates is how often one user's creation may be sent. A lost answer is
// settled by reading the user, and only one that is then not there is sent
// again.
const maxCreates = 3

// create creates one user.
func (r *runner) create(ctx context.Context, i int) plan.Result {
	o := &r.plan.Operations[i]
	u, err := o.User()
	if err != nil {
		return r.failed(err)
	}
	var answerLost error
	for n := 1; ; n++ {
		answer, err := r.remote.Create(ctx, u)
		r.fatal(err)
		var f Failure
		switch {
		case err == nil:
			return r.confirm(ctx, o, &answer)
		case errors.As(err, &f) && f.Exists():
			return r.existing(ctx, o, err, answerLost)
		case !lost(err) && answerLost != nil && r.stopped():
			// This one did not come to be looked at, so that it says nothing
			// about the one before, which may still be on its way.
			return unknown(answerLost)
		case !lost(err):
			return r.failed(err)
		}
		answerLost = err
		if r.halted.Load() {
			return unknown(answerLost)
		}
		found, ok, err := r.remote.Find(ctx, o.UID)
		r.fatal(err)
		switch {
		case err != nil:
			return unknown(answerLost)
		case ok:
			return r.bring(ctx, o, &found, true)
		case n == maxCreates || r.stopped():
			return notDone(answerLost)
		}
	}
}

// existing settles a create that the service refused because the user is
// there: it is read, compared, and updated if it needs to be. That is also
// how a create ends whose first answer was lost.
func (r *runner) existing(ctx context.Context, o *plan.Operation, exists, answerLost error) plan.Result {
	found, ok, err := r.remote.Find(ctx, o.UID)
	r.fatal(err)
	switch {
	case err == nil && ok:
		return r.bring(ctx, o, &found, answerLost != nil)
	case answerLost != nil:
		return unknown(answerLost)
	case err != nil:
		return plan.Result{Outcome: plan.Failed, Code: code(exists), Message: fmt.Sprintf("the user exists already and could not be read: %v; run again", err)}
	}
	return plan.Result{Outcome: plan.Failed, Code: code(exists), Message: "the service says that the user exists and does not show it, not even among the deactivated; look it up in the dashboard"}
}

// bring makes a user that was found what its create would have made it.
// Perhaps it is the one that this create made, when an answer was lost.
func (r *runner) bring(ctx context.Context, o *plan.Operation, found *user.User, perhapsOurs bool) plan.Result {
	changes := r.missing(o, found)
	active := found.State != user.Deactivated
	switch {
	case perhapsOurs && active && len(changes) == 0:
		return plan.Result{Outcome: plan.Applied} // nothing is written, so nobody needs to allow it
	case r.opt.Writable != nil && !r.opt.Writable(found):
		return plan.Result{Outcome: plan.Drifted, Code: "protected", Message: "the user has appeared in the app since the plan was made, and is protected or out of scope; left alone"}
	case active && len(changes) == 0:
		return plan.Result{Outcome: plan.Applied}
	case r.stopped():
		return halfway("the user exists already, and was not brought in line", r.unsent())
	case active:
		return halfway("the user exists already, and was not brought in line", r.change(ctx, o, changes))
	}
	batch, err := r.remote.Reactivate(ctx, []string{o.UID})
	r.fatal(err)
	result := r.member(ctx, o.UID, batch, err, user.Active)
	if result.Outcome != plan.Applied {
		return halfway("the user exists already, deactivated", result)
	}
	return r.updateReactivated(ctx, o, changes)
}

// missing is what a create has to change in a user that is there already.
// A create speaks of what the roster says, not of what such a user may have
// besides; so that is kept where the plan would have kept it.
func (r *runner) missing(o *plan.Operation, found *user.User) []plan.Change {
	var changes []plan.Change
	for _, c := range o.Changes {
		switch {
		case c.Field == user.Metadata && !r.opt.ReplaceMetadata:
			have, err := user.ParseObject(found.Metadata)
			want, err2 := user.ParseObject(c.After)
			if err == nil && err2 == nil {
				c.After = user.JSON(user.Merge(have, want))
			}
		case c.Field == user.Tags && r.opt.MergeTags:
			one := plan.Operation{UID: o.UID, Changes: []plan.Change{c}}
			if want, err := one.User(); err == nil {
				c.After = user.JSON(user.TagSet(append(want.Tags, found.Tags...)))
			}
		}
		changes = append(changes, c)
	}
	whole := plan.Operation{Changes: changes}
	return whole.Unmet(found)
}

// update changes one user.
func (r *runner) update(ctx context.Context, i int) plan.Result {
	o := &r.plan.Operations[i]
	return r.change(ctx, o, o.Changes)
}

// change sends those of an operation's changes that are still to be made.
func (r *runner) change(ctx context.Context, o *plan.Operation, changes []plan.Change) plan.Result {
	rest := plan.Operation{Verb: plan.Update, UID: o.UID, Changes: changes}
	u, err := rest.User()
	if err != nil {
		return r.failed(err)
	}
	answer, err := r.remote.Update(ctx, u)
	r.fatal(err)
	var f Failure
	switch {
	case err == nil:
		return r.confirm(ctx, &rest, &answer)
	case errors.As(err, &f) && f.NotFound():
		return plan.Result{Outcome: plan.Drifted, Code: f.ServiceCode(), Message: "the user was deleted or deactivated since the plan was made; left alone"}
	case !lost(err):
		return r.failed(err)
	}
	return r.look(ctx, &rest, err)
}

// look settles an update whose answer was lost by reading the user.
func (r *runner) look(ctx context.Context, o *plan.Operation, answerLost error) plan.Result {
	if r.halted.Load() {
		return unknown(answerLost)
	}
	found, ok, err := r.remote.Find(ctx, o.UID)
	r.fatal(err)
	if err != nil {
		return unknown(answerLost)
	}
	if !ok {
		return gone()
	}
	unmet := o.Unmet(&found)
	switch {
	case len(unmet) == 0:
		return plan.Result{Outcome: plan.Applied}
	case found.State == user.Deactivated:
		return deactivatedSince()
	case hidden(&found, unmet):
		return unknown(answerLost)
	}
	return notDone(answerLost)
}

// hidden says that what a user does not show may be there all the same: it is
// not documented that reading one user gives its tags and metadata.
func hidden(found *user.User, unmet []plan.Change) bool {
	for _, c := range unmet {
		if c.Field != user.Tags && c.Field != user.Metadata || found.Has.Has(c.Field) {
			return false
		}
	}
	return true
}
