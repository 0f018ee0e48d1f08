package columns

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/delimited"
	"cometsync/internal/phrase"
)

// Table is where a source's rows begin.
type Table struct {
	Comma  byte
	At     int    // where the header's record begins in the text
	Row    int    // its number
	Above  []Line // with text, and no rows
	Blanks int    // rows without text above it
}

// Given is what is known of a text before its header is found.
type Given struct {
	Comma    byte // 0: it is to be found
	Fixed    bool // it is not to be found out
	Rendered bool // the text was rendered from a sheet or from lines: its quotes can be trusted
	Lines    bool // from lines: the header is ours
	Wanted   int  // where the user says that the header is; 0: it is found
}

// Among are the delimiters that it may have.
func (g Given) Among() []byte {
	switch {
	case g.Rendered:
		return []byte{','}
	case g.Comma == 0:
		return delimited.Delimiters
	}
	return []byte{g.Comma}
}

// Line is a record of a text's beginning.
type Line struct {
	Cells  []string
	At     int
	Row    int
	Broken bool // by its quotes
	quoted bool // it begins with one
}

// FirstLines takes a text's first records apart, those without text as well.
func FirstLines(text string, comma byte, rows, last int) []Line {
	var lines []Line
	scan := delimited.Scanner{Comma: comma}
	withText := 0
	for at, row := 0, 1; at < len(text) && (withText < rows || row <= last); row++ {
		l := Line{At: at, Row: row, quoted: text[at] == '"'}
		at = scan.Next(text, at)
		if !delimited.Blank(scan.Cells) {
			withText++
			l.Cells = slices.Clone(scan.Cells)
		}
		l.Broken = scan.Open || scan.Stray
		lines = append(lines, l)
	}
	return lines
}

// Agreeing is how many rows after the header are looked at.
const Agreeing = 20

// Find finds the header: the first row that names the uid, or the row that the
// user names, read with the delimiter under which it does so, and under which
// the rows after it have as many cells. If no row does, the first with text is
// taken, for an error that shows it.
//
// A row above the header has fewer cells than that. Others may be people, of
// whom nobody can say what their cells are.
func (m *Mapping) Find(g Given, text string) (Table, error) {
	commas := g.Among()
	best, most := Table{}, 0.0
	for _, comma := range commas {
		lines := FirstLines(text, comma, 1+TitleRows+Agreeing, g.Wanted)
		i := m.Header(g.Wanted, lines)
		if i < 0 {
			continue
		}
		h := lines[i]
		score := 1.0
		if m.HoldsUID(h.Cells) {
			score = 4
		}
		if len(h.Cells) > 1 {
			score++
		}
		score += Agree(lines[i+1:], func(l Line) bool { return len(l.Cells) == len(h.Cells) && !l.Broken })
		if score > most {
			most = score
			best = Table{Comma: comma, At: h.At, Row: h.Row}
			for _, l := range lines[:i] {
				if len(l.Cells) == 0 {
					best.Blanks++
				} else {
					best.Above = append(best.Above, l)
				}
			}
		}
	}
	if most > 0 {
		return best, nil
	}
	if g.Wanted > 0 {
		return Table{}, fmt.Errorf("row %d, the header by --header-row, has no text; name another", g.Wanted)
	}
	lines := FirstLines(text, commas[0], 1, 0)
	first := lines[len(lines)-1]
	comma := commas[0]
	if len(commas) > 1 {
		comma = delimited.Sniff(text[first.At:])
	}
	return Table{Comma: comma, At: first.At, Row: first.Row, Blanks: len(lines) - 1}, nil
}

// Agree is the share of the first rows below a header that are as it has it.
func Agree(below []Line, as func(l Line) bool) float64 {
	rows, same := 0, 0
	for _, l := range below {
		if len(l.Cells) > 0 && rows < Agreeing {
			if rows++; as(l) {
				same++
			}
		}
	}
	return float64(same) / float64(max(rows, 1))
}

// Header is which of some lines is the header; -1 if none is.
func (m *Mapping) Header(wanted int, lines []Line) int {
	if wanted > 0 {
		return slices.IndexFunc(lines, func(l Line) bool { return l.Row == wanted && len(l.Cells) > 0 })
	}
	found, withText := -1, 0
	for i, l := range lines {
		if len(l.Cells) == 0 {
			continue
		}
		if withText++; withText > 1+TitleRows {
			break
		}
		if l.Broken && withText > 1 || !m.HoldsUID(l.Cells) {
			continue
		}
		if Filled(l.Cells) > 1 {
			found = i
			break
		}
		if found < 0 {
			found = i
		}
	}
	if found < 0 {
		return -1
	}
	for _, l := range lines[:found] {
		if Filled(l.Cells) >= Filled(lines[found].Cells) {
			return -1
		}
	}
	return found
}

// Elsewhere says that the header may be another row than the first, and what then finds it.
func (m *Mapping) Elsewhere(l Line) string {
	text := fmt.Sprintf("row %d looks like the header (%s); ", l.Row, Quoted(l.Names()))
	if m.HoldsUID(l.Cells) {
		return text + fmt.Sprintf("if it is, say --header-row %d", l.Row)
	}
	names := callable(l.Names())
	if err := m.missing(names); err != nil {
		return text + err.Error()
	}
	likely, _ := LikelyUID(names)
	return text + fmt.Sprintf("if it is, say which of them holds the uid, as in %s, or have cometsync init look at the file",
		phrase.MapOption(likely, "uid"))
}

// Framed reports whether bars are around a row, as Markdown has them.
func Framed(comma byte, cells []string) bool {
	last := len(cells) - 1
	return comma == '|' && last > 1 && strings.TrimSpace(cells[0]) == "" && strings.TrimSpace(cells[last]) == ""
}

// Frame takes the text before the first bar for nothing.
func (h *Header) Frame() {
	h.Ignored = slices.DeleteFunc(h.Ignored, func(c Ignored) bool { return c.Name == nameless(0) })
}

// Trimmed is cells without the empty ones at their end.
func Trimmed(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}
