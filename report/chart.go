package report

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/chart"
)

const (
	chartGroups     = 8 // groups that have a bar of their own
	chartOperations = 5 // operations below which a list tells more than a chart
)

// charts gives those charts that have something to show.
func (r *Report) charts() []chart.Chart {
	if c, ok := r.changesChart(); ok {
		return []chart.Chart{c}
	}
	return nil
}

// chartGroup is a bar: how many operations of each verb it stands for.
type chartGroup struct {
	name  string
	of    [plan.Deactivate + 1]int
	total int
}

func (g *chartGroup) add(v plan.Verb) {
	g.of[v]++
	g.total++
}

// grouping is a way to part the operations.
type grouping struct {
	word   string // what a group is
	groups []chartGroup
	parted func(*plan.Operation) []string // the groups that an operation is in
}

// tells says that the groups part the operations, rather than that nearly all
// of them are in one.
func (g *grouping) tells(total int) bool {
	return len(g.groups) > 1 && g.groups[0].total*10 < total*9
}

// charted says whether an operation is in the chart: what would be done before
// it is, and what was done afterwards.
func (r *Report) charted(i int) bool {
	outcome := r.in.Results[i].Outcome
	if r.unsent() {
		return outcome != plan.Withheld
	}
	return outcome == plan.Applied
}

// changesChart shows the operations by role. Where nine tenths of them or more
// are of one role, they go by tag if that is not so of any tag.
func (r *Report) changesChart() (chart.Chart, bool) {
	total := 0
	for i := range r.plan.Operations {
		if r.charted(i) {
			total++
		}
	}
	if total < chartOperations {
		return chart.Chart{}, false
	}
	g := r.by("role", func(o *plan.Operation) []string { return []string{cmp.Or(o.Role, user.DefaultRole)} })
	if !g.tells(total) {
		tags := r.by("tag", func(o *plan.Operation) []string {
			if len(o.Tags) == 0 {
				return []string{"without a tag"}
			}
			return o.Tags
		})
		if tags.tells(total) {
			g = tags
		}
	}
	if len(g.groups) < 2 {
		return chart.Chart{}, false
	}
	title := r.chartTitle(&g, total)
	r.mergeSmall(&g)

	c := chart.Chart{ID: "changes-by-" + g.word, Title: title, Head: []string{upperFirst(g.word)}}
	verbs := slices.DeleteFunc(slices.Clone(readingOrder), func(v plan.Verb) bool {
		return !slices.ContainsFunc(g.groups, func(g chartGroup) bool { return g.of[v] > 0 })
	})
	for _, v := range verbs {
		c.Head = append(c.Head, v.String())
	}
	c.Head = append(c.Head, "all")
	for i := range g.groups {
		row := []string{phrase.Visible(g.groups[i].name)}
		for _, v := range verbs {
			row = append(row, phrase.Thousands(g.groups[i].of[v]))
		}
		c.Rows = append(c.Rows, append(row, phrase.Thousands(g.groups[i].total)))
	}
	c.SVG = bars(g.groups, verbs)
	return c, true
}

// by parts the operations, the largest group first.
func (r *Report) by(word string, parted func(*plan.Operation) []string) grouping {
	g := grouping{word: word, parted: parted}
	index := map[string]int{}
	for i := range r.plan.Operations {
		if !r.charted(i) {
			continue
		}
		o := &r.plan.Operations[i]
		for _, name := range parted(o) {
			n, ok := index[name]
			if !ok {
				n = len(g.groups)
				index[name] = n
				g.groups = append(g.groups, chartGroup{name: name})
			}
			g.groups[n].add(o.Verb)
		}
	}
	slices.SortFunc(g.groups, func(a, b chartGroup) int {
		return cmp.Or(cmp.Compare(b.total, a.total), strings.Compare(a.name, b.name))
	})
	return g
}

// mergeSmall puts the small groups into one, in which an operation with several
// of their tags counts once, and one with a tag that has a bar not at all.
func (r *Report) mergeSmall(g *grouping) {
	if len(g.groups) <= chartGroups+1 { // one group is no others
		return
	}
	shown := map[string]bool{}
	for _, s := range g.groups[:chartGroups] {
		shown[s.name] = true
	}
	others := chartGroup{name: fmt.Sprintf("%s other %ss", phrase.Thousands(len(g.groups)-chartGroups), g.word)}
	for i := range r.plan.Operations {
		o := &r.plan.Operations[i]
		if r.charted(i) && !slices.ContainsFunc(g.parted(o), func(name string) bool { return shown[name] }) {
			others.add(o.Verb)
		}
	}
	g.groups = append(g.groups[:chartGroups:chartGroups], others)
}

// chartTitle ends with the name that comes from outside, so that one which is
// written from right to left does not reorder the numbers.
func (r *Report) chartTitle(g *grouping, total int) string {
	title := "What would change, by " + g.word
	if !r.unsent() {
		title = "What was changed, by " + g.word
	}
	if g.word == "tag" {
		title += " (a user with several counts in each)"
	}
	largest := &g.groups[0]
	if largest.total == g.groups[1].total {
		return fmt.Sprintf("%s: %s in %s %ss", title, phrase.Counted(total, "change"), phrase.Thousands(len(g.groups)), g.word)
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

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
