package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// facts are what a reader has to know, each by its name.
type facts [][2]string

// add takes in what there is to say; "" is nothing.
func (f *facts) add(name, value string) {
	if value != "" {
		*f = append(*f, [2]string{name, value})
	}
}

// figures are what the app showed in the end, and what it cost.
func (r *Report) figures() facts {
	var f facts
	if v := &r.in.Verify; v.Ran || v.Message != "" {
		f.add("verified", r.verified())
	}
	if r.in.API.Requests > 0 {
		f.add("requests", r.requests())
	}
	f.add("expected", r.expected())
	f.add("applied", r.applied())
	f.add("tokens", r.tokens())
	return f
}

// rosterText is what the rows of the roster come to; "" if none were read.
func (r *Report) rosterText() string {
	in := &r.intake
	if len(in.Files) == 0 {
		return ""
	}
	return fmt.Sprintf("%s = %s + %s + %s rejected", phrase.Counted(in.Rows, "row"),
		phrase.Counted(in.Users, "user"), phrase.Counted(in.Duplicates, "duplicate"), phrase.Thousands(in.Rejected))
}

// columnText is what a validation took the columns for, in the names that named
// makes of them; "" if that is not to be told.
func (r *Report) columnText(named func(string) string) string {
	if r.in.Run.Command != "validate" {
		return ""
	}
	var words []string
	for _, c := range r.columns() {
		word := named(c.Header)
		if !c.plain() {
			word += " → " + named(c.Field)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

// facts are those of the run.
func (r *Report) facts() facts {
	run := &r.in.Run
	facts := facts{{"run", run.ID}, {"command", run.Command + ", cometsync " + run.Version}}
	add := facts.add
	add("target", r.in.Target.String())
	add("undoes", r.plan.Undoes)
	if !run.StartedAt.IsZero() {
		add("started", timeText(run.StartedAt))
		add("took", duration(run.FinishedAt.Sub(run.StartedAt)))
	}
	add("result", fmt.Sprintf("%s, exit status %d", run.Result, run.ExitCode))
	if r.in.API.Requests > 0 {
		add("requests", r.requests())
	}
	add("new", r.new())
	add("new roles", r.newRoles())
	add("expected", r.expected())
	add("applied", r.applied())
	add("done in part", strings.Join(r.allTheSame(), "; "))
	add("tokens", r.tokens())
	for _, text := range r.notSent() {
		add("not sent", text)
	}
	if r.planned {
		add("verified", r.verified())
	}
	if r.in.ShowPrivate {
		add("private values", "shown in this report")
	} else {
		add("private values", "masked as "+Mask)
	}
	add("problem", r.in.Problem)
	add("recovered", r.in.Recovered)
	add("withheld", r.plan.Withholding())
	add("not created", r.notCreated())
	return facts
}

// newRoles names the roles that are created before the users who have them.
func (r *Report) newRoles() string { return strings.Join(r.plan.NeededRoles(nil), ", ") }

// tokens says where the auth tokens are that were asked for, and whose were
// revoked; "" if there is nothing of either.
func (r *Report) tokens() string {
	var text []string
	if r.in.Tokens.File != "" {
		text = append(text, phrase.Thousands(r.in.Tokens.Written)+" written to "+r.in.Tokens.File)
	}
	revoked := 0
	for i := range r.in.Results {
		if r.in.Results[i].Revoked {
			revoked++
		}
	}
	if revoked > 0 {
		text = append(text, "those of "+phrase.Counted(revoked, "user")+" were revoked, for good")
	}
	return strings.Join(text, "; ")
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
	held := "a rejected row may stand for them"
	if len(p.Rekeys) > 0 {
		held = "a rejected row, or one under another uid, may stand for them"
	}
	strangers := "strangers"
	if p.Strangers == 1 {
		strangers = "stranger"
	}
	all := []account{
		{"unchanged", "unchanged", "already as the roster has them", p.Unchanged},
		{"held", "held", held, len(p.Held)},
		{"out of scope", "outside", "outside --scope", p.OutOfScope},
		{"protected", "outside", "by --protect or the protect list, or as an agent or bot of the app", p.Protected},
		{"kept", "outside", "absent from the roster, left by --missing keep", p.Kept - p.Strangers - len(p.Leaving)},
		{"leaving", "outside", "absent from the roster, not for long enough yet", len(p.Leaving)},
		{strangers, "outside", "absent from the roster, and from that of every earlier run", p.Strangers},
	}
	all = slices.DeleteFunc(all, func(a account) bool { return a.N == 0 && (a.Name == "leaving" || a.Name == "strangers") })
	if !r.undo() {
		return all
	}
	// An undo has no roster that could hold or keep anybody.
	all[0].Meaning = "not changed by the run that is undone, or as before it already"
	all = slices.DeleteFunc(all, func(a account) bool { return a.N == 0 && (a.Name == "held" || a.Name == "kept") })
	return append(all, account{"in conflict", "conflict", "changed since the run that is undone", r.conflicting()})
}

// alone says how many users no operation is planned for, by where they are.
func (r *Report) alone() []string {
	var words []string
	for _, a := range r.leftAlone() {
		if a.N > 0 || a.Name == "unchanged" {
			words = append(words, phrase.Thousands(a.N)+" "+a.Name)
		}
	}
	return words
}

// accounts is where every remote user is.
func (r *Report) accounts() []account {
	var all []account
	for _, v := range readingOrder {
		if v != plan.Create {
			all = append(all, account{v.String(), v.String(), "", r.counts[v].Planned - r.counts[v].Withheld})
		}
	}
	if n := r.counts[plan.Deactivate].Withheld; n > 0 {
		all = append(all, account{"withheld", "withheld", "to be deactivated, and left alone for the time being", n})
	}
	return append(all, r.leftAlone()...)
}

// isLimit says whether a guard's numbers mean something to people: a limit
// that they gave, and not a condition that holds or does not.
func isLimit(g plan.Guard) bool { return strings.HasPrefix(g.Name, "max-") }

// verified is what reading the app again showed.
func (r *Report) verified() string {
	v := &r.in.Verify
	text := v.Message
	switch {
	case text != "":
	case !v.Ran:
		return "the app was not read again"
	case v.Remaining > 0:
		text = fmt.Sprintf("the app was read again, and %s", remain(v.Remaining))
	case r.total.Applied < r.total.Planned || r.rejects.len() > 0 || len(r.plan.Rekeys) > 0:
		return "the app was read again, and it shows everything that was carried out"
	default:
		return "the app was read again, and nothing remains to be done"
	}
	if v.Remaining > 0 && len(v.Operations) > 0 {
		text += ": " + some(len(v.Operations), func(i int) string { return v.Operations[i].Verb.String() + " " + v.Operations[i].UID })
	}
	return text
}

func remain(n int) string {
	if n == 1 {
		return "1 difference remains"
	}
	return phrase.Thousands(n) + " differences remain"
}
