package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/document"
)

// about is which run it was, and what it worked on.
func (r *Report) about(v view) document.Facts {
	run := &r.In.Run
	f := document.Facts{Title: "This run"}
	add := func(label, text string, below ...document.Line) { f.Add(label, document.Text(text), below...) }
	if v.run {
		add("run", fmt.Sprintf("%s: %s, %s (exit status %d)", run.ID, run.Command, run.Result, run.ExitCode))
		if !run.StartedAt.IsZero() {
			add("started", v.in.Moment(run.StartedAt))
		}
	}
	if v.long {
		add("took", duration(run.FinishedAt.Sub(run.StartedAt)))
		add("version", run.Version)
	}
	add("target", r.In.Target.String())
	add("recovered", r.In.Recovered)
	if r.Plan.Undoes != "" {
		add("undoes", "run "+r.Plan.Undoes)
	}
	add("decided", r.Decided())
	in := &r.Intake
	if len(in.Files) > 0 {
		add("roster", r.rosterText(), r.inputs(v)...)
	}
	f.Add("columns", r.columnText())
	if m := r.Plan.Remote; r.Planned {
		add("remote", fmt.Sprintf("%s: %s active, %s deactivated", phrase.Counted(m.Active+m.Deactivated, "user"),
			phrase.Thousands(m.Active), phrase.Thousands(m.Deactivated)))
		if r.Total.Planned == 0 {
			add("left alone", r.alone())
		}
	}
	add("new", r.new())
	if v.long {
		add("problem", r.In.Problem)
		add("private values", map[bool]string{true: "shown in this report", false: "masked as " + Mask}[r.In.ShowPrivate])
	}
	return f
}

func (r *Report) inputs(v view) []document.Line {
	var lines []document.Line
	for i, f := range r.Intake.Files {
		if i == v.room(SomeOf) {
			return append(lines, document.Say("and %s more", phrase.Counted(len(r.Intake.Files)-i, "file")))
		}
		line := document.Say("%s: %s", document.Value(user.BookName(f.Path, f.Sheet)), phrase.Counted(f.Rows, "row"))
		if v.long {
			line = document.Say("%s, SHA-256 %s", line, f.SHA256)
		}
		lines = append(lines, line)
	}
	return lines
}

// notes are what the reader should know besides, what the app showed in the end, and
// what it cost.
func (r *Report) notes(v view) document.Facts {
	f := document.Facts{Title: "Notes"}
	notices := r.NoticesToRead()
	shown := v.list("", len(notices), 2*SomeOf, "report.html", func(i int) document.Item {
		return document.Item{Head: document.Text(notices[i].Message)}
	})
	for _, line := range shown.Lines() {
		f.Add("notice", line)
	}
	f.Facts = append(f.Facts, r.figures()...)
	switch {
	case v.beside:
		f.Add("files", r.files())
	case v.saved != "":
		f.Add("report", document.Text(besides(v.saved, "report.html")))
	}
	return f
}

// figures are what the app showed in the end, and what it cost.
func (r *Report) figures() []document.Fact {
	var f document.Facts
	add := func(label, text string) { f.Add(label, document.Text(text)) }
	if v := &r.In.Verify; v.Ran || v.Message != "" {
		add("verified", r.Verified())
	}
	if r.In.API.Requests > 0 {
		add("requests", r.In.API.requests())
	}
	add("expected", r.Expected())
	for _, text := range r.rehearsed() {
		add("rehearsed", text)
	}
	add("applied", r.applied())
	add("tokens", r.tokens())
	for _, text := range r.NotSent() {
		add("not sent", text)
	}
	return f.Facts
}

// Facts are what the page says of the run, which shows numbers and notices elsewhere. Its
// script has the browser say times where the reader is.
func (r *Report) Facts() []document.Fact {
	f := r.about(view{saved: PlanName, run: true, long: true})
	f.Add("new roles", document.Text(r.newRoles()))
	return append(f.Facts, r.figures()...)
}

// files are those of the report that people look into.
func (r *Report) files() document.Line {
	names := []document.Line{document.Say("%s, %s", document.Value("report.html"), document.Value("report.xlsx"))}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"operations.csv", len(r.Plan.Operations) > 0},
		{RejectsName, r.Rejects.Len() > 0},
		{"conflicts.csv", len(r.Plan.Conflicts) > 0},
		{UsersName, r.Plan.Places != nil},
		{RekeyName, len(r.Plan.Rekeys) > 0},
		{PlanName, r.Applicable()},
	} {
		if f.has {
			names = append(names, document.Say("%s", document.Value(f.name)))
		}
	}
	return document.Join(names, ", ")
}

// Tables are the books: what was planned and what came of it, and where every row and
// every remote user is.
func (r *Report) Tables() []*document.Table {
	shown := r.shownOutcomes()
	numbers := func(c *Count) []int {
		n := []int{c.Planned}
		for _, o := range shown {
			n = append(n, c.Of(o))
		}
		return n
	}
	changes := &document.Table{Title: "Changes", Heads: []string{"planned"}, All: document.Row{Name: "all", N: numbers(&r.Total)}}
	for _, o := range shown {
		changes.Heads = append(changes.Heads, o.String())
	}
	if r.Total.Planned > 0 {
		decided := r.Unsent() && r.In.Decisions != nil // by which less may be applied than was planned
		if decided {
			changes.Heads, changes.All.N = append(changes.Heads, "to apply"), append(changes.All.N, 0)
		}
		for _, v := range Verbs() {
			n := numbers(&r.Counts[v])
			if decided {
				n = append(n, r.Effective[v])
				changes.All.N[len(n)-1] += r.Effective[v]
			}
			changes.Rows = append(changes.Rows, document.Row{Name: v.String(), N: n})
		}
		var below document.Facts
		for _, text := range r.allTheSame() {
			below.Add("done in part", document.Text(text))
		}
		below.Add("left alone", document.Text(r.alone()))
		changes.Below = below.Facts
	}
	row := func(name string, n int) document.Row { return document.Row{Name: name, N: []int{n}} }
	in := &r.Intake
	rows := &document.Table{Title: "Rows of the roster", Heads: []string{"rows"}, All: row("all", in.Rows), Long: true}
	if len(in.Files) > 0 {
		rows.Rows = []document.Row{
			row("users", in.Users), row("duplicates, counted once", in.Duplicates), row("can't be used", in.Rejected),
		}
	}
	m := &r.Plan.Remote
	users := &document.Table{Title: "Users of the app", Heads: []string{"users"}, All: row("all", m.Active+m.Deactivated), Long: true}
	users.All.Note = fmt.Sprintf("%s active, %s deactivated; %s in scope", phrase.Thousands(m.Active), phrase.Thousands(m.Deactivated),
		phrase.Thousands(m.InScope))
	if r.Planned {
		for _, a := range r.Accounts() {
			users.Rows = append(users.Rows, document.Row{Name: a.Name, Note: a.Meaning, N: []int{a.N}})
		}
	}
	return []*document.Table{changes, rows, users}
}

// shownOutcomes are the outcomes that a table of counts has to have.
func (r *Report) shownOutcomes() []plan.Outcome {
	var shown []plan.Outcome
	for _, o := range Outcomes() {
		switch {
		case r.Unsent() && o != plan.Withheld, r.Total.Of(o) == 0 && o != plan.Applied, r.Total.Of(o) == 0 && r.Unsent():
		default:
			shown = append(shown, o)
		}
	}
	return shown
}

// rosterText is what the rows of the roster come to; "" if none were read.
func (r *Report) rosterText() string {
	in := &r.Intake
	if len(in.Files) == 0 {
		return ""
	}
	return fmt.Sprintf("%s = %s + %s + %s rejected", phrase.Counted(in.Rows, "row"),
		phrase.Counted(in.Users, "user"), phrase.Counted(in.Duplicates, "duplicate"), phrase.Thousands(in.Rejected))
}

// columnText is what a validation took the columns for; none if that is not to be told.
func (r *Report) columnText() document.Line {
	if r.In.Run.Command != "validate" {
		return nil
	}
	var words []document.Line
	for _, c := range r.columns() {
		word := document.Say("%s", document.Value(c.Header))
		if !c.plain() {
			word = document.Say("%s → %s", word, document.Value(c.Field))
		}
		words = append(words, word)
	}
	return document.Join(words, ", ")
}

// newRoles names the roles that are created before the users who have them.
func (r *Report) newRoles() string { return strings.Join(r.Plan.NeededRoles(nil), ", ") }

// tokens says where the auth tokens are that were asked for, and whose were
// revoked; "" if there is nothing of either.
func (r *Report) tokens() string {
	var text []string
	if r.In.Tokens.File != "" {
		text = append(text, phrase.Thousands(r.In.Tokens.Written)+" written to "+r.In.Tokens.File)
	}
	if revoked := r.results(func(x *plan.Result) bool { return x.Revoked }); revoked > 0 {
		text = append(text, "those of "+phrase.Counted(revoked, "user")+" were revoked, for good")
	}
	return strings.Join(text, "; ")
}

// Account is one line of the remote's books.
type Account struct {
	Name, Class, Meaning string
	N                    int
}

// leftAlone is where the remote users are that no operation is planned for.
func (r *Report) leftAlone() []Account {
	p := r.Plan
	held := "a rejected row may stand for them"
	if len(p.Rekeys) > 0 {
		held = "a rejected row, or one under another uid, may stand for them"
	}
	strangers := "strangers"
	if p.Strangers == 1 {
		strangers = "stranger"
	}
	all := []Account{
		{"unchanged", "unchanged", "already as the roster has them", p.Unchanged},
		{"held", "held", held, len(p.Held)},
		{"out of scope", "outside", "outside --scope", p.OutOfScope},
		{"protected", "outside", "by --protect or the protect list, or as an agent or bot of the app", p.Protected},
		{"kept", "outside", "absent from the roster, left by --missing keep", p.Kept - p.Strangers - len(p.Leaving)},
		{"leaving", "outside", "absent from the roster, not for long enough yet", len(p.Leaving)},
		{strangers, "outside", "absent from the roster, and from that of every earlier run", p.Strangers},
	}
	all = slices.DeleteFunc(all, func(a Account) bool { return a.N == 0 && (a.Name == "leaving" || a.Name == "strangers") })
	if !r.Undo() {
		return all
	}
	// An undo has no roster that could hold or keep anybody.
	all[0].Meaning = "not changed by the run that is undone, or as before it already"
	all = slices.DeleteFunc(all, func(a Account) bool { return a.N == 0 && (a.Name == "held" || a.Name == "kept") })
	return append(all, Account{"in conflict", "conflict", "changed since the run that is undone", r.Conflicting()})
}

// alone says how many users no operation is planned for, by where they are.
func (r *Report) alone() string {
	var words []string
	for _, a := range r.leftAlone() {
		if a.N > 0 || a.Name == "unchanged" {
			words = append(words, phrase.Thousands(a.N)+" "+a.Name)
		}
	}
	return strings.Join(words, ", ")
}

// Accounts is where every remote user is: what becomes of those whom something was
// planned for, or what became of them once it was tried.
func (r *Report) Accounts() []Account {
	var all []Account
	for _, v := range Verbs() {
		if c := &r.Counts[v]; v != plan.Create && r.Unsent() {
			all = append(all, Account{v.String(), v.String(), "", c.Planned - c.Withheld})
		} else if v != plan.Create {
			all = append(all, Account{Words(v, r.Undo()).Done, v.String(), "", c.Applied})
		}
	}
	for _, o := range Outcomes() {
		n := r.Total.Of(o) - r.Counts[plan.Create].Of(o)
		if n > 0 && !r.Unsent() && o != plan.Applied && o != plan.Withheld {
			all = append(all, Account{o.String(), "undone", "to be changed, and not as planned", n})
		}
	}
	if n := r.Counts[plan.Deactivate].Withheld; n > 0 {
		all = append(all, Account{"withheld", "withheld", "to be deactivated, and left alone for the time being", n})
	}
	return append(all, r.leftAlone()...)
}

// IsLimit reports whether a guard's numbers mean something to people: a limit
// that they gave, and not a condition that holds or does not.
func IsLimit(g plan.Guard) bool { return strings.HasPrefix(g.Name, "max-") }

// Verified is what reading the app again showed.
func (r *Report) Verified() string {
	v := &r.In.Verify
	text := v.Message
	switch {
	case text != "":
	case !v.Ran:
		return "the app was not read again"
	case v.Remaining > 0:
		text = fmt.Sprintf("the app was read again, and %s %s", phrase.Counted(v.Remaining, "difference"),
			phrase.Form(v.Remaining, "remains", "remain"))
	case r.Total.Applied < r.Total.Planned || r.Rejects.Len() > 0 || len(r.Plan.Rekeys) > 0:
		return "the app was read again, and it shows everything that was carried out"
	default:
		return "the app was read again, and nothing remains to be done"
	}
	if v.Remaining > 0 && len(v.Operations) > 0 {
		text += ": " + some(len(v.Operations), func(i int) document.Line {
			return document.Say("%s %s", v.Operations[i].Verb, document.Value(v.Operations[i].UID))
		}).String()
	}
	return text
}

// requests is what the run asked of the API.
func (a *API) requests() string {
	took := time.Duration(a.Seconds * float64(time.Second))
	text := fmt.Sprintf("%s in %s", phrase.Thousands(a.Requests), duration(took))
	if a.Retries > 0 {
		text += fmt.Sprintf(", %s repeated", phrase.Thousands(a.Retries))
	}
	if a.Throttled > 0 {
		text += fmt.Sprintf(", %s held back by the rate limit", phrase.Thousands(a.Throttled))
	}
	return text
}

// duration is a span as people say it.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// short is how long a run may be expected to take and still be one of
// which nobody needs to know it better.
const short = 5 * time.Second

// Expected is what carrying the plan out would cost; "" if there is nothing
// to say.
func (r *Report) Expected() string {
	e := &r.In.API.Expected
	if e.Requests <= 0 || !r.Unsent() {
		return ""
	}
	return fmt.Sprintf("%s, %s at the rate that this run may use, and what reading the app before and after takes",
		phrase.Counted(e.Requests, "request"), roughly(e.Duration))
}

// applied is how long carrying the plan out took; "" if nothing was done.
func (r *Report) applied() string {
	a := &r.In.API
	if a.Applying <= 0 || !r.wrote() {
		return ""
	}
	text := "in " + span(a.Applying)
	switch e := &a.Expected; {
	case e.Requests <= 0:
	case e.Duration < short:
		text += " (a few seconds expected)"
	default:
		text += fmt.Sprintf(" (%s expected)", span(e.Duration))
	}
	return text
}

func roughly(d time.Duration) string {
	if d < short {
		return "a few seconds"
	}
	return "about " + span(d)
}

// span is a time of which only the two largest units matter: 2 min 10 s.
func span(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", max(d.Seconds(), 0.1))
	}
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return phrase.Sprintf("%d s", s)
	case s < 3600:
		return units(s/60, "min", s%60, "s")
	case s < 24*3600:
		m := (s + 30) / 60
		return units(m/60, "h", m%60, "min")
	}
	h := (s + 1800) / 3600
	return units(h/24, "d", h%24, "h")
}

func units(n int, unit string, rest int, small string) string {
	if rest == 0 {
		return phrase.Sprintf("%d %s", n, unit)
	}
	return phrase.Sprintf("%d %s %d %s", n, unit, rest, small)
}
