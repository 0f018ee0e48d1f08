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

func (c *Encoding) fitPart(part []rune) float64 {
	if !slices.ContainsFunc(part, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return 1
	}
	if !cased(part) {
		return 0
	}
	switch c.script {
	case latin:
		return c.fitLatin(part)
	case cyrillic:
		if !slavic(part) {
			return 0
		}
		return fitSounding(part, unicode.Cyrillic, "аеёиоуыэюяіїєАЕЁИОУЫЭЮЯІЇЄ", 4)
	case greek:
		for i, r := range part {
			if last := i == len(part)-1; r == 'ς' && !last || r == 'σ' && last {
				return 0
			}
		}
		return fitSounding(part, unicode.Greek, "αεηιουωάέήίόύώϊϋΐΰΑΕΗΙΟΥΩΆΈΉΊΌΎΏΪΫ", 3)
	case hebrew:
		return fitLetters(part, unicode.Hebrew, "ךםןףץ")
	case arabic:
		return fitLetters(part, unicode.Arabic, "ةى")
	}
	return 0
}

// cased reports whether no small letter is before a capital, one of them
// beyond ASCII: another encoding's letters come in any order.
func cased(part []rune) bool {
	for i := 1; i < len(part); i++ {
		a, b := part[i-1], part[i]
		if (a >= utf8.RuneSelf || b >= utf8.RuneSelf) && unicode.IsLower(a) && unicode.IsUpper(b) {
			return false
		}
	}
	return true
}

// fitSounding is for a script with vowels and capitals: words hold no other
// script's letters, sound like words, and names begin with a capital.
func fitSounding(part []rune, script *unicode.RangeTable, vowels string, mostConsonants int) float64 {
	n, run, longest := 0, 0, 0
	for _, r := range part {
		if !unicode.Is(script, r) {
			return 0
		}
		if strings.ContainsRune(vowels, r) {
			n++
			run = 0
		} else if r != 'ь' && r != 'ъ' {
			run++
			longest = max(longest, run)
		}
	}
	switch {
	case len(part) == 1:
		return 0.75
	case len(part) >= 3 && n == 0, len(part) >= 4 && 5*n < len(part), longest > mostConsonants:
		return 0
	case unicode.IsLower(part[0]):
		return 0.5
	}
	return 1
}

// slavic reports whether one language that is written in Cyrillic has a word's letters.
func slavic(part []rune) bool {
	if strings.ContainsRune("ьЬъЪыЫ", part[0]) {
		return false
	}
	return slices.ContainsFunc(cyrillicTongues, func(letters string) bool {
		return !slices.ContainsFunc(part, func(r rune) bool { return !strings.ContainsRune(letters, unicode.ToLower(r)) })
	})
}

// fitLetters is for a script without them; final letters end a word.
func fitLetters(part []rune, script *unicode.RangeTable, final string) float64 {
	for i, r := range part {
		if !unicode.Is(script, r) || !unicode.IsLetter(r) || i < len(part)-1 && strings.ContainsRune(final, r) {
			return 0
		}
	}
	if len(part) == 1 {
		return 0.5
	}
	return 1
}

func (c *Encoding) fitLatin(part []rune) float64 {
	run := 0 // letters beyond ASCII in a row
	for i, r := range part {
		if !unicode.Is(unicode.Latin, r) {
			return 0
		}
		low := unicode.ToLower(r)
		switch first, last := i == 0, i == len(part)-1; {
		case low == 'þ' && !first, (low == 'ð' || low == 'ğ') && first && len(part) > 1, low == 'æ' && last && !first:
			return 0
		}
		if run++; r < utf8.RuneSelf {
			run = 0
		}
		if run > 3 {
			return 0
		}
	}
	if !slices.ContainsFunc(c.tongue, func(t tongue) bool { return t.speaks(part) }) {
		return 0
	}
	return sound(part)
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

// sound is how easily a word is spoken. Taken for a consonant, another
// encoding's vowel stands among others, and the reverse.
func sound(part []rune) float64 {
	fit := 1.0
	runs := [2]struct {
		n     int
		marks bool // a letter beyond ASCII is among them
	}{}
	for i, r := range part {
		low := unicode.ToLower(r)
		kind := 0
		if vowel(low) {
			kind = 1
		}
		if (low == 'r' || low == 'l') && i > 0 && i+1 < len(part) && !vowel(unicode.ToLower(part[i-1])) &&
			!vowel(unicode.ToLower(part[i+1])) {
			runs[0].n = 0 // as in Brno
			runs[0].marks = false
			continue
		}
		runs[1-kind].n, runs[1-kind].marks = 0, false
		if low != 'ã' && low != 'õ' { // one sound with what follows
			runs[kind].n++
		}
		runs[kind].marks = runs[kind].marks || r >= utf8.RuneSelf
		switch n := runs[kind].n; {
		case !runs[kind].marks:
		case kind == 1 && n > 2:
			fit = min(fit, 0.4)
		case kind == 0 && n > 3:
			return 0
		case kind == 0 && n > 2:
			fit = min(fit, 0.6)
		}
	}
	return fit
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
