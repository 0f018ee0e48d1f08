package report

import (
	"slices"

	"cometsync/internal/plan"
)

// Whoever decides on a user in conflict needs three values of each field: as
// it was before the run that is undone, as that run left it, and as it is.

// maskConflicts hides private values; the plan's own are not changed.
func (r *Report) maskConflicts() {
	r.Conflicts = slices.Clone(r.Plan.Conflicts)
	for i := range r.Conflicts {
		r.Conflicts[i].Fields = r.ShownFields(r.Conflicts[i].Fields)
	}
}

// ShownFields are fields as a report shows them.
func (r *Report) ShownFields(fields []plan.ConflictField) []plan.ConflictField {
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
