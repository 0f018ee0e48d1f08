package report

import (
	"bufio"
	"io"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// WriteOperations writes every operation of the run for a terminal, below the
// summary: who loses access comes first.
func (r *Report) WriteOperations(w io.Writer, t Terminal) error {
	if t.Width <= 0 {
		t.Width = 80
	}
	if len(r.plan.Operations) == 0 {
		return nil
	}
	out := bufio.NewWriter(w)
	s := &screen{out: out, t: t}
	s.line("")
	base := r.baseNames()
	s.table(table{
		heads: []string{"OPERATION", "UID", "OUTCOME", "NAME", "ROW", "WHAT HAPPENED"},
		rows:  len(r.inReadingOrder),
		cells: func(n int, cells []string) {
			i := r.inReadingOrder[n]
			o, result := &r.plan.Operations[i], &r.in.Results[i]
			cells[0], cells[1], cells[2], cells[3] = o.Verb.String(), o.UID, result.Outcome.String(), ""
			if o.Name != o.UID {
				cells[3] = phrase.Shorten(o.Name, 30)
			}
			cells[4], cells[5] = placeIn(base, o.Source), result.Code
			if message := r.brief(i); message != "" {
				if cells[5] != "" {
					cells[5] += ": "
				}
				cells[5] += message
			}
		},
		style: func(n, column int) string {
			if column != 2 {
				return ""
			}
			switch r.in.Results[r.inReadingOrder[n]].Outcome {
			case plan.Applied:
				return green
			case plan.Failed:
				return red
			case plan.Unknown, plan.Drifted, plan.Withheld:
				return yellow
			}
			return ""
		},
	})
	return out.Flush()
}
