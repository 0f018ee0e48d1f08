package journal

import (
	"errors"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// TestRead gives back all that was put on record.
func TestRead(t *testing.T) {
	dir := t.TempDir()
	j := story(t, dir)
	for _, unfinished := range []bool{true, false} {
		if !unfinished {
			do(t, j.End(ended))
		}
		r, err := Read(dir, head.Run)
		if err != nil {
			t.Fatal(err)
		}
		at := head.StartedAt.UTC()
		want := &Record{
			Head:   head,
			Plan:   small(),
			Intake: roster,
			Marks:  []Mark{{Sent: true}, {Sent: true}, {Sent: true}, {Sent: true}},
			Results: []plan.Result{
				{Outcome: plan.Applied, Attempts: 1, Did: plan.VerbsOf(plan.Reactivate)},
				{Outcome: plan.Applied, Attempts: 3, Did: plan.VerbsOf(plan.Update), Revoked: true,
					Instead: []plan.Change{{Field: user.Name, Before: `{"a":1}`, After: `"Cleo"`}, {Field: user.Tags, After: `["x"]`}}},
				{Outcome: plan.Failed, Attempts: 3, Kind: plan.BadInput, Status: 400, Code: "ERR_BAD_REQUEST",
					Message: "PUT /users/anna: 400 <\uFFFD>", Details: map[string][]string{"name": {"too long", "no \"good\""},
						"avatar": {}}},
				{},
			},
			LastAt: at.Add(8 * time.Second),
		}
		want.Head.StartedAt = at
		if !unfinished {
			want.End = &End{Result: "partial", ExitCode: 3, Problem: "the key was refused", Requests: 7, Sums: "0a9b",
				At: at.Add(9 * time.Second)}
			want.LastAt = want.End.At
		}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("the record is\n%+v\nwant\n%+v", r, want)
		}
		if doubts := r.InDoubt(); !slices.Equal(doubts, []int{3}) {
			t.Errorf("in doubt are %v", doubts)
		}
	}
	if _, _, err := Reopen(dir, head.Run, clock()); err == nil {
		t.Error("a finished run was taken up")
	}
	if _, err := Read(dir, "other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such run: %v", err)
	}
	if _, _, err := Reopen(dir, "other", clock()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such run: %v", err)
	}
}

// TestLastWord holds: an operation that is sent or done again, a role likewise.
func TestLastWord(t *testing.T) {
	dir := t.TempDir()
	j := create(t, dir)
	do(t, j.Plan(small(), nil),
		j.RoleSent("staff"), j.RoleDone("staff", "no answer"), j.RoleSent("other"), j.RoleSent("staff"), j.RoleDone("staff", ""),
		j.Sent(2), j.Done(2, plan.Result{Outcome: plan.Applied}), j.Sent(2),
		j.Done(2, plan.Result{Outcome: plan.Failed, Code: "did-not-stick"}),
		j.Sent(3), j.Close())
	j, r, err := Reopen(dir, head.Run, clock())
	if err != nil || r.Results[2].Outcome != plan.Failed || r.Results[2].Code != "did-not-stick" || r.Marks[2].Settled ||
		r.Intake != nil ||
		!slices.Equal(r.InDoubt(), []int{3}) {
		t.Fatalf("the record is %+v, %v", r, err)
	}
	do(t, j.Settle(3, plan.Result{Outcome: plan.Unknown, Kind: plan.InDoubt}), j.End(End{Result: "interrupted", ExitCode: 1}))
	r, err = Read(dir, head.Run)
	if err != nil || !r.Marks[3].Settled || r.Marks[2].Settled || r.Results[3].Outcome != plan.Unknown ||
		r.Results[3].Kind != plan.InDoubt || len(r.InDoubt()) > 0 {
		t.Errorf("settled, the record is %+v, %v", r, err)
	}
	list, err := List(dir, started)
	want := Counts{plan.Update: {plan.Failed: 1}, plan.Deactivate: {plan.Unknown: 1}}
	if err != nil || len(list) != 1 || list[0].Sent != 2 || list[0].Done != 2 || !reflect.DeepEqual(list[0].Counts, want) {
		t.Errorf("the list is %+v, %v", list, err)
	}
}

// left are the operations that a journal says were left.
func left(r *Record) (list []int) {
	for i, m := range r.Marks {
		if m.Left {
			list = append(list, i)
		}
	}
	return list
}

// TestLeft has operations on record that nothing was sent for, also for a run
// that is taken up again, and in the list.
func TestLeft(t *testing.T) {
	dir := t.TempDir()
	j := create(t, dir)
	drifted := plan.Result{Outcome: plan.Drifted, Attempts: 1, Code: "changed-since-plan", Message: "the user has another name now"}
	held := plan.Result{Outcome: plan.Skipped, Code: plan.CodeHold, Message: "held back by a decision"}
	do(t, j.Plan(small(), roster), j.Left(3, drifted), j.Sent(0), j.Done(0, plan.Result{Outcome: plan.Applied}), j.Close())
	j, r, err := Reopen(dir, head.Run, clock())
	if err != nil || !slices.Equal(left(r), []int{3}) || r.Marks[3].Sent || r.Marks[3].Settled ||
		!reflect.DeepEqual(r.Results[3], drifted) || len(r.InDoubt()) > 0 {
		t.Fatalf("the record is %+v, %v", r, err)
	}
	if err := j.Left(3, held); err == nil || !strings.Contains(err.Error(), "a second time") {
		t.Errorf("left again after it was taken up: %v", err)
	}
	if err := j.Sent(3); err == nil || !strings.Contains(err.Error(), "was left") {
		t.Errorf("sent after it was left by a run that died: %v", err)
	}
	do(t, j.Left(1, held))
	for _, finished := range []bool{false, true} {
		if finished {
			do(t, j.Sent(2), j.End(ended))
		} else {
			do(t, j.RoleSent("flushed")) // with what waits for no flush of its own
		}
		r, err = Read(dir, head.Run)
		if err != nil || !slices.Equal(left(r), []int{1, 3}) || !reflect.DeepEqual(r.Results[1], held) ||
			!reflect.DeepEqual(r.Results[3], drifted) {
			t.Errorf("finished %v: the record is %+v, %v", finished, r, err)
		}
		list, err := List(dir, started)
		want := Counts{plan.Reactivate: {plan.Applied: 1}, plan.Create: {plan.Skipped: 1}, plan.Deactivate: {plan.Drifted: 1}}
		sent := 1
		if finished {
			sent = 2
		}
		if err != nil || len(list) != 1 || list[0].Damage != nil || list[0].Sent != sent || list[0].Done != 1 || list[0].Left != 2 ||
			!reflect.DeepEqual(list[0].Counts, want) {
			t.Errorf("finished %v: the list is %+v, %v", finished, list, err)
		}
	}
	text, err := os.ReadFile(j.path)
	line := `{"left":3,"outcome":"drifted","attempts":1,"code":"changed-since-plan","message":"the user has another name now","at":"2026-08-02T03:15:05Z","hash":"`
	sums := `"onRecord":{"operations":4,"sent":2,"done":1,"left":2,"totals":{"create":{"skipped":1},"deactivate":{"drifted":1},"reactivate":{"applied":1}}}`
	if err != nil || strings.Count(string(text), "\n"+line) != 1 || strings.Count(string(text), sums) != 1 {
		t.Errorf("%v, the file is\n%s", err, text)
	}
}

// TestEmptyPlan is a run that had nothing to do, and one that never planned.
func TestEmptyPlan(t *testing.T) {
	for _, planned := range []bool{true, false} {
		dir := t.TempDir()
		j := create(t, dir)
		if planned {
			do(t, j.Plan(&plan.Plan{Target: head.Target}, nil))
		}
		do(t, j.End(End{Result: "converged"}))
		r, err := Read(dir, head.Run)
		if err != nil || (r.Plan != nil) != planned || r.End == nil || r.Torn || len(r.InDoubt()) > 0 {
			t.Errorf("planned %v: %+v, %v", planned, r, err)
		}
		if list, err := List(dir, started); err != nil || len(list) != 1 || list[0].Damage != nil || list[0].End == nil ||
			list[0].End.Result != "converged" {
			t.Errorf("planned %v: the list is %+v, %v", planned, list, err)
		}
	}
}

// TestClockBackwards changes no order and no outcome.
func TestClockBackwards(t *testing.T) {
	dir := t.TempDir()
	at := head.StartedAt
	j, err := Create(dir, head, func() time.Time { at = at.Add(-time.Hour); return at })
	if err != nil {
		t.Fatal(err)
	}
	do(t, j.Plan(small(), nil), j.Sent(0), j.Done(0, plan.Result{Outcome: plan.Applied}), j.Close())
	j, r, err := Reopen(dir, head.Run, func() time.Time { return time.Time{} })
	if err != nil || !r.LastAt.Equal(at) || r.Results[0].Outcome != plan.Applied {
		t.Fatalf("%+v, %v", r, err)
	}
	do(t, j.End(End{Result: "interrupted"}))
	if r, err = Read(dir, head.Run); err != nil || r.End == nil || !r.End.At.IsZero() {
		t.Errorf("%+v, %v", r, err)
	}
}

// TestUnreadable is neither damage nor nothing.
func TestUnreadable(t *testing.T) {
	dir := lay(t, nil)
	path, _ := locate(dir, head.Run)
	do(t, os.Remove(path), os.Mkdir(path, 0o700))
	_, err := Read(dir, head.Run)
	var damage *DamageError
	if err == nil || errors.As(err, &damage) || errors.Is(err, ErrNothing) {
		t.Errorf("a directory: %v", err)
	}
}
