package cli

import (
	"cmp"
	"context"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/monitor"
	"cometsync/internal/plan"
	"cometsync/internal/run"
	"cometsync/report"
)

// Those who watch over a nightly job are told when it begins and how it ended,
// whatever came of it: also when it could not begin. They never make a difference
// to it: that one of them could not be told is a warning.

const finishTime = 5 * time.Minute

// finishVariables are what that command finds in its environment beside
// COMETSYNC_APP_ID and COMETSYNC_REPORT_DIR, which are options as well. A cometsync
// that it runs does not take them for such.
var finishVariables = []string{
	"COMETSYNC_RUN", "COMETSYNC_RESULT", "COMETSYNC_EXIT", "COMETSYNC_GUARDS", "COMETSYNC_FORESEEN", "COMETSYNC_REJECTS", "COMETSYNC_HELD",
	"COMETSYNC_LEAVING",
	"COMETSYNC_CREATED", "COMETSYNC_UPDATED", "COMETSYNC_DEACTIVATED", "COMETSYNC_REACTIVATED", "COMETSYNC_FAILED", "COMETSYNC_WITHHELD",
}

// watch is an invocation that somebody watches over.
type watch struct {
	began time.Time
	ping  *monitor.Ping // nil for none
	heard chan error    // that it began
}

// beginWatch reports that a run begins. How it ended is told by Main, after its own
// last word.
func (a *app) beginWatch(ctx context.Context) error {
	if file := a.Opt.MetricsFile; file != "" && filepath.Ext(file) != ".prom" {
		return usage("--metrics-file %q: the node exporter reads only files named *.prom", file)
	}
	w := &watch{began: time.Now(), heard: make(chan error, 1)}
	if a.Opt.PingURL != "" {
		p, err := monitor.ParsePing(a.Opt.PingURL)
		if err != nil {
			return usage("--ping-url: %v", err) // without the address, which may be a secret
		}
		w.ping = &p
		go func() { w.heard <- p.Send(context.WithoutCancel(ctx), monitor.Start, 1) }()
	}
	a.watch = w
	return nil
}

// watched are the commands that somebody watches over.
var watched = []string{"sync", "apply"}

func (a *app) watches() bool { return slices.Contains(watched, a.command) && !a.Opt.DryRun }

// watchAnyway is beginWatch for a run whose options were not right, of which those are
// left out that are not.
func (a *app) watchAnyway(ctx context.Context) {
	if filepath.Ext(a.Opt.MetricsFile) != ".prom" {
		a.Opt.MetricsFile = ""
	}
	if a.beginWatch(ctx) != nil {
		a.Opt.PingURL = ""
		_ = a.beginWatch(ctx)
	}
}

func (a *app) endWatch(ctx context.Context, code int) {
	w := a.watch
	if w == nil {
		return
	}
	m := a.ended(ctx, code)
	m.Took, m.Ended = time.Since(w.began), a.Now()
	if file := a.Opt.MetricsFile; file != "" {
		if err := monitor.WriteMetrics(file, m); err != nil {
			a.Tell(events.MetricsUnwritten, "file", file, "error", err)
		}
	}
	ctx = context.WithoutCancel(ctx)
	if w.ping != nil {
		signal := monitor.Success
		if code != exit.Done {
			signal = monitor.Fail
		}
		if err := cmp.Or(<-w.heard, w.ping.Send(ctx, signal, 2)); err != nil {
			a.Tell(events.PingFailed, "error", err)
		}
	}
	if a.Opt.OnFinish != "" {
		output := a.Words
		if a.Opt.LogFormat == "json" { // a command's words are no event
			output = io.Discard
		}
		c := monitor.Command{Line: a.Opt.OnFinish, Environment: a.finishEnvironment(m), Output: output, Time: finishTime}
		if err := c.Run(ctx); err != nil {
			a.Tell(events.OnFinishFailed, "error", err)
		}
	}
}

func (a *app) ended(ctx context.Context, code int) *monitor.Run {
	target := plan.Target{AppID: a.Opt.AppID, Region: a.Opt.Region, BaseURL: a.Opt.BaseURL, Sandbox: a.Opt.Sandbox != ""}
	m := &monitor.Run{App: run.AppName(target), Region: target.Normal().Region, ID: a.ID, Exit: code, Result: report.Failed.String()}
	if target.Sandbox {
		m.App = "sandbox"
	}
	r := a.Last
	if r == nil { // the options were not right
		return m
	}
	m.Result = r.EndedAs(ctx, m.Exit)
	if r.Connection != nil {
		s := r.Connection.Stats()
		m.Requests, m.Throttled = s.Requests, s.Waited
	}
	if in := r.Intake(); r.Roster != nil || r.Reviewed != nil {
		users, rejects := in.Users, in.Rejected
		if r.Plan != nil {
			users, rejects = users-len(r.Plan.Rejects), r.Rejected()
		}
		m.Roster, m.Rejects = &users, &rejects
	}
	if p := r.Plan; p != nil {
		m.Plan = &monitor.Plan{
			Outcomes: map[plan.Verb]map[plan.Outcome]int{}, Guards: namesOf(p.Tripped()), Foreseen: namesOf(p.Forewarned()),
			Held: len(p.Held), Leaving: len(p.Leaving), Active: p.Remote.Active, Deactivated: p.Remote.Deactivated,
		}
		for _, v := range plan.Verbs() {
			m.Plan.Outcomes[v] = map[plan.Outcome]int{}
		}
		for i := range r.Results {
			m.Plan.Outcomes[p.Operations[i].Verb][r.Results[i].Outcome]++
		}
	}
	return m
}

// finishEnvironment is this process's environment without the key, and with how
// the run ended: nothing of any person.
func (a *app) finishEnvironment(m *monitor.Run) []string {
	var env []string
	for _, entry := range a.Environ {
		if !strings.HasPrefix(entry, "COMETCHAT_API_KEY=") && a.Mask.Text(entry) == entry {
			env = append(env, entry)
		}
	}
	add := func(name, value string) { env = append(env, "COMETSYNC_"+name+"="+value) }
	add("RUN", m.ID)
	add("RESULT", m.Result)
	add("EXIT", strconv.Itoa(m.Exit))
	add("APP_ID", m.App)
	reports := ""
	if a.Last != nil {
		reports = a.Last.Reported
	}
	add("REPORT_DIR", reports)
	if m.Rejects != nil {
		add("REJECTS", strconv.Itoa(*m.Rejects))
	}
	p := m.Plan
	if p == nil {
		return env
	}
	add("HELD", strconv.Itoa(p.Held))
	add("LEAVING", strconv.Itoa(p.Leaving))
	add("GUARDS", strings.Join(p.Guards, " "))
	add("FORESEEN", strings.Join(p.Foreseen, " "))
	failed, withheld := 0, 0
	for _, v := range plan.Verbs() {
		of := p.Outcomes[v]
		add(strings.ToUpper(v.String())+"D", strconv.Itoa(of[plan.Applied]))
		failed, withheld = failed+of[plan.Failed], withheld+of[plan.Withheld]
	}
	add("FAILED", strconv.Itoa(failed))
	add("WITHHELD", strconv.Itoa(withheld))
	return env
}

// namesOf are those of guards, each once.
func namesOf(guards []plan.Guard) []string {
	return slices.DeleteFunc(plan.GuardNames(), func(name string) bool {
		return !slices.ContainsFunc(guards, func(g plan.Guard) bool { return g.Name == name })
	})
}
