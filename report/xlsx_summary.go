package report

import (
	"cmp"
	"fmt"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// summaryRows is the report on one page.
func (r *Report) summaryRows(s *rows) {
	s.end()
	for _, fact := range r.facts() {
		s.put(0, fact[0], s.st.bold)
		s.prose(1, fact[1])
	}
	var stops, failures []string
	for i := range r.in.Stops {
		stops = append(stops, r.in.Stops[i].text())
	}
	for i := range r.failures {
		failures = append(failures, r.failures[i].String()+"; "+r.failures[i].Todo())
	}
	s.list("Stopped", stops)
	for i, g := range r.plan.Guards {
		if i == 0 {
			s.heading("Guards that tripped")
		}
		s.put(0, phrase.Visible(g.Name), s.st.tint["guard"])
		s.prose(1, g.Message)
	}
	s.list("What to do now", inOrder(r.next(planName)))
	s.list("How to decide", r.howToDecide())
	s.list("Not applied", failures)
	s.list("Rows that can't be used", r.causeLines(manyOf))
	if len(r.plan.Rekeys) > 0 {
		s.heading(rekeyTitle)
		s.prose(0, fmt.Sprintf("%s, on the sheet %s; neither account %s touched.", phrase.Counted(len(r.plan.Rekeys), "pair"), rekeySheet, r.rekeyTense()))
		s.prose(0, rekeyTodo(rekeyName)+rekeyThen+".")
	}
	if d := r.in.Decisions; d != nil {
		s.heading("Decisions", "operations")
		for _, of := range []plan.Decision{plan.Apply, plan.Hold, plan.Never} {
			s.put(0, of.String(), s.st.tint[of.String()])
			s.number(1, d.Count(of), s.st.number)
			s.end()
		}
		open, withheld := r.undecided()
		s.account("undecided", open)
		s.account("withheld whatever is decided", withheld)
		s.put(0, rejectedWord, s.st.tint[rejectedWord])
		s.number(1, len(d.Rejected), s.st.number)
		s.end()
		s.account("all", len(d.Of))
		s.prose(0, "read from "+d.File+", SHA-256 "+d.SHA256)
	}
	if r.planned {
		s.heading("Changes", append([]string{"planned"}, names(outcomes[:])...)...)
		for _, v := range readingOrder {
			s.put(0, v.String(), s.st.tint[v.String()])
			s.counts(r.counts[v])
		}
		s.put(0, "all", s.st.bold)
		s.counts(r.total)
		s.heading("Users of the app", "users")
		for _, a := range r.accounts() {
			s.account(a.Name, a.N)
		}
		s.account("all", r.plan.Remote.Active+r.plan.Remote.Deactivated)
	}
	if len(r.intake.Files) > 0 {
		s.heading("Rows of the roster", "rows")
		s.account("users", r.intake.Users)
		s.account("duplicates, counted once", r.intake.Duplicates)
		s.account("can't be used", r.intake.Rejected)
		s.account("all", r.intake.Rows)
		s.heading("Inputs", "rows", "", "SHA-256")
		for _, file := range r.intake.Files {
			s.wrapped(0, phrase.Visible(bookName(file.Path, file.Sheet)))
			s.number(1, file.Rows, s.st.number)
			s.text(3, file.SHA256)
			s.end()
		}
	}
	var notices []string
	for _, n := range r.noticesToRead() {
		notices = append(notices, n.Message)
	}
	s.list("Notices", notices)
}

// howToDecide tells a reviewer what to do with the sheet of operations.
func (r *Report) howToDecide() []string {
	if !r.decidable() || len(r.plan.Operations) == 0 {
		return nil
	}
	return []string{
		"On the sheet " + operationSheet + ", leave apply in a row's yellow cell to have the operation carried out, or write hold to leave it for this time, " +
			"or never to leave it and to protect the user from later runs, and change nothing else: an emptied cell is no decision.",
		"Then save the workbook and run cometsync apply plan.json --decisions report.xlsx, with the plan of run " + cmp.Or(r.plan.Run, r.in.Run.ID) + ".",
	}
}

func (s *rows) heading(title string, columns ...string) {
	s.end()
	s.put(0, title, s.st.header)
	for i := range len(s.columns) - 1 {
		text := ""
		if i < len(columns) {
			text = columns[i]
		}
		s.put(1+i, text, s.st.numbers)
	}
	s.end()
}

func (s *rows) list(title string, lines []string) {
	for i, line := range lines {
		if i == 0 {
			s.heading(title)
		}
		s.prose(0, line)
	}
}

// prose puts a text over the columns from col on, on as many rows as it needs:
// what reaches beyond the last column would have a page shrink, or cut it.
func (s *rows) prose(col int, text string) {
	width := 0.0
	for _, c := range s.columns[col:] {
		width += c.width
	}
	for _, line := range phrase.Wrap(phrase.Visible(text), int(width*0.95)) {
		s.text(col, line)
		s.end()
	}
}

func (s *rows) account(name string, n int) {
	s.text(0, name)
	s.number(1, n, s.st.number)
	s.end()
}

func (s *rows) counts(c Count) {
	s.number(1, c.Planned, s.st.number)
	for i, o := range outcomes {
		s.number(2+i, c.Of(o), s.st.number)
	}
	s.end()
}

func names(outcomes []plan.Outcome) []string {
	var all []string
	for _, o := range outcomes {
		all = append(all, o.String())
	}
	return all
}
