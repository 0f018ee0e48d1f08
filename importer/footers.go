package importer

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"cometsync/internal/user"
)

// Settings may say by patterns which rows are no people. A pattern that is too
// wide must not take people away: a row stays what it is if its uid could be
// one and anything else of it is filled, or if it has a name and the pattern
// does not begin with a text.

// footerPattern is a glob over a row's text.
type footerPattern struct {
	written, glob string
	anchored      bool // it begins with a text that is no slip
}

// footerPatterns checks the patterns of settings.
func footerPatterns(written []string) ([]footerPattern, error) {
	var out []footerPattern
	for _, w := range written {
		p := footerPattern{written: w, glob: flatText(w)}
		if _, err := path.Match(p.glob, ""); err != nil {
			return nil, fmt.Errorf("%q is no pattern; close its brackets, and write \\[ for one that is text", w)
		}
		plain := withoutWildcards(p.glob)
		if !strings.ContainsFunc(plain, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) && len(plain) < 3 {
			return nil, fmt.Errorf("%q would match any row; write what the lines say, as in 'Printed by *'", w)
		}
		text, _, _ := strings.Cut(p.glob, "*")
		text, _, _ = strings.Cut(text, "?")
		text, _, _ = strings.Cut(text, "[")
		p.anchored = len([]rune(text)) >= 3
		out = append(out, p)
	}
	return out, nil
}

// withoutWildcards is what a glob says itself, without spaces.
func withoutWildcards(glob string) string {
	var b strings.Builder
	in := false
	for i := 0; i < len(glob); i++ {
		switch c := glob[i]; {
		case c == '\\' && i+1 < len(glob):
			i++
			if !in {
				b.WriteByte(glob[i])
			}
		case c == '[' && !in:
			in = true
		case c == ']' && in:
			in = false
		case !in && c != '*' && c != '?' && c != ' ':
			b.WriteByte(c)
		}
	}
	return b.String()
}

// flatText is a text, or a pattern, as both are compared: in lower case, and
// without slashes, at which a path's * would end.
func flatText(text string) string {
	return strings.ReplaceAll(strings.ToLower(user.Text(strings.ToValidUTF8(text, "\uFFFD"))), "/", "\x00")
}

// rowText is the cells with text, with a space between them.
func rowText(cells []string) string {
	var with []string
	for _, c := range cells {
		if !isEmpty(c) {
			with = append(with, c)
		}
	}
	return flatText(strings.Join(with, " "))
}

// likePeople is rows that match a pattern and are people by the look of them.
type likePeople struct {
	n, row  int // the first of them
	pattern string
}

func (p *likePeople) merge(other likePeople, line int) {
	if p.n == 0 && other.n > 0 {
		p.row, p.pattern = other.row+line, other.pattern
	}
	p.n += other.n
}

// matches is the first pattern that a row matches.
func (m *mapping) matches(cells []string) *footerPattern {
	if len(m.footers) == 0 {
		return nil
	}
	text := rowText(cells)
	i := slices.IndexFunc(m.footers, func(p footerPattern) bool {
		ok, _ := path.Match(p.glob, text)
		return ok
	})
	if i < 0 {
		return nil
	}
	return &m.footers[i]
}

// noted says whether the scanner's record is no person by a pattern.
func (w *worker) noted(s *source, b *batch, line int, unended bool) bool {
	if s.lines || s.rows != nil || w.scan.Open || w.scan.Stray || w.scan.Spans || unended && b.cut {
		return false
	}
	p := s.mapping.matches(w.scan.Cells)
	if p == nil {
		return false
	}
	if w.likePerson(s, p, unended) {
		b.people.merge(likePeople{1, line, p.written}, 0)
		return false
	}
	return true
}

// likePerson says whether a row that matches a pattern may be somebody.
func (w *worker) likePerson(s *source, p *footerPattern, unended bool) bool {
	if len(w.marks) > 0 {
		return true
	}
	name, named, beside := false, false, false
	for i, c := range s.header.columns[:len(s.header.names)] {
		if !s.header.reads(i) {
			continue
		}
		text := i < len(w.scan.Cells) && !isEmpty(w.scan.Cells[i])
		name = name || c.Field == user.Name
		named = named || c.Field == user.Name && text && strings.ContainsFunc(w.scan.Cells[i], unicode.IsLetter)
		beside = beside || text && i != s.header.uid && s.header.shape.use(i).field != user.UID
	}
	if cell, ok := s.uidCell(w.scan.Cells); ok && w.mayBeUID(s, cell) {
		// Of a roster of nothing but uids, nobody has anything beside it.
		return beside || !name || unended
	}
	return named && !p.anchored
}

// takeNote takes up the scanner's record, which is no person by a pattern.
func (b *batch) takeNote(cells []string, line int, comma byte) {
	says := -1
	if first := firstWord(rowText(cells)); sumWords[first] || unitWords[first] {
		says = loneNumber(cells)
	}
	b.counts = append(b.counts, says)
	b.asides = append(b.asides, aside{line, footer, asideText(cells, comma)})
}
