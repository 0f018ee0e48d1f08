package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"cometsync/importer/input"
	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/run"
	"cometsync/report/review"
)

func (a *app) applyCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "apply PLAN",
		Short: "Apply a saved plan, exactly as it was reviewed",
		Long: `Apply carries out the operations of a plan.json, and no others.

The plan is refused as a whole when it was changed since it was written, when it was made for
another app, or when it is older than --max-age. Its users are read again first:
one of whom a planned field has moved since is left alone as drifted, and the
others go on.

With --decisions only what was decided to be applied is: FILE is the report.xlsx
or a CSV of uid and decision, or what report.html saved. The decisions are apply,
hold (not this time) and never (not this time, and on the protect list from then
on). Nothing else in the file may have been changed.

A plan that a guard refused is applied if --allow names every guard that tripped,
with its number.`,
		Example: "cometsync apply cometsync-reports/RUN/plan.json --decisions decisions.json",
		Args:    exactly(1, "apply takes one plan: the plan.json of a report directory"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.apply(cmd.Context(), args[0]) },
	}, config.OfApply)
}

func (a *app) apply(ctx context.Context, path string) error {
	saved, err := input.Await(ctx, func() (*history.SavedPlan, error) { return history.OpenPlan(path) })
	if err != nil {
		return err
	}
	v := &run.Reviewed{SavedPlan: saved}
	if err := a.fit(v); err != nil {
		return err
	}
	if a.Opt.Decisions != "" {
		read := func() (*plan.Decisions, error) { return review.Read(a.Opt.Decisions, v.Plan, a.Opt.Undecided) }
		if v.Decisions, err = input.Await(ctx, read); err != nil {
			return err
		}
	}
	if err := a.let(v); err != nil {
		return err
	}
	r, err := a.NewRun(ctx, "apply", run.Needs{Target: true})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Take(v); err != nil {
		return err
	}
	if err := r.Unapplied(); err != nil {
		return err
	}
	if err := r.Linked(); err != nil {
		return err
	}
	return r.Do(ctx, r.Recheck)
}

// ahead is how far a plan's time may lie in the future: clocks differ.
const ahead = 5 * time.Minute

// fit reports whether the plan is one for this app and this day.
func (a *app) fit(v *run.Reviewed) error {
	unfit := func(format string, args ...any) error {
		return history.Unfit("%s: "+format, append([]any{v.Path}, args...)...)
	}
	made := v.Plan.Target
	named := a.NamedTarget()
	switch {
	case v.Plan.AppliedBy != "":
		// It does not say what was decided against, and would do that now.
		return unfit("is the record of run %s, which was given a plan of run %s to apply; apply that one", v.Plan.AppliedBy, v.Plan.Run)
	case made.Roster != "":
		return unfit("says how two rosters differ, and was made for no app; plan against the app")
	case made.Sandbox && a.Opt.Sandbox == "" && named == nil:
		return usage("%s: was made for the embedded sandbox; give it its state again with --sandbox STATE", v.Path)
	case made.Sandbox && a.Opt.Sandbox == "":
		return unfit("was made for the embedded sandbox, not for %s; plan again", named)
	case !made.Sandbox && a.Opt.Sandbox != "":
		return unfit("was made for %s, not for the embedded sandbox", made)
	case !made.Sandbox:
		if named, fits := a.TargetOf(made); !fits {
			return unfit("was made for %s, not for %s; plan again", made, named)
		}
	}
	switch age := a.Now().Sub(v.Plan.CreatedAt); {
	case age > a.Opt.MaxAge:
		return unfit("was made %s ago, and --max-age is %s; plan again, since the app has moved on", length(age), phrase.Span(a.Opt.MaxAge))
	case age < -ahead:
		return unfit("was made %s from now; set the clock of this machine, or of that which made it, and plan "+
			"again", length(-age))
	}
	return nil
}

// length is how long ago a plan was made, in hours and minutes as --max-age is given, and
// in days where those are hard to read.
func length(d time.Duration) string {
	if d < 48*time.Hour {
		return phrase.Span(d.Round(time.Minute))
	}
	return phrase.About(d)
}

// let lets the plan through if its guards are allowed. What was withheld when it was
// decided on, and could not be, is decided on by that.
func (a *app) let(v *run.Reviewed) error {
	allow, err := a.Opt.Allowances()
	if err != nil {
		return err
	}
	waited := v.Plan.Withheld()
	v.Plan.Let(allow)
	if d := v.Decisions; d != nil {
		for _, i := range waited {
			if d.Of[i] == plan.Undecided && !d.Rejected[i] && !v.Plan.Operations[i].Withheld {
				d.Of[i] = plan.Apply
			}
		}
	}
	if v.Plan.Refused() {
		why := ""
		for _, g := range v.Plan.Guards {
			why += "\n  " + g.Name + ": " + g.Message
		}
		return exit.Errorf(exit.Refused, "%s: a guard refused this plan when it was made, and not every guard that tripped is "+
			"allowed:%s", v.Path, why)
	}
	return nil
}
