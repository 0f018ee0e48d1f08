package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/report"
)

func (a *app) runsCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "runs [RUN]",
		Short: "List earlier runs, or show one with its operations",
		Long: `Runs lists what ran, when, with which inputs, and what came of it, newest first:
every run that took an app's lock, as its journal has it; --failed, --since and
--limit say which. With a RUN (its id, the beginning of it, or last) it shows that
run and each of its operations. It reads the state directory and nothing else.`,
		Args: cobra.MaximumNArgs(1),
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		f := c.Flags()
		wanted, err := a.listed(a.Now(), len(args) > 0 && (f.Changed("failed") || f.Changed("since") || f.Changed("limit")))
		switch {
		case err != nil:
			return err
		case len(args) == 0:
			return a.listRuns(wanted)
		}
		return a.showRun(args[0])
	}
	a.opt.Flags(c, config.OfEarlier|config.InPrivate|config.InRuns)
	return c
}

// earlier is a run that the state directory has a journal of.
type earlier struct {
	dir string // of its app
	journal.Summary
}

// believed says whether the record can be read, as far as a list looks.
func (r *earlier) believed() bool { return r.Damage == nil && !r.Head.StartedAt.IsZero() }

// earlierRuns are the runs of the target that is named, or of all if it is nil,
// oldest first.
func (a *app) earlierRuns(of *plan.Target) ([]earlier, error) {
	state, err := a.stateDir()
	if err != nil {
		return nil, err
	}
	dirs, err := journal.Apps(state)
	if err != nil {
		return nil, err
	}
	dirs = append(dirs, filepath.Join(state, sandboxDir))
	var runs []earlier
	for _, dir := range dirs {
		list, err := journal.List(dir, a.Now())
		if err != nil {
			return nil, err
		}
		owner, known, _ := journal.Owner(dir) // for runs of which their own journals can't tell
		for _, s := range list {
			made := s.Head.Target
			if known && made == (plan.Target{}) {
				made = owner
			}
			if made.Sandbox && of != nil && a.opt.Sandbox != "" && s.Head.State != stateOf(a.opt.Sandbox) {
				continue // of another sandbox
			}
			if of == nil || made == (plan.Target{}) || of.Fits(made) {
				runs = append(runs, earlier{dir, s})
			}
		}
	}
	journal.Sort(runs, func(r *earlier) *journal.Summary { return &r.Summary }, a.Now())
	return runs, nil
}

// findRun finds a run by its id, by the beginning of it, or as the last one
// that fits.
func (a *app) findRun(name string, fits func(*journal.Summary) bool) (earlier, error) {
	runs, err := a.earlierRuns(a.namedTarget())
	if err != nil {
		return earlier{}, err
	}
	if name == "last" {
		runs = realFirst(runs)
	}
	var found []earlier
	last := -1
	for i, r := range runs {
		if r.Head.Run == name {
			return r, nil
		}
		if r.believed() && fits(&r.Summary) {
			last = i
		}
		if name != "" && strings.HasPrefix(r.Head.Run, name) {
			found = append(found, r)
		}
	}
	// The last that can be read need not be the last.
	if name == "last" {
		for _, r := range runs[last+1:] {
			if !r.believed() {
				return earlier{}, &codedError{exitUnfit, fmt.Errorf("the record of a later run, %s, can't be believed, so that nobody can say which was the last; name the run that is meant, as cometsync runs lists them", r.Head.Run)}
			}
		}
		if last >= 0 && runs[last].Ahead(a.Now()) {
			return earlier{}, &codedError{exitUnfit, fmt.Errorf("run %s of an earlier version is dated in the future, so that nobody can say which was the last; name the run that is meant, as cometsync runs lists them", runs[last].Head.Run)}
		}
	}
	switch {
	case len(runs) == 0 && a.namedTarget() != nil:
		return earlier{}, usage("run %q: no earlier run of this app is on record; --state-dir names another place, --app-id or --base-url another app", name)
	case len(runs) == 0:
		return earlier{}, usage("run %q: no earlier run is on record; --state-dir names another place", name)
	case name == "last" && last >= 0:
		return runs[last], nil
	case name == "last":
		return earlier{}, usage("run %q: no earlier run has sent anything, so that there is nothing to undo", name)
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return earlier{}, usage("run %q: %d runs begin like this; give more of the id", name, len(found))
	}
	return earlier{}, usage("run %q: no such run is on record; cometsync runs lists them", name)
}

// latest is the id of the last run, whether or not its record can be believed;
// last as it is if there is no run.
func (a *app) latest() (string, error) {
	runs, err := a.earlierRuns(a.namedTarget())
	if err != nil || len(runs) == 0 {
		return "last", err
	}
	return runs[len(runs)-1].Head.Run, nil
}

func (a *app) listRuns(wanted func(*earlier, *report.RunLine) bool) error {
	runs, err := a.earlierRuns(a.namedTarget())
	if err != nil {
		return err
	}
	all := len(runs)
	runs = realFirst(runs)
	if len(runs) == 0 && a.opt.Output != "json" {
		return a.noRuns()
	}
	undone := map[string]string{}
	for i := range runs {
		if h := &runs[i].Head; h.Undoes != "" && runs[i].Sent > 0 {
			undone[h.Undoes] = h.Run
		}
	}
	var lines []report.RunLine
	for i := range slices.Backward(runs) { // the newest first
		line := runLine(&runs[i].Summary)
		line.Running, line.UndoneBy = running(&runs[i]), undone[line.ID]
		if wanted(&runs[i], &line) {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 && a.opt.Output != "json" {
		_, err = fmt.Fprintf(a.Stdout, "none of %d runs on record is such a one\n", len(runs))
		return err
	}
	if a.opt.Output == "json" {
		return report.WriteRunsJSON(a.Stdout, lines)
	}
	err = report.WriteRuns(a.Stdout, lines, a.terminal(""))
	if n := all - len(runs); n > 0 && err == nil {
		_, err = fmt.Fprintf(a.Stdout, "\nof runs on the embedded sandbox, --sandbox STATE lists those that are kept\n")
	}
	return err
}

// noRuns says where there are none: somebody may look in the wrong place.
func (a *app) noRuns() error {
	state, err := a.stateDir()
	if err != nil {
		return err
	}
	what := "no runs"
	if t := a.namedTarget(); t != nil {
		what += " of " + t.String()
	}
	_, err = fmt.Fprintf(a.Stdout, "%s on record in %s; --state-dir names another place\n", what, state)
	return err
}

// running says which process is at a run just now; "" if none is.
func running(r *earlier) string {
	if r.End != nil {
		return ""
	}
	h, held := journal.Held(r.dir)
	if !held || h.Run != r.Head.Run {
		return ""
	}
	return fmt.Sprintf("process %d on %s since %s", h.PID, h.Host, h.Started.UTC().Format("15:04"))
}

func (a *app) showRun(name string) error {
	found, err := a.findRun(name, func(*journal.Summary) bool { return true })
	if err != nil {
		return err
	}
	rec, err := journal.Read(found.dir, found.Head.Run)
	if err != nil {
		return err
	}
	in := recorded(rec)
	in.ShowPrivate = a.opt.ShowPrivate
	in.Run.Result = report.Interrupted
	under := running(&found)
	if under != "" {
		in.Run.Result = report.Pending
	}
	in.Died = rec.End == nil && under == "" || rec.End != nil && rec.End.Result == report.Interrupted.String() && rec.End.ExitCode == exitError
	reports := ""
	if e := rec.End; e != nil {
		in.Run.ExitCode, in.Problem, reports = e.ExitCode, e.Problem, reportsOf(&found.Summary)
		in.API = report.API{Requests: e.Requests, Retries: e.Retries, Throttled: e.Throttled, Seconds: e.Took.Seconds(), Applying: e.Applying}
		in.Verify = report.Verify{Ran: e.Verified, Remaining: e.Remains}
		for _, s := range e.Stops {
			in.Stops = append(in.Stops, report.Stop(s))
		}
		if err := in.Run.Result.UnmarshalText([]byte(rec.End.Result)); err != nil {
			return fmt.Errorf("%s: %w", found.Path, err)
		}
	}
	rep, err := report.New(in)
	if err != nil {
		return err
	}
	if a.opt.Output == "json" {
		return rep.WriteJSON(a.Stdout)
	}
	t := a.terminal(reports)
	t.Run = true
	if under != "" {
		_, err := fmt.Fprintf(a.Stdout, "run %s is under way: %s\n", rec.Head.Run, under)
		return errors.Join(err, rep.WriteOperations(a.Stdout, t))
	}
	return errors.Join(rep.WriteTerminal(a.Stdout, t), rep.WriteOperations(a.Stdout, t))
}

// reportsOf is where the reports of a finished run are.
func reportsOf(s *journal.Summary) string {
	if s.End == nil || s.End.Reports == "" {
		return ""
	}
	return report.Of(s.End.Reports, s.Head.Run)
}

func runLine(s *journal.Summary) report.RunLine {
	l := report.RunLine{
		ID: s.Head.Run, Command: s.Head.Command, Target: s.Head.Target.String(), StartedAt: s.Head.StartedAt,
		Inputs: s.Files, Counts: map[plan.Verb]report.Count{}, NotSent: s.Operations - s.Done - s.Left,
		Undoes: s.Head.Undoes, Unfinished: s.End == nil && s.Damage == nil,
	}
	if e := s.End; e != nil {
		l.Result, l.ExitCode, l.FinishedAt, l.Reports = e.Result, e.ExitCode, e.At, reportsOf(s)
		if l.Reason = e.Verdict; l.Reason == "" {
			l.Reason = e.Problem
		}
		l.Leaving = e.Leaving
		if e.Result == report.Converged.String() && !e.Foreseen {
			l.Reason = ""
		}
	}
	if s.Head.State != "" {
		l.Target += " (" + s.Head.State + ")"
	}
	if s.Damage != nil {
		l.Damaged = s.Damage.Error()
	}
	for verb, outcomes := range s.Counts {
		l.Counts[verb] = report.CountOf(outcomes)
	}
	return l
}
