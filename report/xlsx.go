package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

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

// WriteXLSX writes report.xlsx.
func (r *Report) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	made := r.in.Run.FinishedAt.UTC().Format("2006-01-02T15:04:05Z")
	if err := f.SetDocProps(&excelize.DocProperties{Title: "cometsync " + r.in.Run.ID, Creator: "cometsync", Created: made, Modified: made}); err != nil {
		return err
	}
	st, err := newStyles(f)
	if err != nil {
		return err
	}
	b := &book{f: f, st: st, parts: map[string]func(io.Writer) error{}}
	summary := sheet{
		name: "Summary", columns: []column{{"", 30}, {"", 16}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}},
		title: visible(r.Verdict()), write: r.summaryRows,
	}
	operations := sheet{
		name: "Operations", columns: []column{
			{"Operation", 12}, {"UID", 22}, {"Name", 24}, {"Role", 12}, {"Tags", 14}, {"Reason", 15}, {"Fields", 22}, {"Before", 28}, {"After", 28},
			{"File", 22}, {"Row", 8}, {"Outcome", 11}, {"Kind", 12}, {"HTTP status", 12}, {"Code", 18}, {"Message", 40},
		},
		rows: len(r.plan.Operations), write: r.operationRows,
	}
	rejects := sheet{
		name:    "Rejects",
		columns: []column{{"File", 28}, {"Row", 8}, {"UID", 22}, {"Column", 22}, {"Value", 32}, {"Code", 18}, {"What is wrong, and what to do", 60}},
		rows:    r.defects, write: r.rejectRows,
	}
	held := sheet{
		name:    "Held",
		columns: []column{{"UID", 24}, {"Name", 28}, {"Held by file", 28}, {"Row", 8}, {"What is wrong with that row", 70}},
		rows:    len(r.plan.Held), write: r.heldRows,
	}
	sheets := []sheet{summary, operations, rejects, held}
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
	} {
		s.tint[name] = add(excelize.Style{NumFmt: text, Alignment: top, Fill: fill(colours[0]), Font: &excelize.Font{Bold: true, Color: colours[1]}})
	}
	return s, err
}

func (r *Report) operationRows(s *rows) {
	read := changes{r: r}
	for _, i := range r.inReadingOrder {
		o, result := &r.plan.Operations[i], &r.in.Results[i]
		verb, outcome := o.Verb.String(), result.Outcome.String()
		s.put(0, verb, s.st.tint[verb])
		s.text(1, o.UID)
		s.wrapped(2, visible(o.Name))
		s.text(3, o.Role)
		s.text(4, strings.Join(o.Tags, ", "))
		s.text(5, o.Reason.String())
		s.changes(6, read.of(i))
		if o.Source.File != "" {
			s.text(9, bookName(o.Source.File, o.Source.Sheet))
			s.number(10, o.Source.Row, s.st.row)
		}
		s.put(11, outcome, s.st.tint[outcome])
		s.text(12, result.Kind.String())
		if result.Status != 0 {
			s.number(13, result.Status, s.st.row)
		}
		s.text(14, result.Code)
		s.wrapped(15, visible(r.brief(i)))
		if !s.end() {
			return
		}
	}
}

// changes puts fields, values before and values after into three columns;
// where there are several, each stands on a line of its own, by name.
func (s *rows) changes(col int, keys []plan.KeyChange) {
	if len(keys) == 1 {
		s.wrapped(col, visible(keys[0].Field))
		s.wrapped(col+1, visible(valueText(shownAs(keys[0].Field, keys[0].Before))))
		s.wrapped(col+2, visible(valueText(shownAs(keys[0].Field, keys[0].After))))
		return
	}
	var fields, before, after strings.Builder
	line := func(b *strings.Builder, field, value string) {
		if value == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(visible(field))
		b.WriteString(": ")
		b.WriteString(visible(valueText(shownAs(field, value))))
	}
	for i := range keys {
		if i > 0 {
			fields.WriteString(", ")
		}
		fields.WriteString(keys[i].Field)
		line(&before, keys[i].Field, keys[i].Before)
		line(&after, keys[i].Field, keys[i].After)
	}
	s.wrapped(col, visible(fields.String()))
	s.wrapped(col+1, before.String())
	s.wrapped(col+2, after.String())
}

func (r *Report) rejectRows(s *rows) {
	for i := range r.rejects {
		x := &r.rejects[i]
		for _, d := range x.Defects {
			s.text(0, bookName(x.Source.File, x.Source.Sheet))
			s.number(1, x.Source.Row, s.st.row)
			s.text(2, x.UID)
			s.text(3, d.Column)
			s.wrapped(4, visible(d.Value))
			s.text(5, d.Code.String())
			s.wrapped(6, visible(d.Message))
			if !s.end() {
				return
			}
		}
	}
}

func (r *Report) heldRows(s *rows) {
	for h := range r.held() {
		s.text(0, h.UID)
		s.wrapped(1, visible(h.Name))
		s.text(2, bookName(h.Source.File, h.Source.Sheet))
		s.number(3, h.Source.Row, s.st.row)
		s.wrapped(4, visible(h.Wrong()))
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
		columns[0] = append(columns[0], visible(f.Field))
		for i, value := range []string{f.Before, f.After, f.Now} {
			text := visible(valueWords(f.Field, value))
			if len(fields) > 1 {
				text = visible(f.Field) + ": " + text
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
		s.wrapped(1, visible(c.Name))
		s.text(2, there)
		s.conflict(3, c.Fields)
		s.wrapped(7, visible(conflictText(c)))
		if !s.end() {
			return
		}
	}
}

// summaryRows is the report on one page.
func (r *Report) summaryRows(s *rows) {
	s.end()
	for _, fact := range r.facts() {
		s.put(0, fact[0], s.st.bold)
		s.prose(1, fact[1])
	}
	var stops, failures []string
	for i := range r.in.Stops {
		stops = append(stops, r.in.Stops[i].text())
	}
	for i := range r.failures {
		failures = append(failures, r.failures[i].String()+"; "+r.failures[i].Todo())
	}
	s.list("Stopped", stops)
	for i, g := range r.plan.Guards {
		if i == 0 {
			s.heading("Guards that tripped")
		}
		s.put(0, visible(g.Name), s.st.tint["guard"])
		s.prose(1, g.Message)
	}
	if next := r.next(true); next != "" {
		s.list("What to do now", []string{next})
	}
	s.list("Not applied", failures)
	if missing := r.missingRoles(); missing != "" {
		s.list("Rows that can't be used", []string{missing})
	}
	if r.planned {
		s.heading("Changes", append([]string{"planned"}, names(outcomes[:])...)...)
		for _, v := range readingOrder {
			s.put(0, v.String(), s.st.tint[v.String()])
			s.counts(r.counts[v])
		}
		s.put(0, "all", s.st.bold)
		s.counts(r.total)
		s.heading("Users of the app", "users")
		for _, a := range r.accounts() {
			s.account(a.Name, a.N)
		}
		s.account("all", r.plan.Remote.Active+r.plan.Remote.Deactivated)
	}
	if len(r.intake.Files) > 0 {
		s.heading("Rows of the roster", "rows")
		s.account("users", r.intake.Users)
		s.account("duplicates, counted once", r.intake.Duplicates)
		s.account("can't be used", r.intake.Rejected)
		s.account("all", r.intake.Rows)
		s.heading("Inputs", "rows", "", "SHA-256")
		for _, file := range r.intake.Files {
			s.wrapped(0, visible(bookName(file.Path, file.Sheet)))
			s.number(1, file.Rows, s.st.number)
			s.text(3, file.SHA256)
			s.end()
		}
	}
	var notices []string
	for _, n := range r.notices() {
		notices = append(notices, n.Message)
	}
	s.list("Notices", notices)
}

func (s *rows) heading(title string, columns ...string) {
	s.end()
	s.put(0, title, s.st.header)
	for i := range len(s.columns) - 1 {
		text := ""
		if i < len(columns) {
			text = columns[i]
		}
		s.put(1+i, text, s.st.numbers)
	}
	s.end()
}

func (s *rows) list(title string, lines []string) {
	for i, line := range lines {
		if i == 0 {
			s.heading(title)
		}
		s.prose(0, line)
	}
}

// prose puts a text over the columns from col on, on as many rows as it needs:
// what reaches beyond the last column would have a page shrink, or cut it.
func (s *rows) prose(col int, text string) {
	width := 0.0
	for _, c := range s.columns[col:] {
		width += c.width
	}
	for _, line := range wrap(visible(text), int(width*0.95)) {
		s.text(col, line)
		s.end()
	}
}

func (s *rows) account(name string, n int) {
	s.text(0, name)
	s.number(1, n, s.st.number)
	s.end()
}

func (s *rows) counts(c Count) {
	s.number(1, c.Planned, s.st.number)
	for i, o := range outcomes {
		s.number(2+i, c.Of(o), s.st.number)
	}
	s.end()
}

func names(outcomes []plan.Outcome) []string {
	var all []string
	for _, o := range outcomes {
		all = append(all, o.String())
	}
	return all
}
