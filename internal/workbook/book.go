// Package workbook reads the cells of .xlsx and .xlsm files, as a stream: one
// row at a time, in the memory of the workbook's shared strings.
//
// It tells which row and column, what type of cell, the text as it is stored, and
// the number format by which a spreadsheet shows it. It refuses to know what a row means.
//
// # Why not a library
//
// A roster that is cut off would remove people. Those that read sheets take
// XML that breaks off for the end of the sheet, put rows that are out of order
// somewhere, and need a multiple of the time. Here a sheet ends with
// </worksheet> and its archive with the right checksum, or Rows.Err says what
// is wrong after which row.
//
// # Hostile files
//
// Whatever could grow is bounded by Limits: a part is unpacked as it is read
// and never held, an element's text has a length, and no document type is
// taken, so that no entity multiplies. A size that a file claims (a dimension,
// a count) is never believed, and nothing is allocated by it.
package workbook

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/flate"
)

// Book is a workbook. Its rows may be read from one goroutine at a time.
type Book struct {
	limits   Limits
	size     int64
	parts    parts
	sheets   []Sheet
	date1904 bool
	styles   []Format // by the style of a cell
	shared   *zip.File
	strings  *table // of shared, once it is needed
	unread   error  // why it could not be read
}

// Visibility reports whether a spreadsheet shows a sheet.
type Visibility uint8

// A sheet is shown, hidden, or hidden so that only a program shows it again.
const (
	Visible Visibility = iota
	Hidden
	VeryHidden
)

// Sheet is a worksheet.
type Sheet struct {
	Name       string
	Visibility Visibility
	part       *zip.File // nil: there is none, which matters to who reads it
	target     string
}

// OtherError is an archive that is something else.
type OtherError struct{ What string }

func (e *OtherError) Error() string { return "is " + e.What }

// Open reads what describes a workbook: its sheets and number formats.
func Open(in io.ReaderAt, size int64, limits Limits) (*Book, error) {
	z, err := zip.NewReader(in, size)
	if err != nil {
		if err == zip.ErrFormat {
			return nil, &CutError{"its archive has no directory, which belongs at its end"}
		}
		return nil, damage("%v", err)
	}
	z.RegisterDecompressor(zip.Deflate, flate.NewReader) // at two thirds of what the standard library's takes
	b := &Book{limits: limits, size: size, parts: partsOf(z)}
	book, err := b.find()
	if err != nil {
		return nil, err
	}
	related, err := b.relations(book)
	if err != nil {
		return nil, err
	}
	for _, r := range related {
		switch r.kind {
		case "sharedStrings":
			b.shared = b.parts.find(r.target)
		case "styles":
			if f := b.parts.find(r.target); f != nil {
				if err := b.readStyles(f); err != nil {
					return nil, err
				}
			}
		}
	}
	return b, b.readSheets(book, related)
}

// find names the part that describes the workbook.
func (b *Book) find() (string, error) {
	name := "xl/workbook.xml"
	root, err := b.relations("")
	if err != nil {
		return "", err
	}
	for _, r := range root {
		if r.kind == "officeDocument" {
			name = r.target
		}
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return b.parts.find(n) != nil })
	}
	switch lower := strings.ToLower(name); {
	case strings.HasSuffix(lower, ".bin"):
		return "", &OtherError{"a binary workbook (.xlsb)"}
	case has("index/document.iwa", "index.zip", "index/calculationengine.iwa"):
		return "", &OtherError{"a Numbers document (.numbers)"}
	case has("content.xml") && has("mimetype", "meta-inf/manifest.xml"):
		return "", &OtherError{"an OpenDocument file (.ods)"}
	case has("word/document.xml"):
		return "", &OtherError{"a text document (.docx)"}
	case has("ppt/presentation.xml"):
		return "", &OtherError{"a presentation (.pptx)"}
	case !has(name):
		return "", &OtherError{"an archive without a workbook in it"}
	}
	return name, nil
}

// readSheets lists the worksheets in their order. Sheets of other kinds
// (charts, dialogues) hold no rows.
func (b *Book) readSheets(book string, related []relation) error {
	return b.elements(b.parts.find(book), func(x *scanner) error {
		switch string(x.name) {
		case "workbookPr":
			return x.attributes(func(name, value []byte) error {
				if string(name) == "date1904" {
					b.date1904 = isTrue(value)
				}
				return nil
			})
		case "sheet":
			if x.parent() == "sheets" {
				return b.readSheet(x, related)
			}
		}
		return nil
	})
}

func (b *Book) readSheet(x *scanner, related []relation) error {
	var s Sheet
	id := ""
	err := x.attributes(func(name, value []byte) error {
		switch string(name) {
		case "name":
			s.Name = string(value)
		case "state":
			s.Visibility = map[string]Visibility{"hidden": Hidden, "veryHidden": VeryHidden}[string(value)]
		}
		if len(name) > 2 && bytes.HasSuffix(name, []byte(":id")) {
			id = string(value)
		}
		return nil
	})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(related, func(r relation) bool { return r.id == id && r.kind == "worksheet" })
	switch {
	case i < 0: // of another kind
		return nil
	case len(b.sheets) == b.limits.Sheets:
		return limit("it has more than %d sheets", b.limits.Sheets)
	}
	s.target = related[i].target
	s.part = b.parts.find(s.target)
	b.sheets = append(b.sheets, s)
	return nil
}

// isTrue reads a truth value of XML.
func isTrue(value []byte) bool { return slices.Contains([]string{"1", "true", "on"}, string(value)) }

// Size is how many bytes the archive has.
func (b *Book) Size() int64 { return b.size }

// Sheets lists the worksheets in their order.
func (b *Book) Sheets() []Sheet { return b.sheets }

// Format is the number format of a cell's style.
func (b *Book) Format(style int) Format {
	if style >= 0 && style < len(b.styles) {
		return b.styles[style]
	}
	return Format{}
}

// table is the shared strings: so many a piece, so that none is copied when there
// are more.
type table struct {
	pieces []piece
	n      int
}

const pieceTexts = 1 << 12

// piece is some of them, one after the other.
type piece struct {
	text []byte
	ends []uint32
}

func (t *table) at(i int) ([]byte, bool) {
	if i >= t.n {
		return nil, false
	}
	p, i := &t.pieces[i/pieceTexts], i%pieceTexts
	if i == 0 {
		return p.text[:p.ends[0]], true
	}
	return p.text[p.ends[i-1]:p.ends[i]], true
}

// readStrings reads the shared strings, when the first cell wants one.
func (b *Book) readStrings() error {
	if b.shared == nil {
		return nil
	}
	t := b.strings
	var now piece // that which is filled
	var size int64
	seal := func() {
		t.pieces = append(t.pieces, piece{bytes.Clone(now.text), slices.Clone(now.ends)})
		size += int64(len(now.text))
		now.text, now.ends = now.text[:0], now.ends[:0]
	}
	err := b.elements(b.shared, func(x *scanner) (err error) {
		if string(x.name) != "si" || x.depth() != 2 {
			return nil
		}
		if now.text, err = x.rich(now.text); err != nil {
			return err
		}
		for more := true; more; {
			if t.n == b.limits.Strings {
				return limit("it has more than %d shared texts", b.limits.Strings)
			}
			if size+int64(len(now.text)) > b.limits.Shared {
				return limit("its shared texts take more than %d bytes", b.limits.Shared)
			}
			t.n++
			if now.ends = append(now.ends, uint32(len(now.text))); len(now.ends) == pieceTexts {
				seal()
			}
			// Those behind are read in one step each, as long as they allow it.
			now.text, more = x.item(now.text)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the shared texts: %w", err)
	}
	seal()
	return nil
}
