package columns

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
	"cometsync/internal/workbook"
)

// Settle leaves each field one column. What the user mapped beats what was
// guessed; a header without a remark beats one with it; for the uid and for times,
// a sure name beats a usual one; a whole name beats its parts. Anything else is the
// user's to decide, and all that is told.
func (h *Header) Settle(found []Target) (conflicts []error) {
	h.settleNames(found)
	meant := meanings(found)
	for _, i := range meant {
		for _, j := range meant {
			a, b := found[i], found[j]
			if SameSlot(a, b) && a.Strength < b.Strength && (a.Field == user.UID || a.ReadOnly || b.Strength == mapped) {
				h.drop(found, i, fmt.Sprintf("the %s is read from %q", FieldName(a), h.Title(j)))
				break
			}
		}
	}
	for n, i := range meant {
		if found[i].Field == user.NoField || slices.ContainsFunc(meant[:n], func(j int) bool { return SameSlot(found[i], found[j]) }) {
			continue
		}
		var same []int
		for _, j := range meant[n:] {
			if SameSlot(found[i], found[j]) {
				same = append(same, j)
			} else if Contradict(found[i].Path, found[j].Path) {
				conflicts = append(conflicts, fmt.Errorf("the columns %q and %q contradict each other: one has a value where the other has an "+
					"object; %s", h.Title(i), h.Title(j), h.leaveAlone([]int{i, j})))
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
		h.Joined = append(h.Joined, Ignored{Name: h.Title(i), Why: why})
	}
	found[i] = Target{}
}

// settleRemarks leaves columns alone whose headers mean with a remark what another
// one means without: the remark tells them apart. So it does where nothing else
// tells two headers apart.
func (h *Header) settleRemarks(found []Target) {
	meant := meanings(found)
	plain := func(part user.Part) bool {
		return slices.ContainsFunc(found, func(t Target) bool { return t.Field == user.Name && t.Part == part && !t.remarked })
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
			beside := a.Field == user.Name && a.Part == user.Whole && b.Field == user.Name && b.Part == user.First && parts
			switch {
			case j == i || !SameSlot(a, b) && !beside || a.Strength == mapped && (b.Strength != mapped || b.remarked):
			case !b.remarked:
				why[i] = fmt.Sprintf("the %s is read from %q", FieldName(b), h.Title(j))
			case why[i] == "":
				why[i] = fmt.Sprintf("only its remark tells it from %q; map the one that is meant", h.Title(j))
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

// clash is the error of columns that would all be one field.
func (h *Header) clash(t Target, columns []int) error {
	names, quotes := make([]string, len(columns)), make([]string, len(columns))
	twice := true
	for i, c := range columns {
		names[i] = h.Title(c)
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
			count, names[0], phrase.And(places), phrase.Form(len(columns)-1, "both", "all"), FieldName(t), placeOf(columns[0]), FieldName(t))
	}
	return fmt.Errorf("the columns %s would %s be %s; %s", phrase.And(quotes), phrase.Form(len(columns)-1, "both", "all"), FieldName(t),
		h.leaveAlone(columns))
}

// leaveAlone says how all but the first of some columns are left alone.
func (h *Header) leaveAlone(columns []int) string {
	var how []string
	for _, c := range columns[1:] {
		if c >= len(h.Names) {
			c = columns[0]
		}
		if c < len(h.Names) {
			how = append(how, fmt.Sprintf("--map '%s=-'", h.Title(c)))
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

// SameSlot reports whether two columns would fill the same place of a user.
func SameSlot(a, b Target) bool {
	return a.Field != user.NoField && a.Field == b.Field && a.Part == b.Part && slices.Equal(a.Path, b.Path)
}

// Contradict reports whether one key path goes on below the other.
func Contradict(a, b []string) bool {
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
				return fmt.Sprintf(", or where no header tells them apart, their place, as in --map '%s=field'", placeOf(i))
			}
		}
	}
	return ""
}
