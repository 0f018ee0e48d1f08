package report_test

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

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/trace"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/explain"
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
func updated() *explain.Story {
	return &explain.Story{
		Run: report.Run{ID: "20261122T031500Z-7f3a", Command: "sync", Version: "1.0.0",
			StartedAt:  time.Date(2026, 11, 22, 3, 15, 0, 0, time.UTC),
			FinishedAt: time.Date(2026, 11, 22, 3, 15, 9, 0, time.UTC), Result: report.Converged},
		Target: plan.Target{AppID: "2748abc", Region: "eu"},
		UID:    "anna-k",
		Rows:   []trace.Looked{annasRow()},
		Operation: &plan.Operation{Verb: plan.Update, UID: "anna-k", Name: "Anna Kovács", Reason: plan.Differs, Source: staff(14),
			Changes: []plan.Change{
				{Field: user.Tags, Before: `["old"]`, After: `["new"]`},
				{Field: user.Metadata, Before: `{"@private":{"salary":"old"},"department":"Sales"}`, After: `{"@private":{"salary":"` +
					secret +
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
func leftAt(p plan.Place, rows ...trace.Looked) *explain.Story {
	s := updated()
	s.Operation, s.Result, s.Sent, s.Planned, s.Place, s.Rows = nil, nil, false, 0, p, rows
	return s
}

// ended is the update with another end.
func ended(r plan.Result, change ...func(*explain.Story)) *explain.Story {
	s := updated()
	s.Run.Result, s.Run.ExitCode = report.Partial, 3
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

// paired makes a story one of two users who are probably one person.
func paired(s *explain.Story, old, now string) *explain.Story {
	s.Rekey = &plan.Rekey{Old: old, New: now, OldName: "Anna \x1b[31mK", NewName: "Anna Kovács", Because: user.SameKey, Confidence: 97,
		Source: staff(14)}
	s.Options = append(s.Options, plan.Option{Name: "match", Values: []string{"metadata.@private.email"}})
	if s.UID == old {
		s.Held = &plan.Held{UID: old, Source: staff(14), Because: user.SameKey}
	}
	return s
}

func option(s *explain.Story, name, value string) *explain.Story {
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
		text := render(t, func(w io.Writer) error { return s.WriteTerminal(w, report.Terminal{Width: 100}) })
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
		if err := json.Unmarshal([]byte(raw), &j); err != nil || j.Schema != formats.Explanation.String() || j.Answer != s.Answer() {
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
	s.Unread = []explain.Unread{{File: "data/hr.xlsx", Was: "aa", Is: "bb"}}
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

// At a terminal no line of a story is longer than it; elsewhere every word is whole.
func TestStoriesFitTheWidth(t *testing.T) {
	uid := strings.Repeat("x", 95)
	for name, s := range stories() {
		s.UID, s.Asked = uid, uid
		for _, width := range []int{60, 80, 120} {
			text := render(t, func(w io.Writer) error { return s.WriteTerminal(w, report.Terminal{Width: width}) })
			for line := range strings.Lines(text) {
				if n := phrase.Columns(strings.TrimRight(line, "\n")); n > width {
					t.Errorf("%s at %d: a line has %d columns: %q", name, width, n, line)
				}
			}
		}
		whole := render(t, func(w io.Writer) error { return s.WriteTerminal(w, report.Terminal{Mail: true}) })
		if answer := s.Answer(); strings.Contains(answer, uid) && !strings.Contains(whole, uid) {
			t.Errorf("%s: without a terminal, a uid is cut:\n%s", name, whole)
		}
	}
}
