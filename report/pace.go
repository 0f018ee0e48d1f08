package report

import (
	"fmt"
	"time"

	"cometsync/internal/phrase"
)

// requests is what the run asked of the API.
func (r *Report) requests() string {
	a := &r.in.API
	took := time.Duration(a.Seconds * float64(time.Second))
	text := fmt.Sprintf("%s in %s", phrase.Thousands(a.Requests), duration(took))
	if a.Retries > 0 {
		text += fmt.Sprintf(", %s repeated", phrase.Thousands(a.Retries))
	}
	if a.Throttled > 0 {
		text += fmt.Sprintf(", %s held back by the rate limit", phrase.Thousands(a.Throttled))
	}
	return text
}

// duration is a span as people say it.
func duration(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return d.Round(100 * time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

// short is how long a run may be expected to take and still be one of
// which nobody needs to know it better.
const short = 5 * time.Second

// expected is what carrying the plan out would cost; "" if there is nothing
// to say.
func (r *Report) expected() string {
	e := &r.in.API.Expected
	if e.Requests <= 0 || !r.unsent() {
		return ""
	}
	return fmt.Sprintf("%s, %s at the rate that this run may use", phrase.Counted(e.Requests, "request"), roughly(e.Duration))
}

// applied is how long carrying the plan out took; "" if nothing was done.
func (r *Report) applied() string {
	a := &r.in.API
	if a.Applying <= 0 || !r.wrote() {
		return ""
	}
	text := "in " + span(a.Applying)
	switch e := &a.Expected; {
	case e.Requests <= 0:
	case e.Duration < short:
		text += " (a few seconds expected)"
	default:
		text += fmt.Sprintf(" (%s expected)", span(e.Duration))
	}
	return text
}

func roughly(d time.Duration) string {
	if d < short {
		return "a few seconds"
	}
	return "about " + span(d)
}

// span is a time of which only the two largest units matter: 2 min 10 s.
func span(d time.Duration) string {
	if d < 10*time.Second {
		return fmt.Sprintf("%.1f s", max(d.Seconds(), 0.1))
	}
	s := int(d.Round(time.Second) / time.Second)
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return units(s/60, "min", s%60, "s")
	case s < 24*3600:
		m := (s + 30) / 60
		return units(m/60, "h", m%60, "min")
	}
	h := (s + 1800) / 3600
	return units(h/24, "d", h%24, "h")
}

func units(n int, unit string, rest int, small string) string {
	if rest == 0 {
		return fmt.Sprintf("%d %s", n, unit)
	}
	return fmt.Sprintf("%d %s %d %s", n, unit, rest, small)
}
