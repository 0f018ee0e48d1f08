package run

import (
	"cmp"
	"fmt"
	"time"

	"cometsync/internal/events"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
	"cometsync/internal/plan"
)

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
		case result.Code == "did-not-stick":
			r.stuck.Add(o, journal.Note{Run: r.ID, At: r.Now(), Message: result.Message})
		}
	}
	if err := r.stuck.Save(); err != nil {
		r.Tell(events.StuckUnkept, "error", err)
	}
}
