package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cometsync/internal/plan"
)

// format is one file of a report.
type format struct {
	name  string
	write func(*Report, io.Writer) error
	idle  func(*Report) bool // the report has nothing for the file; nil: it always has
}

// formats are in the order in which they are begun: the slowest first, so
// that it does not run on alone at the end.
var formats = []format{
	{"report.xlsx", (*Report).WriteXLSX, nil},
	{"report.json", (*Report).WriteJSON, nil},
	{"plan.json", (*Report).WritePlan, func(r *Report) bool { return !r.planned }},
	{"report.html", (*Report).WriteHTML, nil},
	{"operations.csv", (*Report).WriteOperationsCSV, nil},
	{"rejects.csv", (*Report).WriteRejects, nil},
	{"users.csv", (*Report).WritePlaces, func(r *Report) bool { return r.plan.Places == nil }},
	{"conflicts.csv", (*Report).WriteConflicts, func(r *Report) bool { return len(r.plan.Conflicts) == 0 }},
	{rekeyName, (*Report).WriteRekey, func(r *Report) bool { return len(r.plan.Rekeys) == 0 }},
	{"summary.md", (*Report).WriteSummary, nil},
	{RosterIndex, func(r *Report, w io.Writer) error { return r.in.ReadBy(w) }, func(r *Report) bool { return r.in.ReadBy == nil }},
}

// RosterIndex is beside a saved plan what its run read, in hashes: once the plan
// is applied, the guards of later runs compare with it.
const RosterIndex = "roster.index"

// isPart says whether a report may have a file by this name.
func isPart(name string) bool {
	return name == sumsName || slices.ContainsFunc(formats, func(f format) bool { return f.name == name })
}

// WritePlan writes plan.json, which holds private values; without a plan
// there is none to write.
func (r *Report) WritePlan(w io.Writer) error {
	if !r.planned {
		return errNoPlan
	}
	return plan.Encode(w, r.plan, &r.in.Intake)
}

var errNoPlan = errors.New("the run has no plan")

// Write writes every format into dir, whole or not at all: the files are
// made in a directory beside it that takes its name when all of them are on
// disk. Another run's report in dir is moved aside, and anything else in it is a
// *TakenError, since it might be somebody's work. It gives the SHA-256, in
// hexadecimal, of the file with the hashes of all others.
func (r *Report) Write(dir string) (sum string, err error) {
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if target, err := filepath.EvalSymlinks(dir); err == nil {
		dir = target
	}
	exists, aside, err := room(dir, r.in.Run.ID)
	if err != nil {
		return "", err
	}
	parent, base := filepath.Split(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return "", err
	}
	made, err := os.MkdirTemp(parent, "."+base+".new-") // 0700
	if err != nil {
		return "", err
	}
	if sum, err = r.fill(made); err == nil {
		err = replace(dir, made, aside, exists)
	}
	if err != nil {
		return "", errors.Join(err, os.RemoveAll(made))
	}
	if err := syncDir(parent); err != nil {
		return "", err
	}
	return sum, nil
}

// fill writes the files, on as many cores as there are, and last their sums.
func (r *Report) fill(dir string) (sum string, err error) {
	errs, sums := make([]error, len(formats)), make([]string, len(formats))
	var wg sync.WaitGroup
	for i, f := range formats {
		if f.idle != nil && f.idle(r) {
			continue
		}
		wg.Go(func() {
			sum, err := writeFile(filepath.Join(dir, f.name), func(w io.Writer) error {
				return cmp.Or(f.write(r, w), r.rejects.err())
			})
			if err != nil {
				errs[i] = fmt.Errorf("writing %s: %w", f.name, err)
			}
			sums[i] = sum
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	byName := map[string]string{}
	for i, f := range formats {
		if sums[i] != "" {
			byName[f.name] = sums[i]
		}
	}
	if sum, err = writeSums(dir, byName); err != nil {
		return "", err
	}
	return sum, syncDir(dir)
}

// writeFile gives the SHA-256 of what it wrote.
func writeFile(name string, write func(io.Writer) error) (sum string, err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	h := newHashed(f)
	err = write(h)
	if err == nil {
		err = f.Sync()
	}
	return h.sum(), errors.Join(err, f.Close())
}

// replace gives made the name of dir. A directory that is there is moved
// aside first, for good if it has a place there, and is put back if the new one
// can't take its own: no file system that Go reaches everywhere can exchange the
// two in one step.
func replace(dir, made, aside string, exists bool) error {
	if !exists {
		return os.Rename(made, dir)
	}
	stays := aside != ""
	if !stays {
		aside = strings.Replace(made, ".new-", ".old-", 1)
	}
	if err := os.Rename(dir, aside); err != nil {
		return err
	}
	if err := os.Rename(made, dir); err != nil {
		return errors.Join(err, os.Rename(aside, dir))
	}
	if stays {
		return nil
	}
	return os.RemoveAll(aside)
}

// syncDir makes names durable; where directories can't be synced, the system
// does it in its own time.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync()
	return d.Close()
}
