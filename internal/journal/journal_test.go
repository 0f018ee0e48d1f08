package journal

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

var update = flag.Bool("update", false, "rewrite the golden file")

var head = Head{
	Run: "20260802T031504Z-a1b2c3", Command: "sync", Version: "1.2.3",
	Target: plan.Target{AppID: "1a2b", Region: "eu", BaseURL: "https://1a2b.api-eu.example/v3"},
	PID:    4711, Host: "host-1",
	StartedAt: time.Date(2026, 8, 2, 5, 15, 4, 0, time.FixedZone("", 2*60*60)),
	Dir:       "/srv/roster",
	ReportDir: "cometsync-reports/20260802T031504Z-a1b2c3",
	Plan:      "review/plan.json", PlanHash: "cd34",
	Decisions: "review/decisions.csv", DecisionsHash: "ef56",
}

// clock ticks once a call.
func clock() func() time.Time {
	var mu sync.Mutex
	at := head.StartedAt
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	}
}

func create(t testing.TB, dir string) *Journal {
	t.Helper()
	j, err := Create(dir, head, clock())
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// do calls what must not fail, in order.
func do(t testing.TB, errs ...error) {
	t.Helper()
	for i, err := range errs {
		if err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
}

// roster is what the plans of these tests were made from.
var roster = &user.Intake{
	Files: []user.File{{Path: "staff.csv", SHA256: "ab12", Format: "csv", Encoding: "UTF-8", Rows: 4}},
	Rows:  4, Users: 3, Rejected: 1, Managed: []string{"uid", "name"},
	Rejects: user.ListOf([]user.Reject{{
		Source: user.Source{File: "staff.csv", Row: 5}, Header: []string{"uid", "name"}, Cells: []string{"", "Nobody"},
		Defects: []user.Defect{{Column: "uid", Code: user.UIDMissing, Message: "there is no uid"}},
	}}),
}

// small is a plan of one operation of each verb.
func small() *plan.Plan {
	return &plan.Plan{
		Target: head.Target, CreatedAt: head.StartedAt.UTC(), Inputs: roster.Files,
		Operations: []plan.Operation{
			{Verb: plan.Reactivate, UID: "rob", Name: "Rob", Reason: plan.InRoster},
			{Verb: plan.Create, UID: "cleo", Name: "Cleo", Reason: plan.Missing, Source: user.Source{File: "staff.csv", Row: 3},
				Changes: []plan.Change{
					{Field: user.Name, After: `"Cleo"`},
					{Field: user.Metadata, After: `{"@private":{"pay":9007199254740993}}`},
				}},
			{Verb: plan.Update, UID: "anna", Name: "Anna", Reason: plan.Differs, Source: user.Source{File: "staff.csv", Row: 2},
				Changes: []plan.Change{
					{Field: user.Name, Before: `"<A & B>"`, After: "\"Zo\u00eb\\n\u2028\""},
					{Field: user.Avatar, Before: `"https://a.example/1"`},
				}},
			{Verb: plan.Deactivate, UID: "bob", Name: "Bob", Reason: plan.Absent},
		},
		NewRoles: []string{"staff"},
		Remote:   plan.Remote{Active: 2, Deactivated: 1, InScope: 3},
	}
}

// story is a run with everything in it that a record can hold.
func story(t testing.TB, dir string) *Journal {
	t.Helper()
	j := create(t, dir)
	do(t, j.Plan(small(), roster),
		j.RoleSent("staff"),
		j.RoleDone("staff", "POST /roles: 403"),
		j.Sent(0),
		j.Done(0, plan.Result{Outcome: plan.Applied, Attempts: 1, Did: plan.VerbsOf(plan.Reactivate)}),
		j.Sent(1, 2),
		j.Done(1, plan.Result{Outcome: plan.Applied, Attempts: 3, Did: plan.VerbsOf(plan.Update), Revoked: true,
			Instead: []plan.Change{{Field: user.Name, Before: "{\n\"a\": 1}", After: `"Cleo"`}, {Field: user.Tags, After: `["x"]`}}}),
		j.Done(2, plan.Result{Outcome: plan.Failed, Attempts: 3, Kind: plan.BadInput, Status: 400, Code: "ERR_BAD_REQUEST",
			Message: "PUT /users/anna: 400 <\xff>", Details: map[string][]string{"name": {"too long", "no \"good\""}, "avatar": {}}}),
		j.Sent(3),
	)
	return j
}

var ended = End{Result: "partial", ExitCode: 3, Problem: "the key was refused", Requests: 7, Sums: "0a9b"}

func TestForm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "app-1a2b")
	j := story(t, dir)
	do(t, j.End(ended))
	if want := filepath.Join(dir, "journal", head.Run+".jsonl"); j.path != want {
		t.Errorf("the path is %s, want %s", j.path, want)
	}
	text, err := os.ReadFile(j.path)
	if err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/journal.jsonl"
	if *update {
		do(t, os.WriteFile(golden, text, 0o644))
	}
	if want, err := os.ReadFile(golden); err != nil || !bytes.Equal(text, want) {
		t.Errorf("%v, the file is\n%s\nwant\n%s", err, text, want)
	}
}

// TestModes keep others from reading what is in a journal: it holds @private values.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	state := filepath.Join(t.TempDir(), "state")
	dir := Dir(state, "1a2b")
	l, err := take(context.Background(), dir, Holder{PID: 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	j := create(t, dir)
	defer j.Close()
	files := 0
	err = filepath.WalkDir(state, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %o", path, info.Mode().Perm())
		}
		return nil
	})
	if err != nil || files != 3 {
		t.Errorf("%d files, %v", files, err)
	}
}

// TestCreateAgain never writes into the record of another run.
func TestCreateAgain(t *testing.T) {
	dir := t.TempDir()
	j := create(t, dir)
	do(t, j.Plan(small(), nil), j.Sent(0))
	before, _ := os.ReadFile(j.path)
	if _, err := Create(dir, head, clock()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second journal of the same run: %v", err)
	}
	if after, _ := os.ReadFile(j.path); !bytes.Equal(before, after) {
		t.Errorf("the first journal is now %s", after)
	}
	do(t, j.End(End{Result: "converged"}))
}

func TestCreateNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "app-1a2b")} {
		if _, err := Create(dir, head, clock()); err == nil || !strings.Contains(err.Error(), "--state-dir") {
			t.Errorf("below a file: %v", err)
		}
		if _, err := take(context.Background(), dir, Holder{}, 0); err == nil || !strings.Contains(err.Error(), "--state-dir") {
			t.Errorf("a lock below a file: %v", err)
		}
	}
}

// TestNames stay within the journal's directory, whatever a run is called.
func TestNames(t *testing.T) {
	dir := t.TempDir()
	for _, run := range []string{"", ".", "..", "../x", "a/b", "/etc/passwd"} {
		h := head
		h.Run = run
		if _, err := Create(dir, h, clock()); err == nil || !strings.Contains(err.Error(), "is not a run") {
			t.Errorf("create %q: %v", run, err)
		}
		if _, err := Read(dir, run); err == nil || !strings.Contains(err.Error(), "is not a run") {
			t.Errorf("read %q: %v", run, err)
		}
		if _, _, err := Reopen(dir, run, clock()); err == nil || !strings.Contains(err.Error(), "is not a run") {
			t.Errorf("reopen %q: %v", run, err)
		}
	}
}

func TestAfterEnd(t *testing.T) {
	j := create(t, t.TempDir())
	do(t, j.Plan(small(), nil), j.Sent(0), j.End(End{Result: "converged"}))
	for name, err := range map[string]error{
		"plan": j.Plan(small(), nil), "sent": j.Sent(1), "done": j.Done(0, plan.Result{Outcome: plan.Applied}), "left": j.Left(2,
			plan.Result{Outcome: plan.Drifted}),
		"role": j.RoleSent("x"), "role done": j.RoleDone("x", ""), "end": j.End(End{}), "close": j.Close(),
	} {
		if !errors.Is(err, os.ErrClosed) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
}

// TestOutOfOrder refuses what could not be read again, and the record goes on.
func TestOutOfOrder(t *testing.T) {
	dir := t.TempDir()
	j := create(t, dir)
	applied, drifted := plan.Result{Outcome: plan.Applied}, plan.Result{Outcome: plan.Drifted}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"sent before the plan": {j.Sent(0), "there is no operation 0: the plan on record has 0"},
		"done before the plan": {j.Done(0, applied), "there is no operation 0"},
		"left before the plan": {j.Left(0, drifted), "there is no operation 0"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	do(t, j.Plan(small(), nil), j.Sent(1))
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a second plan":        {j.Plan(small(), nil), "has its plan"},
		"sent beyond the plan": {j.Sent(0, 4), "there is no operation 4: the plan on record has 4"},
		"sent below":           {j.Sent(-1), "there is no operation -1"},
		"done and not sent":    {j.Done(0, applied), "operation 0 is done, and was not sent"},
		"no outcome":           {j.Done(1, plan.Result{}), "no outcome"},
		"left beyond the plan": {j.Left(4, drifted), "there is no operation 4"},
		"left below":           {j.Left(-1, drifted), "there is no operation -1"},
		"left and sent":        {j.Left(1, drifted), "operation 1 is left, and was sent"},
		"left, no outcome":     {j.Left(2, plan.Result{}), "it is answered or left, and has no outcome"},
		"left, applied":        {j.Left(2, applied), "operation 2 is applied, and was not sent"},
		"left, unknown":        {j.Left(2, plan.Result{Outcome: plan.Unknown}), "operation 2 is unknown, and was not sent"},
		"left twice":           {errors.Join(j.Left(3, drifted), j.Left(3, drifted)), "operation 3 is left a second time"},
		"sent and left":        {j.Sent(2, 3), "operation 3 was left, and is not to be sent"},
		"done and left":        {j.Done(3, applied), "operation 3 is done, and was not sent"},
		"no JSON": {j.Done(1, plan.Result{Outcome: plan.Applied, Instead: []plan.Change{{Field: user.Name, Before: "no JSON"}}}),
			"name: its value is not JSON"},
	} {
		if c.err == nil || !strings.HasPrefix(c.err.Error(), "journal: ") || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
	do(t, j.Sent(), j.Done(1, applied), j.End(End{Result: "converged"}))
	r, err := Read(dir, head.Run)
	if err != nil || len(r.InDoubt()) != 0 || r.Marks[0].Sent || !r.Marks[1].Sent || r.Marks[2].Sent ||
		!slices.Equal(left(r), []int{3}) || r.Results[1].Outcome != plan.Applied || r.End == nil {
		t.Errorf("the record is %+v, %v", r, err)
	}
}
