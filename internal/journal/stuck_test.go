package journal

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

func stuckFor(t testing.TB, dir string) *Stuck {
	t.Helper()
	s, err := LoadStuck(dir, head.Target)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func sends(uid string, changes ...plan.Change) *plan.Operation {
	return &plan.Operation{Verb: plan.Update, UID: uid, Changes: changes}
}

func TestStuck(t *testing.T) {
	name := func(before, after string) plan.Change {
		return plan.Change{Field: user.Name, Before: before, After: after}
	}
	link := plan.Change{Field: user.Link, After: `"https://a.example/secret"`}
	dir := filepath.Join(t.TempDir(), "app-1a2b")
	s := stuckFor(t, dir)
	note := Note{Run: "run-1", At: started.In(time.FixedZone("", 3600)), Message: "name did not stick"}
	s.Add(sends("anna", name(`"A"`, `"B"`), link), note)
	s.Add(sends("bob", name(`"A"`, "")), note)
	do(t, s.Save())
	note.At = started
	for round := range 2 { // as it is in memory, and as it is on disk
		for _, c := range []struct {
			name  string
			o     *plan.Operation
			known bool
		}{
			{"the same", sends("anna", name(`"A"`, `"B"`), link), true},
			{"in another order", sends("anna", link, name(`"A"`, `"B"`)), true},
			{"from another value", sends("anna", name(`"C"`, `"B"`), link), true},
			{"to another value", sends("anna", name(`"A"`, `"C"`), link), false},
			{"a field less", sends("anna", name(`"A"`, `"B"`)), false},
			{"a field more", sends("anna", name(`"A"`, `"B"`), link, plan.Change{Field: user.Avatar}), false},
			{"other fields", sends("anna", plan.Change{Field: user.Role, After: `"B"`}, link), false},
			{"another user", sends("carl", name(`"A"`, `"B"`), link), false},
			{"a clear", sends("bob", name(`"A"`, "")), true},
			{"a value for a clear", sends("bob", name(`"A"`, `""`)), false},
			{"nothing", sends("bob"), false},
		} {
			got, known := s.Known(c.o)
			if known != c.known || known && got != note {
				t.Errorf("round %d: %s: %v, %+v", round, c.name, known, got)
			}
		}
		if s.Len() != 2 {
			t.Errorf("round %d: %d users", round, s.Len())
		}
		s = stuckFor(t, dir)
	}
	text, err := os.ReadFile(filepath.Join(dir, stuckFile))
	if err != nil || bytes.Contains(text, []byte("secret")) || bytes.Contains(text, []byte(`\"B\"`)) {
		t.Errorf("%v, the file is\n%s", err, text)
	}
	s.Forget("anna")
	s.Forget("nobody")
	if _, known := s.Known(sends("anna", name(`"A"`, `"B"`), link)); known || s.Len() != 1 {
		t.Errorf("forgotten, it is known %v, and there are %d users", known, s.Len())
	}
	do(t, s.Save())
	if s = stuckFor(t, dir); s.Len() != 1 {
		t.Errorf("on disk are %d users", s.Len())
	}
	s.Forget("bob")
	do(t, s.Save())
	if s = stuckFor(t, dir); s.Len() != 0 {
		t.Errorf("on disk are %d users", s.Len())
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("the directory has %v", entries)
	}
}

// TestStuckBound forgets the oldest of what did not stick of a user.
func TestStuckBound(t *testing.T) {
	s := stuckFor(t, t.TempDir())
	value := func(i int) *plan.Operation {
		return sends("anna", plan.Change{Field: user.Name, After: string(rune('0' + i))})
	}
	for i := range 10 {
		s.Add(value(i), Note{})
		s.Add(value(9), Note{Run: "again"})
	}
	for i := range 10 {
		if note, known := s.Known(value(i)); known != (i > 9-maxStuck) || i == 9 && note.Run != "again" {
			t.Errorf("value %d is known %v: %+v", i, known, note)
		}
	}
}

func TestStuckFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "app-1a2b")
	path := filepath.Join(dir, stuckFile)
	s := stuckFor(t, dir)
	do(t, s.Save())
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("with nothing to save, %v", err)
	}
	s.Add(sends("anna"), Note{})
	do(t, s.Save())
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info, err)
	}
	do(t, os.Remove(path), s.Save())
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("unchanged, it was written: %v", err)
	}
	for _, text := range []string{"", "{", `{"schema":"cometsync.did-not-stick/v2"}`, `[]`} {
		do(t, os.WriteFile(path, []byte(text), 0o600))
		s, err := LoadStuck(dir, head.Target)
		if err == nil || s == nil || s.Len() != 0 || !strings.Contains(err.Error(), path) {
			t.Fatalf("%q: %v, %v", text, s, err)
		}
		s.Add(sends("anna"), Note{})
		do(t, s.Save())
		if s := stuckFor(t, dir); s.Len() != 1 {
			t.Errorf("over %q, %d users were saved", text, s.Len())
		}
	}
	do(t, os.Remove(path), os.MkdirAll(filepath.Join(path, "x"), 0o700))
	s.Add(sends("anna"), Note{})
	if err := s.Save(); err == nil || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("over a directory: %v", err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("what could not be saved leaves %v", entries)
	}
}

func TestStuckConcurrent(t *testing.T) {
	s := stuckFor(t, t.TempDir())
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			o := sends(strings.Repeat("u", w%4+1))
			for range 50 {
				s.Add(o, Note{})
				s.Known(o)
				s.Len()
				s.Forget(o.UID)
			}
		})
	}
	wg.Wait()
	do(t, s.Save())
}

// Len is how many users are remembered.
func (s *Stuck) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.users)
}
