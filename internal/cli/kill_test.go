package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"cometsync/internal/sandbox"
	"cometsync/internal/slow"
)

// TestKill kills runs of 1,000 operations at moments of chance, some of them or
// COMETSYNC_KILLS. Afterwards one more run has to end with the app exactly as
// planned, with no user created twice, balanced books, and every operation
// that was sent on record. Then both runs are undone, and the app has to be as
// it was, but for users that were changed in between.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := slow.Times(3, 20)
	if slow.Race {
		kills = slow.Times(1, 6)
	}
	if s := os.Getenv("COMETSYNC_KILLS"); s != "" {
		var err error
		if kills, err = strconv.Atoi(s); err != nil {
			t.Fatal(err)
		}
	}
	bin := build(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	var planned map[string]person
	writes := 0
	for i := range kills + 1 {
		w := newKillWorld(t, bin, random)
		before := w.people()
		if i == 0 { // one that nobody kills, to know what the others have to come to
			w.run(0, "sync", "roster.csv", "--report-dir", "r")
			planned, writes = w.people(), w.writes
			continue
		}
		w.killAt = 1 + random.IntN(writes)
		w.killLate = random.IntN(2) == 0
		w.run(-1, "sync", "roster.csv", "--report-dir", "died")
		w.run(0, "sync", "roster.csv", "--report-dir", "r")
		if now := w.people(); !maps.EqualFunc(now, planned, person.same) {
			t.Fatalf("kill %d at write %d: the app is not as planned: %s", i, w.killAt, differing(now, planned))
		}
		w.checkRecord()
		w.checkBooks("r")
		runs := w.runs()
		if len(runs) != 2 || runs[1].planned() && w.fileMissing("died") {
			t.Fatalf("kill %d at write %d: runs %+v", i, w.killAt, runs)
		}
		changed := w.changeByHand(planned)
		code := 0
		for _, r := range runs { // newest first
			if got := w.run(-2, "undo", r.ID, "--report-dir", "u"); got != 0 && got != 3 {
				t.Fatalf("kill %d at write %d: undo exits with %d", i, w.killAt, got)
			} else {
				code = max(code, got)
			}
			w.checkBooks("u")
		}
		if code != 3 {
			t.Fatalf("kill %d: %s was changed by hand, and no undo tells", i, changed)
		}
		after := w.people()
		for uid, p := range after {
			_, had := before[uid]
			switch {
			case uid == changed:
				if p.Name != "By hand" {
					t.Fatalf("kill %d: the undo wrote over %s, changed by hand: %+v", i, uid, p)
				}
			case !had && !p.Deactivated:
				t.Fatalf("kill %d at write %d: %s was created, and is active after the undo", i, w.killAt, uid)
			case had && !p.same(before[uid]):
				t.Fatalf("kill %d at write %d: %s is %+v after the undo, and was %+v", i, w.killAt, uid, p, before[uid])
			}
		}
		if len(after) < len(before) {
			t.Fatalf("kill %d: %d people, and there were %d", i, len(after), len(before))
		}
	}
}

type person struct {
	Name, Role, StatusMessage, Metadata string
	Tags                                []string
	Deactivated                         bool
}

func (p person) same(q person) bool {
	return p.Name == q.Name && p.Role == q.Role && p.StatusMessage == q.StatusMessage && p.Metadata == q.Metadata &&
		p.Deactivated == q.Deactivated && slices.Equal(p.Tags, q.Tags)
}

func differing(a, b map[string]person) string {
	var text strings.Builder
	for uid, p := range b {
		if !p.same(a[uid]) {
			fmt.Fprintf(&text, "%s is %+v, not %+v; ", uid, a[uid], p)
		}
	}
	for uid := range a {
		if _, ok := b[uid]; !ok {
			fmt.Fprintf(&text, "%s is there; ", uid)
		}
	}
	return text.String()
}

// killWorld is an app in this process, and runs that work on it over a socket.
type killWorld struct {
	t      *testing.T
	bin    string
	dir    string
	url    string
	box    *sandbox.Sandbox
	random *rand.Rand

	mu       sync.Mutex
	writes   int
	created  map[string]int // answered creates by uid
	asked    []string       // whom writes were about, as cmdJournal has them
	victim   *os.Process
	killAt   int  // the write at which it dies; 0: none
	killLate bool // once the work is done, instead of before
}

const (
	killApp     = 600 // users at first
	killCreates = 400
)

func newKillWorld(t *testing.T, bin string, random *rand.Rand) *killWorld {
	t.Helper()
	w := &killWorld{t: t, bin: bin, dir: t.TempDir(), random: random, box: sandbox.New(sandbox.Config{Key: "sandbox"}),
		created: map[string]int{}}
	var state, roster strings.Builder
	roster.WriteString("uid,name,tags,statusMessage,metadata.dept\n")
	for i := range killApp {
		gone := ""
		if i%6 == 0 { // deactivated, and wanted back with changes
			gone = `,"deactivatedAt":1700000000`
		}
		fmt.Fprintf(&state, `{"uid":"u%03d","name":"User %d","tags":["a","b"],"metadata":{"dept":"hr","floor":%d},"createdAt":%d%s}`+"\n", i,
			i, i%9, 1_600_000_000+i, gone)
		if i%6 != 5 { // who lacks is deactivated
			fmt.Fprintf(&roster, "u%03d,User %d new,a|c,hello,it\n", i, i)
		}
	}
	for i := range killCreates {
		fmt.Fprintf(&roster, "n%03d,New %d,a,,ops\n", i, i)
	}
	if err := w.box.Load(strings.NewReader(state.String())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "roster.csv"), []byte(roster.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	w.url = server.URL + "/v3"
	return w
}

func (w *killWorld) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		w.box.ServeHTTP(rw, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	asked, err := writes(r.Method + " " + r.URL.Path + " " + string(body))
	if err != nil {
		w.t.Error(err)
	}
	w.mu.Lock()
	w.writes++
	dies := w.writes == w.killAt && w.victim != nil
	victim := w.victim
	w.asked = append(w.asked, asked...)
	w.mu.Unlock()
	if dies && !w.killLate {
		_ = victim.Kill()
	}
	answer := httptest.NewRecorder()
	w.box.ServeHTTP(answer, r)
	if dies && w.killLate {
		_ = victim.Kill()
	}
	if uid, ok := strings.CutPrefix(strings.Join(asked, " "), "create "); ok && answer.Code == http.StatusOK {
		w.mu.Lock()
		w.created[uid]++
		w.mu.Unlock()
	}
	maps.Copy(rw.Header(), answer.Header())
	rw.WriteHeader(answer.Code)
	_, _ = rw.Write(answer.Body.Bytes())
}

// run runs the program; want is its exit code, -1 for being killed, -2 for any.
func (w *killWorld) run(want int, args ...string) int {
	w.t.Helper()
	cmd := exec.Command(filepath.Join(w.bin, "cometsync"), append(args, "--base-url", w.url, "--state-dir", "state", "--rate-core",
		"10000000", "--rate-standard", "10000000",
		"--rate-share", "100%", "--concurrency", "8", "--max-deactivate", "none", "--max-rejects", "0")...)
	if args[0] == "undo" {
		cmd.Args = cmd.Args[:len(cmd.Args)-2]
	}
	cmd.Dir = w.dir
	cmd.Env = []string{"HOME=" + w.dir, "COMETSYNC_PATIENCE=0s", "GORACE=atexit_sleep_ms=0", "COMETCHAT_API_KEY=sandbox"}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	w.mu.Lock()
	if w.victim = nil; want == -1 {
		w.victim = cmd.Process
	}
	w.mu.Unlock()
	_ = cmd.Wait() // the code says it
	code := cmd.ProcessState.ExitCode()
	if want != -2 && code != want {
		w.t.Fatalf("%q exits with %d, not %d:\n%s", args, code, want, out.String())
	}
	return code
}

// people is everybody in the app.
func (w *killWorld) people() map[string]person {
	w.t.Helper()
	var state bytes.Buffer
	if err := w.box.Save(&state); err != nil {
		w.t.Fatal(err)
	}
	all := map[string]person{}
	for line := range bytes.Lines(state.Bytes()) {
		var u struct {
			UID, Name, Role, StatusMessage string
			Tags                           []string
			Metadata                       json.RawMessage
			DeactivatedAt                  int64
		}
		if err := json.Unmarshal(line, &u); err != nil {
			w.t.Fatal(err)
		}
		if u.UID == "" {
			continue // a role
		}
		slices.Sort(u.Tags)
		var metadata any
		_ = json.Unmarshal(u.Metadata, &metadata) // none is none
		canonical, err := json.Marshal(metadata)
		if err != nil {
			w.t.Fatal(err)
		}
		all[u.UID] = person{u.Name, u.Role, u.StatusMessage, string(canonical), u.Tags, u.DeactivatedAt > 0}
	}
	return all
}

// checkRecord wants all that was asked of the app to be on record as sent, and
// nobody to have been created twice.
func (w *killWorld) checkRecord() {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "state/app-*/journal/*.jsonl"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("journals: %q, %v", files, err)
	}
	recorded := map[string]bool{}
	for _, f := range files {
		if err := readJournal(f, recorded); err != nil {
			w.t.Fatal(err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, who := range w.asked {
		if !recorded[who] {
			w.t.Fatalf("%s was sent, and is not on record", who)
		}
	}
	for uid, n := range w.created {
		if n > 1 {
			w.t.Fatalf("%s was created %d times", uid, n)
		}
	}
	if len(w.created) != killCreates {
		w.t.Fatalf("%d users were created, not %d", len(w.created), killCreates)
	}
}

func (w *killWorld) checkBooks(dir string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, dir, "report.json"))
	if err == nil {
		err = checkBooks(text)
	}
	if err != nil {
		w.t.Fatalf("%s/report.json: %v", dir, err)
	}
}

func (w *killWorld) fileMissing(dir string) bool {
	_, err := os.Stat(filepath.Join(w.dir, dir, "report.json"))
	return err != nil
}

type listedRun struct {
	ID      string
	NotSent int
	Summary map[string]struct{ Planned int }
}

// planned reports whether the run had come to a plan when it ended.
func (r listedRun) planned() bool {
	n := r.NotSent
	for _, c := range r.Summary {
		n += c.Planned
	}
	return n > 0
}

// runs are the runs on record, newest first.
func (w *killWorld) runs() []listedRun {
	w.t.Helper()
	cmd := exec.Command(filepath.Join(w.bin, "cometsync"), "runs", "--state-dir", "state", "--output", "json")
	cmd.Dir, cmd.Env = w.dir, []string{"HOME=" + w.dir}
	out, err := cmd.Output()
	var list struct{ Runs []listedRun }
	if err == nil {
		err = json.Unmarshal(out, &list)
	}
	if err != nil {
		w.t.Fatalf("runs: %v\n%s", err, out)
	}
	return list.Runs
}

// changeByHand gives one of those whom the roster names and the app had
// another name, and says who it is.
func (w *killWorld) changeByHand(planned map[string]person) string {
	w.t.Helper()
	uids := slices.Sorted(maps.Keys(planned))
	for {
		uid := uids[w.random.IntN(len(uids))]
		if planned[uid].Deactivated || uid[0] == 'n' {
			continue
		}
		r := httptest.NewRequest(http.MethodPut, w.url+"/users/"+uid, strings.NewReader(`{"name":"By hand"}`))
		r.Header.Set("apikey", "sandbox")
		answer := httptest.NewRecorder()
		w.box.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK {
			w.t.Fatal(answer.Code, answer.Body.String())
		}
		return uid
	}
}
