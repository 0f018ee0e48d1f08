package run

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptrace"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"cometsync/internal/clock"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/sandbox"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/roster"
)

// A rehearsal is the very sync, with a copy of the app that it makes by reading it, a copy
// of the state, and a clock that skips waiting. Nothing of it is left but what it tells:
// its journal, its report and its tokens go where the copies are, and those go. The copy
// of the app answers as late as the app did, and refuses more requests a minute than the
// app allows, by the documents or by what its answers said.

// Rehearse rehearses the sync of a roster, and reports its plan with what the sync
// would take and come to.
func (r *Run) Rehearse(ctx context.Context, sources []string) error {
	if err := r.Dial(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "cometsync-")
	if err != nil {
		return err
	}
	defer exit.Unfinished(dir)()
	defer os.RemoveAll(dir)
	// The clock skips also what whoever is interrupted has of grace.
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	by, held := r.Home.Holder()
	sync, err := r.apart(ctx, dir, by.Run, clock.New(running))
	if err != nil {
		return err
	}
	defer sync.Close()
	if err := sync.Read(ctx, sources); err != nil {
		return err
	}
	app, err := r.look(ctx)
	if err != nil {
		return err
	}
	app.held, app.beside = held, by.Run
	if sync.Connection, err = sync.stage(app); err != nil {
		return err
	}
	sync.Begun = sync.Begun.Add(r.Now().Sub(app.at)) // a sync has nothing to look at first
	err = sync.Do(ctx, sync.Compare)
	if ctx.Err() != nil || sync.Plan == nil {
		return err
	}
	return r.told(sync, app, err)
}

// apart is the sync that is rehearsed, which leaves nothing but in a directory that goes,
// and knows nothing of a run that is under way beside it.
func (r *Run) apart(ctx context.Context, dir, beside string, by *clock.Clock) (*Run, error) {
	s := *r.Session
	state, _ := r.StateDir() // without one, there is nothing that is called so
	s.Opt.StateDir, s.Opt.KeepRuns, s.Opt.KeepDays, s.Opt.KeepChanged = filepath.Join(dir, "state"), 0, 0, 0
	if s.Opt.AuthTokens != "" {
		s.Opt.AuthTokens = filepath.Join(dir, "tokens.csv")
	}
	if r.reportDir() != "" {
		s.Opt.ReportDir = filepath.Join(dir, "report")
	}
	if home := r.Home.Dir; home != "" && history.Exists(home) {
		if err := r.Home.Copy(ctx, filepath.Join(s.Opt.StateDir, filepath.Base(home)), beside); err != nil {
			return nil, fmt.Errorf("copying the state: %w", err)
		}
	}
	r.Log.Places.Store(strings.NewReplacer(s.Opt.StateDir, state, filepath.Join(dir, "tokens.csv"), r.Opt.AuthTokens,
		filepath.Join(dir, "report"), r.reportDir()))
	s.Clock = by
	s.Now, s.Stdout = s.Clock.Now, io.Discard
	s.Started, s.Begun = s.Now(), s.Now()
	return s.NewRun(ctx, "sync", Needs{Roster: true, Target: true})
}

// app is what was seen of an app, for a copy of it.
type app struct {
	at     time.Time // when the look began
	held   bool      // a run was changing it
	beside string    // which, where that is known
	users  []user.User
	odd    []user.User // who can't be managed
	roles  []string
	bots   map[string]bool
	limits plan.Rates
	stated bool          // its answers say what the limits are
	answer time.Duration // how long it takes for one
}

// answers is of how many requests the median is taken for how long an answer takes.
const answers = 9

// look sees all of the app that a sync would.
func (r *Run) look(ctx context.Context) (a app, err error) {
	a.at = r.Now()
	if a.users, a.odd, err = r.Users(ctx, r.Connection); err != nil {
		return a, err
	}
	p := r.Progress("reading roles and bots", 0)
	if a.roles, err = r.Connection.Roles(ctx); err != nil {
		err = fmt.Errorf("reading the app's roles: %w", err)
	} else {
		a.bots, _, err = r.Connection.Bots(ctx)
	}
	p.Done()
	if err != nil {
		return a, err
	}
	p = r.Progress("timing answers", answers)
	defer p.Done()
	var took []time.Duration
	var asked time.Time
	timed := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		WroteRequest:         func(httptrace.WroteRequestInfo) { asked = time.Now() },
		GotFirstResponseByte: func() { took = append(took, time.Since(asked)) },
	})
	for i := range answers {
		uid := "nobody"
		if n := len(a.users); n > 0 {
			uid = a.users[i*n/answers].UID
		}
		if _, _, err = r.Connection.Get(timed, uid); err != nil {
			return a, err
		}
		p.Add(1)
	}
	slices.Sort(took)
	if len(took) > 0 {
		a.answer = took[len(took)/2]
	}
	a.limits, a.stated = r.Connection.Limits()
	// Reading tells of the budget for reading alone. Of a plan that allows less than the
	// usual of it, the others are no larger.
	a.limits.Core = min(a.limits.Core, a.limits.Standard)
	return a, nil
}

// state writes what was seen as the state of a sandbox.
func (a *app) state(w io.Writer) error {
	line := json.NewEncoder(w)
	for _, role := range a.roles {
		if err := line.Encode(map[string]string{"role": role}); err != nil {
			return err
		}
	}
	for i := range a.odd { // without a name, they are odd there as well
		if err := line.Encode(map[string]any{"raw": map[string]any{"uid": a.odd[i].UID, "name": nil}}); err != nil {
			return err
		}
	}
	for i := range a.users {
		var b bytes.Buffer
		if err := roster.Write(&b, "jsonl", a.users[i:i+1], time.Time{}); err != nil {
			return err
		}
		text := b.Bytes()
		if a.bots[a.users[i].UID] {
			text = append(bytes.TrimSuffix(text, []byte("}\n")), `,"bot":{"enabled":true}}`+"\n"...)
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}

// stage connects with a copy of the app, by calling it: on a socket, nobody sees who waits.
func (r *Run) stage(a app) (*Connection, error) {
	whole := func(perMinute float64) int {
		if math.IsInf(perMinute, 1) {
			return 0
		}
		return int(perMinute)
	}
	config := sandbox.Config{
		Key: r.Key, Now: r.Clock.Now, Sleep: r.Clock.Sleep, Latency: a.answer, Foreign: r.Opt.Others,
		LimitCore: whole(a.limits.Core), LimitStandard: whole(a.limits.Standard), LimitImport: whole(a.limits.Import),
	}
	if !a.stated {
		config.HeadersWhen = "refused"
	}
	c := &Connection{box: sandbox.New(config), Close: func() {}}
	in, out := io.Pipe()
	go func() { out.CloseWithError(a.state(out)) }()
	err := c.box.LoadSeen(in)
	if err != nil {
		return nil, fmt.Errorf("the copy of the app: %w", err)
	}
	c.Client, err = r.client(&r.Target, "http://localhost/v3", r.Key, r.asked, calls{c.box})
	return c, err
}

// calls has a handler answer requests without a network.
type calls struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (c calls) RoundTrip(req *http.Request) (resp *http.Response, err error) {
	w := &written{header: http.Header{}}
	resp = &http.Response{Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: req}
	c.ServeHTTP(w, req)
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	for name, values := range w.header {
		resp.Header[http.CanonicalHeaderKey(name)] = values
	}
	resp.StatusCode, resp.ContentLength, resp.Body = w.status, int64(w.Len()), io.NopCloser(&w.Buffer)
	return resp, nil
}

// written is an answer.
type written struct {
	bytes.Buffer
	header http.Header
	status int
}

func (w *written) Header() http.Header    { return w.header }
func (w *written) WriteHeader(status int) { w.status = status }

// told reports the plan of a sync that was rehearsed, and what it came to.
func (r *Run) told(sync *Run, a app, err error) error {
	stats := sync.Connection.Stats()
	r.rehearsal = &report.Rehearsal{
		Result: sync.result, ExitCode: exit.Of(err), Seconds: sync.Clock.Since(sync.Begun).Seconds(), Applying: sync.applying.Seconds(),
		Requests: int(stats.Requests), Retries: int(stats.Retries), Throttled: int(stats.Throttled),
		Answer: a.answer.Seconds(), Limits: a.limits, Others: r.Opt.Others, Remaining: sync.verified.Remaining,
	}
	var silent exit.Silent
	if err != nil && !errors.As(err, &silent) {
		r.rehearsal.Problem = r.Log.Places.Load().Replace(err.Error())
	}
	for i := range sync.Results {
		r.rehearsal.Outcomes.Take(sync.Results[i].Outcome, 1)
	}
	r.Roster, r.Plan, r.Policy = sync.Roster, sync.Plan, sync.Policy
	r.Plan.CreatedAt = a.at           // by a clock that skips nothing
	defer func() { r.Roster = nil }() // the sync closes it
	if a.held {
		r.notice(notice.RehearsalBeside, 0, "another run is under way with this app (%s): a sync that began now would be refused "+
			"(exit status 6), and what is told here does not count on what that run still changes",
			cmp.Or(a.beside, "it does not say which"))
	}
	r.noticeFailures(sync)
	r.Results = r.Plan.Unsent()
	return r.Conclude(r.judge())
}

// noticeFailures says which operations of the sync failed, unless a guard refused all.
func (r *Run) noticeFailures(sync *Run) {
	n, first := 0, ""
	for i := range sync.Results {
		switch x := &sync.Results[i]; x.Outcome {
		case plan.Failed, plan.Drifted, plan.Unknown:
			if o := &sync.Plan.Operations[i]; n == 0 {
				first = fmt.Sprintf("%s %s: %s", o.Verb, o.UID, x.Message)
			}
			n++
		}
	}
	if n > 0 {
		r.notice(notice.RehearsalFailed, n, "operations that failed in the rehearsal: %d (%s)", n, first)
	}
}
