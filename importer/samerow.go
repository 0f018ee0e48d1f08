package importer

import (
	"slices"
	"strings"

	"cometsync/internal/user"
)

// isRow says whether a mended row is the row that was rejected: it has its
// uid, or one that the reject says it may mean; or else, where the reject has
// no uid, it says the same but for what was wrong, and that tells a person.
//
// A rounded number may be many people's, and a cell of a row that has shifted
// its manager's: neither is enough alone.
func (r *Roster) isRow(old *user.Reject, s *source, uid string, cells []string) bool {
	if uid != "" && uid == old.UID {
		return true
	}
	moved := s.mends.shifted(old.Defects)
	for _, c := range old.Claims {
		same := false
		switch c.Because {
		case user.SameUID, user.SameSlug, user.SameVendor:
			same = c.Value == uid
		case user.SameNumber:
			same = !moved && c.Value == user.SameDigits(uid) && uid != ""
		case user.SameCell:
			same = c.Value == uid && contained(old.Cells, cells)
		case user.SameKey:
			for _, path := range r.match {
				same = same || !moved && strings.Join(path, ".") == c.Key && s.keyValue(cells, path) == c.Value
			}
		}
		if same {
			return true
		}
	}
	if old.UID != "" {
		return false
	}
	return !moved && r.sameButDefects(old, s, cells)
}

// untouched says whether a mended row is as it was, but for what a spreadsheet
// does by itself. Where something was wrong, that is little: a hyphen for a
// blank mends a uid, and a slash an address.
func untouched(old *user.Reject, s *source, cells []string) bool {
	for i, name := range s.header.names {
		if slices.Contains(s.absent, i) {
			continue
		}
		a, b := "", ""
		if i < len(old.Cells) {
			a = old.Cells[i]
		}
		if i < len(cells) {
			b = cells[i]
		}
		same := user.LikeCell
		if wrong(old, name, s.header.columns[i].Header) {
			same = sameText
		}
		if !same(a, b) {
			return false
		}
	}
	return true
}

// sameText says whether a text is another, or the number that it spells without
// its zeros in front.
func sameText(a, b string) bool {
	a, _ = user.Undefuse(a)
	b, _ = user.Undefuse(b)
	a, b = user.Text(strings.ToValidUTF8(a, "\uFFFD")), user.Text(strings.ToValidUTF8(b, "\uFFFD"))
	return a == b || user.SameDigits(a) != "" && user.SameDigits(a) == user.SameDigits(b)
}

// sameButDefects says whether two rows say the same in all columns in which
// nothing was wrong, one of which tells a person: the name, or a second key.
func (r *Roster) sameButDefects(old *user.Reject, s *source, cells []string) bool {
	told := false
	for i, name := range s.header.names {
		c := &s.header.columns[i]
		if wrong(old, name, c.Header) ||
			s.header.shape.use(i).field == user.UID || i == s.header.uid || slices.Contains(s.absent, i) {
			continue
		}
		a, b := "", ""
		if i < len(old.Cells) {
			a = old.Cells[i]
		}
		if i < len(cells) {
			b = cells[i]
		}
		if !user.LikeCell(a, b) {
			return false
		}
		tells := c.Field == user.Name || s.header.shape.use(i).field == user.Name ||
			c.Field == user.Metadata && slices.ContainsFunc(r.match, func(path []string) bool { return slices.Equal(path, c.Path) })
		told = told || tells && strings.TrimSpace(a) != ""
	}
	return told
}

// wrong says whether something was wrong in a column, by its name or its title.
func wrong(old *user.Reject, name, title string) bool {
	return slices.ContainsFunc(old.Defects, func(d user.Defect) bool { return d.Column == name || d.Column == title })
}

// contained says whether what a broken row had is still there: its cells may
// have been put in order, and most of their texts stand in one of the others.
func contained(old, cells []string) bool {
	all, found := 0, 0
	for _, cell := range old {
		cell, _ = user.Undefuse(cell)
		if cell = user.FoldKey(strings.Trim(cell, `" `)); cell == "" {
			continue
		}
		all++
		if slices.ContainsFunc(cells, func(c string) bool {
			c, _ = user.Undefuse(c)
			return strings.Contains(user.FoldKey(c), cell)
		}) {
			found++
		}
	}
	return all > 1 && 4*found >= 3*all
}
