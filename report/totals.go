package report

import (
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// totals adds up what is listed, and knows nothing of how a report is rendered: a
// fault of the renderer's own sums would be in all of its files alike.
func (a *audit) totals(told *record, places *plan.Places) {
	before, s, source := a.found[reportName]+a.found[usersName], &told.Summary, &told.Source
	equal := func(file, what string, got, want int) {
		if got != want {
			a.find(file, "%s: %d, and what is listed comes to %d", what, got, want)
		}
	}
	total := Count{}
	for _, v := range plan.Verbs() {
		have, listed := s.Of(v), &told.counts[v]
		equal(reportName, "planned of "+v.String(), have.Planned, listed.Planned)
		total.Planned += listed.Planned
		for _, o := range outcomes {
			equal(reportName, o.String()+" of "+v.String(), have.Of(o), listed.Of(o))
			*total.of(o) += listed.Of(o)
		}
	}
	rows := 0
	for _, f := range source.Files {
		rows += f.Rows
	}
	if len(source.Files) > 0 {
		equal(reportName, "source rows", source.Rows, rows)
	}
	equal(reportName, "rows (users, duplicates and rejects)", source.Rows, source.Users+source.Duplicates+source.Rejected)
	equal(reportName, "rejects", source.Rejected, len(told.rejects))
	equal(reportName, "users held", s.Held, told.held)
	equal(reportName, "users who are leaving", s.Leaving, told.leaving)
	equal(reportName, "users in conflict", s.Conflicts, told.moved)
	equal(reportName, "users gone", s.Gone, told.gone)
	if then := told.Since; then != nil {
		equal(reportName, "rejects as in the last run", then.Rejects.AsBefore, told.before.nRejects)
		equal(reportName, "users held as in the last run", then.Held.AsBefore, told.before.nHeld)
		equal(reportName, "changes that failed as in the last run", then.Failed.AsBefore, len(told.before.failed))
	}
	equal(reportName, "users of the app", told.Remote.Active+told.Remote.Deactivated,
		total.Planned-s.Create.Planned+s.Unchanged+s.Held+s.OutOfScope+s.Protected+s.Kept+s.Conflicts)
	if places != nil {
		at := map[plan.Place]int{}
		for _, place := range places.All() {
			at[place.Counted()]++
			if place.Counted() != place {
				at[place]++
			}
		}
		for place, n := range map[plan.Place]int{
			plan.PlaceUnchanged: s.Unchanged, plan.PlaceHeld: s.Held, plan.PlaceOutOfScope: s.OutOfScope, plan.PlaceProtected: s.Protected,
			plan.PlaceKept: s.Kept, plan.PlaceLeaving: s.Leaving, plan.PlaceStranger: s.Strangers, plan.PlaceConflict: s.Conflicts,
		} {
			equal(usersName, "users "+place.String(), n, at[place])
		}
	}
	a.outcome(told, &total)
	if a.found[reportName]+a.found[usersName] == before {
		a.checked("%s: totals added up from %s and %s", reportName,
			phrase.Counted(told.operations, "operation"), phrase.Counted(len(told.rejects), "reject"))
	}
}

// outcome checks that the run's result can be what the lists say.
func (a *audit) outcome(told *record, total *Count) {
	run, verify := &told.Run, &told.Verify
	sent := total.Applied + total.Failed + total.Unknown
	open := len(told.rejects) + told.rekeys + told.moved + told.gone + len(told.Stops) + verify.Remaining
	done := total.Applied+told.unwanted == total.Planned
	code, fixed := map[Result]int{Converged: 0, Partial: 3, Refused: 4}[run.Result]
	if run.Result == Partial && run.ExitCode == 0 && len(told.rejects) > 0 && open == len(told.rejects) && done {
		code = 0 // there was nothing but rejects, and they were tolerated
	}
	switch {
	case run.ID == "":
		a.find(reportName, "it names no run")
	case fixed && run.ExitCode != code:
		a.find(reportName, "the run is %s, and its exit code %d instead of %d", run.Result, run.ExitCode, code)
	case run.Result == Converged && (!done || open > 0 || told.Guard.Tripped):
		a.find(reportName, "the run is %s, and %d of %s are applied and %d things left to see to",
			run.Result, total.Applied, phrase.Counted(total.Planned, "operation"), open)
	case sent > 0 && (run.Result == Pending || run.Result == Refused || told.Guard.Tripped):
		a.find(reportName, "the run is %s, and %s were sent", run.Result, phrase.Counted(sent, "operation"))
	case verify.Remaining < len(verify.Operations) || !verify.Ran && verify.Remaining > 0:
		a.find(reportName, "%d differences remain, and %d of them are listed; the app was read again: %t",
			verify.Remaining, len(verify.Operations), verify.Ran)
	}
}
