package report

import (
	"archive/zip"
	"compress/flate"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

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

// sheetRows is how many rows a worksheet has room for below its header.
const sheetRows = 1_048_576 - 1

// WriteXLSX writes report.xlsx.
func (r *Report) WriteXLSX(w io.Writer) (err error) {
	f := excelize.NewFile()
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	// The library would hold the packed workbook in memory; this hands it on
	// as it is packed, and packs fast: the text is repetitive.
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter {
		z := zip.NewWriter(w)
		z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
		return z
	})
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: "cometsync " + r.in.Run.ID, Creator: "cometsync",
		Created: r.in.Run.FinishedAt.UTC().Format("2006-01-02T15:04:05Z"), Modified: r.in.Run.FinishedAt.UTC().Format("2006-01-02T15:04:05Z"),
	}); err != nil {
		return err
	}
	if err := f.SetSheetName("Sheet1", "Summary"); err != nil {
		return err
	}
	st, err := newStyles(f)
	if err != nil {
		return err
	}
	for _, write := range []func(*excelize.File, *styles) error{r.summarySheet, r.operationsSheet, r.rejectsSheet, r.heldSheet} {
		if err := write(f, st); err != nil {
			return err
		}
	}
	_, err = f.WriteToBuffer()
	return err
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

// column is a column of a sheet.
type column struct {
	title string
	width float64
}

// sheet is a worksheet being written, row after row.
type sheet struct {
	*excelize.StreamWriter
	f      *excelize.File
	st     *styles
	name   string
	widths []float64
	row    int
	lines  int // of the current row's tallest cell
	cells  []excelize.Cell
	values []any
}

// newSheet begins a sheet; with titles, its header is frozen, printed on
// every page, and can be filtered by.
func newSheet(f *excelize.File, st *styles, name string, columns []column, header bool) (*sheet, error) {
	if _, err := f.NewSheet(name); err != nil {
		return nil, err
	}
	yes, landscape, one, many := true, "landscape", 1, 0
	if err := f.SetSheetProps(name, &excelize.SheetPropsOptions{FitToPage: &yes}); err != nil {
		return nil, err
	}
	if err := f.SetPageLayout(name, &excelize.PageLayoutOptions{Orientation: &landscape, FitToWidth: &one, FitToHeight: &many}); err != nil {
		return nil, err
	}
	w, err := f.NewStreamWriter(name)
	if err != nil {
		return nil, err
	}
	s := &sheet{StreamWriter: w, f: f, st: st, name: name, cells: make([]excelize.Cell, len(columns)), values: make([]any, len(columns))}
	for i, c := range columns {
		s.widths = append(s.widths, c.width)
		if err := w.SetColWidth(i+1, i+1, c.width); err != nil {
			return nil, err
		}
	}
	if !header {
		return s, nil
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return nil, err
	}
	for i, c := range columns {
		s.put(i, c.title, st.header)
	}
	return s, s.next()
}

// text puts a text into a column of the current row.
func (s *sheet) text(col int, text string) {
	if text != "" {
		s.put(col, visible(text), s.st.text)
	}
}

func (s *sheet) put(col int, value any, style int) {
	s.cells[col] = excelize.Cell{StyleID: style, Value: value}
	s.values[col] = &s.cells[col]
}

// wrapped puts a text that may take several lines; the row is made as tall as
// it seems to need, since not every program that opens the file sees to it.
func (s *sheet) wrapped(col int, text string) {
	if text == "" {
		return
	}
	s.put(col, text, s.st.wrapped)
	if len(text) <= int(s.widths[col]) && strings.IndexByte(text, '\n') < 0 {
		return
	}
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		lines += 1 + utf8.RuneCountInString(line)/int(1.1*s.widths[col])
	}
	s.lines = max(s.lines, lines)
}

// next writes the current row and begins another.
func (s *sheet) next() error {
	s.row++
	var options []excelize.RowOpts
	if s.lines > 1 {
		const line, tallest = 15, 409 // points
		options = append(options, excelize.RowOpts{Height: min(float64(s.lines*line), tallest)})
	}
	err := s.SetRow("A"+strconv.Itoa(s.row), s.values, options...)
	clear(s.values)
	s.lines = 0
	return err
}

// end finishes a sheet that has a header.
func (s *sheet) end() error {
	last, err := excelize.CoordinatesToCellName(len(s.cells), max(s.row, 2))
	if err != nil {
		return err
	}
	if err := s.f.AutoFilter(s.name, "A1:"+last, nil); err != nil {
		return err
	}
	if err := s.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: s.name + "!$1:$1", Scope: s.name}); err != nil {
		return err
	}
	return s.Flush()
}

func (r *Report) operationsSheet(f *excelize.File, st *styles) error {
	s, err := newSheet(f, st, "Operations", []column{
		{"Operation", 12}, {"UID", 22}, {"Name", 24}, {"Role", 12}, {"Tags", 14}, {"Reason", 15}, {"Fields", 22}, {"Before", 28}, {"After", 28},
		{"File", 22}, {"Row", 8}, {"Outcome", 11}, {"Message", 40},
	}, true)
	if err != nil {
		return err
	}
	read := changes{r: r}
	for _, i := range r.inReadingOrder {
		if s.row > sheetRows {
			break
		}
		o, result := &r.plan.Operations[i], &r.in.Results[i]
		verb, outcome := o.Verb.String(), result.Outcome.String()
		s.put(0, verb, st.tint[verb])
		s.text(1, o.UID)
		s.wrapped(2, visible(o.Name))
		s.text(3, o.Role)
		s.text(4, strings.Join(o.Tags, ", "))
		s.text(5, o.Reason.String())
		s.changes(6, read.of(i))
		if o.Source.File != "" {
			s.text(9, bookName(o.Source.File, o.Source.Sheet))
			s.put(10, o.Source.Row, st.row)
		}
		s.put(11, outcome, st.tint[outcome])
		s.wrapped(12, visible(r.message(i)))
		if err := s.next(); err != nil {
			return err
		}
	}
	return s.end()
}

// changes puts fields, values before and values after into three columns;
// where there are several, each stands on a line of its own, by name.
func (s *sheet) changes(col int, keys []plan.KeyChange) {
	if len(keys) == 1 {
		s.wrapped(col, visible(keys[0].Field))
		s.wrapped(col+1, visible(valueText(keys[0].Before)))
		s.wrapped(col+2, visible(valueText(keys[0].After)))
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
		b.WriteString(visible(valueText(value)))
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

func (r *Report) rejectsSheet(f *excelize.File, st *styles) error {
	s, err := newSheet(f, st, "Rejects", []column{
		{"File", 28}, {"Row", 8}, {"UID", 22}, {"Column", 22}, {"Value", 32}, {"Code", 18}, {"What is wrong, and what to do", 60},
	}, true)
	if err != nil {
		return err
	}
	for i := range r.rejects {
		x := &r.rejects[i]
		for _, d := range x.Defects {
			if s.row > sheetRows {
				break
			}
			s.text(0, bookName(x.Source.File, x.Source.Sheet))
			s.put(1, x.Source.Row, st.row)
			s.text(2, x.UID)
			s.text(3, d.Column)
			s.wrapped(4, visible(d.Value))
			s.text(5, d.Code.String())
			s.wrapped(6, visible(d.Message))
			if err := s.next(); err != nil {
				return err
			}
		}
	}
	return s.end()
}

func (r *Report) heldSheet(f *excelize.File, st *styles) error {
	s, err := newSheet(f, st, "Held", []column{
		{"UID", 24}, {"Name", 28}, {"Held by file", 28}, {"Row", 8}, {"What is wrong with that row", 70},
	}, true)
	if err != nil {
		return err
	}
	for h := range r.held() {
		if s.row > sheetRows {
			break
		}
		s.text(0, h.UID)
		s.text(1, h.Name)
		s.text(2, bookName(h.Source.File, h.Source.Sheet))
		s.put(3, h.Source.Row, st.row)
		s.wrapped(4, visible(h.Wrong()))
		if err := s.next(); err != nil {
			return err
		}
	}
	return s.end()
}

// summarySheet is the report on one page.
func (r *Report) summarySheet(f *excelize.File, st *styles) error {
	s, err := newSheet(f, st, "Summary", []column{{"", 30}, {"", 16}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}, {"", 14}}, false)
	if err != nil {
		return err
	}
	s.put(0, visible(r.Verdict()), st.title)
	s.lines = 4
	if err := s.MergeCell("A1", "H1"); err != nil {
		return err
	}
	p := &printer{s: s}
	p.line()
	p.line()
	for _, fact := range r.facts() {
		p.fact(fact[0], fact[1])
	}
	for i, g := range r.plan.Guards {
		if i == 0 {
			p.heading("Guards that tripped")
		}
		p.put(0, g.Name, st.tint["guard"])
		p.text(1, g.Message)
		p.line()
	}
	if len(r.next()) > 0 {
		p.heading("What to do now")
		for _, step := range r.next() {
			p.text(0, step)
			p.line()
		}
	}
	if r.planned {
		p.heading("Changes", append([]string{"planned"}, names(outcomes)...)...)
		for _, v := range readingOrder {
			p.put(0, v.String(), st.tint[v.String()])
			p.counts(r.counts[v])
		}
		p.put(0, "all", st.bold)
		p.counts(r.total)
		p.heading("Users of the app", "users")
		for _, a := range r.accounts() {
			p.number(a.Name, a.N)
		}
		p.number("all", r.plan.Remote.Active+r.plan.Remote.Deactivated)
	}
	p.heading("Rows of the roster", "rows")
	p.number("users", r.intake.Users)
	p.number("duplicates, counted once", r.intake.Duplicates)
	p.number("can't be used", r.intake.Rejected)
	p.number("all", r.intake.Rows)
	p.heading("Inputs", "rows", "SHA-256")
	for _, file := range r.intake.Files {
		p.text(2, file.SHA256)
		p.number(bookName(file.Path, file.Sheet), file.Rows)
	}
	for i, n := range r.notices() {
		if i == 0 {
			p.heading("Notices")
		}
		p.text(0, n.Message)
		p.line()
	}
	if p.err != nil {
		return p.err
	}
	return s.Flush()
}

// printer writes the lines of the summary and keeps the first error.
type printer struct {
	s   *sheet
	err error
}

func (p *printer) put(col int, value any, style int) { p.s.put(col, value, style) }
func (p *printer) text(col int, text string)         { p.s.text(col, text) }

func (p *printer) line() {
	if p.err == nil {
		p.err = p.s.next()
	}
}

func (p *printer) heading(title string, columns ...string) {
	p.line()
	for i := range p.s.cells {
		text, style := title, p.s.st.header
		if i > 0 {
			text, style = "", p.s.st.numbers
		}
		if i > 0 && i <= len(columns) {
			text = columns[i-1]
		}
		p.put(i, text, style)
	}
	p.line()
}

func (p *printer) fact(name, value string) {
	p.put(0, name, p.s.st.bold)
	p.text(1, value)
	p.line()
}

func (p *printer) number(name string, n int) {
	p.text(0, name)
	p.put(1, n, p.s.st.number)
	p.line()
}

func (p *printer) counts(c Count) {
	p.put(1, c.Planned, p.s.st.number)
	for i, o := range outcomes {
		p.put(2+i, c.Of(o), p.s.st.number)
	}
	p.line()
}

func names(outcomes []plan.Outcome) []string {
	var all []string
	for _, o := range outcomes {
		all = append(all, o.String())
	}
	return all
}
