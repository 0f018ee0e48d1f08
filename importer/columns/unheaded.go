package columns

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A file may have no header at all: its first row is a person. Nothing is made
// of such a file by itself, since what its columns are is a guess, and a person
// who is taken for the header loses access. The settings can name its columns,
// in their order, as a header would; then row 1 is the first person.

// LeftAlone is in the settings for a column that is left alone.
const LeftAlone = "-"

func (s *Settings) checkColumns() error {
	if len(s.Columns) == 0 {
		return nil
	}
	for i, name := range s.Columns {
		switch {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("columns: the name of column %d is empty; write - for one that is left alone", i+1)
		case name != LeftAlone && slices.Contains(s.Columns[:i], name):
			return fmt.Errorf("columns: %q is named twice; write - for one that is left alone", name)
		}
	}
	if s.HeaderRow > 0 {
		return fmt.Errorf("columns: names the columns of a file without a header, and header-row says that row %d is one; leave one of "+
			"them out", s.HeaderRow)
	}
	return nil
}

// Unheaded finds out how the rows of a source are delimited whose columns the
// settings name: so that most of them have as many cells.
func (m *Mapping) Unheaded(g Given, text string) (Table, error) {
	want := len(m.Columns)
	fits := func(l Line) bool {
		return !l.Broken && len(l.Cells) > 0 && len(Trimmed(l.Cells)) <= want && (g.Rendered || len(l.Cells) >= want)
	}
	t, most := Table{}, -1
	var rows []Line
	for _, comma := range g.Among() {
		lines, n := FirstLines(text, comma, Agreeing, 0), 0
		for _, l := range lines {
			if fits(l) {
				n++
			}
		}
		if n > most {
			t.Comma, most, rows = comma, n, WithText(lines)
		}
	}
	if len(rows) == 0 {
		return t, ErrNoText
	}
	first := rows[0]
	if m.isHeader(first.Cells) {
		return t, fmt.Errorf("row %d looks like a header (%s), and columns in the settings says that there is none; leave columns out, or "+
			"take the row out", first.Row, Quoted(first.Cells))
	}
	if most == 0 {
		if what := m.Instead(g, t.Comma, rows); what != "" {
			return t, fmt.Errorf("%s", what)
		}
		return t, fmt.Errorf("row %d has %s (%s), and columns in the settings names %d; name every column in its order, and write - for "+
			"one that is left alone",
			first.Row, phrase.Counted(len(first.Cells), "cell"), Quoted(first.Cells), want)
	}
	return t, nil
}

// WithText are the lines that have some.
func WithText(lines []Line) []Line {
	return slices.DeleteFunc(lines, func(l Line) bool { return len(l.Cells) == 0 })
}

// isHeader reports whether a first row is the header that the settings say is not
// there: whether its cells are names of fields, the uid among them, or what the
// settings call the columns.
func (m *Mapping) isHeader(cells []string) bool {
	known, same := 0, 0
	for i, cell := range cells {
		name := AsHeader(cell)
		if _, ok := meaning(name); ok {
			known++
		}
		if i < len(m.Columns) && name != LeftAlone && Fold(name) == Fold(m.Columns[i]) {
			same++
		}
	}
	enough := min(2, Filled(cells))
	plain := Mapping{Transforms: m.Transforms}
	return same >= enough || known >= enough && plain.HoldsUID(cells)
}

// Instead says what a text is that is not delimited as it was taken to be,
// where its first rows show it; "" if they show nothing.
func (m *Mapping) Instead(g Given, comma byte, rows []Line) string {
	if len(rows) == 0 {
		return ""
	}
	if m.WholeQuoted(rows) && !g.Rendered {
		return fmt.Sprintf("every line is in quotes as a whole, so it is one cell (%s); export it again without them, or take the "+
			"outer quotes off and make the doubled ones single", Quoted(rows[0].Cells[:1]))
	}
	if g.Rendered {
		comma = 0 // its cells have none between them
	}
	if other := m.LikelyComma(rows, comma); other != 0 && g.Rendered {
		return fmt.Sprintf("every row is one cell (%s), with a %s between its parts; split the column, as with \"text to columns\", and "+
			"save it again", Quoted(rows[0].Cells[:1]), delimited.Name(other))
	} else if other != 0 {
		return fmt.Sprintf("the cells of row %d (%s) look as if a %s separates them; if so, say --delimiter %s", rows[0].Row,
			Quoted(Trimmed(rows[0].Cells)), delimited.Name(other), phrase.ShellWord(delimited.Word(other)))
	}
	return ""
}

// WholeQuoted reports whether each of some rows is one cell in quotes that holds
// what was a row.
func (m *Mapping) WholeQuoted(rows []Line) bool {
	for _, comma := range delimited.Delimiters {
		n := 0
		for _, l := range rows {
			if !l.quoted || Filled(l.Cells) != 1 || delimited.Count(l.Cells[0], comma) < 2 {
				break
			}
			n++
		}
		if n == len(rows) && n > 1 || n > 0 && m.HoldsUID(strings.Split(rows[0].Cells[0], string(rune(comma)))) {
			return true
		}
	}
	return false
}

// unusual are delimiters that nobody expects, but some programs write; so is
// every other sign outside of ASCII that is in a header.
const unusual = "^~:#!$%&*`<>{}=+\\\x01\x02\x1c\x1d\x1e\x1f"

// candidates are what may be between the cells of a header that is one cell.
func candidates(header string) []rune {
	all := append([]rune(string(delimited.Delimiters)), []rune(unusual)...)
	for _, c := range header {
		if c >= utf8.RuneSelf && c != utf8.RuneError && !unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.Z) &&
			!slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// LikelyComma is what separates cells, where rows that are one cell each
// show it: the first holds the uid if it is taken apart there, or all have as
// many cells; 0 if nothing does.
func (m *Mapping) LikelyComma(rows []Line, comma byte) rune {
	for _, l := range rows {
		if Filled(l.Cells) != 1 {
			if l.Row == rows[0].Row {
				return 0
			}
			rows = rows[:1] // only the first row counts
			break
		}
	}
	for _, byUID := range []bool{true, false} {
		for _, c := range candidates(rows[0].Cells[0]) {
			if c == rune(comma) {
				continue
			}
			first := strings.Split(rows[0].Cells[0], string(c))
			alike := len(rows) > 1 && len(first) > 1
			for _, l := range rows {
				alike = alike && strings.Count(l.Cells[0], string(c)) == len(first)-1
			}
			if len(first) > 1 && byUID && m.HoldsUID(first) || alike && !byUID {
				return c
			}
		}
	}
	return 0
}

// NoHeader reports whether the first of some rows is a person like the others: no
// cell of it is a name of a field, and one is what headers are not, or stands
// in a later row of its column again.
func (m *Mapping) NoHeader(rows []Line) bool {
	person := false
	for i, cell := range rows[0].Cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		again, numbers := Again(cell, i, rows[1:]), 0
		for _, l := range rows[1:] {
			if i >= len(l.Cells) {
				continue
			}
			below := strings.TrimSpace(l.Cells[i])
			if below != "" && (footer.Numeric(below) || series(below) == series(cell)) {
				numbers++
			}
		}
		if _, known := m.Of(AsHeader(cell)); known && !again {
			return false
		}
		person = person || again || strings.Contains(cell, "@") && strings.Contains(cell, ".") || strings.Contains(cell, "://") ||
			numbers > 0 && 2*numbers >= len(rows)-1 && (footer.Numeric(cell) || series(cell) != cell)
	}
	return person
}

// plainHeader reports whether the first of some rows can be no person: it has a
// cell that is known, or sounds like an id, or none below it; or one without a
// digit above nothing but numbers, addresses and the like, or with a capital
// above nothing but small letters.
func (m *Mapping) plainHeader(rows []Line) bool {
	if _, sure := LikelyUID(rows[0].Cells); sure || len(rows) == 1 {
		return true
	}
	for i, cell := range rows[0].Cells {
		if _, known := m.Of(AsHeader(cell)); known {
			return true
		}
		words, capital := !strings.ContainsAny(cell, footer.Digits+"@/"), strings.ContainsFunc(cell, unicode.IsUpper)
		for _, l := range rows[1:] {
			words = words && i < len(l.Cells) && strings.ContainsAny(l.Cells[i], footer.Digits+"@/")
			capital = capital && i < len(l.Cells) && !user.Empty(l.Cells[i]) && !strings.ContainsFunc(l.Cells[i], unicode.IsUpper)
		}
		if words || capital {
			return true
		}
	}
	return false
}

// series is a text without the number that it ends in, as in emp-7.
func series(text string) string { return strings.TrimRightFunc(text, unicode.IsDigit) }
