package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// The workbook has one row for each operation, not one for each field that
// changes: an administrator counts, filters and decides people. The fields of
// an operation stand in one cell, to be filtered by what it contains, and
// their values on as many lines in the next two.
//
// Every text is a cell of type string and format text: nothing that comes from
// a roster is run as a formula, not even after somebody edits the cell, and
// no uid of sixteen digits is rounded.

// The library makes the workbook with everything but the rows, which are
// written into its sheets as it is packed (see sheet.go): its own writer of
// rows takes more than twice as long and keeps the whole book in memory.

// bookTitle begins the workbook's title; the run follows.
const bookTitle = "cometsync "

// WriteXLSX writes report.xlsx.
func (r *Report) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	made := r.in.Run.FinishedAt.UTC().Format("2006-01-02T15:04:05Z")
	if err := f.SetDocProps(&excelize.DocProperties{Title: bookTitle + r.in.Run.ID, Creator: "cometsync", Created: made, Modified: made}); err != nil {
		return err
	}
	st, err := newStyles(f)
	if err != nil {
		return err
	}
	b := &book{f: f, st: st, parts: map[string]func(io.Writer) error{}}
	summary := sheet{
		name: "Summary", columns: []column{{"", 30}, {"", 16}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}},
		title: phrase.Visible(r.Verdict()), write: r.summaryRows,
	}
	operations := sheet{
		name: operationSheet, columns: r.operationColumns(), rows: len(r.plan.Operations),
		write: r.operationRows, more: r.decisionCells,
	}
	rejects := sheet{
		name:    "Rejects",
		columns: []column{{"File", 28}, {"Row", 8}, {"UID", 22}, {"Column", 22}, {"Value", 32}, {"Code", 18}, {"What is wrong, and what to do", 60}, {"Holds", 30}},
		rows:    r.defects, write: r.rejectRows,
	}
	held := sheet{
		name:    "Held",
		columns: []column{{"UID", 24}, {"Name", 28}, {"Why", 46}, {"File", 28}, {"Row", 8}, {"What is wrong with that row", 60}},
		rows:    len(r.plan.Held) + r.total.Withheld, write: r.heldRows,
	}
	sheets := []sheet{summary, operations, rejects, held}
	if r.rejects.len() > 0 {
		sheets = append(sheets, r.mendable(st))
	}
	if n := len(r.plan.Rekeys); n > 0 {
		sheets = append(sheets, sheet{name: rekeySheet, columns: rekeyColumnsXLSX, rows: n, write: r.rekeyRows, more: r.rekeyChoices})
	}
	if n := len(r.plan.Leaving); n > 0 {
		sheets = append(sheets, sheet{name: "Leaving", columns: leavingSheet, rows: n, write: r.leavingRows})
	}
	if n := len(r.plan.Conflicts); n > 0 {
		sheets = append(sheets, sheet{
			name:    "Conflicts",
			columns: []column{{"UID", 24}, {"Name", 28}, {"In the app", 12}, {"Fields", 22}, {"Before the run", 28}, {"After the run", 28}, {"Now", 28}, {"What was found", 60}},
			rows:    n, write: r.conflictRows,
		})
	}
	for _, s := range sheets {
		if err := b.add(s); err != nil {
			return fmt.Errorf("sheet %s: %w", s.name, err)
		}
	}
	return b.pack(w)
}

// styles are the workbook's few cell formats: pale fills under dark text,
// which a black-and-white printer leaves readable.
type styles struct {
	text, wrapped, number, row, bold, title int
	decision, id                            int // where to write; what to leave alone
	header, numbers                         int // headings of texts and of numbers
	tint                                    map[string]int
}

func newStyles(f *excelize.File) (*styles, error) {
	s := &styles{tint: map[string]int{}}
	const text = 49 // the built-in format "@"
	top := &excelize.Alignment{Vertical: "top"}
	wrap := &excelize.Alignment{Vertical: "top", WrapText: true}
	var err error
	add := func(style excelize.Style) int {
		if err != nil {
			return 0
		}
		if style.Font == nil {
			style.Font = &excelize.Font{}
		}
		style.Font.Family = "Calibri"
		if style.Font.Size == 0 {
			style.Font.Size = 11
		}
		var id int
		id, err = f.NewStyle(&style)
		return id
	}
	fill := func(colour string) excelize.Fill {
		return excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{colour}}
	}
	s.text = add(excelize.Style{NumFmt: text, Alignment: top})
	s.wrapped = add(excelize.Style{NumFmt: text, Alignment: wrap})
	s.number = add(excelize.Style{NumFmt: 3, Alignment: top}) // #,##0
	s.row = add(excelize.Style{NumFmt: 1, Alignment: &excelize.Alignment{Vertical: "top", Horizontal: "center"}})
	thin := "B8A03C"
	s.decision = add(excelize.Style{NumFmt: text, Alignment: top, Fill: fill("FFF8CC"), Font: &excelize.Font{Color: "3A3000"}, Border: []excelize.Border{
		{Type: "left", Style: 1, Color: thin}, {Type: "right", Style: 1, Color: thin}, {Type: "top", Style: 1, Color: thin}, {Type: "bottom", Style: 1, Color: thin},
	}})
	s.id = add(excelize.Style{NumFmt: text, Alignment: top, Font: &excelize.Font{Size: 8, Color: "5B6675"}})
	s.bold = add(excelize.Style{NumFmt: text, Alignment: top, Font: &excelize.Font{Bold: true}})
	s.title = add(excelize.Style{NumFmt: text, Alignment: wrap, Font: &excelize.Font{Bold: true, Size: 14}})
	for align, id := range map[string]*int{"left": &s.header, "right": &s.numbers} {
		*id = add(excelize.Style{NumFmt: text, Alignment: &excelize.Alignment{Vertical: "center", Horizontal: align}, Font: &excelize.Font{Bold: true}, Fill: fill("E3E7ED"),
			Border: []excelize.Border{{Type: "bottom", Style: 2, Color: "1A2230"}}})
	}
	for name, colours := range map[string][2]string{
		"deactivate": {"FBE3E1", "8C1D18"}, "reactivate": {"EEE4F8", "54307F"}, "create": {"DFF2E5", "0F5129"}, "update": {"E0ECFA", "174A87"},
		"applied": {"DFF2E5", "0F5129"}, "failed": {"FBE3E1", "8C1D18"}, "unknown": {"FCEFD2", "6B4100"}, "drifted": {"FCEFD2", "6B4100"},
		"withheld": {"FCEFD2", "6B4100"}, "skipped": {"E9ECF0", "3C4655"}, "guard": {"FBE3E1", "8C1D18"},
		"apply": {"DFF2E5", "0F5129"}, "hold": {"FCEFD2", "6B4100"}, "never": {"FBE3E1", "8C1D18"}, "rejected": {"FBE3E1", "8C1D18"},
	} {
		s.tint[name] = add(excelize.Style{NumFmt: text, Alignment: top, Fill: fill(colours[0]), Font: &excelize.Font{Bold: true, Color: colours[1]}})
	}
	return s, err
}

func (r *Report) rejectRows(s *rows) {
	for _, x := range r.rejects.each() {
		for _, d := range x.Defects {
			s.text(0, bookName(x.Source.File, x.Source.Sheet))
			s.number(1, x.Source.Row, s.st.row)
			s.text(2, x.UID)
			s.text(3, d.Column)
			s.wrapped(4, phrase.Visible(d.Value))
			s.text(5, d.Code.String())
			s.wrapped(6, phrase.Visible(d.Message))
			s.wrapped(7, shown(r.holds[x.Source].String()))
			if !s.end() {
				return
			}
		}
	}
}

// heldRows are everybody whom a row keeps from being touched: who is held, then who is withheld from an operation.
func (r *Report) heldRows(s *rows) {
	for h := range r.held() {
		s.text(0, h.UID)
		s.wrapped(1, shown(h.Name))
		s.wrapped(2, shown("held: "+h.Why))
		if h.Source.File != "" {
			s.text(3, bookName(h.Source.File, h.Source.Sheet))
			s.number(4, h.Source.Row, s.st.row)
		}
		s.wrapped(5, shown(h.Wrong()))
		if !s.end() {
			return
		}
	}
	for _, i := range r.inReadingOrder {
		if r.in.Results[i].Outcome != plan.Withheld {
			continue
		}
		o := &r.plan.Operations[i]
		s.text(0, o.UID)
		s.wrapped(1, shown(o.Name))
		why := "its " + verbNoun[o.Verb] + " is withheld"
		if text := r.said(i); text != "" {
			why += ": " + text
		}
		s.wrapped(2, shown(why))
		if o.Source.File != "" {
			s.text(3, bookName(o.Source.File, o.Source.Sheet))
			s.number(4, o.Source.Row, s.st.row)
		}
		if !s.end() {
			return
		}
	}
}

// conflict puts fields and their values before the run, after it and now into
// four columns; where there are several, each stands on a line of its own, by
// name.
func (s *rows) conflict(col int, fields []plan.ConflictField) {
	var columns [4][]string
	for _, f := range fields {
		columns[0] = append(columns[0], phrase.Visible(f.Field))
		for i, value := range []string{f.Before, f.After, f.Now} {
			text := phrase.Visible(valueWords(f.Field, value))
			if len(fields) > 1 {
				text = phrase.Visible(f.Field) + ": " + text
			}
			columns[1+i] = append(columns[1+i], text)
		}
	}
	s.wrapped(col, strings.Join(columns[0], ", "))
	for i, lines := range columns[1:] {
		s.wrapped(col+1+i, strings.Join(lines, "\n"))
	}
}

func (r *Report) conflictRows(s *rows) {
	for i := range r.conflicts {
		c := &r.conflicts[i]
		there := "yes"
		if c.Gone {
			there = "no more"
		}
		s.text(0, c.UID)
		s.wrapped(1, phrase.Visible(c.Name))
		s.text(2, there)
		s.conflict(3, c.Fields)
		s.wrapped(7, phrase.Visible(conflictText(c)))
		if !s.end() {
			return
		}
	}
}
