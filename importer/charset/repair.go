package charset

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Text that was UTF-8 and was taken for Windows-1252 once on its way reads
// "MÃ¼ller". The way back is exact: each character is a byte again, and the
// bytes are UTF-8. Text that was right hardly ever comes out of that: it would
// need a capital of the first half followed by a symbol of the second, as in
// RENÉ’S and CAFÉ®, which sensible knows.

// decodedTwice reports whether a text may hold such a thing: a letter that is the
// first byte of a character, and one after it that is a second.
func decodedTwice(text string) bool {
	for {
		n := strings.IndexByte(text, 0xC3)
		if n < 0 || n+3 >= len(text) {
			return false
		}
		text = text[n+1:]
		if b := text[0]; b < 0x82 || b > 0xB4 {
			continue
		}
		switch text[1] {
		case 0xC2, 0xC5, 0xC6, 0xCB, 0xE2:
			return true
		}
	}
}

// Lost is what a program writes in place of a character that it could not read:
// what it was nobody can say any more.
const Lost = "\uFFFD"

// Doubtful reports whether a text may hold text that was decoded twice, or lost a character.
func Doubtful(text string) bool { return decodedTwice(text) || strings.Contains(text, Lost) }

// Mend is a text that was decoded twice as it was; false if it was not. All of
// it has to come out right.
func Mend(text string) (string, bool) {
	if !decodedTwice(text) || !utf8.ValidString(text) {
		return text, false
	}
	var out, raw []byte
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			out = append(out, text[i])
			i++
			continue
		}
		before := text[:i]
		raw = raw[:0]
		for i < len(text) && text[i] >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			b, ok := charmap.Windows1252.EncodeRune(r)
			if !ok {
				if r > 0x9F {
					return text, false
				}
				b = byte(r) // as ISO-8859-1 has it
			}
			raw = append(raw, b)
			i += size
		}
		if !sensible(raw, before, text[i:]) {
			return text, false
		}
		out = append(out, raw...)
	}
	return string(out), true
}

// sensible reports whether bytes are UTF-8 that somebody wrote between two texts. In
// right text they are a capital and what follows it, and come to a character
// that is in no name, or not there.
func sensible(raw []byte, before, behind string) bool {
	if !utf8.Valid(raw) {
		return false
	}
	runes := []rune(string(raw))
	letters := !slices.ContainsFunc(raw, func(b byte) bool { return !unicode.IsLetter(charmap.Windows1252.DecodeByte(b)) })
	for i, r := range runes {
		beside := func(script *unicode.RangeTable) bool {
			return unicode.Is(script, r) && (i > 0 && unicode.Is(script, runes[i-1]) || i+1 < len(runes) && unicode.Is(script, runes[i+1]))
		}
		switch {
		case !unicode.IsGraphic(r), unicode.Is(unicode.Mn, r):
			return false
		case i == 0 && unicode.IsLower(r) && shouted(before) && !startsLower(behind):
			return false // MAÇÃ and a space that does not break
		case r < 0x180, r >= 0x400 && r < 0x460, strings.ContainsRune("șțȘȚəƏơƠưƯґҐ", r):
		case r < 0x800:
			if !beside(unicode.Greek) && !beside(unicode.Hebrew) && !beside(unicode.Arabic) && !beside(unicode.Armenian) {
				return false
			}
		case unicode.IsLetter(r) && (r < 0x1E00 || r > 0x1FFF):
			if letters || i == 0 && before != "" && isASCIILetter(before[len(before)-1]) {
				return false // èŠž, café…”
			}
		}
	}
	return true
}

func shouted(text string) bool {
	n := len(text)
	return n > 1 && text[n-1] >= 'A' && text[n-1] <= 'Z' && text[n-2] >= 'A' && text[n-2] <= 'Z'
}

func startsLower(text string) bool { return text != "" && text[0] >= 'a' && text[0] <= 'z' }

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }
