package term

import (
	"strings"

	"cometsync/internal/phrase"
)

// Table lays rows out in columns. Where the width has no room for all of them, cells
// that may be cut are, the longest first; and columns that still have none are left out
// of the line, last one first, and are below it, whole.
type Table struct {
	Columns []Column
	Rows    int
	Cells   func(i int, cells []string) // fills the cells of a row
	Style   func(i, column int) string  // how a cell is painted; nil: as it is
	Below   func(i int) []string        // what else is below a row; nil: nothing
}

// Column is one of a table.
type Column struct {
	Head  string
	Least int  // how narrow it may become, its cells being cut; 0: they are not cut
	Right bool // numbers, which end below each other
}

const (
	gap    = "  "
	indent = "    " // of what stands below a row
)

// Table writes a table.
func (s *Screen) Table(t Table) {
	widths, cells := make([]int, len(t.Columns)), make([]string, len(t.Columns))
	heads := make([]string, len(t.Columns))
	for c := range t.Columns {
		heads[c] = t.Columns[c].Head
		widths[c] = phrase.Columns(heads[c])
	}
	fill := func(i int) {
		t.Cells(i, cells)
		for c := range cells {
			cells[c] = phrase.Visible(cells[c])
		}
	}
	for i := range t.Rows {
		fill(i)
		for c := range cells {
			widths[c] = max(widths[c], phrase.Columns(cells[c]))
		}
	}
	widths = s.fit(t.Columns, widths)
	shown := len(widths)
	s.columns(t.Columns, heads[:shown], widths, func(int) string { return Bold })
	for i := range t.Rows {
		fill(i)
		s.columns(t.Columns, cells[:shown], widths, func(c int) string {
			if t.Style == nil {
				return ""
			}
			return t.Style(i, c)
		})
		var rest []string
		for c, cell := range cells[shown:] {
			if column := &t.Columns[shown+c]; cell != "" && column.Right { // a number alone says nothing
				cell = strings.ToLower(column.Head) + " " + cell
			}
			if cell != "" {
				rest = append(rest, cell)
			}
		}
		if len(rest) > 0 {
			s.Wrapped("", indent, strings.Join(rest, " · "))
		}
		if t.Below != nil {
			for _, text := range t.Below(i) {
				s.Wrapped("", indent, text)
			}
		}
	}
}

// fit gives the columns that the width has room for, one at least, as wide as they can be.
func (s *Screen) fit(columns []Column, widths []int) []int {
	shown, room := 0, s.width+len(gap)
	for c, w := range widths {
		if least := columns[c].Least; least > 0 {
			w = min(w, max(least, phrase.Columns(columns[c].Head)))
		}
		if room -= w + len(gap); shown > 0 && room < 0 {
			break
		}
		shown++
	}
	widths = widths[:shown]
	for {
		over, widest := -s.width-len(gap), -1
		for c, w := range widths {
			over += w + len(gap)
			if least := columns[c].Least; least > 0 && w > max(least, phrase.Columns(columns[c].Head)) &&
				(widest < 0 || w > widths[widest]) {
				widest = c
			}
		}
		if over <= 0 || widest < 0 {
			return widths
		}
		widths[widest]--
	}
}

// columns writes one line. Spaces after the last cell are left out, and so
// is paint around nothing.
func (s *Screen) columns(columns []Column, cells []string, widths []int, style func(c int) string) {
	var b strings.Builder
	pad := 0
	for c, cell := range cells {
		cell = phrase.Cut(cell, widths[c])
		free := widths[c] - phrase.Columns(cell)
		if columns[c].Right {
			pad, free = pad+free, 0
		}
		if cell != "" {
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(s.Paint(style(c), cell))
			pad = 0
		}
		pad += free + len(gap)
	}
	s.Line("%s", b.String())
}
