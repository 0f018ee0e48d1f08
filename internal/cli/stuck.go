package cli

import (
	"fmt"
	"time"

	"cometsync/internal/events"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// noticeStuck looks up which of the plan's updates did not stick when they were
// sent before, and says so: they are not sent again and again.
func (r *run) noticeStuck() {
	if r.roster == nil || !r.loadStuck() {
		return
	}
	n := 0
	var first string
	for i := range r.plan.Operations {
		if message, known := r.known(&r.plan.Operations[i]); known {
			if n++; n == 1 {
				first = r.plan.Operations[i].UID + ": " + message
			}
		}
	}
	if n > 0 {
		r.plan.Notices = append(r.plan.Notices, user.Notice{Code: notice.DidNotStickBefore, Count: n,
			Message: fmt.Sprintf("updates that did not stick when an earlier run sent them, and are not sent again (%s)", first)})
	}
}

// loadStuck reads what did not stick in earlier runs.
func (r *run) loadStuck() (ok bool) {
	if r.home.Dir == "" {
		return false
	}
	var err error
	if r.stuck, err = journal.LoadStuck(r.home.Dir, r.target); err != nil {
		r.Tell(events.StuckUnreadable, "error", err)
	}
	return err == nil
}

// known says of an update that did not stick before why it is not sent.
func (r *run) known(o *plan.Operation) (message string, known bool) {
	if r.stuck == nil || r.opt.Resend || o.Verb != plan.Update {
		return "", false
	}
	note, known := r.stuck.Known(o)
	if !known {
		return "", false
	}
	return fmt.Sprintf("not sent again: the same values did not stick in run %s on %s; look at the user in the dashboard, change the row, or give --resend",
		note.Run, note.At.UTC().Format(time.DateOnly)), true
}

// remember keeps which updates did not stick, for the runs to come. What can't
// be kept is sent again, which is no harm.
func (r *run) remember() {
	if r.stuck == nil {
		return
	}
	for i := range r.results {
		o, result := &r.plan.Operations[i], &r.results[i]
		switch {
		case o.Verb != plan.Update:
		case result.Outcome == plan.Applied:
			r.stuck.Forget(o.UID)
		case result.Code == "did-not-stick":
			r.stuck.Add(o, journal.Note{Run: r.id, At: r.Now(), Message: result.Message})
		}
	}
	if err := r.stuck.Save(); err != nil {
		r.Tell(events.StuckUnkept, "error", err)
	}
}
