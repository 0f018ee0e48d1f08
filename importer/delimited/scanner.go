// Package delimited takes apart texts whose cells are between delimiters, CSV and
// its relatives: into pieces that can be read side by side, and each record into
// its cells. It refuses to know what encoding the text was in, and what a cell means.
package delimited

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
)

// The CSV rules, which two functions share: LastRecordEnd finds where records
// end without looking at cells, Scanner takes one record apart. They must
// agree on every quote, or a chunk would begin in the middle of a cell:
//
//   - a quote opens a quoted cell only at the cell's very beginning;
//   - inside one, two quotes are one, and line breaks are text;
//   - behind blanks, as people put them behind commas, a quote opens one as
//     well, if another closes it on the same line, at the cell's end;
//   - any other quote is a character like all others.
//
// encoding/csv is stricter (it refuses the whole file for one stray quote)
// and forgets what is needed here: blank lines, and where a record lies.

// LastRecordEnd is where the last whole record of data ends, or 0. data
// begins where a record begins.
func LastRecordEnd(data []byte, comma byte) int {
	from, to, at := 0, 0, 0 // the last stretch outside of quotes that has a line end
scan:
	for {
		quote := bytes.IndexByte(data[at:], '"')
		plain := data[at:]
		if quote >= 0 {
			plain = data[at : at+quote]
		}
		if bytes.IndexByte(plain, '\n') >= 0 { // to look for the last one each time would take long
			from, to = at, at+len(plain)
		}
		if quote < 0 {
			break
		}
		quote += at
		at = quote + 1
		if before := quote - 1; before >= 0 && data[before] != comma && data[before] != '\n' {
			for before >= 0 && isBlank(data[before], comma) {
				before--
			}
			if before < quote-1 && (before < 0 || data[before] == comma || data[before] == '\n') {
				at = max(at, closing(data, quote, comma)+1)
			}
			continue // not at a cell's beginning
		}
		for {
			n := bytes.IndexByte(data[at:], '"')
			if n < 0 {
				break scan
			}
			at += n + 1
			if at == len(data) || data[at] != '"' {
				break
			}
			at++
		}
	}
	return from + bytes.LastIndexByte(data[from:to], '\n') + 1
}

func isBlank(b, comma byte) bool { return (b == ' ' || b == '\t') && b != comma }

// closing is where the quote at a place behind blanks is closed: on the same
// line, and with nothing but blanks after it in its cell; -1 if nowhere.
func closing[T string | []byte](text T, at int, comma byte) int {
	for at++; at < len(text) && text[at] != '\n'; at++ {
		if text[at] != '"' {
			continue
		}
		if at+1 < len(text) && text[at+1] == '"' {
			at++
			continue
		}
		end := at + 1
		for end < len(text) && isBlank(text[end], comma) {
			end++
		}
		if end == len(text) || text[end] == comma || text[end] == '\n' || text[end] == '\r' && (end+1 == len(text) || text[end+1] == '\n') {
			return at
		}
		return -1
	}
	return -1
}

// opensWithin reports whether the text of a cell without quotes around it has a
// quote that opens and closes elsewhere: text is after it. closesWithin says
// whether it has one that closes: text is before it, and none behind. So are
// Anna"Sales and EMEA" parts of a cell that was Sales, EMEA; inches are neither.
func opensWithin(cell string) bool {
	last := strings.LastIndexByte(cell, '"')
	return last >= 0 && strings.Count(cell, `"`)%2 == 1 && strings.TrimLeft(cell[last+1:], " \t") == cell[last+1:] && last+1 < len(cell)
}

func closesWithin(cell string) bool {
	first := strings.IndexByte(cell, '"')
	return first > 0 && strings.Count(cell, `"`)%2 == 1 && !isBlank(cell[first-1], 0) && (first+1 == len(cell) || isBlank(cell[first+1], 0))
}

// Scanner takes records apart. Its cells are parts of the text that it is
// given, and good until the next record.
type Scanner struct {
	Comma byte
	Cells []string
	Spans bool // a quoted cell holds a line break
	Open  bool // the text ended inside a quoted cell
	Stray bool // text stood between a closing quote and the end of its cell, or it is torn
	Torn  bool // a quote opened in one cell and closed in another, or nowhere

	Spaced bool // blanks stood before or after a quoted cell's quotes
}

// Next takes the record at text[at:] apart and returns where the one after
// it begins.
func (s *Scanner) Next(text string, at int) int {
	s.Cells = s.Cells[:0]
	s.Spans, s.Open, s.Stray, s.Torn, s.Spaced = false, false, false, false, false
	line, next := text[at:], len(text)
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line, next = line[:n], at+n+1
	}
	if quote := strings.IndexByte(line, '"'); quote >= 0 {
		if before := strings.LastIndexByte(line[:quote], s.Comma); before >= 0 {
			s.Cells = split(s.Cells, line[:before], s.Comma)
			at += before + 1
		}
		return s.quoted(text, at)
	}
	s.Cells = split(s.Cells, strings.TrimSuffix(line, "\r"), s.Comma)
	return next
}

// split appends the cells of a line without quotes. Cells are short, and how
// short cannot be foretold: a jump at each comma would be what takes the time,
// so that the commas of 64 bytes are found first, without one.
func split(cells []string, line string, comma byte) []string {
	start, i := 0, 0
	for i < len(line) {
		at, found := i, uint64(0)
		switch {
		case i+64 <= len(line):
			found = commasIn(line[i:], comma)
		case len(line) >= 64: // the last 64 bytes, but for those seen already
			at = len(line) - 64
			found = commasIn(line[at:], comma) &^ (1<<(i-at) - 1)
		default:
			for j := range len(line) {
				if line[j] == comma {
					found |= 1 << j
				}
			}
		}
		i += 64
		for ; found != 0; found &= found - 1 {
			end := at + bits.TrailingZeros64(found)
			cells = append(cells, line[start:end])
			start = end + 1
		}
	}
	return append(cells, line[start:])
}

// commasIn has a bit for each of the first 64 bytes of s that is a comma.
func commasIn(s string, comma byte) uint64 {
	s = s[:64]
	c := uint64(comma) * ones
	return zeros(word(s)^c) | zeros(word(s[8:])^c)<<8 | zeros(word(s[16:])^c)<<16 | zeros(word(s[24:])^c)<<24 |
		zeros(word(s[32:])^c)<<32 | zeros(word(s[40:])^c)<<40 | zeros(word(s[48:])^c)<<48 | zeros(word(s[56:])^c)<<56
}

const (
	ones = 0x0101010101010101
	lows = 0x7F7F7F7F7F7F7F7F
)

func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// zeros has a bit for each of eight bytes that is zero.
func zeros(w uint64) uint64 {
	high := ^((w&lows + lows) | w | lows)
	return high >> 7 * 0x0102040810204080 >> 56
}

// quoteIn reports whether a quote is in a part of the text. It remembers where the
// next one is, so that a record is looked through once and not cell by cell.
func quoteIn(text string, from, to int, next *int) bool {
	if *next < from {
		if *next = strings.IndexByte(text[from:], '"'); *next < 0 {
			*next = len(text)
		} else {
			*next += from
		}
	}
	return *next < to
}

// quoted is next for a record from the cell on that has its first quote.
func (s *Scanner) quoted(text string, at int) int {
	opened := false // within a cell that has no quotes around it
	next := -1      // where the next quote is, as far as it is known
	for {
		quote := at
		for quote < len(text) && isBlank(text[quote], s.Comma) {
			quote++
		}
		inQuotes := quote < len(text) && text[quote] == '"'
		if inQuotes && quote > at {
			inQuotes = closing(text, quote, s.Comma) >= 0
			s.Spaced = s.Spaced || inQuotes
		}
		cell := ""
		if inQuotes {
			cell, at = s.inside(text, quote+1)
		}
		start := at
		for at < len(text) && text[at] != s.Comma && text[at] != '\n' {
			at++
		}
		rest := text[start:at]
		ends := at == len(text) || text[at] == '\n'
		if ends {
			rest = strings.TrimSuffix(rest, "\r")
		}
		switch {
		case !inQuotes && start+len(rest) > next && quoteIn(text, start, at, &next):
			s.Torn = s.Torn || opened && closesWithin(rest) || start < quote && text[quote] == '"' && strings.Count(rest, `"`)%2 == 1
			opened = opened || opensWithin(rest)
		case inQuotes && strings.Trim(rest, " \t") != "":
			s.Stray = true
			rest = cell + rest
		case inQuotes:
			s.Spaced = s.Spaced || rest != ""
			rest = cell
		}
		s.Cells = append(s.Cells, rest)
		if ends {
			s.Stray = s.Stray || s.Torn
			return min(at+1, len(text))
		}
		at++
	}
}

// inside reads a quoted cell whose text begins at text[at:], and returns
// where its closing quote is behind.
func (s *Scanner) inside(text string, at int) (cell string, after int) {
	start, double := at, false
	for {
		n := strings.IndexByte(text[at:], '"')
		if n < 0 {
			s.Open = true
			cell, at = text[start:], len(text)
			break
		}
		at += n + 1
		if at == len(text) || text[at] != '"' {
			cell = text[start : at-1]
			break
		}
		double = true
		at++
	}
	if strings.IndexByte(cell, '\n') >= 0 {
		s.Spans = true
	}
	if double {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	return cell, at
}

// Count counts a line's cells, as if comma stood between them: one, if quotes
// say that it does not.
func Count(line string, comma byte) int {
	s := Scanner{Comma: comma}
	s.Next(line, 0)
	if s.Stray || s.Open {
		return 1
	}
	return len(s.Cells)
}

// Delimiters are tried in this order.
var Delimiters = []byte{',', ';', '\t', '|'}

// Sniff is what separates the cells of a text whose first line is
// line: a comma, unless that makes one cell of it and another makes more.
func Sniff(line string) byte {
	best, most := byte(','), Count(line, ',')
	if most > 1 {
		return best
	}
	for _, d := range Delimiters[1:] {
		if n := Count(line, d); n > most {
			best, most = d, n
		}
	}
	return best
}

// Blank reports whether no cell has text.
func Blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// AppendCell writes a cell, in quotes where it would not read back as it is.
func AppendCell(text, cell []byte, comma byte) []byte {
	if bytes.IndexByte(cell, comma) < 0 && !bytes.ContainsAny(cell, "\"\r\n") {
		return append(text, cell...)
	}
	text = append(text, '"')
	for {
		i := bytes.IndexByte(cell, '"')
		if i < 0 {
			break
		}
		text = append(append(text, cell[:i+1]...), '"')
		cell = cell[i+1:]
	}
	return append(append(text, cell...), '"')
}

// Clone copies cells into one text of their own.
func Clone(cells []string) []string {
	all := strings.Join(cells, "")
	out := slices.Clone(cells)
	for i, c := range cells {
		out[i], all = all[:len(c)], all[len(c):]
	}
	return out
}
