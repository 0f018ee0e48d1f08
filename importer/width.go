package importer

// How many cells a row may have. A delimiter too many, such as that of a name
// which nobody has put in quotes, moves all cells behind it, and what it pushes
// out of the table may well be an empty cell. So an empty cell beyond the
// columns is no cell only where the header has it as well, or every row has it,
// as where each line ends in a delimiter. Whoever has one beside people who
// have none may be read as somebody else.

// width is how many cells a row of a text has.
type width struct{ least, most int }

// widthOf is the width of the rows of a table: header is how many cells its
// header has, empty ones included, and text begins behind that; whole says that
// it goes on to the end.
func (s *source) widthOf(header int, text string, whole bool) width {
	columns := len(s.header.names)
	if header > columns {
		return width{columns, header}
	}
	rows, least := 0, 0
	scan := scanner{comma: s.comma}
	for at := 0; at < len(text) && rows < sampleRows; {
		at = scan.next(text, at)
		cells := scan.cells
		switch have := len(cells); {
		case at == len(text) && (!whole || text[at-1] != '\n'): // it may go on, or have lost the last one
		case have < columns || scan.open || scan.stray || blank(cells) || !blank(cells[columns:]): // it has no say
		case have == columns && (drawn(cells) || s.repeats(cells) || footerText(cells) || noteText(cells)):
		case have == columns:
			return width{columns, columns}
		default:
			if rows++; rows == 1 || have < least {
				least = have
			}
		}
	}
	if rows < 2 {
		return width{columns, columns}
	}
	return width{least, least}
}
