package sheet

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/width"

	"cometsync/internal/phrase"
)

// What a worksheet holds, and how tall its rows are made.
const (
	MaxRows    = 1_048_576 // a worksheet has no room for more, its header included
	CellUnits  = 32_767    // nor a cell for more UTF-16 code units
	lineHeight = 15        // points
	maxLines   = 8         // no row is made taller
)

// Rows writes the rows of a sheet as XML, cell by cell from left to right; or writes
// nothing, and has somebody look at what each cell says.
type Rows struct {
	Styles  *Styles
	Columns []Column
	look    func(col int, text string) // nil: rows are written
	words   *words                     // nil: none are shared
	out     io.Writer
	row     int    // the last one that is written
	most    int    // the last one that there may be
	lines   int    // of the current row's tallest cell
	cells   []byte // of the current row
	b       []byte
	err     error

	recurring []recurring // by column
}

// recurring is of how many texts a number was asked for, and given.
type recurring struct{ asked, found int }

func newRows(w io.Writer, st *Styles, columns []Column, shared *words) *Rows {
	return &Rows{out: w, Styles: st, Columns: columns, words: shared, row: 1, most: MaxRows, recurring: make([]recurring, len(columns))}
}

// Keep makes rows that write nothing: what each cell of a row says is in kept.
func Keep(columns []Column) (rows *Rows, kept []string) {
	kept = make([]string, len(columns))
	return &Rows{Styles: &Styles{}, Columns: columns, look: func(col int, text string) { kept[col] = storable(text) }}, kept
}

// Step is how far it is from one of n rows to the next one that is wanted: all are
// written, and a sample says how wide the columns are.
func (s *Rows) Step(n int) int {
	if s.look == nil {
		return 1
	}
	return max(1, (n+s.most-1)/s.most)
}

// wide is how many characters of a column's width a text takes.
func wide(text string) (n int) {
	for _, c := range text {
		if n++; c >= 0x1100 {
			if k := width.LookupRune(c).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
				n++
			}
		}
	}
	return n
}

// Text puts a text into a column of the current row.
func (s *Rows) Text(col int, text string) {
	if text != "" {
		s.Put(col, Shown(text), s.Styles.Text)
	}
}

// Wrapped puts a text that may take several lines; the row is made as tall as
// it seems to need, since not every program that opens the file sees to it.
func (s *Rows) Wrapped(col int, text string) {
	if text == "" {
		return
	}
	s.Put(col, text, s.Styles.Wrapped)
	if room := int(1.1*s.Columns[col].Width) - 2; len(text) > room {
		s.lines = max(s.lines, 1+utf8.RuneCountInString(text)/room)
	}
}

// Put puts a text in a style.
func (s *Rows) Put(col int, text string, style int) {
	if s.look != nil {
		s.look(col, text)
		return
	}
	s.begin(col, style)
	if i := s.shared(col, text); i >= 0 {
		s.cells = append(strconv.AppendInt(append(s.cells, ` t="s"><v>`...), int64(i), 10), "</v></c>"...)
		return
	}
	s.cells = append(appendText(append(s.cells, ` t="inlineStr"><is>`...), text), "</is></c>"...)
}

// shared is the number of a text that recurs, or less than 0. Of columns of which it
// turned out that few do, none is asked for.
func (s *Rows) shared(col int, text string) int {
	const enough, longest = 64, 64
	c := &s.recurring[col]
	if s.words == nil || text == "" || len(text) > longest || c.asked > enough && c.found < c.asked/2 {
		return once
	}
	i := s.words.of(text)
	c.asked++
	if i >= 0 {
		c.found++
	}
	return i
}

// words are the texts that recur in a workbook: it has them once, from the second time on
// that a cell has them.
type words struct {
	at    map[string]int // their numbers; once, of those that have none yet
	n     int            // the next one
	items []byte
}

const (
	once      = -1
	mostWords = 1 << 16
)

func (w *words) of(text string) int {
	i, seen := w.at[text]
	switch {
	case seen && i == once:
		i = w.n
		w.n++
		w.at[text] = i
		w.items = append(appendText(append(w.items, "<si>"...), text), "</si>"...)
	case !seen:
		i = once
		if len(w.at) < mostWords {
			w.at[strings.Clone(text)] = once
		}
	}
	return i
}

// Editable puts a text into a cell that people write into: where it is empty, what
// they write is a text as well.
func (s *Rows) Editable(col int, text string, style int) {
	if text != "" {
		s.Put(col, text, style)
		return
	}
	s.begin(col, style)
	s.cells = append(s.cells, "/>"...)
}

// Number puts a number in a style.
func (s *Rows) Number(col, n, style int) {
	if s.look != nil {
		s.look(col, strconv.Itoa(n))
		return
	}
	s.begin(col, style)
	s.cells = append(strconv.AppendInt(append(s.cells, "><v>"...), int64(n), 10), "</v></c>"...)
}

func (s *Rows) begin(col, style int) {
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

// End writes the current row; false says that there is no use in another one.
func (s *Rows) End() bool {
	s.row++
	s.b = strconv.AppendInt(append(s.b, `<row r="`...), int64(s.row), 10)
	if s.lines > 1 {
		s.b = strconv.AppendInt(append(s.b, `" customHeight="1" ht="`...), int64(min(s.lines, maxLines)*lineHeight), 10)
	}
	s.b = append(append(append(s.b, `">`...), s.cells...), "</row>"...)
	s.cells, s.lines = s.cells[:0], 0
	if len(s.b) >= 32<<10 {
		_ = s.flush()
	}
	return s.err == nil && s.row < s.most
}

func (s *Rows) flush() error {
	if s.err == nil {
		_, s.err = s.out.Write(s.b)
	}
	s.b = s.b[:0]
	return s.err
}

// Heading puts a title, and the headings of the numbers beside it, after an
// empty row.
func (s *Rows) Heading(title string, columns ...string) {
	s.End()
	s.Put(0, title, s.Styles.Header)
	for i := range len(s.Columns) - 1 {
		text := ""
		if i < len(columns) {
			text = columns[i]
		}
		s.Put(1+i, text, s.Styles.Numbers)
	}
	s.End()
}

// Prose puts a text over the columns from col on, on as many rows as it needs:
// what reaches beyond the last column would have a page shrink, or cut it.
func (s *Rows) Prose(col int, text string) {
	width := 0.0
	for _, c := range s.Columns[col:] {
		width += c.Width
	}
	for _, line := range phrase.Wrap(phrase.Visible(text), int(width*0.95)) {
		s.Text(col, line)
		s.End()
	}
}
