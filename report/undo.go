package report

import (
	"strings"

	"cometsync/internal/plan"
)

// An undo has no roster: its plan is the inverse of an earlier run, so that
// its report speaks of that run and of what was changed since.

// undo says whether the run undoes an earlier one.
func (r *Report) undo() bool {
	return r.plan.Undoes != "" || strings.HasPrefix(r.in.Run.Command, "undo")
}

// conflicting is how many users in conflict the app still has.
func (r *Report) conflicting() int { return len(r.plan.Conflicts) - r.gone }

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
