package run

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cometsync/diff/guard"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// What a good run read is kept for the guards of the next one. A good run is one
// that no guard refused, or that somebody let through, and that ended done or
// done in part. A plan that is applied later was read by the run that made it,
// which leaves what it read for the run that applies it: there, the known are those
// whom it saw standing.

// hindsight gives the policy what earlier runs left for its guards, before the roster
// is read.
func (r *Run) hindsight() {
	if r.Home.Dir == "" {
		return
	}
	past, err := journal.LoadPast(r.Home.Dir, r.Target, r.Policy.Scope.String())
	if err != nil {
		r.Tell(events.PastUnreadable, "error", err)
	}
	r.Policy.Past = past
	if past != nil {
		r.Policy.Earlier = func(least int) []plan.Earlier {
			return journal.Earlier(r.Home.Dir, r.Target, r.Started, guard.EarlierWithin, least)
		}
		r.Policy.Last = func() ([]plan.Done, bool) {
			record, err := journal.Read(r.Home.Dir, past.Run)
			if err != nil {
				r.Tell(events.PastUnlinked, "error", err)
				return nil, false
			}
			return record.Done(), record.Plan != nil && len(record.Plan.Allowed) > 0
		}
	}
}

// keepsCells reports whether a later run may compare the roster's cells with its own: it
// finds them in the state, or beside the plan.
func (r *Run) keepsCells() bool { return r.Home.Dir != "" && (r.record != nil || r.reportDir() != "") }

// byService is a time of this machine by the service's clock, as far as its answers told
// that the two are apart by more than an answer takes.
func (r *Run) byService(at time.Time) time.Time {
	if r.Connection == nil {
		return at
	}
	if seen := r.Connection.Seen(); seen.Dated && seen.Clock.Abs() > WrongClock {
		return at.Add(seen.Clock)
	}
	return at
}

// Linked finds what the run of a reviewed plan read, beside the plan, before a report
// takes its place. A plan that is older than the last good run is not applied: it would
// take back what that one did, and put an older reading in its place.
func (r *Run) Linked() error {
	v := r.Reviewed
	if r.Home.Dir == "" || v.Plan.Undoes != "" {
		return nil
	}
	read, err := journal.ReadPast(filepath.Join(filepath.Dir(v.Path), report.RosterIndex), r.Target)
	planned := &plan.Past{Scope: r.Policy.Scope.String(), Run: v.Plan.Run, At: v.Plan.CreatedAt}
	if err != nil || read == nil || read.Run != v.Plan.Run {
		v.unread = true
	} else {
		v.read, planned = read, read
	}
	past, err := journal.LoadPast(r.Home.Dir, r.Target, planned.Scope)
	if err != nil || !past.Outruns(planned) || v.unread && past.ReadAt.After(r.Now()) {
		return nil // without a past there is nothing to put back; keepPast tells of a damaged one
	}
	return history.Unfit("%s: was made before run %s, which has read a newer roster since; plan again", v.Path, past.Run)
}

// notice adds one to the plan.
func (r *Run) notice(code notice.Code, count int, format string, args ...any) {
	r.Plan.Notices = append(r.Plan.Notices, user.Notice{Code: code, Count: count, Message: phrase.Sprintf(format, args...)})
}

// reading is what was read of a roster, by this run or by the one whose plan it applies;
// nil where that is not known, and of an undo.
func (r *Run) reading() *plan.Past {
	switch {
	case r.Roster != nil:
		return &plan.Past{Scope: r.Policy.Scope.String(), Run: r.ID, At: r.Started, Policy: r.Policy.Ways(), Sources: r.Roster.Sources(),
			Known: r.Plan.Standing}
	case r.Reviewed != nil:
		return r.Reviewed.read
	}
	return nil
}

// readBy writes what the run of a plan read, for the run that applies the plan; nil
// where the run carries its plan out itself, or has read no roster. A refused plan
// may be applied once somebody has reviewed it.
func (r *Run) readBy() func(io.Writer) error {
	if r.Roster == nil || r.Plan == nil || r.record != nil && !r.Plan.Refused() || r.Target.Sandbox || r.Target.Roster != "" {
		return nil
	}
	return func(w io.Writer) error {
		read := r.reading()
		if err := r.Roster.Err(); err != nil {
			return err
		}
		if r.Policy.Past != nil {
			read.After = r.Policy.Past.Run
		}
		return journal.WritePast(w, r.Target, read)
	}
}

// keepPast keeps what a good run read. Where that is not known, the summary says so.
func (r *Run) keepPast(code int) {
	if r.Home.Dir == "" || r.Plan == nil || r.Plan.Refused() || code != exit.Done && code != exit.Part {
		return
	}
	read := r.reading()
	if read == nil {
		return
	}
	if r.Roster != nil && r.Roster.Err() != nil {
		r.Tell(events.PastUnkept, "error", r.Roster.Err())
		return
	}
	past, err := journal.LoadPast(r.Home.Dir, r.Target, read.Scope)
	if err != nil && r.Roster == nil { // else hindsight has told it
		r.Tell(events.PastUnreadable, "error", err)
	}
	next := past.Next(read.Scope, r.ID, r.Now(), read.Sources, r.absent(past, r.byService(read.At)), r.still(read.Known))
	next.Read, next.ReadAt = read.Run, read.At
	next.Policy, next.Left = read.Policy, len(r.Results)-r.count(plan.Applied)
	if err := journal.SavePast(r.Home.Dir, r.Target, next); err != nil {
		r.Tell(events.PastUnkept, "error", err)
	}
}

// still is those of the standing who are active once the run has ended.
func (r *Run) still(standing []uint64) map[uint64]bool {
	still := make(map[uint64]bool, len(standing))
	for _, uid := range standing {
		still[uid] = true
	}
	for i := range r.Plan.Operations {
		if o := &r.Plan.Operations[i]; o.Verb == plan.Deactivate && r.Results[i].Outcome == plan.Applied {
			delete(still, user.HashUID(o.UID))
		}
	}
	return still
}

// absent is who is absent and not deactivated once the run has ended, in order of
// their uids: who is leaving, and of those who were to go whoever is still there. A
// run that withheld that does not count.
func (r *Run) absent(past *plan.Past, at time.Time) []plan.Absence {
	var absent []plan.Absence
	add := func(uid string) {
		a := past.Absence(uid)
		if r.Plan.WithholdingOf(plan.Deactivate) == nil {
			a = a.After(at, r.Policy.GraceWithin)
		}
		if a.Runs > 0 {
			absent = append(absent, a)
		}
	}
	for i := range r.Plan.Leaving {
		add(r.Plan.Leaving[i].UID)
	}
	for i, o := range r.Plan.Operations {
		if o.Verb == plan.Deactivate && o.Reason == plan.Absent && r.Results[i].Outcome != plan.Applied {
			add(o.UID)
		}
	}
	slices.SortFunc(absent, func(a, b plan.Absence) int { return strings.Compare(a.UID, b.UID) })
	return absent
}

// WrongClock is how far two clocks may be apart before it is told.
const WrongClock = 2 * time.Minute

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
		return slices.Equal(p.Config.Values("scope"), scope)
	})
	switch {
	case err != nil:
		return &report.Last{Lost: err.Error()}
	case before == nil:
		return nil
	}
	return report.LastOf(history.Recorded(before))
}

// noticeStuck looks up which of the plan's updates did not stick when they were
// sent before, and says so: they are not sent again and again.
func (r *Run) noticeStuck() {
	if r.Roster == nil || !r.loadStuck() {
		return
	}
	n, first := 0, ""
	for i := range r.Plan.Operations {
		if message, known := r.known(&r.Plan.Operations[i]); known {
			n++
			first = cmp.Or(first, r.Plan.Operations[i].UID+": "+message)
		}
	}
	if n > 0 {
		r.notice(notice.DidNotStickBefore, n, "updates that did not stick when an earlier run sent them, and are not sent again "+
			"(%s)", first)
	}
}

// loadStuck reads what did not stick in earlier runs.
func (r *Run) loadStuck() (ok bool) {
	if r.Home.Dir == "" {
		return false
	}
	var err error
	if r.stuck, err = journal.LoadStuck(r.Home.Dir, r.Target); err != nil {
		r.Tell(events.StuckUnreadable, "error", err)
	}
	return err == nil
}

// known says of an update that did not stick before why it is not sent.
func (r *Run) known(o *plan.Operation) (message string, known bool) {
	if r.stuck == nil || r.Opt.Resend || o.Verb != plan.Update {
		return "", false
	}
	note, known := r.stuck.Known(o)
	if !known {
		return "", false
	}
	return fmt.Sprintf("not sent again: the same values did not stick in run %s on %s; look at the user in the dashboard, change the row, "+
		"or give --resend",
		note.Run, note.At.UTC().Format(time.DateOnly)), true
}

// remember keeps which updates did not stick, for the runs to come. What can't
// be kept is sent again, which is no harm.
func (r *Run) remember() {
	if r.stuck == nil {
		return
	}
	for i := range r.Results {
		o, result := &r.Plan.Operations[i], &r.Results[i]
		switch {
		case o.Verb != plan.Update:
		case result.Outcome == plan.Applied:
			r.stuck.Forget(o.UID)
		case result.Code == plan.CodeDidNotStick:
			r.stuck.Add(o, journal.Note{Run: r.ID, At: r.Now(), Message: result.Message})
		}
	}
	if err := r.stuck.Save(); err != nil {
		r.Tell(events.StuckUnkept, "error", err)
	}
}
