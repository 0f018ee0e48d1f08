package cli

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"cometsync/internal/journal"
	"cometsync/internal/plan"
)

// A run on the embedded sandbox begins with the users of a file that it never
// writes, so that it can be repeated: nothing of one run counts for the next.
// What is kept of the last few is for looking at: their journals, and the users
// as each left them, with which an undo of it begins. They lie beside the state
// of real apps and are none of it: where any run of an app is on record, these
// are listed, and called last, only if --sandbox names their file.
const (
	sandboxDir = "sandbox"
	keptRuns   = 20       // their journals
	keptUsers  = 5        // of runs that wrote
	mostKept   = 64 << 20 // bytes of one run's users
)

// kept is what a run on the embedded sandbox leaves; nothing of another run.
type kept struct {
	dir   string // "" for nowhere
	state string // the file of users that the sandbox begins with
	from  string // the run with whose users it begins instead; "" for none
}

func (a *app) keptOf(t plan.Target) kept {
	if !t.Sandbox {
		return kept{}
	}
	k := kept{state: stateOf(a.opt.Sandbox)}
	if dir, err := a.stateDir(); err == nil { // a trial needs no place for state
		k.dir = filepath.Join(dir, sandboxDir)
	}
	return k
}

// stateOf is how a file of users is told from others.
func stateOf(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// users is where the users are that a run left.
func (k *kept) users(run string) string { return filepath.Join(k.dir, "users", run+".jsonl") }

// start is the file that the sandbox begins with.
func (k *kept) start() string {
	if k.from != "" {
		return k.users(k.from)
	}
	return k.state
}

// resume begins an undo on the embedded sandbox with the users that the run left,
// or the latest undo of it.
func (r *run) resume(of *earlier) error {
	if !r.target.Sandbox {
		return nil
	}
	r.kept.state, r.kept.from = of.Head.State, of.Head.Run
	runs, err := r.earlierRuns(&r.target)
	if err != nil {
		return err
	}
	for i := range runs { // the oldest first
		if h := &runs[i].Head; h.From == r.kept.from && exists(r.kept.users(h.Run)) {
			r.kept.from = h.Run
		}
	}
	if r.kept.dir == "" || !exists(r.kept.users(r.kept.from)) {
		return &codedError{exitUnfit, fmt.Errorf("run %s was made on the embedded sandbox, and its users are not kept any more: those of the last %d runs are, up to %d MiB each", of.Head.Run, keptUsers, mostKept>>20)}
	}
	r.tell(sandboxResumed, "earlier", r.kept.from, "state", r.kept.state)
	return nil
}

// keep keeps the users as the run leaves them, and nothing of runs before the
// last few. A trial does not fail for it.
func (r *run) keep() {
	if _, none := r.record.(noRecord); none || !r.target.Sandbox {
		return
	}
	if r.connection != nil && r.count(plan.Applied)+r.count(plan.Unknown) > 0 {
		if err := r.keepUsers(); err != nil {
			r.tell(sandboxUnkept, "error", err)
		}
	}
	r.forget("users", keptUsers)
	r.forget("journal", keptRuns) // which tell the order of both
}

// forget removes all but the newest files of a directory.
func (r *run) forget(dir string, keep int) {
	place := map[string]int{}
	runs, _ := journal.List(r.kept.dir, r.Now())
	for i := range runs {
		place[runs[i].Head.Run+".jsonl"] = i + 1
	}
	paths, _ := filepath.Glob(filepath.Join(r.kept.dir, dir, "*.jsonl"))
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(place[filepath.Base(a)], place[filepath.Base(b)]) })
	for _, path := range paths[:max(0, len(paths)-keep)] {
		if err := os.Remove(path); err != nil {
			r.tell(oldRunsLeft, "error", err)
		}
	}
}

func (r *run) keepUsers() error {
	path := r.kept.users(r.id)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "new-*") // with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is renamed by then, or can't be kept
	err = r.connection.box.Save(&limited{f, mostKept})
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}

// limited is a writer that fails where more than so many bytes are written.
type limited struct {
	io.Writer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		return 0, fmt.Errorf("they take more than %d MiB", mostKept>>20)
	}
	return l.Writer.Write(p)
}

// realFirst leaves the runs of real apps where there are any.
func realFirst(runs []earlier) []earlier {
	trial := func(r earlier) bool { return r.Head.Target.Sandbox }
	if !slices.ContainsFunc(runs, func(r earlier) bool { return !trial(r) }) {
		return runs
	}
	return slices.DeleteFunc(slices.Clone(runs), trial)
}
