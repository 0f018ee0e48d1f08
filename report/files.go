package report

import (
	"cmp"
	"errors"
	"io"
	"iter"

	"cometsync/internal/plan"
)

// The files of a report that others know by their names.
const (
	JSONName    = "report.json"
	PlanName    = "plan.json"
	UsersName   = "users.csv"
	RejectsName = "rejects.csv"
	RekeyName   = "rekey.csv"

	// RosterIndex is beside a saved plan what its run read, in hashes: once the plan
	// is applied, the guards of later runs compare with it.
	RosterIndex = "roster.index"
)

// formats are in the order in which they are begun: the slowest first, so
// that it does not run on alone at the end.
var formats = []struct {
	name  string
	write func(*Report, io.Writer) error
	idle  func(*Report) bool // the report has nothing for the file; nil: it always has
}{
	{"report.xlsx", (*Report).WriteXLSX, nil},
	{JSONName, (*Report).WriteJSON, nil},
	{PlanName, (*Report).WritePlan, func(r *Report) bool { return !r.Planned }},
	{"report.html", (*Report).WriteHTML, nil},
	{"operations.csv", (*Report).WriteOperationsCSV, nil},
	{RejectsName, (*Report).WriteRejects, nil},
	{UsersName, (*Report).WritePlaces, func(r *Report) bool { return r.Plan.Places == nil }},
	{"conflicts.csv", (*Report).WriteConflicts, func(r *Report) bool { return len(r.Plan.Conflicts) == 0 }},
	{RekeyName, (*Report).WriteRekey, func(r *Report) bool { return len(r.Plan.Rekeys) == 0 }},
	{"summary.md", (*Report).WriteSummary, nil},
	{RosterIndex, func(r *Report, w io.Writer) error { return r.In.ReadBy(w) }, func(r *Report) bool { return r.In.ReadBy == nil }},
}

// File is one file of a report.
type File struct {
	Name  string
	Write func(io.Writer) error // nil: the report has nothing for it
}

// Files are all files that a report may have, those first that take longest.
func (r *Report) Files() []File {
	files := make([]File, len(formats))
	for i, f := range formats {
		files[i].Name = f.name
		if f.idle == nil || !f.idle(r) {
			files[i].Write = func(w io.Writer) error { return cmp.Or(f.write(r, w), r.Rejects.Err()) }
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

// WritePlan writes plan.json, which holds private values; without a plan
// there is none to write.
func (r *Report) WritePlan(w io.Writer) error {
	if !r.Planned {
		return errNoPlan
	}
	return plan.Encode(w, r.Plan, &r.In.Intake)
}

var errNoPlan = errors.New("the run has no plan")
