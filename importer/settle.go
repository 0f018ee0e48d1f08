package importer

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// settle leaves each field one column. What the user mapped beats what was
// guessed; a header without a remark beats one with it; for the uid and for times,
// a sure name beats a usual one; a whole name beats its parts. Anything else is the
// user's to decide, and all that is told.
func (h *header) settle(found []target) (conflicts []error) {
	h.settleNames(found)
	meant := meanings(found)
	for _, i := range meant {
		for _, j := range meant {
			a, b := found[i], found[j]
			if sameSlot(a, b) && a.strength < b.strength && (a.field == user.UID || a.readOnly || b.strength == mapped) {
				h.drop(found, i, fmt.Sprintf("the %s is read from %q", fieldName(a), h.title(j)))
				break
			}
		}
	}
	for n, i := range meant {
		if found[i].field == user.NoField || slices.ContainsFunc(meant[:n], func(j int) bool { return sameSlot(found[i], found[j]) }) {
			continue
		}
		var same []int
		for _, j := range meant[n:] {
			if sameSlot(found[i], found[j]) {
				same = append(same, j)
			} else if contradict(found[i].path, found[j].path) {
				conflicts = append(conflicts, fmt.Errorf("the columns %q and %q contradict each other: one has a value where the other has an object; %s", h.title(i), h.title(j), h.leaveAlone([]int{i, j})))
			}
		}
		if len(same) > 1 {
			conflicts = append(conflicts, h.clash(found[i], same))
		}
	}
	return conflicts
}

// meanings are the columns that mean something. A stray cell makes a sheet's
// header sixteen thousand columns wide, and hardly any of them does.
func meanings(found []target) (meant []int) {
	for i, t := range found {
		if t.field != user.NoField {
			meant = append(meant, i)
		}
	}
	return meant
}

// drop takes a column's meaning away, and says why.
func (h *header) drop(found []target, i int, why string) {
	switch joined := h.shape.use(i).field != user.NoField; {
	case !joined:
		h.ignore(h.title(i), "ignored-column", why)
	case found[i].part == user.Whole: // that it is a part of the name is as it is meant
		h.joined = append(h.joined, ignored{name: h.title(i), why: why})
	}
	found[i] = target{}
}

// settleRemarks leaves columns alone whose headers mean with a remark what another
// one means without: the remark tells them apart. So it does where nothing else
// tells two headers apart.
func (h *header) settleRemarks(found []target) {
	meant := meanings(found)
	plain := func(part user.Part) bool {
		return slices.ContainsFunc(found, func(t target) bool { return t.field == user.Name && t.part == part && !t.remarked })
	}
	parts := plain(user.First) && plain(user.Last)
	why := map[int]string{}
	for _, i := range meant {
		a := found[i]
		if !a.remarked {
			continue
		}
		for _, j := range meant {
			b := found[j]
			beside := a.field == user.Name && a.part == user.Whole && b.field == user.Name && b.part == user.First && parts
			switch {
			case j == i || !sameSlot(a, b) && !beside || a.strength == mapped && (b.strength != mapped || b.remarked):
			case !b.remarked:
				why[i] = fmt.Sprintf("the %s is read from %q", fieldName(b), h.title(j))
			case why[i] == "":
				why[i] = fmt.Sprintf("only its remark tells it from %q; map the one that is meant", h.title(j))
			}
		}
	}
	for _, i := range meant {
		if why[i] != "" {
			h.drop(found, i, why[i])
		}
	}
}

// settleNames leaves the whole name or its parts.
func (h *header) settleNames(found []target) {
	whole, parts := -1, -1
	for i, t := range found {
		if t.field != user.Name {
			continue
		}
		if t.part == user.Whole && (whole < 0 || t.strength == mapped) {
			whole = i
		} else if t.part != user.Whole && (parts < 0 || t.strength == mapped) {
			parts = i
		}
	}
	if whole < 0 || parts < 0 {
		return
	}
	keepParts := found[parts].strength == mapped && found[whole].strength != mapped
	kept := whole
	if keepParts {
		kept = parts
	}
	for i, t := range found {
		if t.field == user.Name && (t.part == user.Whole) == keepParts {
			h.drop(found, i, fmt.Sprintf("the name is read from %q", h.title(kept)))
		}
	}
}

// clash is the error of columns that would all be one field.
func (h *header) clash(t target, columns []int) error {
	names, quotes := make([]string, len(columns)), make([]string, len(columns))
	twice := true
	for i, c := range columns {
		names[i] = h.title(c)
		quotes[i] = strconv.Quote(names[i])
		twice = twice && names[i] == names[0]
	}
	if twice {
		const most = 3
		places := make([]string, 0, most+1)
		for i, c := range columns {
			if i == most {
				places = append(places, fmt.Sprintf("%d more", len(columns)-most))
				break
			}
			places = append(places, workbook.Letters(c))
		}
		count := "two"
		if n := len(columns); n > 2 {
			count = strconv.Itoa(n)
		}
		return fmt.Errorf("%s columns have the header %q (%s), and %s would be %s; rename one, or say which is meant, as in --map '%s=%s'",
			count, names[0], phrase.And(places), phrase.Form(len(columns)-1, "both", "all"), fieldName(t), placeOf(columns[0]), fieldName(t))
	}
	return fmt.Errorf("the columns %s would %s be %s; %s", phrase.And(quotes), phrase.Form(len(columns)-1, "both", "all"), fieldName(t), h.leaveAlone(columns))
}

// leaveAlone says how all but the first of some columns are left alone.
func (h *header) leaveAlone(columns []int) string {
	var how []string
	for _, c := range columns[1:] {
		if c >= len(h.names) {
			c = columns[0]
		}
		if c < len(h.names) {
			how = append(how, fmt.Sprintf("--map '%s=-'", h.title(c)))
		}
	}
	switch len(how) {
	case 0:
		return "leave one of them out"
	case 1:
		return "leave one alone with " + how[0]
	}
	return "leave all but one alone, as with " + strings.Join(how[:min(len(how), 3)], " ")
}

// together is several errors as one.
func together(conflicts []error) error {
	if len(conflicts) == 1 {
		return conflicts[0]
	}
	texts := make([]string, len(conflicts))
	for i, err := range conflicts {
		texts[i] = err.Error()
	}
	return errors.New(strings.Join(texts, "; and "))
}

// sameSlot says whether two columns would fill the same place of a user.
func sameSlot(a, b target) bool {
	return a.field != user.NoField && a.field == b.field && a.part == b.part && slices.Equal(a.path, b.path)
}

// contradict says whether one key path goes on below the other.
func contradict(a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) > 0 && len(a) < len(b) && slices.Equal(a, b[:len(a)])
}

// byPlace says how a mapping names a column without a header of its own, where
// some are left alone.
func (h *header) byPlace() string {
	twice := repeated(h.names)
	for _, c := range h.ignored {
		if c.code != "ignored-column" || c.why != "" {
			continue
		}
		for i, name := range h.names {
			if twice[name] && name == c.name || name == "" && c.name == nameless(i) {
				return fmt.Sprintf(", or where no header tells them apart, their place, as in --map '%s=field'", placeOf(i))
			}
		}
	}
	return ""
}
