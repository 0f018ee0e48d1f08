package journal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Dir is an app's directory below the state directory. An app is its id, or
// its base URL. Letter case makes no difference, as in the name of a host: two
// spellings of one app have to meet at one lock. Apart from that, no two apps
// share a directory: a name that can't be taken as it is has a digest of the
// whole after a ~, which no other name has.
func Dir(state, app string) string {
	app = strings.ToLower(app)
	exact := len(app) <= maxName
	clean := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_':
			return c
		case c == '.':
			exact = false // at the end of a name, Windows drops it
			return c
		}
		exact = false
		return '_'
	}, app)
	if !exact {
		sum := sha256.Sum256([]byte(app))
		clean = clean[:min(len(clean), maxName)] + "~" + hex.EncodeToString(sum[:8])
	}
	return filepath.Join(state, prefix+clean)
}

const prefix = "app-"

// maxName keeps a directory's name well below the 255 bytes that file systems allow.
const maxName = 100

// Lock is held by the one run that may write to an app.
type Lock struct{ flock *flock.Flock }

// Holder says who holds a lock.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
}

// HeldError is the refusal of a lock that somebody else holds.
type HeldError struct {
	Holder Holder // zero where it can't be read
	Path   string
}

func (e *HeldError) Error() string {
	if e.Holder.PID == 0 {
		return fmt.Sprintf("another run holds this app's lock (%s); wait for it to end", e.Path)
	}
	return fmt.Sprintf("another run holds this app's lock: %s, process %d on %s, since %s; wait for it to end",
		e.Holder.Run, e.Holder.PID, e.Holder.Host, e.Holder.Started.UTC().Format(time.RFC3339))
}

// Acquire takes an app's lock, or fails with a *HeldError after the timeout; a
// timeout of 0 is hardly any: a look by Held must not be taken for a run. When the context ends first, its cause is the
// error. The lock is the kernel's: it goes with the process, however that ends.
func Acquire(ctx context.Context, dir string, holder Holder, timeout time.Duration) (*Lock, error) {
	if err := makeDir(dir); err != nil {
		return nil, stateError(err)
	}
	path := filepath.Join(dir, "lock")
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
		if ok {
			break
		}
		left := time.Until(deadline)
		if left <= 0 {
			held := &HeldError{Path: path}
			if text, err := os.ReadFile(path + holderSuffix); err == nil {
				_ = json.Unmarshal(text, &held.Holder) // unreadable is the same as unknown
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

// Held says whether a run holds an app's lock just now, and which; the holder
// is zero where it can't be read.
func Held(dir string) (h Holder, held bool) {
	path := filepath.Join(dir, "lock")
	if _, err := os.Stat(path); err != nil {
		return h, false
	}
	l := flock.New(path, flock.SetPermissions(0o600), flock.SetFlag(os.O_RDONLY))
	defer l.Close()
	if ok, err := l.TryRLock(); ok || err != nil {
		return h, false
	}
	if text, err := os.ReadFile(path + holderSuffix); err == nil {
		_ = json.Unmarshal(text, &h) // unreadable is the same as unknown
	}
	return h, true
}

const holderSuffix = ".holder"
