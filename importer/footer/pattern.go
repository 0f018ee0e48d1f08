package footer

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"

	"cometsync/internal/user"
)

// Settings may say by patterns which rows are not people. A pattern that is too
// wide must not take people away: a row stays what it is if its uid could be
// one and anything else of it is filled, or if it has a name and the pattern
// does not begin with a text.

// Pattern is a glob over a row's text.
type Pattern struct {
	Written, glob string
	Anchored      bool // it begins with a text that is not a slip
}

// Patterns are those of settings.
type Patterns []Pattern

// NewPatterns checks them.
func NewPatterns(written []string) (Patterns, error) {
	var out Patterns
	for _, w := range written {
		p := Pattern{Written: w, glob: flatText(w)}
		if _, err := path.Match(p.glob, ""); err != nil {
			return nil, fmt.Errorf("%q is not a pattern; close its brackets, and write \\[ for one that is text", w)
		}
		plain := withoutWildcards(p.glob)
		if !strings.ContainsFunc(plain, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) && len(plain) < 3 {
			return nil, fmt.Errorf("%q would match any row; write what the lines say, as in 'Printed by *'", w)
		}
		text, _, _ := strings.Cut(p.glob, "*")
		text, _, _ = strings.Cut(text, "?")
		text, _, _ = strings.Cut(text, "[")
		p.Anchored = len([]rune(text)) >= 3
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
		if !user.Empty(c) {
			with = append(with, c)
		}
	}
	return flatText(strings.Join(with, " "))
}

// Matches is the first of some patterns that a row matches.
func (ps Patterns) Matches(cells []string) *Pattern {
	if len(ps) == 0 {
		return nil
	}
	text := rowText(cells)
	i := slices.IndexFunc(ps, func(p Pattern) bool {
		ok, _ := path.Match(p.glob, text)
		return ok
	})
	if i < 0 {
		return nil
	}
	return &ps[i]
}

// Says is how many rows there are as a row has it that a pattern takes for a
// footer; -1 if it says nothing of it.
func Says(cells []string) int {
	if first := firstWord(rowText(cells)); sumWords[first] || unitWords[first] {
		return Number(cells)
	}
	return -1
}
