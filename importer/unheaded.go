package importer

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

// noColumn stands in the settings for a column that is left alone.
const noColumn = "-"

// checkColumns says what is wrong with the names of columns.
func (s *Settings) checkColumns() error {
	if len(s.Columns) == 0 {
		return nil
	}
	for i, name := range s.Columns {
		switch {
		case strings.TrimSpace(name) == "":
			return fmt.Errorf("columns: the name of column %d is empty; write - for one that is left alone", i+1)
		case name != noColumn && slices.Contains(s.Columns[:i], name):
			return fmt.Errorf("columns: %q is named twice; write - for one that is left alone", name)
		}
	}
	if s.HeaderRow > 0 {
		return fmt.Errorf("columns: names the columns of a file without a header, and header-row says that row %d is one; leave one of them out", s.HeaderRow)
	}
	return nil
}

// unheaded finds out how the rows of a source are delimited whose columns the
// settings name: so that most of them have as many cells.
func (m *mapping) unheaded(g given, text string) (table, error) {
	want := len(m.columns)
	fits := func(l line) bool {
		return !l.broken && len(l.cells) > 0 && len(trimmed(l.cells)) <= want && (g.sheet || len(l.cells) >= want)
	}
	t, most := table{}, -1
	var rows []line
	for _, comma := range g.among() {
		lines, n := firstLines(text, comma, agreeing, 0), 0
		for _, l := range lines {
			if fits(l) {
				n++
			}
		}
		if n > most {
			t.comma, most, rows = comma, n, withText(lines)
		}
	}
	if len(rows) == 0 {
		return t, errNoText
	}
	first := rows[0]
	if m.isHeader(first.cells) {
		return t, fmt.Errorf("row %d looks like a header (%s), and columns in the settings says that there is none; leave columns out, or take the row out", first.row, quoted(first.cells))
	}
	if most == 0 {
		if what := m.instead(g, t.comma, rows); what != "" {
			return t, fmt.Errorf("%s", what)
		}
		return t, fmt.Errorf("row %d has %s (%s), and columns in the settings names %d; name every column in its order, and write - for one that is left alone",
			first.row, phrase.Plural(len(first.cells), "cell"), quoted(first.cells), want)
	}
	return t, nil
}

// withText are the lines that have some.
func withText(lines []line) []line {
	return slices.DeleteFunc(lines, func(l line) bool { return len(l.cells) == 0 })
}

// isHeader says whether a first row is the header that the settings say is not
// there: whether its cells are names of fields, the uid among them, or what the
// settings call the columns.
func (m *mapping) isHeader(cells []string) bool {
	known, same := 0, 0
	for i, cell := range cells {
		name := asHeader(cell)
		if _, ok := meaning(name); ok {
			known++
		}
		if i < len(m.columns) && name != noColumn && fold(name) == fold(m.columns[i]) {
			same++
		}
	}
	enough := min(2, filled(cells))
	plain := mapping{shape: m.shape}
	return same >= enough || known >= enough && plain.holdsUID(cells)
}

// instead says what a text is that is not delimited as it was taken to be,
// where its first rows show it; "" if they show nothing.
func (m *mapping) instead(g given, comma byte, rows []line) string {
	if len(rows) == 0 {
		return ""
	}
	if m.wholeQuoted(rows) && !g.sheet {
		return fmt.Sprintf("every line is in quotes as a whole, so that it is one cell (%s); export it again without them, or take the outer quotes off and make the doubled ones single", quoted(rows[0].cells[:1]))
	}
	if g.sheet {
		comma = 0 // its cells have none between them
	}
	if other := m.likelyComma(rows, comma); other != 0 && g.sheet {
		return fmt.Sprintf("every row is one cell (%s), with a %s between its parts; split the column, as with \"text to columns\", and save it again", quoted(rows[0].cells[:1]), delimited.Name(other))
	} else if other != 0 {
		return fmt.Sprintf("the cells of row %d (%s) look as if a %s stands between them; if so, say --delimiter %s", rows[0].row, quoted(trimmed(rows[0].cells)), delimited.Name(other), shellWord(delimited.Word(other)))
	}
	return ""
}

// wholeQuoted says whether each of some rows is one cell in quotes that holds
// what was a row.
func (m *mapping) wholeQuoted(rows []line) bool {
	for _, comma := range delimited.Delimiters {
		n := 0
		for _, l := range rows {
			if !l.quoted || filled(l.cells) != 1 || delimited.Count(l.cells[0], comma) < 2 {
				break
			}
			n++
		}
		if n == len(rows) && n > 1 || n > 0 && m.holdsUID(strings.Split(rows[0].cells[0], string(rune(comma)))) {
			return true
		}
	}
	return false
}

// unusual are delimiters that nobody expects, but some programs write; so is
// every other sign outside of ASCII that stands in a header.
const unusual = "^~:#!$%&*`<>{}=+\\\x01\x02\x1c\x1d\x1e\x1f"

// candidates are what may stand between the cells of a header that is one cell.
func candidates(header string) []rune {
	all := append([]rune(string(delimited.Delimiters)), []rune(unusual)...)
	for _, c := range header {
		if c >= utf8.RuneSelf && c != utf8.RuneError && !unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.Z) && !slices.Contains(all, c) {
			all = append(all, c)
		}
	}
	return all
}

// likelyComma is what stands between cells, where rows that are one cell each
// show it: the first holds the uid if it is taken apart there, or all have as
// many cells; 0 if nothing does.
func (m *mapping) likelyComma(rows []line, comma byte) rune {
	for _, l := range rows {
		if filled(l.cells) != 1 {
			if l.row == rows[0].row {
				return 0
			}
			rows = rows[:1] // only the first row counts
			break
		}
	}
	for _, byUID := range []bool{true, false} {
		for _, c := range candidates(rows[0].cells[0]) {
			if c == rune(comma) {
				continue
			}
			first := strings.Split(rows[0].cells[0], string(c))
			alike := len(rows) > 1 && len(first) > 1
			for _, l := range rows {
				alike = alike && strings.Count(l.cells[0], string(c)) == len(first)-1
			}
			if len(first) > 1 && byUID && m.holdsUID(first) || alike && !byUID {
				return c
			}
		}
	}
	return 0
}

// noHeader says whether the first of some rows is a person like the others: no
// cell of it is a name of a field, and one is what headers are not, or stands
// in a later row of its column again.
func (m *mapping) noHeader(rows []line) bool {
	person := false
	for i, cell := range rows[0].cells {
		cell = strings.TrimSpace(cell)
		if cell == "" {
			continue
		}
		again, numbers := again(cell, i, rows[1:]), 0
		for _, l := range rows[1:] {
			if i >= len(l.cells) {
				continue
			}
			below := strings.TrimSpace(l.cells[i])
			if below != "" && (footer.Numeric(below) || series(below) == series(cell)) {
				numbers++
			}
		}
		if _, known := m.of(asHeader(cell)); known && !again {
			return false
		}
		person = person || again || strings.Contains(cell, "@") && strings.Contains(cell, ".") || strings.Contains(cell, "://") ||
			numbers > 0 && 2*numbers >= len(rows)-1 && (footer.Numeric(cell) || series(cell) != cell)
	}
	return person
}

// plainHeader says whether the first of some rows can be no person: it has a
// cell that is known, or sounds like an id, or none below it; or one without a
// digit above nothing but numbers, addresses and the like, or with a capital
// above nothing but small letters.
func (m *mapping) plainHeader(rows []line) bool {
	if _, sure := likelyUID(rows[0].cells); sure || len(rows) == 1 {
		return true
	}
	for i, cell := range rows[0].cells {
		if _, known := m.of(asHeader(cell)); known {
			return true
		}
		words, capital := !strings.ContainsAny(cell, footer.Digits+"@/"), strings.ContainsFunc(cell, unicode.IsUpper)
		for _, l := range rows[1:] {
			words = words && i < len(l.cells) && strings.ContainsAny(l.cells[i], footer.Digits+"@/")
			capital = capital && i < len(l.cells) && !user.Empty(l.cells[i]) && !strings.ContainsFunc(l.cells[i], unicode.IsUpper)
		}
		if words || capital {
			return true
		}
	}
	return false
}

// series is a text without the number that it ends in, as in emp-7.
func series(text string) string { return strings.TrimRightFunc(text, unicode.IsDigit) }

// shellWord is a delimiter's word as a shell takes it.
func shellWord(word string) string {
	if utf8.RuneCountInString(word) > 1 && word[0] != '\\' {
		return word
	}
	return "'" + word + "'"
}
