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
	"compress/flate"
	"fmt"
	"io"
	"strconv"

	"github.com/xuri/excelize/v2"
)

// Book is a workbook in the making: the library holds its sheets without
// their rows, and parts writes those into the file that each sheet becomes.
type Book struct {
	Styles *Styles
	f      *excelize.File
	parts  map[string]func(io.Writer) error
}

// New begins a workbook that was made at a time, with the fills and texts of
// cells that are told apart by colour. Whoever begins it closes it.
func New(title, made string, tints map[string][2]string) (*Book, error) {
	f := excelize.NewFile()
	properties := &excelize.DocProperties{Title: title, Creator: "cometsync", Created: made, Modified: made}
	err := f.SetDocProps(properties)
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
	Rows    int // below the header
	Write   func(*Rows)
	More    func(*excelize.File) error // what else the sheet has; nil: nothing
}

// pageRows is how many rows are still readable when they are made to fit one
// page.
const pageRows = 90

// pages says how a sheet is printed: a table landscape and as wide as a page,
// a page to be read upright and on one page.
func (s *Sheet) pages(st *Styles) (orientation string, height int) {
	if s.Title == "" {
		return "landscape", 0
	}
	r := &Rows{out: io.Discard, Styles: st, Columns: s.Columns, row: 1}
	if s.Write(r); r.row > pageRows {
		return "portrait", 0
	}
	return "portrait", 1
}

// Column is a column's title and width in characters. It is an alias, so that
// tables of columns need no names of fields.
type Column = struct {
	Title string
	Width float64
}

// Add makes a sheet, but for the rows below its first.
func (b *Book) Add(s Sheet) error {
	yes, one := true, 1
	orientation, height := s.pages(b.Styles)
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
			func() error {
				return b.f.SetPanes(s.Name, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
			},
			func() error { return b.f.AutoFilter(s.Name, "A1:"+end, nil) },
			func() error { return b.f.SetSheetDimension(s.Name, "A1:"+end) },
			func() error {
				return b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", RefersTo: "'" + s.Name + "'!$1:$1",
					Scope: s.Name})
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
		r := &Rows{out: w, Styles: b.Styles, Columns: s.Columns, row: 1}
		s.Write(r)
		return r.flush()
	}
	return nil
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

// Write writes the workbook, compressed fast: its text is repetitive.
func (b *Book) Write(w io.Writer) error {
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
