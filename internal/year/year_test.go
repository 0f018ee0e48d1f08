// Package year is a school's year with the program: every night a sync of its
// exports, among them every kind of bad one, with waves that were announced, and
// with faults of everything around. What the app has to be like in the morning is
// known, since the school is made up. It knows the program by its command line, and
// the guards by their names.
package year

import (
	"bytes"
	"context"
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

	"cometsync/internal/cli"
	"cometsync/internal/sandbox"
	"cometsync/internal/slow"
)

const nights = 120

// nowVariable makes the test binary, run anew, the program at another time: the
// one that is killed.
const nowVariable = "YEAR_TEST"

func TestMain(m *testing.M) {
	text := os.Getenv(nowVariable)
	if text == "" {
		os.Exit(m.Run())
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(cli.Main(context.Background(), cli.Process{Args: os.Args[1:], Stdout: os.Stdout, Stderr: os.Stderr, Environ: os.Environ(),
		Now: clock(at)}))
}

// clock goes on from a time.
func clock(at time.Time) func() time.Time {
	began := time.Now()
	return func() time.Time { return at.Add(time.Since(began)) }
}

// year is the school, its app, and what ran so far.
type year struct {
	t      *testing.T
	dir    string
	seed   uint64
	school *school

	options []string // of the nightly job, beyond the usual ones
	without string   // the guard that is taken out of the program, which need not trip
	grace   grace

	night   int
	runs    int       // of this night
	exports []*export // of the nights that were good ones
	trips   map[string]int
	alone   map[string]int // of trips, those where a guard was the only one

	url    string
	mu     sync.Mutex // guards what follows
	box    *sandbox.Sandbox
	writes int         // requests of this run that may change the app
	each   func(n int) // is told of each before it is carried out; may be nil
	done   func(n int) // and after
}

// TestYear is a year of 120 nights, which depends on nothing but its seed: 2026, or
// COMETSYNC_YEAR_SEED. Unless all tests are asked for, it is the first half.
func TestYear(t *testing.T) {
	last := slow.Times(nights/2, nights)
	y := newYear(t)
	plans := y.schedule()
	for n := 1; n <= last; n++ {
		y.night, y.runs = n, 0
		if n > 1 {
			y.school.pass(n, y.random(1))
		}
		if p := plans[n]; p.happen != nil {
			p.happen(y)
			continue
		}
		y.good()
	}
	if code, text := y.run("verify", "last"); code != 0 {
		t.Errorf("verify exits with %d:\n%s", code, text)
	}
	if y.without == "" && last == nights {
		y.checkGuards()
	}
}

func newYear(t *testing.T) *year {
	y := &year{t: t, dir: t.TempDir(), seed: 2026, trips: map[string]int{}, alone: map[string]int{}, box: newBox()}
	if without := os.Getenv(withoutVariable); slices.Contains(liftable(t), without) {
		y.without = without // of the others it has to be told that they don't say so
	}
	if text := os.Getenv("COMETSYNC_YEAR_SEED"); text != "" {
		var err error
		if y.seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	y.school = newSchool(y.random(0))
	server := httptest.NewServer(y)
	t.Cleanup(server.Close)
	y.url = server.URL + "/v3"
	return y
}

func newBox(faults ...sandbox.Fault) *sandbox.Sandbox {
	return sandbox.New(sandbox.Config{Key: "sandbox", Faults: faults})
}

// random is a sequence that no other night's draws move.
func (y *year) random(use uint64) *rand.Rand {
	return rand.New(rand.NewPCG(y.seed, uint64(y.night)<<8|use))
}

// ServeHTTP is the app.
func (y *year) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	y.mu.Lock()
	box, each, done := y.box, y.each, y.done
	if r.Method == http.MethodGet {
		each, done = nil, nil
	} else {
		y.writes++
	}
	n := y.writes
	y.mu.Unlock()
	if each != nil {
		each(n)
	}
	if done == nil {
		box.ServeHTTP(w, r)
		return
	}
	answer := httptest.NewRecorder()
	box.ServeHTTP(answer, r)
	done(n)
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// watch has a function told of the writes of the next run, before or after each.
func (y *year) watch(each, done func(n int)) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.writes, y.each, y.done = 0, each, done
}

// fault has something go wrong in the app, until nothing is named.
func (y *year) fault(specs ...string) {
	y.t.Helper()
	var faults []sandbox.Fault
	for _, s := range specs {
		f, err := sandbox.ParseFault(s)
		if err != nil {
			y.t.Fatal(err)
		}
		faults = append(faults, f)
	}
	box := newBox(faults...)
	if err := box.Load(bytes.NewReader(y.saved())); err != nil {
		y.t.Fatal(err)
	}
	y.mu.Lock()
	defer y.mu.Unlock()
	y.box = box
}

// saved is the app as it is.
func (y *year) saved() []byte {
	y.t.Helper()
	y.mu.Lock()
	box := y.box
	y.mu.Unlock()
	var b bytes.Buffer
	if err := box.Save(&b); err != nil {
		y.t.Fatal(err)
	}
	return b.Bytes()
}

// at is when the night's next run begins: at three, and each ten minutes later.
func (y *year) at() time.Time {
	return time.Date(2026, 1, 1, 3, 10*y.runs, 0, 0, time.UTC).AddDate(0, 0, y.night)
}

func (y *year) write(name, text string) string {
	y.t.Helper()
	path := filepath.Join(y.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		y.t.Fatal(err)
	}
	return path
}

// put writes the export where the nightly job looks for it.
func (y *year) put(e *export) {
	y.t.Helper()
	for i, name := range files {
		if e.absent[i] {
			if err := os.Remove(filepath.Join(y.dir, name)); err != nil {
				y.t.Fatal(err)
			}
			continue
		}
		written := y.at().Add(-time.Duration(1+e.age) * time.Hour)
		if err := os.Chtimes(y.write(name, e.text(i)), written, written); err != nil {
			y.t.Fatal(err)
		}
	}
}

func (y *year) stateDir() string { return filepath.Join(y.dir, "state") }
func (y *year) reportDir() string {
	return filepath.Join(y.dir, fmt.Sprintf("report-%03d-%d", y.night, y.runs))
}

// command is the arguments of a command, and what around it is alike every night.
func (y *year) command(args ...string) (all, environment []string) {
	all = append(slices.Clone(args), "--state-dir", y.stateDir())
	if args[0] == "sync" || args[0] == "apply" {
		all = append(all, "--base-url", y.url, "--report-dir", y.reportDir())
	}
	if args[0] == "sync" {
		all = append(all, "--create-roles", "--empty", "clear", "--match", "metadata.@private.email", "--max-source-age", "36h",
			"--max-update", "60", "--max-rejects", "12")
		all = append(all, y.options...)
	}
	return all, []string{"HOME=" + y.dir, "COMETCHAT_API_KEY=sandbox", "COMETSYNC_PATIENCE=0s", "COMETSYNC_RATE_CORE=10000000",
		"COMETSYNC_RATE_STANDARD=10000000"}
}

func (y *year) run(args ...string) (code int, text string) {
	var out bytes.Buffer
	y.runs++
	all, environment := y.command(args...)
	code = cli.Main(y.t.Context(), cli.Process{Args: all, Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Environ: environment,
		Now: clock(y.at())})
	return code, out.String()
}

// sync is the nightly job.
func (y *year) sync(args ...string) (code int, text string) {
	command := []string{"sync"}
	for _, name := range files {
		command = append(command, filepath.Join(y.dir, name))
	}
	return y.run(append(command, args...)...)
}

// reason is why a guard refused the night.
type reason struct{ Name, What, Message, Allow string }

// refusal is the reasons of the latest run.
func (y *year) refusal() []reason {
	y.t.Helper()
	text, err := os.ReadFile(filepath.Join(y.reportDir(), "report.json"))
	if err != nil {
		y.t.Fatalf("night %d: %v", y.night, err)
	}
	var report struct{ Guard struct{ Reasons []reason } }
	if err := json.Unmarshal(text, &report); err != nil {
		y.t.Fatalf("night %d: %v", y.night, err)
	}
	return report.Guard.Reasons
}

// good is a night with a right export, which has to bring the app in line with the
// truth, whatever the nights before it were like.
func (y *year) good(args ...string) {
	y.t.Helper()
	e := y.school.export(y.night)
	y.put(e)
	before := y.users()
	if code, text := y.sync(args...); code != 0 {
		y.t.Fatalf("night %d, with nothing wrong, exits with %d:\n%s", y.night, code, text)
	}
	y.held(before)
	y.count(e, before)
	y.right()
	y.exports = append(y.exports, e)
}

// bad is a night that has to be refused, by the guards at least that are named, and
// to leave the app as it is.
func (y *year) bad(h harm) {
	y.t.Helper()
	e := y.school.export(y.night)
	args := h.do(y, e)
	y.put(e)
	before := y.saved()
	code, text := y.sync(args...)
	y.fault()
	if after := y.saved(); !bytes.Equal(before, after) {
		y.t.Errorf("night %d, %s: it is written to the app: %s", y.night, h.name, differing(parse(y.t, after), parse(y.t, before)))
	}
	if len(h.guards) == 0 {
		if code != 1 {
			y.t.Fatalf("night %d, %s: exits with %d:\n%s", y.night, h.name, code, text)
		}
		return
	}
	if code != 4 {
		y.t.Fatalf("night %d, %s: exits with %d:\n%s", y.night, h.name, code, text)
	}
	names := y.tripped()
	y.t.Logf("night %d, %s: %s", y.night, h.name, strings.Join(names, ", "))
	for _, g := range h.guards {
		if !slices.Contains(names, g) && g != y.without {
			y.t.Errorf("night %d, %s: is refused by %q, and not by %s:\n%s", y.night, h.name, names, g, text)
		}
	}
}

// tripped is the guards that refused the latest run, which are counted.
func (y *year) tripped() []string {
	names := map[string]bool{}
	for _, r := range y.refusal() {
		names[r.Name] = true
	}
	for name := range names {
		y.trips[name]++
		if len(names) == 1 {
			y.alone[name]++
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// self is the program in a process of its own.
func (y *year) self(args ...string) *exec.Cmd {
	y.t.Helper()
	binary, err := os.Executable()
	if err != nil {
		y.t.Fatal(err)
	}
	y.runs++
	all, environment := y.command(args...)
	c := exec.CommandContext(y.t.Context(), binary, all...)
	c.Env = append(environment, "GORACE=atexit_sleep_ms=0", nowVariable+"="+y.at().Format(time.RFC3339))
	c.Stdout, c.Stderr = io.Discard, io.Discard
	return c
}
