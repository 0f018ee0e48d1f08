package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/diff/guard"
	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/run"
	"cometsync/report"
)

func (a *app) validateCommand() *cobra.Command {
	c := a.Opt.Flags(&cobra.Command{
		Use:   "validate SOURCE...",
		Short: "Read, normalise and check a roster; no network, no key",
		Long: `Validate reads the roster, normalises and checks every row, and says what it
understood and what is wrong, all rows in one pass. It needs no network and no
key.

It exits with 3 when there are rejects, and with 4 when a source has no row
or ends early, so a sync would refuse the roster.`,
		Example: "cometsync validate staff.csv students.xlsx",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.validate(cmd.Context(), args) },
	}, config.OfValidate)
	dir := c.Flags().Lookup("report-dir")
	dir.Usage = strings.Replace(dir.Usage, "cometsync-reports/RUN", "none", 1)
	return c
}

func (a *app) validate(ctx context.Context, args []string) error {
	sources, err := a.Opt.Sources(args)
	if err != nil {
		return err
	}
	allow, err := a.Opt.Allowances()
	if err != nil {
		return err
	}
	r, err := a.NewRun(ctx, "validate", run.Needs{Roster: true})
	if err != nil {
		return err
	}
	defer r.Close()
	if err := r.Read(ctx, sources); err != nil {
		return err
	}
	in := r.Roster.Intake()
	if guards := guard.Sources(in, allow); len(guards) > 0 {
		var why []string
		for _, g := range guards {
			why = append(why, g.Message)
		}
		return r.Conclude(report.Refused, exit.Refused, exit.Errorf(exit.Refused, "%s", strings.Join(why, "\n  ")))
	}
	if in.Rejected > 0 {
		return r.Conclude(report.Partial, exit.Part, nil)
	}
	return r.Conclude(report.Converged, exit.Done, nil)
}

func (a *app) planCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "plan SOURCE...",
		Short: "Show what a sync would do; only reads from the app",
		Long: `Plan reads the roster, compares it with the app's users and writes the plan and
all reports. It sends nothing but GET requests.`,
		Example: "cometsync plan staff.csv --config cometsync.yaml",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args, "plan") },
	}, config.OfPlan)
}

// plan makes the plan of a roster, which a sync carries out as well.
func (a *app) plan(ctx context.Context, args []string, command string) error {
	sources, err := a.Opt.Sources(args)
	if err != nil {
		return err
	}
	r, err := a.NewRun(ctx, command, run.Needs{Roster: true, Target: true})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Do(ctx, func(ctx context.Context) error {
		if err := r.Read(ctx, sources); err != nil {
			return err
		}
		return r.Compare(ctx)
	})
}

func (a *app) syncCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "sync SOURCE...",
		Short: "Bring the app's users in line with the roster",
		Long: `Sync reads the roster, compares it with the app's users, applies the plan unless a
guard refuses it, verifies, and writes the reports. With --dry-run it stops
before it would write to the app.`,
		Example: "cometsync sync staff.csv --config cometsync.yaml --dry-run",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.plan(cmd.Context(), args, "sync") },
	}, config.OfSync)
}

func (a *app) rehearseCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "rehearse SOURCE...",
		Short: "Tell how long a sync takes and how it ends; only reads",
		Long: `Rehearse carries out the sync on a copy of the app, and tells how long it takes,
what it sends and how it ends. It sends nothing but GET requests.

It reads the app as export does, and has a copy of the state, the same options
and guards, and the app's rate limits. Waiting is skipped, so that a sync of hours
is over in a fraction of that. Its report is that of a plan, which can be applied.

What reading an app does not show can be said: --rate-core where the app allows
other than the usual 10,000 requests, --others how many its own users make.`,
		Example: "cometsync rehearse staff.csv --config cometsync.yaml",
		RunE:    func(cmd *cobra.Command, args []string) error { return a.rehearse(cmd.Context(), args) },
	}, config.OfRehearse)
}

func (a *app) rehearse(ctx context.Context, args []string) error {
	sources, err := a.Opt.Sources(args)
	if err != nil {
		return err
	}
	r, err := a.NewRun(ctx, "rehearse", run.Needs{Roster: true, Target: true})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Rehearse(ctx, sources)
}

func (a *app) diffCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "diff A B",
		Short: "Compare two rosters; no app, no network, no key",
		Long: `Diff compares two rosters as plan compares one with an app, and writes the same
report, for whoever prepares a migration. A is what there is today, such as what
export wrote or the old system's own list; B is what is wanted. Compared are the
fields that both have a column for; the report names the others. Nobody counts as
gone, or as new, for a row that can't be used on the other side.

Where A and B need other settings, such as --map, the configuration has some for
each, under sources. What comes out can't be applied: plan B against the app.`,
		Example: "cometsync diff old-system.csv staff.csv",
		Args:    exactly(2, "diff takes two rosters: what there is today, and what is wanted"),
		RunE:    func(cmd *cobra.Command, args []string) error { return a.diff(cmd.Context(), args[0], args[1]) },
	}, config.OfDiff)
}

func (a *app) diff(ctx context.Context, instead, wanted string) error {
	if instead == "-" && wanted == "-" {
		return usage("diff - -: standard input can be one of the two; name a file for the other")
	}
	r, err := a.NewRun(ctx, "diff", run.Needs{Roster: true, Instead: instead})
	if err != nil {
		return err
	}
	defer r.Close()
	return r.Do(ctx, func(ctx context.Context) error {
		if err := r.Read(ctx, []string{wanted}); err != nil {
			return err
		}
		return r.CompareRosters(ctx)
	})
}
