package report

import (
	"cometsync/internal/plan"
	"cometsync/report/sheet"
)

// Shown renders what the workbook of a plan shows of an operation, for whoever
// reads the workbook back.
type Shown struct {
	Columns []sheet.Column

	r     *Report
	read  func(int) []plan.KeyChange
	rows  *sheet.Rows
	cells []string // of a row
	shown int      // the operation that they are of; -1 for none
}

// Show is what is shown of a plan, with its private values or without them.
func Show(p *plan.Plan, private bool) *Shown {
	r := &Report{
		In:   Input{Run: Run{ID: p.Run, Result: Pending}, Plan: p, Results: p.Unsent(), ShowPrivate: private},
		Plan: p, Planned: true,
	}
	r.count()
	rows, cells := sheet.Keep(r.operationColumns())
	return &Shown{Columns: rows.Columns, r: r, read: r.Changes(), rows: rows, cells: cells, shown: -1}
}

// Of gives the cells of an operation's row; they hold until the next call.
func (e *Shown) Of(i int) []string {
	if e.shown != i {
		clear(e.cells)
		e.r.operationRow(e.rows, e.read, i)
		e.shown = i
	}
	return e.cells
}

// WithoutPrivate takes the private values of an operation out of a text.
func (e *Shown) WithoutPrivate(i int, text string) string { return e.r.WithoutPrivate(i, text) }
