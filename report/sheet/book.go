// Package sheet writes workbooks: sheets with a frozen header or a title, their
// few styles, and rows by the million. It refuses to know what a row means, and
// runs nothing: whatever text a cell is given is a text and stays one.
//
// The library makes a workbook with everything but the rows, which are written
// into its sheets as it is packed: its own writer of rows takes more than twice
// as long and keeps the whole book in memory.
package sheet

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/klauspost/compress/flate"
	"github.com/xuri/excelize/v2"
)

// Book is a workbook in the making: the library holds its sheets without
// their rows, and parts writes those into the file that each sheet becomes.
type Book struct {
	Styles *Styles
	f      *excelize.File
	parts  map[string]func(io.Writer) error
	words  words
}

const coreName = "docProps/core.xml"

// New begins a workbook that was made at a time, with the fills and texts of
// cells that are told apart by colour. Whoever begins it closes it.
func New(title string, made time.Time, tints map[string][2]string) (*Book, error) {
	f := excelize.NewFile()
	at := made.UTC().Format("2006-01-02T15:04:05Z")
	properties := &excelize.DocProperties{Title: title, Creator: "cometsync", Created: at, Modified: at}
	err := f.SetDocProps(properties)
	// The library puts this in a place in which exceljs does not know it, and can't read the file.
	if core, ok := f.Pkg.Load(coreName); ok {
		f.Pkg.Store(coreName, bytes.ReplaceAll(core.([]byte), []byte("<lastModifiedBy></lastModifiedBy>"), nil))
	}
	var styles *Styles
	if err == nil {
		styles, err = newStyles(f, tints)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Book{f: f, Styles: styles, parts: map[string]func(io.Writer) error{}}, nil
}

// Close gives up what the workbook holds.
func (b *Book) Close() error { return b.f.Close() }

// Sheet is a worksheet: with a title, a page to be read; without, a table
// whose header is frozen, printed on every page, and can be filtered by.
type Sheet struct {
	Name    string
	Title   string
	Columns []Column
	Frozen  int // columns that stay where they are, as the header does
	Printed int // the first columns, which are printed; 0: all are
	Rows    int // below the header
	Write   func(*Rows)
	More    func(*excelize.File) error // what else the sheet has; nil: nothing
}

// pageRows is how many rows are still readable when they are made to fit one
// page.
const pageRows = 100

// sampled is how many rows of a sheet say how wide its columns are.
const sampled = 1000

// survey looks at a sheet before it is written: it makes the columns of a table as wide
// as what is in them, and says how the sheet is printed: a table landscape and as wide
// as a page, a page to be read upright and on one page.
func (s *Sheet) survey(st *Styles) (orientation string, height int) {
	widest := make([]int, len(s.Columns))
	for i, c := range s.Columns {
		widest[i] = wide(c.Title) + 2 // beside it there is the button of the filter
	}
	r := newRows(io.Discard, st, s.Columns, nil)
	r.most, r.look = sampled, func(col int, text string) { widest[col] = max(widest[col], wide(text)) }
	switch s.Write(r); {
	case s.Title == "":
		s.Columns = slices.Clone(s.Columns)
		for i := range s.Columns {
			s.Columns[i].Width = min(s.Columns[i].Width, float64(widest[i]+3))
		}
		return "landscape", 0
	case r.row > pageRows:
		return "portrait", 0
	}
	return "portrait", 1
}

// Column is a column's title and how wide it may be, in characters: a table's is as
// wide as what is in it. It is an alias, so that tables of columns need no names of fields.
type Column = struct {
	Title string
	Width float64
}

// Add makes a sheet, but for the rows below its first.
func (b *Book) Add(s Sheet) error {
	yes, one, narrow := true, 1, 0.4 // inches
	margins := excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Top: &narrow, Bottom: &narrow}
	orientation, height := s.survey(b.Styles)
	last, err := excelize.ColumnNumberToName(len(s.Columns))
	if err != nil {
		return err
	}
	if len(b.parts) == 0 {
		err = b.f.SetSheetName("Sheet1", s.Name)
	} else {
		_, err = b.f.NewSheet(s.Name)
	}
	steps := []func() error{
		func() error { return err },
		func() error {
			return b.f.SetPageLayout(s.Name, &excelize.PageLayoutOptions{Orientation: &orientation, FitToWidth: &one, FitToHeight: &height})
		},
		func() error { return b.f.SetPageMargins(s.Name, &margins) },
	}
	for i, c := range s.Columns {
		name, _ := excelize.ColumnNumberToName(i + 1)
		steps = append(steps, func() error { return b.f.SetColWidth(s.Name, name, name, c.Width) })
		if s.Title == "" {
			steps = append(steps,
				func() error { return b.f.SetCellStr(s.Name, name+"1", c.Title) },
				func() error { return b.f.SetCellStyle(s.Name, name+"1", name+"1", b.Styles.Header) })
		}
	}
	if s.Title != "" {
		steps = append(steps,
			func() error { return b.f.SetCellStr(s.Name, "A1", s.Title) },
			func() error { return b.f.SetCellStyle(s.Name, "A1", "A1", b.Styles.Title) },
			func() error { return b.f.MergeCell(s.Name, "A1", last+"1") },
			func() error { return b.f.SetRowHeight(s.Name, 1, 4*lineHeight) })
	} else {
		// A filter over the header alone is one that programs refuse to open.
		end := last + strconv.Itoa(min(max(1+s.Rows, 2), MaxRows))
		steps = append(steps,
			func() error { return b.f.SetPanes(s.Name, frozen(s.Frozen)) },
			func() error { return b.f.AutoFilter(s.Name, "A1:"+end, nil) },
			func() error { return b.f.SetSheetDimension(s.Name, "A1:"+end) },
			func() error {
				return b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + s.Name + "'!$1:$1",
					Scope: s.Name})
			})
	}
	if s.Printed > 0 {
		steps = append(steps, func() error {
			return b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", Scope: s.Name,
				RefersTo: fmt.Sprintf("'%s'!$A$1:$%s$%d", s.Name, string(appendLetters(nil, s.Printed-1)), min(1+s.Rows, MaxRows))})
		})
	}
	// AutoFilter makes these anew, so that it has to come first.
	steps = append(steps, func() error { return b.f.SetSheetProps(s.Name, &excelize.SheetPropsOptions{FitToPage: &yes}) })
	if s.More != nil {
		steps = append(steps, func() error { return s.More(b.f) })
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	part := fmt.Sprintf("xl/worksheets/sheet%d.xml", len(b.parts)+1)
	b.parts[part] = func(w io.Writer) error {
		r := newRows(w, b.Styles, s.Columns, &b.words)
		s.Write(r)
		return r.flush()
	}
	return nil
}

// frozen keeps a table's header in sight, and its first columns.
func frozen(columns int) *excelize.Panes {
	first, _ := excelize.CoordinatesToCellName(columns+1, 2)
	p := &excelize.Panes{Freeze: true, XSplit: columns, YSplit: 1, TopLeftCell: first, ActivePane: "bottomLeft"}
	panes := []string{"bottomLeft"}
	if columns > 0 {
		p.ActivePane = "bottomRight"
		panes = []string{"topRight", "bottomLeft", "bottomRight"}
	}
	for _, pane := range panes {
		p.Selection = append(p.Selection, excelize.Selection{SQRef: first, ActiveCell: first, Pane: pane})
	}
	return p
}

// DropList offers words in cells of a sheet, and refuses others with what to write.
func DropList(f *excelize.File, sheet, cells, todo string, words ...string) error {
	v := excelize.NewDataValidation(true)
	v.SetSqref(cells)
	if err := v.SetDropList(words); err != nil {
		return err
	}
	v.SetError(excelize.DataValidationErrorStyleStop, "This is not a decision", todo)
	return f.AddDataValidation(sheet, v)
}

// Tell says something to whoever goes to a cell of a column, in any of the first rows.
func Tell(f *excelize.File, sheet string, column, rows int, text string) error {
	letters := string(appendLetters(nil, column))
	v := excelize.NewDataValidation(true)
	v.SetSqref(fmt.Sprintf("%s1:%s%d", letters, letters, min(1+rows, MaxRows)))
	v.SetInput("", text)
	return f.AddDataValidation(sheet, v)
}

// Write writes the workbook, compressed fast: its text is repetitive.
func (b *Book) Write(w io.Writer) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, compressor)
	p := &packer{Writer: z, parts: maps.Clone(b.parts)}
	own := 0 // texts that the library shares: ours come after them
	if texts := b.f.SharedStrings; texts != nil {
		own = len(texts.SI)
	}
	b.words = words{at: map[string]int{}, n: own}
	p.parts["xl/sharedStrings.xml"] = func(w io.Writer) error {
		_, err := w.Write(b.words.items)
		return err
	}
	b.f.SetZipWriter(func(io.Writer) excelize.ZipWriter { return p })
	if _, err := b.f.WriteToBuffer(); err != nil {
		return err
	}
	if len(p.parts) > 0 {
		return fmt.Errorf("%d sheets are without their rows", len(p.parts))
	}
	return nil
}

func compressor(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestSpeed) }

// packer puts rows into the sheets that pass through it, and behind them the texts that
// recur: the library has those after the sheets.
type packer struct {
	*zip.Writer
	parts map[string]func(io.Writer) error
}

func (p *packer) Create(name string) (io.Writer, error) {
	w, err := p.Writer.Create(name)
	fill, ok := p.parts[name]
	if !ok || err != nil {
		return w, err
	}
	delete(p.parts, name)
	return &filler{w, fill}, nil
}

type filler struct {
	w    io.Writer
	fill func(io.Writer) error
}

var (
	// room is where in a part there is room for more: before the end of its list.
	room = regexp.MustCompile("</sheetData>|</sst>")
	// counted says how many texts there are without ours. None needs to be told.
	counted = regexp.MustCompile(` (count|uniqueCount)="\d+"`)
)

// Write is given a whole part, as the library has it.
func (f *filler) Write(text []byte) (int, error) {
	at := room.FindIndex(text)
	if at == nil {
		return 0, fmt.Errorf("a part without room for more")
	}
	if _, err := f.w.Write(counted.ReplaceAll(text[:at[0]], nil)); err != nil {
		return 0, err
	}
	if err := f.fill(f.w); err != nil {
		return 0, err
	}
	_, err := f.w.Write(text[at[0]:])
	return len(text), err
}
