package survey

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

const (
	mostSamples = 3
	mostUnknown = 5
)

// seen is what a survey has seen of one column.
type seen struct {
	*Column
	target columns.Target // what is proposed
	dates  columns.Target // what its name means, if that is a time
	filled int
	texts  []text // the different ones, in the order in which they come
	at     map[string]int
	secret bool // no cell of it is shown
}

// text is the text of some of a column's cells, how it is shown, and what is read
// from it.
type text struct {
	cell, short, read string
	n                 int
}

func (c *seen) see(cell, read string) {
	if c.at == nil {
		c.at = map[string]int{}
	}
	c.filled++
	i, ok := c.at[cell]
	if !ok {
		i = len(c.texts)
		c.texts = append(c.texts, text{cell: strings.Clone(cell), short: columns.ShortText(cell), read: strings.Clone(read)})
		c.at[c.texts[i].cell] = i
	}
	c.texts[i].n++
}

// count is how many cells have a text that is so.
func (c *seen) count(is func(x text) bool) (n int) {
	for _, x := range c.texts {
		if is(x) {
			n += x.n
		}
	}
	return n
}

// differ reports whether there are cells, no two of which are alike.
func (c *seen) differ() bool { return c.filled > 0 && len(c.texts) == c.filled }

// some are the first texts that are so, short, each once.
func (c *seen) some(most int, is func(x text) bool) (list []string) {
	for _, x := range c.texts {
		if len(list) < most && !c.secret && is(x) && !slices.Contains(list, x.short) {
			list = append(list, x.short)
		}
	}
	return list
}

// columns says what the header's columns mean by their names, and why.
func (v *survey) columns() []seen {
	m := v.mapping
	h, faults := m.Understand(v.source.Raw, 0, user.NewLayout(), func(i int) bool {
		return columns.HoldsPresence(v.text, v.source.Comma, i)
	})
	v.source.Header = h
	for _, err := range faults {
		v.unsure("%v", err)
	}
	if h.HalfNamed != "" {
		v.unsure("%s", h.HalfNamed)
	}
	left, twice := slices.Clone(h.Ignored), columns.Repeated(h.Names)
	cols := make([]seen, len(h.Columns))
	for i, t := range h.Targets {
		c := &Column{Header: h.Title(i)}
		cols[i] = seen{Column: c, target: t, secret: columns.SecretHeader(c.Header)}
		if i < len(h.Names) {
			c.Letter = workbook.Letters(i)
			if t, ok := m.At(h.Names[i], i, twice); ok && (t.Field == user.CreatedAt || t.Field == user.LastActiveAt) {
				cols[i].dates = t
			}
		}
		if t.Field != user.NoField {
			c.Field, c.Sure = t.Slot.Name(), t.Strength > columns.Alias
			if !c.Sure {
				c.Why = "a usual name of this field, and of others"
			}
			if h.Transform.Negates(i) {
				c.Why = "its name means the opposite: a yes in it reads as inactive"
			}
			continue
		}
		for j := range left {
			if c.Why == "" && left[j].Name == c.Header {
				c.Why = whyLeft(left[j])
				left[j].Name = "\x00" // the next of this name has its own
			}
		}
		if c.Why == "" {
			v.leave(h, i, c)
		}
	}
	return cols
}

// leave says why a column is left alone of which reading says no more, and what would keep it.
func (v *survey) leave(h *columns.Header, i int, c *Column) {
	switch {
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

// whyLeft is why reading would leave a column alone; "" is no more than that.
func whyLeft(c columns.Ignored) string {
	switch {
	case c.Code == notice.ReadOnlyColumn && c.Importable:
		return "read-only: the users API can't set it, and only a bulk import can"
	case c.Code == notice.ReadOnlyColumn:
		return "read-only: the users API can't set it"
	case c.Why != "":
		return c.Why
	case c.Code == "":
		return "the mapping leaves it alone"
	case c.Unlisted:
		return "the mapping does not list it"
	}
	return ""
}

// judge shows the first of a column's cells, finds those that the proposed field
// can't take, and asks about what may be meant otherwise.
func (v *survey) judge(c *seen, column user.Column) {
	c.Samples = c.some(mostSamples, func(text) bool { return true })
	if c.target.Field == user.NoField {
		return
	}
	column.Part = user.Whole
	unfit := func(x text) bool {
		_, defects := v.opt.Rules.Row([]user.Column{column}, []string{x.read}, &user.Repairs{})
		return !user.Empty(x.read) && slices.ContainsFunc(defects, func(d user.Defect) bool { return d.Column != "" })
	}
	twice := 0
	for _, x := range c.texts {
		if x.n > 1 {
			twice++
		}
	}
	if twice > 0 && c.target.Field == user.UID {
		v.unsure("%s of %q %s in more than one row", phrase.Counted(twice, "value"), c.Header, phrase.Form(twice, "is", "are"))
	}
	if c.target.Field == user.Tags && v.mapping.Tags == "" {
		v.tags(c)
	}
	if c.Unknown = c.some(mostUnknown, unfit); len(c.Unknown) > 0 {
		v.unsure("%s", c.cannot(c.count(unfit), c.count(func(x text) bool { return unfit(x) && !slugged(column, x.read) })))
	}
}

// tags asks about tags in which the separator of others stands.
func (v *survey) tags(c *seen) {
	for _, x := range c.texts {
		if n := strings.IndexAny(x.short, ";|"); n >= 0 && strings.Contains(x.short, ",") && !strings.HasPrefix(x.short, "[") {
			v.unsure("%q has cells such as %q, which come apart at commas as well; if those are parts of tags, say tags-separator: %s",
				c.Header,
				x.short, map[byte]string{';': "semicolon", '|': "pipe"}[x.short[n]])
			return
		}
	}
}

var remedies = map[user.Field]string{
	user.Avatar: "correct the source, or say under base where relative ones begin",
	user.Link:   "correct the source, or say under base where relative ones begin",
	user.Role:   "say under values.role what they stand for",
}

// slugged reports whether uid-rewrite makes a uid of a text.
func slugged(column user.Column, text string) bool {
	u, _ := user.Rules{Rewrite: user.RewriteSlug}.Row([]user.Column{column}, []string{text}, &user.Repairs{})
	return u.UID != ""
}

// cannot says what n cells of a column have that its field can't take, and what helps;
// of some uid-rewrite makes no slugs.
func (c *seen) cannot(n, some int) string {
	such := columns.Quoted(c.Unknown)
	if c.target.Field == user.State {
		return fmt.Sprintf("%q has words that are neither active nor inactive: %s; say under values.state what they stand for", c.Header,
			such)
	}
	what, ok := remedies[c.target.Field]
	switch {
	case c.target.Field == user.UID && some == 0:
		what = "correct the source, or have uid-rewrite make slugs"
	case c.target.Field == user.UID:
		what = "correct the source, since uid-rewrite makes no slugs of " + phrase.Counted(some, "cell")
		if some == n {
			what = "correct the source"
		}
	case !ok:
		what = "correct the source, or leave the column alone"
	}
	return fmt.Sprintf("%s of %q %s not valid for the field %s, such as %s; %s", phrase.Counted(n, "cell"), c.Header,
		phrase.Form(n, "is", "are"), c.target.Slot.Name(), such, what)
}
