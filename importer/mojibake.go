package importer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Text that was UTF-8 and was taken for Windows-1252 once on its way reads
// "MÃ¼ller". The way back is exact: each character is a byte again, and the
// bytes are UTF-8. Text that was right hardly ever comes out of that: it would
// need a capital of the first half followed by a symbol of the second, as in
// RENÉ’S and CAFÉ®, which sensible knows.
//
// What is known to be damaged is written nowhere: its row is refused, unless the
// settings say that it is to be mended, or that it is right as it is.

// decodedTwice says whether a text may hold such a thing: a letter that is the
// first byte of a character, and one behind it that is a second.
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

// lost is what a program writes in place of a character that it could not read:
// what it was nobody can say any more.
const lost = "\uFFFD"

// doubtful says whether a text may hold what untangle looks for.
func doubtful(text string) bool { return decodedTwice(text) || strings.Contains(text, lost) }

// mend is a text that was decoded twice as it was; false if it was not. All of
// it has to come out right.
func mend(text string) (string, bool) {
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

// sensible says whether bytes are UTF-8 that somebody wrote between two texts. In
// right text they are a capital and what stands behind it, and come to a character
// that stands in no name, or not there.
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

// shouted says whether a text ends with two capitals.
func shouted(text string) bool {
	n := len(text)
	return n > 1 && text[n-1] >= 'A' && text[n-1] <= 'Z' && text[n-2] >= 'A' && text[n-2] <= 'Z'
}

func startsLower(text string) bool { return text != "" && text[0] >= 'a' && text[0] <= 'z' }

func isASCIILetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// twice is a cell that was decoded twice, for a notice.
type twice struct {
	from, to string
	row      int // within the batch, while it is on its way
}

// mend mends the cells of columns that are read.
func (h *header) mend(cells []string, each func(column int, from, to string)) {
	for i := range cells[:min(len(h.names), len(cells))] {
		if !h.reads(i) {
			continue
		}
		if to, ok := mend(cells[i]); ok {
			if each != nil {
				each(i, cells[i], to)
			}
			cells[i] = to
		}
	}
}

// untangle looks for text that was decoded twice in the scanner's record, and for
// what was lost of it, and returns its cells, mended if that is wanted. Where nobody has said what is to
// become of it, it is noted as what is wrong with the record.
func (w *worker) untangle(s *source, b *batch, line int) []string {
	w.mended = append(w.mended[:0], w.scan.cells...)
	s.header.mend(w.mended, func(column int, from, to string) {
		b.tangled++
		private := s.header.private(column) || strings.Contains(from, user.Private)
		// An example is for everybody to see.
		if b.example.from == "" && !private {
			b.example = twice{strings.Clone(from), to, line}
		}
		if s.settings.FixMojibake {
			b.repairs.Mended++
			return
		}
		if !s.settings.KeepMojibake {
			w.tangles = append(w.tangles, doubted{Defect: decodedTwiceDefect(s.header.title(column), from, to, private)})
		}
	})
	for i, cell := range w.mended[:min(len(s.header.names), len(w.mended))] {
		if !s.settings.KeepMojibake && s.header.reads(i) && strings.Contains(cell, lost) {
			private := s.header.private(i) || strings.Contains(cell, user.Private)
			w.tangles = append(w.tangles, doubted{Defect: user.Defect{Column: s.header.title(i), Code: user.DecodedTwice, Value: cell, Private: private,
				Message: "has lost a character on its way (U+FFFD is in its place); export it as UTF-8, correct it, or say with --keep-mojibake that it is right as it is"}})
		}
	}
	for i := range w.tangles {
		if d := &w.tangles[i]; s.header.ofUID(d.Defect) {
			d.number, _ = s.uidCell(w.mended)
		}
	}
	if s.settings.FixMojibake {
		return w.mended
	}
	return w.scan.cells
}

func decodedTwiceDefect(column, from, to string, private bool) user.Defect {
	reads := ""
	if !private {
		reads = " and was " + quoteShort(to)
	}
	return user.Defect{Column: column, Code: user.DecodedTwice, Value: from, Private: private,
		Message: "was decoded twice on its way" + reads + "; export it as UTF-8, have --fix-mojibake mend it, or say with --keep-mojibake that it is right as it is"}
}

// noticeTangled tells of text that was decoded twice, with an example.
func (r *Roster) noticeTangled(s *source) {
	if s.tangled == 0 {
		return
	}
	example := ""
	if e := s.example; e.from != "" {
		example = ", such as " + quoteShort(e.from) + ", which is " + quoteShort(e.to) + " (" + s.place(e.row).String() + ")"
	}
	what := "; --fix-mojibake mends it, and --keep-mojibake says that it is right as it is"
	switch {
	case s.settings.FixMojibake:
		what = "; it was mended"
	case s.settings.KeepMojibake:
		what = "; it is kept"
	}
	r.notice("decoded-twice", s.tangled, "%s: the text of %s was decoded twice%s%s", r.where(s), phrase.Plural(s.tangled, "cell"), example, what)
}

// quoteShort quotes the beginning of a text.
func quoteShort(text string) string {
	if r := []rune(text); len(r) > 60 {
		text = string(r[:57]) + "…"
	}
	return `"` + user.Text(text) + `"`
}
