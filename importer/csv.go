package importer

import (
	"bytes"
	"strings"
)

// The CSV rules, which two functions share: lastRecordEnd finds where records
// end without looking at cells, scanner takes one record apart. They must
// agree on every quote, or a chunk would begin in the middle of a cell:
//
//   - a quote opens a quoted cell only at the cell's very beginning;
//   - inside one, two quotes are one, and line breaks are text;
//   - any other quote is a character like all others.
//
// encoding/csv is stricter (it refuses the whole file for one stray quote)
// and forgets what is needed here: blank lines, and where a record lies.

// lastRecordEnd is where the last whole record of data ends, or 0. data
// begins where a record begins.
func lastRecordEnd(data []byte, comma byte) int {
	end, at := 0, 0
	for {
		quote := bytes.IndexByte(data[at:], '"')
		plain := data[at:]
		if quote >= 0 {
			plain = data[at : at+quote]
		}
		if n := bytes.LastIndexByte(plain, '\n'); n >= 0 {
			end = at + n + 1
		}
		if quote < 0 {
			return end
		}
		quote += at
		at = quote + 1
		if quote > 0 && data[quote-1] != comma && data[quote-1] != '\n' {
			continue // not at a cell's beginning
		}
		for {
			n := bytes.IndexByte(data[at:], '"')
			if n < 0 {
				return end
			}
			at += n + 1
			if at == len(data) || data[at] != '"' {
				break
			}
			at++
		}
	}
}

// scanner takes records apart. Its cells are parts of the text that it is
// given, and good until the next record.
type scanner struct {
	comma byte
	cells []string
	spans bool // a quoted cell holds a line break
	open  bool // the text ended inside a quoted cell
	stray bool // text stood between a closing quote and the end of its cell
}

// next takes the record at text[at:] apart and returns where the one after
// it begins.
func (s *scanner) next(text string, at int) int {
	s.cells = s.cells[:0]
	s.spans, s.open, s.stray = false, false, false
	line, next := text[at:], len(text)
	if n := strings.IndexByte(line, '\n'); n >= 0 {
		line, next = line[:n], at+n+1
	}
	if strings.IndexByte(line, '"') >= 0 {
		return s.quoted(text, at)
	}
	line = strings.TrimSuffix(line, "\r")
	for {
		n := strings.IndexByte(line, s.comma)
		if n < 0 {
			s.cells = append(s.cells, line)
			return next
		}
		s.cells = append(s.cells, line[:n])
		line = line[n+1:]
	}
}

// quoted is next for a record that has a quote in it.
func (s *scanner) quoted(text string, at int) int {
	for {
		cell, inQuotes := "", at < len(text) && text[at] == '"'
		if inQuotes {
			cell, at = s.inside(text, at+1)
		}
		start := at
		for at < len(text) && text[at] != s.comma && text[at] != '\n' {
			at++
		}
		rest := text[start:at]
		ends := at == len(text) || text[at] == '\n'
		if ends {
			rest = strings.TrimSuffix(rest, "\r")
		}
		if inQuotes && rest != "" {
			s.stray = true
			rest = cell + rest
		} else if inQuotes {
			rest = cell
		}
		s.cells = append(s.cells, rest)
		if ends {
			return min(at+1, len(text))
		}
		at++
	}
}

// inside reads a quoted cell whose text begins at text[at:], and returns
// where its closing quote is behind.
func (s *scanner) inside(text string, at int) (cell string, after int) {
	start, double := at, false
	for {
		n := strings.IndexByte(text[at:], '"')
		if n < 0 {
			s.open = true
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
		s.spans = true
	}
	if double {
		cell = strings.ReplaceAll(cell, `""`, `"`)
	}
	return cell, at
}

// count counts a line's cells, as if comma stood between them: one, if quotes
// say that it does not.
func count(line string, comma byte) int {
	s := scanner{comma: comma}
	s.next(line, 0)
	if s.stray || s.open {
		return 1
	}
	return len(s.cells)
}

// delimiters are tried in this order.
var delimiters = []byte{',', ';', '\t', '|'}

// delimiter is what stands between the cells of a text whose first line is
// line: a comma, unless that makes one cell of it and another makes more.
func delimiter(line string) byte {
	best, most := byte(','), count(line, ',')
	if most > 1 {
		return best
	}
	for _, d := range delimiters[1:] {
		if n := count(line, d); n > most {
			best, most = d, n
		}
	}
	return best
}

// blank says whether no cell has text.
func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}
