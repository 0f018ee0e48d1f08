package importer

import (
	"context"
	"slices"
	"strings"
	"time"

	"cometsync/importer/charset"
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
	l := &look{match: match}
	opt.look = l
	r, err := Read(ctx, sources, opt)
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // nothing was written
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
		for _, f := range l.found {
			if f.source != s {
				continue
			}
			row, err := r.looked(f, l.groups)
			if err != nil {
				return nil, err
			}
			out.Rows = append(out.Rows, row)
		}
	}
	if err := r.intake.Rejects.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

// look follows rows through a reading.
type look struct {
	match  func(src user.Source, uid string) bool
	found  []found
	groups map[int][]store.Entry // by entry: rows that share a uid
}

// found is a row that matched.
type found struct {
	source *source
	entry  store.Entry
	uid    string
	blank  bool
}

// seen is a row of a batch, for a look.
type seen struct {
	uid, written string
	before       string // the uid that --rekey replaced
	blank        bool
}

// collect takes the rows of a batch that match.
func (l *look) collect(r *Roster, s *source, b *batch) {
	n := 0 // rows that are not blank so far
	for line, row := range b.seen {
		src := s.Place(r.line + line)
		if row.blank && s.rows != nil && !s.rows[src.Row] {
			continue // another part of the file has it
		}
		f := found{source: s, entry: store.Entry{Row: uint32(src.Row)}, uid: row.uid, blank: row.blank}
		if !row.blank {
			of := &b.rows[n]
			n++
			f.entry.Place = b.place + int64(of.at)
			if of.reject > 0 {
				f.entry.Flags = store.Rejected
				f.uid = b.rejects[of.reject-1].UID
			}
		}
		if l.match(src, f.uid) || row.written != f.uid && l.match(src, row.written) || row.before != "" && row.before != row.written &&
			l.match(src, row.before) {
			l.found = append(l.found, f)
		}
	}
}

// see notes the scanner's record for a look.
func (w *worker) see(blank bool) {
	row := seen{blank: blank}
	if cell, ok := w.UIDCell(w.Scan.Cells); ok && !blank {
		row.before = strings.Clone(w.Rules.Before(w.UID, cell))
		cell, _ = user.Undefuse(cell)
		row.written = strings.Clone(user.FoldUID(strings.ToValidUTF8(cell, "\uFFFD")))
	}
	w.seen = append(w.seen, row)
}

// looked tells what became of a row.
func (r *Roster) looked(f found, groups map[int][]store.Entry) (trace.Looked, error) {
	out := trace.Looked{Source: f.source.Place(int(f.entry.Row)), UID: f.uid, Fate: trace.FateUsed}
	switch {
	case f.source.isSkipped(out.Source.Row):
		out.Fate = trace.FateAside
		return out, nil
	case f.blank:
		out.Fate = trace.FateBlank
		return out, nil
	}
	cells, err := r.record(f.source, f.entry.Place)
	if err != nil {
		return out, err
	}
	for i, g := range groups {
		if !slices.ContainsFunc(g, func(e store.Entry) bool { return e.Place == f.entry.Place }) {
			continue
		}
		if err := r.share(&out, f, g, r.index.At(i)); err != nil {
			return out, err
		}
		break
	}
	if winner, ok := r.superseded[out.Source]; ok {
		out.Fate, out.Winner = trace.FateMended, winner.by
		if winner.drops {
			out.Fate = trace.FateDropped
		} else if f.source.rows != nil {
			out.Fate = trace.FateDuplicate // it stands for the other, which is still a reject
		}
	}
	unread := false
	if x := r.intake.Rejects.Find(func(x user.Reject) bool { return x.Source == out.Source }); x != nil {
		out.Fate, out.Reject, out.Winner = trace.FateRejected, x, user.Source{}
		if out.Reject.UID != "" {
			out.UID = out.Reject.UID // of a row that was corrected, and still can't be used
		}
		unread = f.source.Shifted(out.Reject.Defects[:1])
	}
	for i := range f.source.Header.Columns {
		looked := r.cell(f.source, i, cells, unread)
		if out.Reject != nil && slices.ContainsFunc(out.Reject.Defects, func(d user.Defect) bool {
			return d.Column == looked.Header && (d.Code == user.CellFailed || d.Code == user.DecodedTwice || d.Code == user.UIDNumeric)
		}) {
			looked.Reading, looked.Value, looked.Repairs = trace.ReadUnusable, "", nil
		}
		out.Cells = append(out.Cells, looked)
	}
	return out, nil
}

// share says what became of a row among those with its uid. head is the entry
// that Read left for them.
func (r *Roster) share(out *trace.Looked, f found, rows []store.Entry, head *store.Entry) error {
	for _, e := range rows {
		if e.Place != f.entry.Place {
			out.Shares = append(out.Shares, r.placeOf(e))
		}
	}
	if head.Place == f.entry.Place || f.entry.Flags&store.Rejected != 0 {
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
	own := rows[slices.IndexFunc(rows, func(e store.Entry) bool { return e.Place == f.entry.Place })]
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
	rules, column, half := r.rules, *c, false
	if c.Part != user.Whole {
		// What an empty part means, the other part says.
		rules.EmptyClears, column.Part = false, user.Whole
		if !user.Empty(text) {
			row, _ := r.rules.Row(s.Header.Columns, s.AsRead(cells), &user.Repairs{})
			half = row.HalfName
		}
	}
	var rep user.Repairs
	if to, ok := charset.Mend(text); ok && s.Mapping.FixMojibake {
		text = to
		rep.Mended++
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
	for _, k := range repairKinds(&rep, rules.Rewrite) {
		out.Repairs = append(out.Repairs, k.what)
	}
	repaired := func(what string) { out.Repairs = append(out.Repairs, what) }
	if rep.Rekeyed > 0 {
		repaired("re-keyed from " + r.rules.Before([]user.Column{column}, text))
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
