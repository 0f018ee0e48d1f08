package cli

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// evidence is what there is of an earlier run: its journal, its reports, or
// both. A plan has no journal.
type evidence struct {
	id      string
	dir     string // the reports; "" if there are none
	journal string // the file; "" if there is none
	record  *journal.Record
	damage  error // why there is a journal and no record

	run    report.Run
	target plan.Target
	plan   *plan.Plan // of the journal, else of the reports; nil if there is none
	intake *user.Intake
}

// findEvidence takes a run by its id, the beginning of it, or last, as the
// journals have them; or by the directory with its reports.
func (a *app) findEvidence(name string) (*evidence, error) {
	for _, dir := range []string{name, filepath.Join("cometsync-reports", name)} {
		if name == "" || !isReport(dir) {
			continue
		}
		e, err := reported(dir)
		if err != nil {
			return nil, err
		}
		runs, err := a.earlierRuns(nil)
		if err != nil {
			return e, nil // nobody has to have a state directory to read a report
		}
		for i := range runs {
			if runs[i].Head.Run == e.id {
				return e, e.read(runs[i].dir, runs[i].Path)
			}
		}
		return e, nil
	}
	if strings.ContainsRune(name, filepath.Separator) {
		return nil, usage("%s: no directory with a report", name)
	}
	found, err := a.findRun(name, func(*journal.Summary) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("%w; a plan is named by the directory with its reports", err)
	}
	e := &evidence{id: found.Head.Run}
	if err := e.read(found.dir, found.Path); err != nil {
		return nil, err
	}
	switch {
	case reportsOf(&found.Summary) != "":
		e.dir = reportsOf(&found.Summary)
	case found.Head.ReportDir != "" && isReport(found.Head.ReportDir):
		e.dir = found.Head.ReportDir
	}
	return e, nil
}

func isReport(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, "report.json"))
	return err == nil && info.Mode().IsRegular()
}

// reported is what a report directory says of itself.
func reported(dir string) (*evidence, error) {
	f, err := os.Open(filepath.Join(dir, "report.json"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head, err := report.ReadHead(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	return &evidence{id: head.Run.ID, dir: dir, run: head.Run, target: head.Target}, nil
}

// read takes the journal in. One that was changed is damage, and no error.
func (e *evidence) read(app, path string) error {
	e.journal = path
	rec, err := journal.Read(app, e.id)
	var damaged *journal.DamageError
	switch {
	case errors.As(err, &damaged), errors.Is(err, journal.ErrNothing):
		e.damage = err
		return nil
	case err != nil:
		return err
	}
	e.record = rec
	in := recorded(rec)
	e.run, e.target, e.plan, e.intake = in.Run, in.Target, rec.Plan, rec.Intake
	if rec.End != nil {
		e.run.ExitCode = rec.End.ExitCode
		return e.run.Result.UnmarshalText([]byte(rec.End.Result))
	}
	return nil
}

// readPlan reads the plan of the reports, if the journal gave none.
func (e *evidence) readPlan() error {
	if e.plan != nil || e.dir == "" {
		return nil
	}
	f, err := os.Open(filepath.Join(e.dir, "plan.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if e.plan, e.intake, _, err = plan.Decode(f); err != nil {
		return fmt.Errorf("%s: %w", f.Name(), err)
	}
	return nil
}

// input finds a source again: as it was named, from where the run was started
// or from here.
func (e *evidence) input(path string) string {
	if e.record != nil && e.record.Head.Dir != "" && !filepath.IsAbs(path) {
		if from := filepath.Join(e.record.Head.Dir, path); exists(from) {
			return from
		}
	}
	return path
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// inputs are the sources that the run's plan was made from.
func (e *evidence) inputs() []user.File {
	if e.intake != nil && len(e.intake.Files) > 0 {
		return e.intake.Files
	}
	if e.plan != nil {
		return e.plan.Inputs
	}
	return nil
}

// standardInput is how a source is called that no file is left of.
const standardInput = "-"

// hashFile is the SHA-256 of a file, in hexadecimal.
func hashFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return "", err
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
