package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"cometsync/internal/user"
)

// Text that was UTF-8 and was taken for Windows-1252 once on its way reads
// "MÃ¼ller". The way back is exact: each character is a byte again, and the
// bytes are UTF-8. Text that was right does not come out of that: no language
// has a capital of the first half followed by a symbol of the second.

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
		if !sensible(raw) {
			return text, false
		}
		out = append(out, raw...)
	}
	return string(out), true
}

// sensible says whether bytes are UTF-8 that somebody wrote. Capitals beside
// each other, as in MÍŠEK, are bytes of a character as well, of one that stands
// in no name.
func sensible(raw []byte) bool {
	for len(raw) > 0 {
		r, size := utf8.DecodeRune(raw)
		switch {
		case r == utf8.RuneError, size == 1, !unicode.IsGraphic(r), unicode.Is(unicode.Mn, r):
			return false
		case size == 2 && unicode.IsLetter(charmap.Windows1252.DecodeByte(raw[1])) && strings.IndexByte("\xC2\xC3\xC4\xC5\xD0\xD1", raw[0]) < 0:
			return false
		}
		raw = raw[size:]
	}
	return true
}

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

// untangle looks for text that was decoded twice in the scanner's record, and
// returns its cells, mended if that is wanted.
func (w *worker) untangle(s *source, b *batch, line int) []string {
	w.mended = append(w.mended[:0], w.scan.cells...)
	s.header.mend(w.mended, func(column int, from, to string) {
		b.tangled++
		if s.settings.FixMojibake {
			b.repairs.Mended++
		}
		// An example is for everybody to see.
		if b.example.from == "" && !s.header.private(column) && !strings.Contains(from, user.Private) {
			b.example = twice{strings.Clone(from), to, line}
		}
	})
	if s.settings.FixMojibake {
		return w.mended
	}
	return w.scan.cells
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
	what := "; --fix-mojibake mends it"
	if s.settings.FixMojibake {
		what = "; it was mended"
	}
	r.notice("decoded-twice", s.tangled, "%s: the text of %s was decoded twice%s%s", r.where(s), plural(s.tangled, "cell"), example, what)
}

// quoteShort quotes the beginning of a text.
func quoteShort(text string) string {
	if r := []rune(text); len(r) > 60 {
		text = string(r[:57]) + "…"
	}
	return `"` + user.Text(text) + `"`
}
