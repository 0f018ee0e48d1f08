package importer

import (
	"strings"
	"unicode"

	"cometsync/importer/footer"
	"cometsync/importer/table"
	"cometsync/internal/user"
)

// noted says whether the scanner's record is no person by a pattern.
func (w *worker) noted(s *source, b *batch, line int, unended bool) bool {
	if s.Lines || s.rows != nil || w.scan.Open || w.scan.Stray || w.scan.Spans || unended && b.cut {
		return false
	}
	p := s.Mapping.Footers.Matches(w.scan.Cells)
	if p == nil {
		return false
	}
	if w.likePerson(s, p, unended) {
		b.sights[patternedPeople].show(line, p.Written)
		b.sights[patternedPeople].n++
		return false
	}
	return true
}

// likePerson says whether a row that matches a pattern may be somebody.
func (w *worker) likePerson(s *source, p *footer.Pattern, unended bool) bool {
	if len(w.marks) > 0 {
		return true
	}
	name, named, beside := false, false, false
	for i, c := range s.Header.Columns[:len(s.Header.Names)] {
		if !s.Header.Reads(i) {
			continue
		}
		text := i < len(w.scan.Cells) && !user.Empty(w.scan.Cells[i])
		name = name || c.Field == user.Name
		named = named || c.Field == user.Name && text && strings.ContainsFunc(w.scan.Cells[i], unicode.IsLetter)
		beside = beside || text && i != s.Header.UID && s.Header.Transform.Use(i).Field != user.UID
	}
	if cell, ok := s.UIDCell(w.scan.Cells); ok && w.mayBeUID(s, cell) {
		// Of a roster of nothing but uids, nobody has anything beside it.
		return beside || !name || unended
	}
	return named && !p.Anchored
}

// takeNote takes up the scanner's record, which is no person by a pattern.
func (b *batch) takeNote(cells []string, line int, comma byte) {
	b.counts = append(b.counts, footer.Says(cells))
	b.asides = append(b.asides, aside{line, footerRow, table.Shown(cells, comma)})
}
