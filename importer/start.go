package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/delimited"
	"cometsync/internal/user"
)

// sampleRows is how many cells are looked at for what a column holds.
const sampleRows = 1000

// errNoText is the error of a source in whose first rows nothing is written.
var errNoText = errors.New("has no text; export it again")

// start finds where a text's rows begin, behind first bytes, and the cells of
// its header, which may be the settings'.
func (m *mapping) start(g given, text string) (t table, header []string, first int, err error) {
	if m.columns != nil && !g.lines {
		t, err = m.unheaded(g, text)
		return t, m.columns, 0, err
	}
	if t, err = m.find(g, text); err != nil {
		return t, nil, 0, err
	}
	scan := delimited.Scanner{Comma: t.comma}
	first = scan.Next(text, t.at)
	if scan.Open {
		err = fmt.Errorf("a quote in row %d, the header, is never closed; close it", t.row)
	}
	return t, delimited.Clone(scan.Cells), first, err
}

// explained is the error of a text without a header that names the uid, by what
// its first rows show it to be. Whatever may be a person is not proposed as one.
func (m *mapping) explained(err error, g given, text string, t table) error {
	rows := withText(firstLines(text[t.at:], g.comma, 1+agreeing, 0))
	if len(rows) == 0 {
		return errNoText
	}
	for i := range rows {
		rows[i].row += t.row - 1
	}
	if what := m.instead(g, g.comma, rows); what != "" {
		return fmt.Errorf("%w: %s", errNoUID, what)
	}
	if m.noHeader(rows) {
		return fmt.Errorf("%w: row %d (%s) looks like a person, and not like a header; if the file has none, name its columns in their order with --columns (or columns in the configuration), as in --columns uid,name,- where - leaves one alone",
			errNoUID, rows[0].row, quoted(trimmed(rows[0].cells)))
	}
	if n, ok := m.below(firstRows(g, text[t.at:], t.row)); ok && g.wanted == 0 {
		return fmt.Errorf("%w; %s", errNoUID, n.elsewhere())
	}
	plain := mapping{} // knows what names mean by themselves
	if len(m.missingOf(rows[0].cells)) == 0 && (!m.plainHeader(rows) || plain.noHeader(rows)) {
		return fmt.Errorf("%w; row %d has %s; if that is the header, say which one does, as in --map 'HEADER=uid', and if it is a person already, name the columns with --columns",
			errNoUID, t.row, quoted(trimmed(rows[0].cells)))
	}
	return err
}

// firstRows are the rows with text among which a header may be; line is the
// number of the first. What stands between cells is guessed for each row:
// a title says nothing about it.
func firstRows(g given, text string, line int) []numbered {
	var rows []numbered
	for at := 0; at < len(text) && len(rows) <= titleRows; line++ {
		scan := delimited.Scanner{Comma: g.comma}
		if !g.sheet && !g.fixed {
			scan.Comma = delimited.Sniff(text[at:])
		}
		at = scan.Next(text, at)
		if !delimited.Blank(scan.Cells) {
			rows = append(rows, numbered{scan.Cells, line})
		}
	}
	return rows
}

// holdsPresence looks at a column's first cells that have a value: whether
// they are CometChat's presence, and none is a state.
func holdsPresence(text string, comma byte, column int) bool {
	scan, presence := delimited.Scanner{Comma: comma}, false
	for at, seen := 0, 0; at < len(text) && seen < sampleRows; {
		at = scan.Next(text, at)
		if column >= len(scan.Cells) || strings.TrimSpace(scan.Cells[column]) == "" {
			continue
		}
		seen++
		cell := strings.ToValidUTF8(scan.Cells[column], "")
		if _, ok := user.ParseState(cell); ok {
			return false
		}
		presence = presence || user.Presence(cell)
	}
	return presence
}

// again says whether a column has a cell's text in one of some lines, too, as
// none has its header's.
func again(cell string, column int, lines []line) bool {
	return slices.ContainsFunc(lines, func(l line) bool {
		return column < len(l.cells) && strings.TrimSpace(l.cells[column]) == strings.TrimSpace(cell)
	})
}
