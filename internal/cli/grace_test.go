package cli_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// graceWorld is an app of sixty people under a clock of its own, and what a sync with
// --grace-runs 2 makes of it.
type graceWorld struct {
	*testing.T
	dir, url string
	ahead    time.Duration // of this machine's clock
}

func newGraceWorld(t *testing.T) *graceWorld {
	var state strings.Builder
	for i := range 60 {
		fmt.Fprintf(&state, `{"uid":"u%02d","name":"U"}`+"\n", i)
	}
	w := &graceWorld{T: t, dir: t.TempDir()}
	w.url = dated(t, sandboxOf(t, state.String()), func() time.Duration { return -w.ahead })
	return w
}

// run is a night after so long, of whose roster some are missing: who is leaving by its
// report, and what it did.
func (w *graceWorld) run(after time.Duration, missing ...int) (leaving, gone string) {
	w.Helper()
	roster := "uid,name\n"
	for i := range 60 {
		if !slices.Contains(missing, i) {
			roster += fmt.Sprintf("u%02d,U\n", i)
		}
	}
	source := filepath.Join(w.dir, "roster.csv")
	writeFile(w, source, roster)
	now := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC).Add(after)
	code, stdout, stderr := invoke(w, func() time.Time { return now }, unlimited, "sync", source, "--grace-runs", "2", "--report-dir",
		filepath.Join(w.dir, "r"), "--state-dir", filepath.Join(w.dir, "state"), "--base-url", w.url)
	if code != 0 {
		w.Fatalf("after %s it exits with %d:\n%s%s", after, code, stdout, stderr)
	}
	text, err := os.ReadFile(filepath.Join(w.dir, "r", "report.json"))
	if err != nil {
		w.Fatal(err)
	}
	var report struct {
		Leaving []struct {
			UID  string
			Runs int
			From time.Time
		}
		Operations []struct{ Op, UID string }
	}
	if err := json.Unmarshal(text, &report); err != nil {
		w.Fatal(err)
	}
	for _, l := range report.Leaving {
		leaving += fmt.Sprintf("%s %d until %s; ", l.UID, l.Runs, l.From.Format("2 15:04"))
	}
	for _, o := range report.Operations {
		gone += o.Op + " " + o.UID + "; "
	}
	return leaving, gone
}

const day = 24 * time.Hour

// graceNights are nights one after the other.
var graceNights = []struct {
	name    string
	after   time.Duration
	missing []int
	leaving string
	gone    string
}{
	{"the first night", 0, nil, "", ""},
	{"the second", day, []int{10}, "u10 1 until 3 23:00; ", ""},
	{"once more in the morning", day + 6*time.Hour, []int{10}, "u10 1 until 3 23:00; ", ""},
	{"and at noon, with somebody else", day + 9*time.Hour, []int{10, 20}, "u10 1 until 3 23:00; u20 1 until 4 08:00; ", ""},
	{"the third night, which is too near for that one", 2 * day, []int{10, 20}, "u20 1 until 4 08:00; ", "deactivate u10; "},
	{"a clock that is a year behind", -300 * day, []int{10, 20}, "u20 1 until 6 23:00; ", ""},
	{"the fourth night", 3 * day, []int{10, 30}, "u30 1 until 5 23:00; ", ""},
	{"back before the fifth", 4 * day, []int{10}, "", ""},
	{"gone again", 5 * day, []int{10, 30}, "u30 1 until 7 23:00; ", ""},
	{"gone", 6 * day, []int{10, 30}, "", "deactivate u30; "},
	{"somebody else begins to be absent", 7 * day, []int{10, 30, 40}, "u40 1 until 9 23:00; ", ""},
	{"under a clock that is ahead everybody is there", 20 * day, []int{10, 30}, "", ""},
	{"under one that is right that one as well", 8 * day, []int{10, 30}, "", ""},
	{"so that they begin anew", 9 * day, []int{10, 30, 40}, "u40 1 until 11 23:00; ", ""},
}

// TestGraceByTheClock has nights pass: of runs that are near to each other one
// counts, whoever begins to be absent between two nights has a row of their own, and
// a run under a clock that was ahead delays, and takes nobody's access.
func TestGraceByTheClock(t *testing.T) {
	t.Parallel()
	w := newGraceWorld(t)
	for _, c := range graceNights {
		if leaving, gone := w.run(c.after, c.missing...); leaving != c.leaving || gone != c.gone {
			t.Errorf("%s: leaving %q, want %q; done %q, want %q", c.name, leaving, c.leaving, gone, c.gone)
		}
	}
	// The service says what time it is: a day by this machine's clock alone is not a night,
	// and one that this machine's clock has not noticed is.
	missing := []int{10, 30, 40, 50}
	if leaving, gone := w.run(11*day, missing...); !strings.HasPrefix(leaving, "u50 1 until ") || gone != "deactivate u40; " {
		t.Fatalf("leaving %q, done %q", leaving, gone)
	}
	w.ahead = day
	if leaving, gone := w.run(12*day+10*time.Minute, missing...); !strings.HasPrefix(leaving, "u50 1 until ") || gone != "" {
		t.Errorf("under a clock that is a day ahead: leaving %q, done %q", leaving, gone)
	}
	w.ahead = -day
	if leaving, gone := w.run(11*day+20*time.Minute, missing...); leaving != "" || gone != "deactivate u50; " {
		t.Errorf("under a clock that is a day behind: leaving %q, done %q", leaving, gone)
	}
}
