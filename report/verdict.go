package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
func (r *Report) wrote() bool { return r.total.Applied+r.total.Unknown > 0 }

// Verdict is the result of the run in one sentence or two, for people.
func (r *Report) Verdict() string {
	switch r.in.Run.Result {
	case Refused:
		names := make([]string, len(r.plan.Guards))
		for i, g := range r.plan.Guards {
			names[i] = g.Name
		}
		switch len(names) {
		case 0:
			return "Refused: nothing was written."
		case 1:
			return fmt.Sprintf("Refused: the guard %s tripped, and nothing was written.", names[0])
		}
		return fmt.Sprintf("Refused: the guards %s tripped, and nothing was written.", enumeration(names))
	case Failed:
		problem := strings.TrimRight(r.in.Problem, ".")
		if problem == "" {
			problem = "for a reason that is not on record"
		}
		switch {
		case r.wrote():
			return fmt.Sprintf("Failed after %s of %s: %s.", thousands(r.total.Applied), counted(r.total.Planned, "change"), problem)
		case r.in.Run.Command == "validate":
			return fmt.Sprintf("Failed: %s.", problem)
		}
		return fmt.Sprintf("Failed, and no user was changed: %s.", problem)
	case Interrupted:
		if !r.wrote() {
			return "Interrupted: no user was changed."
		}
		return fmt.Sprintf("Interrupted after %s of %s; %s not sent.", thousands(r.total.Applied), counted(r.total.Planned, "change"), were(r.total.Skipped))
	}
	if !r.planned {
		return r.validated()
	}
	if r.dry() {
		return r.forecast()
	}
	return r.done()
}

func (r *Report) validated() string {
	if len(r.rejects) > 0 {
		return fmt.Sprintf("%s can't be used; %s can. No app was asked.", counted(len(r.rejects), "row"), counted(r.intake.Users, "user"))
	}
	return fmt.Sprintf("Every row can be used: %s. No app was asked.", counted(r.intake.Users, "user"))
}

// forecast is the verdict of a plan that has not been carried out.
func (r *Report) forecast() string {
	would := r.sentence(func(c *Count) int { return c.Planned - c.Withheld }, func(v plan.Verb, _ int) string {
		return map[plan.Verb]string{
			plan.Deactivate: "would lose access", plan.Reactivate: "would get access back",
			plan.Create: "would be created", plan.Update: "would be updated",
		}[v]
	})
	trouble := r.trouble()
	switch {
	case would == "" && trouble == "":
		return fmt.Sprintf("Nothing to do: %s (%s).", r.match("the"), counted(r.intake.Users, "user"))
	case would == "":
		return fmt.Sprintf("Nothing would be changed, but %s.", trouble)
	case trouble == "":
		return fmt.Sprintf("Nothing has been changed yet: %s.", would)
	}
	return fmt.Sprintf("Nothing has been changed yet: %s; %s.", would, trouble)
}

// done is the verdict of a run that went through to its end.
func (r *Report) done() string {
	did := r.sentence(func(c *Count) int { return c.Applied }, func(v plan.Verb, n int) string {
		switch v {
		case plan.Deactivate:
			return "lost access"
		case plan.Reactivate:
			return "got access back"
		}
		done := map[plan.Verb]string{plan.Create: "created", plan.Update: "updated"}[v]
		if n == 1 {
			return "was " + done
		}
		return "were " + done
	})
	trouble := r.trouble()
	switch {
	case did == "" && trouble == "":
		return fmt.Sprintf("Nothing to do: %s (%s).", r.match("the"), counted(r.intake.Users, "user"))
	case trouble == "":
		return fmt.Sprintf("Done: %s. %s.", did, r.match("The"))
	case did == "":
		return fmt.Sprintf("No user was changed, but %s.", trouble)
	}
	return fmt.Sprintf("Done in part: %s; but %s.", did, trouble)
}

// match says that the app matches the roster, as far as the run looked.
func (r *Report) match(the string) string {
	text := the + " app matches the roster"
	if r.plan.OutOfScope > 0 {
		text += " within the scope"
	}
	return text
}

// sentence says how many users each verb concerns; "" if none.
func (r *Report) sentence(number func(*Count) int, phrase func(v plan.Verb, n int) string) string {
	var words []string
	for _, v := range readingOrder {
		n := number(&r.counts[v])
		if n == 0 {
			continue
		}
		who := thousands(n)
		if len(words) == 0 {
			who = counted(n, "user")
		}
		words = append(words, who+" "+phrase(v, n))
	}
	return enumeration(words)
}

// trouble names what keeps a run from being a clean one; "" if nothing does.
func (r *Report) trouble() string {
	var words []string
	add := func(n int, one, many string) {
		switch {
		case n == 1:
			words = append(words, "1 "+one)
		case n > 1:
			words = append(words, thousands(n)+" "+many)
		}
	}
	add(r.total.Failed, "change failed", "changes failed")
	add(r.total.Unknown, "change is unknown", "changes are unknown")
	add(r.total.Drifted, "user had changed since the plan and was left alone", "users had changed since the plan and were left alone")
	add(r.total.Withheld, "deactivation is withheld", "deactivations are withheld")
	if !r.dry() {
		add(r.total.Skipped, "change was not sent", "changes were not sent")
	}
	add(len(r.rejects), "row can't be used", "rows can't be used")
	add(r.in.Verify.Remaining, "difference remains", "differences remain")
	return enumeration(words)
}

func were(n int) string {
	if n == 1 {
		return "1 was"
	}
	return thousands(n) + " were"
}

// next is what the reader should do now, in order, in one sentence; "" for
// nothing. Without files, it names none.
func (r *Report) next(files bool) string {
	result := r.in.Run.Result
	changes := r.dry() && r.total.Planned > r.total.Withheld
	var tasks []string
	if files && (changes || result == Refused) {
		tasks = append(tasks, "look through the report")
	}
	if len(r.rejects) > 0 {
		rows := "the rows"
		if files {
			rows += " in rejects.csv"
		}
		tasks = append(tasks, "correct "+rows+" at their source")
	}
	if result == Refused {
		tasks = append(tasks, "settle what tripped the guard")
	}
	last := ""
	switch {
	case result == Refused:
		last = "run again: until then, nothing is written"
	case changes && r.in.Run.Command == "plan":
		last = "run sync with the same sources to make these changes"
	case changes:
		last = "run the same command without --dry-run to make these changes"
	case result == Failed && r.wrote(), result == Interrupted,
		result == Partial && !r.dry() && r.total.Failed+r.total.Unknown+r.total.Skipped+r.total.Drifted+r.in.Verify.Remaining > 0:
		last = "run again to finish: what is done is not done twice"
	case len(tasks) > 0:
		last = "run again"
	}
	if len(tasks) == 0 {
		return last
	}
	return enumeration(tasks) + ", then " + last
}

// notices are those of the sources, then those of the plan.
func (r *Report) notices() []user.Notice { return slices.Concat(r.intake.Notices, r.plan.Notices) }

// fate says what becomes, or became, of the users of one verb.
func (r *Report) fate(v plan.Verb) string {
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
			words = append(words, thousands(n)+" "+o.String())
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
	}
	return o.Reason.String()
}

// facts are what a reader has to know of a run, by name.
func (r *Report) facts() [][2]string {
	run := &r.in.Run
	facts := [][2]string{{"run", run.ID}, {"command", run.Command + ", cometsync " + run.Version}}
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, [2]string{name, value})
		}
	}
	add("target", r.in.Target.String())
	if !run.StartedAt.IsZero() {
		add("started", timeText(run.StartedAt))
		add("took", duration(run.FinishedAt.Sub(run.StartedAt)))
	}
	add("result", fmt.Sprintf("%s, exit status %d", run.Result, run.ExitCode))
	if r.in.API.Requests > 0 {
		add("requests", r.requests())
	}
	if r.planned {
		add("verified", r.verified())
	}
	if r.in.ShowPrivate {
		add("private values", "shown in this report")
	} else {
		add("private values", "masked as "+mask)
	}
	add("problem", r.in.Problem)
	add("withheld", r.plan.Withholding)
	return facts
}

// timeText is a time as people read it.
func timeText(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04:05 UTC") }

// account is one line of the remote's books.
type account struct {
	Name, Class, Meaning string
	N                    int
}

// leftAlone is where the remote users are that no operation is planned for.
func (r *Report) leftAlone() []account {
	p := r.plan
	return []account{
		{"unchanged", "unchanged", "already as the roster has them", p.Unchanged},
		{"held", "held", "a rejected row may stand for them", len(p.Held)},
		{"out of scope", "outside", "outside --scope", p.OutOfScope},
		{"protected", "outside", "named by --protect", p.Protected},
		{"kept", "outside", "absent from the roster, left by --missing keep", p.Kept},
	}
}

// accounts is where every remote user is.
func (r *Report) accounts() []account {
	var all []account
	for _, v := range readingOrder {
		if v != plan.Create {
			all = append(all, account{v.String(), v.String(), "", r.counts[v].Planned - r.counts[v].Withheld})
		}
	}
	if n := r.total.Withheld; n > 0 {
		all = append(all, account{"withheld", "withheld", "to be deactivated, and left alone for the time being", n})
	}
	return append(all, r.leftAlone()...)
}

// isLimit says whether a guard's numbers mean something to people: a limit
// that they gave, and not a condition that holds or does not.
func isLimit(g plan.Guard) bool { return strings.HasPrefix(g.Name, "max-") }
