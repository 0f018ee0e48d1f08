package importer

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// header is a source's first row, understood.
type header struct {
	names   []string // as the source spells them; empty ones at the end are no columns
	columns []user.Column
	uid     int // which column holds it
	ignored []ignored
}

// ignored is a column that is left alone, and why.
type ignored struct {
	name string
	code string // of the notice; "" is none
	why  string

	importable bool // a bulk import can set what it holds
}

// readOnly is the code of the notice about columns that the users API can't set.
const readOnly = "read-only-column"

// mapping is what the user said about headers, checked.
type mapping struct {
	exact, folded map[string]target
	seen          map[string]bool // the keys that some source has
	dates         bool            // an import may carry the fields that the users API can't set
}

// CheckMap says what is wrong with a mapping of headers to fields, before any
// source is read.
func CheckMap(m map[string]string) error {
	_, err := newMapping(m)
	return err
}

func newMapping(m map[string]string) (*mapping, error) {
	out := &mapping{exact: map[string]target{}, folded: map[string]target{}, seen: map[string]bool{}}
	for _, h := range sortedKeys(m) {
		t, ok := parseTarget(m[h])
		if !ok {
			hint := ""
			if n := Nearest(m[h], fieldNames()); n != "" {
				hint = fmt.Sprintf(" (did you mean %q?)", n)
			}
			return nil, fmt.Errorf("--map '%s=%s': %q is no field%s; the fields are %s, metadata.KEY, or - to leave the column alone", h, m[h], m[h], hint, strings.Join(fieldNames(), ", "))
		}
		out.exact[h] = t
		out.folded[fold(h)] = t
		out.seen[h] = false
	}
	return out, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// fieldNames are the names that a mapping may give.
func fieldNames() []string {
	var names []string
	for _, f := range user.AllFields() {
		if f == user.Name {
			names = append(names, "name", "firstName", "lastName")
		} else {
			names = append(names, f.String())
		}
	}
	return names
}

// of is what a header means: what the user said, or else what it says.
func (m *mapping) of(name string) (target, bool) {
	if name == "" {
		return target{}, false
	}
	t, ok := m.exact[name]
	if !ok {
		t, ok = m.folded[fold(name)]
	}
	if ok {
		for key := range m.seen {
			if key == name || fold(key) == fold(name) {
				m.seen[key] = true
			}
		}
		return t, true
	}
	return meaning(name)
}

// unused is the first key that no source has, with the header nearest to it.
func (m *mapping) unused(headers []string) error {
	for _, key := range sortedKeys(m.seen) {
		if m.seen[key] {
			continue
		}
		if n := Nearest(key, headers); n != "" {
			return fmt.Errorf("--map names the column %q, which no source has; did you mean %q?", key, n)
		}
		return fmt.Errorf("--map names the column %q, which no source has; the headers are %s", key, quoted(headers))
	}
	return nil
}

// holdsUID says whether a row could be a header: whether one of its cells
// means the uid.
func (m *mapping) holdsUID(cells []string) bool {
	return slices.ContainsFunc(cells, func(name string) bool {
		t, ok := m.of(user.Text(strings.ToValidUTF8(name, "\uFFFD")))
		return ok && t.field == user.UID
	})
}

// resolve makes a header of a source's first row. presence says whether a
// column's cells are CometChat's own presence, and no state.
func (m *mapping) resolve(cells []string, layout *user.Layout, presence func(column int) bool) (*header, error) {
	h := &header{uid: -1}
	for _, c := range cells {
		c, _ = user.Undefuse(c)
		h.names = append(h.names, user.Text(strings.ToValidUTF8(c, "\uFFFD")))
	}
	for len(h.names) > 0 && h.names[len(h.names)-1] == "" {
		h.names = h.names[:len(h.names)-1]
	}
	found := make([]target, len(h.names))
	for i, name := range h.names {
		t, known := m.of(name)
		switch {
		case reportColumns[name]:
		case known && t.readOnly && !(m.dates && t.field != user.NoField):
			h.ignore(name, readOnly, "")
			h.ignored[len(h.ignored)-1].importable = t.field != user.NoField
		case known && t.field == user.State && presence(i):
			h.ignore(name, "state-is-presence", "it holds who is online, which the service decides, and no state")
		case known && t.field != user.NoField:
			found[i] = t
		case known:
			h.ignore(name, "", "") // the user said so
		case name == "":
			h.ignore(fmt.Sprintf("column %s (without a header)", workbook.Letters(i)), "ignored-column", "")
		default:
			h.ignore(name, "ignored-column", "")
		}
	}
	if err := h.settle(found); err != nil {
		return nil, err
	}
	h.columns = make([]user.Column, len(h.names))
	for i, t := range found {
		h.columns[i] = user.Column{Header: h.names[i], Field: t.field, Part: t.part, Path: t.path}
		switch {
		case t.field == user.UID:
			h.uid = i
		case t.field == user.Metadata && t.path == nil:
			layout.HoldsObject()
		case t.field == user.Metadata:
			h.columns[i].Bit = layout.KeyBit(t.path)
		}
	}
	if h.uid < 0 {
		return nil, m.noUID(h.names)
	}
	return h, nil
}

func (h *header) ignore(name, code, why string) {
	h.ignored = append(h.ignored, ignored{name: name, code: code, why: why})
}

// settle leaves each field one column. What the user mapped beats what was
// guessed; for the uid and for times, a sure name beats a usual one; a whole
// name beats its parts. Anything else is the user's to decide.
func (h *header) settle(found []target) error {
	drop := func(i int, why string) {
		h.ignore(h.names[i], "ignored-column", why)
		found[i] = target{}
	}
	whole, parts := -1, -1
	for i, t := range found {
		if t.field != user.Name {
			continue
		}
		if t.part == user.Whole && (whole < 0 || t.strength == mapped) {
			whole = i
		} else if t.part != user.Whole && (parts < 0 || t.strength == mapped) {
			parts = i
		}
	}
	if whole >= 0 && parts >= 0 {
		keepParts := found[parts].strength == mapped && found[whole].strength != mapped
		kept := whole
		if keepParts {
			kept = parts
		}
		for i, t := range found {
			if t.field == user.Name && (t.part == user.Whole) == keepParts {
				drop(i, fmt.Sprintf("the name is read from %q", h.names[kept]))
			}
		}
	}
	for i, a := range found {
		for j, b := range found {
			if sameSlot(a, b) && a.strength < b.strength && (a.field == user.UID || a.readOnly || b.strength == mapped) {
				drop(i, fmt.Sprintf("the %s is read from %q", fieldName(a), h.names[j]))
				break
			}
		}
	}
	for i, a := range found {
		for j, b := range found[:i] {
			switch {
			case sameSlot(a, b) && h.names[i] == h.names[j]:
				return fmt.Errorf("two columns have the header %q (%s and %s), and both would be %s; rename one", h.names[i], workbook.Letters(j), workbook.Letters(i), fieldName(a))
			case sameSlot(a, b):
				return fmt.Errorf("the columns %q and %q would both be %s; leave one alone with --map '%s=-'", h.names[j], h.names[i], fieldName(a), h.names[i])
			case contradict(a.path, b.path):
				return fmt.Errorf("the columns %q and %q contradict each other: one has a value where the other has an object; leave one alone with --map '%s=-'", h.names[j], h.names[i], h.names[i])
			}
		}
	}
	return nil
}

// sameSlot says whether two columns would fill the same place of a user.
func sameSlot(a, b target) bool {
	return a.field != user.NoField && a.field == b.field && a.part == b.part && slices.Equal(a.path, b.path)
}

// contradict says whether one key path goes on below the other.
func contradict(a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) > 0 && len(a) < len(b) && slices.Equal(a, b[:len(a)])
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
	if err := m.unused(names); err != nil {
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
		_, ok := m.of(user.Text(strings.ToValidUTF8(name, "\uFFFD")))
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
	var known []string
	for name, t := range targets {
		if t.field == user.UID {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	best := ""
	for _, name := range names {
		f := fold(name)
		switch {
		case f == "":
		case Nearest(name, known) != "":
			return name
		case best == "" && (strings.HasSuffix(f, "id") || strings.Contains(f, "user") || strings.Contains(f, "login") || strings.HasSuffix(f, "number")):
			best = name
		}
	}
	if best == "" && len(names) > 0 {
		best = names[0]
	}
	return best
}

// quoted lists headers for a message.
func quoted(names []string) string {
	const most = 20
	var b strings.Builder
	for i, n := range names {
		if i == most {
			fmt.Fprintf(&b, " and %d more", len(names)-most)
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%q", n)
	}
	if b.Len() == 0 {
		return "all empty"
	}
	return b.String()
}
