package cli_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// readEvents reads a log of which every line has to be an event.
func readEvents(text string) (events []map[string]any, err error) {
	for line := range strings.Lines(text) {
		var e map[string]any
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		for _, key := range []string{"time", "level", "msg", "event", "run", "app"} {
			if _, ok := e[key].(string); !ok {
				return nil, fmt.Errorf("%q: has no %s", line, key)
			}
		}
		if _, err := time.Parse(time.RFC3339Nano, e["time"].(string)); err != nil || e["run"] == "" || e["event"] == "" {
			return nil, fmt.Errorf("%q: its time, run or event is none (%w)", line, err)
		}
		events = append(events, e)
	}
	return events, nil
}

// cmdEvent looks for an event with certain values in a log; a key may be a path.
//
//	event stderr run.finished result=refused exit=4 counts/create/planned=3
//	! event log.json run.failed
func cmdEvent(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: event FILE NAME [KEY=VALUE]...")
	}
	events, err := readEvents(ts.ReadFile(args[0]))
	ts.Check(err)
	found := slices.ContainsFunc(events, func(e map[string]any) bool {
		if e["event"] != args[1] {
			return false
		}
		return !slices.ContainsFunc(args[2:], func(arg string) bool {
			key, value, _ := strings.Cut(arg, "=")
			of := lookup(any(e), strings.Split(key, "/"))
			return len(of) != 1 || shown(of[0]) != value
		})
	})
	if found == neg {
		ts.Fatalf("of %d events, there being such a %s is %v", len(events), args[1], found)
	}
}

// secrets are what a roster and an app hold of people, and may never be logged.
var secrets = []string{"Zaphod", "Beeblebrox", "heartofgold", "Magrathea", "pangalactic", "Slartibartfast", "QXJ7431"}

// rosters are of recognisable people.
const recognisable = "uid,name,email,metadata.department,metadata.@private.email\n"

var rosters = map[string]string{
	"good": recognisable + "zb1,Zaphod Beeblebrox,zaphod@heartofgold.example,Magrathea,pangalactic@x.example\n",
	"rejects": recognisable +
		"Zb Ä,Zaphod Beeblebrox,zaphod@heartofgold.example,Magrathea,p@pangalactic.example\nzb2,Slartibartfast,QXJ7431\n",
	"people": "Zaphod Beeblebrox,zaphod@heartofgold.example,Magrathea\nSlartibartfast,x@heartofgold.example,QXJ7431\n",
	"ragged": recognisable + "zb1,\"Zaphod Beeblebrox,zaphod@heartofgold.example,Magrathea\n",
}

// repeating is a service that answers every write with what it was sent.
func repeating(status int, form string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Method == http.MethodGet {
			switch {
			case strings.HasSuffix(r.URL.Path, "/users") && r.URL.Query().Get("page") == "1":
				fmt.Fprint(w, `{"data":[{"uid":"old","name":"Slartibartfast","metadata":{"department":"QXJ7431"}}]}`)
			case strings.Contains(r.URL.Path, "/users/"):
				w.WriteHeader(404)
				fmt.Fprint(w, `{"error":{"code":"ERR_UID_NOT_FOUND","message":"no Slartibartfast of QXJ7431"}}`)
			default:
				fmt.Fprint(w, `{"data":[]}`)
			}
			return
		}
		w.WriteHeader(status)
		fmt.Fprintf(w, form, strings.Trim(fmt.Sprintf("%q", body), `"`))
	}
}

// services repeat what they are sent, or answer with what they have of people.
var services = map[string]http.HandlerFunc{
	"400":     repeating(400, `{"error":{"code":"ERR_BAD_REQUEST","message":"%s","details":{"name":["Zaphod is none"]}}}`),
	"500":     repeating(500, `{"error":{"code":"Zaphod","message":"%s"}}`),
	"garbled": repeating(200, `%s`),
	"403":     repeating(403, `{"error":{"code":"AUTH_ERR_NO_ACCESS","message":"%s"}}`),
	"all fail": func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(500)
		fmt.Fprint(w, `{"error":{"code":"Slartibartfast QXJ7431","message":"Zaphod"}}`)
	},
	"no HTTP": func(w http.ResponseWriter, r *http.Request) {
		conn, buf, err := w.(http.Hijacker).Hijack()
		if err == nil {
			fmt.Fprint(buf, "HTTP/1.1 200 OK\r\nZaphod Beeblebrox\r\n\r\nSlartibartfast")
			buf.Flush()
			conn.Close()
		}
	},
}

// TestEventsHoldNoPerson runs commands on a roster of recognisable people against
// services that repeat what they are sent, and looks through all that is logged,
// at every level.
func TestEventsHoldNoPerson(t *testing.T) {
	t.Parallel()
	for roster, text := range rosters {
		for service, handler := range services {
			if roster != "good" && service != "400" {
				continue
			}
			t.Run(roster+", "+service, func(t *testing.T) {
				t.Parallel()
				server := httptest.NewServer(handler)
				defer server.Close()
				dir := t.TempDir()
				writeFile(t, filepath.Join(dir, "staff.csv"), text)
				all := loggedBy(t, dir, server.URL+"/v3")
				file, err := os.ReadFile(filepath.Join(dir, "log.json"))
				if err != nil || string(file) != all {
					t.Errorf("--log-file has %d bytes, and standard error %d (%v)", len(file), len(all), err)
				}
				for _, secret := range secrets {
					if strings.Contains(strings.ToLower(all), strings.ToLower(secret)) {
						t.Errorf("%s stands in\n%s", secret, all)
					}
				}
			})
		}
	}
}

// loggedBy is what commands on the roster of a directory log, each from its beginning
// to its end.
func loggedBy(t *testing.T, dir, url string) string {
	var all strings.Builder
	source, logFile := filepath.Join(dir, "staff.csv"), filepath.Join(dir, "log.json")
	for _, command := range [][]string{
		{"sync", source, "--settle", "0s", "--max-deactivate", "none"},
		{"plan", source, "--max-deactivate", "0"},
		{"validate", source},
		{"export", "--out", filepath.Join(dir, "out.csv")},
	} {
		args := append(command, "--log-format", "json", "--log-level", "debug", "--log-file", logFile)
		if command[0] != "validate" {
			args = append(args, "--base-url", url, "--patience", "0s", "--timeout", "5s")
		}
		if command[0] == "sync" || command[0] == "plan" {
			args = append(args, "--state-dir", filepath.Join(dir, "state"), "--report-dir", "none", "--match", "metadata.@private.email")
		}
		code, _, stderr := invoke(t, time.Now, []string{"COMETCHAT_API_KEY=key", "HOME=" + dir}, args...)
		events, err := readEvents(stderr)
		if err != nil || len(events) < 2 || events[0]["event"] != "run.started" {
			t.Fatalf("%s: %v\n%s", command[0], err, stderr)
		}
		if last := events[len(events)-1]; last["event"] != "run.finished" || last["exit"] != float64(code) || last["counts"] == nil ||
			last["result"] == "" {
			t.Errorf("%s: its end is %v, and its exit code %d", command[0], last, code)
		}
		all.WriteString(stderr)
	}
	return all.String()
}
