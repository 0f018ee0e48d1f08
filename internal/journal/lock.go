package journal

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Dir is an app's directory below the state directory. An app is its id, or
// the host of its base URL.
func Dir(state, app string) string {
	clean := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.' {
			return c
		}
		return '_'
	}, strings.ToLower(app))
	return filepath.Join(state, "app-"+clean)
}

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

// Acquire takes an app's lock, or fails with a *HeldError. It is the
// kernel's: it goes with the process, however that ends.
func Acquire(dir string, holder Holder) (*Lock, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("state directory: %w; --state-dir names another place", err)
	}
	path := filepath.Join(dir, "lock")
	l := flock.New(path, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("state directory: %w; --state-dir names another place", err)
	}
	holderPath := path + ".holder"
	if !ok {
		held := &HeldError{Path: path}
		if text, err := os.ReadFile(holderPath); err == nil {
			_ = json.Unmarshal(text, &held.Holder) // unreadable is the same as unknown
		}
		return nil, held
	}
	text, err := json.Marshal(holder)
	if err == nil {
		err = os.WriteFile(holderPath, text, 0o600)
	}
	if err != nil {
		_ = l.Unlock()
		return nil, fmt.Errorf("state directory: %w; --state-dir names another place", err)
	}
	return &Lock{l}, nil
}

// Release gives the lock back.
func (l *Lock) Release() error { return l.flock.Unlock() }
