package sheet

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// Of a workbook whose sheets nobody named, the one with a uid column is read.
// Whoever is on another one is absent then, and would lose access, if only
// the header of that sheet is not understood: pupils under "Kennung" beside
// teachers under "uid". So what the other visible sheets hold is looked at, and
// a table counts as people unless something shows that it is none:
//
//   - its name says that it explains or sums up (Legend), or of two or three
//     columns one does (Description);
//   - most of its rows have a cell as long as a sentence;
//   - it has a pivot table;
//   - its first column lists what the roster's own columns are called or hold
//     many times, such as classes or roles, each once; a class alone with
//     something else than a number beside it may be a pupil's.
//
// Mail addresses and columns for first or last names are people all the same.
// A sheet that can't be read may hold anybody.

// explaining are words by which sheets say that they hold no people, describing
// those by which columns do.
var (
	explaining = phrase.Set(`about anleitung auswertung changelog config configuration erklarung erlauterung erlauterungen explanation
		glossar glossary help hilfe hinweis hinweise info information instruction instructions istruzioni legend legenda legende
		leyenda lookup lookups manual metadata notes pivot readme settings statistics statistik stats`)
	describing = phrase.Set(`bedeutung beschreibung betekenis descripcion description descrizione erklarung erlauterung explanation
		meaning omschrijving signification significado significato`)
)

const mostBytes = 1 << 20

// sentence is how many words make a cell of one.
const sentence = 8

// Other is one that was left alone although it may hold people.
type Other struct {
	Name, Why string
	Unread    bool // it is damaged
}

// Others are the visible ones of a workbook, of which one was read under a
// header, that may hold people; none is read yet if that is nil.
func Others(book *workbook.Book, m *columns.Mapping, name string, h *columns.Header) (left []Other) {
	var known vocabulary // nil: not looked at yet
	for _, sheet := range book.Sheets() {
		if sheet.Visibility != workbook.Visible || sheet.Name == name {
			continue
		}
		rows, err := firstRowsOf(book, sheet)
		if err != nil {
			left = append(left, Other{sheet.Name, fmt.Sprintf("can't be read (%v), and may hold people", err), true})
			continue
		}
		if known == nil && len(rows) > 1 {
			known = vocabularyOf(book, name, h)
		}
		if t := newOtherTable(sheet.Name, rows, m, known); t.people(m, known, book.HasPivot(sheet)) {
			left = append(left, Other{sheet.Name, fmt.Sprintf("was left alone, although its rows may be people: none of its columns "+
				"(%s) is known to hold the uid", columns.Quoted(t.names())), false})
		}
	}
	return left
}

// firstRowsOf are the first rows of a sheet that have text, as far as it takes
// to know what it is.
func firstRowsOf(book *workbook.Book, sheet workbook.Sheet) (out [][]string, err error) {
	rows, err := book.Rows(sheet)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	s := &Reader{book: book}
	for size := 0; len(out) < columns.SampleRows && size < mostBytes && rows.Next(); {
		cells := s.plainCells(rows.Row())
		if !delimited.Blank(cells) {
			out = append(out, cells)
		}
		for _, c := range cells {
			size += len(c)
		}
	}
	return out, rows.Err()
}

// vocabulary is what the columns of the sheet that was read are called, which are
// true, and the values that they repeat; both folded. The uid and names are
// nobody's label.
type vocabulary map[string]bool

func vocabularyOf(book *workbook.Book, name string, h *columns.Header) vocabulary {
	known := vocabulary{}
	if h == nil {
		return known // not read yet, and only looked at
	}
	for _, header := range h.Names {
		known[columns.Fold(header)] = true
	}
	for _, sheet := range book.Sheets() {
		if sheet.Name != name {
			continue
		}
		rows, _ := firstRowsOf(book, sheet) // what is wrong with it, reading it has told
		for i, c := range h.Columns {
			if c.Field == user.UID || c.Field == user.Name {
				continue
			}
			times := map[string]int{}
			for _, cells := range rows {
				if i < len(cells) && cells[i] != "" && columns.Fold(cells[i]) != columns.Fold(c.Header) {
					times[columns.Fold(cells[i])]++
				}
			}
			for value, n := range times {
				if n > 1 && len(times)*2 < len(rows) && !known[value] {
					known[value] = false
				}
			}
		}
	}
	return known
}

// otherTable is what a sheet shows that was not read.
type otherTable struct {
	sheet string
	rows  [][]string // with several cells, or if hardly any row has, all
	wide  bool       // they have several
}

func newOtherTable(sheet string, rows [][]string, m *columns.Mapping, known vocabulary) *otherTable {
	t := &otherTable{sheet: sheet}
	last := 0
	for i, cells := range rows {
		if columns.Filled(cells) > 1 {
			t.rows, last = append(t.rows, cells), i
		}
	}
	t.wide = len(t.rows) > 1
	switch {
	case t.wide:
	case len(t.rows) == 1 && len(rows) > 1:
		t.rows = rows
		t.wide = last == 0 && underHeader(rows) || last == len(rows)-1 && !known.called(m, rows[last])
	default:
		t.rows = rows
	}
	return t
}

// underHeader reports whether below a first row of several names stand cells that
// may each be an id or a name: people of whom no more is told.
func underHeader(rows [][]string) bool {
	const words = 3 // of a name
	if rowsWith(rows[:1], func(cell string) bool { return strings.ContainsAny(cell, footer.Digits) }) > 0 {
		return false
	}
	return rowsWith(rows[1:], func(cell string) bool { return len(strings.Fields(cell)) > words }) == 0
}

// called reports whether a row names columns, and is not a person below a title.
func (known vocabulary) called(m *columns.Mapping, cells []string) bool {
	return slices.ContainsFunc(cells, func(cell string) bool {
		_, is := m.Of(columns.AsHeader(cell))
		return is || known[columns.Fold(cell)]
	})
}

func (t *otherTable) names() []string {
	var names []string
	for _, c := range t.rows[0] {
		if c = columns.AsHeader(c); c != "" {
			names = append(names, c)
		}
	}
	return names
}

func (t *otherTable) people(m *columns.Mapping, known vocabulary, pivot bool) bool {
	if len(t.rows) < 2 {
		return false
	}
	if rowsWith(t.rows, func(cell string) bool { return strings.Contains(cell, "@") }) > 1 {
		return true
	}
	if !t.wide {
		// Prose, or a list: of people only if each has an id with digits in it.
		return t.ids() == len(t.rows)-1
	}
	for _, name := range t.rows[0] {
		if f, ok := m.Of(columns.AsHeader(name)); ok && f.Field == user.Name && f.Part != user.Whole {
			return true
		}
	}
	switch {
	case explains(t.sheet), pivot:
		return false
	case columns.Filled(t.rows[0]) <= 3 && slices.ContainsFunc(t.rows[0], func(name string) bool { return describing[plainWord(name)] }):
		return false
	case 2*rowsWith(t.rows, func(cell string) bool { return len(strings.Fields(cell)) >= sentence }) >= len(t.rows)-1:
		return false
	}
	return !t.lists(known)
}

func rowsWith(rows [][]string, is func(cell string) bool) (n int) {
	for _, cells := range rows {
		if slices.ContainsFunc(cells, is) {
			n++
		}
	}
	return n
}

// ids is how many rows below the first have a text of their own, without a
// space, with a digit in it.
func (t *otherTable) ids() int {
	seen := map[string]bool{}
	for _, cells := range t.rows[1:] {
		id := strings.TrimSpace(strings.Join(cells, ""))
		if strings.ContainsFunc(id, unicode.IsDigit) && !strings.ContainsFunc(id, unicode.IsSpace) {
			seen[id] = true
		}
	}
	return len(seen)
}

// lists reports whether the first column lists what is known of the roster, below
// whatever it is called itself.
func (t *otherTable) lists(known vocabulary) bool {
	seen := map[string]bool{}
	n, told := 0, 0
	for _, cells := range t.rows[1:] {
		i := slices.IndexFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" })
		value := columns.Fold(cells[i])
		if seen[value] {
			return false
		}
		seen[value] = true
		n++
		column, is := known[value]
		if is && (column || len(t.rows) > 2 || numbersOnly(cells[i+1:])) {
			told++
		}
	}
	return 2*told >= n
}

func numbersOnly(cells []string) bool {
	return !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" && !footer.Numeric(c) })
}

// explains reports whether a sheet's name, or its first word, is one of what holds
// no people.
func explains(name string) bool {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	return len(words) > 0 && (explaining[plainWord(words[0])] || explaining[plainWord(strings.Join(words, ""))])
}

func plainWord(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsMark(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(columns.Fold(word)))
}
