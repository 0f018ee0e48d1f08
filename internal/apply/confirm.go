package apply

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// confirm compares an answer with what was sent. A service that merges
// metadata keeps keys that were to go: then the object is unset and sent again.
func (r *runner) confirm(ctx context.Context, o *plan.Operation, answer *user.User) plan.Result {
	unmet := o.Unmet(answer)
	replaced := plan.Result{Outcome: plan.Applied}
	if k := slices.IndexFunc(unmet, func(c plan.Change) bool { return keeps(answer, c) }); k >= 0 && !r.stopped() {
		replaced = r.replace(ctx, o.UID, unmet[k])
		unmet = slices.Delete(unmet, k, k+1)
	}
	if len(unmet) == 0 {
		return replaced
	}
	result := didNotStick(answer, unmet)
	if replaced.Outcome != plan.Applied {
		replaced.Message += "; " + result.Message
		return replaced
	}
	return result
}

// keeps says whether an answer still holds keys of metadata that were to go.
func keeps(answer *user.User, c plan.Change) bool {
	if c.Field != user.Metadata || c.After == "" {
		return false
	}
	return slices.ContainsFunc(keys(answer, c), func(k plan.KeyChange) bool { return k.After == "" })
}

// keys are what is between an answer and what a change was to make of it.
func keys(answer *user.User, c plan.Change) []plan.KeyChange {
	c.Before = ""
	if c.Field == user.Metadata {
		c.Before = answer.Metadata
	}
	return c.Keys()
}

func didNotStick(answer *user.User, unmet []plan.Change) plan.Result {
	var names []string
	for _, c := range unmet {
		for _, k := range keys(answer, c) {
			names = append(names, k.Field)
		}
	}
	return plan.Result{Outcome: plan.Failed, Code: "did-not-stick",
		Message: fmt.Sprintf("the service answered that all is well, and its answer does not show what was sent: %s; look at the user in the dashboard", strings.Join(names, ", "))}
}

// replace unsets a user's metadata and sends the object again. Once the first
// request may have been carried out, the second goes whatever happens: else
// the user would be left without metadata.
func (r *runner) replace(ctx context.Context, uid string, c plan.Change) plan.Result {
	set := plan.Operation{Verb: plan.Update, UID: uid, Changes: []plan.Change{c}}
	unset := plan.Operation{Verb: plan.Update, UID: uid, Changes: []plan.Change{{Field: c.Field}}}
	whole, err := set.User()
	if err != nil {
		return r.failed(err)
	}
	none, err := unset.User()
	if err != nil {
		return r.failed(err)
	}
	_, err = r.remote.Update(ctx, none)
	r.fatal(err)
	if err != nil && !lost(err) {
		return halfway("the service kept keys of metadata that were to go, and did not let it be unset", r.failed(err))
	}
	answer, err := r.remote.Update(ctx, whole)
	r.fatal(err)
	const risk = "the metadata was unset to take keys out of it, and setting it again failed, so that the user may have none now"
	switch {
	case err == nil:
		if unmet := set.Unmet(&answer); len(unmet) > 0 {
			return didNotStick(&answer, unmet)
		}
		return plan.Result{Outcome: plan.Applied}
	case !lost(err):
		return halfway(risk, r.failed(err))
	}
	return halfway(risk, r.look(ctx, &set, err))
}
