package guard

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Inputs has the guards look at what a plan rests on; see Case for the others.
func Inputs(p *plan.Plan, intake *user.Intake, most Limit, scope, gap string) {
	p.Guards = append(p.Guards, sources(intake, len(p.Rejects))...)
	Listing(p, scope, gap)
	rejected := intake.Rejected + len(p.Rejects)
	if limit, ok := most.Of(intake.Rows); ok && rejected > limit {
		p.Guards = append(p.Guards, plan.Guard{Name: plan.MaxRejects, Limit: limitText(most, limit, intake.Rows, "rows"), Actual: rejected,
			Message: fmt.Sprintf("%s rejected, and the limit is %s; biggest groups: %s; mend the rows at their source",
				counted(rejected, "row"), limitText(most, limit, intake.Rows, "rows"), codes(intake.Rejects, user.ListOf(p.Rejects)))})
	}
}

// Listing is the guards of the remote's side, whatever it is compared with: a gap
// says why it is not complete, and no scope at all is everybody.
func Listing(p *plan.Plan, scope, gap string) {
	if gap != "" {
		p.Guards = append(p.Guards, plan.Guard{Name: plan.ListingIncomplete, Limit: "0", Actual: 1,
			Message: "the app's user list can't be shown to be complete: " + gap + "; run again"})
	}
	if scope != "" && p.Remote.InScope == 0 && p.Count(plan.Create) == 0 {
		p.Guards = append(p.Guards, plan.Guard{Name: plan.ScopeEmpty, Limit: "1", Actual: 0,
			Message: fmt.Sprintf("nobody in the app is in the scope (%s), and nobody would be created in it, so that nothing was compared; check "+
				"the spelling",
				scope)})
	}
}

// carriedOut leaves out what is withheld: a guard is about what would be done.
func carriedOut(operations []plan.Operation) []plan.Operation {
	if !slices.ContainsFunc(operations, func(o plan.Operation) bool { return o.Withheld }) {
		return operations
	}
	return slices.DeleteFunc(slices.Clone(operations), func(o plan.Operation) bool { return o.Withheld })
}

// Sources is the guards that the roster trips by itself, whatever it is
// compared with, and that are not allowed.
func Sources(intake *user.Intake, allow plan.Allowances) []plan.Guard {
	p := &plan.Plan{Guards: sources(intake, 0)}
	p.Offer()
	p.Let(allow)
	return p.Guards
}

// sources is the guards of the roster's side, when some more rows turned out to
// be rejects.
func sources(intake *user.Intake, rejects int) []plan.Guard {
	var guards []plan.Guard
	for _, where := range intake.EndsEarly {
		what, _, _ := strings.Cut(where, ": ")
		guards = append(guards, plan.Guard{Name: plan.SourceEndsEarly, What: what, Limit: "0", Actual: 1,
			Message: where + "; whoever stood behind that point would be taken for gone"})
	}
	if intake.Users-rejects <= 0 {
		return append(guards, plan.Guard{Name: plan.EmptyRoster, Limit: "1", Actual: 0,
			Message: fmt.Sprintf("the roster holds no usable user (%s, %d rejected), which can't be meant; check the export",
				counted(intake.Rows, "row"), intake.Rejected+rejects)})
	}
	for _, f := range intake.Files {
		if f.Rows > 0 {
			continue // a source that is alone, and has none, makes an empty roster
		}
		what := f.Path
		if f.Sheet != "" {
			what += "[" + f.Sheet + "]"
		}
		guards = append(guards, plan.Guard{Name: plan.SourceWithoutRows, What: what, Limit: "0", Actual: 1,
			Message: what + ": has a header and no row, so that everybody who was in it would be taken for gone; check the export"})
	}
	return guards
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func codes(lists ...user.Rejects) string {
	count := map[string]int{}
	for _, rejects := range lists {
		for _, x := range rejects.All() {
			if len(x.Defects) > 0 {
				count[x.Defects[0].Code.String()]++
			}
		}
	}
	return biggest(count)
}

// biggest names what is counted most.
func biggest(count map[string]int) string {
	names := slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), strings.Compare(a, b))
	})
	for i, n := range names {
		names[i] = fmt.Sprintf("%s %d", n, count[n])
	}
	return strings.Join(names[:min(namedGroups, len(names))], ", ")
}
