package report_test

import (
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// partial is a run in which everything that can happen has happened, with
// every kind of hostile text; the other fixtures are made from it.
func partial() report.Input {
	p := &plan.Plan{
		Target:     plan.Target{AppID: "2748abc", Region: "eu", BaseURL: "https://2748abc.api-eu.cometchat.io/v3"},
		CreatedAt:  time.Date(2026, 8, 2, 3, 15, 1, 0, time.UTC),
		Operations: partialOperations(),
		Withholdings: []plan.Withholding{{Verb: plan.Deactivate, Guard: plan.Guard{Message: "1 row has no readable uid (the first is " +
			"data/staff.csv:20) and may stand for any absent user; correct the rows and run again"}}},
		Held:      []plan.Held{{UID: "held-1", Name: "Hanna Held", Source: staff(21)}},
		NewRoles:  []string{"manager"},
		Remote:    plan.Remote{Active: 70, Deactivated: 6, InScope: 74},
		Unchanged: 59, OutOfScope: 2, Protected: 3, Kept: 1,
		Rejects: []user.Reject{
			{Source: staff(22), UID: "late-1", Header: staffHeader, Cells: []string{"late-1", "Lars Late", "wizard", "", "Sales"},
				Defects: []user.Defect{{Column: "role", Code: user.RoleUnknown, Value: "wizard",
					Message: "the app has no such role; correct it, or use --create-roles"}}},
		},
		Notices: []user.Notice{{Code: "role-created", Message: "the role manager is created first", Count: 1}},
	}
	p.Sort()
	return report.Input{
		Run: report.Run{ID: "20260802T031500Z-7f3a", Command: "sync", Version: "1.0.0",
			StartedAt:  time.Date(2026, 8, 2, 5, 15, 0, 123456789, time.FixedZone("CEST", 7200)),
			FinishedAt: time.Date(2026, 8, 2, 3, 15, 4, 0, time.UTC), Result: report.Partial, ExitCode: 3},
		Target:  p.Target,
		Intake:  partialIntake(),
		Plan:    p,
		Results: partialResults(p),
		API: report.API{Requests: 1055, Retries: 7, Throttled: 2, Seconds: 4.25,
			Expected: plan.Expected{Requests: 1040, Duration: 130 * time.Second}, Applying: 123 * time.Second},
		Verify: report.Verify{Ran: true, Remaining: 3, Operations: []report.Leftover{
			leftover(p, plan.Update, 3), leftover(p, plan.Update, 4), leftover(p, plan.Create, 1),
		}},
	}
}

// leftover is an operation of a plan that is still to be done.
func leftover(p *plan.Plan, v plan.Verb, i int) report.Leftover {
	return report.Leftover{v, p.Of(v)[i].UID}
}

func partialOperations() []plan.Operation {
	return []plan.Operation{
		{Verb: plan.Deactivate, UID: "gone-1", Name: "Ada Gone", Role: "staff", Tags: []string{"eu"}, Reason: plan.Absent},
		{Verb: plan.Deactivate, UID: "gone-2", Name: "Bea Gone", Role: "staff", Reason: plan.Absent, Withheld: true},
		{Verb: plan.Deactivate, UID: "left-3", Name: "Céline L’Été", Role: "staff", Reason: plan.StateSays, Source: staff(7)},
		{Verb: plan.Reactivate, UID: "back-1", Name: "Dan Back", Reason: plan.StateSays, Source: staff(8), Changes: []plan.Change{
			{Field: user.Role, Before: str("default"), After: str("staff")},
		}},
		{Verb: plan.Reactivate, UID: "back-2", Name: "Eve Back", Reason: plan.InRoster, Source: hr(2)},
		{Verb: plan.Create, UID: "new-1", Name: `<img src=x onerror=alert(1)>`, Role: "staff", Reason: plan.Missing, Source: staff(9),
			Changes: []plan.Change{
				{Field: user.Name, After: str(`<img src=x onerror=alert(1)>`)},
				{Field: user.Link, After: str("https://example.com/?a=1&b=\"2\"")},
				{Field: user.Tags, After: `["eu","night shift"]`},
				{Field: user.Metadata, After: `{"@private":{"salary":"` + secret + `"},"department":"Sales"}`},
				{Field: user.CreatedAt, After: "1673421419"},
			}},
		{Verb: plan.Create, UID: "new-2", Name: "abc\u202Etxt.exe", Reason: plan.Missing, Source: hr(3), Changes: []plan.Change{
			{Field: user.Name, After: str("abc\u202Etxt.exe")},
		}},
		{Verb: plan.Create, UID: "new-3", Name: `=HYPERLINK("http://evil.example","x")`, Reason: plan.Missing, Source: hr(4),
			Changes: []plan.Change{
				{Field: user.Name, After: str(`=HYPERLINK("http://evil.example","x")`)},
			}},
		{Verb: plan.Update, UID: "1234567890123456789", Name: "Олена Коваль", Role: "staff", Reason: plan.Differs, Source: staff(10),
			Changes: []plan.Change{
				{Field: user.Metadata, Before: `{"department":"Sales"}`, After: `{"department":"Marketing"}`, Cause: plan.Causes(plan.BySource)},
			}},
		{Verb: plan.Update, UID: "up-2", Name: "山田 太郎", Reason: plan.Differs, Source: staff(11), Changes: []plan.Change{
			{Field: user.Metadata, Before: `{"department":"Sales","level":3}`, After: `{"department":"Sales & Service","level":3}`},
		}},
		{Verb: plan.Update, UID: "up-3", Name: "محمد علي", Role: "manager", Reason: plan.Differs, Source: staff(12), Changes: []plan.Change{
			{Field: user.Name, Before: str("محمد"), After: str("محمد علي"), Cause: plan.Causes(plan.ByApp)},
			{Field: user.Role, Before: str("staff"), After: str("manager"), Cause: plan.Causes(plan.ByConfiguration)},
			{Field: user.Tags, Before: `["eu","night shift","old"]`, After: `["eu","new","night shift"]`},
		}},
		{Verb: plan.Update, UID: "up-4", Name: "@here `Bob` |x| *y* \x1b[31m", Reason: plan.Differs, Source: staff(13),
			Changes: []plan.Change{
				{Field: user.StatusMessage, Before: str("On leave until Monday the 3rd of August, back in the office then"),
					After: str("On leave until Friday the 7th of August, back in the office then")},
				{Field: user.Metadata, Before: `{"@private":{"salary":"` + secret + `-old"},"desk":null}`,
					After: `{"@private":{"salary":"` + secret + `"},"desk":"B 12"}`,
					Cause: plan.CausesOf([]plan.KeyChange{
						{Field: "metadata.@private.salary", Cause: plan.ByApp}, {Field: "metadata.desk", Cause: plan.BySource},
					})},
			}},
		{Verb: plan.Update, UID: "up-5", Name: "Zoë", Reason: plan.Differs, Source: staff(14), Changes: []plan.Change{
			{Field: user.Avatar, Before: str("https://example.com/zoe.png"), After: str("")},
		}},
	}
}

// partialResults is what became of them.
func partialResults(p *plan.Plan) []plan.Result {
	results := p.Unsent()
	for i := range p.Operations {
		switch o := p.Operations[i]; {
		case o.Withheld:
		case o.UID == "new-2":
			results[i] = plan.Result{Outcome: plan.Unknown, Attempts: 6, Kind: plan.InDoubt, Code: "timeout",
				Message: "no answer after 6 attempts in 48s; run again to finish the rest"}
		case o.UID == "up-4":
			results[i] = plan.Result{Outcome: plan.Failed, Attempts: 1, Code: "ERR_BAD_REQUEST", Message: "PUT /users/up-4: 400: salary " +
				secret + " is refused",
				Kind: plan.BadInput, Status: 400, Details: map[string][]string{
					"statusMessage": {"too long", "<b>"}, "metadata": {"salary " + secret + " is refused"},
				}}
		case o.UID == "new-1":
			results[i] = plan.Result{Outcome: plan.Applied, Attempts: 3, Did: plan.VerbsOf(plan.Create), Code: plan.CodeNoToken,
				Kind: plan.ServerFailure, Status: 500, Message: "POST /users/new-1/auth_tokens: 500; run again with --tokens"}
		case o.UID == "new-3":
			results[i] = plan.Result{Outcome: plan.Applied, Attempts: 3, Did: plan.VerbsOf(plan.Update), Message: "the salary was " +
				secret, Instead: []plan.Change{
				{Field: user.Name, Before: str("Somebody"), After: str(`=HYPERLINK("http://evil.example","x")`)},
				{Field: user.Metadata, Before: `{"@private":{"salary":"` + secret + `"}}`},
			}}
		case o.UID == "up-5":
			results[i] = plan.Result{Outcome: plan.Drifted, Attempts: 1, Code: "drifted", Message: "the avatar has changed since the plan"}
		default:
			results[i] = plan.Result{Outcome: plan.Applied, Attempts: 1}
		}
	}
	return results
}

func partialIntake() user.Intake {
	return user.Intake{
		Files: []user.File{
			{Path: "data/staff.csv", SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", Format: "csv",
				Encoding: "UTF-8", Rows: 1240},
			{Path: "data/hr.xlsx", SHA256: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", Format: "xlsx",
				Sheet: "People", Encoding: "UTF-8", Rows: 6},
		},
		Rows: 1246, Users: 1240, Duplicates: 2, Rejected: 4,
		IgnoredColumns: []string{"department", "fax <b>"},
		Columns: []user.Mapping{
			{File: "data/staff.csv", Header: "uid", Field: "uid"}, {File: "data/staff.csv", Header: "name", Field: "name"},
			{File: "data/staff.csv", Header: "role", Field: "role"}, {File: "data/staff.csv", Header: "metadata.@private.salary",
				Field: "metadata.@private.salary"},
			{File: "data/hr.xlsx", Header: "UID", Field: "uid"}, {File: "data/hr.xlsx", Header: "First <Name>", Field: "name (first)"},
			{File: "data/hr.xlsx", Header: "name", Field: "name"}, {File: "data/hr.xlsx", Header: "metadata", Field: "metadata"},
		},
		Managed: []string{"uid", "name", "role", "metadata.@private.salary"},
		Notices: []user.Notice{{Code: "ignored-column", Message: "the column \"department\" is not mapped and is left alone", Count: 1240}},
		Rejects: user.ListOf([]user.Reject{
			{Source: staff(20), Header: staffHeader, Cells: []string{"Müller 7", "Jürgen \"Jo\" Müller", "=1+1", "", "Sales"},
				Defects: []user.Defect{
					{Column: "uid", Code: user.UIDInvalid, Value: "Müller 7",
						Message: "only a-z 0-9 - _ are allowed; rename it, or use --uid-rewrite slug"},
					{Column: "role", Code: user.RoleInvalid, Value: "=1+1",
						Message: "only a-z 0-9 - _ are allowed in a role; use the role's id, not its title"},
				}},
			{Source: staff(21), UID: "held-1", Header: staffHeader, Cells: []string{"held-1", "'=already", "staff", secret, "a\nb",
				"one", "two"},
				Defects: []user.Defect{{Column: "metadata.@private.salary", Code: user.EncodingBroken, Value: secret, Private: true,
					Message: "holds bytes that are not UTF-8; save the file as UTF-8 and try again"}}},
			{Source: hr(5), UID: "meta-1", Header: hrHeader, Cells: []string{"meta-1", "Mia \x1b[2J Meta", `{"@private":{"salary":"` +
				secret + `"},}`, "old.csv", "77"},
				Defects: []user.Defect{{Column: "metadata", Code: user.MetadataInvalid, Value: `{"@private":{"salary":"` + secret + `"},}`,
					Message: "invalid character '}' looking for the beginning of a key; write an object such as " +
						"{\"department\":\"Sales\"}"}}},
			{Source: hr(6), UID: "", Header: hrHeader, Cells: []string{"", "<script>alert(1)</script>", "", "", ""},
				Defects: []user.Defect{{Column: "UID", Code: user.UIDMissing, Message: "the row has no uid; fill it in"}}},
		}),
	}
}

func unmasked() report.Input {
	in := partial()
	in.ShowPrivate = true
	return in
}
