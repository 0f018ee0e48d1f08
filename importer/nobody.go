package importer

import (
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
)

// A uid that says that there is none names nobody: its row may be anybody's, and
// while nobody knows whose, no absent user may lose access by it. Only the app can
// say that there is such a user all the same, so that whoever compares with it
// refuses the row. Where the row can't be used anyway, its uid is none.

// noticeNobody tells of them: without an app nothing else does.
func (r *Roster) noticeNobody(s *source) {
	if seen := s.sights[nobodysUID]; seen.n > 0 {
		r.notice(notice.NoUID, seen.n, "%s: the uid of %s that there is none, first %q in row %d; without such a user in the app %s rejected, "+
			"and nobody who is absent is deactivated; fill in the uid",
			s.Name(), phrase.Plural(seen.n, "row says", "rows say"), seen.text, seen.row, phrase.Form(seen.n, "it is", "they are"))
	}
}
