package importer

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// mappings makes the mappings of a run's sources, one for those whose settings
// are equal.
type mappings struct {
	opt     *Options
	general *columns.Mapping
	own     []*columns.Mapping
}

func newMappings(opt *Options) (*mappings, error) {
	general, err := opt.Settings.Mapping(opt.Dates)
	return &mappings{opt: opt, general: general}, err
}

// of are the mappings under which one source is read: one, or as many as it has settings
// of its own.
func (ms *mappings) of(path string) (all []*columns.Mapping, err error) {
	if ms.opt.Own != nil {
		for _, s := range ms.opt.Own(path) {
			i := slices.IndexFunc(ms.own, func(m *columns.Mapping) bool { return reflect.DeepEqual(m.Settings, s) })
			if i < 0 {
				m, err := s.Mapping(ms.opt.Dates)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", path, err)
				}
				m.Own = true
				i, ms.own = len(ms.own), append(ms.own, m)
			}
			all = append(all, ms.own[i])
		}
	}
	if len(all) == 0 {
		all = append(all, ms.general)
	}
	return all, nil
}

// meetUIDs has the mappings of a run know what means the uid to any of them.
func (ms *mappings) meetUIDs(paths []string) error {
	uids := map[string]bool{}
	for _, path := range paths {
		all, err := ms.of(path)
		if err != nil {
			return err
		}
		for _, m := range all {
			m.UIDHeaders = uids
			for _, h := range m.Keys {
				if t, _ := m.Listed(h); t.Field == user.UID {
					uids[columns.Fold(h)] = true
				}
			}
		}
	}
	return nil
}

// unused is what the settings name and no source has, once all are read.
func (ms *mappings) unused(r *Roster) error {
	var headers [][]string
	general, sheeted, workbooks := false, false, false
	for _, s := range r.sources {
		if s.Mapping == ms.general {
			general = true
			headers = append(headers, s.Header.Names)
		}
		if s.corrects != nil {
			continue
		}
		if slices.Equal(s.Mapping.Sheets, ms.opt.Sheets) {
			sheeted = true
			workbooks = workbooks || s.File.Sheet != ""
		} else if len(s.Mapping.Sheets) > 0 && s.File.Sheet == "" {
			return fmt.Errorf("%s: is not a workbook, and has the %s %s in its settings; leave that out", s.File.Path,
				phrase.Form(len(s.Mapping.Sheets), "sheet", "sheets"), columns.Quoted(s.Mapping.Sheets))
		}
	}
	if len(ms.opt.Sheets) > 0 && sheeted && !workbooks {
		return fmt.Errorf("--sheet %s: no source is a workbook; leave it out", columns.Quoted(ms.opt.Sheets))
	}
	if general {
		if key, hint := ms.general.Lacks(headers...); key != "" {
			return fmt.Errorf("the mapping names the column %q, which no source has; %s correct the mapping, or the header", key, hint)
		}
	}
	return r.unusedValues()
}

// unusedValues is the first field whose values no source has a column for.
func (r *Roster) unusedValues() error {
	used := map[string]bool{}
	for _, s := range r.sources {
		if s.Header.Transform == nil {
			continue
		}
		for _, read := range s.Header.Transform.Reads {
			if read.Values != nil {
				used[read.Values.Slot.Name()] = true
			}
		}
	}
	for _, s := range r.sources {
		if s.Mapping.Transforms == nil {
			continue
		}
		for i := range s.Mapping.Transforms.Values {
			v := &s.Mapping.Transforms.Values[i]
			if !used[v.Slot.Name()] && !(v.ReadOnly && !s.Mapping.Dates) {
				return fmt.Errorf("%s: values.%s: no column holds the %s; map one to it, or leave the values out", s.Name(), v.Name,
					v.Slot.Name())
			}
		}
	}
	return nil
}

// matched says what is wrong with second keys: none may be without a column in
// every source, or whoever asks for it would believe that it is looked at.
func (r *Roster) matched() error {
	for _, path := range r.opt.Match {
		if !slices.ContainsFunc(r.sources, func(s *source) bool {
			return slices.ContainsFunc(s.Header.Columns, func(c user.Column) bool {
				return c.Field == user.Metadata && (c.Path == nil || slices.Equal(c.Path, path))
			})
		}) {
			return fmt.Errorf("--match metadata.%s: no source has a column for it; map one, or leave it out", strings.Join(path, "."))
		}
	}
	return nil
}
