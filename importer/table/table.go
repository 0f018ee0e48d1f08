// Package table is what is known of a file or a sheet: how its text is read, what is
// fixed once its header is found, and what that says of a record by itself. It refuses
// to know what was counted of rows, which of two is the better, and whose they are.
package table

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/input"
	"cometsync/importer/sheet"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Table is one file, or one sheet, as it was understood: what is fixed once its
// header is found.
type Table struct {
	columns.Given
	File      user.File
	Modified  time.Time // of the file; zero for what is none
	Mapping   *columns.Mapping
	Header    *columns.Header
	UID       []user.Column    // the uid's column alone
	Width     Width            // of its rows; a sheet's may have any
	Persons   []int            // columns that say by a text who somebody is
	Said      bool             // the file's first line says comma
	Decoder   *charset.Decoder // nil: the text was rendered by us
	Raw       []string         // the header's cells as they stand in the file
	CRLF      bool             // the header's line ends in a carriage return and a line feed
	HeaderRow int              // 0: the header is not a row of the file
}

// Place is where a row stands.
func (t *Table) Place(row int) user.Source {
	return user.Source{File: t.File.Path, Sheet: t.File.Sheet, Row: row}
}

// Name names the file, or the sheet of it.
func (t *Table) Name() string { return user.BookName(t.File.Path, t.File.Sheet) }

// New is the table of a source that is open.
func New(path string, in *input.File, m *columns.Mapping) Table {
	return Table{File: user.File{Path: path, Format: in.Label(), Encoding: "utf-8"}, Modified: in.Modified, Mapping: m,
		Given: columns.Given{Wanted: m.HeaderRow}}
}

// Text is the text of a source that is no workbook: as its bytes are decoded, or users as
// JSON lines rendered; lines are nil of any other.
func (t *Table) Text(in *input.File) (text io.Reader, lines *input.Lines, err error) {
	if in.Format == "jsonl" {
		t.Rendered, t.Lines, t.Wanted = true, true, 0 // its header is ours
		lines, err = input.NewLines(t.File.Path, in)
		return lines, lines, err
	}
	t.Decoder = charset.NewDecoder(in, t.Mapping.Declared)
	switch delimiter := t.Mapping.Delimiter; { // as it is asked for, or as the file's name says
	case delimiter >= utf8.RuneSelf:
		t.Comma, t.Fixed = delimited.StandIn, true
		return delimited.NewWide(t.Decoder, delimiter), nil, nil
	case delimiter != 0:
		t.Comma, t.Fixed = byte(delimiter), true
	case strings.HasPrefix(t.File.Format, "tsv"):
		t.Comma, t.Fixed = '\t', true
	}
	return t.Decoder, nil, nil
}

// Begin takes the line that says the delimiter, which a spreadsheet neither shows
// nor counts, off a text's beginning, and makes its line ends those that are read.
func (t *Table) Begin(c *delimited.Chunker) {
	if t.Rendered {
		return
	}
	c.LineEnds()
	if comma, size := delimited.SepLine(c.Buf); size > 0 {
		if t.Said = t.Comma == 0; t.Said {
			t.Comma, t.Fixed = comma, true
		}
		c.Skip(size)
	}
}

// Encoding is what the text was read as so far.
func (t *Table) Encoding() string {
	if t.Decoder == nil {
		return t.File.Encoding
	}
	return t.Decoder.Encoding().Name
}

// Garbled says that the header has bytes that are not text in its encoding; ""
// if it has none.
func (t *Table) Garbled() string {
	if t.Decoder == nil || !strings.ContainsRune(columns.AsHeader(strings.Join(t.Raw, " ")), '\uFFFD') {
		return ""
	}
	if t.Mapping.Encoding == "" {
		return fmt.Sprintf("the header has bytes that are not text in %s; name the file's encoding with --encoding", t.Encoding())
	}
	return fmt.Sprintf("the header has bytes that are not text in %s, so the file is in another encoding; correct the encoding that "+
		"the settings say, or leave it out", t.Encoding())
}

// CommaName is the delimiter of a source as a sentence has it.
func (t *Table) CommaName() string {
	if wide := t.Mapping.Delimiter; t.Comma == delimited.StandIn && wide >= utf8.RuneSelf {
		return strconv.Quote(string(wide))
	}
	return delimited.Name(t.Comma)
}

// Unmark takes the marks of a sheet off a record's cells, and returns what they
// were.
func (t *Table) Unmark(cells []string) []sheet.Doubted {
	if t.File.Sheet == "" {
		return nil
	}
	return sheet.Unmark(t.Header, cells)
}

// UIDCell is what a record has for the uid, unread; false if it has too few
// cells, or if no column is the uid, as in a survey. A joined one is made of what
// cells there are.
func (t *Table) UIDCell(cells []string) (string, bool) {
	at := t.Header.UID
	if at >= len(t.Header.Names) {
		return t.Header.Transform.Extend(nil, cells)[at], true
	}
	if at < 0 || at >= len(cells) {
		return "", false
	}
	return cells[at], true
}

// AsRead is the cells of a record as its values are read from them.
func (t *Table) AsRead(cells []string) []string {
	cells = t.mended(cells)
	if t.Header.Transform != nil {
		cells = t.Header.Transform.Apply(nil, cells, nil)
	}
	return cells
}

// UIDAsRead is UIDCell as AsRead would have it.
func (t *Table) UIDAsRead(cells []string) (string, bool) { return t.UIDCell(t.mended(cells)) }

// mended is the cells of a record, with text repaired that was decoded twice where the
// settings say so.
func (t *Table) mended(cells []string) []string {
	if t.Mapping.FixMojibake {
		cells = slices.Clone(cells)
		t.Header.Mend(cells, nil)
	}
	return cells
}

// Veil empties the cells of secrets, unless the row may have shifted: then nobody
// can say what its cells are, and who corrects it needs them.
func (t *Table) Veil(cells []string, defects []user.Defect) []string {
	for _, i := range t.Header.Secrets {
		if i < len(cells) && !t.Shifted(defects) {
			cells[i] = ""
		}
	}
	return cells
}

// Shifted reports whether the cells of a rejected row may be in the columns of
// others. Those of a sheet never do.
func (t *Table) Shifted(defects []user.Defect) bool {
	return !t.Rendered && slices.ContainsFunc(defects, func(d user.Defect) bool {
		switch d.Code {
		case user.CellsMissing, user.CellsExtra, user.QuoteBroken:
			return true
		}
		return false
	})
}

// Repeats reports whether a record is the header again.
func (t *Table) Repeats(cells []string) bool {
	if len(cells) < len(t.Raw) || t.Lines {
		return false
	}
	first := cells[0]
	if len(first) > 2 && first[0] == 0xEF && t.Raw[0] == strings.TrimPrefix(first, "\uFEFF") {
		first = t.Raw[0] // of a file with a mark of its own
	}
	return first == t.Raw[0] && slices.Equal(cells[1:len(t.Raw)], t.Raw[1:]) && delimited.Blank(cells[len(t.Raw):])
}

// NamesSomebody reports whether a row has a text in a column that tells people.
func (t *Table) NamesSomebody(cells []string) bool {
	return slices.ContainsFunc(t.Persons, func(i int) bool {
		return i < len(cells) && strings.ContainsFunc(cells[i], unicode.IsLetter) && !footer.Numeric(strings.TrimSpace(cells[i]))
	})
}

// Nameless reports whether a row has nothing but numbers beside its uid, and the
// name, which has a column, is among them: nobody's.
func (t *Table) Nameless(cells []string) bool {
	own, named := len(t.Header.Names), false
	if t.Header.UID >= own {
		return false
	}
	for i, c := range t.Header.Columns {
		named = named || i < own && c.Field == user.Name
	}
	for i, c := range cells {
		if i != t.Header.UID && !user.Empty(c) && !footer.Numeric(strings.TrimSpace(c)) {
			return false
		}
	}
	return named
}

// KeyValue is what a row's cells have under a second key, folded: the cell of
// its own column, or else the value in the whole metadata object.
func (t *Table) KeyValue(cells []string, path []string) string {
	object := ""
	cells = t.AsRead(cells)
	for i := range t.Header.Columns {
		c := &t.Header.Columns[i]
		if c.Field != user.Metadata || i >= len(cells) || !utf8.ValidString(cells[i]) {
			continue
		}
		cell, _ := user.Undefuse(cells[i])
		switch {
		case c.Path == nil:
			object = cell
		case slices.Equal(c.Path, path) && strings.TrimSpace(cell) != "":
			return user.FoldKey(cell)
		}
	}
	u := user.User{Metadata: object}
	return u.KeyValue(path)
}

// Shown is a row for a notice, as the source has it.
func Shown(cells []string, comma byte) string {
	var with []string
	for _, c := range cells {
		if c = user.Text(strings.ToValidUTF8(c, "\uFFFD")); c != "" {
			with = append(with, c)
		}
	}
	return phrase.Shorten(strings.Join(with, string(rune(comma))), 60)
}

// Nobody reports whether a record's uid is such a one; cell is what it has for it.
// One that is joined is none if a part is what databases write for nothing:
// shorter words are sites and departments.
func (t *Table) Nobody(cell string, cells []string) bool {
	if user.Nobody(cell) {
		return true
	}
	own := len(t.Header.Names)
	return t.Header.UID >= own && slices.ContainsFunc(t.Header.Transform.Computed[t.Header.UID-own].Parts, func(p columns.Piece) bool {
		return p.Column >= 0 && p.Column < len(cells) && user.Null(strings.TrimSpace(cells[p.Column]))
	})
}
