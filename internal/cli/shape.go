package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"cometsync/importer"
	"cometsync/importer/charset"
	"cometsync/importer/delimited"
)

// shape is how cells become fields, as only a configuration says it; what is
// nil or empty is not said.
type shape struct {
	Others    string                       `json:"other-columns,omitempty"`
	Values    map[string]map[string]string `json:"values,omitempty"`
	Constants map[string]string            `json:"constants,omitempty"`
	Join      map[string]string            `json:"join,omitempty"`
	Defaults  map[string]string            `json:"defaults,omitempty"`
	Footers   []string                     `json:"footers,omitempty"`
}

// over is a shape with what another one leaves unsaid.
func (s shape) over(general shape) shape {
	if s.Others == "" {
		s.Others = general.Others
	}
	if s.Values == nil {
		s.Values = general.Values
	}
	if s.Constants == nil {
		s.Constants = general.Constants
	}
	if s.Join == nil {
		s.Join = general.Join
	}
	if s.Defaults == nil {
		s.Defaults = general.Defaults
	}
	if s.Footers == nil {
		s.Footers = general.Footers
	}
	return s
}

// shape puts it into the settings of a source.
func (s *shape) settings(to *importer.Settings) error {
	if s.Others != "" {
		if err := to.Others.UnmarshalText([]byte(s.Others)); err != nil {
			return usage("other-columns: %v", err)
		}
	}
	to.Values, to.Constants, to.Join, to.Defaults, to.Footers = s.Values, s.Constants, s.Join, s.Defaults, s.Footers
	return nil
}

// ownSource is a source of the configuration with what holds for it alone.
type ownSource struct {
	Path         string            `json:"path"`
	Map          map[string]string `json:"map,omitempty"`
	Encoding     *string           `json:"encoding,omitempty"`
	Delimiter    *string           `json:"delimiter,omitempty"`
	HeaderRow    *int              `json:"header-row,omitempty"`
	Columns      []string          `json:"columns,omitempty"`
	FixMojibake  *bool             `json:"fix-mojibake,omitempty"`
	KeepMojibake *bool             `json:"keep-mojibake,omitempty"`
	Separator    *string           `json:"tags-separator,omitempty"`
	Dates        *string           `json:"dates,omitempty"`
	Base         *string           `json:"base,omitempty"`
	Sheet        textList          `json:"sheet,omitempty"`
	NumericUID   *string           `json:"numeric-uid,omitempty"`
	shape

	where string // in the configuration
}

// means says whether a file is one that the source names.
func (s *ownSource) means(path string) bool {
	path = filepath.Clean(path)
	if path == filepath.Clean(s.Path) {
		return true
	}
	ok, err := filepath.Match(filepath.Clean(s.Path), path)
	return err == nil && ok
}

// give has what was said on the command line or in the environment hold for
// the source, too.
func (s *ownSource) give(given map[string]bool) {
	for name, forget := range map[string]func(){
		"map": func() { s.Map = nil }, "encoding": func() { s.Encoding = nil }, "delimiter": func() { s.Delimiter = nil },
		"header-row": func() { s.HeaderRow = nil }, "fix-mojibake": func() { s.FixMojibake, s.KeepMojibake = nil, nil }, "keep-mojibake": func() { s.FixMojibake, s.KeepMojibake = nil, nil },
		"tags-separator": func() { s.Separator = nil }, "dates": func() { s.Dates = nil }, "base": func() { s.Base = nil },
		"columns": func() { s.Columns = nil }, "sheet": func() { s.Sheet = nil }, "numeric-uid": func() { s.NumericUID = nil },
	} {
		if given[name] {
			forget()
		}
	}
}

// settings are how the source is read: what is its own, and else what holds
// for all.
func (o *options) settings(s *ownSource) (importer.Settings, error) {
	own := *o // of which the source's own replaces some
	if s != nil {
		set(&own.encoding, s.Encoding)
		set(&own.delimiter, s.Delimiter)
		set(&own.headerRow, s.HeaderRow)
		set(&own.tagsSeparator, s.Separator)
		set(&own.dates, s.Dates)
		set(&own.base, s.Base)
		if s.FixMojibake != nil || s.KeepMojibake != nil { // each says what the other is not
			own.fixMojibake, own.keepMojibake = false, false
			set(&own.fixMojibake, s.FixMojibake)
			set(&own.keepMojibake, s.KeepMojibake)
		}
		if s.Sheet != nil {
			own.sheets = s.Sheet
		}
		if s.Columns != nil {
			own.columns = s.Columns
		}
		set(&own.numericUID, s.NumericUID)
		own.shape = s.over(o.shape)
	}
	var out importer.Settings
	var err error
	if err := charset.Check(own.encoding); err != nil {
		return out, usage("--encoding: %w", err)
	}
	if out.Delimiter, err = delimited.Delimiter(own.delimiter); err != nil {
		return out, usage("--delimiter: %w", err)
	}
	if own.headerRow < 0 {
		return out, usage("--header-row %d: can't be negative; rows are counted from 1, and 0 finds it", own.headerRow)
	}
	numeric, err := choice("numeric-uid", own.numericUID)
	if err != nil {
		return out, err
	}
	out.Encoding, out.HeaderRow = own.encoding, own.headerRow
	out.FixMojibake, out.KeepMojibake = own.fixMojibake, own.keepMojibake
	out.TagsSeparator, out.DateForm, out.Base = own.tagsSeparator, own.dates, own.base
	for _, name := range own.sheets {
		if name != "" { // as nothing was said of old, and takes back what is said for all
			out.Sheets = append(out.Sheets, name)
		}
	}
	for _, names := range own.columns {
		for name := range strings.SplitSeq(names, ",") {
			out.Columns = append(out.Columns, strings.TrimSpace(name))
		}
	}
	out.DisplayedUIDs = numeric == 1
	if s != nil && s.Map != nil {
		out.Map = maps.Clone(s.Map)
	} else if out.Map, err = own.mapped(); err != nil {
		return out, err
	}
	if err := own.shape.settings(&out); err != nil {
		return out, err
	}
	if err := out.Check(); err != nil {
		return out, usage("%w", err)
	}
	return out, nil
}

func set[T any](to, own *T) {
	if own != nil {
		*to = *own
	}
}

// mapped is --map.
func (o *options) mapped() (map[string]string, error) {
	out := map[string]string{}
	for _, m := range o.mapping {
		i := strings.LastIndex(m, "=")
		if i <= 0 {
			return nil, usage("--map %q: not of the form HEADER=FIELD", m)
		}
		header, field := strings.TrimSpace(m[:i]), strings.TrimSpace(m[i+1:])
		if before, twice := out[header]; twice && before != field {
			return nil, usage("--map %q: the header is mapped to %s already", m, before)
		}
		out[header] = field
	}
	return out, nil
}

// ownSettings gives the sources of the configuration their settings. Entries of
// one path are the sheets of one workbook, or alike.
func (o *options) ownSettings() (func(path string) []importer.Settings, error) {
	if len(o.own) == 0 {
		return nil, nil
	}
	byPath := map[string][]importer.Settings{} // as it stands in the configuration, cleaned
	for i := range o.own {
		s := &o.own[i]
		one, err := o.settings(s)
		if err != nil {
			return nil, usage("%s: %v", s.where, err)
		}
		path := filepath.Clean(s.Path)
		same := byPath[path]
		if slices.ContainsFunc(same, func(other importer.Settings) bool { return reflect.DeepEqual(other, one) }) {
			continue
		}
		if slices.ContainsFunc(same, func(other importer.Settings) bool {
			return len(one.Sheets) == 0 || len(other.Sheets) == 0 || slices.Equal(one.Sheets, other.Sheets)
		}) {
			return nil, usage("%s: is listed twice, with other settings; take one out, or give each a sheet of its own", s.where)
		}
		byPath[path] = append(same, one)
	}
	return func(path string) []importer.Settings {
		if all := byPath[filepath.Clean(path)]; all != nil {
			return all
		}
		for i := range o.own {
			if o.own[i].means(path) {
				return byPath[filepath.Clean(o.own[i].Path)]
			}
		}
		return nil
	}, nil
}

// overlap says which sheets a pattern of the configuration asks for, of a file that
// another entry is about: the path itself counts, else the first of the patterns.
func (o *options) overlap(path string) string {
	is := func(s *ownSource, path string) bool { return filepath.Clean(s.Path) == filepath.Clean(path) }
	counts := slices.IndexFunc(o.own, func(s ownSource) bool { return is(&s, path) })
	if counts < 0 {
		counts = slices.IndexFunc(o.own, func(s ownSource) bool { return s.means(path) })
	}
	if counts < 0 {
		return ""
	}
	of := o.own[counts].Path
	var read, left []string
	for i := range o.own {
		if is(&o.own[i], of) {
			read = append(read, o.own[i].Sheet...)
		}
	}
	for i := range o.own {
		if s := &o.own[i]; !is(s, of) && s.means(path) {
			for _, sheet := range s.Sheet {
				if !slices.Contains(read, sheet) {
					left = append(left, fmt.Sprintf("%q of %q", sheet, s.Path))
				}
			}
		}
	}
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("is read as the configuration says of %q alone, without the sheet %s; list that sheet under %q as well, or take one of the entries out", of, strings.Join(left, ", and without "), of)
}

// textList is texts, or one: a plan of an earlier version has one sheet.
type textList []string

// UnmarshalJSON reads both.
func (l *textList) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*l = textList{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(l))
}

// sources are those of the command line, else those of the configuration, and
// those of --also beside them.
func (o *options) sources(args []string) ([]string, error) {
	if len(args) == 0 {
		for i := range o.own {
			args = append(args, o.own[i].Path)
		}
	}
	switch {
	case len(args) > 0:
		return append(slices.Clone(args), o.also...), nil
	case len(o.also) > 0:
		return nil, usage("--also %q: is one more source beside others, and there are none; name them, or list them as sources in the configuration", o.also[0])
	}
	return nil, usage("no source: name one or more files (.csv .tsv .txt .xlsx .xlsm, also .gz), or - for standard input; or list them as sources in the configuration")
}
