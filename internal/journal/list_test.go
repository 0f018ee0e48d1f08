package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// another makes a journal of a run that started so many minutes later.
func another(t testing.TB, dir, run string, minutes int, finished bool) {
	t.Helper()
	h := head
	h.Run, h.StartedAt = run, head.StartedAt.Add(time.Duration(minutes)*time.Minute)
	j, err := Create(dir, h, clock())
	if err != nil {
		t.Fatal(err)
	}
	do(t, j.Plan(small(), roster), j.Sent(0, 1), j.Done(0, plan.Result{Outcome: plan.Applied}),
		j.Done(1, plan.Result{Outcome: plan.Failed}))
	if finished {
		do(t, j.End(ended))
	} else {
		do(t, j.Close())
	}
}

func TestList(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "app-1a2b")
	if list, err := List(dir, started); err != nil || len(list) != 0 {
		t.Errorf("of no journals: %v, %v", list, err)
	}
	if runs, err := unfinishedOf(dir); err != nil || len(runs) != 0 {
		t.Errorf("unfinished of no journals: %v, %v", runs, err)
	}
	another(t, dir, "a", 9, true) // in order of start, not of names
	another(t, dir, "b", 5, false)
	another(t, dir, "c", 1, true)
	another(t, dir, "d", 1, false)
	do(t, os.WriteFile(filepath.Join(dir, "journal", "notes.txt"), nil, 0o600), os.Mkdir(filepath.Join(dir, "journal", "e.jsonl"), 0o700))
	list, err := List(dir, started)
	if err != nil {
		t.Fatal(err)
	}
	var runs []string
	for _, s := range list {
		runs = append(runs, s.Head.Run)
		if s.Path != filepath.Join(dir, "journal", s.Head.Run+".jsonl") || s.Operations != 4 || s.Sent != 2 || s.Done != 2 ||
			s.Damage != nil ||
			!reflect.DeepEqual(s.Counts, Counts{plan.Reactivate: {plan.Applied: 1}, plan.Create: {plan.Failed: 1}}) ||
			!reflect.DeepEqual(s.Files,
				roster.Files) || s.Head.Host != "host-1" {
			t.Errorf("a summary is %+v", s)
		}
		if finished := s.Head.Run == "a" || s.Head.Run == "c"; finished != (s.End != nil) || finished &&
			(s.End.Requests != 7 || s.End.Result != "partial" || s.End.At.IsZero()) {
			t.Errorf("%s: the end is %+v", s.Head.Run, s.End)
		}
	}
	if got := strings.Join(runs, " "); got != "c d b a" {
		t.Errorf("the runs are %s", got)
	}
	if runs, err := unfinishedOf(dir); err != nil || !slices.Equal(runs, []string{"d", "b"}) {
		t.Errorf("unfinished are %v, %v", runs, err)
	}
}

// TestListEnds reads a finished journal at its ends alone, however long they are.
func TestListEnds(t *testing.T) {
	for _, problem := range []int{0, tailSize - 600, tailSize, 5 * tailSize} {
		dir := t.TempDir()
		j := create(t, dir)
		do(t, j.Plan(many(300), roster), j.Sent(0), j.Done(0, plan.Result{Outcome: plan.Applied, Message: strings.Repeat("m", problem)}),
			j.End(End{Result: "converged", Problem: strings.Repeat("p", problem)}))
		text, err := os.ReadFile(j.path)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)/2-2*problem/3] ^= 1 // in the midst of the operations
		do(t, os.WriteFile(j.path, text, 0o600))
		list, err := List(dir, started)
		if err != nil || list[0].Damage != nil || list[0].End == nil || len(list[0].End.Problem) != problem || list[0].Operations != 300 ||
			list[0].Sent != 1 {
			t.Errorf("%d: the list is %+v, %v", problem, list, err)
		}
		if _, err := Read(dir, head.Run); err == nil {
			t.Errorf("%d: it was read all the same", problem)
		}
	}
}

// TestListOfManyRejects tells the sources of a plan that has more rejects, or more
// options, than are read for a list.
func TestListOfManyRejects(t *testing.T) {
	for _, option := range []string{"", strings.Repeat("x", 2*readBuffer)} {
		dir := t.TempDir()
		in := *roster
		var rejects []user.Reject
		for range 2000 {
			for _, r := range roster.Rejects.All() {
				rejects = append(rejects, *r)
			}
		}
		in.Rejects = user.ListOf(rejects)
		p := small()
		p.Config = plan.Config{{Name: "protect", Values: []string{option}}}
		j := create(t, dir)
		do(t, j.Plan(p, &in), j.End(ended))
		list, err := List(dir, started)
		if err != nil || list[0].Damage != nil || !reflect.DeepEqual(list[0].Files, roster.Files) || list[0].Operations != 4 {
			t.Errorf("the list is %+v, %v", list, err)
		}
		if r, err := Read(dir, head.Run); err != nil || r.Intake.Rejects.Len() != 2000 {
			t.Errorf("it can't be read: %v", err)
		}
	}
}

// TestListDamage shows what is damaged with what could be read of it.
func TestListDamage(t *testing.T) {
	lines := told(t)
	for name, c := range map[string]struct {
		spoil func(lines [][]byte)
		run   string
	}{
		"the head": {func(l [][]byte) { l[0] = bytes.Replace(l[0], []byte("host-1"), []byte("host-2"), 1) }, head.Run},
		"the plan": {func(l [][]byte) { l[1] = bytes.Replace(l[1], []byte("staff"), []byte("stuff"), 1) }, head.Run},
		"the end": {func(l [][]byte) { l[len(l)-1] = bytes.Replace(l[len(l)-1], []byte("partial"), []byte("perfect"), 1) },
			head.Run},
		"the line before the end":  {func(l [][]byte) { l[len(l)-2] = l[len(l)-3] }, head.Run},
		"what is not finished yet": {func(l [][]byte) { l[7], l[len(l)-1] = l[8], nil }, head.Run},
	} {
		spoilt := slices.Clone(lines)
		c.spoil(spoilt)
		dir := lay(t, bytes.Join(spoilt, nil))
		list, err := List(dir, started)
		if err != nil || len(list) != 1 || list[0].Damage == nil || list[0].Head.Run != c.run {
			t.Errorf("%s: %+v, %v", name, list, err)
		}
		if n, err := Prune(dir, head.Target, nil, func(*Summary) error { t.Errorf("%s: removed", name); return nil }); n != 0 ||
			err != nil {
			t.Errorf("%s: %d removed, %v", name, n, err)
		}
		if _, err := os.Stat(list[0].Path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	// One that is damaged and has no end is still a run that did not finish.
	spoilt := slices.Clone(lines[:len(lines)-1])
	spoilt[7] = spoilt[8]
	if runs, err := unfinishedOf(lay(t, bytes.Join(spoilt, nil))); err != nil || !slices.Equal(runs, []string{head.Run}) {
		t.Errorf("unfinished are %q, %v", runs, err)
	}
	spoilt[0] = []byte("no journal\n")
	if runs, err := unfinishedOf(lay(t, bytes.Join(spoilt, nil))); err != nil || !slices.Equal(runs, []string{head.Run}) {
		t.Errorf("without a head, unfinished are %q, %v", runs, err)
	}
}

func TestPrune(t *testing.T) {
	make := func() string {
		dir := t.TempDir()
		for i, run := range []string{"f", "e", "d", "c", "b", "a"} {
			another(t, dir, run, i, run != "e" && run != "b")
		}
		return dir
	}
	left := func(dir string) string {
		list, err := List(dir, started)
		if err != nil {
			t.Fatal(err)
		}
		var runs []string
		for _, s := range list {
			runs = append(runs, s.Head.Run)
		}
		return strings.Join(runs, " ")
	}
	for keep, want := range map[string]string{"": "e b", "e": "e b", "a": "e b a", "d": "e d b", "f d c a": "f e d c b a"} {
		dir := make()
		spared := map[string]bool{}
		for run := range strings.FieldsSeq(keep) {
			spared[run] = true
		}
		var told []string
		n, err := Prune(dir, head.Target, spared, func(s *Summary) error {
			h := s.Head
			if _, err := os.Stat(filepath.Join(dir, "journal", h.Run+".jsonl")); err != nil || h.ReportDir != head.ReportDir {
				t.Errorf("told of %+v, %v", h, err)
			}
			told = append(told, h.Run)
			return nil
		})
		if got := left(dir); err != nil || got != want || n != len(told) || n != 6-len(strings.Fields(want)) {
			t.Errorf("keep %q: left are %s, want %s; %d removed, told of %q, %v", keep, got, want, n, told, err)
		}
	}
	// What can't be removed stays, and the others go.
	dir := make()
	busy := errors.New("the report is open elsewhere")
	n, err := Prune(dir, head.Target, map[string]bool{"a": true}, func(s *Summary) error {
		h := s.Head
		if h.Run == "d" {
			return fmt.Errorf("%s: %w", h.Run, busy)
		}
		return nil
	})
	if got := left(dir); n != 2 || !errors.Is(err, busy) || got != "e d b a" {
		t.Errorf("%d removed, left are %s, %v", n, got, err)
	}
}

func TestApps(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	if dirs, err := Apps(state); err != nil || len(dirs) != 0 {
		t.Errorf("of no state: %v, %v", dirs, err)
	}
	b, a := Dir(state, "b"), Dir(state, "https://a.example/v3")
	do(t, os.MkdirAll(b, 0o700), os.MkdirAll(a, 0o700), os.MkdirAll(filepath.Join(state, "other"), 0o700),
		os.WriteFile(filepath.Join(state, "app-file"), nil, 0o600))
	if dirs, err := Apps(state); err != nil || !slices.Equal(dirs, slices.Sorted(slices.Values([]string{a, b}))) {
		t.Errorf("the apps are %q, %v", dirs, err)
	}
	if _, err := Apps(filepath.Join(state, "app-file")); err == nil || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("of a file: %v", err)
	}
}
