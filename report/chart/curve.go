package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"time"

	"cometsync/internal/phrase"
)

// Step is a piece of time: when it began and ended, and how many requests left in it.
type Step struct {
	From, To time.Duration
	Requests int
}

// Rate is the step's requests a minute.
func (s Step) Rate() float64 { return float64(s.Requests) / (s.To - s.From).Minutes() }

// Curve draws the steps over the time, from nothing up, the numbers of
// the grid inside it.
func Curve(steps []Step, peak, limit float64) template.HTML {
	const above, height = 20, 160
	end := steps[len(steps)-1].To
	step, top := axis(int(math.Ceil(max(peak, limit))), 4)
	y := func(rate float64) float64 { return above + height*(1-rate/float64(top)) }

	var d drawing
	d.open("curve", above+height+18)
	// The curve alone is stretched to the chart's width, its line is not.
	var path strings.Builder
	for _, s := range steps {
		fmt.Fprintf(&path, "L%s %.1fH%s", along(s.From, end), y(s.Rate()), along(s.To, end))
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
		d.text("c-limit-text", "100%", int(at)-5, "end", "limit "+Whole(limit)+" a minute")
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
		d.text("c-tick", strconv.FormatFloat(100*at.Seconds()/end.Seconds(), 'f', 2, 64)+"%", above+height+14, anchor, Clock(at))
	}
	return d.close()
}

// along is a time's place on a line of a thousand.
func along(at, end time.Duration) string {
	return strconv.FormatFloat(1000*at.Seconds()/end.Seconds(), 'f', 1, 64)
}

// Whole is a rate as people read it.
func Whole(rate float64) string { return phrase.Thousands(int(math.Round(rate))) }

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

// Clock is a time since the first request: 0:05, 12:30, 1:00:00.
func Clock(d time.Duration) string {
	s := int(d.Round(time.Second) / time.Second)
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}
