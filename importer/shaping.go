package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/internal/user"
)

// shaping is a shape under a source's header: what its records become.
type shaping struct {
	own     int       // how many columns the source has itself
	virtual []virtual // the columns behind them
	reads   []rule    // columns whose texts stand for others
	uses    []use     // what joins take of the source's own columns
}

// virtual is a column that the source does not have.
type virtual struct {
	target
	label    string // as headers are: the template, or constant
	constant string
	parts    []piece // of a join
}

// piece is a part of a join: text, or a column of the source.
type piece struct {
	text   string
	column int // -1: text
}

// rule is what becomes of a column's cells.
type rule struct {
	column  int
	values  *wording // nil: none
	negated bool     // a yes means the opposite, unless values say what it is
	blank   string   // what an empty cell reads as
	private bool     // its texts are nobody else's to see
}

// use is what joins make of a column.
type use struct {
	field   user.Field // NoField: no join has it
	private bool       // what is joined is @private
}

// constantLabel stands where the header of a column would.
const constantLabel = "constant"

// bind finds a shape's columns in a header, and adds its virtual ones.
func (sh *shape) bind(names []string) (*shaping, error) {
	out := &shaping{own: len(names), uses: make([]use, len(names))}
	for i := range sh.joins {
		j := &sh.joins[i]
		v := virtual{target: j.target, label: j.template}
		for _, p := range j.parts {
			at := -1
			if p.header != "" {
				var err error
				if at, err = j.column(p.header, names); err != nil {
					return nil, err
				}
				u := &out.uses[at]
				if u.field != user.UID { // it is the most delicate of them
					u.field = j.field
				}
				u.private = u.private || len(j.path) > 0 && j.path[0] == user.Private
			}
			v.parts = append(v.parts, piece{p.text, at})
		}
		out.virtual = append(out.virtual, v)
	}
	for _, c := range sh.constants {
		out.virtual = append(out.virtual, virtual{target: c.target, label: constantLabel, constant: c.text})
	}
	return out, nil
}

// read finds the columns whose texts stand for others, once it is settled
// what columns hold.
func (sh *shape) read(out *shaping, found []target, dates bool) error {
	at := func(p place) (int, bool) {
		for i, t := range found {
			if sameSlot(t, p.target) {
				return i, i >= out.own && out.virtual[i-out.own].parts == nil
			}
		}
		return -1, false
	}
	for i := range sh.values {
		if c, constant := at(sh.values[i].place); c >= 0 && !constant {
			out.rule(c, found).values = &sh.values[i]
		}
	}
	for _, d := range sh.defaults {
		c, constant := at(d.place)
		switch {
		case constant, d.readOnly && !dates:
		case c >= 0:
			out.rule(c, found).blank = d.text
		case d.field == user.Name && slices.ContainsFunc(found, func(t target) bool { return t.field == user.Name }):
			return fmt.Errorf("defaults.%s: the name is read from other columns; say it of those", d.name)
		default:
			return fmt.Errorf("defaults.%s: no column holds the %s, so that every row would have it; map a column to it, or if that is meant, say constants.%s", d.name, fieldName(d.target), d.name)
		}
	}
	return nil
}

// rule is what becomes of a column's cells, as yet nothing.
func (sh *shaping) rule(column int, found []target) *rule {
	i := slices.IndexFunc(sh.reads, func(r rule) bool { return r.column == column })
	if i < 0 {
		i = len(sh.reads)
		sh.reads = append(sh.reads, rule{column: column, private: sh.private(column, found)})
	}
	return &sh.reads[i]
}

// private says whether a column's texts are for the user and administrators
// alone, or may hold some that are.
func (sh *shaping) private(column int, found []target) bool {
	hidden := func(t target) bool {
		return len(t.path) > 0 && t.path[0] == user.Private || t.field == user.Metadata && t.path == nil
	}
	if hidden(found[column]) {
		return true
	}
	if column < sh.own {
		return sh.uses[column].private
	}
	return slices.ContainsFunc(sh.virtual[column-sh.own].parts, func(p piece) bool {
		return p.column >= 0 && (hidden(found[p.column]) || sh.uses[p.column].private)
	})
}

// use is what joins make of one of the source's own columns.
func (sh *shaping) use(column int) use {
	if sh == nil || column >= len(sh.uses) {
		return use{}
	}
	return sh.uses[column]
}

// of makes the cells that the rules read of those of a record, in out. lacks
// counts texts that no other stands for; it may be nil.
func (sh *shaping) of(out, cells []string, lacks []lack) []string {
	out = sh.extend(out, cells)
	for i := range sh.reads {
		r := &sh.reads[i]
		cell, said := out[r.column], false
		if r.values != nil && utf8.ValidString(cell) {
			if folded := foldText(cell); folded != "" {
				var value string
				if value, said = r.values.texts[folded]; said {
					cell = value
				} else if lacks != nil && r.values.closed {
					lacks[i].add(cell, r.private)
				}
			}
		}
		if r.negated && !said && utf8.ValidString(cell) {
			if truth, ok := user.ParseTruth(cell); ok {
				cell = user.Active.String()
				if truth {
					cell = user.Deactivated.String()
				}
			}
		}
		if r.blank != "" && user.Empty(cell) {
			cell = r.blank
		}
		out[r.column] = cell
	}
	return out
}

// extend puts the virtual cells behind a record's own, of which there are then
// as many as the header has columns.
func (sh *shaping) extend(out, cells []string) []string {
	out = append(out[:0], cells[:min(len(cells), sh.own)]...)
	for len(out) < sh.own {
		out = append(out, "") // as sheets leave them out
	}
	for i := range sh.virtual {
		out = append(out, sh.virtual[i].cell(out))
	}
	return out
}

// cell is a virtual column's cell in a record. Half a uid is none: somebody
// else may have it.
func (v *virtual) cell(cells []string) string {
	if v.parts == nil {
		return v.constant
	}
	var b strings.Builder
	filled, gaps := false, false
	for _, p := range v.parts {
		if p.column < 0 {
			b.WriteString(p.text)
			continue
		}
		if user.Failed(cells[p.column]) {
			return cells[p.column] // what is joined with it says nothing either
		}
		cell, _ := user.Undefuse(cells[p.column])
		if user.Empty(cell) {
			gaps = true
			continue
		}
		filled = true
		b.WriteString(strings.TrimSpace(cell))
	}
	if !filled || gaps && v.field == user.UID {
		return ""
	}
	joined := strings.TrimSpace(b.String())
	if gaps && (v.field == user.Name || v.field == user.StatusMessage || v.path != nil) && utf8.ValidString(joined) {
		joined = user.Text(joined) // the white space around what is lacking
	}
	return user.Verbatim(joined)
}

// lack is how many cells of a column have a text that no other stands for,
// and the first such texts.
type lack struct {
	n     int
	texts []string
}

// mostLacking is how many such texts are named.
const mostLacking = 5

func (l *lack) add(cell string, private bool) {
	l.n++
	if private || len(l.texts) == mostLacking {
		return
	}
	if text := shortText(cell); !slices.Contains(l.texts, text) {
		l.texts = append(l.texts, strings.Clone(text))
	}
}

// merge adds what stands below.
func (l *lack) merge(below *lack) {
	l.n += below.n
	for _, text := range below.texts {
		if len(l.texts) < mostLacking && !slices.Contains(l.texts, text) {
			l.texts = append(l.texts, text)
		}
	}
}

// shortText is the beginning of a cell, on one line.
func shortText(cell string) string {
	text := user.Text(strings.ToValidUTF8(cell, "\uFFFD"))
	if r := []rune(text); len(r) > 40 {
		return string(r[:39]) + "…"
	}
	return text
}

// ofUID says whether a defect is of a cell that the uid is read from.
func (h *header) ofUID(d user.Defect) bool {
	if d.Column == h.title(h.uid) {
		return true
	}
	for i, name := range h.names {
		if name == d.Column && h.shape.use(i).field == user.UID {
			return true
		}
	}
	return false
}

// label is a column's header for people to see.
func (h *header) label(column int) string {
	if own := len(h.names); column >= own && h.shape.virtual[column-own].parts != nil {
		return "join " + h.columns[column].Header
	}
	return h.columns[column].Header
}

// reads says whether a column's cells are read, by themselves or in a join.
func (h *header) reads(column int) bool {
	return h.columns[column].Field != user.NoField || h.shape.use(column).field != user.NoField
}

// private says whether a column's cells are for the user and administrators
// alone.
func (h *header) private(column int) bool {
	return h.columns[column].Private() || h.shape.use(column).private
}
