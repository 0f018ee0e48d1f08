package report

import (
	"fmt"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/document"
)

// ToDo is what to do now as the page and the workbook say it: for whoever looks through
// them, and for whoever runs the program, who need not be told to.
func (r *Report) ToDo() []document.Steps {
	return slices.DeleteFunc([]document.Steps{
		{Title: "you, who look through it", Label: "look", Steps: r.Looking()},
		{Title: "whoever runs the program", Label: "run", Steps: r.next(PlanName, true)},
	}, func(s document.Steps) bool { return len(s.Steps) == 0 })
}

// Next is what the reader should do now, a step each, in order; none for
// nothing. The plan is in the file saved; "" if there are no files, and then
// no step names one.
func (r *Report) Next(saved string) []string { return r.next(saved, false) }

// next is that, or what is left of it for whoever is looking already.
func (r *Report) next(saved string, looking bool) []string {
	files := saved != ""
	result := r.In.Run.Result
	held := r.allHeldBack() // as it was decided
	changes := r.Dry() && slices.ContainsFunc(r.Effective[:], func(n int) bool { return n > 0 })
	review := changes && files && r.Plans() && !r.Undo()
	pairs := len(r.Plan.Rekeys) > 0
	var steps []string
	add := func(needed bool, step string) {
		if needed {
			steps = append(steps, step)
		}
	}
	add(review && !looking, "look through report.html or report.xlsx")
	add(!review && !looking && files && (changes || result == Refused), "look through the report")
	add(r.BadDecisions() > 0, "correct the decisions that can't be used")
	cut := slices.ContainsFunc(r.Plan.Guards, func(g plan.Guard) bool { return g.Name == plan.SourceEndsEarly })
	if r.Rejects.Len() > 0 && !cut { // rows of a file that is cut off are not worth correcting
		steps = append(steps, r.mend(files && !r.Compared())...)
	}
	for i := range r.Plan.Withholdings {
		w := &r.Plan.Withholdings[i]
		if r.Compared() && w.Verb == plan.Create {
			add(true, "correct "+r.In.Target.Roster+" at its source: cometsync validate "+phrase.ShellWord(r.In.Target.Roster)+" lists "+
				"what can't be used")
			continue
		}
		add(w.Name != "" || r.Rejects.Len() == 0, Settle(w))
	}
	with := "" // the option by which the next run has, or asks, what is decided on pairs
	switch open := r.undecidedPairs(); {
	case pairs && open < len(r.Plan.Rekeys):
		with = r.rekeyDecided(open)
	case pairs && looking:
		add(true, r.pairsTodo())
		with = r.pairsAgain()
	case pairs && files:
		add(true, rekeyTodo(besides(saved, RekeyName)))
		with = rekeyAgain
	case pairs:
		with = ", with --report-dir DIR, which writes " + RekeyName + " to decide in"
	}
	add(result == Refused && r.Plan.Refused(), plan.Remedy(r.Plan.Guards, !r.Undo()))
	add(result == Refused && !r.Plan.Refused(), "resolve what it was refused for")
	add(len(r.In.Stops) > 0, "find out why it was stopped")
	add(r.Conflicting() > 0, "decide by hand about the users in conflict")

	stuck := r.skipped(plan.CodeDidNotStickBefore) // what another run would not send either, and which remains
	left := r.Total.Failed + r.Total.Unknown + r.Total.Skipped + r.Total.Drifted - r.drifted(plan.CodeAlready) +
		max(r.In.Verify.Remaining-stuck-held, 0)
	unfinished := result == Failed && r.wrote() || result == Interrupted || r.Died() || result == Partial && !r.Dry() && left > stuck+held
	switch {
	case r.Undo():
		last := r.undoLast(changes, unfinished)
		add(last != "", last)
		again := "change the sources or the configuration before the next sync: as they are, it does again what was undone"
		if r.Plan.Redoes {
			again = "if the sources or the configuration were changed after that undo, change them back before the next sync"
		}
		add(r.wrote(), again)
	case result == Refused && !r.Applicable():
		add(true, "run again"+with)
	case result == Refused:
		add(true, "run again"+with+": until then, nothing is written")
	case changes && r.Compared():
		add(true, "to make these changes in an app, plan them there: cometsync plan "+phrase.ShellWord(r.Intake.Files[0].Path)+with)
	case review:
		first := "make these changes"
		if r.Rejects.Len() > 0 || pairs {
			first = "plan again" + with + ", or make these changes as they are"
		}
		add(true, first+": cometsync apply "+phrase.ShellWord(saved)+withDecisions)
	case changes && r.Plans():
		add(true, "run sync with the same sources to make these changes"+with)
	case changes:
		add(true, "run the same command without --dry-run to make these changes"+with)
	case unfinished:
		add(true, "run again to finish"+with+": what is done is not done twice")
	default:
		add(len(steps) > 0 || pairs, "run again"+with)
	}
	if stuck > 0 {
		steps = append(steps, unstick(stuck))
	}
	return steps
}

// correct is what to do about the rejects: dates that could be two days are settled by
// a word on how their source writes them, and no row of theirs has to be touched.
func (r *Report) mend(files bool) []string {
	rows := r.Rejects.Len()
	var steps []string
	for i := range r.causes {
		if c := &r.causes[i]; c.code == user.TimeAmbiguous {
			rows -= c.rows
			step := fmt.Sprintf("say how dates are written in %s: %s", user.BookName(c.file, c.sheet), c.dates())
			if !slices.Contains(steps, step) {
				steps = append(steps, step)
			}
		}
	}
	if rows > 0 {
		steps = append([]string{r.correct(files)}, steps...)
	}
	if most := r.In.Run.Tolerated; r.intolerable() {
		last := &steps[len(steps)-1]
		*last += fmt.Sprintf("; or, where they are known and may stay, raise --tolerate-rejects from %s to %s",
			phrase.Thousands(most), phrase.Thousands(r.Rejects.Len()))
	}
	return steps
}

// intolerable reports whether there are more rejects than those that somebody knows of.
func (r *Report) intolerable() bool {
	most := r.In.Run.Tolerated
	return most > 0 && r.Rejects.Len() > most && r.In.Run.ExitCode != 0
}

// correct is what to do about rejects that have to be corrected row by row.
func (r *Report) correct(files bool) string {
	missing := r.missing()
	switch {
	case missing != nil && missing.rows == r.Rejects.Len() && len(missing.values) == 1:
		return "create the missing role in the dashboard, give --create-roles, or say under values.role what it stands for"
	case missing != nil && missing.rows == r.Rejects.Len():
		return fmt.Sprintf("create the %s missing roles in the dashboard, give --create-roles, or say under values.role what they "+
			"stand for", phrase.Thousands(len(missing.values)))
	case files:
		return "correct the rows at their source, or correct a copy of report.xlsx (its sheet " + MendSheet + ") or of rejects.csv and " +
			"give the copy as one more source, with --also"
	}
	return "correct the rows at their source"
}

const withDecisions = " (with --decisions FILE, if you have decided on some of them)"

// unstick is what to do about users whose values are not sent again.
func unstick(n int) string {
	if n == 1 {
		return "1 user did not keep its values before: look at the user in the dashboard, change its row, or run once with --resend"
	}
	return phrase.Counted(n, "user") + " did not keep their values before: look at them in the dashboard, change their rows, or run once " +
		"with --resend"
}

// The workbook's sheets into which people write: decisions on operations and on pairs, and
// what rows should have said.
const (
	OperationSheet = "Operations"
	RekeySheet     = "Re-key"
	MendSheet      = "Mend"
)

// howTo tells people what to write into those sheets.
func (r *Report) howTo() (all []document.Steps) {
	var steps []string
	if r.Decidable() && len(r.Plan.Operations) > 0 {
		steps = append(steps,
			"On the sheet "+OperationSheet+", leave apply in a row's yellow cell to have the change carried out, or write hold to "+
				"leave it for this time, or never to leave it and to protect the user from later runs, and change nothing else: an "+
				"emptied cell is not a decision.",
			"Then save the workbook and run cometsync apply plan.json --decisions report.xlsx, with the plan of run "+r.PlanRun()+".")
	}
	if len(r.Plan.Rekeys) > 0 {
		steps = append(steps, "On the sheet "+RekeySheet+", write "+user.OnePerson+" where the two are one person, or "+user.TwoPeople+
			" where they are two people; undecided, as an emptied cell, leaves both accounts alone. Save a copy beside your "+
			"configuration, and give it to the next plan or sync with --rekey.")
	}
	if len(steps) > 0 {
		all = append(all, document.Steps{Title: "How to decide", Steps: steps})
	}
	if r.Rejects.Len() > 0 {
		steps = []string{"On the sheet " + MendSheet + ", correct the yellow cells, and leave the others as they are. " + UnderCode}
		if !r.In.ShowPrivate {
			steps = append(steps, UnderHidden)
		}
		all = append(all, document.Steps{Title: "How to correct rows", Steps: append(steps,
			"Save a copy beside your configuration, and give it to the next plan or sync as one more source, with --also.")})
	}
	return all
}

// What people write into a row that they correct, beside its own cells.
const (
	UnderCode = "Where a row is right as it is, clear its cell under _code; write drop there to take the row out: its person is then " +
		"absent, unless another row has them."
	UnderHidden = user.Hidden + " is in the place of a value that this workbook does not show, as those of private columns. Leave it, " +
		"and the row keeps the value; or write another one over it."
)
