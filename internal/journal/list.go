package journal

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Summary is what a list of runs shows of one.
type Summary struct {
	Head Head // with nothing but the run's name where it can't be read
	End  *End // nil: the run is unfinished
	sums
	Files  []user.File // that the roster was read from
	Damage error       // why the journal can't be trusted; then the rest is what could be read
	Path   string
	At     time.Time // when the run was, as far as its place among the others tells; set by Sort

	finished bool  // its last line is an end
	err      error // why it can't be read
}

// List gives a summary of every run of an app, the oldest first. Of a
// run that came to its end just the first and the last lines are read, and
// their hashes checked; whether all of a journal is as it was, Read finds out.
func List(dir string, now time.Time) ([]Summary, error) {
	list, err := journals(dir, (*Summary).summary)
	Sort(list, func(s *Summary) *Summary { return s }, now)
	return list, err
}

// glances are a directory's journals as glance has them, in the order of their runs.
func glances(dir string) ([]Summary, error) {
	all, err := journals(dir, func(s *Summary) error { return s.glance(false) })
	slices.SortStableFunc(all, func(a, b Summary) int { return inOrder(&a.Head, &b.Head) })
	return all, err
}

// journals reads the files of an app's runs, in order of their names.
func journals(dir string, read func(*Summary) error) (all []Summary, err error) {
	entries, err := os.ReadDir(filepath.Join(dir, "journal"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, wrap(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), extension) || !e.Type().IsRegular() {
			continue
		}
		s := Summary{Path: filepath.Join(dir, "journal", e.Name())}
		if s.err = read(&s); errors.Is(s.err, fs.ErrNotExist) {
			continue // removed meanwhile
		}
		if s.err != nil {
			s.Head.Run = cmp.Or(s.Head.Run, s.run())
		}
		all = append(all, s)
	}
	return all, nil
}

// run is the run that a journal is of, by the file's name.
func (s *Summary) run() string { return strings.TrimSuffix(filepath.Base(s.Path), extension) }

// summary gives what can be read, also with an error.
func (s *Summary) summary() error {
	err := s.glance(true)
	if err == nil && !s.finished {
		err = s.whole()
	}
	if !errors.Is(err, ErrNothing) {
		s.Damage = err
	}
	return err
}

// whole is the summary of a run whose journal has to be read through.
func (s *Summary) whole() error {
	r, err := readFile(s.Path)
	if r == nil {
		return err
	}
	s.Head, s.End = r.Head, r.End
	var slots []slot
	if r.Plan != nil {
		s.Files = r.Plan.Inputs
		slots = r.slots()
	}
	s.sums = sum(slots)
	return err
}

// glance reads the head of a journal, and whether its last line is an end; all of it is
// the summary of a finished run, from the first and last lines.
func (s *Summary) glance(all bool) error {
	f, err := os.Open(s.Path)
	if err != nil {
		return wrap(err)
	}
	defer f.Close()
	before, last, err := lastLines(f)
	if err != nil {
		return wrap(err)
	}
	s.finished = bytes.HasPrefix(last, []byte(endKey))
	l := follow(s.Path, io.NewSectionReader(f, 0, 1<<62))
	r := &reading{path: s.Path}
	line, err := l.next()
	if errors.Is(err, errTorn) || errors.Is(err, io.EOF) {
		s.finished = false
		return ErrNothing
	}
	if err == nil {
		err = r.line(line)
	}
	if s.Head = r.Head; err != nil || !all || !s.finished {
		return err
	}
	if s.Files, err = l.sources(); err != nil {
		return err
	}
	var c chain
	_, hash, ok := split(before)
	c.from(hash)
	text, hash, fits := split(last)
	if !ok || !fits || string(c.link(text)) != string(hash) {
		return fmt.Errorf("journal: %s: its end does not fit what comes before it; restore the file from a copy, or move it away to "+
			"go on without it", s.Path)
	}
	e, err := parse[endRecord](last)
	if err != nil {
		return fmt.Errorf("journal: %s: its end: %w", s.Path, err)
	}
	s.End, s.sums = e.end(), e.OnRecord
	return nil
}

// sources are those of the plan that comes next, if one does. Of a plan with very
// many rejects just the beginning is read, and its hash is left to Read.
func (l *lines) sources() (files []user.File, err error) {
	begin, _ := l.in.Peek(readBuffer) // as far as there is something
	if !bytes.HasPrefix(begin, []byte(planKey)) {
		return nil, nil
	}
	if bytes.IndexByte(begin, '\n') < 0 {
		if files, err = plan.DecodeInputs(begin[len(planKey):]); err == nil {
			return files, nil
		}
	}
	line, err := l.next()
	if err != nil {
		return nil, err
	}
	if files, err = plan.DecodeInputs(line[len(planKey):]); err != nil {
		return nil, l.damage(err.Error())
	}
	return files, nil
}

// tailSize is how much of a journal's end is looked at first for its last lines.
const tailSize = 4 << 10

// lastLines gives the last two lines of a file that ends with a line break.
func lastLines(f *os.File) (before, last []byte, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	for n := int64(tailSize); ; n *= 4 {
		n = min(n, info.Size())
		tail := make([]byte, n)
		if _, err := f.ReadAt(tail, info.Size()-n); err != nil && !errors.Is(err, io.EOF) {
			return nil, nil, err
		}
		rest, whole := bytes.CutSuffix(tail, []byte("\n"))
		if !whole {
			return nil, nil, nil
		}
		at := bytes.LastIndexByte(rest, '\n')
		if at >= 0 {
			if start := bytes.LastIndexByte(rest[:at], '\n'); start >= 0 || n == info.Size() {
				return rest[start+1 : at], rest[at+1:], nil
			}
			if !bytes.HasPrefix(rest[at+1:], []byte(endKey)) {
				return nil, rest[at+1:], nil
			}
		}
		if n == info.Size() {
			return nil, rest, nil
		}
	}
}

// Prune removes the journals of a target's finished runs but for those that are
// spared. Before each, remove is called, for what else there is of the run; when
// it fails the journal stays. A run that did not finish, and a journal that is
// not as it was written, are never removed.
func Prune(dir string, of plan.Target, spared map[string]bool, remove func(*Summary) error) (removed int, err error) {
	runs, err := glances(dir)
	if err != nil {
		return 0, err
	}
	var problems []error
	for _, r := range runs {
		if r.err != nil || !r.finished || !r.Head.Target.Same(of) || spared[r.Head.Run] {
			continue
		}
		if _, err := readFile(r.Path); err != nil {
			continue
		}
		err := r.summary()
		if err == nil {
			err = remove(&r)
		}
		if err == nil {
			err = wrap(os.Remove(r.Path))
		}
		if err != nil {
			problems = append(problems, err)
			continue
		}
		removed++
	}
	return removed, errors.Join(problems...)
}

// OnRecord reports whether any app has a journal of a run.
func OnRecord(state, run string) bool {
	dirs, err := Apps(state)
	for _, dir := range dirs {
		if path, err := locate(dir, run); err == nil && exists(path) {
			return true
		}
	}
	return err != nil
}

// Changed reports whether the run changed something, or may have.
func (s *Summary) Changed() bool {
	for _, n := range s.Counts {
		if n[plan.Applied]+n[plan.Unknown] > 0 {
			return true
		}
	}
	return s.Sent > s.Done
}

// Apps are the directories of all apps below a state directory.
func Apps(state string) ([]string, error) {
	entries, err := os.ReadDir(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, stateError(err)
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), prefix) {
			dirs = append(dirs, filepath.Join(state, e.Name()))
		}
	}
	return dirs, nil
}
