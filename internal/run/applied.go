package run

import (
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
)

// Unapplied refuses a reviewed plan of which earlier runs on record have done
// everything that this one would do: its users would all be called drifted.
// What was undone since counts as not done, and so does what was held back.
func (r *Run) Unapplied() error {
	if r.Home.Dir == "" {
		return nil // every run starts from the sandbox's state
	}
	runs, err := r.History().Runs(&r.Target)
	if err != nil {
		return err
	}
	undone := map[string]bool{}
	for i := range runs {
		undone[runs[i].Head.Undoes] = undone[runs[i].Head.Undoes] || runs[i].Sent > 0
	}
	type step struct {
		verb plan.Verb
		uid  string
	}
	done := map[step]bool{}
	var last *history.Run
	for i := range runs {
		e := &runs[i]
		// The plan of a sync is saved with its report, too.
		if h := &e.Head; !e.Believed() || e.Sent == 0 || undone[h.Run] || h.PlanHash != r.Reviewed.Hash && h.Run != r.Reviewed.Plan.Run {
			continue
		}
		rec, err := journal.Read(e.Dir, e.Head.Run)
		if err != nil || rec.Plan == nil {
			continue // the users are read again, and show it
		}
		for i := range rec.Results {
			if o := &rec.Plan.Operations[i]; rec.Results[i].Outcome == plan.Applied {
				done[step{o.Verb, o.UID}] = true
				last = e
			}
		}
	}
	if last == nil {
		return nil
	}
	p, d := r.Reviewed.Plan, r.Reviewed.Decisions
	todo, left := 0, 0
	for i := range p.Operations {
		o := &p.Operations[i]
		if d != nil {
			if _, kept := d.Result(i); kept {
				continue
			}
		}
		if o.Withheld {
			continue
		}
		if todo++; !done[step{o.Verb, o.UID}] {
			left++
		}
	}
	when := last.Head.StartedAt.UTC().Format("2 January 2006, 15:04 UTC")
	if left > 0 || todo == 0 {
		r.Tell(events.PlanPartlyDone, "earlier", last.Head.Run, "at", when, "done", todo-left, "left", left)
		return nil
	}
	line := history.Line(&last.Summary)
	return history.Unfit("%s: this plan has been carried out, by run %s (%s, %s): %s; nothing of it is left to do: cometsync runs %s "+
		"shows it, and to change more, plan again",
		r.Reviewed.Path, last.Head.Run, last.Head.Command, when, line.Did(), last.Head.Run)
}
