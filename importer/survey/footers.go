package survey

import (
	"fmt"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/table"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// footers takes what a report writes below its last row off the text, as far
// as the text is whole, so that nobody is advised to make slugs of it. Reading
// asks more of a footer than its words; here nobody is lost by it.
func (v *survey) footers() {
	if v.More || v.source.Lines {
		return
	}
	s := v.source
	type record struct {
		at, row int
		cells   []string
	}
	var last []record
	scan, rows := delimited.Scanner{Comma: s.Comma}, 0
	for at, row := 0, v.HeaderRow+1; at < len(v.text); row++ {
		start := at
		at = scan.Next(v.text, at)
		if cells := v.cells(scan.Cells); !delimited.Blank(cells) {
			if len(last) > footer.Most {
				last = last[1:]
			}
			if scan.Open || scan.Stray || scan.Spans {
				last = last[:0] // whatever it is, it is no footer
			} else {
				last = append(last, record{start, row, delimited.Clone(cells)})
			}
			rows++
		}
	}
	var strange []string
	pattern := ""
	from := len(last)
	for ; from > 0; from-- {
		r := last[from-1]
		above := rows - (len(last) - from) - 1
		known := v.mapping.Footers.Matches(r.cells) != nil || footer.Like(r.cells) || above > 0 && footer.Count(r.cells) == above
		if !known && !v.strange(r.cells) {
			break
		}
		text := table.Shown(r.cells, s.Comma)
		if !known {
			strange = append([]string{fmt.Sprintf("%d %q", r.row, text)}, strange...)
			if pattern == "" {
				pattern = beginning(text)
			}
		}
		v.Below = append([]string{text}, v.Below...)
	}
	if len(v.Below) > footer.Most {
		v.Below = nil // another table
		return
	}
	if from < len(last) {
		v.text = v.text[:last[from].at]
	}
	if len(strange) > 0 {
		v.unsure("%s below the others, with no uid, and %s like a line of the report's own: %s; if so, name it under footers, as in %q",
			phrase.Plural(len(strange), "row stands", "rows stand"), phrase.Form(len(strange), "reads", "read"), phrase.And(strange), pattern)
	}
}

// strange says whether a last row has one text alone, of several words: no uid
// has them, and a person more cells.
func (v *survey) strange(cells []string) bool {
	return len(columns.Trimmed(v.source.Raw)) > 1 && columns.Filled(cells) == 1 && len(strings.Fields(strings.Join(cells, " "))) > 1
}

// beginning is a pattern of a text's first words.
func beginning(text string) string {
	words := strings.Fields(text)
	return strings.Join(words[:min(2, len(words)-1)], " ") + " *"
}

// displayed proposes that uids are what a sheet shows, if it shows them with
// leading zeros.
func (v *survey) displayed(cols []seen) {
	v.DisplayedUIDs = v.opt.DisplayedUIDs
	for i := range cols {
		c := &cols[i]
		if n := v.zeros[i].N; n > 0 && (c.target.Field == user.UID || v.source.Header.Transform.Use(i).Field == user.UID) &&
			!v.opt.DisplayedUIDs {
			v.DisplayedUIDs = true
			v.unsure("%s of %q %s with leading zeros, as in %q, which the sheet does not keep; numeric-uid: displayed takes what it shows, and "+
				"without that these rows are rejects",
				phrase.Plural(n, "number"), c.Header, isOrAre(n)+" shown", v.zeros[i].Shown)
		}
	}
}

func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
