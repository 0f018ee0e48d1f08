package cli_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"cometsync/internal/sandbox"
	"cometsync/internal/slow"
)

// reviewWorld is an app, a roster and a reviewer, all of chance.
type reviewWorld struct {
	t      *testing.T
	random *rand.Rand
	dir    string
	url    string
	box    *sandbox.Sandbox
	seed   uint64
}

var reviewFaults = []string{
	"500=10%", "503=10%", "429=10%", "create:cut-after=20%", "update:cut-before=20%", "deactivate:exception-after=50%",
	"drop=name,20%", "forget=tags,20%", "deactivate:partial=1", "reactivate:partial=1", "update:404", "truncate=5%", "empty=5%", "html=5%",
}

func newReviewWorld(t *testing.T, seed uint64) *reviewWorld {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	w := &reviewWorld{t: t, random: random, dir: t.TempDir(), seed: seed}
	config := sandbox.Config{Key: "key", Seed: seed, MergeMetadata: random.IntN(2) == 0}
	for range random.IntN(3) {
		if f, err := sandbox.ParseFault(reviewFaults[random.IntN(len(reviewFaults))]); err == nil {
			config.Faults = append(config.Faults, f)
		}
	}
	w.box = sandbox.New(config)
	var state, roster strings.Builder
	roster.WriteString("uid,name,tags,state,metadata.dept\n")
	for i := range 2 + random.IntN(40) {
		off := ""
		if random.IntN(5) == 0 {
			off = `,"deactivatedAt":1700000000`
		}
		uid := fmt.Sprintf("u%02d", i)
		fmt.Fprintf(&state, `{"uid":%q,"name":"User %d","tags":["a"],"metadata":{"dept":"hr","seen":%d}%s}`+"\n", uid, i, i, off)
		if random.IntN(4) > 0 {
			w.row(&roster, uid)
		}
		if random.IntN(12) == 0 {
			w.row(&roster, uid) // twice, alike or not
		}
	}
	for i := range random.IntN(10) {
		w.row(&roster, fmt.Sprintf("n%02d", i))
	}
	if random.IntN(3) == 0 {
		roster.WriteString("not a uid!,Somebody,,,\n")
	}
	roster.WriteString("always,Always there,,,\n")
	if err := w.box.Load(strings.NewReader(state.String())); err != nil {
		t.Fatal(err)
	}
	w.write("roster.csv", roster.String())
	server := httptest.NewServer(w.box)
	t.Cleanup(server.Close)
	w.url = server.URL + "/v3"
	return w
}

func (w *reviewWorld) row(b *strings.Builder, uid string) {
	pick := func(words ...string) string { return words[w.random.IntN(len(words))] }
	fmt.Fprintf(b, "%s,%s,%s,%s,%s\n", uid, pick("User", "Somebody else", "User "+uid[1:], ""), pick("", "a", "a|b"),
		pick("", "active", "active", "left", "perhaps"), pick("", "hr", "it"))
}

func (w *reviewWorld) write(name, text string) {
	w.t.Helper()
	writeFile(w.t, filepath.Join(w.dir, name), text)
}

func (w *reviewWorld) run(args ...string) (code int, output string) {
	code, stdout, stderr := invoke(w.t, time.Now, []string{"HOME=" + w.dir, "COMETCHAT_API_KEY=key"},
		append(args, "--state-dir", filepath.Join(w.dir, "state"))...)
	return code, stdout + stderr
}

func (w *reviewWorld) people() map[string]string {
	w.t.Helper()
	var state bytes.Buffer
	if err := w.box.Save(&state); err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	for line := range bytes.Lines(state.Bytes()) {
		var u map[string]any
		if err := json.Unmarshal(line, &u); err != nil {
			w.t.Fatal(err)
		}
		for _, key := range []string{"updatedAt", "lastActiveAt", "createdAt"} {
			delete(u, key)
		}
		if at, ok := u["deactivatedAt"].(float64); ok {
			u["deactivatedAt"] = at > 0
		}
		uid, ok := u["uid"].(string)
		if !ok {
			continue // a role
		}
		text, err := json.Marshal(u)
		if err != nil {
			w.t.Fatal(err)
		}
		all[uid] = string(text)
	}
	return all
}

// byHand renames a user as somebody else would, if the service lets it.
func (w *reviewWorld) byHand(uid string) {
	r, err := http.NewRequest(http.MethodPut, w.url+"/users/"+uid, strings.NewReader(`{"name":"By hand"}`))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("apikey", "key")
	r.Header.Set("Content-Type", "application/json")
	if resp, err := http.DefaultClient.Do(r); err == nil {
		resp.Body.Close()
	}
}

type operated struct {
	UID, Op, ID, Outcome string
	Error                struct{ Code string }
}

func (w *reviewWorld) report(dir string) (text []byte, operations []operated) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, dir, "report.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	var r struct{ Operations []operated }
	if err := json.Unmarshal(text, &r); err != nil {
		w.t.Fatal(err)
	}
	return text, r.Operations
}

// Whatever the roster, the reviewer and the service do: only what was decided
// to be applied is written, nobody else is touched, the books of every report
// balance, what a report calls applied is so, and the proof holds. The
// cases are the same every time; COMETSYNC_SEED is the seed of one, or random.
func TestReviewProperty(t *testing.T) {
	t.Parallel()
	cases := slow.Times(8, 40)
	if slow.Race {
		cases = slow.Times(4, 12)
	}
	seeds := os.Getenv("COMETSYNC_SEED")
	again, err := strconv.ParseUint(seeds, 10, 64)
	if err == nil {
		cases = 1
	}
	for i := range cases {
		seed := uint64(i)
		switch {
		case err == nil:
			seed = again
		case seeds == "random":
			seed = uint64(time.Now().UnixNano())
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			newReviewWorld(t, seed).check()
		})
	}
}

func (w *reviewWorld) path(name string) string { return filepath.Join(w.dir, name) }

func (w *reviewWorld) check() {
	t := w.t
	target := []string{"--base-url", w.url, "--rate-share", "100%", "--rate-core", "10000000", "--rate-standard", "10000000"}
	code, out := w.run(append([]string{"plan", w.path("roster.csv"), "--report-dir", w.path("p"), "--max-deactivate", "none"},
		target...)...)
	if code != 0 {
		return // the service did not let it read; nothing to apply
	}
	text, planned := w.report("p")
	if err := checkBooks(text); err != nil {
		t.Fatalf("plan: %v\n%s", err, out)
	}
	if code, out := w.run("verify", w.path("p")); code != 0 {
		t.Fatalf("verify of the plan exits with %d:\n%s", code, out)
	}
	for _, o := range planned {
		if w.random.IntN(6) == 0 {
			w.byHand(o.UID)
		}
	}
	before := w.people()
	wanted, decisions := w.decide(planned)
	args := append([]string{"apply", w.path("p/plan.json"), "--report-dir", w.path("r"), "--settle", "0s"}, target...)
	code, out = w.run(append(args, decisions...)...)
	if code != 0 && code != 3 && code != 1 {
		t.Fatalf("apply exits with %d:\n%s", code, out)
	}
	if _, err := os.Stat(w.path("r")); err != nil {
		if code != 1 {
			t.Fatalf("no report, and apply exits with %d:\n%s", code, out)
		}
		return
	}
	text, done := w.report("r")
	if err := checkBooks(text); err != nil {
		t.Fatalf("apply: %v\n%s", err, out)
	}
	w.checkWritten(before, w.people(), w.touchable(planned, done, wanted), done, out)
	if code, out := w.run("verify", "last"); code != 0 {
		t.Errorf("verify exits with %d:\n%s", code, out)
	}
	if len(planned) > 0 {
		uid := planned[w.random.IntN(len(planned))].UID
		if code, out := w.run("explain", "last", uid); code != 0 || !strings.Contains(out, uid) {
			t.Errorf("explain %s exits with %d:\n%s", uid, code, out)
		}
	}
}

// decide has somebody decide on what is planned, or on nothing: who is wanted to be
// written, and the options that say so.
func (w *reviewWorld) decide(planned []operated) (wanted map[string]bool, args []string) {
	wanted = map[string]bool{}
	var decisions strings.Builder
	decisions.WriteString("decision,uid\n")
	decided := w.random.IntN(4) > 0
	for _, o := range planned {
		word := []string{"apply", "apply", "Apply ", "hold", "never", "", "whatever"}[w.random.IntN(7)]
		if !decided || strings.TrimSpace(strings.ToLower(word)) == "apply" {
			wanted[o.UID] = true
		}
		if w.random.IntN(10) > 0 {
			fmt.Fprintf(&decisions, "%s,%s\n", word, o.UID)
		} else if decided {
			delete(wanted, o.UID)
		}
	}
	if !decided {
		return wanted, nil
	}
	if w.random.IntN(3) == 0 {
		decisions.WriteString("apply,nobody-of-this-plan\n")
	}
	w.write("decisions.csv", decisions.String())
	return wanted, []string{"--decisions", w.path("decisions.csv")}
}

// touchable is who may have been written.
func (w *reviewWorld) touchable(planned, done []operated, wanted map[string]bool) map[string]bool {
	if len(done) != len(planned) {
		w.t.Fatalf("%d operations, and %d were planned", len(done), len(planned))
	}
	touchable := map[string]bool{}
	for i, o := range done {
		if o.UID != planned[i].UID || o.Op != planned[i].Op || o.ID != planned[i].ID || o.ID == "" {
			w.t.Fatalf("operation %d is %+v, and was planned as %+v", i, o, planned[i])
		}
		if wanted[o.UID] && o.Outcome != "drifted" {
			touchable[o.UID] = true
		}
		if o.Outcome == "applied" && !wanted[o.UID] {
			w.t.Errorf("%s %s was applied, and nobody decided so", o.Op, o.UID)
		}
	}
	return touchable
}

// checkWritten wants nobody else to have been written, and what is called applied to be so.
func (w *reviewWorld) checkWritten(before, after map[string]string, touchable map[string]bool, done []operated, out string) {
	for uid, was := range before {
		now := after[uid]
		if now != was && !touchable[uid] {
			w.t.Errorf("%s was touched: %s became %s\n%s", uid, was, now, out)
		}
		if strings.Contains(was, `"By hand"`) && !strings.Contains(now, `"By hand"`) {
			w.t.Errorf("%s was renamed by hand after the plan, and that was written over: %s became %s", uid, was, now)
		}
	}
	for uid := range after {
		if before[uid] == "" && !touchable[uid] {
			w.t.Errorf("%s was created, and nobody decided so\n%s", uid, out)
		}
	}
	for _, o := range done {
		gone := strings.Contains(after[o.UID], `"deactivatedAt":true`)
		if o.Outcome == "applied" && (after[o.UID] == "" || gone != (o.Op == "deactivate")) {
			w.t.Errorf("%s %s is called applied, and the app has %s", o.Op, o.UID, after[o.UID])
		}
	}
}
