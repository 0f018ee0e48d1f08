package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/report"
	"cometsync/report/runs"
	"cometsync/report/wire"
)

func (a *app) runsCommand() *cobra.Command {
	return a.Opt.Flags(&cobra.Command{
		Use:   "runs [RUN]",
		Short: "List earlier runs, or show one with its operations",
		Long: `Runs lists what ran, when, with which inputs, and what came of it, newest first:
every run that took an app's lock, as its journal has it; --failed, --since and
--limit say which.

With a RUN (its id, the beginning of it, or last) it shows that run and each of
its operations. It reads the state directory and nothing else.`,
		Example: "cometsync runs --failed --since 7d",
		Args:    between(0, 1, "runs takes one run at most: its id, the beginning of it, or last"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f := cmd.Flags()
			switch {
			case len(args) == 0:
				return a.listRuns()
			case f.Changed("failed") || f.Changed("since") || f.Changed("limit"):
				return usage("--failed, --since and --limit are for the list of runs; leave them out, or leave out the run")
			}
			return a.showRun(args[0])
		},
	}, config.OfEarlier|config.InPrivate|config.InRuns)
}

func (a *app) listRuns() error {
	from, err := when(a.Opt.Since, a.Now())
	if err != nil {
		return err
	}
	all, err := a.History().Runs(a.NamedTarget())
	if err != nil {
		return err
	}
	known, trials := history.RealFirst(all)
	if len(known) == 0 && a.Opt.Output != "json" {
		return a.noRuns()
	}
	undone := map[string]string{}
	for i := range known {
		if h := &known[i].Head; h.Undoes != "" && known[i].Sent > 0 {
			undone[h.Undoes] = h.Run
		}
	}
	var lines []runs.Line
	for i := range slices.Backward(known) { // the newest first
		line := history.Line(&known[i].Summary)
		line.Running, line.UndoneBy = known[i].Running(), undone[line.ID]
		well := line.ExitCode == 0 && line.Damaged == "" && (!line.Unfinished || line.Running != "")
		if a.Opt.Failed && well || known[i].At.Before(from) {
			continue
		}
		if lines = append(lines, line); len(lines) == a.Opt.Limit {
			break
		}
	}
	if len(lines) == 0 && a.Opt.Output != "json" {
		_, err = fmt.Fprintf(a.Stdout, "none of %s on record is such a one\n", phrase.Counted(len(known), "run"))
		return err
	}
	if a.Opt.Output == "json" {
		return runs.WriteJSON(a.Stdout, lines)
	}
	err = runs.Write(a.Stdout, lines, a.Terminal(""))
	if n := len(trials); n > 0 && err == nil {
		_, err = fmt.Fprintf(a.Stdout, "\nnot listed: %s on the embedded sandbox; --sandbox STATE lists those of one state, as "+
			"--sandbox %s does\n", phrase.Counted(n, "run"), trials[n-1].Head.State)
	}
	return err
}

// noRuns says where there are none: somebody may look in the wrong place.
func (a *app) noRuns() error {
	state, err := a.StateDir()
	if err != nil {
		return err
	}
	what := "no runs"
	if t := a.NamedTarget(); t != nil {
		what += " of " + t.String()
	}
	_, err = fmt.Fprintf(a.Stdout, "%s on record in %s; --state-dir names another place\n", what, state)
	return err
}

func (a *app) showRun(name string) error {
	found, err := a.History().Find(name, func(*journal.Summary) bool { return true })
	if err != nil {
		return err
	}
	in, err := found.Report()
	if err != nil {
		return err
	}
	in.ShowPrivate = a.Opt.ShowPrivate
	rep, err := report.New(in)
	if err != nil {
		return err
	}
	if a.Opt.Output == "json" {
		return wire.Write(a.Stdout, rep)
	}
	t := a.Terminal(history.Reports(&found.Summary))
	t.Run = true
	if under := found.Running(); under != "" {
		_, err := fmt.Fprintf(a.Stdout, "run %s is under way: %s\n", found.Head.Run, under)
		return errors.Join(err, rep.WriteOperations(a.Stdout, t))
	}
	return errors.Join(rep.WriteTerminal(a.Stdout, t), rep.WriteOperations(a.Stdout, t))
}

// when reads a time, or how long ago it was; none is the beginning.
func when(text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	for _, form := range []string{time.DateOnly, "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02T15:04:05", time.DateTime,
		time.RFC3339} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n < 1_000_000 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	if ago, err := time.ParseDuration(text); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	return time.Time{}, usage("--since %q: neither a date or time, such as 2026-11-30 or 2026-11-30T03:15, nor how long ago, such as 36h "+
		"or 7d", text)
}
