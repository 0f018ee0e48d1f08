package importer

import (
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"

	"cometsync/importer/charset"
	"cometsync/importer/columns"
	"cometsync/importer/delimited"
	"cometsync/importer/footer"
	"cometsync/importer/record"
	"cometsync/importer/sheet"
	"cometsync/importer/store"
	"cometsync/importer/table"
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
	sights   sights
	skipped  []skippedRow       // in their order, beside rows
	lacks    []columns.Unmapped // by the transform's readings
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
	unended     bool // no line end is after it
	nobody      bool // its uid says that there is none
	footer      record.FooterKind
}

// rewritten is a uid that --uid-rewrite made of another text.
type rewritten struct {
	from, to string
	line     int // within the batch
}

const mostRewrites = 20

func (b *batch) reset() {
	clear(b.rejects)
	*b = batch{buf: b.buf[:0], rows: b.rows[:0], rejects: b.rejects[:0], rewrites: b.rewrites[:0], skipped: b.skipped[:0],
		cells: b.cells[:0]}
}

// hold gives the batch a piece of text. The text is a view of the
// buffer: it does not change until reset, by when nothing refers to it, and a
// string of its own for every chunk would be most of what the reader
// allocates.
func (b *batch) hold(piece []byte) {
	b.buf, b.text = piece, unsafe.String(unsafe.SliceData(piece), len(piece))
}

// worker takes batches of a source apart. It is one goroutine's own.
type worker struct {
	record.Record
	roster  *Roster
	source  *source
	printer *user.FingerprintCache
	print   user.Fingerprint
	user    user.User

	*batch
	tangled bool // its text may have been decoded twice
	zeros   bool // it has zero bytes, which in a sheet are marks

	mended []string
	shaped []string
}

func (w *worker) parse(b *batch) {
	w.batch, w.Scan.Comma = b, w.Comma
	w.tangled, w.zeros = charset.Doubtful(b.text), w.File.Sheet == "" && strings.IndexByte(b.text, 0) >= 0
	below := b.place == w.source.base // the row is the one below the header
	for at := 0; at < len(b.text); {
		start := at
		at = w.Scan.Next(b.text, at)
		// The last record has no end of its own: fine if it is whole.
		r := row{at: uint32(start), line: uint32(b.lines), unended: b.final && at == len(b.text) && (w.Scan.Open || b.text[at-1] != '\n')}
		b.lines++
		w.Text, w.Unended = b.text[start:at], r.unended
		if r.unended && !b.cut && !w.Scan.Open && w.CRLF && b.text[at-1] == '\r' {
			b.ends = "of its line end only the first half is there"
		}
		w.Doubted = w.Unmark(w.Scan.Cells)
		w.Marked = len(w.Doubted) > 0
		kind := w.skips(&r, below)
		below = kind == repeatedHeader
		switch kind {
		case noSkip:
			w.record(&r)
		case blankRow:
			b.blanks++
		case repeatedHeader:
			b.skipped = append(b.skipped, skippedRow{row: int(r.line), kind: kind})
		default:
			b.skipped = append(b.skipped, skippedRow{int(r.line), kind, table.Shown(w.Scan.Cells, w.Comma), footer.Says(w.Scan.Cells)})
		}
	}
}

// record makes a row of the scanner's record.
func (w *worker) record(r *row) {
	if w.zeros && strings.IndexByte(w.Text, 0) >= 0 {
		w.batch.sights[zeroBytes].see(int(r.line))
	}
	if w.Scan.Spaced {
		w.batch.sights[spacedQuotes].see(int(r.line))
	}
	torn := r.unended && w.cut
	if r.unended && !w.cut && w.FooterKind() != record.ByWords {
		if why := w.CutOff(w.text, w.endless); why != "" {
			w.ends, torn = why, true
		}
	}
	uid, nobody, defect := w.Unusable(torn)
	if r.nobody = nobody; defect.Code != 0 {
		w.refuse(r, uid, defect)
		return
	}
	cells := w.Scan.Cells
	if w.tangled && charset.Doubtful(w.Text) {
		cells = w.untangle(int(r.line))
	}
	if w.Header.Transform != nil {
		cells = w.reshape(cells)
	}
	if len(w.Doubted) == 0 {
		if p, ok := w.printer.Row(cells, &w.repairs); ok {
			if w.repairs[user.Nulls] > 0 {
				w.batch.sights[nullText].findNull(w.source, cells, int(r.line))
			}
			w.take(r, p.UID, store.Masks{Said: p.Mask, Cleared: p.Cleared}, p.Print, p.State)
			return
		}
	}
	w.read(r, cells)
}

// read reads a row in full: one that is seldom, or has something wrong with it.
func (w *worker) read(r *row, cells []string) {
	u, before := &w.user, w.repairs[user.Rewritten]
	defects := w.Rules.Read(u, w.Header.Columns, cells, &w.repairs)
	if w.repairs[user.Nulls] > 0 {
		w.batch.sights[nullText].findNull(w.source, cells, int(r.line))
	}
	if w.repairs[user.Rewritten] > before && len(w.rewrites) < mostRewrites {
		from, _ := w.UIDCell(w.Scan.Cells)
		from, _ = user.Undefuse(from)
		w.rewrites = append(w.rewrites, rewritten{strings.Clone(from), strings.Clone(u.UID), int(r.line)})
	}
	if w.DoubtsUID() {
		u.UID = "" // whatever the text would make one of
	}
	defects = w.beside(defects)
	if len(defects) > 0 {
		if w.repairs[user.Rewritten] > before {
			u.UID = "" // nobody has looked whether that is the person's
		}
		w.locate(cells, defects)
		w.refuse(r, u.UID, defects...)
		return
	}
	m := store.MasksOf(u)
	w.take(r, u.UID, m, w.print.OfRow(w.roster.layout, u, m.Said), u.State)
	if hasLargeMetadata(u) {
		w.batch.sights[largeMetadata].see(int(r.line))
	}
}

// take enters a row that can be used.
func (w *worker) take(r *row, uid string, m store.Masks, print uint64, state user.Activity) {
	r.hash, r.masks, r.print, r.state = w.roster.hash(uid), m, print, state
	if w.source.hashed != nil {
		w.hashCells(int(r.line))
	}
	if r.nobody {
		w.batch.sights[nobodysUID].show(int(r.line), uid)
		w.batch.sights[nobodysUID].n++
	}
	w.batch.rows = append(w.batch.rows, *r)
}

// refuse makes a reject of the scanner's record. Everything in it is copied:
// the batch's text is overwritten by a later one. A row without a line end
// may have been cut within its uid, if that comes last, or within any cell.
func (w *worker) refuse(r *row, uid string, defects ...user.Defect) {
	if !r.unended || !w.cut && w.ends == "" {
		if r.footer = w.FooterKind(); r.unended && r.footer == record.ByTotal {
			r.footer = record.NoFooter // it may be somebody's, cut off
		}
	}
	if r.unended {
		uid = ""
	}
	uid = strings.Clone(uid)
	for i := range defects {
		defects[i].Value = strings.Clone(defects[i].Value)
	}
	reject := user.Reject{UID: uid, Defects: defects, Header: w.Header.Names, Cells: w.Veil(delimited.Clone(w.Scan.Cells), defects)}
	w.Claim(&reject, w.roster.opt.Match)
	if r.nobody {
		reject.Disown()
		uid = ""
	}
	w.rejects = append(w.rejects, reject)
	r.reject = int32(len(w.rejects))
	if uid != "" {
		r.hash = w.roster.hash(uid)
	}
	w.batch.rows = append(w.batch.rows, *r)
}

// beside are the defects of a row with cells in doubt: theirs first, then what
// else is wrong. What a cell in doubt says is not told twice.
func (w *worker) beside(others []user.Defect) []user.Defect {
	if len(w.Doubted) == 0 {
		return others
	}
	var all []user.Defect
	for _, d := range w.Doubted {
		all = append(all, d.Defect)
	}
	for _, d := range others {
		if !slices.ContainsFunc(w.Doubted, func(m sheet.Doubted) bool { return m.Column == d.Column }) {
			all = append(all, d)
		}
	}
	return all
}

// reshape makes the cells that are read of those of the record.
func (w *worker) reshape(cells []string) []string {
	sh := w.Header.Transform
	if w.batch.lacks == nil {
		w.batch.lacks = make([]columns.Unmapped, len(sh.Reads))
	}
	w.shaped = sh.Apply(w.shaped, cells, w.batch.lacks)
	return w.shaped
}

// locate has defects say where bytes are that are not text.
func (w *worker) locate(cells []string, defects []user.Defect) {
	for i := range defects {
		d := &defects[i]
		if d.Code != user.EncodingBroken {
			continue
		}
		for j, c := range w.Header.Columns {
			if c.Field != user.NoField && c.Header == d.Column && j < len(cells) {
				d.Message = charset.Undecodable(cells[j], w.encoding)
			}
		}
	}
}

// hasLargeMetadata reports whether a user's metadata is over what an older page
// of the service gives as the limit.
func hasLargeMetadata(u *user.User) bool {
	n := utf8.RuneCountInString(u.Metadata)
	for _, k := range u.Keys {
		n += utf8.RuneCountInString(k.Text)
	}
	return n > user.SuggestedMetadata
}
