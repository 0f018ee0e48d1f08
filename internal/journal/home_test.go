package journal

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"cometsync/internal/plan"
)

// unfinishedOf are the names of the runs of head's target without an end.
func unfinishedOf(dir string) (runs []string, err error) {
	open, err := Home{Dir: dir, target: head.Target}.Unfinished()
	for _, o := range open {
		runs = append(runs, o.Run)
	}
	return runs, err
}

var (
	inEU   = plan.Target{AppID: "1a2b", Region: "eu"}
	inUS   = plan.Target{AppID: "1a2b", Region: "us"}
	hereIt = plan.Target{AppID: "1a2b", Region: "eu", BaseURL: "http://localhost:1/v3"}
)

func find(t *testing.T, state string, of plan.Target) Home {
	t.Helper()
	h, err := Find(state, "1a2b", of)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// runOnce takes a target's lock and leaves a journal, finished or not.
func runOnce(t *testing.T, state, name string, of plan.Target, finished bool) Home {
	t.Helper()
	h := find(t, state, of)
	l, err := h.Acquire(t.Context(), state, "1a2b", Holder{PID: 7, Run: name}, 0)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer l.Release()
	journalOf(t, h.Dir, name, of, finished)
	return h
}

func journalOf(t *testing.T, dir, name string, of plan.Target, finished bool) {
	t.Helper()
	head := head
	head.Run, head.Target = name, of
	j, err := Create(dir, head, func() time.Time { return started })
	if err != nil {
		t.Fatal(err)
	}
	if finished {
		do(t, j.End(ended))
	} else {
		do(t, j.Close())
	}
}

// TestHome gives every target a directory of its own, and keeps each where it is.
func TestHome(t *testing.T) {
	state := t.TempDir()
	shared := Dir(state, "1a2b")
	eu := runOnce(t, state, "r1", inEU, true)
	if eu.Dir != shared {
		t.Errorf("the first is in %s, want %s", eu.Dir, shared)
	}
	us := find(t, state, inUS)
	if of, others := us.Others(); us.Dir == shared || !others || !of.Same(inEU) {
		t.Errorf("the second is in %s, beside %v", us.Dir, of)
	}
	us = runOnce(t, state, "r2", inUS, true)
	here := runOnce(t, state, "r3", hereIt, true)
	there := hereIt
	there.BaseURL = "http://localhost:1/V3" // a path is not a host
	if th := runOnce(t, state, "r4", there, true); us.Dir == here.Dir || here.Dir == shared || th.Dir == here.Dir || th.Dir == shared {
		t.Errorf("they share: %s, %s, %s, %s", eu.Dir, us.Dir, here.Dir, th.Dir)
	}
	for name, same := range map[string]plan.Target{"spelling": {AppID: "1A2B", Region: "EU",
		BaseURL: "https://1a2b.api-eu.CometChat.io:443/v3/"}, "address alone": {BaseURL: "https://1a2b.api-eu.cometchat.io/v3.0"}} {
		if h := find(t, state, same); h.Dir != eu.Dir {
			t.Errorf("%s: is in %s", name, h.Dir)
		}
	}
	// Who lost their directory must not lose another's to them.
	do(t, os.RemoveAll(shared))
	if h := find(t, state, inUS); h.Dir != us.Dir {
		t.Errorf("the second has moved to %s", h.Dir)
	}
	if h := find(t, state, inEU); h.Dir != shared {
		t.Errorf("the first has moved to %s", h.Dir)
	}
	do(t, os.MkdirAll(shared, 0o700), os.WriteFile(filepath.Join(shared, targetFile), []byte(`{"schema":`), 0o600))
	if _, err := Find(state, "1a2b", inEU); err == nil || !strings.Contains(err.Error(), targetFile) {
		t.Errorf("with a damaged owner: %v", err)
	}
}

// TestHomeOfEarlierVersion belongs to the target that ran last in it; what other
// targets left there is theirs.
func TestHomeOfEarlierVersion(t *testing.T) {
	state := t.TempDir()
	shared := Dir(state, "1a2b")
	journalOf(t, shared, "20260101", inUS, false)
	journalOf(t, shared, "20260102", inEU, false)
	journalOf(t, shared, "20260103", inUS, true)
	journalOf(t, shared, "20260104", inEU, true)
	eu, us := find(t, state, inEU), find(t, state, inUS)
	if eu.Dir != shared || us.Dir == shared {
		t.Fatalf("they are in %s and %s", eu.Dir, us.Dir)
	}
	for of, want := range map[*Home]Open{&eu: {shared, "20260102"}, &us: {shared, "20260101"}} {
		if open, err := of.Unfinished(); err != nil || !slices.Equal(open, []Open{want}) {
			t.Errorf("of %v, unfinished are %v, %v", of.target, open, err)
		}
	}
	// A journal that is just beginning is another's to remove.
	do(t, os.WriteFile(filepath.Join(shared, "journal", "20260105.jsonl"), nil, 0o600))
	if _, err := us.Unfinished(); err != nil || !exists(filepath.Join(shared, "journal", "20260105.jsonl")) {
		t.Errorf("removed, %v", err)
	}
	if n, err := Prune(shared, inEU, nil, func(s *Summary) error { return nil }); n != 1 || err != nil ||
		!exists(filepath.Join(shared, "journal", "20260103.jsonl")) {
		t.Errorf("%d removed, %v", n, err)
	}
}

// TestHomeLock keeps two targets from waiting for each other, and a run of an
// earlier version, which locks the app's name, from running beside one of the
// same target.
func TestHomeLock(t *testing.T) {
	state := t.TempDir()
	runOnce(t, state, "r1", inEU, true)
	acquire := func(of plan.Target) error {
		h := find(t, state, of)
		l, err := h.Acquire(context.Background(), state, "1a2b", Holder{PID: 8, Run: "r2"}, 0)
		if err == nil {
			err = l.Release()
		}
		return err
	}
	held := func(err error) bool { return errors.As(err, new(*HeldError)) }

	eu := find(t, state, inEU)
	l, err := eu.Acquire(t.Context(), state, "1a2b", Holder{PID: 7, Run: "r3"}, 0)
	do(t, err)
	if err := acquire(inEU); !held(err) {
		t.Errorf("the same target: %v", err)
	}
	if err := acquire(inUS); err != nil {
		t.Errorf("another target: %v", err)
	}
	do(t, l.Release())

	old := flock.New(filepath.Join(eu.Dir, lockFile))
	ok, err := old.TryLock()
	if !ok || err != nil {
		t.Fatal(err)
	}
	defer old.Unlock()
	by := func(run string) {
		text, err := json.Marshal(Holder{PID: 9, Run: run})
		do(t, err, os.WriteFile(filepath.Join(eu.Dir, lockFile+holderSuffix), text, 0o600))
	}
	journalOf(t, eu.Dir, "old-eu", inEU, false)
	journalOf(t, eu.Dir, "old-us", inUS, false)
	for _, c := range []struct {
		run    string
		of     plan.Target
		stands bool
	}{{"old-eu", inEU, true}, {"old-eu", inUS, false}, {"old-us", inUS, true}, {"just-begun", inUS, true}, {"", inUS, true}} {
		by(c.run)
		if err := acquire(c.of); held(err) != c.stands || err != nil && !c.stands {
			t.Errorf("%s against %v: %v", c.run, c.of, err)
		}
	}
}

// TestHomeAtOnce lets targets of one app begin at the same time in an empty state.
func TestHomeAtOnce(t *testing.T) {
	state := t.TempDir()
	homes := make(chan Home, 2)
	for _, of := range []plan.Target{inEU, inUS} {
		h := find(t, state, of)
		go func() {
			l, err := h.Acquire(context.Background(), state, "1a2b", Holder{PID: 7, Run: "r"}, time.Minute)
			if err != nil {
				t.Error(err)
			} else {
				l.Release()
			}
			homes <- h
		}()
	}
	if a, b := <-homes, <-homes; a.Dir == b.Dir {
		t.Errorf("both are in %s", a.Dir)
	}
}
