package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"cometsync/diff"
	"cometsync/diff/guard"
	"cometsync/importer"
	"cometsync/importer/input"
	"cometsync/internal/apply"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// run is one validate, plan or sync from its first row to its report. Its
// methods are the stages, in order; each leaves its result for the next.
type run struct {
	*session
	id      string
	command string
	ceiling ceiling

	reading   importer.Options
	policy    diff.Policy
	tolerate  guard.Limit // how many rejects leave a run without fault
	toldLists bool        // of protect lists that belong to no app
	protects  []string    // --protect, and of an applied plan what it was made under
	target    plan.Target
	key       string

	home   journal.Home // the target's in the state directory; without a Dir there is none
	record record
	stuck  *journal.Stuck
	trial  history.Trial // of a run on the embedded sandbox

	roster     *importer.Roster
	undoes     string // the run that an undo takes back
	undone     []plan.Done
	reviewed   *reviewed           // the saved plan that an apply carries out
	left       map[int]plan.Result // of its operations, what is not to be sent
	drifts     map[int]*plan.Drift
	only       plan.VerbSet
	connection *connection
	botsKnown  bool  // they have been asked for
	noBots     error // why the app's bots are not known
	plan       *plan.Plan
	results    []plan.Result
	stopping   sync.Mutex
	stops      []report.Stop
	tokens     report.Tokens
	expected   apply.Expected
	pace       report.Pace
	applying   time.Duration // how long the application took
	verified   report.Verify
	result     report.Result // once there is one
	verdict    string        // the same in words
	reported   string        // where the reports were written, "" for nowhere
	sums       string        // SHA-256 of their sums
}

// needs says what a command works on.
type needs struct{ roster, target bool }

// newRun checks every option, and reads the files that options name, before
// anything else is read.
func (a *session) newRun(ctx context.Context, command string, n needs) (*run, error) {
	return input.Await(ctx, func() (*run, error) { return a.prepareRun(command, n) })
}

func (a *session) prepareRun(command string, n needs) (*run, error) {
	r := &run{session: a, id: a.id, command: command, protects: a.opt.Protect}
	var err error
	switch {
	case n.roster && n.target:
		if r.policy, err = a.opt.Policy(); err != nil {
			return nil, err
		}
	case n.target:
		if r.policy, err = a.opt.Bounds(); err != nil {
			return nil, err
		}
	}
	if n.roster {
		if r.reading, err = a.opt.Reading(); err != nil {
			return nil, err
		}
		r.reading.Stdin, r.reading.Cells = a.Stdin, n.target
	}
	if n.target {
		if err := a.opt.CheckTokens(); err != nil {
			return nil, err
		}
		if r.tolerate, err = a.opt.Tolerance(); err != nil {
			return nil, err
		}
		if r.target, err = a.opt.Target(a.origins); err != nil {
			return nil, err
		}
		if r.home, err = a.homeOf(r.target); err != nil {
			return nil, err
		}
		r.trial = a.history().Trial(r.target)
		if r.key, err = a.apiKey(r.target); err != nil {
			return nil, err
		}
		if !r.target.Sandbox {
			a.warnOfKey()
		}
		if err := r.protect(); err != nil {
			return nil, err
		}
	}
	a.run = r
	return r, r.checkReportDir()
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
	p := r.Progress("reading rows", 0)
	defer p.Done()
	r.reading.Progress = func(rows int) { p.Set(int64(rows)) }
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

// dial makes the connection to the app, if there is none yet.
func (r *run) dial() (err error) {
	if r.connection == nil {
		r.connection, err = r.connect(&r.target, r.key, r.trial.Start(), r.asked)
	}
	return err
}

// reach connects with the app, and looks up who is protected by now.
func (r *run) reach(ctx context.Context) error {
	_, err := input.Await(ctx, func() (struct{}, error) {
		if err := r.dial(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, r.protect()
	})
	return err
}

// compare lists the app's users and makes the plan.
func (r *run) compare(ctx context.Context) error {
	if err := r.reach(ctx); err != nil {
		return err
	}
	r.policy.Itemize = r.reportDir() != ""
	r.policy.Bots = map[string]bool{} // filled as soon as the app answers
	r.hindsight()
	var err error
	r.plan, err = r.compute(ctx)
	r.policy.Itemize = false // verifying asks for nothing of it
	if err != nil {
		return err
	}
	r.plan.Run, r.plan.Config = r.id, r.opt.Shaped(r.set)
	r.plan.Target = r.target
	r.plan.CreatedAt = r.Now()
	r.plan.Undoes = r.undoes
	r.results = r.plan.Unsent()
	r.noticeStuck()
	r.noticeTokens()
	if r.noBots != nil {
		r.plan.Notices = append(r.plan.Notices, user.Notice{Code: notice.BotsUnknown,
			Message: fmt.Sprintf("the app's bots could not be listed, so that a bot is not told from a user; if there are some, name them with --protect: %v", r.noBots)})
	}
	r.expected = apply.Expect(r.plan, r.applyOptions(nil), r.connection.Rates())
	return nil
}

// agents finds out who the app's bots are, so that they are protected. Agents
// say themselves that they are such.
func (r *run) agents(ctx context.Context) error {
	if r.policy.ManageAgents || r.botsKnown {
		return nil
	}
	bots, why, err := r.connection.Bots(ctx)
	r.noBots, r.botsKnown = why, err == nil
	maps.Copy(r.policy.Bots, bots)
	return err
}

// compute makes a plan of what the app shows now: towards the roster, or back
// to before an earlier run.
func (r *run) compute(ctx context.Context) (*plan.Plan, error) {
	if r.givesRoles() && r.policy.Roles == nil {
		roles, err := r.connection.Roles(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the app's roles: %w", err)
		}
		r.policy.Roles = append([]string{user.DefaultRole}, roles...)
	}
	if r.roster == nil {
		return diff.Undo(r.undone, r.listing(ctx), r.policy, r.only)
	}
	return diff.Compute(r.roster, r.listing(ctx), r.policy)
}

// givesRoles says whether the plan may give users another role, which the app
// has to have.
func (r *run) givesRoles() bool {
	if r.roster != nil {
		return r.roster.Managed().Has(user.Role)
	}
	return slices.ContainsFunc(r.undone, func(d plan.Done) bool {
		return slices.ContainsFunc(d.Operation.Changes, func(c plan.Change) bool { return c.Field == user.Role })
	})
}

// listing reads all of the app's users.
func (r *run) listing(ctx context.Context) diff.Remote {
	return func(each func([]user.User) error) (string, error) {
		p := r.Progress("reading the app's users", 0)
		defer p.Done()
		known := sync.OnceValue(func() error { return r.agents(ctx) })
		listing, err := r.connection.Remote(ctx, r.likely(), func(page []user.User) error {
			if err := known(); err != nil {
				return err
			}
			p.Add(len(page))
			return each(page)
		})
		if err != nil {
			return "", fmt.Errorf("listing the app's users: %w", err)
		}
		return listing.Gap, nil
	}
}

// likely is a few users who are probably in the app: of the roster, of the run
// that is undone, or of the plan that is applied.
func (r *run) likely() (uids []string) {
	const few = 5
	all, uid := len(r.undone), func(i int) string { return r.undone[i].Operation.UID }
	switch {
	case r.roster != nil:
		all, uid = r.roster.Len(), func(i int) string {
			row, err := r.roster.Load(i)
			if err != nil {
				return "" // whoever needs the row meets the error as well
			}
			return row.User.UID
		}
	case r.reviewed != nil:
		all, uid = len(r.reviewed.Plan.Operations), func(i int) string { return r.reviewed.Plan.Operations[i].UID }
	}
	for n := range min(few, all) {
		if u := uid(n * all / min(few, all)); user.ValidUID(u) {
			uids = append(uids, u)
		}
	}
	return uids
}

// report writes the reports and shows the summary.
func (r *run) report(result report.Result, code int, problem error) error {
	r.result = result
	r.tellGuards()
	took := time.Since(r.begun)
	in := report.Input{
		Run: report.Run{
			ID: r.id, Command: r.command, Version: version(),
			StartedAt: r.started, FinishedAt: r.started.Add(took), Result: result, ExitCode: code, Tolerated: r.tolerates(),
		},
		Target:      r.target,
		Intake:      *r.intake(),
		Plan:        r.plan,
		Results:     r.results,
		Verify:      r.verified,
		Stops:       r.stops,
		Tokens:      r.tokens,
		Pace:        r.pace,
		ShowPrivate: r.opt.ShowPrivate,
		ReadBy:      r.readBy(),
		Last:        r.last(),
	}
	if r.reviewed != nil {
		in.Decisions, in.Drifts = r.reviewed.decisions, r.drifts
	}
	if problem != nil {
		in.Problem = problem.Error()
	}
	if r.connection != nil {
		s := r.connection.Stats()
		in.API = report.API{
			Requests: int(s.Requests), Retries: int(s.Retries), Throttled: int(s.Throttled), Seconds: took.Seconds(),
			Expected: report.Expected(r.expected), Applying: r.applying,
		}
	}
	rep, err := report.New(in)
	if err != nil {
		return err
	}
	r.verdict = rep.Verdict()
	dir := r.reportDir()
	var unwritten error
	if dir != "" {
		dir, r.sums, unwritten = r.writeReport(rep, dir, r.id)
		if unwritten == nil {
			r.reported, unwritten = filepath.Abs(dir)
		}
		if unwritten != nil {
			// What was done has to be told all the more.
			unwritten = fmt.Errorf("the reports could not be written: %w", unwritten)
		}
	}
	return errors.Join(r.show(rep, code, dir, unwritten != nil), unwritten)
}

// show prints the summary.
func (r *run) show(rep *report.Report, code int, dir string, always bool) error {
	warned := r.plan != nil && len(r.plan.Forewarned()) > 0
	if r.opt.Quiet && code == exit.Done && !always && !warned {
		return nil
	}
	if r.opt.Output == "json" {
		return rep.WriteHead(r.Stdout)
	}
	return rep.WriteTerminal(r.Stdout, r.terminal(dir))
}

// terminal is how standard output is to be written to.
func (a *session) terminal(dir string) report.Terminal {
	width, tty := terminalOf(a.Stdout)
	return report.Terminal{Color: tty && a.getenv("NO_COLOR") == "", Width: width, Dir: dir, Mail: !tty}
}
