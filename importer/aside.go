package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cometsync/importer/columns"
	"cometsync/importer/footer"
	"cometsync/importer/store"
	"cometsync/importer/table"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// Rows that stand beside the table are no people, and no rows that are
// counted: lines above the header, the header again where exports were put
// together, the line that is drawn below it in tables for people to read, and
// what a report writes below its last row. Each is named in a notice.
//
// Nobody may be lost in this way. A header counts only if it stands there
// letter by letter. A line below the rows counts only where nothing but such
// lines follows, to the end or to the next header; where its uid can't be one;
// where no text stands in a column that says who somebody is, since people are
// called Run, Suma and Fin; and where all that it says is that it is a sum or an
// end. If its uid could be one, it is a reject, and whoever has the uid is held.

// asideKind is why a row is none.
type asideKind uint8

const (
	noAside asideKind = iota
	aboveHeader
	repeatedHeader
	ruleLine
	footerRow
	instruction // of mended rejects: it takes another row out
)

// aside is such a row.
type aside struct {
	row  int // within the batch, while it is on its way
	kind asideKind
	text string
}

const (
	// mostAsides is how many rows a notice names.
	mostAsides = 50
)

// above takes up the rows above the header.
func (s *source) above(t columns.Table) {
	for _, l := range t.Above {
		s.asides = append(s.asides, aside{l.Row, aboveHeader, table.Shown(l.Cells, t.Comma)})
	}
}

var lineDefect = user.Defect{Code: user.NotAPerson, Message: "is a line drawn between rows, and no person; take the row out"}

// A row's footing: not a footer, a footer by its words, or by its words although
// its uid could be one, or else by its number, if that is how many rows there are.
const (
	noFooting = 0
	worded    = -1
	summed    = -2
)

// footing says what makes a footer of the scanner's record, which can't be used.
func (w *worker) footing(s *source) int32 {
	if s.Lines || w.scan.Open || w.scan.Stray || w.scan.Spans || len(w.marks) > 0 || s.NamesSomebody(w.scan.Cells) {
		return noFooting
	}
	cell, ok := s.UIDCell(w.scan.Cells)
	switch {
	case ok && w.mayBeUID(s, cell) && !(strings.ContainsAny(strings.TrimSpace(cell), " \u00a0") && footer.Note(w.scan.Cells)):
		if s.Nameless(w.scan.Cells) && footer.SumUID(cell, w.scan.Cells) {
			return summed
		}
		return noFooting
	case footer.Total(w.scan.Cells), footer.Rule(w.scan.Cells):
		return worded
	case (!ok || user.Empty(cell) || !footer.Numeric(strings.TrimSpace(cell))) && footer.Note(w.scan.Cells):
		return worded
	}
	return int32(footer.Count(w.scan.Cells))
}

// mayBeUID says whether a cell is a uid, or may become one.
func (w *worker) mayBeUID(s *source, cell string) bool {
	u, _ := w.rules.Row(s.UID, []string{cell}, &user.Repairs{})
	return u.UID != ""
}

// sumsUp says whether a row that could be used is a footer all the same: a sum;
// or where uids are made of texts, any that has one of several words.
func (w *worker) sumsUp(s *source, cell string) bool {
	if s.Lines {
		return false
	}
	return footer.TotalUID(cell, w.scan.Cells) || w.rules.Rewrite != user.NoRewrite && strings.ContainsAny(cell, " \u00a0") &&
		(footer.Total(w.scan.Cells) || footer.Note(w.scan.Cells))
}

var sumDefect = user.Defect{Code: user.NotAPerson, Message: "reads like a sum or an end, and not like a person; take the row out"}

// follow counts the rows at a source's end that may be footers, of which row
// is the last; before is how many rows stand above it. It says whether the row
// may be one: those that have a uid are nobody's until it shows that they are
// none.
func (r *Roster) follow(row *row, e store.Entry, before int) bool {
	above := before - r.tail
	if row.footing < noFooting || row.footing > 0 && (int(row.footing) == above || int(row.footing) == above-r.since) {
		r.tail++
		return true
	}
	r.follows = int(e.Row)
	return false
}

// keepTail makes rows like all others of those that could have been footers.
func (r *Roster) keepTail() error {
	r.tail = 0
	held := r.held
	r.held = r.held[:0]
	for _, e := range held {
		if _, err := r.enter(e); err != nil {
			return err
		}
	}
	return nil
}

// setAside takes up a row that is none. A header that stands there again is
// below the end of a table. rows is how many of the batch stand above it, and
// says how many a footer by a pattern counts.
func (r *Roster) setAside(s *source, a aside, rows, says int) error {
	a.row += r.line
	if a.kind == footerRow { // it may stand anywhere
		s.asides = append(s.asides, a)
		if says >= 0 {
			r.counts = append(r.counts, stated{a.row, says})
		}
		return nil
	}
	if err := r.settleTail(s, rows); err != nil {
		return err
	}
	if a.kind == repeatedHeader {
		r.since = s.File.Rows + rows
	}
	s.asides = append(s.asides, a)
	return nil
}

// settleTail makes footers of the rows that were the last; rows is how many of
// the batch are not counted yet.
func (r *Roster) settleTail(s *source, rows int) error {
	n := r.tail
	if n > footer.Most {
		return r.keepTail()
	}
	r.tail, r.held = 0, r.held[:0]
	s.File.Rows -= n
	r.intake.Rows -= n
	all := s.File.Rows + rows
	tell := func(row, says int) {
		if says >= 0 && says != all && says != all-r.since {
			s.counted = append(s.counted, fmt.Sprintf("row %d says %d, and %s above it", row, says, phrase.Plural(all-r.since, "row stands",
				"rows stand")))
		}
	}
	for i := len(r.rejects) - n; i < len(r.rejects); i++ {
		reject, err := r.rejectAt(i)
		if err != nil {
			return err
		}
		s.asides = append(s.asides, aside{reject.Source.Row, footerRow, table.Shown(reject.Cells, s.Comma)})
		if footer.Total(reject.Cells) {
			tell(reject.Source.Row, footer.Number(reject.Cells))
		}
	}
	for _, c := range r.counts {
		if c.row > r.follows {
			tell(c.row, c.says)
		}
	}
	r.counts = r.counts[:0]
	r.rejects = r.rejects[:len(r.rejects)-n]
	return nil
}

// stated is what a row that a pattern takes for a footer says of how many rows
// there are.
type stated struct{ row, says int }

// isAside says whether a row stands beside the table.
func (s *source) isAside(row int) bool {
	return slices.ContainsFunc(s.asides, func(a aside) bool { return a.row == row })
}

// noticeAsides names the rows that are none.
func (r *Roster) noticeAsides(s *source) {
	slices.SortStableFunc(s.asides, func(a, b aside) int { return a.row - b.row })
	for _, k := range []struct {
		kind      asideKind
		code      notice.Code
		one, many string
	}{
		{aboveHeader, notice.LinesAboveHeader, "row stands above the header and is left alone", "rows stand above the header and are left alone"},
		{repeatedHeader, notice.RepeatedHeader, "row is the header again and is left alone", "rows are the header again and are left alone"},
		{ruleLine, notice.RuleLine, "row is a line drawn below the header and is left alone",
			"rows are lines drawn below a header and are left alone"},
		{footerRow, notice.Footer, "row below the others is no person and is left alone",
			"rows below the others are no people and are left alone"},
	} {
		var names []string
		n := 0
		for _, a := range s.asides {
			if a.kind != k.kind {
				continue
			}
			n++
			switch {
			case n > mostAsides:
			case a.text == "":
				names = append(names, strconv.Itoa(a.row))
			default:
				names = append(names, fmt.Sprintf("%d %q", a.row, a.text))
			}
		}
		if n > mostAsides {
			names = append(names, fmt.Sprintf("%d more", n-mostAsides))
		}
		if n > 0 {
			r.notice(k.code, n, "%s: %s: %s", s.Name(), phrase.Plural(n, k.one, k.many), phrase.And(names))
		}
	}
	if n := len(s.counted); n > 0 {
		r.notice(notice.FooterCount, n, "%s: %s; look whether the export is whole", s.Name(), someOf(s.counted))
	}
	if seen := s.sights[patternedPeople]; seen.n > 0 {
		r.notice(notice.FooterPerson, seen.n, "%s: %s a footer pattern, and %s like a person, as row %d does (%q); it is read like any other; "+
			"make the pattern narrower", s.Name(), phrase.Plural(seen.n, "row matches", "rows match"), phrase.Form(seen.n, "reads",
			"read"), seen.row, seen.text)
	}
}

// noticeEncoding tells what was taken without being said.
func (r *Roster) noticeEncoding(s *source) {
	d := s.Decoder
	switch {
	case d.Marked != "":
		r.notice(notice.Encoding, 0, "%s: read as %s, whose mark it begins with, and not as --encoding says", s.Name(), d.Marked)
	case d.Found:
		r.notice(notice.Encoding, 0, "%s: read as %s, which its bytes show; if it is another, say which with --encoding", s.Name(),
			s.Encoding())
	}
}
