package cli_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestClock runs under clocks that jump in the middle of the run: it has to
// converge all the same, with no time below zero in the report, and be found
// and undone afterwards.
func TestClock(t *testing.T) {
	for name, jump := range map[string]time.Duration{"back": -26 * time.Hour, "ahead": 400 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			var state, roster strings.Builder
			roster.WriteString("uid,name\n")
			for i := range 60 {
				fmt.Fprintf(&state, `{"uid":"u%02d","name":"U"}`+"\n", i)
				fmt.Fprintf(&roster, "u%02d,New\nn%02d,N\n", i, i)
			}
			server := httptest.NewServer(sandboxOf(t, state.String()))
			defer server.Close()
			dir := t.TempDir()
			source := filepath.Join(dir, "roster.csv")
			writeFile(t, source, roster.String())
			var asked atomic.Int64
			run := func(args ...string) (out string) {
				t.Helper()
				code, stdout, stderr := invoke(t, func() time.Time {
					now := time.Now().Round(0) // by the wall, as after a suspend
					if asked.Add(1) > 60 {
						now = now.Add(jump)
					}
					return now
				}, unlimited, append(args, "--state-dir", filepath.Join(dir, "state"), "--base-url", server.URL+"/v3")...)
				if code != 0 {
					t.Fatalf("%q exits with %d:\n%s%s", args, code, stdout, stderr)
				}
				return stdout
			}
			run("sync", source, "--report-dir", filepath.Join(dir, "r"))
			if asked.Load() < 120 {
				t.Fatalf("the clock was asked %d times, and has not jumped in the middle", asked.Load())
			}
			text, err := os.ReadFile(filepath.Join(dir, "r", "report.json"))
			if err != nil {
				t.Fatal(err)
			}
			var report struct {
				API struct{ Seconds, ApplySeconds float64 }
			}
			if err := json.Unmarshal(text, &report); err != nil || report.API.Seconds < 0 || report.API.ApplySeconds < 0 {
				t.Errorf("%v, %+v", err, report)
			}
			if err := checkBooks(text); err != nil {
				t.Error(err)
			}
			if out := run("runs"); strings.Count(out, "converged") != 1 {
				t.Errorf("the runs are %s", out)
			}
			run("undo", "last", "--max-deactivate", "none", "--report-dir", "none")
		})
	}
}
