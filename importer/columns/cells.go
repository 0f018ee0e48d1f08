package columns

import (
	"cometsync/importer/charset"
)

// Mend corrects the cells of columns that are read.
func (h *Header) Mend(cells []string, each func(column int, from, to string)) {
	for i := range cells[:min(len(h.Names), len(cells))] {
		if !h.Reads(i) {
			continue
		}
		if to, ok := charset.Mend(cells[i]); ok {
			if each != nil {
				each(i, cells[i], to)
			}
			cells[i] = to
		}
	}
}

// MadeOf is the file's own columns that the cells of columns are made of; none of
// what is the same in every row.
func (h *Header) MadeOf(columns []int) (own []int) {
	for _, column := range columns {
		if column < len(h.Names) {
			own = append(own, column)
			continue
		}
		for _, p := range h.Transform.Computed[column-len(h.Names)].Parts {
			if p.Column >= 0 {
				own = append(own, p.Column)
			}
		}
	}
	return own
}
