package report_test

import (
	"maps"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/explain"
)

// stories are what explain has to tell, by what happened.
func stories() map[string]*explain.Story {
	all := storiesOfOperations()
	maps.Copy(all, storiesOfUsers())
	maps.Copy(all, storiesOfRows())
	return all
}

// storiesOfOperations are of users who had an operation, planned or done.
func storiesOfOperations() map[string]*explain.Story {
	return map[string]*explain.Story{
		"updated": updated(),
		"created": ended(plan.Result{Outcome: plan.Applied, Attempts: 2}, func(s *explain.Story) {
			s.Operation.Verb, s.Operation.Reason, s.Planned = plan.Create, plan.Missing, 1
			s.Operation.Changes = []plan.Change{{Field: user.Name, After: str("Anna Kovács")}, {Field: user.CreatedAt, After: "1673421419"}}
		}),
		"found there": ended(plan.Result{Outcome: plan.Applied, Attempts: 2, Instead: []plan.Change{{Field: user.Name, Before: str("A"),
			After: str("B")}}}, func(s *explain.Story) {
			s.Operation.Verb, s.Operation.Reason = plan.Create, plan.Missing
		}),
		"deactivated": ended(plan.Result{Outcome: plan.Applied, Attempts: 1}, ofAbsent),
		"withheld": ended(plan.Result{Outcome: plan.Withheld, Code: "withheld"}, ofAbsent, func(s *explain.Story) {
			s.Operation.Withheld, s.Sent = true, false
			s.Withholdings = []plan.Withholding{{Verb: plan.Deactivate,
				Guard: plan.Guard{Message: "1 rejected row has no readable uid (the first is data/staff.csv:20) and may stand for any " +
					"absent user; " +
					"correct the rows and run again"}}}
		}),
		"reactivated, not updated": ended(plan.Result{Outcome: plan.Failed, Attempts: 2, Kind: plan.BadInput, Code: "ERR_BAD_REQUEST",
			Status: 400, Did: plan.VerbsOf(plan.Reactivate),
			Message: "PUT /users/anna-k: 400: salary " + secret + " is refused",
			Details: map[string][]string{"metadata": {secret, "too long"},
				"avatar": {"no"}}}, func(s *explain.Story) {
			s.Operation.Verb, s.Operation.Reason = plan.Reactivate, plan.InRoster
		}),
		"drifted": ended(plan.Result{Outcome: plan.Drifted, Attempts: 1, Code: "drifted", Message: "tags are not as planned any more"},
			func(s *explain.Story) { s.Sent = false }),
		"unknown": ended(plan.Result{Outcome: plan.Unknown, Attempts: 6, Kind: plan.InDoubt,
			Message: "no answer after 6 attempts in 48s"}),
		"settled": ended(plan.Result{Outcome: plan.Applied, Attempts: 1}, func(s *explain.Story) {
			s.Settled, s.Run.Result = true, report.NoResult
		}),
		"no answer":   ended(plan.Result{}, func(s *explain.Story) { s.Result, s.Run.Result = nil, report.Interrupted }),
		"not come to": ended(plan.Result{}, func(s *explain.Story) { s.Result, s.Sent, s.Run.Result = nil, false, report.Interrupted }),
		"stopped": ended(plan.Result{Outcome: plan.Skipped, Code: "interrupted", Message: "not sent: the run was interrupted"},
			func(s *explain.Story) { s.Sent = false }),
		"held back": decidedOn(plan.Hold, plan.CodeHold, "held back by a decision"),
		"undecided": decidedOn(plan.Undecided, plan.CodeUndecided, "reviewed.xlsx has no decision on it"),
		"never":     decidedOn(plan.Never, plan.CodeNever, "never to be done, by a decision; the user is protected from now on"),
		"planned":   dryStory(updated()),
		"planned, for certain values shown": func() *explain.Story {
			s := dryStory(updated())
			s.ShowPrivate = true
			return s
		}(),
		"refused": func() *explain.Story {
			s := ended(plan.Result{Outcome: plan.Skipped}, ofAbsent)
			s.Run.Result, s.Sent = report.Refused, false
			s.Guards = []plan.Guard{{Name: "max-deactivate", Limit: "10%", Actual: 9,
				Message: "9 users to deactivate, and the limit is 10% (= 1); if that is meant: --allow " +
					"max-deactivate=9", Allow: "--allow " +
					"max-deactivate=9"}}
			return s
		}(),
		"an undo's untouched": ofUndo(leftAt(plan.PlaceUntouched)),
	}
}

// storiesOfUsers are of users without one, pairs among them.
func storiesOfUsers() map[string]*explain.Story {
	broken := row(staff(14), trace.FateRejected)
	broken.Cells[0].Reading = trace.ReadUnusable
	reject := rejected(staff(14), "anna-k")
	broken.Reject = &reject
	inactive := row(staff(14), trace.FateUsed)
	inactive.Cells = append(inactive.Cells, valueCell("State", "state", "left", "deactivated", "read as deactivated"))
	return map[string]*explain.Story{
		"unchanged": leftAt(plan.PlaceUnchanged, annasRow()),
		"unchanged, source gone": func() *explain.Story {
			s := leftAt(plan.PlaceUnchanged)
			s.Unread = []explain.Unread{{File: "data/staff.csv", Problem: "no such file"}}
			return s
		}(),
		"deactivated already":     leftAt(plan.PlaceDeactivated),
		"deactivated, and so row": leftAt(plan.PlaceDeactivated, inactive),
		"unsaid":                  leftAt(plan.PlaceUnsaid, row(staff(14), trace.FateUsed)),
		"out of scope":            leftAt(plan.PlaceOutOfScope),
		"protected":               leftAt(plan.PlaceProtected),
		"kept":                    option(leftAt(plan.PlaceKept), "missing", "keep"),
		"a stranger":              option(leftAt(plan.PlaceStranger), "missing", "known"),
		"leaving": option(func() *explain.Story {
			s := leftAt(plan.PlaceLeaving)
			s.Leaving = &leaving().Plan.Leaving[0]
			return s
		}(), "grace-runs", "3"),
		"leaving, not counted": func() *explain.Story {
			s := leftAt(plan.PlaceLeaving)
			s.Leaving = &leaving().Plan.Leaving[2]
			return s
		}(),
		"cleared": option(func() *explain.Story {
			s := updated()
			s.Rows[0].Cells = append(s.Rows[0].Cells, trace.LookedCell{Header: "Avatar", Field: "avatar", Reading: trace.ReadClears})
			s.Rows[0].Cells = slices.Delete(s.Rows[0].Cells, 4, 5)
			return s
		}(), "empty", "clear"),
		"held": func() *explain.Story {
			s := leftAt(plan.PlaceHeld, broken)
			s.Held, s.Rejects = &plan.Held{UID: "anna-k", Source: staff(14)}, []user.Reject{reject}
			return s
		}(),
		"held, by the app": func() *explain.Story {
			s := leftAt(plan.PlaceHeld, row(staff(14), trace.FateUsed))
			late := user.Reject{Source: staff(14), UID: "anna-k", Defects: []user.Defect{{Column: "role", Code: user.RoleUnknown,
				Value:   "wizard",
				Message: "the app has no such role; create it in the dashboard, or use --create-roles"}}}
			s.Held, s.Rejects = &plan.Held{UID: "anna-k", Source: staff(14)}, []user.Reject{late}
			return s
		}(),
		"not created":           func() *explain.Story { s := leftAt(0, broken); s.Rejects = []user.Reject{reject}; return s }(),
		"not created, inactive": leftAt(0, inactive),
		"not created, outside":  leftAt(0, row(staff(14), trace.FateUsed)),
		"read": func() *explain.Story {
			s := leftAt(0, annasRow())
			s.Run.Command, s.Itemized = "validate", false
			return s
		}(),
		"nobody":            leftAt(0),
		"nothing on record": func() *explain.Story { s := leftAt(0); s.Itemized = false; return s }(),
		"an undo": ofUndo(ended(plan.Result{Outcome: plan.Applied, Attempts: 1},
			func(s *explain.Story) { s.Operation.Reason = plan.Undone })),
		"an undo's conflict": func() *explain.Story {
			s := ofUndo(leftAt(plan.PlaceConflict))
			s.Conflict = &plan.Conflict{UID: "anna-k", Message: "changed since the run: name; left alone, where an undo would put back " +
				"name",
				Fields: []plan.ConflictField{
					{Field: "name", Before: str("Anna"), After: str("Anna K"), Now: str("Anna Kovács")},
					{Field: "metadata.@private.salary", Before: str(secret), After: "", Now: str(secret), Private: true},
				}}
			return s
		}(),
		"a pair's old user":          paired(leftAt(plan.PlaceHeld), "anna-k", "a.kovacs"),
		"a pair's new user":          paired(leftAt(0, annasRow()), "kovacs-old", "anna-k"),
		"a pair's row":               storyAt(staff(14), paired(leftAt(0, annasRow()), "kovacs-old", "anna-k")),
		"a pair's new user, planned": dryStory(paired(leftAt(0, annasRow()), "kovacs-old", "anna-k")),
		"a pair's old user, held by a row": func() *explain.Story {
			s := paired(leftAt(plan.PlaceHeld), "anna-k", "a.kovacs")
			s.Rejects = []user.Reject{rejected(staff(20), "anna-kov")}
			s.Held = &plan.Held{UID: "anna-k", Source: staff(20), Because: user.SameNumber}
			return s
		}(),
		"a row that holds users": storyAt(staff(14), func() *explain.Story {
			s := leftAt(0)
			s.UID, s.Rejects, s.Holds = "", []user.Reject{rejected(staff(14), "")}, []string{"00123", "anna"}
			return s
		}()),
	}
}

// storiesOfRows are of users and rows where a row is asked for, or counts with others.
func storiesOfRows() map[string]*explain.Story {
	twice := annasRow()
	twice.Shares = []user.Source{hr(3)}
	second := row(hr(3), trace.FateDuplicate)
	second.Winner, second.Shares = staff(14), []user.Source{staff(14)}
	replaced := row(staff(9), trace.FateReplaced)
	replaced.Winner, replaced.Shares = staff(14), []user.Source{staff(14)}
	return map[string]*explain.Story{
		"twice": func() *explain.Story {
			s := updated()
			s.Rows = []trace.Looked{twice, second}
			return s
		}(),
		"a row that counts": storyAt(staff(14), updated()),
		"a row that gave way": storyAt(staff(9), func() *explain.Story {
			s := updated()
			s.Rows = []trace.Looked{replaced, annasRow()}
			return option(s, "duplicates", "last")
		}()),
		"a row that was mended": storyAt(staff(9), func() *explain.Story {
			s := updated()
			old, mended := replaced, annasRow()
			old.Fate, old.Winner = trace.FateMended, user.Source{File: "data/rejects.csv", Row: 2}
			old.Cells = []trace.LookedCell{{Header: "First", Text: "Anna", Reading: trace.ReadJoined}}
			mended.Source = old.Winner
			s.Rows = []trace.Looked{old, mended}
			return s
		}()),
		"a row like another": storyAt(hr(3), func() *explain.Story { s := updated(); s.Rows = []trace.Looked{twice, second}; return s }()),
		"a header": storyAt(staff(1), ofNobody(func() *explain.Story {
			s := updated()
			h := annasRow()
			h.Source, h.Fate = staff(1), trace.FateHeader
			s.Rows = []trace.Looked{h}
			return s
		}())),
		"a blank row": storyAt(staff(5), ofNobody(func() *explain.Story {
			s := updated()
			s.Rows = []trace.Looked{{Source: staff(5), Fate: trace.FateBlank}}
			return s
		}())),
		"a row behind the end": storyAt(staff(900),
			ofNobody(func() *explain.Story { s := updated(); s.Rows, s.Last = nil, staff(120); return s }())),
		"a row without uid": storyAt(staff(20), ofNobody(func() *explain.Story {
			s := updated()
			x := rejected(staff(20), "")
			s.Rows = []trace.Looked{{Source: staff(20), Fate: trace.FateRejected, Reject: &x}}
			s.Rejects, s.Withholdings = []user.Reject{x}, []plan.Withholding{{Verb: plan.Deactivate,
				Guard: plan.Guard{Message: "1 rejected row has no readable uid"}}}
			return s
		}())),
		"a row of a changed source": storyAt(staff(14), ofNobody(func() *explain.Story {
			s := updated()
			s.Rows = nil
			s.Unread = []explain.Unread{{File: "data/staff.csv", Was: strings.Repeat("ab", 32), Is: strings.Repeat("cd", 32)}}
			return s
		}())),
		"held by its number": func() *explain.Story {
			s := leftAt(plan.PlaceHeld)
			s.UID, s.Rejects = "0123", []user.Reject{rejected(staff(14), "123")}
			s.Held = &plan.Held{UID: "0123", Source: staff(14), Because: user.SameNumber}
			return s
		}(),
	}
}

func storyAt(source user.Source, s *explain.Story) *explain.Story {
	s.At = source
	return s
}

func withoutOperation(s *explain.Story) *explain.Story {
	s.Operation, s.Result, s.Sent = nil, nil, false
	return s
}

func ofNobody(s *explain.Story) *explain.Story {
	s.UID = ""
	return withoutOperation(s)
}

func dryStory(s *explain.Story) *explain.Story {
	s.Run.Command, s.Run.Result, s.Sent, s.Recorded, s.Result = "plan", report.Pending, false, false, nil
	return s
}

func ofAbsent(s *explain.Story) {
	s.Rows = nil
	s.Operation = &plan.Operation{Verb: plan.Deactivate, UID: "anna-k", Reason: plan.Absent}
	s.Planned = 1
}

func ofUndo(s *explain.Story) *explain.Story {
	s.Run.Command, s.Undoes, s.Rows, s.Options = "undo", "20261121T031500Z-0c1d", nil, nil
	return s
}

func decidedOn(d plan.Decision, code, message string) *explain.Story {
	s := ended(plan.Result{Outcome: plan.Skipped, Code: code, Message: message})
	s.Run.Command, s.Sent, s.Decision, s.DecidedBy = "apply", false, d, "reviewed.xlsx"
	return s
}
