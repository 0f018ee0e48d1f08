package importer

import (
	"slices"

	"cometsync/importer/columns"
	"cometsync/importer/sheet"
	"cometsync/internal/user"
)

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

// reshape is of for a worker's record.
func (w *worker) reshape(s *source, b *batch, cells []string) []string {
	sh := s.Header.Transform
	if b.lacks == nil {
		b.lacks = make([]columns.Unmapped, len(sh.Reads))
	}
	w.shaped = sh.Apply(w.shaped, cells, b.lacks)
	return w.shaped
}
