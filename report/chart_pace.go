package report

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/phrase"
)

const (
	paceStretches = 3   // below which there is nothing to see
	paceSteps     = 240 // that a curve has at most
	paceRows      = 12  // that its table has at most
)

// paceStep is one or several stretches: when it began and what was asked in it.
type paceStep struct {
	from, to time.Duration
	requests int
}

// rate is the step's requests a minute.
func (s paceStep) rate() float64 { return float64(s.requests) / (s.to - s.from).Minutes() }

// steps takes stretches together, so that there are no more than n.
func (p *Pace) steps(n int) []paceStep {
	each := (len(p.Requests) + n - 1) / n
	var steps []paceStep
	for i := 0; i < len(p.Requests); i += each {
		end := min(i+each, len(p.Requests))
		s := paceStep{from: time.Duration(i) * p.Every, to: time.Duration(end) * p.Every}
		for _, count := range p.Requests[i:end] {
			s.requests += count
		}
		steps = append(steps, s)
	}
	return steps
}

// paceChart shows how fast requests left, and how fast they could have.
func (r *Report) paceChart() (chart, bool) {
	p := &r.in.Pace
	if len(p.Requests) < paceStretches || p.Every <= 0 {
		return chart{}, false
	}
	steps := p.steps(paceSteps)
	peak := 0.0
	for _, s := range steps {
		peak = max(peak, s.rate())
	}
	if peak == 0 {
		return chart{}, false
	}
	c := chart{ID: "pace", Head: []string{"Time", "requests", "a minute"}}
	c.Title = fmt.Sprintf("Requests a minute, in steps of %s: at most %s", stretch(steps[0].to-steps[0].from), whole(peak))
	if p.Limit > 0 {
		c.Title += fmt.Sprintf(", and the run could use %s", whole(p.Limit))
	}
	for _, s := range p.steps(paceRows) {
		c.Rows = append(c.Rows, []string{clock(s.from) + " – " + clock(s.to), phrase.Thousands(s.requests), whole(s.rate())})
	}
	c.SVG = steppedCurve(steps, peak, p.Limit)
	return c, true
}

// steppedCurve draws the steps over the time, from nothing up, the numbers of
// the grid inside it.
func steppedCurve(steps []paceStep, peak, limit float64) template.HTML {
	const above, height = 20, 160
	end := steps[len(steps)-1].to
	step, top := axis(int(math.Ceil(max(peak, limit))), 4)
	y := func(rate float64) float64 { return above + height*(1-rate/float64(top)) }

	var d drawing
	d.open("curve", above+height+18)
	// The curve alone is stretched to the chart's width, its line is not.
	var path strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&path, "L%s %.1fH%s", along(s.from, end), y(s.rate()), along(s.to, end))
	}
	d.add(`<svg width="100%%" height="%d" viewBox="0 0 1000 %d" preserveAspectRatio="none">`, above+height, above+height)
	d.add(`<path class="c-area" d="M0 %d%sV%dZ"/>`, above+height, path.String(), above+height)
	d.add(`<path class="c-line" d="M%s" vector-effect="non-scaling-stroke" fill="none"/></svg>`, strings.TrimPrefix(path.String(), "L"))

	for n := 0; n <= top; n += step {
		at := y(float64(n))
		d.add(`<line class="c-axis" x1="0" x2="100%%" y1="%.1f" y2="%.1f"/>`, at, at)
		if n > 0 {
			d.text("c-tick", "0", int(at)-4, "start", phrase.Thousands(n))
		}
	}
	if limit > 0 {
		at := y(limit)
		d.add(`<line class="c-limit" x1="0" x2="100%%" y1="%.1f" y2="%.1f" stroke-dasharray="6 4"/>`, at, at)
		d.text("c-limit-text", "100%", int(at)-5, "end", "limit "+whole(limit)+" a minute")
	}
	every := timeStep(end)
	for at := time.Duration(0); at <= end; at += every {
		anchor := "middle"
		switch {
		case at == 0:
			anchor = "start"
		case at*20 > end*19:
			anchor = "end"
		}
		d.text("c-tick", strconv.FormatFloat(100*at.Seconds()/end.Seconds(), 'f', 2, 64)+"%", above+height+14, anchor, clock(at))
	}
	return d.close()
}

// along is a time's place on a line of a thousand.
func along(at, end time.Duration) string {
	return strconv.FormatFloat(1000*at.Seconds()/end.Seconds(), 'f', 1, 64)
}

func whole(rate float64) string { return phrase.Thousands(int(math.Round(rate))) }

// timeStep is how far the ticks of a time axis are apart, as clocks have it:
// four steps at most.
func timeStep(end time.Duration) time.Duration {
	for _, step := range []time.Duration{
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	} {
		if end <= 4*step {
			return step
		}
	}
	return (end / 4).Truncate(24*time.Hour) + 24*time.Hour
}

// stretch is how long a step is; whole seconds are said as such.
func stretch(d time.Duration) string {
	if d < 10*time.Second && d%time.Second == 0 {
		return fmt.Sprintf("%d s", d/time.Second)
	}
	return span(d)
}

// clock is a time since the first request: 0:05, 12:30, 1:00:00.
func clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
