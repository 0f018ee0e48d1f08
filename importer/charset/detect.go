package charset

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/internal/phrase"
)

// How an encoding is found out. Marks and UTF-8 are sure: no other text has
// their form. UTF-16 without a mark is as good, since half of its bytes are
// zero where it holds ids and delimiters. All others are told from how words
// read under them: each candidate has to read well, and all that it says
// otherwise has to read badly. Where two read well and say different things,
// nobody but the user knows, and that is an error.
//
// Where candidates say the same of all that was seen (Müller is Müller in
// three encodings), they all stay, and the question comes up again with the
// first byte on which they differ: text that was read until then is the same
// under each.

const (
	// detectBytes is how much of a text is looked at to find its encoding.
	detectBytes = 256 << 10
	// detectWords is how many words of it.
	detectWords = 2000
	readsWell   = 0.8 // how well an encoding has to read to be taken
	readsAtAll  = 0.5 // and to be named
)

// Error is a text whose encoding is not to be told, or can't be read.
type Error struct{ what string }

func (e *Error) Error() string { return e.what }

func unclear(format string, args ...any) error {
	return &Error{fmt.Sprintf(format, args...) + "; say what it is with --encoding, or save it as UTF-8"}
}

// MarkOf is what the mark at a text's beginning says.
func MarkOf(head []byte) (c *Encoding, size int) {
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		return utf8Coding, 3
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		return utf16Little, 2
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		return utf16Big, 2
	}
	return nil, 0
}

// unmarked16 is the order of UTF-16 without a mark, nil if head is none: one
// half of the pairs is zero often, and the other hardly ever.
func unmarked16(head []byte) *Encoding {
	behind := func(b byte) bool { return strings.IndexByte(padding+" \t\r\n", b) >= 0 }
	for n := len(head) &^ 1; n > 0 && behind(head[n-1]) && behind(head[n-2]); n = len(head) {
		head = head[:n-2] // what follows the text says nothing of it
	}
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	for i, c := range []*Encoding{utf16Big, utf16Little} {
		if 20*zeros[1-i] > zeros[i] || zeros[i] == 0 || 8*zeros[i] < len(head) {
			continue
		}
		ends := 0
		for at := 0; at+1 < len(head); at += 2 {
			r := c.unit(head[at:])
			if r == '\n' || r == '\r' {
				ends++
			}
			if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
				return nil
			}
		}
		if ends > 0 || bytes.IndexByte(head, '\n') < 0 {
			return c
		}
	}
	return nil
}

func (c *Encoding) unit(b []byte) rune {
	if c.bigEndian {
		return rune(b[0])<<8 | rune(b[1])
	}
	return rune(b[1])<<8 | rune(b[0])
}

// utf8Count is what a text has over ASCII: characters that are UTF-8, those of them
// before the first byte that is not, such bytes, and the lines with some.
type utf8Count struct {
	first, valid, invalid, lines int
	inLine                       bool
	half                         bool // the text so far ends within a character, which counts as neither
}

// add counts the next piece of the text.
func (c *utf8Count) add(text []byte) {
	for n := 0; c.half && len(text) > 0 && n < utf8.UTFMax-1 && !utf8.RuneStart(text[0]); n++ {
		text = text[1:]
	}
	c.half = false
	for len(text) > 0 {
		if n := ascii(text); n > 0 {
			c.inLine = c.inLine && bytes.IndexByte(text[:n], '\n') < 0
			text = text[n:]
			continue
		}
		r, size := utf8.DecodeRune(text)
		switch {
		case r != utf8.RuneError || size > 1:
			c.valid++
		case !utf8.FullRune(text):
			c.half = true
			return
		default:
			if c.invalid++; !c.inLine {
				c.lines++
			}
			c.inLine = true
		}
		if c.invalid == 0 {
			c.first++
		}
		text = text[size:]
	}
}

func ascii(text []byte) int {
	n := 0
	for ; len(text)-n >= 8; n += 8 {
		w := text[n : n+8 : n+8]
		if (w[0]|w[1]|w[2]|w[3]|w[4]|w[5]|w[6]|w[7])&0x80 != 0 {
			break
		}
	}
	for n < len(text) && text[n] < utf8.RuneSelf {
		n++
	}
	return n
}

// sample is what is looked at of a text.
type sample struct {
	words []string  // those with bytes over ASCII, each once
	seen  [128]bool // bytes over ASCII
	lines []byte    // with bytes over ASCII
}

func newSample(text []byte) *sample {
	s := &sample{}
	known := map[string]bool{}
	inWord := func(b byte) bool { return b >= utf8.RuneSelf || b|0x20 >= 'a' && b|0x20 <= 'z' }
	for at := 0; at < len(text); {
		n := at + ascii(text[at:])
		if n == len(text) {
			break
		}
		start, end := n, n
		for start > at && inWord(text[start-1]) {
			start--
		}
		for end < len(text) && inWord(text[end]) {
			if b := text[end]; b >= utf8.RuneSelf {
				s.seen[b-128] = true
			}
			end++
		}
		if word := text[start:min(end, start+60)]; len(known) < detectWords && !known[string(word)] {
			known[string(word)] = true
			s.words = append(s.words, string(word))
		}
		at = end
	}
	for line := range bytes.Lines(text) {
		if len(s.lines) < detectBytes/4 && ascii(line) < len(line) {
			s.lines = append(s.lines, line...)
		}
	}
	return s
}

// reading is how well a sample reads under an encoding.
type reading struct {
	coding *Encoding
	fits   []float64 // of the words, of one byte a character
	mean   float64
}

func (s *sample) read(c *Encoding) *reading {
	r := &reading{coding: c}
	if c.kind == manyByte {
		r.mean = s.readMany(c)
		return r
	}
	for _, w := range s.words {
		f := c.fit(w)
		r.fits = append(r.fits, f)
		r.mean += f / float64(len(s.words))
	}
	return r
}

// readMany is how well a sample reads under an encoding of several bytes a
// character: how many of its characters are those that names are made of.
// Wrongly read, they are any of ten thousand.
func (s *sample) readMany(c *Encoding) float64 {
	text, err := c.many.NewDecoder().Bytes(s.lines)
	if err != nil {
		return 0
	}
	total, common, bad := 0, 0, 0
	for _, r := range string(text) {
		switch {
		case r == utf8.RuneError || r >= 0x80 && r < 0xA0 || unicode.Is(unicode.Co, r):
			bad++
		case r >= 0x3041 && r <= 0x30FC: // kana
			total++
			if c.common == japaneseNames {
				common++
			}
		case unicode.In(r, unicode.Han, unicode.Hangul):
			total++
			if strings.ContainsRune(c.common, r) {
				common++
			}
		case unicode.IsLetter(r) && r >= utf8.RuneSelf && (r < 0xFF00 || r > 0xFFEF):
			total++ // other scripts are in these encodings, and not in rosters
		}
	}
	if total == 0 || 50*bad > total {
		return 0
	}
	return min(1, float64(common)/float64(total)/0.35)
}

// single is how many of the words one language has, the best of an encoding.
func (s *sample) single(c *Encoding) (best int) {
	for i := range c.tongue {
		n := 0
		for _, w := range s.words {
			if c.tongue[i].speaks([]rune(c.text(w))) {
				n++
			}
		}
		best = max(best, n)
	}
	return best
}

// text is a word under an encoding of one byte a character.
func (c *Encoding) text(word string) string {
	var b strings.Builder
	for i := range len(word) {
		b.WriteRune(c.table.DecodeByte(word[i]))
	}
	return b.String()
}

// beats reports whether a sample is a's text and not b's: what the two
// read differently reads well under a and badly under b. before is whether a is the more usual.
func (s *sample) beats(a, b *reading, before bool) bool {
	if b.mean == 0 && a.coding.kind == manyByte {
		return true
	}
	n, high, ma, mb := 0, 0, a.mean, b.mean
	if a.coding.kind == oneByte && b.coding.kind == oneByte {
		ma, mb = 0, 0
		for i, w := range s.words {
			if a.coding.text(w) == b.coding.text(w) {
				continue
			}
			n++
			ma += a.fits[i]
			mb += b.fits[i]
			for i := range len(w) {
				if w[i] >= utf8.RuneSelf {
					high++
				}
			}
		}
		ma, mb = ma/float64(n), mb/float64(n)
	} else {
		n = len(s.words)
		high = 2 * n
	}
	switch {
	case ma >= readsWell && before && ma-mb >= 0.3:
		return true
	case ma >= readsWell && ma-mb >= 0.4 && (n >= 3 || high >= 6):
		return true
	case a.coding.script != latin || b.coding.script != latin:
		return false
	}
	one, other := s.single(a.coding), s.single(b.coding)
	return 20*one >= 19*len(s.words) && 5*other <= 4*len(s.words) && one-other >= 3
}

// detect is the encodings among some that text can have; they all say the
// same of it.
func detect(text []byte, among []*Encoding) ([]*Encoding, error) {
	s := newSample(text)
	var all []*reading
	for _, c := range among {
		all = append(all, s.read(c))
	}
champions:
	for i, a := range all {
		if a.mean < readsWell {
			continue
		}
		var left []*Encoding
		for j, b := range all {
			switch {
			case i == j:
				left = append(left, a.coding)
			case a.coding.kind == oneByte && b.coding.kind == oneByte && alike(a.coding, b.coding, &s.seen):
				left = append(left, b.coding)
			case !s.beats(a, b, i < j):
				continue champions
			}
		}
		return left, nil
	}
	return nil, s.unclear(all)
}

func (s *sample) unclear(all []*reading) error {
	all = slices.DeleteFunc(slices.Clone(all), func(r *reading) bool { return r.mean < readsAtAll })
	slices.SortStableFunc(all, func(a, b *reading) int { return cmp.Compare(b.mean, a.mean) })
	var names []string
	for _, r := range all[:min(len(all), 5)] {
		names = append(names, r.coding.Name)
	}
	switch len(names) {
	case 0:
		return unclear("is not UTF-8, and its bytes do not tell its encoding")
	case 1:
		return unclear("is not UTF-8, and may be %s, but not surely", names[0])
	}
	return unclear("is not UTF-8, and may be %s%s", phrase.Or(names), example(all[0].coding, all[1:], &s.seen))
}

// example is a byte that two encodings read differently. One letter tells
// nobody's name.
func example(a *Encoding, others []*reading, seen *[128]bool) string {
	for _, o := range others {
		if a.kind != oneByte || o.coding.kind != oneByte {
			continue
		}
		for i, is := range seen {
			b := byte(i + 128)
			x, ok := a.char(b)
			y, too := o.coding.char(b)
			if is && ok && too && x != y {
				return fmt.Sprintf(" (the byte %02X is %q in %s and %q in %s)", b, x, a.Name, y, o.coding.Name)
			}
		}
	}
	return ""
}
