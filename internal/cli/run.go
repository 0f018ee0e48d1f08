package cli

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"cometsync/diff"
	"cometsync/importer"
	"cometsync/internal/apply"
	"cometsync/internal/cometchat"
	"cometsync/internal/journal"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// run is one validate, plan or sync from its first row to its report. Its
// methods are the stages, in order; each leaves its result for the next.
type run struct {
	*app
	id      string
	command string
	started time.Time

	reading importer.Options
	policy  diff.Policy
	target  plan.Target
	key     string

	roster     *importer.Roster
	connection *connection
	plan       *plan.Plan
	results    []plan.Result
	verified   report.Verify
}

// newRun checks every option, before anything is read.
func (a *app) newRun(command string, withTarget bool) (*run, error) {
	r := &run{app: a, command: command, started: a.Now()}
	var err error
	if r.reading, err = a.opt.reading(); err != nil {
		return nil, err
	}
	r.reading.Stdin = a.Stdin
	if withTarget {
		if r.policy, err = a.opt.policy(); err != nil {
			return nil, err
		}
		if r.target, err = a.checkTarget(); err != nil {
			return nil, err
		}
		if r.key, err = a.apiKey(r.target); err != nil {
			return nil, err
		}
	}
	random := make([]byte, 3)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	r.id = r.started.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(random)
	return r, nil
}

// close lets go of everything that the stages opened.
func (r *run) close() {
	if r.roster != nil {
		r.roster.Close()
	}
	if r.connection != nil {
		r.connection.close()
	}
}

// read takes the roster in.
func (r *run) read(ctx context.Context, sources []string) error {
	p := r.progress("reading rows", 0)
	defer p.done()
	r.reading.Progress = func(rows int) { p.set(int64(rows)) }
	var err error
	r.roster, err = importer.Read(ctx, sources, r.reading)
	switch {
	case err != nil:
	case r.roster.Len() > millions:
		r.collectGarbage(30)
	case r.roster.Len() > manyUsers:
		r.collectGarbage(50)
	}
	return err
}

const (
	manyUsers = 50_000
	millions  = 2_000_000
)

// collectGarbage says how far the heap may grow between collections, in per
// cent, unless GOGC does. What a large run keeps is long-lived, and collecting
// sooner costs a few per cent of time and saves a third of the memory; a small
// plan has little to collect, and many requests to make garbage with.
func (r *run) collectGarbage(percent int) {
	if r.getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// compare lists the app's users and makes the plan.
func (r *run) compare(ctx context.Context) error {
	var err error
	if r.connection == nil {
		if r.connection, err = r.connect(&r.target, r.key); err != nil {
			return err
		}
	}
	r.plan, err = r.compute(ctx)
	if err != nil {
		return err
	}
	r.plan.Target = r.target
	r.plan.CreatedAt = r.Now()
	r.results = r.plan.Unsent()
	return nil
}

func (r *run) compute(ctx context.Context) (*plan.Plan, error) {
	if r.roster.Managed().Has(user.Role) && r.policy.Roles == nil {
		roles, err := r.connection.Roles(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the app's roles: %w", err)
		}
		r.policy.Roles = append([]string{user.DefaultRole}, roles...)
	}
	p := r.progress("reading the app's users", 0)
	defer p.done()
	return diff.Compute(r.roster, func(each func([]user.User) error) (string, error) {
		listing, err := r.connection.Remote(ctx, func(page []user.User) error {
			p.add(len(page))
			return each(page)
		})
		if err != nil {
			return "", fmt.Errorf("listing the app's users: %w", err)
		}
		return listing.Gap, nil
	}, r.policy)
}

// record is what an application writes down; for the embedded sandbox, whose
// app ends with the process, there is nothing to keep.
type record interface {
	apply.Record
	End(result string, exitCode int) error
}

type noRecord struct{}

func (noRecord) Sent(...int) error             { return nil }
func (noRecord) Done(int, plan.Result) error   { return nil }
func (noRecord) RoleSent(string) error         { return nil }
func (noRecord) RoleDone(string, string) error { return nil }
func (noRecord) End(string, int) error         { return nil }

func (r *run) openRecord(dir string) (record, error) {
	if r.target.Sandbox {
		return noRecord{}, nil
	}
	host, _ := os.Hostname() // only for people to read
	j, err := journal.Create(dir, journal.Head{
		Run: r.id, Command: r.command, Version: version(), Target: r.target,
		PID: os.Getpid(), Host: host, StartedAt: r.started, ReportDir: r.reportDir(),
	}, r.Now)
	if err != nil {
		return nil, err
	}
	if err := j.Plan(r.plan, r.roster.Intake()); err != nil {
		return nil, errors.Join(err, j.Close())
	}
	return journaled{j}, nil
}

// journaled is a journal that is told in the end how the run ended.
type journaled struct{ *journal.Journal }

func (j journaled) End(result string, exitCode int) error {
	return j.Journal.End(journal.End{Result: result, ExitCode: exitCode})
}

// lock takes the app's lock for a run that writes.
func (r *run) lock(ctx context.Context) (dir string, release func(), err error) {
	if r.target.Sandbox {
		return "", func() {}, nil
	}
	state, err := r.stateDir()
	if err != nil {
		return "", nil, err
	}
	dir = journal.Dir(state, appName(r.target))
	host, _ := os.Hostname() // only for people to read
	l, err := journal.Acquire(ctx, dir, journal.Holder{PID: os.Getpid(), Host: host, Run: r.id, Started: r.started}, 0)
	if err != nil {
		return "", nil, err
	}
	return dir, func() { l.Release() }, nil
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

func (r *run) stateDir() (string, error) {
	if r.opt.stateDir != "" {
		return r.opt.stateDir, nil
	}
	if d := r.getenv("STATE_DIRECTORY"); d != "" {
		return d, nil
	}
	if d := r.getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "cometsync"), nil
	}
	if home := r.getenv("HOME"); home != "" {
		return filepath.Join(home, ".local", "state", "cometsync"), nil
	}
	return "", errors.New("no state directory: HOME is not set; name one with --state-dir")
}

// apply carries the plan out.
func (r *run) apply(ctx context.Context, rec record) error {
	todo := 0
	for i := range r.plan.Operations {
		if !r.plan.Operations[i].Withheld {
			todo++
		}
	}
	if todo <= manyUsers && r.roster.Len() <= manyUsers {
		r.collectGarbage(400)
	}
	p := r.progress("applying", int64(todo))
	defer p.done()
	// Whoever interrupts a run must not take its silence for a hang.
	defer context.AfterFunc(ctx, func() {
		r.log.Warn("stopping: what is under way may still finish; a second signal ends the run at once", "grace", r.opt.grace)
	})()
	var err error
	r.results, err = apply.Run(ctx, r.plan, r.connection, rec, apply.Options{
		Concurrency: r.opt.concurrency,
		Grace:       r.opt.grace,
		Writable:    r.policy.Writable,

		MergeTags:       r.policy.MergeTags,
		ReplaceMetadata: r.policy.ReplaceMetadata,

		Attempts: cometchat.CountAttempts,
		Progress: func(*plan.Operation, plan.Result) { p.add(1) },
	})
	return err
}

// verify lists and compares again. Since a list may lag behind a write, what
// remains is looked at again until the settle time is over.
func (r *run) verify(ctx context.Context) error {
	deadline := r.Now().Add(r.opt.settle)
	pause := 500 * time.Millisecond
	for {
		after, err := r.compute(ctx)
		if err != nil {
			r.verified = report.Verify{Message: err.Error()}
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			return fmt.Errorf("verifying: %w", err)
		}
		r.verified = report.Verify{Ran: true}
		for i := range after.Operations {
			if !after.Operations[i].Withheld {
				r.verified.Remaining++
				if len(r.verified.Operations) < maxRemaining {
					r.verified.Operations = append(r.verified.Operations, after.Operations[i])
				}
			}
		}
		for _, g := range after.Guards {
			if g.Name == "remote-listing" {
				r.verified.Message = g.Message
			}
		}
		left := deadline.Sub(r.Now())
		if r.verified.Remaining == 0 || left <= 0 || r.expected() {
			return nil
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(min(pause, left)):
			pause *= 2
		}
	}
}

// maxRemaining is how many of the differences that verifying found are shown.
const maxRemaining = 20

// expected says whether what remains are just operations that did not succeed:
// then waiting changes nothing.
func (r *run) expected() bool {
	open := map[string]bool{}
	for i := range r.results {
		if r.results[i].Outcome != plan.Applied {
			open[r.plan.Operations[i].UID] = true
		}
	}
	for i := range r.verified.Operations {
		if !open[r.verified.Operations[i].UID] {
			return false
		}
	}
	return r.verified.Remaining == len(r.verified.Operations)
}

// report writes the reports and shows the summary.
func (r *run) report(result report.Result, code int, problem error) error {
	in := report.Input{
		Run: report.Run{
			ID: r.id, Command: r.command, Version: version(),
			StartedAt: r.started, FinishedAt: r.Now(), Result: result, ExitCode: code,
		},
		Target:      r.target,
		Intake:      *r.roster.Intake(),
		Plan:        r.plan,
		Results:     r.results,
		Verify:      r.verified,
		ShowPrivate: r.opt.showPrivate,
	}
	if problem != nil {
		in.Problem = problem.Error()
	}
	if r.connection != nil {
		s := r.connection.Stats()
		in.API = report.API{Requests: int(s.Requests), Retries: int(s.Retries), Throttled: int(s.Throttled), Seconds: in.Run.FinishedAt.Sub(r.started).Seconds()}
	}
	rep, err := report.New(in)
	if err != nil {
		return err
	}
	dir := r.reportDir()
	var unwritten error
	if dir != "" {
		if unwritten = rep.Write(dir); unwritten != nil {
			// What was done has to be told all the more.
			unwritten = fmt.Errorf("the reports could not be written: %w", unwritten)
			dir = ""
		}
	}
	return errors.Join(r.show(rep, code, dir, unwritten != nil), unwritten)
}

// show prints the summary.
func (r *run) show(rep *report.Report, code int, dir string, always bool) error {
	if r.opt.quiet && code == exitDone && !always {
		return nil
	}
	if r.opt.output == "json" {
		return rep.WriteHead(r.Stdout)
	}
	width, tty := terminal(r.Stdout)
	return rep.WriteTerminal(r.Stdout, report.Terminal{Color: tty && r.getenv("NO_COLOR") == "", Width: width, Dir: dir})
}

// reportDir is where the reports go, "" for none.
func (r *run) reportDir() string {
	switch r.opt.reportDir {
	case "none":
		return ""
	case "":
		if r.command == "validate" {
			return ""
		}
		return filepath.Join("cometsync-reports", r.id)
	}
	return r.opt.reportDir
}
