package apply

import (
	"fmt"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// maxCreates is how often one user's creation may be sent. A lost answer is
// settled by reading the user, and only one that is then not there is sent
// again.
const maxCreates = 3

func (r *runner) create(f *flight) plan.Result {
	u, err := f.o.User()
	if err != nil {
		return r.failed(err)
	}
	for {
		answer, token, err := r.remote.Create(f.ctx, u, r.opt.Tokens != nil)
		f.token = token
		f.sends++
		r.fatal(err)
		if err == nil {
			return with(plan.Create, r.confirm(f, f.o, &answer))
		}
		if result, again := r.uncreated(f, err); !again {
			return result
		}
	}
}

// uncreated settles a creation by its error, or says that it is to be sent again.
func (r *runner) uncreated(f *flight, err error) (_ plan.Result, again bool) {
	switch {
	case is(err, Failure.Exists):
		return r.existing(f, err), false
	case !lost(err) && f.lost != nil && r.stopped():
		// This one did not come to be looked at, so that it says nothing
		// about the one before, which may still be on its way.
		return unknown(f.lost), false
	case !lost(err):
		return r.failed(err), false
	}
	f.lost = err
	if r.halted.Load() {
		return unknown(err), false
	}
	found, ok, readErr := r.find(f)
	switch {
	case readErr != nil:
		return unknown(err), false
	case ok:
		return r.bring(f, &found), false
	case f.sends >= maxCreates || !r.sending(f.kind):
		return notDone(err), false
	}
	return plan.Result{}, true
}

// existing settles a create that the service refused because the user is
// there: it is read, compared, and updated if it needs to be. That is also
// how a create ends whose first answer was lost.
func (r *runner) existing(f *flight, exists error) plan.Result {
	if r.opt.Strict && f.lost == nil {
		return taken()
	}
	found, ok, err := r.find(f)
	switch {
	case err == nil && ok:
		return r.bring(f, &found)
	case f.lost != nil:
		return unknown(f.lost)
	case err != nil:
		return told(plan.Failed, exists, fmt.Sprintf("the user exists already and could not be read: %v; run again", err))
	}
	return told(
		plan.Failed, exists,
		"the service says that the user exists and does not show it, not even among the deactivated; look it up in the dashboard")
}

// bring makes a user that was found what its create would have made it. When
// an answer was lost, it is perhaps the one that this create made: it is taken
// for that if it shows all that was sent, and else for somebody else's, whose
// values before are kept in the result. When it was last active tells nothing
// of whose it is.
func (r *runner) bring(f *flight, found *user.User) plan.Result {
	perhapsOurs := f.lost != nil
	const aside = "the user exists already, and was not brought in line"
	changes := r.missing(f.o, found)
	active := found.State != user.Deactivated
	unmet, times := part(f.o.Unmet(found), user.FieldsOf(user.LastActiveAt))
	ours := perhapsOurs && active && (len(unmet) == 0 || hidden(found, unmet))
	switch {
	case r.opt.Strict && !ours && perhapsOurs && active:
		// Somebody else's, or this create's with a value lost on the way.
		result := told(
			plan.Unknown, f.lost, "the answer was lost, and the app has the user now, not as it was sent: look at the user, and plan again")
		result.Kind = plan.InDoubt
		return result
	case r.opt.Strict && !ours:
		return taken()
	case ours && len(changes) == 0:
		f.seen = len(times) == 0
		return r.timed(f, applied(plan.Create), found, times)
	case perhapsOurs && active && len(changes) == 0:
		return applied() // nothing is written, so nobody needs to allow it
	case r.opt.Writable != nil && !r.opt.Writable(found):
		return drifted(plan.CodeProtected, "the user has appeared in the app since the plan was made, and is protected or out of scope; "+
			"left alone")
	case active && len(changes) == 0:
		return applied()
	case !r.sending(f.kind):
		return halfway(aside, r.unsentOf(f.kind))
	case ours:
		return r.timed(f, with(plan.Create, halfway(aside, r.change(f, changes))), found, times)
	case active:
		return instead(changes, halfway(aside, r.change(f, changes)))
	}
	result := r.bringBack(f)
	if result.Outcome != plan.Applied {
		return halfway("the user exists already, deactivated", result)
	}
	return instead(changes, r.updateReactivated(f, result.Did, changes))
}

// instead puts into a result what was changed in a user that was there, or may
// have been changed: an undo must not take it for this run's own.
func instead(changes []plan.Change, result plan.Result) plan.Result {
	if result.Did.Has(plan.Update) || result.Outcome == plan.Unknown {
		result.Instead = changes
	}
	return result
}

// missing is what a create has to change in a user that is there already, with
// what is there before. A create speaks of what the roster says, not of what
// such a user may have besides; so that is kept where the plan would have kept
// it. When somebody came into being can't be changed any more.
func (r *runner) missing(o *plan.Operation, found *user.User) []plan.Change {
	var changes []plan.Change
	for _, c := range o.Changes {
		switch {
		case dated.Has(c.Field):
			continue
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
		c.Before = plan.Present(found, c.Field)
		changes = append(changes, c)
	}
	whole := plan.Operation{Changes: changes}
	return whole.Unmet(found)
}

// dated are the fields that a user can be given only when it is imported.
var dated = user.FieldsOf(user.CreatedAt, user.LastActiveAt)

// part takes the changes of some fields out of others.
func part(changes []plan.Change, fields user.Fields) (others, of []plan.Change) {
	for _, c := range changes {
		if fields.Has(c.Field) {
			of = append(of, c)
		} else {
			others = append(others, c)
		}
	}
	return others, of
}

// change sends those of an operation's changes that are still to be made.
func (r *runner) change(f *flight, changes []plan.Change) plan.Result {
	rest, answer, err := r.put(f, changes)
	switch {
	case err == nil:
		return with(plan.Update, r.confirm(f, &rest, &answer))
	case is(err, Failure.NotFound):
		return told(plan.Drifted, err, "the user was deleted or deactivated since the plan was made; left alone")
	case !lost(err):
		return r.failed(err)
	}
	return r.look(f, &rest, err)
}

func (r *runner) put(f *flight, changes []plan.Change) (o plan.Operation, answer user.User, err error) {
	o = plan.Operation{Verb: plan.Update, UID: f.o.UID, Changes: changes}
	u, err := o.User()
	if err == nil {
		answer, err = r.remote.Update(f.ctx, u)
		r.fatal(err)
	}
	return o, answer, err
}

func (r *runner) find(f *flight) (user.User, bool, error) {
	found, ok, err := r.remote.Find(f.ctx, f.o.UID, 0)
	r.fatal(err)
	return found, ok, err
}

// look settles an update whose answer was lost by reading the user.
func (r *runner) look(f *flight, o *plan.Operation, answerLost error) plan.Result {
	if r.halted.Load() {
		return unknown(answerLost)
	}
	found, ok, err := r.find(f)
	if err != nil {
		return unknown(answerLost)
	}
	if !ok {
		return gone()
	}
	unmet := o.Unmet(&found)
	var result plan.Result
	switch {
	case len(unmet) == 0:
		return applied(plan.Update)
	case found.State == user.Deactivated:
		result = deactivatedSince()
	case hidden(&found, unmet):
		result = unknown(answerLost)
	default:
		result = notDone(answerLost)
	}
	if len(unmet) < len(o.Changes) {
		result.Did.Add(plan.Update) // a part of it shows
	}
	return result
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
