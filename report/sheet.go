package report

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"cometsync/internal/phrase"
)

const (
	sheetRows  = 1_048_576 // a worksheet has no room for more, its header included
	cellUnits  = 32_767    // nor a cell for more UTF-16 code units
	lineHeight = 15        // points
	maxHeight  = 409       // points; no row is taller
)

// book is a workbook in the making: the library holds its sheets without
// their rows, and parts writes those into the file that each sheet becomes.
type book struct {
	f     *excelize.File
	st    *styles
	parts map[string]func(io.Writer) error
}

// sheet is a worksheet: with a title, a page to be read; without, a table
// whose header is frozen, printed on every page, and can be filtered by.
type sheet struct {
	name    string
	title   string
	columns []column
	rows    int // below the header
	write   func(*rows)
	more    func(*excelize.File) error // what else the sheet has; nil: nothing
}

// pageRows is how many rows are still readable when they are made to fit one
// page.
const pageRows = 90

// pages says how a sheet is printed: a table landscape and as wide as a page,
// a page to be read upright and on one page.
func (s *sheet) pages(st *styles) (orientation string, height int) {
	if s.title == "" {
		return "landscape", 0
	}
	r := &rows{out: io.Discard, st: st, columns: s.columns, row: 1}
	if s.write(r); r.row > pageRows {
		return "portrait", 0
	}
	return "portrait", 1
}

type column struct {
	title string
	width float64
}

// add makes a sheet, but for the rows below its first.
func (b *book) add(s sheet) error {
	yes, one := true, 1
	orientation, height := s.pages(b.st)
	last, err := excelize.ColumnNumberToName(len(s.columns))
	if err != nil {
		return err
	}
	if len(b.parts) == 0 {
		err = b.f.SetSheetName("Sheet1", s.name)
	} else {
		_, err = b.f.NewSheet(s.name)
	}
	steps := []func() error{
		func() error { return err },
		func() error {
			return b.f.SetPageLayout(s.name, &excelize.PageLayoutOptions{Orientation: &orientation, FitToWidth: &one, FitToHeight: &height})
		},
	}
	for i, c := range s.columns {
		name, _ := excelize.ColumnNumberToName(i + 1)
		steps = append(steps, func() error { return b.f.SetColWidth(s.name, name, name, c.width) })
		if s.title == "" {
			steps = append(steps,
				func() error { return b.f.SetCellStr(s.name, name+"1", c.title) },
				func() error { return b.f.SetCellStyle(s.name, name+"1", name+"1", b.st.header) })
		}
	}
	if s.title != "" {
		steps = append(steps,
			func() error { return b.f.SetCellStr(s.name, "A1", s.title) },
			func() error { return b.f.SetCellStyle(s.name, "A1", "A1", b.st.title) },
			func() error { return b.f.MergeCell(s.name, "A1", last+"1") },
			func() error { return b.f.SetRowHeight(s.name, 1, 4*lineHeight) })
	} else {
		// A filter over the header alone is one that programs refuse to open.
		end := last + strconv.Itoa(min(max(1+s.rows, 2), sheetRows))
		steps = append(steps,
			func() error {
				return b.f.SetPanes(s.name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
			},
			func() error { return b.f.AutoFilter(s.name, "A1:"+end, nil) },
			func() error { return b.f.SetSheetDimension(s.name, "A1:"+end) },
			func() error {
				return b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + s.name + "'!$1:$1", Scope: s.name})
			})
	}
	// AutoFilter makes these anew, so that it has to come first.
	steps = append(steps, func() error { return b.f.SetSheetProps(s.name, &excelize.SheetPropsOptions{FitToPage: &yes}) })
	if s.more != nil {
		steps = append(steps, func() error { return s.more(b.f) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	part := fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.parts)+1)
	b.parts[part] = func(w io.Writer) error {
		r := &rows{out: w, st: b.st, columns: s.columns, row: 1}
		s.write(r)
		return r.flush()
	}
	return nil
}

// pack writes the workbook, compressed fast: its text is repetitive.
func (b *book) pack(w io.Writer) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) })
	p := &packer{Writer: z, parts: b.parts}
	b.f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return p })
	if _, err := b.f.WriteToBuffer(); err != nil {
		return err
	}
	if p.filled != len(b.parts) {
		return fmt.Errorf("%d of %d sheets have their rows", p.filled, len(b.parts))
	}
	return nil
}

// packer puts rows into the sheets that pass through it.
type packer struct {
	*zip.Writer
	parts  map[string]func(io.Writer) error
	filled int
}

func (p *packer) Create(name string) (io.Writer, error) {
	w, err := p.Writer.Create(name)
	if rows, ok := p.parts[name]; ok && err == nil {
		return &filler{p, w, rows}, nil
	}
	return w, err
}

type filler struct {
	p    *packer
	w    io.Writer
	rows func(io.Writer) error
}

// Write is given a whole sheet, as the library has it.
func (f *filler) Write(text []byte) (int, error) {
	end := bytes.Index(text, []byte("</sheetData>"))
	if end < 0 {
		return 0, fmt.Errorf("a sheet without room for rows")
	}
	if _, err := f.w.Write(text[:end]); err != nil {
		return 0, err
	}
	if err := f.rows(f.w); err != nil {
		return 0, err
	}
	f.p.filled++
	if _, err := f.w.Write(text[end:]); err != nil {
		return 0, err
	}
	return len(text), nil
}

// rows writes the rows of a sheet as XML, cell by cell from left to right; or,
// where kept is given, keeps what each cell of a row says.
type rows struct {
	kept    []string
	out     io.Writer
	st      *styles
	columns []column
	row     int    // the last one that is written
	lines   int    // of the current row's tallest cell
	cells   []byte // of the current row
	b       []byte
	err     error
}

// text puts a text into a column of the current row.
func (s *rows) text(col int, text string) {
	if text != "" {
		s.put(col, shown(text), s.st.text)
	}
}

// shown is a text of the roster, or of the app, as a cell shows it: the same
// before it was saved in a plan and after, which knows no broken UTF-8.
func shown(text string) string { return phrase.Visible(strings.ToValidUTF8(text, "\uFFFD")) }

// wrapped puts a text that may take several lines; the row is made as tall as
// it seems to need, since not every program that opens the file sees to it.
func (s *rows) wrapped(col int, text string) {
	if text == "" {
		return
	}
	s.put(col, text, s.st.wrapped)
	width := int(1.1 * s.columns[col].width)
	if len(text) <= width && strings.IndexByte(text, '\n') < 0 {
		return
	}
	lines := 0
	for line := range strings.SplitSeq(text, "\n") {
		lines += 1 + utf8.RuneCountInString(line)/width
	}
	s.lines = max(s.lines, lines)
}

func (s *rows) put(col int, text string, style int) {
	text = storable(text)
	if s.kept != nil {
		s.kept[col] = text
		return
	}
	s.begin(col, style)
	s.cells = append(s.cells, ` t="inlineStr"><is><t xml:space="preserve">`...)
	s.cells = appendXML(s.cells, text)
	s.cells = append(s.cells, "</t></is></c>"...)
}

// editable puts a text into a cell that people write into: where it is empty, what
// they write is a text as well.
func (s *rows) editable(col int, text string) {
	if text != "" {
		s.put(col, text, s.st.text)
		return
	}
	s.begin(col, s.st.text)
	s.cells = append(s.cells, "/>"...)
}

func (s *rows) number(col, n, style int) {
	if s.kept != nil {
		s.kept[col] = strconv.Itoa(n)
		return
	}
	s.begin(col, style)
	s.cells = append(strconv.AppendInt(append(s.cells, "><v>"...), int64(n), 10), "</v></c>"...)
}

func (s *rows) begin(col, style int) {
	s.cells = appendLetters(append(s.cells, `<c r="`...), col)
	s.cells = strconv.AppendInt(s.cells, int64(s.row+1), 10)
	s.cells = append(strconv.AppendInt(append(s.cells, `" s="`...), int64(style), 10), '"')
}

// appendLetters names a column as a spreadsheet does: A to Z, AA, AB, …
func appendLetters(b []byte, col int) []byte {
	if col >= 26 {
		b = appendLetters(b, col/26-1)
	}
	return append(b, 'A'+byte(col%26))
}

// end writes the current row; false says that there is no use in another one.
func (s *rows) end() bool {
	s.row++
	s.b = strconv.AppendInt(append(s.b, `<row r="`...), int64(s.row), 10)
	if s.lines > 1 {
		s.b = strconv.AppendInt(append(s.b, `" customHeight="1" ht="`...), int64(min(s.lines*lineHeight, maxHeight)), 10)
	}
	s.b = append(append(append(s.b, `">`...), s.cells...), "</row>"...)
	s.cells, s.lines = s.cells[:0], 0
	if len(s.b) >= 32<<10 {
		_ = s.flush()
	}
	return s.err == nil && s.row < sheetRows
}

func (s *rows) flush() error {
	if s.err == nil {
		_, s.err = s.out.Write(s.b)
	}
	s.b = s.b[:0]
	return s.err
}

// storable is a text as a cell holds it: cut to the room that there is, without
// what is no character to XML.
func storable(text string) string {
	if len(text) <= cellUnits && plainCell(text) {
		return text
	}
	var b strings.Builder
	units := 0
	for i, c := range text {
		if units++; c > 0xFFFF {
			units++
		}
		if units > cellUnits || units == cellUnits && i+utf8.RuneLen(c) < len(text) {
			b.WriteString("…")
			break
		}
		if c < ' ' && c != '\t' && c != '\n' || c == 0xFFFE || c == 0xFFFF {
			c = '\uFFFD'
		}
		b.WriteRune(c)
	}
	return b.String()
}

// plainCell says whether a text is, at a glance, nothing but characters to XML.
func plainCell(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c < ' ' && c != '\t' && c != '\n' || c == 0xEF { // U+FFFE begins with it
			return false
		}
	}
	return utf8.ValidString(text)
}

// appendXML appends a cell's text, escaped. A text that reads like one of the
// format's own escapes, _x000D_, is escaped too, so that nothing is made of it.
func appendXML(b []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '_' && isEscape(text[i:]):
			b = append(b, "_x005F_"...)
		default:
			b = append(b, c)
		}
	}
	return b
}

// isEscape says whether a text begins like _x000D_.
func isEscape(s string) bool {
	if len(s) < 7 || s[1] != 'x' || s[6] != '_' {
		return false
	}
	for _, c := range []byte(s[2:6]) {
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F') {
			return false
		}
	}
	return true
}
