package guard

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// Inputs has the guards look at what a plan rests on; see Case for the others.
func Inputs(p *plan.Plan, intake *user.Intake, most Limit, scope, gap string) {
	sources(p, intake)
	Listing(p, scope, gap)
	rejected := intake.Rejected + len(p.Rejects)
	if limit, ok := most.Of(intake.Rows); ok && rejected > limit {
		text := most.text(intake.Rows, "rows")
		trip(p, plan.MaxRejects, "", text, rejected, "%s rejected, and the limit is %s; biggest groups: %s; correct the rows at their "+
			"source", phrase.Counted(rejected, "row"), text, codes(intake.Rejects, user.ListOf(p.Rejects)))
	}
}

// Listing is the guards of the remote's side, whatever it is compared with: a gap
// says why it is not complete, and no scope at all is everybody.
func Listing(p *plan.Plan, scope, gap string) {
	if gap != "" {
		trip(p, plan.ListingIncomplete, "", "0", 1, "the app's user list can't be shown to be complete: %s; run again", gap)
	}
	if scope != "" && p.Remote.InScope == 0 && p.Count(plan.Create) == 0 {
		trip(p, plan.ScopeEmpty, "", "1", 0,
			"nobody in the app is in the scope (%s), and nobody would be created in it, so nothing was compared; check the spelling", scope)
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
	p := &plan.Plan{}
	sources(p, intake)
	p.Offer()
	p.Let(allow)
	return p.Guards
}

// sources is the guards of the roster's side, when some rows turned out to be rejects
// of the plan.
func sources(p *plan.Plan, intake *user.Intake) {
	EndsEarly(p, intake, "had left")
	if rejects := len(p.Rejects); intake.Users-rejects <= 0 {
		trip(p, plan.EmptyRoster, "", "1", 0, "the roster holds no usable user (%s, %d rejected), which can't be meant; check the export",
			phrase.Counted(intake.Rows, "row"), intake.Rejected+rejects)
		return
	}
	for _, f := range intake.Files {
		if f.Rows == 0 { // a source that is alone, and has none, makes an empty roster
			what := user.BookName(f.Path, f.Sheet)
			trip(p, plan.SourceWithoutRows, what, "0", 1,
				"%s: has a header and no row, so everybody who was in it would look as if they had left; check the export", what)
		}
	}
}

// EndsEarly is the guard of sources that were cut off: as what people after that point
// would look.
func EndsEarly(p *plan.Plan, intake *user.Intake, as string) {
	for _, where := range intake.EndsEarly {
		what, _, _ := strings.Cut(where, ": ")
		trip(p, plan.SourceEndsEarly, what, "0", 1, "%s; users after that point would look as if they %s", where, as)
	}
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
		names[i] = phrase.Sprintf("%s %d", n, count[n])
	}
	return strings.Join(names[:min(namedGroups, len(names))], ", ")
}
