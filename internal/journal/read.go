package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/formats"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Record is what a journal tells of a run.
type Record struct {
	Head    Head
	Plan    *plan.Plan   // with its operations; nil if the run died, or ended, before it had one
	Intake  *user.Intake // nil for an undo, too
	Marks   []Mark       // by operation, as are its results
	Results []plan.Result
	End     *End // nil: the run is unfinished
	LastAt  time.Time
	Torn    bool // something after the last whole line, or a plan that is not whole, was left out
}

// Done is the operations with what came of them; nil of a run without a plan.
func (r *Record) Done() []plan.Done {
	if r.Plan == nil {
		return nil
	}
	all := make([]plan.Done, len(r.Plan.Operations))
	for i := range all {
		all[i] = plan.Done{Operation: r.Plan.Operations[i], Result: r.Results[i], Sent: r.Marks[i].Sent}
	}
	return all
}

// InDoubt lists the operations that were sent, and of which nobody recorded
// what came of them.
func (r *Record) InDoubt() []int {
	var doubts []int
	for i, m := range r.Marks {
		if m.Sent && r.Results[i].Outcome == 0 {
			doubts = append(doubts, i)
		}
	}
	return doubts
}

// ErrNothing is a journal without a whole first line: its run died in its
// first moment, and nothing was sent. Unfinished removes such files.
var ErrNothing = errors.New("the run died before it had begun; nothing was sent")

// Read gives the whole record of a run. A run that has no journal is
// fs.ErrNotExist, a file that was changed is a *DamageError.
func Read(dir, run string) (*Record, error) {
	path, err := locate(dir, run)
	if err != nil {
		return nil, err
	}
	r, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return &r.Record, nil
}

// Reopen takes up the record of a run that did not finish: what is torn is cut
// off, and the chain goes on. Whoever calls it holds the app's lock, so that
// nobody else writes to the file.
func Reopen(dir, run string, now func() time.Time) (*Journal, *Record, error) {
	path, err := locate(dir, run)
	if err != nil {
		return nil, nil, err
	}
	r, err := readFile(path)
	if err != nil {
		return nil, nil, err
	}
	if r.End != nil {
		return nil, nil, fmt.Errorf("journal: %s: the run came to its end; there is nothing to take up", path)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, nil, wrap(err)
	}
	if r.Torn {
		// Flushed with the first record that follows.
		if err := f.Truncate(r.keep.size); err != nil {
			return nil, nil, errors.Join(wrap(err), f.Close())
		}
	}
	j := begin(path, f, now)
	j.chain.from(r.keep.hash[:])
	if r.Plan != nil {
		j.slots = r.slots()
	}
	return j, &r.Record, nil
}

// reading is a record in the making.
type reading struct {
	Record
	path       string
	fileSize   int64
	n          int   // lines taken in
	taken      place // after them
	keep       place // where a journal that is taken up goes on
	operations int   // that the plan has
}

// place is after a line.
type place struct {
	size int64
	hash [hashDigits]byte
}

func (r *reading) slots() []slot {
	slots := make([]slot, len(r.Results))
	for i := range slots {
		slots[i] = slot{r.Plan.Operations[i].Verb, r.Results[i].Outcome, r.Marks[i]}
	}
	return slots
}

// readFile gives what it could read, also with an error; nil if nothing.
func readFile(path string) (*reading, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, wrap(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, wrap(err)
	}
	r := &reading{path: path, fileSize: info.Size()}
	err = r.lines(follow(path, f))
	switch {
	case errors.Is(err, errTorn):
		r.Torn = true
	case !errors.Is(err, io.EOF):
		return r, err
	}
	if r.n == 0 {
		return r, fmt.Errorf("journal: %s: %w", path, ErrNothing)
	}
	if r.unplanned() {
		// The run died while it wrote its plan: of the file, the head is kept.
		r.Plan, r.Intake, r.Torn = nil, nil, true
	} else {
		r.keep = r.taken
	}
	return r, nil
}

// lines takes all lines in, up to io.EOF or what else ends them.
func (r *reading) lines(l *lines) error {
	stop := make(chan struct{})
	batches, used := l.ahead(stop)
	defer func() { // the file is closed next
		close(stop)
		for range batches {
		}
	}()
	for b := range batches {
		for line := range bytes.Lines(b.text) {
			if err := r.line(line[:len(line)-1]); err != nil {
				return err
			}
		}
		if b.err != nil {
			return b.err
		}
		used <- b.text
	}
	return nil
}

// unplanned says that there is a plan, and that it is not whole yet.
func (r *reading) unplanned() bool {
	return r.Plan != nil && len(r.Plan.Operations) < r.operations
}

// line takes one line in. That the chain holds says that it was written so;
// what is wrong nonetheless was wrong when it was written.
func (r *reading) line(line []byte) error {
	r.n++
	r.taken.size += int64(len(line)) + 1
	copy(r.taken.hash[:], line[len(line)-len(hashEnd)-hashDigits:])
	var err error
	starts := func(key string) bool { return bytes.HasPrefix(line, []byte(key)) }
	operation := starts(operationKey)
	switch {
	case r.n == 1:
		err = r.head(line)
		r.keep = r.taken
	case r.End != nil:
		err = errors.New("it comes after the end")
	case operation && r.unplanned():
		err = r.operation(line)
	case operation || r.unplanned():
		err = fmt.Errorf("the plan should have %d operations", r.operations)
	case starts(planKey) && r.Plan == nil:
		err = r.plan(line)
	case starts(sentKey):
		err = r.sent(line)
	case starts(doneKey), starts(leftKey):
		err = r.result(line)
	case starts(roleKey):
		err = r.role(line)
	case starts(endKey):
		err = r.end(line)
	default:
		err = errors.New("no record that belongs here")
	}
	switch {
	case errors.As(err, new(*formats.Error)):
		return unread(r.path, err)
	case err != nil:
		return r.damage(err)
	}
	return nil
}

func (r *reading) damage(problem error) error {
	return &DamageError{Path: r.path, Line: r.n, Problem: problem.Error()}
}

func (r *reading) head(line []byte) error {
	h, err := parse[headRecord](line)
	if err != nil {
		return err
	}
	if err := formats.Journal.Check(h.Schema, h.Version); err != nil {
		return err
	}
	r.Head, r.LastAt = h.Head, h.StartedAt
	return nil
}

func (r *reading) plan(line []byte) error {
	p, err := parse[struct {
		Plan       jsontext.Value `json:"plan"`
		Operations int            `json:"operations"`
	}](line)
	if err == nil && p.Operations < 0 {
		err = fmt.Errorf("the plan has %d operations", p.Operations)
	}
	if err != nil {
		return err
	}
	if r.Plan, r.Intake, err = plan.DecodeHead(p.Plan); err != nil {
		return err
	}
	r.operations = p.Operations
	if r.operations == 0 {
		r.planned()
		return nil
	}
	// A line is longer than this; no file makes room for more than it holds.
	r.Plan.Operations = make([]plan.Operation, 0, min(int64(p.Operations), r.fileSize/int64(hashLen)))
	return nil
}

func (r *reading) operation(line []byte) error {
	o, err := plan.DecodeOperation(body(line)[len(operationKey):])
	if err != nil {
		return err
	}
	r.Plan.Operations = append(r.Plan.Operations, o)
	if !r.unplanned() {
		r.planned()
	}
	return nil
}

// planned makes room for what comes of a plan that is whole.
func (r *reading) planned() {
	r.Marks = make([]Mark, r.operations)
	r.Results = make([]plan.Result, r.operations)
}
