package report

import (
	"cmp"
	"fmt"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report/sheet"
)

// summaryRows is the report on one page.
func (r *Report) summaryRows(s *sheet.Rows) {
	s.End()
	for _, fact := range r.facts() {
		s.Put(0, fact[0], s.Styles.Bold)
		s.Prose(1, fact[1])
	}
	var stops, failures []string
	for i := range r.in.Stops {
		stops = append(stops, r.in.Stops[i].text())
	}
	for i := range r.failures {
		failures = append(failures, r.failures[i].String()+"; "+r.failures[i].Todo())
	}
	s.List("Stopped", stops)
	for i, g := range r.plan.Guards {
		if i == 0 {
			s.Heading("Guards that tripped")
		}
		s.Put(0, phrase.Visible(g.Name), s.Styles.Tint["guard"])
		s.Prose(1, g.Message)
	}
	s.List("What to do now", inOrder(r.next(planName)))
	s.List("How to decide", r.howToDecide())
	s.List("Not applied", failures)
	s.List("Rows that can't be used", r.causeLines(manyOf))
	if len(r.plan.Rekeys) > 0 {
		s.Heading(rekeyTitle)
		s.Prose(0, fmt.Sprintf("%s, on the sheet %s; neither account %s touched.", phrase.Counted(len(r.plan.Rekeys), "pair"), rekeySheet,
			r.rekeyTense()))
		s.Prose(0, rekeyTodo(rekeyName)+rekeyThen+".")
	}
	if d := r.in.Decisions; d != nil {
		s.Heading("Decisions", "operations")
		for _, of := range []plan.Decision{plan.Apply, plan.Hold, plan.Never} {
			s.Put(0, of.String(), s.Styles.Tint[of.String()])
			s.Number(1, d.Count(of), s.Styles.Number)
			s.End()
		}
		open, withheld := r.undecided()
		s.Account("undecided", open)
		s.Account("withheld whatever is decided", withheld)
		s.Put(0, rejectedWord, s.Styles.Tint[rejectedWord])
		s.Number(1, len(d.Rejected), s.Styles.Number)
		s.End()
		s.Account("all", len(d.Of))
		s.Prose(0, "read from "+d.File+", SHA-256 "+d.SHA256)
	}
	if r.planned {
		s.Heading("Changes", append([]string{"planned"}, names(outcomes[:])...)...)
		for _, v := range readingOrder {
			s.Put(0, v.String(), s.Styles.Tint[v.String()])
			putCounts(s, r.counts[v])
		}
		s.Put(0, "all", s.Styles.Bold)
		putCounts(s, r.total)
		s.Heading("Users of the app", "users")
		for _, a := range r.accounts() {
			s.Account(a.Name, a.N)
		}
		s.Account("all", r.plan.Remote.Active+r.plan.Remote.Deactivated)
	}
	if len(r.intake.Files) > 0 {
		s.Heading("Rows of the roster", "rows")
		s.Account("users", r.intake.Users)
		s.Account("duplicates, counted once", r.intake.Duplicates)
		s.Account("can't be used", r.intake.Rejected)
		s.Account("all", r.intake.Rows)
		s.Heading("Inputs", "rows", "", "SHA-256")
		for _, file := range r.intake.Files {
			s.Wrapped(0, phrase.Visible(BookName(file.Path, file.Sheet)))
			s.Number(1, file.Rows, s.Styles.Number)
			s.Text(3, file.SHA256)
			s.End()
		}
	}
	var notices []string
	for _, n := range r.noticesToRead() {
		notices = append(notices, n.Message)
	}
	s.List("Notices", notices)
}

// howToDecide tells a reviewer what to do with the sheet of operations.
func (r *Report) howToDecide() []string {
	if !r.decidable() || len(r.plan.Operations) == 0 {
		return nil
	}
	return []string{
		"On the sheet " + OperationSheet + ", leave apply in a row's yellow cell to have the operation carried out, or write hold to leave it " +
			"for this time, " +
			"or never to leave it and to protect the user from later runs, and change nothing else: an emptied cell is no decision.",
		"Then save the workbook and run cometsync apply plan.json --decisions report.xlsx, with the plan of run " +
			cmp.Or(r.plan.Run, r.in.Run.ID) + ".",
	}
}

func putCounts(s *sheet.Rows, c Count) {
	s.Number(1, c.Planned, s.Styles.Number)
	for i, o := range outcomes {
		s.Number(2+i, c.Of(o), s.Styles.Number)
	}
	s.End()
}

func names(outcomes []plan.Outcome) []string {
	var all []string
	for _, o := range outcomes {
		all = append(all, o.String())
	}
	return all
}
