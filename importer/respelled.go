package importer

import (
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/user"
)

// A file that is mended in a spreadsheet comes back with other uids than it
// went out with: the program makes numbers of them, and takes off zeros, or
// rounds. Nobody has decided that, and whoever has the new one is somebody else.

// respelled is what is wrong with a mended row whose uid differs from that of
// the row that it mends only as spreadsheets make one of the other. Who finds it
// right clears the row's code.
func (w *mending) respelled(m *mendedRow, old *user.Reject, cells []string) (user.Defect, bool) {
	if m.stands {
		return user.Defect{}, false
	}
	now, ok := m.source.uidAsRead(cells)
	if !ok {
		return user.Defect{}, false
	}
	var were []string
	if cell, ok := m.source.mends.uidAsRead(old.Cells); ok {
		were = append(were, cell)
	}
	if m.source.mends.shifted(old.Defects) {
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
	return w.respelling(m, cells, "the row had "+fmt.Sprintf("%.100q", were[i])), true
}

// faulty is what is wrong with a mended row, by itself or beside the row that it
// mends; nil if it can be used.
func (w *mending) faulty(m *mendedRow, old *user.Reject, cells []string) (x *user.Reject, respelled bool, err error) {
	if m.reject >= 0 {
		x, err := w.r.rejectAt(m.reject)
		return &x, false, err
	}
	defect, respelled := w.respelled(m, old, cells)
	if !respelled {
		return nil, false, nil
	}
	row, err := w.r.load(m.entry.Place, int(m.entry.Row))
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
func (w *mending) respelling(m *mendedRow, cells []string, had string) user.Defect {
	value, _ := m.source.uidCell(cells)
	return user.Defect{
		Column: m.source.header.title(m.source.header.uid), Code: user.UIDRespelled, Value: value,
		Message: had + ", and a spreadsheet makes this of it; put it back as text, which the sheet Mend of report.xlsx keeps as it is, or, if this is right, clear the row's cell under _code",
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
func (w *mending) alone(m *mendedRow, uid string, cells []string) error {
	r := w.r
	if m.reject >= 0 || m.stands {
		return nil
	}
	longer := r.padded(uid)
	if longer == "" {
		return nil
	}
	row, err := r.load(m.entry.Place, int(m.entry.Row))
	if err != nil {
		return err
	}
	x := row.Reject(w.respelling(m, cells, fmt.Sprintf("the sources have %q", longer)))
	x.Claim(user.Claim{Because: user.SameUID, Value: longer})
	r.refuse(uid, m.entry.Place)
	r.intake.Users--
	return r.refused(m.entry.Place, &x)
}
