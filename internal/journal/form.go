package journal

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// What the lines begin with; a reader tells them apart by it.
const (
	headKey      = `{"head":`
	planKey      = `{"plan":`
	operationKey = `{"operation":`
	roleKey      = `{"role":`
	sentKey      = `{"sent":`
	doneKey      = `{"done":`
	leftKey      = `{"left":`
	endKey       = `{"end":`
)

type headRecord struct {
	Schema string `json:"head"`
	Head
}

type sentRecord struct {
	Sent []int     `json:"sent"`
	At   time.Time `json:"at"`
}

// Mark is what is on record of an operation beside its result.
type Mark struct {
	Sent    bool
	Settled bool // its result was found out by a later run
	Left    bool // it was settled without being sent
}

// take takes in that an operation is done, settled or left, if it can be.
func (m *Mark) take(as Mark, o plan.Outcome) error {
	switch {
	case !as.Left && !m.Sent:
		return errors.New("is done, and was not sent")
	case as.Left && m.Sent:
		return errors.New("is left, and was sent")
	case as.Left && m.Left:
		return errors.New("is left a second time")
	case as.Left && (o == plan.Applied || o == plan.Unknown):
		return fmt.Errorf("is %s, and was not sent", o)
	}
	m.Settled, m.Left = as.Settled, as.Left
	return nil
}

// resultRecord is what came of an operation: done, or left.
type resultRecord struct {
	Done *int `json:"done,omitzero"`
	Left *int `json:"left,omitzero"`
	plan.Result
	Settled bool      `json:"settled,omitzero"`
	At      time.Time `json:"at"`
}

type roleRecord struct {
	Role    string    `json:"role"`
	Sent    bool      `json:"sent,omitzero"`
	Done    bool      `json:"done,omitzero"`
	Problem string    `json:"problem,omitempty"`
	At      time.Time `json:"at"`
}

type endRecord struct {
	End
	OnRecord sums      `json:"onRecord"`
	At       time.Time `json:"at"`
}

// Counts is how many operations on record came to which outcome.
type Counts map[plan.Verb]map[plan.Outcome]int

// sums saves readers that want no more from reading a whole journal.
type sums struct {
	Operations int    `json:"operations"`
	Sent       int    `json:"sent"`          // operations
	Done       int    `json:"done"`          // of those that were sent: how many were answered
	Left       int    `json:"left,omitzero"` // settled without being sent
	Counts     Counts `json:"totals"`        // of what is done and what is left
}

func sum(slots []slot) sums {
	s := sums{Operations: len(slots), Counts: Counts{}}
	for _, o := range slots {
		if o.Sent {
			s.Sent++
		}
		if o.outcome == 0 {
			continue
		}
		if o.Left {
			s.Left++
		} else {
			s.Done++
		}
		if s.Counts[o.verb] == nil {
			s.Counts[o.verb] = map[plan.Outcome]int{}
		}
		s.Counts[o.verb][o.outcome]++
	}
	return s
}

// spelling is that of all records: values stand in them as they are. JSON has no
// way to hold bytes that are no UTF-8, and what can't be read back is not a record.
var spelling = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true), jsontext.PreserveRawStrings(true),
	json.Deterministic(true))

// text is a record without its closing brace.
func text(record any, options ...json.Options) ([]byte, error) {
	b, err := json.Marshal(record, append(options, spelling)...)
	if err != nil {
		return nil, formats.Spoken(err)
	}
	return b[:len(b)-1], nil
}

// sentText is the text of a sentRecord. There is one for each request, while a worker
// waits: BenchmarkAppend shows what a general encoder costs.
func sentText(indices []int, at time.Time) []byte {
	b := append(make([]byte, 0, 80), sentKey...)
	for i, index := range indices {
		b = strconv.AppendInt(append(b, "[,"[min(i, 1)]), int64(index), 10)
	}
	return appendAt(append(b, ']'), at)
}

// doneText is the text of the resultRecord of an operation that was applied as it was
// meant to be, which most are; see sentText.
func doneText(index int, r *plan.Result, at time.Time) []byte {
	b := strconv.AppendInt(append(make([]byte, 0, 120), doneKey...), int64(index), 10)
	b = append(b, `,"outcome":"applied","attempts":`...)
	b = append(strconv.AppendInt(b, int64(r.Attempts), 10), `,"did":`...)
	for i, v := range r.Did.List() {
		b = append(append(append(b, "[,"[min(i, 1)], '"'), v.String()...), '"')
	}
	return appendAt(append(b, ']'), at)
}

func appendAt(b []byte, at time.Time) []byte {
	return append(at.AppendFormat(append(b, `,"at":"`...), time.RFC3339Nano), '"')
}

// plain reports whether all there is to say of a result is that it was applied.
func plain(r *plan.Result) bool {
	return r.Outcome == plan.Applied && r.Attempts > 0 && r.Did != 0 && r.Kind == 0 && r.Status == 0 && r.Code == "" && r.Message == "" &&
		r.Details == nil && !r.Revoked && r.Instead == nil
}

func resultText(index int, r *plan.Result, as Mark, at time.Time) ([]byte, error) {
	if r.Outcome < plan.Applied || r.Outcome > plan.Unknown {
		return nil, errors.New("it is answered or left, and has no outcome")
	}
	if as == (Mark{}) && plain(r) {
		return doneText(index, r, at), nil
	}
	record := resultRecord{Done: &index, Result: *r, Settled: as.Settled, At: at}
	if as.Left {
		record.Done, record.Left = nil, &index
	}
	return text(record)
}

func parse[T any](line []byte) (record T, err error) {
	err = formats.Spoken(json.Unmarshal(line, &record, spelling))
	return record, err
}

func writePlan(w io.Writer, p *plan.Plan, in *user.Intake) error {
	_, err := io.WriteString(w, planKey)
	if err == nil {
		err = plan.EncodeHead(w, p, in)
	}
	if err == nil {
		_, err = fmt.Fprintf(w, `,"operations":%d`, len(p.Operations))
	}
	return err
}
