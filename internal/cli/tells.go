package cli

import (
	"cometsync/internal/events"
	"cometsync/internal/plan"
)

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
