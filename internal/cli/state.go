package cli

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"cometsync/internal/apply"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// record is what an application writes down.
type record interface {
	apply.Record
	Plan(p *plan.Plan, in *user.Intake) error
	End(journal.End) error
}

type noRecord struct{}

func (noRecord) Plan(*plan.Plan, *user.Intake) error { return nil }
func (noRecord) Left(int, plan.Result) error         { return nil }
func (noRecord) Sent(...int) error                   { return nil }
func (noRecord) Done(int, plan.Result) error         { return nil }
func (noRecord) RoleSent(string) error               { return nil }
func (noRecord) RoleDone(string, string) error       { return nil }
func (noRecord) End(journal.End) error               { return nil }

// openRecord begins the run's journal. It is there before anything is read,
// so that a run which fails early is on record, too.
func (r *run) openRecord() error {
	r.record = noRecord{}
	home := r.home.Dir
	if r.target.Sandbox {
		home = r.trial.Dir
	}
	if home == "" {
		return nil
	}
	state, err := r.stateDir()
	if err != nil {
		return err
	}
	order := r.home.Order
	if r.target.Sandbox {
		order = func(state string, started time.Time) int64 { return journal.Order(state, started, home) }
	}
	dir, err := r.absReportDir()
	if err != nil {
		return err
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	tokens := r.opt.AuthTokens
	if tokens != "" {
		if tokens, err = filepath.Abs(tokens); err != nil {
			return err
		}
	}
	host, _ := os.Hostname() // only for people to read
	head := journal.Head{
		Run: r.id, Command: r.command, Version: version(), Target: r.target, PID: os.Getpid(), Host: host,
		StartedAt: r.started, Order: order(state, r.started), Dir: here, ReportDir: dir, Undoes: r.undoes, State: r.trial.State, From: r.trial.From, Tokens: tokens,
	}
	if v := r.reviewed; v != nil {
		if head.Plan, err = filepath.Abs(v.Path); err != nil {
			return err
		}
		head.PlanHash = v.Hash
		if d := v.decisions; d != nil {
			if head.Decisions, err = filepath.Abs(d.File); err != nil {
				return err
			}
			head.DecisionsHash = d.SHA256
		}
	}
	j, err := journal.Create(home, head, r.Now)
	if err != nil && r.target.Sandbox {
		r.Tell(events.RecordNone, "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	r.record = j
	return nil
}

// lock takes the target's lock for a run that writes. It may wait for another
// run to end, and says so.
func (r *run) lock(ctx context.Context) (release func(), err error) {
	if r.home.Dir == "" {
		return func() {}, nil
	}
	state, err := r.stateDir()
	if err != nil {
		return nil, err
	}
	if of, others := r.home.Others(); others {
		r.Tell(events.StateOfAnother, "target", r.target.String(), "other", of.String(), "directory", r.home.Dir)
	}
	host, _ := os.Hostname() // only for people to read
	holder := journal.Holder{PID: os.Getpid(), Host: host, Run: r.id, Started: r.started}
	l, err := r.home.Acquire(ctx, state, appName(r.target), holder, 0)
	var held *journal.HeldError
	if errors.As(err, &held) && r.within(r.opt.LockTimeout) > 0 {
		r.Tell(events.LockWaiting, "earlier", held.Holder.Run, "process", held.Holder.PID, "host", held.Holder.Host, "for at most", r.within(r.opt.LockTimeout))
		l, err = r.home.Acquire(ctx, state, appName(r.target), holder, r.within(r.opt.LockTimeout))
	}
	if err != nil {
		return nil, err
	}
	return func() { l.Release() }, nil
}

// homeOf is where the target's state lies. The embedded sandbox has none: each
// run on it begins with the same users, and knows of no other; see kept.
func (a *session) homeOf(t plan.Target) (journal.Home, error) {
	if t.Sandbox {
		return journal.Home{}, nil
	}
	state, err := a.stateDir()
	if err != nil {
		return journal.Home{}, err
	}
	return journal.Find(state, appName(t), t)
}

// namedTarget is the target that the options name, nil if they name none; what
// they leave out may be anything.
func (a *session) namedTarget() *plan.Target {
	switch {
	case a.opt.Sandbox != "":
		return &plan.Target{Sandbox: true}
	case a.opt.AppID == "" && a.opt.BaseURL == "":
		return nil
	}
	return &plan.Target{AppID: a.opt.AppID, Region: a.opt.Region, BaseURL: a.opt.BaseURL}
}

// targetOf makes the target of a plan or run the one that is worked on, unless
// the options name another.
func (a *session) targetOf(made plan.Target) (named *plan.Target, fits bool) {
	named = a.namedTarget()
	if named == nil && a.opt.Region != "" && made.Normal().Region != "" {
		named = &plan.Target{Region: a.opt.Region}
	}
	if fits = named == nil || named.Fits(made); fits {
		a.opt.AppID, a.opt.Region, a.opt.BaseURL = made.AppID, made.Region, made.BaseURL
	}
	return named, fits
}

// appName is the name that state directories and protect lists have for an app,
// however its address is spelt. Targets of one app id share it.
func appName(t plan.Target) string {
	if t.AppID != "" {
		return strings.ToLower(t.AppID)
	}
	u, err := url.Parse(t.BaseURL)
	if err != nil {
		return t.BaseURL
	}
	host := strings.ToLower(u.Hostname())
	if id, rest, ok := strings.Cut(host, "."); ok && strings.HasPrefix(rest, "api-") && strings.HasSuffix(rest, ".cometchat.io") {
		return id
	}
	if config.Loopback(host) {
		host = "localhost"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return host + strings.TrimSuffix(strings.TrimSuffix(u.Path, ".0"), "/v3")
}

// stateDir is where the state of all apps lies.
func (a *session) stateDir() (string, error) {
	if a.opt.StateDir != "" {
		return a.opt.StateDir, nil
	}
	if d := a.getenv("STATE_DIRECTORY"); d != "" {
		return d, nil
	}
	if d := a.getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "cometsync"), nil
	}
	if home := a.getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "cometsync"), nil
	}
	return "", errors.New("no state directory: HOME is not set; name one with --state-dir")
}
