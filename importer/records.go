package importer

import (
	"slices"

	"cometsync/importer/columns"
	"cometsync/importer/sheet"
	"cometsync/internal/user"
)

// unmark takes the marks of a sheet off a record's cells, and returns what they
// were.
func (s *source) unmark(cells []string) []sheet.Doubted {
	if s.file.Sheet == "" {
		return nil
	}
	return sheet.Unmark(s.header, cells)
}

// defects are those of a row with cells in doubt: theirs first, then what
// else is wrong. What a cell in doubt says is not told twice.
func defectsOf(marks []sheet.Doubted, others []user.Defect) []user.Defect {
	var all []user.Defect
	for _, m := range marks {
		all = append(all, m.Defect)
	}
	for _, d := range others {
		if !slices.ContainsFunc(marks, func(m sheet.Doubted) bool { return m.Column == d.Column }) {
			all = append(all, d)
		}
	}
	return all
}

// uidCell is what a record has for the uid, unread; false if it has too few
// cells.
func (s *source) uidCell(cells []string) (string, bool) { return s.header.UIDCell(cells) }

// asRead is the cells of a record as its values are read from them.
func (s *source) asRead(cells []string) []string {
	return s.header.AsRead(cells, s.settings.FixMojibake)
}

// uidAsRead is uidCell as asRead would have it.
func (s *source) uidAsRead(cells []string) (string, bool) {
	if s.settings.FixMojibake {
		cells = slices.Clone(cells)
		s.header.Mend(cells, nil)
	}
	return s.uidCell(cells)
}

// veil empties the cells of secrets, unless the row may have shifted: then nobody
// can say what its cells are, and who mends it needs them.
func (s *source) veil(cells []string, defects []user.Defect) []string {
	if !s.shifted(defects) {
		s.header.Hide(cells)
	}
	return cells
}

// reshape is of for a worker's record.
func (w *worker) reshape(s *source, b *batch, cells []string) []string {
	sh := s.header.Transform
	if b.lacks == nil {
		b.lacks = make([]columns.Unmapped, len(sh.Reads))
	}
	w.shaped = sh.Apply(w.shaped, cells, b.lacks)
	return w.shaped
}
