package record

import (
	"strings"
	"unicode"

	"cometsync/importer/footer"
	"cometsync/internal/user"
)

// Patterned is the pattern by which the record is not a person; person says that
// it may be one all the same.
func (r *Record) Patterned() (p *footer.Pattern, person bool) {
	if r.Lines || r.Scan.Open || r.Scan.Stray || r.Scan.Spans {
		return nil, false
	}
	if p = r.Mapping.Patterns.Matches(r.Scan.Cells); p != nil {
		person = r.likePerson(p)
	}
	return p, person
}

func (r *Record) likePerson(p *footer.Pattern) bool {
	if r.Marked {
		return true
	}
	name, named, beside := false, false, false
	for i, c := range r.Header.Columns[:len(r.Header.Names)] {
		if !r.Header.Reads(i) {
			continue
		}
		text := i < len(r.Scan.Cells) && !user.Empty(r.Scan.Cells[i])
		name = name || c.Field == user.Name
		named = named || c.Field == user.Name && text && strings.ContainsFunc(r.Scan.Cells[i], unicode.IsLetter)
		beside = beside || text && i != r.Header.UID && r.Header.Transform.Use(i).Field != user.UID
	}
	if cell, ok := r.UIDCell(r.Scan.Cells); ok && r.mayBeUID(cell) {
		// Of a roster of nothing but uids, nobody has anything beside it.
		return beside || !name || r.Unended
	}
	return named && !p.Anchored
}

// FooterKind is what makes a footer of a row that can't be used: its words, or its
// words although its uid could be one, or else its number, if that is how many rows
// there are.
type FooterKind int32

const (
	NoFooter FooterKind = 0
	ByWords  FooterKind = -1
	ByTotal  FooterKind = -2
)

// FooterKind is that of the record, which can't be used.
func (r *Record) FooterKind() FooterKind {
	cells := r.Scan.Cells
	if r.Lines || r.Scan.Open || r.Scan.Stray || r.Scan.Spans || r.Marked || r.NamesSomebody(cells) {
		return NoFooter
	}
	cell, ok := r.UIDCell(cells)
	switch {
	case ok && r.mayBeUID(cell) && !(severalWords(strings.TrimSpace(cell)) && footer.Note(cells)):
		if r.Nameless(cells) && footer.SumUID(cell, cells) {
			return ByTotal
		}
		return NoFooter
	case footer.Total(cells), footer.Rule(cells):
		return ByWords
	case (!ok || user.Empty(cell) || !footer.Numeric(strings.TrimSpace(cell))) && footer.Note(cells):
		return ByWords
	}
	return FooterKind(footer.Count(cells))
}

func severalWords(cell string) bool { return strings.ContainsAny(cell, " \u00a0") }

func (r *Record) mayBeUID(cell string) bool {
	uid, _ := r.uidOf(cell)
	return uid != ""
}

// sumsUp reports whether a row that could be used is a footer all the same: a sum;
// or where uids are made of texts, any that has one of several words.
func (r *Record) sumsUp(cell string) bool {
	return !r.Lines && (footer.TotalUID(cell, r.Scan.Cells) || r.Rules.Rewrite != user.NoRewrite && severalWords(cell) &&
		(footer.Total(r.Scan.Cells) || footer.Note(r.Scan.Cells)))
}
