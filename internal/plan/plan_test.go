package plan

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"cometsync/internal/user"
)

var renamed = []Change{{Field: user.Name, Before: `"A"`, After: `"B"`}}

func sorted() *Plan {
	return &Plan{
		Operations: []Operation{
			{Verb: Reactivate, UID: "m"},
			{Verb: Create, UID: "b"},
			{Verb: Create, UID: "n"},
			{Verb: Update, UID: "a", Changes: renamed},
			{Verb: Update, UID: "z", Changes: renamed},
			{Verb: Deactivate, UID: "c", Withheld: true},
			{Verb: Deactivate, UID: "y"},
		},
		Held:         []Held{{UID: "d"}, {UID: "e"}},
		NewRoles:     []string{"chef", "staff"},
		Withholdings: []Withholding{{Verb: Deactivate, Guard: Guard{Message: "a reject may stand for them"}}},
		Remote:       Remote{Active: 20, Deactivated: 5, InScope: 24},
		Unchanged:    12,
		OutOfScope:   1,
		Protected:    2,
		Kept:         3,
	}
}

func TestSort(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		p := sorted()
		rng.Shuffle(len(p.Operations), func(i, j int) { p.Operations[i], p.Operations[j] = p.Operations[j], p.Operations[i] })
		rng.Shuffle(len(p.Held), func(i, j int) { p.Held[i], p.Held[j] = p.Held[j], p.Held[i] })
		rng.Shuffle(len(p.NewRoles), func(i, j int) { p.NewRoles[i], p.NewRoles[j] = p.NewRoles[j], p.NewRoles[i] })
		p.Sort()
		if !reflect.DeepEqual(p, sorted()) {
			t.Fatalf("sorted, the plan is %+v", p)
		}
	}
}

// Uids that begin alike, and further than what is set side by side of them; and short ones.
func TestSortManyOperations(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, start := range []string{"", "u", "staff-and-pupils-"} {
		var all, want []Operation
		for i := range 3000 {
			all = append(all, Operation{Verb: Verbs()[rng.IntN(4)], UID: start + strings.Repeat("0", rng.IntN(12)) + strconv.Itoa(i/2)})
		}
		want = slices.Clone(all)
		slices.SortStableFunc(want, order)
		sortOperations(all)
		if !reflect.DeepEqual(all, want) {
			t.Errorf("uids that begin with %q are out of order", start)
		}
	}
}

func BenchmarkSortOperations(b *testing.B) {
	rng := rand.New(rand.NewPCG(5, 6))
	made := make([]Operation, 80_000)
	for i := range made {
		made[i] = Operation{Verb: Verbs()[rng.IntN(4)], UID: fmt.Sprint("user-", rng.IntN(10_000_000)), Tags: []string{"staff"}}
	}
	for name, sort := range map[string]func([]Operation){
		"moved": sortOperations, "plain": func(all []Operation) { slices.SortFunc(all, order) },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				all := slices.Clone(made)
				b.StartTimer()
				sort(all)
			}
		})
	}
}

func TestOf(t *testing.T) {
	p := sorted()
	for _, c := range []struct {
		verb Verb
		uids string
	}{{Reactivate, "m"}, {Create, "b n"}, {Update, "a z"}, {Deactivate, "c y"}} {
		var uids []string
		for _, o := range p.Of(c.verb) {
			uids = append(uids, o.UID)
		}
		if got := strings.Join(uids, " "); got != c.uids || p.Count(c.verb) != len(uids) {
			t.Errorf("to %s are %q (%d), want %q", c.verb, got, p.Count(c.verb), c.uids)
		}
	}
	if n := (&Plan{}).Count(Update); n != 0 {
		t.Errorf("an empty plan has %d updates", n)
	}
	p.Operations = p.Operations[1:2]
	if p.Count(Reactivate) != 0 || p.Count(Create) != 1 || p.Count(Deactivate) != 0 {
		t.Errorf("of one create alone, the counts are %d, %d, %d", p.Count(Reactivate), p.Count(Create), p.Count(Deactivate))
	}
}

func TestCheck(t *testing.T) {
	if err := sorted().Check(); err != nil {
		t.Fatal(err)
	}
	if err := (&Plan{}).Check(); err != nil {
		t.Fatal(err)
	}
	// An undo may have to put fields back before it deactivates.
	undo := sorted()
	undo.Operations[6].Changes, undo.Operations[6].Reason = renamed, Undone
	undo.Conflicts, undo.Unchanged = []Conflict{{UID: "aa"}, {UID: "ab", Gone: true}, {UID: "zz"}}, undo.Unchanged-2
	if err := undo.Check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		spoil func(p *Plan)
		want  string
	}{
		{"one remote user too many", func(p *Plan) { p.Remote.Deactivated++ },
			"26 remote users, but 25 are accounted for (5 operations, 12 unchanged, 2 held, 1 out of scope, 2 protected, 3 kept, 0 in " +
				"conflict)"},
		{"one unchanged too many", func(p *Plan) { p.Unchanged++ }, "accounted for"},
		{"one held too few", func(p *Plan) { p.Held = p.Held[1:] }, "accounted for"},
		{"one out of scope too many", func(p *Plan) { p.OutOfScope++ }, "accounted for"},
		{"one protected too few", func(p *Plan) { p.Protected-- }, "accounted for"},
		{"one kept too few", func(p *Plan) { p.Kept-- }, "accounted for"},
		{"a create that is none", func(p *Plan) { p.Operations[1].Verb = Reactivate; p.Operations[1].UID = "n1" }, "accounted for"},
		{"uids out of order", func(p *Plan) { p.Operations[3], p.Operations[4] = p.Operations[4], p.Operations[3] },
			"operations are out of order at update a"},
		{"verbs out of order", func(p *Plan) { p.Operations[2], p.Operations[3] = p.Operations[3], p.Operations[2] },
			"operations are out of order at create n"},
		{"a user twice in one verb", func(p *Plan) { p.Operations[4].UID = "a" }, "operations are out of order at update a"},
		{"a user in two verbs", func(p *Plan) { p.Operations[6].UID = "z" }, "z has two operations"},
		{"a user in the first and the last verb", func(p *Plan) { p.Operations[5].UID = "m" }, "m has two operations"},
		{"a user held and updated", func(p *Plan) { p.Held[0].UID = "a" }, "a has two operations"},
		{"a user in conflict and updated", func(p *Plan) { p.Conflicts = []Conflict{{UID: "n"}}; p.Unchanged-- }, "n has two operations"},
		{"a user gone and held", func(p *Plan) { p.Conflicts = []Conflict{{UID: "e", Gone: true}} }, "e has two operations"},
		{"one in conflict too many", func(p *Plan) { p.Conflicts = []Conflict{{UID: "e1"}} }, "1 in conflict"},
		{"a user held twice", func(p *Plan) { p.Held[0].UID = "e" }, "e has two operations"},
		{"no verb", func(p *Plan) { p.Operations[0].Verb = noVerb }, "operation 0, on m, has no verb"},
		{"a verb beyond the last", func(p *Plan) { p.Operations[6].Verb = Deactivate + 1 }, "operation 6, on y, has no verb"},
		{"an update that changes nothing", func(p *Plan) { p.Operations[4].Changes = nil }, "update z has 0 changes"},
		{"a deactivation that changes a field", func(p *Plan) { p.Operations[6].Changes = renamed }, "deactivate y has 1 changes"},
	} {
		p := sorted()
		c.spoil(p)
		if err := p.Check(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestUnsent(t *testing.T) {
	p := sorted()
	results := p.Unsent()
	if len(results) != len(p.Operations) {
		t.Fatalf("%d results for %d operations", len(results), len(p.Operations))
	}
	for i, r := range results {
		want := Result{Outcome: Skipped}
		if p.Operations[i].Withheld {
			want = Result{Outcome: Withheld, Code: "withheld", Message: "a reject may stand for them"}
		}
		if !reflect.DeepEqual(r, want) {
			t.Errorf("%s is %+v, want %+v", p.Operations[i].UID, r, want)
		}
	}
}

func TestRefused(t *testing.T) {
	p := sorted()
	if p.Refused() {
		t.Error("a plan without guards is refused")
	}
	p.Guards = []Guard{{Name: "empty-roster"}}
	if !p.Refused() {
		t.Error("a plan with a guard is not refused")
	}
}
