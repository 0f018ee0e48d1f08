package xlsx

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/sheet"
)

// The sheet Operations of a plan is what a reviewer decides in: the first
// column takes the decision, the last one names the operation, and whatever
// else a row shows is compared with the plan when the decisions are read back.
// Both ways go through operationRow, so that a cell can't be written in one
// way and expected in another.

// The headers of that sheet by which its columns are found again.
const (
	DecisionHeader = "Decision"
	IDHeader       = "ID"
	UIDHeader      = "UID"
)

// WithheldWord stands where a withheld operation has no decision to be made.
const WithheldWord = "withheld"

// operationColumns are the columns of the sheet Operations.
func (r book) operationColumns() []sheet.Column {
	columns := []sheet.Column{
		{"Operation", 12}, {UIDHeader, 22}, {"Name", 24}, {"Role", 12}, {"Tags", 14}, {"Reason", 15}, {"Fields", 22}, {"Before", 28},
		{"After", 28},
		{"File", 22}, {"Row", 8}, {"Outcome", 11}, {"Kind", 12}, {"HTTP status", 12}, {"Code", 18}, {"Message", 40},
	}
	if r.Decidable() || r.In.Decisions != nil {
		columns = append([]sheet.Column{{DecisionHeader, 12}}, columns...)
	}
	if r.Caused {
		columns = append(columns, sheet.Column{"Cause", 24})
	}
	if r.Decidable() {
		columns = append(columns, sheet.Column{IDHeader, 13})
	}
	return columns
}

func (r book) operationRows(s *sheet.Rows) {
	read := r.Changes()
	for _, i := range r.InReadingOrder {
		if r.operationRow(s, read, i); !s.End() {
			return
		}
	}
}

// operationRow puts the cells of one operation into the current row.
func (r book) operationRow(s *sheet.Rows, read func(int) []plan.KeyChange, i int) {
	o, result := &r.Plan.Operations[i], &r.In.Results[i]
	verb, outcome := o.Verb.String(), result.Outcome.String()
	at := 0
	if r.Decidable() || r.In.Decisions != nil {
		r.decisionCell(s, i)
		at = 1
	}
	s.Put(at, verb, s.Styles.Tint[verb])
	s.Text(at+1, o.UID)
	s.Wrapped(at+2, sheet.Shown(o.Name))
	s.Text(at+3, o.Role)
	s.Text(at+4, strings.Join(o.Tags, ", "))
	s.Text(at+5, o.Reason.String())
	putChanges(s, at+6, read(i))
	if o.Source.File != "" {
		s.Text(at+9, report.BookName(o.Source.File, o.Source.Sheet))
		s.Number(at+10, o.Source.Row, s.Styles.Row)
	}
	s.Put(at+11, outcome, s.Styles.Tint[outcome])
	s.Text(at+12, result.Kind.String())
	if result.Status != 0 {
		s.Number(at+13, result.Status, s.Styles.Row)
	}
	s.Text(at+14, result.Code)
	s.Wrapped(at+15, sheet.Shown(r.Brief(i)))
	at += 16
	if r.Caused {
		s.Wrapped(at, causeCell(read(i)))
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

// sqrefLength is how long the list of cells of one validation may grow.
const sqrefLength = 4000

// decisionCells gives the cells that take a decision their drop-down, and has
// them show what is not to be applied. Withheld operations take none.
func (r book) decisionCells(f *excelize.File) error {
	if !r.Decidable() {
		return nil
	}
	const todo = "Write apply to carry the operation out, hold to leave it for this time, or never to leave it and protect the user " +
		"from later runs."
	cells, first, last := "", 0, min(len(r.InReadingOrder), sheet.MaxRows-1)
	for n := range last + 1 {
		open := n < last && !r.Plan.Operations[r.InReadingOrder[n]].Withheld
		switch {
		case open && first == 0:
			first = n + 2
		case !open && first > 0:
			cells += fmt.Sprintf(" A%d:A%d", first, n+1)
			first = 0
		}
		if len(cells) > sqrefLength || n == last && cells != "" {
			if err := sheet.DropList(f, report.OperationSheet, cells[1:], todo, plan.Apply.String(), plan.Hold.String(),
				plan.Never.String()); err != nil {
				return err
			}
			cells = ""
		}
	}
	if last == 0 {
		return nil
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
	return f.SetConditionalFormat(report.OperationSheet, fmt.Sprintf("A2:A%d", last+1), formats)
}

// decidedColours are fill and text of a cell in which somebody decided not to
// apply.
var decidedColours = map[plan.Decision][2]string{plan.Hold: {"F6C76B", "4A2C00"}, plan.Never: {"E9A09A", "5A0F0B"}}

// putChanges puts fields, values before and values after into three columns;
// where there are several, each is on a line of its own, by name.
func putChanges(s *sheet.Rows, col int, keys []plan.KeyChange) {
	if len(keys) == 1 {
		s.Wrapped(col, sheet.Shown(keys[0].Field))
		s.Wrapped(col+1, cellValue(keys[0].Field, keys[0].Before))
		s.Wrapped(col+2, cellValue(keys[0].Field, keys[0].After))
		return
	}
	var rooms [3][512]byte
	fields, before, after := rooms[0][:0], rooms[1][:0], rooms[2][:0]
	line := func(b []byte, field, value string) []byte {
		if value == "" {
			return b
		}
		if len(b) > 0 {
			b = append(b, '\n')
		}
		return append(append(append(b, sheet.Shown(field)...), ": "...), cellValue(field, value)...)
	}
	for i := range keys {
		if i > 0 {
			fields = append(fields, ", "...)
		}
		fields = append(fields, keys[i].Field...)
		before = line(before, keys[i].Field, keys[i].Before)
		after = line(after, keys[i].Field, keys[i].After)
	}
	s.Wrapped(col, sheet.Shown(string(fields)))
	s.Wrapped(col+1, string(before))
	s.Wrapped(col+2, string(after))
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
			lines = append(lines, sheet.Shown(k.Field)+": "+why)
		}
	}
	return strings.Join(lines, "\n")
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
	r := book{report.OfPlan(p, private)}
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
