// Package journal keeps on record what was sent to an app and what came back,
// so that a run that dies leaves no operation which nobody knows of, and that
// an earlier run can be read again from its file alone; it holds the lock that
// keeps two runs of one app apart, and remembers values that did not stick.
//
// # Order of writing
//
// The head is on the disk before the run does anything, and the whole plan
// before its first request. An operation's record is on the disk, flushed,
// before its request is sent; many operations share a flush. After its answer
// has been understood another record is written, which shares the flush of the
// next request's, or goes by itself within a moment; nobody waits for it: should
// it be lost, the operation is on record as sent, which is doubt and not
// ignorance. So a killed process loses nothing that was sent, nor does a power
// cut. After the first record that can't be written nothing more is, and a run
// whose record can't be written stops sending.
//
// # Form
//
// One file a run, <state>/<app>/journal/<run>.jsonl, mode 0600, only ever
// appended to, one JSON object a line, told apart by its first key:
//
//	{"head":"cometsync.journal/v1","run","command","version","target","pid","host","startedAt","order","dir","reportDir","undoes","tokens",
//	 "planFile","planHash","decisionsFile","decisionsHash","hash"}
//	{"plan":{…},"operations":N,"hash"}
//	{"operation":{"op","uid",…,"changes":[{"field","before","after"}]},"hash"}      N times
//	{"role":"staff","sent":true,"at","hash"}
//	{"role":"staff","done":true,"problem","at","hash"}
//	{"sent":[I,…],"at","hash"}
//	{"done":I,"outcome","attempts","kind","status","code","message","details","did":[],"instead":[],"settled":true,"at","hash"}
//	{"left":I,"outcome","code","message",…,"at","hash"}
//	{"end":"partial","exitCode","problem","verdict","stops":[],"verified","remains","requests","retries","throttled",
//	 "seconds","applySeconds","reports","sums","onRecord":{"operations","sent","done","left","totals":{"update":{"applied":N}}},"at","hash"}
//
// The plan is in the form of package plan, with everything of plan and intake
// but the operations. I is an operation's index in it. What is empty is left
// out. An operation may be sent more than once and done more than once; the
// last word holds. A sent without a done is an operation in doubt; a file
// without an end is a run that did not finish. A later run that found out what
// came of an operation adds its done, settled, and the end.
//
// A left is an operation that was settled without being sent: the user was
// found changed, or a decision holds it. It says so once, it is the only word
// on its operation, and its outcome is none that only a request can have. What
// has neither a sent nor a left is an operation that the run did not come to.
// The totals of the end count what is done and what is left.
//
// # Chain
//
// A line's last key is its hash: the first 32 hexadecimal digits of SHA-256
// over the hash of the line before (nothing for the first line) and the line's
// own bytes up to the comma before the hash. A line that was edited, removed or
// moved breaks the chain there, and no such file is believed. The chain knows
// no secret: it shows accidents and second thoughts, not forgery; nor can it
// tell a file that lost its last lines whole from a run that died then.
//
// # Recovery
//
// What follows the last line break is torn: a record that a full disk or a
// power cut left in pieces, which nobody was told is written. It is passed over
// by readers and cut off by Reopen; so is a plan that is not whole, before
// which nothing can have been sent. A file without a whole first line belongs
// to a run that did nothing, and Unfinished removes it.
//
// The package knows nothing of HTTP and makes no decision.
package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Head describes the run that a journal belongs to.
type Head struct {
	Run       string      `json:"run"`
	Command   string      `json:"command"`
	Version   string      `json:"version"`
	Target    plan.Target `json:"target"`
	PID       int         `json:"pid"`
	Host      string      `json:"host"`
	StartedAt time.Time   `json:"startedAt"`
	Order     int64       `json:"order,omitzero"`      // its place among the runs of the state directory; 0 of an earlier version
	Dir       string      `json:"dir,omitempty"`       // that the run, or that of the plan it applies, worked in: inputs are relative to it
	ReportDir string      `json:"reportDir,omitempty"` // "" for none
	Undoes    string      `json:"undoes,omitempty"`    // the run that this one undoes; "" for none
	State     string      `json:"state,omitempty"`     // the file with the users that an embedded sandbox starts from; "" for an app
	From      string      `json:"from,omitempty"`      // the run at whose end that sandbox starts instead; "" for none
	Tokens    string      `json:"tokens,omitempty"`    // the file that takes the auth tokens of who is created; "" for none

	Plan          string `json:"planFile,omitempty"`      // the file of the plan that is carried out; "" if the run made its own
	PlanHash      string `json:"planHash,omitempty"`      // that the file ends with
	Decisions     string `json:"decisionsFile,omitempty"` // the file with what was decided on the plan; "" for none
	DecisionsHash string `json:"decisionsHash,omitempty"` // SHA-256 of that file
}

// End is how a run came to its end.
type End struct {
	Result   string      `json:"end"`
	ExitCode int         `json:"exitCode"`
	Problem  string      `json:"problem,omitempty"` // what stopped it; "" for nothing
	Verdict  string      `json:"verdict,omitempty"` // the result in a sentence; "" where it came to no report
	Stops    []plan.Stop `json:"stops,omitempty"`
	Verified bool        `json:"verified,omitzero"` // the app was read again afterwards
	Remains  int         `json:"remains,omitzero"`  // differences that this showed
	Leaving  int         `json:"leaving,omitzero"`  // users who are deactivated later
	Foreseen bool        `json:"foreseen,omitzero"` // a guard will refuse the run in which some of them go

	Allowed []string `json:"allowed,omitempty"` // guards that tripped and were let through, each as --allow takes it

	Requests  int           `json:"requests"`
	Retries   int           `json:"retries,omitzero"`
	Throttled int           `json:"throttled,omitzero"`
	Took      time.Duration `json:"seconds,omitzero,format:sec"`
	Applying  time.Duration `json:"applySeconds,omitzero,format:sec"`

	Reports string    `json:"reports,omitempty"` // the directory with the run's reports; "" if there are none
	Sums    string    `json:"sums,omitempty"`    // SHA-256 of that directory's SHA256SUMS; "" if there are none
	At      time.Time `json:"-"`                 // set by the reader
}

// Journal is the open record of one run. It is safe for concurrent use.
type Journal struct {
	path string
	file file
	now  func() time.Time

	mu         sync.Mutex
	rested     sync.Cond // the committer rests
	chain      chain
	group      *group // gathers what the committer has not taken yet; nil if there is nothing
	spare      []byte // for the lines of the next one
	committing bool
	due        bool // a flush is to come by itself
	closed     bool
	err        error // the first failure; nothing is written after it

	slots []slot // of each operation; nil before there is a plan
}

// slot is what the end has to tell of an operation.
type slot struct {
	verb    plan.Verb
	outcome plan.Outcome
	Mark
}

// Create begins the record of a run in an app's state directory, as Dir gives it.
func Create(dir string, head Head, now func() time.Time) (*Journal, error) {
	path, err := locate(dir, head.Run)
	if err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, elsewhere(err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL|os.O_APPEND, 0o600)
	if err != nil {
		return nil, elsewhere(err)
	}
	j := begin(path, f, now)
	head.StartedAt = head.StartedAt.UTC()
	text, err := text(headRecord{formats.Journal.String(), head}, jsontext.EscapeForJS(true))
	if err == nil {
		j.mu.Lock()
		err = j.wait(j.queue(text))
		j.mu.Unlock()
	}
	if err == nil {
		err = wrap(syncDir(filepath.Dir(path)))
	}
	if err != nil {
		// Nothing was sent; half a head is of no use to anybody.
		return nil, errors.Join(fmt.Errorf("%w; --state-dir names another place", err), f.Close(), os.Remove(path))
	}
	return j, nil
}

func begin(path string, f file, now func() time.Time) *Journal {
	j := &Journal{path: path, file: f, now: now}
	j.rested.L = &j.mu
	return j
}

// locate is where a run's journal lies.
func locate(dir, run string) (string, error) {
	if run == "" || run != filepath.Base(run) || run == "." || run == ".." {
		return "", fmt.Errorf("journal: %q is not a run; name one as its report does", run)
	}
	return filepath.Join(dir, "journal", run+extension), nil
}

const extension = ".jsonl"

// maxChunk is how much of a plan is handed to the operating system at once.
const maxChunk = 1 << 20

// Plan puts what the run is about to do on record: before anything is sent,
// and once. It is flushed when Plan returns.
func (j *Journal) Plan(p *plan.Plan, in *user.Intake) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for j.committing {
		j.rested.Wait()
	}
	if err := j.usable(); err != nil {
		return err
	}
	if j.slots != nil {
		return fmt.Errorf("journal: %s has its plan", j.path)
	}
	err := j.writePlan(p, in)
	if err == nil {
		err = j.file.Sync()
	}
	if err != nil {
		// Half a plan has to stay the last thing in its file.
		j.err = fmt.Errorf("journal: writing the plan: %w; nothing was sent", err)
		return j.err
	}
	j.slots = make([]slot, len(p.Operations))
	for i := range p.Operations {
		j.slots[i].verb = p.Operations[i].Verb
	}
	return nil
}

// writePlan holds no more than a chunk of the text at a time.
func (j *Journal) writePlan(p *plan.Plan, in *user.Intake) error {
	if err := j.chain.write(j.file, func(w io.Writer) error { return writePlan(w, p, in) }); err != nil {
		return err
	}
	var text, chunk []byte
	var err error
	for i := range p.Operations {
		if text, err = plan.AppendOperation(append(text[:0], operationKey...), &p.Operations[i]); err != nil {
			return err
		}
		chunk = j.chain.append(chunk, text)
		if len(chunk) >= maxChunk {
			if _, err := j.file.Write(chunk); err != nil {
				return err
			}
			chunk = chunk[:0]
		}
	}
	_, err = j.file.Write(chunk)
	return err
}

// Sent records that operations are about to be sent by one request. It returns
// when that is flushed; when it fails, they must not be sent.
func (j *Journal) Sent(indices ...int) error {
	if len(indices) == 0 {
		return nil
	}
	text := sentText(indices, j.now().UTC())
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return err
	}
	for _, i := range indices {
		if err := j.known(i); err != nil {
			return err
		}
		if j.slots[i].Left {
			return fmt.Errorf("journal: operation %d was left, and is not to be sent", i)
		}
	}
	for _, i := range indices {
		j.slots[i].Sent = true
	}
	return j.wait(j.queue(text))
}

// Done records what came of an operation that was sent. It does not wait for
// the flush: until then the operation is on record as sent.
func (j *Journal) Done(index int, r plan.Result) error { return j.note(index, &r, Mark{}) }

// Settle records what came of an operation of a run that died before it could
// tell; the journal was opened by Reopen.
func (j *Journal) Settle(index int, r plan.Result) error {
	return j.note(index, &r, Mark{Settled: true})
}

// Left records the result of an operation that is not going to be sent: its
// user was found changed, or a decision holds it. It waits for no flush: should
// the record be lost, the run did not come to the operation.
func (j *Journal) Left(index int, r plan.Result) error { return j.note(index, &r, Mark{Left: true}) }

// note takes the record of what came of an operation.
func (j *Journal) note(index int, r *plan.Result, as Mark) error {
	text, err := resultText(index, r, as, j.now().UTC())
	if err != nil {
		return fmt.Errorf("journal: operation %d: %w", index, err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err = j.usable(); err == nil {
		err = j.known(index)
	}
	if err != nil {
		return err
	}
	s := &j.slots[index]
	if err := s.take(as, r.Outcome); err != nil {
		return fmt.Errorf("journal: operation %d %w", index, err)
	}
	s.outcome = r.Outcome
	j.later(text)
	return nil
}

// known reports whether the plan has an operation. j.mu is held.
func (j *Journal) known(index int) error {
	if index < 0 || index >= len(j.slots) {
		return fmt.Errorf("journal: there is no operation %d: the plan on record has %d", index, len(j.slots))
	}
	return nil
}

// RoleSent records that a role is about to be created, as Sent does.
func (j *Journal) RoleSent(role string) error {
	g, err := j.role(role, false, "")
	if err != nil {
		return err
	}
	<-g.done
	return g.err
}

// RoleDone records that a role was created, or the problem, as Done does.
func (j *Journal) RoleDone(role, problem string) error {
	_, err := j.role(role, true, problem)
	return err
}

func (j *Journal) role(role string, done bool, problem string) (*group, error) {
	text, err := text(roleRecord{role, !done, done, problem, j.now().UTC()})
	if err != nil {
		return nil, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if err := j.usable(); err != nil {
		return nil, err
	}
	return j.queue(text), nil
}

// End closes the record of a run that came to an end.
func (j *Journal) End(e End) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.usable()
	if err == nil {
		var line []byte
		if line, err = text(endRecord{e, sum(j.slots), j.now().UTC()}, jsontext.EscapeForJS(true)); err == nil {
			err = j.wait(j.queue(line))
		}
	}
	if closed := j.close(); err == nil {
		err = closed
	}
	return err
}

// Close closes a record without an end: the run stays unfinished, for a later
// one to settle.
func (j *Journal) Close() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.close()
}

func wrap(err error) error {
	if err != nil {
		err = fmt.Errorf("journal: %w", err)
	}
	return err
}

func elsewhere(err error) error {
	return fmt.Errorf("journal: %w; --state-dir names another place", err)
}
