// Package journal keeps on record what was sent to an app and what came back,
// so that a run that dies leaves no operation which nobody knows of; and it
// holds the lock that keeps two runs of one app apart.
//
// # Order of writing
//
// An operation's record is written before its request is sent, and another
// after its answer has been understood; each is one line, handed to the
// operating system in one write before the call returns, so that killing the
// process loses none. A run whose record can't be written stops sending.
//
// # Form
//
// One file a run, <state>/<app>/journal/<run>.jsonl, mode 0600, one JSON object
// a line:
//
//	{"journal":"cometsync.journal/v1","run":…,"command":…,"version":…,"target":…,"startedAt":…,"operations":N}
//	{"sent":I,"op":"update","uid":…,"changes":[{"field","before","after"}],"at":…}
//	{"done":I,"outcome":"applied","attempts":N,"code":…,"message":…,"at":…}
//	{"end":"partial","exitCode":3,"at":…}
//
// I is the operation's index in the run's plan. A sent without a done is an
// operation in doubt; a file without an end is a run that did not finish.
//
// The package knows nothing of HTTP and makes no decision.
package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-faster/jx"

	"cometsync/internal/plan"
)

// Schema names the form of a journal file.
const Schema = "cometsync.journal/v1"

// Head describes the run that a journal belongs to.
type Head struct {
	Run        string
	Command    string
	Version    string
	Target     plan.Target
	StartedAt  time.Time
	Operations int
}

// Journal is the open record of one run. It is safe for concurrent use.
type Journal struct {
	mu   sync.Mutex
	file *os.File
	now  func() time.Time
	err  error // the first failure; nothing is written after it
}

// Create begins the record of a run in an app's state directory, as Dir gives it.
func Create(dir string, head Head, now func() time.Time) (*Journal, error) {
	dir = filepath.Join(dir, "journal")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("journal: %w; --state-dir names another place", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, head.Run+".jsonl"), os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("journal: %w; --state-dir names another place", err)
	}
	j := &Journal{file: f, now: now}
	err = j.write(headRecord{Schema, head.Run, head.Command, head.Version, targetRecord(head.Target), head.StartedAt.UTC(), head.Operations})
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		// Nothing was sent; half a head would be a run in doubt for ever.
		return nil, errors.Join(fmt.Errorf("%w; --state-dir names another place", err), f.Close(), os.Remove(f.Name()))
	}
	return j, nil
}

// Path is where the record lies.
func (j *Journal) Path() string { return j.file.Name() }

type headRecord struct {
	Journal    string       `json:"journal"`
	Run        string       `json:"run"`
	Command    string       `json:"command"`
	Version    string       `json:"version"`
	Target     targetRecord `json:"target"`
	StartedAt  time.Time    `json:"startedAt"`
	Operations int          `json:"operations"`
}

type targetRecord struct {
	AppID   string `json:"appId"`
	Region  string `json:"region"`
	BaseURL string `json:"baseUrl"`
	Sandbox bool   `json:"sandbox"`
}

type doneRecord struct {
	Done     int          `json:"done"`
	Outcome  plan.Outcome `json:"outcome"`
	Attempts int          `json:"attempts"`
	Code     string       `json:"code,omitempty"`
	Message  string       `json:"message,omitempty"`
	At       time.Time    `json:"at"`
}

type endRecord struct {
	End      string    `json:"end"`
	ExitCode int       `json:"exitCode"`
	At       time.Time `json:"at"`
}

// Sent records that an operation is about to be sent. When it fails, the
// operation must not be sent.
func (j *Journal) Sent(index int, o *plan.Operation) error {
	var e jx.Encoder
	e.ObjStart()
	e.FieldStart("sent")
	e.Int(index)
	e.FieldStart("op")
	e.Str(o.Verb.String())
	e.FieldStart("uid")
	e.Str(o.UID)
	if len(o.Changes) > 0 {
		e.FieldStart("changes")
		e.ArrStart()
		for _, c := range o.Changes {
			e.ObjStart()
			e.FieldStart("field")
			e.Str(c.Field.String())
			e.FieldStart("before")
			err := value(&e, c.Before)
			e.FieldStart("after")
			if err = errors.Join(err, value(&e, c.After)); err != nil {
				return wrap(fmt.Errorf("%s %s: %s: %w", o.Verb, o.UID, c.Field, err))
			}
			e.ObjEnd()
		}
		e.ArrEnd()
	}
	e.FieldStart("at")
	e.Str(j.now().UTC().Format(time.RFC3339Nano))
	e.ObjEnd()
	return j.append(append(e.Bytes(), '\n'))
}

// value writes a change's value. One that came from the service as it was may
// hold line breaks, which a line must not.
func value(e *jx.Encoder, s string) error {
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

// Done records what came of an operation.
func (j *Journal) Done(index int, r plan.Result) error {
	return j.write(doneRecord{index, r.Outcome, r.Attempts, r.Code, r.Message, j.now().UTC()})
}

// End closes the record of a run that came to an end, with its result.
func (j *Journal) End(result string, exitCode int) error {
	err := j.write(endRecord{result, exitCode, j.now().UTC()})
	if err == nil {
		err = wrap(j.file.Sync())
	}
	if e := j.file.Close(); err == nil {
		err = wrap(e)
	}
	return err
}

// write adds a line. Texts stand in it as they were sent, as in plan.json.
func (j *Journal) write(record any) error {
	var line bytes.Buffer
	e := json.NewEncoder(&line)
	e.SetEscapeHTML(false)
	if err := e.Encode(record); err != nil { // with the line's end
		return wrap(err)
	}
	return j.append(line.Bytes())
}

// append hands a whole line to the operating system.
func (j *Journal) append(line []byte) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		_, err := j.file.Write(line)
		j.err = wrap(err)
	}
	return j.err
}

func wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("journal: %w", err)
	}
	return err
}
