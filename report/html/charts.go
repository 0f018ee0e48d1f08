package html

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/chart"
)

const (
	chartGroups     = 8 // roles that have a bar of their own
	chartOperations = 5 // operations below which a list tells more than a chart
)

// chartGroup is a bar: how many operations of each verb it stands for.
type chartGroup struct {
	name  string
	of    [plan.Deactivate + 1]int
	total int
}

func (g *chartGroup) add(v plan.Verb, n int) {
	g.of[v] += n
	g.total += n
}

// charted reports whether an operation is in the chart: what would be done before
// it is, and what was done afterwards.
func charted(r *report.Report, i int) bool {
	outcome := r.In.Results[i].Outcome
	if r.Unsent() {
		return outcome != plan.Withheld
	}
	return outcome == plan.Applied
}

// Charts gives the operations by role, if that shows something.
func Charts(r *report.Report) []chart.Chart {
	groups, total := byRole(r)
	if total < chartOperations || len(groups) < 2 {
		return nil
	}
	c := chart.Chart{ID: "changes-by-role", Title: chartTitle(r, groups, total), Head: []string{"Role"}}
	if n := len(groups) - chartGroups; n > 1 { // one role is no others
		others := chartGroup{name: fmt.Sprintf("%s other roles", phrase.Thousands(n))}
		for _, g := range groups[chartGroups:] {
			for v, n := range g.of {
				others.add(plan.Verb(v), n)
			}
		}
		groups = append(groups[:chartGroups:chartGroups], others)
	}
	verbs := slices.DeleteFunc(slices.Clone(report.Verbs()), func(v plan.Verb) bool {
		return !slices.ContainsFunc(groups, func(g chartGroup) bool { return g.of[v] > 0 })
	})
	for _, v := range verbs {
		c.Head = append(c.Head, v.String())
	}
	c.Head = append(c.Head, "all")
	for i := range groups {
		row := []string{phrase.Visible(groups[i].name)}
		for _, v := range verbs {
			row = append(row, phrase.Thousands(groups[i].of[v]))
		}
		c.Rows = append(c.Rows, append(row, phrase.Thousands(groups[i].total)))
	}
	c.SVG = bars(groups, verbs)
	return []chart.Chart{c}
}

// byRole parts the operations, the largest group first, and counts them.
func byRole(r *report.Report) (groups []chartGroup, total int) {
	index := map[string]int{}
	for i := range r.Plan.Operations {
		if !charted(r, i) {
			continue
		}
		o := &r.Plan.Operations[i]
		name := cmp.Or(o.Role, user.DefaultRole)
		n, ok := index[name]
		if !ok {
			n = len(groups)
			index[name] = n
			groups = append(groups, chartGroup{name: name})
		}
		groups[n].add(o.Verb, 1)
		total++
	}
	slices.SortFunc(groups, func(a, b chartGroup) int {
		return cmp.Or(cmp.Compare(b.total, a.total), strings.Compare(a.name, b.name))
	})
	return groups, total
}

// chartTitle ends with the name that comes from outside, so that one which is
// written from right to left does not reorder the numbers.
func chartTitle(r *report.Report, groups []chartGroup, total int) string {
	title := "What would change, by role"
	if !r.Unsent() {
		title = "What was changed, by role"
	}
	largest := &groups[0]
	if largest.total == groups[1].total {
		return fmt.Sprintf("%s: %s in %s roles", title, phrase.Counted(total, "change"), phrase.Thousands(len(groups)))
	}
	return fmt.Sprintf("%s: the largest part, %s of %s, is for %s", title, phrase.Thousands(largest.total), phrase.Counted(total, "change"),
		chart.Fit(phrase.Visible(largest.name), 2*chart.Label))
}

// verbSigns tell the parts of a bar apart where colours do not.
var verbSigns = [...]string{plan.Deactivate: "−", plan.Reactivate: "↑", plan.Create: "+", plan.Update: "~"}

func bars(groups []chartGroup, verbs []plan.Verb) template.HTML {
	kinds, all := make([]chart.Kind, len(verbs)), make([]chart.Bar, len(groups))
	for i, v := range verbs {
		kinds[i] = chart.Kind{Name: v.String(), Sign: verbSigns[v]}
	}
	for i := range groups {
		all[i] = chart.Bar{Name: groups[i].name, Total: groups[i].total}
		for _, v := range verbs {
			all[i].Of = append(all[i].Of, groups[i].of[v])
		}
	}
	return chart.Bars(all, kinds)
}
