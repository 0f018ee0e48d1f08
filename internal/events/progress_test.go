package events

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
)

// told is what a log writes to standard error of a phase that goes on for so long, and of
// which step is done every second.
func told(t *testing.T, o *config.Options, tty bool, columns int, total, step int, lasts time.Duration, during func(*Log)) string {
	t.Helper()
	var text strings.Builder
	synctest.Test(t, func(t *testing.T) {
		l := New(Source{Stderr: &text, App: func() string { return "" }, Now: time.Now, Width: func() int { return columns }})
		if err := l.Open(o, tty); err != nil {
			t.Fatal(err)
		}
		during(l)
		p := l.Progress("applying", total)
		for range lasts / time.Second { // not when the clock is looked at
			time.Sleep(time.Second / 2)
			p.Add(step)
			time.Sleep(time.Second / 2)
		}
		time.Sleep(50 * time.Millisecond)
		p.Done()
	})
	return text.String()
}

func nothing(*Log) {}

// Without a terminal there is a line a minute, the first after one, which says what
// counts; a short run has none, and a quiet one neither.
func TestProgressLines(t *testing.T) {
	for _, c := range []struct {
		what        string
		options     config.Options
		total, step int
		lasts       time.Duration
		during      func(*Log)
		want        string
	}{
		{what: "a short run", total: 1000, step: 10, lasts: 59 * time.Second, during: nothing},
		{what: "a quiet one", options: config.Options{Quiet: true}, total: 1000, step: 1, lasts: 200 * time.Second, during: nothing},
		{what: "a long one", total: 1_000_000, step: 1234, lasts: 130 * time.Second, during: nothing,
			want: "cometsync: applying: 74,040 of 1,000,000 done, about 13 min left, 1,230/s\n" +
				"cometsync: applying: 148,080 of 1,000,000 done, about 12 min left, 1,230/s\n"},
		{what: "of an unknown number, in millions", step: 1_200_000, lasts: time.Minute, during: nothing,
			want: "cometsync: applying: 72,000,000 done, 1.2 million/s\n"},
		{what: "one that stands still", total: 12, lasts: time.Minute, during: nothing, want: "cometsync: applying: 0 of 12 done\n"},
		{what: "one that is throttled", total: 12, lasts: time.Minute, during: func(l *Log) {
			until := time.Now().Add(72 * time.Second)
			l.Waits = func() cometchat.Wait { return cometchat.Wait{Until: until, Refused: true, Total: 65 * time.Second} }
		}, want: "cometsync: applying: 0 of 12 done, throttled by the service, going on in 12 s, waited 1 min 5 s for the rate limit\n"},
		{what: "one whose minute is used up", total: 12, lasts: time.Minute, during: func(l *Log) {
			until := time.Now().Add(61 * time.Second)
			l.Waits = func() cometchat.Wait { return cometchat.Wait{Until: until} }
		}, want: "cometsync: applying: 0 of 12 done, the app's requests of this minute are used up, going on in 1 s\n"},
		{what: "a phase that begins late in a run", total: 100, step: 2, lasts: 20 * time.Second,
			during: func(*Log) { time.Sleep(45 * time.Second) },
			want:   "cometsync: applying: 30 of 100 done, about 35 s left, 2/s\n"},
	} {
		if got := told(t, &c.options, false, 0, c.total, c.step, c.lasts, c.during); got != c.want {
			t.Errorf("%s:\n%s, want\n%s", c.what, got, c.want)
		}
	}
}

// Programs are told the same, as an event, also while people watch a bar.
func TestProgressEvents(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log")
	stderr := told(t, &config.Options{LogFormat: "json", LogFile: file}, true, 80, 600, 2, 130*time.Second, nothing)
	text, err := os.ReadFile(file)
	if err != nil || string(text) != stderr {
		t.Errorf("the file has %s, and standard error %s (%v)", text, stderr, err)
	}
	bars := filepath.Join(t.TempDir(), "log")
	told(t, &config.Options{LogFile: bars}, true, 80, 600, 2, 130*time.Second, nothing)
	if beside, err := os.ReadFile(bars); err != nil || strings.Count(string(beside), "\n") != 2 {
		t.Errorf("beside a bar the file has %s (%v)", beside, err)
	}
	lines := strings.SplitAfter(stderr, "\n")
	if len(lines) != 3 {
		t.Fatal(stderr)
	}
	var got struct {
		Event, Stage                       string
		Done, Of, Rate, Left, Took, Waited float64
	}
	if err := json.Unmarshal([]byte(lines[1]), &got); err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprint(got); text != "{stage.progress applying 240 600 2 180 120 0}" {
		t.Error(text)
	}
}

// A bar fits the terminal, which may be resized at any time, and leaves a clean line;
// what else is written stands in lines of its own.
func TestBar(t *testing.T) {
	for _, columns := range []int{10, 20, 40, 80, 200} {
		text := told(t, &config.Options{}, true, columns, 33_000, 1200, 20*time.Second, func(l *Log) {
			time.AfterFunc(10*time.Second+time.Second/20, func() { l.Tell(ExportWritten, "users", 1200) })
		})
		text, bar, found := cutLine(text)
		if !found {
			t.Errorf("%d columns: the sentence is not in a line of its own: %q", columns, text)
		}
		for drawn := range strings.SplitSeq(text, "\r") {
			if n := utf8.RuneCountInString(drawn); n >= columns {
				t.Errorf("%d columns: %q takes %d", columns, drawn, n)
			}
		}
		if !strings.HasSuffix(text, " \r") || strings.Contains(text, "0 it") {
			t.Errorf("%d columns: it ends in %q", columns, text[len(text)-10:])
		}
		if want := map[int]string{
			10: "applying…", 20: "applying: 12,000 o…", 40: "applying: 12,000 of 33,000, 1,200/s",
			80:  "applying  36% [======>.............] 12,000 of 33,000, about 20 s left, 1,200/s",
			200: "] 12,000 of 33,000, about 20 s left, 1,200/s",
		}[columns]; !strings.HasSuffix(strings.TrimRight(bar, " "), want) {
			t.Errorf("%d columns: %q, want %q", columns, bar, want)
		}
	}
}

// cutLine takes the sentence out of what was written, and gives the bar before it.
func cutLine(text string) (rest, bar string, found bool) {
	before, after, found := strings.Cut(text, "\rcometsync: exported (users 1,200)\n")
	bars := strings.Split(strings.TrimRight(before, " \r"), "\r")
	return before + after, bars[len(bars)-1], found
}

func TestBarFollowsTheTerminal(t *testing.T) {
	var text strings.Builder
	columns := 80
	s := screen{to: &text, columns: func() int { return columns }}
	s.draw(func(n int) string { return strings.Repeat("#", n-1) })
	columns = 40
	s.draw(func(n int) string { return strings.Repeat("#", n-2) })
	s.clear()
	want := "\r" + strings.Repeat("#", 79) + "\r" + strings.Repeat("#", 38) + " \r" + strings.Repeat(" ", 38) + "\r"
	if text.String() != want {
		t.Errorf("%q, want %q", text.String(), want)
	}
}
