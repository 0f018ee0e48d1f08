package importer

import (
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
)

// How many cells a row may have. A delimiter too many, such as that of a name
// which nobody has put in quotes, moves all cells behind it, and what it pushes
// out of the table may well be an empty cell. So an empty cell beyond the
// columns is no cell only where the header has it as well, or every row has it,
// as where each line ends in a delimiter. Whoever has one beside people who
// have none may be read as somebody else.

//
// What has text there may be a column all the same, whose header nobody wrote: of
// a text, if the header has its cell, every row as well, and half of them have text
// in it; of a sheet, if every row has text there. In a text where rows are of
// different lengths, or where cells begin with a space behind the delimiter as in
// Berg, Anna, it is what a delimiter too many pushed out.

// width is how many cells a row of a text has.
type width struct{ least, most int }

// widthOf is the width of the rows of a table: header is how many cells its
// header has, empty ones included, and text begins behind that; whole says that
// it goes on to the end.
func (t *table) widthOf(header int, text string, whole bool) width {
	named := len(t.header.Names)
	if header > named {
		return width{named, header}
	}
	rows, least := 0, 0
	scan := delimited.Scanner{Comma: t.comma}
	for at := 0; at < len(text) && rows < columns.SampleRows; {
		at = scan.Next(text, at)
		cells := scan.Cells
		switch have := len(cells); {
		case at == len(text) && (!whole || text[at-1] != '\n'): // it may go on, or have lost the last one
		case have < named || scan.Open || scan.Stray || delimited.Blank(cells) || !delimited.Blank(cells[named:]): // it has no say
		case have == named && (t.repeats(cells) || footer.Like(cells)):
		case have == named:
			return width{named, named}
		default:
			if rows++; rows == 1 || have < least {
				least = have
			}
		}
	}
	if rows < 2 {
		return width{named, named}
	}
	return width{least, least}
}

// headless is how many columns without a header stand behind the last that has
// one. raw is the header's cells; text and whole are as for widthOf.
func (t *table) headless(raw []string, text string, whole bool) int {
	named, want := len(t.header.Names), len(raw)
	if t.lines || t.mapping.Columns != nil || want == named && !t.sheet || columns.Framed(t.comma, raw) {
		return 0
	}
	scan := delimited.Scanner{Comma: t.comma}
	rows, texts, spaced := 0, 0, 0
	for at := 0; at < len(text) && rows < columns.SampleRows; {
		at = scan.Next(text, at)
		cells := scan.Cells
		switch have := len(cells); {
		case at == len(text) && (!whole || text[at-1] != '\n'): // as for widthOf
		case scan.Open || scan.Stray || delimited.Blank(cells) || t.repeats(cells) || footer.Like(cells):
		case t.sheet && (have <= named || delimited.Blank(cells[named:])), !t.sheet && have < want:
			return 0
		case t.sheet:
			rows, want = rows+1, max(want, have)
		case have > want: // broken
		default:
			rows++
			if !delimited.Blank(cells[named:]) {
				texts++
				if spacedOut(cells) && !spacedOut(raw) {
					spaced++
				}
			}
		}
	}
	if rows < 2 || !t.sheet && (2*texts < rows || 2*spaced >= texts) {
		return 0
	}
	return want - named
}

// spacedOut says whether a cell behind the first begins with a space.
func spacedOut(cells []string) bool {
	return slices.ContainsFunc(cells[1:], func(c string) bool { return strings.HasPrefix(c, " ") })
}
