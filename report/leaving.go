package report

import (
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report/sheet"
)

// Who is leaving: absent from the roster, and deactivated once enough good runs in
// a row lacked them.

// goes says when somebody is deactivated, a clause.
func goes(l *plan.Leaving) string {
	if l.More() == 1 {
		return "goes with the next run that lacks them, not before " + minuteText(l.From)
	}
	return fmt.Sprintf("goes once %d more runs lacked them, not before %s", l.More(), minuteText(l.From))
}

func whoLeave(n int) string {
	if n == 1 {
		return "1 user who is leaving"
	}
	return phrase.Thousands(n) + " users who are leaving"
}

// forewarned is a verdict with what the guards will say of those who begin to leave:
// nobody has lost access yet, and an export that lost them can still be mended.
func (r *Report) forewarned(verdict, nothing, done, did string) string {
	if len(r.plan.Forewarned()) == 0 {
		return verdict
	}
	begun := 0
	for i := range r.plan.Leaving {
		if r.plan.Leaving[i].Runs == 1 {
			begun++
		}
	}
	have, will := "have begun", "will"
	switch {
	case r.dry():
		have, will = "would begin", "would"
	case begun == 1:
		have = "has begun"
	}
	warning := fmt.Sprintf("%s %s to leave, and %s %s refuse the run in which they go", phrase.Counted(begun, "user"), have,
		guardNames(r.plan.Foreseen), will)
	switch clean := r.trouble() == "" && r.spared() == ""; {
	case clean && did == "":
		return fmt.Sprintf("%s, but %s.", nothing, warning)
	case clean:
		return fmt.Sprintf("%s: %s, but %s.", done, did, warning)
	}
	return strings.TrimRight(verdict, ".") + "; and " + warning + "."
}

// guardNames are the guards of a list, each once.
func guardNames(guards []plan.Guard) string {
	var names []string
	for _, g := range guards {
		if !slices.Contains(names, g.Name) {
			names = append(names, g.Name)
		}
	}
	return phrase.And(names)
}

// lacked is in how many runs somebody was absent.
func lacked(l *plan.Leaving) string { return fmt.Sprintf("%d of %d runs", l.Runs, l.Of) }

func minuteText(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// absentSince is when somebody began to be absent; "" if no run has counted yet.
func absentSince(l *plan.Leaving) string {
	if l.Runs == 0 {
		return ""
	}
	return minuteText(l.Since)
}

// soonest are those who are leaving, those who go first on top.
func (r *Report) soonest() []plan.Leaving {
	all := slices.Clone(r.plan.Leaving)
	slices.SortStableFunc(all, func(a, b plan.Leaving) int { return a.More() - b.More() })
	return all
}

// leavingHeading says how many they are. A run that only plans counts for nobody yet.
func (r *Report) leavingHeading() string {
	once := ""
	if r.dry() {
		once = ", once this is carried out"
	}
	return fmt.Sprintf("Leaving%s: %s whom the roster lacks", once, phrase.Counted(len(r.plan.Leaving), "user"))
}

// LeavingHeading is the heading of the page's section.
func (p pageView) LeavingHeading() string { return p.r.leavingHeading() }

// leavingSheet are the columns of those who are leaving.
var leavingSheet = []sheet.Column{{"UID", 24}, {"Name", 28}, {"Absent since", 26}, {"Runs", 8}, {"Of", 8}, {"When", 72}}

func (r *Report) leavingRows(s *sheet.Rows) {
	for _, l := range r.soonest() {
		s.Text(0, l.UID)
		s.Wrapped(1, sheet.Shown(l.Name))
		s.Text(2, absentSince(&l))
		s.Number(3, l.Runs, s.Styles.Row)
		s.Number(4, l.Of, s.Styles.Row)
		s.Wrapped(5, sheet.Shown(goes(&l)))
		if !s.End() {
			return
		}
	}
}

// leavingView is somebody who is leaving, as the page shows them.
type leavingView struct{ plan.Leaving }

// Absent is since when.
func (l leavingView) Absent() string { return absentSince(&l.Leaving) }

// Lacked is in how many runs.
func (l leavingView) Lacked() string { return lacked(&l.Leaving) }

// Goes is when.
func (l leavingView) Goes() string { return goes(&l.Leaving) }

// Leaving is as many of those who are leaving as the page shows.
func (p pageView) Leaving() iter.Seq[leavingView] {
	return func(yield func(leavingView) bool) {
		for i, l := range p.r.soonest() {
			if i == plainRows || !yield(leavingView{l}) {
				return
			}
		}
	}
}

// MoreLeaving is how many it leaves out.
func (p pageView) MoreLeaving() int { return max(0, len(p.r.plan.Leaving)-plainRows) }

func (r *Report) appendLeaving(b []byte, i int) []byte { return appendLeaving(b, &r.plan.Leaving[i]) }

func appendLeaving(b []byte, l *plan.Leaving) []byte {
	at := func(t time.Time) {
		if t.IsZero() {
			b = append(b, "null"...)
			return
		}
		b = append(t.UTC().Truncate(time.Millisecond).AppendFormat(append(b, '"'), time.RFC3339Nano), '"')
	}
	b = appendString(append(b, `{"uid":`...), l.UID)
	b = appendString(append(b, `,"name":`...), l.Name)
	b = append(b, `,"since":`...)
	at(l.Since)
	b = strconv.AppendInt(append(b, `,"runs":`...), int64(l.Runs), 10)
	b = strconv.AppendInt(append(b, `,"of":`...), int64(l.Of), 10)
	b = append(b, `,"from":`...)
	at(l.From)
	return append(b, '}')
}

// leavingText says why the user stays for now, and until when, a clause.
func (s *Story) leavingText() string {
	l := s.Leaving
	if l == nil {
		return "the roster lacks it, not for long enough yet"
	}
	text := fmt.Sprintf("the roster lacks it, in %d of the %d good runs in a row that --grace-runs asks for", l.Runs, l.Of)
	if at := absentSince(l); at != "" {
		text += ", since " + at
	}
	return text + "; it " + goes(l)
}
