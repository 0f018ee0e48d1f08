package importer

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
)

const (
	// Sheets and shared strings over this size are unpacked to temporary
	// files and not into memory.
	inMemory = 16 << 20
	// A workbook that unpacks to more than this is no roster.
	maxUnpacked = 8 << 30
)

// workbook reads the sheet of a workbook that has a uid column.
//
// The workbook is copied first: excelize wants a path, the sheet is looked at
// twice, and the file may be overwritten in between.
func (r *Roster) workbook(ctx context.Context, s *source, in io.Reader, m *mapping) error {
	path := s.file.Path
	tmp, err := os.CreateTemp("", "cometsync-*.xlsx") // 0600
	if err != nil {
		return fmt.Errorf("temporary file for the workbook: %w; set TMPDIR to a directory that can be written", err)
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	size, err := io.Copy(tmp, in)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: the archive is cut off; export or copy it again", path)
	case err != nil:
		return fmt.Errorf("%s: %w; try again", path, err)
	case size == 0:
		return emptySource(path)
	}
	if err := checkWorkbook(path, tmp, size); err != nil {
		return err
	}
	z, err := zip.NewReader(tmp, size)
	if err != nil {
		return damaged(path, err)
	}
	sheets, err := sheetsOf(z)
	if err != nil {
		return damaged(path, err)
	}
	book, err := excelize.OpenFile(tmp.Name(), excelize.Options{RawCellValue: true, UnzipXMLSizeLimit: inMemory, UnzipSizeLimit: maxUnpacked})
	if err != nil {
		return damaged(path, err)
	}
	defer book.Close()
	sheet, err := chooseSheet(path, book, sheets, m)
	if err != nil {
		return err
	}
	s.sheet = true
	s.file.Sheet = sheet.name

	type end struct {
		last int
		err  error
	}
	checked := make(chan end, 1)
	go func() {
		last, err := checkSheet(sheet.part)
		checked <- end{last, err}
	}()
	rows, err := newSheetReader(book, sheet.name)
	if err != nil {
		<-checked
		return damaged(path, err)
	}
	defer rows.rows.Close()
	err = r.text(ctx, s, rows, m)
	e := <-checked
	var order *orderError
	unordered := errors.As(e.err, &order)
	switch {
	case err != nil && unordered && ctx.Err() == nil:
		// The row iterator fails at such a row in words of its own.
		return damaged(r.where(s), order)
	case err != nil:
		return err
	case unordered:
		r.endsEarly(s, fmt.Sprintf("the sheet is damaged, and rows may be lost: %v", order))
	case e.err != nil:
		r.endsEarly(s, fmt.Sprintf("the sheet has no proper end behind row %d (%v)", e.last, e.err))
	case rows.count < e.last:
		r.endsEarly(s, fmt.Sprintf("the sheet has rows up to %d, and can only be read up to %d", e.last, rows.count))
	}
	return nil
}

func damaged(path string, err error) error {
	return fmt.Errorf("%s: the workbook is damaged (%w); export or copy it again", path, err)
}

// oleMagic begins the container of old .xls files and of encrypted workbooks.
var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

// checkWorkbook says what a file is that is no workbook, by its content.
func checkWorkbook(path string, f io.ReaderAt, size int64) error {
	head := make([]byte, min(size, 1<<20))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return fmt.Errorf("%s: %w; try again", path, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("PK")):
		return nil
	case bytes.HasPrefix(head, oleMagic):
		// Names in the container are UTF-16. Its directory may stand behind
		// what was read; then both answers are given.
		if bytes.Contains(head, []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e")) {
			return fmt.Errorf("%s: the workbook is encrypted; save it without a password", path)
		}
		return fmt.Errorf("%s: is an old .xls workbook or an encrypted one; save it as .xlsx without a password", path)
	}
	return fmt.Errorf("%s: is no workbook, whatever its name says; if it is text, name it .csv", path)
}

// chooseSheet is the visible sheet that has a uid column.
func chooseSheet(path string, book *excelize.File, sheets []sheetPart, m *mapping) (sheetPart, error) {
	var found []sheetPart
	var withUID, seen, titled []string
	for _, s := range sheets {
		if s.hidden {
			continue
		}
		rows, err := m.sheetRows(book, s.name)
		if err != nil {
			var order *orderError
			if _, fault := checkSheet(s.part); errors.As(fault, &order) {
				err = fmt.Errorf("sheet %q: %w", s.name, order)
			}
			return sheetPart{}, damaged(path, err)
		}
		if len(rows) == 0 {
			continue
		}
		cells := rows[0].cells
		if m.holdsUID(cells) {
			withUID = append(withUID, s.name)
			found = append([]sheetPart{s}, found...)
		} else {
			found = append(found, s)
			if n, ok := m.below(rows); ok && m.holdsUID(n.cells) {
				titled = append(titled, fmt.Sprintf("in %q, %s", s.name, n.takeOut()))
			}
		}
		seen = append(seen, fmt.Sprintf("%q has %s", s.name, quoted(slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return c == "" }))))
	}
	switch {
	case len(found) == 0:
		return sheetPart{}, fmt.Errorf("%s: no visible sheet has any text; export it again", path)
	case len(withUID) > 1:
		return sheetPart{}, fmt.Errorf("%s: several visible sheets have a uid column: %s; hide or take out all but one", path, quoted(withUID))
	case len(withUID) == 1 || len(found) == 1:
		return found[0], nil // without a uid column, reading it says what to do
	}
	if len(titled) > 0 {
		return sheetPart{}, fmt.Errorf("%s: no visible sheet has a uid column; the header has to be the first row, and %s", path, strings.Join(titled, "; "))
	}
	return sheetPart{}, fmt.Errorf("%s: no visible sheet has a uid column: %s; say which column is it with --map 'HEADER=uid'", path, strings.Join(seen, "; "))
}

// sheetRows are a sheet's rows with text among which a header may be: the
// first, if it holds the uid; none when no row has text.
func (m *mapping) sheetRows(book *excelize.File, sheet string) ([]numbered, error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []numbered
	for line := 1; len(found) <= titleRows && rows.Next(); line++ {
		cells, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		if blank(cells) {
			continue
		}
		found = append(found, numbered{cells, line})
		if len(found) == 1 && m.holdsUID(cells) {
			break
		}
	}
	return found, rows.Error()
}

// sheetReader renders a sheet as CSV: each row a record, filled up to the
// header's width (a sheet does not store empty cells), and each row without
// text, or that the sheet does not store, an empty line.
type sheetReader struct {
	rows  *excelize.Rows
	width int
	count int // rows so far
	text  []byte
	at    int
}

func newSheetReader(book *excelize.File, sheet string) (*sheetReader, error) {
	rows, err := book.Rows(sheet)
	return &sheetReader{rows: rows}, err
}

func (s *sheetReader) Read(p []byte) (int, error) {
	for s.at == len(s.text) {
		if !s.rows.Next() {
			if err := s.rows.Error(); err != nil {
				return 0, err
			}
			return 0, io.EOF
		}
		cells, err := s.rows.Columns()
		if err != nil {
			return 0, err
		}
		s.count++
		s.render(cells)
	}
	n := copy(p, s.text[s.at:])
	s.at += n
	return n, nil
}

func (s *sheetReader) render(cells []string) {
	s.text, s.at = s.text[:0], 0
	if !blank(cells) {
		if s.width == 0 {
			s.width = len(cells)
		}
		for i := range max(s.width, len(cells)) {
			if i > 0 {
				s.text = append(s.text, ',')
			}
			if i < len(cells) {
				s.text = appendCell(s.text, cells[i])
			}
		}
	}
	s.text = append(s.text, '\n')
}

// appendCell writes a cell as CSV, in quotes where it would not read back as
// it is.
func appendCell(text []byte, cell string) []byte {
	if !strings.ContainsAny(cell, ",\"\r\n") {
		return append(text, cell...)
	}
	text = append(text, '"')
	text = append(text, strings.ReplaceAll(cell, `"`, `""`)...)
	return append(text, '"')
}
