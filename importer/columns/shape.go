package columns

import (
	"errors"
	"fmt"
	"maps"
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
// What comes of it are cells like any other: columns behind the source's own
// (a header's virtual ones), and other texts in these and in its own. They go
// through the rules of package user as what a person has typed would. There is
// one function that makes them, of, for a row that is read and for one that is
// read again. Rejects and notices keep the row as it stands in the source.

// Transforms is what settings make of cells, checked, under no header yet.
type Transforms struct {
	joins     []join
	constants []fixed
	Values    []Wording
	defaults  []fixed
}

// place is a field that settings name.
type place struct {
	Target
	Name string // as the settings spell it
}

// join is a template of columns.
type join struct {
	place
	template string
	parts    []part
}

// part is a piece of a template: text, or a column.
type part struct{ text, header string }

type fixed struct {
	place
	text string
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
	var seen []place
	at := func(kind, name string) (place, error) {
		p, err := fieldPlace(kind, name)
		if err != nil {
			return p, err
		}
		for _, other := range seen {
			if SameSlot(p.Target, other.Target) {
				return p, fmt.Errorf("%s: %q and %q are one field; leave one out", kind, other.Name, name)
			}
		}
		seen = append(seen, p)
		return p, nil
	}
	for _, name := range slices.Sorted(maps.Keys(s.Join)) {
		p, err := at("join", name)
		if err != nil {
			return nil, err
		}
		if s.Join[name] == "" {
			continue
		}
		parts, err := template(s.Join[name])
		if err != nil {
			return nil, fmt.Errorf("join.%s: %q: %w", name, s.Join[name], err)
		}
		for _, h := range slices.Sorted(maps.Keys(s.Map)) {
			if t, _ := parseTarget(s.Map[h]); SameSlot(t, p.Target) {
				return nil, fmt.Errorf("join.%s: the %s is read from the column %q, which map says; leave one of them out", name,
					FieldName(p.Target), h)
			}
		}
		sh.joins = append(sh.joins, join{p, s.Join[name], parts})
	}
	seen = nil
	for _, name := range slices.Sorted(maps.Keys(s.Constants)) {
		p, err := at("constants", name)
		if err != nil {
			return nil, err
		}
		if s.Constants[name] == "" {
			continue
		}
		if err := p.holds("constants", s.Constants[name]); err != nil {
			return nil, err
		}
		for _, j := range sh.joins {
			if p.excludes(j.Target) {
				return nil, fmt.Errorf("constants.%s: the %s is read from %q, which join says; leave one of them out", name, FieldName(j.Target),
					j.template)
			}
		}
		for _, h := range slices.Sorted(maps.Keys(s.Map)) {
			if t, _ := parseTarget(s.Map[h]); p.excludes(t) {
				return nil, fmt.Errorf("constants.%s: the %s is read from the column %q, which map says; leave one of them out", name, FieldName(t), h)
			}
		}
		sh.constants = append(sh.constants, fixed{p, user.Verbatim(s.Constants[name])})
	}
	seen = nil
	for _, name := range slices.Sorted(maps.Keys(s.Values)) {
		p, err := at("values", name)
		if err != nil {
			return nil, err
		}
		texts, err := p.wording(s.Values[name])
		if err != nil {
			return nil, err
		}
		if len(texts) > 0 {
			sh.Values = append(sh.Values, Wording{p, texts, p.closed(texts)})
		}
	}
	seen = nil
	for _, name := range slices.Sorted(maps.Keys(s.Defaults)) {
		p, err := at("defaults", name)
		if err != nil {
			return nil, err
		}
		if s.Defaults[name] == "" {
			continue
		}
		if err := p.holds("defaults", s.Defaults[name]); err != nil {
			return nil, err
		}
		sh.defaults = append(sh.defaults, fixed{p, user.Verbatim(s.Defaults[name])})
	}
	if len(sh.joins)+len(sh.constants)+len(sh.Values)+len(sh.defaults) == 0 {
		return nil, nil
	}
	return sh, nil
}

// fieldPlace reads a field's name under a key of the settings.
func fieldPlace(kind, name string) (place, error) {
	t, ok := parseTarget(name)
	switch {
	case !ok || t.Field == user.NoField:
		return place{}, fmt.Errorf("%s.%s: %s, metadata.KEY", kind, name, noField(name))
	case t.Field == user.UID && kind != "join":
		return place{}, fmt.Errorf("%s.%s: a uid is what the source says, or rows would mean somebody else; leave it out", kind, name)
	}
	return place{t, name}, nil
}

// excludes reports whether a field has nothing to say where another is read.
func (p place) excludes(other Target) bool {
	return SameSlot(p.Target, other) || p.Field == user.Name && other.Field == user.Name && (p.Part == user.Whole || other.Part == user.Whole)
}

// holds says what keeps a text from being the field's, as a cell's would.
func (p place) holds(kind, text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("%s.%s: holds bytes that are not UTF-8; correct it", kind, p.Name)
	}
	if user.Text(text) == "" {
		return fmt.Errorf("%s.%s: is nothing but white space; give it a text, or leave it out", kind, p.Name)
	}
	column := user.Column{Header: p.Name, Field: p.Field, Part: p.Part, Path: p.Path}
	_, defects := user.Rules{}.Row([]user.Column{column}, []string{user.Verbatim(text)}, &user.Repairs{})
	for _, d := range defects {
		if d.Column != "" { // that the row has no uid is no fault of the text
			return fmt.Errorf("%s.%s: %q: %s", kind, p.Name, text, d.Message)
		}
	}
	return nil
}

// wording checks the texts that a field's cells may have.
func (p place) wording(texts map[string]string) (map[string]string, error) {
	out, from := map[string]string{}, map[string]string{}
	for _, text := range slices.Sorted(maps.Keys(texts)) {
		if !utf8.ValidString(text) {
			return nil, fmt.Errorf("values.%s: %q is not UTF-8; correct it", p.Name, text)
		}
		folded, value := foldText(text), texts[text]
		if folded == "" {
			return nil, fmt.Errorf("values.%s: an empty text stands for %q; what empty cells are is for defaults.%s to say", p.Name, value, p.Name)
		}
		if other, ok := from[folded]; ok && texts[other] != value {
			return nil, fmt.Errorf("values.%s: %q and %q are one text, whatever their case, and stand for two; leave one out", p.Name, other, text)
		}
		if user.Text(strings.ToValidUTF8(value, "\uFFFD")) != "" {
			if err := p.holds("values", value); err != nil {
				return nil, err
			}
		}
		from[folded], out[folded] = text, user.Verbatim(value)
	}
	return out, nil
}

// closed reports whether a field has so few texts that those of its values are
// most likely meant to be all. Names, addresses and messages are whatever people
// are and write, and what is no state is a reject anyway. Nor are they all where
// they only say what stands for nothing.
func (p place) closed(texts map[string]string) bool {
	switch p.Field {
	case user.Role, user.Tags, user.Metadata:
	default:
		return false
	}
	for _, value := range texts {
		if user.Text(strings.ToValidUTF8(value, "\uFFFD")) != "" {
			return true
		}
	}
	return false
}

// foldText is the form in which cells and the texts of settings are compared.
func foldText(text string) string {
	text, _ = user.Undefuse(text)
	return strings.ToLower(user.Text(text))
}

// template takes a template apart.
func template(s string) ([]part, error) {
	var parts []part
	var plain strings.Builder
	columns := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case (c == '{' || c == '}') && i+1 < len(s) && s[i+1] == c:
			plain.WriteByte(c)
			i++
		case c == '}':
			return nil, errors.New("a } has no { before it; write }} for a brace that is text")
		case c == '{':
			end := strings.IndexAny(s[i+1:], "{}")
			if end < 0 || s[i+1+end] == '{' {
				return nil, errors.New("a { is never closed; write {Header} for a column, and {{ for a brace that is text")
			}
			header := user.Text(strings.ToValidUTF8(s[i+1:i+1+end], "\uFFFD"))
			if header == "" {
				return nil, errors.New("{} names no column; write its header into the braces")
			}
			if plain.Len() > 0 {
				parts = append(parts, part{text: plain.String()})
				plain.Reset()
			}
			parts = append(parts, part{header: header})
			columns++
			i += 1 + end
		default:
			plain.WriteByte(c)
		}
	}
	if plain.Len() > 0 {
		parts = append(parts, part{text: plain.String()})
	}
	if columns == 0 {
		return nil, errors.New("names no column; write {Header} for one, or put the text under constants")
	}
	return parts, nil
}

// uid is the join that makes the uid; nil if a column holds it.
func (sh *Transforms) uid() *join {
	if sh == nil {
		return nil
	}
	for i := range sh.joins {
		if sh.joins[i].Field == user.UID {
			return &sh.joins[i]
		}
	}
	return nil
}

// column is the column that a template names: by its header, or else by one
// that is told apart as little as headers are.
func (j *join) column(header string, names []string) (int, error) {
	found := -1
	for _, same := range []func(string) bool{
		func(name string) bool { return name == header },
		func(name string) bool { return name != "" && Fold(name) == Fold(header) },
		func(name string) bool { return name != "" && Fold(Bare(name)) == Fold(header) },
	} {
		for i, name := range names {
			if !same(name) {
				continue
			}
			if found >= 0 {
				return -1, fmt.Errorf("join.%s: two columns may be %q; rename one", j.Name, header)
			}
			found = i
		}
		if found >= 0 {
			return found, nil
		}
	}
	return -1, &lostColumn{join: j.Name, header: header}
}

// lostColumn is the error of a template's column that no header is.
type lostColumn struct{ join, header, hint string }

func (e *lostColumn) Error() string {
	return fmt.Sprintf("join.%s: no column has the header %q; %s correct the template, or the header", e.join, e.header, e.hint)
}

// within reports whether names have all columns of a template.
func (j *join) within(names []string) bool {
	for _, p := range j.parts {
		if p.header != "" && !slices.ContainsFunc(names, func(name string) bool {
			return name != "" && (Fold(name) == Fold(p.header) || Fold(Bare(name)) == Fold(p.header))
		}) {
			return false
		}
	}
	return true
}

// names reports whether a template names a column.
func (sh *Transforms) names(name string) bool {
	return sh != nil && slices.ContainsFunc(sh.joins, func(j join) bool {
		return slices.ContainsFunc(j.parts, func(p part) bool {
			return p.header != "" && (Fold(p.header) == Fold(name) || Fold(p.header) == Fold(Bare(name)))
		})
	})
}

// words reports whether a field's texts stand for others.
func (sh *Transforms) words(f user.Field) bool {
	return sh != nil && slices.ContainsFunc(sh.Values, func(w Wording) bool { return w.Field == f })
}
