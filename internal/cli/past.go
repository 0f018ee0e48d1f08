package cli

import (
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cometsync/diff"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// What a good run read is kept for the guards of the next one. A good run is one
// that no guard refused, or that somebody let through, and that ended done or
// done in part. A plan that is applied later was read by the run that made it,
// which leaves what it read for the run that applies it: there, the known are those
// whom it saw standing.

// hindsight gives the policy what earlier runs left for its guards.
func (r *run) hindsight() {
	r.policy.Now = r.started
	if r.roster == nil || r.home.Dir == "" {
		return
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, r.policy.Scope.String())
	if err != nil {
		r.tell(pastUnreadable, "error", err)
	}
	r.policy.Past = past
	if past != nil {
		r.policy.Earlier = func(least int) []plan.Earlier {
			return journal.Earlier(r.home.Dir, r.target, r.started, diff.EarlierWithin, least)
		}
		r.policy.Last = func() []plan.Done {
			record, err := journal.Read(r.home.Dir, past.Run)
			if err != nil {
				r.tell(pastUnlinked, "error", err)
				return nil
			}
			return record.Done()
		}
	}
}

// readBy writes what the run of a plan read, for the run that applies the plan; nil
// where the run carries its plan out itself, or has read no roster. A refused plan
// may be applied once somebody has reviewed it.
func (r *run) readBy() func(io.Writer) error {
	if r.roster == nil || r.plan == nil || r.record != nil && !r.plan.Refused() || r.target.Sandbox {
		return nil
	}
	return func(w io.Writer) error {
		return journal.WritePast(w, r.target, &plan.Past{Scope: r.policy.Scope.String(), Run: r.id, At: r.started, Policy: r.policy.Ways(), Sources: r.roster.Sources(), Known: r.plan.Standing})
	}
}

// keepPast keeps what a good run read.
func (r *run) keepPast(exit int) {
	if r.home.Dir == "" || r.plan == nil || r.plan.Refused() || exit != exitDone && exit != exitPart {
		return
	}
	read := &plan.Past{Scope: r.policy.Scope.String(), At: r.started, Policy: r.policy.Ways()}
	switch {
	case r.roster != nil:
		read.Sources, read.Known = r.roster.Sources(), r.plan.Standing
	case r.reviewed != nil:
		planned, err := journal.ReadPast(filepath.Join(filepath.Dir(r.reviewed.path), report.RosterIndex), r.target)
		if err != nil || planned == nil || planned.Run != r.reviewed.plan.Run {
			r.tell(pastUnlinked, "error", err)
			return
		}
		read = planned
	default:
		return // an undo reads no roster
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, read.Scope)
	if err != nil {
		r.tell(pastUnreadable, "error", err)
	}
	next := past.Next(read.Scope, r.id, r.Now(), read.Sources, r.absent(past, read.At), r.still(read.Known))
	next.Policy, next.Left = read.Policy, r.unfinished()
	if err := journal.SavePast(r.home.Dir, r.target, next); err != nil {
		r.tell(pastUnkept, "error", err)
	}
}

// still is those of the standing who are active once the run has ended.
func (r *run) still(standing []uint64) map[uint64]bool {
	still := make(map[uint64]bool, len(standing))
	for _, uid := range standing {
		still[uid] = true
	}
	for i := range r.plan.Operations {
		if o := &r.plan.Operations[i]; o.Verb == plan.Deactivate && r.results[i].Outcome == plan.Applied {
			delete(still, user.HashUID(o.UID))
		}
	}
	return still
}

// absent is who is absent and not deactivated once the run has ended, in order of
// their uids: who is leaving, and of those who were to go whoever is still there. A
// run that withheld that does not count, and a plan that was made before the last
// good run says nothing new of anybody.
func (r *run) absent(past *plan.Past, at time.Time) []plan.Absence {
	var absent []plan.Absence
	old := past != nil && past.At.After(at)
	if old {
		absent = slices.Clone(past.Absent)
	}
	add := func(uid string) {
		a := past.Absence(uid)
		if r.plan.WithholdingOf(plan.Deactivate) == nil {
			a = a.After(at, r.policy.GraceWithin)
		}
		if a.Runs > 0 && !old {
			absent = append(absent, a)
		}
	}
	for i := range r.plan.Leaving {
		add(r.plan.Leaving[i].UID)
	}
	gone := map[string]bool{}
	for i, o := range r.plan.Operations {
		switch {
		case o.Verb != plan.Deactivate || o.Reason != plan.Absent:
		case r.results[i].Outcome == plan.Applied:
			gone[o.UID] = true
		default:
			add(o.UID)
		}
	}
	absent = slices.DeleteFunc(absent, func(a plan.Absence) bool { return gone[a.UID] })
	slices.SortFunc(absent, func(a, b plan.Absence) int { return strings.Compare(a.UID, b.UID) })
	return absent
}

// unfinished is how many operations of the plan were not done.
func (r *run) unfinished() (n int) {
	for i := range r.results {
		if r.results[i].Outcome != plan.Applied {
			n++
		}
	}
	return n
}
