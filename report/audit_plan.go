package report

import (
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

const (
	planName    = "plan.json"
	journalName = "the journal"
)

// planFile reads plan.json, whose own books Decode checks, and compares it with
// what the journal has.
func (a *audit) planFile() error {
	f, err := a.open(planName)
	if err != nil {
		return err
	}
	if f != nil {
		defer f.Close()
		a.saved = true
		var hash string
		a.plan, a.intake, hash, err = plan.Decode(f)
		if err != nil {
			a.find(planName, "%v", err)
			a.plan = nil
		} else {
			a.planOf, a.out.PlanHash = planName, hash
			a.checked("%s: %s, its hash fits, and its books balance", planName, phrase.Counted(len(a.plan.Operations), "operation"))
		}
	}
	switch p := a.against.Plan; {
	case p == nil:
		if a.saved {
			a.unchecked("%s against the journal: none is at hand", planName)
		}
	case !a.saved:
		a.find(planName, "it is missing, and the journal has a plan of %s", phrase.Counted(len(p.Operations), "operation"))
		fallthrough
	case a.plan == nil:
		a.plan, a.intake, a.planOf = p, a.against.Intake, journalName
	default:
		before := a.found[planName]
		a.comparePlans(a.plan, p)
		a.compareIntakes(a.intake, a.against.Intake)
		if a.found[planName] == before {
			a.checked("%s: operation by operation as the journal has it", planName)
		}
	}
	return nil
}

func (a *audit) comparePlans(got, want *plan.Plan) {
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"the run", got.Run, want.Run},
		{"the app", got.Target, want.Target},
		{"the hash of the options", got.Config.SHA256(), want.Config.SHA256()},
		{"the run that it undoes", got.Undoes, want.Undoes},
		{"active users", got.Remote.Active, want.Remote.Active},
		{"deactivated users", got.Remote.Deactivated, want.Remote.Deactivated},
		{"users in scope", got.Remote.InScope, want.Remote.InScope},
		{"unchanged users", got.Unchanged, want.Unchanged},
		{"users out of scope", got.OutOfScope, want.OutOfScope},
		{"protected users", got.Protected, want.Protected},
		{"users that are kept", got.Kept, want.Kept},
		{"strangers", got.Strangers, want.Strangers},
		{"users that are held", len(got.Held), len(want.Held)},
		{"users in conflict", len(got.Conflicts), len(want.Conflicts)},
		{"guards that tripped", len(got.Tripped()), len(want.Tripped())},
		{"guards that are foreseen", len(got.Foreseen), len(want.Foreseen)},
		{"late rejects", len(got.Rejects), len(want.Rejects)},
		{"roles to be created", fmt.Sprintf("%q", got.NewRoles), fmt.Sprintf("%q", want.NewRoles)},
		{"why operations are withheld", got.Withholding(), want.Withholding()},
		{"operations", len(got.Operations), len(want.Operations)},
	} {
		if c.got != c.want {
			a.find(planName, "%s: %v, and the journal has %v", c.what, c.got, c.want)
		}
	}
	if !got.CreatedAt.Equal(want.CreatedAt) {
		a.find(planName, "it is of %v, and the journal's of %v", got.CreatedAt, want.CreatedAt)
	}
	if !slices.Equal(got.Inputs, want.Inputs) {
		a.find(planName, "the inputs that it was made from are not those that the journal has")
	}
	if !slices.EqualFunc(got.Leaving, want.Leaving, sameLeaving) {
		a.find(planName, "the users who are leaving are not those that the journal has")
	}
	if !slices.Equal(got.Rekeys, want.Rekeys) {
		a.find(planName, "the pairs of users under a new uid are not those that the journal has")
	}
	for i := range min(len(got.Operations), len(want.Operations)) {
		if x, y := &got.Operations[i], &want.Operations[i]; x.Verb != y.Verb || x.UID != y.UID {
			a.find(planName, "operation %d is to %s %s, and in the journal to %s %s", i+1, x.Verb, x.UID, y.Verb, y.UID)
		} else if what := differs(x, y); what != "" {
			a.find(planName, "operation %d, to %s %s: its %s is not what the journal has", i+1, x.Verb, x.UID, what)
		}
	}
}

// differs names the first thing in which two operations on one user differ. Of
// metadata only what is changed counts: what other programs keep there may have
// moved between the plan and its application.
func differs(x, y *plan.Operation) string {
	switch {
	case x.Name != y.Name:
		return "name"
	case x.Role != y.Role:
		return "role"
	case !slices.Equal(x.Tags, y.Tags):
		return "tags"
	case x.Reason != y.Reason:
		return "reason"
	case x.Source != y.Source:
		return "source row"
	case x.Withheld != y.Withheld:
		return "being withheld or not"
	case slices.Equal(x.Changes, y.Changes):
		return ""
	}
	got, want := keysOf(x.Changes), keysOf(y.Changes)
	for i := range max(len(got), len(want)) {
		switch {
		case i == len(got):
			return "lack of " + want[i].Field
		case i == len(want) || got[i] != want[i]:
			return got[i].Field
		}
	}
	return ""
}

// keysOf is changes with metadata taken apart.
func keysOf(changes []plan.Change) []plan.KeyChange {
	var keys []plan.KeyChange
	for _, c := range changes {
		if c.Field == user.Metadata {
			keys = append(keys, keyChanges(c)...)
		} else {
			keys = append(keys, c.Keys()...)
		}
	}
	return keys
}

func (a *audit) compareIntakes(got, want *user.Intake) {
	if want == nil {
		return // an undo has none
	}
	if got == nil {
		got = &user.Intake{}
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"source rows", got.Rows, want.Rows},
		{"users in them", got.Users, want.Users},
		{"duplicates", got.Duplicates, want.Duplicates},
		{"rejected rows", got.Rejected, want.Rejected},
		{"rejects", got.Rejects.Len(), want.Rejects.Len()},
	} {
		if c.got != c.want {
			a.find(planName, "%s: %d, and the journal has %d", c.what, c.got, c.want)
		}
	}
	if !slices.Equal(got.Files, want.Files) {
		a.find(planName, "the files that were read are not those that the journal has")
	}
}
