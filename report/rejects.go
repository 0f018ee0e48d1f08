package report

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"cometsync/internal/user"
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
	x.Defects = l.of.masked(x.Defects)
	for i := range x.Defects {
		if d := x.Defects[i]; !utf8.ValidString(d.Column) || !utf8.ValidString(d.Message) || !utf8.ValidString(d.Value) {
			x.Defects = slices.Clone(x.Defects)
			x.Defects[i] = user.Defect{Column: text(d.Column), Code: d.Code, Message: text(d.Message), Value: text(d.Value),
				Private: d.Private}
		}
	}
}

// Raw gives the i-th as it was read, until it is asked for another one, as that of a
// user.Rejects does; reader gives it as it is shown.
func (l *Rejects) Raw() func(i int) *user.Reject {
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

func (l *Rejects) Reader() func(i int) *user.Reject {
	var masked user.Reject
	read := l.Raw()
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
