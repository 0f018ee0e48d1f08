package config

import (
	"bytes"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
)

// OwnSource is a source of the configuration with what holds for it alone.
type OwnSource struct {
	Path    string
	mapping map[string]string
	said    map[string]bool // options that it has itself
	opt     Options         // of which those hold

	line  string // of the configuration, after its name; "" of a plan's
	where string // the same in words
}

func (s *OwnSource) sheets() []string {
	if !s.said["sheet"] {
		return nil
	}
	return s.opt.reading.Sheets
}

// MarshalJSON writes what is the source's own, as a plan has it.
func (s *OwnSource) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"path":%s`, marshal(s.Path))
	if len(s.mapping) > 0 {
		fmt.Fprintf(&b, `,"map":%s`, marshal(s.mapping))
	}
	for _, x := range s.opt.Table() {
		if s.said[x.Name] {
			fmt.Fprintf(&b, `,%q:%s`, x.Name, marshal(x.to))
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads it back.
func (s *OwnSource) UnmarshalJSON(text []byte) error {
	var all map[string]any
	if err := unmarshal(text, &all); err != nil {
		return err
	}
	*s = OwnSource{said: map[string]bool{}}
	for _, k := range s.keys() {
		if v, is := all[k.Name]; is {
			if err := s.take(&k, v); err != nil {
				return fmt.Errorf("%s: %w", k.Name, err)
			}
		}
	}
	return nil
}

// means reports whether a file is one that the source names.
func (s *OwnSource) means(path string) bool {
	path = filepath.Clean(path)
	if path == filepath.Clean(s.Path) {
		return true
	}
	ok, err := filepath.Match(filepath.Clean(s.Path), path)
	return err == nil && ok
}

// Place is where the configuration names the source that a problem begins with, as
// "staff.xlsx[HR]:9: …" does; "" where it names none.
func (o *Options) Place(problem string) string {
	head, _, _ := strings.Cut(problem, ": ")
	if path, err := strconv.Unquote(head); err == nil {
		head = path
	}
	file, _, _ := strings.Cut(head, "[")
	path, _, _ := strings.Cut(file, ":")
	for i := range o.Own {
		if s := &o.Own[i]; s.line != "" && (s.means(head) || s.means(file) || s.means(path)) {
			return s.line
		}
	}
	return ""
}

// give has what was said on the command line or in the environment hold for
// the source, too.
func (s *OwnSource) give(given map[string]bool) {
	mended := given["fix-mojibake"] || given["keep-mojibake"] // each says what the other is not
	maps.DeleteFunc(s.said, func(name string, _ bool) bool {
		return given[name] || mended && (name == "fix-mojibake" || name == "keep-mojibake")
	})
	if given["map"] {
		s.mapping = nil
	}
}

// settings are how the source is read: what is its own, and else what holds
// for all.
func (o *Options) settings(s *OwnSource) (columns.Settings, error) {
	own := *o // of which the source's own replaces some
	if s != nil {
		if s.said["fix-mojibake"] || s.said["keep-mojibake"] {
			own.reading.FixMojibake, own.reading.KeepMojibake = false, false
		}
		own.copy(&s.opt, func(x *option) bool { return s.said[x.Name] })
	}
	out := own.reading.Settings
	var err error
	if _, err := charset.Named(out.Encoding); err != nil {
		return out, Errorf("--encoding: %w", err)
	}
	if out.Delimiter, err = delimited.Delimiter(own.delimiter); err != nil {
		return out, Errorf("--delimiter: %w", err)
	}
	// which takes back what is said for all
	out.Sheets = slices.DeleteFunc(slices.Clone(out.Sheets), func(name string) bool { return name == "" })
	for _, names := range own.columns {
		for name := range strings.SplitSeq(names, ",") {
			out.Columns = append(out.Columns, strings.TrimSpace(name))
		}
	}
	out.DisplayedUIDs = own.numericUID == "displayed"
	if s != nil && s.mapping != nil {
		out.Map = maps.Clone(s.mapping)
	} else if out.Map, err = own.mapped(); err != nil {
		return out, err
	}
	if err := out.Check(); err != nil {
		return out, Errorf("%w", err)
	}
	return out, nil
}

func (o *Options) mapped() (map[string]string, error) {
	out := map[string]string{}
	for _, m := range o.mapping {
		i := strings.LastIndex(m, "=")
		if i <= 0 {
			return nil, Errorf("--map %q: not of the form HEADER=FIELD", m)
		}
		header, field := strings.TrimSpace(m[:i]), strings.TrimSpace(m[i+1:])
		if before, twice := out[header]; twice && before != field {
			return nil, Errorf("--map %q: the header is mapped to %s already", m, before)
		}
		out[header] = field
	}
	return out, nil
}

// ownSettings gives the sources of the configuration their settings. Entries of
// one path are the sheets of one workbook, or alike.
func (o *Options) ownSettings() (func(path string) []columns.Settings, error) {
	if len(o.Own) == 0 {
		return nil, nil
	}
	byPath := map[string][]columns.Settings{} // as the configuration has it, cleaned
	for i := range o.Own {
		s := &o.Own[i]
		one, err := o.settings(s)
		if err != nil {
			return nil, Errorf("%s: %v", s.where, err)
		}
		path := filepath.Clean(s.Path)
		same := byPath[path]
		if slices.ContainsFunc(same, func(other columns.Settings) bool { return reflect.DeepEqual(other, one) }) {
			continue
		}
		if slices.ContainsFunc(same, func(other columns.Settings) bool {
			return len(one.Sheets) == 0 || len(other.Sheets) == 0 || slices.Equal(one.Sheets, other.Sheets)
		}) {
			return nil, Errorf("%s: is listed twice, with other settings; take one out, or give each a sheet of its own", s.where)
		}
		byPath[path] = append(same, one)
	}
	return func(path string) []columns.Settings {
		if all := byPath[filepath.Clean(path)]; all != nil {
			return all
		}
		for i := range o.Own {
			if o.Own[i].means(path) {
				return byPath[filepath.Clean(o.Own[i].Path)]
			}
		}
		return nil
	}, nil
}

// overlap says which sheets a pattern of the configuration asks for, of a file that
// another entry is about: the path itself counts, else the first of the patterns.
func (o *Options) overlap(path string) string {
	is := func(s *OwnSource, path string) bool { return filepath.Clean(s.Path) == filepath.Clean(path) }
	counts := slices.IndexFunc(o.Own, func(s OwnSource) bool { return is(&s, path) })
	if counts < 0 {
		counts = slices.IndexFunc(o.Own, func(s OwnSource) bool { return s.means(path) })
	}
	if counts < 0 {
		return ""
	}
	of := o.Own[counts].Path
	var read, left []string
	for i := range o.Own {
		if is(&o.Own[i], of) {
			read = append(read, o.Own[i].sheets()...)
		}
	}
	for i := range o.Own {
		if s := &o.Own[i]; !is(s, of) && s.means(path) {
			for _, sheet := range s.sheets() {
				if !slices.Contains(read, sheet) {
					left = append(left, fmt.Sprintf("%q of %q", sheet, s.Path))
				}
			}
		}
	}
	if len(left) == 0 {
		return ""
	}
	return fmt.Sprintf("is read as the configuration says of %q alone, without the sheet %s; list that sheet under %q as well, or take "+
		"one of the entries out", of, strings.Join(left, ", and without "), of)
}

// Sources are those of the command line, else those of the configuration, and
// those of --also beside them.
func (o *Options) Sources(args []string) ([]string, error) {
	if len(args) == 0 {
		for i := range o.Own {
			args = append(args, o.Own[i].Path)
		}
	}
	switch {
	case len(args) > 0:
		return append(slices.Clone(args), o.Also...), nil
	case len(o.Also) > 0:
		return nil, Errorf("--also %q: is one more source beside others, and there are none; name them, or list them as sources in the "+
			"configuration", o.Also[0])
	}
	return nil, Errorf("no source: name one or more files (.csv .tsv .txt .xlsx .xlsm .jsonl, also .gz), or - for standard input; or " +
		"list them as sources in the configuration")
}
