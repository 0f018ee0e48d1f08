package report_test

import (
	"fmt"
	"io"
	"slices"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// secret is a private value: it must be nowhere in a report.
const secret = "s3cret-salary-91000"

var (
	staffHeader = []string{"uid", "name", "role", "metadata.@private.salary", "department"}
	hrHeader    = []string{"UID", "Name", "metadata", "_file", "_row"}
)

func staff(row int) user.Source { return user.Source{File: "data/staff.csv", Row: row} }
func hr(row int) user.Source    { return user.Source{File: "data/hr.xlsx", Sheet: "People", Row: row} }

func str(s string) string { return user.JSON(s) }

// pending is a plan that nothing is in the way of.
func pending() report.Input {
	in := clean()
	in.Run.Command, in.Run.Result = "plan", report.Pending
	in.Results = in.Plan.Unsent()
	in.API = report.API{Requests: 4, Seconds: 0.21, Expected: plan.Expected{Requests: 1234, Duration: 130 * time.Second}}
	in.Verify = report.Verify{}
	return in
}

// clean is a run in which everything went well.
func clean() report.Input {
	in := partial()
	p := in.Plan
	p.Rejects, p.Notices, p.Withholdings = nil, nil, nil
	p.Unchanged += len(p.Held)
	p.Held = nil
	for i := range p.Operations {
		p.Operations[i].Withheld = false
		in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 1}
	}
	in.Intake.Users += in.Intake.Rejected
	in.Intake.Rejected, in.Intake.Rejects = 0, user.Rejects{}
	in.Run.Result, in.Run.ExitCode = report.Converged, 0
	in.Verify = report.Verify{Ran: true}
	in.API.Retries, in.API.Throttled = 0, 0
	return in
}

// nothing is a run that found nothing to do.
func nothing() report.Input {
	in := clean()
	for i := range in.Plan.Operations {
		if in.Plan.Operations[i].Verb != plan.Create {
			in.Plan.Unchanged++
		}
	}
	in.Plan.Operations, in.Results, in.Plan.NewRoles = nil, nil, nil
	return in
}

// refused is a plan that two guards stand against.
func refused() report.Input {
	in := partial()
	in.Run.Result, in.Run.ExitCode = report.Refused, 4
	in.Plan.Guards = []plan.Guard{
		{Name: "source-ends-early", Limit: "0", Actual: 1, Message: "data/hr.xlsx[People] ends in the middle of row 7; users after " +
			"that point would look as if they had left; export it again"},
		{Name: "max-deactivate", Limit: "1% of 70 active users in scope (= 1)", Actual: 3,
			Message: "3 users to deactivate, and the limit is 1% of 70 active users in scope (= 1); biggest groups: role staff 3, tag " +
				"eu 1; if that is meant: --allow max-deactivate=3", Allow: "--allow max-deactivate=3"},
	}
	in.Intake.EndsEarly = []string{"data/hr.xlsx[People] ends in the middle of row 7"}
	in.Results = in.Plan.Unsent()
	in.Verify = report.Verify{}
	in.API.Applying = 0
	return in
}

// validated is a run without an app.
func validated() report.Input {
	in := partial()
	in.Run.Command, in.Target = "validate", plan.Target{}
	in.Plan, in.Results, in.API, in.Verify = nil, nil, report.API{}, report.Verify{}
	return in
}

// failed is a run that broke off before there was a plan.
func failed() report.Input {
	in := validated()
	in.Run.Command, in.Run.Result, in.Run.ExitCode = "sync", report.Failed, 1
	in.Target = partial().Target
	in.Intake = user.Intake{}
	in.Problem = "GET /users: 401 AUTH_ERR_APIKEY_NOT_FOUND: the key is refused; check COMETCHAT_API_KEY"
	return in
}

// interrupted is a run that was stopped half-way.
func interrupted() report.Input {
	in := clean()
	in.Run.Result, in.Run.ExitCode = report.Interrupted, 130
	for i := range in.Results {
		if i >= 5 {
			in.Results[i] = plan.Result{Outcome: plan.Skipped, Code: "interrupted", Message: "not sent: the run was interrupted"}
		}
	}
	in.Verify = report.Verify{}
	return in
}

// died is a run that was killed, reported by the one after it.
func died() report.Input {
	in := interrupted()
	in.Run.ExitCode = 1
	in.Results[4] = plan.Result{Outcome: plan.Unknown, Attempts: 1, Kind: plan.InDoubt, Code: "died",
		Message: "the run died while this was sent"}
	in.Recovered = "this report was written by run 20260803T031500Z-11aa, after the run had died; 2 operations in doubt were settled by " +
		"reading the users"
	in.API = report.API{}
	return in
}

// stopped is a run whose updates were stopped by their canaries.
func stopped() report.Input {
	in := clean()
	in.Run.Result, in.Run.ExitCode = report.Partial, 3
	const why = "the service confirmed metadata.department for 1234567890123456789 and does not show it"
	for i, o := range in.Plan.Operations {
		switch {
		case o.UID == "1234567890123456789":
			in.Results[i] = plan.Result{Outcome: plan.Failed, Attempts: 2, Kind: plan.ServerFailure, Status: 200, Code: "did-not-stick",
				Message: why, Did: plan.VerbsOf(plan.Update)}
		case o.Verb == plan.Update, o.Verb == plan.Deactivate:
			in.Results[i] = plan.Result{Outcome: plan.Skipped, Code: "stopped-careful", Message: "not sent: " + why}
		}
	}
	in.Stops = []plan.Stop{
		{Verb: plan.Update, Code: "stopped-careful", Message: "updates were stopped after 1: " + why},
		{Verb: plan.Deactivate, Code: "stopped-careful", Message: "deactivations were not begun, since updates were stopped."},
	}
	in.Verify = report.Verify{}
	return in
}

// undoing is the plan of an undo: one user lost access by what it undoes, one
// was reactivated and changed, one was changed; others were changed since.
func undoing() report.Input {
	in := partial()
	p := &plan.Plan{
		Target: in.Plan.Target, CreatedAt: in.Plan.CreatedAt, Undoes: "20260801T031500Z-0c1d",
		Operations: []plan.Operation{
			{Verb: plan.Reactivate, UID: "gone-1", Name: "Ada Gone", Role: "staff", Reason: plan.Undone},
			{Verb: plan.Update, UID: "up-3", Name: "محمد علي", Reason: plan.Undone, Changes: []plan.Change{
				{Field: user.Name, Before: str("محمد علي"), After: str("محمد")},
			}},
			{Verb: plan.Deactivate, UID: "new-1", Name: "New <One>", Reason: plan.Undone},
			{Verb: plan.Deactivate, UID: "new-4", Name: "New Four", Reason: plan.Undone},
		},
		Conflicts: []plan.Conflict{
			{UID: "back-1", Name: "Dan <Back>", Message: "role is neither as the run left it nor as before",
				Fields: []plan.ConflictField{{Field: "role", Before: str("student"), After: str("staff"), Now: str("chef")}}},
			{UID: "new-2", Gone: true},
			{UID: "up-4", Name: "@here `Bob`", Message: "name and metadata.desk are neither as the run left them nor as before",
				Fields: []plan.ConflictField{
					{Field: "name", After: str("@here `Bob` |x|"), Now: str("Bob <b>")},
					{Field: "metadata.@private.salary", Before: str(secret + "-old"), After: str(secret), Private: true},
				}},
		},
		Remote: plan.Remote{Active: 70, Deactivated: 6, InScope: 74}, Unchanged: 67, OutOfScope: 2, Protected: 1,
		Notices: []user.Notice{{Code: "undo", Message: "12 operations of the run had done nothing", Count: 12}},
	}
	p.Sort()
	in.Plan, in.Results, in.Intake, in.Verify = p, p.Unsent(), user.Intake{}, report.Verify{}
	in.Run.Command, in.Run.Result, in.Run.ExitCode = "undo --dry-run", report.Pending, 0
	in.API = report.API{Requests: 4, Seconds: 0.21, Expected: plan.Expected{Requests: 4, Duration: time.Second}}
	return in
}

// undone is an undo that left three users alone.
func undone() report.Input {
	in := undoing()
	in.Run.Command, in.Run.Result, in.Run.ExitCode = "undo", report.Partial, 3
	for i := range in.Results {
		in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 1}
	}
	in.API.Applying = 1500 * time.Millisecond
	in.Verify = report.Verify{Ran: true}
	return in
}

// rekeyed is a run that held people whom rows mean under another uid, and others
// for every reason that there is.
func rekeyed() report.Input {
	in := partial()
	p := in.Plan
	hold := func(uid, name string, at user.Source, because user.MatchReason) {
		p.Held = append(p.Held, plan.Held{UID: uid, Name: name, Source: at, Because: because})
		p.Remote.Active++
		p.Remote.InScope++
	}
	in.Intake.Rejects.Slice()[0].Claims = []user.Claim{
		{Because: user.SameKey, Key: "@private.email", Value: secret},
		{Because: user.SameSlug, Value: "muller-7"},
	}
	hold("00123", "Nora Null", staff(20), user.SameNumber)
	hold("1234567890123", "Rosa Rund", staff(20), user.RoundedAlike)
	hold("anna", "Anna <Alt>", staff(20), user.SameKey)
	hold("muller-7", "Jo Müller", staff(20), user.SameSlug)
	hold("shifted", "", hr(6), user.SameCell)
	pair := func(old, oldName, new, newName string, because user.MatchReason, confidence int, at user.Source) {
		hold(old, oldName, at, because)
		p.Rekeys = append(p.Rekeys, plan.Rekey{Old: old, New: new, OldName: oldName, NewName: newName, Because: because,
			Confidence: confidence, Source: at})
	}
	pair("000456", "=1+1", "456", "<img src=x onerror=alert(1)>", user.SameNumber, 99, staff(30))
	pair("corp-mia", "Mia `Ode`", "mia@example", "Mia Ode", user.SameAffix, 95, staff(31))
	pair("eva.old", "Eva ABC", "e-abc", "Eva abc\u202Etxt", user.SamePerson, 90, hr(7))
	pair("rounded", "Rita", "1234567890120000", "Rita", user.RoundedAlike, 80, staff(32))
	pair("slugged", "Sam", "slug-ged", "Sam", user.SameSlug, 80, staff(33))
	pair("zoe.key", "Zoe", "-zoe", "Zoe", user.SameKey, 97, staff(34))
	p.Config = plan.Config{{Name: "match", Values: []string{"metadata.@private.email", "name"}}}
	in.Plan.Sort()
	return in
}

// everyFile is a run whose report has all the files that there are.
func everyFile() report.Input {
	in, of := placed(undone()), rekeyed().Plan
	p := in.Plan
	p.Rekeys, p.Config = of.Rekeys, of.Config
	for _, k := range p.Rekeys {
		p.Held = append(p.Held, plan.Held{UID: k.Old, Name: k.OldName, Source: k.Source, Because: k.Because})
		p.Remote.Active++
	}
	p.Sort()
	p.Places = nil
	in.ReadBy = func(w io.Writer) error {
		_, err := io.WriteString(w, "hashes")
		return err
	}
	return placed(in)
}

// replanned is the plan of such a run, in which somebody is still to decide.
func replanned() report.Input {
	in := rekeyed()
	in.Run.Command, in.Run.Result, in.Run.ExitCode = "plan", report.Pending, 0
	in.Plan.Run = in.Run.ID
	in.Results = in.Plan.Unsent()
	in.API = report.API{Requests: 4, Seconds: 0.21, Expected: plan.Expected{Requests: 1234, Duration: 130 * time.Second}}
	in.Verify = report.Verify{}
	return in
}

// halfDecided is a plan that was applied, with decisions on two of its pairs.
func halfDecided() report.Input {
	in := heldBack(replanned(), applyAll)
	in.Results = rekeyed().Results
	in.Run.Result, in.Run.ExitCode, in.Verify, in.API = report.Partial, 3, rekeyed().Verify, rekeyed().API
	d := in.Decisions
	d.File, d.Pairs = "decisions-r.json", plan.DecidedPairs{Same: 1, Different: 1}
	d.OfPairs = slices.Repeat([]string{user.UndecidedPair}, len(in.Plan.Rekeys))
	d.OfPairs[0], d.OfPairs[1] = user.OnePerson, user.TwoPeople
	return in
}

// leaving is a run that left people where they are for the time being: some who
// are leaving, and strangers.
func leaving() report.Input {
	in := clean()
	p := in.Plan
	night := func(n int) time.Time { return time.Date(2026, 8, n, 3, 15, 0, 0, time.UTC) }
	leave := func(uid, name string, runs int, since, last time.Time) {
		p.Leaving = append(p.Leaving, plan.Leaving{
			Absence: plan.Absence{UID: uid, Since: since, Last: last, Runs: runs},
			Name:    name, Of: 3, From: night(2).Add(time.Duration(3-runs) * 20 * time.Hour),
		})
	}
	leave("l-1", "<b>Lea</b>", 1, night(2), night(2))
	leave("l-2", "=Lou", 2, night(1), night(2))
	leave("l-3", "", 0, time.Time{}, time.Time{})
	p.Strangers = 2
	p.Kept += 5
	p.Remote.Active += 5
	p.Remote.InScope += 5
	return in
}

var fixtures = map[string]func() report.Input{
	"leaving": leaving,
	"rekeyed": rekeyed, "replanned": replanned,
	"partial": partial, "pending": pending, "clean": clean, "nothing": nothing,
	"refused": refused, "validated": validated, "failed": failed, "interrupted": interrupted,
	"died": died, "stopped": stopped, "undoing": undoing, "undone": undone,
}

// large is a run of n operations with two changes each, most of them updates.
func large(n int) report.Input {
	in := clean()
	p := in.Plan
	p.Operations = make([]plan.Operation, n)
	roles := []string{"staff", "manager", "contractor", "student"}
	departments := []string{"Sales", "Marketing", "Engineering", "Operations", "Legal"}
	remote := 0
	for i := range p.Operations {
		o := plan.Operation{
			UID: fmt.Sprintf("user-%07d", i), Name: fmt.Sprintf("Person Number %d", i), Role: roles[i%4],
			Tags: []string{"eu"}, Source: user.Source{File: "data/staff.csv", Row: i + 2},
		}
		switch {
		case i%20 == 0:
			o.Verb, o.Reason, o.Source = plan.Deactivate, plan.Absent, user.Source{}
		case i%20 == 1:
			o.Verb, o.Reason = plan.Reactivate, plan.StateSays
		case i%20 < 6:
			o.Verb, o.Reason = plan.Create, plan.Missing
			o.Changes = []plan.Change{
				{Field: user.Name, After: str(o.Name)},
				{Field: user.Role, After: str(o.Role)},
				{Field: user.Metadata, After: `{"department":"` + departments[i%5] + `","location":"Building 7"}`},
			}
		default:
			o.Verb, o.Reason = plan.Update, plan.Differs
			o.Changes = []plan.Change{
				{Field: user.Role, Before: str(roles[(i+1)%4]), After: str(o.Role)},
				{Field: user.Metadata,
					Before: `{"department":"` + departments[(i+1)%5] + `","employee":` + fmt.Sprint(i) + `,"location":"Building 7"}`,
					After:  `{"department":"` + departments[i%5] + `","employee":` + fmt.Sprint(i) + `,"location":"Building 7"}`},
			}
			if i%3 == 0 {
				o.Changes = o.Changes[1:]
			}
		}
		if o.Verb != plan.Create {
			remote++
		}
		p.Operations[i] = o
	}
	p.Sort()
	p.Unchanged, p.OutOfScope, p.Protected, p.Kept = 0, 0, 0, 0
	p.Remote = plan.Remote{Active: remote, InScope: remote}
	in.Results = make([]plan.Result, n)
	for i := range in.Results {
		in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 1}
	}
	return in
}
