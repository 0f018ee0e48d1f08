package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/sheet"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// grid is a file whose rows are no users by themselves, read as it stands:
// rejects that somebody has mended. Such files are small beside a roster, so
// that all of it is in memory.
type grid struct {
	source *source // what is known of the file; it has no header of its own
	m      *columns.Mapping
	comma  byte
	names  []string // of the columns, as headers are read
	header int      // the header's row
	width  int      // how many cells that has
	rows   []record
	blanks []int // rows without text
	last   int   // the number of the last row
	file   int   // its place in Intake.Files
}

// record is one row of a grid.
type record struct {
	row    int
	cells  []string
	broken string // the record as it stands, if its cells can't be told apart
}

// asGrid reads a text that says of its rows which rows of other sources they
// are; nil is another text, of which nothing is taken.
func (r *Roster) asGrid(s *source, c *delimited.Chunker, m *columns.Mapping) (*grid, error) {
	wants := columns.PlaceColumns
	if r.wants != nil {
		wants = r.wants
	} else if head := c.Buf[:min(len(c.Buf), delimited.ChunkSize)]; !bytes.Contains(bytes.ToLower(head), []byte("_file")) {
		return nil, nil
	}
	if r.wants != nil && len(bytes.TrimSpace(c.Buf)) == 0 {
		return nil, input.Empty(s.File.Path)
	}
	commas := delimited.Delimiters
	switch {
	case s.Rendered:
		commas = []byte{','}
	case s.Said:
		commas = []byte{s.Comma}
	case s.Comma != 0: // as the settings say, or as reports write them
		commas = append([]byte{s.Comma}, commas...)
	}
	t := &grid{source: s, m: m}
	for _, comma := range commas {
		for _, l := range columns.FirstLines(string(c.Buf), comma, 1, 0) {
			if len(l.Cells) > 0 && !l.Broken && columns.NamesAll(l.Cells, wants) {
				t.comma, t.header = comma, l.Row
			}
		}
		if t.comma != 0 {
			break
		}
	}
	switch {
	case t.comma == 0 && r.wants != nil:
		return nil, fmt.Errorf("%s: its header has to name the columns %s", r.where(s), phrase.And(wants))
	case t.comma == 0:
		return nil, nil
	}
	return t, t.read(r, c)
}

// read reads the rows.
func (t *grid) read(r *Roster, c *delimited.Chunker) error {
	scan := delimited.Scanner{Comma: t.comma}
	for last := false; !last; {
		var piece []byte
		piece, last = c.Next(t.comma)
		text := string(piece)
		for at := 0; at < len(text); {
			start := at
			at = scan.Next(text, at)
			t.last++
			switch {
			case t.last < t.header:
			case t.last == t.header:
				t.width = len(scan.Cells)
				for _, name := range columns.Trimmed(scan.Cells) {
					name, _ = user.Undefuse(name)
					t.names = append(t.names, columns.AsHeader(name))
				}
			case delimited.Blank(scan.Cells):
				t.blanks = append(t.blanks, t.last)
			default:
				rec := record{row: t.last, cells: slices.Clone(scan.Cells)}
				have, want := len(scan.Cells), len(t.names)
				if scan.Open || scan.Stray || have < want && !t.source.Rendered || have > want && (have > t.width && !t.source.Rendered ||
					!delimited.Blank(scan.Cells[want:])) ||
					last && at == len(text) && c.Cut() && text[at-1] != '\n' {
					rec.broken = text[start:at]
				}
				t.rows = append(t.rows, rec)
			}
		}
		c.Skip(len(piece))
	}
	if err := input.Fault(c.Err, t.source.File.Path); err != nil {
		return err
	}
	if c.Cut() {
		r.endsEarly(t.source, fmt.Sprintf("it is cut off behind row %d", t.last))
	}
	return nil
}

// column is which column has a name; -1 if none has.
func (t *grid) column(name string) int {
	return slices.IndexFunc(t.names, func(n string) bool { return columns.GridName(n) == columns.GridName(name) })
}

// cell is the text of a record's cell, without marks.
func (rec *record) cell(column int) string {
	if column < 0 || column >= len(rec.cells) {
		return ""
	}
	text, _, _, _ := sheet.Unmarked(rec.cells[column])
	text, _ = user.Undefuse(text)
	return user.Text(strings.ToValidUTF8(text, "\uFFFD"))
}

// render writes rows as a text that the rows of a source are read from, with
// the columns in which they stand at, and an empty line for every other row.
func (t *grid) render(rows []record, at []int) []byte {
	var text []byte
	line := 1
	for _, rec := range rows {
		text = append(text, bytes.Repeat([]byte{'\n'}, rec.row-line)...)
		line = rec.row + 1
		if rec.broken != "" {
			text = append(text, rec.broken...)
			continue
		}
		for i, from := range at {
			if i > 0 {
				text = append(text, t.comma)
			}
			if from < 0 || from >= len(rec.cells) {
				continue
			}
			cell := rec.cells[from]
			if !strings.ContainsAny(cell, "\"\r\n") && strings.IndexByte(cell, t.comma) < 0 {
				text = append(text, cell...)
				continue
			}
			text = append(text, '"')
			text = append(text, strings.ReplaceAll(cell, `"`, `""`)...)
			text = append(text, '"')
		}
		text = append(text, '\n')
	}
	return text
}
