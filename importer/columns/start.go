package columns

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/delimited"
	"cometsync/internal/user"
)

// SampleRows is how many cells are looked at for what a column holds.
const SampleRows = 1000

// ErrNoText is the error of a source in whose first rows nothing is written.
var ErrNoText = errors.New("has no text; export it again")

// Start finds where a text's rows begin, behind first bytes, and the cells of
// its header, which may be the settings'.
func (m *Mapping) Start(g Given, text string) (t Table, header []string, first int, err error) {
	if m.Columns != nil && !g.Lines {
		t, err = m.Unheaded(g, text)
		return t, m.Columns, 0, err
	}
	if t, err = m.Find(g, text); err != nil {
		return t, nil, 0, err
	}
	header, first, err = t.Header(text)
	return t, header, first, err
}

// Header is the header's cells, and where the first row begins.
func (t Table) Header(text string) (cells []string, first int, err error) {
	scan := delimited.Scanner{Comma: t.Comma}
	first = scan.Next(text, t.At)
	if scan.Open {
		err = fmt.Errorf("a quote in row %d, the header, is never closed; close it", t.Row)
	}
	return delimited.Clone(scan.Cells), first, err
}

// Explained is the error of a text without a header that names the uid, by what
// its first rows show it to be. Whatever may be a person is not proposed as one.
func (m *Mapping) Explained(err error, g Given, text string, t Table) error {
	rows := WithText(FirstLines(text[t.At:], g.Comma, 1+Agreeing, 0))
	if len(rows) == 0 {
		return ErrNoText
	}
	for i := range rows {
		rows[i].Row += t.Row - 1
	}
	if what := m.Instead(g, g.Comma, rows); what != "" {
		return fmt.Errorf("%w: %s", ErrNoUID, what)
	}
	if m.NoHeader(rows) {
		return fmt.Errorf("%w: row %d (%s) looks like a person, and not like a header; if the file has none, name its columns in their "+
			"order with --columns (or columns in the configuration), as in --columns uid,name,- where - leaves one alone",
			ErrNoUID, rows[0].Row, Quoted(Trimmed(rows[0].Cells)))
	}
	if n, ok := m.Below(rows); ok && g.Wanted == 0 {
		return fmt.Errorf("%w; %s", ErrNoUID, m.Elsewhere(n))
	}
	plain := Mapping{} // knows what names mean by themselves
	if len(m.missingOf(m.Keys, rows[0].Cells)) == 0 && (!m.plainHeader(rows) || plain.NoHeader(rows)) {
		return fmt.Errorf("%w; row %d has %s; if that is the header, say which one does, as in --map 'HEADER=uid', and if it is a person "+
			"already, name the columns with --columns",
			ErrNoUID, t.Row, Quoted(Trimmed(rows[0].Cells)))
	}
	return err
}

// HoldsPresence looks at a column's first cells that have a value: whether
// they are CometChat's presence, and none is a state.
func HoldsPresence(text string, comma byte, column int) bool {
	scan, presence := delimited.Scanner{Comma: comma}, false
	for at, seen := 0, 0; at < len(text) && seen < SampleRows; {
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

// Again reports whether a column has a cell's text in one of some lines, too, as
// none has its header's.
func Again(cell string, column int, lines []Line) bool {
	return slices.ContainsFunc(lines, func(l Line) bool {
		return column < len(l.Cells) && strings.TrimSpace(l.Cells[column]) == strings.TrimSpace(cell)
	})
}
