package importer

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"cometsync/importer/charset"
	"cometsync/importer/delimited"
	"cometsync/importer/store"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

// Looking is what Look found.
type Looking struct {
	Rows   []trace.Looked // in the order of the sources
	Intake *user.Intake   // of the sources as they are now; its rejects can't be read any more
	Last   []user.Source  // the last row of each source that was read
}

// Look reads sources again, as Read does and by nothing but Read, and tells
// what became of the rows that match: whatever would tell it otherwise could
// tell another story than the run's. A row is asked for by its place and the
// uid that is read from it, and once more by what is in the uid's cell,
// put in lower case, where that is another text.
func Look(ctx context.Context, sources []string, opt Options, match func(src user.Source, uid string) bool) (*Looking, error) {
	opt.look = true
	r, err := Read(ctx, sources, opt)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
	return r.looking(match)
}

// looking is what Look tells of a roster that keeps its groups.
func (r *Roster) looking(match func(src user.Source, uid string) bool) (*Looking, error) {
	out := &Looking{Intake: r.Intake()}
	for _, s := range r.sources {
		out.Last = append(out.Last, s.Place(s.last))
		for _, a := range s.skipped {
			if src := s.Place(a.row); a.kind == aboveHeader && match(src, "") {
				out.Rows = append(out.Rows, trace.Looked{Source: src, Fate: trace.FateAside})
			}
		}
		if src := s.Place(s.HeaderRow); s.HeaderRow > 0 && match(src, "") {
			header := trace.Looked{Source: src, Fate: trace.FateHeader}
			for i := range s.Header.Columns {
				header.Cells = append(header.Cells, s.headed(i))
			}
			out.Rows = append(out.Rows, header)
		}
		if err := r.lookAt(s, match, out); err != nil {
			return nil, err
		}
	}
	if err := r.intake.Rejects.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// lookAt looks at a source's rows, as the spool has them.
func (r *Roster) lookAt(s *source, match func(src user.Source, uid string) bool, out *Looking) error {
	c := delimited.NewChunker(io.NewSectionReader(r.spool, s.base, s.end-s.base), false)
	scan := delimited.Scanner{Comma: s.Comma}
	place, row := s.base, s.HeaderRow
	if s.rows != nil { // it has its own numbers
		row = 0
	}
	skipped := map[int]bool{}
	for _, k := range s.skipped {
		skipped[k.row] = true
	}
	for last := false; !last; {
		var piece []byte
		piece, last = c.Next(s.Comma)
		text := string(piece)
		for at := 0; at < len(text); {
			looked := trace.Looked{Fate: trace.FateUsed}
			start := place + int64(at)
			at = scan.Next(text, at)
			row++
			s.Unmark(scan.Cells)
			switch looked.Source = s.Place(row); {
			case skipped[row]:
				looked.Fate = trace.FateAside
			case delimited.Blank(scan.Cells):
				looked.Fate = trace.FateBlank
			}
			if looked.Fate == trace.FateBlank && s.rows != nil && !s.rows[row] {
				continue // another part of the file has it
			}
			if !r.asked(s, &looked, scan.Cells, match) {
				continue
			}
			if err := r.looked(s, &looked, start, scan.Cells); err != nil {
				return err
			}
			out.Rows = append(out.Rows, looked)
		}
		place += int64(len(piece))
		c.Skip(len(piece))
	}
	if c.Err != nil && c.Err != io.EOF {
		return c.Err
	}
	return nil
}

// asked reports whether a row matches, by its place or one of its uids.
func (r *Roster) asked(s *source, out *trace.Looked, cells []string, match func(src user.Source, uid string) bool) bool {
	if out.Fate != trace.FateUsed {
		return match(out.Source, "")
	}
	out.UID = r.uidOf(s, cells)
	cell, _ := s.UIDCell(cells)
	before := r.opt.Rules.Before(s.UID, cell) // what --rekey replaced
	cell, _ = user.Undefuse(cell)
	written := user.FoldUID(strings.ToValidUTF8(cell, "\uFFFD"))
	return match(out.Source, out.UID) || written != out.UID && match(out.Source, written) ||
		before != "" && before != written && match(out.Source, before)
}

// looked tells what became of a row that begins at a place in the spool.
func (r *Roster) looked(s *source, out *trace.Looked, place int64, cells []string) error {
	x := r.intake.Rejects.Find(func(x user.Reject) bool { return x.Source == out.Source })
	if out.Fate == trace.FateAside || out.Fate == trace.FateBlank && x == nil {
		return nil
	}
	for i, g := range r.groups {
		if !slices.ContainsFunc(g, func(e store.Entry) bool { return e.Place == place }) {
			continue
		}
		if err := r.share(out, place, g, r.index.At(i)); err != nil {
			return err
		}
		break
	}
	if winner, ok := r.superseded[out.Source]; ok {
		out.Fate, out.Winner = trace.FateMended, winner.by
		if winner.drops {
			out.Fate = trace.FateDropped
		} else if s.rows != nil {
			out.Fate = trace.FateUnmended
		}
	}
	unread := false
	if x != nil {
		out.Fate, out.Reject, out.Winner, out.UID = trace.FateRejected, x, user.Source{}, x.UID
		unread = s.Shifted(x.Defects[:1])
	}
	for i := range s.Header.Columns {
		looked := r.cell(s, i, cells, unread)
		if x != nil && slices.ContainsFunc(x.Defects, func(d user.Defect) bool {
			return d.Column == looked.Header && (d.Code == user.CellFailed || d.Code == user.DecodedTwice || d.Code == user.UIDNumeric)
		}) {
			looked.Reading, looked.Value, looked.Repairs = trace.ReadUnusable, "", nil
		}
		out.Cells = append(out.Cells, looked)
	}
	return nil
}

// share says what became of a row among those with its uid. head is the entry
// that Read left for them.
func (r *Roster) share(out *trace.Looked, place int64, rows []store.Entry, head *store.Entry) error {
	for _, e := range rows {
		if e.Place != place {
			out.Shares = append(out.Shares, r.placeOf(e))
		}
	}
	own := rows[slices.IndexFunc(rows, func(e store.Entry) bool { return e.Place == place })]
	if head.Place == place || own.Flags&store.Rejected != 0 {
		return nil
	}
	// If all of them are rejects, that overrules this.
	out.Fate = trace.FateReplaced
	won := rows[slices.IndexFunc(rows, func(e store.Entry) bool { return e.Place == head.Place })]
	out.Winner = r.placeOf(won)
	if won.Flags&store.Rejected != 0 {
		return nil
	}
	if r.merged[head.Place] != nil {
		out.Fate = trace.FateUnited
		return nil
	}
	alike, err := r.alike([]store.Entry{won, own})
	if alike {
		out.Fate = trace.FateDuplicate
	}
	return err
}

// headed is a column without a cell.
func (s *source) headed(column int) trace.LookedCell {
	out := trace.LookedCell{Header: s.Header.Label(column), Reading: trace.ReadNothing}
	switch c := s.Header.Columns[column]; {
	case c.Field != user.NoField:
		out.Field, out.Reading = canonicalName(c), trace.ReadValue
	case s.Header.Transform.Use(column).Field != user.NoField:
		out.Reading = trace.ReadJoined
	}
	return out
}

// cell tells what is made of one cell of a record, by reading a row that has
// no other.
func (r *Roster) cell(s *source, at int, cells []string, unread bool) trace.LookedCell {
	c := &s.Header.Columns[at]
	out := s.headed(at)
	text := ""
	switch {
	case at < len(s.Header.Names) && at < len(cells):
		text = cells[at]
	case at >= len(s.Header.Names) && !unread:
		text = s.Header.Transform.Extend(nil, cells)[at]
	}
	out.Text = strings.ToValidUTF8(text, "\uFFFD")
	out.Private = s.Header.Private(at) || c.Field == user.Metadata && strings.Contains(text, user.Private)
	switch {
	case out.Reading == trace.ReadNothing:
		if slices.Contains(s.Header.Secrets, at) {
			out.Text, out.Private = "", true
		}
		return out
	case unread:
		out.Reading = trace.ReadUnread
		return out
	case c.Field == user.NoField:
		return out
	}
	r.value(s, at, text, cells, &out)
	return out
}

// value tells what is read from a cell that has a field.
func (r *Roster) value(s *source, at int, text string, cells []string, out *trace.LookedCell) {
	c := &s.Header.Columns[at]
	rules, column, half := r.opt.Rules, *c, false
	if c.Part != user.Whole {
		// What an empty part means, the other part says.
		rules.EmptyClears, column.Part = false, user.Whole
		if !user.Empty(text) {
			row, _ := r.opt.Rules.Row(s.Header.Columns, s.AsRead(cells), &user.Repairs{})
			half = row.HalfName
		}
	}
	var rep user.Repairs
	if to, ok := charset.Mend(text); ok && s.Mapping.FixMojibake {
		text = to
		rep[user.Mended]++
	}
	transformed := ""
	if s.Header.Transform != nil {
		if read := s.AsRead(cells)[at]; read != text {
			text, transformed = read, c.Slot.Name()
		}
	}
	u, defects := rules.Row([]user.Column{column}, []string{text}, &rep)
	if slices.ContainsFunc(defects, func(d user.Defect) bool { return d.Column != "" || d.Code != user.UIDMissing }) {
		out.Reading = trace.ReadUnusable
		return
	}
	repaired := func(what string) { out.Repairs = append(out.Repairs, what) }
	for kind, what := range repairWords {
		if rep[kind] > 0 {
			repaired(what)
		}
	}
	if rep[user.Rewritten] > 0 {
		repaired("rewritten by " + rules.Rewrite.String())
	}
	if rep[user.Zoneless] > 0 {
		repaired("without a zone, read as UTC")
	}
	if rep[user.Rekeyed] > 0 {
		repaired("re-keyed from " + r.opt.Rules.Before([]user.Column{column}, text))
	}
	switch {
	case transformed == "":
	case user.Empty(out.Text):
		repaired("the text of empty cells, by defaults." + transformed)
	case s.Header.Transform.Negates(at) && !s.Header.Transform.Says(at, out.Text):
		repaired("read the other way round, since its column means the opposite of state")
	default:
		repaired("read as " + quoteShort(text) + ", by values." + transformed)
	}
	said, cleared := u.Has.Has(c.Field), u.Clear.Has(c.Field)
	switch c.Field {
	case user.Tags:
		out.Value = strings.Join(u.Tags, ", ")
		if written := user.TagTexts(text, c.Separator); len(u.Tags) < len(written) && !strings.HasPrefix(strings.TrimSpace(text), "[") {
			repaired("repeated and empty tags left out")
		}
	case user.State:
		if word := strings.ToLower(user.Text(text)); said {
			out.Value = u.State.String()
			if word != "active" && word != out.Value {
				repaired("read as " + out.Value)
			}
		}
	case user.Metadata:
		out.Value = u.Metadata
		if len(u.Keys) > 0 {
			said, cleared, out.Value = true, u.Keys[0].Clear, u.Keys[0].Text
		}
	case user.CreatedAt, user.LastActiveAt:
		if said {
			out.Value = time.Unix(u.Time(c.Field), 0).UTC().Format(time.RFC3339)
			if out.Value != strings.TrimSpace(text) {
				repaired("read as " + out.Value)
			}
		}
	default:
		out.Value = u.String(c.Field)
	}
	if half && said {
		repaired("half a name, which only somebody new is given: whom the app has already keeps theirs")
	}
	switch {
	case cleared:
		out.Reading, out.Value = trace.ReadClears, ""
	case !said:
		out.Reading, out.Value = trace.ReadKeeps, ""
	}
}

// Behind reports whether a place is after the end of its source, and where that
// source ends.
func (l *Looking) Behind(at user.Source) (last user.Source, behind bool) {
	for _, last := range l.Last {
		if last.File == at.File && last.Sheet == at.Sheet && at.Row > last.Row {
			return last, true
		}
	}
	return user.Source{}, false
}
