package run

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"cometsync/internal/apply"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/directory"
)

// recover settles what earlier runs of the app left open when they died: each
// operation in doubt is looked up by reading its user, the answer goes into
// that run's journal, and the run gets its report. What can't be settled, or
// read at all, is told and left as it is: the plan of this run comes from the
// live state, not from a journal.
func (r *Run) recover(ctx context.Context) error {
	if r.Home.Dir == "" {
		return nil
	}
	died, err := r.Home.Unfinished()
	if err != nil {
		return err
	}
	for _, d := range died {
		if err := r.recoverRun(ctx, d.Dir, d.Run); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) recoverRun(ctx context.Context, dir, id string) error {
	j, rec, err := journal.Reopen(dir, id, r.Now)
	if err != nil {
		r.tellOfDead(events.DeadUnreadable, "earlier", id, "error", err)
		return nil
	}
	if rec.Plan == nil {
		r.tellOfDead(events.DeadPlanless, "earlier", id)
		return j.End(journal.End{Result: report.Interrupted.String(), ExitCode: exit.Failed,
			Problem: "the run died before it had a plan; nothing was sent"})
	}
	doubts := rec.InDoubt()
	settled, err := r.settleAll(ctx, rec, doubts)
	if err != nil {
		return errors.Join(fmt.Errorf("settling what run %s left open: %w", id, err), j.Close())
	}
	for k, i := range doubts {
		if err := j.Settle(i, settled[k]); err != nil {
			return errors.Join(err, j.Close())
		}
		rec.Results[i] = settled[k]
		if r.before != nil && r.applies(&rec.Head) && settled[k].Outcome == plan.Applied {
			o := &rec.Plan.Operations[i]
			r.before[step{o.Verb, o.UID}] = id
		}
	}
	in := history.Recorded(rec)
	in.Run.Result, in.Run.ExitCode = report.Interrupted, exit.Failed
	if v := Version(); v != in.Run.Version {
		in.Writer = v
	}
	in.Recovered = phrase.Sprintf("the run died; run %s wrote this report afterwards, and settled %d operations in doubt by reading their "+
		"users", r.ID, len(doubts))
	if without := history.Tokenless(rec); len(without) > 0 {
		shown := strings.Join(without[:min(len(without), 10)], ", ")
		in.Recovered += phrase.Sprintf("; %d users were created whose auth token is not in %s: %s", len(without), rec.Head.Tokens, shown)
		r.tellOfDead(events.DeadTokenless, "earlier", id, "file", rec.Head.Tokens, "users", len(without), "such as", shown)
	}
	end := journal.End{Result: report.Interrupted.String(), ExitCode: exit.Failed, Problem: "the run died"}
	reports := r.recoveredDir(rec.Head)
	rep, err := report.New(in)
	if err == nil {
		end.Verdict = rep.Verdict()
		if reports != "" {
			reports, end.Sums, err = r.writeReport(rep, reports, id)
		}
	}
	if err != nil {
		r.tellOfDead(events.DeadUnreported, "earlier", id, "error", err)
		reports = ""
	}
	end.Reports = reports
	counts := map[plan.Outcome]int{}
	for i := range in.Results {
		counts[in.Results[i].Outcome]++
	}
	r.tellOfDead(events.DeadSettled, "earlier", id, "applied", counts[plan.Applied],
		"of", len(in.Results), "in doubt", len(doubts), "still unknown", counts[plan.Unknown], "report", reports)
	return j.End(end)
}

// tellOfDead tells of a run that died, unless this is a rehearsal: there, all that is
// settled is a copy.
func (r *Run) tellOfDead(e *events.Event, attrs ...any) {
	if r.Clock == nil {
		r.Tell(e, attrs...)
	}
}

// recoveredDir is where the report of a run that died goes: where it was to
// go, unless this run's own report will be there, or another one's is.
func (r *Run) recoveredDir(h journal.Head) string {
	if r.Clock != nil || h.ReportDir == "" {
		return "" // a rehearsal leaves nothing
	}
	if _, aside, err := directory.Room(h.ReportDir, h.Run); err != nil || aside != "" || h.ReportDir == r.absReportDir() {
		return directory.Aside(h.ReportDir, h.Run)
	}
	return h.ReportDir
}

// settleAll reads the users of operations in doubt. Its error is one that would
// meet every other user as well.
func (r *Run) settleAll(ctx context.Context, rec *journal.Record, doubts []int) ([]plan.Result, error) {
	settled := make([]plan.Result, len(doubts))
	if len(doubts) == 0 {
		return nil, nil
	}
	if err := r.Dial(); err != nil {
		return nil, err
	}
	p := r.Progress("settling an earlier run", len(doubts))
	defer p.Done()
	var g errgroup.Group
	g.SetLimit(r.Opt.Concurrency)
	for k, i := range doubts {
		g.Go(func() error {
			var err error
			settled[k], err = apply.Settle(ctx, r.Connection, &rec.Plan.Operations[i])
			settleRevoked(rec.Plan.Config, &rec.Plan.Operations[i], &settled[k])
			p.Add(1)
			var f apply.Failure
			if ctx.Err() != nil {
				return context.Cause(ctx)
			} else if errors.As(err, &f) && f.Fatal() {
				return err
			}
			return nil
		})
	}
	return settled, g.Wait()
}
