package report

import (
	"fmt"
	"time"

	"cometsync/internal/phrase"
	"cometsync/report/chart"
)

const (
	paceStretches = 3   // below which there is nothing to see
	paceSteps     = 240 // that a curve has at most
	paceRows      = 12  // that its table has at most
)

// steps takes stretches together, so that there are no more than n.
func (p *Pace) steps(n int) []chart.Step {
	each := (len(p.Requests) + n - 1) / n
	var steps []chart.Step
	for i := 0; i < len(p.Requests); i += each {
		end := min(i+each, len(p.Requests))
		s := chart.Step{From: time.Duration(i) * p.Every, To: time.Duration(end) * p.Every}
		for _, count := range p.Requests[i:end] {
			s.Requests += count
		}
		steps = append(steps, s)
	}
	return steps
}

// paceChart shows how fast requests left, and how fast they could have.
func (r *Report) paceChart() (chart.Chart, bool) {
	p := &r.in.Pace
	if len(p.Requests) < paceStretches || p.Every <= 0 {
		return chart.Chart{}, false
	}
	steps := p.steps(paceSteps)
	peak := 0.0
	for _, s := range steps {
		peak = max(peak, s.Rate())
	}
	if peak == 0 {
		return chart.Chart{}, false
	}
	c := chart.Chart{ID: "pace", Head: []string{"Time", "requests", "a minute"}}
	c.Title = fmt.Sprintf("Requests a minute, in steps of %s: at most %s", stretch(steps[0].To-steps[0].From), chart.Whole(peak))
	if p.Limit > 0 {
		c.Title += fmt.Sprintf(", and the run could use %s", chart.Whole(p.Limit))
	}
	for _, s := range p.steps(paceRows) {
		c.Rows = append(c.Rows, []string{chart.Clock(s.From) + " – " + chart.Clock(s.To), phrase.Thousands(s.Requests), chart.Whole(s.Rate())})
	}
	c.SVG = chart.Curve(steps, peak, p.Limit)
	return c, true
}

// stretch is how long a step is; whole seconds are said as such.
func stretch(d time.Duration) string {
	if d < 10*time.Second && d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return span(d)
}
