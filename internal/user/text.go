package user

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Repair is a kind of change that normalising makes to cells, or of what is told of them.
type Repair uint8

// The kinds.
const (
	Trimmed      Repair = iota // white space around the text
	Collapsed                  // runs of white space, and line breaks, inside it
	Composed                   // Unicode brought to NFC
	Control                    // control and invisible formatting characters taken out
	Quoted                     // the apostrophe that keeps a spreadsheet from running a cell
	LowerCase                  // uids and roles
	Mended                     // text that was decoded twice
	Based                      // relative addresses that a base completed
	Milliseconds               // times in milliseconds made seconds
	Rewritten                  // uids that --uid-rewrite made valid
	Zoneless                   // times without a zone, read as UTC; nothing was changed
	Rekeyed                    // uids that --rekey made those that the app has
	LongNames                  // names that are too long if an emoji counts as two characters; nothing was changed
	Nulls                      // texts that say nothing in a database, taken as they are
	repairKinds
)

// Repairs counts them, by kind.
type Repairs [repairKinds]int

// Add adds another count.
func (r *Repairs) Add(o *Repairs) {
	for kind, n := range o {
		r[kind] += n
	}
}

// Text brings a text to the form in which texts are compared and sent:
// Unicode NFC, trimmed, runs of white space as one space, without control
// characters. It must be given valid UTF-8.
func Text(s string) string {
	if clean(s) || inert(s) {
		return s
	}
	return normalise(s, &Repairs{})
}

// Empty reports whether a cell has no text.
func Empty(cell string) bool {
	if cell == "" {
		return true
	}
	if c := cell[0]; c > ' ' && c < 0x7F {
		return false
	}
	return utf8.ValidString(cell) && Text(cell) == ""
}

// clean reports whether s is, at a glance, already what Text would make of it:
// ASCII, no control characters, single spaces inside. It sees every cell of
// every row and of every page, so that it looks at eight bytes at a time.
func clean(s string) bool {
	if s == "" {
		return true
	}
	if s[0] == ' ' || s[len(s)-1] == ' ' {
		return false
	}
	if len(s) < 8 {
		double := false
		for i := 0; i < len(s); i++ {
			c := s[i]
			if c > '~' || c < ' ' || c == ' ' && double {
				return false
			}
			double = c == ' '
		}
		return true
	}
	space := uint64(0) // the high bit of byte 0, if a space stood before
	for i := 0; i+8 < len(s); i += 8 {
		w := word(s[i:])
		if soiled(w) {
			return false
		}
		here := spacesIn(w)
		if here&(here<<8|space) != 0 {
			return false
		}
		space = here >> 56
	}
	// The last eight bytes, some of them seen already: no space of theirs
	// is after one that they do not have themselves.
	w := word(s[len(s)-8:])
	here := spacesIn(w)
	return !soiled(w) && here&(here<<8) == 0 && (len(s)&7 != 0 || here&space == 0)
}

// word is the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// soiled reports whether any of eight bytes is no clean ASCII. Each of three
// values has the high bit of every byte that is not: over ASCII; DEL, which
// overflows; below the space, which underflows.
func soiled(w uint64) bool { return (w|(w+ones)|^((w|highs)-spaces))&highs != 0 }

// spacesIn has the high bit of each of eight bytes of ASCII that is a space.
func spacesIn(w uint64) uint64 { return ^((w ^ spaces) + (highs - ones)) & highs }

const (
	ones   = 0x0101010101010101
	highs  = 0x8080808080808080
	spaces = 0x2020202020202020
)

// inert reports whether s holds nothing but clean ASCII and characters that
// normalising leaves alone beside any other of them, so that Unicode's tables
// need not be asked: letters of Europe, Vietnamese, kana, Hangul syllables,
// Chinese characters, pictographs. Marks that combine, and everything rare, go
// the long way.
func inert(s string) bool {
	space := true
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7F || c == ' ' && space {
				return false
			}
			space = c == ' '
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r >= 0xA1 && r <= 0x2FF, // Latin
			r >= 0x388 && r <= 0x3FF,     // Greek
			r >= 0x400 && r <= 0x482,     // Cyrillic
			r >= 0x5D0 && r <= 0x5EA,     // Hebrew
			r >= 0x627 && r <= 0x64A,     // Arabic
			r >= 0x1E00 && r <= 0x1EFF,   // Latin with two marks
			r >= 0x3041 && r <= 0x3096,   // hiragana
			r >= 0x30A1 && r <= 0x30FC,   // katakana
			r >= 0x4E00 && r <= 0x9FFF,   // Chinese characters
			r >= 0xAC00 && r <= 0xD7A3,   // Hangul
			r >= 0x1F300 && r <= 0x1FAFF: // pictographs
		default:
			return false
		}
		space = false
		i += size
	}
	return !space
}

func normalise(s string, r *Repairs) string {
	if clean(s) || inert(s) {
		return s
	}
	return normaliseInFull(s, r)
}

func normaliseInFull(s string, r *Repairs) string {
	// The quick look allocates nothing, and is enough for nearly all texts.
	if norm.NFC.QuickSpanString(s) < len(s) && !norm.NFC.IsNormalString(s) {
		s = norm.NFC.String(s)
		r[Composed]++
	}
	if t := strings.TrimSpace(s); len(t) != len(s) {
		s = t
		r[Trimmed]++
	}
	dirty, control, previous := false, false, false
	for _, c := range s {
		space := unicode.IsSpace(c)
		switch {
		case space && (previous || c != ' '):
			dirty = true
		case !space && invisible(c):
			control = true
		}
		previous = space
	}
	if !dirty && !control {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	pending := false
	for _, c := range s {
		switch {
		case unicode.IsSpace(c):
			pending = true
		case invisible(c):
		default:
			if pending && b.Len() > 0 {
				b.WriteByte(' ')
			}
			pending = false
			b.WriteRune(c)
		}
	}
	if dirty {
		r[Collapsed]++
	}
	if control {
		r[Control]++
	}
	// Taking characters out can bring two together that compose.
	return norm.NFC.String(b.String())
}

// invisible reports whether a character carries no text: control characters,
// the byte-order mark, zero-width space and word joiner. Joiners that scripts
// and emoji need (ZWJ, ZWNJ) and direction marks are text and stay.
func invisible(c rune) bool {
	return unicode.Is(unicode.Cc, c) || c == '\uFEFF' || c == '\u200B' || c == '\u2060'
}

// A spreadsheet that opens a CSV runs a cell as a formula, and where a cell
// begins is for the spreadsheet to say: of one that takes semicolons, tabs or
// bars to be between cells, or knows no quotes, a cell may begin behind any
// of them and after a line break. So every place within a text where a cell
// that would run might begin gets an apostrophe, and the text one in front,
// which says so: a text without it is as somebody wrote it.

// Undefuse takes away what Defuse put into a text.
func Undefuse(s string) (string, bool) {
	if len(s) < 2 || s[0] != '\'' {
		return s, false
	}
	s = s[1:]
	places := fuses(s)
	if places == nil {
		return "'" + s, false
	}
	var b strings.Builder
	at := 0
	for _, i := range places {
		if i > 0 && s[i] == '\'' {
			b.WriteString(s[at:i])
			at = i + 1
		}
	}
	b.WriteString(s[at:])
	return b.String(), true
}

// Defuse makes a text safe to be in a CSV that a spreadsheet opens. Undefuse is
// its exact inverse.
func Defuse(s string) string {
	places := fuses(s)
	if places == nil {
		return s
	}
	var b strings.Builder
	b.WriteByte('\'')
	at := 0
	for _, i := range places {
		if i > 0 {
			b.WriteString(s[at:i])
			b.WriteByte('\'')
			at = i
		}
	}
	b.WriteString(s[at:])
	return b.String()
}

// Verbatim is a cell that reads as a text, whatever the text begins with.
func Verbatim(s string) string {
	if _, changes := Undefuse(s); changes {
		return Defuse(s)
	}
	return s
}

// CellEnds may be between cells in the eyes of one program or another, beside
// the comma, for which cells are quoted.
const CellEnds = ";\t|\r\n"

// fuses are the places of a text, in order, at which a cell that runs would
// begin; 0 is its own beginning. What precedes the sign that makes a cell
// run is passed over: white space and quotes, which spreadsheets take away, and
// apostrophes, so that a place is one whether it is defused or not.
func fuses(s string) (places []int) {
	runs := false // what begins at i
	if strings.ContainsAny(s, CellEnds) {
		for i := len(s); i > 0; {
			c, size := utf8.DecodeLastRuneInString(s[:i])
			if runs && strings.ContainsRune(CellEnds, c) {
				places = append(places, i)
			}
			if !passedOver(c) {
				runs = formulaSign(c)
			}
			i -= size
		}
		slices.Reverse(places)
	} else if i := strings.IndexFunc(s, func(c rune) bool { return !passedOver(c) }); i >= 0 {
		c, _ := utf8.DecodeRuneInString(s[i:])
		runs = formulaSign(c)
	}
	// White space alone, of which spreadsheets make nothing good, counts as well.
	if start := strings.TrimLeft(s, "'"); runs || start != "" && strings.IndexByte("\t\r\n", start[0]) >= 0 {
		return slices.Insert(places, 0, 0)
	}
	return places
}

func passedOver(c rune) bool { return c == '\'' || c == '"' || unicode.IsSpace(c) || invisible(c) }

// formulaSign reports whether a cell that begins so is run. Spreadsheets take
// the full-width forms for the ASCII ones.
func formulaSign(c rune) bool {
	switch c {
	case '=', '+', '-', '@', '＝', '＋', '－', '＠':
		return true
	}
	return false
}

// units counts UTF-16 code units, by which the service's limits are read here:
// how it counts an emoji is not documented for users; for API-key names one
// emoji counts as two.
func units(s string) (n int) {
	for _, c := range s {
		n += utf16.RuneLen(c)
	}
	return n
}
