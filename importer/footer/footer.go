// Package footer tells what a report writes below its last row: that the table
// ends, how many rows it has, who made it and when, which page it is, or what a
// pattern of the settings says. It refuses to know where a row stands, what its
// columns hold and whether its uid could be somebody's: whoever asks looks at
// that first.
//
// Such a line is known by its words. Surnames are among them (Page, Stand), so
// that one alone says nothing: a number or a date has to stand where such a line
// has it, and no other cell may have a text. To go by where a row stands, how few
// cells it has and that none is a uid would be simpler, in all languages at once,
// and would take people away: the last of a list whose uid has a typing error, or
// whose row is separated by commas where the others are by semicolons.
package footer

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/internal/user"
)

func letters(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
}

// Digits are those that numbers, dates and pages are written in.
const Digits = "0123456789"

const (
	mostText  = 200     // bytes of a footer
	mostCells = 4       // of it with text
	mostRows  = 1 << 30 // a number beyond it counts none
)

// Most is how many rows below the last one can be footers; more are another
// table.
const Most = 10

// Like reports whether a row may be a footer, wherever it is.
func Like(cells []string) bool { return Rule(cells) || Total(cells) || Note(cells) }

// Total reports whether a row sums its table up, or says that it ends.
func Total(cells []string) bool {
	text := strings.ToLower(strings.Join(cells, " "))
	if len(text) > mostText {
		return false
	}
	words := letters(text)
	if len(words) == 0 || strings.ContainsRune(text, '@') {
		return false
	}
	if strings.TrimSpace(text) == "(1 row)" { // as psql says it of one
		return true
	}
	digits := strings.ContainsAny(text, Digits)
	counts, ends := digits, !digits && (len(words) > 1 || !unicode.IsLetter([]rune(strings.TrimSpace(text))[0]))
	summed, ended := digits && countsUnits(text), false
	for _, w := range words {
		counts = counts && countUnits[w]
		summed = summed || countWords[w]
		ends = ends && (endWords[w] || endUnits[w])
		ended = ended || endWords[w]
	}
	return counts && summed || ends && ended
}

// countsUnits reports whether a text in lower case is 300 students, or students: 300.
func countsUnits(text string) bool {
	text = strings.TrimLeft(text, " \t([#-=*")
	if rest := strings.TrimLeft(text, Digits+".,' \u00a0\u202f"); rest != text {
		return unitWords[firstWord(rest)]
	}
	first := firstWord(text)
	return unitWords[first] && strings.HasPrefix(strings.TrimLeft(text[len(first):], " "), ":")
}

// firstWord is the letters that a text begins with.
func firstWord(text string) string {
	if i := strings.IndexFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }); i >= 0 {
		return text[:i]
	}
	return text
}

// Note reports whether a row is a note of the report's own: who made it and
// when, which page it is, or as of when.
func Note(cells []string) bool {
	text, beside := "", 0
	for _, c := range cells {
		switch c = strings.TrimSpace(c); {
		case c == "":
		case Numeric(c):
			beside++
		case text != "":
			return false // two texts
		default:
			text = c
		}
	}
	if text == "" || len(text) > mostText || beside >= mostCells || !utf8.ValidString(text) {
		return false
	}
	text = strings.TrimLeft(strings.ToLower(user.Text(text)), "-–—=*#([ ")
	for range 2 { // as in: the report was
		if w := firstWord(text); leadWords[w] && strings.HasPrefix(text[len(w):], " ") {
			text = text[len(w)+1:]
		}
	}
	first := firstWord(text)
	rest := text[len(first):]
	if rest != "" && rest[0] != ' ' && rest[0] != ':' {
		return false
	}
	value := strings.TrimLeft(rest, " :")
	words := letters(text)
	known := 0 // words up to the first that nobody knows
	for known < len(words) && noteWords[words[known]] {
		known++
	}
	made := false
	for _, w := range words[:known] {
		made = made || madeWords[w]
	}
	named := made || known == len(words) // who made it has any name
	behind := value == "" && strings.HasSuffix(rest, ":") && beside > 0
	switch {
	case madeWords[first]:
		return beside > 0 || strings.ContainsAny(text, Digits) || known == len(words) && known > 1
	case pageWords[first]:
		return named && (behind || value != "" && strings.IndexByte(Digits, value[0]) >= 0)
	case dateWords[first]:
		return named && (behind || dates.MatchString(value))
	}
	return false
}

// Numeric reports whether a cell has numbers or times, and nothing that could
// be a name.
func Numeric(cell string) bool {
	rest := strings.TrimLeft(cell, Digits+" .,:/-+'%()#\u00a0\u202f")
	if rest == "" {
		return true
	}
	// A time as a sheet's cell becomes one.
	date, clock, ok := strings.Cut(strings.TrimSuffix(cell, "Z"), "T")
	return ok && len(date) == len("2006-01-02") && strings.Trim(date, Digits+"-") == "" && strings.Trim(clock, Digits+":.+-") == ""
}

// dates are a year, or a date with a short one.
var dates = regexp.MustCompile(`(^|\D)((19|2[01])\d\d|\d\d?[./-]\d\d?[./-]\d\d?)(\D|$)`)

// Number is the number of a row that has no other; -1 if it has none, or
// several, or one that is not a count of anything.
func Number(cells []string) int {
	text := strings.Join(cells, " ")
	from := strings.IndexAny(text, Digits)
	if from < 0 || len(text) > mostText {
		return -1
	}
	if from > 0 && strings.IndexByte("-.,/", text[from-1]) >= 0 {
		return -1
	}
	text = text[from:]
	to := len(text)
	for i, c := range text {
		if !strings.ContainsRune(Digits+".,'\u00a0\u202f", c) &&
			!(c == ' ' && i+1 < len(text) && strings.IndexByte(Digits, text[i+1]) >= 0) {
			to = i
			break
		}
	}
	if strings.ContainsAny(text[to:], Digits) {
		return -1
	}
	groups := strings.FieldsFunc(text[:to], func(c rune) bool { return !unicode.IsDigit(c) })
	n := 0
	for i, g := range groups {
		if i > 0 && (len(g) != 3 || len(groups[0]) > 3) || len(g) > 9 || n >= mostRows {
			return -1
		}
		for _, d := range []byte(g) {
			n = n*10 + int(d-'0')
		}
	}
	return n
}

// SumUID reports whether a row with a uid that could be somebody's is a sum as the
// uid's first word has it.
func SumUID(uid string, cells []string) bool {
	return sumWords[strings.ToLower(firstWord(uid))] && Total(cells)
}

// TotalUID reports whether a row with a uid that could be somebody's sums its table
// up, or says that it ends, and its uid does: Total, say.
func TotalUID(cell string, cells []string) bool {
	n := 0
	for n < len(cell) && cell[n]|0x20 >= 'a' && cell[n]|0x20 <= 'z' {
		n++
	}
	if n < 3 || n > 11 {
		return false
	}
	var low [11]byte
	for i := range n {
		low[i] = cell[i] | 0x20
	}
	if wordSizes[low[0]-'a'][low[1]-'a']&(1<<n) == 0 {
		return false
	}
	return (countWords[string(low[:n])] || endWords[string(low[:n])]) && Total(cells)
}

// wordSizes is how long those of countWords and endWords are that begin with
// two letters. Nearly every uid begins otherwise, and every row is asked.
var wordSizes = func() (sizes [26][26]uint16) {
	for _, words := range []map[string]bool{countWords, endWords} {
		for w := range words {
			if a, b := w[0]-'a', w[1]-'a'; a < 26 && b < 26 {
				sizes[a][b] |= 1 << min(len(w), 15)
			}
		}
	}
	return sizes
}()

// Rule reports whether a row is a line: all that it holds are strokes, such as
// ----+---- and | --- | :---: |. Three of them can be a uid, and nobody's.
func Rule(cells []string) bool {
	found := false
	for _, c := range cells {
		if c == "" {
			continue
		}
		if !strokes[c[0]] && c[0] != ' ' && c[0] != '\t' {
			return false
		}
		if c = strings.TrimSpace(c); c == "" {
			continue
		}
		for i := range len(c) {
			if !strokes[c[i]] {
				return false
			}
		}
		if len(c) < 3 {
			return false
		}
		found = true
	}
	return found
}

var strokes = [256]bool{'-': true, '=': true, '+': true, ':': true, '_': true}

// Count is the number of a row that has nothing else; 0 if it has.
func Count(cells []string) int {
	with := slices.DeleteFunc(slices.Clone(cells), func(c string) bool { return strings.TrimSpace(c) == "" })
	if len(with) != 1 || strings.Trim(with[0], Digits+"()[]# ,.'\u00a0\u202f") != "" {
		return 0
	}
	return max(0, Number(with))
}
