package importer

import (
	"slices"

	"cometsync/importer/charset"
)

// mend mends the cells of columns that are read.
func (h *header) mend(cells []string, each func(column int, from, to string)) {
	for i := range cells[:min(len(h.names), len(cells))] {
		if !h.reads(i) {
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

// madeOf is the file's own columns that the cells of columns are made of; none of
// what is the same in every row.
func (h *header) madeOf(columns []int) (own []int) {
	for _, column := range columns {
		if column < len(h.names) {
			own = append(own, column)
			continue
		}
		for _, p := range h.shape.virtual[column-len(h.names)].parts {
			if p.column >= 0 {
				own = append(own, p.column)
			}
		}
	}
	return own
}

// rule is what becomes of a column's cells; nil is nothing.
func (h *header) rule(column int) *rule {
	if h.shape == nil {
		return nil
	}
	if i := slices.IndexFunc(h.shape.reads, func(r rule) bool { return r.column == column }); i >= 0 {
		return &h.shape.reads[i]
	}
	return nil
}

// uidCell is what a record has for the uid, unread; false if it has too few
// cells. A joined one is made of what cells there are.
func (h *header) uidCell(cells []string) (string, bool) {
	at := h.uid
	if own := len(h.names); at >= own {
		return h.shape.extend(nil, cells)[at], true
	}
	if at >= len(cells) {
		return "", false
	}
	return cells[at], true
}

// asRead is the cells of a record as its values are read from them; fix mends
// text that was decoded twice.
func (h *header) asRead(cells []string, fix bool) []string {
	if fix {
		cells = slices.Clone(cells)
		h.mend(cells, nil)
	}
	if h.shape != nil {
		cells = h.shape.of(nil, cells, nil)
	}
	return cells
}

// hide empties the cells of secrets.
func (h *header) hide(cells []string) {
	for _, i := range h.secrets {
		if i < len(cells) {
			cells[i] = ""
		}
	}
}
