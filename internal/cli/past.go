package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"cometsync/diff/guard"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
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
	r.policy.Night = sync.OnceValue(func() time.Time { return r.byService(r.started) })
	if r.roster == nil || r.home.Dir == "" {
		return
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, r.policy.Scope.String())
	if err != nil {
		r.Tell(events.PastUnreadable, "error", err)
	}
	r.policy.Past = past
	if past != nil {
		r.policy.Earlier = func(least int) []plan.Earlier {
			return journal.Earlier(r.home.Dir, r.target, r.started, guard.EarlierWithin, least)
		}
		r.policy.Last = func() ([]plan.Done, bool) {
			record, err := journal.Read(r.home.Dir, past.Run)
			if err != nil {
				r.Tell(events.PastUnlinked, "error", err)
				return nil, false
			}
			return record.Done(), record.Plan != nil && len(record.Plan.Allowed) > 0
		}
	}
}

// byService is a time of this machine by the service's clock, as far as its answers told
// that the two are apart by more than an answer takes.
func (r *run) byService(at time.Time) time.Time {
	if r.connection == nil {
		return at
	}
	if seen := r.connection.Seen(); seen.Dated && seen.Clock.Abs() > wrongClock {
		return at.Add(seen.Clock)
	}
	return at
}

// linked finds what the run of a reviewed plan read, beside the plan, before a report
// takes its place. A plan that is older than the last good run is not applied: it would
// take back what that one did, and put an older reading in its place.
func (r *run) linked() error {
	v := r.reviewed
	if r.home.Dir == "" || v.Plan.Undoes != "" {
		return nil
	}
	read, err := journal.ReadPast(filepath.Join(filepath.Dir(v.Path), report.RosterIndex), r.target)
	planned := &plan.Past{Scope: r.policy.Scope.String(), Run: v.Plan.Run, At: v.Plan.CreatedAt}
	if err != nil || read == nil || read.Run != v.Plan.Run {
		v.unread = true
	} else {
		v.read, planned = read, read
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, planned.Scope)
	if err != nil || !past.Outruns(planned) || v.unread && past.ReadAt.After(r.Now()) {
		return nil // without a past there is nothing to put back; keepPast tells of a damaged one
	}
	return history.Unfit("%s: was made before run %s, which has read a newer roster since; plan again", v.Path, past.Run)
}

// noticeUnread says that this run will be no good run.
func (r *run) noticeUnread() {
	if r.reviewed.unread {
		r.plan.Notices = append(r.plan.Notices, user.Notice{Code: notice.PlanUnread,
			Message: fmt.Sprintf("the %s of the run that made the plan is not beside it, so that the guards of the next run can't compare with this one; keep the plan in its report directory", report.RosterIndex)})
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
		read := &plan.Past{Scope: r.policy.Scope.String(), Run: r.id, At: r.started, Policy: r.policy.Ways(), Sources: r.roster.Sources(), Known: r.plan.Standing}
		if r.policy.Past != nil {
			read.After = r.policy.Past.Run
		}
		return journal.WritePast(w, r.target, read)
	}
}

// keepPast keeps what a good run read.
func (r *run) keepPast(code int) {
	if r.home.Dir == "" || r.plan == nil || r.plan.Refused() || code != exit.Done && code != exit.Part {
		return
	}
	read := &plan.Past{Scope: r.policy.Scope.String(), Run: r.id, At: r.started, Policy: r.policy.Ways()}
	switch {
	case r.roster != nil:
		read.Sources, read.Known = r.roster.Sources(), r.plan.Standing
	case r.reviewed != nil:
		if read = r.reviewed.read; read == nil {
			return // the summary says it
		}
	default:
		return // an undo reads no roster
	}
	past, err := journal.LoadPast(r.home.Dir, r.target, read.Scope)
	if err != nil {
		r.Tell(events.PastUnreadable, "error", err)
	}
	next := past.Next(read.Scope, r.id, r.Now(), read.Sources, r.absent(past, r.byService(read.At)), r.still(read.Known))
	next.Read, next.ReadAt = read.Run, read.At
	next.Policy, next.Left = read.Policy, r.unfinished()
	if err := journal.SavePast(r.home.Dir, r.target, next); err != nil {
		r.Tell(events.PastUnkept, "error", err)
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
// run that withheld that does not count.
func (r *run) absent(past *plan.Past, at time.Time) []plan.Absence {
	var absent []plan.Absence
	add := func(uid string) {
		a := past.Absence(uid)
		if r.plan.WithholdingOf(plan.Deactivate) == nil {
			a = a.After(at, r.policy.GraceWithin)
		}
		if a.Runs > 0 {
			absent = append(absent, a)
		}
	}
	for i := range r.plan.Leaving {
		add(r.plan.Leaving[i].UID)
	}
	for i, o := range r.plan.Operations {
		switch {
		case o.Verb != plan.Deactivate || o.Reason != plan.Absent || r.results[i].Outcome == plan.Applied:
		default:
			add(o.UID)
		}
	}
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
