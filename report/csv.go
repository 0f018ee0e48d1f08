package report

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/user"
	"cometsync/report/comma"
)

// placeColumns follow a rejected row's own columns.
var RejectedColumns = [PlaceColumns]string{"_file", "_row", "_column", "_code", "_message"}

// PlaceColumns is how many they are.
const PlaceColumns = 5

// ExtraColumn takes the cells of a row that has more of them than its header.
const ExtraColumn = "_extra"

// operationColumns are those of operations.csv.
var operationColumns = []string{"op", "uid", "name", "role", "reason", "fields", "before", "after", "file", "sheet", "row", "outcome",
	"attempts", "kind", "status", "code", "message", "causes"}

// WriteOperationsCSV writes operations.csv: one row for each operation, its
// values before and after, and why they change, as one JSON object each.
func WriteOperationsCSV(w io.Writer, r *Report) error {
	c := comma.New(w, operationColumns...)
	read := r.Changes()
	var fields, before, after, causes []byte
	for i := range r.Plan.Operations {
		o, result := &r.Plan.Operations[i], &r.In.Results[i]
		fields, before, after = fields[:0], before[:0], after[:0]
		causes = appendCauses(causes[:0], read(i))
		for j, k := range read(i) {
			if j > 0 {
				fields = append(fields, ' ')
			}
			fields = append(fields, k.Field...)
			before = appendMember(before, k.Field, k.Before)
			after = appendMember(after, k.Field, k.After)
		}
		row, status := "", ""
		if o.Source.File != "" {
			row = strconv.Itoa(o.Source.Row)
		}
		if result.Status != 0 {
			status = strconv.Itoa(result.Status)
		}
		c.Row(o.Verb.String(), o.UID, o.Name, o.Role, o.Reason.String(),
			string(fields), object(before), object(after), o.Source.File, o.Source.Sheet, row,
			result.Outcome.String(), strconv.Itoa(result.Attempts), result.Kind.String(), status, result.Code, r.Message(i), object(causes))
	}
	return c.Flush()
}

// appendMember appends a member of a JSON object; no value is not a member.
func appendMember(b []byte, field, value string) []byte {
	if value == "" {
		return b
	}
	if len(b) > 0 {
		b = append(b, ',')
	}
	return AppendValue(append(AppendString(b, field), ':'), value)
}

func object(members []byte) string {
	if len(members) == 0 {
		return ""
	}
	return "{" + string(members) + "}"
}

// WriteConflicts writes conflicts.csv: the users that an undo leaves alone, with
// the values for which it does, as one JSON object each.
func WriteConflicts(w io.Writer, r *Report) error {
	c := comma.New(w, "uid", "name", "gone", "message", "fields", "before", "after", "now")
	for i := range r.Conflicts {
		x := &r.Conflicts[i]
		fields, before, after, now := conflictFields(x)
		c.Row(x.UID, x.Name, strconv.FormatBool(x.Gone), ConflictText(x), fields, before, after, now)
	}
	return c.Flush()
}

// WriteRejects writes rejects.csv: each rejected row as it was read, under
// its own columns, then where it is and what is wrong with it. It holds
// private values, since it is made to be corrected and read again: the mark at
// the end of a message tells which row it is, whatever is corrected in it.
func WriteRejects(w io.Writer, r *Report) error {
	u := r.RejectColumns()
	c := comma.New(w, append(u.Names(), RejectedColumns[:]...)...)
	for _, x := range r.Rejects.Each() {
		c.Record(append(u.Lay(x, nil), WhereAndWhy(x)...))
	}
	return c.Flush()
}

// union is the columns of all rejects.
func (r *Report) RejectColumns() *Columns {
	u := &Columns{index: map[columnKey]int{}}
	for _, x := range r.Rejects.Each() {
		u.learn(x.Header)
		u.extra = u.extra || len(x.Cells) > len(x.Header)
	}
	return u
}

// asRead makes a source's cell safe to be opened, such that reading it again
// gives what reading it the first time gave, whether it was defused or not.
func asRead(cell string) string {
	cell, _ = user.Undefuse(strings.ToValidUTF8(cell, "\uFFFD"))
	return user.Defuse(cell)
}

// union lays rows of several sources under one header: their columns in
// order, those that are spelled alike as one, without those that an earlier
// rejects.csv added.
type Columns struct {
	columns []string
	index   map[columnKey]int
	extra   bool // some row has more cells than its header

	header []string // the one learned last
	at     []int    // for each of its columns: where it goes, or -1
	row    []string
}

// columnKey is a column's name, folded, and which of several by that name it is.
type columnKey struct {
	name string
	nth  int
}

// learn takes a header in; the rejects of one source share theirs.
func (u *Columns) learn(header []string) {
	if len(header) == len(u.header) && (len(header) == 0 || &header[0] == &u.header[0]) {
		return
	}
	u.header, u.at = header, u.at[:0]
	seen := map[string]int{}
	for _, name := range header {
		if isAdded(name) {
			u.at = append(u.at, -1)
			continue
		}
		key := columnKey{name: FoldHeader(name)}
		key.nth = seen[key.name]
		seen[key.name]++
		i, ok := u.index[key]
		if !ok {
			i = len(u.columns)
			u.index[key] = i
			u.columns = append(u.columns, name)
		}
		u.at = append(u.at, i)
	}
}

// Names is the header of the rows' own columns.
func (u *Columns) Names() []string {
	if !u.extra {
		return slices.Clone(u.columns)
	}
	return append(slices.Clone(u.columns), ExtraColumn)
}

// Lay gives a row's own cells, safe to be opened, and as show has them, which may
// be nil; the slice holds until the next call.
func (u *Columns) Lay(x *user.Reject, show func(column int, cell string) string) []string {
	u.learn(x.Header)
	n := len(u.columns)
	if u.extra {
		n++
	}
	u.row = slices.Grow(u.row[:0], n+PlaceColumns)[:n]
	clear(u.row)
	for i, cell := range x.Cells {
		at := n - 1
		if i < len(u.at) {
			at = u.at[i]
		} else {
			cell = strings.Join(x.Cells[i:], ",")
		}
		if at >= 0 {
			if show != nil {
				cell = show(i, cell)
			}
			u.row[at] = asRead(cell)
		}
		if i >= len(u.at) {
			break
		}
	}
	return u.row
}

func isAdded(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	return name == ExtraColumn || slices.Contains(RejectedColumns[:], name)
}

// FoldHeader is the form in which the names of columns are alike.
func FoldHeader(name string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '_' || c == '-' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}
