package workbook

import (
	"bytes"
	"cmp"
	"math"
	"strconv"
)

// Kind is what type of cell a cell is.
type Kind uint8

// The kinds. The zero value is invalid.
const (
	noKind     Kind = iota
	Text            // a shared or inline string, or the text that a formula came to
	Number          // as it is stored; Plain and Format.Show write it
	Bool            // 1 or 0
	Error           // such as #N/A
	Date            // a date as text, ISO 8601
	Uncomputed      // a formula whose value was never stored
)

// Cell is a cell of a row. A cell without a value is not told of.
type Cell struct {
	Column int // from 0
	Kind   Kind
	Style  int
	Text   []byte // good until the next row

	from, to int // of the row's own text
}

// columnOf is the column in a cell's r attribute. Programs differ on whether a
// cell is of the row that it is in or of the one that it names: where all cells
// of a row name the same, it is of the first, and else it is somebody else's for one
// program.
func (r *Rows) columnOf(value []byte) (int, error) {
	n, row, ok := parseReference(value)
	if !ok {
		return 0, damage("row %d has a cell with the reference %.40q, which no cell can have", r.row.Number, value)
	}
	if row != 0 && !r.names(row) {
		return 0, damage("the cells of row %d name the rows %d and %d", r.row.Number, r.named, row)
	}
	return n, nil
}

// names reports whether the cells of the row so far, and this one, name the same row.
func (r *Rows) names(row int) bool {
	if r.named == 0 {
		r.named = row
	}
	return r.named == row
}

// storage is where a cell's value is kept.
type storage uint8

const (
	inValue  storage = iota // in <v>
	inShared                // in <v> is the number of a shared text
	inInline                // in <is>, or where there is none, in <v>
)

// kindOf is the kind that a cell's t attribute says.
func kindOf(t []byte) (Kind, storage) {
	switch string(t) {
	case "s":
		return Text, inShared
	case "inlineStr":
		return Text, inInline
	case "n", "":
		return Number, inValue
	case "b":
		return Bool, inValue
	case "e":
		return Error, inValue
	case "d":
		return Date, inValue
	}
	return Text, inValue // str
}

// readCell reads the cell that has just begun. next is its column, if it does
// not say another.
func (r *Rows) readCell(next int) (column int, err error) {
	x := r.x
	c := Cell{Column: next, Kind: Number, from: len(r.text)}
	kept := inValue
	err = x.attributes(func(name, value []byte) (err error) {
		if len(name) > 1 || len(value) == 0 && name[0] != 't' { // none, as far as it matters
			return nil
		}
		switch name[0] {
		case 'r':
			c.Column, err = r.columnOf(value)
		case 's':
			if c.Style, err = strconv.Atoi(string(value)); err != nil {
				return damage("row %d has a cell with the style %.40q", r.row.Number, value)
			}
		case 't':
			c.Kind, kept = kindOf(value)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if c.Column >= r.book.limits.Columns {
		return 0, limit("row %d has cells after column %s", r.row.Number, Letters(r.book.limits.Columns-1))
	}
	formula, value, err := r.readValue(&c, kept)
	if err != nil {
		return 0, err
	}
	c.to = len(r.text)
	if c.Kind != Text || kept == inShared {
		c.from = c.to - len(trimLeft(r.text[c.from:c.to]))
		c.to = c.from + len(trimRight(r.text[c.from:c.to]))
	}
	switch {
	case formula && !value:
		c.Kind = Uncomputed
	case kept == inShared && c.to > c.from:
		err = r.sharedText(&c, r.text[c.from:c.to])
		c.to = c.from
	}
	return c.Column, cmp.Or(err, r.keep(c))
}

// readValue reads the rest of a cell: whether it has a formula, and its value,
// if it has one. What was left in the place where cells of another type have
// theirs is none.
func (r *Rows) readValue(c *Cell, kept storage) (formula, value bool, err error) {
	x := r.x
	inline := false
	for {
		t, err := x.next()
		if err != nil {
			return false, false, err
		}
		if t == endTag {
			return formula, value, nil
		}
		if t != startTag {
			continue
		}
		switch {
		case string(x.name) == "v" && !inline:
			r.text, err = x.plain(r.text, c.from)
			r.text = unescape(r.text, c.from)
			value = true
		case string(x.name) == "is" && kept == inInline:
			r.text, err = x.rich(r.text[:c.from])
			value, inline = true, true
		default:
			formula = formula || string(x.name) == "f"
			err = x.skip()
		}
		if err != nil {
			return false, false, r.inCell(c.Column, err)
		}
	}
}

// keep puts a cell to those of the row, if it has a value.
func (r *Rows) keep(c Cell) error {
	n := max(c.to-c.from, len(c.Text))
	if n == 0 && c.Kind != Uncomputed {
		return nil
	}
	if r.size += n; r.size > r.book.limits.Row {
		return limit("the cells of row %d hold more than %d bytes", r.row.Number, r.book.limits.Row)
	}
	r.row.Cells = append(r.row.Cells, c)
	return nil
}

// usualDepth is how many elements are in each other in a cell, or in a list of texts,
// at most: <c><is><t>.
const usualDepth = 3

// usualCell reads the next cell in one step, if it is written as nearly all
// writers do, such as <c r="B2" s="1" t="s"><v>7</v></c>, the window has it whole,
// and nothing is wrong with it. Else nothing has happened.
func (r *Rows) usualCell(last int) (column int, done bool, err error) {
	x := r.x
	rest := x.buf[x.at:]
	b, ok := bytes.CutPrefix(rest, []byte(`<c r="`))
	if !ok || x.empty || x.cdata || x.depth()+usualDepth > x.limits.Depth {
		return 0, false, nil
	}
	n := bytes.IndexByte(b[:min(len(b), 16)], '"')
	if n < 0 {
		return 0, false, nil
	}
	c := Cell{Kind: Number, from: len(r.text), to: len(r.text)}
	row := 0
	if c.Column, row, ok = parseReference(b[:n]); !ok || row != r.row.Number || c.Column <= last ||
		c.Column >= r.book.limits.Columns || r.named != 0 && r.named != row {
		return 0, false, nil
	}
	kept := inValue
	b = b[n+1:]
	for len(b) > len(` t="`) && b[0] == ' ' && b[2] == '=' && b[3] == '"' {
		value := b[len(` t="`):]
		n := bytes.IndexByte(value[:min(len(value), 16)], '"')
		switch {
		case n <= 0:
			return 0, false, nil
		case b[1] == 's':
			c.Style, ok = smallNumber(value[:n])
		case b[1] == 't' && bytes.IndexByte(value[:n], '&') < 0:
			c.Kind, kept = kindOf(value[:n])
		default:
			ok = false
		}
		if !ok {
			return 0, false, nil
		}
		b = value[n+1:]
	}
	if len(rest)-len(b) >= x.limits.Tag {
		return 0, false, nil
	}
	if bytes.HasPrefix(b, []byte("/>")) {
		b = b[2:]
	} else if b, ok = r.usualValue(b, &c, kept); !ok {
		return 0, false, nil
	}
	r.named = row
	x.at = len(x.buf) - len(b)
	return c.Column, true, r.keep(c)
}

// usualValue takes the value of a cell that usualCell reads, and gives what is
// behind the cell.
func (r *Rows) usualValue(b []byte, c *Cell, kept storage) (behind []byte, ok bool) {
	before, after := "><v", "</v></c>"
	if kept == inInline {
		before, after = "><is><t", "</t></is></c>"
	}
	text, behind, ok := r.x.enclosed(b, before, after)
	switch {
	case !ok:
		return nil, false
	case kept == inShared:
		return behind, len(text) > 0 && r.sharedText(c, text) == nil
	case c.Kind == Text:
		r.text = unescape(append(r.text, text...), c.from)
	default:
		for _, d := range text {
			if (d < '0' || d > '9') && d != '.' && d != '-' && d != '+' && d != 'E' {
				return nil, false
			}
		}
		r.text = append(r.text, text...)
	}
	c.to = len(r.text)
	return behind, true
}

// smallNumber reads a number of a few digits.
func smallNumber(b []byte) (n int, ok bool) {
	for _, d := range b {
		if d < '0' || d > '9' || n > math.MaxInt32 {
			return 0, false
		}
		n = n*10 + int(d-'0')
	}
	return n, true
}

// inCell says in which cell a limit was passed.
func (r *Rows) inCell(column int, err error) error {
	if over, ok := err.(*LimitError); ok {
		return limit("%s%d: %s", Letters(column), r.row.Number, over.What)
	}
	return err
}

// sharedText looks up the text whose number a cell holds.
func (r *Rows) sharedText(c *Cell, number []byte) error {
	if r.book.strings == nil {
		r.book.strings = &table{}
		r.book.unread = r.book.readStrings()
	}
	if r.book.unread != nil {
		return r.book.unread
	}
	index, ok := smallNumber(number)
	if ok {
		c.Text, ok = r.book.strings.at(index)
	}
	if !ok {
		return damage("%s%d refers to the shared text %.20q, which does not exist", Letters(c.Column), r.row.Number, number)
	}
	return nil
}

// parseReference reads a cell's name: its column from 0, its row from 1, or 0
// where it has none.
func parseReference(ref []byte) (column, row int, ok bool) {
	i := 0
	for ; i < len(ref); i++ {
		c := ref[i] | 0x20
		if c < 'a' || c > 'z' {
			break
		}
		if column = column*26 + int(c-'a') + 1; column > 1<<20 {
			return 0, 0, false
		}
	}
	letters := i
	for ; i < len(ref); i++ {
		c := ref[i]
		if c < '0' || c > '9' || row > 1<<24 {
			return 0, 0, false
		}
		row = row*10 + int(c-'0')
	}
	return column - 1, row, letters > 0
}

// Letters is a column as a spreadsheet names it.
func Letters(column int) string {
	s := ""
	for column++; column > 0; column = (column - 1) / 26 {
		s = string(rune('A'+(column-1)%26)) + s
	}
	return s
}
