package columns

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// personWords are parts of headers, folded, that name or reach somebody.
var personWords = strings.Fields("name nom mail apellid cognom surname nazwisk imię jméno příjmení имя фамили фио pseudo login")

// Persons are the columns of a source, but for the uid's, that say by a text
// who somebody is, whether or not they are read: names, addresses, and what
// tells people beside the uid. Where none is known to hold the name, any that
// is left alone may.
func (h *Header) Persons(match [][]string) []int {
	var columns, alone []int
	named := false
	for i, name := range h.Names {
		c, folded := h.Columns[i], Fold(name)
		t, _ := meaning(name)
		isName := c.Field == user.Name || t.Field == user.Name || h.Transform.Use(i).Field == user.Name
		switch {
		case i == h.UID:
		case isName,
			c.Path != nil && slices.ContainsFunc(match, func(path []string) bool { return slices.Equal(path, c.Path) }),
			slices.ContainsFunc(personWords, func(w string) bool { return strings.Contains(folded, w) }):
			columns = append(columns, i)
		case !h.Reads(i):
			alone = append(alone, i)
		}
		named = named || isName
	}
	if !named {
		columns = append(columns, alone...)
	}
	return columns
}
