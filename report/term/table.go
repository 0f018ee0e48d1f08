package term

import (
	"strings"
	"unicode/utf8"

	"cometsync/internal/phrase"
)

// Table lays rows out in columns. Columns that the width has no room for are
// left out of the line, last one first, and are below it, so that nothing
// is cut off however narrow the terminal is.
type Table struct {
	Heads []string
	Rows  int
	Cells func(i int, cells []string) // fills the cells of a row
	Style func(i, column int) string  // how a cell is painted; nil: as it is
	Below func(i int) []string        // what else is below a row; nil: nothing
}

const (
	gap    = "  "
	indent = "    " // of what stands below a row
)

// Table writes a table.
func (s *Screen) Table(t Table) {
	widths := make([]int, len(t.Heads))
	for c, head := range t.Heads {
		widths[c] = utf8.RuneCountInString(head)
	}
	cells := make([]string, len(t.Heads))
	fill := func(i int) {
		t.Cells(i, cells)
		for c := range cells {
			cells[c] = phrase.Visible(cells[c])
		}
	}
	for i := range t.Rows {
		fill(i)
		for c := range cells {
			widths[c] = max(widths[c], utf8.RuneCountInString(cells[c]))
		}
	}
	shown, width := 0, 0
	for shown < len(widths) && (shown == 0 || width+len(gap)+widths[shown] <= s.width) {
		if shown > 0 {
			width += len(gap)
		}
		width += widths[shown]
		shown++
	}
	s.columns(t.Heads[:shown], widths, func(int) string { return Bold })
	for i := range t.Rows {
		fill(i)
		s.columns(cells[:shown], widths, func(c int) string {
			if t.Style == nil {
				return ""
			}
			return t.Style(i, c)
		})
		var rest []string
		for _, cell := range cells[shown:] {
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

// columns writes one line. Spaces after the last cell are left out, and so
// is paint around nothing.
func (s *Screen) columns(cells []string, widths []int, style func(c int) string) {
	var b strings.Builder
	pad := 0
	for c, cell := range cells {
		if cell != "" {
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(s.Paint(style(c), cell))
			pad = 0
		}
		pad += widths[c] - utf8.RuneCountInString(cell) + len(gap)
	}
	s.Line("%s", b.String())
}
