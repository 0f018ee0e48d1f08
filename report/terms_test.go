package report_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
)

// The page explains the words that it uses, and none that it does not.
func TestTermsAreThoseOfThePage(t *testing.T) {
	for name, of := range fixtures {
		in := of()
		page := htmlOf(t, in)
		box, rest := element(t, page, `<details class="words">`, "</details>")
		rest = strings.ToLower(regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>|<[^>]*>`).ReplaceAllString(rest, " "))
		for _, m := range regexp.MustCompile(`<dt>(.*?)</dt>`).FindAllStringSubmatch(box, -1) {
			if word := m[1]; word != "re-key" && word != "uid" && !strings.Contains(rest, word) {
				t.Errorf("%s: the page explains %q, and does not use it", name, word)
			}
		}
		for _, a := range mustNew(t, in).Accounts() {
			if word := a.Name; in.Plan != nil &&
				slices.Contains([]string{"held", "withheld", "protected", "out of scope", "kept", "drifted"}, word) &&
				!strings.Contains(box, "<dt>"+word+"</dt>") {
				t.Errorf("%s: the page does not explain %q", name, word)
			}
		}
	}
}

// Whoever looks through a report is told no command, and has something to do where
// there is something to look at.
func TestLookingIsForPeople(t *testing.T) {
	for name, of := range fixtures {
		steps := mustNew(t, of()).Looking()
		for _, step := range steps {
			if strings.Contains(step, "--") || strings.Contains(step, "cometsync") || strings.Contains(step, "plan.json") {
				t.Errorf("%s: %q is not for people", name, step)
			}
		}
		if some := !slices.Contains([]string{"clean", "nothing", "failed", "interrupted", "leaving"}, name); some != (len(steps) > 0) {
			t.Errorf("%s: %q", name, steps)
		}
	}
}

// Nobody is told to decide where they can't: what rejected rows withhold waits for them, and
// what a guard withholds is let through by whoever runs the program.
func TestLookingAtTheWithheld(t *testing.T) {
	const rows = "see which rows can't be used, and have them corrected where the roster is made"
	in := review()
	n, rejects := mustNew(t, in).Total.Withheld, mustNew(t, in).Rejects.Len()
	if got := strings.Join(mustNew(t, in).Looking(), "; "); !strings.Contains(got,
		fmt.Sprintf("%s: %d rows; until then, %d change", rows, rejects, n)) || strings.Contains(got, "is meant") || n == 0 {
		t.Errorf("of %d withheld by rows: %s", n, got)
	}
	in.Plan.Withholdings[0].Name = "max-deactivate"
	if got := strings.Join(mustNew(t, in).Looking(), "; "); !strings.Contains(got, "look at what a guard withholds, on which nobody") ||
		strings.Contains(got, "until then") {
		t.Errorf("by a guard: %s", got)
	}
}

// After a run, the app's users are counted by what was done; before it, by what is planned.
func TestAccountsSayWhatWasDone(t *testing.T) {
	for name, of := range fixtures {
		in := of()
		if in.Plan == nil {
			continue
		}
		r := mustNew(t, in)
		n := map[string]int{}
		sum := 0
		for _, a := range r.Accounts() {
			n[a.Name] += a.N
			sum += a.N
		}
		if all := in.Plan.Remote.Active + in.Plan.Remote.Deactivated; sum != all {
			t.Errorf("%s: %d users are accounted for, of %d", name, sum, all)
		}
		c := &r.Counts[plan.Update]
		done := report.Words(plan.Update, r.Undo()).Done
		want := [2]int{0, c.Applied}
		if r.Unsent() {
			want = [2]int{c.Planned - c.Withheld, 0}
		}
		if got := [2]int{n["update"], n[done]}; got != want {
			t.Errorf("%s: of %+v the books have %v", name, *c, n)
		}
	}
}
