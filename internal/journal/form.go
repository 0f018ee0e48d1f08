package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/go-faster/jx"

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
	Head      string       `json:"head"`
	Run       string       `json:"run"`
	Command   string       `json:"command"`
	Version   string       `json:"version"`
	Target    targetRecord `json:"target"`
	PID       int          `json:"pid"`
	Host      string       `json:"host"`
	StartedAt time.Time    `json:"startedAt"`
	Order     int64        `json:"order,omitempty"`
	Dir       string       `json:"dir,omitempty"`
	ReportDir string       `json:"reportDir,omitempty"`
	Undoes    string       `json:"undoes,omitempty"`
	State     string       `json:"state,omitempty"`
	From      string       `json:"from,omitempty"`
	Tokens    string       `json:"tokens,omitempty"`

	Plan          string `json:"planFile,omitempty"`
	PlanHash      string `json:"planHash,omitempty"`
	Decisions     string `json:"decisionsFile,omitempty"`
	DecisionsHash string `json:"decisionsHash,omitempty"`
}

type targetRecord struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
}

type endRecord struct {
	End       string    `json:"end"`
	ExitCode  int       `json:"exitCode"`
	Problem   string    `json:"problem,omitempty"`
	Verdict   string    `json:"verdict,omitempty"`
	Stops     []Stop    `json:"stops,omitempty"`
	Verified  bool      `json:"verified,omitempty"`
	Remains   int       `json:"remains,omitempty"`
	Leaving   int       `json:"leaving,omitempty"`
	Foreseen  bool      `json:"foreseen,omitempty"`
	Requests  int       `json:"requests"`
	Retries   int       `json:"retries,omitempty"`
	Throttled int       `json:"throttled,omitempty"`
	Took      float64   `json:"seconds,omitempty"`
	Applying  float64   `json:"applySeconds,omitempty"`
	Reports   string    `json:"reports,omitempty"`
	Sums      string    `json:"sums,omitempty"`
	OnRecord  sums      `json:"onRecord"`
	At        time.Time `json:"at"`
}

// Counts is how many operations on record came to which outcome.
type Counts map[plan.Verb]map[plan.Outcome]int

// sums saves readers that want no more from reading a whole journal.
type sums struct {
	Operations int    `json:"operations"`
	Sent       int    `json:"sent"`
	Done       int    `json:"done"`           // of those that were sent: how many were answered
	Left       int    `json:"left,omitempty"` // settled without being sent
	Totals     Counts `json:"totals"`         // of what is done and what is left
}

func sum(slots []slot) sums {
	s := sums{Operations: len(slots), Totals: Counts{}}
	for _, o := range slots {
		if o.sent {
			s.Sent++
		}
		if o.outcome == 0 {
			continue
		}
		if o.left {
			s.Left++
		} else {
			s.Done++
		}
		if s.Totals[o.verb] == nil {
			s.Totals[o.verb] = map[plan.Outcome]int{}
		}
		s.Totals[o.verb][o.outcome]++
	}
	return s
}

func headText(h *Head) ([]byte, error) {
	return text(headRecord{
		Schema, h.Run, h.Command, h.Version, targetRecord(h.Target), h.PID, h.Host, h.StartedAt.UTC(), h.Order,
		h.Dir, h.ReportDir, h.Undoes, h.State, h.From, h.Tokens, h.Plan, h.PlanHash, h.Decisions, h.DecisionsHash,
	})
}

func endText(e *End, slots []slot, at time.Time) ([]byte, error) {
	return text(endRecord{
		e.Result, e.ExitCode, e.Problem, e.Verdict, e.Stops, e.Verified, e.Remains, e.Leaving, e.Foreseen,
		e.Requests, e.Retries, e.Throttled, e.Took.Seconds(), e.Applying.Seconds(), e.Reports, e.Sums, sum(slots), at.UTC(),
	})
}

// text is a record without its closing brace. Texts stand in it as they are,
// as in plan.json.
func text(record any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil {
		return nil, wrap(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("}\n")), nil
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

// encoder writes the records of which there are many.
type encoder struct{ *jx.Encoder }

func startText() encoder { return encoder{jx.GetEncoder()} }

func (e encoder) done() { jx.PutEncoder(e.Encoder) }

// text is the record without its closing brace, valid until done.
func (e encoder) text() []byte { return e.Bytes() }

func (e encoder) at(at time.Time) {
	e.FieldStart("at")
	var b [len(time.RFC3339Nano)]byte
	e.ByteStr(at.UTC().AppendFormat(b[:0], time.RFC3339Nano))
}

func (e encoder) sent(indices []int, at time.Time) {
	e.ObjStart()
	e.FieldStart("sent")
	e.ArrStart()
	for _, i := range indices {
		e.Int(i)
	}
	e.ArrEnd()
	e.at(at)
}

func (e encoder) role(name string, done bool, problem string, at time.Time) {
	e.ObjStart()
	e.FieldStart("role")
	e.string(name)
	if done {
		e.FieldStart("done")
	} else {
		e.FieldStart("sent")
	}
	e.Bool(true)
	e.optional("problem", problem)
	e.at(at)
}

func (e encoder) optional(key, value string) {
	if value != "" {
		e.FieldStart(key)
		e.string(value)
	}
}

// string writes text from outside. JSON has no way to hold bytes that are no
// UTF-8, and what can't be read back is no record.
func (e encoder) string(s string) { e.Str(strings.ToValidUTF8(s, "\uFFFD")) }

// result writes what came of an operation: done, or left.
func (e encoder) result(key string, index int, r *plan.Result, settled bool, at time.Time) error {
	if r.Outcome < plan.Applied || r.Outcome > plan.Unknown {
		return fmt.Errorf("it is %s, and has no outcome", key)
	}
	e.ObjStart()
	e.FieldStart(key)
	e.Int(index)
	e.FieldStart("outcome")
	e.Str(r.Outcome.String())
	if r.Attempts != 0 {
		e.FieldStart("attempts")
		e.Int(r.Attempts)
	}
	e.optional("kind", r.Kind.String())
	if r.Status != 0 {
		e.FieldStart("status")
		e.Int(r.Status)
	}
	e.optional("code", r.Code)
	e.optional("message", r.Message)
	if len(r.Details) > 0 {
		e.FieldStart("details")
		e.ObjStart()
		for _, field := range slices.Sorted(maps.Keys(r.Details)) {
			e.FieldStart(strings.ToValidUTF8(field, "\uFFFD"))
			e.ArrStart()
			for _, message := range r.Details[field] {
				e.string(message)
			}
			e.ArrEnd()
		}
		e.ObjEnd()
	}
	if r.Did != 0 {
		e.FieldStart("did")
		e.ArrStart()
		for _, v := range r.Did.List() {
			e.Str(v.String())
		}
		e.ArrEnd()
	}
	if r.Revoked {
		e.FieldStart("revoked")
		e.Bool(true)
	}
	if len(r.Instead) > 0 {
		e.FieldStart("instead")
		if err := e.changes(r.Instead); err != nil {
			return err
		}
	}
	if settled {
		e.FieldStart("settled")
		e.Bool(true)
	}
	e.at(at)
	return nil
}

func (e encoder) changes(changes []plan.Change) error {
	e.ArrStart()
	for _, c := range changes {
		e.ObjStart()
		e.FieldStart("field")
		e.Str(c.Field.String())
		e.FieldStart("before")
		err := e.value(c.Before)
		e.FieldStart("after")
		if err = errors.Join(err, e.value(c.After)); err != nil {
			return fmt.Errorf("%s: %w", c.Field, err)
		}
		e.ObjEnd()
	}
	e.ArrEnd()
	return nil
}

// value writes a change's value. One that came from the service as it was may
// hold line breaks, which a line must not.
func (e encoder) value(s string) error {
	if s == "" {
		e.Null()
		return nil
	}
	text := []byte(s)
	if bytes.ContainsAny(text, "\n\r") {
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			return err
		}
		text = b.Bytes()
	} else if !json.Valid(text) {
		return errors.New("its value is no JSON")
	}
	e.Raw(text)
	return nil
}
