package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/monitor"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/run"
	"cometsync/internal/user"
	"cometsync/report"
)

// beginAnyway has a run begin whose options were not right, and those who watch over it
// told, as far as its words say how: a job that can't start is not to be a silent one.
func (a *app) beginAnyway(ctx context.Context, cmd *cobra.Command) {
	if a.Origins == nil { // a word of the command line was wrong; the others may not be
		for i := range a.Args {
			_ = cmd.ParseFlags(a.Args[i:min(i+2, len(a.Args))])
		}
		_, _ = a.Opt.Resolve(ctx, cmd.Flags(), a.Getenv)
	}
	if a.Set == nil { // the options are not settled
		a.Opt.LogFile = ""
		_ = a.openLog() // without a file
	}
	if a.command == "" {
		a.begin(cmd)
	}
	if a.watch == nil && a.watches() {
		a.watchAnyway(ctx)
	}
}

// withoutRun are the commands that are no run, and of which none is told.
var withoutRun = []string{"completion", "help", "man", "version"}

func (a *app) begin(cmd *cobra.Command) {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if slices.Contains(withoutRun, c.Name()) {
			return
		}
	}
	a.command = cmd.Name()
	a.Tell(events.RunStarted, "command", a.command, "version", run.Version())
}

func (a *app) finish(ctx context.Context, err error) {
	if a.command == "" {
		return
	}
	code := exit.Of(err)
	m := a.ended(ctx, code)
	switch {
	case a.Last != nil:
	case code == exit.Done: // of a command that comes to no result of its own
		m.Result = "done"
	case ctx.Err() != nil:
		m.Result = report.Interrupted.String()
	}
	a.Tell(events.RunFinished, "command", a.command, "result", m.Result, "exit", code, "took", time.Since(a.Begun), "counts", countsOf(m))
}

// countsOf are how many of what a run had to do with, as far as it came.
func countsOf(m *monitor.Run) map[string]any {
	p := m.Plan
	if p == nil {
		p = &monitor.Plan{}
	}
	counts := map[string]any{"users": 0, "rejects": 0, "held": p.Held, "leaving": p.Leaving, "requests": m.Requests}
	if m.Roster != nil {
		counts["users"], counts["rejects"] = *m.Roster, *m.Rejects
	}
	for _, v := range plan.Verbs() {
		var c report.Count
		for o, n := range p.Outcomes[v] {
			c.Take(o, n)
		}
		counts[v.String()] = c
	}
	return counts
}

func eventsText(width int) string {
	return phrase.Hang("", `With --log-format json every line on standard error is one event, as JSON; with
--log-file they go into a file as well. Each has time, level, msg (for people, and
not to be relied on), event, run and app, and where they make sense op, uid, file,
row, http, code, attempt, wait (seconds), counts and others. Of people only uids
stand there. The first and the last event of every run come at every --log-level.
Once a minute stage.progress says how far a phase has got: stage, done, of (how many
there are), rate (a second), left (seconds until it is over), wait (seconds until
requests go on that the service's limit holds back) and waited (seconds of that in
all). What can't be told is left out.`, width) + "\n" + events.Help(width)
}

func codesText(width int) string {
	var b strings.Builder
	b.WriteString(phrase.Hang("", "Why a row is rejected (code under rejects in report.json, _code in rejects.csv):", width) + "\n")
	for _, c := range user.Codes() {
		b.WriteString(phrase.Hang(fmt.Sprintf("  %-26s ", c), c.Sentence(), width))
	}
	b.WriteString("\n" + phrase.Hang("", "What a notice is about (code under notices in report.json):", width) + "\n")
	for _, n := range notice.Catalogue {
		b.WriteString(phrase.Hang(fmt.Sprintf("  %-26s ", n.Code), n.Sentence, width))
	}
	return b.String()
}

// tellFailure tells programs of the error that ended a run.
func (a *app) tellFailure(err error) {
	words := events.RunFailed.Sentence()
	if e, ok := errors.AsType[*run.Explained](err); ok {
		words, err = e.Words, e.Err
	}
	attrs := []any{"exit", exit.Of(err), "error", err}
	if calls := events.FailedCalls(err); len(calls) > 0 {
		attrs = append(attrs, events.CallAttrs(calls[0])...)
	}
	a.ToPrograms(events.RunFailed, words, attrs...)
}

// unchanged is an error of a run that could not go on, and had written nothing: its first
// line, which is a mail's, says so.
type unchanged struct{ error }

func (e unchanged) Unwrap() error { return e.error }

func (e unchanged) Error() string {
	first, rest, more := strings.Cut(e.error.Error(), "\n")
	if first += "; nothing was changed"; more {
		first += "\n" + rest
	}
	return first
}

// placed has an error say where in the configuration the option or the source is that
// it is about, from where a path counts at which nothing is, and that nothing was
// changed if a run that writes could not go on.
func (a *app) placed(err error) error {
	if _, told := errors.AsType[*run.Explained](err); err == nil || told {
		return err
	}
	option, _, _ := strings.Cut(strings.TrimPrefix(err.Error(), "--"), ":")
	option, _, _ = strings.Cut(option, " ")
	place := a.Opt.Place(err.Error())
	if from := a.Origins[option]; from.Kind == config.FromFile && strings.HasPrefix(err.Error(), "--") {
		place, _, _ = strings.Cut(from.Where, ": ")
	}
	if place != "" {
		err = fmt.Errorf("%s: %w", place, err)
	}
	if lost, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(lost, fs.ErrNotExist) && !filepath.IsAbs(lost.Path) {
		err = fmt.Errorf("%w; check the path, which counts from %s", err, config.Absolute("."))
	}
	writes := slices.Contains(watched, a.command) || a.command == "undo"
	said := strings.Contains(err.Error(), "nothing was ") // sent, or written
	if exit.Of(err) == exit.Failed && writes && !said &&
		(a.Last == nil || a.Last.Connection == nil || a.Last.Connection.Stats().Writes == 0) {
		return unchanged{err}
	}
	return err
}
