package apply

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// confirm compares an answer with what was sent. A service that merges
// metadata keeps keys that were to go: then the object is unset and sent again.
func (r *runner) confirm(f *flight, o *plan.Operation, answer *user.User) plan.Result {
	unmet := o.Unmet(answer)
	replaced := applied()
	if k := slices.IndexFunc(unmet, func(c plan.Change) bool { return keeps(answer, c) }); k >= 0 && !r.stopped() {
		replaced = r.replace(f, unmet[k])
		unmet = slices.Delete(unmet, k, k+1)
	}
	if len(unmet) == 0 {
		return replaced
	}
	result := didNotStick(f, answer, unmet)
	if replaced.Outcome != plan.Applied {
		replaced.Message += "; " + result.Message
		return replaced
	}
	return result
}

// keeps reports whether an answer still holds keys of metadata that were to go.
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
	return plan.Keys(c)
}

// changed names what is between a user and what a change was to make of it.
func changed(have *user.User, c plan.Change) []string {
	var names []string
	for _, k := range keys(have, c) {
		names = append(names, k.Field)
	}
	return names
}

func didNotStick(f *flight, answer *user.User, unmet []plan.Change) plan.Result {
	f.unshown = nil
	for _, c := range unmet {
		f.unshown = append(f.unshown, changed(answer, c)...)
	}
	return plan.Result{Outcome: plan.Failed, Kind: plan.ServerFailure, Code: plan.CodeDidNotStick,
		Message: lacking("the service answered that all is well, and its answer does not show what was sent", answer, f.unshown)}
}

// lacking is what a result says of values that the service confirmed and a
// user does not show. Times are worth a word of their own: no other request
// can set them.
func lacking(how string, have *user.User, unshown []string) string {
	var other []string
	for _, f := range []user.Field{user.CreatedAt, user.LastActiveAt} {
		switch {
		case !slices.Contains(unshown, f.String()):
		case have.Time(f) == 0:
			other = append(other, "without "+f.String())
		default:
			other = append(other, "with another "+f.String())
		}
	}
	message := how + ": " + strings.Join(unshown, ", ") + "; look at the user in the dashboard"
	if len(other) == 0 {
		return message
	}
	created := fmt.Sprintf(
		"the user was created, but %s, and that can't be changed afterwards: delete the user in the dashboard and run again, or leave it",
		strings.Join(other, " and "))
	if len(other) == len(unshown) {
		return created
	}
	return message + "; " + created
}

// replace unsets a user's metadata and sends the object again. Once the first
// request may have been carried out, the second goes whatever happens: else
// the user would be left without metadata.
func (r *runner) replace(f *flight, c plan.Change) plan.Result {
	if _, _, err := r.put(f, []plan.Change{{Field: c.Field}}); err != nil && !lost(err) {
		return halfway("the service kept keys of metadata that were to go, and did not let it be unset", r.failed(err))
	}
	set, answer, err := r.put(f, []plan.Change{c})
	const risk = "the metadata was unset to take keys out of it, and setting it again failed, so the user may have none now"
	switch {
	case err == nil:
		if unmet := set.Unmet(&answer); len(unmet) > 0 {
			return didNotStick(f, &answer, unmet)
		}
		return applied()
	case !lost(err):
		return halfway(risk, r.failed(err))
	}
	return halfway(risk, r.look(f, &set, err))
}
