package journal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"cometsync/internal/phrase"
)

var started = time.Date(2026, 8, 2, 3, 15, 4, 0, time.UTC)

func lockForEver(dir string) error {
	if _, err := take(context.Background(), dir, Holder{PID: os.Getpid(), Host: "host-1", Run: "run-1", Started: started}, 0); err != nil {
		return err
	}
	fmt.Println("held")
	return untilParentEnds()
}

// TestLock keeps another process out, says who holds it, and dies with its holder.
func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app-1a2b")
	cmd, lines := start(t, "lock", dir)
	if !lines.Scan() || lines.Text() != "held" {
		t.Fatalf("the other process says %q", lines.Text())
	}
	_, err := take(context.Background(), dir, Holder{PID: os.Getpid(), Run: "run-2"}, 0)
	var held *HeldError
	if !errors.As(err, &held) || held.Holder != (Holder{PID: cmd.Process.Pid, Host: "host-1", Run: "run-1", Started: started}) {
		t.Fatalf("the error is %v", err)
	}
	if want := fmt.Sprintf("another run holds this app's lock: run-1, process %d on host-1, since %s; wait for it to end",
		cmd.Process.Pid, phrase.Here().Moment(started)); err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
	other, err := take(context.Background(), filepath.Join(filepath.Dir(dir), "app-other"), Holder{}, 0)
	if err != nil {
		t.Fatalf("another app's lock: %v", err)
	}
	if err := other.Release(); err != nil {
		t.Error(err)
	}

	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	l, err := take(context.Background(), dir, Holder{PID: 7, Host: "host-2", Run: "run-2", Started: started}, 0)
	if err != nil {
		t.Fatalf("after the holder's death: %v", err)
	}
	if _, err := take(context.Background(), dir, Holder{}, 0); !errors.As(err, &held) || held.Holder.Run != "run-2" {
		t.Errorf("within one process: %v", err)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lock.holder")); !os.IsNotExist(err) {
		t.Errorf("after its release the lock still names a holder: %v", err)
	}
	if l, err = take(context.Background(), dir, Holder{}, 0); err != nil {
		t.Fatalf("after its release: %v", err)
	}
	l.Release()
}

// TestLockUnnamed is held all the same when nobody can tell by whom.
func TestLockUnnamed(t *testing.T) {
	dir := t.TempDir()
	l, err := take(context.Background(), dir, Holder{PID: 7, Run: "run-1"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	if err := os.WriteFile(filepath.Join(dir, "lock.holder"), []byte(`{"pid":`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = take(context.Background(), dir, Holder{}, 0)
	var held *HeldError
	if !errors.As(err, &held) || err.Error() != "another run holds this app's lock ("+filepath.Join(dir, "lock")+"); wait for it to end" {
		t.Errorf("the error is %v", err)
	}
}

func TestDir(t *testing.T) {
	for app, want := range map[string]string{
		"1a2b":                      "app-1a2b",
		"1A2B":                      "app-1a2b",
		"a-b_c":                     "app-a-b_c",
		"":                          "app-",
		"..":                        "app-..~",
		"a/b":                       "app-a_b~",
		`a\b`:                       "app-a_b~",
		"a_b":                       "app-a_b",
		"a:b":                       "app-a_b~",
		"a b":                       "app-a_b~",
		"M\u00fcller":               "app-m_ller~",
		"a\x00b":                    "app-a_b~",
		"a.":                        "app-a.~",
		"a~b":                       "app-a_b~",
		"https://127.0.0.1:8080/v3": "app-https___127.0.0.1_8080_v3~",
		"https://127.0.0.1_8080/v3": "app-https___127.0.0.1_8080_v3~",
		strings.Repeat("a", 100):    "app-" + strings.Repeat("a", 100),
		strings.Repeat("a", 101):    "app-" + strings.Repeat("a", 100) + "~",
		"https://" + strings.Repeat("\u00fc/", 200): "app-https___",
	} {
		dir := Dir("/state", app)
		name := filepath.Base(dir)
		if filepath.Dir(dir) != filepath.Clean("/state") || !strings.HasPrefix(name, want) || !strings.Contains(name, "~") &&
			name != want || len(name) > 150 {
			t.Errorf("%q is in %q, want %q", app, dir, want)
		}
	}
	names := []string{"a/b", "a_b", "a:b", "a~b", "a.b", "a.", "a", "a..", "", ".", "..", "~", "_", " ", "M\u00fcller", "M\u00f6ller",
		"https://h.example/v3", "https:..h.example.v3", "https___h.example_v3", strings.Repeat("a", 100), strings.Repeat("a",
			101), strings.Repeat("a", 102)}
	for _, app := range names { // what looks like one of ours
		names = append(names, strings.TrimPrefix(filepath.Base(Dir("", app)), "app-"))
	}
	seen := map[string]string{}
	for _, app := range names {
		dir := Dir("/state", app)
		if other, ok := seen[dir]; ok && other != app {
			t.Errorf("%q and %q share %s", app, other, dir)
		}
		seen[dir] = app
	}
	if Dir("/state", "https://Host.example/v3") != Dir("/state", "https://host.EXAMPLE/v3") {
		t.Error("two spellings of one host have two directories")
	}
}

// TestLockWaits for another run as long as it is told, and no longer.
func TestLockWaits(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		first, err := take(t.Context(), dir, Holder{PID: 7, Run: "run-1"}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		_, err = take(t.Context(), dir, Holder{PID: 8, Run: "run-2"}, time.Minute)
		var held *HeldError
		if !errors.As(err, &held) || held.Holder.Run != "run-1" || time.Since(began) != time.Minute {
			t.Errorf("after %s: %v", time.Since(began), err)
		}

		ctx, cancel := context.WithCancelCause(t.Context())
		hangUp := errors.New("interrupted")
		time.AfterFunc(10*time.Second, func() { cancel(hangUp) })
		began = time.Now()
		if _, err = take(ctx, dir, Holder{}, time.Minute); err != hangUp || time.Since(began) != 10*time.Second {
			t.Errorf("interrupted after %s: %v", time.Since(began), err)
		}

		time.AfterFunc(10*time.Second, func() { first.Release() })
		began = time.Now()
		second, err := take(t.Context(), dir, Holder{PID: 8, Run: "run-2"}, time.Minute)
		if err != nil || time.Since(began) > 10*time.Second+lockPoll {
			t.Fatalf("released after %s: %v", time.Since(began), err)
		}
		if _, err := take(t.Context(), dir, Holder{}, 0); !errors.As(err, &held) || held.Holder.Run != "run-2" {
			t.Errorf("the next: %v", err)
		}
		second.Release()
	})
}

// TestHeld looks without taking: a look is never in the way of a run for long.
func TestHeld(t *testing.T) {
	dir := Dir(t.TempDir(), "1a2b")
	if h, held := Held(dir); held {
		t.Errorf("nobody ever ran, and %+v holds the lock", h)
	}
	want := Holder{PID: 7, Host: "h", Run: "r", Started: time.Unix(1_700_000_000, 0).UTC()}
	l, err := take(t.Context(), dir, want, 0)
	if err != nil {
		t.Fatal(err)
	}
	if h, held := Held(dir); !held || h != want {
		t.Errorf("held: %t, by %+v", held, h)
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	if _, held := Held(dir); held {
		t.Error("held after its release")
	}
	looks := make(chan struct{})
	go func() {
		defer close(looks)
		for range 2000 {
			Held(dir)
		}
	}()
	for looking := true; looking; {
		l, err := take(t.Context(), dir, want, 0)
		if err != nil {
			t.Fatalf("while somebody looks: %v", err)
		}
		if err := l.Release(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-looks:
			looking = false
		default:
		}
	}
}

// take is acquire where no other run can be in the way.
func take(ctx context.Context, dir string, holder Holder, timeout time.Duration) (*Lock, error) {
	return acquire(ctx, dir, holder, timeout, func() *HeldError { return nil })
}
