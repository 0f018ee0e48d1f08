package run

import (
	"slices"

	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/report"
)

// last is what the app's last run on record left, for the report to tell what is
// new. It is read once there is something that may be there again.
func (r *Run) last() *report.Last {
	if r.Home.Dir == "" || r.Plan == nil || r.Undoes != "" {
		return nil
	}
	if r.Rejected()+len(r.Plan.Held) == 0 && r.count(plan.Failed) == 0 {
		return nil
	}
	scope := r.Plan.Config.Values("scope")
	before, err := journal.Before(r.Home.Dir, r.Target, r.Started, func(p *plan.Plan) bool {
		return slices.Equal(p.Config.Values("scope"),
			scope)
	})
	switch {
	case err != nil:
		return &report.Last{Lost: err.Error()}
	case before == nil:
		return nil
	}
	return report.LastOf(history.Recorded(before))
}
