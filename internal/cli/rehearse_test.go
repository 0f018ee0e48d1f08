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
	"cometsync/internal/slow"
)

// TestRehearsalFitsTheSync has a rehearsal say how long a sync takes, which then takes so
// long, whatever it is that bounds it: the service's limits, how late it answers, or how
// much its own users leave. On a busy machine, the quickest of a few runs count.
func TestRehearsalFitsTheSync(t *testing.T) {
	slow.Test(t, "runs syncs of ten seconds each")
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
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			var roster strings.Builder
			roster.WriteString("uid,name\n")
			for i := range c.people {
				fmt.Fprintf(&roster, "u%d,User %d\n", i, i)
			}
			source := filepath.Join(dir, "roster.csv")
			writeFile(t, source, roster.String())
			c.config.Key, c.config.LimitStandard = "sandbox", 20_000
			took := map[string][]float64{}
			off := math.Inf(1)
			for n := 0; n < 4 && off > 0.1; n++ {
				server := httptest.NewServer(sandbox.New(c.config))
				for _, command := range []string{"rehearse", "sync"} {
					reports := filepath.Join(dir, fmt.Sprint(command, n))
					args := []string{command, source, "--base-url", server.URL + "/v3", "--report-dir", reports,
						"--state-dir", filepath.Join(dir, fmt.Sprint("state", n))}
					if command == "rehearse" || c.config.Foreign == 0 {
						args = append(args, c.more...)
					}
					if code, stdout, stderr := invoke(t, time.Now, []string{"COMETCHAT_API_KEY=sandbox"}, args...); code != 0 {
						t.Fatalf("%s exits with %d:\n%s%s", command, code, stdout, stderr)
					}
					took[command] = append(took[command], seconds(t, filepath.Join(reports, "report.json")))
				}
				server.Close()
				off = math.Abs(slices.Min(took["rehearse"])/slices.Min(took["sync"]) - 1)
			}
			if t.Logf("it was to take %v, and took %v", took["rehearse"], took["sync"]); off > 0.1 {
				t.Errorf("the rehearsal was off by %.0f %%", 100*off)
			}
		})
	}
}

// seconds is how long a report says that its sync took, or would take.
func seconds(t *testing.T, path string) float64 {
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
