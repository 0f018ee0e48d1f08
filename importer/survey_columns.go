package importer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cometsync/importer/charset"
	"cometsync/importer/delimited"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

const (
	mostSamples = 3
	mostUnknown = 5
)

// column is what a survey has seen of one column.
type column struct {
	*SurveyedColumn
	target  target // what is proposed
	dates   target // what its name means, if that is a time
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
	s.comma = t.comma
	if !s.sheet {
		if v.Delimiter = rune(t.comma); s.fixed && v.opt.Delimiter != 0 {
			v.Delimiter = v.opt.Delimiter
		}
	}
	v.HeaderRow = t.row
	if s.lines {
		v.HeaderRow = 0
	}
	for _, a := range t.above {
		v.Above = append(v.Above, asideText(a.cells, t.comma))
	}
	scan := delimited.Scanner{Comma: s.comma}
	first := scan.Next(v.text, t.at)
	if scan.Open {
		return fmt.Errorf("%s: a quote in row %d, the header, is never closed; close it", v.Path, t.row)
	}
	cells := delimited.Clone(v.cells(scan.Cells))
	if v.nameColumns(t, cells); v.Unheaded != nil {
		cells, first, v.HeaderRow = v.Unheaded, t.at, 0
	}
	s.raw = trimmed(cells)
	v.text = v.whole(v.text[first:], s.comma)
	if v.HeaderRow > 1 && s.wanted == 0 {
		v.unsure("the header is row %d; what stands above it is left alone", v.HeaderRow)
	}
	if garbled := s.garbled(); garbled != "" {
		v.unsure("%s", garbled)
	}
	h := &header{uid: -1, framed: framed(s.comma, cells)}
	v.footers()
	cols := v.columns(h)
	s.header = h
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
		v.Columns = append(v.Columns, *cols[i].SurveyedColumn)
	}
	return nil
}

// columns says what the header's columns mean by their names, and why.
func (v *survey) columns(h *header) []column {
	m := v.mapping
	for _, c := range v.source.raw {
		c, _ = user.Undefuse(c)
		h.names = append(h.names, asHeader(c))
	}
	for len(h.names) > 0 && h.names[len(h.names)-1] == "" {
		h.names = h.names[:len(h.names)-1]
	}
	found, err := m.targets(h, func(i int) bool { return holdsPresence(v.text, v.source.comma, i) })
	if err != nil {
		v.unsure("%v", err)
		plain := *m
		plain.shape = nil
		*h = header{uid: -1, names: h.names}
		found, _ = plain.targets(h, func(i int) bool { return holdsPresence(v.text, v.source.comma, i) }) // nothing is left that could fail
	}
	if key, hint := m.lacks(h.names); key != "" {
		v.unsure("the mapping names the column %q, which is not in the header; %s correct the mapping, or the header", key, hint)
	}
	clash := map[int]string{}
	for _, err := range h.settle(found) {
		v.unsure("%v", err)
	}
	for i, why := v.clash(h, found); i >= 0; i, why = v.clash(h, found) {
		found[i], clash[i] = target{}, why
	}
	if h.shape != nil {
		if err := m.shape.read(h.shape, found, m.dates); err != nil {
			v.unsure("%v", err)
		}
	}
	h.negate(found)
	if half := h.halfName(found); half != "" {
		v.unsure("%s", half)
	}
	h.columns = make([]user.Column, len(found))
	for i, t := range found {
		h.columns[i] = m.column(h.title(i), t)
	}
	said, twice := slices.Concat(h.ignored, h.joined), repeated(h.names)
	cols := make([]column, len(found))
	for i, t := range found {
		c := &SurveyedColumn{Header: h.title(i)}
		cols[i] = column{SurveyedColumn: c, target: t, seen: map[string]int{}, secret: secretHeader(c.Header)}
		if i < len(h.names) {
			c.Letter = workbook.Letters(i)
			if t, ok := m.at(h.names[i], i, twice); ok && (t.field == user.CreatedAt || t.field == user.LastActiveAt) {
				cols[i].dates = t
			}
		}
		if t.field != user.NoField {
			c.Field, c.Sure = fieldName(t), t.strength > alias
			if !c.Sure {
				c.Why = "a usual name of this field, and of others"
			}
			if h.shape.negates(i) {
				c.Why = "its name means the opposite: a yes in it reads as inactive"
			}
			continue
		}
		c.Why = clash[i]
		for j, said := range said {
			if c.Why == "" && said.name == c.Header {
				c.Why = v.left(said)
				said.name = "\x00" // the next of this name has its own
				if j < len(h.ignored) {
					h.ignored[j].name = said.name
				}
			}
		}
		switch {
		case c.Why != "":
		case i < len(h.names) && h.names[i] == "":
			c.Why = "it has no header"
		case v.Unheaded != nil && c.Header == noColumn:
			c.Why = "it is left alone"
		case h.shape.use(i).field != user.NoField:
			c.Why, c.Sure = "it is joined with others", true
		case secretHeader(c.Header):
			c.Why = "it sounds like a password or a key, which is nobody's to see"
		case reportColumns[c.Header]:
			c.Why, c.Sure = "a report has put it there", true
		default:
			if key := camelKey(bare(c.Header)); key != "" {
				c.Suggest = "metadata." + key
			}
		}
	}
	return cols
}

// clash is the later of two columns that would be one field, or contradict
// each other.
func (v *survey) clash(h *header, found []target) (column int, why string) {
	for i, a := range found {
		for j, b := range found[:i] {
			if sameSlot(a, b) || contradict(a.path, b.path) {
				return i, fmt.Sprintf("the %s is read from %q", fieldName(b), h.title(j))
			}
		}
	}
	return -1, ""
}

// left says why a column is left alone.
func (v *survey) left(c ignored) string {
	switch {
	case c.code == readOnly && c.importable:
		return "read-only: the users API can't set it, and only a bulk import can"
	case c.code == readOnly:
		return "read-only: the users API can't set it"
	case c.code == "state-is-presence":
		return "it holds presence, which the service decides, and no state"
	case c.why != "":
		return c.why
	case c.code == "":
		return "the mapping leaves it alone"
	case c.unlisted:
		return "the mapping does not list it"
	}
	return ""
}

// each goes through the rows, as reading would: the cells of each as they
// stand there, with virtual ones behind them, and as they are read.
func (v *survey) each(ctx context.Context, row func(cells, read []string)) (int, error) {
	s := v.source
	scan := delimited.Scanner{Comma: s.comma}
	rows := 0
	for at := 0; at < len(v.text) && rows < surveyRows; {
		at = scan.Next(v.text, at)
		cells := v.cells(scan.Cells)
		if delimited.Blank(cells) || s.repeats(cells) || v.mapping.footers.Matches(cells) != nil {
			continue
		}
		if rows++; rows == surveyRows && at < len(v.text) {
			v.More = true
		}
		if scan.Open || scan.Stray || len(cells) < len(s.header.names) && !s.sheet {
			continue // nobody can say what its cells are
		}
		read := s.asRead(cells)
		cells = append(cells[:min(len(cells), len(s.header.names))], read[min(len(cells), len(read)):]...)
		row(cells, read)
		if rows&0xFF == 0 && ctx.Err() != nil {
			return rows, ctx.Err()
		}
	}
	return rows, ctx.Err()
}

// rows looks at the cells.
func (v *survey) rows(ctx context.Context, cols []column) error {
	tangled := 0
	n, err := v.each(ctx, func(cells, read []string) {
		for i := range cols {
			if i >= len(cells) || user.Empty(cells[i]) {
				continue
			}
			c, text := &cols[i], shortText(cells[i])
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
		v.unsure("the text of %s was decoded twice, such as MÃ¼ller for Müller; fix-mojibake mends it, and keep-mojibake says that it is right as it is; until then its rows are rejects", phrase.Plural(tangled, "cell"))
	}
	return err
}

// judge finds the cells that the proposed fields can't take.
func (v *survey) judge(ctx context.Context, cols []column) error {
	h := v.source.header
	_, err := v.each(ctx, func(cells, read []string) {
		for i := range cols {
			c := &cols[i]
			if c.target.field == user.NoField || i >= len(read) || user.Empty(read[i]) {
				continue
			}
			one := h.columns[i]
			one.Part = user.Whole
			_, defects := v.opt.Rules.Row([]user.Column{one}, read[i:i+1], &user.Repairs{})
			if !slices.ContainsFunc(defects, func(d user.Defect) bool { return d.Column != "" }) {
				continue
			}
			c.invalid++
			if text := shortText(cells[i]); len(c.Unknown) < mostUnknown && !c.secret && !slices.Contains(c.Unknown, text) {
				c.Unknown = append(c.Unknown, text)
			}
		}
	})
	for i := range cols {
		c := &cols[i]
		twice := 0
		if c.target.field == user.UID {
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
		if c.target.field == user.Tags && v.mapping.tags == "" {
			v.tags(c)
		}
		if len(c.Unknown) > 0 {
			v.unsure("%s", c.cannot())
		}
	}
	return err
}

// tags asks about tags in which the separator of others stands.
func (v *survey) tags(c *column) {
	for _, text := range slices.Sorted(maps.Keys(c.seen)) {
		if n := strings.IndexAny(text, ";|"); n >= 0 && strings.Contains(text, ",") && !strings.HasPrefix(text, "[") {
			name := map[byte]string{';': "semicolon", '|': "pipe"}[text[n]]
			v.unsure("%q has cells such as %q, which come apart at commas as well; if those are parts of tags, say tags-separator: %s", c.Header, text, name)
			return
		}
	}
}

// cannot says what a column has that its field can't take, and what helps.
func (c *column) cannot() string {
	such := quoted(c.Unknown)
	if c.target.field == user.State {
		return fmt.Sprintf("%q has words that are neither active nor inactive: %s; say under values.state what they stand for", c.Header, such)
	}
	field := fieldName(c.target)
	what := "correct them, or leave the column alone"
	switch c.target.field {
	case user.UID:
		what = "correct them, or have uid-rewrite make slugs of them"
	case user.Avatar, user.Link:
		what = "correct them, or say under base where relative ones begin"
	case user.Role:
		what = "say under values.role what they stand for"
	}
	return fmt.Sprintf("%s of %q can't be a %s, such as %s; %s", phrase.Plural(c.invalid, "cell"), c.Header, field, such, what)
}
