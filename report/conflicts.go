package report

import (
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/plan"
)

// Whoever decides on a user in conflict needs three values of each field: as
// it was before the run that is undone, as that run left it, and as it is.

// maskConflicts hides private values; the plan's own are not changed.
func (r *Report) maskConflicts() {
	r.conflicts = slices.Clone(r.plan.Conflicts)
	for i := range r.conflicts {
		r.conflicts[i].Fields = r.shownFields(r.conflicts[i].Fields)
	}
}

// shownFields are fields as a report shows them.
func (r *Report) shownFields(fields []plan.ConflictField) []plan.ConflictField {
	if r.in.ShowPrivate {
		return fields
	}
	return maskedFields(fields)
}

// maskedFields hides private values; the given fields are not changed.
func maskedFields(fields []plan.ConflictField) []plan.ConflictField {
	fields = slices.Clone(fields)
	for i := range fields {
		f := &fields[i]
		for _, value := range []*string{&f.Before, &f.After, &f.Now} {
			if f.Private && *value != "" {
				*value = maskJSON
			}
		}
	}
	return fields
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

func (r *Report) appendConflict(b []byte, i int) []byte {
	c := &r.conflicts[i]
	b = appendString(append(b, `{"uid":`...), c.UID)
	b = appendString(append(b, `,"name":`...), c.Name)
	b = appendString(append(b, `,"message":`...), c.Message)
	b = appendConflictFields(append(b, `,"fields":`...), c.Fields)
	return append(strconv.AppendBool(append(b, `,"gone":`...), c.Gone), '}')
}

// appendConflictFields appends fields with their three values each.
func appendConflictFields(b []byte, fields []plan.ConflictField) []byte {
	b = append(b, '[')
	for i, f := range fields {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(append(b, `{"field":`...), f.Field)
		b = appendValue(append(b, `,"before":`...), f.Before)
		b = appendValue(append(b, `,"after":`...), f.After)
		b = append(appendValue(append(b, `,"now":`...), f.Now), '}')
	}
	return append(b, ']')
}

// valueWords is a value in a line of text, where one that is not there has to
// be named.
func valueWords(field, value string) string {
	if value == "" || value == "null" {
		return "none"
	}
	if text := valueText(shownAs(field, value)); text != "" {
		return text
	}
	return "empty"
}

// conflictView is a user in conflict on the page.
type conflictView struct {
	plan.Conflict
	Values []conflictValue
}

// conflictValue is a field with its three values. What differs is marked
// between what the run left and what is there now.
type conflictValue struct {
	Field              string
	Before, After, Now valueView
}

// Conflicts are as many as the page shows of the users that an undo leaves alone.
func (p pageView) Conflicts() []conflictView {
	shown := p.r.conflicts[:min(len(p.r.conflicts), sectionRows)]
	views := make([]conflictView, len(shown))
	for i, c := range shown {
		views[i] = conflictView{Conflict: c}
		for _, f := range c.Fields {
			v := conflictValue{Field: f.Field, Before: viewOf(shownAs(f.Field, f.Before))}
			v.After, v.Now = compare(shownAs(f.Field, f.After), shownAs(f.Field, f.Now))
			views[i].Values = append(views[i].Values, v)
		}
	}
	return views
}

// MoreConflicts is how many the page leaves out.
func (p pageView) MoreConflicts() int { return max(0, len(p.r.conflicts)-sectionRows) }
