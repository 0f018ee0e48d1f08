package report_test

import (
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
)

// The headings of the page claim nothing that was not done, and its table
// repeats nothing that its head says.
func TestPageClaimsNoMoreThanWasDone(t *testing.T) {
	heading := func(id, words, n string) string {
		return `<h2 id="` + id + `">` + words + ` <span class="n">` + n + `</span></h2>`
	}
	for name, c := range map[string]struct {
		in   report.Input
		want []string
		not  []string
	}{
		"stopped": {stopped(), []string{
			heading("update", "Updates", "0 of 5"), heading("deactivate", "Deactivations", "0 of 3"),
			heading("create", "Created", "3"), heading("reactivate", "Got access back", "2"),
			"not sent: stopped, see the head of the report",
		}, []string{"Updated <span", "Lost access <span", "not sent: the service confirmed"}},
		"in part": {partial(), []string{heading("create", "Creations", "2 of 3"), heading("deactivate", "Lost access", "2")}, nil},
		"a plan":  {pending(), []string{heading("update", "Would be updated", "5")}, []string{"Updates <span"}},
		"reactivations": {spoilt(report.Partial, map[string]plan.Result{"back-1": {Outcome: plan.Failed, Message: "no"}}),
			[]string{heading("reactivate", "Reactivations", "1 of 2"), heading("update", "Updated", "5")}, nil},
		"an undo": {undone(), []string{heading("conflicts", "In conflict, or gone from the app", "3"), `<b>2</b> <span>Lost access</span>`},
			[]string{"<span>Created</span>", `data-label="Row"`, `<th scope="col">Row</th>`, "access again"}},
	} {
		page := htmlOf(t, c.in)
		for _, want := range c.want {
			if !strings.Contains(page, want) {
				t.Errorf("%s: the page does not have %s", name, want)
			}
		}
		for _, not := range c.not {
			if strings.Contains(page, not) {
				t.Errorf("%s: the page has %s", name, not)
			}
		}
	}
	if page := htmlOf(t, nothing()); strings.Contains(page, `class="tiles"`) {
		t.Error("there are tiles for nothing")
	}
	// Only what has no row at all does without the column.
	rest, withheld, _ := strings.Cut(htmlOf(t, partial()), `<section class="withheld"`)
	withheld, _, _ = strings.Cut(withheld, "</section>")
	if strings.Contains(withheld, `>Row</th>`) || !strings.Contains(rest, `>Row</th>`) {
		t.Error("withheld users have a column for their row, or all others have none")
	}
}

// The reason for a stop is told once; a failure of its own, with its message.
func TestStopIsNotRepeatedForEveryUser(t *testing.T) {
	in := stopped()
	const why = "not sent: the service confirmed"
	for _, name := range []string{"table", "report.html", "report.xlsx", "terminal", "summary.md"} {
		content := text(t, name, everyFormat(t, in)[name])
		if strings.Contains(content, why) || !strings.Contains(strings.Join(strings.Fields(content), " "),
			"stopped, see the head of the report") {
			t.Errorf("%s repeats it, or does not refer to it:\n%s", name, content)
		}
	}
	for _, name := range []string{"report.json", "operations.csv"} { // each row stands for itself
		if n := strings.Count(everyFormat(t, in)[name], why); n != 7 {
			t.Errorf("%s says it %d times", name, n)
		}
	}
	// Only what the head speaks of is left to it.
	r := mustNew(t, in)
	at := slices.IndexFunc(in.Plan.Operations, func(o plan.Operation) bool { return o.UID == "up-2" })
	for name, spoil := range map[string]func(*plan.Stop, *plan.Result){
		"another reason":   func(_ *plan.Stop, result *plan.Result) { result.Code = "interrupted" },
		"another verb":     func(s *plan.Stop, _ *plan.Result) { s.Verb = plan.Create },
		"done half of it":  func(_ *plan.Stop, result *plan.Result) { result.Message = "the user exists already, and was not sent" },
		"not left out":     func(_ *plan.Stop, result *plan.Result) { result.Outcome = plan.Failed },
		"nothing is wrong": nil,
	} {
		stop, result := in.Stops[0], in.Results[at]
		if spoil != nil {
			spoil(&in.Stops[0], &in.Results[at])
		}
		if got := r.Stopped(at); got != (spoil == nil) {
			t.Errorf("%s: %t", name, got)
		}
		in.Stops[0], in.Results[at] = stop, result
	}
	in.Stops = nil // nothing to refer to
	if table := everyFormat(t, in)["table"]; !strings.Contains(table, why) || strings.Contains(table, "see the head") {
		t.Errorf("without a head:\n%s", table)
	}
}

// Users in conflict go by one name, and those who are gone are not counted
// among them.
func TestConflictsHaveOneName(t *testing.T) {
	gone := undone()
	gone.Plan.Conflicts = gone.Plan.Conflicts[1:2]
	gone.Plan.Unchanged += 2
	there := undone()
	there.Plan.Conflicts = append(there.Plan.Conflicts[:1:1], there.Plan.Conflicts[2])
	for _, c := range []struct {
		in   report.Input
		want string
	}{{undone(), "In conflict, or gone from the app"}, {gone, "Gone from the app"}, {there, "In conflict"}} {
		if got := mustNew(t, c.in).InConflict(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
		for format, words := range said(t, c.in) {
			if format != "report.xlsx" && !strings.Contains(words, c.want) {
				t.Errorf("%s does not say %q", format, c.want)
			}
			for _, not := range []string{"Left as they are", "put back as before:", "Not put back", "access again"} {
				if strings.Contains(words, not) {
					t.Errorf("%s says %q", format, not)
				}
			}
		}
	}
}
