// Package history knows the earlier runs of an app: which there are, and what is
// left of each of them, its journal, its reports, its plan and its sources. It
// refuses to know what the run that asks is about to do, and asks no app.
package history

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"cometsync/internal/config"
	"cometsync/internal/exit"
	"cometsync/internal/formats"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/directory"
	"cometsync/report/runs"
)

// Unfit says why a run or a plan can't be taken for what it is said to be.
func Unfit(format string, args ...any) error { return exit.Errorf(exit.Unfit, format, args...) }

// Store is where earlier runs lie, and which of them are asked for.
type Store struct {
	State   func() (string, error) // the state directory
	Named   *plan.Target           // whose runs; nil for those of all
	Sandbox string                 // the file of users of the embedded sandbox that is meant; "" for any
	Now     func() time.Time
	Passed  func(trials []Run) // is told of later runs on the embedded sandbox that "last" passes over; may be nil
}

// Run is an earlier run, which the state directory has a journal of.
type Run struct {
	Dir string // of its app
	journal.Summary
}

// Believed reports whether the record can be read, as far as a list looks.
func (r *Run) Believed() bool { return r.Damage == nil && !r.Head.StartedAt.IsZero() }

// Runs are the runs of the target that is named, or of all if it is nil,
// oldest first.
func (h *Store) Runs(of *plan.Target) ([]Run, error) {
	state, err := h.State()
	if err != nil {
		return nil, err
	}
	dirs, err := journal.Apps(state)
	if err != nil {
		return nil, err
	}
	dirs = append(dirs, filepath.Join(state, sandboxDir))
	var runs []Run
	for _, dir := range dirs {
		list, err := journal.List(dir, h.Now())
		if err != nil {
			return nil, err
		}
		owner, known, _ := journal.Owner(dir) // for runs of which their own journals can't tell
		for _, s := range list {
			made := s.Head.Target
			if known && made == (plan.Target{}) {
				made = owner
			}
			if made.Sandbox && of != nil && h.Sandbox != "" && s.Head.State != config.Absolute(h.Sandbox) {
				continue // of another sandbox
			}
			if of == nil || made == (plan.Target{}) || of.Fits(made) {
				runs = append(runs, Run{dir, s})
			}
		}
	}
	journal.Sort(runs, func(r *Run) *journal.Summary { return &r.Summary }, h.Now())
	return runs, nil
}

// Find finds a run by its id, by the beginning of it, or as the last one
// that fits.
func (h *Store) Find(name string, fits func(*journal.Summary) bool) (Run, error) {
	runs, err := h.Runs(h.Named)
	if err != nil {
		return Run{}, err
	}
	if name == "last" {
		runs = h.realFirst(runs)
	}
	var found []Run
	last := -1
	for i, r := range runs {
		if r.Head.Run == name {
			return r, nil
		}
		if r.Believed() && fits(&r.Summary) {
			last = i
		}
		if name != "" && strings.HasPrefix(r.Head.Run, name) {
			found = append(found, r)
		}
	}
	// The last that can be read need not be the last.
	if name == "last" {
		for _, r := range runs[last+1:] {
			if !r.Believed() {
				return Run{}, Unfit("the record of a later run, %s, can't be relied on, so it is unclear which was the last; name "+
					"the run that is meant, as cometsync runs lists them", r.Head.Run)
			}
		}
		if last >= 0 && runs[last].Ahead(h.Now()) {
			return Run{}, Unfit("run %s of an earlier version is dated in the future, so it is unclear which was the last; name the "+
				"run that is meant, as cometsync runs lists them", runs[last].Head.Run)
		}
	}
	switch {
	case len(runs) == 0 && h.Named != nil:
		return Run{}, config.Errorf("run %q: no earlier run of this app is on record; --state-dir names another place, --app-id or "+
			"--base-url another app", name)
	case len(runs) == 0:
		return Run{}, config.Errorf("run %q: no earlier run is on record; --state-dir names another place", name)
	case name == "last" && last >= 0:
		return runs[last], nil
	case name == "last":
		return Run{}, config.Errorf("run %q: no earlier run has sent anything, so there is nothing to undo", name)
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return Run{}, config.Errorf("run %q: %s begin like this; give more of the id", name, phrase.Counted(len(found), "run"))
	}
	return Run{}, config.Errorf("run %q: no such run is on record; cometsync runs lists them", name)
}

// Latest is the id of the last run, whether or not its record can be believed;
// last as it is if there is no run.
func (h *Store) Latest() (string, error) {
	runs, err := h.Runs(h.Named)
	if err != nil || len(runs) == 0 {
		return "last", err
	}
	runs = h.realFirst(runs)
	return runs[len(runs)-1].Head.Run, nil
}

// Running says which process is at a run just now; "" if none is.
func (r *Run) Running() string {
	if r.End != nil {
		return ""
	}
	by, held := journal.Held(r.Dir)
	if !held || by.Run != r.Head.Run {
		return ""
	}
	return fmt.Sprintf("process %d on %s since %s", by.PID, by.Host, phrase.Here().Moment(by.Started))
}

// Reports is where the reports of a finished run are.
func Reports(s *journal.Summary) string {
	if s.End == nil || s.End.Reports == "" {
		return ""
	}
	return directory.Of(s.End.Reports, s.Head.Run)
}

// Report is the run for a report, from its journal alone.
func (r *Run) Report() (report.Input, error) {
	rec, err := journal.Read(r.Dir, r.Head.Run)
	if err != nil {
		return report.Input{}, err
	}
	in := Recorded(rec)
	in.Run.Result = report.Interrupted
	under := r.Running() != ""
	if under {
		in.Run.Result = report.Pending
	}
	in.Died = rec.End == nil && !under || rec.End != nil && rec.End.Result == report.Interrupted.String() && rec.End.ExitCode == exit.Failed
	if e := rec.End; e != nil {
		in.Run.ExitCode, in.Problem = e.ExitCode, e.Problem
		in.API = report.API{Requests: e.Requests, Retries: e.Retries, Throttled: e.Throttled, Seconds: e.Took.Seconds(),
			Applying: e.Applying}
		in.Verify = report.Verify{Ran: e.Verified, Remaining: e.Remains}
		in.Stops = append(in.Stops, e.Stops...)
		if err := in.Run.Result.UnmarshalText([]byte(e.Result)); err != nil {
			return in, fmt.Errorf("%s: %w", r.Path, err)
		}
	}
	return in, nil
}

// Line is the run in the list of runs.
func Line(s *journal.Summary) runs.Line {
	l := runs.Line{
		ID: s.Head.Run, Command: s.Head.Command, Target: s.Head.Target.String(), StartedAt: s.Head.StartedAt,
		Inputs: s.Files, NotSent: s.Operations - s.Done - s.Left,
		Undoes: s.Head.Undoes, Unfinished: s.End == nil && s.Damage == nil,
	}
	if e := s.End; e != nil {
		l.Result, l.ExitCode, l.FinishedAt, l.Reports = e.Result, e.ExitCode, e.At, Reports(s)
		if l.Reason = e.Verdict; l.Reason == "" {
			l.Reason = e.Problem
		}
		l.Leaving, l.Allowed = e.Leaving, e.Allowed
		if e.Result == report.Converged.String() && !e.Foreseen {
			l.Reason = ""
		}
	}
	if s.Head.State != "" {
		l.Target += " (" + s.Head.State + ")"
	}
	if s.Damage != nil {
		l.Damaged = s.Damage.Error()
		var of *formats.Error
		l.Newer = errors.As(s.Damage, &of) && of.Newer
	}
	for verb, outcomes := range s.Counts {
		for o, n := range outcomes {
			l.Counts.Of(verb).Take(o, n)
		}
	}
	return l
}

// RealFirst leaves the runs of real apps where there are any, and gives those on the
// embedded sandbox beside them.
func RealFirst(runs []Run) (first, trials []Run) {
	for _, r := range runs {
		if r.Head.Target.Sandbox {
			trials = append(trials, r)
		} else {
			first = append(first, r)
		}
	}
	if len(first) == 0 {
		return runs, nil
	}
	return first, trials
}

// realFirst tells of later runs that it leaves out, so that nobody takes the last real
// run for a trial of just now.
func (h *Store) realFirst(runs []Run) []Run {
	first, trials := RealFirst(runs)
	n := 0
	for n < len(trials) && runs[len(runs)-1-n].Head.Target.Sandbox {
		n++
	}
	if n > 0 && h.Passed != nil {
		h.Passed(trials[len(trials)-n:])
	}
	return first
}
