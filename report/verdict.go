package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"cometsync/internal/notice"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// dry says that the run was to show what would be done.
func (r *Report) dry() bool {
	switch r.in.Run.Result {
	case Pending:
		return true
	case Converged, Partial:
		return r.in.Run.Command == "plan"
	}
	return false
}

// unsent says that the plan was not to be carried out, or must not be.
func (r *Report) unsent() bool { return r.dry() || r.in.Run.Result == Refused }

// wrote reports whether anything of the plan may have reached the app.
func (r *Report) wrote() bool { return r.total.Applied+r.total.Unknown > 0 || len(r.parts) > 0 }

// died says that the run ended without a word of its own.
func (r *Report) died() bool { return r.in.Died || r.in.Recovered != "" }

// Verdict is the result of the run in a few sentences, for people: what was
// stopped first, then how the run ended.
func (r *Report) Verdict() string {
	var b strings.Builder
	for i := range r.in.Stops {
		word := "Stopped"
		if i > 0 {
			word = "Stopped, too"
		}
		fmt.Fprintf(&b, "%s: %s. ", word, whatStopped(&r.in.Stops[i]))
	}
	return b.String() + r.ending()
}

// whatStopped is what was stopped and why, a clause.
func whatStopped(s *plan.Stop) string {
	if text := strings.TrimRight(s.Message, "."); text != "" {
		return text
	}
	return fmt.Sprintf("no more of %s was sent (%s)", s.Verb, s.Code)
}

// ending says how the run ended.
func (r *Report) ending() string {
	problem := strings.TrimRight(r.in.Problem, ".")
	switch result := r.in.Run.Result; {
	case r.died():
		return r.broken("Died", "Died before any user was changed")
	case result == Refused:
		return r.refused(problem)
	case result == Failed:
		problem = cmp.Or(problem, "for a reason that is not on record")
		switch {
		case r.wrote():
			return fmt.Sprintf("Failed after %s%s: %s.", r.reached(), bracketed(r.inPart()), problem)
		case r.in.Run.Command == "validate":
			return fmt.Sprintf("Failed: %s.", problem)
		}
		return fmt.Sprintf("Failed, and no user was changed: %s.", problem)
	case result == Interrupted:
		return r.broken("Interrupted", "Interrupted: no user was changed")
	case !r.planned:
		return r.validated()
	}
	return r.settled()
}

// refused is the verdict of a run that wrote nothing: by what, and how many
// people it would have been about.
func (r *Report) refused(problem string) string {
	if len(r.plan.Guards) == 0 {
		return fmt.Sprintf("Refused: %s.", cmp.Or(problem, "nothing was written"))
	}
	what := r.changes()
	if what == "" {
		what, _, _ = strings.Cut(strings.TrimRight(r.plan.Guards[0].Message, "."), ";")
	}
	return fmt.Sprintf("Refused by %s, and nothing was written: %s.", guardNames(r.plan.Guards), what)
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

// reached is how far a run came.
func (r *Report) reached() string {
	return phrase.Thousands(r.total.Applied) + " of " + phrase.Counted(r.total.Planned, "change")
}

// broken is the verdict of a run that was interrupted, or that died.
func (r *Report) broken(how, before string) string {
	if !r.wrote() {
		return before + "."
	}
	lost, held := r.lost(), r.allHeldBack()
	var rest tally
	rest.add(r.total.Skipped-lost-held, "was not sent", "were not sent")
	rest.add(held, "was held back by decisions", "were held back by decisions")
	rest.add(lost, "was not carried out", "were not carried out")
	rest.add(r.total.Failed, "failed", "failed")
	rest.add(r.total.Unknown, "is unknown", "are unknown")
	return joined(how+" after "+r.reached(), r.inPart(), phrase.And(rest)) + "."
}

// tally is clauses that begin with how many.
type tally []string

func (t *tally) add(n int, one, many string) {
	if n > 0 {
		*t = append(*t, phrase.Thousands(n)+" "+phrase.Form(n, one, many))
	}
}

func (r *Report) validated() string {
	users := phrase.Counted(r.intake.Users, "user")
	if r.rejects.len() > 0 {
		return fmt.Sprintf("%s can't be used%s; %s can. The app was not contacted.", phrase.Counted(r.rejects.len(), "row"),
			bracketed(r.mainCause()), users)
	}
	return fmt.Sprintf("Every row can be used: %s. The app was not contacted.", users)
}

// opening is how the verdict of a run that went through begins: where there was nothing
// to do, where all was done, where not all was, and where nothing was.
type opening struct{ idle, done, part, none string }

func (r *Report) opening() opening {
	of := "an earlier run"
	if r.plan.Undoes != "" {
		of = "run " + r.plan.Undoes
	}
	idle := fmt.Sprintf("Nothing to do: %s (%s)", r.match("the"), phrase.Counted(r.intake.Users, "user"))
	if r.undo() {
		idle = fmt.Sprintf("Nothing to undo: the app shows nothing of what %s did", of)
	}
	switch {
	case r.undo() && r.dry():
		return opening{idle, "Nothing has been changed yet. To undo " + of + ", ", "", "Nothing of " + of + " would be undone"}
	case r.undo():
		return opening{idle, "Undone: " + of + ": ", "Undone in part: " + of + ": ", "Nothing of " + of + " was undone"}
	case r.dry():
		return opening{idle, "Nothing has been changed yet: ", "", "Nothing would be changed"}
	}
	return opening{idle, "Done: ", "Done in part: ", "No user was changed"}
}

// settled is the verdict of a run that went through, and of a plan. What decisions held
// back was not to be done, so that it is not a trouble; but then the app does not match.
func (r *Report) settled() string {
	o := r.opening()
	changed, part, spared, trouble, warning := r.changes(), r.inPart(), r.spared(), r.trouble(), r.warning()
	text, joint := o.part+joined(changed, part, spared), "; but "
	switch {
	case changed+part+spared+trouble+warning == "":
		return o.idle + "."
	case changed+part+spared == "":
		text, joint = o.none, ", but "
	case changed+part == "":
		text = o.none + ": " + spared
	case r.dry() || trouble == "":
		text = o.done + joined(changed, spared)
	}
	if part != "" || r.dry() && changed+spared != "" {
		joint = "; "
	}
	switch {
	case trouble != "" && warning != "":
		text += joint + trouble + "; and " + warning
	case trouble != "":
		text += joint + trouble
	case warning != "":
		text += ", but " + warning
	case spared == "" && !r.dry() && !r.undo():
		text += ". " + r.match("The")
	}
	return text + "."
}

// warning is what the guards will say of those who begin to leave: nobody has lost
// access yet, and an export that lost them can still be corrected; "" for nothing.
func (r *Report) warning() string {
	if len(r.plan.Forewarned()) == 0 || r.undo() {
		return ""
	}
	begun := 0
	for i := range r.plan.Leaving {
		if r.plan.Leaving[i].Runs == 1 {
			begun++
		}
	}
	have, will := phrase.Form(begun, "has begun", "have begun"), "will"
	if r.dry() {
		have, will = "would begin", "would"
	}
	return fmt.Sprintf("%s %s to leave, and %s %s refuse the run in which they go", phrase.Counted(begun, "user"), have,
		guardNames(r.plan.Foreseen), will)
}

// match says that the app matches the roster, as far as the run looked.
func (r *Report) match(the string) string {
	text := the + " app matches the roster"
	if r.plan.OutOfScope > 0 {
		text += " within the scope"
	}
	if n := len(r.plan.Leaving); n > 0 {
		text += fmt.Sprintf(", but for %s %s leaving", phrase.Counted(n, "user"), phrase.Form(n, "who is", "who are"))
	}
	return text
}

// verbWords are what a verb is called: noun and past participle, and what becomes, or
// became, of its users.
type verbWords struct{ noun, done, would, did string }

var verbs = [...]verbWords{
	plan.Deactivate: {"deactivation", "deactivated", "lose access", "lost access"},
	plan.Reactivate: {"reactivation", "reactivated", "get access back", "got access back"},
	plan.Create:     {"creation", "created", "be created", "created"},
	plan.Update:     {"update", "updated", "be updated", "updated"},
}

// words are those of a verb: an undo updates nobody.
func words(v plan.Verb, undo bool) verbWords {
	if w := verbs[v]; !undo || v != plan.Update {
		return w
	}
	return verbWords{"update", "put back as before", "be put back as before", "put back as before"}
}

// became is what became of n users.
func (w verbWords) became(n int) string {
	if w.did != w.done {
		return w.did
	}
	return phrase.Form(n, "was ", "were ") + w.did
}

// changes is the sentence of what was done, or would be; "" for nothing.
func (r *Report) changes() string {
	var clauses []string
	for _, v := range readingOrder {
		n, w := r.effective[v], words(v, r.undo())
		if n == 0 {
			continue
		}
		became := w.became(n)
		if r.unsent() {
			became = "would " + w.would
		}
		who := phrase.Thousands(n)
		if len(clauses) == 0 {
			who = phrase.Counted(n, "user")
		}
		clauses = append(clauses, who+" "+became)
	}
	return phrase.And(clauses)
}

// trouble names what keeps a run from being a clean one; "" if nothing does.
func (r *Report) trouble() string {
	var t tally
	add := t.add
	then := asThenBehind(len(r.before.failed), r.total.Failed)
	add(r.total.Failed, "change failed"+then, "changes failed"+then)
	add(r.total.Unknown, "change is unknown", "changes are unknown")
	add(r.total.Drifted, "user had changed since the plan and was left alone", "users had changed since the plan and were left alone")
	for _, v := range readingOrder {
		add(r.counts[v].Withheld, verbs[v].noun+" is withheld", verbs[v].noun+"s are withheld")
	}
	if !r.dry() {
		add(r.total.Skipped-r.allHeldBack(), "change was not sent", "changes were not sent")
	}
	add(r.badDecisions(), "decision can't be used", "decisions can't be used")
	add(r.conflicting(), "user is in conflict", "users are in conflict")
	add(r.gone, "user is not in the app any more", "users are not in the app any more")
	add(r.remarked(noToken), "auth token could not be had", "auth tokens could not be had")
	add(len(r.plan.Rekeys), "person probably has a new uid", "people probably have a new uid")
	add(r.rejects.len(), "row can't be used"+r.rejectWords(), "rows can't be used"+r.rejectWords())
	add(r.in.Verify.Remaining, "difference remains", "differences remain")
	return phrase.And(t)
}

// joined puts clauses that have commas and "and" in them side by side.
func joined(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return s == "" }), "; ")
}

// notices are those of the sources, then those of the plan, then those on
// what was carried out.
func (r *Report) notices() []user.Notice {
	var decisions []user.Notice
	if d := r.in.Decisions; d != nil {
		decisions = d.Notices
	}
	return slices.Concat(r.intake.Notices, r.plan.Notices, decisions, r.remarks)
}

// urgent are the notices on what somebody has just done, or on a source that
// is not whole.
var urgent = []notice.Code{notice.MendedNothing, notice.DroppedNothing, notice.MendedBroken, notice.Dropped, notice.FooterCount}

// noticesToRead are the notices for people, who may see but the first of them:
// the urgent ones come first.
func (r *Report) noticesToRead() []user.Notice {
	rank := func(n *user.Notice) int {
		if at := slices.Index(urgent, n.Code); at >= 0 {
			return at
		}
		return len(urgent)
	}
	all := r.notices()
	slices.SortStableFunc(all, func(a, b user.Notice) int { return cmp.Compare(rank(&a), rank(&b)) })
	return all
}

// fate says what becomes, or became, of the users of one verb.
func (r *Report) fate(v plan.Verb) string {
	w := words(v, r.undo())
	if r.unsent() {
		return "Would " + w.would
	}
	return upperFirst(w.did)
}

// remainder says what became of the operations of a verb that are neither
// applied nor only planned; "" if there are none.
func (r *Report) remainder(v plan.Verb) string {
	var words []string
	for _, o := range outcomes {
		n := r.counts[v].Of(o)
		if n > 0 && o != plan.Applied && !(o == plan.Skipped && r.unsent()) {
			words = append(words, phrase.Thousands(n)+" "+o.String())
		}
	}
	return strings.Join(words, ", ")
}

// why says in words why an operation is planned.
func why(o *plan.Operation) string {
	switch o.Reason {
	case plan.Absent:
		return "not in the roster"
	case plan.StateSays:
		if o.Verb == plan.Reactivate {
			return "the roster's state column says active"
		}
		return "the roster's state column says inactive"
	case plan.Missing:
		return "not in the app yet"
	case plan.InRoster:
		return "in the roster, and deactivated in the app"
	case plan.Undone:
		return whyUndone(o.Verb)
	}
	return o.Reason.String()
}
