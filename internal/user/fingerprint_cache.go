package user

import (
	"hash/maphash"
	"slices"
	"strings"
)

// FingerprintCache takes the prints of the rows of one source, as Rules.Read, User.Mask
// and Fingerprint.OfRow would, without making a user of each: all that stays of a row
// is its print, and rosters have millions. Cells that need no second look are
// hashed as they stand. What any other cell comes to, Rules.Read says, asked
// about that cell alone, and it is remembered for the rows to come: the cells
// of most columns repeat.
//
// It holds rules, layout and columns as they were when it was made, and so
// does what it remembers. It is one goroutine's own.
type FingerprintCache struct {
	rules   Rules
	layout  *Layout
	columns []printColumn
	stated  bool // a column holds the state
	whole   bool // a row can only be read as a whole

	user  User
	print Fingerprint
	tags  []uint64
}

// Fingerprinted is what is kept of a row instead of its user.
type Fingerprinted struct {
	UID     string // a part of its cell, or of a text of its own
	Print   uint64
	State   Activity
	Mask    Mask
	Cleared Mask
}

// printColumn is a column, and what was learned of it.
type printColumn struct {
	at      int // in a row
	bit     int // in a mask
	field   Field
	columns []Column // the uid's and this one, or this one alone if it is the uid's
	empty   known
	memo    memo
	site    string // of a web address, the one kept last
	sites   int
}

// known is what a cell comes to.
type known struct {
	text    string
	sum     uint64 // what it adds to the print
	mask    Mask
	cleared Mask
	size    int // of the metadata
	state   Activity
	refused bool     // the row has to be read as a whole
	uid     string   // in the uid's column
	repairs *Repairs // nil: none
}

// NewFingerprintCache makes a FingerprintCache for rows of these columns.
func NewFingerprintCache(rules Rules, layout *Layout, columns []Column) *FingerprintCache {
	p := &FingerprintCache{rules: rules, layout: layout}
	var seen Mask
	for i, c := range columns {
		bit := int(c.Field)
		switch {
		case c.Field == NoField:
			continue
		case c.Field == Metadata && c.Path != nil:
			bit = c.Bit
		case c.Field == Metadata, c.Part != Whole:
			p.whole = true // what it comes to depends on other columns
		case c.Field == State:
			p.stated = true
		}
		if bit >= NoBit || seen&(1<<bit) != 0 {
			p.whole = true // it has no bit of its own
			continue
		}
		seen |= 1 << bit
		read := printColumn{at: i, bit: bit, field: c.Field, columns: []Column{{Header: "uid", Slot: Slot{Field: UID}}, c}}
		if c.Field == UID {
			read.columns = read.columns[1:]
		}
		p.columns = append(p.columns, read)
	}
	if seen&(1<<UID) == 0 {
		p.whole = true
	}
	if p.whole {
		return p
	}
	for i := range p.columns {
		c := &p.columns[i]
		c.empty = p.ask(c, "")
	}
	return p
}

// Row takes the print of a row, and adds what was repaired in it to rep. A row
// that it is false of has to be read with Rules.Read: something is wrong with
// it, somebody has to be told of it, or it can only be compared in full; rep is
// as it was.
func (p *FingerprintCache) Row(cells []string, rep *Repairs) (out Fingerprinted, ok bool) {
	if p.whole {
		return out, false
	}
	if !p.stated {
		out.State = Active
	}
	var repairs Repairs
	repaired, size := false, 0
	for i := range p.columns {
		c := &p.columns[i]
		var k *known
		if c.at >= len(cells) || cells[c.at] == "" {
			k = &c.empty
		} else if cell := cells[c.at]; c.field == UID && len(p.rules.Rekey) == 0 && ValidUID(cell) { // Read takes it as it is
			out.UID = cell
			continue
		} else if sum, ok := p.plain(c, cell); ok {
			out.Print += sum
			out.Mask |= 1 << c.bit
			if c.field == Metadata {
				size += len(cell)
			}
			continue
		} else if k = c.memo.find(cell); k == nil {
			asked := p.ask(c, cell)
			k = &asked
			if c.field != UID {
				c.memo.keep(cell, k)
			}
		}
		if k.refused {
			return Fingerprinted{}, false
		}
		out.Print += k.sum
		out.Mask |= k.mask
		out.Cleared |= k.cleared
		size += k.size
		switch c.field {
		case State:
			out.State = k.state
		case UID:
			out.UID = k.uid
		}
		if k.repairs != nil {
			repairs.Add(k.repairs)
			repaired = true
		}
	}
	if size > SuggestedMetadata {
		return Fingerprinted{}, false
	}
	if repaired {
		rep.Add(&repairs)
	}
	return out, true
}

// plain is what a cell adds to the print if it is, at a glance, what Read would
// take as it is.
func (p *FingerprintCache) plain(c *printColumn, cell string) (sum uint64, ok bool) {
	if Null(cell) {
		return 0, false // somebody has to be told of it
	}
	switch c.field {
	case Avatar, Link:
		if len(cell) > MaxURL || !c.plainURL(cell) {
			return 0, false
		}
	case Role:
		if len(cell) > MaxRole || !alphaDash(cell) {
			return 0, false
		}
	case Name:
		if len(cell) > MaxName || !plainText(cell) {
			return 0, false
		}
	case StatusMessage, Metadata:
		if !plainText(cell) {
			return 0, false
		}
	case Tags:
		if c.columns[len(c.columns)-1].Separator != "" {
			return 0, false
		}
		return p.plainTags(cell)
	default:
		return 0, false
	}
	return bitSum(c.bit, maphash.String(p.layout.seed, cell)), true
}

// plainURL is the function of that name, which need not look at the site again
// if it is that of the cell before.
func (c *printColumn) plainURL(cell string) bool {
	if n := len(c.site); n > 0 && len(cell) > n && cell[n] == '/' && cell[:n] == c.site {
		return plainPath(cell[n:])
	}
	n := siteOf(cell)
	if n == 0 || !plainPath(cell[n:]) {
		return false
	}
	if c.sites < mostSites {
		c.sites++
		c.site = strings.Clone(cell[:n])
	}
	return true
}

// mostSites is how often a column's site is kept anew.
const mostSites = 64

// plainText reports whether a cell is a text that stays as it is. Behind an
// apostrophe there may be one that a spreadsheet would run, and after a number
// sign a failure of one; both sort before the beginnings of nearly all texts.
func plainText(cell string) bool { return cell[0] > '\'' && (clean(cell) || inert(cell)) }

// plainTags is plain for a list of tags.
func (p *FingerprintCache) plainTags(cell string) (sum uint64, ok bool) {
	if cell[0] == '[' || !plainText(cell) {
		return 0, false
	}
	p.tags = p.tags[:0]
	for i := 0; i < len(cell); i++ {
		start := i
		for i < len(cell) && !endsTag[cell[i]] {
			i++
		}
		tag := cell[start:i]
		if tag != "" && tag[0] == ' ' {
			tag = tag[1:]
		}
		if tag != "" && tag[len(tag)-1] == ' ' {
			tag = tag[:len(tag)-1]
		}
		if tag == "" {
			continue
		}
		if len(tag) > MaxTag {
			return 0, false
		}
		if h := maphash.String(p.layout.seed, tag); !slices.Contains(p.tags, h) {
			p.tags = append(p.tags, h)
			sum += mix(h)
		}
	}
	if len(p.tags) == 0 || len(p.tags) > MaxTags {
		return 0, false
	}
	return bitSum(int(Tags), sum), true
}

// endsTag is what separates tags.
var endsTag = [256]bool{'|': true, ';': true, ',': true}

// ask has Read say what a cell comes to.
func (p *FingerprintCache) ask(c *printColumn, cell string) known {
	var k known
	var rep Repairs
	rules := p.rules
	if c.field != UID {
		rules.Rekey = nil // of the uid that is in for the row's
	}
	cells := [...]string{"u", cell}
	defects := rules.Read(&p.user, c.columns, cells[2-len(c.columns):], &rep)
	if len(defects) > 0 || rep[Rewritten] > 0 {
		k.refused = true
		return k
	}
	k.mask, k.cleared = p.user.Mask(), p.user.Cleared()
	if k.mask&Unprintable != 0 {
		k.refused = true
		return k
	}
	k.sum = p.print.OfRow(p.layout, &p.user, k.mask)
	for _, key := range p.user.Keys {
		k.size += len(key.Text)
	}
	k.state, k.uid = p.user.State, p.user.UID
	if rep != (Repairs{}) {
		k.repairs = &rep
	}
	return k
}

// memo remembers cells of a column by a hash of their ends. A column whose
// cells do not repeat is soon given up.
type memo struct {
	slots       []known
	asked, kept int
	off         bool
}

const (
	memoBits = 9
	memoText = 64   // bytes of the longest text that is remembered
	memoTry  = 1024 // how many cells are asked for between two looks whether it pays
)

func slotOf(text string) uint64 {
	var a, b uint64
	if n := len(text); n >= 8 {
		a, b = word(text), word(text[n-8:])
	} else {
		for i := range n {
			a = a<<8 | uint64(text[i])
		}
	}
	return ((a^uint64(len(text)))*0x9E3779B97F4A7C15 ^ b) * 0xC4CEB9FE1A85EC53 >> (64 - memoBits)
}

// find is what a text came to when it was asked for before; nil is unknown.
// The text is not empty.
func (m *memo) find(text string) *known {
	if m.off || len(text) > memoText {
		return nil
	}
	m.asked++
	if m.slots != nil {
		if k := &m.slots[slotOf(text)]; k.text == text {
			return k
		}
	}
	return nil
}

func (m *memo) keep(text string, k *known) {
	if m.off || len(text) > memoText {
		return
	}
	if m.slots == nil {
		m.slots = make([]known, 1<<memoBits)
	}
	k.text = strings.Clone(text)
	m.slots[slotOf(text)] = *k
	m.kept++
	if m.asked >= memoTry {
		m.off = m.kept > m.asked/2
		m.asked, m.kept = 0, 0
		if m.off {
			m.slots = nil
		}
	}
}
