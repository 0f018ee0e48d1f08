package table

import (
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
)

// How many cells a row may have. A delimiter too many, such as that of a name
// which nobody has put in quotes, moves all cells after it, and what it pushes
// out of the table may well be an empty cell. So an empty cell beyond the
// columns is not a cell only where the header has it as well, or every row has it,
// as where each line ends in a delimiter. Whoever has one beside people who
// have none may be read as somebody else.
//
// What has text there may be a column all the same, whose header nobody wrote: of
// a text, if the header has its cell, every row as well, and half of them have text
// in it; of a sheet, if every row has text there. In a text where rows are of
// different lengths, or where cells begin with a space after the delimiter as in
// Berg, Anna, it is what a delimiter too many pushed out.

// Width is how many cells a row of a text has.
type Width struct{ Least, Most int }

// WidthOf is the width of the rows of a table: header is how many cells its
// header has, empty ones included, and text begins after that; whole says that
// it goes on to the end.
func (t *Table) WidthOf(header int, text string, whole bool) Width {
	named := len(t.Header.Names)
	if header > named {
		return Width{named, header}
	}
	rows, least := 0, 0
	scan := delimited.Scanner{Comma: t.Comma}
	for at := 0; at < len(text) && rows < columns.SampleRows; {
		at = scan.Next(text, at)
		cells := scan.Cells
		switch have := len(cells); {
		case at == len(text) && (!whole || text[at-1] != '\n'): // it may go on, or have lost the last one
		case have < named || scan.Open || scan.Stray || delimited.Blank(cells) || !delimited.Blank(cells[named:]): // it has no say
		case have == named && (t.Repeats(cells) || footer.Like(cells)):
		case have == named:
			return Width{named, named}
		default:
			if rows++; rows == 1 || have < least {
				least = have
			}
		}
	}
	if rows < 2 {
		return Width{named, named}
	}
	return Width{least, least}
}

// Headless is how many columns there are with those without a header after the last that
// has one; 0 is no such. raw is the header's cells, and Raw those up to the last with text;
// text and whole are as for WidthOf.
func (t *Table) Headless(raw []string, text string, whole bool) int {
	named, want := len(t.Raw), len(raw)
	if named == 0 || t.Lines || t.Mapping.Columns != nil || want == named && !t.Rendered || columns.Framed(t.Comma, raw) {
		return 0
	}
	scan := delimited.Scanner{Comma: t.Comma}
	rows, texts, spaced := 0, 0, 0
	for at := 0; at < len(text) && rows < columns.SampleRows; {
		at = scan.Next(text, at)
		cells := scan.Cells
		switch have := len(cells); {
		case at == len(text) && (!whole || text[at-1] != '\n'): // as for WidthOf
		case scan.Open || scan.Stray || delimited.Blank(cells) || t.Repeats(cells) || footer.Like(cells):
		case t.Rendered && (have <= named || delimited.Blank(cells[named:])), !t.Rendered && have < want:
			return 0
		case t.Rendered:
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
	if rows < 2 || !t.Rendered && (2*texts < rows || 2*spaced >= texts) {
		return 0
	}
	return want
}

func spacedOut(cells []string) bool {
	return slices.ContainsFunc(cells[1:], func(c string) bool { return strings.HasPrefix(c, " ") })
}
