package report

import (
	"fmt"
	"slices"
	"strconv"
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

// Leaving is as many of those who are leaving as the page shows.
func (p pageView) Leaving() []plan.Leaving {
	return p.r.soonest()[:min(len(p.Plan.Leaving), plainRows)]
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
