package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"time"

	"cometsync/internal/notice"
	"cometsync/internal/plan"
)

// Schema names the form of report.json.
const Schema = "cometsync.report/v1"

// headJSON is report.json without the lists that grow with the run:
// those stand between its two halves and are written element by element.
type headJSON struct {
	Schema string     `json:"schema"`
	Run    runJSON    `json:"run"`
	Target targetJSON `json:"target"`
	Source sourceJSON `json:"source"`
	Remote remoteJSON `json:"remote"`
	Guard  guardJSON  `json:"guard"`
	Stops  []stopJSON `json:"stops"`

	Since     *sinceJSON     `json:"since,omitempty"`     // left out if there is no run to compare with
	Decisions *decisionsJSON `json:"decisions,omitempty"` // left out if none were made

	Summary summaryJSON `json:"summary"`
}

type tailJSON struct {
	API    apiJSON    `json:"api"`
	Verify verifyJSON `json:"verify"`
}

type runJSON struct {
	ID         string     `json:"id"`
	Command    string     `json:"command"`
	Version    string     `json:"version"`
	StartedAt  *time.Time `json:"startedAt"`
	FinishedAt *time.Time `json:"finishedAt"`
	Result     Result     `json:"result"`
	ExitCode   int        `json:"exitCode"`
	Verdict    string     `json:"verdict"` // the result in a sentence
	Problem    string     `json:"problem"` // what a failed run failed of
	Undoes     string     `json:"undoes,omitempty"`
	Died       bool       `json:"died,omitempty"`
	Recovered  string     `json:"recovered,omitempty"` // who wrote the report of a run that died
	Tolerated  int        `json:"toleratedRejects,omitempty"`

	Writer  string `json:"writer,omitempty"`       // the version that wrote the report, if it is not the run's
	Private bool   `json:"privateShown,omitempty"` // private values are shown, and not masked

	Plan   *planJSON   `json:"plan,omitempty"`   // left out if the run had none
	Tokens *tokensJSON `json:"tokens,omitempty"` // left out if none were asked for
}

// planJSON says which plan it was: an application has that of another run.
type planJSON struct {
	Run          string     `json:"run"`
	CreatedAt    *time.Time `json:"createdAt"`
	ConfigSHA256 string     `json:"configSha256"` // of the options under which it was made
}

// decisionsJSON says what a reviewer decided; every operation of the plan is
// in one of the numbers.
type decisionsJSON struct {
	File      string `json:"file"`
	SHA256    string `json:"sha256"`
	Apply     int    `json:"apply"`
	Hold      int    `json:"hold"`
	Never     int    `json:"never"`
	Undecided int    `json:"undecided"`
	Withheld  int    `json:"withheld"` // whatever is decided
	Rejected  int    `json:"rejected"` // operations about whose row one can't tell

	UndecidedAs plan.Decision `json:"undecidedAs"` // what became of the undecided

	Rejects []json.RawMessage `json:"rejects"`           // rows of the file that can't be used
	Notices []noticeJSON      `json:"notices,omitempty"` // on the file; the source's notices have them as well
}

type tokensJSON struct {
	Written int    `json:"written"`
	File    string `json:"file"`
}

type stopJSON struct {
	Op      plan.Verb `json:"op"`
	Code    string    `json:"code"`
	Message string    `json:"message"`
}

type targetJSON struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
}

type sourceJSON struct {
	Files          []FileJSON    `json:"files"`
	Rows           int           `json:"rows"` // users + duplicates + rejected
	Users          int           `json:"users"`
	Duplicates     int           `json:"duplicates"`
	Rejected       int           `json:"rejected"`
	Columns        []mappingJSON `json:"columns"` // what each header was taken for
	Managed        []string      `json:"managedColumns"`
	IgnoredColumns []string      `json:"ignoredColumns"`
	EndsEarly      []string      `json:"endsEarly"` // sources that were cut off
	Notices        []noticeJSON  `json:"notices"`   // of the sources and of the plan
}

// FileJSON is a source, as programs read of it.
type FileJSON struct {
	Path     string `json:"path"`
	SHA256   string `json:"sha256"`
	Format   string `json:"format"`
	Sheet    string `json:"sheet"`
	Encoding string `json:"encoding"`
	Rows     int    `json:"rows"`
}

type mappingJSON struct {
	File   string `json:"file"`
	Header string `json:"header"`
	Field  string `json:"field"`
}

type noticeJSON struct {
	Code    notice.Code `json:"code"`
	Message string      `json:"message"`
	Count   int         `json:"count"`
}

type remoteJSON struct {
	Active      int `json:"active"`
	Deactivated int `json:"deactivated"`
	InScope     int `json:"inScope"`
}

type guardJSON struct {
	Tripped bool `json:"tripped"` // it refuses the plan
	// every guard that refuses it, and new-form, which withholds creations and refuses nothing
	Reasons     []reasonJSON `json:"reasons"`
	Allowed     []reasonJSON `json:"allowed,omitempty"`  // tripped, and let through by --allow
	Foreseen    []reasonJSON `json:"foreseen,omitempty"` // will refuse the run in which those go who begin to leave
	Withholding string       `json:"withholding"`        // why operations are withheld; "" if none is
}

type reasonJSON struct {
	Name    string `json:"name"`
	What    string `json:"what"` // the field, group or file; "" for the plan
	Limit   string `json:"limit"`
	Actual  int    `json:"actual"`
	Message string `json:"message"`
	Allow   string `json:"allow"` // the option that lets this very plan through; "" if nothing does
}

type summaryJSON struct {
	Create     Count    `json:"create"`
	Update     Count    `json:"update"`
	Deactivate Count    `json:"deactivate"`
	Reactivate Count    `json:"reactivate"`
	Unchanged  int      `json:"unchanged"`
	Held       int      `json:"held"`
	OutOfScope int      `json:"outOfScope"`
	Protected  int      `json:"protected"`
	Kept       int      `json:"kept"`
	Leaving    int      `json:"leaving"`   // of those kept, who are deactivated later
	Strangers  int      `json:"strangers"` // of those kept, whom no earlier run knew
	Conflicts  int      `json:"conflicts"` // users of the app that an undo leaves alone
	Gone       int      `json:"gone"`      // users that an undo does not find in the app any more
	NewRoles   []string `json:"newRoles"`
}

type apiJSON struct {
	Requests  int     `json:"requests"`
	Retries   int     `json:"retries"`
	Throttled int     `json:"throttled"`
	Seconds   float64 `json:"seconds"`

	Expected     expectedJSON `json:"expected"` // of carrying the plan out
	ApplySeconds float64      `json:"applySeconds"`
	Pace         *paceJSON    `json:"pace,omitempty"` // left out if nobody counted
}

// paceJSON is how many requests left in each stretch of carrying the plan out.
type paceJSON struct {
	Seconds  float64 `json:"seconds"` // of a stretch
	Requests []int   `json:"requests"`
	Limit    float64 `json:"limitPerMinute,omitempty"` // left out if there is none
}

type expectedJSON struct {
	Requests int     `json:"requests"`
	Seconds  float64 `json:"seconds"`
}

type verifyJSON struct {
	Ran        bool           `json:"ran"`
	Remaining  int            `json:"remaining"`
	Message    string         `json:"message"`
	Operations []leftoverJSON `json:"operations"` // some of what remains
}

type leftoverJSON struct {
	Op  plan.Verb `json:"op"`
	UID string    `json:"uid"`
}

func (r *Report) headJSON() headJSON {
	run, target, in, p := &r.in.Run, &r.in.Target, &r.intake, r.plan
	h := headJSON{
		Schema: Schema,
		Run: runJSON{
			run.ID, run.Command, run.Version, Moment(run.StartedAt), Moment(run.FinishedAt),
			run.Result, run.ExitCode, r.Verdict(), r.in.Problem, p.Undoes, r.died(), r.in.Recovered, run.Tolerated,
			r.in.Writer, r.in.ShowPrivate, r.planJSON(), r.tokensJSON(),
		},
		Target: targetJSON{target.AppID, target.Region, target.BaseURL, target.Sandbox},
		Source: sourceJSON{
			Files: []FileJSON{}, Rows: in.Rows, Users: in.Users, Duplicates: in.Duplicates, Rejected: in.Rejected,
			Columns: []mappingJSON{}, Managed: list(in.Managed), IgnoredColumns: list(in.IgnoredColumns), EndsEarly: list(in.EndsEarly),
			Notices: []noticeJSON{},
		},
		Remote: remoteJSON{p.Remote.Active, p.Remote.Deactivated, p.Remote.InScope},
		Guard:  guardJSON{Tripped: p.Refused(), Reasons: []reasonJSON{}, Withholding: p.Withholding()},
		Stops:  []stopJSON{},

		Since:     r.sinceJSON(),
		Decisions: r.decisionsJSON(),
		Summary: summaryJSON{
			r.counts[plan.Create], r.counts[plan.Update], r.counts[plan.Deactivate], r.counts[plan.Reactivate],
			p.Unchanged, len(p.Held), p.OutOfScope, p.Protected, p.Kept, len(p.Leaving), p.Strangers, r.conflicting(), r.gone, list(p.NewRoles),
		},
	}
	for _, f := range in.Files {
		h.Source.Files = append(h.Source.Files, FileJSON(f))
	}
	for _, c := range in.Columns {
		h.Source.Columns = append(h.Source.Columns, mappingJSON(c))
	}
	for _, n := range r.notices() {
		h.Source.Notices = append(h.Source.Notices, noticeJSON(n))
	}
	for _, g := range p.Tripped() {
		h.Guard.Reasons = append(h.Guard.Reasons, reasonJSON(g))
	}
	for _, g := range p.Allowed {
		h.Guard.Allowed = append(h.Guard.Allowed, reasonJSON(g))
	}
	for _, g := range p.Forewarned() {
		h.Guard.Foreseen = append(h.Guard.Foreseen, reasonJSON(g))
	}
	for _, stop := range r.in.Stops {
		h.Stops = append(h.Stops, stopJSON{stop.Verb, stop.Code, stop.text()})
	}
	return h
}

func (r *Report) planJSON() *planJSON {
	p := r.plan
	if p.Run == "" {
		return nil
	}
	return &planJSON{p.Run, Moment(p.CreatedAt), p.Config.SHA256()}
}

func (r *Report) decisionsJSON() *decisionsJSON {
	d := r.in.Decisions
	if d == nil {
		return nil
	}
	out := &decisionsJSON{
		File: d.File, SHA256: d.SHA256, Apply: d.Count(plan.Apply), Hold: d.Count(plan.Hold), Never: d.Count(plan.Never),
		UndecidedAs: cmp.Or(d.Undecided, plan.Hold), Rejects: make([]json.RawMessage, len(d.Rejects)),
	}
	for _, n := range d.Notices {
		out.Notices = append(out.Notices, noticeJSON(n))
	}
	out.Undecided, out.Withheld = r.undecided()
	out.Rejected = len(d.Of) - out.Apply - out.Hold - out.Never - out.Undecided - out.Withheld
	for i := range d.Rejects {
		out.Rejects[i] = appendReject(nil, &d.Rejects[i])
	}
	return out
}

// decision is what was decided on an operation, in a word.
func (r *Report) decision(i int) string {
	d := r.in.Decisions
	switch {
	case d.Rejected[i]:
		return "rejected"
	case d.Of[i] == plan.Undecided && r.plan.Operations[i].Withheld:
		return "withheld"
	case d.Of[i] == plan.Undecided:
		return "undecided"
	}
	return d.Of[i].String()
}

func (r *Report) paceJSON() *paceJSON {
	p := &r.in.Pace
	if len(p.Requests) == 0 {
		return nil
	}
	return &paceJSON{p.Every.Seconds(), p.Requests, p.Limit}
}

func (r *Report) tokensJSON() *tokensJSON {
	t := tokensJSON(r.in.Tokens)
	if t.File == "" {
		return nil
	}
	return &t
}

func (r *Report) tailJSON() tailJSON {
	v, a := &r.in.Verify, &r.in.API
	t := tailJSON{apiJSON{
		a.Requests, a.Retries, a.Throttled, a.Seconds,
		expectedJSON{a.Expected.Requests, a.Expected.Duration.Seconds()}, a.Applying.Seconds(), r.paceJSON(),
	}, verifyJSON{v.Ran, v.Remaining, v.Message, []leftoverJSON{}}}
	for i := range v.Operations {
		t.Verify.Operations = append(t.Verify.Operations, leftoverJSON{v.Operations[i].Verb, v.Operations[i].UID})
	}
	return t
}

// list makes nil an empty list.
func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Moment is a time as reports give it: UTC, to the millisecond; null for none.
func Moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC().Truncate(time.Millisecond)
	return &t
}

func indented(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// WriteHead writes report.json without its lists of rejects, of people held,
// of pairs under a new uid, of people who are leaving, of conflicts and of operations.
func (r *Report) WriteHead(w io.Writer) error {
	b, err := indented(struct {
		headJSON
		tailJSON
	}{r.headJSON(), r.tailJSON()})
	if err != nil {
		return err
	}
	_, err = w.Write(append(b, '\n'))
	return err
}

// WriteJSON writes report.json.
func (r *Report) WriteJSON(w io.Writer) error {
	head, err := indented(r.headJSON())
	if err != nil {
		return err
	}
	tail, err := indented(r.tailJSON())
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(w, 64<<10)
	out.Write(bytes.TrimSuffix(head, []byte("\n}")))
	rejects := r.rejects.reader()
	writeList(out, "rejects", r.rejects.len(), func(b []byte, i int) []byte {
		return appendBefore(r.appendReject(b, rejects(i)),
			r.rejectedBefore(i))
	})
	writeList(out, "held", len(r.plan.Held), r.appendHeld)
	writeList(out, "rekeys", len(r.plan.Rekeys), r.appendRekey)
	writeList(out, "leaving", len(r.plan.Leaving), r.appendLeaving)
	writeList(out, "conflicts", len(r.conflicts), r.appendConflict)
	read := changes{r: r}
	writeList(out, "operations", len(r.plan.Operations), func(b []byte, i int) []byte {
		return r.appendOperation(b, i, read.of(i))
	})
	out.WriteByte(',')
	out.Write(bytes.TrimPrefix(tail, []byte("{")))
	out.WriteByte('\n')
	return out.Flush()
}
