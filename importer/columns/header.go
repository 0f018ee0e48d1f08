package columns

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Header is a source's first row, understood.
type Header struct {
	Names     []string      // as the source spells them; empty ones at the end are not columns
	Columns   []user.Column // those of names, and after them the virtual ones
	UID       int           // which column holds it
	Ignored   []Ignored
	Transform *Transform // nil: cells are what they are
	Secrets   []int      // columns of passwords and the like that nothing reads
	HalfNamed string     // what is to be known of a first or last name without the other; "": nothing
	Targets   []Target   // of all columns, as they were found
}

// Ignored is a column that is left alone, and why.
type Ignored struct {
	Name string
	Code notice.Code // of the notice; "" is none
	Why  string

	Importable bool // a bulk import can set what it holds
	Unlisted   bool // the mapping does not list it, and other columns are left alone
}

// HoldsUID reports whether a row could be a header: whether one of its cells
// means the uid, or several do together.
func (m *Mapping) HoldsUID(cells []string) bool {
	if j := m.Transforms.uid(); j != nil {
		var names []string
		for _, name := range cells {
			names = append(names, AsHeader(name))
		}
		return j.within(names)
	}
	return slices.ContainsFunc(cells, func(name string) bool {
		t, ok := m.Of(AsHeader(name))
		return ok && t.Field == user.UID
	})
}

// AsHeader is the text of a cell that may be a header. A file's mark of UTF-8 is
// no part of the first one's, also where a program took it for three letters.
func AsHeader(cell string) string {
	cell = strings.TrimPrefix(cell, "\u00EF\u00BB\u00BF")
	return user.Text(strings.ToValidUTF8(cell, "\uFFFD"))
}

// Resolve makes a header of a source's first row, of so many columns at least: those behind
// its last name have none. presence reports whether a column's cells are
// CometChat's own presence, not a state.
func (m *Mapping) Resolve(cells []string, width int, layout *user.Layout, presence func(column int) bool) (*Header, error) {
	h, faults := m.Understand(cells, width, layout, presence)
	switch {
	case h.UID < 0 && (len(faults) == 0 || !errors.Is(faults[0], ErrNoUID)):
		return nil, m.noUID(h.Names)
	case h.UID < 0:
		return nil, faults[0]
	case len(faults) > 0:
		return nil, errors.New(strings.ReplaceAll(errors.Join(faults...).Error(), "\n", "; and "))
	}
	return h, nil
}

// Understand is Resolve that leaves out what is wrong, and tells of it; the header may
// have no uid.
func (m *Mapping) Understand(cells []string, width int, layout *user.Layout, presence func(column int) bool) (h *Header, faults []error) {
	h = &Header{UID: -1}
	for _, c := range cells {
		c, _ = user.Undefuse(c)
		h.Names = append(h.Names, AsHeader(c))
	}
	h.Names = Trimmed(h.Names)
	h.Names = append(h.Names, make([]string, max(0, width-len(h.Names)))...)
	found, err := m.targets(h, presence)
	if err != nil {
		plain := *m
		plain.Transforms = nil
		*h = Header{UID: -1, Names: h.Names}
		found, _ = plain.targets(h, presence) // nothing is left that could fail
	} else {
		err = m.complete(h.Names)
	}
	if err != nil {
		faults = append(faults, err)
	}
	faults = append(faults, h.settle(found)...)
	if h.Transform != nil {
		if err := m.Transforms.read(h.Transform, found, m.Dates); err != nil {
			faults = append(faults, err)
		}
	}
	h.negate(found)
	h.HalfNamed = h.halfName(found)
	h.Targets, h.Columns = found, make([]user.Column, len(found))
	for i, t := range found {
		h.Columns[i] = user.Column{Header: h.Title(i), Slot: t.Slot, Dates: m.Form, Separator: m.Tags, Base: m.base}
		switch {
		case t.Field == user.UID:
			h.UID = i
		case t.Field == user.Metadata && t.Path == nil:
			layout.HoldsObject()
		case t.Field == user.Metadata:
			h.Columns[i].Bit = layout.KeyBit(t.Path)
		}
	}
	h.findSecrets()
	return h, faults
}

// targets is what each column means, and after them each virtual one.
func (m *Mapping) targets(h *Header, presence func(column int) bool) ([]Target, error) {
	if m.Transforms != nil {
		var err error
		if h.Transform, err = m.bind(callable(h.Names)); err != nil {
			if m.Transforms.uid() != nil {
				err = fmt.Errorf("%w: %w", ErrNoUID, err)
			}
			return nil, err
		}
	}
	found := make([]Target, len(h.Names), len(h.Names)+4)
	twice := Repeated(h.Names)
	for i, name := range h.Names {
		t, known := m.At(name, i, twice)
		switch {
		case ReportColumns[name]:
		case m.readsNot(t, known):
			h.ignore(name, notice.ReadOnlyColumn, "").Importable = t.Field != user.NoField
		case known && t.Field == user.State && !m.Transforms.words(user.State) && presence(i):
			h.ignore(name, notice.StateIsPresence, "it holds who is online, which the service decides, not a state")
		case known && t.Field != user.NoField:
			found[i] = t
		case h.Transform.Use(i).Field != user.NoField: // a join has it
		case known && name == LeftAlone:
			h.ignore(placeOf(i), "", "")
		case known:
			h.ignore(name, "", "") // the user said so
		case name == "":
			h.ignore(nameless(i), notice.IgnoredColumn, "")
		default:
			h.ignore(name, notice.IgnoredColumn, "").Unlisted = m.Others == IgnoreOthers
		}
	}
	h.settleRemarks(found)
	if h.Transform == nil {
		return found, nil
	}
	for i := range h.Transform.Computed {
		v := &h.Transform.Computed[i]
		if m.readsNot(v.Target, true) {
			h.ignore(fmt.Sprintf("%s (%s)", v.Slot.Name(), v.Label), notice.ReadOnlyColumn, "").Importable = true
			found = append(found, Target{})
			continue
		}
		if at := slices.IndexFunc(found[:len(h.Names)], v.excludes); at >= 0 && v.Parts == nil {
			return nil, fmt.Errorf("constants.%s: the column %q holds the %s; leave it alone, with %s=- in the mapping, or leave the "+
				"constant out", v.Slot.Name(), h.Names[at], found[at].Slot.Name(), h.Names[at])
		}
		found = append(found, v.Target)
	}
	return found, nil
}

func nameless(column int) string {
	return placeOf(column) + " (without a header)"
}

// readsNot reports whether a target is one that the users API can't set, and no
// import is there that can.
func (m *Mapping) readsNot(t Target, known bool) bool {
	return known && t.ReadOnly && !(m.Dates && t.Field != user.NoField)
}

// Title is a column's header, or what is in its place.
func (h *Header) Title(column int) string {
	if own := len(h.Names); column >= own {
		return h.Transform.Computed[column-own].Label
	}
	if h.Names[column] == "" {
		return placeOf(column)
	}
	return h.Names[column]
}

func (h *Header) ignore(name string, code notice.Code, why string) *Ignored {
	h.Ignored = append(h.Ignored, Ignored{Name: name, Code: code, Why: why})
	return &h.Ignored[len(h.Ignored)-1]
}

var ErrNoUID = errors.New("no column holds the uid")

func (m *Mapping) noUID(names []string) error {
	names = callable(names)
	if err := m.missing(names); err != nil {
		return fmt.Errorf("%w: %w", ErrNoUID, err)
	}
	likely, _ := LikelyUID(names)
	return fmt.Errorf("%w; the headers are %s; say which one does, as in %s", ErrNoUID, Quoted(names), phrase.MapOption(likely, "uid"))
}

// TitleRows is how many rows below the first are looked at for a header, when
// the first is none: exports put a title above it.
const TitleRows = 10

// Below finds the row that is the header where the first row, which holds no
// uid, is a title: it has one cell, or none that means anything.
func (m *Mapping) Below(rows []Line) (Line, bool) {
	if len(rows) == 0 {
		return Line{}, false
	}
	first := rows[0].Cells
	single := Filled(first) == 1
	if !single && slices.ContainsFunc(first, func(name string) bool {
		_, ok := m.Of(AsHeader(name))
		return ok
	}) {
		return Line{}, false
	}
	rows = rows[1:min(len(rows), 1+TitleRows)]
	i := slices.IndexFunc(rows, func(r Line) bool { return m.HoldsUID(r.Cells) })
	if i < 0 && single {
		// Whatever the columns are called, a header has several.
		i = slices.IndexFunc(rows, func(r Line) bool { return Filled(r.Cells) > 1 })
	}
	if i < 0 {
		return Line{}, false
	}
	return rows[i], true
}

// Filled is how many cells have text.
func Filled(cells []string) int { return len(Line{Cells: cells}.Names()) }

// Names are the cells with text.
func (l Line) Names() []string {
	return slices.DeleteFunc(slices.Clone(l.Cells), func(c string) bool { return strings.TrimSpace(c) == "" })
}

// LikelyUID is the header that most likely means the uid, and whether it sounds like one.
func LikelyUID(names []string) (best string, sure bool) {
	var known []string
	for name, t := range targets {
		if t.Field == user.UID {
			known = append(known, name)
		}
	}
	slices.Sort(known)
	headed := ""
	for _, name := range names {
		f := Fold(name)
		if phrase.Nearest(name, known) != "" {
			return name, true
		}
		if best == "" && (strings.HasSuffix(f, "id") || strings.Contains(f, "user") || strings.Contains(f, "login") ||
			strings.HasSuffix(f, "number") || strings.HasSuffix(f, "nr")) {
			best = name
		}
		if _, nameless := placeNamed(name); headed == "" && !nameless {
			headed = name
		}
	}
	return cmp.Or(best, headed, cmp.Or(names...)), best != ""
}

// Quoted lists headers for a message, those that several columns have once.
func Quoted(names []string) string {
	const most = 20
	var list []string
	columns := map[string]int{}
	for _, n := range names {
		if columns[n]++; columns[n] == 1 {
			list = append(list, n)
		}
	}
	for i, n := range list {
		if list[i] = strconv.Quote(n); columns[n] > 1 {
			list[i] += phrase.Sprintf(" (%d columns)", columns[n])
		}
	}
	if len(list) == 0 {
		return "all empty"
	}
	return phrase.Some(list, most)
}
