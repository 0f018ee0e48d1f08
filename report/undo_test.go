package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// An undo speaks of the run that it undoes, and of no roster.
func TestUndoSpeaksOfTheRunThatItUndoes(t *testing.T) {
	with := func(in report.Input, change func(*report.Input)) report.Input { change(&in); return in }
	settled := func(in *report.Input) { // nothing was changed since
		in.Plan.Unchanged += 2
		in.Plan.Conflicts = nil
	}
	nothing := func(in *report.Input) {
		in.Plan.Unchanged += len(in.Plan.Operations)
		in.Plan.Operations, in.Results = nil, nil
	}
	const run = "run 20260801T031500Z-0c1d"
	const again = "change the sources or the configuration before the next sync: as they are, it does again what was undone"
	for name, c := range map[string]struct {
		in            report.Input
		verdict, next string
	}{
		"a dry run": {undoing(),
			"Nothing has been changed yet. To undo " + run + ", 2 users would lose access, 1 would get access back and 1 would be put " +
				"back as before; 2 users are in conflict and 1 user is not in the app any more.",
			"look through the report | decide by hand about the users in conflict | run the same command without --dry-run to make " +
				"these changes"},
		"a dry run without conflicts": {with(undoing(), settled),
			"Nothing has been changed yet. To undo " + run + ", 2 users would lose access, 1 would get access back and 1 would be put " +
				"back as before.",
			"look through the report | run the same command without --dry-run to make these changes"},
		"a dry run of conflicts": {with(undoing(), nothing),
			"Nothing of " + run + " would be undone, but 2 users are in conflict and 1 user is not in the app any more.",
			"decide by hand about the users in conflict"},
		"a dry run of nothing": {with(with(undoing(), nothing), settled),
			"Nothing to undo: the app shows nothing of what " + run + " did.", ""},
		"done": {with(with(undone(), settled), func(in *report.Input) { in.Run.Result = report.Converged }),
			"Undone: " + run + ": 2 users lost access, 1 got access back and 1 was put back as before.", again},
		"an undo undone": {with(with(undone(), settled), func(in *report.Input) {
			in.Run.Result, in.Plan.Redoes = report.Converged, true
		}),
			"Undone: " + run + ": 2 users lost access, 1 got access back and 1 was put back as before.",
			"if the sources or the configuration were changed after that undo, change them back before the next sync"},
		"done but for conflicts": {undone(),
			"Undone in part: " + run + ": 2 users lost access, 1 got access back and 1 was put back as before; but 2 users are in " +
				"conflict and 1 user is not in the app any more.",
			"decide by hand about the users in conflict | " + again},
		"conflicts alone": {with(undone(), nothing),
			"Nothing of " + run + " was undone, but 2 users are in conflict and 1 user is not in the app any more.",
			"decide by hand about the users in conflict"},
		"nothing": {with(with(with(undone(), nothing), settled), func(in *report.Input) { in.Run.Result = report.Converged }),
			"Nothing to undo: the app shows nothing of what " + run + " did.", ""},
		"failures": {with(with(undone(), settled), func(in *report.Input) {
			in.Results[0] = plan.Result{Outcome: plan.Failed, Kind: plan.Throttled, Message: "429"}
		}),
			"Undone in part: " + run + ": 2 users lost access and 1 was put back as before; but 1 change failed.",
			"run undo 20260801T031500Z-0c1d again to finish: what is undone is not undone twice | " + again},
		"refused": {with(undoing(), func(in *report.Input) {
			in.Run.Result = report.Refused
			in.Plan.Guards = []plan.Guard{{Name: "max-deactivate", Actual: 2, Message: "2 users to deactivate"}}
		}),
			"Refused by max-deactivate, and nothing was written: 2 users would lose access, 1 would get access back and 1 would be put " +
				"back as before.",
			"look through the report | give --allow max-deactivate=2 if that is meant | decide by hand about the users in conflict | " +
				"run undo again: until then, nothing is written"},
	} {
		r := mustNew(t, c.in)
		if got := r.Verdict(); got != c.verdict {
			t.Errorf("%s: %s, want %s", name, got, c.verdict)
		}
		if got := steps(r, report.PlanName); got != c.next {
			t.Errorf("%s: %s, want %s", name, got, c.next)
		}
		for format, words := range said(t, c.in) {
			if !strings.Contains(words, c.in.Plan.Undoes) {
				t.Errorf("%s: %s does not name the run", name, format)
			}
			for _, what := range []string{"roster", "run sync", "0 rows"} {
				if strings.Contains(words, what) {
					t.Errorf("%s: %s speaks of %q", name, format, what)
				}
			}
		}
	}
}

// Whom an undo leaves alone is in every format, with the reason.
func TestConflictsAreInEveryFormat(t *testing.T) {
	in := undone()
	out := everyFormat(t, in)
	for name, words := range said(t, in) {
		for _, want := range []string{"role is neither as the run left it nor as before", "the app does not have the user any more",
			"2 in conflict"} {
			if name == "report.xlsx" || name == "report.html" {
				want = strings.TrimPrefix(want, "2 ")
			}
			if !strings.Contains(words, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	var doc struct {
		Run       struct{ Undoes string }
		Summary   struct{ Conflicts, Gone int }
		Conflicts []struct {
			UID, Name, Message string
			Gone               bool
		}
	}
	if err := json.Unmarshal([]byte(out["report.json"]), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Run.Undoes != in.Plan.Undoes || doc.Summary.Conflicts != 2 || doc.Summary.Gone != 1 || len(doc.Conflicts) != 3 {
		t.Errorf("report.json: %+v", doc)
	}
	for i, c := range doc.Conflicts {
		if diff := cmp.Diff(in.Plan.Conflicts[i], plan.Conflict{UID: c.UID, Name: c.Name, Message: c.Message, Gone: c.Gone},
			cmpopts.IgnoreFields(plan.Conflict{}, "Fields")); diff != "" {
			t.Error(diff)
		}
	}
	rows := records(t, out["conflicts.csv"])
	if len(rows) != 4 || rows[3][1] != "'@here `Bob`" || rows[2][2] != "true" {
		t.Errorf("conflicts.csv: %q", rows)
	}
	if sheet := sheetsOf(t, out["report.xlsx"])["Conflicts"]; len(sheet) != 4 || sheet[2][2] != "no more" {
		t.Errorf("report.xlsx: %q", sheet)
	}
}

// A deactivation that puts fields back first shows them.
func TestUndoneReactivationShowsItsFields(t *testing.T) {
	in := undone()
	if strings.Contains(htmlOf(t, in), "<ins><bdi>staff</bdi></ins>") {
		t.Fatal("the field is there without the change")
	}
	for i := range in.Plan.Operations {
		if o := &in.Plan.Operations[i]; o.UID == "new-4" {
			o.Changes = []plan.Change{{Field: user.Role, Before: str("manager"), After: str("staff")}}
		}
	}
	if !strings.Contains(htmlOf(t, in), "<ins><bdi>staff</bdi></ins>") {
		t.Error("the page does not show it")
	}
}

// What was stopped comes first, whatever came of the rest.
func TestStopsComeFirst(t *testing.T) {
	in := stopped()
	const want = "Stopped: updates were stopped after 1: the service confirmed metadata.department for 1234567890123456789 and does not " +
		"show it. " +
		"Stopped, too: deactivations were not begun, since updates were stopped. Done in part: "
	if got := mustNew(t, in).Verdict(); !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	for name, words := range said(t, in) {
		if !strings.Contains(words, "updates were stopped after 1: the service confirmed metadata.department for 1234567890123456789 "+
			"and does "+
			"not show it") {
			t.Errorf("%s does not say it", name)
		}
	}
	out := everyFormat(t, in)
	if !strings.HasPrefix(out["terminal"], "Stopped: ") {
		t.Errorf("the terminal begins otherwise:\n%s", out["terminal"])
	}
	var doc struct {
		Stops []struct{ Op, Code, Message string }
	}
	if err := json.Unmarshal([]byte(out["head"]), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Stops) != 2 || doc.Stops[0].Op != "update" || doc.Stops[0].Code != "stopped-careful" ||
		doc.Stops[1].Message != "deactivations were not begun, since updates were stopped" {
		t.Errorf("head: %+v", doc.Stops)
	}
	if got, want := steps(mustNew(t, in), report.PlanName), "find out why it was stopped | run again to finish: what is done is not done "+
		"twice"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s := (&plan.Stop{Verb: plan.Create, Code: "breaker"}); report.WhatStopped(s) != "no more of create was sent (breaker)" {
		t.Error(report.WhatStopped(s))
	}
}

// A run that died is told as one, by whom, and what came of it.
func TestRunThatDied(t *testing.T) {
	in := died()
	for name, words := range said(t, in) {
		for _, want := range []string{in.Recovered, "Died after 4 of 13 changes; 8 were not sent and 1 is unknown."} {
			if !strings.Contains(words, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
	if out := everyFormat(t, in); !strings.Contains(out["head"], `"recovered": "`+in.Recovered+`"`) {
		t.Error("report.json does not say it")
	}
	// A run that nobody has settled yet died all the same, whatever its result.
	for _, result := range []report.Result{report.Interrupted, report.Failed} {
		in := died()
		in.Recovered, in.Died, in.Run.Result = "", true, result
		for name, words := range said(t, in) {
			if want := "Died after 4 of 13 changes; 8 were not sent and 1 is unknown."; !strings.Contains(words, want) {
				t.Errorf("%s: %s does not say %q", result, name, want)
			}
		}
		if out := everyFormat(t, in); !strings.Contains(out["head"], `"died": true`) {
			t.Error("report.json does not say it")
		}
	}
	// What was sent, and found not to have been carried out, asks for no more
	// than another run, and is not told as a thing that was never sent.
	in.Results[5] = plan.Result{Outcome: plan.Skipped, Attempts: 1, Kind: plan.ServerFailure, Code: plan.CodeDied,
		Message: "it was not carried out; run again"}
	for name, words := range said(t, in) {
		for _, want := range []string{"1 change: the run died before the service had done it",
			"7 were not sent, 1 was not carried out and 1 is unknown."} {
			if !strings.Contains(words, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
		if strings.Contains(words, "support") || strings.Contains(words, "not sent: 1 change") {
			t.Errorf("%s asks for more than another run:\n%s", name, words)
		}
	}
	for i := range in.Results {
		in.Results[i] = plan.Result{Outcome: plan.Skipped}
	}
	if got, want := mustNew(t, in).Verdict(), "Died before any user was changed."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for i := range in.Results {
		in.Results[i] = plan.Result{Outcome: plan.Applied}
	}
	if got, want := mustNew(t, in).Verdict(), "Died after 13 of 13 changes."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
