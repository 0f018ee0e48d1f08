// Package corrections reads files of rejects that somebody has corrected, and of decisions
// about pairs of people, as they stand, and compares a row with the one that it
// corrects. It refuses to know where rows are kept, and what becomes of either.
package corrections

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/input"
	"cometsync/importer/sheet"
	"cometsync/importer/table"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// File is a file whose rows are not users by themselves, read as it is. Such
// files are small beside a roster, so that all of it is in memory.
type File struct {
	Table  *table.Table // what is known of the file; it has no header of its own
	Names  []string     // of the columns, as headers are read
	Header int          // the header's row
	Rows   []Row
	Blanks []int // rows without text
	Last   int   // the number of the last row
	Cut    bool  // the file ends early
	At     int   // its place among the files of a run

	Comma byte
	width int // how many cells the header has
}

// Row is one row of a file.
type Row struct {
	Number int
	Cells  []string
	Broken string // the record as it is, if its cells can't be told apart
	Named
}

// Named is what a row says of the row that it corrects.
type Named struct {
	File      string
	Row       int    // 0: none
	Mark      string // "": its message has none
	Confirmed bool   // it is right as it is
	Drops     bool   // it takes the row out of the run
	Taken     bool   // the column of cells that are too many has none of it
}

// dropWord under _code takes a row out of the run.
const dropWord = "drop"

// Read reads a text whose header has the columns that the mapping asks for; by
// itself those that say which rows of other sources the rows are. nil is another
// text, of which nothing is taken.
func Read(t *table.Table, c *delimited.Chunker) (*File, error) {
	wants, asked := t.Mapping.Grid, t.Mapping.Grid != nil
	if !asked {
		wants = columns.PlaceColumns
		if head := c.Buf[:min(len(c.Buf), delimited.ChunkSize)]; !bytes.Contains(bytes.ToLower(head), []byte("_file")) {
			return nil, nil
		}
	}
	if asked && len(bytes.TrimSpace(c.Buf)) == 0 {
		return nil, input.Empty(t.File.Path)
	}
	commas := t.Among()
	if t.Comma != 0 && !t.Rendered && !t.Said { // as the settings say, or as reports write them
		commas = append([]byte{t.Comma}, delimited.Delimiters...)
	}
	for _, comma := range commas {
		lines := columns.FirstLines(string(c.Buf), comma, 1, 0)
		if l := lines[len(lines)-1]; len(l.Cells) > 0 && !l.Broken && columns.NamesAll(l.Cells, wants) {
			f := &File{Table: t, Comma: comma, Header: l.Row}
			return f, f.read(c)
		}
	}
	if asked {
		return nil, fmt.Errorf("%s: its header has to name the columns %s", t.Name(), phrase.And(wants))
	}
	return nil, nil
}

func (f *File) read(c *delimited.Chunker) error {
	scan := delimited.Scanner{Comma: f.Comma}
	for last := false; !last; {
		var piece []byte
		piece, last = c.Next(f.Comma)
		text := string(piece)
		for at := 0; at < len(text); {
			start := at
			at = scan.Next(text, at)
			f.Last++
			switch {
			case f.Last < f.Header:
			case f.Last == f.Header:
				f.width = len(scan.Cells)
				for _, name := range columns.Trimmed(scan.Cells) {
					name, _ = user.Undefuse(name)
					f.Names = append(f.Names, columns.AsHeader(name))
				}
			case delimited.Blank(scan.Cells):
				f.Blanks = append(f.Blanks, f.Last)
			default:
				row := Row{Number: f.Last, Cells: slices.Clone(scan.Cells)}
				have, want, loose := len(scan.Cells), len(f.Names), f.Table.Rendered // a sheet stores no empty cells
				if scan.Open || scan.Stray || have < want && !loose ||
					have > want && (have > f.width && !loose || !delimited.Blank(scan.Cells[want:])) ||
					last && at == len(text) && c.Cut() && text[at-1] != '\n' {
					row.Broken = text[start:at]
				}
				f.Rows = append(f.Rows, row)
			}
		}
		c.Skip(len(piece))
	}
	f.Cut = c.Cut()
	f.name()
	return input.Fault(c.Err, f.Table.File.Path)
}

// column is which column has a name; -1 if none has.
func (f *File) column(name string) int {
	return slices.IndexFunc(f.Names, func(n string) bool { return columns.GridName(n) == columns.GridName(name) })
}

// cell is the text of a row's cell, without marks.
func (row *Row) cell(column int) string {
	if column < 0 || column >= len(row.Cells) {
		return ""
	}
	text, _, _, _ := sheet.Unmarked(row.Cells[column])
	text, _ = user.Undefuse(text)
	return user.Text(strings.ToValidUTF8(text, "\uFFFD"))
}

// name reads which rows the rows correct.
func (f *File) name() {
	file, number, message, code := f.column("_file"), f.column("_row"), f.column("_message"), f.column("_code")
	extra := f.column("_extra")
	for i := range f.Rows {
		row := &f.Rows[i]
		row.File = row.cell(file)
		if n, err := strconv.Atoi(row.cell(number)); err == nil {
			row.Row = n
		}
		_, row.Mark = user.CutMark(row.cell(message))
		row.Confirmed, row.Drops = code >= 0 && row.cell(code) == "", strings.EqualFold(row.cell(code), dropWord)
		row.Taken = extra >= 0 && row.cell(extra) == ""
	}
}

// Files are those that rows for which which is true name, and how many such rows there are.
// Many are named up to a number.
func (f *File) Files(which func(n Named) bool) (names []string, rows int) {
	const most = 5
	for i := range f.Rows {
		if row := &f.Rows[i]; row.Broken == "" && row.File != "" && which(row.Named) {
			if rows++; !slices.Contains(names, row.File) {
				names = append(names, row.File)
			}
		}
	}
	if n := len(names) - most; n > 0 {
		names = append(names[:most], phrase.Sprintf("%d more", n))
	}
	return names, rows
}

// Columns says in which of the file's columns others are: those of one source
// are put together with others' by their names, as reports have them.
func (f *File) Columns(names []string) []int {
	taken := make([]bool, len(f.Names))
	at := make([]int, len(names))
	for i, name := range names {
		folded := columns.Fold(name)
		at[i] = -1
		for j, n := range f.Names {
			if !taken[j] && columns.Fold(n) == folded && !columns.ReportColumns[columns.PlaceName(n)] {
				at[i], taken[j] = j, true
				break
			}
		}
	}
	return at
}

// Used says in which of the file's columns the rows have text, and in one that
// means the uid, if the file has one; or it is all of them.
func (f *File) Used(rows []Row, all bool) (at []int) {
	var names []string
	for i, name := range f.Names {
		if all || slices.ContainsFunc(rows, func(row Row) bool { return row.cell(i) != "" }) {
			at, names = append(at, i), append(names, name)
		}
	}
	for i, name := range f.Names {
		if m := f.Table.Mapping; !m.HoldsUID(names) && m.HoldsUID(append(slices.Clone(names), name)) {
			at, names = append(at, i), append(names, name) // none of them has one
		}
	}
	return at
}

// Under are a row's cells in some of the file's columns; -1 is none of them.
func (row *Row) Under(at []int) []string {
	cells := make([]string, len(at))
	for i, from := range at {
		cells[i] = row.cell(from)
	}
	return cells
}

// Unhide gives a row the cells that a report did not show, of the row that it
// corrects; at says in which of the file's columns they are. A workbook does not
// show what is for the user and administrators alone.
func (row *Row) Unhide(at []int, cells []string) {
	for i, from := range at {
		if i < len(cells) && row.cell(from) == user.Hidden {
			row.Cells[from] = cells[i]
		}
	}
}

// Hides reports whether a row has cells that a report did not show.
func (row *Row) Hides(at []int) bool {
	return slices.ContainsFunc(at, func(from int) bool { return row.cell(from) == user.Hidden })
}

// Text writes rows as a text that the rows of a source are read from, with
// the columns in which they are, and an empty line for every other row.
func (f *File) Text(rows []Row, at []int) []byte {
	var text []byte
	line := 1
	for _, row := range rows {
		text = append(text, bytes.Repeat([]byte{'\n'}, row.Number-line)...)
		line = row.Number + 1
		if row.Broken != "" {
			text = append(text, row.Broken...)
			continue
		}
		for i, from := range at {
			if i > 0 {
				text = append(text, f.Comma)
			}
			if from >= 0 && from < len(row.Cells) {
				text = delimited.AppendCell(text, []byte(row.Cells[from]), f.Comma)
			}
		}
		text = append(text, '\n')
	}
	return text
}

// Part is a table of some of the file's rows, read under a header.
func (f *File) Part(h *columns.Header) table.Table {
	t := table.Table{File: f.Table.File, Mapping: f.Table.Mapping, Header: h,
		Given: columns.Given{Comma: f.Comma, Rendered: f.Table.Rendered, Lines: true}, Width: table.Width{Least: len(h.Names),
			Most: len(h.Names)}}
	t.File.Rows = 0
	return t
}
