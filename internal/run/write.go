package run

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"cometsync/internal/apply"
	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/directory"
)

// Do makes a plan, and carries it out if that was asked for. makePlan leaves the plan in
// r.Plan; what comes after is the same for every command.
func (r *Run) Do(ctx context.Context, makePlan func(context.Context) error) error {
	if r.Opt.DryRun {
		r.Command += " --dry-run"
	} else if r.Command == "sync" || r.Command == "apply" || r.Command == "undo" {
		return r.write(ctx, makePlan)
	}
	inTime, cancel := r.inTime(ctx)
	defer cancel()
	if err := r.late(inTime, makePlan(inTime)); err != nil {
		return err
	}
	if r.Roster != nil {
		r.closing.Go(r.Roster.CloseRows)
	}
	return r.Conclude(r.judge())
}

// write is the course of every command that may write to the app, from the
// lock to the end of its journal.
//
// An earlier run that died is settled first, and only then is the plan made:
// from the live state, so that nothing rests on the journal being right.
func (r *Run) write(ctx context.Context, makePlan func(context.Context) error) error {
	release, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	inTime, cancel := r.inTime(ctx)
	defer cancel()
	if err := r.recover(inTime); err != nil {
		return r.InWords(r.late(inTime, err))
	}
	if err := r.openRecord(); err != nil {
		return err
	}
	err = r.carryOut(ctx, inTime, makePlan)
	r.keep()
	if unrecorded := r.record.End(r.end(ctx, err)); unrecorded != nil && !errors.Is(err, unrecorded) {
		return errors.Join(err, unrecorded)
	}
	r.remember()
	r.keepPast(exit.Of(err))
	r.prune()
	return err
}

// carryOut makes the plan and applies it, unless a guard refuses it. inTime is
// the context that ends when ctx does, or when the run may take no longer.
func (r *Run) carryOut(ctx, inTime context.Context, makePlan func(context.Context) error) error {
	if err := makePlan(inTime); err != nil {
		return r.InWords(r.late(inTime, err))
	}
	if r.Plan.Refused() {
		if err := r.record.Plan(r.Plan, r.Intake()); err != nil {
			return err
		}
		return r.Conclude(report.Refused, exit.Refused, nil)
	}
	// What can't be written afterwards must stop the run before.
	if dir := r.reportDir(); dir != "" {
		if err := directory.Prepare(dir, r.ID); err != nil {
			return err
		}
	}
	tokens, err := r.openTokens()
	if err != nil {
		return err
	}
	if err := r.record.Plan(r.Plan, r.Intake()); err != nil {
		return errors.Join(err, tokens.close())
	}
	stopped := r.apply(ctx, inTime, tokens)
	if tokens != nil {
		r.tokens = report.Tokens{Written: tokens.written, File: r.Opt.AuthTokens}
	}
	if err := tokens.close(); stopped == nil && err != nil {
		stopped = fmt.Errorf("auth tokens: %w", err)
	}
	if stopped == nil && r.count(plan.Applied)+r.count(plan.Unknown) > 0 {
		stopped = r.verify(inTime)
	}
	stopped = r.InWords(stopped)
	result, code := r.outcome(stopped)
	return r.Conclude(result, code, stopped)
}

// end is how the journal has the end of a run.
func (r *Run) end(ctx context.Context, err error) journal.End {
	end := journal.End{ExitCode: exit.Of(err)}
	var told exit.Silent
	if r.result == 0 && ctx.Err() != nil {
		end.ExitCode = exit.Of(context.Cause(ctx))
	}
	end.Result = r.EndedAs(ctx, end.ExitCode)
	if err != nil && !errors.As(err, &told) {
		end.Problem = err.Error()
	}
	if r.Connection != nil {
		s := r.Connection.Stats()
		end.Requests, end.Retries, end.Throttled = int(s.Requests), int(s.Retries), int(s.Throttled)
	}
	end.Stops = append(end.Stops, r.stops...)
	end.Verdict, end.Reports, end.Sums = r.verdict, r.Reported, r.sums
	end.Verified, end.Remains = r.verified.Ran, r.verified.Remaining
	if p := r.Plan; p != nil && !p.Refused() {
		end.Leaving, end.Foreseen, end.Allowed = len(p.Leaving), len(p.Foreseen) > 0, p.LetBy()
	}
	end.Took, end.Applying = cmp.Or(r.took, r.Clock.Since(r.Begun)), r.applying
	return end
}

// EndedAs is the result of a run, also of one that came to none of its own.
func (r *Run) EndedAs(ctx context.Context, code int) string {
	switch {
	case r.result != 0:
		return r.result.String()
	case ctx.Err() != nil:
		return report.Interrupted.String()
	case code == exit.Part: // out of time
		return report.Partial.String()
	}
	return report.Failed.String()
}

// Intake is what was read of a roster, by this run or for the plan that it
// applies; of none for an undo.
func (r *Run) Intake() *user.Intake {
	switch {
	case r.Roster != nil:
		return r.Roster.Intake()
	case r.Reviewed != nil && r.Reviewed.Intake != nil:
		return r.Reviewed.Intake
	}
	return &user.Intake{}
}

// worthTelling is how long it has to take: else the result is there as soon as its forecast.
const worthTelling = 10 * time.Second

func (r *Run) apply(ctx, inTime context.Context, tokens *tokenFile) error {
	todo := len(r.Plan.Operations) - len(r.Plan.Withheld())
	if todo <= manyUsers && (r.Roster == nil || r.Roster.Len() <= manyUsers) {
		r.collectGarbage(400)
	}
	stage := "applying"
	if r.Clock != nil {
		stage = "rehearsing"
	}
	if e := r.expected; e.Duration >= worthTelling && r.Clock == nil {
		r.Tell(events.ApplyStarted, "changes", todo, "requests", e.Requests, "expected to take", e.Duration.Round(time.Second))
	}
	p := r.Progress(stage, todo)
	defer p.Done()
	if r.Clock == nil {
		// Whoever interrupts a run must not take its silence for a hang.
		defer context.AfterFunc(ctx, func() {
			r.Tell(events.RunInterrupted, "grace", r.Opt.Grace)
		})()
	}
	defer func(began time.Time) { r.applying = r.Clock.Since(began) }(r.Clock.Now())
	opt := r.applyOptions(tokens)
	opt.Progress = func(o *plan.Operation, result plan.Result) {
		p.Add(1)
		r.tellOperation(o, &result)
	}
	var err error
	r.Results, err = apply.Run(inTime, r.Plan, r.Connection, r.record, opt)
	if errors.Is(err, apply.ErrOutOfTime) {
		err = nil // it ends in part, and was to
	}
	slices.SortFunc(r.stops, func(a, b plan.Stop) int { return cmp.Compare(a.Verb, b.Verb) })
	return err
}

// applyOptions is how this run carries a plan out.
func (r *Run) applyOptions(tokens *tokenFile) apply.Options {
	opt := apply.Options{
		Concurrency: r.Opt.Concurrency,
		Grace:       r.Opt.Grace,
		Writable:    r.Policy.Writable,

		MergeTags:       r.Policy.MergeTags,
		ReplaceMetadata: r.Policy.ReplaceMetadata,

		Left:   r.left,
		Strict: r.Reviewed != nil,

		RevokeTokens: r.Opt.RevokeTokens,

		Import:   r.imports(),
		Else:     r.Opt.CreateWith == config.CreateAuto,
		Known:    r.known,
		Lag:      r.Opt.Settle,
		Clock:    r.Clock,
		Attempts: cometchat.CountAttempts,
		Until:    cometchat.WriteUntil,
		Stopped: func(s plan.Stop) {
			r.stopping.Lock()
			defer r.stopping.Unlock()
			r.stops = append(r.stops, s)
			r.Tell(events.VerbStopped, "op", s.Verb, "code", s.Code)
		},
	}
	if tokens != nil || r.Opt.AuthTokens != "" {
		opt.Tokens = tokens.add
	}
	return opt
}

// imports reports whether creates go through the bulk import: only that can carry
// the times that a user has from elsewhere.
func (r *Run) imports() bool {
	var managed user.Fields
	switch {
	case r.Roster != nil:
		managed = r.Roster.Managed()
	case r.Reviewed != nil:
		for i := range r.Plan.Operations {
			for _, c := range r.Plan.Operations[i].Changes {
				managed.Add(c.Field)
			}
		}
	default:
		return false
	}
	return r.Opt.CreateWith == config.CreateImport || r.Opt.CreateWith == config.CreateAuto && (managed.Has(user.CreatedAt) ||
		managed.Has(user.LastActiveAt))
}

// verify lists and compares again. Since a list may lag behind a write, what
// remains is looked at again until the settle time is over.
func (r *Run) verify(ctx context.Context) error {
	deadline := r.Clock.Now().Add(r.Opt.Settle)
	pause := 500 * time.Millisecond
	for {
		after, err := r.again(ctx)
		if err != nil {
			r.verified = report.Verify{Message: err.Error()}
			if outOfTime(ctx) {
				r.verified.Message = fmt.Sprintf("the app was not read again: %v (--max-duration %s); the next run tells what is left",
					context.Cause(ctx), r.Opt.MaxDuration)
				return nil
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("verifying: %w", err)
		}
		r.verified = report.Verify{Ran: true}
		for i := range after.Operations {
			if o := &after.Operations[i]; !o.Withheld {
				r.verified.Remaining++
				if len(r.verified.Operations) < maxRemaining {
					r.verified.Operations = append(r.verified.Operations, report.Leftover{Verb: o.Verb, UID: o.UID})
				}
			}
		}
		for _, g := range after.Guards {
			if g.Name == plan.ListingIncomplete {
				r.verified.Message = g.Message
			}
		}
		left := deadline.Sub(r.Clock.Now())
		if r.verified.Remaining == 0 || left <= 0 || r.explained() {
			return nil
		}
		switch err := r.Clock.Sleep(ctx, min(pause, left)); {
		case err == nil:
			pause *= 2
		case outOfTime(ctx):
			return nil
		default:
			return context.Cause(ctx)
		}
	}
}

// verifying is the phase in which the app is read again.
const verifying = "verifying"

// again is what would be left to do by what the app shows now.
func (r *Run) again(ctx context.Context) (*plan.Plan, error) {
	if r.Reviewed != nil {
		return r.reconfirm(ctx)
	}
	return r.compute(ctx, verifying)
}

// maxRemaining is how many of the differences that verifying found are shown.
const maxRemaining = 20

// explained reports whether what remains are just operations that did not succeed:
// then waiting changes nothing.
func (r *Run) explained() bool {
	open := map[string]bool{}
	for i := range r.Results {
		if r.Results[i].Outcome != plan.Applied {
			open[r.Plan.Operations[i].UID] = true
		}
	}
	for i := range r.verified.Operations {
		if !open[r.verified.Operations[i].UID] {
			return false
		}
	}
	return r.verified.Remaining == len(r.verified.Operations)
}
