package run

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

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
func (r *Run) openRecord() error {
	r.record = noRecord{}
	home := r.Home
	if r.Target.Sandbox {
		home = journal.Home{Dir: r.Trial.Dir}
	}
	if home.Dir == "" {
		return nil
	}
	state, err := r.StateDir()
	if err != nil {
		return err
	}
	host, _ := os.Hostname() // only for people to read
	head := journal.Head{
		Run: r.ID, Command: r.Command, Version: Version(), Target: r.Target, PID: os.Getpid(), Host: host,
		StartedAt: r.Started, Order: home.Order(state, r.Started), Dir: config.Absolute("."), ReportDir: r.absReportDir(), Undoes: r.Undoes,
		State: r.Trial.State, From: r.Trial.From, Tokens: config.Absolute(r.Opt.AuthTokens),
	}
	if v := r.Reviewed; v != nil {
		head.Plan, head.PlanHash = config.Absolute(v.Path), v.Hash
		head.Dir = cmp.Or(v.Plan.Dir, head.Dir)
		if d := v.Decisions; d != nil {
			head.Decisions, head.DecisionsHash = config.Absolute(d.File), d.SHA256
		}
	}
	j, err := journal.Create(home.Dir, head, r.Now)
	if err != nil && r.Target.Sandbox {
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
func (r *Run) lock(ctx context.Context) (release func(), err error) {
	if r.Home.Dir == "" {
		return func() {}, nil
	}
	state, err := r.StateDir()
	if err != nil {
		return nil, err
	}
	if of, others := r.Home.Others(); others {
		r.Tell(events.StateOfAnother, "target", r.Target.String(), "other", of.String(), "directory", r.Home.Dir)
	}
	host, _ := os.Hostname() // only for people to read
	holder := journal.Holder{PID: os.Getpid(), Host: host, Run: r.ID, Started: r.Started}
	l, err := r.Home.Acquire(ctx, state, AppName(r.Target), holder, 0)
	var held *journal.HeldError
	if errors.As(err, &held) && r.within(r.Opt.LockTimeout) > 0 {
		r.Tell(events.LockWaiting, "earlier", held.Holder.Run, "process", held.Holder.PID, "host", held.Holder.Host, "for at most",
			r.within(r.Opt.LockTimeout))
		l, err = r.Home.Acquire(ctx, state, AppName(r.Target), holder, r.within(r.Opt.LockTimeout))
	}
	if err != nil {
		return nil, err
	}
	return func() { l.Release() }, nil
}

// HomeOf is where the target's state lies. The embedded sandbox has none: each
// run on it begins with the same users, and knows of no other; see kept.
func (a *Session) HomeOf(t plan.Target) (journal.Home, error) {
	if t.Sandbox {
		return journal.Home{}, nil
	}
	state, err := a.StateDir()
	if err != nil {
		return journal.Home{}, err
	}
	return journal.Find(state, AppName(t), t)
}

// NamedTarget is the target that the options name, nil if they name none; what
// they leave out may be anything.
func (a *Session) NamedTarget() *plan.Target {
	switch {
	case a.Opt.Sandbox != "":
		return &plan.Target{Sandbox: true}
	case a.Opt.AppID == "" && a.Opt.BaseURL == "":
		return nil
	}
	return &plan.Target{AppID: a.Opt.AppID, Region: a.Opt.Region, BaseURL: a.Opt.BaseURL}
}

// TargetOf makes the target of a plan or run the one that is worked on, unless
// the options name another.
func (a *Session) TargetOf(made plan.Target) (named *plan.Target, fits bool) {
	named = a.NamedTarget()
	if named == nil && a.Opt.Region != "" && made.Normal().Region != "" {
		named = &plan.Target{Region: a.Opt.Region}
	}
	if fits = named == nil || named.Fits(made); fits {
		a.Opt.AppID, a.Opt.Region, a.Opt.BaseURL = made.AppID, made.Region, made.BaseURL
	}
	return named, fits
}

// AppName is the name that state directories and protect lists have for an app,
// however its address is spelt. Targets of one app id share it.
func AppName(t plan.Target) string {
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
	if plan.Loopback(host) {
		host = "localhost"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return host + strings.TrimSuffix(strings.TrimSuffix(u.Path, ".0"), "/v3")
}

// StateDir is where the state of all apps lies.
func (a *Session) StateDir() (string, error) {
	if a.Opt.StateDir != "" {
		return a.Opt.StateDir, nil
	}
	if d := a.Getenv("STATE_DIRECTORY"); d != "" {
		return d, nil
	}
	if d := a.Getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "cometsync"), nil
	}
	if home := a.home(); home != "" {
		return filepath.Join(home, ".local", "state", "cometsync"), nil
	}
	return "", errors.New("no state directory: HOME is not set; name one with --state-dir")
}

// home is the directory of whoever runs the program; "" where that is not known.
// Windows has a variable of its own for it.
func (a *Session) home() string { return cmp.Or(a.Getenv("HOME"), a.Getenv("USERPROFILE")) }
