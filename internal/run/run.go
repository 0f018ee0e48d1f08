// Package run carries one run through, from the first row of a roster to its report:
// its methods are the stages, in order, and each leaves its result for the next. It
// refuses to know which command asked for it.
package run

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"time"

	"cometsync/diff"
	"cometsync/diff/guard"
	"cometsync/importer"
	"cometsync/importer/input"
	"cometsync/internal/apply"
	"cometsync/internal/cometchat"
	"cometsync/internal/config"
	"cometsync/internal/events"
	"cometsync/internal/exit"
	"cometsync/internal/history"
	"cometsync/internal/journal"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/wire"
)

// Run is one validate, plan or sync from its first row to its report. Its
// methods are the stages, in order; each leaves its result for the next.
type Run struct {
	*Session
	ID      string
	Command string

	overtake  context.CancelCauseFunc // ends a run that may take no longer
	overtaken sync.Once
	closing   sync.WaitGroup

	Reading   importer.Options
	Policy    diff.Policy
	tolerate  guard.Limit     // how many rejects leave a run without fault
	toldLists bool            // of protect lists that belong to no app
	listed    map[string]bool // in protect lists
	Protects  []string        // --protect, and of an applied plan what it was made under
	Target    plan.Target
	Key       string

	Home   journal.Home // the target's in the state directory; without a Dir there is none
	record record
	stuck  *journal.Stuck
	Trial  history.Trial // of a run on the embedded sandbox

	Roster     *importer.Roster
	Undoes     string // the run that an undo takes back
	Redoes     bool   // as plan.Plan has it
	Undone     []plan.Done
	Reviewed   *Reviewed           // the saved plan that an apply carries out
	left       map[int]plan.Result // of its operations, what is not to be sent
	before     map[step]string     // of a reviewed plan, the earlier runs that carried operations out
	drifts     map[int]*plan.Drift
	Only       plan.VerbSet
	Connection *Connection
	botsKnown  bool  // they have been asked for
	NoBots     error // why the app's bots are not known
	Plan       *plan.Plan
	Results    []plan.Result
	stopping   sync.Mutex
	stops      []plan.Stop
	tokens     report.Tokens
	expected   plan.Expected
	applying   time.Duration // how long the application took
	took       time.Duration // how long the run had taken when its report was made; 0: none was
	rehearsal  *report.Rehearsal
	verified   report.Verify
	result     report.Result // once there is one
	verdict    string        // the same in words
	Reported   string        // where the reports were written, "" for nowhere
	sums       string        // SHA-256 of their sums
}

// Needs says what a command works on.
type Needs struct {
	Roster, Target bool
	Instead        string // the roster that stands for the app
}

// NewRun checks every option, and reads the files that options name, before
// anything else is read.
func (a *Session) NewRun(ctx context.Context, command string, n Needs) (*Run, error) {
	return input.Await(ctx, func() (*Run, error) { return a.prepareRun(command, n) })
}

func (a *Session) prepareRun(command string, n Needs) (*Run, error) {
	r := &Run{Session: a, ID: a.ID, Command: command, Protects: a.Opt.Protect}
	var err error
	switch {
	case n.Roster && (n.Target || n.Instead != ""):
		if r.Policy, err = a.Opt.Policy(); err != nil {
			return nil, err
		}
	case n.Target:
		if r.Policy, err = a.Opt.Bounds(); err != nil {
			return nil, err
		}
	}
	if n.Roster {
		if r.Reading, err = a.Opt.Reading(); err != nil {
			return nil, err
		}
		r.Reading.Stdin = a.Stdin
	}
	if n.Target {
		if err := a.Opt.CheckTokens(); err != nil {
			return nil, err
		}
		if r.tolerate, err = a.Opt.Tolerance(); err != nil {
			return nil, err
		}
		if r.Target, err = a.Opt.Target(a.Origins); err != nil {
			return nil, err
		}
		if r.Home, err = a.HomeOf(r.Target); err != nil {
			return nil, err
		}
		r.Trial = a.History().Trial(r.Target)
		if r.Key, err = a.APIKey(r.Target); err != nil {
			return nil, err
		}
		if mode := r.OpenKeyFile(); mode != "" && !r.Target.Sandbox {
			r.Tell(events.KeyReadable, "mode", mode, "keep it from them by", "chmod 600 "+phrase.ShellWord(r.Opt.KeyFile))
		}
		if err := r.Protect(); err != nil {
			return nil, err
		}
	}
	if n.Instead != "" {
		r.Target = plan.Target{Roster: n.Instead}
		if err := r.Protect(); err != nil {
			return nil, err
		}
	}
	a.Last = r
	return r, r.CheckReportDir()
}

// Close lets go of everything that the stages opened.
func (r *Run) Close() {
	r.closing.Wait()
	if r.Roster != nil {
		r.Roster.Close()
	}
	if r.Connection != nil {
		r.Connection.Close()
	}
}

// Read takes the roster in.
func (r *Run) Read(ctx context.Context, sources []string) error {
	p := r.Progress("reading rows", 0)
	defer p.Done()
	r.hindsight()
	r.Reading.Progress, r.Reading.Cells = p.Set, r.keepsCells()
	var err error
	r.Roster, err = importer.Read(ctx, sources, r.Reading)
	if err == nil {
		r.collectSooner(50)
	}
	return err
}

const (
	manyUsers = 50_000
	millions  = 2_000_000

	// A heap may grow by this many per cent divided by the users, which is by some 40 MB.
	spare = 10_000_000
)

// collectSooner is collectGarbage for many users, and two fifths of it for millions. What a
// large run keeps is long-lived, and collecting sooner costs a few per cent of time and
// saves a third of the memory; a small plan has little to collect, and makes as much
// garbage with each request: there, to collect later takes a tenth of the time.
func (r *Run) collectSooner(percent int) {
	if r.Roster == nil {
		return
	}
	users := max(r.Roster.Len(), 1)
	if users > millions {
		percent = percent * 2 / 5
	}
	r.collectGarbage(max(percent, min(spare/users, 200)))
}

// collectGarbage says how far the heap may grow between collections, in per
// cent, unless GOGC does.
func (r *Run) collectGarbage(percent int) {
	if r.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

// Dial makes the connection to the app, if there is none yet.
func (r *Run) Dial() (err error) {
	if r.Connection == nil {
		r.Connection, err = r.Connect(&r.Target, r.Key, r.Trial.Start(), r.asked)
	}
	return err
}

// reach connects with the app, and looks up who is protected by now.
func (r *Run) reach(ctx context.Context) error {
	_, err := input.Await(ctx, func() (struct{}, error) {
		if err := r.Dial(); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, r.Protect()
	})
	return err
}

// Compare lists the app's users and makes the plan.
func (r *Run) Compare(ctx context.Context) error {
	if err := r.reach(ctx); err != nil {
		return err
	}
	r.Policy.Itemize = r.reportDir() != ""
	r.Policy.Bots = map[string]bool{} // filled as soon as the app answers
	r.Policy.Now = r.Started
	r.Policy.Night = sync.OnceValue(func() time.Time { return r.byService(r.Started) })
	p, err := r.compute(ctx, "listing users")
	r.collectSooner(50)
	r.Policy.Itemize = false // verifying asks for nothing of it
	if err != nil {
		return err
	}
	r.planned(p)
	r.noticeStuck()
	r.noticeTokens()
	if r.NoBots != nil {
		r.notice(notice.BotsUnknown, 0, "the app's bots could not be listed, so a bot is not told from a user; if there are some, "+
			"name them with --protect: %v", r.NoBots)
	}
	r.expected = apply.Expect(r.Plan, r.applyOptions(nil), r.Connection.Rates())
	return nil
}

// planned has a plan be the run's, which has not carried it out yet.
func (r *Run) planned(p *plan.Plan) {
	r.Plan = p
	p.Run, p.Config, p.Target = r.ID, r.Opt.Shaped(r.Set), r.Target
	p.CreatedAt, p.Undoes, p.Redoes = r.Now(), r.Undoes, r.Redoes
	p.Dir = config.Absolute(".")
	r.Results = p.Unsent()
}

// Agents finds out who the app's bots are, so that they are protected. Agents
// say themselves that they are such.
func (r *Run) Agents(ctx context.Context) error {
	if r.Policy.ManageAgents || r.botsKnown {
		return nil
	}
	bots, why, err := r.Connection.Bots(ctx)
	r.NoBots, r.botsKnown = why, err == nil
	maps.Copy(r.Policy.Bots, bots)
	return err
}

// compute makes a plan of what the app shows now: towards the roster, or back
// to before an earlier run. Phase is what reading the app is a part of.
func (r *Run) compute(ctx context.Context, phase string) (*plan.Plan, error) {
	if r.givesRoles() && r.Policy.Roles == nil {
		roles, err := r.Connection.Roles(ctx)
		if err != nil {
			return nil, fmt.Errorf("reading the app's roles: %w", err)
		}
		r.Policy.Roles = append([]string{user.DefaultRole}, roles...)
	}
	if r.Roster == nil {
		return diff.Undo(r.Undone, r.listing(ctx, phase), r.Policy, r.Only)
	}
	if r.Policy.Past != nil {
		r.Roster.HashCells()
	}
	return diff.Compute(r.Roster, r.listing(ctx, phase), r.Policy)
}

// givesRoles reports whether the plan may give users another role, which the app
// has to have.
func (r *Run) givesRoles() bool {
	if r.Roster != nil {
		return r.Roster.Managed().Has(user.Role)
	}
	return slices.ContainsFunc(r.Undone, func(d plan.Done) bool {
		return slices.ContainsFunc(d.Operation.Changes, func(c plan.Change) bool { return c.Field == user.Role })
	})
}

// listing reads all of the app's users, in a phase of the run.
func (r *Run) listing(ctx context.Context, phase string) diff.Remote {
	return func(each func([]user.User) error) (string, error) {
		p := r.Progress(phase, 0)
		defer p.Done()
		known := sync.OnceValue(func() error { return r.Agents(ctx) })
		var expected cometchat.Known
		if r.Roster != nil {
			expected = r.Roster
		}
		listing, err := r.Connection.Remote(ctx, r.likely(), expected, func(page []user.User) error {
			if err := known(); err != nil {
				return err
			}
			p.Of(r.Connection.Counted())
			p.Add(len(page))
			return each(page)
		})
		if err != nil {
			return "", fmt.Errorf("listing the app's users: %w", err)
		}
		r.collectSooner(20) // what follows is mostly done by one core, and another collects
		return listing.Gap, nil
	}
}

// likely is a few users who are probably in the app: of the roster, of the run
// that is undone, or of the plan that is applied.
func (r *Run) likely() (uids []string) {
	const few = 5
	all, uid := len(r.Undone), func(i int) string { return r.Undone[i].Operation.UID }
	switch {
	case r.Roster != nil:
		all, uid = r.Roster.Len(), func(i int) string {
			row, err := r.Roster.Load(i)
			if err != nil {
				return "" // whoever needs the row meets the error as well
			}
			return row.User.UID
		}
	case r.Reviewed != nil:
		all, uid = len(r.Reviewed.Plan.Operations), func(i int) string { return r.Reviewed.Plan.Operations[i].UID }
	}
	for n := range min(few, all) {
		if u := uid(n * all / min(few, all)); user.ValidUID(u) {
			uids = append(uids, u)
		}
	}
	return uids
}

// report writes the reports and shows the summary.
func (r *Run) report(result report.Result, code int, problem error) error {
	r.result = result
	r.tellGuards()
	took := r.Clock.Since(r.Begun)
	r.took = took
	in := report.Input{
		Run: report.Run{
			ID: r.ID, Command: r.Command, Version: Version(),
			StartedAt: r.Started, FinishedAt: r.Started.Add(took), Zone: phrase.Here(),
			Result: result, ExitCode: code, Tolerated: r.tolerates(),
		},
		Target:      r.Target,
		Intake:      *r.Intake(),
		Plan:        r.Plan,
		Results:     r.Results,
		Verify:      r.verified,
		Rehearsal:   r.rehearsal,
		Stops:       r.stops,
		Tokens:      r.tokens,
		ShowPrivate: r.Opt.ShowPrivate,
		ReadBy:      r.readBy(),
		Last:        r.last(),
	}
	if r.Reviewed != nil {
		in.Decisions, in.Drifts = r.Reviewed.Decisions, r.drifts
	}
	if problem != nil {
		in.Problem = problem.Error()
	}
	if r.Connection != nil {
		s := r.Connection.Stats()
		in.API = report.API{
			Requests: int(s.Requests), Retries: int(s.Retries), Throttled: int(s.Throttled), Seconds: took.Seconds(),
			Expected: r.expected, Applying: r.applying,
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
		dir, r.sums, unwritten = r.writeReport(rep, dir, r.ID)
		r.Reported = config.Absolute(dir)
		if unwritten != nil {
			// What was done has to be told all the more.
			unwritten = fmt.Errorf("the reports could not be written: %w", unwritten)
		}
	}
	return errors.Join(r.show(rep, code, dir, unwritten != nil), unwritten)
}

func (r *Run) show(rep *report.Report, code int, dir string, always bool) error {
	warned := r.Plan != nil && len(r.Plan.Forewarned()) > 0 || r.rehearsal != nil && r.rehearsal.ExitCode != exit.Done
	if r.Opt.Quiet && code == exit.Done && !always && !warned {
		return nil
	}
	if r.Opt.Output == "json" {
		return wire.WriteHead(r.Stdout, rep)
	}
	return rep.WriteTerminal(r.Stdout, r.Terminal(dir))
}

// Terminal is how standard output is to be written to. How wide it is, the environment
// says where no terminal does.
func (a *Session) Terminal(dir string) report.Terminal {
	width, tty := TerminalOf(a.Stdout)
	if width <= 0 {
		width, _ = strconv.Atoi(a.Getenv("COLUMNS"))
	}
	return report.Terminal{Color: tty && a.Getenv("NO_COLOR") == "", Width: width, Dir: dir, Mail: !tty, Zone: phrase.Here()}
}
