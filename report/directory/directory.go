// Package directory keeps the files of a report in a directory: it writes them whole or
// not at all, and takes away none that might be somebody's work. It refuses to know what
// a file says, but for the run in report.json.
//
// A report never takes the place of another run's files, of any that somebody
// has edited, or of what is not a report's. Another run's report that is as it was
// written is moved aside, to the directory's name with the run's after it, so
// that a job with one directory always finds its latest report there. For the
// rest there is no room: somebody may be at work on it.
package directory

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"cometsync/report"
	"cometsync/report/wire"
)

// Sums is the file with the hashes of all others of a report, such that
// sha256sum -c finds any that is not as it was written.
const Sums = "SHA256SUMS"

// TakenError says why a directory has no room for a report.
type TakenError struct{ problem string }

func (e *TakenError) Error() string { return e.problem }

func inTheWay(format string, args ...any) error { return &TakenError{fmt.Sprintf(format, args...)} }

const orAnother = "; name another directory with --report-dir"

// Aside is where the report of a run is that had to give way, or found no room.
func Aside(dir, run string) string { return filepath.Clean(dir) + "-" + run }

// Of is the directory in which the report of a run is that was written into dir.
func Of(dir, run string) string {
	for _, at := range []string{dir, Aside(dir, run)} {
		if head, err := wire.ReadHead(at); err == nil && head.Run.ID == run {
			return at
		}
	}
	return dir
}

// Prepare checks that Write could write into dir, before a run does what
// afterwards has to be reported.
func Prepare(dir, run string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	exists, _, err := Room(dir, run)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(dir); err == nil && !exists {
		return fmt.Errorf("%s is a link to nothing"+orAnother, dir)
	}
	parent := filepath.Dir(dir)
	err = os.MkdirAll(parent, 0o700)
	trial := ""
	if err == nil {
		trial, err = os.MkdirTemp(parent, ".cometsync-")
	}
	if err != nil {
		return fmt.Errorf("%w"+orAnother, err)
	}
	return os.Remove(trial)
}

// Remove deletes the reports of a run from a directory. One that is not there,
// or holds the reports of another run by now, is left as it is; one with
// anything in it that was edited, or is not part of a report, is a *TakenError.
func Remove(dir, run string) error {
	if dir == "" || run == "" {
		return nil
	}
	head, err := wire.ReadHead(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && head.Run.ID != run {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reports of run %s: %w", run, err)
	}
	_, _, entries, err := standing(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	// What a symbolic link leads to is somebody's place for reports, and stays.
	if info, err := os.Lstat(dir); err != nil || !info.IsDir() {
		return err
	}
	return os.Remove(dir)
}

// IsPart reports whether a report may have a file by this name.
func IsPart(name string) bool {
	for part := range Names() {
		if name == part {
			return true
		}
	}
	return name == Sums
}

// Room reports whether dir exists, and where what is in it has to go to make room for the
// report of a run: to nowhere, if it may be removed. If there is no room, the error is a
// *TakenError.
func Room(dir, run string) (exists bool, aside string, err error) {
	exists, held, _, err := standing(dir)
	if err != nil || held == "" || held == run {
		return exists, "", err
	}
	aside = Aside(dir, held)
	if _, err := os.Lstat(aside); !errors.Is(err, fs.ErrNotExist) {
		return true, "", inTheWay("%s holds the report of run %s, and %s is there as well; move one of them away, or name another "+
			"directory with --report-dir", dir, held, aside)
	}
	return true, aside, nil
}

// standing reports whether dir exists, and of which run the report is that is in
// it, just as it was written, with its files; it is a *TakenError if there is anything else.
func standing(dir string) (exists bool, run string, entries []fs.DirEntry, err error) {
	entries, err = os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, "", nil, nil
	case err != nil:
		return false, "", nil, fmt.Errorf("%w"+orAnother, err)
	case len(entries) == 0:
		return true, "", nil, nil
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || !IsPart(e.Name()) {
			return true, "", nil, inTheWay("%s holds %q, which is not part of a report; move it away, or name another directory with "+
				"--report-dir", dir, e.Name())
		}
	}
	head, err := wire.ReadHead(dir)
	if err != nil || head.Run.ID == "" || head.Run.ID != filepath.Base(head.Run.ID) {
		return true, "", nil, inTheWay("%s is not empty and holds no report of an earlier run; empty it, or name another directory with "+
			"--report-dir", dir)
	}
	return true, head.Run.ID, entries, edited(dir, entries)
}

// edited gives an error if a file of a report is not as it was written. Earlier
// versions wrote no sums to tell it by.
func edited(dir string, entries []fs.DirEntry) error {
	sums, err := os.ReadFile(filepath.Join(dir, Sums))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == Sums {
			continue
		}
		path := filepath.Join(dir, e.Name())
		sum, err := Hash(path)
		if err != nil {
			return err
		}
		if bytes.Contains(sums, fmt.Appendf(nil, "%s  %s\n", sum, e.Name())) {
			continue
		}
		instead := "or name another directory with --report-dir"
		if e.Name() == report.RekeyName {
			instead = "and give it from there with --rekey"
		}
		return inTheWay("%s was edited, and a new report would take its place; move it to where it can stay, %s", path, instead)
	}
	return nil
}

// Hash is the SHA-256 of a file, in hexadecimal.
func Hash(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
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
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)), err
}
