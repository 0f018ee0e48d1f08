package survey

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/table"
	"cometsync/internal/phrase"
)

// footers takes what a report writes below its last row off the text, as far
// as the text is whole, so that nobody is advised to make slugs of it. Reading
// asks more of a footer than its words; here nobody is lost by it.
func (v *survey) footers() {
	if v.More || v.source.Lines {
		return
	}
	s := v.source
	var last []columns.Line
	scan, rows := delimited.Scanner{Comma: s.Comma}, 0
	for at, row := 0, v.HeaderRow+1; at < len(v.text); row++ {
		l := columns.Line{At: at, Row: row}
		at = scan.Next(v.text, at)
		if cells := v.cells(scan.Cells); !delimited.Blank(cells) {
			rows++
			l.Cells = delimited.Clone(cells)
			if last = append(last[max(0, len(last)-footer.Most):], l); scan.Open || scan.Stray || scan.Spans {
				last = nil // whatever it is, it is not a footer
			}
		}
	}
	var strange []string // from the last on
	pattern, below, from := "", 0, len(v.text)
	for _, l := range slices.Backward(last) {
		above := rows - below - 1
		known := v.mapping.Patterns.Matches(l.Cells) != nil || footer.Like(l.Cells) || above > 0 && footer.Count(l.Cells) == above
		if !known && !v.strange(l.Cells) {
			break
		}
		if text := table.Shown(l.Cells, s.Comma); !known {
			strange = append([]string{fmt.Sprintf("%d %q", l.Row, text)}, strange...)
			if words := strings.Fields(text); pattern == "" {
				pattern = strings.Join(words[:min(2, len(words)-1)], " ") + " *"
			}
		}
		below, from = below+1, l.At
	}
	if below > footer.Most {
		return // another table
	}
	v.text = v.text[:from]
	if n := len(strange); n > 0 {
		v.unsure("%s below the others, with no uid, and %s like a line of the report's own: %s; if so, name it under footers, as in %q",
			phrase.Plural(n, "row is", "rows are"), phrase.Form(n, "reads", "read"), phrase.And(strange), pattern)
	}
}

// strange reports whether a last row has one text alone, of several words: no uid
// has them, and a person more cells.
func (v *survey) strange(cells []string) bool {
	return len(v.source.Raw) > 1 && columns.Filled(cells) == 1 && len(strings.Fields(strings.Join(cells, " "))) > 1
}
