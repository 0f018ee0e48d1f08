package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// header is a source's first row, understood.
type header struct {
	names     []string      // as the source spells them; empty ones at the end are no columns
	columns   []user.Column // those of names, and behind them the virtual ones
	uid       int           // which column holds it
	ignored   []ignored
	joined    []ignored // columns that mean by their names what a join makes of them
	shape     *shaping  // nil: cells are what they are
	secrets   []int     // columns of passwords and the like that nothing reads
	halfNamed string    // what is to be known of a first or last name without the other; "": nothing
	framed    bool      // the first is no column: a bar stands before it and behind the last
}

// ignored is a column that is left alone, and why.
type ignored struct {
	name string
	code string // of the notice; "" is none
	why  string

	importable bool // a bulk import can set what it holds
	unlisted   bool // the mapping does not list it, and other columns are left alone
}

// readOnly is the code of the notice about columns that the users API can't set.
const readOnly = "read-only-column"

// holdsUID says whether a row could be a header: whether one of its cells
// means the uid, or several do together.
func (m *mapping) holdsUID(cells []string) bool {
	if j := m.shape.uid(); j != nil {
		var names []string
		for _, name := range cells {
			names = append(names, asHeader(name))
		}
		return j.within(names)
	}
	return slices.ContainsFunc(cells, func(name string) bool {
		t, ok := m.of(asHeader(name))
		return ok && t.field == user.UID
	})
}

// asHeader is the text of a cell that may be a header. A file's mark of UTF-8 is
// no part of the first one's, also where a program took it for three letters.
func asHeader(cell string) string {
	cell = strings.TrimPrefix(cell, "\u00EF\u00BB\u00BF")
	return user.Text(strings.ToValidUTF8(cell, "\uFFFD"))
}

// resolve makes a header of a source's first row, with so many columns behind
// its last name as have none. presence says whether a column's cells are
// CometChat's own presence, and no state.
func (m *mapping) resolve(cells []string, nameless int, layout *user.Layout, presence func(column int) bool) (*header, error) {
	h := &header{uid: -1}
	for _, c := range cells {
		c, _ = user.Undefuse(c)
		h.names = append(h.names, asHeader(c))
	}
	for len(h.names) > 0 && h.names[len(h.names)-1] == "" {
		h.names = h.names[:len(h.names)-1]
	}
	h.names = append(h.names, make([]string, nameless)...)
	found, err := m.targets(h, presence)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(found, func(t target) bool { return t.field == user.UID }) {
		return nil, m.noUID(h.names)
	}
	if err := m.complete(h.names); err != nil {
		return nil, err
	}
	if conflicts := h.settle(found); len(conflicts) > 0 {
		return nil, together(conflicts)
	}
	if h.shape != nil {
		if err := m.shape.read(h.shape, found, m.dates); err != nil {
			return nil, err
		}
	}
	h.negate(found)
	h.halfNamed = h.halfName(found)
	h.columns = make([]user.Column, len(found))
	for i, t := range found {
		h.columns[i] = m.column(h.title(i), t)
		switch {
		case t.field == user.UID:
			h.uid = i
		case t.field == user.Metadata && t.path == nil:
			layout.HoldsObject()
		case t.field == user.Metadata:
			h.columns[i].Bit = layout.KeyBit(t.path)
		}
	}
	h.findSecrets()
	return h, nil
}

// targets is what each column means, and behind them each virtual one.
func (m *mapping) targets(h *header, presence func(column int) bool) ([]target, error) {
	if m.shape != nil {
		var err error
		if h.shape, err = m.shape.bind(callable(h.names)); err != nil {
			if lost := (*lostColumn)(nil); errors.As(err, &lost) {
				lost.hint = m.become(lost.header, callable(h.names), m.lostAlone(lost.header, h.names))
			}
			if m.shape.uid() != nil {
				err = fmt.Errorf("%w: %w", errNoUID, err)
			}
			return nil, err
		}
	}
	found := make([]target, len(h.names), len(h.names)+4)
	twice := repeated(h.names)
	for i, name := range h.names {
		t, known := m.at(name, i, twice)
		switch {
		case reportColumns[name]:
		case m.readsNot(t, known):
			h.ignore(name, readOnly, "")
			h.ignored[len(h.ignored)-1].importable = t.field != user.NoField
		case known && t.field == user.State && !m.shape.words(user.State) && presence(i):
			h.ignore(name, "state-is-presence", "it holds who is online, which the service decides, and no state")
		case known && t.field != user.NoField:
			found[i] = t
		case h.shape.use(i).field != user.NoField: // a join has it
		case known && name == noColumn:
			h.ignore(placeOf(i), "", "")
		case known:
			h.ignore(name, "", "") // the user said so
		case name == "":
			h.ignore(nameless(i), "ignored-column", "")
		default:
			h.ignore(name, "ignored-column", "")
			h.ignored[len(h.ignored)-1].unlisted = m.others == IgnoreOthers
		}
	}
	h.settleRemarks(found)
	if h.shape == nil {
		return found, nil
	}
	for i := range h.shape.virtual {
		v := &h.shape.virtual[i]
		if m.readsNot(v.target, true) {
			h.ignore(fmt.Sprintf("%s (%s)", fieldName(v.target), v.label), readOnly, "")
			h.ignored[len(h.ignored)-1].importable = true
			found = append(found, target{})
			continue
		}
		if at := slices.IndexFunc(found[:len(h.names)], func(t target) bool { return v.parts == nil && (place{target: v.target}).excludes(t) }); at >= 0 {
			return nil, fmt.Errorf("constants.%s: the column %q holds the %s; leave it alone, with %s=- in the mapping, or leave the constant out", fieldName(v.target), h.names[at], fieldName(found[at]), h.names[at])
		}
		found = append(found, v.target)
	}
	return found, nil
}

// nameless is what a column without a header is called.
func nameless(column int) string {
	return placeOf(column) + " (without a header)"
}

// readsNot says whether a target is one that the users API can't set, and no
// import is there that can.
func (m *mapping) readsNot(t target, known bool) bool {
	return known && t.readOnly && !(m.dates && t.field != user.NoField)
}

// title is a column's header, or what stands in its place.
func (h *header) title(column int) string {
	if own := len(h.names); column >= own {
		return h.shape.virtual[column-own].label
	}
	if h.names[column] == "" {
		return placeOf(column)
	}
	return h.names[column]
}

func (h *header) ignore(name, code, why string) {
	h.ignored = append(h.ignored, ignored{name: name, code: code, why: why})
}

// fieldName is a target's name as product and messages spell it.
func fieldName(t target) string {
	switch {
	case t.path != nil:
		return "metadata." + strings.Join(t.path, ".")
	case t.part == user.First:
		return "firstName"
	case t.part == user.Last:
		return "lastName"
	}
	return t.field.String()
}

var errNoUID = errors.New("no column holds the uid")

// noUID is the error of a source whose header names no uid.
func (m *mapping) noUID(names []string) error {
	names = callable(names)
	if err := m.missing(names); err != nil {
		return fmt.Errorf("%w: %w", errNoUID, err)
	}
	return fmt.Errorf("%w; the headers are %s; say which one does, as in --map '%s=uid'", errNoUID, quoted(names), guessUID(names))
}

// numbered is a row with text and its number.
type numbered struct {
	cells []string
	row   int
}

// titleRows is how many rows below the first are looked at for a header, when
// the first is none: exports put a title above it.
const titleRows = 10

// below finds the row that is the header where the first row, which holds no
// uid, is a title: it has one cell, or none that means anything.
func (m *mapping) below(rows []numbered) (numbered, bool) {
	if len(rows) == 0 {
		return numbered{}, false
	}
	first := rows[0].cells
	single := filled(first) == 1
	if !single && slices.ContainsFunc(first, func(name string) bool {
		_, ok := m.of(asHeader(name))
		return ok
	}) {
		return numbered{}, false
	}
	rows = rows[1:min(len(rows), 1+titleRows)]
	i := slices.IndexFunc(rows, func(r numbered) bool { return m.holdsUID(r.cells) })
	if i < 0 && single {
		// Whatever the columns are called, a header has several.
		i = slices.IndexFunc(rows, func(r numbered) bool { return filled(r.cells) > 1 })
	}
	if i < 0 {
		return numbered{}, false
	}
	return rows[i], true
}

// filled is how many cells have text.
func filled(cells []string) int {
	n := 0
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			n++
		}
	}
	return n
}

// names are the cells with text.
func (n numbered) names() []string {
	return slices.DeleteFunc(slices.Clone(n.cells), func(c string) bool { return strings.TrimSpace(c) == "" })
}

// guessUID is the header that most likely means the uid.
func guessUID(names []string) string {
	best, _ := likelyUID(names)
	return best
}

// likelyUID is guessUID, and whether it sounds like one.
func likelyUID(names []string) (best string, sure bool) {
	var known []string
	for name, t := range targets {
		if t.field == user.UID {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	for _, name := range names {
		f := fold(name)
		switch {
		case f == "":
		case phrase.Nearest(name, known) != "":
			return name, true
		case best == "" && (strings.HasSuffix(f, "id") || strings.Contains(f, "user") || strings.Contains(f, "login") || strings.HasSuffix(f, "number")):
			best = name
		}
	}
	sure = best != ""
	for _, name := range names {
		if _, nameless := placeNamed(name); best == "" && !nameless {
			best = name
		}
	}
	if best == "" && len(names) > 0 {
		best = names[0]
	}
	return best, sure
}

// quoted lists headers for a message, those that several columns have once.
func quoted(names []string) string {
	const most = 20
	var list []string
	columns := map[string]int{}
	for _, n := range names {
		if columns[n]++; columns[n] == 1 {
			list = append(list, n)
		}
	}
	var b strings.Builder
	for i, n := range list {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(list)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
		if columns[n] > 1 {
			fmt.Fprintf(&b, " (%d columns)", columns[n])
		}
	}
	if b.Len() == 0 {
		return "all empty"
	}
	return b.String()
}
