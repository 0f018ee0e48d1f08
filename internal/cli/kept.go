package cli

import (
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/plan"
)

// history is where earlier runs lie.
func (a *session) history() *history.Store {
	return &history.Store{State: a.stateDir, Named: a.namedTarget(), Sandbox: a.opt.Sandbox, Now: a.Now}
}

// resume begins an undo on the embedded sandbox with the users that the run left,
// or the latest undo of it.
func (r *run) resume(of *history.Run) error {
	if !r.target.Sandbox {
		return nil
	}
	runs, err := r.history().Runs(&r.target)
	if err != nil {
		return err
	}
	if err := r.trial.Resume(of, runs); err != nil {
		return err
	}
	r.Tell(events.SandboxResumed, "earlier", r.trial.From, "state", r.trial.State)
	return nil
}

// keep keeps the users as the run leaves them, and nothing of runs before the
// last few. A trial does not fail for it.
func (r *run) keep() {
	if _, none := r.record.(noRecord); none || !r.target.Sandbox {
		return
	}
	if r.connection != nil && r.count(plan.Applied)+r.count(plan.Unknown) > 0 {
		if err := r.trial.Keep(r.id, r.connection.box.Save); err != nil {
			r.Tell(events.SandboxUnkept, "error", err)
		}
	}
	if err := r.trial.Forget(r.Now()); err != nil {
		r.Tell(events.OldRunsLeft, "error", err)
	}
}
