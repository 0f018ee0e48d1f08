package cli_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/sandbox"
)

// BenchmarkRehearsal has a rehearsal say how long a sync takes, and then runs it, whatever
// it is that bounds it: the service's limits, how late it answers, or how much its own
// users leave. off-% is by how much it was wrong, of the quickest of all rounds.
func BenchmarkRehearsal(b *testing.B) {
	for name, c := range map[string]struct {
		config sandbox.Config
		people int
		more   []string
	}{
		"limits": {config: sandbox.Config{LimitCore: 10_000, Latency: 5 * time.Millisecond}, people: 1300},
		"answers": {config: sandbox.Config{LimitCore: 10_000, Latency: 150 * time.Millisecond}, people: 400,
			more: []string{"--concurrency", "8"}},
		"others": {config: sandbox.Config{LimitCore: 10_000, Foreign: 7000, Latency: 20 * time.Millisecond}, people: 450,
			more: []string{"--others", "7000"}},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			var roster strings.Builder
			roster.WriteString("uid,name\n")
			for i := range c.people {
				fmt.Fprintf(&roster, "u%d,User %d\n", i, i)
			}
			source := filepath.Join(dir, "roster.csv")
			if err := os.WriteFile(source, []byte(roster.String()), 0o600); err != nil {
				b.Fatal(err)
			}
			c.config.Key, c.config.LimitStandard = "sandbox", 20_000
			took := map[string][]float64{}
			for n := 0; b.Loop(); n++ {
				server := httptest.NewServer(sandbox.New(c.config))
				for _, command := range []string{"rehearse", "sync"} {
					reports := filepath.Join(dir, fmt.Sprint(command, n))
					args := []string{command, source, "--base-url", server.URL + "/v3", "--report-dir", reports,
						"--state-dir", filepath.Join(dir, fmt.Sprint("state", n))}
					if command == "rehearse" || c.config.Foreign == 0 {
						args = append(args, c.more...)
					}
					if code, stdout, stderr := invoke(b, time.Now, []string{"COMETCHAT_API_KEY=sandbox"}, args...); code != 0 {
						b.Fatalf("%s exits with %d:\n%s%s", command, code, stdout, stderr)
					}
					took[command] = append(took[command], seconds(b, filepath.Join(reports, "report.json")))
				}
				server.Close()
			}
			foretold, taken := slices.Min(took["rehearse"]), slices.Min(took["sync"])
			b.ReportMetric(taken, "s-taken")
			b.ReportMetric(100*math.Abs(foretold/taken-1), "off-%")
		})
	}
}

// TestRehearsalDatesItsPlan has the plan of a rehearsal be of when the app was looked at,
// by the clock that an apply goes by.
func TestRehearsalDatesItsPlan(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "roster.csv"), "uid,name\na,Anna\n")
	server := httptest.NewServer(sandbox.New(sandbox.Config{Key: "sandbox"}))
	defer server.Close()
	looked := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	code, stdout, stderr := invoke(t, func() time.Time { return looked }, []string{"COMETCHAT_API_KEY=sandbox"}, "rehearse",
		filepath.Join(dir, "roster.csv"), "--base-url", server.URL+"/v3", "--report-dir", filepath.Join(dir, "r"),
		"--state-dir", filepath.Join(dir, "state"))
	if code != 0 {
		t.Fatalf("exits with %d:\n%s%s", code, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(dir, "r", "plan.json"))
	if err != nil {
		t.Fatal(err)
	}
	var plan struct{ CreatedAt time.Time }
	if err := json.Unmarshal(text, &plan); err != nil || !plan.CreatedAt.Equal(looked) {
		t.Errorf("the plan is of %v (%v), want %v", plan.CreatedAt, err, looked)
	}
}

// seconds is how long a report says that its sync took, or would take.
func seconds(t testing.TB, path string) float64 {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		API       struct{ Seconds float64 }
		Rehearsal *struct{ Seconds float64 }
	}
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	if report.Rehearsal != nil {
		return report.Rehearsal.Seconds
	}
	return report.API.Seconds
}
