package journal

import (
	"testing"
	"time"

	"cometsync/internal/plan"
)

// What is written by hand is what the general encoder would write.
func TestFrequentRecordsAreWrittenAsAllOthers(t *testing.T) {
	for _, at := range []time.Time{time.Date(2026, 11, 30, 3, 15, 0, 0, time.UTC),
		time.Date(2026, 11, 30, 3, 15, 0, 120_000_000, time.UTC)} {
		for _, indices := range [][]int{{0}, {7, 8, 1_000_000}} {
			want, err := text(sentRecord{indices, at})
			if got := sentText(indices, at); err != nil || string(got) != string(want) {
				t.Errorf("%s, %v; want %s", got, err, want)
			}
		}
		for _, did := range []plan.VerbSet{plan.VerbsOf(plan.Create), plan.VerbsOf(plan.Reactivate, plan.Update)} {
			r, index := plan.Result{Outcome: plan.Applied, Attempts: 2, Did: did}, 12
			want, err := text(resultRecord{Done: &index, Result: r, At: at})
			if got := doneText(index, &r, at); err != nil || string(got) != string(want) || !plain(&r) {
				t.Errorf("%s, %v; want %s", got, err, want)
			}
		}
	}
	for _, r := range []plan.Result{{Outcome: plan.Failed, Attempts: 1, Did: 2}, {Outcome: plan.Applied, Attempts: 1},
		{Outcome: plan.Applied, Did: 2},
		{Outcome: plan.Applied, Attempts: 1, Did: 2, Code: "c"}, {Outcome: plan.Applied, Attempts: 1, Did: 2, Message: "m"},
		{Outcome: plan.Applied, Attempts: 1, Did: 2, Revoked: true}, {Outcome: plan.Applied, Attempts: 1, Did: 2, Status: 200},
		{Outcome: plan.Applied, Attempts: 1, Did: 2, Instead: []plan.Change{{}}}, {Outcome: plan.Applied, Attempts: 1, Did: 2, Kind: 1},
		{Outcome: plan.Applied, Attempts: 1, Did: 2, Details: map[string][]string{"name": {"x"}}}} {
		if plain(&r) {
			t.Errorf("%+v has more to say", r)
		}
	}
}
