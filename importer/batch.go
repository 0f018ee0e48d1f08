package importer

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/sheet"
	"cometsync/importer/store"
	"cometsync/importer/table"
	"cometsync/internal/phrase"
	"cometsync/internal/user"
)

// batch is a chunk of a source's text on its way through the reader's hands:
// whole records, and what a worker made of them.
type batch struct {
	buf   []byte // used again for the next chunk: nothing may keep a part of text
	text  string // of buf
	place int64  // in the spool
	final bool   // the source has no more
	done  chan struct{}

	// Why the text of the final batch has no proper end.
	cut     bool // its archive has none
	endless bool // its last record is too long to be one

	encoding string // what the text was read as

	rows     []row
	rejects  []user.Reject // without their Source: the number of the first row is not known yet
	lines    int           // rows as a spreadsheet counts them, blank ones included
	blanks   int
	repairs  user.Repairs
	rewrites []rewritten // the first of them
	seen     []seen      // every row, blank ones included, for a look
	sights   sights
	asides   []aside            // headers that stand there again, and footers by a pattern
	counts   []int              // what those footers say of how many rows there are; -1: nothing
	lacks    []columns.Unmapped // of a shape
	ends     string             // what shows that the source ends early, in its last row
	cells    []byte             // of each row the hashes of its cells, blank ones included; none where nobody asked
}

// row is what a worker makes of one row.
type row struct {
	hash, print uint64
	masks       store.Masks
	at          uint32 // where it begins in the batch's text
	line        uint32 // its number within the batch
	reject      int32  // its place in rejects plus one; 0 is none
	state       user.Activity
	unended     bool // no line end stands behind it
	nobody      bool // its uid says that there is none
	footing     int32
}

// rewritten is a uid that --uid-rewrite made of another text.
type rewritten struct {
	from, to string
	line     int // within the batch
}

// mostRewrites is how many of them are named.
const mostRewrites = 20

func (b *batch) reset() {
	clear(b.rejects)
	*b = batch{buf: b.buf[:0], rows: b.rows[:0], rejects: b.rejects[:0], rewrites: b.rewrites[:0], seen: b.seen[:0], asides: b.asides[:0],
		cells: b.cells[:0]}
}

// hold copies a piece of text into the batch. The text is a view of the
// buffer: it does not change until reset, by when nothing refers to it, and a
// string of its own for every chunk would be most of what the reader
// allocates.
func (b *batch) hold(piece []byte) {
	b.buf = append(b.buf[:0], piece...)
	b.text = unsafe.String(unsafe.SliceData(b.buf), len(b.buf))
}

// worker takes batches apart. It is one goroutine's own.
type worker struct {
	rules   user.Rules
	layout  *user.Layout
	hash    func(uid string) uint64
	look    bool
	scan    delimited.Scanner
	marks   []sheet.Doubted // of the scanner's record
	tangles []sheet.Doubted // of its text that was decoded twice, or in part lost
	match   [][]string
	mended  []string
	shaped  []string
	printer *user.FingerprintCache // of the source
	print   user.Fingerprint
	user    user.User
}

func (w *worker) parse(s *source, b *batch) {
	w.scan.Comma = s.Comma
	// Of a sheet, zero bytes are marks.
	tangled, zeros := charset.Doubtful(b.text), s.File.Sheet == "" && strings.IndexByte(b.text, 0) >= 0
	below := b.place == s.base && s.rows == nil // the row is the one below the header
	for at := 0; at < len(b.text); {
		start := at
		at = w.scan.Next(b.text, at)
		line := b.lines
		b.lines++
		// The last record has no end of its own: fine if it is whole.
		unended := b.final && at == len(b.text) && (w.scan.Open || b.text[at-1] != '\n')
		halfEnd := unended && !b.cut && !w.scan.Open && s.CRLF && b.text[at-1] == '\r'
		if halfEnd {
			b.ends = "of its line end only the first half is there"
		}
		marks := s.Unmark(w.scan.Cells)
		w.marks, w.tangles = marks, w.tangles[:0]
		isBlank, again := len(marks) == 0 && delimited.Blank(w.scan.Cells), len(marks) == 0 && s.Repeats(w.scan.Cells)
		isBlank = isBlank && !(unended && w.begun(s, b.text[start:at]))
		ruled := len(marks) == 0 && !s.Lines && footer.Rule(w.scan.Cells)
		underline := ruled && below
		below = again
		noted := s.Mapping.Footers != nil && !isBlank && !again && !underline && w.noted(s, b, line, unended)
		if w.look {
			w.see(s, b, isBlank || again || underline || noted)
		}
		switch {
		case underline:
			b.asides = append(b.asides, aside{line, ruleLine, table.Shown(w.scan.Cells, s.Comma)})
			continue
		case noted:
			b.takeNote(w.scan.Cells, line, s.Comma)
			continue
		case isBlank:
			b.blanks++
			continue
		case again:
			b.asides = append(b.asides, aside{row: line, kind: repeatedHeader})
			continue
		}
		if zeros && strings.IndexByte(b.text[start:at], 0) >= 0 {
			b.sights[zeroBytes].see(line)
		}
		if w.scan.Spaced {
			b.sights[spacedQuotes].see(line)
		}
		torn := unended && b.cut
		if unended && !b.cut && w.footing(s) != worded {
			if why := w.cutOff(s, b); why != "" {
				b.ends, torn = why, true
			}
		}
		r := row{at: uint32(start), line: uint32(line), unended: unended}
		if ruled {
			w.refuse(s, b, &r, w.rowUID(s), []user.Defect{lineDefect})
			continue
		}
		if defect, broken := w.broken(s, b.text[start:at], torn); broken {
			w.refuse(s, b, &r, w.brokenUID(s, defect), []user.Defect{defect})
			continue
		}
		if cell, ok := s.UIDCell(w.scan.Cells); ok {
			if w.sumsUp(s, cell) {
				w.refuse(s, b, &r, w.rowUID(s), []user.Defect{sumDefect})
				continue
			}
			r.nobody = s.Nobody(cell, w.scan.Cells)
		}
		u := &w.user
		if defect, ok := w.swallowed(s); ok {
			w.refuse(s, b, &r, "", []user.Defect{defect})
			continue
		}
		cells := w.scan.Cells
		if tangled && charset.Doubtful(b.text[start:at]) {
			cells = w.untangle(s, b, line)
		}
		if s.Header.Transform != nil {
			cells = w.reshape(s, b, cells)
		}
		if len(marks)+len(w.tangles) == 0 {
			if p, ok := w.printer.Row(cells, &b.repairs); ok {
				if b.repairs.Nulls > 0 {
					b.sights[nullText].findNull(s, cells, line)
				}
				w.take(s, b, &r, p.UID, store.Masks{Said: p.Mask, Cleared: p.Cleared}, p.Print, p.State)
				continue
			}
		}
		before := b.repairs.Rewritten
		defects := w.rules.Read(u, s.Header.Columns, cells, &b.repairs)
		if b.repairs.Nulls > 0 {
			b.sights[nullText].findNull(s, cells, line)
		}
		if b.repairs.Rewritten > before && len(b.rewrites) < mostRewrites {
			from, _ := s.UIDCell(w.scan.Cells)
			from, _ = user.Undefuse(from)
			b.rewrites = append(b.rewrites, rewritten{strings.Clone(from), strings.Clone(u.UID), line})
		}
		if len(marks) > 0 {
			if w.doubtsUID(s) {
				u.UID = "" // whatever the text would make one of
			}
			defects = defectsOf(marks, defects)
		}
		if len(w.tangles) > 0 {
			if slices.ContainsFunc(w.tangles, func(d sheet.Doubted) bool { return s.Header.OfUID(d.Defect) }) {
				u.UID = ""
			}
			defects = defectsOf(w.tangles, defects)
		}
		if len(defects) > 0 {
			if b.repairs.Rewritten > before {
				u.UID = "" // nobody has looked whether that is the person's
			}
			w.locate(s, b, cells, defects)
			w.refuse(s, b, &r, u.UID, defects)
			continue
		}
		m := store.MasksOf(u)
		w.take(s, b, &r, u.UID, m, w.print.OfRow(w.layout, u, m.Said), u.State)
		if hasLargeMetadata(u) {
			b.sights[largeMetadata].see(line)
		}
	}
}

// take enters a row that can be used.
func (w *worker) take(s *source, b *batch, r *row, uid string, m store.Masks, print uint64, state user.Activity) {
	if w.look {
		b.seen[r.line].uid = strings.Clone(uid)
	}
	r.hash, r.masks, r.print, r.state = w.hash(uid), m, print, state
	if s.hashed != nil {
		b.hashCells(s, int(r.line), w.scan.Cells)
	}
	if r.nobody {
		b.sights[nobodysUID].show(int(r.line), uid)
		b.sights[nobodysUID].n++
	}
	b.rows = append(b.rows, *r)
}

// locate has defects say where bytes stand that are no text.
func (w *worker) locate(s *source, b *batch, cells []string, defects []user.Defect) {
	for i := range defects {
		d := &defects[i]
		if d.Code != user.EncodingBroken {
			continue
		}
		for j, c := range s.Header.Columns {
			if c.Field != user.NoField && c.Header == d.Column && j < len(cells) {
				d.Message = charset.Undecodable(cells[j], b.encoding)
			}
		}
	}
}

// cutOff says what shows that the source's last record is not whole; "" if
// nothing does.
func (w *worker) cutOff(s *source, b *batch) string {
	switch {
	case w.scan.Open:
		return "the quoted cell that begins there is never closed"
	case b.endless:
		return fmt.Sprintf("it goes on for more than %d bytes", delimited.MaxRecord)
	case halfCharacter(b.text):
		return "it breaks off within a character"
	}
	have, want := len(w.scan.Cells), len(s.Header.Names)
	switch {
	case b.text[len(b.text)-1] == 0 && s.File.Sheet == "":
		return "it ends in zero bytes, as a file does that was never written to its end"
	case have < want:
		return fmt.Sprintf("it has %d of %d cells and no line end", have, want)
	case delimited.Blank(w.scan.Cells):
		return "it has no text and no line end"
	}
	return ""
}

// begun says whether a last record that has no text and no line end is where a
// row was cut off: behind a quote, or before its first text.
func (w *worker) begun(s *source, text string) bool {
	have, want := len(w.scan.Cells), len(s.Header.Names)
	if w.scan.Open {
		return true
	}
	return (have > 1 || strings.IndexByte(text, '"') >= 0) && (have < want || have == want && s.Header.UID == want-1)
}

// halfCharacter says whether a text ends within a character.
func halfCharacter(text string) bool {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			return b >= utf8.RuneSelf && b != 0xFF && !utf8.FullRuneInString(text[len(text)-n:])
		}
	}
	return false
}

// broken says what is wrong with a record as a whole, before its cells can mean anything.
func (w *worker) broken(s *source, text string, cut bool) (user.Defect, bool) {
	have, want := len(w.scan.Cells), len(s.Header.Names)
	where := func() string {
		if have == want {
			return fmt.Sprintf("%s where the other rows have %d", phrase.Plural(have, "cell"), s.Width.Least)
		}
		return fmt.Sprintf("%s where the header has %s", phrase.Plural(have, "cell"), phrase.Plural(want, "column"))
	}
	switch {
	case w.scan.Open:
		return user.Defect{Code: user.QuoteBroken, Message: "a quoted cell begins in this row and is never closed; close the quote, or double " +
			"it if it is text"}, true
	case w.scan.Torn:
		return user.Defect{Code: user.QuoteBroken, Message: "a quote opens within one cell and closes in another; put the delimiter before it " +
			"back, or double quotes that are text"}, true
	case w.scan.Stray:
		return user.Defect{Code: user.QuoteBroken, Message: "text stands behind a closing quote; double quotes that are text, and look " +
			"whether this row has swallowed the lines below it"}, true
	case cut:
		return user.Defect{Code: user.CellsMissing, Message: fmt.Sprintf("the source ends within this row: %d of %s; export it again", have,
			phrase.Plural(want, "cell"))}, true
	case (have < want || have < s.Width.Least && text[len(text)-1] == '\n') && !s.Rendered: // a sheet stores no empty cells
		return user.Defect{Code: user.CellsMissing, Message: where() + w.elsewise(s, text, "; put in the missing ones, empty if need be")}, true
	case have > want && !delimited.Blank(w.scan.Cells[want:]) && s.Rendered:
		return user.Defect{Code: user.CellsExtra, Message: where() + "; give the column a header, or clear the cells"}, true
	case have > want && !s.Rendered && (have > s.Width.Most || !delimited.Blank(w.scan.Cells[want:])):
		or := fmt.Sprintf("; put cells that hold a %s in quotes", s.CommaName())
		if delimited.Blank(w.scan.Cells[want:]) {
			or += ", or take out what is too many: not every row has it"
		}
		return user.Defect{Code: user.CellsExtra, Message: where() + w.elsewise(s, text, or)}, true
	}
	return user.Defect{}, false
}

// brokenUID is the uid of a record that is broken as a whole, if nothing that
// is wrong with it can have moved it. A sheet's cells stand where they stand.
// In other text the first cell may have been another column's: the record's
// own first cells, or the line before, may be what is missing. Only where the
// number of cells is right, and a quote behind the first is wrong, is that the
// first.
func (w *worker) brokenUID(s *source, defect user.Defect) string {
	if s.Rendered && !w.doubtsUID(s) || !s.Rendered && s.Header.UID == 0 && defect.Code == user.QuoteBroken &&
		len(w.scan.Cells) == len(s.Header.Names) && !w.scan.Spans && !w.scan.Open {
		return w.rowUID(s)
	}
	return ""
}

// rowUID is the uid of the scanner's record, whatever else is wrong with it.
func (w *worker) rowUID(s *source) string {
	cell, ok := s.UIDCell(w.scan.Cells)
	if !ok {
		return ""
	}
	rep := user.Repairs{}
	u, _ := w.rules.Row(s.UID, []string{cell}, &rep)
	if rep.Rewritten > 0 {
		return ""
	}
	return u.UID
}

// doubtsUID says whether a cell that the uid is read from is in doubt.
func (w *worker) doubtsUID(s *source) bool {
	return slices.ContainsFunc(w.marks, func(d sheet.Doubted) bool { return s.Header.OfUID(d.Defect) })
}

// refuse makes a reject of the scanner's record. Everything in it is copied:
// the batch's text is overwritten by a later one. A row without a line end
// may have been cut within its uid, if that comes last, or within any cell.
func (w *worker) refuse(s *source, b *batch, r *row, uid string, defects []user.Defect) {
	if !r.unended || !b.cut && b.ends == "" {
		if r.footing = w.footing(s); r.unended && r.footing == summed {
			r.footing = noFooting // it may be somebody's, cut off
		}
	}
	if r.unended {
		uid = ""
	}
	uid = strings.Clone(uid)
	for i := range defects {
		defects[i].Value = strings.Clone(defects[i].Value)
	}
	reject := user.Reject{UID: uid, Defects: defects, Header: s.Header.Names, Cells: s.Veil(delimited.Clone(w.scan.Cells), defects)}
	s.claim(&reject, slices.Concat(w.marks, w.tangles), w.match)
	if r.nobody {
		reject.Disown()
		uid = ""
	}
	b.rejects = append(b.rejects, reject)
	r.reject = int32(len(b.rejects))
	if uid != "" {
		r.hash = w.hash(uid)
	}
	b.rows = append(b.rows, *r)
}

// hasLargeMetadata says whether a user's metadata is over what an older page
// of the service gives as the limit.
func hasLargeMetadata(u *user.User) bool {
	n := len(u.Metadata)
	for _, k := range u.Keys {
		n += len(k.Text)
	}
	if n <= user.SuggestedMetadata { // bytes are never fewer than characters
		return false
	}
	n = utf8.RuneCountInString(u.Metadata)
	for _, k := range u.Keys {
		n += utf8.RuneCountInString(k.Text)
	}
	return n > user.SuggestedMetadata
}
