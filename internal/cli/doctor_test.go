package cli_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDoctorTellsTime looks at a service whose clock is off, and at a last good
// run that is old.
func TestDoctorTellsTime(t *testing.T) {
	var off time.Duration // of the service's clock
	url := dated(t, sandboxOf(t, ""), func() time.Duration { return off })
	dir := t.TempDir()
	source := filepath.Join(dir, "roster.csv")
	writeFile(t, source, "uid,name\nanna,Anna\n")
	run := func(command string, later time.Duration, args ...string) (out string, code int) {
		t.Helper()
		code, stdout, stderr := invoke(t, func() time.Time { return time.Now().Add(later) }, []string{"COMETCHAT_API_KEY=sandbox"},
			append([]string{command, source, "--state-dir", filepath.Join(dir, "state"), "--report-dir", filepath.Join(dir, "r"),
				"--base-url", url}, args...)...)
		return stdout + stderr, code
	}
	state := func(later time.Duration, check string, args ...string) (state, told string) {
		t.Helper()
		out, _ := run("doctor", later, append(args, "--output", "json")...)
		var found struct {
			Checks []struct{ Check, State, Told string }
		}
		if err := json.Unmarshal([]byte(out), &found); err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		for _, c := range found.Checks {
			if c.Check == check {
				return c.State, c.Told
			}
		}
		t.Fatalf("no check of %s:\n%s", check, out)
		return "", ""
	}
	for _, c := range []struct {
		off         time.Duration
		state, told string
	}{
		{0, "ok", "within "},
		{time.Minute, "ok", "within "},
		{-100 * time.Second, "ok", "within "},
		{3 * time.Minute, "warn", " behind the service's"},
		{-3 * time.Hour, "warn", " ahead of the service's"},
	} {
		off = c.off
		if got, told := state(0, "clock"); got != c.state || !strings.Contains(told, c.told) {
			t.Errorf("a clock that is off by %s: %s, %s", c.off, got, told)
		}
	}
	off = 0
	if out, code := run("sync", 0, "--create-with", "api"); code != 0 {
		t.Fatalf("sync exits with %d:\n%s", code, out)
	}
	for _, c := range []struct {
		later       time.Duration
		state, told string
	}{
		{24 * time.Hour, "ok", "24 hours ago, ended with 0"},
		{37 * time.Hour, "warn", "37 hours ago"},
		{9 * 24 * time.Hour, "warn", "9 days ago"},
		{-2 * time.Hour, "warn", "in the future"},
	} {
		if got, told := state(c.later, "last good run"); got != c.state || !strings.Contains(told, c.told) {
			t.Errorf("%s after the last good run: %s, %s", c.later, got, told)
		}
	}
	if got, told := state(40*time.Hour, "sources", "--max-source-age", "36h"); got != "fail" ||
		!strings.Contains(told, "--max-source-age is 36h") {
		t.Errorf("an old source: %s, %s", got, told)
	}
}
