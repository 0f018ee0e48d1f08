package directory

import (
	"cmp"
	"io"
	"iter"

	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/html"
	"cometsync/report/lists"
	"cometsync/report/wire"
	"cometsync/report/xlsx"
)

// formats are in the order in which they are begun: the page and the workbook first, which
// take most. No core is left to make one of them while another has nothing to do any more,
// and of what is made in the end little has to be brought to disk.
var formats = []struct {
	name  string
	write func(io.Writer, *report.Report) error
	idle  func(*report.Report) bool // the report has nothing for the file; nil: it always has
}{
	{"report.html", html.Write, nil},
	{"report.xlsx", xlsx.Write, nil},
	{report.PlanName, func(w io.Writer, r *report.Report) error { return plan.Encode(w, r.Plan, &r.In.Intake) },
		func(r *report.Report) bool { return !r.Planned }},
	{report.JSONName, wire.Write, nil},
	{"operations.csv", lists.WriteOperations, nil},
	{report.UsersName, lists.WritePlaces, func(r *report.Report) bool { return r.Plan.Places == nil }},
	{report.RejectsName, lists.WriteRejects, nil},
	{"conflicts.csv", lists.WriteConflicts, func(r *report.Report) bool { return len(r.Plan.Conflicts) == 0 }},
	{report.RekeyName, lists.WriteRekey, func(r *report.Report) bool { return len(r.Plan.Rekeys) == 0 }},
	{report.RosterIndex, func(w io.Writer, r *report.Report) error { return r.In.ReadBy(w) },
		func(r *report.Report) bool { return r.In.ReadBy == nil }},
	{"summary.md", func(w io.Writer, r *report.Report) error { return r.WriteSummary(w) }, nil},
}

// File is one file of a report.
type File struct {
	Name  string
	Write func(io.Writer) error // nil: the report has nothing for it
}

// Files are all files that a report may have, in the order in which they are begun.
func Files(r *report.Report) []File {
	files := make([]File, len(formats))
	for i, f := range formats {
		files[i].Name = f.name
		if f.idle == nil || !f.idle(r) {
			files[i].Write = func(w io.Writer) error { return cmp.Or(f.write(w, r), r.Rejects.Err()) }
		}
	}
	return files
}

// Names are the names of all files that a report may have, and whether every report
// has the file.
func Names() iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		for _, f := range formats {
			if !yield(f.name, f.idle == nil) {
				return
			}
		}
	}
}
