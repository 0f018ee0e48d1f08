package columns

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Transform is a shape under a source's header: what its records become.
type Transform struct {
	Own      int        // how many columns the source has itself
	Computed []Computed // the columns after them
	Reads    []rule     // columns whose texts stand for others
	uses     []use      // what joins take of the source's own columns
}

// Computed is a column that the source does not have.
type Computed struct {
	place
	Label    string // as headers are: the template, or constant
	Constant string
	Parts    []Piece // of a join
}

// Piece is a part of a join: text, or a column of the source.
type Piece struct {
	text, header string
	Column       int // -1: text, or a column that is not bound yet
}

// rule is what becomes of a column's cells.
type rule struct {
	Column  int
	Values  *Wording // nil: none
	Negated bool     // a yes means the opposite, unless values say what it is
	Blank   string   // what an empty cell reads as
}

// use is what joins make of a column.
type use struct {
	Field   user.Field // NoField: no join has it
	private bool       // what is joined is @private
}

// bind finds the columns of transforms in a header, and adds the computed ones.
func (m *Mapping) bind(names []string) (*Transform, error) {
	out := &Transform{Own: len(names), Computed: slices.Clone(m.Transforms.computed), uses: make([]use, len(names))}
	for i := range out.Computed {
		v := &out.Computed[i]
		v.Parts = slices.Clone(v.Parts)
		for j, p := range v.Parts {
			if p.header == "" {
				continue
			}
			at, err := v.column(p.header, names)
			if err == nil && at < 0 {
				err = fmt.Errorf("join.%s: no column has the header %q; %s correct the template, or the header", v.Name, p.header,
					m.become(p.header, names))
			}
			if err != nil {
				return nil, err
			}
			v.Parts[j].Column = at
			u := &out.uses[at]
			if u.Field != user.UID { // it is the most delicate of them
				u.Field = v.Field
			}
			u.private = u.private || v.Private()
		}
	}
	return out, nil
}

// read finds the columns whose texts stand for others, once it is settled
// what columns hold.
func (sh *Transforms) read(out *Transform, found []Target, dates bool) error {
	at := func(p place) (int, bool) {
		for i, t := range found {
			if t.Slot.Is(p.Slot) {
				return i, i >= out.Own && out.Computed[i-out.Own].Parts == nil
			}
		}
		return -1, false
	}
	for i := range sh.Values {
		if c, constant := at(sh.Values[i].place); c >= 0 && !constant {
			out.rule(c).Values = &sh.Values[i]
		}
	}
	for _, d := range sh.defaults {
		c, constant := at(d.place)
		switch {
		case constant, d.ReadOnly && !dates:
		case c >= 0:
			out.rule(c).Blank = d.Constant
		case d.Field == user.Name && slices.ContainsFunc(found, func(t Target) bool { return t.Field == user.Name }):
			return fmt.Errorf("defaults.%s: the name is read from other columns; say it of those", d.Name)
		default:
			return fmt.Errorf("defaults.%s: no column holds the %s, so every row would have it; map a column to it, or if that is "+
				"meant, say constants.%s", d.Name, d.Slot.Name(), d.Name)
		}
	}
	return nil
}

// Rule is what becomes of a column's cells; nil is nothing.
func (sh *Transform) Rule(column int) *rule {
	if sh != nil {
		if i := slices.IndexFunc(sh.Reads, func(r rule) bool { return r.Column == column }); i >= 0 {
			return &sh.Reads[i]
		}
	}
	return nil
}

// rule is Rule, which it makes if there is none.
func (sh *Transform) rule(column int) *rule {
	if sh.Rule(column) == nil {
		sh.Reads = append(sh.Reads, rule{Column: column})
	}
	return sh.Rule(column)
}

// Use is what joins make of one of the source's own columns.
func (sh *Transform) Use(column int) use {
	if sh == nil || column >= len(sh.uses) {
		return use{}
	}
	return sh.uses[column]
}

// Apply makes the cells that the rules read of those of a record, in out. lacks
// counts texts that no other stands for; it may be nil.
func (sh *Transform) Apply(out, cells []string, lacks []Unmapped) []string {
	out = sh.Extend(out, cells)
	for i := range sh.Reads {
		r := &sh.Reads[i]
		cell, said := out[r.Column], false
		if r.Values != nil && utf8.ValidString(cell) {
			if folded := foldText(cell); folded != "" {
				var value string
				if value, said = r.Values.Texts[folded]; said {
					cell = value
				} else if lacks != nil && r.Values.closed {
					lacks[i].add(cell)
				}
			}
		}
		if r.Negated && !said && utf8.ValidString(cell) {
			if truth, ok := user.ParseTruth(cell); ok {
				cell = user.Active.String()
				if truth {
					cell = user.Deactivated.String()
				}
			}
		}
		if r.Blank != "" && user.Empty(cell) {
			cell = r.Blank
		}
		out[r.Column] = cell
	}
	return out
}

// Extend puts the virtual cells after a record's own, of which there are then
// as many as the header has columns.
func (sh *Transform) Extend(out, cells []string) []string {
	out = append(out[:0], cells[:min(len(cells), sh.Own)]...)
	for len(out) < sh.Own {
		out = append(out, "") // as sheets leave them out
	}
	for i := range sh.Computed {
		out = append(out, sh.Computed[i].cell(out))
	}
	return out
}

// cell is a virtual column's cell in a record. Half a uid is none: somebody
// else may have it.
func (v *Computed) cell(cells []string) string {
	if v.Parts == nil {
		return v.Constant
	}
	var b strings.Builder
	filled, gaps := false, false
	for _, p := range v.Parts {
		if p.Column < 0 {
			b.WriteString(p.text)
			continue
		}
		if user.Failed(cells[p.Column]) {
			return cells[p.Column] // what is joined with it says nothing either
		}
		cell, _ := user.Undefuse(cells[p.Column])
		if user.Empty(cell) {
			gaps = true
			continue
		}
		filled = true
		b.WriteString(strings.TrimSpace(cell))
	}
	if !filled || gaps && v.Field == user.UID {
		return ""
	}
	joined := strings.TrimSpace(b.String())
	if gaps && (v.Field == user.Name || v.Field == user.StatusMessage || v.Path != nil) && utf8.ValidString(joined) {
		joined = user.Text(joined) // the white space around what is lacking
	}
	return user.Verbatim(joined)
}

// Unmapped is how many cells of a column have a text that no other stands for,
// and the first such texts.
type Unmapped struct {
	N     int
	Texts []string
}

const mostLacking = 5

func (l *Unmapped) add(cell string) {
	l.N++
	if len(l.Texts) == mostLacking {
		return
	}
	if text := ShortText(cell); !slices.Contains(l.Texts, text) {
		l.Texts = append(l.Texts, strings.Clone(text))
	}
}

// Merge adds what is below.
func (l *Unmapped) Merge(below *Unmapped) {
	l.N += below.N
	for _, text := range below.Texts {
		if len(l.Texts) < mostLacking && !slices.Contains(l.Texts, text) {
			l.Texts = append(l.Texts, text)
		}
	}
}

// ShortText is the beginning of a cell, on one line.
func ShortText(cell string) string {
	return phrase.Shorten(user.Text(strings.ToValidUTF8(cell, "\uFFFD")), 40)
}

// OfUID reports whether a defect is of a cell that the uid is read from.
func (h *Header) OfUID(d user.Defect) bool {
	if d.Column == h.Title(h.UID) {
		return true
	}
	for i, name := range h.Names {
		if name == d.Column && h.Transform.Use(i).Field == user.UID {
			return true
		}
	}
	return false
}

// Label is a column's header for people to see.
func (h *Header) Label(column int) string {
	if own := len(h.Names); column >= own && h.Transform.Computed[column-own].Parts != nil {
		return "join " + h.Columns[column].Header
	}
	return h.Columns[column].Header
}

// Reads reports whether a column's cells are read, by themselves or in a join.
func (h *Header) Reads(column int) bool {
	return h.Columns[column].Field != user.NoField || h.Transform.Use(column).Field != user.NoField
}

// Hides reports whether a column's texts may be for the user and administrators alone, by
// themselves or by what they are made of.
func (h *Header) Hides(column int) bool {
	return slices.ContainsFunc(append(h.MadeOf([]int{column}), column), func(i int) bool {
		c := &h.Columns[i]
		return c.Private() || c.Field == user.Metadata && c.Path == nil || h.Transform.Use(i).private
	})
}

// Private reports whether a column's cells are for the user and administrators
// alone.
func (h *Header) Private(column int) bool {
	return h.Columns[column].Private() || h.Transform.Use(column).private
}
