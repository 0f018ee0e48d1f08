package run

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/report/directory"
	"cometsync/report/wire"
)

// old is an earlier run that may be removed: the one of a journal, or of a report
// whose journal went with a lost state directory.
type old struct {
	id      string
	at      time.Time
	changed bool
	dir     string // of a report without a journal; "" for a run on record
}

// prune removes the journals and reports of runs that none of --keep-runs,
// --keep-days and --keep-changed keeps. Nothing that it can't remove makes the run
// a failure.
func (r *Run) prune() {
	if r.Opt.KeepRuns+r.Opt.KeepDays+r.Opt.KeepChanged == 0 || r.Home.Dir == "" {
		return
	}
	now := r.Now()
	runs, err := journal.List(r.Home.Dir, now)
	if err != nil {
		r.Tell(events.OldRunsLeft, "error", err)
		return
	}
	var all []old
	spared := journal.GoodRuns(r.Home.Dir)
	spared[r.ID] = true
	for i := range runs {
		s := &runs[i]
		switch {
		case !s.Head.Target.Same(r.Target) || s.Damage != nil:
		case s.End == nil:
			spared[s.Head.Undoes] = true // whoever settles it may ask what it was to undo
		default:
			all = append(all, old{id: s.Head.Run, at: s.At, changed: s.Changed()})
		}
	}
	all = append(r.unrecorded(now), all...)
	slices.SortStableFunc(all, func(a, b old) int { return a.at.Compare(b.at) })
	r.spare(all, now, spared)
	if _, err := journal.Prune(r.Home.Dir, r.Target, spared, func(s *journal.Summary) error {
		return r.removeReport(history.Reports(s), s.Head.Run)
	}); err != nil {
		r.Tell(events.OldRunsLeft, "error", err)
	}
	for _, o := range all {
		if o.dir != "" && !spared[o.id] {
			if err := r.removeReport(o.dir, o.id); err != nil {
				r.Tell(events.OldReportLeft, "error", err)
			}
		}
	}
}

// spare marks the runs that a rule keeps, of all in their order.
func (r *Run) spare(all []old, now time.Time, spared map[string]bool) {
	changed := 0
	for i, run := range slices.Backward(all) {
		if run.changed {
			changed++
		}
		young := r.Opt.KeepDays > 0 && now.Sub(run.at) < time.Duration(r.Opt.KeepDays)*24*time.Hour
		if len(all)-i <= r.Opt.KeepRuns || young || run.changed && changed <= r.Opt.KeepChanged {
			spared[run.id] = true
		}
	}
}

// removeReport removes the report of a run. One that somebody has edited, or that
// this run reads, stays.
func (r *Run) removeReport(dir, run string) error {
	if dir == "" || r.reads(dir) {
		return nil
	}
	err := directory.Remove(dir, run)
	var taken *directory.TakenError
	if errors.As(err, &taken) {
		r.Tell(events.OldReportStays, "earlier", run, "why", err)
		return nil
	}
	if err != nil {
		return err
	}
	// Directories of the pattern that hold nothing any more.
	pattern := config.Absolute(r.ReportPattern())
	if ours, _ := filepath.Match(anyRun(pattern), dir); !ours {
		return nil
	}
	for {
		dir, pattern = filepath.Dir(dir), filepath.Dir(pattern)
		if !placeholder.MatchString(filepath.Base(pattern)) || os.Remove(dir) != nil {
			return nil
		}
	}
}

// reads reports whether --rekey names a file of a report's directory: it is
// needed at every run.
func (r *Run) reads(dir string) bool {
	return slices.ContainsFunc(r.Opt.Rekey, func(file string) bool {
		inside, err := filepath.Rel(real(dir), real(config.Absolute(file)))
		return err == nil && filepath.IsLocal(inside)
	})
}

// unrecorded are the reports of the target's runs that wrote and that no state
// directory has a journal of, where this run's own report is as well. A plan's is
// not among them: it never had a journal, and may be about to be applied.
func (r *Run) unrecorded(now time.Time) (all []old) {
	pattern := config.Absolute(r.ReportPattern())
	state, err := r.StateDir()
	if pattern == "" || err != nil {
		return nil
	}
	for _, pattern := range []string{pattern, directory.Aside(pattern, "{run}")} {
		dirs, _ := filepath.Glob(anyRun(pattern))
		for _, dir := range dirs {
			e, err := history.Reported(dir)
			if err != nil || e.ID == r.ID || fill(pattern, e.ID, e.Run.StartedAt) != dir || !e.Target.Same(r.Target) || !e.Wrote() {
				continue
			}
			if journal.OnRecord(state, e.ID) {
				continue
			}
			o := old{id: e.ID, at: e.Run.StartedAt, dir: dir}
			if o.at.After(now) {
				o.at = time.Time{} // of a clock that was ahead; it is older than all that are on record
			}
			if r.Opt.KeepChanged > 0 {
				o.changed, _ = wire.Changed(dir)
			}
			all = append(all, o)
		}
	}
	slices.SortStableFunc(all, func(a, b old) int { return strings.Compare(a.id, b.id) })
	return all
}

var special = regexp.MustCompile(`[*?\[\\]`)

// anyRun is the pattern of a report directory for any run, as Glob takes it.
func anyRun(pattern string) string {
	if filepath.Separator != '\\' { // where it is one, Glob knows no way to take a character as it is
		pattern = special.ReplaceAllString(pattern, `\$0`)
	}
	return placeholder.ReplaceAllString(pattern, "*")
}
