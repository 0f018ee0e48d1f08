// Package xlsx writes the workbook of a report, in which people look, decide and correct. It
// refuses to know how a workbook is made, and what a reader takes out of one again.
package xlsx

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/sheet"
)

// The workbook has one row for each operation, not one for each field that
// changes: an administrator counts, filters and decides people. The fields of
// an operation stand in one cell, to be filtered by what it contains, and
// their values on as many lines in the next two.
//
// Every text is a cell of type string and format text: nothing that comes from
// a roster is run as a formula, not even after somebody edits the cell, and
// no uid of sixteen digits is rounded.

// BookTitle begins the workbook's title; the run follows.
const BookTitle = "cometsync "

// book is a report as a workbook.
type book struct{ *report.Report }

// Write writes report.xlsx.
func Write(w io.Writer, of *report.Report) (err error) {
	r := book{of}
	b, err := sheet.New(BookTitle+r.In.Run.ID, r.In.Run.FinishedAt.UTC().Format("2006-01-02T15:04:05Z"), tints)
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
	operations := sheet.Sheet{
		Name: report.OperationSheet, Columns: r.operationColumns(), Rows: len(r.Plan.Operations),
		Write: r.operationRows, More: r.decisionCells,
	}
	rejects := sheet.Sheet{
		Name: "Rejects",
		Columns: []sheet.Column{{"File", 28}, {"Row", 8}, {"UID", 22}, {"Column", 22}, {"Value", 32}, {"Code", 18},
			{"What is wrong, and what to do", 60}, {"Holds", 30}},
		Rows: r.Defects, Write: r.rejectRows,
	}
	held := sheet.Sheet{
		Name:    "Held",
		Columns: []sheet.Column{{"UID", 24}, {"Name", 28}, {"Why", 46}, {"File", 28}, {"Row", 8}, {"What is wrong with that row", 60}},
		Rows:    len(r.Plan.Held) + r.Total.Withheld, Write: r.heldRows,
	}
	sheets := []sheet.Sheet{summary, operations, rejects, held}
	if r.Rejects.Len() > 0 {
		sheets = append(sheets, r.mendable(b.Styles))
	}
	if n := len(r.Plan.Rekeys); n > 0 {
		sheets = append(sheets, sheet.Sheet{Name: rekeySheet, Columns: rekeyColumnsXLSX, Rows: n, Write: r.rekeyRows, More: r.rekeyChoices})
	}
	if n := len(r.Plan.Leaving); n > 0 {
		sheets = append(sheets, sheet.Sheet{Name: "Leaving", Columns: leavingSheet, Rows: n, Write: r.leavingRows})
	}
	if n := len(r.Plan.Conflicts); n > 0 {
		sheets = append(sheets, sheet.Sheet{
			Name: "Conflicts",
			Columns: []sheet.Column{{"UID", 24}, {"Name", 28}, {"In the app", 12}, {"Fields", 22}, {"Before the run", 28},
				{"After the run", 28}, {"Now", 28}, {"What was found", 60}},
			Rows: n, Write: r.conflictRows,
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
	"withheld": {"FCEFD2", "6B4100"}, "skipped": {"E9ECF0", "3C4655"}, "guard": {"FBE3E1", "8C1D18"},
	"apply": {"DFF2E5", "0F5129"}, "hold": {"FCEFD2", "6B4100"}, "never": {"FBE3E1", "8C1D18"}, "rejected": {"FBE3E1", "8C1D18"},
}

func (r book) rejectRows(s *sheet.Rows) {
	for _, x := range r.Rejects.Each() {
		for _, d := range x.Defects {
			s.Text(0, report.BookName(x.Source.File, x.Source.Sheet))
			s.Number(1, x.Source.Row, s.Styles.Row)
			s.Text(2, x.UID)
			s.Text(3, d.Column)
			s.Wrapped(4, phrase.Visible(d.Value))
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
		s.Wrapped(1, sheet.Shown(h.Name))
		s.Wrapped(2, sheet.Shown("held: "+h.Why))
		if h.Source.File != "" {
			s.Text(3, report.BookName(h.Source.File, h.Source.Sheet))
			s.Number(4, h.Source.Row, s.Styles.Row)
		}
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
		s.Wrapped(1, sheet.Shown(o.Name))
		why := "its " + report.Words(o.Verb, false).Noun + " is withheld"
		if text := r.Said(i); text != "" {
			why += ": " + text
		}
		s.Wrapped(2, sheet.Shown(why))
		if o.Source.File != "" {
			s.Text(3, report.BookName(o.Source.File, o.Source.Sheet))
			s.Number(4, o.Source.Row, s.Styles.Row)
		}
		if !s.End() {
			return
		}
	}
}

// putConflict puts fields and their values before the run, after it and now into
// four columns; where there are several, each is on a line of its own, by
// name.
func putConflict(s *sheet.Rows, col int, fields []plan.ConflictField) {
	var columns [4][]string
	for _, f := range fields {
		columns[0] = append(columns[0], phrase.Visible(f.Field))
		for i, value := range []string{f.Before, f.After, f.Now} {
			text := phrase.Visible(report.ValueWords(f.Field, value))
			if len(fields) > 1 {
				text = phrase.Visible(f.Field) + ": " + text
			}
			columns[1+i] = append(columns[1+i], text)
		}
	}
	s.Wrapped(col, strings.Join(columns[0], ", "))
	for i, lines := range columns[1:] {
		s.Wrapped(col+1+i, strings.Join(lines, "\n"))
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
		s.Wrapped(1, phrase.Visible(c.Name))
		s.Text(2, there)
		putConflict(s, 3, c.Fields)
		s.Wrapped(7, phrase.Visible(report.ConflictText(c)))
		if !s.End() {
			return
		}
	}
}

const rekeySheet = "Re-key"

// rekeyColumnsXLSX are the columns of rekey.csv in an order to be read: what
// somebody writes into comes first.
var rekeyColumnsXLSX = []sheet.Column{
	{DecisionHeader, 12}, {"Old UID", 24}, {"Old name", 26}, {"New UID", 24}, {"New name", 26}, {"Reason", 36}, {"Confidence", 12}, {"File",
		28}, {"Sheet", 14}, {"Row", 8},
}

func (r book) rekeyRows(s *sheet.Rows) {
	for i := range r.Pairs {
		k := &r.Pairs[i]
		s.Put(0, "", s.Styles.Decision)
		s.Text(1, k.Old)
		s.Wrapped(2, sheet.Shown(k.OldName))
		s.Text(3, k.New)
		s.Wrapped(4, sheet.Shown(k.NewName))
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
	return sheet.DropList(f, rekeySheet, fmt.Sprintf("A2:A%d", min(len(r.Plan.Rekeys)+1, sheet.MaxRows)),
		"Write same where the two are one person, or different where they are two people.", report.OnePerson, report.TwoPeople)
}

// leavingSheet are the columns of those who are leaving.
var leavingSheet = []sheet.Column{{"UID", 24}, {"Name", 28}, {"Absent since", 26}, {"Runs", 8}, {"Of", 8}, {"When", 72}}

func (r book) leavingRows(s *sheet.Rows) {
	for _, l := range r.Soonest() {
		s.Text(0, l.UID)
		s.Wrapped(1, sheet.Shown(l.Name))
		s.Text(2, report.AbsentSince(&l))
		s.Number(3, l.Runs, s.Styles.Row)
		s.Number(4, l.Of, s.Styles.Row)
		s.Wrapped(5, sheet.Shown(report.Goes(&l)))
		if !s.End() {
			return
		}
	}
}
