package wire

import (
	"fmt"
	"io"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// What a report was made of can be read again from its files: the plan and what
// was read of the sources from plan.json, what came of it from report.json, and
// where users were left from users.csv. Whatever a format shows has to be in one
// of them, so that rendering the report again gives its bytes.

// Record is what report.json says of a run.
type Record struct {
	headJSON
	tailJSON

	// How many there are of each, and what became of the operations, as they are listed.
	Operations, Held, Leaving, Rekeys, Gone, Conflicts int
	Listed                                             report.Counts
	Unwanted                                           int // operations that decisions kept from being sent
	Rejects                                            []user.Reject

	Results []plan.Result // of a plan's operations
	Astray  []string      // operations that the plan does not have

	before  report.Since // what was there in the last run already
	decided plan.Decisions
	drifts  map[int]*plan.Drift
	of      *plan.Plan // that the operations are looked up in; nil: none

	each func(*operationRead, *plan.Result) // is shown each operation; nil: nobody asks
}

// ReadRecord reads report.json, list by list and element by element, and looks its
// operations up in a plan, which may be nil. Its error says what is wrong with the
// file, or is of reading it.
func Read(r io.Reader, of *plan.Plan) (*Record, error) { return read(r, of, nil) }

func read(r io.Reader, of *plan.Plan, each func(*operationRead, *plan.Result)) (*Record, error) {
	a := &Record{
		of: of, each: each, drifts: map[int]*plan.Drift{},
		before: report.Since{Failed: map[int]bool{}}, decided: plan.Decisions{Rejected: map[int]bool{}},
	}
	if of != nil {
		a.Results = of.Unsent()
		a.decided.Of = make([]plan.Decision, len(of.Operations))
	}
	type flags struct {
		AsBefore bool `json:"asBefore"`
		Gone     bool `json:"gone"`
	}
	count := func(n *int) elements[flags] { return func(*flags) error { *n++; return nil } }
	err := json.UnmarshalRead(r, &struct {
		*headJSON
		Rejects    elements[rejectRead]    `json:"rejects"`
		Held       elements[flags]         `json:"held"`
		Rekeys     elements[flags]         `json:"rekeys"`
		Leaving    elements[flags]         `json:"leaving"`
		Conflicts  elements[flags]         `json:"conflicts"`
		Operations elements[operationRead] `json:"operations"`
		*tailJSON
	}{
		&a.headJSON, a.reject, func(x *flags) error {
			a.Held++
			a.before.Hold(x.AsBefore)
			return nil
		}, count(&a.Rekeys), count(&a.Leaving), func(x *flags) error {
			if x.Gone {
				a.Gone++
			} else {
				a.Conflicts++
			}
			return nil
		}, a.operation, &a.tailJSON,
	}, jsontext.AllowDuplicateNames(true))
	if err != nil {
		return a, formats.Spoken(err)
	}
	return a, readable(a.Schema, a.Run.Version)
}

type elements[T any] func(*T) error

// UnmarshalJSONFrom reads a list.
func (take elements[T]) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		var x T
		if err := json.UnmarshalDecode(d, &x); err != nil {
			return err
		}
		if err := take(&x); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

type rejectRead struct {
	user.Source
	defectRead
	UID      string       `json:"uid"`
	More     []defectRead `json:"more"`
	AsBefore bool         `json:"asBefore"`
}

type defectRead struct {
	Column  string `json:"column"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Value   string `json:"value"`
}

func (a *Record) reject(x *rejectRead) error {
	a.before.Reject(x.AsBefore)
	r, err := x.reject()
	if a.of != nil {
		r = user.Reject{} // the plan has it, and there may be a million
	}
	a.Rejects = append(a.Rejects, r)
	return err
}

func (x *rejectRead) reject() (user.Reject, error) {
	r := user.Reject{Source: x.Source, UID: x.UID}
	for _, d := range append([]defectRead{x.defectRead}, x.More...) {
		if d == (defectRead{}) {
			continue
		}
		var code user.Code
		if d.Code != "" {
			if err := code.UnmarshalText([]byte(d.Code)); err != nil {
				return r, err
			}
		}
		r.Defects = append(r.Defects, user.Defect{Column: d.Column, Code: code, Message: d.Message, Value: d.Value})
	}
	return r, nil
}

type operationRead struct {
	Op       plan.Verb    `json:"op"`
	UID      string       `json:"uid"`
	Decision string       `json:"decision"`
	Outcome  plan.Outcome `json:"outcome"`
	Attempts int          `json:"attempts"`
	Error    *struct {
		Code    string              `json:"code"`
		Message string              `json:"message"`
		Kind    plan.FailureKind    `json:"kind"`
		Status  int                 `json:"status"`
		Details map[string][]string `json:"details"`
	} `json:"error"`
	Did           []plan.Verb  `json:"did"`
	TokensRevoked bool         `json:"tokensRevoked"`
	Instead       []valuesRead `json:"instead"`
	Drift         []valuesRead `json:"drift"`
	AsBefore      bool         `json:"asBefore"`
}

// valuesRead is a field with the values that are beside it; null is none.
type valuesRead struct {
	Field  string         `json:"field"`
	Before jsontext.Value `json:"before"`
	After  jsontext.Value `json:"after"`
	Now    jsontext.Value `json:"now"`
}

func (a *Record) operation(o *operationRead) error {
	a.Operations++
	a.Listed.Of(o.Op).Take(o.Outcome, 1)
	result, err := o.result()
	if err != nil {
		return err
	}
	if a.each != nil {
		a.each(o, &result)
	}
	if report.Kept(&result) {
		a.Unwanted++
	}
	if a.of == nil {
		return nil
	}
	i := a.index(o.Op, o.UID)
	if i < 0 {
		a.Astray = append(a.Astray, fmt.Sprintf("operation %d is to %s %s, and the plan has no such operation", a.Operations, o.Op, o.UID))
		return nil
	}
	a.Results[i] = result
	if o.Decision == report.RejectedWord {
		a.decided.Rejected[i] = true
	} else if a.decided.Of[i].UnmarshalText([]byte(o.Decision)) != nil {
		a.decided.Of[i] = plan.Undecided // in a word, and why
	}
	if o.AsBefore {
		a.before.Failed[i] = true
	}
	if len(o.Drift) > 0 {
		d := &plan.Drift{}
		for _, f := range o.Drift {
			d.Fields = append(d.Fields, plan.ConflictField{Field: f.Field, Before: orNone(f.Before), After: orNone(f.After),
				Now: orNone(f.Now)})
		}
		a.drifts[i] = d
	}
	return nil
}

// index finds an operation in the plan; it is mostly the next.
func (a *Record) index(v plan.Verb, uid string) int {
	all := a.of.Operations
	if i := a.Operations - 1; i < len(all) && all[i].Verb == v && all[i].UID == uid {
		return i
	}
	if i, found := a.of.On(uid); found && all[i].Verb == v {
		return i
	}
	return -1
}

func (o *operationRead) result() (plan.Result, error) {
	r := plan.Result{Outcome: o.Outcome, Attempts: o.Attempts, Did: plan.VerbsOf(o.Did...), Revoked: o.TokensRevoked}
	if e := o.Error; e != nil {
		r.Code, r.Message, r.Kind, r.Status, r.Details = e.Code, e.Message, e.Kind, e.Status, e.Details
	}
	for _, f := range o.Instead {
		c := plan.Change{Before: orNone(f.Before), After: orNone(f.After)}
		if key, is := strings.CutPrefix(f.Field, user.Metadata.String()+"."); is {
			c = keyChange(key, f.Before, f.After)
		} else if err := c.Field.UnmarshalText([]byte(f.Field)); err != nil {
			return r, err
		}
		r.Instead = append(r.Instead, c)
	}
	return r, nil
}

func keyChange(key string, before, after jsontext.Value) plan.Change {
	c := plan.Change{Field: user.Metadata}
	object := func(value jsontext.Value) string { return "{" + user.JSON(key) + ":" + string(value) + "}" }
	if orNone(before) != "" {
		c.Before = object(before)
	}
	if orNone(after) != "" || c.Before == "" {
		c.After = object(after)
	}
	return c
}

func orNone(raw jsontext.Value) string {
	if string(raw) == "null" {
		return ""
	}
	return string(raw)
}

// Input is what the report was made of, with what a saved plan has of it.
func (a *Record) Input(p *plan.Plan, intake *user.Intake) (report.Input, error) {
	run := &a.Run
	in := report.Input{
		Run: run.Run, Target: a.Target, Plan: p, Results: a.Results, Drifts: a.drifts, API: a.API, Verify: a.Verify, Stops: a.Stops,
		Problem: run.Problem, Died: run.Died, Recovered: run.Recovered, Writer: run.Writer, ShowPrivate: run.Private, Tokens: run.Tokens,
		Rehearsal: a.Rehearsal,
	}
	in.Run.Tolerated = run.Tolerated
	if s := a.Since; s != nil {
		in.Last = &report.Last{Run: s.Run, StartedAt: s.StartedAt, Lost: s.Lost, Left: s.Left, Told: &a.before}
	}
	if s := &a.Source; intake != nil {
		in.Intake = *intake
	} else {
		in.Intake = user.Intake{
			Files: s.Files, Rows: s.Rows, Users: s.Users, Duplicates: s.Duplicates, Rejected: s.Rejected, IgnoredColumns: s.IgnoredColumns,
			Columns: s.Columns, Managed: s.Managed, Notices: s.Notices, Rejects: user.ListOf(a.Rejects), EndsEarly: s.EndsEarly,
		}
	}
	var err error
	in.Decisions, err = a.made()
	return in, err
}

// made is the decisions on the plan; nil if there were none.
func (a *Record) made() (*plan.Decisions, error) {
	if a.Decisions == nil {
		return nil, nil
	}
	d := &a.decided
	d.File, d.SHA256, d.Undecided = a.Decisions.File, a.Decisions.SHA256, a.Decisions.UndecidedAs
	d.Pairs, d.OfPairs, d.Notices = a.Decisions.Pairs, a.Decisions.OfPairs, a.Decisions.Notices
	for _, raw := range a.Decisions.Rejects {
		var x rejectRead
		if err := json.Unmarshal(raw, &x); err != nil {
			return nil, formats.Spoken(err)
		}
		r, err := x.reject()
		if err != nil {
			return nil, err
		}
		d.Rejects = append(d.Rejects, r)
	}
	return d, nil
}
