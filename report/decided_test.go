package report_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
)

// heldBack is a run that was told to hold some of its plan back, and in which
// everything else went well; of turns each operation into what was decided.
func heldBack(in report.Input, of func(o *plan.Operation) plan.Decision) report.Input {
	in.Run.Command = "apply"
	d := &plan.Decisions{File: "reviewed.xlsx", Of: make([]plan.Decision, len(in.Plan.Operations)), Undecided: plan.Hold}
	for i := range in.Plan.Operations {
		d.Of[i] = of(&in.Plan.Operations[i])
		if r, kept := d.Result(i); kept {
			in.Results[i] = r
		}
	}
	in.Decisions = d
	return in
}

func applyAll(*plan.Operation) plan.Decision { return plan.Apply }
func neverAny(*plan.Operation) plan.Decision { return plan.Never }
func holdGone(o *plan.Operation) plan.Decision {
	switch o.UID {
	case "gone-1":
		return plan.Hold
	case "gone-2":
		return plan.Undecided
	case "left-3":
		return plan.Never
	}
	return plan.Apply
}

func TestWhatWasHeldBackIsNoTrouble(t *testing.T) {
	withReject := func(in report.Input) report.Input {
		bad := decided().Decisions
		in.Run.Result = report.Partial
		in.Decisions.Rejects = bad.Rejects[:1]
		return in
	}
	dry := func(in report.Input) report.Input {
		in.Run.Command, in.Run.Result = "apply --dry-run", report.Pending
		return in
	}
	undo := func(in report.Input) report.Input {
		in.Plan.Undoes = "20260801T031500Z-0c1d"
		return in
	}
	broken := heldBack(interrupted(), holdGone)
	again := heldBack(interrupted(), holdGone)
	i := slices.IndexFunc(again.Results, func(r plan.Result) bool { return r.Code == plan.CodeHold })
	again.Results[i].Code = plan.CodeDoneBefore
	failing := heldBack(clean(), holdGone)
	failing.Run.Result = report.Partial
	for i, o := range failing.Plan.Operations {
		if o.UID == "up-5" {
			failing.Results[i] = plan.Result{Outcome: plan.Failed, Kind: plan.BadInput, Message: "no"}
		}
	}
	for name, c := range map[string]struct {
		in            report.Input
		verdict, next string
	}{
		"all applied": {heldBack(clean(), applyAll), "Done: 3 users lost access, 2 got access back, 3 were created and 5 were updated. " +
			"The app matches the roster within the scope.", ""},
		"some held back": {heldBack(clean(), holdGone), "Done: 2 users got access back, 3 were created and 5 were updated; 3 changes " +
			"were held back by decisions.", ""},
		"all held back": {heldBack(clean(), neverAny), "No user was changed: 13 changes were held back by decisions.", ""},
		"partial, yet": {failing, "Done in part: 2 users got access back, 3 were created and 4 were updated; 3 changes were held back by " +
			"decisions; but 1 change failed.", "run again to finish: what is done is not done twice"},
		"a bad decision": {withReject(heldBack(clean(), holdGone)),
			"Done in part: 2 users got access back, 3 were created and 5 were updated; 3 changes were held back by decisions; but 1 " +
				"decision can't be used.", "correct the decisions that can't be used | run again"},
		"only bad ones": {withReject(heldBack(clean(), neverAny)),
			"No user was changed: 13 changes were held back by decisions; but 1 decision can't be used.", "correct the decisions that " +
				"can't be used | run again"},
		"a dry run": {dry(heldBack(pending(), holdGone)), "Nothing has been changed yet: 2 users would get access back, 3 would be " +
			"created and 5 would be updated; 3 changes were held back by decisions.", "look through the report | run the same command " +
			"without " +
			"--dry-run to make these changes"},
		"an undo": {undo(heldBack(clean(), holdGone)), "Undone: run 20260801T031500Z-0c1d: 2 users got access back, 3 were created and " +
			"5 were put back as before; 3 changes were held back by decisions.", "change the sources or the configuration before the " +
			"next sync: as they are, it does again what was undone"},
		"an interrupted": {broken, "Interrupted after 5 of 13 changes; 5 were not sent and 3 were held back by decisions.",
			"run again to finish: what is done is not done twice"},
		"interrupted again": {again, "Interrupted after 5 of 13 changes; 1 was carried out before, 5 were not sent and 2 were held back " +
			"by decisions.", "run again to finish: what is done is not done twice"},
		"decisions of one": {heldBack(clean(), func(o *plan.Operation) plan.Decision {
			return map[bool]plan.Decision{true: plan.Hold, false: plan.Apply}[o.UID == "gone-1"]
		}), "Done: 2 users lost access, 2 got access back, 3 were created and 5 were updated; 1 change was held back by decisions.", ""},
	} {
		r := mustNew(t, c.in)
		if got := r.Verdict(); got != c.verdict {
			t.Errorf("%s: the verdict is\n%s\nwant\n%s", name, got, c.verdict)
		}
		if got := steps(r, report.PlanName); got != c.next {
			t.Errorf("%s: next is %q, want %q", name, got, c.next)
		}
	}
}

func TestDecisionsAreTold(t *testing.T) {
	r := mustNew(t, decided())
	terminal := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Width: 100, Dir: "out"}) })
	summary := render(t, r.WriteSummary)
	golden(t, "terminal-decided.txt", terminal)
	golden(t, "summary-decided.md", summary)
	for name, text := range map[string]string{"terminal": terminal, "summary.md": summary} {
		if strings.Contains(text, secret) {
			t.Errorf("%s has the private value of a rejected decision", name)
		}
	}
}

func TestThePlanThatIsReviewedIsNamed(t *testing.T) {
	text := render(t, func(w io.Writer) error {
		return mustNew(t, pending()).WriteTerminal(w, report.Terminal{Width: 300, Dir: "my reports/it's"})
	})
	if want := `cometsync apply 'my reports/it'\''s/plan.json' (with`; !strings.Contains(text, want) {
		t.Errorf("it does not say %s:\n%s", want, text)
	}
	// An undo and a dry run are carried out as they were asked for.
	for name, in := range map[string]report.Input{"undo": undoing(), "sync": dryRun()} {
		if next := steps(mustNew(t, in), report.PlanName); strings.Contains(next, "apply") ||
			!strings.HasSuffix(next, "run the same command without --dry-run to make these changes") {
			t.Errorf("%s: next is %q", name, next)
		}
	}
	if next := steps(mustNew(t, pending()), ""); next != "run sync with the same sources to make these changes" {
		t.Errorf("without files, next is %q", next)
	}
}

func dryRun() report.Input {
	in := pending()
	in.Run.Command = "sync --dry-run"
	return in
}

func TestSummaryNamesWhoLosesAccess(t *testing.T) {
	in := pending()
	for i := range 12 {
		o := plan.Operation{Verb: plan.Deactivate, UID: "x-" + string(rune('a'+i)), Reason: plan.Absent}
		in.Plan.Operations = append(in.Plan.Operations, o)
		in.Plan.Remote.Active++
	}
	in.Plan.Sort()
	in.Results = in.Plan.Unsent()
	text := render(t, mustNew(t, in).WriteSummary)
	first, _, _ := strings.Cut(text, "\n")
	if !strings.HasPrefix(first, "**Nothing has been changed yet: 15 users would lose access") {
		t.Errorf("the first line is %s", first)
	}
	if !strings.Contains(text, "- `x-g`: not in the roster\n- and 5 more in `operations.csv`\n") {
		t.Errorf("it does not name ten of them:\n%s", text)
	}
	if !strings.Contains(text, "\n- files: `report.html`, `report.xlsx`, `operations.csv`, `plan.json`\n") {
		t.Errorf("it does not name the files:\n%s", text)
	}
}
