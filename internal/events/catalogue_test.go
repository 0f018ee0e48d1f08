package events

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"cometsync/internal/config"
)

// Every event has a name of its own, which says what it is about and what of it, and
// a sentence; help lists them all.
func TestEventNames(t *testing.T) {
	form := regexp.MustCompile(`^[a-z-]+\.[a-z-]+$`)
	help, seen := Help(1000), map[string]bool{}
	for _, e := range catalogue {
		name := e.name
		if !form.MatchString(name) || seen[name] || e.sentence == "" || !strings.Contains(help, "  "+name+" ") {
			t.Errorf("event %q: its name is none, or is there twice, or it has no sentence or is not in help", name)
		}
		seen[name] = true
	}
}

// What an error quotes is told to programs only where it is on the command line.
func TestImpersonal(t *testing.T) {
	l := &Log{of: Source{Args: []string{"plan", "staff.csv", "--sheet=5A"}}}
	for text, want := range map[string]string{
		`staff.csv: there is no sheet "5A"; the sheets are "Zaphod", "B \"x\""`: `staff.csv: there is no sheet "5A"; the sheets are "…", "…"`,
		`row 1 ("Zaphod", "x@y.example") looks like a person`:                   `row 1 ("…", "…") looks like a person`,
		`say which one does, as in --map 'Seán O'Brien=uid'`:                    `say which one does, as in --map …`,
		`it can't be read: "cut off in the mid`:                                 `it can't be read: "…"`,
	} {
		if got := l.impersonal(errorText(text)); got != want {
			t.Errorf("%s becomes %s", text, got)
		}
	}
	const usageError = `--map "Zaphod": it is HEADER=FIELD`
	if got := l.impersonal(config.Errorf("%s", usageError)); got != usageError {
		t.Error(got)
	}
}

type errorText string

func (e errorText) Error() string { return string(e) }

// What people are told is a sentence, in which nothing acts on their terminal.
func TestSentence(t *testing.T) {
	for _, c := range []struct {
		event *Event
		quiet bool
		attrs []any
		want  string
	}{
		{ExportWritten, false, []any{"users", 2, "file", "a.csv"}, "cometsync: exported (users 2, file a.csv)\n"},
		{ExportWritten, true, []any{"users", 2}, ""},
		{OldRunsLeft, true, []any{"error", errors.New("no \x1b[1mroom")},
			"cometsync: warning: old runs could not be removed: no ⟨U+001B⟩[1mroom\n"},
		{GuardTripped, false, nil, ""},
	} {
		var told strings.Builder
		l := New(Source{Stderr: &told, App: func() string { return "" }, Now: time.Now})
		if err := l.Open(&config.Options{Quiet: c.quiet}, true); err != nil {
			t.Fatal(err)
		}
		l.Tell(c.event, c.attrs...)
		if told.String() != c.want {
			t.Errorf("%q, want %q", told.String(), c.want)
		}
	}
}

// A code that the service made up, in which anything could be, is not repeated.
func TestCode(t *testing.T) {
	for _, c := range []struct {
		text   string
		status int
		want   string
	}{
		{"ERR_UID_NOT_FOUND", 404, "ERR_UID_NOT_FOUND"},
		{"AUTH_ERR_APIKEY_NOT_FOUND", 401, "AUTH_ERR_APIKEY_NOT_FOUND"},
		{"ERR_", 400, "http-400"},
		{"ERR_" + strings.Repeat("A", 61), 400, "http-400"},
		{"ERR_Anna", 400, "http-400"},
		{"", 500, "http-500"},
		{"timeout", 0, "timeout"},
	} {
		if got := Code(c.text, c.status); got != c.want {
			t.Errorf("%q with %d is %q, want %q", c.text, c.status, got, c.want)
		}
	}
}
