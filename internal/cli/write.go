package cli

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
)

// write is the course of every command that may write to the app, from the
// lock to the end of its journal. makePlan leaves the plan in r.plan; what
// comes after is the same for a sync and for an undo.
//
// An earlier run that died is settled first, and only then is the plan made:
// from the live state, so that nothing rests on the journal being right.
func (r *run) write(ctx context.Context, makePlan func(context.Context) error) error {
	release, err := r.lock(ctx)
	if err != nil {
		return err
	}
	defer release()
	inTime, cancel := r.inTime(ctx)
	defer cancel()
	if err := r.recover(inTime); err != nil {
		return r.inWords(r.late(inTime, err))
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
func (r *run) carryOut(ctx, inTime context.Context, makePlan func(context.Context) error) error {
	if err := makePlan(inTime); err != nil {
		return r.inWords(r.late(inTime, err))
	}
	if r.plan.Refused() {
		if err := r.record.Plan(r.plan, r.intake()); err != nil {
			return err
		}
		return r.conclude(report.Refused, exit.Refused, nil)
	}
	// What can't be written afterwards must stop the run before.
	if dir := r.reportDir(); dir != "" {
		if err := report.Prepare(dir, r.id); err != nil {
			return err
		}
	}
	tokens, err := r.openTokens()
	if err != nil {
		return err
	}
	if err := r.record.Plan(r.plan, r.intake()); err != nil {
		return errors.Join(err, tokens.close())
	}
	stopped := r.apply(ctx, inTime, tokens)
	if tokens != nil {
		r.tokens = report.Tokens{Written: tokens.written, File: r.opt.AuthTokens}
	}
	if err := tokens.close(); stopped == nil && err != nil {
		stopped = fmt.Errorf("auth tokens: %w", err)
	}
	if stopped == nil && r.count(plan.Applied)+r.count(plan.Unknown) > 0 {
		stopped = r.verify(inTime)
	}
	stopped = r.inWords(stopped)
	result, code := r.outcome(stopped)
	return r.conclude(result, code, stopped)
}

// end is how the journal has the end of a run.
func (r *run) end(ctx context.Context, err error) journal.End {
	end := journal.End{ExitCode: exit.Of(err)}
	var told exit.Silent
	if r.result == 0 && ctx.Err() != nil {
		end.ExitCode = exit.Of(context.Cause(ctx))
	}
	end.Result = r.endedAs(ctx, end.ExitCode)
	if err != nil && !errors.As(err, &told) {
		end.Problem = err.Error()
	}
	if r.connection != nil {
		s := r.connection.Stats()
		end.Requests, end.Retries, end.Throttled = int(s.Requests), int(s.Retries), int(s.Throttled)
	}
	for _, s := range r.stops {
		end.Stops = append(end.Stops, journal.Stop(s))
	}
	end.Verdict, end.Reports, end.Sums = r.verdict, r.reported, r.sums
	end.Verified, end.Remains = r.verified.Ran, r.verified.Remaining
	if p := r.plan; p != nil && !p.Refused() {
		end.Leaving, end.Foreseen, end.Allowed = len(p.Leaving), len(p.Foreseen) > 0, p.LetBy()
	}
	end.Took, end.Applying = time.Since(r.begun), r.applying
	return end
}

// endedAs is the result of a run, also of one that came to none of its own.
func (r *run) endedAs(ctx context.Context, code int) string {
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

// intake is what was read of a roster, by this run or for the plan that it
// applies; of none for an undo.
func (r *run) intake() *user.Intake {
	switch {
	case r.roster != nil:
		return r.roster.Intake()
	case r.reviewed != nil && r.reviewed.Intake != nil:
		return r.reviewed.Intake
	}
	return &user.Intake{}
}

// apply carries the plan out.
func (r *run) apply(ctx, inTime context.Context, tokens *tokenFile) error {
	todo := 0
	for i := range r.plan.Operations {
		if !r.plan.Operations[i].Withheld {
			todo++
		}
	}
	if todo <= manyUsers && (r.roster == nil || r.roster.Len() <= manyUsers) {
		r.collectGarbage(400)
	}
	if e := r.expected; e.Duration >= events.LineEvery { // else the result is there as soon
		r.Tell(events.ApplyStarted, "changes", todo, "requests", e.Requests, "expected to take", e.Duration.Round(time.Second))
	}
	p := r.Progress("applying", int64(todo))
	defer p.Done()
	// Whoever interrupts a run must not take its silence for a hang.
	defer context.AfterFunc(ctx, func() {
		r.Tell(events.RunInterrupted, "grace", r.opt.Grace)
	})()
	defer func(began time.Time) { r.applying = time.Since(began) }(time.Now())
	defer r.watchPace()()
	opt := r.applyOptions(tokens)
	opt.Progress = func(o *plan.Operation, result plan.Result) {
		p.Add(1)
		r.tellOperation(o, &result)
	}
	var err error
	r.results, err = apply.Run(inTime, r.plan, r.connection, r.record, opt)
	if errors.Is(err, apply.ErrOutOfTime) {
		err = nil // it ends in part, and was to
	}
	slices.SortFunc(r.stops, func(a, b report.Stop) int { return cmp.Compare(a.Verb, b.Verb) })
	return err
}

// applyOptions is how this run carries a plan out.
func (r *run) applyOptions(tokens *tokenFile) apply.Options {
	opt := apply.Options{
		Concurrency: r.opt.Concurrency,
		Grace:       r.opt.Grace,
		Writable:    r.policy.Writable,

		MergeTags:       r.policy.MergeTags,
		ReplaceMetadata: r.policy.ReplaceMetadata,

		Left:   r.left,
		Strict: r.reviewed != nil,

		RevokeTokens: r.opt.RevokeTokens,

		Import:   r.imports(),
		Else:     r.opt.CreateWith == config.CreateAuto,
		Known:    r.known,
		Lag:      r.opt.Settle,
		Attempts: cometchat.CountAttempts,
		Until:    cometchat.WriteUntil,
		Stopped: func(s apply.Stop) {
			r.stopping.Lock()
			defer r.stopping.Unlock()
			r.stops = append(r.stops, report.Stop(s))
			r.Tell(events.VerbStopped, "op", s.Verb, "code", s.Code)
		},
	}
	if tokens != nil || r.opt.AuthTokens != "" {
		opt.Tokens = tokens.add
	}
	return opt
}

// imports says whether creates go through the bulk import: only that can carry
// the times that a user has from elsewhere.
func (r *run) imports() bool {
	var managed user.Fields
	switch {
	case r.roster != nil:
		managed = r.roster.Managed()
	case r.reviewed != nil:
		for i := range r.plan.Operations {
			for _, c := range r.plan.Operations[i].Changes {
				managed.Add(c.Field)
			}
		}
	default:
		return false
	}
	return r.opt.CreateWith == config.CreateImport || r.opt.CreateWith == config.CreateAuto && (managed.Has(user.CreatedAt) || managed.Has(user.LastActiveAt))
}

// verify lists and compares again. Since a list may lag behind a write, what
// remains is looked at again until the settle time is over.
func (r *run) verify(ctx context.Context) error {
	deadline := time.Now().Add(r.opt.Settle)
	pause := 500 * time.Millisecond
	for {
		after, err := r.again(ctx)
		if err != nil {
			r.verified = report.Verify{Message: err.Error()}
			if outOfTime(ctx) {
				r.verified.Message = fmt.Sprintf("the app was not read again: %v (--max-duration %s); the next run tells what is left", context.Cause(ctx), r.opt.MaxDuration)
				return nil
			}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("verifying: %w", err)
		}
		r.verified = report.Verify{Ran: true}
		for i := range after.Operations {
			if !after.Operations[i].Withheld {
				r.verified.Remaining++
				if len(r.verified.Operations) < maxRemaining {
					r.verified.Operations = append(r.verified.Operations, after.Operations[i])
				}
			}
		}
		for _, g := range after.Guards {
			if g.Name == plan.ListingIncomplete {
				r.verified.Message = g.Message
			}
		}
		left := time.Until(deadline)
		if r.verified.Remaining == 0 || left <= 0 || r.explained() {
			return nil
		}
		select {
		case <-ctx.Done():
			if outOfTime(ctx) {
				return nil
			}
			return context.Cause(ctx)
		case <-time.After(min(pause, left)):
			pause *= 2
		}
	}
}

// again is what would be left to do by what the app shows now.
func (r *run) again(ctx context.Context) (*plan.Plan, error) {
	if r.reviewed != nil {
		return r.reconfirm(ctx)
	}
	return r.compute(ctx)
}

// maxRemaining is how many of the differences that verifying found are shown.
const maxRemaining = 20

// explained says whether what remains are just operations that did not succeed:
// then waiting changes nothing.
func (r *run) explained() bool {
	open := map[string]bool{}
	for i := range r.results {
		if r.results[i].Outcome != plan.Applied {
			open[r.plan.Operations[i].UID] = true
		}
	}
	for i := range r.verified.Operations {
		if !open[r.verified.Operations[i].UID] {
			return false
		}
	}
	return r.verified.Remaining == len(r.verified.Operations)
}
