package columns

import (
	"slices"

	"cometsync/importer/charset"
)

// Mend mends the cells of columns that are read.
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

// Rule is what becomes of a column's cells; nil is nothing.
func (h *Header) Rule(column int) *rule {
	if h.Transform == nil {
		return nil
	}
	if i := slices.IndexFunc(h.Transform.Reads, func(r rule) bool { return r.column == column }); i >= 0 {
		return &h.Transform.Reads[i]
	}
	return nil
}

// UIDCell is what a record has for the uid, unread; false if it has too few
// cells. A joined one is made of what cells there are.
func (h *Header) UIDCell(cells []string) (string, bool) {
	at := h.UID
	if own := len(h.Names); at >= own {
		return h.Transform.Extend(nil, cells)[at], true
	}
	if at >= len(cells) {
		return "", false
	}
	return cells[at], true
}

// AsRead is the cells of a record as its values are read from them; fix mends
// text that was decoded twice.
func (h *Header) AsRead(cells []string, fix bool) []string {
	if fix {
		cells = slices.Clone(cells)
		h.Mend(cells, nil)
	}
	if h.Transform != nil {
		cells = h.Transform.Apply(nil, cells, nil)
	}
	return cells
}

// Hide empties the cells of secrets.
func (h *Header) Hide(cells []string) {
	for _, i := range h.Secrets {
		if i < len(cells) {
			cells[i] = ""
		}
	}
}
