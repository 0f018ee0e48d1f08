package report

import (
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// Whoever looks through a report may be no engineer, and is told on the page what its
// words mean and what to do with it: what to look at, how to decide, how to hand it on.

// Term is a word of the page, and what it means.
type Term struct{ Word, Meaning string }

var terms = []Term{
	{"roster", "the list of people that the app is brought in line with: the files under Inputs"},
	{"app", "the chat app, and the users whom it has"},
	{"uid", "what a user is known by in the app; it never changes, while a name may"},
	{"change", "what is done with one user: created, updated, deactivated or reactivated"},
	{"deactivate", "a user can no longer log in; nothing is deleted, and it can be undone"},
	{"reject", "a row of the roster that can't be used as it is; nobody is changed because of it"},
	{"held", "left alone, since a row that can't be used may be this person's"},
	{"withheld", "planned, and not carried out until somebody has settled why"},
	{"protected", "named as somebody whom no run may touch"},
	{"out of scope", "outside the part of the app that the run is about"},
	{"kept", "not in the roster, and left in the app on purpose"},
	{"leaving", "not in the roster for a while, and deactivated once enough runs lacked them"},
	{"strangers", "users whom no roster has ever had; they are left alone"},
	{"guard", "a limit that stops a plan which changes more than is plausible, before anything is written"},
	{"re-key", "one person under two uids: the app has the old one, the roster the new one"},
	{"in conflict", "changed by somebody else since the run that is undone, and left alone"},
	{"applied", "carried out"},
	{"failed", "tried, and refused by the app; none of it took effect unless the page says so"},
	{"skipped", "not sent"},
	{"drifted", "changed by somebody else after the plan was made, and left alone"},
	{"unknown", "sent, and nobody could find out whether it was carried out; the next run looks"},
}

// Terms are those that the page uses.
func (r *Report) Terms() []Term {
	used := map[string]bool{
		"roster": !r.Undo() && len(r.Intake.Files) > 0, "app": true, "uid": true, "change": r.Total.Planned > 0,
		"deactivate": r.Counts[plan.Deactivate].Planned > 0,
		"reject":     r.Rejects.Len() > 0, "guard": len(r.Plan.Guards) > 0, "re-key": len(r.Plan.Rekeys) > 0,
	}
	for i := range r.Plan.Withholdings {
		used["guard"] = used["guard"] || r.Plan.Withholdings[i].Name != ""
	}
	if r.Planned {
		for _, a := range r.Accounts() {
			used[a.Name] = true
		}
		used["strangers"] = r.Plan.Strangers > 0
	}
	if r.Total.Planned > 0 {
		for _, o := range r.shownOutcomes() {
			used[o.String()] = true
		}
	}
	var all []Term
	for _, t := range terms {
		if used[t.Word] {
			all = append(all, t)
		}
	}
	return all
}

// withheld is how many operations wait for rows to be corrected, and how many for somebody
// to answer a guard.
func (r *Report) withheld() (byRows, byGuards int) {
	for i := range r.Plan.Withholdings {
		if w := &r.Plan.Withholdings[i]; w.Name == "" {
			byRows += r.Counts[w.Verb].Withheld
		} else {
			byGuards += r.Counts[w.Verb].Withheld
		}
	}
	return byRows, byGuards
}

// Looking is what to do for whoever looks through the report; Next says what there is for
// whoever runs the program.
func (r *Report) Looking() []string {
	var steps []string
	add := func(needed bool, step string) {
		if needed {
			steps = append(steps, step)
		}
	}
	lose := r.Effective[plan.Deactivate]
	look := "look through the changes"
	if lose > 0 {
		look += ", first of all those who lose access: " + phrase.Counted(lose, "user")
	}
	pending := r.Dry() && r.Total.Planned > 0
	refused := r.In.Run.Result == Refused
	add(pending, look)
	add(refused && len(r.Plan.Guards) > 0, "read why it was refused, and find out whether so much was meant to change")
	add(r.Decidable() && r.Total.Skipped > 0, "decide: a change that you leave at Apply is carried out, Hold leaves it for this time, "+
		"and Never leaves it for good")
	byRows, byGuards := r.withheld()
	add(byGuards > 0, "look at what a guard withholds, on which nobody can decide here, and tell whoever runs the program whether it is "+
		"meant: "+phrase.Counted(byGuards, "change"))
	pairs := r.undecidedPairs()
	add(pairs > 0, "say of each undecided pair under a new uid whether it is one person: "+phrase.Counted(pairs, "pair"))
	correct := "see which rows can't be used, and have them corrected where the roster is made: " + phrase.Counted(r.Rejects.Len(), "row")
	if byRows > 0 {
		correct += "; until then, " + phrase.Counted(byRows, "change") + phrase.Form(byRows, " is", " are") +
			" withheld, and can't be decided on"
	}
	add(r.Rejects.Len() > 0, correct)
	add(len(r.Failures) > 0, "see what was not done, and whom it is about")
	add(r.Conflicting() > 0, "decide about the users in conflict, whom the program leaves alone: "+phrase.Counted(r.Conflicting(), "user"))
	switch {
	case len(steps) == 0:
	case r.Decidable() && r.Total.Skipped > 0:
		steps = append(steps, "save what you decided, and hand the file to whoever runs the program")
	default:
		steps = append(steps, "tell whoever runs the program what you found; nothing that you do here changes the app")
	}
	return steps
}
