// Package columns understands what is above a source's rows: which row is the
// header, what its columns hold, by their names or by what settings say, and what
// their cells become before their fields are read. It refuses to know files,
// sheets, the rows of a whole source and who they are: it is given the beginning
// of a text, and a record at a time.
//
// Settings are checked into a Mapping; a Mapping and a header's cells make a
// Header; a Header tells of each record what its uid is and what its cells say.
package columns

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"cometsync/importer/charset"
	"cometsync/importer/footer"
	"cometsync/internal/enum"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Settings are how one source is read. The zero value finds everything out.
//
// Fields are spelled as the values of Map are: uid, name, firstName, tags,
// metadata.KEY. Of what shapes cells, an empty text (of Values, an empty map)
// is as good as none, so that settings can take back what others say.
type Settings struct {
	Map    map[string]string // header -> field, firstName, lastName, metadata.KEY; "-" or "" leaves the column alone
	Others OtherColumns      // what becomes of columns that Map does not list

	// What cells become before their fields are read, in this order. See shape.go.
	Join      map[string]string            // field -> template of columns, such as {First} {Last}
	Constants map[string]string            // field -> the text of every row
	Values    map[string]map[string]string // field -> a cell's text -> the text that it stands for
	Defaults  map[string]string            // field -> the text of empty cells

	// How cells are written.
	TagsSeparator string // between tags, by its name or as it is; "" is any of | ; and ,
	DateForm      string // of dates, such as dd.mm.yyyy, as user.ParseDateForm takes it; "" finds it out
	Base          string // the address that relative avatars and links begin at

	// Rows that are not people: patterns of * and ? over a row's cells, those with
	// text, with a space between them, without regard to case.
	Footers []string

	Columns []string // what stands for the header of a file that has none; "-" leaves a column alone

	// How text is read: "" and 0 find it out.
	Encoding     string // as charset.Named takes it
	Delimiter    rune   // between cells
	HeaderRow    int    // the header's row, as a spreadsheet counts; what is above it is not a row
	FixMojibake  bool   // repair text that was decoded twice
	KeepMojibake bool   // it is right as it is; else its rows are refused

	// How workbooks are read.
	Sheets        []string // by name, by a pattern of * ? [ ], or by number among those that are visible; none: the one with a uid column
	DisplayedUIDs bool     // a uid that is kept as a number is what the sheet shows
}

// OtherColumns says what becomes of columns that a mapping does not list.
type OtherColumns uint8

// The choices. The zero value understands them by their names.
const (
	UnderstandOthers OtherColumns = iota
	IgnoreOthers
	RefuseOthers
)

var otherColumnsNames = enum.Names[OtherColumns]{Of: []string{
	UnderstandOthers: "understand", IgnoreOthers: "ignore", RefuseOthers: "refuse",
}}

// String spells the choice as the configuration does.
func (o OtherColumns) String() string { return otherColumnsNames.Name(o) }

// MarshalText spells the choice as String does.
func (o OtherColumns) MarshalText() ([]byte, error) { return otherColumnsNames.Text(o) }

// UnmarshalText reads understand, ignore or refuse.
func (o *OtherColumns) UnmarshalText(text []byte) error { return otherColumnsNames.Parse(o, text) }

// Check says what is wrong with settings, as far as that shows before any
// source is read. The message begins with the key that is at fault.
func (s *Settings) Check() error {
	if s.HeaderRow < 0 {
		return fmt.Errorf("header-row: %d can't be negative; rows are counted from 1, and 0 finds it", s.HeaderRow)
	}
	if s.FixMojibake && s.KeepMojibake {
		return errors.New("fix-mojibake: text that was decoded twice is repaired, and keep-mojibake keeps it; take one of them out")
	}
	if s.Others > RefuseOthers {
		return fmt.Errorf("other-columns: %s; it is understand, ignore or refuse", s.Others)
	}
	if err := s.checkColumns(); err != nil {
		return err
	}
	_, err := s.Mapping(false)
	return err
}

// noField says that a name is not a field's, up to the list of those that are.
func noField(name string) string {
	hint := ""
	if n := phrase.Nearest(name, fieldNames()); n != "" {
		hint = fmt.Sprintf(" (did you mean %q?)", n)
	}
	return fmt.Sprintf("%q is not a field%s; the fields are %s", name, hint, strings.Join(fieldNames(), ", "))
}

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

// Mapping is what settings say about headers and cells, checked.
type Mapping struct {
	Settings
	exact, folded map[string]Target
	places        map[int]Target // of columns that keys name by their places
	Keys          []string       // the headers that it lists
	Patterns      footer.Patterns
	Transforms    *Transforms       // nil: cells are what they are
	Declared      *charset.Encoding // nil: it is found
	Tags          string            // between tags; "": any of the usual ones
	Form          user.DateForm
	base          *url.URL
	Dates         bool            // an import may carry the fields that the users API can't set
	Grid          []string        // columns of a file that is read as a grid; nil: corrected rejects
	UIDHeaders    map[string]bool // headers that mean the uid to some source of the run, folded: in corrected rejects, any of them may
	Own           bool            // of one source alone: what it names, that source has to have
}

// Mapping checks what settings say about headers and cells.
func (s *Settings) Mapping(dates bool) (*Mapping, error) {
	declared, err := charset.Named(s.Encoding)
	if err != nil {
		return nil, fmt.Errorf("encoding: %w", err)
	}
	m := &Mapping{Settings: *s, exact: map[string]Target{}, folded: map[string]Target{}, places: map[int]Target{},
		Keys: slices.Sorted(maps.Keys(s.Map)), Declared: declared, Dates: dates}
	for _, h := range m.Keys {
		t, ok := parseTarget(s.Map[h])
		if !ok {
			return nil, fmt.Errorf("map: %q: %s, metadata.KEY, or - to leave the column alone", h, noField(s.Map[h]))
		}
		m.exact[h] = t
		m.folded[Fold(h)] = t
		if i, ok := placeNamed(h); ok {
			m.places[i] = t
		}
	}
	if m.Patterns, err = footer.NewPatterns(s.Footers); err != nil {
		return nil, fmt.Errorf("footers: %w", err)
	}
	if m.Tags, err = separator(s.TagsSeparator); err != nil {
		return nil, fmt.Errorf("tags-separator: %w", err)
	}
	if m.Form, err = user.ParseDateForm(s.DateForm); err != nil {
		return nil, fmt.Errorf("dates: %w", err)
	}
	if m.base, err = user.ParseBase(s.Base); err != nil {
		return nil, fmt.Errorf("base: %w", err)
	}
	m.Transforms, err = s.shape()
	return m, err
}

// separators are names of what may be between tags; "" is any of the usual ones.
var separators = map[string]string{"": "", "auto": "", "comma": ",", "semicolon": ";", "pipe": "|", "tab": "\t",
	`\t`: "\t", "newline": "\n", `\n`: "\n", "space": " "}

// separator is what separates tags, by its name or as it is.
func separator(name string) (string, error) {
	if sign, ok := separators[strings.ToLower(name)]; ok {
		return sign, nil
	}
	if strings.ContainsFunc(name, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }) {
		return "", fmt.Errorf("%q has letters or numbers, which tags have as well; it is comma, semicolon, pipe, tab, newline, space, "+
			"auto, or the characters themselves", name)
	}
	return name, nil
}

// Lacks is the first column that a mapping names and headers lack, the uid's
// before others, and what has most likely become of it, as a hint.
func (m *Mapping) Lacks(headers ...[]string) (key, hint string) {
	missing := m.missingOf(m.Keys, headers...)
	if len(missing) == 0 {
		return "", ""
	}
	key = missing[max(0, slices.IndexFunc(missing, func(key string) bool { return m.exact[key].Field == user.UID }))]
	var all []string
	for _, names := range headers {
		all = append(all, callable(names)...)
	}
	return key, m.become(key, all)
}

// missingOf are those of the columns that settings name which headers lack.
func (m *Mapping) missingOf(keys []string, headers ...[]string) (missing []string) {
	for _, key := range keys {
		if !slices.ContainsFunc(headers, func(headers []string) bool { return among(key, headers) }) {
			missing = append(missing, key)
		}
	}
	return missing
}

// become is what a column that headers lack has most likely become: one that
// is spelled nearly so, or, if nothing else is missing, the only one that
// nobody knows.
func (m *Mapping) become(key string, headers []string) string {
	if n := phrase.Nearest(key, headers); n != "" {
		return fmt.Sprintf("did you mean %q?", n)
	}
	var strange []string
	for _, h := range headers {
		if _, known := m.Of(h); h != "" && !known && !ReportColumns[h] && !m.Transforms.names(h) && !slices.Contains(strange, h) {
			strange = append(strange, h)
		}
	}
	alone := !slices.ContainsFunc(m.missingOf(slices.Concat(m.Keys, m.Transforms.headers()), headers), func(other string) bool {
		return Fold(other) != Fold(key)
	})
	if alone && len(strange) == 1 {
		return fmt.Sprintf("has %q become %q?", key, strange[0])
	}
	return fmt.Sprintf("the headers are %s;", Quoted(headers))
}

// complete says which columns of a source's own mapping it lacks, and which it
// has that no mapping lists, where those are refused.
func (m *Mapping) complete(names []string) error {
	twice := Repeated(names)
	var others []string
	for i, name := range names {
		if _, ok := m.At(name, i, twice); m.Others == RefuseOthers && !ok && name != "" && !ReportColumns[name] &&
			!m.Transforms.names(name) && !slices.Contains(others, name) {
			others = append(others, name)
		}
	}
	if m.Own || len(others) > 0 {
		if err := m.missing(names); err != nil {
			return err // one of the others may be it
		}
	}
	if n := len(others); n > 0 {
		it := phrase.Form(n, "it", "each")
		return fmt.Errorf("the %s %s %s not in the mapping, and other columns are refused; add %s to the mapping, or map %s to - to "+
			"leave it alone", phrase.Form(n, "column", "columns"), Quoted(others), phrase.Form(n, "is", "are"), it, it)
	}
	return nil
}

// missing is the error of a header that lacks what the mapping names; nil if
// it lacks nothing.
func (m *Mapping) missing(names []string) error {
	key, hint := m.Lacks(names)
	if key == "" {
		return nil
	}
	return fmt.Errorf("the mapping names the column %q, which is not in the header; %s correct the mapping, or the header", key, hint)
}

// among reports whether headers have a column that a mapping names.
func among(key string, headers []string) bool {
	if slices.ContainsFunc(headers, func(h string) bool { return h == key || named(key, h) }) {
		return true
	}
	i, ok := placeNamed(key)
	return ok && i < len(headers) && (headers[i] == "" || Repeated(headers)[headers[i]])
}

// At is what a column means: by its place, where its header does not tell it
// from others, or by its header. twice are the headers that several have.
func (m *Mapping) At(name string, column int, twice map[string]bool) (Target, bool) {
	if name == "" || twice[name] {
		if t, ok := m.places[column]; ok {
			return t, true
		}
	}
	return m.Of(name)
}

// Of is what a header means: what the user said, or else what it says.
func (m *Mapping) Of(name string) (Target, bool) {
	if name == "" {
		return Target{}, false
	}
	if t, ok := m.Listed(name); ok {
		return t, true
	}
	if m.Others != UnderstandOthers {
		return Target{}, false
	}
	return meaning(name)
}

// Listed is what the user said that a header means.
func (m *Mapping) Listed(name string) (Target, bool) {
	if m.Columns != nil && name == LeftAlone {
		return Target{Strength: mapped}, true
	}
	t, ok := m.exact[name]
	if !ok {
		t, ok = m.folded[Fold(name)]
	}
	if !ok {
		if b := Bare(name); b != name {
			if t, ok = m.folded[Fold(b)]; ok {
				t.remarked = true
			}
		}
	}
	return t, ok
}
