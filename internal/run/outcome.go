package run

import (
	"errors"
	"slices"

	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/plan"
	"cometsync/report"
)

// outcome is the result of a plan that was carried out, or that was stopped.
func (r *Run) outcome(stopped error) (report.Result, int) {
	var interrupt exit.Interrupt
	switch {
	case errors.As(stopped, &interrupt):
		return report.Interrupted, interrupt.ExitCode()
	case stopped != nil:
		return report.Failed, exit.Of(stopped)
	case r.count(plan.Applied)+r.decidedAgainst() < len(r.Results), r.lacking(), r.verified.Remaining > 0, r.verified.Message != "",
		len(r.Plan.Conflicts)+len(r.Plan.Rekeys) > 0, len(r.stops) > 0, r.badDecisions(), r.Rejected() > r.tolerates(), r.waiting():
		return report.Partial, exit.Part
	case r.Rejected() > 0:
		return report.Partial, exit.Done
	}
	return report.Converged, exit.Done
}

// waiting reports whether people who are leaving were not counted, since rows may stand
// for any of them: they would stay for as long as nobody corrects those.
func (r *Run) waiting() bool {
	return len(r.Plan.Leaving) > 0 && r.Plan.WithholdingOf(plan.Deactivate) != nil
}

// Rejected is how many rows can't be used.
func (r *Run) Rejected() int { return r.Intake().Rejected + len(r.Plan.Rejects) }

// tolerates is how many rejects --tolerate-rejects allows; a percentage is one of
// the rows.
func (r *Run) tolerates() int {
	most, _ := r.tolerate.Of(r.Intake().Rows)
	return most
}

// decidedAgainst is how many operations a reviewer did not want: leaving them
// is what was asked for.
func (r *Run) decidedAgainst() int {
	n := 0
	for _, result := range r.left {
		if report.Kept(&result) {
			n++
		}
	}
	return n
}

// badDecisions reports whether rows of the decisions can't be used.
func (r *Run) badDecisions() bool {
	return r.Reviewed != nil && r.Reviewed.Decisions != nil && len(r.Reviewed.Decisions.Rejects) > 0
}

// lacking reports whether something is missing of what was applied: an auth token.
func (r *Run) lacking() bool {
	return slices.ContainsFunc(r.Results, func(result plan.Result) bool {
		return result.Outcome == plan.Applied && result.Code != "" && result.Code != plan.CodeUndated
	})
}

func (r *Run) count(o plan.Outcome) int {
	n := 0
	for i := range r.Results {
		if r.Results[i].Outcome == o {
			n++
		}
	}
	return n
}

// judge is the result of a plan that is not, or not yet, carried out.
func (r *Run) judge() (report.Result, int, error) {
	switch {
	case r.Plan.Refused():
		return report.Refused, exit.Refused, nil
	case len(r.Plan.Operations)+len(r.Plan.Conflicts)+len(r.Plan.Rekeys) == 0 && r.Rejected() == 0 &&
		(r.Policy.Instead == nil || r.Policy.Instead.Rejected == 0):
		return report.Converged, exit.Done, nil
	case r.Opt.DetailedExitCode && len(r.Plan.Operations) > 0: // and not just rows to correct
		return report.Pending, exit.Changes, nil
	}
	return report.Pending, exit.Done, nil
}

// Conclude reports and turns the code into the command's error.
func (r *Run) Conclude(result report.Result, code int, problem error) error {
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
func (r *Run) tellGuards() {
	if r.Plan == nil {
		return
	}
	for _, g := range r.Plan.Tripped() {
		r.Tell(events.GuardTripped, "guard", g.Name, "limit", g.Limit, "actual", g.Actual, "allow", g.Allow)
	}
	for _, g := range r.Plan.Forewarned() {
		r.Tell(events.GuardForeseen, "guard", g.Name, "limit", g.Limit, "actual", g.Actual)
	}
}

// tellOperation tells of an operation that did not go well.
func (r *Run) tellOperation(o *plan.Operation, result *plan.Result) {
	switch result.Outcome {
	case plan.Failed, plan.Drifted, plan.Unknown:
		attrs := []any{"op", o.Verb, "uid", o.UID, "outcome", result.Outcome, "http", result.Status, "code",
			events.Code(result.Code, result.Status), "attempt", result.Attempts}
		if o.Source.Row > 0 {
			attrs = append(attrs, "file", o.Source.File, "row", o.Source.Row)
		}
		r.Tell(events.OperationFailed, attrs...)
	}
}
