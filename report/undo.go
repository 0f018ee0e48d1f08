package report

import (
	"fmt"
	"strings"

	"cometsync/internal/plan"
)

// An undo has no roster: its plan is the inverse of an earlier run, so that
// its report speaks of that run and of what was changed since.

// undo says whether the run undoes an earlier one.
func (r *Report) undo() bool {
	return r.plan.Undoes != "" || strings.HasPrefix(r.in.Run.Command, "undo")
}

// undone names the run that is undone.
func (r *Report) undone() string {
	if r.plan.Undoes == "" {
		return "an earlier run"
	}
	return "run " + r.plan.Undoes
}

// conflicting is how many users in conflict the app still has.
func (r *Report) conflicting() int { return len(r.plan.Conflicts) - r.gone }

// undoForecast is the verdict of an undo that has not been carried out.
func (r *Report) undoForecast() string {
	would := r.would("put back as before")
	trouble := r.trouble()
	switch {
	case would == "" && trouble == "":
		return fmt.Sprintf("Nothing to undo: the app shows nothing of what %s did.", r.undone())
	case would == "":
		return fmt.Sprintf("Nothing of %s would be undone, but %s.", r.undone(), trouble)
	case trouble == "":
		return fmt.Sprintf("Nothing has been changed yet. To undo %s, %s.", r.undone(), would)
	}
	return fmt.Sprintf("Nothing has been changed yet. To undo %s, %s; %s.", r.undone(), would, trouble)
}

// undoDone is the verdict of an undo that went through to its end.
func (r *Report) undoDone() string {
	did := r.did("put back as before")
	trouble, part := r.trouble(), r.inPart()
	switch {
	case r.spared() != "":
		return r.doneButSpared("Undone: "+r.undone(), "Nothing of "+r.undone()+" was undone", did)
	case did == "" && trouble == "":
		return fmt.Sprintf("Nothing to undo: the app shows nothing of what %s did.", r.undone())
	case trouble == "":
		return fmt.Sprintf("Undone: %s: %s.", r.undone(), did)
	case part != "":
		return fmt.Sprintf("Undone in part: %s: %s; %s.", r.undone(), joined(did, part), trouble)
	case did == "":
		return fmt.Sprintf("Nothing of %s was undone: %s.", r.undone(), trouble)
	}
	return fmt.Sprintf("Undone in part: %s: %s; but %s.", r.undone(), did, trouble)
}

// undoLast is the last task of what to do now about an undo; "" for none.
func (r *Report) undoLast(changes, unfinished bool) string {
	switch {
	case r.in.Run.Result == Refused:
		return "run undo again: until then, nothing is written"
	case changes:
		return "run the same command without --dry-run to make these changes"
	case unfinished && r.plan.Undoes != "":
		return "run undo " + r.plan.Undoes + " again to finish: what is undone is not undone twice"
	case unfinished:
		return "run undo again to finish: what is undone is not undone twice"
	}
	return ""
}

// whyUndone says in words why an inverse operation is planned.
func whyUndone(v plan.Verb) string {
	switch v {
	case plan.Deactivate:
		return "had access only since the run that is undone"
	case plan.Reactivate:
		return "lost access by the run that is undone"
	case plan.Update:
		return "changed by the run that is undone"
	}
	return plan.Undone.String()
}

// fateUndone says what becomes, or became, of the users of one verb of an undo.
func (r *Report) fateUndone(v plan.Verb) string {
	if r.unsent() {
		return map[plan.Verb]string{
			plan.Deactivate: "Would lose access", plan.Reactivate: "Would get access back",
			plan.Create: "Would be created", plan.Update: "Would be put back",
		}[v]
	}
	return map[plan.Verb]string{
		plan.Deactivate: "Lost access", plan.Reactivate: "Got access back",
		plan.Create: "Created", plan.Update: "Put back",
	}[v]
}

// inConflict is the heading over the users that an undo leaves alone.
func (r *Report) inConflict() string {
	switch r.gone {
	case 0:
		return "In conflict"
	case len(r.plan.Conflicts):
		return "Gone from the app"
	}
	return "In conflict, or gone from the app"
}

// conflictText is what an undo found of a user, in a sentence.
func conflictText(c *plan.Conflict) string {
	switch {
	case c.Message != "":
		return c.Message
	case c.Gone:
		return "the app does not have the user any more"
	}
	return "changed since the run that is undone"
}
