package columns

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// settle leaves each field one column. What the user mapped beats what was
// guessed; a header without a remark beats one with it; for the uid and for times,
// a sure name beats a usual one; a whole name beats its parts. Anything else is the
// user's to decide, and all that is told; the first column has it until then.
func (h *Header) settle(found []Target) (conflicts []error) {
	h.settleNames(found)
	meant := meanings(found)
	for _, i := range meant {
		for _, j := range meant {
			a, b := found[i], found[j]
			if a.Slot.Is(b.Slot) && a.Strength < b.Strength && (a.Field == user.UID || a.ReadOnly || b.Strength == mapped) {
				h.drop(found, i, fmt.Sprintf("the %s is read from %q", a.Slot.Name(), h.Title(j)))
				break
			}
		}
	}
	later := map[int]string{} // columns that conflict with an earlier one, and why they are left alone
	for len(meant) > 0 {
		i := meant[0]
		why := fmt.Sprintf("the %s is read from %q", found[i].Slot.Name(), h.Title(i))
		var same, others []int
		for _, j := range meant {
			switch {
			case found[j].Field == user.NoField: // dropped
			case found[i].Slot.Is(found[j].Slot):
				same = append(same, j)
			default:
				others = append(others, j)
				if contradict(found[i].Path, found[j].Path) {
					conflicts = append(conflicts, fmt.Errorf("the columns %q and %q contradict each other: one has a value where the "+
						"other has an object; %s", h.Title(i), h.Title(j), h.leaveAlone([]int{i, j})))
					later[j] = why
				}
			}
		}
		if len(same) > 1 {
			conflicts = append(conflicts, h.clash(found[i], same))
			for _, j := range same[1:] {
				later[j] = why
			}
		}
		meant = others
	}
	for _, j := range slices.Sorted(maps.Keys(later)) {
		h.drop(found, j, later[j])
	}
	return conflicts
}

// meanings are the columns that mean something. A stray cell makes a sheet's
// header sixteen thousand columns wide, and hardly any of them does.
func meanings(found []Target) (meant []int) {
	for i, t := range found {
		if t.Field != user.NoField {
			meant = append(meant, i)
		}
	}
	return meant
}

// drop takes a column's meaning away, and says why.
func (h *Header) drop(found []Target, i int, why string) {
	switch joined := h.Transform.Use(i).Field != user.NoField; {
	case !joined:
		h.ignore(h.Title(i), notice.IgnoredColumn, why)
	case found[i].Part == user.Whole: // that it is a part of the name is as it is meant
		h.ignore(h.Title(i), notice.JoinedColumn, why)
	}
	found[i] = Target{}
}

// settleRemarks leaves columns alone whose headers mean with a remark what another
// one means without: the remark tells them apart. So it does where nothing else
// tells two headers apart.
func (h *Header) settleRemarks(found []Target) {
	was := slices.Clone(found)
	meant := meanings(was)
	plain := func(part user.Part) bool {
		return slices.ContainsFunc(was, func(t Target) bool { return t.Field == user.Name && t.Part == part && !t.remarked })
	}
	parts := plain(user.First) && plain(user.Last)
	for _, i := range meant {
		a, why := was[i], ""
		for _, j := range meant {
			b := was[j]
			beside := parts && a.Field == user.Name && a.Part == user.Whole && b.Field == user.Name && b.Part == user.First
			switch {
			case !a.remarked || j == i || !a.Slot.Is(b.Slot) && !beside || a.Strength == mapped && (b.Strength != mapped || b.remarked):
			case !b.remarked:
				why = fmt.Sprintf("the %s is read from %q", b.Slot.Name(), h.Title(j))
			case why == "":
				why = fmt.Sprintf("only its remark tells it from %q; map the one that is meant", h.Title(j))
			}
		}
		if why != "" {
			h.drop(found, i, why)
		}
	}
}

// settleNames leaves the whole name or its parts.
func (h *Header) settleNames(found []Target) {
	whole, parts := -1, -1
	for i, t := range found {
		if t.Field != user.Name {
			continue
		}
		if t.Part == user.Whole && (whole < 0 || t.Strength == mapped) {
			whole = i
		} else if t.Part != user.Whole && (parts < 0 || t.Strength == mapped) {
			parts = i
		}
	}
	if whole < 0 || parts < 0 {
		return
	}
	keepParts := found[parts].Strength == mapped && found[whole].Strength != mapped
	kept := whole
	if keepParts {
		kept = parts
	}
	for i, t := range found {
		if t.Field == user.Name && (t.Part == user.Whole) == keepParts {
			h.drop(found, i, fmt.Sprintf("the name is read from %q", h.Title(kept)))
		}
	}
}

func (h *Header) clash(t Target, columns []int) error {
	var quotes, places []string
	twice, all := true, phrase.Form(len(columns)-1, "both", "all")
	for i, c := range columns {
		quotes = append(quotes, strconv.Quote(h.Title(c)))
		places = append(places, workbook.Letters(c))
		twice = twice && quotes[i] == quotes[0]
	}
	if !twice {
		return fmt.Errorf("the columns %s would %s be %s; %s", phrase.And(quotes), all, t.Slot.Name(), h.leaveAlone(columns))
	}
	count := "two"
	if n := len(columns); n > 2 {
		count = strconv.Itoa(n)
	}
	if n := len(places); n > 3 {
		places = append(places[:3], phrase.Sprintf("%d more", n-3))
	}
	return fmt.Errorf("%s columns have the header %s (%s), and %s would be %s; rename one, or say which is meant, as in %s",
		count, quotes[0], phrase.And(places), all, t.Slot.Name(), phrase.MapOption(placeOf(columns[0]), t.Slot.Name()))
}

// leaveAlone says how all but the first of some columns are left alone.
func (h *Header) leaveAlone(columns []int) string {
	var how []string
	for _, c := range columns[1:] {
		if c >= len(h.Names) { // it is computed
			c = columns[0]
		}
		if c < len(h.Names) {
			how = append(how, phrase.MapOption(h.Title(c), "-"))
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

// contradict reports whether one key path goes on below the other.
func contradict(a, b []string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return len(a) > 0 && len(a) < len(b) && slices.Equal(a, b[:len(a)])
}

// ByPlace says how a mapping names a column without a header of its own, where
// some are left alone.
func (h *Header) ByPlace() string {
	twice := Repeated(h.Names)
	for _, c := range h.Ignored {
		if c.Code != notice.IgnoredColumn || c.Why != "" {
			continue
		}
		for i, name := range h.Names {
			if twice[name] && name == c.Name || name == "" && c.Name == nameless(i) {
				return ", or where no header tells them apart, their place, as in " + phrase.MapOption(placeOf(i), "field")
			}
		}
	}
	return ""
}
