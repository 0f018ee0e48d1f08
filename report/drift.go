package report

import (
	"fmt"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// drifted is the fields of which an operation found others than planned, the
// private ones masked; none where the app was not read before it was applied,
// or the user is gone.
func (r *Report) drifted(i int) []plan.ConflictField {
	d := r.in.Drifts[i]
	if d == nil || r.in.Results[i].Outcome != plan.Drifted {
		return nil
	}
	return r.maskedFields(d.Fields)
}

// driftText is those fields on one line; "" for none.
func (r *Report) driftText(i int) string {
	var words []string
	for _, f := range r.drifted(i) {
		value := func(value string) string { return phrase.Shorten(valueWords(f.Field, value), 60) }
		words = append(words, fmt.Sprintf("%s was %s and was to be %s, now %s", f.Field, value(f.Before), value(f.After), value(f.Now)))
	}
	return strings.Join(words, "; ")
}
