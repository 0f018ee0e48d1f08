package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

var head = Head{
	Run: "20260802T031504Z-a1b2c3", Command: "sync", Version: "1.2.3",
	Target:    plan.Target{AppID: "1a2b", Region: "eu", BaseURL: "https://1a2b.api-eu.example/v3"},
	StartedAt: time.Date(2026, 8, 2, 5, 15, 4, 0, time.FixedZone("", 2*60*60)), Operations: 2,
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

var update = plan.Operation{Verb: plan.Update, UID: "anna", Changes: []plan.Change{
	{Field: user.Name, Before: `"<A & B>"`, After: "\"Zo\u00eb\\n\u2028\""},
	{Field: user.Avatar, Before: `"https://a.example/1"`},
	{Field: user.Metadata, After: `{"@private":{"pay":9007199254740993}}`},
}}

const golden = `{"journal":"cometsync.journal/v1","run":"20260802T031504Z-a1b2c3","command":"sync","version":"1.2.3","target":{"appId":"1a2b","region":"eu","baseUrl":"https://1a2b.api-eu.example/v3","sandbox":false},"startedAt":"2026-08-02T03:15:04Z","operations":2}
{"sent":0,"op":"update","uid":"anna","changes":[{"field":"name","before":"<A & B>","after":"Zo` + "\u00eb\\n\u2028" + `"},{"field":"avatar","before":"https://a.example/1","after":null},{"field":"metadata","before":null,"after":{"@private":{"pay":9007199254740993}}}],"at":"2026-08-02T03:15:05Z"}
{"done":0,"outcome":"failed","attempts":3,"code":"ERR_BAD_REQUEST","message":"PUT /users/anna: 400","at":"2026-08-02T03:15:06Z"}
{"sent":1,"op":"deactivate","uid":"bob","at":"2026-08-02T03:15:07Z"}
{"done":1,"outcome":"applied","attempts":1,"at":"2026-08-02T03:15:08Z"}
{"end":"partial","exitCode":3,"at":"2026-08-02T03:15:09Z"}
`

func TestForm(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state", "app-1a2b")
	j := create(t, dir)
	for _, err := range []error{
		j.Sent(0, &update),
		j.Done(0, plan.Result{Outcome: plan.Failed, Attempts: 3, Code: "ERR_BAD_REQUEST", Message: "PUT /users/anna: 400"}),
		j.Sent(1, &plan.Operation{Verb: plan.Deactivate, UID: "bob"}),
		j.Done(1, plan.Result{Outcome: plan.Applied, Attempts: 1}),
		j.End("partial", 3),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if want := filepath.Join(dir, "journal", head.Run+".jsonl"); j.Path() != want {
		t.Errorf("the path is %s, want %s", j.Path(), want)
	}
	text, err := os.ReadFile(j.Path())
	if err != nil || string(text) != golden {
		t.Errorf("%v, the file is\n%s\nwant\n%s", err, text, golden)
	}
}

// TestModes keep others from reading what is in a journal: it holds @private values.
func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no such modes")
	}
	state := filepath.Join(t.TempDir(), "state")
	dir := Dir(state, "1a2b")
	l, err := Acquire(dir, Holder{PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Release()
	j := create(t, dir)
	defer j.End("converged", 0)
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
	if err := j.Sent(0, &update); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(j.Path())
	if _, err := Create(dir, head, clock()); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second journal of the same run: %v", err)
	}
	if after, _ := os.ReadFile(j.Path()); !bytes.Equal(before, after) {
		t.Errorf("the first journal is now %s", after)
	}
	if err := j.End("converged", 0); err != nil {
		t.Error(err)
	}
}

func TestCreateNowhere(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(file, head, clock()); err == nil || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("below a file: %v", err)
	}
	if _, err := Acquire(file, Holder{}); err == nil || !strings.Contains(err.Error(), "--state-dir") {
		t.Errorf("a lock below a file: %v", err)
	}
}

// TestFullDisk stops for good at the first record that can't be written, even
// where later ones could be: a gap would be taken for operations never sent.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full")
	}
	j := create(t, t.TempDir())
	good := j.file
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	j.file = full
	first := j.Sent(0, &update)
	if first == nil || !strings.HasPrefix(first.Error(), "journal: ") || !strings.Contains(first.Error(), "no space") {
		t.Fatalf("the error is %v", first)
	}
	j.file = good
	if err := j.Sent(1, &update); err != first {
		t.Errorf("the next record: %v", err)
	}
	if err := j.Done(0, plan.Result{Outcome: plan.Applied}); err != first {
		t.Errorf("an answer: %v", err)
	}
	if err := j.End("failed", 1); err != first {
		t.Errorf("the end: %v", err)
	}
	if text, _ := os.ReadFile(good.Name()); bytes.Count(text, []byte("\n")) != 1 {
		t.Errorf("the file is\n%s", text)
	}
}

func TestAfterEnd(t *testing.T) {
	j := create(t, t.TempDir())
	if err := j.End("converged", 0); err != nil {
		t.Fatal(err)
	}
	if err := j.Sent(0, &update); !errors.Is(err, os.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// TestUnwritable operations are refused, and the record goes on.
func TestUnwritable(t *testing.T) {
	j := create(t, t.TempDir())
	if err := j.Sent(0, &plan.Operation{Verb: plan.Update, UID: "anna", Changes: []plan.Change{{Field: user.Name, After: `no JSON`}}}); err == nil || !strings.HasPrefix(err.Error(), "journal: ") {
		t.Errorf("the error is %v", err)
	}
	if err := j.Sent(1, &update); err != nil {
		t.Error(err)
	}
	if err := j.End("failed", 1); err != nil {
		t.Error(err)
	}
	if text, _ := os.ReadFile(j.Path()); bytes.Count(text, []byte("\n")) != 3 {
		t.Errorf("the file is\n%s", text)
	}
}

// TestConcurrent writers keep their lines whole, and each its own order.
func TestConcurrent(t *testing.T) {
	j := create(t, t.TempDir())
	const writers, each = 16, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			o := update
			o.UID = strings.Repeat(string(rune('a'+w)), 1+w*100)
			for k := range each {
				i := w*each + k
				if err := j.Sent(i, &o); err != nil {
					t.Error(err)
				}
				if err := j.Done(i, plan.Result{Outcome: plan.Applied, Message: o.UID}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if err := j.End("converged", 0); err != nil {
		t.Fatal(err)
	}
	sent, done := indices(t, j.Path())
	if len(sent) != writers*each || len(done) != writers*each {
		t.Errorf("%d sent and %d done", len(sent), len(done))
	}
	for i, at := range sent {
		if done[i] <= at {
			t.Errorf("%d is sent in line %d and done in line %d", i, at, done[i])
		}
	}
}

// indices reads which operations are on record as sent and as done, by line. An
// incomplete last line, as of a process that died, is left out.
func indices(t testing.TB, path string) (sent, done map[int]int) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sent, done = map[int]int{}, map[int]int{}
	n := 0
	for line := range bytes.Lines(text) {
		if n++; !bytes.HasSuffix(line, []byte("\n")) {
			break
		}
		var r struct{ Sent, Done *int }
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
		if r.Sent != nil {
			sent[*r.Sent] = n
		}
		if r.Done != nil {
			done[*r.Done] = n
		}
	}
	return sent, done
}

// TestMain is also the processes that the tests kill.
func TestMain(m *testing.M) {
	switch os.Getenv("JOURNAL_TEST") {
	case "write":
		child(writeForEver(os.Args[1]))
	case "lock":
		child(lockForEver(os.Args[1]))
	}
	os.Exit(m.Run())
}

func child(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// writeForEver says which operations it may have sent.
func writeForEver(dir string) error {
	j, err := Create(dir, head, time.Now)
	if err != nil {
		return err
	}
	var next, out sync.Mutex
	n := 0
	for range 4 {
		go func() {
			for {
				next.Lock()
				i := n
				n++
				next.Unlock()
				if err := j.Sent(i, &update); err != nil {
					child(err)
				}
				out.Lock()
				fmt.Println(i)
				out.Unlock()
				if err := j.Done(i, plan.Result{Outcome: plan.Applied}); err != nil {
					child(err)
				}
			}
		}()
	}
	select {}
}

func start(t testing.TB, what, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, dir)
	cmd.Env = append(os.Environ(), "JOURNAL_TEST="+what)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd, bufio.NewScanner(out)
}

// TestKill has a process die at any moment: what it said to be sent is on record.
func TestKill(t *testing.T) {
	rounds := 8
	if testing.Short() {
		rounds = 2
	}
	for round := range rounds {
		dir := t.TempDir()
		cmd, lines := start(t, "write", dir)
		said := map[int]bool{}
		for lines.Scan() {
			i, err := strconv.Atoi(lines.Text())
			if err != nil {
				break // the line that it died in
			}
			if said[i] = true; len(said) == 10+97*round {
				// It writes on while it is being killed, and this reads on.
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		sent, done := indices(t, filepath.Join(dir, "journal", head.Run+".jsonl"))
		for i := range said {
			if sent[i] == 0 {
				t.Errorf("round %d: %d was sent and is not on record (%d are)", round, i, len(sent))
			}
		}
		for i, at := range done {
			if sent[i] == 0 || sent[i] > at {
				t.Errorf("round %d: %d is done in line %d and sent in line %d", round, i, at, sent[i])
			}
		}
		if len(said) < 10 {
			t.Errorf("round %d: the process died by itself after %d", round, len(said))
		}
	}
}
