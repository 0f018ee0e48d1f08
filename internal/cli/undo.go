package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/run"
)

func (a *app) undoCommand() *cobra.Command {
	c := a.Opt.Flags(&cobra.Command{
		Use:   "undo RUN",
		Short: "Take an earlier run back",
		Long: `Undo plans the inverse of an earlier run out of its journal, and applies it like
any plan, inside the same guards.

Users that the run created are deactivated
(never deleted), updated fields get the values from before, who was deactivated
is reactivated and the reverse. Users that somebody has changed since are listed
as conflicts and left alone. An undo can be undone.

RUN is a run's id, the beginning of it, or last, the last run; if that changed
nothing, it is refused, with the last one that did. cometsync runs lists them.`,
		Example: "cometsync undo last --dry-run",
		Args:    exactly(1, "undo takes one run: its id, the beginning of it, or last; cometsync runs lists them"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.undo(cmd.Context(), args[0]) },
	}, config.OfUndo)
	// What an undo takes back it was asked for, so that auto is less strict.
	f := c.Flags()
	f.Lookup("max-deactivate").Usage = "refuse an undo that deactivates more: auto (10%), a count, a percentage of the active users in " +
		"scope, or none"
	for _, verb := range []string{"create", "reactivate"} {
		f.Lookup("max-" + verb).Usage = "refuse an undo that " + verb +
			"s more: a count, a percentage of the active users in scope, or none (auto: none)"
	}
	return c
}

func (a *app) undo(ctx context.Context, name string) error {
	only, err := a.Opt.OnlyVerbs()
	if err != nil {
		return err
	}
	if err := a.notElsewhere(name); err != nil {
		return err
	}
	// An undo that was refused is tried again under the same name.
	found, err := a.History().Find(name, func(s *journal.Summary) bool { return s.Sent > 0 || s.Head.Undoes == "" })
	if err != nil {
		return err
	}
	if name == "last" && found.Sent == 0 {
		return a.nothingSent(&found)
	}
	// The run says which app it wrote to; who names one has to mean the same.
	if named, fits := a.TargetOf(found.Head.Target); !fits && found.Damage == nil {
		return notThere(&found, named)
	}
	if found.Head.Target.Sandbox {
		a.Opt.Sandbox = found.Head.State
	}
	r, err := a.NewRun(ctx, "undo", run.Needs{Target: true})
	if err != nil {
		return err
	}
	defer r.Close()
	makePlan := func(ctx context.Context) error {
		rec, err := journal.Read(found.Dir, found.Head.Run)
		if err != nil {
			return history.Unfit("the run can't be undone, since its record can't be relied on: %w", err)
		}
		r.Undone = rec.Done()
		if rec.Plan != nil && rec.Plan.Config.Is("manage-agents", "true") { // what it did to them can be taken back
			r.Policy.ManageAgents = true
			if err := a.Set.Set("manage-agents", "true"); err != nil {
				return err
			}
		}
		return r.Compare(ctx)
	}
	r.Undoes, r.Only = found.Head.Run, only
	for of := found.Head.Undoes; of != ""; {
		before, _ := a.History().Find(of, func(*journal.Summary) bool { return true }) // nothing of one that was removed
		r.Redoes, of = !r.Redoes, before.Head.Undoes
	}
	if err := r.Resume(&found); err != nil {
		return err
	}
	return r.Do(ctx, makePlan)
}

// nothingSent refuses the last run, of which there is nothing to undo. To take an
// older one back in its place would surprise whoever looked at this one.
func (a *app) nothingSent(last *history.Run) error {
	sent, err := a.History().Find("last", func(s *journal.Summary) bool { return s.Sent > 0 })
	if err != nil {
		return err
	}
	return usage("the last run, %s, changed nothing, so there is nothing of it to undo; the last one that did is the %s of %s: "+
		"cometsync undo %s",
		last.Head.Run, sent.Head.Command, phrase.Here().Moment(sent.Head.StartedAt), sent.Head.Run)
}

// notElsewhere refuses a run that was made for another app than the options name.
func (a *app) notElsewhere(name string) error {
	named := a.NamedTarget()
	if named == nil {
		return nil
	}
	all, err := a.History().Runs(nil)
	if err != nil {
		return err
	}
	var elsewhere *history.Run
	for i := range all {
		switch r := &all[i]; {
		case name == "" || !strings.HasPrefix(r.Head.Run, name) || r.Damage != nil:
		case named.Fits(r.Head.Target):
			return nil
		default:
			elsewhere = r
		}
	}
	if elsewhere != nil {
		return notThere(elsewhere, named)
	}
	return nil
}

func notThere(r *history.Run, named *plan.Target) error {
	return history.Unfit("run %s was made for %s, not for %s, and is not undone there", r.Head.Run, r.Head.Target, named)
}
