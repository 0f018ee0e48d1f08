package cli

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"cometsync/internal/apply"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// record is what an application writes down; for the embedded sandbox, whose
// app ends with the process, there is nothing to keep.
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
	if r.stateOf == "" {
		return nil
	}
	dir, err := r.absReportDir()
	if err != nil {
		return err
	}
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	tokens := r.opt.authTokens
	if tokens != "" {
		if tokens, err = filepath.Abs(tokens); err != nil {
			return err
		}
	}
	host, _ := os.Hostname() // only for people to read
	head := journal.Head{
		Run: r.id, Command: r.command, Version: version(), Target: r.target, PID: os.Getpid(), Host: host,
		StartedAt: r.started, Dir: here, ReportDir: dir, Undoes: r.undoes, Tokens: tokens,
	}
	if v := r.reviewed; v != nil {
		if head.Plan, err = filepath.Abs(v.path); err != nil {
			return err
		}
		head.PlanHash = v.hash
		if d := v.decisions; d != nil {
			if head.Decisions, err = filepath.Abs(d.File); err != nil {
				return err
			}
			head.DecisionsHash = d.SHA256
		}
	}
	j, err := journal.Create(r.stateOf, head, r.Now)
	if err != nil {
		return err
	}
	r.record = j
	return nil
}

// lock takes the app's lock for a run that writes. It may wait for another run
// to end, and says so.
func (r *run) lock(ctx context.Context) (release func(), err error) {
	if r.stateOf == "" {
		return func() {}, nil
	}
	host, _ := os.Hostname() // only for people to read
	holder := journal.Holder{PID: os.Getpid(), Host: host, Run: r.id, Started: r.started}
	l, err := journal.Acquire(ctx, r.stateOf, holder, 0)
	var held *journal.HeldError
	if errors.As(err, &held) && r.opt.lockTimeout > 0 {
		r.log.Info("waiting for another run of this app to end", "run", held.Holder.Run, "process", held.Holder.PID, "host", held.Holder.Host, "for at most", r.opt.lockTimeout)
		l, err = journal.Acquire(ctx, r.stateOf, holder, r.opt.lockTimeout)
	}
	if err != nil {
		return nil, err
	}
	return func() { l.Release() }, nil
}

// appDir is the state directory of the target's app, "" for the embedded
// sandbox, which keeps none.
func (a *app) appDir(t plan.Target) (string, error) {
	if t.Sandbox {
		return "", nil
	}
	state, err := a.stateDir()
	if err != nil {
		return "", err
	}
	return journal.Dir(state, appName(t)), nil
}

// namedTarget is the app that the options name, nil if they name none.
func (a *app) namedTarget() *plan.Target {
	if a.opt.appID == "" && a.opt.baseURL == "" {
		return nil
	}
	return &plan.Target{AppID: a.opt.appID, Region: a.opt.region, BaseURL: strings.TrimRight(a.opt.baseURL, "/")}
}

// appName is one name for an app, however its address is spelt: two runs of
// one app have to meet at one lock.
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
	if loopback(host) {
		host = "localhost"
	}
	if port := u.Port(); port != "" {
		host += ":" + port
	}
	return host + strings.TrimSuffix(strings.TrimSuffix(u.Path, ".0"), "/v3")
}

// stateDir is where the state of all apps lies.
func (a *app) stateDir() (string, error) {
	if a.opt.stateDir != "" {
		return a.opt.stateDir, nil
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
