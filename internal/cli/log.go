package cli

import (
	"context"
	"io"
	"log"
	"log/slog"
	"os"
	"strings"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
)

// Events go to people as text, or to programs as JSON, one a line: on standard
// error by --log-format, and as JSON into --log-file. In JSON stand the uids of
// people and nothing else of them, at every level: texts that a source or the
// service may have a part in are left out, or go without what they quote.

// eventLog is where the events of a run go.
type eventLog struct {
	run        string // the run that they are of
	app        func() string
	now        func() time.Time
	args       []string         // of the command line, which may be repeated
	repeatable func(error) bool // so may all of an error that ended the run before it read
	stderr     io.Writer
	words      io.Writer        // the same without the key
	ask        <-chan os.Signal // each asks how the run is getting on; may be nil
	mask       *cometchat.Mask

	quiet, json, tty bool
	people           *slog.Logger   // where events go as text; nil for nowhere
	events           []slog.Handler // and as JSON
	file             *os.File
	late             afterwards
	waiting          waiting
}

// masked is a stream whose texts go through the mask, each write by itself.
type masked struct {
	l  *eventLog
	to io.Writer
}

func (m masked) Write(text []byte) (int, error) {
	if _, err := io.WriteString(m.to, m.l.mask.Text(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// begin has what is told from now on go to standard error, without the key.
func (l *eventLog) begin() {
	l.words = masked{l, l.stderr}
	l.late.to = l.words
}

// close ends it.
func (l *eventLog) close() {
	if l.file != nil {
		_ = l.file.Close() // what could not be written is no reason to fail
	}
}

// open settles where events go, by the options as far as they are known.
func (l *eventLog) open(o *config.Options, tty bool) error {
	level := o.LogLevel
	l.quiet, l.json, l.tty = o.Quiet, o.LogFormat == "json", tty
	l.people, l.events = nil, nil
	if l.json {
		l.events = append(l.events, l.jsonTo(l.words, level))
	} else {
		text := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
			if len(groups) == 0 && attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		}}
		words := l.words
		if l.quiet && !tty {
			words = &l.late
		}
		l.people = slog.New(slog.NewTextHandler(words, text))
	}
	if o.LogFile == "" {
		return nil
	}
	f, err := os.OpenFile(o.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return config.Errorf("--log-file: %v", err)
	}
	l.file = f
	l.events = append(l.events, l.jsonTo(masked{l, f}, level))
	return nil
}

func (l *eventLog) jsonTo(w io.Writer, level slog.Level) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
		attr.Key = strings.ReplaceAll(attr.Key, " ", "_")
		switch v := attr.Value.Any().(type) {
		case error:
			attr.Value = slog.StringValue(l.impersonal(v))
		case time.Duration:
			attr.Value = slog.Float64Value(float64(v.Milliseconds()) / 1000)
		}
		return attr
	}})
}

// tell tells an event, with what is to be known of it.
func (l *eventLog) tell(e event, attrs ...any) { l.tellAs(e, e.sentence(), attrs...) }

// tellAs is tell in words of its own, in which no person may stand.
func (l *eventLog) tellAs(e event, words string, attrs ...any) {
	l.toPeople(e, words, attrs...)
	l.toPrograms(e, words, attrs...)
}

// toPeople tells people alone; --quiet keeps from them what is no warning.
func (l *eventLog) toPeople(e event, words string, attrs ...any) {
	if level := events[e].people; l.people != nil && !(l.quiet && level == slog.LevelInfo) {
		l.people.Log(context.Background(), level, words, attrs...)
	}
}

// toPrograms tells programs alone.
func (l *eventLog) toPrograms(e event, words string, attrs ...any) {
	ctx := context.Background()
	record := slog.NewRecord(l.now().UTC(), events[e].level, words, 0)
	record.Add("event", e.String(), "run", l.run, "app", l.app())
	record.Add(attrs...)
	for _, h := range l.events {
		if e.always() || h.Enabled(ctx, events[e].level) {
			_ = h.Handle(ctx, record) // a log that can't be written is no reason to stop
		}
	}
}

// wire has net/http tell of bytes that nobody asked for, and not which: they may
// be anybody's.
type wire struct{ l *eventLog }

func (w wire) Write(text []byte) (int, error) {
	w.l.tell(httpStray)
	return len(text), nil
}

// watchWire is the end of the log that net/http has for itself.
func (l *eventLog) watchWire() {
	log.SetFlags(0)
	log.SetOutput(wire{l})
}
