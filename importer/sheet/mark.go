package sheet

import (
	"strconv"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// doubt is why what a cell of a sheet says can't be taken for what is meant.
type doubt byte

const (
	NoDoubt        doubt = 0
	cellFailed     doubt = 'e'
	neverComputed  doubt = 'u'
	shownOtherwise doubt = 'z'
	tooLong        doubt = 'd'
	hasExponent    doubt = 'x'
	notWhole       doubt = 'f'
	isDate         doubt = 't'
	noNumber       doubt = 'n'
	isBoolean      doubt = 'b'
)

const asText = "; format the column as text and put the uid in as it has to be"

// doubts say what is wrong with a cell, whose name is put before it, and what to do.
var doubts = map[doubt]struct {
	code    user.Code
	message string
}{
	cellFailed: {user.CellFailed, "holds an error in place of a value; fix the formula, or clear the cell"},
	neverComputed: {user.CellFailed, "holds a formula that has never been computed; open the workbook in a spreadsheet program and " +
		"save it"},
	shownOtherwise: {user.UIDNumeric, "holds a number that its format shows as another text, and which of them is the uid is unclear" +
		asText + ", or take what the sheet shows with --numeric-uid displayed"},
	tooLong: {user.UIDNumeric, "holds a number of more than 15 digits, and a spreadsheet keeps no more: the last may be others than they " +
		"were" + asText},
	hasExponent: {user.UIDNumeric, "holds a number with an exponent, and its digits may be others than they were" + asText},
	notWhole:    {user.UIDNumeric, "holds a number with decimals, not a uid" + asText},
	isBoolean:   {user.UIDInvalid, "holds a yes or no, not a uid" + asText},
	isDate:      {user.UIDNumeric, "holds a date, which a spreadsheet may have made of the uid" + asText},
	noNumber:    {user.UIDNumeric, "is said to hold a number, and does not" + asText},
}

// A cell in doubt is rendered with a mark in front of its text: NUL, the
// doubt, the cell's name, a space and the number that the sheet keeps, NUL. No
// cell's own text has a NUL; the renderer takes it out.

func appendMark(out []byte, d doubt, column, row int, number string) []byte {
	out = append(out, 0, byte(d))
	out = append(out, workbook.Letters(column)...)
	out = strconv.AppendInt(out, int64(row), 10)
	out = append(append(out, ' '), number...)
	return append(out, 0)
}

// Unmarked takes the mark off a cell.
func Unmarked(cell string) (text, name, number string, d doubt) {
	if len(cell) < 2 || cell[0] != 0 {
		return cell, "", "", NoDoubt
	}
	d = doubt(cell[1])
	name, text, _ = strings.Cut(cell[2:], "\x00")
	name, number, _ = strings.Cut(name, " ")
	return text, name, number, d
}

// Doubted is a cell in doubt: what is wrong, and the number that it keeps.
type Doubted struct {
	user.Defect
	Number string
}

// Unmark takes the marks off a record's cells under a header, and returns what
// they were.
func Unmark(h *columns.Header, cells []string) []Doubted {
	var marks []Doubted
	for i, cell := range cells {
		if cell == "" || cell[0] != 0 {
			continue
		}
		text, name, number, d := Unmarked(cell)
		cells[i] = text
		if d == NoDoubt || i >= len(h.Names) || !h.Reads(i) {
			continue
		}
		marks = append(marks, Doubted{Defect: user.Defect{Column: h.Columns[i].Header, Code: doubts[d].code, Message: d.Message(name),
			Value: text, Private: h.Private(i)}, Number: number})
	}
	return marks
}

// Message says what is wrong with a cell and what to do.
func (d doubt) Message(name string) string { return name + " " + doubts[d].message }
