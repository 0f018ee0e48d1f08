package history

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"cometsync/internal/config"
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

// Trial is what a run on the embedded sandbox leaves; the zero one is nothing.
type Trial struct {
	Dir   string // "" for nowhere
	State string // the file of users that the sandbox begins with
	From  string // the run with whose users it begins instead; "" for none
}

// Trial is that of a run on a target.
func (h *Store) Trial(t plan.Target) Trial {
	if !t.Sandbox {
		return Trial{}
	}
	k := Trial{State: config.Absolute(h.Sandbox)}
	if dir, err := h.State(); err == nil { // a trial needs no place for state
		k.Dir = filepath.Join(dir, sandboxDir)
	}
	return k
}

// users is where the users are that a run left.
func (k *Trial) users(run string) string { return filepath.Join(k.Dir, "users", run+".jsonl") }

// Start is the file that the sandbox begins with.
func (k *Trial) Start() string {
	if k.From != "" {
		return k.users(k.From)
	}
	return k.State
}

// Resume begins an undo with the users that the run left, or the latest undo of it.
func (k *Trial) Resume(of *Run, runs []Run) error {
	k.State, k.From = of.Head.State, of.Head.Run
	for i := range runs { // the oldest first
		if h := &runs[i].Head; h.From == k.From && Exists(k.users(h.Run)) {
			k.From = h.Run
		}
	}
	if k.Dir == "" || !Exists(k.users(k.From)) {
		return Unfit("run %s was made on the embedded sandbox, and its users are not kept any more: those of the last %d runs are, up to "+
			"%d MiB each",
			of.Head.Run, keptUsers, mostKept>>20)
	}
	return nil
}

// Forget removes what is left of runs before the last few.
func (k *Trial) Forget(now time.Time) error {
	return errors.Join(k.forget("users", keptUsers, now), k.forget("journal", keptRuns, now)) // which tell the order of both
}

// forget removes all but the newest files of a directory.
func (k *Trial) forget(dir string, keep int, now time.Time) (failed error) {
	place := map[string]int{}
	runs, _ := journal.List(k.Dir, now)
	for i := range runs {
		place[runs[i].Head.Run+".jsonl"] = i + 1
	}
	paths, _ := filepath.Glob(filepath.Join(k.Dir, dir, "*.jsonl"))
	slices.SortFunc(paths, func(a, b string) int { return cmp.Compare(place[filepath.Base(a)], place[filepath.Base(b)]) })
	for _, path := range paths[:max(0, len(paths)-keep)] {
		failed = errors.Join(failed, os.Remove(path))
	}
	return failed
}

// Keep keeps the users as a run leaves them.
func (k *Trial) Keep(run string, save func(io.Writer) error) error {
	path := k.users(run)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return journal.WriteWhole(path, func(w io.Writer) error { return save(&limited{w, mostKept}) })
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
