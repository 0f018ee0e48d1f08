package report

import (
	"iter"
	"slices"
)

// What went otherwise than planned, as the page shows it.

// Stops are the verbs of which the rest was not sent.
func (p pageView) Stops() []string {
	var texts []string
	for i := range p.r.in.Stops {
		texts = append(texts, whatStopped(&p.r.in.Stops[i]))
	}
	return texts
}

// Failures are the operations that were not carried out, by what that means.
func (p pageView) Failures() []failureView {
	views := make([]failureView, len(p.r.failures))
	for i := range views {
		views[i] = failureView{failure: &p.r.failures[i], p: p, rows: sectionRows / len(views)}
	}
	return views
}

// Failed is how many they are.
func (p pageView) Failed() int {
	n := 0
	for i := range p.r.failures {
		n += len(p.r.failures[i].operations)
	}
	return n
}

type failureView struct {
	*failure
	p    pageView
	rows int
}

func (f failureView) Count() int { return len(f.operations) }

// Row says whether any of them has a row in a source.
func (f failureView) Row() bool {
	return slices.ContainsFunc(f.operations, func(i int) bool { return f.p.r.plan.Operations[i].Source.File != "" })
}

func (f failureView) More() int { return max(0, len(f.operations)-f.rows) }

// Rows gives as many operations as the page shows.
func (f failureView) Rows() iter.Seq[operationRow] {
	return func(yield func(operationRow) bool) {
		for _, i := range f.operations[:min(len(f.operations), f.rows)] {
			if !yield(operationRow{p: f.p, i: i}) {
				return
			}
		}
	}
}
