// Package events tells what a run does while it goes on: to people as sentences, or to
// programs as JSON, one event a line, on standard error by --log-format, and as JSON
// into --log-file. In JSON stand the uids of people and nothing else of them, at every
// level: texts that a source or the service may have a part in are left out, or go
// without what they quote. It refuses to know how a run goes on.
package events

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/phrase"
)

// Log is where the events of a run go.
type Log struct {
	of     Source
	Words  io.Writer // standard error without the key
	Mask   *cometchat.Mask
	Places atomic.Pointer[strings.Replacer] // what copies of files are called; nil: there are none

	quiet, json, tty bool
	level            slog.Level
	people           io.Writer      // where events go as sentences; nil for nowhere
	events           []slog.Handler // and as JSON
	file             *os.File
	Late             afterwards
	waiting          waiting

	Waits    func() cometchat.Wait // for what the app has its requests wait; nil: nothing is known of it
	screen   screen
	lines    sync.Mutex
	lastLine time.Time // when people and programs were last told how a phase is
}

// masked is a stream whose texts go through the mask, each write by itself.
type masked struct {
	l  *Log
	to io.Writer
}

func (m masked) Write(text []byte) (int, error) {
	words := m.l.Mask.Text(string(text))
	if places := m.l.Places.Load(); places != nil {
		words = places.Replace(words)
	}
	if _, err := io.WriteString(m.to, words); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Source is what a log needs to know of a run and of the process that it is in.
type Source struct {
	Run    string        // its id
	App    func() string // which it is about, as far as that is known
	Now    func() time.Time
	Args   []string // of the command line, which may be repeated
	Stderr io.Writer
	Width  func() int       // of the terminal that it is, in columns
	Ask    <-chan os.Signal // each asks how the run is getting on; may be nil
}

// New is a log whose texts go to standard error, without the key.
func New(of Source) *Log {
	l := &Log{of: of}
	l.screen.to, l.screen.columns = of.Stderr, of.Width
	l.Words = masked{l, &l.screen}
	l.Late.to = l.Words
	return l
}

// Close ends it.
func (l *Log) Close() {
	if l.file != nil {
		_ = l.file.Close() // what could not be written is no reason to fail
	}
}

// Open settles where events go, by the options as far as they are known.
func (l *Log) Open(o *config.Options, tty bool) error {
	l.level, l.lastLine = o.LogLevel, time.Now()
	l.quiet, l.json, l.tty = o.Quiet, o.LogFormat == "json", tty
	l.people, l.events = nil, nil
	switch {
	case l.json:
		l.events = append(l.events, l.jsonTo(l.Words))
	case l.quiet && !tty:
		l.people = &l.Late
	default:
		l.people = l.Words
	}
	if o.LogFile == "" {
		return nil
	}
	f, err := os.OpenFile(o.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return config.Errorf("--log-file: %v", err)
	}
	l.file = f
	l.events = append(l.events, l.jsonTo(masked{l, f}))
	return nil
}

func (l *Log) jsonTo(w io.Writer) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l.level, ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
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

// Tell tells an event, with what is to be known of it.
func (l *Log) Tell(e *Event, attrs ...any) {
	l.toPeople(e, e.Sentence(), attrs...)
	l.ToPrograms(e, e.Sentence(), attrs...)
}

// toPeople tells people alone, in a sentence: "cometsync: warning: words (what it is
// about): why". --quiet keeps from them what is not a warning.
func (l *Log) toPeople(e *Event, words string, attrs ...any) {
	if l.people == nil || e.people < l.level || l.quiet && e.people == info {
		return
	}
	kind, why := "", ""
	if e.people >= warn {
		kind = "warning: "
	}
	var about []string
	for of := range slices.Chunk(attrs, 2) {
		text := phrase.Visible(fmt.Sprint(of[1]))
		if n, is := of[1].(int); is && of[0] != "row" {
			text = phrase.Thousands(n)
		}
		if _, is := of[1].(error); is {
			why += ": " + text
		} else if text != "" {
			about = append(about, fmt.Sprintf("%s %s", of[0], text))
		}
	}
	if len(about) > 0 {
		words += " (" + strings.Join(about, ", ") + ")"
	}
	fmt.Fprintf(l.people, "cometsync: %s%s%s\n", kind, words, why)
}

// ToPrograms tells programs alone.
func (l *Log) ToPrograms(e *Event, words string, attrs ...any) {
	ctx := context.Background()
	record := slog.NewRecord(l.of.Now().UTC(), e.level, words, 0)
	record.Add("event", e.name, "run", l.of.Run, "app", l.of.App())
	record.Add(attrs...)
	for _, h := range l.events {
		if e.always() || h.Enabled(ctx, e.level) {
			_ = h.Handle(ctx, record) // a log that can't be written is no reason to stop
		}
	}
}

// wire has net/http tell of bytes that nobody asked for, and not which: they may
// be anybody's.
type wire struct{ l *Log }

func (w wire) Write(text []byte) (int, error) {
	w.l.Tell(httpStray)
	return len(text), nil
}

// WatchWire is the end of the log that net/http has for itself.
func (l *Log) WatchWire() {
	log.SetFlags(0)
	log.SetOutput(wire{l})
}
