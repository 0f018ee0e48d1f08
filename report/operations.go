package report

import (
	"io"

	"cometsync/internal/plan"
	"cometsync/report/term"
)

// WriteOperations writes every operation of the run for a terminal, below the
// summary: who loses access comes first.
func (r *Report) WriteOperations(w io.Writer, t Terminal) error {
	if len(r.Plan.Operations) == 0 {
		return nil
	}
	s := t.Screen(w)
	s.Line("")
	base := r.BaseNames()
	s.Table(term.Table{
		Columns: []term.Column{{Head: "OPERATION"}, {Head: "UID", Least: 16}, {Head: "OUTCOME"}, {Head: "NAME", Least: 12},
			{Head: "ROW"}, {Head: "WHAT HAPPENED"}},
		Rows: len(r.InReadingOrder),
		Cells: func(n int, cells []string) {
			i := r.InReadingOrder[n]
			o, result := &r.Plan.Operations[i], &r.In.Results[i]
			cells[0], cells[1], cells[2], cells[3] = o.Verb.String(), o.UID, result.Outcome.String(), ""
			if o.Name != o.UID {
				cells[3] = o.Name
			}
			cells[4], cells[5] = PlaceIn(base, o.Source), result.Code
			if message := r.Brief(i); message != "" {
				if cells[5] != "" {
					cells[5] += ": "
				}
				cells[5] += message
			}
		},
		Style: func(n, column int) string {
			if column != 2 {
				return ""
			}
			switch r.In.Results[r.InReadingOrder[n]].Outcome {
			case plan.Applied:
				return term.Green
			case plan.Failed:
				return term.Red
			case plan.Unknown, plan.Drifted, plan.Withheld:
				return term.Yellow
			}
			return ""
		},
	})
	return s.Flush()
}
