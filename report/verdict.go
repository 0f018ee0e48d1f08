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

// Dry says that the run was to show what would be done.
func (r *Report) Dry() bool {
	switch r.In.Run.Result {
	case Pending:
		return true
	case Converged, Partial:
		return r.Plans()
	}
	return false
}

// Unsent says that the plan was not to be carried out, or must not be.
func (r *Report) Unsent() bool { return r.Dry() || r.In.Run.Result == Refused }

// wrote reports whether anything of the plan may have reached the app.
func (r *Report) wrote() bool { return r.Total.Applied+r.Total.Unknown > 0 || len(r.parts) > 0 }

// Died says that the run ended without a word of its own.
func (r *Report) Died() bool { return r.In.Died || r.In.Recovered != "" }

// Verdict is the result of the run in a few sentences, for people: what was
// stopped first, then how the run ended.
func (r *Report) Verdict() string {
	var b strings.Builder
	for i := range r.In.Stops {
		word := "Stopped"
		if i > 0 {
			word = "Stopped, too"
		}
		fmt.Fprintf(&b, "%s: %s. ", word, WhatStopped(&r.In.Stops[i]))
	}
	b.WriteString(r.ending())
	if h := r.In.Rehearsal; h != nil {
		fmt.Fprintf(&b, " A sync would take %s, send %s, and end with exit status %d (%s).", roughly(h.took()),
			phrase.Counted(h.Requests, "request"), h.ExitCode, h.Result)
	}
	return b.String()
}

// WhatStopped is what was stopped and why, a clause.
func WhatStopped(s *plan.Stop) string {
	if text := strings.TrimRight(s.Message, "."); text != "" {
		return text
	}
	return fmt.Sprintf("no more of %s was sent (%s)", s.Verb, s.Code)
}

func (r *Report) ending() string {
	problem := strings.TrimRight(r.In.Problem, ".")
	switch result := r.In.Run.Result; {
	case r.Died():
		return r.broken("Died", "Died before any user was changed")
	case result == Refused:
		return r.refused(problem)
	case result == Failed:
		problem = cmp.Or(problem, "for a reason that is not on record")
		switch {
		case r.wrote():
			return fmt.Sprintf("Failed after %s%s: %s.", r.reached(), bracketed(r.inPart()), problem)
		case r.In.Run.Command == "validate":
			return fmt.Sprintf("Failed: %s.", problem)
		}
		return fmt.Sprintf("Failed, and no user was changed: %s.", problem)
	case result == Interrupted:
		return r.broken("Interrupted", "Interrupted: no user was changed")
	case !r.Planned:
		return r.validated()
	}
	return r.settled()
}

// refused is the verdict of a run that wrote nothing: by what, and how many
// people it would have been about.
func (r *Report) refused(problem string) string {
	if len(r.Plan.Guards) == 0 {
		return fmt.Sprintf("Refused: %s.", cmp.Or(problem, "nothing was written"))
	}
	what := r.changes()
	if what == "" {
		what, _, _ = strings.Cut(strings.TrimRight(r.Plan.Guards[0].Message, "."), ";")
	}
	return fmt.Sprintf("Refused by %s, and nothing was written: %s.", GuardNames(r.Plan.Guards), what)
}

// GuardNames are the guards of a list, each once.
func GuardNames(guards []plan.Guard) string {
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
	return phrase.Thousands(r.Total.Applied) + " of " + phrase.Counted(r.Total.Planned, "change")
}

// broken is the verdict of a run that was interrupted, or that died.
func (r *Report) broken(how, before string) string {
	if !r.wrote() {
		return before + "."
	}
	lost, held, done := r.skipped(plan.CodeDied), r.allHeldBack(), r.doneBefore()
	var rest tally
	rest.add(done, "was carried out before", "were carried out before")
	rest.add(r.Total.Skipped-lost-held, "was not sent", "were not sent")
	rest.add(held-done, "was held back by decisions", "were held back by decisions")
	rest.add(lost, "was not carried out", "were not carried out")
	rest.add(r.Total.Failed, "failed", "failed")
	rest.add(r.Total.Unknown, "is unknown", "are unknown")
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
	users := phrase.Counted(r.Intake.Users, "user")
	if r.Rejects.Len() > 0 {
		return fmt.Sprintf("%s can't be used%s; %s can. The app was not contacted.", phrase.Counted(r.Rejects.Len(), "row"),
			bracketed(r.mainCause()), users)
	}
	return fmt.Sprintf("Every row can be used: %s. The app was not contacted.", users)
}

// opening is how the verdict of a run that went through begins: where there was nothing
// to do, where all was done, where not all was, and where nothing was.
type opening struct{ idle, done, part, none string }

func (r *Report) opening() opening {
	of := "an earlier run"
	if r.Plan.Undoes != "" {
		of = "run " + r.Plan.Undoes
	}
	idle := fmt.Sprintf("Nothing to do: %s (%s)", r.match("the"), phrase.Counted(r.Intake.Users, "user"))
	if r.Undo() {
		idle = fmt.Sprintf("Nothing to undo: the app shows nothing of what %s did", of)
	}
	switch {
	case r.Undo() && r.Dry():
		return opening{idle, "Nothing has been changed yet. To undo " + of + ", ", "", "Nothing of " + of + " would be undone"}
	case r.Undo():
		return opening{idle, "Undone: " + of + ": ", "Undone in part: " + of + ": ", "Nothing of " + of + " was undone"}
	case r.Compared():
		from, to := r.In.Target.Roster, r.Intake.Files[0].Path
		return opening{fmt.Sprintf("Nothing differs: %s has what %s wants (%s)", from, to, phrase.Counted(r.Intake.Users, "user")),
			fmt.Sprintf("From %s to %s, ", from, to), "", "Nothing would be changed"}
	case r.Dry():
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
	case r.Dry() || trouble == "":
		text = o.done + joined(changed, spared)
	}
	if part != "" || r.Dry() && changed+spared != "" {
		joint = "; "
	}
	switch {
	case trouble != "" && warning != "":
		text += joint + trouble + "; and " + warning
	case trouble != "":
		text += joint + trouble
	case warning != "":
		text += ", but " + warning
	case spared == "" && !r.Dry() && !r.Undo():
		text += ". " + r.match("The")
	}
	return text + "."
}

// warning is what the guards will say of those who begin to leave: nobody has lost
// access yet, and an export that lost them can still be corrected; "" for nothing.
func (r *Report) warning() string {
	if len(r.Plan.Forewarned()) == 0 || r.Undo() {
		return ""
	}
	begun := 0
	for i := range r.Plan.Leaving {
		if r.Plan.Leaving[i].Runs == 1 {
			begun++
		}
	}
	have, will := phrase.Form(begun, "has begun", "have begun"), "will"
	if r.Dry() {
		have, will = "would begin", "would"
	}
	return fmt.Sprintf("%s %s to leave, and %s %s refuse the run in which they go", phrase.Counted(begun, "user"), have,
		GuardNames(r.Plan.Foreseen), will)
}

// match says that the app matches the roster, as far as the run looked.
func (r *Report) match(the string) string {
	text := the + " app matches the roster"
	if r.Plan.OutOfScope > 0 {
		text += " within the scope"
	}
	if n := len(r.Plan.Leaving); n > 0 {
		text += fmt.Sprintf(", but for %s %s leaving", phrase.Counted(n, "user"), phrase.Form(n, "who is", "who are"))
	}
	return text
}

// VerbWords are what a verb is called: noun and past participle, and what becomes, or
// became, of its users.
type VerbWords struct{ Noun, Done, Would, Did string }

var verbs = [...]VerbWords{
	plan.Deactivate: {"deactivation", "deactivated", "lose access", "lost access"},
	plan.Reactivate: {"reactivation", "reactivated", "get access back", "got access back"},
	plan.Create:     {"creation", "created", "be created", "created"},
	plan.Update:     {"update", "updated", "be updated", "updated"},
}

// Words are those of a verb: an undo updates nobody.
func Words(v plan.Verb, undo bool) VerbWords {
	if w := verbs[v]; !undo || v != plan.Update {
		return w
	}
	return VerbWords{"update", "put back as before", "be put back as before", "put back as before"}
}

// Became is what became of n users.
func (w VerbWords) Became(n int) string {
	if w.Did != w.Done {
		return w.Did
	}
	return phrase.Form(n, "was ", "were ") + w.Did
}

// changes is the sentence of what was done, or would be; "" for nothing.
func (r *Report) changes() string {
	var clauses []string
	for _, v := range Verbs() {
		n, w := r.Effective[v], Words(v, r.Undo())
		if n == 0 {
			continue
		}
		became := w.Became(n)
		if r.Unsent() {
			became = "would " + w.Would
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
	then := asThenBehind(len(r.Before.Failed), r.Total.Failed)
	add(r.Total.Failed, "change failed"+then, "changes failed"+then)
	add(r.Total.Unknown, "change is unknown", "changes are unknown")
	already, apart := r.drifted(plan.CodeAlready), r.drifted(plan.CodeProtected)
	add(r.Total.Drifted-already-apart, "user had changed since the plan and was left alone",
		"users had changed since the plan and were left alone")
	add(already, "user was as planned already", "users were as planned already")
	add(apart, "user is protected or out of scope by now and was left alone",
		"users are protected or out of scope by now and were left alone")
	for _, v := range Verbs() {
		add(r.Counts[v].Withheld, verbs[v].Noun+" is withheld", verbs[v].Noun+"s are withheld")
	}
	if !r.Dry() {
		add(r.Total.Skipped-r.allHeldBack(), "change was not sent", "changes were not sent")
	}
	add(r.BadDecisions(), "decision can't be used", "decisions can't be used")
	add(r.Conflicting(), "user is in conflict", "users are in conflict")
	add(r.Gone, "user is not in the app any more", "users are not in the app any more")
	add(r.remarked(plan.CodeNoToken), "auth token could not be had", "auth tokens could not be had")
	add(len(r.Plan.Rekeys), "person probably has a new uid", "people probably have a new uid")
	add(r.Rejects.Len(), "row can't be used"+r.rejectWords(), "rows can't be used"+r.rejectWords())
	for _, n := range r.Plan.Notices {
		if n.Code == notice.StandingRejected {
			add(n.Count, "row of "+r.In.Target.Roster+" can't be used", "rows of "+r.In.Target.Roster+" can't be used")
		}
	}
	add(r.In.Verify.Remaining, "difference remains", "differences remain")
	return phrase.And(t)
}

// joined puts clauses that have commas and "and" in them side by side.
func joined(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return s == "" }), "; ")
}

// Notices are those of the sources, then those of the plan, then those on
// what was carried out.
func (r *Report) Notices() []user.Notice {
	var decisions []user.Notice
	if d := r.In.Decisions; d != nil {
		decisions = d.Notices
	}
	return slices.Concat(r.Intake.Notices, r.Plan.Notices, decisions, r.remarks)
}

// urgent are the notices on what somebody has just done, or on a source that
// is not whole.
var urgent = []notice.Code{notice.MendedNothing, notice.DroppedNothing, notice.MendedBroken, notice.Dropped, notice.FooterCount}

// NoticesToRead are the notices for people, who may see but the first of them:
// the urgent ones come first.
func (r *Report) NoticesToRead() []user.Notice {
	rank := func(n *user.Notice) int {
		if at := slices.Index(urgent, n.Code); at >= 0 {
			return at
		}
		return len(urgent)
	}
	all := r.Notices()
	slices.SortStableFunc(all, func(a, b user.Notice) int { return cmp.Compare(rank(&a), rank(&b)) })
	return all
}

// Fate says what becomes, or became, of the users of one verb.
func (r *Report) Fate(v plan.Verb) string {
	w := Words(v, r.Undo())
	if r.Unsent() {
		return "Would " + w.Would
	}
	return UpperFirst(w.Did)
}

// Remainder says what became of the operations of a verb that are neither
// applied nor only planned; "" if there are none.
func (r *Report) Remainder(v plan.Verb) string {
	var words []string
	for _, o := range Outcomes() {
		n := r.Counts[v].Of(o)
		if n > 0 && o != plan.Applied && !(o == plan.Skipped && r.Unsent()) {
			words = append(words, phrase.Thousands(n)+" "+o.String())
		}
	}
	return strings.Join(words, ", ")
}

// reasons say in words why operations are planned, by their verbs.
var reasons = map[plan.Reason][plan.Deactivate + 1]string{
	plan.Absent:    {plan.Deactivate: "not in the roster"},
	plan.StateSays: {plan.Reactivate: "the roster's state column says active", plan.Deactivate: "the roster's state column says inactive"},
	plan.Missing:   {plan.Create: "not in the app yet"},
	plan.InRoster:  {plan.Reactivate: "in the roster, and deactivated in the app"},
	plan.Undone: {plan.Deactivate: "had access only since the run that is undone", plan.Reactivate: "lost access by the run that is undone",
		plan.Update: "changed by the run that is undone"},
}

// Why says in words why an operation is planned.
func Why(o *plan.Operation) string { return cmp.Or(reasons[o.Reason][o.Verb], o.Reason.String()) }

// ReasonOf says why operations are withheld, and which guards withhold them;
// rejected rows do it without a name.
func ReasonOf(w *plan.Withholding) string {
	if w.Name == "" {
		return w.Why()
	}
	guards := "guard " + w.Name
	for i := range w.Beside {
		guards = "guards " + w.Name + " and " + w.Beside[i].Name
	}
	return guards + ": " + w.Why()
}

// Settle is what to do about operations that are withheld.
func Settle(w *plan.Withholding) string {
	if w.Allow == "" {
		return "resolve the reason why " + verbs[w.Verb].Noun + "s are withheld"
	}
	return "look at the withheld " + verbs[w.Verb].Noun + "s, and let them through with " + w.Allow + " if they are meant"
}

// UpperFirst is a text that begins with a capital letter.
func UpperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
