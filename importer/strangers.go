package importer

import (
	"fmt"
	"slices"

	"cometsync/importer/columns"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
)

// alone is the error of rejects that come without the sources that they are of:
// nobody but those who were mended would be on the roster.
func (r *Roster) alone() error {
	if len(r.sources) > 0 || len(r.gone) > 0 {
		return nil
	}
	for _, t := range r.grids {
		if files, _ := t.files(func(string, int) bool { return true }); len(files) > 0 {
			return fmt.Errorf("%s holds rejected rows of %s, which %s not among the sources; give %s",
				r.where(t.source), phrase.And(files), phrase.Form(len(files), "is", "are"), phrase.Form(len(files), "both", "them as well"))
		}
	}
	return nil
}

// noticeStrangers tells of rows whose source is none of this run.
func (r *Roster) noticeStrangers(t *grid) {
	if files, n := t.files(func(file string, row int) bool { return r.named(file, row) == nil }); n > 0 {
		r.notice(notice.MendedAlone, n, "%s: %s of %s, which %s not among the sources: %s", r.where(t.source), phrase.Plural(n, "row is",
			"rows are"),
			phrase.And(files), phrase.Form(len(files), "is", "are"), phrase.Form(n, "it counts as a row of its own",
				"they count as rows of their own"))
	}
}

// strangers makes a source of rows that name no source of this run: they are
// read as the file itself would be. Beside other rows they have the columns in
// which one of them has text: the others are not theirs.
func (r *Roster) strangers(t *grid, p *gridPart, known bool) (*source, []int, error) {
	var names []string
	var at []int
	for i, name := range t.names {
		if !known || slices.ContainsFunc(p.rows, func(rec record) bool { return rec.cell(i) != "" }) {
			names, at = append(names, name), append(at, i)
		}
	}
	for i, name := range t.names {
		if !t.m.HoldsUID(names) && t.m.HoldsUID(append(slices.Clone(names), name)) {
			names, at = append(names, name), append(at, i) // none of them has one
		}
	}
	text := string(t.render(p.rows, at))
	h, err := t.m.Resolve(names, 0, r.layout, func(column int) bool { return columns.HoldsPresence(text, t.comma, column) })
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.where(t.source), err)
	}
	s := t.part(h)
	s.UID = h.Columns[h.UID : h.UID+1]
	if h.Transform != nil {
		s.lacks = make([]columns.Unmapped, len(h.Transform.Reads))
	}
	return s, at, nil
}
