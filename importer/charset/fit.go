package charset

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fit is how well a word reads under an encoding of one byte a character:
// from 0, which no writer means, to 1. It says nothing of what the word means,
// only whether its characters can be beside each other.
func (c *Encoding) fit(word string) float64 {
	var part []rune
	fit := 1.0
	end := func() {
		if len(part) > 0 {
			fit = min(fit, c.fitPart(part))
			part = part[:0]
		}
	}
	var before rune
	for i := 0; i < len(word); i++ {
		r, ok := c.char(word[i])
		if !ok {
			return 0
		}
		switch {
		case r == 'ª' || r == 'º': // as in Mª
			if len(part) > 1 || i+1 < len(word) {
				return 0
			}
			end()
		case unicode.IsLetter(r) || unicode.Is(unicode.Mn, r):
			if before != 0 && !joins(before) {
				return 0 // a symbol before a letter
			}
			part = append(part, r)
		default:
			if len(part) > 0 && !joins(r) && !strings.ContainsRune("®©™°", r) {
				return 0
			}
			end()
		}
		before = 0
		if len(part) == 0 {
			before = r
		}
	}
	end()
	return fit
}

// joins reports whether a character that is not a letter is beside letters.
func joins(r rune) bool {
	return r < utf8.RuneSelf || r >= 0x2010 && r <= 0x2027 || strings.ContainsRune("\u00a0\u00ad‰‹›«»·´ªº", r)
}

// fitPart is fit for letters alone: those of one script and one language, in an
// order that words have.
func (c *Encoding) fitPart(part []rune) float64 {
	if !slices.ContainsFunc(part, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return 1
	}
	s, vowels, run, longest := c.script, 0, 0, 0
	for i, r := range part {
		// Another encoding's letters come in any order: a capital after a small one.
		if i > 0 && (part[i-1] >= utf8.RuneSelf || r >= utf8.RuneSelf) && unicode.IsLower(part[i-1]) && unicode.IsUpper(r) {
			return 0
		}
		low := unicode.ToLower(r)
		if !unicode.Is(s.letters, r) || i < len(part)-1 && strings.ContainsRune(s.last, r) ||
			i == 0 && strings.ContainsRune(s.silent, low) {
			return 0
		}
		if strings.ContainsRune(s.vowels, low) {
			vowels++
			run = 0
		} else if !strings.ContainsRune(s.silent, low) {
			run++
			longest = max(longest, run)
		}
	}
	n := len(part)
	switch {
	case s.tongues != nil && !slices.ContainsFunc(s.tongues, func(t tongue) bool { return t.speaks(part) }):
		return 0
	case s.letters == unicode.Latin:
		return 1
	case n == 1:
		return 0.5
	case s.vowels == "":
		return 1
	case n >= 3 && vowels == 0, n >= 4 && 5*vowels < n, longest > s.consonants:
		return 0
	case unicode.IsLower(part[0]): // names begin with a capital
		return 0.5
	}
	return 1
}

// speaks reports whether a language has a word's letters.
func (t tongue) speaks(part []rune) bool {
	for i, r := range part {
		if r < utf8.RuneSelf {
			continue
		}
		r = unicode.ToLower(r)
		if !strings.ContainsRune(t.letters, r) {
			return false
		}
		if i+1 == len(part) {
			continue
		}
		next := unicode.ToLower(part[i+1])
		if strings.ContainsRune(t.soft, r) && vowel(next) || strings.ContainsRune(t.nasal, r) && next != 'e' && next != 'o' && next != 's' {
			return false
		}
	}
	return true
}

// vowel reports whether a small Latin letter is one, whatever is on it.
func vowel(r rune) bool {
	if strings.ContainsRune("aeiouyæøœı", r) {
		return true
	}
	if r < utf8.RuneSelf {
		return false
	}
	base := norm.NFD.String(string(r))
	return strings.IndexByte("aeiouy", base[0]) >= 0
}
