package report

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/report/term"
)

// Terminal is what the summary has to know of where it is read.
type Terminal struct {
	Color bool
	Width int    // columns; 0 is 80
	Dir   string // where the reports are; "" if there are none
	Mail  bool   // it is no terminal: the verdict is one line
	Run   bool   // say which run it was, and when: it is not the one that just ended
}

const (
	someOf = 5  // how many elements of a long list the summaries name
	manyOf = 50 // how many the terminal names where there is no file that has the rest
)

// WriteTerminal writes the summary that a run ends with.
func (r *Report) WriteTerminal(w io.Writer, t Terminal) error {
	s := newScreen(w, t)
	s.verdict(r)
	s.books(r)
	if r.planned {
		s.counts(r)
	}
	s.guards(r)
	s.people(r)
	s.failures(r)
	s.conflicts(r)
	s.decisions(r)
	s.rekeys(r)
	s.leaving(r)
	s.rejects(r)
	s.rest(r)
	return s.Flush()
}

// screen is what a summary is laid out on.
type screen struct {
	*term.Screen
	t Terminal
}

func newScreen(w io.Writer, t Terminal) *screen { return &screen{term.New(w, t.Color, t.Width), t} }

// room is how many elements of a list are named: some, where a file has them
// all, else many.
func (s *screen) room(some int) int {
	if s.t.Dir == "" {
		return manyOf
	}
	return some
}

// more says where the n elements are that a list leaves out.
func (s *screen) more(n int, file string) string {
	if s.t.Dir == "" {
		return fmt.Sprintf("and %s more; --report-dir DIR writes all of them", phrase.Thousands(n))
	}
	return fmt.Sprintf("and %s more in %s", phrase.Thousands(n), file)
}

func (s *screen) verdict(r *Report) {
	style := term.Bold + term.Yellow
	switch result := r.in.Run.Result; {
	case result == Refused, result == Failed, len(r.in.Stops) > 0:
		style = term.Bold + term.Red
	case result == Converged:
		style = term.Bold + term.Green
	case result == Pending:
		style = term.Bold
	}
	if verdict := r.Verdict(); s.t.Mail {
		s.Line("%s", phrase.Visible(verdict)) // a mail's reader, or its subject, may have but its first line
	} else {
		s.Wrapped(style, "", verdict)
	}
	s.Line("")
}

func (s *screen) books(r *Report) {
	in := &r.intake
	if s.t.Run {
		run := &r.in.Run
		s.Labelled("run", fmt.Sprintf("%s: %s, %s (exit status %d)", run.ID, run.Command, run.Result, run.ExitCode))
		if !run.StartedAt.IsZero() {
			s.Labelled("started", timeText(run.StartedAt))
		}
	}
	if target := r.in.Target.String(); target != "" {
		s.Labelled("target", target)
	}
	if r.in.Recovered != "" {
		s.Labelled("recovered", r.in.Recovered)
	}
	if r.plan.Undoes != "" {
		s.Labelled("undoes", "run "+r.plan.Undoes)
	}
	if decided := r.decided(); decided != "" {
		s.Labelled("decided", decided)
	}
	if len(in.Files) > 0 {
		s.Labelled("roster", r.rosterText())
		for i, f := range in.Files {
			if i == someOf {
				s.Labelled("", fmt.Sprintf("and %s more", phrase.Counted(len(in.Files)-i, "file")))
				break
			}
			s.Labelled("", fmt.Sprintf("%s: %s", BookName(f.Path, f.Sheet), phrase.Counted(f.Rows, "row")))
		}
	}
	if columns := r.columnText(func(s string) string { return s }); columns != "" {
		s.Labelled("columns", columns)
	}
	if r.planned {
		m := r.plan.Remote
		s.Labelled("remote", fmt.Sprintf("%s: %s active, %s deactivated", phrase.Counted(m.Active+m.Deactivated, "user"),
			phrase.Thousands(m.Active), phrase.Thousands(m.Deactivated)))
	}
	if news := r.new(); news != "" {
		s.Labelled("new", news)
	}
}

// counts is verbs by outcomes; outcomes that did not occur are left out.
func (s *screen) counts(r *Report) {
	s.Line("")
	if r.total.Planned > 0 {
		shown := r.shownOutcomes()
		head := fmt.Sprintf("  %-13s%7s", "", "planned")
		for _, o := range shown {
			head += fmt.Sprintf("%10s", o)
		}
		s.Line("%s", s.Paint(term.Bold, head))
		for _, v := range readingOrder {
			c := &r.counts[v]
			row := fmt.Sprintf("  %-13s%7s", v, phrase.Thousands(c.Planned))
			for _, o := range shown {
				row += fmt.Sprintf("%10s", phrase.Thousands(c.Of(o)))
			}
			s.Line("%s", row)
		}
		for _, text := range r.allTheSame() {
			s.Labelled("", text)
		}
	}
	s.Labelled("left alone", strings.Join(r.alone(), ", "))
}

// shownOutcomes are the outcomes that a table of counts has to have.
func (r *Report) shownOutcomes() []plan.Outcome {
	var shown []plan.Outcome
	for _, o := range outcomes {
		switch {
		case r.unsent() && o != plan.Withheld, r.total.Of(o) == 0 && o != plan.Applied, r.total.Of(o) == 0 && r.unsent():
		default:
			shown = append(shown, o)
		}
	}
	return shown
}

func (s *screen) guards(r *Report) {
	for i, g := range r.plan.Guards {
		if i == 0 {
			s.Line("")
		}
		s.Wrapped(term.Bold+term.Red, "  ", "guard "+g.Name)
		s.Wrapped("", "    ", g.Message)
	}
	for _, w := range r.plan.Withholdings {
		s.Line("")
		s.Wrapped("", "  withheld     ", reasonOf(&w))
	}
}

// people names some of those whom the reader is most likely to ask about.
func (s *screen) people(r *Report) {
	var lines [][2]string
	lost := "lost access"
	if r.unsent() {
		lost = "lose access"
	}
	for _, l := range []struct {
		label string
		verb  plan.Verb
	}{{lost, plan.Deactivate}, {"access back", plan.Reactivate}} {
		if all := r.concerned(l.verb); len(all) > 0 {
			lines = append(lines, [2]string{l.label, some(len(all), func(i int) string { return person(all[i].UID, all[i].Name) })})
		}
	}
	if n, before, first := r.heldAlone(); n > 0 {
		text := some(n-before, func(i int) string { return first[i].UID + " (" + first[i].By() + ")" })
		if before > 0 {
			text = joined(text, phrase.Thousands(before)+" as in the last run")
		}
		lines = append(lines, [2]string{"held", text})
	}
	if roles := r.newRoles(); roles != "" {
		lines = append(lines, [2]string{"new roles", roles})
	}
	if groups := r.updating(); len(groups) > 0 {
		fields := some(len(groups), func(i int) string {
			return fmt.Sprintf("%s × %s", phrase.Thousands(groups[i].done), strings.Join(groups[i].fields, " + "))
		})
		lines = append(lines, [2]string{"updates", joined(fields, r.byCause())})
	}
	for i, l := range lines {
		if i == 0 {
			s.Line("")
		}
		s.Labelled(l[0], l[1])
	}
}

// rekeys says who probably has a new uid; what to do about it stands at the end.
func (s *screen) rekeys(r *Report) {
	if len(r.plan.Rekeys) == 0 {
		return
	}
	s.Line("")
	s.Wrapped(term.Bold, "  ", r.rekeyHeading())
	s.list(len(r.pairs), rekeyName, r.rekeyLine)
}

// failures says what was not carried out, by what that means.
func (s *screen) failures(r *Report) {
	for n := range r.failures {
		f := &r.failures[n]
		s.Line("")
		news := r.news(f)
		s.Wrapped("", "  ", f.String()+asThenBehind(len(f.operations)-len(news), len(f.operations))+"; "+f.Todo())
		s.list(len(news), "operations.csv", func(n int) string {
			i := news[n]
			o := &r.plan.Operations[i]
			text := fmt.Sprintf("%s: %s %s: %s", r.in.Results[i].Outcome, o.Verb, o.UID, r.message(i))
			if fields := r.driftText(i); fields != "" {
				text += ": " + fields
			}
			return text
		})
	}
}

// conflicts says whom an undo leaves alone.
func (s *screen) conflicts(r *Report) {
	all := r.plan.Conflicts
	if len(all) == 0 {
		return
	}
	s.Line("")
	s.Wrapped(term.Bold, "  ", r.inConflict()+": "+phrase.Counted(len(all), "user"))
	s.list(len(all), "conflicts.csv", func(i int) string {
		return person(all[i].UID, all[i].Name) + ": " + conflictText(&all[i])
	})
}

// decisions says which rows of the decisions can't be used.
func (s *screen) decisions(r *Report) {
	n := r.badDecisions()
	if n == 0 {
		return
	}
	s.Line("")
	s.Wrapped(term.Bold, "  ", phrase.Counted(n, "decision")+" can't be used:")
	s.list(n, "report.json", func(i int) string { return phrase.Shorten(r.in.Decisions.Rejects[i].String(), 400) })
}

// list names the first of n elements, and where the rest are.
func (s *screen) list(n int, file string, element func(i int) string) {
	for i := range n {
		if i == s.room(someOf) {
			s.Wrapped("", "    ", s.more(n-i, file))
			return
		}
		s.Wrapped("", "    ", element(i))
	}
}

// concerned is of whom a verb was carried out, or would be.
func (r *Report) concerned(v plan.Verb) []*plan.Operation {
	var all []*plan.Operation
	for i := range r.plan.Operations {
		o := &r.plan.Operations[i]
		if o.Verb == v && r.takesEffect(i) {
			all = append(all, o)
		}
	}
	return all
}

func person(uid, name string) string {
	if name == "" || name == uid {
		return uid
	}
	return fmt.Sprintf("%s (%s)", uid, phrase.Shorten(name, 40))
}

// some names the first of n elements and says how many more there are.
func some(n int, name func(i int) string) string {
	var words []string
	for i := range min(n, someOf) {
		words = append(words, name(i))
	}
	if n > someOf {
		words = append(words, phrase.Thousands(n-someOf)+" more")
		return phrase.And(words)
	}
	return strings.Join(words, ", ")
}

func (s *screen) rejects(r *Report) {
	if r.rejects.len() == 0 {
		return
	}
	s.Line("")
	heading := phrase.Counted(r.rejects.len(), "row") + " can't be used" + asThen(r.before.nRejects, r.rejects.len())
	if r.before.nRejects == r.rejects.len() {
		if s.t.Dir != "" {
			heading += "; rejects.csv lists them"
		}
		s.Wrapped("", "  ", heading)
		return
	}
	s.Wrapped(term.Bold, "  ", heading+":")
	for _, cause := range r.causeLines(s.room(someOf)) {
		s.Wrapped("", "    ", cause)
	}
	kinds, rest := r.kinds(s.room(someOf))
	for _, k := range kinds {
		text := phrase.Shorten(r.rejects.at(k.first).String(), 400)
		if n := len(r.rejects.at(k.first).Defects) - 1; n > 0 {
			text += fmt.Sprintf(" (and %s)", phrase.Counted(n, "more defect"))
		}
		s.Wrapped("", "    ", text+k.others())
	}
	if rest > 0 {
		s.Wrapped("", "    ", s.more(rest, "rejects.csv"))
	}
}

// rest is notices, verification, requests, files and what to do next.
func (s *screen) rest(r *Report) {
	s.Line("")
	notices := r.noticesToRead()
	for i, n := range notices {
		if i == s.room(2*someOf) {
			s.Labelled("notice", s.more(len(notices)-i, "report.html"))
			break
		}
		s.Labelled("notice", n.Message)
	}
	for _, f := range r.figures() {
		s.Labelled(f[0], f[1])
	}
	for _, text := range r.notSent() {
		s.Labelled("not sent", text)
	}
	if s.t.Dir != "" {
		s.Line("  %-13s%s", "report", phrase.Visible(filepath.Join(s.t.Dir, "report.html")))
	}
	saved := ""
	if s.t.Dir != "" {
		saved = filepath.Join(s.t.Dir, "plan.json")
	}
	s.Steps("next", r.next(saved))
}
