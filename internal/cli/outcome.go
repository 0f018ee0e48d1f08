package cli

import (
	"errors"
	"slices"

	"cometsync/internal/apply"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/plan"
	"cometsync/report"
)

// outcome is the result of a plan that was carried out, or that was stopped.
func (r *run) outcome(stopped error) (report.Result, int) {
	var interrupt exit.Interrupt
	switch {
	case errors.As(stopped, &interrupt):
		return report.Interrupted, interrupt.ExitCode()
	case stopped != nil:
		return report.Failed, exit.Of(stopped)
	case r.count(plan.Applied)+r.decidedAgainst() < len(r.results), r.lacking(), r.verified.Remaining > 0, r.verified.Message != "",
		len(r.plan.Conflicts)+len(r.plan.Rekeys) > 0, len(r.stops) > 0, r.badDecisions(), r.rejected() > r.tolerates(), r.waiting():
		return report.Partial, exit.Part
	case r.rejected() > 0:
		return report.Partial, exit.Done
	}
	return report.Converged, exit.Done
}

// waiting says whether people who are leaving were not counted, since rows may stand
// for any of them: they would stay for as long as nobody mends those.
func (r *run) waiting() bool {
	return len(r.plan.Leaving) > 0 && r.plan.WithholdingOf(plan.Deactivate) != nil
}

// rejected is how many rows can't be used.
func (r *run) rejected() int { return r.intake().Rejected + len(r.plan.Rejects) }

// tolerates is how many rejects --tolerate-rejects allows; a percentage is one of
// the rows.
func (r *run) tolerates() int {
	most, _ := r.tolerate.Of(r.intake().Rows)
	return most
}

// decidedAgainst is how many operations a reviewer did not want: leaving them
// is what was asked for.
func (r *run) decidedAgainst() int {
	n := 0
	for _, result := range r.left {
		if result.Code == plan.CodeHold || result.Code == plan.CodeNever || result.Code == plan.CodeUndecided {
			n++
		}
	}
	return n
}

// badDecisions says whether rows of the decisions can't be used.
func (r *run) badDecisions() bool {
	return r.reviewed != nil && r.reviewed.decisions != nil && len(r.reviewed.decisions.Rejects) > 0
}

// lacking says whether something is missing of what was applied: an auth token.
func (r *run) lacking() bool {
	return slices.ContainsFunc(r.results, func(result plan.Result) bool {
		return result.Outcome == plan.Applied && result.Code != "" && result.Code != apply.CodeUndated
	})
}

func (r *run) count(o plan.Outcome) int {
	n := 0
	for i := range r.results {
		if r.results[i].Outcome == o {
			n++
		}
	}
	return n
}

// judge is the result of a plan that is not, or not yet, carried out.
func (r *run) judge() (report.Result, int, error) {
	switch {
	case r.plan.Refused():
		return report.Refused, exit.Refused, nil
	case len(r.plan.Operations)+len(r.plan.Conflicts)+len(r.plan.Rekeys) == 0 && r.rejected() == 0:
		return report.Converged, exit.Done, nil
	case len(r.plan.Operations) == 0:
		return report.Pending, exit.Done, nil // rows to correct, and no changes
	case r.opt.DetailedExitCode:
		return report.Pending, exit.Changes, nil
	}
	return report.Pending, exit.Done, nil
}

// conclude reports and turns the code into the command's error.
func (r *run) conclude(result report.Result, code int, problem error) error {
	if err := r.report(result, code, problem); err != nil {
		return errors.Join(problem, err)
	}
	if problem != nil {
		return problem
	}
	if code != exit.Done {
		return exit.Silent(code)
	}
	return nil
}

// tellGuards tells of the guards that refuse the plan, or withhold a part of it,
// and of those that will refuse a later one; what they are about may be a value of
// somebody's.
func (r *run) tellGuards() {
	if r.plan == nil {
		return
	}
	for _, g := range r.plan.Tripped() {
		r.Tell(events.GuardTripped, "guard", g.Name, "limit", g.Limit, "actual", g.Actual, "allow", g.Allow)
	}
	for _, g := range r.plan.Forewarned() {
		r.Tell(events.GuardForeseen, "guard", g.Name, "limit", g.Limit, "actual", g.Actual)
	}
}

// tellOperation tells of an operation that did not go well.
func (r *run) tellOperation(o *plan.Operation, result *plan.Result) {
	switch result.Outcome {
	case plan.Failed, plan.Drifted, plan.Unknown:
		attrs := []any{"op", o.Verb, "uid", o.UID, "outcome", result.Outcome, "http", result.Status, "code", events.Code(result.Code, result.Status), "attempt", result.Attempts}
		if o.Source.Row > 0 {
			attrs = append(attrs, "file", o.Source.File, "row", o.Source.Row)
		}
		r.Tell(events.OperationFailed, attrs...)
	}
}
