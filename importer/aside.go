package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"cometsync/internal/user"
)

// Rows that stand beside the table are no people, and no rows that are
// counted: lines above the header, the header again where exports were put
// together, the line that is drawn below it in tables for people to read, and
// what a report writes below its last row. Each is named in a notice.
//
// Nobody may be lost in this way. A header counts only if it stands there
// letter by letter. A line below the rows counts only where nothing but such
// lines follows, to the end or to the next header; where its uid can't be one;
// and where all that it says is that it is a sum or an end. If its uid could be
// one, it is a reject, and whoever has the uid is held.

// asideKind is why a row is none.
type asideKind uint8

const (
	noAside asideKind = iota
	aboveHeader
	repeatedHeader
	ruleLine
	footer
)

// aside is such a row.
type aside struct {
	row  int // within the batch, while it is on its way
	kind asideKind
	text string
}

const (
	// mostFooters is how many rows below the last one can be footers; more are
	// another table.
	mostFooters = 10
	// mostAsides is how many rows a notice names.
	mostAsides = 50
)

// asideText is a row for a notice, as it stands in the source.
func asideText(cells []string, comma byte) string {
	var with []string
	for _, c := range cells {
		if c = user.Text(strings.ToValidUTF8(c, "\uFFFD")); c != "" {
			with = append(with, c)
		}
	}
	text := []rune(strings.Join(with, string(rune(comma))))
	if len(text) > 60 {
		return string(text[:57]) + "…"
	}
	return string(text)
}

// repeats says whether a record is the header again.
func (s *source) repeats(cells []string) bool {
	if len(cells) < len(s.raw) || s.lines {
		return false
	}
	first := cells[0]
	if len(first) > 2 && first[0] == 0xEF && s.raw[0] == strings.TrimPrefix(first, "\uFEFF") {
		first = s.raw[0] // of a file with a mark of its own
	}
	return first == s.raw[0] && slices.Equal(cells[1:len(s.raw)], s.raw[1:]) && blank(cells[len(s.raw):])
}

// countWords begin a line that sums a table up, and countUnits are all that
// it says beside numbers.
var (
	countWords = wordSet("total totals subtotal sum count counts rows records users employees people members students entries " +
		"summe gesamt gesamtsumme gesamtzahl anzahl insgesamt totaal aantal totale totaux nombre suma cantidad razem celkem итого всего")
	countUnits = wordSet("total totals grand sum count of number in all row rows record records user users employee employees person persons people " +
		"member members student students entry entries account accounts exported listed found affected selected returned and the overall " +
		"datensätze zeilen personen mitarbeiter benutzer einträge schüler lignes enregistrements utilisateurs personnes général filas registros usuarios general " +
		"summe gesamt gesamtsumme gesamtzahl anzahl insgesamt totaal aantal totale totaux nombre de suma cantidad razem celkem итого всего der")
	endWords = wordSet("end eof ende fin fine einde koniec konec")
	endUnits = wordSet("of the report file list export data document roster table page der des liste datei berichts du fichier rapport del archivo fin end eof ende")
)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// footerText says whether a row sums its table up, or says that it ends.
func footerText(cells []string) bool {
	text := strings.ToLower(strings.Join(cells, " "))
	if len(text) > 200 {
		return false
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
	if len(words) == 0 || strings.ContainsRune(text, '@') {
		return false
	}
	if strings.TrimSpace(text) == "(1 row)" { // as psql says it of one
		return true
	}
	digits := strings.ContainsAny(text, "0123456789")
	counts, ends := digits, !digits && (len(words) > 1 || !unicode.IsLetter([]rune(strings.TrimSpace(text))[0]))
	summed := false
	for _, w := range words {
		counts = counts && countUnits[w]
		summed = summed || countWords[w]
		ends = ends && (endWords[w] || endUnits[w])
	}
	return counts && summed || ends && slices.ContainsFunc(words, func(w string) bool { return endWords[w] })
}

// drawn says whether a row is a line: all that it holds are strokes, such as
// ----+---- and | --- | :---: |. Three of them can be a uid, and nobody's.
func drawn(cells []string) bool {
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

var lineDefect = user.Defect{Code: user.NotAPerson, Message: "is a line drawn between rows, and no person; take the row out"}

// loneCount is the number of a row that has nothing else; 0 if it has.
func loneCount(cells []string) int {
	text := ""
	for _, c := range cells {
		if c = strings.TrimSpace(c); c != "" {
			if text != "" {
				return 0
			}
			text = c
		}
	}
	text = strings.Trim(text, "()[]# ")
	n, err := strconv.Atoi(strings.NewReplacer(",", "", ".", "", "'", "", " ", "", "\u00a0", "", "\u202f", "").Replace(text))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// A row's footing: not a footer, a footer by its words, or else by its number,
// if that is how many rows there are.
const (
	noFooting   = 0
	worded      = -1
	mostFooting = 1 << 30
)

// footing says what makes a footer of the scanner's record, which can't be used.
func (w *worker) footing(s *source) int32 {
	if s.lines || w.scan.open || w.scan.stray || w.scan.spans {
		return noFooting
	}
	if cell, ok := s.uidCell(w.scan.cells); ok && w.isUID(s, cell) {
		return noFooting
	}
	if footerText(w.scan.cells) || drawn(w.scan.cells) {
		return worded
	}
	if n := loneCount(w.scan.cells); n < mostFooting {
		return int32(n)
	}
	return noFooting
}

// sumsUp says whether a row that could be used is a sum all the same, such as
// one with the uid Total.
func (w *worker) sumsUp(s *source, cell string) bool {
	n := 0
	for n < len(cell) && cell[n]|0x20 >= 'a' && cell[n]|0x20 <= 'z' {
		n++
	}
	if n < 3 || n > 11 || s.lines {
		return false
	}
	var low [11]byte
	for i := range n {
		low[i] = cell[i] | 0x20
	}
	if wordSizes[low[0]-'a'][low[1]-'a']&(1<<n) == 0 {
		return false
	}
	return (countWords[string(low[:n])] || endWords[string(low[:n])]) && footerText(w.scan.cells)
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

var sumDefect = user.Defect{Code: user.NotAPerson, Message: "reads like a sum or an end, and not like a person; take the row out"}

// follow counts the rows at a source's end that may be footers, of which row
// is the last; before is how many rows stand above it.
func (r *Roster) follow(row *row, before int) {
	if row.footing == worded || row.footing > 0 && int(row.footing) == before-r.tail {
		r.tail++
	} else {
		r.tail = 0
	}
}

// setAside takes up a header that stands there again: what is above it is the
// end of a table.
func (r *Roster) setAside(s *source, a aside) {
	r.settleTail(s)
	a.row += r.line
	s.asides = append(s.asides, a)
}

// settleTail makes footers of the rows that were the last.
func (r *Roster) settleTail(s *source) {
	n := r.tail
	r.tail = 0
	if n == 0 || n > mostFooters {
		return
	}
	for _, p := range r.rejects[len(r.rejects)-n:] {
		s.asides = append(s.asides, aside{p.reject.Source.Row, footer, asideText(p.reject.Cells, s.comma)})
	}
	r.rejects = r.rejects[:len(r.rejects)-n]
	s.file.Rows -= n
	r.intake.Rows -= n
}

// isAside says whether a row stands beside the table.
func (s *source) isAside(row int) bool {
	return slices.ContainsFunc(s.asides, func(a aside) bool { return a.row == row })
}

// noticeAsides names the rows that are none.
func (r *Roster) noticeAsides(s *source) {
	for _, k := range []struct {
		kind            asideKind
		code, one, many string
	}{
		{aboveHeader, "lines-above-header", "row stands above the header and is left alone", "rows stand above the header and are left alone"},
		{repeatedHeader, "repeated-header", "row is the header again and is left alone", "rows are the header again and are left alone"},
		{ruleLine, "rule-line", "row is a line drawn below the header and is left alone", "rows are lines drawn below a header and are left alone"},
		{footer, "footer", "row below the others is no person and is left alone", "rows below the others are no people and are left alone"},
	} {
		var names []string
		n := 0
		for _, a := range s.asides {
			if a.kind != k.kind {
				continue
			}
			n++
			switch {
			case n > mostAsides:
			case a.text == "":
				names = append(names, strconv.Itoa(a.row))
			default:
				names = append(names, fmt.Sprintf("%d %q", a.row, a.text))
			}
		}
		if n > mostAsides {
			names = append(names, fmt.Sprintf("%d more", n-mostAsides))
		}
		if n > 0 {
			r.notice(k.code, n, "%s: %s: %s", r.where(s), plural(n, k.one, k.many), sentenceList(names))
		}
	}
}

// noticeEncoding tells what was taken without being said.
func (r *Roster) noticeEncoding(s *source) {
	d := s.decoder
	switch {
	case d.marked != "":
		r.notice("encoding", 0, "%s: read as %s, whose mark it begins with, and not as --encoding says", r.where(s), d.marked)
	case d.found:
		r.notice("encoding", 0, "%s: read as %s, which its bytes show; if it is another, say which with --encoding", r.where(s), s.encoding())
	}
}
