package workbook

import (
	"fmt"
	"strconv"
	"strings"
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
	last   int    // the number of the row that was begun last
	text   []byte // of the row's cells, but for shared strings
	size   int    // bytes of the text of the row's cells
	ended  bool
	err    error

	hidden []Range // of columns
	merged []Range
	merges int
}

// Rows begins to read a sheet.
func (b *Book) Rows(s Sheet) (*Rows, error) {
	in, err := b.open(s.part)
	if err != nil {
		return nil, err
	}
	return &Rows{book: b, part: in, x: newScanner(in, &b.limits)}, nil
}

// Next reads the next row that is stored. It is false behind the last, and
// where the sheet can't be read on: then Err says why.
func (r *Rows) Next() bool {
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
				if r.err = r.readRow(); r.err == nil {
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

// Last is the number of the row that was begun last, whether it could be read
// or not.
func (r *Rows) Last() int { return r.last }

// Err is what kept the sheet from being read to its end: nil where its XML and
// its archive were whole. A *CutError is a sheet without a proper end, a
// *DamageError one that can't be read on, a *LimitError one that is too large.
func (r *Rows) Err() error { return r.err }

// Close gives up what was not read.
func (r *Rows) Close() { r.part.Close() }

// HiddenColumn says whether a spreadsheet does not show a column. It is known
// from the first row on.
func (r *Rows) HiddenColumn(column int) bool {
	for _, h := range r.hidden {
		if h.Column <= column && column <= h.LastColumn {
			return true
		}
	}
	return false
}

// Merged is which cells are shown as one, as far as they are remembered, and
// how many such ranges there are. It is known behind the last row.
func (r *Rows) Merged() (ranges []Range, count int) { return r.merged, r.merges }

func (r *Rows) readRow() error {
	x := r.x
	r.row = Row{Number: r.last + 1, Cells: r.row.Cells[:0]}
	r.text, r.size = r.text[:0], 0
	for {
		name, value, err := x.attribute()
		if err != nil {
			return err
		}
		if len(name) == 0 {
			break
		}
		switch string(name) {
		case "r":
			if r.row.Number, err = r.rowNumber(value); err != nil {
				return err
			}
		case "hidden":
			r.row.Hidden = isTrue(value)
		}
	}
	if r.row.Number > r.book.limits.Rows {
		return limit("it has more than %d rows", r.book.limits.Rows)
	}
	r.last = r.row.Number
	column := -1
	for {
		if next, ok, err := r.usualCell(column); err != nil {
			return err
		} else if ok {
			column = next
			continue
		}
		t, err := x.next()
		switch {
		case err != nil:
			return err
		case t == endTag:
			for i := range r.row.Cells {
				if c := &r.row.Cells[i]; c.Text == nil {
					c.Text = r.text[c.from:c.to]
				}
			}
			return nil
		case t != startTag:
		case string(x.name) == "c":
			if column, err = r.readCell(column); err != nil {
				return err
			}
		default:
			if err := x.skip(); err != nil {
				return err
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
		return 0, damage("the row behind %d has the number %.40q, which no row can have", r.last, value)
	case n == r.last:
		return 0, damage("two rows have the number %d", n)
	case n < r.last:
		return 0, damage("row %d stands behind row %d", n, r.last)
	}
	return n, nil
}

// readColumns reads which columns are hidden.
func (r *Rows) readColumns() error {
	span, hidden := Range{}, false
	for {
		name, value, err := r.x.attribute()
		if err != nil {
			return err
		}
		if len(name) == 0 {
			break
		}
		n, _ := strconv.Atoi(string(value))
		switch string(name) {
		case "min":
			span.Column = n - 1
		case "max":
			span.LastColumn = n - 1
		case "hidden":
			hidden = isTrue(value)
		}
	}
	if hidden && len(r.hidden) < r.book.limits.Columns {
		r.hidden = append(r.hidden, span)
	}
	return nil
}

func (r *Rows) readMerged() error {
	for {
		name, value, err := r.x.attribute()
		if len(name) == 0 || err != nil {
			return err
		}
		if string(name) != "ref" {
			continue
		}
		r.merges++
		first, last, _ := strings.Cut(string(value), ":")
		a, row, ok := parseReference([]byte(first))
		b, lastRow, fine := parseReference([]byte(last))
		if ok && fine && len(r.merged) < r.book.limits.Merges {
			r.merged = append(r.merged, Range{row, a, lastRow, b})
		}
	}
}
