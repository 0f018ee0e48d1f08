package cli

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/diff/guard"
	"cometsync/internal/apply"
	"cometsync/internal/config"
	"cometsync/internal/plan"
	"cometsync/report"
)

func (a *app) validateCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "validate SOURCE...",
		Short: "Read, normalise and check a roster; no network, no key",
		Long: `Validate reads the roster, normalises and checks every row, and says what it
understood and what is wrong, all rows in one pass. It needs no network and no
key. It exits with 3 when there are rejects, and with 4 when a source has no row
or ends early, so that a sync would refuse the roster.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.validate(cmd.Context(), args) },
	}
	a.opt.Flags(c, config.OfValidate)
	dir := c.Flags().Lookup("report-dir")
	dir.Usage = strings.Replace(dir.Usage, "cometsync-reports/RUN", "none", 1)
	return c
}

func (a *app) validate(ctx context.Context, args []string) error {
	sources, err := a.opt.Sources(args)
	if err != nil {
		return err
	}
	allow, err := a.opt.Allowances()
	if err != nil {
		return err
	}
	r, err := a.newRun(ctx, "validate", needs{roster: true})
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.read(ctx, sources); err != nil {
		return err
	}
	in := r.roster.Intake()
	if guards := guard.Sources(in, allow); len(guards) > 0 {
		var why []string
		for _, g := range guards {
			why = append(why, g.Message)
		}
		return r.conclude(report.Refused, exitRefused, &codedError{exitRefused, errors.New(strings.Join(why, "; "))})
	}
	if in.Rejected > 0 {
		return r.conclude(report.Partial, exitPart, nil)
	}
	return r.conclude(report.Converged, exitDone, nil)
}

// conclude reports and turns the code into the command's error.
func (r *run) conclude(result report.Result, code int, problem error) error {
	if err := r.report(result, code, problem); err != nil {
		return errors.Join(problem, err)
	}
	if problem != nil {
		return problem
	}
	if code != exitDone {
		return silent(code)
	}
	return nil
}

func (a *app) planCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "plan SOURCE...",
		Short: "Show what a sync would do; only reads from the app",
		Long: `Plan reads the roster, compares it with the app's users and writes the plan and
all reports. It sends nothing but GET requests.`,
		RunE: func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args, "plan") },
	}
	a.opt.Flags(c, config.OfPlan)
	return c
}

func (a *app) plan(ctx context.Context, args []string, command string) error {
	sources, err := a.opt.Sources(args)
	if err != nil {
		return err
	}
	r, err := a.newRun(ctx, command, needs{roster: true, target: true})
	if err != nil {
		return err
	}
	defer r.close()
	if err := r.early(ctx, func(ctx context.Context) error {
		if err := r.read(ctx, sources); err != nil {
			return err
		}
		return r.compare(ctx)
	}); err != nil {
		return err
	}
	return r.conclude(r.judge())
}

// judge is the result of a plan that is not, or not yet, carried out.
func (r *run) judge() (report.Result, int, error) {
	switch {
	case r.plan.Refused():
		return report.Refused, exitRefused, nil
	case len(r.plan.Operations)+len(r.plan.Conflicts)+len(r.plan.Rekeys) == 0 && r.rejected() == 0:
		return report.Converged, exitDone, nil
	case len(r.plan.Operations) == 0:
		return report.Pending, exitDone, nil // rows to correct, and no changes
	case r.opt.DetailedExitCode:
		return report.Pending, exitChanges, nil
	}
	return report.Pending, exitDone, nil
}

func (a *app) syncCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "sync SOURCE...",
		Short: "Bring the app's users in line with the roster",
		Long: `Sync reads the roster, compares it with the app's users, applies the plan unless a
guard refuses it, verifies, and writes the reports. With --dry-run it stops
before it would write to the app.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if a.opt.DryRun {
				return a.plan(cmd.Context(), args, "sync --dry-run")
			}
			if err := a.beginWatch(cmd.Context()); err != nil {
				return err
			}
			return a.sync(cmd.Context(), args)
		},
	}
	a.opt.Flags(c, config.OfSync)
	return c
}

func (a *app) sync(ctx context.Context, args []string) error {
	sources, err := a.opt.Sources(args)
	if err != nil {
		return err
	}
	r, err := a.newRun(ctx, "sync", needs{roster: true, target: true})
	if err != nil {
		return err
	}
	defer r.close()
	return r.write(ctx, func(ctx context.Context) error {
		if err := r.read(ctx, sources); err != nil {
			return err
		}
		return r.compare(ctx)
	})
}

// outcome is the result of a plan that was carried out, or that was stopped.
func (r *run) outcome(stopped error) (report.Result, int) {
	var interrupt Interrupt
	switch {
	case errors.As(stopped, &interrupt):
		return report.Interrupted, interrupt.ExitCode()
	case stopped != nil:
		return report.Failed, exitCode(stopped)
	case r.count(plan.Applied)+r.decidedAgainst() < len(r.results), r.lacking(), r.verified.Remaining > 0, r.verified.Message != "",
		len(r.plan.Conflicts)+len(r.plan.Rekeys) > 0, len(r.stops) > 0, r.badDecisions(), r.rejected() > r.tolerates(), r.waiting():
		return report.Partial, exitPart
	case r.rejected() > 0:
		return report.Partial, exitDone
	}
	return report.Converged, exitDone
}

// waiting says whether people who are leaving were not counted, since rows may stand
// for any of them: they would stay for as long as nobody mends those.
func (r *run) waiting() bool {
	return len(r.plan.Leaving) > 0 && r.plan.WithholdingOf(plan.Deactivate) != nil
}

// rejected is how many rows can't be used.
func (r *run) rejected() int { return r.intake().Rejected + len(r.plan.Rejects) }

// tolerates is how many rejects --tolerate-rejects allows; a percentage is one of
// the rows.
func (r *run) tolerates() int {
	most, _ := r.tolerate.Of(r.intake().Rows)
	return most
}

// decidedAgainst is how many operations a reviewer did not want: leaving them
// is what was asked for.
func (r *run) decidedAgainst() int {
	n := 0
	for _, result := range r.left {
		if result.Code == plan.CodeHold || result.Code == plan.CodeNever || result.Code == plan.CodeUndecided {
			n++
		}
	}
	return n
}

// badDecisions says whether rows of the decisions can't be used.
func (r *run) badDecisions() bool {
	return r.reviewed != nil && r.reviewed.decisions != nil && len(r.reviewed.decisions.Rejects) > 0
}

// lacking says whether something is missing of what was applied: an auth token.
func (r *run) lacking() bool {
	return slices.ContainsFunc(r.results, func(result plan.Result) bool {
		return result.Outcome == plan.Applied && result.Code != "" && result.Code != apply.CodeUndated
	})
}

func (r *run) count(o plan.Outcome) int {
	n := 0
	for i := range r.results {
		if r.results[i].Outcome == o {
			n++
		}
	}
	return n
}
