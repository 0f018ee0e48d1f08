package apply

import (
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// load is the requests of a stage, by the budget that they draw on.
type load struct {
	core, standard, bulk int
}

// Expect counts the requests of a plan, and the time that they take at rates:
// the budgets of a stage are used side by side, so that the slowest decides,
// and one stage follows the other. Failures and repetitions are not foreseen.
func Expect(p *plan.Plan, opt Options, rates plan.Rates) plan.Expected {
	canaries, sample := orDefault(opt.Canaries, defaultCanaries), orDefault(opt.Sample, defaultSample)
	var count, changed, unimported [plan.Deactivate + 1]int
	for i := range p.Operations {
		o := &p.Operations[i]
		if _, left := opt.Left[i]; left || o.Withheld || o.Verb > plan.Deactivate {
			continue
		}
		if o.Verb == plan.Update && opt.Known != nil {
			if _, known := opt.Known(o); known {
				continue
			}
		}
		count[o.Verb]++
		if len(o.Changes) > 0 {
			changed[o.Verb]++
		}
		for _, c := range o.Changes {
			if c.Field == user.StatusMessage {
				unimported[o.Verb]++
			}
		}
	}
	// grouped is the requests that carry n operations, size to one.
	grouped := func(n, size int) int {
		first := min(n, canaries)
		return (first+size-1)/size + (n-first+size-1)/size
	}
	reads := func(n int) int { return min(n, canaries+sample) }

	reactivate := load{
		core:     grouped(count[plan.Reactivate], plan.MaxBatch),
		standard: changed[plan.Reactivate] + reads(count[plan.Reactivate]),
	}
	updates := count[plan.Update] + changed[plan.Deactivate]
	give := load{standard: updates + reads(updates) + reads(count[plan.Create])}
	if opt.Import {
		// An import does not take every field: who has such a one is read and updated.
		give.bulk = grouped(count[plan.Create], plan.MaxImport)
		give.standard += 2 * unimported[plan.Create]
		if opt.Tokens != nil {
			give.standard += count[plan.Create]
		}
	} else {
		give.core = count[plan.Create]
	}
	take := load{
		core:     grouped(count[plan.Deactivate], plan.MaxBatch),
		standard: 2 * reads(count[plan.Deactivate]), // they are looked up in the list as well
	}
	if opt.RevokeTokens {
		take.standard += count[plan.Deactivate]
	}
	var e plan.Expected
	var minutes float64
	for _, l := range []load{{standard: len(p.NeededRoles(opt.Left))}, reactivate, give, take} {
		e.Requests += l.core + l.standard + l.bulk
		minutes += max(spent(l.core, rates.Core), spent(l.standard, rates.Standard), spent(l.bulk, rates.Import))
	}
	e.Duration = time.Duration(minutes * float64(time.Minute))
	return e
}

// spent is how many minutes a budget takes for requests; a rate that is not
// known takes none.
func spent(requests int, perMinute float64) float64 {
	if perMinute <= 0 {
		return 0
	}
	return float64(requests) / perMinute // 0 if there is no limit
}
