package run

import (
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/plan"
)

// History is where earlier runs lie.
func (a *Session) History() *history.Store {
	passed := func(trials []history.Run) {
		a.Tell(events.SandboxPassed, "runs", len(trials), "sandbox", trials[len(trials)-1].Head.State)
	}
	return &history.Store{State: a.StateDir, Named: a.NamedTarget(), Sandbox: a.Opt.Sandbox, Now: a.Now, Passed: passed}
}

// Resume begins an undo on the embedded sandbox with the users that the run left,
// or the latest undo of it.
func (r *Run) Resume(of *history.Run) error {
	if !r.Target.Sandbox {
		return nil
	}
	runs, err := r.History().Runs(&r.Target)
	if err != nil {
		return err
	}
	if err := r.Trial.Resume(of, runs); err != nil {
		return err
	}
	r.Tell(events.SandboxResumed, "earlier", r.Trial.From, "state", r.Trial.State)
	return nil
}

// keep keeps the users as the run leaves them, and nothing of runs before the
// last few. A trial does not fail for it.
func (r *Run) keep() {
	if _, none := r.record.(noRecord); none || !r.Target.Sandbox {
		return
	}
	if r.Connection != nil && r.count(plan.Applied)+r.count(plan.Unknown) > 0 {
		if err := r.Trial.Keep(r.ID, r.Connection.box.Save); err != nil {
			r.Tell(events.SandboxUnkept, "error", err)
		}
	}
	if err := r.Trial.Forget(r.Now()); err != nil {
		r.Tell(events.OldRunsLeft, "error", err)
	}
}
