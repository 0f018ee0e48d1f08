package report

import (
	"io"
	"math"
	"path/filepath"
	"strconv"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/document"
	"cometsync/report/term"
)

// Terminal is what the summary has to know of where it is read.
type Terminal struct {
	Color bool
	Width int         // columns; 0 is 80
	Dir   string      // where the reports are; "" if there are none
	Cut   bool        // words that are wider than a terminal are cut: nobody copies them from there
	Mail  bool        // it is not a terminal: the verdict is one line
	Zone  phrase.Zone // of whoever reads it
	Run   bool        // say which run it was, and when: it is not the one that just ended
}

const (
	SomeOf = 5  // how many elements of a long list the summaries name
	manyOf = 50 // how many where there is no file that has the rest
)

// view is where a summary is read.
type view struct {
	saved  string      // the path of the plan, beside which the other files are; "" if there are no files
	beside bool        // the summary is one of the files
	run    bool        // say which run it was
	long   bool        // there is room for all that is to be said of a run
	in     phrase.Zone // in which it is read
}

// WriteTerminal writes the summary that a run ends with.
func (r *Report) WriteTerminal(w io.Writer, t Terminal) error {
	v := view{run: t.Run, in: r.In.Run.Zone}
	if t.Dir != "" {
		v.saved = filepath.Join(t.Dir, PlanName)
	}
	return t.Write(w, r.document(v))
}

// Screen is for tables: what is no terminal has a line for each row, and nothing is cut.
func (t Terminal) Screen(w io.Writer) *term.Screen {
	if t.Mail {
		t.Width = math.MaxInt32
	}
	return term.New(w, t.Color, t.Width)
}

// Write writes a document for the terminal.
func (t Terminal) Write(w io.Writer, d *document.Document) error {
	s := term.New(w, t.Color, t.Width)
	s.Cut = t.Cut && !t.Mail
	d.Terminal(s, t.Mail)
	return s.Flush()
}

// WriteSummary writes summary.md.
func (r *Report) WriteSummary(w io.Writer) error {
	return r.document(view{saved: PlanName, beside: true, run: true, in: r.In.Run.Zone}).Markdown(w)
}

// OnePage is the report on the first sheet of the workbook.
func (r *Report) OnePage() *document.Document {
	return r.document(view{saved: PlanName, beside: true, run: true, long: true, in: r.In.Run.Zone})
}

// document is the report for people: the result, what to know of the run, whatever a
// reader may want to look into, and what to do now.
func (r *Report) document(v view) *document.Document {
	d := &document.Document{Verdict: r.Verdict(), Tone: r.tone()}
	add := func(b document.Block) { d.Blocks = append(d.Blocks, b) }
	lists := func(lists ...*document.List) {
		for _, l := range lists {
			if l != nil {
				add(l)
			}
		}
	}
	if about := r.about(v); len(about.Facts) > 0 {
		add(about)
	}
	for _, t := range r.Tables() {
		if len(t.Rows) > 0 {
			add(t)
		}
	}
	if v.long { // as the page, which people look through as well
		for _, part := range r.ToDo() {
			part.Title = "What to do now, for " + part.Title
			add(part)
		}
		for _, how := range r.howTo() {
			add(how)
		}
	}
	for _, g := range r.Plan.Guards {
		add(&document.Alert{Title: "guard " + g.Name + " tripped", Text: g.Message, Stop: true})
	}
	for i := range r.Plan.Withholdings {
		w := &r.Plan.Withholdings[i]
		add(&document.Alert{Title: phrase.Counted(r.Counts[w.Verb].Withheld, verbs[w.Verb].Noun) + " withheld", Text: ReasonOf(w)})
	}
	if !v.long { // the workbook has them all on a sheet, and names some among the others
		lists(r.losing(v))
	}
	if people := r.people(v); len(people.Facts) > 0 {
		add(people)
	}
	lists(r.failureLists(v)...)
	lists(r.conflictList(v), r.decisionList(v), r.rekeyList(v), r.leavingList(v), r.rejectList(v))
	if notes := r.notes(v); len(notes.Facts) > 0 {
		add(notes)
	}
	if steps := r.Next(v.saved); !v.long && len(steps) > 0 {
		add(document.Steps{Title: "What to do now", Label: "next", Steps: steps})
	}
	return d
}

// tone is how the verdict is coloured.
func (r *Report) tone() document.Tone {
	switch result := r.In.Run.Result; {
	case result == Refused, result == Failed, len(r.In.Stops) > 0:
		return document.Bad
	case result == Converged:
		return document.Good
	case result == Pending:
		return document.Bold
	}
	return document.Warning
}

// list names the first of n elements, and which file has the rest; nil for none.
func (v view) list(title string, n, most int, file string, item func(i int) document.Item) *document.List {
	if n == 0 {
		return nil
	}
	l := &document.List{Title: title, Bold: true, File: file}
	for i := range min(n, v.room(most)) {
		l.Items = append(l.Items, item(i))
	}
	l.More = n - len(l.Items)
	if v.saved == "" {
		l.File = ""
	}
	return l
}

// room is how many elements of a list are named: so many where a file has them all.
func (v view) room(most int) int {
	if v.saved == "" {
		return manyOf
	}
	return most
}

// losing names those of whom nobody may say that it was not seen.
func (r *Report) losing(v view) *document.List {
	gone := r.Concerned(plan.Deactivate)
	l := v.list(r.Fate(plan.Deactivate), len(gone), 2*SomeOf, "operations.csv", func(i int) document.Item {
		return document.Item{Head: Person(gone[i].UID, gone[i].Name), Text: document.Say(": %s", Why(gone[i]))}
	})
	if l != nil {
		l.Label = "lost access"
		if r.Unsent() {
			l.Label = "lose access"
		}
	}
	return l
}

// people names some of the others whom the reader is most likely to ask about.
func (r *Report) people(v view) document.Facts {
	facts := document.Facts{Title: "Users"}
	if gone := r.Concerned(plan.Deactivate); v.long && len(gone) > 0 {
		lost := some(len(gone), func(i int) document.Line { return Person(gone[i].UID, gone[i].Name) })
		if len(gone) > SomeOf {
			lost = document.Say("%s, on the sheet %s", lost, OperationSheet)
		}
		facts.Add("access lost", lost)
	}
	back := r.Concerned(plan.Reactivate)
	facts.Add("access back", some(len(back), func(i int) document.Line { return Person(back[i].UID, back[i].Name) }))
	if n, before, first := r.heldAlone(); n > 0 {
		held := some(n-before, func(i int) document.Line {
			return document.Say("%s (%s)", document.Value(first[i].UID), first[i].By())
		})
		facts.Add("held", joinedLines(held, asBefore(before)))
	}
	facts.Add("new roles", document.Text(r.newRoles()))
	groups := r.updating()
	updates := some(len(groups), func(i int) document.Line {
		fields := make([]document.Line, len(groups[i].fields))
		for j, f := range groups[i].fields {
			fields[j] = document.Say("%s", document.Value(f))
		}
		return document.Say("%s × %s", phrase.Thousands(groups[i].done), document.Join(fields, " + "))
	})
	facts.Add("updates", joinedLines(updates, document.Text(r.ByCause())))
	return facts
}

func asBefore(n int) document.Line {
	if n == 0 {
		return nil
	}
	return document.Say("%s as in the last run", phrase.Thousands(n))
}

// joinedLines are clauses side by side.
func joinedLines(a, b document.Line) document.Line {
	if len(a) == 0 || len(b) == 0 {
		return append(a, b...)
	}
	return document.Say("%s; %s", a, b)
}

// failureLists say what was not carried out, by what that means.
func (r *Report) failureLists(v view) []*document.List {
	var lists []*document.List
	for n := range r.Failures {
		f := &r.Failures[n]
		news := r.news(f)
		title := f.String() + asThenBehind(len(f.Operations)-len(news), len(f.Operations)) + "; " + f.Todo()
		l := v.list(title, len(news), SomeOf, "operations.csv", func(n int) document.Item {
			i := news[n]
			o := &r.Plan.Operations[i]
			return document.Item{
				Head:  document.Say("%s: %s %s: %s", r.In.Results[i].Outcome, o.Verb, document.Value(o.UID), r.Message(i)),
				Below: FieldLines(v.masked(r.Drifted(i)), "when it was planned", "by the plan"),
			}
		})
		if l == nil {
			l = &document.List{Title: title}
		}
		l.Bold = false
		lists = append(lists, l)
	}
	return lists
}

// Drifted is the fields of which an operation found others than planned, the
// private ones masked; none where the app was not read before it was applied,
// or the user is gone.
func (r *Report) Drifted(i int) []plan.ConflictField {
	d := r.In.Drifts[i]
	if d == nil || r.In.Results[i].Outcome != plan.Drifted {
		return nil
	}
	return r.ShownFields(d.Fields)
}

// masked hides private values also where reports show them: a terminal is often a mail.
func (v view) masked(fields []plan.ConflictField) []plan.ConflictField {
	if v.beside {
		return fields
	}
	return maskedFields(fields)
}

// FieldLines are fields with their three values, and what the first two were.
func FieldLines(fields []plan.ConflictField, before, after string) []document.Line {
	var lines []document.Line
	for _, f := range fields {
		of := func(value string) document.Value {
			return document.Value(phrase.Shorten(ValueWords(f.Field, value), 60))
		}
		lines = append(lines, document.Say("%s: %s %s, %s %s, now %s", document.Value(f.Field), of(f.Before), before, of(f.After), after,
			of(f.Now)))
	}
	return lines
}

// conflictList says whom an undo leaves alone.
func (r *Report) conflictList(v view) *document.List {
	n := len(r.Conflicts)
	return v.list(r.InConflict()+": "+phrase.Counted(n, "user"), n, SomeOf, "conflicts.csv", func(i int) document.Item {
		c := &r.Conflicts[i]
		return document.Item{Head: Person(c.UID, c.Name), Text: document.Say(": %s", ConflictText(c)),
			Below: FieldLines(v.masked(c.Fields), "before the run", "after it")}
	})
}

func (r *Report) decisionList(v view) *document.List {
	n := r.BadDecisions()
	return v.list(phrase.Counted(n, "decision")+" can't be used", n, SomeOf, JSONName, func(i int) document.Item {
		return document.Item{Head: rejectLine(&r.In.Decisions.Rejects[i])}
	})
}

// rejectLine is the first thing that is wrong with a row, and where.
func rejectLine(x *user.Reject) document.Line {
	place := document.Value(x.Source.String())
	if len(x.Defects) == 0 {
		return document.Say("%s", place)
	}
	d := &x.Defects[0]
	message := phrase.Shorten(d.Message, 300)
	if d.Column != "" {
		place += document.Value(":" + d.Column)
	}
	if d.Column == "" || d.Value == "" || d.Value == Mask {
		return document.Say("%s: %s", place, message)
	}
	return document.Say("%s: %s: %s", place, document.Value(strconv.Quote(phrase.Shorten(d.Value, 60))), message)
}

// rekeyList says who probably has a new uid; what to do about it is among the steps.
func (r *Report) rekeyList(v view) *document.List {
	return v.list(r.rekeyHeading(), len(r.Pairs), SomeOf, RekeyName, func(i int) document.Item {
		k := &r.Pairs[i]
		return document.Item{Head: document.Say("%s → %s: %s, %s sure (by %s)", Person(k.Old, k.OldName), Person(k.New, k.NewName),
			InCommon(k, r.Plan.Config), Confidence(k), document.Value(k.Source.String()))}
	})
}

// leavingList says who is deactivated once enough runs lacked them.
func (r *Report) leavingList(v view) *document.List {
	all := r.Soonest()
	return v.list(r.LeavingHeading(), len(all), SomeOf, "report.xlsx", func(i int) document.Item {
		l := &all[i]
		return document.Item{Head: document.Say("%s: %s (%s)", Person(l.UID, l.Name), Goes(l, v.in), Lacked(l))}
	})
}

// rejectList says which rows can't be used: what they have in common first.
func (r *Report) rejectList(v view) *document.List {
	n, before := r.Rejects.Len(), r.Before.nRejects
	if n == 0 {
		return nil
	}
	title := phrase.Counted(n, "row") + " can't be used" + asThen(before, n)
	if before == n {
		if v.saved != "" {
			title += "; " + RejectsName + phrase.Form(n, " lists it", " lists them")
		}
		return &document.List{Title: title}
	}
	var items []document.Item
	causes := v.room(SomeOf)
	if v.long {
		causes = manyOf
	}
	for _, cause := range r.CauseLines(causes) {
		items = append(items, document.Item{Head: document.Text(cause)})
	}
	rest, room := 0, len(items)+v.room(SomeOf)
	at, alike := map[string]int{}, map[int]int{} // items of dates that are all written so, and how many rows more there are
	for i, x := range r.Rejects.Each() {
		if Was(r.Before.Rejects, i) || before == 0 && r.Grouped() > 0 && WantsRole(x) {
			continue // what is new is listed also where its cause is not
		}
		if len(x.Defects) == 1 && x.Defects[0].Code == user.TimeAmbiguous {
			one := user.BookName(x.Source.File, x.Source.Sheet) + ":" + x.Defects[0].Column
			if item, told := at[one]; told {
				alike[item]++
				continue
			}
			at[one] = len(items)
		}
		if len(items) == room {
			rest++
			continue
		}
		line := rejectLine(x)
		if n := len(x.Defects) - 1; n > 0 {
			line = append(line, document.Say(" (and %s)", phrase.Counted(n, "more defect"))...)
		}
		items = append(items, document.Item{Head: line})
	}
	for item, n := range alike {
		if item < len(items) {
			items[item].Text = document.Say(" (and %s like it)", phrase.Counted(n, "row"))
		} else {
			rest += n
		}
	}
	l := v.list(title, 1, 1, RejectsName, func(int) document.Item { return document.Item{} })
	l.Items, l.More = items, rest
	return l
}

// Concerned is of whom a verb was carried out, or would be.
func (r *Report) Concerned(v plan.Verb) []*plan.Operation {
	var all []*plan.Operation
	for i := range r.Plan.Operations {
		o := &r.Plan.Operations[i]
		if o.Verb == v && r.takesEffect(i) {
			all = append(all, o)
		}
	}
	return all
}

// Person is a user by uid and, where that says more, by name.
func Person(uid, name string) document.Line {
	if name == "" || name == uid {
		return document.Say("%s", document.Value(uid))
	}
	return document.Say("%s (%s)", document.Value(uid), document.Value(phrase.Shorten(name, 40)))
}

// some names the first of n elements and says how many more there are.
func some(n int, name func(i int) document.Line) document.Line {
	var lines []document.Line
	for i := range min(n, SomeOf) {
		lines = append(lines, name(i))
	}
	if n > SomeOf {
		return document.Say("%s and %s more", document.Join(lines, ", "), phrase.Thousands(n-SomeOf))
	}
	return document.Join(lines, ", ")
}
