package journal

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/plan"
)

// begun makes a finished journal of a run that takes its place in the order; its
// clock is so many days after started.
func begun(t testing.TB, state, dir, run string, days int) {
	t.Helper()
	h := head
	h.Run, h.StartedAt = run, started.AddDate(0, 0, days)
	h.Order = Home{Dir: dir}.Order(state, h.StartedAt)
	j, err := Create(dir, h, clock())
	if err != nil {
		t.Fatal(err)
	}
	do(t, j.Plan(small(), roster), j.Sent(0), j.Done(0, plan.Result{Outcome: plan.Applied}), j.End(ended))
}

func namesOf(runs []Summary) string {
	var names []string
	for _, s := range runs {
		names = append(names, s.Head.Run)
	}
	return strings.Join(names, " ")
}

// TestOrder keeps runs in their order whatever the clock said, and whatever of
// the state directory was lost.
func TestOrder(t *testing.T) {
	for name, c := range map[string]struct {
		lose func(state, dir string)
		want string // without the old run, which has no number
	}{
		"nothing":  {func(string, string) {}, "first ahead second behind third"},
		"the file": {func(state, _ string) { do(t, os.Remove(filepath.Join(state, orderFile))) }, "first ahead second behind third"},
		"sense": {func(state, _ string) { do(t, os.WriteFile(filepath.Join(state, orderFile), []byte("x\n"), 0o600)) },
			"first ahead second behind third"},
		"the journals": {func(_, dir string) { do(t, os.RemoveAll(dir)) }, "third"},
		"the last journal": {func(_, dir string) { do(t, os.Remove(filepath.Join(dir, "journal", "behind.jsonl"))) },
			"first ahead second third"},
	} {
		state := t.TempDir()
		dir := filepath.Join(state, "app-1a2b")
		if strings.Contains(c.want, "first") {
			another(t, dir, "old", -60*24, true)
		}
		begun(t, state, dir, "first", 0)
		begun(t, state, dir, "ahead", 400)
		begun(t, state, dir, "second", 1)
		begun(t, state, dir, "behind", -9000)
		c.lose(state, dir)
		begun(t, state, dir, "third", 2)
		now := started.AddDate(0, 0, 3)
		list, err := List(dir, now)
		if got := strings.TrimPrefix(namesOf(list), "old "); err != nil || got != c.want {
			t.Errorf("%s is lost: the order is %s, want %s, %v", name, got, c.want, err)
		}
		if !slices.IsSortedFunc(list, func(a, b Summary) int { return a.At.Compare(b.At) }) {
			t.Errorf("%s is lost: the times do not rise", name)
		}
		for _, s := range list {
			if s.Head.Run != "old" && (s.At.Before(started) || s.At.After(now)) {
				t.Errorf("%s is lost: %s was at %s", name, s.Head.Run, s.At)
			}
		}
	}
}

// TestOrderOfApps has runs of all apps in one order, and puts one whose head can't
// be read where its name says.
func TestOrderOfApps(t *testing.T) {
	state := t.TempDir()
	a, b := filepath.Join(state, "app-a"), filepath.Join(state, "app-b")
	begun(t, state, a, "a1", 0)
	begun(t, state, a, "a2-ahead", 400)
	begun(t, state, b, "b1", 1)
	begun(t, state, a, "a3", 2)
	begun(t, state, b, "b2", 4)
	do(t, os.WriteFile(filepath.Join(b, "journal", "20260805T031504Z-aaaaaa.jsonl"), []byte("no journal\n"), 0o600))
	var all []Summary
	for _, dir := range []string{b, a} {
		list, err := List(dir, started)
		do(t, err)
		all = append(all, list...)
	}
	Sort(all, func(s *Summary) *Summary { return s }, started.AddDate(0, 0, 9))
	if got := namesOf(all); got != "a1 a2-ahead b1 a3 20260805T031504Z-aaaaaa b2" {
		t.Errorf("the order is %s", got)
	}
}

// TestEarlierUnderAnyClock gives what runs did in their order, within the time
// that the order tells.
func TestEarlierUnderAnyClock(t *testing.T) {
	state := t.TempDir()
	dir := filepath.Join(state, "app-1a2b")
	begun(t, state, dir, "long-ago", 0)
	begun(t, state, dir, "ahead", 4000)
	begun(t, state, dir, "second", 100)
	begun(t, state, dir, "behind", -9000)
	var names []string
	for _, e := range Earlier(dir, head.Target, started.AddDate(0, 0, 101), 45*24*time.Hour, 1) {
		names = append(names, e.Run)
		if e.At.After(started.AddDate(0, 0, 101)) {
			t.Errorf("%s was at %s", e.Run, e.At)
		}
	}
	if got := strings.Join(names, " "); got != "behind second ahead" {
		t.Errorf("the earlier runs are %s", got)
	}
	if few := Earlier(dir, head.Target, started.AddDate(0, 0, 101), 45*24*time.Hour, 4); few != nil {
		t.Errorf("of 3 runs %d are read where it takes 4", len(few))
	}
}
