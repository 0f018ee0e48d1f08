package report

import (
	"iter"
	"slices"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// The page has a section for each verb, and one for those who are withheld.

// Section gives the operations of a verb, withheld ones apart.
func (p pageView) Section(name string) section {
	var v plan.Verb
	_ = v.UnmarshalText([]byte(name)) // the page names only verbs
	s := section{p: p, verb: v, Class: name, Title: p.r.fate(v), count: p.r.counts[v].Planned - p.r.counts[v].Withheld}
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
func (s section) all() bool { return s.Unsent() || s.p.r.counts[s.verb].Applied == s.count }

// Heading says who they are; where not all of the changes were made, it
// claims nothing of anybody.
func (s section) Heading() string {
	if s.all() {
		return s.p.r.fate(s.verb)
	}
	return upperFirst(verbs[s.verb].noun) + "s"
}

// Number is how many they are, or how many of the changes were made.
func (s section) Number() string {
	if s.all() {
		return phrase.Thousands(s.count)
	}
	return phrase.Thousands(s.p.r.counts[s.verb].Applied) + " of " + phrase.Thousands(s.count)
}

// Row says whether any of them has a row in a source.
func (s section) Row() bool {
	for i := range s.p.r.plan.Operations {
		if s.has(i) && s.p.r.plan.Operations[i].Source.File != "" {
			return true
		}
	}
	return false
}

// has says whether an operation belongs to the section.
func (s section) has(i int) bool {
	return s.p.r.plan.Operations[i].Verb == s.verb && (s.p.r.in.Results[i].Outcome == plan.Withheld) == s.withheld
}

func (s section) Unsent() bool { return s.p.Unsent() || s.withheld }

// Why says that the reason is not the same for all.
func (s section) Why() bool { return s.verb != plan.Create }

// Changes says whether there are any: those of a deactivation are made before
// it, and only an undo has them.
func (s section) Changes() bool {
	return s.verb != plan.Deactivate ||
		slices.ContainsFunc(s.p.r.plan.Of(plan.Deactivate), func(o plan.Operation) bool { return len(o.Changes) > 0 })
}

func (s section) More() int { return max(0, s.count-plainRows) }

// Rows gives as many operations as the page shows without its script.
func (s section) Rows() iter.Seq[operationRow] {
	return func(yield func(operationRow) bool) {
		read := changes{r: s.p.r}
		shown := 0
		for i := range s.p.r.plan.Operations {
			if !s.has(i) {
				continue
			}
			if shown == plainRows || !yield(operationRow{s.p, i, read.of(i)}) {
				return
			}
			shown++
		}
	}
}
