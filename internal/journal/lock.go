package journal

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"cometsync/internal/exit"
	"cometsync/internal/phrase"
)

// Lock is held by the one run that may write to an app.
type Lock struct{ flock *flock.Flock }

// Holder says who holds a lock.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
	Target  string    `json:"target,omitempty"` // its key; earlier versions gave none
}

// HeldError is the refusal of a lock that somebody else holds.
type HeldError struct {
	Holder Holder // zero where it can't be read
	Path   string
}

func (*HeldError) ExitCode() int { return exit.Locked }

func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("another run holds this app's lock (%s); wait for it to end", e.Path)
	}
	return fmt.Sprintf("another run holds this app's lock: %s, process %d on %s, since %s; wait for it to end",
		e.Holder.Run, e.Holder.PID, e.Holder.Host, phrase.Here().Moment(e.Holder.Started))
}

// acquire takes an app's lock, or fails with a *HeldError after the timeout; a
// timeout of 0 is hardly any: a look by Held must not be taken for a run. When the
// context ends first, its cause is the error. The lock is the kernel's: it goes with
// the process, however that ends. A run may be in the way without this lock: besides
// says of one that is, and no run is let in beside it.
func acquire(ctx context.Context, dir string, holder Holder, timeout time.Duration, besides func() *HeldError) (*Lock, error) {
	if err := makeDir(dir); err != nil {
		return nil, stateError(err)
	}
	path := filepath.Join(dir, lockFile)
	l := flock.New(path, flock.SetPermissions(0o600))
	poll := lockPoll
	if timeout < lockPoll {
		poll = leastPatience / 10
	}
	for deadline := time.Now().Add(max(timeout, leastPatience)); ; {
		ok, err := l.TryLock()
		if err != nil {
			return nil, stateError(err)
		}
		var held *HeldError
		if ok {
			if held = besides(); held == nil {
				break
			}
			if err := l.Unlock(); err != nil {
				return nil, stateError(err)
			}
		}
		left := time.Until(deadline)
		if left <= 0 {
			if held == nil {
				held = &HeldError{Path: path, Holder: readHolder(path)}
			}
			return nil, held
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(min(left, poll)):
		}
	}
	text, err := json.Marshal(holder)
	if err == nil {
		err = os.WriteFile(path+holderSuffix, text, 0o600)
	}
	if err != nil {
		_ = l.Unlock()
		return nil, stateError(err)
	}
	return &Lock{l}, nil
}

// lockPoll is how often a lock that is waited for is tried; the kernel's own
// waiting could not be interrupted.
const (
	lockPoll      = 200 * time.Millisecond
	leastPatience = 100 * time.Millisecond
)

func stateError(err error) error {
	return fmt.Errorf("state directory: %w; --state-dir names another place", err)
}

// Release gives the lock back. Who held it is forgotten first: the next holder
// may be refusing others before it has written its own name.
func (l *Lock) Release() error {
	_ = os.Remove(l.flock.Path() + holderSuffix) // only for people to read
	return l.flock.Unlock()
}

// Held reports whether a run holds an app's lock just now, and which; the holder
// is zero where it can't be read.
func Held(dir string) (h Holder, held bool) {
	path := filepath.Join(dir, lockFile)
	if _, err := os.Stat(path); err != nil {
		return h, false
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_RDONLY))
	defer l.Close()
	if ok, err := l.TryRLock(); ok || err != nil {
		return h, false
	}
	return readHolder(path), true
}

// readHolder says who holds a lock; what is unreadable is the same as unknown.
func readHolder(lock string) (h Holder) {
	if text, err := os.ReadFile(lock + holderSuffix); err != nil || json.Unmarshal(text, &h) != nil {
		return Holder{}
	}
	return h
}

const (
	lockFile     = "lock"
	holderSuffix = ".holder"
)
