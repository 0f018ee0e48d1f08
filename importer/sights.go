package importer

import (
	"fmt"
	"strconv"
	"strings"

	"cometsync/importer/charset"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// sight is something that is told of a source's rows, how often it was seen and
// where first, and that stops nothing.
type sight int

// In the order in which they are told.
const (
	patternedPeople sight = iota // rows that match a footer's pattern and are people by the look of them
	decodedTwice                 // cells; the first is one that is for everybody to see
	blankRows
	zeroBytes     // rows with a zero byte
	spacedQuotes  // rows with blanks around quoted cells
	zonelessTime  // times without a zone
	longName      // names that are too long if an emoji counts as two characters
	nullText      // cells that say NULL, or the like
	nobodysUID    // rows whose uid says that there is none
	largeMetadata // users with more metadata than suggested
	sightKinds
)

type sights [sightKinds]sighting

// sighting is how often a sight was seen, and the first of them that is shown.
type sighting struct {
	n, row int // row: within the batch, while it is on its way
	column int
	text   string // what is there
	shown  bool
}

func (s *sighting) see(row int) {
	if s.n++; !s.shown {
		s.row, s.shown = row, true
	}
}

// show has the first one be shown, by a text that is a batch's.
func (s *sighting) show(row int, text string) {
	if !s.shown {
		s.row, s.text, s.shown = row, strings.Clone(text), true
	}
}

// findNull looks for the first cell that says NULL in a row that may have one.
// Databases write that where there is nothing, and people are called Null: which of
// them a cell means, only the user can say. It is taken as it is, and told.
func (s *sighting) findNull(of *source, cells []string, row int) {
	if s.text != "" {
		return
	}
	for i := range of.Header.Columns {
		if c := &of.Header.Columns[i]; c.TakesAny() && i < len(cells) && user.Null(cells[i]) {
			s.show(row, cells[i])
			s.column = i
			return
		}
	}
}

// merge adds those of a batch whose first row has a number.
func (all *sights) merge(below *sights, first int) {
	for i := range below {
		s, b := &all[i], &below[i]
		if s.n += b.n; b.shown && !s.shown {
			s.row, s.column, s.text, s.shown = first+b.row, b.column, b.text, true
		}
	}
}

// sightNotices say what was seen in a source's rows. A uid that says that there is none
// names nobody: its row may be anybody's, and while nobody knows whose, no absent user
// may lose access by it. Only the app can say that there is such a user all the same,
// so that whoever compares with it refuses the row; without an app nothing else tells
// of it.
var sightNotices = [sightKinds]struct {
	code notice.Code
	tell func(r *Roster, s *source, seen *sighting) string
}{
	patternedPeople: {notice.FooterPerson, func(_ *Roster, _ *source, seen *sighting) string {
		return fmt.Sprintf("%s a footer pattern, and %s like a person, as row %d does (%q); it is read like any other; make the "+
			"pattern narrower",
			phrase.Counted(seen.n, "row matches", "rows match"), phrase.Form(seen.n, "reads", "read"), seen.row, seen.text)
	}},
	decodedTwice: {notice.DecodedTwice, func(_ *Roster, s *source, seen *sighting) string {
		example := ""
		if seen.text != "" {
			meant, _ := charset.Mend(seen.text)
			example = ", such as " + quoteShort(seen.text) + ", which is " + quoteShort(meant) + " (" + s.Place(seen.row).String() + ")"
		}
		what := "; --fix-mojibake repairs it, and --keep-mojibake says that it is right as it is"
		switch {
		case s.Mapping.FixMojibake:
			what = "; it was repaired"
		case s.Mapping.KeepMojibake:
			what = "; it is kept"
		}
		return fmt.Sprintf("the text of %s was decoded twice%s%s", phrase.Counted(seen.n, "cell"), example, what)
	}},
	blankRows: {notice.BlankRows, func(_ *Roster, _ *source, seen *sighting) string {
		return phrase.Counted(seen.n, "row") + " without any text"
	}},
	zeroBytes: {notice.ZeroBytes, func(r *Roster, _ *source, seen *sighting) string {
		uids := "refused"
		if r.opt.Rules.Rewrite != user.NoRewrite {
			uids = "rewritten"
		}
		return fmt.Sprintf("zero bytes in %s, first in row %d; no text holds them, so they are taken out of texts, and a uid with "+
			"one is %s",
			phrase.Counted(seen.n, "row"), seen.row, uids)
	}},
	spacedQuotes: {notice.BlanksAroundQuotes, func(_ *Roster, _ *source, seen *sighting) string {
		return fmt.Sprintf("blanks before or after the quotes of cells in %s, first in row %d; the quotes were taken as such, and the "+
			"blanks for nothing", phrase.Counted(seen.n, "row"), seen.row)
	}},
	zonelessTime: {notice.TimeWithoutZone, func(_ *Roster, _ *source, seen *sighting) string {
		return phrase.Counted(seen.n, "time without a zone was", "times without a zone were") +
			" read as UTC; if another is meant, write it after each, such as +02:00"
	}},
	longName: {notice.NameLong, func(_ *Roster, _ *source, seen *sighting) string {
		return fmt.Sprintf("%s at most %d characters long, and longer where the service counts an emoji as two; it is sent as it is, and "+
			"the service may refuse it", phrase.Counted(seen.n, "name is", "names are"), user.MaxName)
	}},
	nullText: {notice.NullText, func(_ *Roster, s *source, seen *sighting) string {
		c := &s.Header.Columns[seen.column]
		return fmt.Sprintf("%s what databases write for nothing, first %s in row %d of %q, and it is taken as text; if nothing is meant, "+
			"the configuration can make them empty, as in values: {%s: {%s: \"\"}}", phrase.Counted(seen.n, "cell holds", "cells hold"),
			seen.text, seen.row, s.Header.Label(seen.column), c.Slot.Name(), strconv.Quote(seen.text))
	}},
	nobodysUID: {notice.NoUID, func(_ *Roster, _ *source, seen *sighting) string {
		return fmt.Sprintf("the uid of %s that there is none, first %q in row %d; without such a user in the app %s rejected, and nobody "+
			"who is absent is deactivated; fill in the uid", phrase.Counted(seen.n, "row says", "rows say"), seen.text, seen.row,
			phrase.Form(seen.n, "it is", "they are"))
	}},
	largeMetadata: {notice.MetadataLarge, func(_ *Roster, _ *source, seen *sighting) string {
		return fmt.Sprintf("metadata of over %d characters in %s, first in row %d; one page of the service gives that as the limit, "+
			"another %d bytes", user.SuggestedMetadata, phrase.Counted(seen.n, "row"), seen.row, user.MaxMetadata)
	}},
}

func (r *Roster) noticeSights(s *source) {
	for k := range s.sights {
		if seen := &s.sights[k]; seen.n > 0 {
			r.notice(sightNotices[k].code, seen.n, "%s: %s", s.Name(), sightNotices[k].tell(r, s, seen))
		}
	}
}
