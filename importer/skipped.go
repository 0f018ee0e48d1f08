package importer

import (
	"fmt"
	"slices"
	"strconv"

	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/record"
	"cometsync/importer/table"
	"cometsync/internal/notice"
	"cometsync/internal/phrase"
)

// Rows beside the table are not people, and no rows that are
// counted: lines above the header, the header again where exports were put
// together, the line that is drawn below it in tables for people to read, and
// what a report writes below its last row. Each is named in a notice.
//
// Nobody may be lost in this way. A header counts only if it is the same
// letter by letter. A line below the rows counts only where nothing but such
// lines follows, to the end or to the next header; where its uid can't be one;
// where no text is in a column that says who somebody is, since people are
// called Run, Suma and Fin; and where all that it says is that it is a sum or an
// end. If its uid could be one, it is a reject, and whoever has the uid is held.

// skipKind is why a row is none of the table's.
type skipKind uint8

const (
	noSkip skipKind = iota
	blankRow
	aboveHeader
	repeatedHeader
	ruleLine
	footerRow
	instruction // of corrections: it takes another row out
)

// skippedRow is such a row.
type skippedRow struct {
	row  int // within the batch, while it is on its way
	kind skipKind
	text string
	says int // of a footer by a pattern: how many rows there are; -1: nothing
}

const mostSkipped = 50

// skips is why the scanner's record is none of the table's rows; below says that it
// comes right after the header.
func (w *worker) skips(r *row, below bool) skipKind {
	blank := false
	if !w.Marked {
		blank = delimited.Blank(w.Scan.Cells) && !(r.unended && w.Begun())
		switch {
		case blank:
			return blankRow
		case w.Repeats(w.Scan.Cells):
			return repeatedHeader
		case below && !w.Lines && footer.Rule(w.Scan.Cells):
			return ruleLine
		}
	}
	if w.Mapping.Patterns == nil || r.unended && w.cut {
		return noSkip
	}
	p, person := w.Patterned()
	switch {
	case p == nil:
		return noSkip
	case person:
		w.batch.sights[patternedPeople].show(int(r.line), p.Written)
		w.batch.sights[patternedPeople].n++
		return noSkip
	}
	return footerRow
}

// trailer is the last rows of the source so far, which may be footers: they are
// rejects until it shows that nothing but such rows follows.
type trailer struct {
	rows      int          // how many there are: the last of the rejects
	lastRow   int          // the number of the last row that can't be one
	rowsAbove int          // how many rows are above the header that the last rows have
	stated    []skippedRow // footers by a pattern
}

// trails reports whether a row may be one of those.
func (r *Roster) trails(s *source, k record.FooterKind) bool {
	above := s.File.Rows - r.trailer.rows
	return k < record.NoFooter || k > 0 && (int(k) == above || int(k) == above-r.trailer.rowsAbove)
}

// settleTrailer makes footers of the rows that were the last.
func (r *Roster) settleTrailer(s *source) error {
	t := &r.trailer
	if n := t.rows; n <= footer.Most {
		s.File.Rows -= n
		r.intake.Rows -= n
		tell := func(row, says int) {
			if above := s.File.Rows - t.rowsAbove; says >= 0 && says != s.File.Rows && says != above {
				s.counted = append(s.counted, fmt.Sprintf("row %d says %d, and %s above it", row, says, phrase.Counted(above, "row "+
					"is", "rows are")))
			}
		}
		first := len(r.rejects) - n
		for _, p := range r.rejects[first:] {
			x, err := r.book.Get(p.at)
			if err != nil {
				return err
			}
			if x.UID != "" {
				r.takeOut(r.indexOf(x.UID, p.place), p.place)
			}
			s.skipped = append(s.skipped, skippedRow{x.Source.Row, footerRow, table.Shown(x.Cells, s.Comma), -1})
			if footer.Total(x.Cells) {
				tell(x.Source.Row, footer.Number(x.Cells))
			}
		}
		r.rejects = r.rejects[:first]
		for _, c := range t.stated {
			if c.row > t.lastRow {
				tell(c.row, c.says)
			}
		}
	}
	t.rows, t.stated = 0, nil
	return nil
}

// skip takes up a row that is none. A header that comes again is
// below the end of a table.
func (r *Roster) skip(s *source, k skippedRow) (err error) {
	k.row += r.line
	if k.kind == footerRow { // it may be anywhere
		r.trailer.stated = append(r.trailer.stated, k)
	} else {
		err = r.settleTrailer(s)
	}
	if k.kind == repeatedHeader {
		r.trailer.rowsAbove = s.File.Rows
	}
	s.skipped = append(s.skipped, k)
	return err
}

func (s *source) above(t columns.Table) {
	for _, l := range t.Above {
		s.skipped = append(s.skipped, skippedRow{l.Row, aboveHeader, table.Shown(l.Cells, t.Comma), -1})
	}
}

var skipNotices = []struct {
	kind      skipKind
	code      notice.Code
	one, many string
}{
	{aboveHeader, notice.LinesAboveHeader, "row above the header was skipped", "rows above the header were skipped"},
	{repeatedHeader, notice.RepeatedHeader, "row is the header again and was skipped", "rows are the header again and were skipped"},
	{ruleLine, notice.RuleLine, "row is a line drawn below the header and was skipped",
		"rows are lines drawn below a header and were skipped"},
	{footerRow, notice.Footer, "footer row was skipped", "footer rows were skipped"},
}

func (r *Roster) noticeSkipped(s *source) {
	slices.SortStableFunc(s.skipped, func(a, b skippedRow) int { return a.row - b.row })
	for _, k := range skipNotices {
		var names []string
		for _, row := range s.skipped {
			switch {
			case row.kind != k.kind:
			case row.text == "":
				names = append(names, strconv.Itoa(row.row))
			default:
				names = append(names, fmt.Sprintf("%d %q", row.row, row.text))
			}
		}
		n := len(names)
		if n > mostSkipped {
			names = append(names[:mostSkipped], phrase.Sprintf("%d more", n-mostSkipped))
		}
		if n > 0 {
			r.notice(k.code, n, "%s: %s: %s", s.Name(), phrase.Counted(n, k.one, k.many), phrase.And(names))
		}
	}
	if n := len(s.counted); n > 0 {
		r.notice(notice.FooterCount, n, "%s: %s; look whether the export is whole", s.Name(), phrase.Some(s.counted, 5))
	}
}
