package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"cometsync/internal/config"
	"cometsync/internal/monitor"
	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// Events go to people as text, or to programs as JSON, one a line: on standard
// error by --log-format, and as JSON into --log-file. In JSON stand the uids of
// people and nothing else of them, at every level: texts that a source or the
// service may have a part in are left out, or go without what they quote.

// openLog settles where events go, by the options as far as they are known.
func (a *app) openLog(level slog.Level) error {
	a.people, a.events = nil, nil
	if a.opt.LogFormat == "json" {
		a.events = append(a.events, a.jsonTo(a.words, level))
	} else {
		text := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, attr slog.Attr) slog.Attr {
			if len(groups) == 0 && attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		}}
		words := a.words
		if _, tty := terminal(a.Stderr); a.opt.Quiet && !tty {
			words = &a.late
		}
		a.people = slog.New(slog.NewTextHandler(words, text))
	}
	if a.opt.LogFile == "" {
		return nil
	}
	f, err := os.OpenFile(a.opt.LogFile, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return usage("--log-file: %v", err)
	}
	a.logFile = f
	a.events = append(a.events, a.jsonTo(masked{a, f}, level))
	return nil
}

func (a *app) jsonTo(w io.Writer, level slog.Level) slog.Handler {
	return slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level, ReplaceAttr: func(_ []string, attr slog.Attr) slog.Attr {
		attr.Key = strings.ReplaceAll(attr.Key, " ", "_")
		switch v := attr.Value.Any().(type) {
		case error:
			attr.Value = slog.StringValue(a.impersonal(v))
		case time.Duration:
			attr.Value = slog.Float64Value(float64(v.Milliseconds()) / 1000)
		}
		return attr
	}})
}

// tell tells an event, with what is to be known of it.
func (a *app) tell(e event, attrs ...any) { a.tellAs(e, events[e].sentence, attrs...) }

// tellAs is tell in words of its own, in which no person may stand.
func (a *app) tellAs(e event, words string, attrs ...any) {
	a.toPeople(e, words, attrs...)
	a.toPrograms(e, words, attrs...)
}

// toPeople tells people alone; --quiet keeps from them what is no warning.
func (a *app) toPeople(e event, words string, attrs ...any) {
	if level := events[e].people; a.people != nil && !(a.opt.Quiet && level == slog.LevelInfo) {
		a.people.Log(context.Background(), level, words, attrs...)
	}
}

// toPrograms tells programs alone.
func (a *app) toPrograms(e event, words string, attrs ...any) {
	ctx := context.Background()
	record := slog.NewRecord(a.Now().UTC(), events[e].level, words, 0)
	record.Add("event", e.String(), "run", a.id, "app", a.appLabel())
	record.Add(attrs...)
	for _, h := range a.events {
		if e.always() || h.Enabled(ctx, events[e].level) {
			_ = h.Handle(ctx, record) // a log that can't be written is no reason to stop
		}
	}
}

// appLabel is the app that events are about: its id, or its address.
func (a *app) appLabel() string {
	switch {
	case a.opt.Sandbox != "":
		return "sandbox"
	case a.opt.AppID == "" && a.opt.BaseURL == "":
		return ""
	}
	return appName(plan.Target{AppID: a.opt.AppID, BaseURL: a.opt.BaseURL}.Normal())
}

// given is the value of an option where the options can't all be read: by the command
// line, the environment, or a line of the configuration.
func (a *app) given(option string) (value string) {
	outside := func(option string) (value string) {
		value = a.getenv(config.Variable(option))
		for i, arg := range a.Args {
			if arg == "--"+option && i+1 < len(a.Args) {
				value = a.Args[i+1]
			} else if v, ok := strings.CutPrefix(arg, "--"+option+"="); ok {
				value = v
			}
		}
		return value
	}
	if value = outside(option); value != "" {
		return value
	}
	if x := a.opt.Find(option); x != nil && x.Variable != "" && a.getenv(x.Variable) != "" {
		return a.getenv(x.Variable)
	}
	path := outside("config")
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return "" // a pipe has been read, or nobody writes to it
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(option) + `:\s*(?:"([^"\n]*)"|'([^'\n]*)'|([^\s"'#]+))`).FindSubmatch(text)
	if line == nil {
		return ""
	}
	return string(slices.Concat(line[1:]...))
}

// beginAnyway has a run begin whose options were not right, and those who watch over it
// told, as far as its words say how: a job that can't start is not to be a silent one.
func (a *app) beginAnyway(ctx context.Context, cmd *cobra.Command) {
	if a.set == nil { // the options are not settled
		a.opt.LogFile = ""
		if a.opt.LogFormat = a.given("log-format"); a.opt.LogFormat != "json" {
			a.opt.LogFormat = "text"
		}
		_ = a.openLog(slog.LevelInfo) // without a file
		for name, to := range map[string]*string{"app-id": &a.opt.AppID, "region": &a.opt.Region, "base-url": &a.opt.BaseURL, "sandbox": &a.opt.Sandbox,
			"metrics-file": &a.opt.MetricsFile, "ping-url": &a.opt.PingURL} {
			*to = cmp.Or(*to, a.given(name))
		}
		a.opt.DryRun = a.opt.DryRun || slices.Contains(a.Args, "-n") || slices.Contains(a.Args, "--dry-run")
	}
	if a.command == "" {
		a.begin(cmd)
	}
	if a.watch == nil && slices.Contains(watched, a.command) && !a.opt.DryRun {
		a.watchAnyway(ctx)
	}
}

// wire has net/http tell of bytes that nobody asked for, and not which: they may
// be anybody's.
type wire struct{ a *app }

func (w wire) Write(text []byte) (int, error) {
	w.a.tell(httpStray)
	return len(text), nil
}

// watchWire is the end of the log that net/http has for itself.
func (a *app) watchWire() {
	log.SetFlags(0)
	log.SetOutput(wire{a})
}

// withoutRun are the commands that are no run, and of which none is told.
var withoutRun = []string{"completion", "help", "man", "version"}

// begin tells that the configuration is read.
func (a *app) begin(cmd *cobra.Command) {
	for c := cmd; c.HasParent(); c = c.Parent() {
		if slices.Contains(withoutRun, c.Name()) {
			return
		}
	}
	a.command = cmd.Name()
	a.tell(runStarted, "command", a.command, "version", version())
}

// finish tells how the run ended, whatever became of it.
func (a *app) finish(ctx context.Context, err error) {
	if a.command == "" {
		return
	}
	code := exitCode(err)
	m := a.ended(ctx, code)
	switch {
	case a.run != nil:
	case code == exitDone: // of a command that comes to no result of its own
		m.Result = "done"
	case ctx.Err() != nil:
		m.Result = report.Interrupted.String()
	}
	a.tell(runFinished, "command", a.command, "result", m.Result, "exit", code, "took", time.Since(a.begun), "counts", countsOf(m))
}

// countsOf are how many of what a run had to do with, as far as it came.
func countsOf(m *monitor.Run) map[string]any {
	counts := map[string]any{"users": 0, "rejects": 0, "held": 0, "leaving": 0, "requests": m.Requests}
	if m.Roster != nil {
		counts["users"], counts["rejects"] = *m.Roster, *m.Rejects
	}
	for _, v := range plan.Verbs() {
		of, planned := map[string]int{}, 0
		for o := plan.Applied; o <= plan.Unknown; o++ {
			n := 0
			if m.Plan != nil {
				n = m.Plan.Outcomes[monitor.Outcome{Verb: v.String(), Outcome: o.String()}]
			}
			of[o.String()] = n
			planned += n
		}
		of["planned"] = planned
		counts[v.String()] = of
	}
	if m.Plan != nil {
		counts["held"], counts["leaving"] = m.Plan.Held, m.Plan.Leaving
	}
	return counts
}

// impersonal is what an error says, without what it quotes of a source, and
// without what the service said of its own. What stands on the command line may
// be repeated, and so may all of an error that ended the run before it read.
func (a *app) impersonal(err error) string {
	text := err.Error()
	if exitCode(err) == exitUsage {
		return text
	}
	for _, call := range failedCalls(err) {
		text = strings.ReplaceAll(text, call.Error(), call.Brief())
	}
	text = quotation.ReplaceAllStringFunc(text, func(q string) string {
		if slices.ContainsFunc(a.Args, func(arg string) bool { return strings.HasSuffix("="+arg, "="+strings.Trim(q, `"`)) }) {
			return q
		}
		return `"…"`
	})
	if cut := single.FindStringIndex(text); cut != nil {
		text = text[:cut[0]] + " …"
	}
	return text
}

var (
	quotation = regexp.MustCompile(`"(?:[^"\\]|\\.)*"?`)
	single    = regexp.MustCompile(`(?:^|[\s(=\[])'`)
)

// code is the code of a failure: the service's, if an answer of that status has
// one that looks like it, or else one of ours.
func code(text string, status int) string {
	if status != 0 && !serviceCode.MatchString(text) {
		return fmt.Sprintf("http-%d", status)
	}
	return text
}

var serviceCode = regexp.MustCompile(`^(AUTH_)?ERR_[A-Z0-9_]{1,60}$`)

// tellGuards tells of the guards that refuse the plan, or withhold a part of it,
// and of those that will refuse a later one; what they are about may be a value of
// somebody's.
func (r *run) tellGuards() {
	if r.plan == nil {
		return
	}
	for _, g := range r.plan.Tripped() {
		r.tell(guardTripped, "guard", g.Name, "limit", g.Limit, "actual", g.Actual, "allow", g.Allow)
	}
	for _, g := range r.plan.Forewarned() {
		r.tell(guardForeseen, "guard", g.Name, "limit", g.Limit, "actual", g.Actual)
	}
}

// tellOperation tells of an operation that did not go well.
func (r *run) tellOperation(o *plan.Operation, result *plan.Result) {
	switch result.Outcome {
	case plan.Failed, plan.Drifted, plan.Unknown:
		attrs := []any{"op", o.Verb, "uid", o.UID, "outcome", result.Outcome, "http", result.Status, "code", code(result.Code, result.Status), "attempt", result.Attempts}
		if o.Source.Row > 0 {
			attrs = append(attrs, "file", o.Source.File, "row", o.Source.Row)
		}
		r.tell(operationFailed, attrs...)
	}
}

// eventsHelp lists the events, for help.
func eventsHelp() string {
	var b strings.Builder
	for e := runStarted; int(e) < len(events); e++ {
		fmt.Fprintf(&b, "  %-20s %-6s %s\n", e, events[e].level, events[e].sentence)
	}
	return b.String()
}

// codesTopic is a page of help.
func codesTopic() *cobra.Command {
	var b strings.Builder
	b.WriteString("Why a row is rejected (code under rejects in report.json, _code in rejects.csv):\n\n")
	for _, c := range user.Codes() {
		fmt.Fprintf(&b, "  %-26s %s\n", c, c.Sentence())
	}
	b.WriteString("\nWhat a notice is about (code under notices in report.json):\n\n")
	for _, n := range notice.Catalogue {
		fmt.Fprintf(&b, "  %-26s %s\n", n.Code, n.Sentence)
	}
	return &cobra.Command{Use: "codes", Short: "What the codes of rejects and notices mean", Long: b.String()}
}

// eventsTopic is a page of help.
func eventsTopic() *cobra.Command {
	return &cobra.Command{
		Use:   "events",
		Short: "What --log-format json and --log-file tell",
		Long: `With --log-format json every line on standard error is one event, as JSON; with
--log-file they go into a file as well. Each has time, level, msg (for people, and
not to be relied on), event, run and app, and where they make sense op, uid, file,
row, http, code, attempt, wait (seconds), counts and others. Of people only uids
stand there. The first and the last event of every run come at every --log-level.

` + eventsHelp(),
	}
}
