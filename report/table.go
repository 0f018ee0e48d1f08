package report

import (
	"strings"
	"unicode/utf8"

	"cometsync/internal/phrase"
)

// table lays rows out in columns. Columns that the width has no room for are
// left out of the line, last one first, and stand below it, so that nothing
// is cut off however narrow the terminal is.
type table struct {
	heads []string
	rows  int
	cells func(i int, cells []string) // fills the cells of a row
	style func(i, column int) string  // how a cell is painted; nil: as it is
	below func(i int) []string        // what else stands below a row; nil: nothing
}

const (
	gap    = "  "
	indent = "    " // of what stands below a row
)

func (s *screen) table(t table) {
	widths := make([]int, len(t.heads))
	for c, head := range t.heads {
		widths[c] = utf8.RuneCountInString(head)
	}
	cells := make([]string, len(t.heads))
	fill := func(i int) {
		t.cells(i, cells)
		for c := range cells {
			cells[c] = phrase.Visible(cells[c])
		}
	}
	for i := range t.rows {
		fill(i)
		for c := range cells {
			widths[c] = max(widths[c], utf8.RuneCountInString(cells[c]))
		}
	}
	shown, width := 0, 0
	for shown < len(widths) && (shown == 0 || width+len(gap)+widths[shown] <= s.t.Width) {
		if shown > 0 {
			width += len(gap)
		}
		width += widths[shown]
		shown++
	}
	s.columns(t.heads[:shown], widths, func(int) string { return bold })
	for i := range t.rows {
		fill(i)
		s.columns(cells[:shown], widths, func(c int) string {
			if t.style == nil {
				return ""
			}
			return t.style(i, c)
		})
		var rest []string
		for _, cell := range cells[shown:] {
			if cell != "" {
				rest = append(rest, cell)
			}
		}
		if len(rest) > 0 {
			s.wrapped("", indent, strings.Join(rest, " · "))
		}
		if t.below != nil {
			for _, text := range t.below(i) {
				s.wrapped("", indent, text)
			}
		}
	}
}

// columns writes one line. Spaces behind the last cell are left out, and so
// is paint around nothing.
func (s *screen) columns(cells []string, widths []int, style func(c int) string) {
	var b strings.Builder
	pad := 0
	for c, cell := range cells {
		if cell != "" {
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(s.paint(style(c), cell))
			pad = 0
		}
		pad += widths[c] - utf8.RuneCountInString(cell) + len(gap)
	}
	s.line("%s", b.String())
}
