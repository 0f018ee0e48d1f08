package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Evidence is what is known of a run from elsewhere, which is its journal. What
// is nil or "" is not at hand.
type Evidence struct {
	Version string // of this program
	Run     string
	Result  string // as Result spells it
	Plan    *plan.Plan
	Intake  *user.Intake
	Results []plan.Result // of each operation; one without an outcome is not on record
	Sums    string        // SHA-256 of SHA256SUMS, as Write gave it
}

// Finding is something that is not as it should be.
type Finding struct {
	File    string `json:"file"`    // its name in the directory
	Problem string `json:"problem"` // what is found, and what was to be expected
}

// Audited is what came of an audit.
type Audited struct {
	Run       string // that the report is of
	Inputs    []user.File
	Findings  []Finding
	Checked   []string // what was found to be right
	Unchecked []string // what could not be checked, and why
}

// Audit checks a report against itself, from its files alone: that each is as
// it was written, and that all are what this program renders of what plan.json
// and report.json say, to the byte. What is at hand of the run's journal takes
// their place where both tell of the same. So whoever edits a report and makes its
// sums anew has to edit all of its files alike, and the journal shows even that.
// The totals are added up once more from what is listed, without the renderer.
//
// What it finds is in Audited. An error is a directory that can't be read.
func Audit(dir string, against Evidence) (*Audited, error) {
	a := &audit{dir: dir, against: against, out: &Audited{}, found: map[string]int{}}
	if err := a.sums(); err != nil {
		return nil, err
	}
	if err := a.planFile(); err != nil {
		return nil, err
	}
	told, err := a.reportFile()
	if err != nil || told == nil {
		return a.out, err
	}
	places, err := a.usersFile()
	if err != nil {
		return nil, err
	}
	a.totals(told, places)
	a.journal(told)
	if err := a.render(told, places); err != nil {
		return nil, err
	}
	return a.out, nil
}

const (
	planName    = "plan.json"
	reportName  = "report.json"
	usersName   = "users.csv"
	rejectsName = "rejects.csv"
)

type audit struct {
	dir     string
	against Evidence
	out     *Audited
	found   map[string]int // findings by file

	plan   *plan.Plan   // plan.json's, else the journal's
	intake *user.Intake // likewise
	planOf string       // which of the two
	saved  bool         // there is a plan.json
}

// find notes a finding. Nothing in it may be a private value.
func (a *audit) find(file, format string, args ...any) {
	a.found[file]++
	a.out.Findings = append(a.out.Findings, Finding{file, fmt.Sprintf(format, args...)})
}

func (a *audit) checked(format string, args ...any) {
	a.out.Checked = append(a.out.Checked, fmt.Sprintf(format, args...))
}

func (a *audit) unchecked(format string, args ...any) {
	a.out.Unchecked = append(a.out.Unchecked, fmt.Sprintf(format, args...))
}

// open gives a file of the report; nil if there is none, or something else by
// its name, which need not even have an end.
func (a *audit) open(name string) (*os.File, error) {
	path := filepath.Join(a.dir, name)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.Mode().IsRegular() {
		return nil, nil
	}
	var f *os.File
	if err == nil {
		f, err = os.Open(path)
	}
	if err != nil {
		return nil, fmt.Errorf("auditing %s: %w", name, err)
	}
	return f, nil
}

// planFile reads plan.json, whose own books Decode checks, and compares it with
// what the journal has.
func (a *audit) planFile() error {
	f, err := a.open(planName)
	if err != nil {
		return err
	}
	if f != nil {
		defer f.Close()
		a.saved, a.planOf = true, planName
		if a.plan, a.intake, _, err = plan.Decode(f); err != nil {
			a.find(planName, "%v", err)
			a.plan = nil
		} else {
			a.checked("%s: %s, its hash fits, and its books balance", planName, phrase.Counted(len(a.plan.Operations), "operation"))
		}
	}
	p, in := a.against.Plan, a.against.Intake
	if in == nil {
		in = &user.Intake{} // an undo has none
	}
	switch {
	case p == nil && a.saved:
		a.unchecked("%s against the journal: none is at hand", planName)
	case p == nil:
	case !a.saved && a.found[planName] == 0:
		a.find(planName, "it is missing, and the journal has a plan of %s", phrase.Counted(len(p.Operations), "operation"))
		fallthrough
	case a.plan == nil:
		a.plan, a.intake, a.planOf = p, in, "the journal"
	default:
		problem, err := a.compare(planName, func(w io.Writer) error { return plan.Encode(w, p, in) }, "")
		if err != nil {
			return err
		}
		if problem != "" {
			a.find(planName, "it is not what the journal has: %s", problem)
		} else {
			a.checked("%s: operation by operation as the journal has it", planName)
		}
	}
	return nil
}

// reportFile reads report.json; it gives nil if there is none that can be read.
func (a *audit) reportFile() (*record, error) {
	f, err := a.open(reportName)
	if f == nil {
		return nil, err
	}
	defer f.Close()
	in := &noting{in: f}
	told, err := readRecord(in, a.plan, nil)
	switch {
	case in.err != nil:
		return nil, fmt.Errorf("auditing %s: %w", reportName, in.err)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		a.find(reportName, "it is cut off after %s", phrase.Counted(told.operations, "operation"))
		return nil, nil
	case err != nil:
		a.find(reportName, "it is no report as this program writes it: %v", err)
		return nil, nil
	}
	a.out.Run = told.Run.ID
	a.out.Inputs = told.Source.Files
	return told, nil
}

// noting keeps the error of a file, of which the decoder tells in its words.
type noting struct {
	in  io.Reader
	err error
}

func (n *noting) Read(b []byte) (int, error) {
	k, err := n.in.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return k, err
}

// usersFile reads where users were left; nil if no file that can be read says so.
func (a *audit) usersFile() (*plan.Places, error) {
	f, err := a.open(usersName)
	if f == nil {
		if err == nil {
			a.unchecked("where each user was left: there is no %s", usersName)
		}
		return nil, err
	}
	defer f.Close()
	in := &noting{in: f}
	places := &plan.Places{}
	if err = eachPlace(in, places.Add); err != nil && in.err == nil {
		a.find(usersName, "%v", err)
		return nil, nil
	}
	return places, err
}

// journal compares the run and its results with what the journal has of them, and
// takes the journal's results for the report's.
func (a *audit) journal(told *record) {
	e, run := &a.against, &told.Run
	if e.Run != "" && e.Run != run.ID {
		a.find(reportName, "it is of run %s, and the journal of %s", run.ID, e.Run)
	}
	if e.Result != "" && e.Result != run.Result.String() {
		a.find(reportName, "the run's result is %s, and in the journal %s", run.Result, e.Result)
	}
	for i := range min(len(e.Results), len(told.results)) {
		got, want, o := &told.results[i], &e.Results[i], &a.plan.Operations[i]
		what := fmt.Sprintf("operation %d, to %s %s", i+1, o.Verb, o.UID)
		switch {
		case want.Outcome == 0 && (got.Outcome == plan.Applied || got.Outcome == plan.Failed && got.Attempts > 0):
			a.find(reportName, "%s, is %s, and the journal has no result of it", what, got.Outcome)
		case want.Outcome == 0: // one that could not be sent is not on record
		case got.Outcome != want.Outcome:
			a.find(reportName, "%s, is %s, and in the journal %s", what, got.Outcome, want.Outcome)
		case want.Attempts != 0 && got.Attempts != want.Attempts:
			a.find(reportName, "%s, took %s, and in the journal %s", what, phrase.Counted(got.Attempts, "attempt"), phrase.Thousands(want.Attempts))
		default:
			*got = *want
		}
	}
	switch {
	case e.Results == nil && told.operations > 0:
		a.unchecked("outcomes against the journal: none is at hand")
	case e.Results != nil && a.found[reportName] == 0:
		a.checked("%s: outcomes and attempts as the journal has them", reportName)
	}
}

// render renders all files again and compares them with those that there are.
func (a *audit) render(told *record, places *plan.Places) error {
	if by := cmp.Or(told.Run.Writer, told.Run.Version); by != a.against.Version {
		a.unchecked("what the files say, beside their sums and totals: version %q wrote the report, "+
			"and this is %q, which may say the same in other words", by, a.against.Version)
		return nil
	}
	if a.plan == nil && (told.operations > 0 || told.Run.Plan != nil || told.Remote != (plan.Remote{})) {
		if !a.saved {
			a.find(planName, "it is missing, and %s tells of a plan", reportName)
		}
		a.unchecked("what the files say, beside their sums and totals: there is no plan to render them from")
		return nil
	}
	r, err := a.again(told, places)
	if r == nil {
		return err
	}
	problems, errs := make([]string, len(formats)), make([]error, len(formats))
	var wg sync.WaitGroup
	for i, f := range formats {
		if f.name == planName || f.name == usersName && r.in.displaced || f.idle != nil && f.idle(r) {
			continue
		}
		by := a.by(f.name)
		if r.in.ShowPrivate {
			by = ""
		}
		wg.Go(func() {
			problems[i], errs[i] = a.compare(f.name, func(w io.Writer) error { return f.write(r, w) }, by)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return err
	}
	var right []string
	for i, f := range formats {
		switch exists := a.exists(f.name); {
		case problems[i] == missing && a.found[f.name] > 0: // as its sum says already
		case problems[i] != "":
			a.find(f.name, "%s", problems[i])
		case f.name == planName || a.found[f.name] > 0:
		case f.name == RosterIndex && exists:
			a.unchecked("%s, beside its sum: it holds hashes of what the run read", f.name)
		case f.idle != nil && f.idle(r) && exists:
			a.find(f.name, "the report has nothing for it")
		case f.idle == nil || !f.idle(r):
			right = append(right, f.name)
		}
	}
	if len(right) > 0 {
		slices.Sort(right)
		a.checked("%s: rendered again, to the byte", phrase.And(right))
	}
	return nil
}

func (a *audit) exists(name string) bool {
	_, err := os.Lstat(filepath.Join(a.dir, name))
	return err == nil
}

// by says what a file of the report has to follow from.
func (a *audit) by(name string) string {
	own := reportName
	if name == reportName {
		own = "its own lists"
	}
	switch {
	case a.plan != nil:
		return a.planOf + " and " + own
	case name != reportName && name != rejectsName:
		return rejectsName + " and " + own
	}
	return own
}

// again is the report that the files tell of; nil if they tell of none.
func (a *audit) again(told *record, places *plan.Places) (*Report, error) {
	for _, text := range told.astray {
		a.find(reportName, "%s", text)
	}
	if n := told.operations; a.plan != nil && n != len(a.plan.Operations) {
		a.find(reportName, "it lists %s, and the plan has %s", phrase.Counted(n, "operation"), phrase.Thousands(len(a.plan.Operations)))
	}
	if a.plan == nil {
		f, err := a.open(rejectsName)
		if f != nil {
			in := &noting{in: f}
			if err = readRows(in, told.rejects); err != nil && in.err == nil {
				a.find(rejectsName, "%v", err)
				err = nil
			}
			f.Close()
		}
		if err != nil {
			return nil, err
		}
	}
	in, err := told.input(a.plan, a.intake)
	if err != nil {
		a.find(reportName, "it is no report as this program writes it: %v", err)
		return nil, nil
	}
	if a.plan != nil {
		p := *a.plan
		p.Places = places
		in.Plan, in.Target = &p, p.Target
	}
	if in.displaced = a.found[usersName] > 0; in.displaced {
		in.Plan.Places = &plan.Places{}
	}
	r, err := New(in)
	if err == nil || in.displaced || places == nil {
		a.unbalanced(err)
		return r, nil
	}
	in.displaced = true
	r, rest := New(in)
	if rest == nil {
		a.find(usersName, "%v", err)
	}
	a.unbalanced(rest)
	return r, nil
}

// unbalanced notes that the books of what is read do not balance.
func (a *audit) unbalanced(err error) {
	switch {
	case err == nil:
	case a.planOf == planName:
		a.find(planName, "%v", err)
	default:
		a.find(reportName, "%v", err)
	}
}
