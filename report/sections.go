package report

import (
	"cmp"
	"fmt"
	"html/template"
	"iter"
	"slices"
	"strings"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report/chart"
)

// The page has a section for each verb, and one for those who are withheld.

// Section gives the operations of a verb, withheld ones apart.
func (p pageView) Section(name string) section {
	var v plan.Verb
	_ = v.UnmarshalText([]byte(name)) // the page names only verbs
	s := section{p: p, verb: v, Class: name, Title: p.r.fate(v), count: p.r.Counts[v].Planned - p.r.Counts[v].Withheld}
	return s
}

// section is the operations of one verb.
type section struct {
	p        pageView
	verb     plan.Verb
	withheld bool
	count    int
	Class    string
	ID       string
	Title    string
	Reason   string // why they are withheld
}

func (s section) Count() int { return s.count }

// all says that what the heading says of the users is so, or would be so.
func (s section) all() bool { return s.Unsent() || s.p.r.Counts[s.verb].Applied == s.count }

// Heading says who they are; where not all of the changes were made, it
// claims nothing of anybody.
func (s section) Heading() string {
	if s.all() {
		return s.p.r.fate(s.verb)
	}
	return upperFirst(verbs[s.verb].Noun) + "s"
}

// Number is how many they are, or how many of the changes were made.
func (s section) Number() string {
	if s.all() {
		return phrase.Thousands(s.count)
	}
	return phrase.Thousands(s.p.r.Counts[s.verb].Applied) + " of " + phrase.Thousands(s.count)
}

// Row reports whether any of them has a row in a source.
func (s section) Row() bool {
	for i := range s.p.r.Plan.Operations {
		if s.has(i) && s.p.r.Plan.Operations[i].Source.File != "" {
			return true
		}
	}
	return false
}

// has reports whether an operation belongs to the section.
func (s section) has(i int) bool {
	return s.p.r.Plan.Operations[i].Verb == s.verb && (s.p.r.In.Results[i].Outcome == plan.Withheld) == s.withheld
}

func (s section) Unsent() bool { return s.p.Unsent() || s.withheld }

// Why says that the reason is not the same for all.
func (s section) Why() bool { return s.verb != plan.Create }

// Changes reports whether there are any: those of a deactivation are made before
// it, and only an undo has them.
func (s section) Changes() bool {
	return s.verb != plan.Deactivate ||
		slices.ContainsFunc(s.p.r.Plan.Of(plan.Deactivate), func(o plan.Operation) bool { return len(o.Changes) > 0 })
}

func (s section) More() int { return max(0, s.count-plainRows) }

// Rows gives as many operations as the page shows without its script.
func (s section) Rows() iter.Seq[operationRow] {
	return func(yield func(operationRow) bool) {
		read := s.p.r.Changes()
		shown := 0
		for i := range s.p.r.Plan.Operations {
			if !s.has(i) {
				continue
			}
			if shown == plainRows || !yield(operationRow{s.p, i, read(i)}) {
				return
			}
			shown++
		}
	}
}

// What went otherwise than planned, as the page shows it.

// Stops are the verbs of which the rest was not sent.
func (p pageView) Stops() []string {
	var texts []string
	for i := range p.r.In.Stops {
		texts = append(texts, WhatStopped(&p.r.In.Stops[i]))
	}
	return texts
}

// Failures are the operations that were not carried out, by what that means.
func (p pageView) Failures() []failureView {
	views := make([]failureView, len(p.r.Failures))
	for i := range views {
		views[i] = failureView{Failure: &p.r.Failures[i], p: p, rows: sectionRows / len(views)}
	}
	return views
}

// Failed is how many they are.
func (p pageView) Failed() int {
	n := 0
	for i := range p.r.Failures {
		n += len(p.r.Failures[i].Operations)
	}
	return n
}

type failureView struct {
	*Failure
	p    pageView
	rows int
}

func (f failureView) Count() int { return len(f.Operations) }

// Row reports whether any of them has a row in a source.
func (f failureView) Row() bool {
	return slices.ContainsFunc(f.Operations, func(i int) bool { return f.p.r.Plan.Operations[i].Source.File != "" })
}

func (f failureView) More() int { return max(0, len(f.Operations)-f.rows) }

// Rows gives as many operations as the page shows.
func (f failureView) Rows() iter.Seq[operationRow] {
	return func(yield func(operationRow) bool) {
		for _, i := range f.Operations[:min(len(f.Operations), f.rows)] {
			if !yield(operationRow{p: f.p, i: i}) {
				return
			}
		}
	}
}

// reasonOf says why operations are withheld, and which guards withhold them;
// rejected rows do it without a name.
func reasonOf(w *plan.Withholding) string {
	if w.Name == "" {
		return w.Why()
	}
	guards := "guard " + w.Name
	for i := range w.Beside {
		guards = "guards " + w.Name + " and " + w.Beside[i].Name
	}
	return guards + ": " + w.Why()
}

// settle is what to do about operations that are withheld.
func settle(w *plan.Withholding) string {
	if w.Allow == "" {
		return "resolve the reason why " + verbs[w.Verb].Noun + "s are withheld"
	}
	return "look at the withheld " + verbs[w.Verb].Noun + "s, and let them through with " + w.Allow + " if they are meant"
}

// withheld is why the operation of the story is.
func (s *Story) withheld() string { return s.report().Plan.WhyWithheld(s.Operation.Verb) }

// withheldTitle is the heading of what is withheld of a verb.
func withheldTitle(v plan.Verb) string {
	if v == plan.Deactivate {
		return "Withheld"
	}
	return "Withheld " + verbs[v].Noun + "s"
}

// WithheldSections are the operations that wait until somebody has settled why, a
// section for each verb.
func (p pageView) WithheldSections() []section {
	var all []section
	for i := range p.r.Plan.Withholdings {
		w := &p.r.Plan.Withholdings[i]
		s := section{p: p, verb: w.Verb, Class: "withheld", ID: "withheld", Title: withheldTitle(w.Verb), withheld: true,
			count:  p.r.Counts[w.Verb].Withheld,
			Reason: "They are not in the roster, and are left alone all the same: " + w.Why() + "."}
		if w.Verb != plan.Deactivate {
			s.ID += "-" + w.Verb.String()
			s.Reason = reasonOf(w) + "."
		}
		if s.count > 0 {
			all = append(all, s)
		}
	}
	return all
}

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
func (r *Report) charted(i int) bool {
	outcome := r.In.Results[i].Outcome
	if r.unsent() {
		return outcome != plan.Withheld
	}
	return outcome == plan.Applied
}

// charts gives the operations by role, if that shows something.
func (r *Report) charts() []chart.Chart {
	groups, total := r.byRole()
	if total < chartOperations || len(groups) < 2 {
		return nil
	}
	c := chart.Chart{ID: "changes-by-role", Title: r.chartTitle(groups, total), Head: []string{"Role"}}
	if n := len(groups) - chartGroups; n > 1 { // one role is no others
		others := chartGroup{name: fmt.Sprintf("%s other roles", phrase.Thousands(n))}
		for _, g := range groups[chartGroups:] {
			for v, n := range g.of {
				others.add(plan.Verb(v), n)
			}
		}
		groups = append(groups[:chartGroups:chartGroups], others)
	}
	verbs := slices.DeleteFunc(slices.Clone(readingOrder), func(v plan.Verb) bool {
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
func (r *Report) byRole() (groups []chartGroup, total int) {
	index := map[string]int{}
	for i := range r.Plan.Operations {
		if !r.charted(i) {
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
func (r *Report) chartTitle(groups []chartGroup, total int) string {
	title := "What would change, by role"
	if !r.unsent() {
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

func upperFirst(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
