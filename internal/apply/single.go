package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	for range maxCreates {
		answer, err := r.remote.Create(ctx, u)
		var f Failure
		switch {
		case err == nil:
			return r.confirm(ctx, o, &answer)
		case errors.As(err, &f) && f.Exists():
			return r.existing(ctx, o, err, answerLost)
		case !lost(err):
			if answerLost != nil {
				// An earlier request may still be on its way; a refusal of
				// this one says nothing about it.
				return unknown(answerLost)
			}
			return r.failed(err)
		}
		answerLost = err
		found, ok, err := r.remote.Find(ctx, o.UID)
		if err != nil {
			r.fatal(err)
			return unknown(answerLost)
		}
		if ok {
			return r.bring(ctx, o, &found)
		}
	}
	return r.notDone(answerLost)
}

// existing settles a create that the service refused because the user is
// there: it is read, compared, and updated if it needs to be. That is also
// how a create ends whose first answer was lost.
func (r *runner) existing(ctx context.Context, o *plan.Operation, exists, answerLost error) plan.Result {
	found, ok, err := r.remote.Find(ctx, o.UID)
	switch {
	case err != nil:
		r.fatal(err)
		if answerLost != nil {
			return unknown(answerLost)
		}
		return plan.Result{Outcome: plan.Failed, Code: code(exists), Message: fmt.Sprintf("the user exists already and could not be read: %v; run again", err)}
	case !ok:
		return plan.Result{Outcome: plan.Failed, Code: code(exists), Message: "the service says that the user exists and does not show it, not even among the deactivated; look it up in the dashboard"}
	}
	return r.bring(ctx, o, &found)
}

// bring makes a user that was found what its create would have made it.
func (r *runner) bring(ctx context.Context, o *plan.Operation, found *user.User) plan.Result {
	if r.opt.Writable != nil && !r.opt.Writable(found) {
		return plan.Result{Outcome: plan.Drifted, Code: "protected", Message: "the user has appeared in the app since the plan was made, and is protected or out of scope; left alone"}
	}
	if found.State == user.Deactivated {
		batch, err := r.remote.Reactivate(ctx, []string{o.UID})
		if err != nil {
			if lost(err) {
				return unknown(err)
			}
			return r.failed(err)
		}
		if !has(batch.Done, o.UID) && !has(batch.Already, o.UID) {
			return plan.Result{Outcome: plan.Failed, Code: "not-confirmed", Message: "the user exists deactivated, and its reactivation was not confirmed; run again"}
		}
	}
	return r.change(ctx, o, o.Unmet(found))
}

// update changes one user.
func (r *runner) update(ctx context.Context, i int) plan.Result {
	o := &r.plan.Operations[i]
	return r.change(ctx, o, o.Changes)
}

// change sends those of an operation's changes that are still to be made.
func (r *runner) change(ctx context.Context, o *plan.Operation, changes []plan.Change) plan.Result {
	if len(changes) == 0 {
		return plan.Result{Outcome: plan.Applied}
	}
	rest := plan.Operation{Verb: plan.Update, UID: o.UID, Changes: changes}
	u, err := rest.User()
	if err != nil {
		return r.failed(err)
	}
	answer, err := r.remote.Update(ctx, u)
	var f Failure
	switch {
	case err == nil:
		return r.confirm(ctx, &rest, &answer)
	case errors.As(err, &f) && f.NotFound():
		return plan.Result{Outcome: plan.Drifted, Code: f.ServiceCode(), Message: "the user was deleted or deactivated since the plan was made; left alone"}
	case !lost(err):
		return r.failed(err)
	}
	found, ok, readErr := r.remote.Find(ctx, o.UID)
	switch {
	case readErr != nil:
		r.fatal(readErr)
		return unknown(err)
	case !ok:
		return plan.Result{Outcome: plan.Drifted, Code: "gone", Message: "the user was deleted since the plan was made; left alone"}
	case len(rest.Unmet(&found)) == 0:
		return plan.Result{Outcome: plan.Applied}
	}
	return r.notDone(err)
}

// notDone is the result of an operation whose answer was lost, and of which
// the user, read since, shows nothing.
func (r *runner) notDone(answerLost error) plan.Result {
	return plan.Result{Outcome: plan.Failed, Code: code(answerLost), Message: fmt.Sprintf("%v; the user was read since, and it was not done; run again", answerLost)}
}

// confirm compares an answer with what was sent. A service that merges
// metadata keeps keys that were to go: then the object is unset and sent again.
func (r *runner) confirm(ctx context.Context, o *plan.Operation, answer *user.User) plan.Result {
	unmet := o.Unmet(answer)
	if len(unmet) == 0 {
		return plan.Result{Outcome: plan.Applied}
	}
	for k, c := range unmet {
		if c.Field != user.Metadata || answer.Metadata == "" {
			continue
		}
		if r.resend(ctx, o.UID, c) {
			unmet = append(unmet[:k:k], unmet[k+1:]...)
		}
		break
	}
	if len(unmet) == 0 {
		return plan.Result{Outcome: plan.Applied}
	}
	var names []string
	for _, c := range unmet {
		for _, k := range (plan.Change{Field: c.Field, Before: shown(answer, c.Field), After: c.After}).Keys() {
			names = append(names, k.Field)
		}
	}
	return plan.Result{Outcome: plan.Failed, Code: "did-not-stick",
		Message: fmt.Sprintf("the service answered that all is well, and its answer does not show what was sent: %s; look at the user in the dashboard", strings.Join(names, ", "))}
}

// shown is what an answer holds of metadata; only its keys are of interest.
func shown(answer *user.User, f user.Field) string {
	if f == user.Metadata {
		return answer.Metadata
	}
	return ""
}

func (r *runner) resend(ctx context.Context, uid string, c plan.Change) bool {
	for _, after := range []string{"", c.After} {
		step := plan.Operation{Verb: plan.Update, UID: uid, Changes: []plan.Change{{Field: c.Field, After: after}}}
		u, err := step.User()
		if err != nil {
			return false
		}
		answer, err := r.remote.Update(ctx, u)
		if err != nil {
			r.fatal(err)
			return false
		}
		if after == c.After {
			return len(step.Unmet(&answer)) == 0
		}
	}
	return false
}

func unknown(err error) plan.Result {
	return plan.Result{Outcome: plan.Unknown, Code: code(err), Message: fmt.Sprintf("%v; nobody could find out whether it was done; run again, which starts from what the app shows then", err)}
}

func code(err error) string {
	var f Failure
	if errors.As(err, &f) {
		return f.ServiceCode()
	}
	return "request"
}
