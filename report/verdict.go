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

// wrote says whether anything of the plan may have reached the app.
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
		fmt.Fprintf(&b, "%s: %s. ", word, r.in.Stops[i].text())
	}
	return b.String() + r.ending()
}

// text is what was stopped and why, a clause.
func (s *Stop) text() string {
	if text := strings.TrimRight(s.Message, "."); text != "" {
		return text
	}
	return fmt.Sprintf("no more of %s was sent (%s)", s.Verb, s.Code)
}

// ending says how the run ended.
func (r *Report) ending() string {
	if r.died() {
		return r.broken()
	}
	switch r.in.Run.Result {
	case Refused:
		return r.refused()
	case Failed:
		problem := strings.TrimRight(r.in.Problem, ".")
		if problem == "" {
			problem = "for a reason that is not on record"
		}
		switch {
		case r.wrote():
			after := fmt.Sprintf("Failed after %s of %s", phrase.Thousands(r.total.Applied), phrase.Counted(r.total.Planned, "change"))
			if part := r.inPart(); part != "" {
				after += " (" + part + ")"
			}
			return fmt.Sprintf("%s: %s.", after, problem)
		case r.in.Run.Command == "validate":
			return fmt.Sprintf("Failed: %s.", problem)
		}
		return fmt.Sprintf("Failed, and no user was changed: %s.", problem)
	case Interrupted:
		return r.broken()
	}
	if !r.planned {
		return r.validated()
	}
	switch {
	case r.undo() && r.dry():
		return r.undoForecast()
	case r.undo():
		return r.undoDone()
	case r.dry():
		return r.forewarned(r.forecast(), "Nothing would be changed", "Nothing has been changed yet", r.would("updated"))
	}
	return r.forewarned(r.done(), "No user was changed", "Done", r.did("updated"))
}

// refused is the verdict of a run that wrote nothing: by what, and how many
// people it would have been about.
func (r *Report) refused() string {
	if len(r.plan.Guards) == 0 {
		if problem := strings.TrimRight(r.in.Problem, "."); problem != "" {
			return "Refused: " + problem + "."
		}
		return "Refused: nothing was written."
	}
	updated := "updated"
	if r.undo() {
		updated = "put back as before"
	}
	what := r.would(updated)
	if what == "" {
		what, _, _ = strings.Cut(strings.TrimRight(r.plan.Guards[0].Message, "."), ";")
	}
	return fmt.Sprintf("Refused by %s, and nothing was written: %s.", guardNames(r.plan.Guards), what)
}

// broken is the verdict of a run that was interrupted, or that died.
func (r *Report) broken() string {
	word := "Interrupted"
	if r.died() {
		word = "Died"
	}
	if !r.wrote() {
		if r.died() {
			return "Died before any user was changed."
		}
		return word + ": no user was changed."
	}
	text := fmt.Sprintf("%s after %s of %s", word, phrase.Thousands(r.total.Applied), phrase.Counted(r.total.Planned, "change"))
	if part := r.inPart(); part != "" {
		text += "; " + part
	}
	var rest []string
	lost, held := r.lost(), r.allHeldBack()
	if n := r.total.Skipped - lost - held; n > 0 {
		rest = append(rest, were(n)+" not sent")
	}
	if held > 0 {
		rest = append(rest, were(held)+" held back by decisions")
	}
	if lost > 0 {
		rest = append(rest, were(lost)+" not carried out")
	}
	if n := r.total.Failed; n > 0 {
		rest = append(rest, phrase.Thousands(n)+" failed")
	}
	if n := r.total.Unknown; n > 0 {
		rest = append(rest, are(n)+" unknown")
	}
	if len(rest) > 0 {
		text += "; " + phrase.And(rest)
	}
	return text + "."
}

func (r *Report) validated() string {
	if r.rejects.len() > 0 {
		return fmt.Sprintf("%s can't be used%s; %s can. No app was asked.", phrase.Counted(r.rejects.len(), "row"), bracketed(r.mainCause()),
			phrase.Counted(r.intake.Users, "user"))
	}
	return fmt.Sprintf("Every row can be used: %s. No app was asked.", phrase.Counted(r.intake.Users, "user"))
}

// forecast is the verdict of a plan that has not been carried out.
func (r *Report) forecast() string {
	would := r.would("updated")
	trouble, spared := r.trouble(), r.spared()
	switch {
	case would == "" && trouble == "" && spared == "":
		return fmt.Sprintf("Nothing to do: %s (%s).", r.match("the"), phrase.Counted(r.intake.Users, "user"))
	case spared != "":
		return fmt.Sprintf("Nothing has been changed yet: %s.", joined(would, spared, trouble))
	case would == "":
		return fmt.Sprintf("Nothing would be changed, but %s.", trouble)
	case trouble == "":
		return fmt.Sprintf("Nothing has been changed yet: %s.", would)
	}
	return fmt.Sprintf("Nothing has been changed yet: %s; %s.", would, trouble)
}

// done is the verdict of a run that went through to its end.
func (r *Report) done() string {
	did := r.did("updated")
	trouble, part, spared := r.trouble(), r.inPart(), r.spared()
	switch {
	case did == "" && trouble == "" && spared == "":
		return fmt.Sprintf("Nothing to do: %s (%s).", r.match("the"), phrase.Counted(r.intake.Users, "user"))
	case spared != "":
		return r.doneButSpared("Done", "No user was changed", did)
	case trouble == "":
		return fmt.Sprintf("Done: %s. %s.", did, r.match("The"))
	case part != "":
		return fmt.Sprintf("Done in part: %s; %s.", joined(did, part), trouble)
	case did == "":
		return fmt.Sprintf("No user was changed, but %s.", trouble)
	}
	return fmt.Sprintf("Done in part: %s; but %s.", did, trouble)
}

// doneButSpared is the verdict of a run that went through, and of whose plan
// decisions held some back: the app is not as the roster has it, and was not to be.
func (r *Report) doneButSpared(done, nothing, did string) string {
	trouble, part, spared := r.trouble(), r.inPart(), r.spared()
	switch {
	case trouble == "" && did == "":
		return fmt.Sprintf("%s: %s.", nothing, spared)
	case trouble == "":
		return fmt.Sprintf("%s: %s; %s.", done, did, spared)
	case did == "" && part == "":
		return fmt.Sprintf("%s: %s; but %s.", nothing, spared, trouble)
	}
	return fmt.Sprintf("%s in part: %s; but %s.", done, joined(did, part, spared), trouble)
}

// match says that the app matches the roster, as far as the run looked.
func (r *Report) match(the string) string {
	text := the + " app matches the roster"
	if r.plan.OutOfScope > 0 {
		text += " within the scope"
	}
	if n := len(r.plan.Leaving); n > 0 {
		text += ", but for " + whoLeave(n)
	}
	return text
}

// would is the sentence of what a plan would do; updated is what becomes of
// who is updated: "updated", "put back as before".
func (r *Report) would(updated string) string {
	return r.sentence(func(v plan.Verb, _ *Count) int { return r.effective[v] }, func(v plan.Verb, _ int) string {
		return map[plan.Verb]string{
			plan.Deactivate: "would lose access", plan.Reactivate: "would get access back",
			plan.Create: "would be created", plan.Update: "would be " + updated,
		}[v]
	})
}

// did is the sentence of what was done; updated as in would.
func (r *Report) did(updated string) string {
	return r.sentence(func(_ plan.Verb, c *Count) int { return c.Applied }, func(v plan.Verb, n int) string {
		switch v {
		case plan.Deactivate:
			return "lost access"
		case plan.Reactivate:
			return "got access back"
		}
		done := map[plan.Verb]string{plan.Create: "created", plan.Update: updated}[v]
		if n == 1 {
			return "was " + done
		}
		return "were " + done
	})
}

// sentence says how many users each verb concerns; "" if none.
func (r *Report) sentence(number func(plan.Verb, *Count) int, became func(v plan.Verb, n int) string) string {
	var words []string
	for _, v := range readingOrder {
		n := number(v, &r.counts[v])
		if n == 0 {
			continue
		}
		who := phrase.Thousands(n)
		if len(words) == 0 {
			who = phrase.Counted(n, "user")
		}
		words = append(words, who+" "+became(v, n))
	}
	return phrase.And(words)
}

// trouble names what keeps a run from being a clean one; "" if nothing does.
func (r *Report) trouble() string {
	var words []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			words = append(words, "1 "+one)
		case n > 1:
			words = append(words, phrase.Thousands(n)+" "+many)
		}
	}
	then := asThenBehind(len(r.before.failed), r.total.Failed)
	add(r.total.Failed, "change failed"+then, "changes failed"+then)
	add(r.total.Unknown, "change is unknown", "changes are unknown")
	add(r.total.Drifted, "user had changed since the plan and was left alone", "users had changed since the plan and were left alone")
	for _, v := range readingOrder {
		add(r.counts[v].Withheld, verbNoun[v]+" is withheld", verbNoun[v]+"s are withheld")
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
	return phrase.And(words)
}

// joined puts clauses that have commas and "and" in them side by side.
func joined(clauses ...string) string {
	return strings.Join(slices.DeleteFunc(clauses, func(s string) bool { return s == "" }), "; ")
}

func were(n int) string {
	if n == 1 {
		return "1 was"
	}
	return phrase.Thousands(n) + " were"
}

func are(n int) string {
	if n == 1 {
		return "1 is"
	}
	return phrase.Thousands(n) + " are"
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
	if r.undo() {
		return r.fateUndone(v)
	}
	if r.unsent() {
		return map[plan.Verb]string{
			plan.Deactivate: "Would lose access", plan.Reactivate: "Would get access back",
			plan.Create: "Would be created", plan.Update: "Would be updated",
		}[v]
	}
	return map[plan.Verb]string{
		plan.Deactivate: "Lost access", plan.Reactivate: "Got access back",
		plan.Create: "Created", plan.Update: "Updated",
	}[v]
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
