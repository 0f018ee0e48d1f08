package importer

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/delimited"
)

// table is where a source's rows begin.
type table struct {
	comma  byte
	at     int    // where the header's record begins in the text
	row    int    // its number
	above  []line // with text, and no rows
	blanks int    // rows without text above it
}

// given is what is known of a text before its header is found.
type given struct {
	comma  byte // 0: it is to be found
	fixed  bool // it is not to be found out
	sheet  bool // the text was rendered from a sheet or from lines
	lines  bool // from lines: the header is ours
	wanted int  // where the user says that the header is; 0: it is found
}

// among are the delimiters that it may have.
func (g given) among() []byte {
	switch {
	case g.sheet:
		return []byte{','}
	case g.comma == 0:
		return delimited.Delimiters
	}
	return []byte{g.comma}
}

// line is a record of a text's beginning.
type line struct {
	cells  []string
	at     int
	row    int
	broken bool // by its quotes
	quoted bool // it begins with one
}

// firstLines takes a text's first records apart, those without text as well.
func firstLines(text string, comma byte, rows, last int) []line {
	var lines []line
	scan := delimited.Scanner{Comma: comma}
	withText := 0
	for at, row := 0, 1; at < len(text) && (withText < rows || row <= last); row++ {
		l := line{at: at, row: row, quoted: text[at] == '"'}
		at = scan.Next(text, at)
		if !delimited.Blank(scan.Cells) {
			withText++
			l.cells = slices.Clone(scan.Cells)
		}
		l.broken = scan.Open || scan.Stray
		lines = append(lines, l)
	}
	return lines
}

// agreeing is how many rows behind the header are looked at.
const agreeing = 20

// find finds the header: the first row that names the uid, or the row that the
// user names, read with the delimiter under which it does so, and under which
// the rows behind it have as many cells. If no row does, the first with text is
// taken, for an error that shows it.
//
// A row above the header has fewer cells than that. Others may be people, of
// whom nobody can say what their cells are.
func (m *mapping) find(g given, text string) (table, error) {
	commas := g.among()
	best, most := table{}, 0.0
	for _, comma := range commas {
		lines := firstLines(text, comma, 1+titleRows+agreeing, g.wanted)
		i := m.header(g.wanted, lines)
		if i < 0 {
			continue
		}
		h := lines[i]
		score := 1.0
		if m.holdsUID(h.cells) {
			score = 4
		}
		if len(h.cells) > 1 {
			score++
		}
		rows, same := 0, 0
		for _, l := range lines[i+1:] {
			if len(l.cells) > 0 && rows < agreeing {
				rows++
				if len(l.cells) == len(h.cells) && !l.broken {
					same++
				}
			}
		}
		if rows > 0 {
			score += float64(same) / float64(rows)
		}
		if score > most {
			most = score
			best = table{comma: comma, at: h.at, row: h.row}
			for _, l := range lines[:i] {
				if len(l.cells) == 0 {
					best.blanks++
				} else {
					best.above = append(best.above, l)
				}
			}
		}
	}
	if most > 0 {
		return best, nil
	}
	if g.wanted > 0 {
		return table{}, fmt.Errorf("row %d, the header by --header-row, has no text; name another", g.wanted)
	}
	lines := firstLines(text, commas[0], 1, 0)
	first := lines[len(lines)-1]
	comma := commas[0]
	if len(commas) > 1 {
		comma = delimited.Sniff(text[first.at:])
	}
	return table{comma: comma, at: first.at, row: first.row, blanks: len(lines) - 1}, nil
}

// header is which of some lines is the header; -1 if none is.
func (m *mapping) header(wanted int, lines []line) int {
	if wanted > 0 {
		return slices.IndexFunc(lines, func(l line) bool { return l.row == wanted && len(l.cells) > 0 })
	}
	found, withText := -1, 0
	for i, l := range lines {
		if len(l.cells) == 0 {
			continue
		}
		if withText++; withText > 1+titleRows {
			break
		}
		if l.broken && withText > 1 || !m.holdsUID(l.cells) {
			continue
		}
		if filled(l.cells) > 1 {
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
		if filled(l.cells) >= filled(lines[found].cells) {
			return -1
		}
	}
	return found
}

// elsewhere says that the header may be another row than the first.
func (n numbered) elsewhere() string {
	return fmt.Sprintf("row %d looks like the header (%s); if it is, say --header-row %d", n.row, quoted(n.names()), n.row)
}

// framed says whether bars stand around a row, as Markdown has them.
func framed(comma byte, cells []string) bool {
	last := len(cells) - 1
	return comma == '|' && last > 1 && strings.TrimSpace(cells[0]) == "" && strings.TrimSpace(cells[last]) == ""
}

// frame takes the text before the first bar for nothing.
func (h *header) frame() {
	h.framed = true
	h.ignored = slices.DeleteFunc(h.ignored, func(c ignored) bool { return c.name == nameless(0) })
}

// trimmed is cells without the empty ones at their end.
func trimmed(cells []string) []string {
	for len(cells) > 0 && strings.TrimSpace(cells[len(cells)-1]) == "" {
		cells = cells[:len(cells)-1]
	}
	return cells
}
