package importer

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/user"
)

// Rejects that somebody has mended come back as a source of their own, whose
// columns _file and _row say which rows of the other sources they are. Each is
// read as that source's rows are, under its settings, and is then that row: the
// one that stands there counts no more.
//
// A place is only a number. Sources are exported again, and then the number is
// somebody else's, whom replacing the row would leave without one: a reject
// holds its user, and a user is what keeps from being deactivated. So a row is
// replaced only by one that shows that it is the same, see isRow. Any other
// stays what it is, and the mended row is a row of its own.
//
// Of a row that is mended and still can't be used, there is one reject, at its
// own place: with what is wrong now, and with everybody whom it held before. A
// row that nobody has touched stays the reject that it was, even if it could
// be used as it stands now: what was cut off in its source is a whole row here.

// fixing is what became of a mended row.
type fixing uint8

const (
	mendsNothing fixing = iota
	mends
	stillBroken
)

// mendedRow is a row of mended rejects, as it was read.
type mendedRow struct {
	source *source
	entry  entry
	reject int // its place in Roster.rejects; -1 if it can be used
	of     user.Source
}

// mendGrids reads the mended rejects, once all other sources are read.
func (r *Roster) mendGrids(ctx context.Context) error {
	for _, t := range r.grids {
		if err := r.mendGrid(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

// part is the rows of a grid that are read in one way.
type gridPart struct {
	of      *source // the source that the rows name; nil: none of this run
	file    string
	rows    []record
	targets map[int]int // the row of the source that a row is
}

func (r *Roster) mendGrid(ctx context.Context, t *grid) error {
	var parts []*gridPart
	var broken []record
	part := func(of *source, file string) *gridPart {
		for _, p := range parts {
			if p.of == of && (of != nil || p.file == file) {
				return p
			}
		}
		p := &gridPart{of: of, file: file, targets: map[int]int{}}
		parts = append(parts, p)
		return p
	}
	fileAt, rowAt := t.column("_file"), t.column("_row")
	known := slices.ContainsFunc(t.rows, func(rec record) bool { return r.named(rec.cell(fileAt)) != nil })
	for _, rec := range t.rows {
		if rec.broken != "" {
			broken = append(broken, rec)
			continue
		}
		file := rec.cell(fileAt)
		of := r.named(file)
		if !known {
			file = "" // a roster like any other
		}
		p := part(of, file)
		p.rows = append(p.rows, rec)
		if n, err := strconv.Atoi(rec.cell(rowAt)); err == nil {
			p.targets[rec.row] = n
		}
	}
	if len(parts) == 0 {
		part(nil, "")
	}
	for i, p := range parts {
		s, at, err := r.partSource(t, p, known)
		if err != nil {
			return err
		}
		if err := r.readPart(ctx, t, s, p.rows, at, i == 0); err != nil {
			return err
		}
		if p.of == nil {
			r.noticeSource(s)
		} else {
			r.noticeLacks(s)
			r.noticeRows(s)
		}
	}
	if len(broken) > 0 {
		// Nobody can say what their cells are, and whose rows they mend.
		s := t.part(&header{names: t.names, columns: make([]user.Column, len(t.names)), uid: len(t.names)})
		for i, name := range t.names {
			s.header.columns[i].Header = name
		}
		s.header.columns = append(s.header.columns, user.Column{Header: "uid", Field: user.UID})
		s.header.shape = &shaping{own: len(t.names), virtual: []virtual{{}}} // it has no uid
		s.uid = s.header.columns[len(t.names):]
		if err := r.readPart(ctx, t, s, broken, nil, false); err != nil {
			return err
		}
	}
	return nil
}

// takeMended notes a row that says which row of another source it is.
func (r *Roster) takeMended(s *source, e entry, reject int) {
	if s.mends != nil {
		r.mended = append(r.mended, mendedRow{s, e, reject, s.mends.place(s.targets[int(e.row)])})
	}
}

// named is the source of this run that a row of mended rejects names; nil is
// none.
func (r *Roster) named(file string) *source {
	if file == "" {
		return nil
	}
	for _, same := range []func(s *source) bool{
		func(s *source) bool { return r.where(s) == file },
		func(s *source) bool { return s.file.Path == file },
		func(s *source) bool { return filepath.Clean(s.file.Path) == filepath.Clean(filepath.FromSlash(file)) },
	} {
		for _, s := range r.sources {
			if s.rows == nil && same(s) {
				return s
			}
		}
	}
	return nil
}

// part is a source of some of the grid's rows.
func (t *grid) part(h *header) *source {
	s := &source{file: t.source.file, settings: t.source.settings, mapping: t.source.mapping, header: h, comma: t.comma, sheet: t.source.sheet, lines: true}
	s.file.Rows = 0
	s.rows = map[int]bool{}
	return s
}

// partSource makes a source of the rows that name one source, and says in
// which of the grid's columns its columns stand.
func (r *Roster) partSource(t *grid, p *gridPart, known bool) (*source, []int, error) {
	if p.of == nil {
		return r.strangers(t, p, known)
	}
	h, at := p.of.header, t.columns(p.of.header.names)
	var absent []int
	if slices.Contains(at, -1) {
		// A column that was taken out says nothing, and clears nothing.
		own := *h
		own.columns = slices.Clone(h.columns)
		for i, from := range at {
			if from < 0 {
				absent = append(absent, i)
				if i != h.uid {
					own.columns[i].Field = user.NoField
				}
			}
		}
		h = &own
	}
	s := t.part(h)
	s.settings, s.mapping, s.uid = p.of.settings, p.of.mapping, p.of.uid
	s.mends, s.targets, s.absent = p.of, p.targets, absent
	if h.shape != nil {
		s.lacks = make([]lack, len(h.shape.reads))
	}
	return s, at, nil
}

// meetUIDs has the mappings of a run know what means the uid to any of them.
func (ms *mappings) meetUIDs(paths []string) error {
	uids := map[string]bool{}
	for _, path := range paths {
		_, m, err := ms.source(path)
		if err != nil {
			return err
		}
		m.uids = uids
		for _, h := range m.keys {
			if t, _ := m.listed(h); t.field == user.UID {
				uids[fold(h)] = true
			}
		}
	}
	return nil
}

// columns says in which of a grid's columns others stand: those of one
// source are put together with others' by their names, see report.
func (t *grid) columns(names []string) []int {
	seen := map[string]int{}
	at := make([]int, len(names))
	for i, name := range names {
		at[i] = -1
		folded := fold(name)
		nth := 0
		for j, n := range t.names {
			if fold(n) != folded || reportColumns[placeName(n)] {
				continue
			}
			if nth == seen[folded] {
				at[i] = j
				break
			}
			nth++
		}
		seen[folded]++
	}
	return at
}

// strangers makes a source of rows that name no source of this run: they are
// read as the file itself would be. Beside other rows they have the columns in
// which one of them has text: the others are not theirs.
func (r *Roster) strangers(t *grid, p *gridPart, known bool) (*source, []int, error) {
	var names []string
	var at []int
	for i, name := range t.names {
		if !known || slices.ContainsFunc(p.rows, func(rec record) bool { return rec.cell(i) != "" }) {
			names, at = append(names, name), append(at, i)
		}
	}
	for i, name := range t.names {
		if !t.m.holdsUID(names) && t.m.holdsUID(append(slices.Clone(names), name)) {
			names, at = append(names, name), append(at, i) // none of them has one
		}
	}
	text := string(t.render(p.rows, at))
	h, err := t.m.resolve(names, r.layout, func(column int) bool { return holdsPresence(text, t.comma, column) })
	if err == nil && !t.source.sheet {
		err = t.m.named(h)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", r.where(t.source), err)
	}
	s := t.part(h)
	s.uid = h.columns[h.uid : h.uid+1]
	if h.shape != nil {
		s.lacks = make([]lack, len(h.shape.reads))
	}
	return s, at, nil
}

// readPart reads rows of a grid. The first part has the header and the rows
// without text as well.
func (r *Roster) readPart(ctx context.Context, t *grid, s *source, rows []record, at []int, first bool) error {
	for _, rec := range rows {
		s.rows[rec.row] = true
	}
	if first {
		s.headerRow = t.header
		for _, row := range t.blanks {
			s.rows[row] = true
		}
	}
	r.line, r.tail = 1, 0
	c := &chunker{in: bytes.NewReader(t.render(rows, at))}
	if err := r.body(ctx, s, c); err != nil {
		return err
	}
	if err := c.fault(s.file.Path); err != nil {
		return err
	}
	s.blanks, s.last = 0, t.last
	if first {
		s.blanks = len(t.blanks)
	}
	r.intake.Files[t.file].Rows += s.file.Rows
	return nil
}

// mend has mended rows stand for the rows that they mend.
func (r *Roster) mend() error {
	if len(r.mended) == 0 {
		return nil
	}
	r.gaveWay = map[user.Source]user.Source{}
	rejects := map[user.Source]int{}
	for i := range r.rejects {
		rejects[r.rejects[i].reject.Source] = i
	}
	tallies := map[string]*mendTally{}
	var order []*mendTally
	for i := range r.mended {
		m := &r.mended[i]
		what, err := r.mendRow(m, rejects)
		if err != nil {
			return err
		}
		where := r.where(m.source)
		t := tallies[where]
		if t == nil {
			t = &mendTally{where: where}
			tallies[where] = t
			order = append(order, t)
		}
		t.n[what]++
		if what == mendsNothing && len(t.names) < mostAsides {
			name := fmt.Sprintf("row %d", m.entry.row)
			if m.of.Row > 0 {
				name = fmt.Sprintf("row %d (%s)", m.entry.row, m.of)
			}
			t.names = append(t.names, name)
		}
	}
	r.rejects = slices.DeleteFunc(r.rejects, func(p placed) bool { return p.gone })
	for _, t := range order {
		r.noticeMended(t)
	}
	return nil
}

// mendTally counts the rows of one file of mended rejects.
type mendTally struct {
	where string
	n     [stillBroken + 1]int
	names []string // of rows that mend nothing
}

func (r *Roster) noticeMended(t *mendTally) {
	if n := t.n[mends]; n > 0 {
		r.notice("mended", n, "%s of %s", plural(n, "row", "rows"), t.where+plural2(n, " replaces the row that it mends", " replace the rows that they mend"))
	}
	if n := t.n[stillBroken]; n > 0 {
		r.notice("mended-broken", n, "%s of %s", plural(n, "row", "rows"), t.where+plural2(n, " still can't be used: the row that it stands for stays a reject", " still can't be used: the rows that they stand for stay rejects"))
	}
	if n := t.n[mendsNothing]; n > 0 {
		if n > len(t.names) {
			t.names = append(t.names, fmt.Sprintf("%d more", n-len(t.names)))
		}
		r.notice("mended-nothing", n, "%s of %s: %s; if the sources were exported again, take the rows out, or mend the new rejects", plural(n, "row", "rows"),
			t.where+plural2(n, " mends nothing, since the row that it names is another now or none, and counts as a row of its own", " mend nothing, since the rows that they name are others now or none, and count as rows of their own"), sentenceList(t.names))
	}
}

// plural2 is the form of a number.
func plural2(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// mendRow has one mended row stand for the row that it mends, if it does.
func (r *Roster) mendRow(m *mendedRow, rejects map[user.Source]int) (fixing, error) {
	here := m.source.place(int(m.entry.row))
	if _, done := r.gaveWay[m.of]; done || m.of.Row == 0 {
		return mendsNothing, nil
	}
	uid, cells := "", []string(nil)
	var err error
	if m.reject >= 0 {
		x := &r.rejects[m.reject].reject
		uid, cells = x.UID, x.Cells
	} else if uid, err = r.uidAt(m.entry.place); err == nil {
		cells, err = r.record(m.source, m.entry.place)
	}
	if err != nil {
		return mendsNothing, err
	}
	at, isReject := rejects[m.of]
	if isReject && untouched(&r.rejects[at].reject, m.source, cells) {
		// It may read well now: what was broken in its file is text here. That
		// is nobody's decision.
		r.gaveWay[here] = m.of
		r.intake.Duplicates++
		if m.reject >= 0 {
			r.rejects[m.reject].gone = true
		} else {
			r.intake.Users--
		}
		r.leave(uid, m.entry.place)
		return stillBroken, nil
	}
	if isReject && !r.isRow(&r.rejects[at].reject, m.source, uid, cells) {
		return mendsNothing, nil
	}
	group, member := -1, -1
	if !isReject {
		// A row that could be used, and was a reject against the app: it is
		// the row if it has the uid.
		if group, member = r.among(uid, m.of, m.source.mends); member < 0 {
			return mendsNothing, nil
		}
	}
	r.intake.Duplicates++
	if m.reject < 0 {
		r.gaveWay[m.of] = here
		if isReject {
			r.rejects[at].gone = true
			r.leave(r.rejects[at].reject.UID, r.rejects[at].place)
		} else {
			r.intake.Users--
			r.leave(uid, r.groups[group].rows[member].place)
		}
		return mends, nil
	}
	r.gaveWay[here] = m.of
	reject := r.rejects[m.reject].reject
	reject.Source = m.of
	reject.Header, reject.Cells = m.source.header.names, cells
	for i := range reject.Defects {
		reject.Defects[i].Message += fmt.Sprintf(" (as %s has it)", here)
	}
	r.rejects[m.reject].gone = true
	if isReject {
		old := &r.rejects[at].reject
		if reject.UID == "" {
			reject.UID = old.UID
		}
		if old.UID != "" {
			reject.Claim(user.Claim{Because: user.SameUID, Value: old.UID})
			r.leave(uid, m.entry.place)
		}
		reject.Claim(old.Claims...)
		r.rejects[at].reject = reject
		return stillBroken, nil
	}
	r.intake.Users--
	row := &r.groups[group].rows[member]
	row.flags |= rejected
	r.rejects = append(r.rejects, placed{place: row.place, reject: reject})
	r.leave(uid, m.entry.place)
	return stillBroken, nil
}

// among finds the row at a place among those with a uid: the group's entry,
// and which of its rows it is.
func (r *Roster) among(uid string, at user.Source, s *source) (group, member int) {
	if uid == "" {
		return -1, -1
	}
	p := r.index.probe(r.hash(uid))
	for {
		i, ok := r.index.next(&p)
		if !ok {
			return -1, -1
		}
		if g := r.groups[i]; g != nil {
			for j, e := range g.rows {
				if e.flags&rejected == 0 && int(e.row) == at.Row && r.sourceAt(e.place) == s {
					return i, j
				}
			}
		}
	}
}

// leave takes a row out of those that share its uid; one that is alone is
// nobody's from then on.
func (r *Roster) leave(uid string, place int64) {
	if uid == "" {
		return
	}
	p := r.index.probe(r.hash(uid))
	for {
		i, ok := r.index.next(&p)
		if !ok {
			return
		}
		g := r.groups[i]
		if g == nil {
			if e := r.index.at(i); e.place == place {
				e.flags |= rejected
				return
			}
			continue
		}
		n := len(g.rows)
		g.rows = slices.DeleteFunc(g.rows, func(e entry) bool { return e.place == place })
		if len(g.rows) == n {
			continue
		}
		head := r.index.at(i)
		sharesHash := head.flags & shared
		*head = g.rows[0]
		head.flags |= sharesHash
		if len(g.rows) == 1 {
			delete(r.groups, i)
		}
		return
	}
}

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
	moved := shifted(old.Defects)
	for _, c := range old.Claims {
		same := false
		switch c.Because {
		case user.SameUID, user.SameSlug:
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
		same := sameCell
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
		if !sameCell(a, b) {
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

// sameCell says whether a cell is what a spreadsheet may have made of another:
// numbers have lost zeros, and dates have another order.
func sameCell(a, b string) bool {
	a, _ = user.Undefuse(a)
	b, _ = user.Undefuse(b)
	if a, b = user.FoldKey(a), user.FoldKey(b); a == b {
		return true
	}
	x, words := numbersOf(a)
	y, others := numbersOf(b)
	return len(x) > 0 && slices.Equal(x, y) && words == others
}

// numbersOf is the numbers in a text, in order of size, and its letters.
func numbersOf(text string) (numbers []string, letters string) {
	digits := func(c rune) bool { return c >= '0' && c <= '9' }
	for _, n := range strings.FieldsFunc(text, func(c rune) bool { return !digits(c) }) {
		numbers = append(numbers, user.SameDigits(n))
	}
	slices.Sort(numbers)
	return numbers, strings.Map(func(c rune) rune {
		if digits(c) || strings.ContainsRune(" .,:/-+", c) {
			return -1
		}
		return c
	}, text)
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
		if slices.ContainsFunc(cells, func(c string) bool { return strings.Contains(user.FoldKey(c), cell) }) {
			found++
		}
	}
	return all > 1 && 4*found >= 3*all
}
