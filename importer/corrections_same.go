package importer

import (
	"fmt"
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
	moved := s.corrects.Shifted(old.Defects)
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
	for i, name := range s.Header.Names {
		if slices.Contains(s.absent, i) {
			continue
		}
		a, b := cellOf(old.Cells, i), cellOf(cells, i)
		same := user.LikeCell
		if wrong(old, name, s.Header.Columns[i].Header) {
			same = sameText
		}
		if !same(a, b) {
			return false
		}
	}
	return true
}

// cellOf is a row's cell in a column; a row that ends before it has an empty one.
func cellOf(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
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
	for i, name := range s.Header.Names {
		c := &s.Header.Columns[i]
		if wrong(old, name, c.Header) ||
			s.Header.Transform.Use(i).Field == user.UID || i == s.Header.UID || slices.Contains(s.absent, i) {
			continue
		}
		a, b := cellOf(old.Cells, i), cellOf(cells, i)
		if !user.LikeCell(a, b) {
			return false
		}
		tells := c.Field == user.Name || s.Header.Transform.Use(i).Field == user.Name ||
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

// A file that is mended in a spreadsheet comes back with other uids than it
// went out with: the program makes numbers of them, and takes off zeros, or
// rounds. Nobody has decided that, and whoever has the new one is somebody else.

// respelled is what is wrong with a mended row whose uid differs from that of
// the row that it mends only as spreadsheets make one of the other. Who finds it
// right clears the row's code.
func (o *overlay) respelled(c *correction, old *user.Reject, cells []string) (user.Defect, bool) {
	if c.confirmed {
		return user.Defect{}, false
	}
	now, ok := c.source.UIDAsRead(cells)
	if !ok {
		return user.Defect{}, false
	}
	var were []string
	if cell, ok := c.source.corrects.UIDAsRead(old.Cells); ok {
		were = append(were, cell)
	}
	if c.source.corrects.Shifted(old.Defects) {
		were = append(were, old.Cells...)
	}
	same := func(was string) bool { return user.FoldUID(was) == user.FoldUID(now) }
	if slices.ContainsFunc(were, same) {
		return user.Defect{}, false
	}
	i := slices.IndexFunc(were, func(was string) bool { return user.Respelled(was, now) })
	if i < 0 {
		return user.Defect{}, false
	}
	return o.respelling(c, cells, "the row had "+fmt.Sprintf("%.100q", were[i])), true
}

// faulty is what is wrong with a mended row, by itself or beside the row that it
// mends; nil if it can be used.
func (o *overlay) faulty(c *correction, old *user.Reject, cells []string) (x *user.Reject, respelled bool, err error) {
	if c.reject >= 0 {
		x, err := o.r.rejectAt(c.reject)
		return &x, false, err
	}
	defect, respelled := o.respelled(c, old, cells)
	if !respelled {
		return nil, false, nil
	}
	row, err := o.r.load(c.entry.Place, int(c.entry.Row))
	if err != nil {
		return nil, false, err
	}
	reject := row.Reject(defect)
	// Nobody has said that this is the uid: that of the row is none because of it.
	reject.UID = ""
	reject.Claim(user.Claim{Because: user.SameUID, Value: row.User.UID})
	return &reject, true, nil
}

// respelling says what is wrong with it, and what the uid was.
func (o *overlay) respelling(c *correction, cells []string, had string) user.Defect {
	value, _ := c.source.UIDCell(cells)
	return user.Defect{
		Column: c.source.Header.Title(c.source.Header.UID), Code: user.UIDRespelled, Value: value,
		Message: had + ", and a spreadsheet makes this of it; put it back as text, which the sheet Mend of report.xlsx keeps as it is, or, if " +
			"this is right, clear the row's cell under _code",
	}
}

// padded is a uid of the roster, or of a reject, that is another one with zeros
// in front; "" if there is none.
func (r *Roster) padded(uid string) string {
	const mostZeros = 20
	if user.SameDigits(uid) != uid {
		return ""
	}
	for n := 1; n <= mostZeros; n++ {
		longer := strings.Repeat("0", n) + uid
		p := r.index.Probe(r.hash(longer))
		if _, ok := r.index.Next(&p); ok {
			return longer
		}
	}
	return ""
}

// alone has a mended row that mends nothing be a reject if the roster has its
// uid with zeros in front, which it may have lost since.
func (o *overlay) alone(c *correction, uid string, cells []string) error {
	r := o.r
	if c.reject >= 0 || c.confirmed {
		return nil
	}
	longer := r.padded(uid)
	if longer == "" {
		return nil
	}
	row, err := r.load(c.entry.Place, int(c.entry.Row))
	if err != nil {
		return err
	}
	x := row.Reject(o.respelling(c, cells, fmt.Sprintf("the sources have %q", longer)))
	x.Claim(user.Claim{Because: user.SameUID, Value: longer})
	self := &original{place: c.entry.Place, entry: c.entry.Place}
	if named := o.originals[c.here()]; len(named) > 0 {
		self = &named[0] // by another correction
	}
	return o.refuse(self, &x)
}
