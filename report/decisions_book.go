package report

import (
	"archive/zip"
	"bufio"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// A workbook that comes back is read here and not by the library that wrote
// it: that takes a sheet which breaks off for one that ends, and a row that
// stands twice for one.

const (
	maxSheet   = 4 << 30 // bytes that a sheet may unpack to
	maxPart    = 8 << 20 // bytes that a part which describes others may unpack to
	sheetWidth = 16_384  // columns that a sheet has
)

// A sheet of ours is packed to a twentieth at best, and texts that cells share
// to a tenth, as there is one of each. What unpacks to much more was made to do
// harm; the texts are kept.
func (w *workbook) mostSheet() int64   { return min(maxSheet, 64<<20+200*w.size) }
func (w *workbook) mostStrings() int64 { return min(maxSheet, 16<<20+40*w.size) }
func (w *workbook) mostKept() int64    { return 16<<20 + 20*w.size }

// workbook is a workbook's archive.
type workbook struct {
	size  int64                // packed
	parts map[string]*zip.File // by path in lower case
	dir   string               // of the workbook's own part
	name  string
	rels  map[string]relation
}

// relation is from one part of a workbook to another.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

func openWorkbook(content []byte) (*workbook, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	w := &workbook{size: int64(len(content)), parts: map[string]*zip.File{}}
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		if w.parts[name] != nil {
			return nil, fmt.Errorf("it has two parts %q", name)
		}
		w.parts[name] = f
	}
	root, err := w.relations("_rels/.rels")
	if err != nil {
		return nil, err
	}
	for _, r := range root {
		if strings.HasSuffix(r.Type, "/officeDocument") {
			w.dir, w.name = path.Split(strings.TrimPrefix(r.Target, "/"))
		}
	}
	w.rels, err = w.relations(w.dir + "_rels/" + w.name + ".rels")
	return w, err
}

func (w *workbook) relations(name string) (map[string]relation, error) {
	var list struct {
		Relations []relation `xml:"Relationship"`
	}
	if err := w.describe(name, &list); err != nil {
		return nil, err
	}
	byID := map[string]relation{}
	for _, r := range list.Relations {
		byID[r.ID] = r
	}
	return byID, nil
}

// describe reads a part that describes others.
func (w *workbook) describe(name string, into any) error {
	f := w.parts[strings.ToLower(name)]
	if f == nil {
		return fmt.Errorf("it has no part %q", name)
	}
	in, err := f.Open()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer in.Close()
	if err := xml.NewDecoder(io.LimitReader(in, maxPart)).Decode(into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// target is the part that a relation leads to.
func (w *workbook) target(r relation) *zip.File {
	name := path.Join(w.dir, r.Target)
	if strings.HasPrefix(r.Target, "/") {
		name = r.Target[1:]
	}
	return w.parts[strings.ToLower(name)]
}

// sheet finds a worksheet by its name; nil if there is none.
func (w *workbook) sheet(name string) (part *zip.File, names []string, err error) {
	var book struct {
		Sheets []struct {
			Name  string     `xml:"name,attr"`
			Attrs []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := w.describe(w.dir+w.name, &book); err != nil {
		return nil, nil, err
	}
	for _, s := range book.Sheets {
		names = append(names, s.Name)
		if !strings.EqualFold(strings.TrimSpace(s.Name), name) {
			continue
		}
		if part != nil {
			return nil, nil, fmt.Errorf("two sheets are called %s, hidden ones included; leave the one that was reviewed", name)
		}
		for _, a := range s.Attrs {
			if r, ok := w.rels[a.Value]; ok && a.Name.Local == "id" && strings.HasSuffix(r.Type, "/worksheet") {
				part = w.target(r)
			}
		}
		if part == nil {
			return nil, nil, fmt.Errorf("the sheet %q has no part", s.Name)
		}
	}
	return part, names, nil
}

// madeBy is the run that the workbook was written for, as far as it says so.
func (w *workbook) madeBy() string {
	var properties struct {
		Title string `xml:"title"`
	}
	if w.describe("docProps/core.xml", &properties) != nil {
		return ""
	}
	run, ours := strings.CutPrefix(properties.Title, bookTitle)
	if !ours {
		return ""
	}
	return shorten(visible(run), 100)
}

// openPart begins to read a part with rows or texts.
func openPart(f *zip.File, root string, most int64) (*xmlReader, io.Closer, error) {
	in, err := f.Open()
	if err != nil {
		return nil, nil, err
	}
	return &xmlReader{in: bufio.NewReaderSize(&bounded{in, most}, 64<<10), root: root}, in, nil
}

var errUnpacks = errors.New("it unpacks to more than a workbook of ours could")

// bounded is a reader that fails where it would go on for longer than it may.
type bounded struct {
	in   io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errUnpacks
	}
	n, err := b.in.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

// strings reads the texts that the workbook's cells share.
func (w *workbook) strings() ([]string, error) {
	var part *zip.File
	for _, r := range w.rels {
		if strings.HasSuffix(r.Type, "/sharedStrings") {
			if part = w.target(r); part == nil {
				return nil, errors.New("its shared strings have no part")
			}
		}
	}
	if part == nil {
		return nil, nil
	}
	x, file, err := openPart(part, "sst", w.mostStrings())
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var all []string
	var text []byte
	phonetic, kept := 0, int64(0)
	for {
		opens, err := x.next()
		switch {
		case err == io.EOF:
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("its shared strings: %w", err)
		case opens && x.name == "si":
			text = text[:0]
		case opens && x.name == "rPh":
			phonetic++
		case opens:
		case x.name == "rPh":
			phonetic--
		case x.name == "t" && phonetic == 0:
			if text, err = unescaped(text, x.text); err != nil {
				return nil, err
			}
		case x.name == "si":
			if kept += int64(len(text)) + 16; kept > w.mostKept() { // with what it takes to find it
				return nil, fmt.Errorf("its shared strings: %w", errUnpacks)
			}
			all = append(all, string(text))
		}
	}
}

// sheetCell is a cell as it is stored: its column, from 0, and what it holds,
// escapes of the format included.
type sheetCell struct {
	column int
	text   string
	number bool
}

// rows reads the rows of a sheet that are stored, in order, with the cells
// that are stored; both are good until the next row.
func (w *workbook) rows(part *zip.File, each func(row int, cells []sheetCell) error) error {
	shared, err := w.strings()
	if err != nil {
		return err
	}
	x, file, err := openPart(part, "worksheet", w.mostSheet())
	if err != nil {
		return err
	}
	defer file.Close()
	var (
		row    int
		cells  []sheetCell
		column int    // of the last cell; -1 for none
		kind   string // of the cell
		value  []byte
		inline []byte // the cell's own text
		inCell bool
		rich   bool // within the cell's own text
		sounds int  // within that, how it is spoken
	)
	for {
		opens, err := x.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("behind row %d: %w", row, err)
		}
		switch {
		case opens && x.name == "row" && x.parent(true) == "sheetData":
			if row, err = nextRow(x.attribute("r"), row); err != nil {
				return err
			}
			cells, column = cells[:0], -1
		case opens && x.name == "c" && x.parent(true) == "row":
			if column, err = nextColumn(x.attribute("r"), column, row); err != nil {
				return err
			}
			kind, value, inline, inCell = cellKind(x.attribute("t")), value[:0], inline[:0], true
		case opens && x.name == "is" && inCell:
			rich = true
		case opens && x.name == "rPh" && rich:
			sounds++
		case opens:
		case x.name == "v" && inCell && !rich:
			if value, err = unescaped(value, x.text); err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
		case x.name == "t" && rich && sounds == 0:
			if inline, err = unescaped(inline, x.text); err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
		case x.name == "rPh" && rich:
			sounds--
		case x.name == "is":
			rich = false
		case x.name == "c" && inCell:
			inCell = false
			if kind == "inlineStr" {
				value = append(value[:0], inline...)
			}
			if len(value) == 0 {
				break
			}
			text, err := storedText(kind, value, shared)
			if err != nil {
				return fmt.Errorf("row %d: %w", row, err)
			}
			cells = append(cells, sheetCell{column, text, kind == "" || kind == "n"})
		case x.name == "row" && x.parent(false) == "sheetData":
			if err := each(row, cells); err != nil {
				return err
			}
		}
	}
}

func cellKind(t []byte) string {
	for _, known := range [...]string{"inlineStr", "s", "str", "n", "b"} {
		if string(t) == known {
			return known
		}
	}
	return string(t)
}

// storedText is what a cell holds.
func storedText(kind string, value []byte, shared []string) (string, error) {
	switch kind {
	case "s":
		n, err := strconv.Atoi(string(bytes.TrimSpace(value)))
		if err != nil || n < 0 || n >= len(shared) {
			return "", fmt.Errorf("a cell has the shared text %.20q, and there are %d", value, len(shared))
		}
		return shared[n], nil
	case "b":
		if string(value) == "1" {
			return "TRUE", nil
		}
		return "FALSE", nil
	}
	return string(value), nil
}

// nextRow is the number of a row: its r attribute, or one more than the last.
func nextRow(r []byte, last int) (int, error) {
	if len(r) == 0 {
		return last + 1, nil
	}
	n, err := strconv.Atoi(string(r))
	switch {
	case err != nil || n < 1 || n > sheetRows:
		return 0, fmt.Errorf("a row behind row %d has the number %.40q, which no row can have", last, r)
	case n <= last:
		return 0, fmt.Errorf("row %d stands behind row %d", n, last)
	}
	return n, nil
}

// nextColumn is the column of a cell, from 0: the letters of its r attribute,
// or one more than the last.
func nextColumn(r []byte, last, row int) (int, error) {
	if len(r) == 0 {
		return last + 1, nil
	}
	n := 0
	for _, c := range r {
		if c |= 0x20; c < 'a' || c > 'z' || n > sheetWidth {
			break
		}
		n = n*26 + int(c-'a') + 1
	}
	switch {
	case n == 0 || n > sheetWidth:
		return 0, fmt.Errorf("row %d has a cell at %.40q, which is no place", row, r)
	case n-1 <= last:
		return 0, fmt.Errorf("row %d has its cells out of order, or two in one place, at %.40q", row, r)
	}
	return n - 1, nil
}

// unescapedCell makes of the format's own escapes, _x000D_, what they stand for.
func unescapedCell(text string) string {
	at := strings.Index(text, "_x")
	if at < 0 {
		return text
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '_' && isEscape(text[i:]) {
			n, _ := strconv.ParseUint(text[i+2:i+6], 16, 32)
			b.WriteRune(rune(n))
			i += 6
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}
