package corrections

import (
	"slices"
	"strings"

	"cometsync/importer/table"
	"cometsync/internal/user"
)

// Pair is a row of a file of corrections and the row that it may correct.
type Pair struct {
	Old   *user.Reject // what that row was, without defects if it could be used
	Of    *table.Table // its table
	Match [][]string   // the key paths of second keys

	Table  *table.Table // as what the correction is read
	Absent []int        // columns that its file has lost
	UID    string
	Cells  []string
	Taken  bool // of the correction's cells none is too many
}

// Same reports whether a correction is the row that was rejected: it has its
// uid, or one that the reject says it may mean; or else, where the reject has
// no uid, it says the same but for what was wrong, and that tells a person.
//
// A rounded number may be many people's, and a cell of a row that has shifted
// its manager's: neither is enough alone.
func (p *Pair) Same() bool {
	if p.UID != "" && p.UID == p.Old.UID {
		return true
	}
	moved := p.Of.Shifted(p.Old.Defects)
	return slices.ContainsFunc(p.Old.Claims, func(c user.Claim) bool {
		switch c.Because {
		case user.SameUID, user.SameSlug, user.SameVendor:
			return c.Value == p.UID
		case user.SameNumber:
			return !moved && c.Value == user.SameDigits(p.UID) && p.UID != ""
		case user.SameCell:
			return c.Value == p.UID && p.contained()
		case user.SameKey:
			return !moved && slices.ContainsFunc(p.Match, func(path []string) bool {
				return strings.Join(path, ".") == c.Key && p.Table.KeyValue(p.Cells, path) == c.Value
			})
		}
		return false
	}) || p.Old.UID == "" && !moved && p.alike()
}

// Untouched reports whether a correction is as the row was, but for what a
// spreadsheet does by itself. Where something was wrong, that is little: a hyphen
// for a blank corrects a uid, and a slash an address. Cells that were too many are
// taken out by somebody.
func (p *Pair) Untouched() bool {
	if many := p.Old.Cells[len(p.kept()):]; !sameText(strings.Join(many, ","), "") {
		return false
	}
	for i := range p.Table.Header.Names {
		same := user.LikeCell
		if p.wrong(i) {
			same = sameText
		}
		if !slices.Contains(p.Absent, i) && !same(cellOf(p.Old.Cells, i), cellOf(p.Cells, i)) {
			return false
		}
	}
	return true
}

// kept is the row's cells without those that the correction has taken out.
func (p *Pair) kept() []string {
	if own := len(p.Table.Header.Names); p.Taken && len(p.Old.Cells) > own {
		return p.Old.Cells[:own]
	}
	return p.Old.Cells
}

// cellOf is a row's cell in a column; a row that ends before it has an empty one.
func cellOf(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}

// sameText reports whether a text is another, or the number that it spells without
// its zeros in front.
func sameText(a, b string) bool {
	a, _ = user.Undefuse(a)
	b, _ = user.Undefuse(b)
	a, b = user.Text(strings.ToValidUTF8(a, "\uFFFD")), user.Text(strings.ToValidUTF8(b, "\uFFFD"))
	return a == b || user.SameDigits(a) != "" && user.SameDigits(a) == user.SameDigits(b)
}

// alike reports whether two rows say the same in all columns in which
// nothing was wrong, one of which tells a person: the name, or a second key.
func (p *Pair) alike() bool {
	told, h := false, p.Table.Header
	for i := range h.Names {
		c, use := &h.Columns[i], h.Transform.Use(i).Field
		if p.wrong(i) || use == user.UID || i == h.UID || slices.Contains(p.Absent, i) {
			continue
		}
		cell := cellOf(p.Old.Cells, i)
		if !user.LikeCell(cell, cellOf(p.Cells, i)) {
			return false
		}
		tells := c.Field == user.Name || use == user.Name ||
			c.Field == user.Metadata && slices.ContainsFunc(p.Match, func(path []string) bool { return slices.Equal(path, c.Path) })
		told = told || tells && strings.TrimSpace(cell) != ""
	}
	return told
}

// wrong reports whether something was wrong in a column, by its name or its title.
func (p *Pair) wrong(column int) bool {
	name, title := p.Table.Header.Names[column], p.Table.Header.Columns[column].Header
	return slices.ContainsFunc(p.Old.Defects, func(d user.Defect) bool { return d.Column == name || d.Column == title })
}

// contained reports whether what a broken row had is still there: its cells may
// have been put in order, and most of their texts are in one of the others.
func (p *Pair) contained() bool {
	all, found := 0, 0
	for _, cell := range p.kept() {
		cell, _ = user.Undefuse(cell)
		if cell = user.FoldKey(strings.Trim(cell, `" `)); cell == "" {
			continue
		}
		all++
		if slices.ContainsFunc(p.Cells, func(c string) bool {
			c, _ = user.Undefuse(c)
			return strings.Contains(user.FoldKey(c), cell)
		}) {
			found++
		}
	}
	return all > 1 && 4*found >= 3*all
}

// Respelled is the uid of the row, if the correction's differs from it only as
// spreadsheets make one of the other: they make numbers of uids, and take off zeros,
// or round. Nobody has decided that, and whoever has the new one is somebody else.
func (p *Pair) Respelled() (was string, ok bool) {
	now, ok := p.Table.UIDAsRead(p.Cells)
	if !ok {
		return "", false
	}
	var were []string
	if cell, ok := p.Of.UIDAsRead(p.Old.Cells); ok {
		were = append(were, cell)
	}
	if p.Of.Shifted(p.Old.Defects) {
		were = append(were, p.Old.Cells...)
	}
	if slices.ContainsFunc(were, func(was string) bool { return user.FoldUID(was) == user.FoldUID(now) }) {
		return "", false
	}
	i := slices.IndexFunc(were, func(was string) bool { return user.Respelled(was, now) })
	if i < 0 {
		return "", false
	}
	return were[i], true
}

// Means reports whether the correction's uid is the row's, or one that its uid's
// cell may mean.
func (p *Pair) Means() bool {
	return p.UID == p.Old.UID || slices.ContainsFunc(p.Old.Claims, func(c user.Claim) bool {
		switch c.Because {
		case user.SameUID, user.SameSlug, user.SameVendor:
			return c.Value == p.UID
		case user.SameNumber:
			return c.Value == user.SameDigits(p.UID)
		case user.RoundedAlike:
			return user.RoundsTo(c.Value, p.UID)
		}
		return false
	})
}
