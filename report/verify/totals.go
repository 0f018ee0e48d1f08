package verify

import (
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/wire"
)

// totals adds up what is listed, and knows nothing of how a report is rendered: a
// fault of the renderer's own sums would be in all of its files alike.
func (a *audit) totals(told *wire.Record, places *plan.Places) {
	before, s, source := a.found(report.JSONName, report.UsersName), &told.Summary, &told.Source
	equal := func(file, what string, got, want int) {
		if got != want {
			a.Find(file, "%s: %d, and what is listed comes to %d", what, got, want)
		}
	}
	var total report.Count // of what is listed
	for _, v := range report.Verbs() {
		have, listed := s.Of(v), told.Listed.Of(v)
		equal(report.JSONName, "planned of "+v.String(), have.Planned, listed.Planned)
		for _, o := range report.Outcomes() {
			equal(report.JSONName, o.String()+" of "+v.String(), have.Of(o), listed.Of(o))
		}
		total.Add(listed)
	}
	rows := 0
	for _, f := range source.Files {
		rows += f.Rows
	}
	if len(source.Files) == 0 {
		rows = source.Rows
	}
	for _, n := range []struct {
		what         string
		told, listed int
	}{
		{"source rows", source.Rows, rows},
		{"rows (users, duplicates and rejects)", source.Rows, source.Users + source.Duplicates + source.Rejected},
		{"rejects", source.Rejected, len(told.Rejects)},
		{"users held", s.Held, told.Held},
		{"users who are leaving", s.Leaving, told.Leaving},
		{"users in conflict", s.Conflicts, told.Conflicts},
		{"users gone", s.Gone, told.Gone},
		{"users of the app", told.Remote.Active + told.Remote.Deactivated,
			total.Planned - s.Create.Planned + s.Unchanged + s.Held + s.OutOfScope + s.Protected + s.Kept + s.Conflicts},
	} {
		equal(report.JSONName, n.what, n.told, n.listed)
	}
	if places != nil {
		at := map[plan.Place]int{}
		for left := range places.All() {
			at[left.Place.Counted()]++
			if left.Place.Counted() != left.Place {
				at[left.Place]++
			}
		}
		for _, n := range []struct {
			place plan.Place
			told  int
		}{
			{plan.PlaceUnchanged, s.Unchanged}, {plan.PlaceHeld, s.Held}, {plan.PlaceOutOfScope, s.OutOfScope},
			{plan.PlaceProtected, s.Protected}, {plan.PlaceKept, s.Kept}, {plan.PlaceLeaving, s.Leaving},
			{plan.PlaceStranger, s.Strangers}, {plan.PlaceConflict, s.Conflicts},
		} {
			equal(report.UsersName, "users "+n.place.String(), n.told, at[n.place])
		}
	}
	a.outcome(told, &total)
	if a.found(report.JSONName, report.UsersName) == before {
		a.Check("%s: totals added up from %s and %s", report.JSONName,
			phrase.Counted(told.Operations, "operation"), phrase.Counted(len(told.Rejects), "reject"))
	}
}

// outcome checks that the run's result can be what the lists say.
func (a *audit) outcome(told *wire.Record, total *report.Count) {
	run, verify, name := &told.Run, &told.Verify, report.JSONName
	sent := total.Applied + total.Failed + total.Unknown
	open := len(told.Rejects) + told.Rekeys + told.Conflicts + told.Gone + len(told.Stops) + verify.Remaining
	done := total.Applied+told.Unwanted == total.Planned
	code, fixed := map[report.Result]int{report.Converged: 0, report.Partial: 3, report.Refused: 4}[run.Result]
	if run.Result == report.Partial && run.ExitCode == 0 && len(told.Rejects) > 0 && open == len(told.Rejects) && done {
		code = 0 // there was nothing but rejects, and they were tolerated
	}
	switch {
	case run.ID == "":
		a.Find(name, "it names no run")
	case fixed && run.ExitCode != code:
		a.Find(name, "the run is %s, and its exit code %d instead of %d", run.Result, run.ExitCode, code)
	case run.Result == report.Converged && (!done || open > 0 || told.Guard.Tripped):
		a.Find(name, "the run is %s, and %d of %s are applied and %d things left to see to",
			run.Result, total.Applied, phrase.Counted(total.Planned, "operation"), open)
	case sent > 0 && (run.Result == report.Pending || run.Result == report.Refused || told.Guard.Tripped):
		a.Find(name, "the run is %s, and %s were sent", run.Result, phrase.Counted(sent, "operation"))
	case verify.Remaining < len(verify.Operations) || !verify.Ran && verify.Remaining > 0:
		a.Find(name, "%d differences remain, and %d of them are listed; the app was read again: %t",
			verify.Remaining, len(verify.Operations), verify.Ran)
	}
}
