package columns

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/internal/user"
)

// Legacy systems say in three columns what is one field, in their own words
// what is a role, and nothing of what is the same for all. Settings say what
// to make of that: columns joined to one cell, a text for every row, texts
// that stand for others, and a text for empty cells.
//
// What comes of it are cells like any other: columns after the source's own
// (a header's virtual ones), and other texts in these and in its own. They go
// through the rules of package user as what a person has typed would. There is
// one function that makes them, of, for a row that is read and for one that is
// read again. Rejects and notices keep the row as the source has it.

// Transforms is what settings make of cells, checked, under no header yet.
type Transforms struct {
	computed []Computed // of joins, and after them constants
	Values   []Wording
	defaults []Computed // whose constants are the texts of empty cells
}

// place is a field that settings name.
type place struct {
	Target
	Name string // as the settings spell it
}

// Wording is the texts that a field's cells may have, as foldText spells
// them, and what they stand for.
type Wording struct {
	place
	Texts  map[string]string
	closed bool // a text that is not among them has probably been forgotten
}

// shape checks what settings make of cells; nil is nothing.
func (s *Settings) shape() (*Transforms, error) {
	sh := &Transforms{}
	mapped := func(clashes func(t Target) bool) error {
		for _, h := range slices.Sorted(maps.Keys(s.Map)) {
			if t, _ := parseTarget(s.Map[h]); clashes(t) {
				return fmt.Errorf("the %s is read from the column %q, which map says; leave one of them out", t.Slot.Name(), h)
			}
		}
		return nil
	}
	err := cmp.Or(
		eachField("join", s.Join, func(p place, text string) error {
			parts, err := template(text)
			if err != nil {
				return fmt.Errorf("%q: %w", text, err)
			}
			sh.computed = append(sh.computed, Computed{place: p, Label: text, Parts: parts})
			return mapped(func(t Target) bool { return t.Slot.Is(p.Slot) })
		}),
		eachField("constants", s.Constants, func(p place, text string) error {
			for _, j := range sh.computed {
				if j.Parts != nil && p.excludes(j.Target) {
					return fmt.Errorf("the %s is read from %q, which join says; leave one of them out", j.Slot.Name(), j.Label)
				}
			}
			sh.computed = append(sh.computed, Computed{place: p, Label: "constant", Constant: user.Verbatim(text)})
			return cmp.Or(p.holds(text), mapped(p.excludes))
		}),
		eachField("values", s.Values, func(p place, texts map[string]string) error {
			w, err := p.wording(texts)
			if len(texts) > 0 {
				sh.Values = append(sh.Values, w)
			}
			return err
		}),
		eachField("defaults", s.Defaults, func(p place, text string) error {
			sh.defaults = append(sh.defaults, Computed{place: p, Constant: user.Verbatim(text)})
			return p.holds(text)
		}))
	if len(sh.computed)+len(sh.Values)+len(sh.defaults) == 0 {
		return nil, err
	}
	return sh, err
}

// eachField takes what a key of the settings says of fields, but for an empty text,
// which is as good as none.
func eachField[T any](kind string, said map[string]T, take func(p place, what T) error) error {
	var seen []place
	for _, name := range slices.Sorted(maps.Keys(said)) {
		t, ok := parseTarget(name)
		if !ok || t.Field == user.NoField {
			return fmt.Errorf("%s.%s: %s, metadata.KEY", kind, name, noField(name))
		}
		if t.Field == user.UID && kind != "join" {
			return fmt.Errorf("%s.%s: a uid is what the source says, or rows would mean somebody else; leave it out", kind, name)
		}
		if i := slices.IndexFunc(seen, func(other place) bool { return t.Slot.Is(other.Slot) }); i >= 0 {
			return fmt.Errorf("%s: %q and %q are one field; leave one out", kind, seen[i].Name, name)
		}
		seen = append(seen, place{t, name})
		if any(said[name]) == any("") {
			continue
		}
		if err := take(place{t, name}, said[name]); err != nil {
			return fmt.Errorf("%s.%s: %w", kind, name, err)
		}
	}
	return nil
}

// excludes reports whether a field has nothing to say where another is read.
func (p place) excludes(other Target) bool {
	return p.Slot.Is(other.Slot) || p.Field == user.Name && other.Field == user.Name && (p.Part == user.Whole || other.Part == user.Whole)
}

// holds says what keeps a text from being the field's, as a cell's would.
func (p place) holds(text string) error {
	if !utf8.ValidString(text) {
		return errors.New("holds bytes that are not UTF-8; correct it")
	}
	if user.Text(text) == "" {
		return errors.New("is nothing but white space; give it a text, or leave it out")
	}
	column := user.Column{Header: p.Name, Slot: p.Slot}
	_, defects := user.Rules{}.Row([]user.Column{column}, []string{user.Verbatim(text)}, &user.Repairs{})
	for _, d := range defects {
		if d.Column != "" { // that the row has no uid is not a fault of the text
			return fmt.Errorf("%q: %s", text, d.Message)
		}
	}
	return nil
}

// wording checks the texts that a field's cells may have. Those of roles, tags and
// metadata are so few that the ones of values are most likely meant to be all,
// unless they only say what stands for nothing; names, addresses and messages are
// whatever people are and write, and what is not a state is a reject anyway.
func (p place) wording(texts map[string]string) (Wording, error) {
	w, from := Wording{place: p, Texts: map[string]string{}}, map[string]string{}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		if !utf8.ValidString(text) {
			return w, fmt.Errorf("%q is not UTF-8; correct it", text)
		}
		folded, value := foldText(text), texts[text]
		if folded == "" {
			return w, fmt.Errorf("an empty text stands for %q; what empty cells are is for defaults.%s to say", value, p.Name)
		}
		if other, ok := from[folded]; ok && texts[other] != value {
			return w, fmt.Errorf("%q and %q are one text, whatever their case, and stand for two; leave one out", other, text)
		}
		if !user.Empty(value) {
			if err := p.holds(value); err != nil {
				return w, err
			}
			w.closed = p.Field == user.Role || p.Field == user.Tags || p.Field == user.Metadata
		}
		from[folded], w.Texts[folded] = text, user.Verbatim(value)
	}
	return w, nil
}

// foldText is the form in which cells and the texts of settings are compared.
func foldText(text string) string {
	text, _ = user.Undefuse(text)
	return strings.ToLower(user.Text(text))
}

// templatePieces are the pieces of a template: braces that are text, columns, braces
// that are a slip, and text.
var templatePieces = regexp.MustCompile(`\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+`)

func template(s string) (parts []Piece, err error) {
	columns := 0
	for _, piece := range templatePieces.FindAllString(s, -1) {
		switch {
		case piece == "}":
			return nil, errors.New("a } has no { before it; write }} for a brace that is text")
		case piece == "{":
			return nil, errors.New("a { is never closed; write {Header} for a column, and {{ for a brace that is text")
		case piece == "{{" || piece == "}}":
			parts = append(parts, Piece{text: piece[:1], Column: -1})
		case piece[0] != '{':
			parts = append(parts, Piece{text: piece, Column: -1})
		default:
			header := AsHeader(piece[1 : len(piece)-1])
			if header == "" {
				return nil, errors.New("{} names no column; write its header into the braces")
			}
			parts = append(parts, Piece{header: header, Column: -1})
			columns++
		}
	}
	if columns == 0 {
		return nil, errors.New("names no column; write {Header} for one, or put the text under constants")
	}
	return parts, nil
}

// uid is the join that makes the uid; nil if a column holds it.
func (sh *Transforms) uid() *Computed {
	if sh != nil {
		if i := slices.IndexFunc(sh.computed, func(v Computed) bool { return v.Field == user.UID }); i >= 0 {
			return &sh.computed[i]
		}
	}
	return nil
}

// headers are the columns that templates name, in order.
func (sh *Transforms) headers() (headers []string) {
	if sh == nil {
		return nil
	}
	for _, v := range sh.computed {
		for _, p := range v.Parts {
			if p.header != "" {
				headers = append(headers, p.header)
			}
		}
	}
	return headers
}

// column is the column that a template names: by its header, or else by one
// that is told apart as little as headers are; -1 if there is none.
func (v *Computed) column(header string, names []string) (int, error) {
	found := -1
	for _, same := range []func(string) bool{
		func(name string) bool { return name == header },
		func(name string) bool { return name != "" && Fold(name) == Fold(header) },
		func(name string) bool { return named(header, name) },
	} {
		for i, name := range names {
			if same(name) && found >= 0 {
				return -1, fmt.Errorf("join.%s: two columns may be %q; rename one", v.Name, header)
			}
			if same(name) {
				found = i
			}
		}
		if found >= 0 {
			break
		}
	}
	return found, nil
}

// within reports whether names have all columns of a template.
func (v *Computed) within(names []string) bool {
	return !slices.ContainsFunc(v.Parts, func(p Piece) bool {
		return p.header != "" && !slices.ContainsFunc(names, func(name string) bool { return named(p.header, name) })
	})
}

// named reports whether settings that name a column may mean one with this header.
func named(key, header string) bool {
	return header != "" && (Fold(header) == Fold(key) || Fold(Bare(header)) == Fold(key))
}

func (sh *Transforms) names(name string) bool {
	return slices.ContainsFunc(sh.headers(), func(header string) bool { return named(header, name) })
}

// words reports whether a field's texts stand for others.
func (sh *Transforms) words(f user.Field) bool {
	return sh != nil && slices.ContainsFunc(sh.Values, func(w Wording) bool { return w.Field == f })
}
