package report

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/comma"
)

// Rejects is the intake's and the plan's, in source order, masked: there may be a
// million, and each is in memory while it is looked at.
type Rejects struct {
	of    *Report
	all   user.Rejects
	late  user.Rejects // the plan's
	order []int        // where they are: in all, or after it in late; nil: as they are in all
}

func newRejects(r *Report) Rejects {
	l := Rejects{of: r, all: r.In.Intake.Rejects, late: user.ListOf(r.Plan.Rejects)}
	if l.late.Len() == 0 {
		return l
	}
	file := map[[2]string]int{}
	for i, f := range r.Intake.Files {
		file[[2]string{f.Path, f.Sheet}] = i
	}
	type place struct{ file, row, at int }
	places := make([]place, 0, l.all.Len()+l.late.Len())
	for _, list := range []user.Rejects{l.all, l.late} {
		for _, x := range list.All() {
			p := place{len(file), x.Source.Row, len(places)}
			if i, ok := file[[2]string{x.Source.File, x.Source.Sheet}]; ok {
				p.file = i
			}
			places = append(places, p)
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.file, b.file), cmp.Compare(a.row, b.row), cmp.Compare(a.at, b.at))
	})
	l.order = make([]int, len(places))
	for i, p := range places {
		l.order[i] = p.at
	}
	return l
}

// Len is how many there are.
func (l *Rejects) Len() int { return l.all.Len() + l.late.Len() }

// At is the i-th, for good.
func (l *Rejects) At(i int) *user.Reject {
	if l.order != nil {
		i = l.order[i]
	}
	list := l.all
	if n := list.Len(); i >= n {
		list, i = l.late, i-n
	}
	x := list.At(i)
	l.shown(&x)
	return &x
}

// shown is a reject as a report shows it, and a saved plan keeps it: with private
// values masked, and without bytes that are not text.
func (l *Rejects) shown(x *user.Reject) {
	text := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
	x.UID = text(x.UID)
	x.Defects = l.of.Masked(x.Defects)
	for i := range x.Defects {
		if d := x.Defects[i]; !utf8.ValidString(d.Column) || !utf8.ValidString(d.Message) || !utf8.ValidString(d.Value) {
			x.Defects = slices.Clone(x.Defects)
			x.Defects[i] = user.Defect{Column: text(d.Column), Code: d.Code, Message: text(d.Message), Value: text(d.Value),
				Private: d.Private}
		}
	}
}

// raw gives the i-th as it was read, until it is asked for another one, as that of a
// user.Rejects does.
func (l *Rejects) raw() func(i int) *user.Reject {
	all, late := l.all.Reader(), l.late.Reader()
	return func(i int) *user.Reject {
		if l.order != nil {
			i = l.order[i]
		}
		if n := l.all.Len(); i >= n {
			return late(i - n)
		}
		return all(i)
	}
}

// Reader gives the i-th as it is shown, until it is asked for another one.
func (l *Rejects) Reader() func(i int) *user.Reject {
	var masked user.Reject
	read := l.raw()
	return func(i int) *user.Reject {
		masked = *read(i)
		l.shown(&masked)
		return &masked
	}
}

// Each is all of them with their numbers, each until the next.
func (l *Rejects) Each() iter.Seq2[int, *user.Reject] {
	return func(yield func(int, *user.Reject) bool) {
		read := l.Reader()
		for i := range l.Len() {
			if !yield(i, read(i)) {
				return
			}
		}
	}
}

// Err is why some could not be read.
func (l *Rejects) Err() error { return l.all.Err() }

// AddedColumns follow a rejected row's own columns.
var AddedColumns = [...]string{"_file", "_row", "_column", "_code", "_message"}

// ExtraColumn takes the cells of a row that has more of them than its header.
const ExtraColumn = "_extra"

// RejectColumns is the columns of all rejects.
func (r *Report) RejectColumns() *Columns {
	u := &Columns{index: map[columnKey]int{}}
	for _, x := range r.Rejects.Each() {
		u.learn(x.Header)
		u.extra = u.extra || len(x.Cells) > len(x.Header)
	}
	return u
}

// asRead makes a source's cell safe to be opened, such that reading it again
// gives what reading it the first time gave, whether it was defused or not.
func asRead(cell string) string {
	cell, _ = user.Undefuse(strings.ToValidUTF8(cell, "\uFFFD"))
	return user.Defuse(cell)
}

// Columns lays rows of several sources under one header: their columns in
// order, those that are spelled alike as one, without those that an earlier
// rejects.csv added.
type Columns struct {
	columns []string
	index   map[columnKey]int
	extra   bool // some row has more cells than its header

	header []string // the one learned last
	at     []int    // for each of its columns: where it goes, or -1
	row    []string
}

// columnKey is a column's name, folded, and which of several by that name it is.
type columnKey struct {
	name string
	nth  int
}

// learn takes a header in; the rejects of one source share theirs.
func (u *Columns) learn(header []string) {
	if len(header) == len(u.header) && (len(header) == 0 || &header[0] == &u.header[0]) {
		return
	}
	u.header, u.at = header, u.at[:0]
	seen := map[string]int{}
	for _, name := range header {
		if isAdded(name) {
			u.at = append(u.at, -1)
			continue
		}
		key := columnKey{name: FoldHeader(name)}
		key.nth = seen[key.name]
		seen[key.name]++
		i, ok := u.index[key]
		if !ok {
			i = len(u.columns)
			u.index[key] = i
			u.columns = append(u.columns, name)
		}
		u.at = append(u.at, i)
	}
}

// Names is the header of the rows' own columns.
func (u *Columns) Names() []string {
	if !u.extra {
		return slices.Clone(u.columns)
	}
	return append(slices.Clone(u.columns), ExtraColumn)
}

// Lay gives a row's own cells, safe to be opened, and as show has them, which may
// be nil; the slice holds until the next call.
func (u *Columns) Lay(x *user.Reject, show func(column int, cell string) string) []string {
	u.learn(x.Header)
	n := len(u.columns)
	if u.extra {
		n++
	}
	u.row = slices.Grow(u.row[:0], n+len(AddedColumns))[:n]
	clear(u.row)
	for i, cell := range x.Cells {
		at := n - 1
		if i < len(u.at) {
			at = u.at[i]
		} else {
			cell = strings.Join(x.Cells[i:], ",")
		}
		if at >= 0 {
			if show != nil {
				cell = show(i, cell)
			}
			u.row[at] = asRead(cell)
		}
		if i >= len(u.at) {
			break
		}
	}
	return u.row
}

func isAdded(name string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	return name == ExtraColumn || slices.Contains(AddedColumns[:], name)
}

// FoldHeader is the form in which the names of columns are alike.
func FoldHeader(name string) string {
	return strings.Map(func(c rune) rune {
		if c == ' ' || c == '_' || c == '-' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}

// AddedCells is what follows a rejected row's own cells: where it is, what is
// wrong with it, and its mark.
func AddedCells(x *user.Reject) []string {
	var columns, codes, messages []string
	for _, d := range x.Defects {
		columns = append(columns, d.Column)
		codes = append(codes, d.Code.String())
		messages = append(messages, d.Message)
	}
	cells := []string{
		user.BookName(x.Source.File, x.Source.Sheet), strconv.Itoa(x.Source.Row), strings.Join(columns, "; "), strings.Join(codes, "; "),
		user.WithMark(strings.Join(messages, "; "), x.Mark()),
	}
	for i, s := range cells {
		cells[i] = comma.Defused(s)
	}
	return cells
}

// mostHeld is how many users of one row a list of rejects names.
const mostHeld = 20

// Holding is the users whom a reject holds.
type Holding struct {
	UIDs []string // the first of them
	n    int
}

// holdings finds whom each row holds.
func holdings(p *plan.Plan) map[user.Source]Holding {
	holds := make(map[user.Source]Holding)
	for i := range p.Held {
		h := &p.Held[i]
		if h.Because == user.Unmanageable {
			continue // no row does
		}
		of := holds[h.Source]
		if of.n++; of.n <= mostHeld {
			of.UIDs = append(of.UIDs, h.UID)
		}
		holds[h.Source] = of
	}
	return holds
}

// String names the users in words; "" for nobody.
func (h Holding) String() string {
	if h.n == 0 {
		return ""
	}
	text := "holds " + strings.Join(h.UIDs, ", ")
	if more := h.n - len(h.UIDs); more > 0 {
		text += fmt.Sprintf(" and %s more", phrase.Thousands(more))
	}
	return text
}
