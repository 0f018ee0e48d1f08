package apply

import (
	"context"
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Finder reads one user, also among the deactivated, for the sake of some fields. Of a
// user that is found, Has says which are known.
type Finder interface {
	Find(ctx context.Context, uid string, fields user.Fields) (u user.User, ok bool, err error)
}

// Settle finds out what became of an operation that a run had sent when it
// died, by reading its user. Nothing is written. The error is the reader's;
// the operation is then as much in doubt as before, and the result says so.
//
// What the user shows decides: the values after are taken for the operation's
// own work, since it was on record as sent, and what shows the values before
// was not done: skipped, for it is not a failure of the service's. A user that
// shows neither was changed by somebody else since, and the operation stays
// unknown.
func Settle(ctx context.Context, remote Finder, o *plan.Operation) (plan.Result, error) {
	found, ok, err := remote.Find(ctx, o.UID, 0)
	if err != nil {
		return stillInDoubt(fmt.Sprintf("the user could not be read: %v", err)), err
	}
	settled := settle(o, &found, ok)
	settled.Attempts = 1 // the one that died; how often it was repeated is not known
	return settled, nil
}

func settle(o *plan.Operation, found *user.User, ok bool) plan.Result {
	active := ok && found.State != user.Deactivated
	unmet := o.Unmet(found)
	switch {
	case !ok && o.Verb == plan.Create:
		return notCarriedOut()
	case !ok:
		return gone()
	case o.Verb == plan.Create && active && len(unmet) == 0:
		return applied(plan.Create)
	case o.Verb == plan.Create && active && hidden(found, unmet):
		return applied(plan.Create)
	case o.Verb == plan.Create:
		return stillInDoubt("the user is there now, and is not as it was to be created")
	case o.Verb == plan.Deactivate && active && len(o.Changes) > 0 && len(unmet) == 0:
		return halfDone(plan.Update, "the run died when the user was updated, and not yet deactivated; run again to finish the rest")
	case o.Verb == plan.Deactivate && active:
		return notCarriedOut()
	case o.Verb == plan.Deactivate && len(o.Changes) > 0:
		return applied(plan.Update, plan.Deactivate)
	case o.Verb == plan.Deactivate:
		return applied(plan.Deactivate)
	case o.Verb == plan.Reactivate && !active:
		return notCarriedOut()
	case o.Verb == plan.Reactivate && len(o.Changes) == 0:
		return applied(plan.Reactivate)
	case o.Verb == plan.Reactivate && (len(unmet) == 0 || hidden(found, unmet)):
		return applied(plan.Reactivate, plan.Update)
	case o.Verb == plan.Reactivate:
		return halfDone(plan.Reactivate, "the run died when the user was reactivated, and not yet updated; run again to finish the rest")
	case !active:
		return deactivatedSince()
	case len(unmet) == 0:
		return applied(plan.Update)
	case hidden(found, unmet):
		return stillInDoubt("reading the user does not show " + fields(unmet))
	}
	was := plan.Operation{Changes: slices.Clone(o.Changes)}
	for i := range was.Changes {
		c := &was.Changes[i]
		c.Before, c.After = c.After, c.Before
	}
	if len(was.Unmet(found)) == 0 {
		return notCarriedOut()
	}
	return stillInDoubt(fields(unmet) + " is neither as before nor as it was to be")
}

func notCarriedOut() plan.Result {
	return plan.Result{Outcome: plan.Skipped, Code: plan.CodeDied, Message: "not carried out: the run died; run again to finish the rest"}
}

// halfDone is the result of an operation of which the run had done the first
// part: the user is now neither as before nor as planned.
func halfDone(did plan.Verb, message string) plan.Result {
	return plan.Result{Outcome: plan.Failed, Code: plan.CodeDied, Message: message, Did: plan.VerbsOf(did)}
}

func stillInDoubt(why string) plan.Result {
	return plan.Result{Outcome: plan.Unknown, Kind: plan.InDoubt, Code: plan.CodeDied,
		Message: fmt.Sprintf(
			"the run died while this was sent, and nobody could find out whether it was done: %s; run again, which starts from what the "+
				"app shows then", why)}
}

func fields(changes []plan.Change) string {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Field.String()
	}
	return phrase.And(names)
}
