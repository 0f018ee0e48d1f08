package report_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
)

// spoilt is clean with other results for some uids.
func spoilt(result report.Result, by map[string]plan.Result) report.Input {
	in := clean()
	in.Run.Result = result
	for i, o := range in.Plan.Operations {
		if r, ok := by[o.UID]; ok {
			in.Results[i] = r
		}
	}
	return in
}

// Nobody may read that nothing was done to a user whom a failed operation
// created, updated or gave access back.
func TestWhatWasDoneInPartIsSaid(t *testing.T) {
	failed := func(did ...plan.Verb) plan.Result {
		return plan.Result{Outcome: plan.Failed, Kind: plan.ServerFailure, Code: "did-not-stick", Message: "metadata.a",
			Did: plan.VerbsOf(did...)}
	}
	creates := map[string]plan.Result{"new-1": failed(plan.Create), "new-2": failed(plan.Create), "new-3": failed(plan.Create, plan.Update)}
	alone := spoilt(report.Partial, creates)
	alone.Plan.Operations, alone.Results = alone.Plan.Of(plan.Create), alone.Results[2:5]
	alone.Plan.Unchanged += 10
	undo := undone()
	undo.Results[2] = failed(plan.Update)
	for name, c := range map[string]struct {
		in      report.Input
		verdict string
		counts  []string
	}{
		"creates alone": {alone, "Done in part: 3 users were created, but not as planned; 3 changes failed.",
			[]string{"3 of the failed were created all the same"}},
		"creates": {spoilt(report.Partial, creates), "and 5 were updated; 3 users were created, but not as planned; 3 changes failed.",
			[]string{"3 of the failed were created all the same"}},
		"each kind": {spoilt(report.Partial, map[string]plan.Result{
			"gone-1": failed(plan.Deactivate), "back-1": failed(plan.Reactivate), "back-2": failed(plan.Reactivate,
				plan.Update), "up-2": failed(plan.Update), "up-3": failed(),
		}), "3 were updated; 1 user lost access, but not as planned, 2 users got access back, but not as planned and 1 user was " +
			"updated, but not as planned; 5 changes failed.",
			[]string{"1 of the failed was deactivated all the same", "2 of the failed were reactivated all the same",
				"1 of the failed was updated all the same"}},
		"interrupted": {spoilt(report.Interrupted, creates),
			"Interrupted after 10 of 13 changes; 3 users were created, but not as planned; 3 failed.", nil},
		"broken off": {spoilt(report.Failed, creates), "Failed after 10 of 13 changes (3 users were created, but not as planned): ", nil},
		"settled": {spoilt(report.Interrupted, map[string]plan.Result{"back-1": {
			Outcome: plan.Skipped, Code: plan.CodeDied, Message: "the run died",
			Did: plan.VerbsOf(plan.Reactivate)}}),
			"1 user got access back, but not as planned; 1 was not carried out.",
			[]string{"1 of the skipped was reactivated all the same"}},
		"an undo": {undo, "1 user was updated, but not as planned; 1 change failed", []string{"1 of the failed was updated all the same"}},
	} {
		r := mustNew(t, c.in)
		if got := r.Verdict(); !strings.Contains(got, c.verdict) {
			t.Errorf("%s: %s, want %s", name, got, c.verdict)
		}
		for format, words := range said(t, c.in) {
			for _, want := range append(c.counts, c.verdict) {
				if !strings.Contains(words, want) {
					t.Errorf("%s: %s does not say %q:\n%s", name, format, want, words)
				}
			}
			if strings.Contains(strings.ToLower(words), "no user was changed") {
				t.Errorf("%s: %s denies it", name, format)
			}
		}
	}
	// What failed is counted as failed.
	if got := mustNew(t, alone).Total; got.Failed != 3 || got.Applied != 0 {
		t.Errorf("%+v", got)
	}
	// Without a deed, a failure did nothing.
	none := spoilt(report.Partial, map[string]plan.Result{"new-1": failed()})
	none.Plan.Operations, none.Results = none.Plan.Of(plan.Create)[:1], none.Results[2:3]
	none.Plan.Unchanged += 10
	if got, want := mustNew(t, none).Verdict(), "No user was changed, but 1 change failed."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Running again does not send what did not stick before.
func TestWhatDidNotStickBefore(t *testing.T) {
	skipped := plan.Result{Outcome: plan.Skipped, Code: plan.CodeDidNotStickBefore,
		Message: "not sent again: the same values did not stick in run a"}
	one := map[string]plan.Result{"up-2": skipped}
	two := map[string]plan.Result{"up-2": skipped, "up-3": skipped}
	more := map[string]plan.Result{"up-2": skipped, "up-4": {Outcome: plan.Failed, Kind: plan.Throttled, Message: "429"}}
	left := spoilt(report.Partial, one)
	left.Verify.Remaining = 1
	differs := spoilt(report.Partial, one)
	differs.Verify.Remaining = 2
	const (
		single = "1 user did not keep its values before: look at the user in the dashboard, change its row, or run once with --resend"
		again  = "run again to finish: what is done is not done twice"
	)
	for name, c := range map[string]struct {
		in   report.Input
		want string
	}{
		"one": {spoilt(report.Partial, one), single},
		"two": {spoilt(report.Partial, two), "2 users did not keep their values before: look at them in the dashboard, change " +
			"their rows, or run once with --resend"},
		"it remains":             {left, single},
		"something else failed":  {spoilt(report.Partial, more), again + " | " + single},
		"something else remains": {differs, again + " | " + single},
		"interrupted":            {spoilt(report.Interrupted, one), again + " | " + single},
	} {
		if got := steps(mustNew(t, c.in), report.PlanName); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		for format, words := range said(t, c.in) {
			for _, want := range strings.Split(c.want, " | ") {
				if !strings.Contains(words, want) {
					t.Errorf("%s: %s does not say %q", name, format, want)
				}
			}
		}
	}
}

func TestTokens(t *testing.T) {
	in := clean()
	in.Tokens = report.Tokens{Written: 1589, File: "out/tokens.csv"}
	for name, words := range said(t, in) {
		if want := "1,589 written to out/tokens.csv"; !strings.Contains(words, want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	type doc struct {
		Run struct{ Tokens map[string]any }
	}
	var asked, not doc
	if err := json.Unmarshal([]byte(everyFormat(t, in)["head"]), &asked); err != nil {
		t.Fatal(err)
	}
	if got := asked.Run.Tokens; got["written"] != 1589.0 || got["file"] != "out/tokens.csv" {
		t.Errorf("tokens are %v", got)
	}
	in.Results[0].Revoked = true
	for name, words := range said(t, in) {
		if want := "out/tokens.csv; those of 1 user were revoked, for good"; !strings.Contains(words, want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	out := everyFormat(t, clean())
	if err := json.Unmarshal([]byte(out["head"]), &not); err != nil || not.Run.Tokens != nil || strings.Contains(out["head"], "tokens") {
		t.Errorf("without any being asked for: %v, %v", not.Run.Tokens, err)
	}
	for name, words := range said(t, clean()) {
		if strings.Contains(words, "written to") || slices.Contains(strings.Fields(words), "tokens") {
			t.Errorf("%s speaks of tokens", name)
		}
	}
}
