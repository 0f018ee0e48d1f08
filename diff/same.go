package diff

import (
	"fmt"

	"cometsync/internal/plan"
)

// guardPairs refuses a plan that rests on pairs which the app belies: one whose
// new uid has an account of its own, which would lose its row to the old one,
// and one whose old uid has none, for which an account would be made while the
// person's own is taken for gone. Pairs of people whom the roster lacks mean
// nobody.
func (d *differ) guardPairs(p *plan.Plan) {
	var twins, strangers []string
	for to, from := range d.policy.Same {
		ref, _, used := d.roster.Find(from)
		switch {
		case !used:
		case d.all.renamed[to]:
			twins = append(twins, fmt.Sprintf("%s and %s", from, to))
		case !d.seen[ref]:
			strangers = append(strangers, fmt.Sprintf("%s (now %s)", from, to))
		}
	}
	refuse := func(pairs []string, message string) {
		if n := len(pairs); n > 0 {
			p.Guards = append(p.Guards,
				plan.Guard{Name: plan.PairsBelied, Limit: "0", Actual: n, Message: fmt.Sprintf(message, several(pairs))})
		}
	}
	refuse(twins, "--rekey says that these are one person each, and the app has an account of both: %s; take the pairs out of the file")
	refuse(strangers, "--rekey says under which uid the app knows people, and it has no such user: %s; correct the pairs, or take them "+
		"out of the file")
}
