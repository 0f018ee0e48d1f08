package importer

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// personWords are parts of headers, folded, that name or reach somebody.
var personWords = strings.Fields("name nom mail apellid cognom surname nazwisk imię jméno příjmení имя фамили фио pseudo login")

// persons are the columns of a source, but for the uid's, that say by a text
// who somebody is, whether or not they are read: names, addresses, and what
// tells people beside the uid. Where none is known to hold the name, any that
// is left alone may.
func (h *header) persons(match [][]string) []int {
	var columns, alone []int
	named := false
	for i, name := range h.names {
		c, folded := h.columns[i], fold(name)
		t, _ := meaning(name)
		isName := c.Field == user.Name || t.field == user.Name || h.shape.use(i).field == user.Name
		switch {
		case i == h.uid:
		case isName,
			c.Path != nil && slices.ContainsFunc(match, func(path []string) bool { return slices.Equal(path, c.Path) }),
			slices.ContainsFunc(personWords, func(w string) bool { return strings.Contains(folded, w) }):
			columns = append(columns, i)
		case !h.reads(i):
			alone = append(alone, i)
		}
		named = named || isName
	}
	if !named {
		columns = append(columns, alone...)
	}
	return columns
}
