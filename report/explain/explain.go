// Package explain tells the story of one user or one row of a run: why the user was changed, or
// was not. It refuses to know where a record is, and reads no source.
package explain

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/document"
)

// Story is all that is on record of one user or one row of a run: plain facts,
// out of its journal or its reports, and of its sources as far as they are
// still the same. From it, one is told why the user was changed, or was not.
type Story struct {
	Run    report.Run
	Target plan.Target
	Undoes string // the run that it undoes; "" for none
	PlanOf string // the run whose saved plan it applied; "" for none

	Asked string // what was asked for, as it was spelt

	At  user.Source // the row that was asked for; zero if a user was
	UID string      // the user; "" if none can be told from the row

	Rows   []trace.Looked // of this user, and the one at At
	Last   user.Source    // the last row of its source, if At is after it
	Unread []Unread       // sources that could not be read again

	Rejects  []user.Reject  // of this row and user, from the run's record
	Held     *plan.Held     // nil: not held
	Holds    []string       // users whom the row that was asked for holds
	Rekey    *plan.Rekey    // the pair that the user or the row is of; nil: none
	Leaving  *plan.Leaving  // nil: not leaving
	Gone     *plan.Absence  // nil: not deactivated after several runs that lacked the user
	Conflict *plan.Conflict // nil: not in conflict
	Place    plan.Place     // where the plan left the user; 0: not on record, or there is an operation
	Itemized bool           // the record has every remote user's place: who has none was none

	Operation    *plan.Operation // nil: none was planned
	Planned      int             // operations of its verb: that were sent, where that is on record, else in the plan
	Result       *plan.Result    // nil: none is on record
	Recorded     bool            // a journal says what was sent
	Sent         bool            // the operation was
	Settled      bool            // a later run found out what came of it
	Decision     plan.Decision   // a reviewer's, on the operation
	DecidedBy    string          // the file that the decisions were read from; "" if none were made
	Guards       []plan.Guard
	Allowed      []plan.Guard // tripped, and let through
	Withholdings []plan.Withholding
	Options      plan.Config // under which the plan was made
	ShowPrivate  bool
}

// Unread is a source that can't be read as the run read it.
type Unread struct {
	File    string
	Problem string // why not, a clause; "" if its content is another one
	Was, Is string // SHA-256 of its content, then and now
}

// text says why the source's rows can't be shown.
func (u *Unread) text() string {
	if u.Problem != "" {
		return fmt.Sprintf("%s can't be read again: %s", u.File, u.Problem)
	}
	return fmt.Sprintf("%s is not what it was when the run read it (SHA-256 %.12s…, then %.12s…), so its rows can't be shown", u.File,
		u.Is, u.Was)
}

// WriteTerminal tells the story: the answer in a sentence, then the facts in
// the order in which they came about.
func (s *Story) WriteTerminal(w io.Writer, t report.Terminal) error {
	t.Cut = true
	return t.Write(w, &document.Document{Verdict: s.Answer(), Tone: document.Bold, Blocks: []document.Block{s.facts()}})
}

// facts are the story, in order: the row, what the app had, the rule, what
// stood in the way, what was sent and what came back, what to do.
func (s *Story) facts() document.Facts {
	var facts document.Facts
	add := func(label, text string, below ...string) {
		lines := make([]document.Line, len(below))
		for i := range below {
			lines[i] = document.Text(below[i])
		}
		facts.Add(label, document.Text(text), lines...)
	}
	// Facts of one kind are below each other.
	each := func(label string, texts []string) {
		for i, text := range texts {
			if i > 0 {
				label = ""
			}
			add(label, text)
		}
	}
	add("run", s.runText())
	if target := s.Target.String(); target != "" {
		add("target", target)
	}
	told := map[user.Source]bool{}
	for i := range s.Rows {
		row := &s.Rows[i]
		told[row.Source] = true
		add("row", s.fateText(row), s.cells(row)...)
		each("repairs", s.repairs(row))
	}
	for i := range s.Rejects {
		if x := &s.Rejects[i]; !told[x.Source] {
			add("row", x.Source.String()+" can't be used", s.defects(x)...)
		} else if s.lateReject(x) {
			add("rejected", x.Source.String()+" could not be used by the run", s.defects(x)...)
		}
	}
	for i := range s.Unread {
		add("source", s.Unread[i].text())
	}
	add("rule", s.rule())
	add("options", strings.Join(s.options(), ", "))
	each("change", s.changes())
	if k := s.Rekey; k != nil {
		facts.Add("new uid", document.Say("%s is probably %s: %s, %s sure", report.Person(k.New, k.NewName), report.Person(k.Old, k.OldName),
			report.InCommon(k, s.Options), report.Confidence(k)), document.Text("by "+k.Source.String()))
	}
	add("holds", strings.Join(s.Holds, ", "))
	if s.Conflict != nil {
		c := s.conflict()
		facts.Add("conflict", document.Text(report.ConflictText(&c)), report.FieldLines(c.Fields, "before the run", "after it")...)
	}
	for _, g := range s.Guards {
		add("guard", g.Name+": "+g.Message)
	}
	if s.Operation != nil {
		for _, g := range s.Allowed {
			add("guard", g.Name+": let through by "+g.Allow+": "+g.Found())
		}
		if len(s.Guards)+len(s.Allowed) == 0 && !s.Operation.Withheld {
			add("guards", "none tripped")
		}
		if s.Operation.Withheld {
			add("withheld", s.withheld())
		}
		add("decision", s.decision())
		add("sent", s.sent())
		answer, items := s.answered()
		add("answer", answer, items...)
	}
	add("next", s.next())
	return facts
}

// runText names the run and how it ended.
func (s *Story) runText() string {
	text := s.Run.ID
	if s.Run.Command != "" {
		text += ": " + s.Run.Command
	}
	if !s.Run.StartedAt.IsZero() {
		text += ", " + s.Run.Zone.Moment(s.Run.StartedAt)
	}
	if s.Run.Result == report.NoResult {
		return text + ", without an end on record"
	}
	return text + ", " + s.Run.Result.String()
}

// fates say what became of a row; %[2]s is the row that counts instead.
var fates = map[trace.Fate]string{
	trace.FateUsed:      "%s, as the source has it",
	trace.FateHeader:    "%s is the header: it names the columns, and is nobody",
	trace.FateBlank:     "%s is blank: nothing was made of it",
	trace.FateAside:     "%s is outside the table (a title, the header again, or a footer), and is nobody",
	trace.FateRejected:  "%s can't be used",
	trace.FateDuplicate: "%s is like %s and does not count again",
	trace.FateReplaced:  "%s gave way to %s, by --duplicates %s",
	trace.FateUnited:    "%s is one user together with %s, by --duplicates merge",
	trace.FateMended:    "%s was replaced by the corrected row %s",
	trace.FateUnmended:  "%s corrects %s, and can't be used either: correct it there, then run again",
	trace.FateDropped:   "%s was taken out of the run, by drop under _code in %s",
}

func (s *Story) fateText(row *trace.Looked) string {
	text := fates[row.Fate]
	args := []any{row.Source, row.Winner, s.option("duplicates")}
	return fmt.Sprintf(text, args[:strings.Count(text, "%s")]...)
}

// cells says what a row holds, cell by cell, and what was wrong with it.
func (s *Story) cells(row *trace.Looked) []string {
	var items, alone []string
	for i := range row.Cells {
		c := &row.Cells[i]
		name := c.Header
		if c.Field != "" && c.Field != c.Header {
			name += " → " + c.Field
		}
		switch {
		case c.Reading == trace.ReadNothing:
			// Whatever is in a column that is nobody's business.
			alone = append(alone, c.Header)
			continue
		case row.Fate == trace.FateHeader:
			items = append(items, name)
			continue
		case c.Reading == trace.ReadKeeps:
			items = append(items, name+": empty, which keeps what the app has")
			continue
		case c.Reading == trace.ReadClears:
			items = append(items, name+": empty, which clears it (--empty clear)")
			continue
		}
		text := name + ": " + s.cellText(c, c.Text)
		switch c.Reading {
		case trace.ReadUnusable:
			text += ", which can't be used"
		case trace.ReadJoined:
			text += ", read by a join"
		}
		items = append(items, text)
	}
	if len(alone) > 0 {
		items = append(items, "not mapped to a field, so left alone: "+strings.Join(alone, ", "))
	}
	if row.Reject != nil {
		items = append(items, s.defects(row.Reject)...)
	}
	if len(row.Shares) > 0 {
		places := make([]string, len(row.Shares))
		for i, p := range row.Shares {
			places[i] = p.String()
		}
		items = append(items, "the uid is in "+phrase.And(places)+", too")
	}
	return items
}

// cellText is a cell's text in quotes, so that white space is seen.
func (s *Story) cellText(c *trace.LookedCell, text string) string {
	if c.Private && !s.ShowPrivate {
		return report.Mask
	}
	seen := func(run string) string { return strings.Repeat("␣", len(run)) }
	return `"` + spaces.ReplaceAllStringFunc(phrase.Shorten(text, 200), seen) + `"`
}

// spaces are what would look like one when the line is filled.
var spaces = regexp.MustCompile("  +")

func (s *Story) repairs(row *trace.Looked) []string {
	var lines []string
	for i := range row.Cells {
		c := &row.Cells[i]
		if len(c.Repairs) == 0 || row.Fate == trace.FateHeader {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s: %s → %s (%s)", c.Header, s.cellText(c, c.Text), s.cellText(c, c.Value),
			strings.Join(c.Repairs, ", ")))
	}
	return lines
}

func (s *Story) defects(x *user.Reject) []string {
	var lines []string
	for _, d := range s.report().Masked(x.Defects) {
		text := d.Message
		if d.Column != "" {
			text = d.Column + ": " + text
		}
		lines = append(lines, text)
	}
	return lines
}

// lateReject says that a row looks usable and was not: against the app, or
// beside a row of a source that can't be read again.
func (s *Story) lateReject(x *user.Reject) bool {
	for i := range s.Rows {
		if s.Rows[i].Source == x.Source {
			return s.Rows[i].Reject == nil
		}
	}
	return true
}

// changes are the operation's fields, before and after.
func (s *Story) changes() []string {
	var lines []string
	for _, k := range s.keys() {
		if k.Before == "" && s.Operation.Verb == plan.Create {
			lines = append(lines, fmt.Sprintf("%s: %s", k.Field, report.ValueWords(k.Field, k.After)))
			continue
		}
		line := fmt.Sprintf("%s: %s → %s", k.Field, report.ValueWords(k.Field, k.Before), report.ValueWords(k.Field, k.After))
		if why := report.WhyChanged(k.Cause); why != "" {
			line += ", since " + why
		}
		lines = append(lines, line)
	}
	return lines
}

// keys are the operation's changes, metadata taken apart and masked.
func (s *Story) keys() []plan.KeyChange {
	if s.Operation == nil {
		return nil
	}
	return s.report().AppendKeys(nil, s.Operation.Changes)
}

// conflict is the story's conflict, masked.
func (s *Story) conflict() plan.Conflict {
	c := *s.Conflict
	c.Fields = s.report().ShownFields(c.Fields)
	return c
}

// report is the part of a report that is about the story's operation: what
// is worded and masked there is not to be worded and masked otherwise here.
func (s *Story) report() *report.Report {
	r := &report.Report{Plan: &plan.Plan{Undoes: s.Undoes, Guards: s.Guards, Withholdings: s.Withholdings},
		In: report.Input{Run: s.Run, ShowPrivate: s.ShowPrivate, Results: []plan.Result{{}}}}
	if s.Operation != nil {
		r.Plan.Operations = []plan.Operation{*s.Operation}
	}
	if s.Result != nil {
		r.In.Results[0] = *s.Result
	}
	return r
}

func (s *Story) withheld() string { return s.report().Plan.WhyWithheld(s.Operation.Verb) }
