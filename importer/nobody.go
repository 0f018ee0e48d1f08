package importer

import (
	"slices"
	"strings"

	"cometsync/importer/columns"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// A uid that says that there is none names nobody: its row may be anybody's, and
// while nobody knows whose, no absent user may lose access by it. Only the app can
// say that there is such a user all the same, so that whoever compares with it
// refuses the row. Where the row can't be used anyway, its uid is none.

// nobody says whether a record's uid is such a one; cell is what it has for it.
// One that is joined is none if a part is what databases write for nothing:
// shorter words are sites and departments.
func (s *source) nobody(cell string, cells []string) bool {
	if user.Nobody(cell) {
		return true
	}
	own := len(s.header.Names)
	return s.header.UID >= own && slices.ContainsFunc(s.header.Transform.Computed[s.header.UID-own].Parts, func(p columns.Piece) bool {
		return p.Column >= 0 && p.Column < len(cells) && user.Null(strings.TrimSpace(cells[p.Column]))
	})
}

// noticeNobody tells of them: without an app nothing else does.
func (r *Roster) noticeNobody(s *source) {
	if seen := s.sights[nobodysUID]; seen.n > 0 {
		r.notice(notice.NoUID, seen.n, "%s: the uid of %s that there is none, first %q in row %d; without such a user in the app %s rejected, and nobody who is absent is deactivated; fill in the uid",
			r.where(s), phrase.Plural(seen.n, "row says", "rows say"), seen.text, seen.row, phrase.Form(seen.n, "it is", "they are"))
	}
}
