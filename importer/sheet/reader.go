// Package sheet finds the sheets of a workbook that are meant, unlocks it, and
// renders a sheet as the text that rows are read from, with marks in cells whose
// value can't be taken for what is meant. It refuses to know rosters, and what
// becomes of a row: what is in doubt it only says.
package sheet

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// Reader renders a sheet as CSV: each row a record, filled up to the
// header's width (a sheet does not store empty cells), and each row without
// text, or that the sheet does not store, an empty line. Behind the last row
// with text there is nothing: sheets keep formats for rows by the million.
//
// Numbers are written as a person would write them. Where that is a question
// (a uid is a number that the sheet shows as something else, a formula has
// failed), the cell is marked, for its row to be refused; see mark.
type Reader struct {
	book      *workbook.Book
	Rows      *workbook.Rows
	header    int            // the header's row
	fields    []user.Field   // what the columns hold, below it
	displayed bool           // a uid is what the sheet shows
	zeros     map[int]Zeroed // by column; nil: nobody asks

	width   int
	Line    int // the number of the last row that was rendered
	Hidden  int // rows that the sheet does not show
	text    []byte
	at      int
	cell    []byte
	written int64
	most    int64 // bytes that may be written, as an archive may unpack to: a text that all cells share takes no room in it
	ended   bool
	err     error
}

// maxBehind is how far after the header's last cells may be; those further on are moved
// up to it: they are rejects anyway, and one at the sheet's border is not worth 16,000.
const maxBehind = 64

// NewReader begins to read a sheet. Its first rows are read ahead, for
// what its columns hold.
func NewReader(book *workbook.Book, sheet workbook.Sheet, m *columns.Mapping) (*Reader, error) {
	t, err := TopOf(m, book, sheet, m.HeaderRow)
	if len(t.Lines) == 0 && err != nil {
		return nil, err
	}
	s := &Reader{book: book, displayed: m.DisplayedUIDs, most: input.Bound(book.Size())}
	if len(t.Lines) > 0 {
		header := t.Lines[max(t.header, 0)]
		if m.Columns != nil {
			header = columns.Line{Cells: m.Columns}
		}
		s.header, s.width = header.Row, len(header.Cells)
		// A header that can't be used is told of when it is read.
		if fields := m.GridFields(t.Lines[0].Cells); fields != nil {
			s.header, s.width, s.fields = t.Lines[0].Row, len(fields), fields
		} else if h, err := m.Resolve(header.Cells, 0, user.NewLayout(), func(int) bool { return false }); err == nil {
			for i := range h.Names {
				field := h.Columns[i].Field
				if joined := h.Transform.Use(i).Field; field == user.NoField || joined == user.UID {
					field = joined
				}
				s.fields = append(s.fields, field)
			}
		}
	}
	s.Rows, err = book.Rows(sheet)
	return s, err
}

// WatchZeros has cells be counted whose leading zeros the sheet only shows.
func (s *Reader) WatchZeros() map[int]Zeroed {
	s.zeros = map[int]Zeroed{}
	return s.zeros
}

// Close ends the reading, wherever it is.
func (s *Reader) Close() { s.Rows.Close() }

// Fault is what kept the sheet from being read to its end.
func (s *Reader) Fault() error {
	if s.err != nil {
		return s.err
	}
	return s.Rows.Err()
}

func (s *Reader) Read(p []byte) (int, error) {
	for s.at == len(s.text) {
		if s.ended || !s.Rows.Next() {
			s.ended = true // what is wrong is the fault, and what was read counts
			return 0, io.EOF
		}
		s.text, s.at = s.text[:0], 0
		s.render(s.Rows.Row())
		if s.written += int64(len(s.text)); s.written > s.most {
			s.err = &workbook.LimitError{What: phrase.Sprintf("its rows take more than %d bytes", s.most)}
			s.text, s.ended = s.text[:0], true
		}
	}
	n := copy(p, s.text[s.at:])
	s.at += n
	return n, nil
}

func (s *Reader) render(row *workbook.Row) {
	cells := row.Cells
	for len(cells) > 0 && empty(&cells[len(cells)-1]) {
		cells = cells[:len(cells)-1]
	}
	if len(cells) == 0 {
		return
	}
	s.text = append(s.text, bytes.Repeat([]byte{'\n'}, row.Number-s.Line-1)...)
	s.Line = row.Number
	if row.Hidden && row.Number > s.header {
		s.Hidden++
	}
	column := 0 // rendered so far
	for i := range cells {
		c := &cells[i]
		at := c.Column
		if at >= s.width+maxBehind {
			at = max(column+1, s.width)
		}
		for ; column < at; column++ {
			s.text = append(s.text, ',')
		}
		s.cell = s.appendText(s.cell[:0], c, row.Number)
		s.text = delimited.AppendCell(s.text, s.cell, ',')
	}
	for ; column < s.width-1; column++ {
		s.text = append(s.text, ',')
	}
	s.text = append(s.text, '\n')
}

func empty(c *workbook.Cell) bool {
	return c.Kind != workbook.Uncomputed && len(bytes.TrimSpace(c.Text)) == 0
}

// plainCells are a row's cells as texts, without marks, up to the last that
// has text.
func (s *Reader) plainCells(row *workbook.Row) []string {
	var cells []string
	for i := range row.Cells {
		c := &row.Cells[i]
		if empty(c) {
			continue
		}
		cells = append(cells, make([]string, c.Column-len(cells))...)
		cells = append(cells, string(s.appendText(nil, c, 0)))
	}
	return cells
}

func (s *Reader) appendText(out []byte, c *workbook.Cell, row int) []byte {
	field := user.NoField
	if row > s.header && c.Column < len(s.fields) {
		field = s.fields[c.Column]
	}
	marked := field != user.NoField
	switch c.Kind {
	case workbook.Bool:
		if field == user.UID {
			out = appendMark(out, isBoolean, c.Column, row, "")
		}
		if string(c.Text) == "1" || string(c.Text) == "true" {
			return append(out, "TRUE"...)
		}
		return append(out, "FALSE"...)
	case workbook.Error:
		if marked {
			out = appendMark(out, cellFailed, c.Column, row, "")
		}
	case workbook.Uncomputed:
		if marked {
			out = appendMark(out, neverComputed, c.Column, row, "")
		}
	case workbook.Number:
		raw := string(c.Text)
		if s.zeros != nil && row > s.header {
			s.seeZeros(raw, c)
		}
		if field == user.UID {
			text, doubt := s.uid(raw, c.Style)
			if doubt != NoDoubt {
				out = appendMark(out, doubt, c.Column, row, raw)
			}
			return append(out, text...)
		}
		return append(out, s.number(raw, s.book.Format(c.Style), field)...)
	}
	for {
		i := bytes.IndexByte(c.Text, 0) // marks begin with it
		if i < 0 {
			return append(out, c.Text...)
		}
		out = append(out, c.Text[:i]...)
		c.Text = c.Text[i+1:]
	}
}

// number is a number as a person would write it, a date as ISO 8601 has it.
func (s *Reader) number(raw string, f workbook.Format, field user.Field) string {
	switch f.Kind {
	case workbook.Moment:
		if at, ok := s.book.Moment(raw); ok {
			return moment(at, f, field)
		}
	case workbook.Elapsed:
		if days, err := strconv.ParseFloat(raw, 64); err == nil && days >= 0 && days < 1e6 {
			seconds := int64(days*86400 + 0.5)
			return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
		}
	case workbook.Shaped, workbook.Percent:
		if text, ok := f.Show(raw); ok {
			return text
		}
	}
	if text, ok := workbook.Plain(raw); ok {
		return text
	}
	return raw
}

// Zeroed is the numbers of a column that a sheet shows with leading zeros: how
// many, and the first of them. Who surveys a sheet wants to know.
type Zeroed struct {
	N     int
	Shown string
}

func (s *Reader) seeZeros(raw string, c *workbook.Cell) {
	f := s.book.Format(c.Style)
	plain, ok := workbook.Plain(raw)
	if !ok || f.Kind != workbook.Shaped {
		return
	}
	shown, ok := f.Show(raw)
	if !ok || shown == plain || strings.TrimLeft(shown, "0") != plain && plain != "0" || !digits(shown) {
		return
	}
	z := s.zeros[c.Column]
	if z.N++; z.N == 1 {
		z.Shown = shown
	}
	s.zeros[c.Column] = z
}

// moment writes what a cell shows of a point in time. Where the time is what
// the field holds, a format that leaves out the time of day takes nothing off.
func moment(at time.Time, f workbook.Format, field user.Field) string {
	whole := at.Hour() == 0 && at.Minute() == 0 && at.Second() == 0
	if field == user.CreatedAt || field == user.LastActiveAt {
		f.Time = f.Time || !whole
	}
	switch {
	case !f.Date:
		return at.Format(time.TimeOnly)
	case f.Time && !whole:
		return at.Format("2006-01-02T15:04:05")
	}
	return at.Format(time.DateOnly)
}

// mostDigits is how many digits of a number a spreadsheet keeps.
const mostDigits = 15

// uid is a uid that is kept as a number: as it is, if nobody can take it for
// another, or else with what is in doubt. The text of one in doubt is none
// that would be taken for a uid unasked, unless the sheet shows it.
func (s *Reader) uid(raw string, style int) (text string, d doubt) {
	f := s.book.Format(style)
	plain, ok := workbook.Plain(raw)
	v, err := strconv.ParseFloat(raw, 64)
	switch {
	case !ok || err != nil:
		return raw, noNumber
	case f.Kind == workbook.Moment || f.Kind == workbook.Elapsed:
		return strings.ReplaceAll(s.number(raw, f, user.CreatedAt), "-", "/"), isDate
	case len(strings.TrimPrefix(plain, "-")) > mostDigits && !strings.Contains(plain, "."):
		return strconv.FormatFloat(v, 'E', mostDigits-1, 64), tooLong
	case strings.ContainsAny(raw, "eE") || f.Kind == workbook.Exponent:
		return strconv.FormatFloat(v, 'E', -1, 64), hasExponent
	case strings.Contains(plain, "."):
		return plain, notWhole
	case f.Kind == workbook.General || f.Kind == workbook.Digits || f.Kind == workbook.AsText:
		return plain, NoDoubt
	}
	shown, ok := f.Show(raw)
	switch {
	case ok && (shown == plain || s.displayed):
		return shown, NoDoubt
	case !ok:
		shown = plain
	}
	return shown, shownOtherwise
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
