package report

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/go-faster/jx"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

const reportName = "report.json"

// reportKeys are those of report.json, in their order.
var reportKeys = []string{
	"schema", "run", "target", "source", "remote", "guard", "stops", "since?", "decisions?", "summary",
	"rejects", "held", "rekeys?", "leaving?", "conflicts", "operations", "api", "verify",
}

// listing reads report.json, and beside its lists the tables that were made
// from them, so that no list has to be in memory.
type listing struct {
	*audit
	d                              *jx.Decoder // of the file
	element                        jx.Decoder  // of one element of a list
	operations, rejects, conflicts *rowsFile
	rekeyed                        *rowsFile
	tail                           tailJSON

	holds  map[user.Source]holding // by row, as the plan has it
	rekeys int                     // pairs under a new uid, so far
	paired map[string]string       // the uids of pairs, with the other one

	n         int    // operations so far
	before    [3]int // rejects, held and failed that were there in the last run
	rejected  int
	gone      int
	decisions map[string]int
	unwanted  int  // operations that a reviewer did not want
	masked    bool // some private value is masked
	shown     bool // some is not
}

// reportFile reads report.json and compares it with itself, with the plan, with
// the journal's results and with the tables.
func (a *audit) reportFile() (err error) {
	l := &listing{audit: a, decisions: map[string]int{}}
	for _, c := range []struct {
		name string
		t    **rowsFile
	}{{"operations.csv", &l.operations}, {"rejects.csv", &l.rejects}, {"conflicts.csv", &l.conflicts}, {rekeyName, &l.rekeyed}} {
		*c.t, err = a.rowsOf(c.name)
		defer (*c.t).close()
		if err != nil {
			return err
		}
	}
	l.heads()
	f, err := a.open(reportName)
	if f == nil {
		return err
	}
	defer f.Close()
	in := &noting{in: f}
	l.d = jx.Decode(in, 64<<10)
	err = ordered(l.d, reportKeys, l.key)
	if err == nil && l.d.Skip() != io.EOF {
		err = errors.New("there is text after its end")
	}
	var passed *passedOn
	switch {
	case in.err != nil:
		return fmt.Errorf("auditing %s: %w", reportName, in.err)
	case errors.As(err, &passed):
		return passed.error
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		a.find(reportName, "it is cut off after %s", phrase.Counted(l.n, "operation"))
		return nil
	case err != nil:
		a.find(reportName, "it is no report as this program writes it: %v", err)
		return nil
	}
	a.read = true
	for _, t := range []*rowsFile{l.operations, l.rejects, l.conflicts, l.rekeyed} {
		if err := t.end(); err != nil {
			return err
		}
	}
	l.books()
	l.verdict()
	l.evidence()
	if a.found[reportName] == 0 {
		a.checked("%s: %s and %s, totals and books recomputed", reportName, phrase.Counted(l.n, "operation"), phrase.Counted(l.rejected, "reject"))
		if a.plan != nil {
			a.checked("%s: operation by operation as %s has it", reportName, a.planOf)
		}
	}
	for _, t := range []*rowsFile{l.operations, l.rejects, l.conflicts, l.rekeyed} {
		if t.f != nil && !t.wrong {
			a.checked("%s: %s, as %s lists them", t.name, phrase.Counted(t.n, "row"), reportName)
		}
	}
	return nil
}

// noting keeps the error of a file, of which the decoder tells in its words.
type noting struct {
	in  io.Reader
	err error
}

func (n *noting) Read(b []byte) (int, error) {
	k, err := n.in.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		n.err = err
	}
	return k, err
}

// passedOn is an error that is none of report.json's.
type passedOn struct{ error }

func passOn(err error) error {
	if err == nil {
		return nil
	}
	return &passedOn{err}
}

// heads checks the tables' headers.
func (l *listing) heads() {
	for _, c := range []struct {
		t    *rowsFile
		want []string
	}{{l.operations, operationColumns}, {l.conflicts, conflictColumns}, {l.rekeyed, rekeyColumns}, {l.rejects, placeColumns}} {
		have := c.t.head
		if c.t == l.rejects {
			have = have[max(0, len(have)-len(c.want)):]
		}
		if c.t == l.operations && !slices.Contains(have, causesColumn) {
			c.want = c.want[:len(c.want)-1]
		}
		if !c.t.dead && !slices.Equal(have, c.want) {
			c.t.find("its header is not the one that it was written with")
			c.t.dead = true
		}
	}
}

// key reads what stands under a key of report.json.
func (l *listing) key(key string) error {
	switch key {
	case "rejects":
		var x listedReject
		return l.list(key, func() error {
			if err := x.decode(&l.element); err != nil {
				return err
			}
			l.rejected++
			l.before[0] += was(x.AsBefore)
			l.holding(&x)
			return passOn(l.rejects.reject(&x))
		})
	case "held":
		return l.list(key, func() error {
			var h listedHeld
			err := h.decode(&l.element)
			l.holder(&h)
			l.before[1] += was(h.AsBefore)
			l.held = append(l.held, h.UID)
			return err
		})
	case "rekeys":
		return l.pairs(key)
	case "leaving":
		return l.list(key, func() error { return l.leaver(&l.element) })
	case "conflicts":
		var c listedConflict
		return l.list(key, func() error {
			if err := c.decode(&l.element); err != nil {
				return err
			}
			if c.Gone {
				l.gone++
			} else {
				l.moved = append(l.moved, c.UID)
			}
			return passOn(l.conflicts.conflict(&c))
		})
	case "operations":
		var o listedOperation
		return l.list(key, func() error {
			if err := o.decode(&l.element); err != nil {
				return err
			}
			return l.operation(&o)
		})
	}
	raw, err := l.d.Raw()
	if err != nil {
		return err
	}
	into := map[string]any{
		"schema": &l.head.Schema, "run": &l.head.Run, "target": &l.head.Target, "source": &l.head.Source, "remote": &l.head.Remote,
		"guard": &l.head.Guard, "stops": &l.head.Stops, "since": &l.head.Since, "decisions": &l.head.Decisions, "summary": &l.head.Summary,
		"api": &l.tail.API, "verify": &l.tail.Verify,
	}[key]
	if err := exact(raw, into); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if key == "schema" && l.head.Schema != Schema {
		return fmt.Errorf("its schema is %.40q, and this version reads %s", l.head.Schema, Schema)
	}
	if key == "run" {
		l.out.Run = l.head.Run.ID
	}
	if key == "source" {
		for _, f := range l.head.Source.Files {
			l.out.Inputs = append(l.out.Inputs, f.file())
		}
	}
	return nil
}

// list reads a list element by element.
func (l *listing) list(key string, read func() error) error {
	n := 0
	return eachElement(l.d, func() error {
		n++
		raw, err := l.d.Raw()
		if err != nil {
			return err
		}
		l.element.ResetBytes(raw)
		var passed *passedOn
		if err := read(); err != nil && !errors.As(err, &passed) {
			return fmt.Errorf("%s: element %d: %v", key, n, err)
		} else if err != nil {
			return err
		}
		return nil
	})
}

// operation counts an operation, and compares it with the plan's, with the
// journal's result, and with its row in operations.csv.
func (l *listing) operation(o *listedOperation) error {
	i := l.n
	l.n++
	var v plan.Verb
	if err := v.UnmarshalText([]byte(o.Verb)); err != nil {
		return err
	}
	l.counts[v].Planned++
	l.before[2] += was(o.AsBefore)
	*l.counts[v].of(o.Outcome)++
	if other, ok := l.paired[o.UID]; ok {
		l.find(reportName, "operation %d is to %s %s, who is probably one person with %s and not to be touched", i+1, o.Verb, o.UID, other)
	}
	if o.Decision != "" {
		l.decisions[o.Decision]++
	}
	if o.Outcome == plan.Skipped && o.Decision != "" && slices.Contains([]string{plan.CodeHold, plan.CodeNever, plan.CodeUndecided}, o.Code) {
		l.unwanted++
	}
	if decided := o.Decision == plan.Hold.String() || o.Decision == plan.Never.String() || o.Decision == "rejected"; decided && sent(o.Outcome) {
		l.find(reportName, "operation %d, to %s %s, is %s, and the decision on it is %s", i+1, o.Verb, o.UID, o.Outcome, o.Decision)
	}
	if (l.head.Decisions == nil) != (o.Decision == "") {
		l.find(reportName, "operation %d, to %s %s: decisions are on all operations or on none", i+1, o.Verb, o.UID)
	}
	l.result(i, o)
	if l.plan == nil || i >= len(l.plan.Operations) {
		return passOn(l.operations.operation(o, nil, nil))
	}
	of := &l.plan.Operations[i]
	keys := l.changes(i, o, of)
	return passOn(l.operations.operation(o, of, keys))
}

// sent says whether an outcome is one that only a request can have.
func sent(o plan.Outcome) bool {
	return o == plan.Applied || o == plan.Failed || o == plan.Unknown
}

// changes compares an operation with the plan's, and gives the plan's changes
// as the report shows them.
func (l *listing) changes(i int, o *listedOperation, of *plan.Operation) []plan.KeyChange {
	where := func(what string) string {
		return fmt.Sprintf("operation %d, to %s %s: its %s is not that of %s", i+1, o.Verb, o.UID, what, l.planOf)
	}
	if o.Verb != of.Verb.String() || !same(o.UID, of.UID) {
		l.find(reportName, "operation %d is to %s %s, and in %s to %s %s", i+1, o.Verb, o.UID, l.planOf, of.Verb, of.UID)
		return nil
	}
	if o.ID != "" && o.ID != l.plan.ID(of) {
		l.find(reportName, "%s", where("id"))
	}
	if !same(o.Name, of.Name) {
		l.find(reportName, "%s", where("name"))
	}
	if o.Reason != of.Reason.String() {
		l.find(reportName, "%s", where("reason"))
	}
	if of.Source.File != "" && (o.Source.Row != of.Source.Row || !same(o.Source.File, of.Source.File) || !same(o.Source.Sheet, of.Source.Sheet)) || of.Source.File == "" && o.Source.File != "" {
		l.find(reportName, "%s", where("source row"))
	}
	keys := keysOf(of.Changes)
	if len(keys) != len(o.Changes) {
		l.find(reportName, "operation %d, to %s %s, changes %s, and in %s %s", i+1, o.Verb, o.UID, phrase.Counted(len(o.Changes), "field"), l.planOf, phrase.Thousands(len(keys)))
		return keys
	}
	for j := range keys {
		k, c := &keys[j], &o.Changes[j]
		if !same(k.Field, c.Field) {
			l.find(reportName, "%s", where(fmt.Sprintf("field %d, %s,", j+1, c.Field)))
			continue
		}
		if k.Cause.String() != c.Cause {
			l.find(reportName, "%s", where("cause of "+c.Field))
		}
		for _, side := range []struct {
			what string
			plan *string
			got  string
		}{{"before", &k.Before, c.Before}, {"after", &k.After, c.After}} {
			switch {
			case k.Private && side.got == maskJSON && *side.plan != "":
				*side.plan = maskJSON
				l.masked = true
			case sameValue(string(appendValue(nil, *side.plan)), side.got):
				l.shown = l.shown || k.Private && *side.plan != ""
			default:
				l.find(reportName, "%s", where(fmt.Sprintf("value of %s %s", c.Field, side.what)))
			}
		}
	}
	return keys
}

// result compares an operation with what the journal has of it.
func (l *listing) result(i int, o *listedOperation) {
	if i >= len(l.against.Results) {
		return
	}
	switch r := &l.against.Results[i]; {
	case r.Outcome == 0 && (o.Outcome == plan.Applied || o.Outcome == plan.Failed && o.Attempts > 0): // one that could not be sent is not on record
		l.find(reportName, "operation %d, to %s %s, is %s, and the journal has no result of it", i+1, o.Verb, o.UID, o.Outcome)
	case r.Outcome == 0:
	case o.Outcome != r.Outcome:
		l.find(reportName, "operation %d, to %s %s, is %s, and in the journal %s", i+1, o.Verb, o.UID, o.Outcome, r.Outcome)
	case r.Attempts != 0 && o.Attempts != r.Attempts:
		l.find(reportName, "operation %d, to %s %s, took %s, and in the journal %s", i+1, o.Verb, o.UID, phrase.Counted(o.Attempts, "attempt"), phrase.Thousands(r.Attempts))
	}
}

// evidence says what of the journal was at hand.
func (l *listing) evidence() {
	e, run := &l.against, &l.head.Run
	if e.Run != "" && e.Run != run.ID {
		l.find(reportName, "it is of run %s, and the journal of %s", run.ID, e.Run)
	}
	if e.Result != "" && e.Result != run.Result.String() {
		l.find(reportName, "the run's result is %s, and in the journal %s", run.Result, e.Result)
	}
	switch {
	case e.Results != nil && len(e.Results) != l.n:
		l.find(reportName, "it lists %s, and the journal has results of %s", phrase.Counted(l.n, "operation"), phrase.Thousands(len(e.Results)))
	case e.Results != nil && l.found[reportName] == 0:
		l.checked("%s: outcomes and attempts as the journal has them", reportName)
	case e.Results == nil && l.n > 0:
		l.unchecked("outcomes against the journal: none is at hand")
	}
	if l.masked && l.shown {
		l.find(reportName, "it masks some private values and shows others")
	}
	if l.masked {
		l.unchecked("private values in %s and operations.csv: they are masked", reportName)
	}
}

// verdict checks that the run's result can be what the lists say.
func (l *listing) verdict() {
	run, total := &l.head.Run, Count{}
	for _, c := range l.counts {
		total.Planned += c.Planned
		for _, o := range outcomes {
			*total.of(o) += c.Of(o)
		}
	}
	done := total.Applied + total.Failed + total.Unknown
	open := l.rejected + l.rekeys + len(l.moved) + l.gone + len(l.head.Stops) + l.tail.Verify.Remaining
	code, fixed := map[Result]int{Converged: 0, Partial: 3, Refused: 4}[run.Result]
	if run.Result == Partial && run.ExitCode == 0 && l.rejected > 0 && open == l.rejected && total.Applied+l.unwanted == total.Planned {
		code = 0 // there was nothing but rejects, and they were tolerated
	}
	switch {
	case run.ID == "":
		l.find(reportName, "it names no run")
	case fixed && run.ExitCode != code:
		l.find(reportName, "the run is %s, and its exit code %d instead of %d", run.Result, run.ExitCode, code)
	case run.Result == Converged && (total.Applied+l.unwanted != total.Planned || open > 0 || l.head.Guard.Tripped):
		l.find(reportName, "the run is %s, and %d of %s are applied and %d things left to see to", run.Result, total.Applied, phrase.Counted(total.Planned, "operation"), open)
	case (run.Result == Pending || run.Result == Refused) && done > 0:
		l.find(reportName, "the run is %s, and %s were sent", run.Result, phrase.Counted(done, "operation"))
	case l.head.Guard.Tripped && done > 0:
		l.find(reportName, "a guard tripped, and %s were sent", phrase.Counted(done, "operation"))
	case l.tail.Verify.Remaining < len(l.tail.Verify.Operations) || !l.tail.Verify.Ran && l.tail.Verify.Remaining > 0:
		l.find(reportName, "%d differences remain, and %d of them are listed; the app was read again: %t", l.tail.Verify.Remaining, len(l.tail.Verify.Operations), l.tail.Verify.Ran)
	}
	if d := l.head.Decisions; d != nil {
		have := map[string]int{"apply": d.Apply, "hold": d.Hold, "never": d.Never, "undecided": d.Undecided, "withheld": d.Withheld, "rejected": d.Rejected}
		for _, what := range slices.Sorted(maps.Keys(have)) {
			if have[what] != l.decisions[what] {
				l.find(reportName, "%d operations have the decision %q, and %d in its list", have[what], what, l.decisions[what])
			}
			delete(l.decisions, what)
		}
		for _, what := range slices.Sorted(maps.Keys(l.decisions)) {
			l.find(reportName, "%q is no decision", what)
		}
	}
}
