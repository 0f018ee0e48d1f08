package guard

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"cometsync/internal/plan"
)

// Whoever both runs read is met exactly once, wherever they are now.
func TestMeet(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for round := range 300 {
		then := []plan.PastSource{{}, {}}
		for uid := range uint64(r.IntN(400)) {
			s := &then[r.IntN(1+round%2)]
			s.UIDs = append(s.UIDs, uid)
		}
		now := []plan.PastSource{{UIDs: slices.Clone(then[0].UIDs)}, {UIDs: slices.Clone(then[1].UIDs)}}
		var gone []uint64
		for s := range now {
			uids := now[s].UIDs
			switch round % 4 {
			case 1:
				r.Shuffle(len(uids), func(i, j int) { uids[i], uids[j] = uids[j], uids[i] })
			case 2: // a part is in the other source
				if cut := r.IntN(len(uids) + 1); s == 0 {
					now[0].UIDs, now[1].UIDs = slices.Clone(uids[cut:]), append(now[1].UIDs, uids[:cut]...)
				}
			case 3:
				slices.Reverse(uids)
			}
			for range r.IntN(60) {
				if uids := now[s].UIDs; len(uids) > 0 {
					at := r.IntN(len(uids))
					gone = append(gone, uids[at])
					now[s].UIDs = slices.Delete(uids, at, at+1)
				}
			}
		}
		for i := range uint64(r.IntN(50)) {
			at := r.IntN(len(now[0].UIDs) + 1)
			now[0].UIDs = slices.Insert(now[0].UIDs, at, 1000+i)
		}
		want := map[uint64]int{}
		for _, s := range then {
			for _, uid := range s.UIDs {
				want[uid]++
			}
		}
		for _, uid := range gone {
			delete(want, uid)
		}
		met := map[uint64]int{}
		meet(then, now, func(t1, k, s, i int) {
			uid := then[t1].UIDs[k]
			if now[s].UIDs[i] != uid {
				t.Fatalf("round %d: %d is met for %d", round, uid, now[s].UIDs[i])
			}
			met[uid]++
		})
		if fmt.Sprint(met) != fmt.Sprint(want) {
			t.Fatalf("round %d: met %v, want %v", round, met, want)
		}
	}
}

// A few samples are not said to be most of the changes.
func TestCommonExchanges(t *testing.T) {
	change := func(n int, before, after string) (changes []fieldChange) {
		for range n {
			changes = append(changes, fieldChange{exchange: exchange{before, after}})
		}
		return changes
	}
	var alone []fieldChange
	for i := range 9 {
		alone = append(alone, change(1, fmt.Sprint(i), "x")...)
	}
	for _, c := range []struct {
		name    string
		changes []fieldChange
		want    string
	}{
		{"one", change(2, "1", ""), `all of them: 1 becomes nothing (2)`},
		{"each another", alone, `such as 0 becomes x (1), 1 becomes x (1), 2 becomes x (1)`},
		{"a half", slices.Concat(change(7, "A", "B"), alone), `most of them: A becomes B (7), 0 becomes x (1), 1 becomes x (1)`},
		{"just below", slices.Concat(change(5, "A", "B"), alone), `such as A becomes B (5), 0 becomes x (1), 1 becomes x (1)`},
		{"just above", slices.Concat(change(6, "A", "B"), alone), `most of them: A becomes B (6), 0 becomes x (1), 1 becomes x (1)`},
	} {
		if got := commonExchanges(c.changes); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Users are grouped in parts at once, and each counts once in all of its cohorts.
func TestPartsOfAGroupingAddUp(t *testing.T) {
	operations := make([]plan.Operation, 7*minGrouped+3)
	for i := range operations {
		operations[i] = plan.Operation{Verb: plan.Update, UID: fmt.Sprint(i), Role: []string{"staff", "pupil"}[i%2], Tags: []string{"all"}}
	}
	cohorts := []cohort{{}, {but: "tag"}, {}}
	(&judge{Case: &Case{}}).group(operations, cohorts, func(i, cohort int) bool { return cohort < 2 || i < 10 })
	for i, want := range []string{`; biggest groups: tag "all" 7,003, role "staff" 3,502, role "pupil" 3,501`,
		`; biggest groups: role "staff" 3,502, role "pupil" 3,501`, `; biggest groups: tag "all" 10, role "pupil" 5, role "staff" 5`} {
		if got := cohorts[i].clause(); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}
