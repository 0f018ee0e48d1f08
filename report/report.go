// Package report is what a run found, planned and did: one value for every format, and
// its words for the terminal and in Markdown. The packages above it write the other
// formats: wire, html, xlsx and lists.
//
// One Report is computed once, its books are checked, and every format
// renders that value: no format counts, sorts or words anything by itself, so
// that no two of them can disagree. @private values are masked while the
// report is made, so that no format can forget it; only plan.json and
// rejects.csv, which somebody feeds back, hold them.
//
// It knows no flags, no clock and no network: time, colour, width and names
// of directories are handed in.
package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"cometsync/internal/enum"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// The files of a report that others know by their names.
const (
	JSONName    = "report.json"
	PlanName    = "plan.json"
	UsersName   = "users.csv"
	RejectsName = "rejects.csv"
	RekeyName   = "rekey.csv"

	// RosterIndex is beside a saved plan what its run read, in hashes: once the plan
	// is applied, the guards of later runs compare with it.
	RosterIndex = "roster.index"
)

// Result is how a run ended.
type Result uint8

// The results. The zero value is invalid.
const (
	NoResult    Result = iota
	Converged          // the app matches the roster
	Pending            // a plan or dry run: there is something to do, and nothing was done
	Partial            // done, but for rejects, failures, withheld, drifted or unknown operations
	Refused            // a guard tripped; nothing was written
	Failed             // the run could not be carried on
	Interrupted        // stopped from outside
	resultCount
)

var resultNames = enum.Names[Result]{What: "result", Of: []string{
	Converged: "converged", Pending: "pending", Partial: "partial",
	Refused: "refused", Failed: "failed", Interrupted: "interrupted",
}}

// String is the result as reports spell it.
func (r Result) String() string { return resultNames.Name(r) }

// MarshalText spells the result as String does.
func (r Result) MarshalText() ([]byte, error) { return resultNames.Text(r) }

// UnmarshalText reads a result.
func (r *Result) UnmarshalText(text []byte) error { return resultNames.Parse(r, text) }

// Run says which run this is and how it ended.
type Run struct {
	ID         string      `json:"id"`
	Command    string      `json:"command"`
	Version    string      `json:"version"`
	StartedAt  time.Time   `json:"startedAt"`
	FinishedAt time.Time   `json:"finishedAt"`
	Zone       phrase.Zone `json:"zone,omitzero"` // in which its report is read
	Result     Result      `json:"result"`
	ExitCode   int         `json:"exitCode"`
	Tolerated  int         `json:"-"` // how many rejects are known and leave it without fault; 0: none
}

// API is what the run asked of the API.
type API struct {
	Requests  int     `json:"requests"`
	Retries   int     `json:"retries"`
	Throttled int     `json:"throttled"`
	Seconds   float64 `json:"seconds"`

	Expected plan.Expected `json:"expected"`                // for carrying the plan out
	Applying time.Duration `json:"applySeconds,format:sec"` // how long carrying it out took; 0 if it was not begun
}

// Verify is what reading the app again after the run showed.
type Verify struct {
	Ran        bool       `json:"ran"`
	Remaining  int        `json:"remaining"`
	Message    string     `json:"message"`
	Operations []Leftover `json:"operations"` // some of what remains
}

// Leftover is an operation that is still to be done.
type Leftover struct {
	Verb plan.Verb `json:"op"`
	UID  string    `json:"uid"`
}

// Tokens says what became of the auth tokens that a run was asked for; never
// what they are.
type Tokens struct {
	Written int    `json:"written"`
	File    string `json:"file"` // the path as it was given; "" if none were asked for
}

// Input is everything that a report is made of.
type Input struct {
	Run         Run
	Target      plan.Target
	Intake      user.Intake
	Plan        *plan.Plan    // nil for validate, and where the run failed before there was one
	Results     []plan.Result // one for each operation of the plan, at the same index
	API         API
	Verify      Verify
	Rehearsal   *Rehearsal          // nil: none
	Stops       []plan.Stop         // in the order in which they happened
	Problem     string              // what a failed run failed of
	Decisions   *plan.Decisions     // on the operations of a plan that was applied; nil: none were made
	Drifts      map[int]*plan.Drift // by operation: what was found to have moved; nil: nothing was
	Died        bool                // the run ended without a word; Recovered says so too
	Recovered   string              // who wrote this report, of a run that died, and what was settled; "" if it lived
	Tokens      Tokens
	ShowPrivate bool
	Last        *Last  // that this one is compared with; nil: none
	Writer      string // the version that writes the report, if it is not the run's
	Displaced   bool   // of a report that is read again: its users.csv is not to be trusted

	// ReadBy writes what the run of a plan read, for the run that applies it; nil
	// if there is nothing to be applied.
	ReadBy func(io.Writer) error
}

// Count is how many operations were planned, and what became of them.
type Count struct {
	Planned   int `json:"planned"`
	Applied   int `json:"applied"`
	Failed    int `json:"failed"`
	Skipped   int `json:"skipped"`
	Drifted   int `json:"drifted"`
	Withheld  int `json:"withheld"`
	Unknown   int `json:"unknown"`
	unsettled int // operations without a valid outcome: an error
}

// Counts are those of all verbs.
type Counts struct {
	Create     Count `json:"create"`
	Update     Count `json:"update"`
	Deactivate Count `json:"deactivate"`
	Reactivate Count `json:"reactivate"`
}

// Of is the count of a verb.
func (c *Counts) Of(v plan.Verb) *Count {
	switch v {
	case plan.Create:
		return &c.Create
	case plan.Update:
		return &c.Update
	case plan.Deactivate:
		return &c.Deactivate
	}
	return &c.Reactivate
}

// Add adds the operations of another count.
func (c *Count) Add(d *Count) {
	c.Planned += d.Planned
	for _, o := range Outcomes() {
		*c.of(o) += d.Of(o)
	}
}

// Of is the number of operations with an outcome.
func (c Count) Of(o plan.Outcome) int { return *c.of(o) }

// Take counts n operations with an outcome.
func (c *Count) Take(o plan.Outcome, n int) {
	c.Planned += n
	*c.of(o) += n
}

func (c *Count) of(o plan.Outcome) *int {
	switch o {
	case plan.Applied:
		return &c.Applied
	case plan.Failed:
		return &c.Failed
	case plan.Skipped:
		return &c.Skipped
	case plan.Drifted:
		return &c.Drifted
	case plan.Withheld:
		return &c.Withheld
	case plan.Unknown:
		return &c.Unknown
	}
	return &c.unsettled
}

// Outcomes are all outcomes, in the order in which they are shown.
func Outcomes() []plan.Outcome {
	return []plan.Outcome{plan.Applied, plan.Failed, plan.Skipped, plan.Drifted, plan.Withheld, plan.Unknown}
}

// Verbs are all verbs in the order in which people are shown them: who loses access
// comes first.
func Verbs() []plan.Verb {
	return []plan.Verb{plan.Deactivate, plan.Reactivate, plan.Create, plan.Update}
}

// Report is one run, ready to be rendered. Formats read it, and write nothing to it.
type Report struct {
	In             Input      // as it was handed in: not masked
	Plan           *plan.Plan // never nil; not masked
	Planned        bool       // there is a plan
	Intake         user.Intake
	Rejects        Rejects
	Defects        int // of all rejects
	Counts         [plan.Deactivate + 1]Count
	Total          Count
	Effective      [plan.Deactivate + 1]int // of each verb, what is or would really be carried out
	Caused         bool                     // the cause of some change is known
	InReadingOrder []int                    // the operations' indexes, who loses access first
	Failures       []Failure                // operations that were not carried out, by what that means
	Conflicts      []plan.Conflict          // the plan's, masked
	Pairs          []plan.Rekey             // the plan's, the least sure first
	Holds          map[user.Source]Holding  // by row: the users whom it holds
	Before         Since                    // what was there in the last run already
	Gone           int                      // conflicts with users that the app does not have any more

	hashed    sync.Once           // of ids, for the first format that asks
	ids       string              // of the operations, one after the other
	apart     sync.Once           // of keys, likewise
	keys      [][]plan.KeyChange  // by operation: its changes with metadata taken apart, where it has any
	updatesBy [plan.ByApp + 1]int // updates that take effect, by cause
	groups    []group             // updates by the fields that they change, the largest first
	remarks   []user.Notice       // on operations that were carried out
	parts     []partDone          // of operations that did not succeed
	causes    []rejectCause       // of the rejects, the largest first
}

// New makes a report. It is an error, and one of the program, if the books
// do not balance.
func New(in Input) (*Report, error) {
	r := &Report{In: in, Plan: in.Plan, Planned: in.Plan != nil, Intake: in.Intake}
	if r.Plan == nil {
		r.Plan = &plan.Plan{}
	}
	for _, t := range []*time.Time{&r.In.Run.StartedAt, &r.In.Run.FinishedAt} {
		*t = t.UTC().Truncate(time.Millisecond) // as report.json can hold it: rendered again from that, a report is the same
	}
	var beside sync.WaitGroup
	beside.Go(r.group)
	r.mergeRejects()
	r.count()
	err := r.balance()
	if beside.Wait(); err != nil {
		return nil, fmt.Errorf("the books do not balance: %w", err)
	}
	r.order()
	r.fail()
	r.do()
	r.maskConflicts()
	r.Holds = holdings(r.Plan)
	// Those that have to be looked at most closely are on top.
	r.Pairs = slices.SortedFunc(slices.Values(r.Plan.Rekeys), func(a, b plan.Rekey) int {
		return cmp.Or(cmp.Compare(a.Confidence, b.Confidence), strings.Compare(a.Old, b.Old))
	})
	r.findCauses()
	r.compare()
	r.remark()
	if err := r.Rejects.Err(); err != nil {
		return nil, err
	}
	return r, nil
}

// OfPlan is what follows from a plan alone, before anything of it is carried out.
func OfPlan(p *plan.Plan, private bool) *Report {
	in := Input{Run: Run{ID: p.Run, Result: Pending}, Plan: p, Results: p.Unsent(), ShowPrivate: private}
	r := &Report{In: in, Plan: p, Planned: true}
	r.count()
	return r
}

// RejectedWord stands where a decision could not be used.
const RejectedWord = "rejected"

// Compared says that the run compared two rosters: there is no app, and nothing of its
// plan can be carried out.
func (r *Report) Compared() bool { return r.In.Target.Roster != "" }

// Applicable says that there is a plan that can be carried out, or could be.
func (r *Report) Applicable() bool { return r.Planned && !r.Compared() }

// Plans says that the run was to make a plan, and no more.
func (r *Report) Plans() bool {
	return r.In.Run.Command == "plan" || r.In.Run.Command == "rehearse" || r.Compared()
}

// Decidable says that the report is the plan's own, on which somebody can still
// decide: what it shows of an operation follows from the plan alone.
func (r *Report) Decidable() bool {
	return r.Applicable() && r.Dry() && !r.Plan.Refused() && r.In.Decisions == nil && r.PlanRun() == r.In.Run.ID &&
		r.Total.Skipped+r.Total.Withheld == r.Total.Planned
}

// PlanRun is the run that made the plan, which decisions on it name.
func (r *Report) PlanRun() string { return cmp.Or(r.Plan.Run, r.In.Run.ID) }

// DecisionOn is what was decided on an operation, in a word; "withheld" where nobody could.
func (r *Report) DecisionOn(i int) string {
	switch d := r.In.Decisions; {
	case d.Rejected[i]:
		return RejectedWord
	case d.Of[i] == plan.Undecided && r.Plan.Operations[i].Withheld:
		return plan.Withheld.String()
	case d.Of[i] == plan.Undecided:
		return "undecided"
	default:
		return d.Of[i].String()
	}
}
