package xlsx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/sheet"
)

// The sheet Operations of a plan is what a reviewer decides in: the first
// column takes the decision, the last one names the operation, and whatever
// else a row shows is compared with the plan when the decisions are read back.
// Both ways go through operationRow, so that a cell can't be written in one
// way and expected in another.

// The headers of that sheet, and of the pairs', by which their columns are found again.
const (
	DecisionHeader = "Decision"
	IDHeader       = "ID"
	UIDHeader      = "UID"
	OutcomeHeader  = "Outcome"
	OldUIDHeader   = "Old UID"
	NewUIDHeader   = "New UID"
)

// WithheldWord stands where a withheld operation has no decision to be made, and
// PlannedWord where one is yet to be carried out.
const (
	WithheldWord = "withheld"
	PlannedWord  = "planned"
)

// operationColumns are the columns of the sheet Operations: whom it is about, which stays
// in sight, what changes and what became of it, which is printed as well, and everything else.
func (r book) operationColumns() (columns []sheet.Column, frozen, printed int) {
	columns = []sheet.Column{
		{"Operation", 14}, {UIDHeader, 32}, {"Name", 32}, {"Fields", 30}, {"Before", 44}, {"After", 44}, {OutcomeHeader, 14},
		{"Reason", 24}, {"Role", 24}, {"Tags", 30}, {"File", 40}, {"Row", 12}, {"Kind", 20}, {"HTTP status", 14}, {"Code", 30},
		{"Message", 80},
	}
	frozen, printed = 3, 7
	if r.Decidable() || r.In.Decisions != nil {
		columns = append([]sheet.Column{{DecisionHeader, 14}}, columns...)
		frozen, printed = frozen+1, printed+1
	}
	if r.Caused {
		columns = append(columns, sheet.Column{"Cause", 50})
	}
	if r.Decidable() {
		columns = append(columns, sheet.Column{IDHeader, 14})
	}
	return columns, frozen, printed
}

func (r book) operationRows(s *sheet.Rows) {
	read := r.Changes()
	for n := 0; n < len(r.order); n += s.Step(len(r.order)) {
		if r.operationRow(s, read, r.order[n]); !s.End() {
			return
		}
	}
}

func (r book) operationRow(s *sheet.Rows, read func(int) []plan.KeyChange, i int) {
	o, result := &r.Plan.Operations[i], &r.In.Results[i]
	verb, outcome := o.Verb.String(), result.Outcome.String()
	if result.Outcome == plan.Skipped && r.Unsent() && !report.Kept(result) {
		outcome = PlannedWord
	}
	at := 0
	if r.Decidable() || r.In.Decisions != nil {
		r.decisionCell(s, i)
		at = 1
	}
	s.Put(at, verb, s.Styles.Tint[verb])
	s.Text(at+1, o.UID)
	s.Text(at+2, o.Name)
	putChanges(s, at+3, read(i))
	s.Put(at+6, outcome, s.Styles.Tint[outcome])
	s.Text(at+7, o.Reason.String())
	s.Text(at+8, o.Role)
	s.Text(at+9, strings.Join(o.Tags, ", "))
	putPlace(s, at+10, o.Source)
	s.Text(at+12, result.Kind.String())
	if result.Status != 0 {
		s.Number(at+13, result.Status, s.Styles.Row)
	}
	s.Text(at+14, result.Code)
	s.Text(at+15, r.Brief(i))
	at += 16
	if r.Caused {
		s.Text(at, causeCell(read(i)))
		at++
	}
	if r.Decidable() {
		s.Put(at, r.ID(i), s.Styles.ID)
	}
}

// decisionCell puts what can be decided on an operation, or was.
func (r book) decisionCell(s *sheet.Rows, i int) {
	d := r.In.Decisions
	switch {
	case d == nil && r.Plan.Operations[i].Withheld:
		s.Put(0, WithheldWord, s.Styles.Tint[WithheldWord])
	case d == nil:
		s.Put(0, plan.Apply.String(), s.Styles.Decision)
	case d.Rejected[i]:
		s.Put(0, report.RejectedWord, s.Styles.Tint[report.RejectedWord])
	case i < len(d.Of) && d.Of[i] != plan.Undecided:
		word := d.Of[i].String()
		s.Put(0, word, s.Styles.Tint[word])
	}
}

// decisionCells gives the cells that take a decision their drop-down, and has them show
// what is not to be applied. Withheld operations take none, and are below.
func (r book) decisionCells(f *excelize.File) error {
	open := min(r.open, sheet.MaxRows-1)
	if !r.Decidable() || open == 0 {
		return nil
	}
	cells := fmt.Sprintf("A2:A%d", open+1)
	const todo = "Write apply to carry the change out, hold to leave it for this time, or never to leave it and protect the user " +
		"from later runs."
	words := []string{plan.Apply.String(), plan.Hold.String(), plan.Never.String()}
	if err := sheet.DropList(f, report.OperationSheet, cells, todo, words...); err != nil {
		return err
	}
	var formats []excelize.ConditionalFormatOptions
	for _, d := range []plan.Decision{plan.Hold, plan.Never} {
		id, err := f.NewConditionalStyle(&excelize.Style{
			Font: &excelize.Font{Bold: true, Color: decidedColours[d][1]},
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{decidedColours[d][0]}},
		})
		if err != nil {
			return err
		}
		formats = append(formats, excelize.ConditionalFormatOptions{Type: "cell", Criteria: "==", Value: `"` + d.String() + `"`,
			Format: &id})
	}
	return f.SetConditionalFormat(report.OperationSheet, cells, formats)
}

// decidedColours are fill and text of a cell in which somebody decided not to
// apply.
var decidedColours = map[plan.Decision][2]string{plan.Hold: {"F6C76B", "4A2C00"}, plan.Never: {"E9A09A", "5A0F0B"}}

// putPlace puts a row's file and number into two columns, if there is a row.
func putPlace(s *sheet.Rows, col int, of user.Source) {
	if of.File != "" {
		s.Text(col, user.BookName(of.File, of.Sheet))
		s.Number(col+1, of.Row, s.Styles.Row)
	}
}

// putChanges puts fields, values before and values after into three columns.
func putChanges(s *sheet.Rows, col int, keys []plan.KeyChange) {
	putSides(s, col, keys, func(k *plan.KeyChange) string { return k.Field },
		func(k *plan.KeyChange) string { return cellValue(k.Field, k.Before) },
		func(k *plan.KeyChange) string { return cellValue(k.Field, k.After) })
}

// between is what is between the fields of an operation, which are on one line.
const between = " | "

// putSides puts fields, and what each has on some sides, into columns beside each other.
// Where there are several fields, each value has its field's name, and all sides have
// them in the same order.
func putSides[T any](s *sheet.Rows, col int, changes []T, field func(*T) string, sides ...func(*T) string) {
	if len(changes) == 1 {
		s.Text(col, field(&changes[0]))
		for i, side := range sides {
			s.Text(col+1+i, side(&changes[0]))
		}
		return
	}
	var room [512]byte
	line := room[:0]
	for i := range changes {
		if i > 0 {
			line = append(line, ", "...)
		}
		line = append(line, field(&changes[i])...)
	}
	s.Text(col, string(line))
	for i, side := range sides {
		line, some := room[:0], false
		for j := range changes {
			value := side(&changes[j])
			if some = some || value != ""; value == "" {
				value = "(none)"
			} else if strings.Contains(value, between) {
				value = strconv.Quote(value)
			}
			if j > 0 {
				line = append(line, between...)
			}
			line = append(append(append(line, field(&changes[j])...), ": "...), value...)
		}
		if some {
			s.Text(col+1+i, string(line))
		}
	}
}

// cellValue is a change's value as a cell shows it. A value from the service may
// have white space between its parts, which a saved plan does not keep.
func cellValue(field, value string) string {
	if text, ok := report.PlainString(value); ok {
		return text
	}
	value = strings.ToValidUTF8(value, "\uFFFD")
	if strings.ContainsAny(value, "\n\r") {
		var b bytes.Buffer
		if json.Compact(&b, []byte(value)) == nil {
			value = b.String()
		}
	}
	return sheet.Shown(report.ValueText(report.ShownAs(field, value)))
}

// causeCell is why fields change as a cell of the workbook shows it, as it shows
// their values.
func causeCell(changes []plan.KeyChange) string {
	var lines []string
	for _, k := range changes {
		switch why := report.WhyChanged(k.Cause); {
		case why == "":
		case len(changes) == 1:
			return why
		default:
			lines = append(lines, k.Field+": "+why)
		}
	}
	return strings.Join(lines, between)
}

// Shown renders what the workbook of a plan shows of an operation, for whoever
// reads the workbook back.
type Shown struct {
	Columns []sheet.Column

	r     book
	read  func(int) []plan.KeyChange
	rows  *sheet.Rows
	cells []string // of a row
	shown int      // the operation that they are of; -1 for none
}

// Show is what is shown of a plan, with its private values or without them.
func Show(p *plan.Plan, private bool) *Shown {
	r := book{Report: report.OfPlan(p, private)}
	columns, _, _ := r.operationColumns()
	rows, cells := sheet.Keep(columns)
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
