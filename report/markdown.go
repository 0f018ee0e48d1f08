package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// WriteSummary writes summary.md, made to be pasted into a pull request or a
// chat: the verdict comes first and alone, since a chat shows one line of it;
// then a table of counts, who loses access, and the first few of whatever a
// reader may want to look into.
func (r *Report) WriteSummary(w io.Writer) error {
	out := bufio.NewWriter(w)
	m := &markdown{out: out}
	m.line("**%s**", m.prose(r.Verdict()))
	m.line("")
	m.line("%s", m.prose(r.about()))
	m.line("")
	if r.in.Recovered != "" {
		m.line("> **Recovered.** %s", m.prose(r.in.Recovered))
		m.line("")
	}
	m.guards(r)
	m.counts(r)
	m.losing(r)
	m.facts(r)
	m.people(r)
	m.failures(r)
	m.conflicts(r)
	m.decisions(r)
	m.rekeys(r)
	m.leaving(r)
	m.rejects(r)
	m.rest(r)
	return out.Flush()
}

// about is command, result, target, time and run, with the one that it
// undoes, on one line.
func (r *Report) about() string {
	words := []string{fmt.Sprintf("cometsync %s: %s", r.in.Run.Command, r.in.Run.Result)}
	if target := r.in.Target.String(); target != "" {
		words = append(words, target)
	}
	if !r.in.Run.StartedAt.IsZero() {
		words = append(words, timeText(r.in.Run.StartedAt))
	}
	words = append(words, "run "+r.in.Run.ID)
	if r.plan.Undoes != "" {
		words = append(words, "undoes run "+r.plan.Undoes)
	}
	return strings.Join(words, " · ")
}

// markdown writes Markdown. What goes wrong is kept by out.
type markdown struct{ out *bufio.Writer }

func (m *markdown) line(format string, args ...any) { fmt.Fprintf(m.out, format+"\n", args...) }

// prose escapes a sentence of ours that may quote what is not ours.
func (*markdown) prose(s string) string {
	var b strings.Builder
	for _, c := range phrase.Visible(s) {
		switch c {
		case '\\', '`', '*', '_', '[', ']', '<', '>', '|', '~', '#':
			b.WriteByte('\\')
		case '@': // would call whoever has that name
			b.WriteString("`@`")
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// text is a name or value that is not ours: as it is if it consists of
// letters, digits and spaces, else as code, in which nothing has a meaning.
func (m *markdown) text(s string) string {
	s = phrase.Visible(s)
	plain := func(c rune) bool {
		return unicode.IsLetter(c) || unicode.IsMark(c) || unicode.IsDigit(c) || c == ' ' || c == '\'' || c == '’'
	}
	if s == "" || strings.IndexFunc(s, func(c rune) bool { return !plain(c) }) < 0 {
		return s
	}
	return m.code(s)
}

// code is a text in which nothing has a meaning.
func (*markdown) code(s string) string {
	s = phrase.Visible(s)
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") {
		s = " " + s + " "
	}
	return fence + strings.ReplaceAll(s, "|", `\|`) + fence
}

func (m *markdown) guards(r *Report) {
	for _, g := range r.plan.Guards {
		m.line("> **Guard %s tripped.** %s", m.text(g.Name), m.prose(g.Message))
		m.line("")
	}
	for _, w := range r.plan.Withholdings {
		m.line("> **%s withheld.** %s", phrase.Counted(r.counts[w.Verb].Withheld, verbNoun[w.Verb]), m.prose(reasonOf(&w)))
		m.line("")
	}
}

func (m *markdown) counts(r *Report) {
	if r.total.Planned > 0 {
		shown := r.shownOutcomes()
		m.line("| | planned |%s", strings.Join(suffixed(names(shown), " |"), ""))
		m.line("| :-- | --: |%s", strings.Repeat(" --: |", len(shown)))
		for _, v := range readingOrder {
			c := r.counts[v]
			if c.Planned == 0 {
				continue
			}
			row := fmt.Sprintf("| %s | %s |", v, phrase.Thousands(c.Planned))
			for _, o := range shown {
				row += fmt.Sprintf(" %s |", phrase.Thousands(c.Of(o)))
			}
			m.line("%s", row)
		}
		m.line("")
		for _, text := range r.allTheSame() {
			m.line("%s.", text)
			m.line("")
		}
	}
}

// facts are numbers, a line each.
func (m *markdown) facts(r *Report) {
	var lines []string
	add := func(name, text string) {
		if text != "" {
			lines = append(lines, "- "+name+": "+text)
		}
	}
	if r.planned {
		words := r.alone()
		if n := r.total.Planned - r.counts[plan.Create].Planned; n > 0 {
			words = append([]string{phrase.Thousands(n) + " with a planned change"}, words...)
		}
		add("app", phrase.Counted(r.plan.Remote.Active+r.plan.Remote.Deactivated, "user")+" = "+strings.Join(words, " + "))
	}
	add("new", m.prose(r.new()))
	add("new roles", m.prose(r.newRoles()))
	add("roster", r.rosterText())
	add("columns", r.columnText(m.text))
	for _, f := range r.figures() {
		add(f[0], m.prose(f[1]))
	}
	if decided := r.decided(); decided != "" {
		lines = append(lines, "- decided "+m.prose(decided))
	}
	for _, text := range r.notSent() {
		add("not sent", m.prose(text))
	}
	if len(lines) == 0 {
		return
	}
	// Without a heading, Markdown takes them for more of the list above them.
	m.line("**In numbers**")
	m.line("")
	for _, line := range lines {
		m.line("%s", line)
	}
	m.line("")
}

func suffixed(words []string, suffix string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = " " + w + suffix
	}
	return out
}

// list writes a heading and the first few of n elements.
func (m *markdown) list(n int, title, rest string, element func(i int) string) {
	m.first(someOf, n, title, rest, element)
}

// first writes a heading and up to most of n elements.
func (m *markdown) first(most, n int, title, rest string, element func(i int) string) {
	if n == 0 {
		return
	}
	m.line("**%s**", title)
	m.line("")
	for i := range min(n, most) {
		m.line("- %s", element(i))
	}
	if n > most {
		m.line("- … and %s more in %s", phrase.Thousands(n-most), rest)
	}
	m.line("")
}

// losing names those of whom nobody may say that it was not seen.
func (m *markdown) losing(r *Report) {
	gone := r.concerned(plan.Deactivate)
	title := "Lost access"
	if r.unsent() {
		title = "Would lose access"
	}
	m.first(2*someOf, len(gone), title, "`operations.csv`", func(i int) string {
		text := m.text(gone[i].UID)
		if gone[i].Name != "" {
			text += " " + m.text(gone[i].Name)
		}
		return text + ": " + why(gone[i])
	})
}

func (m *markdown) people(r *Report) {
	groups := r.updating()
	m.list(len(groups), "Updates, by the fields that change", "`report.html`", func(i int) string {
		fields := make([]string, len(groups[i].fields))
		for j, f := range groups[i].fields {
			fields[j] = "`" + strings.ReplaceAll(phrase.Visible(f), "`", "'") + "`"
		}
		return phrase.Thousands(groups[i].done) + " × " + strings.Join(fields, " + ")
	})
	if causes := r.byCause(); causes != "" {
		m.line("Updates, by cause: %s.", causes)
		m.line("")
	}
	n, before, held := r.heldAlone()
	m.list(n-before, "Held, because a rejected row may stand for them", "`report.xlsx`", func(i int) string {
		h := &held[i]
		if h.Source.File == "" {
			return fmt.Sprintf("%s: %s", m.text(h.UID), m.prose(h.Why))
		}
		return fmt.Sprintf("%s by %s: %s", m.text(h.UID), m.text(h.Source.String()), m.prose(h.Why))
	})
}

// failures says what was not carried out, by what that means.
func (m *markdown) failures(r *Report) {
	for n := range r.failures {
		f := &r.failures[n]
		news := r.news(f)
		title := fmt.Sprintf("Not applied: %s", m.prose(f.String())+asThenBehind(len(f.operations)-len(news), len(f.operations)))
		m.list(len(news), title, "`operations.csv`", func(i int) string {
			i = news[i]
			o := &r.plan.Operations[i]
			text := fmt.Sprintf("%s %s %s: %s", r.in.Results[i].Outcome, o.Verb, m.text(o.UID), m.prose(r.message(i)))
			return text + m.fields(r.drifted(i), "when it was planned", "by the plan")
		})
		if len(news) == 0 {
			m.line("**%s**", title)
			m.line("")
		}
		m.line("What to do: %s", m.prose(f.Todo()))
		m.line("")
	}
}

func (m *markdown) conflicts(r *Report) {
	all := r.conflicts
	m.list(len(all), fmt.Sprintf("%s: %s", r.inConflict(), phrase.Counted(len(all), "user")), "`conflicts.csv`", func(i int) string {
		text := m.text(all[i].UID)
		if all[i].Name != "" {
			text += " " + m.text(all[i].Name)
		}
		text += ": " + m.prose(conflictText(&all[i]))
		return text + m.fields(all[i].Fields, "before the run", "after it")
	})
}

// fields lists fields below an element, with what their first two values were.
func (m *markdown) fields(fields []plan.ConflictField, before, after string) string {
	text := ""
	for _, f := range fields {
		value := func(value string) string { return m.text(phrase.Shorten(valueWords(f.Field, value), 60)) }
		text += fmt.Sprintf("\n  - %s: %s %s, %s %s, now %s", m.code(f.Field), value(f.Before), before, value(f.After), after, value(f.Now))
	}
	return text
}

// decisions says which rows of the decisions can't be used.
func (m *markdown) decisions(r *Report) {
	m.list(r.badDecisions(), "Decisions that can't be used", "`report.json`", func(i int) string {
		return m.reject(&r.in.Decisions.Rejects[i])
	})
}

// rekeys says who probably has a new uid; what to do about it stands at the end.
func (m *markdown) rekeys(r *Report) {
	all := r.pairs
	m.list(len(all), r.rekeyHeading(), "`"+rekeyName+"`", func(i int) string {
		k := &all[i]
		who := func(uid, name string) string {
			return strings.TrimSpace(m.code(uid) + " " + m.text(phrase.Shorten(name, 60)))
		}
		return fmt.Sprintf("%s → %s: %s, %s sure, by %s", who(k.Old, k.OldName), who(k.New, k.NewName), m.prose(r.inCommon(k)), confidence(k),
			m.text(k.Source.String()))
	})
}

// reject is a reject in a line.
func (m *markdown) reject(x *user.Reject) string {
	text := m.text(x.Source.String())
	for j, d := range x.Defects {
		if j > 0 {
			text += ";"
		}
		if d.Column != "" {
			text += " " + m.text(d.Column)
		}
		if d.Value != "" {
			text += " " + m.code(phrase.Shorten(d.Value, 60))
		}
		text += ": " + m.prose(d.Message)
	}
	return text
}

func (m *markdown) rejects(r *Report) {
	before := r.before.nRejects
	if before == r.rejects.len() {
		return
	}
	causes := r.causeLines(someOf)
	kinds, rest := r.kinds(someOf)
	m.line("**Rows that can't be used%s**", asThen(before, r.rejects.len()))
	m.line("")
	for _, cause := range causes {
		m.line("- %s", m.prose(cause))
	}
	for _, k := range kinds {
		m.line("- %s%s", m.reject(r.rejects.at(k.first)), k.others())
	}
	if rest > 0 {
		m.line("- … and %s more in `rejects.csv`", phrase.Thousands(rest))
	}
	m.line("")
}

func (m *markdown) rest(r *Report) {
	notices := r.noticesToRead()
	m.list(len(notices), "Notices", "`report.html`", func(i int) string { return m.prose(notices[i].Message) })
	m.steps(r.next(planName))
	m.line("Files: %s", strings.Join(r.files(), ", "))
}

// steps is what to do now, as a list where it is more than one thing.
func (m *markdown) steps(steps []string) {
	switch len(steps) {
	case 0:
		return
	case 1:
		m.line("**What to do now:** %s", m.prose(steps[0]))
	default:
		m.line("**What to do now**")
		m.line("")
		for i, step := range steps {
			m.line("%d. %s", i+1, m.prose(step))
		}
	}
	m.line("")
}

// files are those of the report that people look into, in code.
func (r *Report) files() []string {
	var names []string
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"report.html", true},
		{"report.xlsx", true},
		{"operations.csv", len(r.plan.Operations) > 0},
		{"rejects.csv", r.rejects.len() > 0},
		{"conflicts.csv", len(r.plan.Conflicts) > 0},
		{"users.csv", r.plan.Places != nil},
		{rekeyName, len(r.plan.Rekeys) > 0},
		{"plan.json", r.planned},
	} {
		if f.has {
			names = append(names, "`"+f.name+"`")
		}
	}
	return names
}
