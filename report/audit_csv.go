package report

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// rowsFile is a CSV file of the report, read row by row beside the list that it
// was made from.
type rowsFile struct {
	a     *audit
	name  string
	f     *os.File
	in    *csv.Reader
	head  []string
	n     int  // rows below the header, so far
	dead  bool // it can't be read on
	wrong bool
}

// rowsOf opens a CSV file; of one that is not there, no row is read.
func (a *audit) rowsOf(name string) (*rowsFile, error) {
	t := &rowsFile{a: a, name: name}
	var err error
	if t.f, err = a.open(name); t.f == nil {
		t.dead = true
		return t, err
	}
	in := bufio.NewReaderSize(t.f, 64<<10)
	if mark, _ := in.Peek(len(byteOrderMark)); string(mark) == byteOrderMark {
		_, _ = in.Discard(len(byteOrderMark))
	}
	t.in = csv.NewReader(in)
	t.in.ReuseRecord = true
	head, ok, err := t.record()
	if err == nil && !ok && !t.dead {
		t.find("it is empty")
		t.dead = true
	}
	t.head = slices.Clone(head)
	return t, err
}

func (t *rowsFile) close() {
	if t.f != nil {
		t.f.Close()
	}
}

func (t *rowsFile) find(format string, args ...any) {
	t.wrong = true
	t.a.find(t.name, format, args...)
}

// record reads a row; there is none at the end, nor behind what is no CSV.
func (t *rowsFile) record() (row []string, ok bool, err error) {
	if t.dead {
		return nil, false, nil
	}
	row, err = t.in.Read()
	var parse *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return nil, false, nil
	case errors.As(err, &parse):
		t.find("it can't be read on: %v", err)
		t.dead = true
		return nil, false, nil
	case err != nil:
		return nil, false, fmt.Errorf("auditing %s: %w", t.name, err)
	}
	return row, true, nil
}

// next reads the row that belongs to an element of a list in report.json.
func (t *rowsFile) next() (row []string, ok bool, err error) {
	t.n++
	row, ok, err = t.record()
	if err == nil && !ok && !t.dead {
		t.find("it ends after %s, and report.json lists more", phrase.Counted(t.n-1, "row"))
		t.dead = true
	}
	return row, ok, err
}

// end checks that no row is left.
func (t *rowsFile) end() error {
	more := 0
	for {
		_, ok, err := t.record()
		if err != nil {
			return err
		}
		if !ok {
			break
		}
		more++
	}
	if more > 0 {
		t.find("it has %s, and report.json lists %s", phrase.Counted(t.n+more, "row"), phrase.Thousands(t.n))
	}
	return nil
}

// operationColumns are those of operations.csv. Earlier versions wrote no causes.
var operationColumns = []string{"op", "uid", "name", "role", "reason", "fields", "before", "after", "file", "sheet", "row", "outcome", "attempts", "kind", "status", "code", "message", causesColumn}

const causesColumn = "causes"

// operation compares the next row with an operation. Its values can only be
// told from the plan: where JSON has null, there may be a value and there may
// be none.
func (t *rowsFile) operation(o *listedOperation, of *plan.Operation, keys []plan.KeyChange) error {
	row, ok, err := t.next()
	if !ok || err != nil {
		return err
	}
	var fields []string
	var causes []byte
	for _, c := range o.Changes {
		fields = append(fields, c.Field)
		if c.Cause != "" {
			causes = appendMember(causes, c.Field, user.JSON(c.Cause))
		}
	}
	want := []string{o.Verb, o.UID, o.Name, "", o.Reason, strings.Join(fields, " "), "", "", o.Source.File, o.Source.Sheet, "", o.Outcome.String(), strconv.Itoa(o.Attempts), o.Kind, "", o.Code, o.Message, object(causes)}
	if o.Source.File != "" {
		want[10] = strconv.Itoa(o.Source.Row)
	}
	if o.Status != 0 {
		want[14] = strconv.Itoa(o.Status)
	}
	if of != nil {
		var before, after []byte
		for _, k := range keys {
			before = appendMember(before, k.Field, k.Before)
			after = appendMember(after, k.Field, k.After)
		}
		want[3], want[6], want[7] = of.Role, object(before), object(after)
	}
	for i, name := range t.head {
		switch {
		case same(row[i], defused(want[i])):
		case name == "role" || name == "before" || name == "after":
			if of != nil {
				t.find("row %d: %s is not what %s has for operation %d, to %s %s", t.n, name, t.a.planOf, t.n, o.Verb, o.UID)
			}
		case name == "message" && o.Instead && strings.HasPrefix(row[i], foundInstead) && strings.HasSuffix(plain(row[i]), plain(want[i])):
		case slices.Contains([]string{"op", "uid", "outcome", "attempts", "kind", "status", "code", "row"}, name):
			t.find("row %d: %s is %q, and report.json has %q for operation %d", t.n, name, row[i], want[i], t.n)
		default:
			t.find("row %d: %s is not what report.json has for operation %d, to %s %s", t.n, name, t.n, o.Verb, o.UID)
		}
	}
	return nil
}

// reject compares the columns that follow a row's own with a reject.
func (t *rowsFile) reject(x *listedReject) error {
	row, ok, err := t.next()
	if !ok || err != nil {
		return err
	}
	var columns, codes, messages []string
	for _, d := range x.Defects {
		if d == (listedDefect{}) {
			continue
		}
		columns, codes, messages = append(columns, d.Column), append(codes, d.Code), append(messages, d.Message)
	}
	want := []string{BookName(x.Source.File, x.Source.Sheet), strconv.Itoa(x.Source.Row), strings.Join(columns, "; "), strings.Join(codes, "; "), strings.Join(messages, "; ")}
	for i, got := range row[len(row)-len(want):] {
		if placeColumns[i] == "_message" {
			got, _ = user.CutMark(got) // reports of earlier versions have none
		}
		if !same(got, defused(want[i])) {
			t.find("row %d: %s is not what report.json has for reject %d, of %s", t.n, placeColumns[i], t.n, x.Source)
		}
	}
	return nil
}

var conflictColumns = []string{"uid", "name", "gone", "message", "fields", "before", "after", "now"}

func (t *rowsFile) conflict(c *listedConflict) error {
	row, ok, err := t.next()
	if !ok || err != nil {
		return err
	}
	for _, w := range []struct {
		at   int
		want string
	}{{0, c.UID}, {2, strconv.FormatBool(c.Gone)}, {4, strings.Join(c.Fields, " ")}} {
		if !same(row[w.at], defused(w.want)) {
			t.find("row %d: %s is %q, and report.json has %q for conflict %d", t.n, conflictColumns[w.at], row[w.at], w.want, t.n)
		}
	}
	return nil
}
