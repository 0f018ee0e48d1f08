package cli

import (
	"io"
	"path/filepath"
	"time"

	"cometsync/diff"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/report"
)

// What a good run read is kept for the guards of the next one. A good run is one
// that no guard refused, or that somebody let through, and that ended done or
// done in part. A plan that is applied later was read by the run that made it,
// which leaves what it read for the run that applies it.

// hindsight gives the policy what earlier runs left for its guards.
func (r *run) hindsight() {
	r.policy.Now = r.started
	if r.roster == nil || r.home.Dir == "" {
		return
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, r.policy.Scope.String())
	if err != nil {
		r.log.Warn("there is no last good run to compare with", "error", err)
	}
	r.policy.Past = past
	if past != nil {
		r.policy.Earlier = func() []plan.Earlier {
			return journal.Earlier(r.home.Dir, r.target, r.started, diff.EarlierWithin)
		}
		r.policy.Last = func() []plan.Done {
			record, err := journal.Read(r.home.Dir, past.Run)
			if err != nil {
				r.log.Debug("what the last good run did not get done is not on record", "error", err)
				return nil
			}
			return record.Done()
		}
	}
}

// readBy writes what the run of a plan read, for the run that applies the plan; nil
// where the run carries its plan out itself, or has read no roster.
func (r *run) readBy() func(io.Writer) error {
	if r.roster == nil || r.plan == nil || r.record != nil || r.target.Sandbox {
		return nil
	}
	return func(w io.Writer) error {
		return journal.WritePast(w, r.target, &plan.Past{Scope: r.policy.Scope.String(), Run: r.id, At: r.started, Sources: r.roster.Sources()})
	}
}

// keepPast keeps what a good run read.
func (r *run) keepPast(exit int) {
	if r.home.Dir == "" || r.plan == nil || r.plan.Refused() || exit != exitDone && exit != exitPart {
		return
	}
	var scope string
	var sources []plan.PastSource
	switch {
	case r.roster != nil:
		scope, sources = r.policy.Scope.String(), r.roster.Sources()
	case r.reviewed != nil:
		planned, err := journal.ReadPast(filepath.Join(filepath.Dir(r.reviewed.path), report.RosterIndex), r.target)
		if err != nil || planned == nil || planned.Run != r.reviewed.plan.Run {
			r.log.Debug("what the run of the plan read is not beside it; the next run compares with an earlier one", "error", err)
			return
		}
		scope, sources = planned.Scope, planned.Sources
	default:
		return // an undo reads no roster
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, scope)
	if err != nil {
		r.log.Warn("there is no last good run to go on from", "error", err)
	}
	next := past.Next(scope, r.id, r.Now(), sources, nil, graceHours*time.Hour)
	if err := journal.SavePast(r.home.Dir, r.target, next); err != nil {
		r.log.Warn("the guards of the next run will compare with an earlier one", "error", err)
	}
}

// graceHours is how near two runs may be to count as one for who is absent.
const graceHours = 20
