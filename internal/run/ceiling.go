package run

import (
	"context"
	"errors"
	"fmt"
	"time"

	"cometsync/internal/apply"
	"cometsync/internal/cometchat"
	"cometsync/internal/events"
	"cometsync/internal/exit"
)

// --max-duration is a ceiling on the whole run: on waiting for the lock, on
// reading and listing, on applying and on verifying. What is over ends in part,
// and the next run goes on from what the app shows. A service that asks to wait
// until after the ceiling ends the run at once, since nothing can come of it.

// inTime gives the context that ends when the run may take no longer.
func (r *Run) inTime(ctx context.Context) (context.Context, context.CancelFunc) {
	if r.Opt.MaxDuration <= 0 {
		return ctx, func() {}
	}
	ctx, stop := r.Clock.Deadline(ctx, r.Begun.Add(r.Opt.MaxDuration), apply.ErrOutOfTime)
	ctx, r.overtake = context.WithCancelCause(ctx)
	return ctx, func() { r.overtake(nil); stop() }
}

// within is how much time the run has at most for something that may take d.
func (r *Run) within(d time.Duration) time.Duration {
	if r.Opt.MaxDuration > 0 {
		d = min(d, max(0, r.Opt.MaxDuration-r.Clock.Since(r.Begun)))
	}
	return d
}

// asked is told how long the service asks to wait. Nothing ends for that where there is
// no ceiling, as in doctor.
func (r *Run) asked(d time.Duration) {
	left := r.within(d)
	if left >= d || r.overtake == nil {
		return
	}
	r.overtaken.Do(func() {
		r.Tell(events.RunOutOfTime, "asked", d.Round(time.Second), "left", left.Round(time.Second))
		r.overtake(fmt.Errorf("the service asks to wait for %s: %w", d.Round(time.Second), apply.ErrOutOfTime))
	})
}

// outOfTime reports that a context of inTime has ended for that.
func outOfTime(ctx context.Context) bool { return errors.Is(context.Cause(ctx), apply.ErrOutOfTime) }

// late puts into words that there was no time for a plan; another error, and
// none, stay as they are.
func (r *Run) late(ctx context.Context, err error) error {
	if err == nil || !outOfTime(ctx) || !errors.Is(err, ctx.Err()) && !errors.Is(err, apply.ErrOutOfTime) {
		return err
	}
	why := ""
	if calls := events.FailedCalls(err); len(calls) > 0 && calls[0].Trouble() != cometchat.Interrupted {
		why = fmt.Sprintf(" (the app did not answer: %s)", calls[0].Why())
	}
	return exit.Errorf(exit.Part, "%w (--max-duration %s), and there is no plan yet: nothing was sent%s; run again, or give it "+
		"more", context.Cause(ctx), r.Opt.MaxDuration, why)
}
