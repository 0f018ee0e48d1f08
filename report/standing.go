package report

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// A report never takes the place of another run's files, of any that somebody
// has edited, or of what is no report's. Another run's report that is as it was
// written is moved aside, to the directory's name with the run's behind it, so
// that a job with one directory always finds its latest report there. For the
// rest there is no room: somebody may be at work on it.

// TakenError says why a directory has no room for a report.
type TakenError struct{ problem string }

func (e *TakenError) Error() string { return e.problem }

func inTheWay(format string, args ...any) error { return &TakenError{fmt.Sprintf(format, args...)} }

// Aside is where the report of a run is that had to give way, or found no room.
func Aside(dir, run string) string { return filepath.Clean(dir) + "-" + run }

// Of is the directory in which the report of a run is that was written into dir.
func Of(dir, run string) string {
	if is, err := runOf(dir); err == nil && is == run {
		return dir
	}
	if is, err := runOf(Aside(dir, run)); err == nil && is == run {
		return Aside(dir, run)
	}
	return dir
}

// Room says whether dir has room for the report of a run; if it has none, the
// error is a *TakenError.
func Room(dir, run string) error {
	_, _, err := room(dir, run)
	return err
}

// Vacant says whether the report of a run would take nothing else's place.
func Vacant(dir, run string) bool {
	_, aside, err := room(dir, run)
	return err == nil && aside == ""
}

// room says besides whether dir exists, and where what is in it has to go: to
// nowhere, if it may be removed.
func room(dir, run string) (exists bool, aside string, err error) {
	exists, held, err := standing(dir)
	if err != nil || held == "" || held == run {
		return exists, "", err
	}
	aside = Aside(dir, held)
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		return true, "", inTheWay("%s holds the report of run %s, and %s is there as well; move one of them away, or name another directory "+
			"with --report-dir",
			dir, held, aside)
	}
	return true, aside, nil
}

// standing says whether dir exists, and of which run the report is that is in
// it, just as it was written; it is a *TakenError if there is anything else.
func standing(dir string) (exists bool, run string, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, "", nil
	case err != nil:
		return false, "", fmt.Errorf("%w; name another directory with --report-dir", err)
	case len(entries) == 0:
		return true, "", nil
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !isPart(e.Name()) {
			return true, "", inTheWay("%s holds %q, which is no part of a report; move it away, or name another directory with --report-dir",
				dir, e.Name())
		}
	}
	if run, err = runOf(dir); err != nil || run == "" || run != filepath.Base(run) {
		return true, "", inTheWay("%s is not empty and holds no report of an earlier run; empty it, or name another directory with --report-dir",
			dir)
	}
	return true, run, edited(dir, entries)
}

// edited gives an error if a file of a report is not as it was written. Earlier
// versions wrote no sums to tell it by.
func edited(dir string, entries []fs.DirEntry) error {
	sums, err := os.ReadFile(filepath.Join(dir, sumsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == sumsName {
			continue
		}
		path := filepath.Join(dir, e.Name())
		switch sum, err := hashFile(path); {
		case err != nil:
			return err
		case bytes.Contains(sums, fmt.Appendf(nil, "%s  %s\n", sum, e.Name())):
		case e.Name() == rekeyName:
			return inTheWay("%s was edited, and a new report would take its place; move it to where it can stay, and give it from there with "+
				"--rekey",
				path)
		default:
			return inTheWay("%s was edited, and a new report would take its place; move it to where it can stay, or name another directory with "+
				"--report-dir",
				path)
		}
	}
	return nil
}
