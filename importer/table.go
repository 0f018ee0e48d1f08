package importer

import (
	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/sheet"
	"cometsync/internal/user"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// table is one file, or one sheet, as it was understood: what is fixed once its
// header is found.
type table struct {
	file      user.File
	modified  time.Time // of the file; zero for what is none
	settings  columns.Settings
	mapping   *columns.Mapping
	header    *columns.Header
	uid       []user.Column // the uid's column alone
	width     width         // of its rows; a sheet's may have any
	persons   []int         // columns that say by a text who somebody is
	comma     byte
	fixed     bool             // comma is not to be found out
	said      bool             // the file's first line says comma
	decoder   *charset.Decoder // nil: the text was rendered by us
	raw       []string         // the header's cells as they stand in the file
	sheet     bool             // the text was rendered from a sheet or from lines: its quotes can be trusted
	lines     bool             // the header is ours and no row of the file
	crlf      bool             // the header's line ends in a carriage return and a line feed
	wanted    int              // where the user says that the header is; 0: it is found
	headerRow int              // 0: the header is no row of the file
}

// given is what is known of the text before its header is found.
func (t *table) given() columns.Given {
	return columns.Given{Comma: t.comma, Fixed: t.fixed, Sheet: t.sheet, Lines: t.lines, Wanted: t.wanted}
}

// place is where a row stands.
func (t *table) place(row int) user.Source {
	return user.Source{File: t.file.Path, Sheet: t.file.Sheet, Row: row}
}

// delimit has a text read with the delimiter that is asked for, or that the
// file's name says.
func (t *table) delimit(delimiter rune, text io.Reader) io.Reader {
	switch {
	case delimiter >= utf8.RuneSelf:
		t.comma, t.fixed = delimited.StandIn, true
		return delimited.NewWide(text, delimiter)
	case delimiter != 0:
		t.comma, t.fixed = byte(delimiter), true
	case strings.HasPrefix(t.file.Format, "tsv"):
		t.comma, t.fixed = '\t', true
	}
	return text
}

// encoding is what the text was read as so far.
func (t *table) encoding() string {
	if t.decoder == nil {
		return t.file.Encoding
	}
	return t.decoder.Encoding().Name
}

// garbled says that the header has bytes that are no text in its encoding; ""
// if it has none.
func (t *table) garbled() string {
	if t.decoder == nil || !slices.ContainsFunc(t.raw, func(cell string) bool { return strings.ContainsRune(columns.AsHeader(cell), '\uFFFD') }) {
		return ""
	}
	if t.settings.Encoding == "" {
		return fmt.Sprintf("the header has bytes that are no text in %s; name the file's encoding with --encoding", t.encoding())
	}
	return fmt.Sprintf("the header has bytes that are no text in %s, so that the file is in another encoding; correct the encoding that the settings say, or leave it out", t.encoding())
}

// commaName is the delimiter of a source as a sentence has it.
func (t *table) commaName() string {
	if wide := t.settings.Delimiter; t.comma == delimited.StandIn && wide >= utf8.RuneSelf {
		return strconv.Quote(string(wide))
	}
	return delimited.Name(t.comma)
}

// unmark takes the marks of a sheet off a record's cells, and returns what they
// were.
func (t *table) unmark(cells []string) []sheet.Doubted {
	if t.file.Sheet == "" {
		return nil
	}
	return sheet.Unmark(t.header, cells)
}

// uidCell is what a record has for the uid, unread; false if it has too few
// cells.
func (t *table) uidCell(cells []string) (string, bool) { return t.header.UIDCell(cells) }

// asRead is the cells of a record as its values are read from them.
func (t *table) asRead(cells []string) []string {
	return t.header.AsRead(cells, t.settings.FixMojibake)
}

// uidAsRead is uidCell as asRead would have it.
func (t *table) uidAsRead(cells []string) (string, bool) {
	if t.settings.FixMojibake {
		cells = slices.Clone(cells)
		t.header.Mend(cells, nil)
	}
	return t.uidCell(cells)
}

// veil empties the cells of secrets, unless the row may have shifted: then nobody
// can say what its cells are, and who mends it needs them.
func (t *table) veil(cells []string, defects []user.Defect) []string {
	if !t.shifted(defects) {
		t.header.Hide(cells)
	}
	return cells
}

// shifted says whether the cells of a rejected row may stand in the columns of
// others. Those of a sheet never do.
func (t *table) shifted(defects []user.Defect) bool {
	return !t.sheet && slices.ContainsFunc(defects, func(d user.Defect) bool {
		switch d.Code {
		case user.CellsMissing, user.CellsExtra, user.QuoteBroken:
			return true
		}
		return false
	})
}

// repeats says whether a record is the header again.
func (t *table) repeats(cells []string) bool {
	if len(cells) < len(t.raw) || t.lines {
		return false
	}
	first := cells[0]
	if len(first) > 2 && first[0] == 0xEF && t.raw[0] == strings.TrimPrefix(first, "\uFEFF") {
		first = t.raw[0] // of a file with a mark of its own
	}
	return first == t.raw[0] && slices.Equal(cells[1:len(t.raw)], t.raw[1:]) && delimited.Blank(cells[len(t.raw):])
}

// namesSomebody says whether a row has a text in a column that tells people.
func (t *table) namesSomebody(cells []string) bool {
	return slices.ContainsFunc(t.persons, func(i int) bool {
		return i < len(cells) && strings.ContainsFunc(cells[i], unicode.IsLetter) && !footer.Numeric(strings.TrimSpace(cells[i]))
	})
}

// nameless says whether a row has nothing but numbers beside its uid, and the
// name, which has a column, is among them: nobody's.
func (t *table) nameless(cells []string) bool {
	own, named := len(t.header.Names), false
	if t.header.UID >= own {
		return false
	}
	for i, c := range t.header.Columns {
		named = named || i < own && c.Field == user.Name
	}
	for i, c := range cells {
		if i != t.header.UID && !user.Empty(c) && !footer.Numeric(strings.TrimSpace(c)) {
			return false
		}
	}
	return named
}

// asideText is a row for a notice, as it stands in the source.
func asideText(cells []string, comma byte) string {
	var with []string
	for _, c := range cells {
		if c = user.Text(strings.ToValidUTF8(c, "\uFFFD")); c != "" {
			with = append(with, c)
		}
	}
	text := []rune(strings.Join(with, string(rune(comma))))
	if len(text) > 60 {
		return string(text[:57]) + "…"
	}
	return string(text)
}

// nobody says whether a record's uid is such a one; cell is what it has for it.
// One that is joined is none if a part is what databases write for nothing:
// shorter words are sites and departments.
func (t *table) nobody(cell string, cells []string) bool {
	if user.Nobody(cell) {
		return true
	}
	own := len(t.header.Names)
	return t.header.UID >= own && slices.ContainsFunc(t.header.Transform.Computed[t.header.UID-own].Parts, func(p columns.Piece) bool {
		return p.Column >= 0 && p.Column < len(cells) && user.Null(strings.TrimSpace(cells[p.Column]))
	})
}

// sheetOf names a file, or a sheet of one.
func sheetOf(path, sheet string) string {
	if sheet != "" {
		return path + "[" + sheet + "]"
	}
	return path
}
