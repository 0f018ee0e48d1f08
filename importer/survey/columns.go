package survey

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/table"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

const (
	mostSamples = 3
	mostUnknown = 5
)

// column is what a survey has seen of one column.
type seen struct {
	*Column
	target  columns.Target // what is proposed
	dates   columns.Target // what its name means, if that is a time
	filled  int
	invalid int // cells that the field can't take
	uids    int // cells that could be a uid as they are
	seen    map[string]int
	mails   int
	secret  bool // no cell of it is shown
}

// look finds out what the columns are, and looks at their cells.
func (v *survey) look(ctx context.Context) error {
	s := v.source
	t, err := v.table()
	if err != nil {
		return err
	}
	s.Comma = t.Comma
	if !s.Rendered {
		if v.Delimiter = rune(t.Comma); s.Fixed && v.opt.Delimiter != 0 {
			v.Delimiter = v.opt.Delimiter
		}
	}
	v.HeaderRow = t.Row
	if s.Lines {
		v.HeaderRow = 0
	}
	for _, a := range t.Above {
		v.Above = append(v.Above, table.Shown(a.Cells, t.Comma))
	}
	scan := delimited.Scanner{Comma: s.Comma}
	first := scan.Next(v.text, t.At)
	if scan.Open {
		return fmt.Errorf("%s: a quote in row %d, the header, is never closed; close it", v.Path, t.Row)
	}
	cells := delimited.Clone(v.cells(scan.Cells))
	if v.nameColumns(t, cells); v.Unheaded != nil {
		cells, first, v.HeaderRow = v.Unheaded, t.At, 0
	}
	s.Raw = columns.Trimmed(cells)
	v.text = v.whole(v.text[first:], s.Comma)
	if v.HeaderRow > 1 && s.Wanted == 0 {
		v.unsure("the header is row %d; what stands above it is left alone", v.HeaderRow)
	}
	if garbled := s.Garbled(); garbled != "" {
		v.unsure("%s", garbled)
	}
	h := &columns.Header{UID: -1, Framed: columns.Framed(s.Comma, cells)}
	v.footers()
	cols := v.columns(h)
	s.Header = h
	if err := v.rows(ctx, cols); err != nil {
		return err
	}
	v.guess(cols)
	v.displayed(cols)
	v.forms(cols)
	// What the fields can't take shows once it is known which they are.
	if err := v.judge(ctx, cols); err != nil {
		return err
	}
	for i := range cols {
		v.Columns = append(v.Columns, *cols[i].Column)
	}
	return nil
}

// columns says what the header's columns mean by their names, and why.
func (v *survey) columns(h *columns.Header) []seen {
	m := v.mapping
	for _, c := range v.source.Raw {
		c, _ = user.Undefuse(c)
		h.Names = append(h.Names, columns.AsHeader(c))
	}
	for len(h.Names) > 0 && h.Names[len(h.Names)-1] == "" {
		h.Names = h.Names[:len(h.Names)-1]
	}
	found, err := m.Targets(h, func(i int) bool { return columns.HoldsPresence(v.text, v.source.Comma, i) })
	if err != nil {
		v.unsure("%v", err)
		plain := *m
		plain.Transforms = nil
		*h = columns.Header{UID: -1, Names: h.Names}
		// nothing is left that could fail
		found, _ = plain.Targets(h, func(i int) bool { return columns.HoldsPresence(v.text, v.source.Comma, i) })
	}
	if key, hint := m.Lacks(h.Names); key != "" {
		v.unsure("the mapping names the column %q, which is not in the header; %s correct the mapping, or the header", key, hint)
	}
	clash := map[int]string{}
	for _, err := range h.Settle(found) {
		v.unsure("%v", err)
	}
	for i, why := v.clash(h, found); i >= 0; i, why = v.clash(h, found) {
		found[i], clash[i] = columns.Target{}, why
	}
	if h.Transform != nil {
		if err := m.Transforms.Read(h.Transform, found, m.Dates); err != nil {
			v.unsure("%v", err)
		}
	}
	h.Negate(found)
	if half := h.HalfName(found); half != "" {
		v.unsure("%s", half)
	}
	h.Columns = make([]user.Column, len(found))
	for i, t := range found {
		h.Columns[i] = m.Column(h.Title(i), t)
	}
	said, twice := slices.Concat(h.Ignored, h.Joined), columns.Repeated(h.Names)
	cols := make([]seen, len(found))
	for i, t := range found {
		c := &Column{Header: h.Title(i)}
		cols[i] = seen{Column: c, target: t, seen: map[string]int{}, secret: columns.SecretHeader(c.Header)}
		if i < len(h.Names) {
			c.Letter = workbook.Letters(i)
			if t, ok := m.At(h.Names[i], i, twice); ok && (t.Field == user.CreatedAt || t.Field == user.LastActiveAt) {
				cols[i].dates = t
			}
		}
		if t.Field != user.NoField {
			c.Field, c.Sure = columns.FieldName(t), t.Strength > columns.Alias
			if !c.Sure {
				c.Why = "a usual name of this field, and of others"
			}
			if h.Transform.Negates(i) {
				c.Why = "its name means the opposite: a yes in it reads as inactive"
			}
			continue
		}
		c.Why = clash[i]
		for j, said := range said {
			if c.Why == "" && said.Name == c.Header {
				c.Why = v.left(said)
				said.Name = "\x00" // the next of this name has its own
				if j < len(h.Ignored) {
					h.Ignored[j].Name = said.Name
				}
			}
		}
		switch {
		case c.Why != "":
		case i < len(h.Names) && h.Names[i] == "":
			c.Why = "it has no header"
		case v.Unheaded != nil && c.Header == columns.LeftAlone:
			c.Why = "it is left alone"
		case h.Transform.Use(i).Field != user.NoField:
			c.Why, c.Sure = "it is joined with others", true
		case columns.SecretHeader(c.Header):
			c.Why = "it sounds like a password or a key, which is nobody's to see"
		case columns.ReportColumns[c.Header]:
			c.Why, c.Sure = "a report has put it there", true
		default:
			if key := camelKey(columns.Bare(c.Header)); key != "" {
				c.Suggest = "metadata." + key
			}
		}
	}
	return cols
}

// clash is the later of two columns that would be one field, or contradict
// each other.
func (v *survey) clash(h *columns.Header, found []columns.Target) (column int, why string) {
	for i, a := range found {
		for j, b := range found[:i] {
			if columns.SameSlot(a, b) || columns.Contradict(a.Path, b.Path) {
				return i, fmt.Sprintf("the %s is read from %q", columns.FieldName(b), h.Title(j))
			}
		}
	}
	return -1, ""
}

// left says why a column is left alone.
func (v *survey) left(c columns.Ignored) string {
	switch {
	case c.Code == notice.ReadOnlyColumn && c.Importable:
		return "read-only: the users API can't set it, and only a bulk import can"
	case c.Code == notice.ReadOnlyColumn:
		return "read-only: the users API can't set it"
	case c.Code == notice.StateIsPresence:
		return "it holds presence, which the service decides, and no state"
	case c.Why != "":
		return c.Why
	case c.Code == "":
		return "the mapping leaves it alone"
	case c.Unlisted:
		return "the mapping does not list it"
	}
	return ""
}

// each goes through the rows, as reading would: the cells of each as they
// stand there, with virtual ones behind them, and as they are read.
func (v *survey) each(ctx context.Context, row func(cells, read []string)) (int, error) {
	s := v.source
	scan := delimited.Scanner{Comma: s.Comma}
	rows := 0
	for at := 0; at < len(v.text) && rows < surveyRows; {
		at = scan.Next(v.text, at)
		cells := v.cells(scan.Cells)
		if delimited.Blank(cells) || s.Repeats(cells) || v.mapping.Footers.Matches(cells) != nil {
			continue
		}
		if rows++; rows == surveyRows && at < len(v.text) {
			v.More = true
		}
		if scan.Open || scan.Stray || len(cells) < len(s.Header.Names) && !s.Rendered {
			continue // nobody can say what its cells are
		}
		read := s.AsRead(cells)
		cells = append(cells[:min(len(cells), len(s.Header.Names))], read[min(len(cells), len(read)):]...)
		row(cells, read)
		if rows&0xFF == 0 && ctx.Err() != nil {
			return rows, ctx.Err()
		}
	}
	return rows, ctx.Err()
}

// rows looks at the cells.
func (v *survey) rows(ctx context.Context, cols []seen) error {
	tangled := 0
	n, err := v.each(ctx, func(cells, read []string) {
		for i := range cols {
			if i >= len(cells) || user.Empty(cells[i]) {
				continue
			}
			c, text := &cols[i], columns.ShortText(cells[i])
			c.filled++
			c.seen[text]++
			if len(c.Samples) < mostSamples && c.seen[text] == 1 && !c.secret {
				c.Samples = append(c.Samples, text)
			}
			if user.ValidUID(user.FoldUID(read[i])) {
				c.uids++
			}
			if strings.Contains(text, "@") {
				c.mails++
			}
			if _, twice := charset.Mend(cells[i]); twice {
				tangled++
			}
		}
	})
	v.Rows = n
	if tangled > 0 {
		v.unsure("the text of %s was decoded twice, such as MÃ¼ller for Müller; fix-mojibake mends it, and keep-mojibake says that it is "+
			"right as it is; until then its rows are rejects", phrase.Plural(tangled, "cell"))
	}
	return err
}

// judge finds the cells that the proposed fields can't take.
func (v *survey) judge(ctx context.Context, cols []seen) error {
	h := v.source.Header
	_, err := v.each(ctx, func(cells, read []string) {
		for i := range cols {
			c := &cols[i]
			if c.target.Field == user.NoField || i >= len(read) || user.Empty(read[i]) {
				continue
			}
			one := h.Columns[i]
			one.Part = user.Whole
			_, defects := v.opt.Rules.Row([]user.Column{one}, read[i:i+1], &user.Repairs{})
			if !slices.ContainsFunc(defects, func(d user.Defect) bool { return d.Column != "" }) {
				continue
			}
			c.invalid++
			if text := columns.ShortText(cells[i]); len(c.Unknown) < mostUnknown && !c.secret && !slices.Contains(c.Unknown, text) {
				c.Unknown = append(c.Unknown, text)
			}
		}
	})
	for i := range cols {
		c := &cols[i]
		twice := 0
		if c.target.Field == user.UID {
			for _, n := range c.seen {
				if n > 1 {
					twice++
				}
			}
		}
		if twice > 0 {
			stand := "stands"
			if twice > 1 {
				stand = "stand"
			}
			v.unsure("%s of %q %s in more than one row", phrase.Plural(twice, "value"), c.Header, stand)
		}
		if c.target.Field == user.Tags && v.mapping.Tags == "" {
			v.tags(c)
		}
		if len(c.Unknown) > 0 {
			v.unsure("%s", c.cannot())
		}
	}
	return err
}

// tags asks about tags in which the separator of others stands.
func (v *survey) tags(c *seen) {
	for _, text := range slices.Sorted(maps.Keys(c.seen)) {
		if n := strings.IndexAny(text, ";|"); n >= 0 && strings.Contains(text, ",") && !strings.HasPrefix(text, "[") {
			name := map[byte]string{';': "semicolon", '|': "pipe"}[text[n]]
			v.unsure("%q has cells such as %q, which come apart at commas as well; if those are parts of tags, say tags-separator: %s", c.Header,
				text, name)
			return
		}
	}
}

// cannot says what a column has that its field can't take, and what helps.
func (c *seen) cannot() string {
	such := columns.Quoted(c.Unknown)
	if c.target.Field == user.State {
		return fmt.Sprintf("%q has words that are neither active nor inactive: %s; say under values.state what they stand for", c.Header, such)
	}
	field := columns.FieldName(c.target)
	what := "correct them, or leave the column alone"
	switch c.target.Field {
	case user.UID:
		what = "correct them, or have uid-rewrite make slugs of them"
	case user.Avatar, user.Link:
		what = "correct them, or say under base where relative ones begin"
	case user.Role:
		what = "say under values.role what they stand for"
	}
	return fmt.Sprintf("%s of %q can't be a %s, such as %s; %s", phrase.Plural(c.invalid, "cell"), c.Header, field, such, what)
}
