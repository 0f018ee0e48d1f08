// Package lists writes and reads the CSV files of a report: operations, users, rejects,
// conflicts and pairs, a row for each. It refuses to know why a row says what it says.
package lists

import (
	"io"
	"strconv"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/comma"
	"cometsync/report/wire"
)

var operationColumns = []string{"op", "uid", "name", "role", "reason", "fields", "before", "after", "file", "sheet", "row", "outcome",
	"attempts", "kind", "status", "code", "message", "causes"}

// WriteOperations writes operations.csv: one row for each operation, its
// values before and after, and why they change, as one JSON object each.
func WriteOperations(w io.Writer, r *report.Report) error {
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
	return wire.AppendValue(append(wire.AppendString(b, field), ':'), value)
}

func object(members []byte) string {
	if len(members) == 0 {
		return ""
	}
	return "{" + string(members) + "}"
}

// WriteConflicts writes conflicts.csv: the users that an undo leaves alone, with
// the values for which it does, as one JSON object each.
func WriteConflicts(w io.Writer, r *report.Report) error {
	c := comma.New(w, "uid", "name", "gone", "message", "fields", "before", "after", "now")
	for i := range r.Conflicts {
		x := &r.Conflicts[i]
		fields, before, after, now := conflictFields(x)
		c.Row(x.UID, x.Name, strconv.FormatBool(x.Gone), report.ConflictText(x), fields, before, after, now)
	}
	return c.Flush()
}

// WriteRejects writes rejects.csv: each rejected row as it was read, under
// its own columns, then where it is and what is wrong with it. It holds
// private values, since it is made to be corrected and read again: the mark at
// the end of a message tells which row it is, whatever is corrected in it.
func WriteRejects(w io.Writer, r *report.Report) error {
	u := r.RejectColumns()
	c := comma.New(w, append(u.Names(), report.AddedColumns[:]...)...)
	for _, x := range r.Rejects.Each() {
		c.Record(append(u.Lay(x, nil), report.AddedCells(x)...))
	}
	return c.Flush()
}

// WritePlaces writes users.csv: every remote user, and everybody of the roster whom the
// app lacks, in order of uids, with the operation on them or where the plan left them.
func WritePlaces(w io.Writer, r *report.Report) error {
	c := comma.New(w, "uid", "place", "name")
	planned := byUID(r.Plan)
	for left := range r.Plan.Places.All() {
		for ; len(planned) > 0 && planned[0].UID < left.UID; planned = planned[1:] {
			c.Row(planned[0].UID, planned[0].Verb.String(), planned[0].Name)
		}
		c.Row(left.UID, left.Place.String(), left.Name)
	}
	for _, o := range planned {
		c.Row(o.UID, o.Verb.String(), o.Name)
	}
	return c.Flush()
}

// byUID is a plan's operations in order of uids. They are sorted within each verb, so
// that the least is at the head of one of four lists.
func byUID(p *plan.Plan) []*plan.Operation {
	all := make([]*plan.Operation, 0, len(p.Operations))
	var lists [][]plan.Operation
	for _, v := range report.Verbs() {
		lists = append(lists, p.Of(v))
	}
	for range p.Operations {
		least := -1
		for i, of := range lists {
			if len(of) > 0 && (least < 0 || of[0].UID < lists[least][0].UID) {
				least = i
			}
		}
		all = append(all, &lists[least][0])
		lists[least] = lists[least][1:]
	}
	return all
}

// WriteRekey writes rekey.csv: each pair of users who are probably one person,
// with room for what somebody decides on it.
func WriteRekey(w io.Writer, r *report.Report) error {
	c := comma.New(w, "old_uid", "new_uid", "reason", "confidence", "old_name", "new_name", "decision", "_file", "_sheet", "_row")
	for i := range r.Pairs {
		k := &r.Pairs[i]
		decided := r.PairDecision(k)
		if decided == user.UndecidedPair {
			decided = "" // as somebody finds it who is to decide
		}
		c.Row(k.Old, k.New, k.Because.String(), report.Confidence(k), k.OldName, k.NewName, decided, k.Source.File, k.Source.Sheet,
			strconv.Itoa(k.Source.Row))
	}
	return c.Flush()
}

// appendCauses appends the members of a JSON object of the causes that are known.
func appendCauses(b []byte, changes []plan.KeyChange) []byte {
	for _, k := range changes {
		if k.Cause != plan.NoCause {
			b = appendMember(b, k.Field, `"`+k.Cause.String()+`"`)
		}
	}
	return b
}

// conflictFields names a conflict's fields, with their values each as an
// object by field: before the run, after it and now.
func conflictFields(c *plan.Conflict) (fields, before, after, now string) {
	var names []string
	var b, a, n []byte
	for _, f := range c.Fields {
		names = append(names, f.Field)
		b = appendMember(b, f.Field, f.Before)
		a = appendMember(a, f.Field, f.After)
		n = appendMember(n, f.Field, f.Now)
	}
	return strings.Join(names, " "), object(b), object(a), object(n)
}
