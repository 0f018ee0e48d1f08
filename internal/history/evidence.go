package history

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"cometsync/internal/config"
	"cometsync/internal/journal"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/directory"
	"cometsync/report/wire"
)

// Evidence is what there is of an earlier run: its journal, its reports, or
// both. A plan has no journal.
type Evidence struct {
	ID      string
	Dir     string // the reports; "" if there are none
	Journal string // the file; "" if there is none
	Record  *journal.Record
	Damage  error // why there is a journal and no record

	Run    report.Run
	Target plan.Target
	Plan   *plan.Plan // of the journal, else of the reports; nil if there is none
	Intake *user.Intake

	from string // where its sources' paths count from, of a plan that is not read
}

// Evidence takes a run by its id, the beginning of it, or last, as the
// journals have them; or by the directory with its reports.
func (h *Store) Evidence(name string) (*Evidence, error) {
	if dir := named(name); dir != "" {
		e, err := Reported(dir)
		if err != nil {
			return nil, err
		}
		runs, err := h.Runs(nil)
		if err != nil {
			return e, nil // nobody has to have a state directory to read a report
		}
		for i := range runs {
			if runs[i].Head.Run == e.ID {
				return e, e.read(runs[i].Dir, runs[i].Path)
			}
		}
		return e, nil
	}
	if strings.ContainsRune(name, filepath.Separator) {
		return nil, config.Errorf("%s: no directory with a report", name)
	}
	found, err := h.Find(name, func(*journal.Summary) bool { return true })
	if err != nil {
		return nil, fmt.Errorf("%w; a plan is named by the directory with its reports", err)
	}
	e := &Evidence{ID: found.Head.Run}
	if err := e.read(found.Dir, found.Path); err != nil {
		return nil, err
	}
	e.Dir = found.reports()
	return e, nil
}

// named is the directory with reports that a run is named by; "" if it is not.
func named(name string) string {
	for _, dir := range []string{name, filepath.Join("cometsync-reports", name)} {
		if name != "" && Exists(filepath.Join(dir, report.JSONName)) {
			return dir
		}
	}
	return ""
}

// reports is the directory with the run's; "" if there are none.
func (r *Run) reports() string {
	if dir := Reports(&r.Summary); dir != "" {
		return dir
	} else if e, err := Reported(directory.Of(r.Head.ReportDir, r.Head.Run)); err == nil && e.ID == r.Head.Run {
		return e.Dir // else a report of another run may be there
	}
	return ""
}

// Reported is what a report directory says of itself.
func Reported(dir string) (*Evidence, error) {
	head, err := wire.ReadHead(dir)
	if err != nil {
		return nil, err
	}
	return &Evidence{ID: head.Run.ID, Dir: dir, Run: head.Run, Target: head.Target}, nil
}

// read takes the journal in. One that was changed is damage, and no error.
func (e *Evidence) read(app, path string) error {
	e.Journal = path
	rec, err := journal.Read(app, e.ID)
	var damaged *journal.DamageError
	switch {
	case errors.As(err, &damaged), errors.Is(err, journal.ErrNothing):
		e.Damage = err
		return nil
	case err != nil:
		return err
	}
	e.Record = rec
	in := Recorded(rec)
	e.Run, e.Target, e.Plan, e.Intake = in.Run, in.Target, rec.Plan, rec.Intake
	if rec.End != nil {
		e.Run.ExitCode = rec.End.ExitCode
		return e.Run.Result.UnmarshalText([]byte(rec.End.Result))
	}
	return nil
}

// readPlan reads the plan of the reports, if the journal gave none. Where there was no
// plan, the report has what was read and can't be used.
func (e *Evidence) readPlan() error {
	if e.Plan != nil || e.Dir == "" {
		return nil
	}
	err := wire.ReadPart(e.Dir, report.PlanName, func(r io.Reader) (err error) {
		e.Plan, e.Intake, _, err = plan.Decode(r)
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return e.readIntake()
	}
	return err
}

// readIntake takes what was read of the sources from report.json.
func (e *Evidence) readIntake() error {
	return wire.ReadPart(e.Dir, report.JSONName, func(r io.Reader) error {
		record, err := wire.Read(r, nil)
		if err != nil {
			return err
		}
		in, err := record.Input(nil, nil)
		e.Intake = &in.Intake
		return err
	})
}

// input finds a source again: as it was named, from where the roster was read or
// from here.
func (e *Evidence) input(path string) string {
	dir := e.from
	switch {
	case e.Record != nil:
		dir = e.Record.Head.Dir
	case e.Plan != nil:
		dir = e.Plan.Dir
	}
	if from := filepath.Join(dir, path); dir != "" && !filepath.IsAbs(path) && Exists(from) {
		return from
	}
	return path
}

// Exists reports whether there is such a file.
func Exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// inputs are the sources that the run's plan was made from.
func (e *Evidence) inputs() []user.File {
	if e.Intake != nil && len(e.Intake.Files) > 0 {
		return e.Intake.Files
	}
	if e.Plan != nil {
		return e.Plan.Inputs
	}
	return nil
}

// StandardInput is how a source is called that no file is left of.
const StandardInput = "-"

// SavedPlan is a plan that was saved.
type SavedPlan struct {
	Path, Hash string
	Plan       *plan.Plan
	Intake     *user.Intake
	Options    *config.Options // under which it was made
}

// OpenPlan reads a saved plan. One that is not as it was written is not a plan.
func OpenPlan(path string) (*SavedPlan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("plan: %w", err)
	}
	defer f.Close()
	v := &SavedPlan{Path: path}
	v.Plan, v.Intake, v.Hash, err = plan.Decode(f)
	var altered *plan.AlteredError
	switch {
	case errors.As(err, &altered):
		return nil, Unfit("%s: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	v.Options, err = config.Restore(v.Plan.Config)
	return v, err
}

// Recorded is a run as its journal has it, for a report.
func Recorded(rec *journal.Record) report.Input {
	in := report.Input{
		Run: report.Run{ID: rec.Head.Run, Command: rec.Head.Command, Version: rec.Head.Version, StartedAt: rec.Head.StartedAt,
			FinishedAt: rec.LastAt, Zone: phrase.Here()},
		Target: rec.Head.Target,
		Plan:   rec.Plan,
	}
	if rec.Intake != nil {
		in.Intake = *rec.Intake
	}
	if rec.Plan == nil {
		return in
	}
	in.Plan.Target = rec.Head.Target
	in.Results = rec.Plan.Unsent()
	for i := range in.Results {
		switch {
		case rec.Results[i].Outcome != 0:
			in.Results[i] = rec.Results[i]
		case in.Results[i].Outcome == plan.Skipped && rec.Marks[i].Sent:
			in.Results[i] = plan.Result{Outcome: plan.Unknown, Kind: plan.InDoubt, Code: "in-doubt",
				Message: "sent, and its answer is not on record; the next run that writes settles it"}
		case in.Results[i].Outcome == plan.Skipped:
			in.Results[i].Code, in.Results[i].Message = "not-sent", "not sent: the run ended before; run again to finish the rest"
		}
	}
	return in
}

// Tokenless is whom a run created and whose token is not in the file that it
// was to be written to.
func Tokenless(rec *journal.Record) []string {
	if rec.Head.Tokens == "" {
		return nil
	}
	text, _ := os.ReadFile(rec.Head.Tokens) // none, if it can't be read
	have := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if uid, _, ok := strings.Cut(line, ","); ok && strings.HasSuffix(line, "\n") {
			have[uid] = true
		}
	}
	var without []string
	for i := range rec.Results {
		if uid := rec.Plan.Operations[i].UID; rec.Results[i].Did.Has(plan.Create) && !have[uid] {
			without = append(without, uid)
		}
	}
	return without
}
