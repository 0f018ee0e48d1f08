package report

import (
	"slices"
	"strconv"

	"cometsync/internal/plan"
)

// Whoever decides on a user in conflict needs three values of each field: as
// it was before the run that is undone, as that run left it, and as it is.

// maskConflicts hides private values; the plan's own are not changed.
func (r *Report) maskConflicts() {
	r.Conflicts = slices.Clone(r.Plan.Conflicts)
	for i := range r.Conflicts {
		r.Conflicts[i].Fields = r.shownFields(r.Conflicts[i].Fields)
	}
}

// shownFields are fields as a report shows them.
func (r *Report) shownFields(fields []plan.ConflictField) []plan.ConflictField {
	if r.In.ShowPrivate {
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

func (r *Report) appendConflict(b []byte, i int) []byte {
	c := &r.Conflicts[i]
	b = AppendString(append(b, `{"uid":`...), c.UID)
	b = AppendString(append(b, `,"name":`...), c.Name)
	b = AppendString(append(b, `,"message":`...), c.Message)
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
		b = AppendString(append(b, `{"field":`...), f.Field)
		b = AppendValue(append(b, `,"before":`...), f.Before)
		b = AppendValue(append(b, `,"after":`...), f.After)
		b = append(AppendValue(append(b, `,"now":`...), f.Now), '}')
	}
	return append(b, ']')
}

// ValueWords is a value in a line of text, where one that is not there has to
// be named.
func ValueWords(field, value string) string {
	if value == "" || value == "null" {
		return "none"
	}
	if text := ValueText(ShownAs(field, value)); text != "" {
		return text
	}
	return "empty"
}
