package survey

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/internal/user"
)

// header finds the header: as reading does, or where no row names the uid, the
// first that has several cells, as many as most rows below it.
func (v *survey) header() (columns.Table, error) {
	s := v.source
	t, _, _, err := v.mapping.Start(s.Given, v.text)
	rows := columns.WithText(columns.FirstLines(v.text[t.At:], t.Comma, 1+columns.Agreeing, 0))
	if err == nil && len(rows) == 0 {
		err = columns.ErrNoText
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", v.Path, err)
	}
	if s.Wanted > 0 || s.Lines || v.mapping.Columns != nil || v.mapping.HoldsUID(rows[0].Cells) {
		return t, nil
	}
	if !s.Rendered {
		comma := rune(0)
		if !s.Fixed {
			comma = v.mapping.LikelyComma(rows, t.Comma)
		}
		if v.mapping.WholeQuoted(rows) || comma >= utf8.RuneSelf { // that text would have to be read anew
			return t, fmt.Errorf("%s: %s", v.Path, v.mapping.Instead(s.Given, t.Comma, rows))
		}
		if comma != 0 {
			s.Comma, s.Fixed = byte(comma), true
			v.unsure("a %s seems to separate the cells", delimited.Name(comma))
			return v.header()
		}
	}
	most := 0.0
	for _, comma := range s.Given.Among() {
		lines := columns.FirstLines(v.text, comma, 1+columns.TitleRows+columns.Agreeing, 0)
		for i, l := range lines {
			if columns.Filled(l.Cells) < 2 || l.Broken {
				continue
			}
			if score := v.score(l, lines[i+1:]); score > most {
				most = score
				t = columns.Table{Comma: comma, At: l.At, Row: l.Row, Above: columns.WithText(lines[:i])}
			}
		}
	}
	return t, nil
}

// score is how much a line is like the header of those below it.
func (v *survey) score(l columns.Line, below []columns.Line) float64 {
	known := 0
	for j, cell := range l.Cells {
		if _, ok := v.mapping.Of(columns.AsHeader(cell)); ok && !columns.Again(cell, j, below) {
			known++
		}
	}
	return 1 + float64(known) + columns.Agree(below, func(b columns.Line) bool {
		return v.source.Rendered || len(columns.Trimmed(b.Cells)) <= len(l.Cells) && len(b.Cells) >= len(l.Cells)
	})
}

// nameColumns says what stands for the header of a file that has none: what the
// settings say, or a guess from what the columns hold.
func (v *survey) nameColumns(t columns.Table, first []string) {
	if v.source.Lines {
		return
	}
	if v.mapping.Columns != nil {
		v.Unheaded = v.mapping.Columns
		return
	}
	rows := columns.WithText(columns.FirstLines(v.text[t.At:], t.Comma, 1+surveyRows, 0))
	if v.source.Wanted > 0 || v.mapping.HoldsUID(first) || !v.mapping.NoHeader(rows[:min(len(rows), 1+columns.Agreeing)]) {
		return
	}
	uid, name := false, false
	for i := range columns.Trimmed(first) {
		var c seen
		for _, l := range rows {
			if i < len(l.Cells) && !user.Empty(l.Cells[i]) {
				cell := strings.TrimSpace(l.Cells[i])
				c.see(cell, cell)
			}
		}
		people := c.count(likeName)
		named := columns.LeftAlone
		switch {
		case !uid && c.differ() && c.count(likeUID) == c.filled && people < c.filled:
			named, uid = "uid", true
		case !name && 10*people > 9*c.filled && 2*len(c.texts) > c.filled:
			named, name = "name", true
		}
		v.Unheaded = append(v.Unheaded, named)
	}
	m := *v.mapping
	m.Columns = v.Unheaded
	v.mapping, v.source.Mapping = &m, &m
	v.unsure("it seems to have no header: row %d (%s) looks like the rows below it; columns says what its columns are, by a guess, and "+
		"has to be right; if row %d is the header, take columns out and say header-row: %d",
		t.Row, columns.Quoted(columns.Trimmed(first)), t.Row, t.Row)
}

func likeName(x text) bool {
	return strings.ContainsFunc(x.cell, unicode.IsUpper) && !strings.ContainsAny(x.cell, "@/") &&
		(strings.Contains(x.cell, " ") || !strings.ContainsAny(x.cell, footer.Digits))
}

func likeUID(x text) bool { return user.ValidUID(user.FoldUID(x.read)) }
