package journal

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
)

// Stuck remembers, from run to run, the values that the service confirmed and
// then did not show, so that they are not sent again every night. It holds no
// value, just a digest of what was sent to whom. It is safe for concurrent use.
//
// Losing it costs a request for each such user, and nothing else.
type Stuck struct {
	path string
	of   plan.Target

	mu      sync.Mutex
	users   map[string][]stuckRecord // by uid, the latest last
	changed bool
}

// Note is what is remembered of values that did not stick.
type Note struct {
	Run     string    `json:"run"`
	At      time.Time `json:"at"`
	Message string    `json:"message"`
}

const stuckFile = "did-not-stick.json"

type stuckJSON struct {
	Schema  string        `json:"schema"`
	Target  string        `json:"target"` // its key
	Entries []stuckRecord `json:"entries"`
}

type stuckRecord struct {
	UID    string `json:"uid"`
	Values string `json:"values"` // their digest
	Note
}

// maxStuck is how much is remembered of one user: a value that is another one
// every night must not make the file grow for ever.
const maxStuck = 4

// LoadStuck reads a target's memory. With an error it is empty and can be used
// all the same; saving it replaces what could not be read.
func LoadStuck(dir string, of plan.Target) (*Stuck, error) {
	s := &Stuck{path: filepath.Join(dir, stuckFile), of: of, users: map[string][]stuckRecord{}}
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	var file stuckJSON
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err == nil {
		err = formats.DidNotStick.Check(file.Schema, "")
	}
	if err != nil {
		return s, fmt.Errorf("what did not stick in earlier runs: %s: %w; values are sent again that did not", s.path, formats.Spoken(err))
	}
	if s.changed = file.Target != of.Key(); s.changed {
		return s, nil // another target's, which ran in this directory before
	}
	for _, e := range file.Entries {
		s.users[e.UID] = append(s.users[e.UID], e)
	}
	return s, nil
}

// values is a digest of what an operation sends: the same for the same uid,
// the same fields and the same values after, whatever they are before.
func values(o *plan.Operation) string {
	changes := slices.Clone(o.Changes)
	slices.SortFunc(changes, func(a, b plan.Change) int { return cmp.Compare(a.Field, b.Field) })
	h := sha256.New()
	fmt.Fprintf(h, "%q", o.UID)
	for _, c := range changes {
		fmt.Fprintf(h, " %s %q", c.Field, c.After)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Known reports whether just what the operation sends did not stick before.
func (s *Stuck) Known(o *plan.Operation) (Note, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.users[o.UID] {
		if e.Values == values(o) {
			return e.Note, true
		}
	}
	return Note{}, false
}

// Add remembers that what the operation sent did not stick.
func (s *Stuck) Add(o *plan.Operation, note Note) {
	digest := values(o)
	s.mu.Lock()
	defer s.mu.Unlock()
	known := slices.DeleteFunc(s.users[o.UID], func(e stuckRecord) bool { return e.Values == digest })
	note.At = note.At.UTC()
	known = append(known, stuckRecord{o.UID, digest, note})
	s.users[o.UID] = known[max(0, len(known)-maxStuck):]
	s.changed = true
}

// Forget drops all that is remembered of a user.
func (s *Stuck) Forget(uid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.users[uid]; ok {
		delete(s.users, uid)
		s.changed = true
	}
}

// Save writes the memory, whole or not at all, if it changed.
func (s *Stuck) Save() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.changed {
		return nil
	}
	file := stuckJSON{Schema: formats.DidNotStick.String(), Target: s.of.Key(), Entries: []stuckRecord{}}
	for _, uid := range slices.Sorted(maps.Keys(s.users)) {
		file.Entries = append(file.Entries, s.users[uid]...)
	}
	text, err := json.Marshal(file, jsontext.WithIndent(" "))
	if err == nil {
		err = replace(s.path, append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("what did not stick: %w; --state-dir names another place", err)
	}
	s.changed = false
	return nil
}
