package verify

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/directory"
	"cometsync/report/lists"
	"cometsync/report/wire"
)

// Journal is what is known of a run from elsewhere than its reports. What is nil or
// "" is not at hand.
type Journal struct {
	Run     string
	Result  string // as report.Result spells it
	Plan    *plan.Plan
	Intake  *user.Intake
	Results []plan.Result // of each operation; one without an outcome is not on record
	Sums    string        // SHA-256 of SHA256SUMS, as directory.Write gave it
}

// Reports checks a report against itself, from its files alone: that each is as
// it was written, and that all are what this version of the program renders of what
// plan.json and report.json say, to the byte. What is at hand of the run's journal takes
// their place where both tell of the same. So whoever edits a report and makes its
// sums anew has to edit all of its files alike, and the journal shows even that.
// The totals are added up once more from what is listed, without the renderer.
//
// What it finds is added to the proof; it gives the sources that the report names, and the
// directory that their paths count from, as far as a plan says it. An error is a directory
// that can't be read.
func (p *Proof) Reports(dir, version string, journal Journal) (sources []user.File, from string, err error) {
	a := &audit{Proof: p, dir: dir, version: version, journal: journal}
	if err := a.sums(); err != nil {
		return nil, "", err
	}
	if err := a.planFile(); err != nil {
		return nil, "", err
	}
	told, err := a.reportFile()
	if err != nil || told == nil {
		return nil, "", err
	}
	places, err := a.usersFile()
	if err != nil {
		return nil, "", err
	}
	a.totals(told, places)
	a.results(told)
	if a.plan != nil {
		from = a.plan.Dir
	}
	return told.Source.Files, from, a.render(told, places)
}

type audit struct {
	*Proof
	dir     string
	version string
	journal Journal

	have   map[string]string // the SHA-256 of each file that there is
	plan   *plan.Plan        // plan.json's, else the journal's
	intake *user.Intake      // likewise
	planOf string            // which of the two
}

// read has a file of the report read, if there is one that is as it should be to a
// file system.
func (a *audit) read(name string, take func(io.Reader)) (is bool, err error) {
	if _, is = a.have[name]; !is {
		return false, nil
	}
	f, err := os.Open(filepath.Join(a.dir, name))
	if err != nil {
		return false, fmt.Errorf("auditing %s: %w", name, err)
	}
	defer f.Close()
	take(f)
	return true, nil
}

// sums compares the files that there are with those that were written.
func (a *audit) sums() error {
	entries, err := os.ReadDir(a.dir)
	if err != nil {
		return fmt.Errorf("auditing a report: %w", err)
	}
	a.have = map[string]string{}
	for _, e := range entries {
		switch name := e.Name(); {
		case e.Type().IsRegular() && directory.IsPart(name):
			if a.have[name], err = directory.Hash(filepath.Join(a.dir, name)); err != nil {
				return fmt.Errorf("auditing %s: %w", name, err)
			}
		case directory.IsPart(name):
			a.Find(name, "it is not a regular file")
		default:
			a.beyond("%s: it is not part of the report", name) // such as decisions that were saved beside it
		}
	}
	want, known, err := a.sumsFile()
	if err != nil {
		return err
	}
	fits := 0
	for name, always := range directory.Names() {
		sum, listed := want[name]
		got, is := a.have[name]
		switch {
		case a.found(name) > 0:
		case !is && listed:
			a.Find(name, "it is missing, and %s lists it", directory.Sums)
		case !is && always:
			a.Find(name, "it is missing, and every report has one")
		case !is:
		case known && !listed:
			a.Find(name, "it was not written with the report: %s does not list it", directory.Sums)
		case known && got != sum:
			a.Find(name, "it was changed after it was written: its SHA-256 is %s, and %s has %s", got, directory.Sums, sum)
		default:
			fits++
		}
	}
	if known && fits == len(want) {
		a.Check("%s: each of %s fits its sum", directory.Sums, phrase.Counted(fits, "file"))
	}
	return nil
}

// sumsFile reads the sums by name; known reports whether there are some.
func (a *audit) sumsFile() (sums map[string]string, known bool, err error) {
	var text []byte
	known, err = a.read(directory.Sums, func(r io.Reader) { text, _ = io.ReadAll(io.LimitReader(r, 64<<10)) })
	switch got := a.have[directory.Sums]; {
	case !known && err == nil:
		a.Find(directory.Sums, "it is missing, and every report has one; an earlier version wrote none")
		fallthrough
	case err != nil:
		return nil, false, err
	case a.journal.Sums == "":
		a.beyond("%s itself: there is no journal with its hash, so somebody may have made the sums anew", directory.Sums)
	case got != a.journal.Sums:
		a.Find(directory.Sums, "it was made anew: its SHA-256 is %s, and the journal has %s", got, a.journal.Sums)
	default:
		a.Check("%s: its own hash is the one in the journal", directory.Sums)
	}
	sums, last := map[string]string{}, ""
	for line := range bytes.Lines(text) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(string(line), "\n"), "  ")
		whole := ok && bytes.HasSuffix(line, []byte("\n")) && len(sum) == 2*sha256.Size && strings.Trim(sum, "0123456789abcdef") == ""
		if !whole || name <= last || !directory.IsPart(name) || name == directory.Sums {
			a.Find(directory.Sums, "%q is not a line that belongs in it", strings.TrimSuffix(string(line), "\n"))
			continue
		}
		sums[name], last = sum, name
	}
	return sums, true, nil
}

// planFile reads plan.json, whose own books Decode checks, and compares it with
// what the journal has.
func (a *audit) planFile() error {
	saved, err := a.read(report.PlanName, func(r io.Reader) {
		var err error
		if a.plan, a.intake, _, err = plan.Decode(r); err != nil {
			a.Find(report.PlanName, "%v", err)
			a.plan = nil
		} else {
			a.Check("%s: %s, its hash fits, and its books balance", report.PlanName, phrase.Counted(len(a.plan.Operations), "operation"))
		}
	})
	a.planOf = report.PlanName
	p, in := a.journal.Plan, cmp.Or(a.journal.Intake, &user.Intake{}) // an undo has none
	switch {
	case err != nil:
		return err
	case p == nil && saved:
		a.beyond("%s against the journal: there is none", report.PlanName)
	case p == nil:
	case !saved && a.found(report.PlanName) == 0:
		a.Find(report.PlanName, "it is missing, and the journal has a plan of %s", phrase.Counted(len(p.Operations), "operation"))
		fallthrough
	case a.plan == nil:
		a.plan, a.intake, a.planOf = p, in, "the journal"
	default:
		problem, err := a.compare(report.PlanName, func(w io.Writer) error { return plan.Encode(w, p, in) }, "")
		if err != nil {
			return err
		}
		if problem != "" {
			a.Find(report.PlanName, "it is not what the journal has: %s", problem)
		} else {
			a.Check("%s: operation by operation as the journal has it", report.PlanName)
		}
	}
	return nil
}

// reportFile reads report.json; it gives nil if there is none that can be read.
func (a *audit) reportFile() (told *wire.Record, err error) {
	_, err = a.read(report.JSONName, func(r io.Reader) {
		var err error
		told, err = wire.Read(r, a.plan)
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
			a.Find(report.JSONName, "it is cut off after %s", phrase.Counted(told.Operations, "operation"))
			told = nil
		case err != nil:
			a.Find(report.JSONName, "it is not a report as this program writes it: %v", err)
			told = nil
		}
	})
	return told, err
}

// usersFile reads where users were left; nil if no file that can be read says so.
func (a *audit) usersFile() (places *plan.Places, err error) {
	is, err := a.read(report.UsersName, func(r io.Reader) {
		var err error
		if places, err = lists.ReadPlaces(r); err != nil {
			a.Find(report.UsersName, "%v", err)
			places = nil
		}
	})
	if !is && err == nil {
		a.beyond("where each user was left: there is no %s", report.UsersName)
	}
	return places, err
}

// results compares the run and its results with what the journal has of them, and
// takes the journal's results for the report's.
func (a *audit) results(told *wire.Record) {
	j, run, name := &a.journal, &told.Run, report.JSONName
	if j.Run != "" && j.Run != run.ID {
		a.Find(name, "it is of run %s, and the journal of %s", run.ID, j.Run)
	}
	if j.Result != "" && j.Result != run.Result.String() {
		a.Find(name, "the run's result is %s, and in the journal %s", run.Result, j.Result)
	}
	for i := range min(len(j.Results), len(told.Results)) {
		got, want, o := &told.Results[i], &j.Results[i], &a.plan.Operations[i]
		what := func() string { return fmt.Sprintf("operation %d, to %s %s", i+1, o.Verb, o.UID) }
		switch {
		case want.Outcome == 0 && (got.Outcome == plan.Applied || got.Outcome == plan.Failed && got.Attempts > 0):
			a.Find(name, "%s, is %s, and the journal has no result of it", what(), got.Outcome)
		case want.Outcome == 0: // one that could not be sent is not on record
		case got.Outcome != want.Outcome:
			a.Find(name, "%s, is %s, and in the journal %s", what(), got.Outcome, want.Outcome)
		case want.Attempts != 0 && got.Attempts != want.Attempts:
			a.Find(name, "%s, took %s, and in the journal %s", what(), phrase.Counted(got.Attempts, "attempt"),
				phrase.Thousands(want.Attempts))
		default:
			*got = *want
		}
	}
	switch {
	case j.Results == nil && told.Operations > 0:
		a.beyond("outcomes against the journal: there is none")
	case j.Results != nil && a.found(name) == 0:
		a.Check("%s: outcomes and attempts as the journal has them", name)
	}
}

// render renders all files again and compares them with those that there are.
func (a *audit) render(told *wire.Record, places *plan.Places) error {
	const rest = "what the files say, beside their sums and totals: "
	if by := cmp.Or(told.Run.Writer, told.Run.Version); by != a.version {
		a.beyond(rest+"version %q wrote the report, and this is %q, which may say the same in other words", by, a.version)
		return nil
	}
	if a.plan == nil && (told.Operations > 0 || told.Run.Plan != nil || told.Remote != (plan.Remote{})) {
		if a.found(report.PlanName) == 0 {
			a.Find(report.PlanName, "it is missing, and %s tells of a plan", report.JSONName)
		}
		a.beyond(rest + "there is no plan to render them from")
		return nil
	}
	r, err := a.again(told, places)
	if r == nil {
		return err
	}
	files := directory.Files(r)
	problems, errs := make([]string, len(files)), make([]error, len(files))
	var wg sync.WaitGroup
	for i, f := range files {
		if f.Write == nil || f.Name == report.PlanName || f.Name == report.UsersName && a.found(f.Name) > 0 {
			continue
		}
		by := a.by(f.Name)
		if told.Run.Private {
			by = ""
		}
		wg.Go(func() { problems[i], errs[i] = a.compare(f.Name, f.Write, by) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var right []string
	for i, f := range files {
		switch _, is := a.have[f.Name]; {
		case problems[i] == missing && a.found(f.Name) > 0: // as its sum says already
		case problems[i] != "":
			a.Find(f.Name, "%s", problems[i])
		case f.Name == report.PlanName || a.found(f.Name) > 0:
		case f.Name == report.RosterIndex && is:
			a.beyond("%s, beside its sum: it holds hashes of what the run read", f.Name)
		case f.Write == nil && is:
			a.Find(f.Name, "the report has nothing for it")
		case f.Write != nil:
			right = append(right, f.Name)
		}
	}
	if len(right) > 0 {
		slices.Sort(right)
		a.Check("%s: rendered again, byte for byte", phrase.And(right))
	}
	return nil
}

// by says what a file of the report has to follow from.
func (a *audit) by(name string) string {
	own := report.JSONName
	if name == report.JSONName {
		own = "its own lists"
	}
	switch {
	case a.plan != nil:
		return a.planOf + " and " + own
	case name != report.JSONName && name != report.RejectsName:
		return report.RejectsName + " and " + own
	}
	return own
}

// again is the report that the files tell of; nil if they tell of none.
func (a *audit) again(told *wire.Record, places *plan.Places) (r *report.Report, err error) {
	for _, text := range told.Astray {
		a.Find(report.JSONName, "%s", text)
	}
	if n := told.Operations; a.plan != nil && n != len(a.plan.Operations) {
		a.Find(report.JSONName, "it lists %s, and the plan has %s", phrase.Counted(n, "operation"),
			phrase.Thousands(len(a.plan.Operations)))
	}
	if a.plan == nil {
		_, err := a.read(report.RejectsName, func(r io.Reader) {
			if err := lists.ReadRejects(r, told.Rejects); err != nil {
				a.Find(report.RejectsName, "%v", err)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	in, err := told.Input(a.plan, a.intake)
	if err != nil {
		a.Find(report.JSONName, "it is not a report as this program writes it: %v", err)
		return nil, nil
	}
	of := report.JSONName
	if a.plan != nil {
		p := *a.plan
		in.Plan, in.Target, p.Places = &p, p.Target, places
		if a.planOf == report.PlanName {
			of = report.PlanName
		}
		if places == nil && a.found(report.UsersName) > 0 {
			in.Displaced, p.Places = true, &plan.Places{}
		}
	}
	r, err = report.New(in)
	if err != nil && places != nil {
		was := err
		in.Displaced = true
		if r, err = report.New(in); err == nil {
			a.Find(report.UsersName, "%v", was)
		}
	}
	if err != nil {
		a.Find(of, "%v", err)
	}
	return r, nil
}
