// Package xlsx writes the workbook of a report, in which people look, decide and correct. It
// refuses to know how a workbook is made, and what a reader takes out of one again.
package xlsx

import (
	"fmt"
	"io"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/sheet"
)

// The workbook has one row for each operation, not one for each field that
// changes: an administrator counts, filters and decides people. The fields of
// an operation are in one cell, to be filtered by what it contains, and their
// values before and after in the next two, all on one line: a row is a row, and
// a screen holds many of them.
//
// Every text is a cell of type string and format text: nothing that comes from
// a roster is run as a formula, not even after somebody edits the cell, and
// no uid of sixteen digits is rounded.

// BookTitle begins the workbook's title; the run follows.
const BookTitle = "cometsync "

type book struct {
	*report.Report
	order []int // the operations as the workbook shows them: in reading order, and those last that are withheld
	open  int   // how many are not
}

func newBook(of *report.Report) book {
	r := book{Report: of, order: make([]int, 0, len(of.InReadingOrder))}
	var withheld []int
	for _, i := range of.InReadingOrder {
		if of.In.Results[i].Outcome == plan.Withheld {
			withheld = append(withheld, i)
		} else {
			r.order = append(r.order, i)
		}
	}
	r.open = len(r.order)
	r.order = append(r.order, withheld...)
	return r
}

// Write writes report.xlsx.
func Write(w io.Writer, of *report.Report) (err error) {
	r := newBook(of)
	b, err := sheet.New(BookTitle+r.In.Run.ID, r.In.Run.FinishedAt, tints)
	if err != nil {
		return err
	}
	defer func() {
		if e := b.Close(); err == nil {
			err = e
		}
	}()
	summary := sheet.Sheet{
		Name: "Summary", Columns: []sheet.Column{{"", 30}, {"", 16}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}},
		Title: phrase.Visible(r.Verdict()), Write: r.OnePage().Sheet,
	}
	columns, frozen, printed := r.operationColumns()
	operations := sheet.Sheet{
		Name: report.OperationSheet, Columns: columns, Frozen: frozen, Printed: printed, Rows: len(r.order), Write: r.operationRows,
		More: r.decisionCells,
	}
	rejects := sheet.Sheet{
		Name: "Rejects",
		Columns: []sheet.Column{{"File", 40}, {"Row", 12}, {"UID", 40}, {"Column", 30}, {"Value", 40}, {"Code", 24},
			{"What is wrong, and what to do", 70}, {"Holds", 40}},
		Frozen: 2, Rows: r.Defects, Write: r.rejectRows,
	}
	held := sheet.Sheet{
		Name:    "Held",
		Columns: []sheet.Column{{"UID", 40}, {"Name", 40}, {"Why", 60}, {"File", 40}, {"Row", 12}, {"What is wrong with that row", 70}},
		Frozen:  2, Rows: len(r.Plan.Held) + r.Total.Withheld, Write: r.heldRows,
	}
	sheets := []sheet.Sheet{summary, operations, rejects, held}
	if r.Rejects.Len() > 0 {
		sheets = append(sheets, r.mendable(b.Styles))
	}
	if n := len(r.Plan.Rekeys); n > 0 {
		sheets = append(sheets, sheet.Sheet{Name: report.RekeySheet, Columns: rekeyColumnsXLSX, Rows: n, Write: r.rekeyRows,
			More: r.rekeyChoices})
	}
	if n := len(r.Plan.Leaving); n > 0 {
		sheets = append(sheets, sheet.Sheet{Name: "Leaving", Columns: leavingSheet, Frozen: 2, Rows: n, Write: r.leavingRows})
	}
	if n := len(r.Plan.Conflicts); n > 0 {
		sheets = append(sheets, sheet.Sheet{
			Name: "Conflicts",
			Columns: []sheet.Column{{"UID", 40}, {"Name", 40}, {"In the app", 14}, {"Fields", 40}, {"Before the run", 50},
				{"After the run", 50}, {"Now", 50}, {"What was found", 70}},
			Frozen: 2, Rows: n, Write: r.conflictRows,
		})
	}
	for _, s := range sheets {
		if err := b.Add(s); err != nil {
			return fmt.Errorf("sheet %s: %w", s.Name, err)
		}
	}
	return b.Write(w)
}

// tints are fill and text of what is told apart by colour: pale fills under dark
// text, which a black-and-white printer leaves readable.
var tints = map[string][2]string{
	"deactivate": {"FBE3E1", "8C1D18"}, "reactivate": {"EEE4F8", "54307F"}, "create": {"DFF2E5", "0F5129"}, "update": {"E0ECFA", "174A87"},
	"applied": {"DFF2E5", "0F5129"}, "failed": {"FBE3E1", "8C1D18"}, "unknown": {"FCEFD2", "6B4100"}, "drifted": {"FCEFD2", "6B4100"},
	"withheld": {"FCEFD2", "6B4100"}, "skipped": {"E9ECF0", "3C4655"}, PlannedWord: {"E0ECFA", "174A87"},
	"guard": {"FBE3E1", "8C1D18"},
	"apply": {"DFF2E5", "0F5129"}, "hold": {"FCEFD2", "6B4100"}, "never": {"FBE3E1", "8C1D18"}, "rejected": {"FBE3E1", "8C1D18"},
}

func (r book) rejectRows(s *sheet.Rows) {
	for _, x := range r.Rejects.Each() {
		for _, d := range x.Defects {
			putPlace(s, 0, x.Source)
			s.Text(2, x.UID)
			s.Text(3, d.Column)
			s.Wrapped(4, sheet.Shown(d.Value))
			s.Text(5, d.Code.String())
			s.Wrapped(6, phrase.Visible(d.Message))
			s.Wrapped(7, sheet.Shown(r.Holds[x.Source].String()))
			if !s.End() {
				return
			}
		}
	}
}

// heldRows are everybody whom a row keeps from being touched: who is held, then who is withheld from an operation.
func (r book) heldRows(s *sheet.Rows) {
	for h := range r.Held() {
		s.Text(0, h.UID)
		s.Text(1, h.Name)
		s.Wrapped(2, sheet.Shown("held: "+h.Why))
		putPlace(s, 3, h.Source)
		s.Wrapped(5, sheet.Shown(h.Wrong()))
		if !s.End() {
			return
		}
	}
	for _, i := range r.InReadingOrder {
		if r.In.Results[i].Outcome != plan.Withheld {
			continue
		}
		o := &r.Plan.Operations[i]
		s.Text(0, o.UID)
		s.Text(1, o.Name)
		why := "its " + report.Words(o.Verb, false).Noun + " is withheld"
		if text := r.Said(i); text != "" {
			why += ": " + text
		}
		s.Wrapped(2, sheet.Shown(why))
		putPlace(s, 3, o.Source)
		if !s.End() {
			return
		}
	}
}

func (r book) conflictRows(s *sheet.Rows) {
	for i := range r.Conflicts {
		c := &r.Conflicts[i]
		there := "yes"
		if c.Gone {
			there = "no more"
		}
		s.Text(0, c.UID)
		s.Text(1, c.Name)
		s.Text(2, there)
		putSides(s, 3, c.Fields, func(f *plan.ConflictField) string { return f.Field },
			func(f *plan.ConflictField) string { return report.ValueWords(f.Field, f.Before) },
			func(f *plan.ConflictField) string { return report.ValueWords(f.Field, f.After) },
			func(f *plan.ConflictField) string { return report.ValueWords(f.Field, f.Now) })
		s.Wrapped(7, phrase.Visible(report.ConflictText(c)))
		if !s.End() {
			return
		}
	}
}

// rekeyColumnsXLSX are the columns of rekey.csv in an order to be read: what
// somebody writes into comes first.
var rekeyColumnsXLSX = []sheet.Column{
	{DecisionHeader, 14}, {OldUIDHeader, 40}, {"Old name", 40}, {NewUIDHeader, 40}, {"New name", 40}, {"Reason", 50}, {"Confidence", 14},
	{"File", 40}, {"Sheet", 24}, {"Row", 12},
}

func (r book) rekeyRows(s *sheet.Rows) {
	for i := range r.Pairs {
		k := &r.Pairs[i]
		s.Put(0, r.PairDecision(k), s.Styles.Decision)
		s.Text(1, k.Old)
		s.Text(2, k.OldName)
		s.Text(3, k.New)
		s.Text(4, k.NewName)
		s.Wrapped(5, sheet.Shown(report.InCommon(k, r.Plan.Config)))
		s.Text(6, report.Confidence(k))
		s.Text(7, k.Source.File)
		s.Text(8, k.Source.Sheet)
		s.Number(9, k.Source.Row, s.Styles.Row)
		if !s.End() {
			return
		}
	}
}

// rekeyChoices gives the cells that take a decision on a pair their drop-down.
func (r book) rekeyChoices(f *excelize.File) error {
	return sheet.DropList(f, report.RekeySheet, fmt.Sprintf("A2:A%d", min(len(r.Plan.Rekeys)+1, sheet.MaxRows)),
		"Write same where the two are one person, or different where they are two people; undecided leaves both accounts alone.",
		user.OnePerson, user.TwoPeople, user.UndecidedPair)
}

var leavingSheet = []sheet.Column{{"UID", 40}, {"Name", 40}, {"Absent since", 40}, {"Runs", 12}, {"Of", 12}, {"When", 72}}

func (r book) leavingRows(s *sheet.Rows) {
	for _, l := range r.Soonest() {
		s.Text(0, l.UID)
		s.Text(1, l.Name)
		s.Text(2, report.AbsentSince(&l, r.In.Run.Zone))
		s.Number(3, l.Runs, s.Styles.Row)
		s.Number(4, l.Of, s.Styles.Row)
		s.Wrapped(5, sheet.Shown(report.Goes(&l, r.In.Run.Zone)))
		if !s.End() {
			return
		}
	}
}
