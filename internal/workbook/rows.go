package workbook

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
)

// Row is a row of a sheet, with the cells that have a value, in order.
type Row struct {
	Number int // from 1, as a spreadsheet shows it
	Hidden bool
	Cells  []Cell
}

// Range is a rectangle of cells, its last row and column included.
type Range struct{ Row, Column, LastRow, LastColumn int }

// String is the range as spreadsheets name it.
func (a Range) String() string {
	return fmt.Sprintf("%s%d:%s%d", Letters(a.Column), a.Row, Letters(a.LastColumn), a.LastRow)
}

// Rows reads a sheet, row by row.
type Rows struct {
	book   *Book
	part   *part
	x      *scanner
	inData bool
	row    Row
	begun  Row    // the one behind, of which only the attributes are read; Number 0: none
	last   int    // the number of the row that was read last
	text   []byte // of the row's cells, but for shared strings
	size   int    // bytes of the text of the row's cells
	ended  bool
	err    error

	named int // the row that the element's cells name, which need not be its own; 0: none yet

	hidden []Range // of columns
	merged []Range
	merges int
}

// Rows begins to read a sheet.
func (b *Book) Rows(s Sheet) (*Rows, error) {
	if s.part == nil {
		return nil, damage("the sheet %q has no part %q", s.Name, s.target)
	}
	in, err := b.open(s.part)
	if err != nil {
		return nil, err
	}
	return &Rows{book: b, part: in, x: newScanner(in, &b.limits)}, nil
}

// Next reads the next row that is stored. It is false after the last, and
// where the sheet can't be read on: then Err says why.
func (r *Rows) Next() bool {
	if r.err != nil || r.begun.Number == 0 && !r.begin() {
		return false
	}
	return r.readRow()
}

func (r *Rows) begin() bool {
	for r.err == nil && !r.ended {
		t, err := r.x.next()
		if t == theEnd {
			r.ended = true
		}
		if err != nil || t != startTag {
			r.err = err
			continue
		}
		switch r.x.depth() {
		case 1:
			if string(r.x.name) != "worksheet" {
				r.err = damage("it begins with <%.40s>", r.x.name)
			}
		case 2:
			r.inData = string(r.x.name) == "sheetData"
		case 3:
			switch {
			case r.inData && string(r.x.name) == "row":
				if r.err = r.readBegin(); r.err == nil {
					return true
				}
			case string(r.x.name) == "col":
				r.err = r.readColumns()
			case string(r.x.name) == "mergeCell":
				r.err = r.readMerged()
			}
		}
	}
	return false
}

// Row is what Next has read, good until it is called again.
func (r *Rows) Row() *Row { return &r.row }

// Last is the number of the last row of which cells were read, whether all of
// them could be or not.
func (r *Rows) Last() int { return r.last }

// Err is what kept the sheet from being read to its end: nil where its XML and
// its archive were whole. A *CutError is a sheet without a proper end, a
// *DamageError one that can't be read on, a *LimitError one that is too large.
func (r *Rows) Err() error { return r.err }

// Close gives up what was not read.
func (r *Rows) Close() { r.part.Close() }

// HiddenColumn reports whether a spreadsheet does not show a column. It is known
// from the first row on.
func (r *Rows) HiddenColumn(column int) bool {
	return slices.ContainsFunc(r.hidden, func(h Range) bool { return h.Column <= column && column <= h.LastColumn })
}

// Merged is which cells are shown as one, as far as they are remembered, and
// how many such ranges there are. It is known after the last row.
func (r *Rows) Merged() (ranges []Range, count int) { return r.merged, r.merges }

func (r *Rows) readBegin() error {
	row := Row{Number: r.last + 1}
	err := r.x.attributes(func(name, value []byte) (err error) {
		switch string(name) {
		case "r":
			if len(value) > 0 {
				row.Number, err = r.rowNumber(value)
			}
		case "hidden":
			row.Hidden = isTrue(value)
		}
		return err
	})
	if err != nil {
		return err
	}
	if row.Number > r.book.limits.Rows {
		return limit("it has more than %d rows", r.book.limits.Rows)
	}
	r.begun = row
	return nil
}

// readRow reads the row that has begun. Some writers begin it anew for each of
// its cells: it ends where another one begins. That the other one can't be read
// is told by the next call.
func (r *Rows) readRow() bool {
	r.row = Row{Number: r.begun.Number, Cells: r.row.Cells[:0]}
	r.text, r.size = r.text[:0], 0
	r.last = r.row.Number
	column := -1
	for pieces := 1; pieces == 1 || r.begun.Number == r.row.Number; pieces++ {
		r.row.Hidden = r.row.Hidden || r.begun.Hidden
		r.begun = Row{}
		if column, r.err = r.readCells(column, pieces > 1); r.err != nil {
			return false
		}
		r.begin()
	}
	for i := range r.row.Cells {
		if c := &r.row.Cells[i]; c.Text == nil {
			c.Text = r.text[c.from:c.to]
		}
	}
	return true
}

// readCells reads the cells up to the end of the row's element, and gives the
// column of the last one; last is that of the one before.
func (r *Rows) readCells(last int, again bool) (int, error) {
	x, first := r.x, again
	r.named = 0
	next := 0 // the column of a cell that does not say its own
	for {
		if column, ok, err := r.usualCell(last); err != nil {
			return 0, err
		} else if ok {
			last, next, first = column, column+1, false
			continue
		}
		t, err := x.next()
		switch {
		case err != nil:
			return 0, err
		case t == endTag:
			return last, nil
		case t != startTag:
		case string(x.name) == "c":
			column, err := r.readCell(next)
			switch {
			case err != nil:
				return 0, err
			case column <= last && first:
				return 0, damage("two rows have the number %d, and both have cells in column %s or after it", r.row.Number,
					Letters(column))
			case column == last:
				return 0, damage("row %d has two cells in column %s", r.row.Number, Letters(column))
			case column < last:
				return 0, damage("in row %d, a cell in column %s comes after one in column %s", r.row.Number, Letters(column),
					Letters(last))
			}
			last, next, first = column, column+1, false
		default:
			if err := x.skip(); err != nil {
				return 0, err
			}
		}
	}
}

// rowNumber is the r attribute of a row.
func (r *Rows) rowNumber(value []byte) (int, error) {
	n, err := strconv.Atoi(string(value))
	switch bad := err != nil || n < 1 || n > r.book.limits.Rows; {
	case bad && r.last == 0:
		return 0, damage("the first row has the number %.40q, which no row can have", value)
	case bad:
		return 0, damage("the row after %d has the number %.40q, which no row can have", r.last, value)
	case n < r.last:
		return 0, damage("row %d comes after row %d", n, r.last)
	}
	return n, nil
}

func (r *Rows) readColumns() error {
	span, hidden := Range{}, false
	err := r.x.attributes(func(name, value []byte) error {
		n, _ := strconv.Atoi(string(value))
		switch string(name) {
		case "min":
			span.Column = n - 1
		case "max":
			span.LastColumn = n - 1
		case "hidden":
			hidden = isTrue(value)
		}
		return nil
	})
	if hidden && len(r.hidden) < r.book.limits.Columns {
		r.hidden = append(r.hidden, span)
	}
	return err
}

func (r *Rows) readMerged() error {
	return r.x.attributes(func(name, value []byte) error {
		if string(name) != "ref" {
			return nil
		}
		r.merges++
		first, last, _ := bytes.Cut(value, []byte(":"))
		a, row, ok := parseReference(first)
		b, lastRow, fine := parseReference(last)
		if ok && fine && len(r.merged) < r.book.limits.Merges {
			r.merged = append(r.merged, Range{row, a, lastRow, b})
		}
		return nil
	})
}
