package html

import (
	"iter"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// The page has a section for each verb, and one for those who are withheld.

// Sections are those of the verbs, who loses access first; withheld operations are apart.
func (p pageView) Sections() []section {
	var all []section
	for _, v := range report.Verbs() {
		all = append(all, p.section(v))
	}
	return all
}

func (p pageView) section(v plan.Verb) section {
	s := section{p: p, verb: v, Class: v.String(), Count: p.Counts[v].Planned - p.Counts[v].Withheld}
	switch {
	case v == plan.Deactivate:
		s.Note = "Whoever is deactivated can no longer log in. Nothing of theirs is deleted, and they can be reactivated."
	case v == plan.Update && p.Undo():
		s.Note = "Fields that the run did not change are left as they are."
	case v == plan.Update:
		s.Note = "Fields that the roster has no column for are left as they are."
	}
	if by := p.ByCause(); v == plan.Update && by != "" {
		s.Note += " Why they change: " + by + "."
	}
	return s
}

// section is the operations of one verb.
type section struct {
	p        pageView
	verb     plan.Verb
	withheld bool
	Count    int
	Class    string
	ID       string
	Title    string // of what is withheld
	Note     string // also why they are withheld
}

// all says that what the heading says of the users is so, or would be so.
func (s section) all() bool { return s.Unsent() || s.p.Counts[s.verb].Applied == s.Count }

// Heading says who they are; where not all of the changes were made, it
// claims nothing of anybody.
func (s section) Heading() string {
	if s.all() {
		return s.p.Fate(s.verb)
	}
	return report.UpperFirst(report.Words(s.verb, false).Noun) + "s"
}

// Number is how many they are, or how many of the changes were made.
func (s section) Number() string {
	if s.all() {
		return phrase.Thousands(s.Count)
	}
	return phrase.Thousands(s.p.Counts[s.verb].Applied) + " of " + phrase.Thousands(s.Count)
}

// Row reports whether any of them has a row in a source.
func (s section) Row() bool {
	for i := range s.p.Plan.Operations {
		if s.has(i) && s.p.Plan.Operations[i].Source.File != "" {
			return true
		}
	}
	return false
}

// has reports whether an operation belongs to the section.
func (s section) has(i int) bool {
	return s.p.Plan.Operations[i].Verb == s.verb && (s.p.In.Results[i].Outcome == plan.Withheld) == s.withheld
}

func (s section) Unsent() bool { return s.p.Unsent() || s.withheld }

// Why says that the reason is not the same for all.
func (s section) Why() bool { return s.verb != plan.Create }

// Changes reports whether there are any: those of a deactivation are made before
// it, and only an undo has them.
func (s section) Changes() bool {
	return s.verb != plan.Deactivate ||
		slices.ContainsFunc(s.p.Plan.Of(plan.Deactivate), func(o plan.Operation) bool { return len(o.Changes) > 0 })
}

func (s section) More() int { return max(0, s.Count-plainRows) }

// Rows gives as many operations as the page shows without its script.
func (s section) Rows() iter.Seq[operationRow] {
	return func(yield func(operationRow) bool) {
		read := s.p.Changes()
		shown := 0
		for i := range s.p.Plan.Operations {
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
	for i := range p.In.Stops {
		texts = append(texts, report.WhatStopped(&p.In.Stops[i]))
	}
	return texts
}

// Failures are the operations that were not carried out, by what that means.
func (p pageView) Failures() []failureView {
	views := make([]failureView, len(p.Report.Failures))
	for i := range views {
		views[i] = failureView{Failure: &p.Report.Failures[i], p: p, rows: sectionRows / len(views)}
	}
	return views
}

// Failed is how many they are.
func (p pageView) Failed() int {
	n := 0
	for i := range p.Report.Failures {
		n += len(p.Report.Failures[i].Operations)
	}
	return n
}

type failureView struct {
	*report.Failure
	p    pageView
	rows int
}

func (f failureView) Count() int { return len(f.Operations) }

// Row reports whether any of them has a row in a source.
func (f failureView) Row() bool {
	return slices.ContainsFunc(f.Operations, func(i int) bool { return f.p.Plan.Operations[i].Source.File != "" })
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

// withheldTitle is the heading of what is withheld of a verb.
func withheldTitle(v plan.Verb) string {
	if v == plan.Deactivate {
		return "Withheld"
	}
	return "Withheld " + report.Words(v, false).Noun + "s"
}

// WithheldSections are the operations that wait until somebody has settled why, a
// section for each verb.
func (p pageView) WithheldSections() []section {
	var all []section
	for i := range p.Plan.Withholdings {
		w := &p.Plan.Withholdings[i]
		s := section{p: p, verb: w.Verb, Class: "withheld", ID: "withheld", Title: withheldTitle(w.Verb), withheld: true,
			Count: p.Counts[w.Verb].Withheld,
			Note:  "They are not in the roster, and are left alone all the same: " + w.Why() + "."}
		if w.Verb != plan.Deactivate {
			s.ID += "-" + w.Verb.String()
			s.Note = report.ReasonOf(w) + "."
		}
		if s.Count > 0 {
			all = append(all, s)
		}
	}
	return all
}

// Leaving are those who go first, and how many more there are.
func (p pageView) Leaving() shown[plan.Leaving] { return first(p.Soonest(), sectionRows) }

type rekeyView struct {
	plan.Rekey
	Why, Confidence, Place, Decision string
}

// Rekeys are pairs of users who are probably one person.
func (p pageView) Rekeys() (views shown[rekeyView]) {
	pairs := first(p.Pairs, sectionRows)
	views.More = pairs.More
	for _, k := range pairs.Rows {
		views.Rows = append(views.Rows, rekeyView{k, report.InCommon(&k, p.Plan.Config), report.Confidence(&k), p.Place(k.Source),
			p.PairDecision(&k)})
	}
	return views
}

// heldView is the first of those who are held for one reason, and the others.
type heldView struct {
	report.Held
	Same  bool // the same is wrong with the rows of all
	Count int
	Rows  []report.Held
}

// Held is why people are held, each reason once, the most frequent first.
func (p pageView) Held() (held shown[*heldView]) {
	of, room := map[string]*heldView{}, sectionRows
	for h := range p.Report.Held() {
		v := of[h.Why]
		if v == nil && room == 0 {
			continue
		} else if v == nil {
			v = &heldView{Held: h, Same: true}
			of[h.Why], held.Rows = v, append(held.Rows, v)
		}
		v.Same = v.Same && h.Wrong() == v.Wrong()
		if v.Count++; room > 0 {
			v.Rows, room = append(v.Rows, h), room-1
		}
	}
	held.More = max(0, len(p.Plan.Held)-sectionRows)
	slices.SortStableFunc(held.Rows, func(a, b *heldView) int { return b.Count - a.Count })
	return held
}

// causeView is what is wrong with rows, and the first of them.
type causeView struct {
	report.RejectCause
	p pageView
}

// Causes is what is wrong with rows, each once, with the rows that there is room for.
func (p pageView) Causes() shown[causeView] {
	all := p.RejectCauses(sectionRows)
	causes := first(all, sectionRows/20)
	views := shown[causeView]{More: causes.More}
	for _, c := range causes.Rows {
		c.First = c.First[:min(len(c.First), sectionRows/len(causes.Rows))]
		views.Rows = append(views.Rows, causeView{c, p})
	}
	return views
}

func (c causeView) More() int { return c.Rows - len(c.First) }

// Example is a row with the cause.
func (c causeView) Example() *user.Reject { return c.p.Report.Rejects.At(c.First[0]) }

// Rejects are the rows, each until the next.
func (c causeView) Rejects() iter.Seq[*user.Reject] {
	return func(yield func(*user.Reject) bool) {
		read := c.p.Report.Rejects.Reader()
		for _, i := range c.First {
			if !yield(read(i)) {
				return
			}
		}
	}
}
