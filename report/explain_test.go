package report

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
)

func valueCell(header, field, text, value string, repairs ...string) trace.LookedCell {
	return trace.LookedCell{Header: header, Field: field, Text: text, Value: value, Reading: trace.ReadValue, Repairs: repairs}
}

// annasRow is the row of staff.csv that the stories are about.
func annasRow() trace.Looked {
	private := valueCell("Salary", "metadata.@private.salary", secret, secret, "white space around it taken off")
	private.Private = true
	return trace.Looked{Source: staff(14), UID: "anna-k", Fate: trace.FateUsed, Cells: []trace.LookedCell{
		valueCell("uid", "uid", "Anna-K ", "anna-k", "white space around it taken off", "put in lower case"),
		valueCell("Full Name", "name", "Anna \x1b[31mKovács", "Anna Kovács"),
		valueCell("Dept", "metadata.department", "Marketing", "Marketing"),
		private,
		{Header: "State", Field: "state", Reading: trace.ReadKeeps},
		{Header: "Fax", Text: secret, Reading: trace.ReadNothing},
	}}
}

// updated is the story of an update that went well.
func updated() *Story {
	return &Story{
		Run: Run{ID: "20261122T031500Z-7f3a", Command: "sync", Version: "1.0.0", StartedAt: time.Date(2026, 11, 22, 3, 15, 0, 0, time.UTC),
			FinishedAt: time.Date(2026, 11, 22, 3, 15, 9, 0, time.UTC), Result: Converged},
		Target: plan.Target{AppID: "2748abc", Region: "eu"},
		UID:    "anna-k",
		Rows:   []trace.Looked{annasRow()},
		Operation: &plan.Operation{Verb: plan.Update, UID: "anna-k", Name: "Anna Kovács", Reason: plan.Differs, Source: staff(14),
			Changes: []plan.Change{
				{Field: user.Tags, Before: `["old"]`, After: `["new"]`},
				{Field: user.Metadata, Before: `{"@private":{"salary":"old"},"department":"Sales"}`, After: `{"@private":{"salary":"` + secret +
					`"},"department":"Marketing"}`},
			}},
		Planned: 15, Sent: true, Recorded: true, Itemized: true,
		Result: &plan.Result{Outcome: plan.Applied, Attempts: 1, Did: plan.VerbsOf(plan.Update)},
		Options: plan.Config{{Name: "duplicates", Values: []string{"error"}}, {Name: "empty", Values: []string{"keep"}},
			{Name: "metadata", Values: []string{"merge"}}, {Name: "missing", Values: []string{"deactivate"}}, {Name: "protect",
				Values: []string{"admin-*", "role:chef"}}, {Name: "scope", Values: []string{"role=staff"}}},
	}
}

// leftAt is the story of a user for whom there was no operation.
func leftAt(p plan.Place, rows ...trace.Looked) *Story {
	s := updated()
	s.Operation, s.Result, s.Sent, s.Planned, s.Place, s.Rows = nil, nil, false, 0, p, rows
	return s
}

// ended is the update with another end.
func ended(r plan.Result, change ...func(*Story)) *Story {
	s := updated()
	s.Run.Result, s.Run.ExitCode = Partial, 3
	s.Result = &r
	for _, c := range change {
		c(s)
	}
	return s
}

func row(at user.Source, fate trace.Fate) trace.Looked {
	return trace.Looked{Source: at, UID: "anna-k", Fate: fate, Cells: []trace.LookedCell{valueCell("uid", "uid", "anna-k", "anna-k")}}
}

func rejected(at user.Source, uid string) user.Reject {
	return user.Reject{Source: at, UID: uid, Defects: []user.Defect{
		{Column: "metadata.@private.salary", Code: user.EncodingBroken, Value: secret, Private: true, Message: secret +
			" holds bytes that are not UTF-8"},
		{Column: "link", Code: user.LinkInvalid, Value: "nowhere", Message: "no http or https address; correct it"},
	}}
}

func stories() map[string]*Story {
	at := func(source user.Source, s *Story) *Story {
		s.At = source
		return s
	}
	twice := annasRow()
	twice.Shares = []user.Source{hr(3)}
	second := row(hr(3), trace.FateDuplicate)
	second.Winner, second.Shares = staff(14), []user.Source{staff(14)}
	replaced := row(staff(9), trace.FateReplaced)
	replaced.Winner, replaced.Shares = staff(14), []user.Source{staff(14)}
	broken := row(staff(14), trace.FateRejected)
	broken.Cells[0].Reading = trace.ReadUnusable
	reject := rejected(staff(14), "anna-k")
	broken.Reject = &reject
	inactive := row(staff(14), trace.FateUsed)
	inactive.Cells = append(inactive.Cells, valueCell("State", "state", "left", "deactivated", "read as deactivated"))
	noOperation := func(s *Story) *Story { s.Operation, s.Result, s.Sent = nil, nil, false; return s }
	nobody := func(s *Story) *Story { s.UID = ""; return noOperation(s) }
	dry := func(s *Story) *Story {
		s.Run.Command, s.Run.Result, s.Sent, s.Recorded, s.Result = "plan", Pending, false, false, nil
		return s
	}
	absent := func(s *Story) {
		s.Rows = nil
		s.Operation = &plan.Operation{Verb: plan.Deactivate, UID: "anna-k", Reason: plan.Absent}
		s.Planned = 1
	}
	undo := func(s *Story) *Story {
		s.Run.Command, s.Undoes, s.Rows, s.Options = "undo", "20261121T031500Z-0c1d", nil, nil
		return s
	}
	decided := func(d plan.Decision, code, message string) *Story {
		s := ended(plan.Result{Outcome: plan.Skipped, Code: code, Message: message})
		s.Run.Command, s.Sent, s.Decision, s.DecidedBy = "apply", false, d, "reviewed.xlsx"
		return s
	}
	return map[string]*Story{
		"updated": updated(),
		"created": ended(plan.Result{Outcome: plan.Applied, Attempts: 2}, func(s *Story) {
			s.Operation.Verb, s.Operation.Reason, s.Planned = plan.Create, plan.Missing, 1
			s.Operation.Changes = []plan.Change{{Field: user.Name, After: str("Anna Kovács")}, {Field: user.CreatedAt, After: "1673421419"}}
		}),
		"found there": ended(plan.Result{Outcome: plan.Applied, Attempts: 2, Instead: []plan.Change{{Field: user.Name, Before: str("A"),
			After: str("B")}}}, func(s *Story) {
			s.Operation.Verb, s.Operation.Reason = plan.Create, plan.Missing
		}),
		"deactivated": ended(plan.Result{Outcome: plan.Applied, Attempts: 1}, absent),
		"withheld": ended(plan.Result{Outcome: plan.Withheld, Code: "withheld"}, absent, func(s *Story) {
			s.Operation.Withheld, s.Sent = true, false
			s.Withholdings = []plan.Withholding{{Verb: plan.Deactivate,
				Guard: plan.Guard{Message: "1 rejected row has no readable uid (the first is data/staff.csv:20) and may stand for any absent user; " +
					"correct the rows and run again"}}}
		}),
		"reactivated, not updated": ended(plan.Result{Outcome: plan.Failed, Attempts: 2, Kind: plan.BadInput, Code: "ERR_BAD_REQUEST",
			Status: 400, Did: plan.VerbsOf(plan.Reactivate),
			Message: "PUT /users/anna-k: 400: salary " + secret + " is refused", Details: map[string][]string{"metadata": {secret, "too long"},
				"avatar": {"no"}}}, func(s *Story) {
			s.Operation.Verb, s.Operation.Reason = plan.Reactivate, plan.InRoster
		}),
		"drifted": ended(plan.Result{Outcome: plan.Drifted, Attempts: 1, Code: "drifted", Message: "tags are not as planned any more"},
			func(s *Story) { s.Sent = false }),
		"unknown":     ended(plan.Result{Outcome: plan.Unknown, Attempts: 6, Kind: plan.InDoubt, Message: "no answer after 6 attempts in 48s"}),
		"settled":     ended(plan.Result{Outcome: plan.Applied, Attempts: 1}, func(s *Story) { s.Settled, s.Run.Result = true, noResult }),
		"no answer":   ended(plan.Result{}, func(s *Story) { s.Result, s.Run.Result = nil, Interrupted }),
		"not come to": ended(plan.Result{}, func(s *Story) { s.Result, s.Sent, s.Run.Result = nil, false, Interrupted }),
		"stopped": ended(plan.Result{Outcome: plan.Skipped, Code: "interrupted", Message: "not sent: the run was interrupted"},
			func(s *Story) { s.Sent = false }),
		"held back": decided(plan.Hold, plan.CodeHold, "held back by a decision"),
		"undecided": decided(plan.Undecided, plan.CodeUndecided, "reviewed.xlsx has no decision on it"),
		"never":     decided(plan.Never, plan.CodeNever, "never to be done, by a decision; the user is protected from now on"),
		"planned":   dry(updated()),
		"planned, for certain values shown": func() *Story {
			s := dry(updated())
			s.ShowPrivate = true
			return s
		}(),
		"refused": func() *Story {
			s := ended(plan.Result{Outcome: plan.Skipped}, absent)
			s.Run.Result, s.Sent = Refused, false
			s.Guards = []plan.Guard{{Name: "max-deactivate", Limit: "10%", Actual: 9,
				Message: "9 users to deactivate, and the limit is 10% (= 1); if that is meant: --allow max-deactivate=9", Allow: "--allow " +
					"max-deactivate=9"}}
			return s
		}(),
		"unchanged": leftAt(plan.PlaceUnchanged, annasRow()),
		"unchanged, source gone": func() *Story {
			s := leftAt(plan.PlaceUnchanged)
			s.Unread = []Unread{{File: "data/staff.csv", Problem: "no such file"}}
			return s
		}(),
		"deactivated already":     leftAt(plan.PlaceDeactivated),
		"deactivated, and so row": leftAt(plan.PlaceDeactivated, inactive),
		"unsaid":                  leftAt(plan.PlaceUnsaid, row(staff(14), trace.FateUsed)),
		"out of scope":            leftAt(plan.PlaceOutOfScope),
		"protected":               leftAt(plan.PlaceProtected),
		"kept":                    option(leftAt(plan.PlaceKept), "missing", "keep"),
		"a stranger":              option(leftAt(plan.PlaceStranger), "missing", "known"),
		"leaving": option(func() *Story {
			s := leftAt(plan.PlaceLeaving)
			s.Leaving = &leaving().Plan.Leaving[0]
			return s
		}(), "grace-runs", "3"),
		"leaving, not counted": func() *Story {
			s := leftAt(plan.PlaceLeaving)
			s.Leaving = &leaving().Plan.Leaving[2]
			return s
		}(),
		"cleared": option(func() *Story {
			s := updated()
			s.Rows[0].Cells = append(s.Rows[0].Cells, trace.LookedCell{Header: "Avatar", Field: "avatar", Reading: trace.ReadClears})
			s.Rows[0].Cells = slices.Delete(s.Rows[0].Cells, 4, 5)
			return s
		}(), "empty", "clear"),
		"held": func() *Story {
			s := leftAt(plan.PlaceHeld, broken)
			s.Held, s.Rejects = &plan.Held{UID: "anna-k", Source: staff(14)}, []user.Reject{reject}
			return s
		}(),
		"held, by the app": func() *Story {
			s := leftAt(plan.PlaceHeld, row(staff(14), trace.FateUsed))
			late := user.Reject{Source: staff(14), UID: "anna-k", Defects: []user.Defect{{Column: "role", Code: user.RoleUnknown, Value: "wizard",
				Message: "the app has no such role; create it in the dashboard, or use --create-roles"}}}
			s.Held, s.Rejects = &plan.Held{UID: "anna-k", Source: staff(14)}, []user.Reject{late}
			return s
		}(),
		"not created":           func() *Story { s := leftAt(0, broken); s.Rejects = []user.Reject{reject}; return s }(),
		"not created, inactive": leftAt(0, inactive),
		"not created, outside":  leftAt(0, row(staff(14), trace.FateUsed)),
		"read":                  func() *Story { s := leftAt(0, annasRow()); s.Run.Command, s.Itemized = "validate", false; return s }(),
		"nobody":                leftAt(0),
		"nothing on record":     func() *Story { s := leftAt(0); s.Itemized = false; return s }(),
		"twice": func() *Story {
			s := updated()
			s.Rows = []trace.Looked{twice, second}
			return s
		}(),
		"a row that counts": at(staff(14), updated()),
		"a row that gave way": at(staff(9), func() *Story {
			s := updated()
			s.Rows = []trace.Looked{replaced, annasRow()}
			return option(s, "duplicates", "last")
		}()),
		"a row that was mended": at(staff(9), func() *Story {
			s := updated()
			old, mended := replaced, annasRow()
			old.Fate, old.Winner = trace.FateMended, user.Source{File: "data/rejects.csv", Row: 2}
			old.Cells = []trace.LookedCell{{Header: "First", Text: "Anna", Reading: trace.ReadJoined}}
			mended.Source = old.Winner
			s.Rows = []trace.Looked{old, mended}
			return s
		}()),
		"a row like another": at(hr(3), func() *Story { s := updated(); s.Rows = []trace.Looked{twice, second}; return s }()),
		"a header": at(staff(1), nobody(func() *Story {
			s := updated()
			h := annasRow()
			h.Source, h.Fate = staff(1), trace.FateHeader
			s.Rows = []trace.Looked{h}
			return s
		}())),
		"a blank row": at(staff(5), nobody(func() *Story {
			s := updated()
			s.Rows = []trace.Looked{{Source: staff(5), Fate: trace.FateBlank}}
			return s
		}())),
		"a row behind the end": at(staff(900), nobody(func() *Story { s := updated(); s.Rows, s.Last = nil, staff(120); return s }())),
		"a row without uid": at(staff(20), nobody(func() *Story {
			s := updated()
			x := rejected(staff(20), "")
			s.Rows = []trace.Looked{{Source: staff(20), Fate: trace.FateRejected, Reject: &x}}
			s.Rejects, s.Withholdings = []user.Reject{x}, []plan.Withholding{{Verb: plan.Deactivate,
				Guard: plan.Guard{Message: "1 rejected row has no readable uid"}}}
			return s
		}())),
		"a row of a changed source": at(staff(14), nobody(func() *Story {
			s := updated()
			s.Rows = nil
			s.Unread = []Unread{{File: "data/staff.csv", Was: strings.Repeat("ab", 32), Is: strings.Repeat("cd", 32)}}
			return s
		}())),
		"an undo": undo(ended(plan.Result{Outcome: plan.Applied, Attempts: 1}, func(s *Story) { s.Operation.Reason = plan.Undone })),
		"an undo's conflict": func() *Story {
			s := undo(leftAt(plan.PlaceConflict))
			s.Conflict = &plan.Conflict{UID: "anna-k", Message: "changed since the run: name; left alone, where an undo would put back name",
				Fields: []plan.ConflictField{
					{Field: "name", Before: str("Anna"), After: str("Anna K"), Now: str("Anna Kovács")},
					{Field: "metadata.@private.salary", Before: str(secret), After: "", Now: str(secret), Private: true},
				}}
			return s
		}(),
		"a pair's old user":          paired(leftAt(plan.PlaceHeld), "anna-k", "a.kovacs"),
		"a pair's new user":          paired(leftAt(0, annasRow()), "kovacs-old", "anna-k"),
		"a pair's row":               at(staff(14), paired(leftAt(0, annasRow()), "kovacs-old", "anna-k")),
		"a pair's new user, planned": dry(paired(leftAt(0, annasRow()), "kovacs-old", "anna-k")),
		"a pair's old user, held by a row": func() *Story {
			s := paired(leftAt(plan.PlaceHeld), "anna-k", "a.kovacs")
			s.Rejects = []user.Reject{rejected(staff(20), "anna-kov")}
			s.Held = &plan.Held{UID: "anna-k", Source: staff(20), Because: user.SameNumber}
			return s
		}(),
		"held by its number": func() *Story {
			s := leftAt(plan.PlaceHeld)
			s.UID, s.Rejects = "0123", []user.Reject{rejected(staff(14), "123")}
			s.Held = &plan.Held{UID: "0123", Source: staff(14), Because: user.SameNumber}
			return s
		}(),
		"a row that holds users": at(staff(14), func() *Story {
			s := leftAt(0)
			s.UID, s.Rejects, s.Holds = "", []user.Reject{rejected(staff(14), "")}, []string{"00123", "anna"}
			return s
		}()),
		"an undo's untouched": undo(leftAt(plan.PlaceUntouched)),
	}
}

// paired makes a story one of two users who are probably one person.
func paired(s *Story, old, now string) *Story {
	s.Rekey = &plan.Rekey{Old: old, New: now, OldName: "Anna \x1b[31mK", NewName: "Anna Kovács", Because: user.SameKey, Confidence: 97,
		Source: staff(14)}
	s.Options = append(s.Options, plan.Option{Name: "match", Values: []string{"metadata.@private.email"}})
	if s.UID == old {
		s.Held = &plan.Held{UID: old, Source: staff(14), Because: user.SameKey}
	}
	return s
}

func option(s *Story, name, value string) *Story {
	for i := range s.Options {
		if s.Options[i].Name == name {
			s.Options[i].Values = []string{value}
		}
	}
	return s
}

// asJSON is a decoded value as JSON again.
func asJSON(t *testing.T, v any) string {
	t.Helper()
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestStories(t *testing.T) {
	all := stories()
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		s := all[name]
		text := render(t, func(w io.Writer) error { return s.WriteTerminal(w, Terminal{Width: 100}) })
		raw := render(t, s.WriteJSON)
		if !s.ShowPrivate && strings.Contains(text+raw, secret) {
			t.Errorf("%s: a private value is told:\n%s%s", name, text, raw)
		}
		if s.ShowPrivate && !(strings.Contains(text, secret) && strings.Contains(raw, secret)) {
			t.Errorf("%s: private values are to be shown, and are not:\n%s%s", name, text, raw)
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("%s: an escape of the source reaches the terminal", name)
		}
		var j struct{ Schema, Answer string }
		if err := json.Unmarshal([]byte(raw), &j); err != nil || j.Schema != ExplanationSchema || j.Answer != s.Answer() {
			t.Errorf("%s: %v:\n%s", name, err, raw)
		}
		if first, _, _ := strings.Cut(text, "\n\n"); strings.Join(strings.Fields(first),
			" ") != strings.Join(strings.Fields(phrase.Visible(s.Answer())), " ") {
			t.Errorf("%s: the story begins with %q, and the answer is %q", name, first, s.Answer())
		}
		fmt.Fprintf(&b, "-- %s --\n%s\n", name, text)
	}
	golden(t, "explain.txt", b.String())
}

func TestAStoryAsJSON(t *testing.T) {
	s := stories()["reactivated, not updated"]
	broken := rejected(staff(20), "anna-k")
	s.At, s.DecidedBy, s.Decision = staff(14), "reviewed.csv", plan.Apply
	s.Rejects = []user.Reject{broken}
	s.Rows[0].Shares = []user.Source{hr(3)}
	s.Rows[0].Cells = slices.Insert(s.Rows[0].Cells, 5, trace.LookedCell{Header: "Avatar", Field: "avatar", Reading: trace.ReadClears})
	s.Unread = []Unread{{File: "data/hr.xlsx", Was: "aa", Is: "bb"}}
	s.Conflict = &plan.Conflict{Message: "changed since", Fields: []plan.ConflictField{{Field: "name", Before: str("A"), Now: str("B")}}}
	s.Guards = []plan.Guard{{Name: "max-update", Limit: "1", Actual: 2, Message: "2 users to update", Allow: "--allow max-update=2"}}
	raw := render(t, s.WriteJSON)
	var got map[string]any
	if err := json.Unmarshal([]byte(raw), &got); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want string
	}{
		{"schema", `"cometsync.explanation/v1"`},
		{"uid", `"anna-k"`},
		{"asked", `{"file":"data/staff.csv","row":14,"sheet":""}`},
		{"run", `{"command":"sync","exitCode":3,"finishedAt":"2026-11-22T03:15:09Z","id":"20261122T031500Z-7f3a","result":"partial","startedAt":"2026-11-22T03:15:00Z","undoes":"","version":"1.0.0"}`},
		{"target", `{"appId":"2748abc","baseUrl":"","region":"eu","sandbox":false}`},
		{"rows.0.fate", `"used"`},
		{"rows.0.row", `14`},
		{"rows.0.winner", `null`},
		{"rows.0.shares", `[{"file":"data/hr.xlsx","row":3,"sheet":"People"}]`},
		{"rows.0.ignoredColumns", `["Fax"]`},
		{"rows.0.reject", `null`},
		{"rows.0.cells.0", `{"field":"uid","header":"uid","private":false,"reading":"value","repairs":["white space around it taken off","put in lower case"],"text":"Anna-K ","value":"anna-k"}`},
		{"rows.0.cells.3", `{"field":"metadata.@private.salary","header":"Salary","private":true,"reading":"value","repairs":["white space around it taken off"],"text":"•••","value":"•••"}`},
		{"rows.0.cells.4.reading", `"keeps"`},
		{"rows.0.cells.5.reading", `"clears"`},
		{"unread.0.file", `"data/hr.xlsx"`},
		{"unread.0.sha256", `"aa"`},
		{"unread.0.sha256Now", `"bb"`},
		{"rejects.0.row", `20`},
		{"rejects.0.value", `"•••"`},
		{"rejects.0.more.0.code", `"link-invalid"`},
		{"place", `""`},
		{"rule", `"deactivated in the app, and in a roster that has no state column"`},
		{"options.0", `{"name":"duplicates","values":["error"]}`},
		{"operation.op", `"reactivate"`},
		{"operation.reason", `"in the roster"`},
		{"operation.source.row", `14`},
		{"operation.planned", `15`},
		{"operation.withheld", `false`},
		{"operation.changes.0", `{"after":["new"],"before":["old"],"field":"tags","private":false}`},
		{"operation.changes.1", `{"after":"•••","before":"•••","field":"metadata.@private.salary","private":true}`},
		{"operation.changes.2", `{"after":"Marketing","before":"Sales","field":"metadata.department","private":false}`},
		{"conflict", `{"fields":[{"after":null,"before":"A","field":"name","now":"B"}],"gone":false,"message":"changed since"}`},
		{"guards.0", `{"actual":2,"allow":"--allow max-update=2","limit":"1","message":"2 users to update","name":"max-update","what":""}`},
		{"withheld", `""`},
		{"decision", `{"decision":"apply","file":"reviewed.csv"}`},
		{"result", `{"attempts":2,"code":"ERR_BAD_REQUEST","details":{"avatar":["no"],"metadata":["•••","too long"]},"did":["reactivate"],"kind":"input","message":"PUT /users/anna-k: 400: salary ••• is refused","outcome":"failed","sent":true,"settled":false,"status":400}`},
		{"next", `"get a new export, or give --allow max-update=2 if that is meant, then run again"`},
	} {
		var at any = got
		for _, key := range strings.Split(c.path, ".") {
			switch in := at.(type) {
			case map[string]any:
				var ok bool
				if at, ok = in[key]; !ok {
					t.Fatalf("%s: there is no such key:\n%s", c.path, raw)
				}
			case []any:
				var i int
				if _, err := fmt.Sscan(key, &i); err != nil || i >= len(in) {
					t.Fatalf("%s: there is no such element:\n%s", c.path, raw)
				}
				at = in[i]
			default:
				t.Fatalf("%s: %v has no members", c.path, at)
			}
		}
		if diff := cmp.Diff(c.want, asJSON(t, at)); diff != "" {
			t.Errorf("%s: %s", c.path, diff)
		}
	}
	if !strings.HasSuffix(raw, "}\n") {
		t.Error("it has no line end")
	}
}
