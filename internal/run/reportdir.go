package run

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/report"
	"cometsync/report/directory"
)

// defaultReports is where reports go unless --report-dir says something else.
var defaultReports = filepath.Join("cometsync-reports", "{run}")

var placeholder = regexp.MustCompile(`\{[^{}/\\]*\}`)

// fill puts a run into a pattern for report directories.
func fill(pattern, run string, started time.Time) string {
	return strings.NewReplacer("{run}", run, "{date}", started.UTC().Format(time.DateOnly)).Replace(pattern)
}

// ReportPattern is the pattern for the run's report directory, "" for none.
func (r *Run) ReportPattern() string {
	switch {
	case r.Opt.ReportDir == "none", r.Opt.ReportDir == "" && r.Command == "validate":
		return ""
	case r.Opt.ReportDir == "":
		return defaultReports
	}
	return r.Opt.ReportDir
}

// reportDir is where the reports go, "" for none.
func (r *Run) reportDir() string { return fill(r.ReportPattern(), r.ID, r.Started) }

func (r *Run) absReportDir() string { return config.Absolute(r.reportDir()) }

// CheckReportDir refuses a directory that has no room for the report, and the
// one that the command runs in, with those around it: reports are written whole,
// by putting another directory in its place.
func (r *Run) CheckReportDir() error {
	pattern := r.ReportPattern()
	for _, word := range placeholder.FindAllString(pattern, -1) {
		if word != "{run}" && word != "{date}" {
			return config.Errorf("--report-dir %q: %s is not known; {run} and {date} are, and are filled in", pattern, word)
		}
	}
	if pattern == "" {
		return nil
	}
	dir := r.absReportDir()
	here, err := os.Getwd()
	if err != nil {
		return config.Errorf("--report-dir %q: %v", pattern, err)
	}
	if inside, err := filepath.Rel(real(dir), real(here)); err == nil && filepath.IsLocal(inside) {
		return config.Errorf("--report-dir %q: is the directory that the command runs in, or one around it; name another, such as "+
			"%s", pattern,
			filepath.Join(pattern, "report"))
	}
	var taken *directory.TakenError
	if _, _, err := directory.Room(dir, r.ID); errors.As(err, &taken) {
		return config.Errorf("%v; --report-dir %s-{run} gives each run its own", err, filepath.Clean(pattern))
	}
	return nil
}

// real is a path without symbolic links, as far as it exists.
func real(path string) string {
	if p, err := filepath.EvalSymlinks(path); err == nil {
		return p
	}
	return path
}

// writeReport writes the report of a run, this one or one that died, into a
// directory, or beside it if there is no room by now: what was done has to be
// told wherever it can be.
func (a *Session) writeReport(rep *report.Report, dir, run string) (where, sums string, err error) {
	p := a.Progress("writing reports", len(directory.Files(rep)))
	defer p.Done()
	sums, err = directory.Write(dir, rep, p.Add)
	var taken *directory.TakenError
	if errors.As(err, &taken) {
		a.Tell(events.ReportAside, "report", directory.Aside(dir, run), "error", err)
		dir = directory.Aside(dir, run)
		p.Set(0)
		sums, err = directory.Write(dir, rep, p.Add)
	}
	if err != nil {
		return "", "", err
	}
	return dir, sums, nil
}
