package monitor

import (
	"bytes"
	"cometsync/internal/plan"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

var (
	three = 3
	whole = Run{
		App: "acme", Region: "eu", ID: "20261130T031500Z-ab12cd", Result: "refused", Exit: 4,
		Ended: time.UnixMilli(1_700_000_000_250), Took: 90 * time.Second, Roster: &three, Rejects: &three,
		Requests: 85, Throttled: 2500 * time.Millisecond,
		Plan: &Plan{
			Outcomes: map[plan.Verb]map[plan.Outcome]int{plan.Create: {plan.Applied: 2}},
			Guards:   []string{plan.LostTail}, Foreseen: []string{plan.LostBlock},
			Held: 1, Leaving: 4, Active: 70, Deactivated: 5,
		},
	}
)

func text(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// lines are those of a file that are not comments, and tell of something.
func lines(t *testing.T, file string) string {
	return regexp.MustCompile(`(?m)^(#.*|.* 0)\n`).ReplaceAllString(text(t, file), "")
}

func TestMetrics(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cometsync.prom")
	if err := WriteMetrics(file, &whole); err != nil {
		t.Fatal(err)
	}
	const want = `cometsync_app_users{app="acme",region="eu",state="active"} 70
cometsync_app_users{app="acme",region="eu",state="deactivated"} 5
cometsync_guard_foreseen{app="acme",guard="lost-block",region="eu"} 1
cometsync_guard_tripped{app="acme",guard="lost-tail",region="eu"} 1
cometsync_held{app="acme",region="eu"} 1
cometsync_last_run_duration_seconds{app="acme",region="eu"} 90
cometsync_last_run_exit_code{app="acme",region="eu"} 4
cometsync_last_run_requests{app="acme",region="eu"} 85
cometsync_last_run_throttled_seconds{app="acme",region="eu"} 2.5
cometsync_last_run_timestamp_seconds{app="acme",region="eu"} 1.70000000025e+09
cometsync_leaving{app="acme",region="eu"} 4
cometsync_operations{app="acme",outcome="applied",region="eu",verb="create"} 2
cometsync_rejects{app="acme",region="eu"} 3
cometsync_roster_users{app="acme",region="eu"} 3
`
	if got := lines(t, file); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	guards, outcomes := strings.Count(text(t, file), "\ncometsync_guard_tripped{"), strings.Count(text(t, file), "\ncometsync_operations{")
	if guards != len(plan.GuardNames()) || outcomes != len(plan.Verbs())*int(plan.Unknown) {
		t.Errorf("%d guards and %d outcomes are told of, also of those that are 0", guards, outcomes)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode() != 0o644 {
		t.Errorf("%v, %v: the exporter is another user", info.Mode(), err)
	}
	if rest, _ := os.ReadDir(filepath.Dir(file)); len(rest) != 1 {
		t.Errorf("%d files are left", len(rest))
	}
	promtool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("promtool is not here")
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = strings.NewReader(text(t, file))
	if out, err := check.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
}

// A success stays on record through runs that are none, whatever their file
// looks like; that of another app does not count.
func TestLastSuccess(t *testing.T) {
	file := filepath.Join(t.TempDir(), "cometsync.prom")
	write := func(r Run, exit int, at int64) string {
		t.Helper()
		r.Exit, r.Ended = exit, time.Unix(at, 0)
		if err := WriteMetrics(file, &r); err != nil {
			t.Fatal(err)
		}
		return regexp.MustCompile(`(?m)^cometsync_last_success_timestamp_seconds\{.*\} (.*)$`).FindString(text(t, file))
	}
	acme, other := Run{App: "acme", Region: "eu"}, Run{App: "other", Region: "eu"}
	const first = `cometsync_last_success_timestamp_seconds{app="acme",region="eu"} 100`
	const second = `cometsync_last_success_timestamp_seconds{app="acme",region="eu"} 400`
	for i, c := range []struct {
		run  Run
		exit int
		want string
	}{
		{acme, 1, ""}, {acme, 0, first}, {acme, 4, first}, {whole, 3, first}, {acme, 0, second}, {acme, 6, second},
		{other, 1, ""}, {acme, 1, ""},
	} {
		if got := write(c.run, c.exit, int64(i)*100); got != c.want {
			t.Errorf("after run %d: %q, want %q", i, got, c.want)
		}
	}
	for _, torn := range []string{"", "cometsync_last", first + "\n" + first, "{}", "\x00"} {
		if err := os.WriteFile(file, []byte(torn), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := write(acme, 3, 900); got != "" {
			t.Errorf("out of %q it reads %q", torn, got)
		}
	}
}

// watcher is a server that notes what it is asked for.
func watcher(t *testing.T, handler http.HandlerFunc) (*[]string, string) {
	var asked []string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		asked = append(asked, q.Method+" "+q.URL.RequestURI()+" "+q.Referer())
		handler(w, q)
	}))
	t.Cleanup(s.Close)
	return &asked, s.URL
}

func TestPing(t *testing.T) {
	asked, at := watcher(t, func(http.ResponseWriter, *http.Request) {})
	for _, path := range []string{"/uuid", "/uuid/", "/key/a%20b?create=1"} {
		*asked = nil
		p, err := ParsePing(at + path)
		if err != nil {
			t.Fatal(err)
		}
		for _, signal := range []string{Start, Success, Fail} {
			if err := p.Send(t.Context(), signal, 1); err != nil {
				t.Fatal(err)
			}
		}
		base, query, _ := strings.Cut(path, "?")
		if query != "" {
			query = "?" + query
		}
		bare := strings.TrimSuffix(base, "/")
		want := []string{"GET " + bare + "/start" + query + " ", "GET " + base + query + " ", "GET " + bare + "/fail" + query + " "}
		if got := *asked; strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Whoever the address leads to does not learn it from a header, and no text has it.
func TestPingKeepsItsAddress(t *testing.T) {
	landed, there := watcher(t, func(http.ResponseWriter, *http.Request) {})
	status, location := 302, there+"/landed"
	_, at := watcher(t, func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	})
	p, err := ParsePing(at + "/secret-uuid?token=secret-too")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Send(t.Context(), Success, 1); err != nil || (*landed)[0] != "GET /landed " {
		t.Error(err, *landed)
	}
	gone, _ := ParsePing("http://127.0.0.1:1/secret-uuid?token=secret-too")
	for name, send := range map[string]func() error{
		"nobody there": func() error { return gone.Send(t.Context(), Fail, 1) },
		"a refusal":    func() error { status = 404; return p.Send(t.Context(), Success, 1) },
		"to plain http": func() error {
			status, location = 302, "http://example.org/secret-uuid"
			return p.Send(t.Context(), Success, 1)
		},
		"in circles":          func() error { status, location = 302, at+"/secret-uuid"; return p.Send(t.Context(), Success, 1) },
		"to no address":       func() error { status, location = 302, "http://[secret-uuid"; return p.Send(t.Context(), Success, 1) },
		"a scheme of its own": func() error { _, err := ParsePing("ftp://secret-uuid/x"); return err },
		"plain http":          func() error { _, err := ParsePing("http://example.org/secret-uuid"); return err },
		"no address":          func() error { _, err := ParsePing("secret-uuid"); return err },
		"no address at all":   func() error { _, err := ParsePing("https://secret-uuid:x y/%zz"); return err },
	} {
		if err := send(); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(q *http.Request) (*http.Response, error) { return f(q) }

// A monitor that does not answer, or is down for a moment, takes no more of a
// run's time than the attempts that it is given.
func TestPingInTime(t *testing.T) {
	defer func(was http.RoundTripper) { pinger.Transport = was }(pinger.Transport)
	synctest.Test(t, func(t *testing.T) {
		began, attempts := time.Now(), 0
		p := Ping{&url.URL{Scheme: "https", Host: "monitor.example.org", Path: "/uuid"}}
		pinger.Transport = roundTrip(func(q *http.Request) (*http.Response, error) {
			attempts++
			<-q.Context().Done()
			return nil, q.Context().Err()
		})
		if err := p.Send(t.Context(), Success, 2); err == nil || attempts != 2 || time.Since(began) != 2*pingTime+pingPause {
			t.Errorf("%v after %d attempts, in %s", err, attempts, time.Since(began))
		}
		attempts = 0
		pinger.Transport = roundTrip(func(*http.Request) (*http.Response, error) {
			attempts++
			return &http.Response{StatusCode: map[int]int{1: 503, 2: 200}[attempts], Body: http.NoBody}, nil
		})
		if err := p.Send(t.Context(), Success, 2); err != nil || attempts != 2 {
			t.Errorf("%v after %d attempts", err, attempts)
		}
	})
}

func TestCommand(t *testing.T) {
	var out bytes.Buffer
	run := func(line string, limit time.Duration) error {
		out.Reset()
		c := Command{Line: line, Environment: []string{"COMETSYNC_RESULT=converged", "PATH=" + os.Getenv("PATH")}, Output: &out,
			Time: limit}
		return c.Run(t.Context())
	}
	if err := run(`echo "$COMETSYNC_RESULT"; echo oh >&2; echo "$HOME"`, time.Minute); err != nil || out.String() != "converged\noh\n\n" {
		t.Errorf("%v: %q", err, out.String())
	}
	if err := run("exit 3", time.Minute); err == nil || err.Error() != "exit status 3" {
		t.Error(err)
	}
	if err := run("sleep 1000 & sleep 1000", time.Millisecond); err == nil || !strings.Contains(err.Error(), "did not end within 1ms") {
		t.Error(err)
	}
	// one that leaves something after which holds its output has ended
	if err := run("sleep 1000 & echo $!", time.Minute); err != nil {
		t.Error(err)
	}
	if err := exec.Command("kill", strings.TrimSpace(out.String())).Run(); err != nil {
		t.Error(err)
	}
}
