package report

import (
	"fmt"
	"time"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
)

// Rehearsal is what a sync took and came to that was rehearsed with a copy of the app.
type Rehearsal struct {
	Result    Result     `json:"result"` // of the sync
	ExitCode  int        `json:"exitCode"`
	Problem   string     `json:"problem,omitempty"` // what it failed of
	Seconds   float64    `json:"seconds"`
	Applying  float64    `json:"applySeconds"`
	Requests  int        `json:"requests"`
	Retries   int        `json:"retries"`
	Throttled int        `json:"throttled"`
	Outcomes  Count      `json:"outcomes"`
	Remaining int        `json:"remaining"`     // differences that its look at the app afterwards found
	Answer    float64    `json:"answerSeconds"` // how long the app takes to answer, measured
	Limits    plan.Rates `json:"limits"`        // requests a minute
	Others    int        `json:"others"`        // of those, what the app's own users make
}

// took is how long the sync took.
func (h *Rehearsal) took() time.Duration { return time.Duration(h.Seconds * float64(time.Second)) }

// rehearsed is what a rehearsal showed, and what it rests on.
func (r *Report) rehearsed() []string {
	h := r.In.Rehearsal
	if h == nil {
		return nil
	}
	a := API{Requests: h.Requests, Retries: h.Retries, Throttled: h.Throttled, Seconds: h.Seconds}
	text := "requests of a sync: " + a.requests()
	if h.Applying > 0 {
		text += "; it applies for " + span(time.Duration(h.Applying*float64(time.Second)))
	}
	var of []string
	for _, o := range Outcomes() {
		if n := h.Outcomes.Of(o); n > 0 {
			of = append(of, phrase.Thousands(n)+" "+o.String())
		}
	}
	if len(of) > 0 {
		text += "; of its changes, " + phrase.And(of)
	}
	if h.Problem != "" {
		text += "; it fails: " + h.Problem
	}
	answer := max(time.Duration(h.Answer*float64(time.Second)), time.Millisecond)
	with := fmt.Sprintf("with a copy of the app that answers in %s, and takes %s core requests and %s others a minute",
		duration(answer), phrase.Thousands(int(h.Limits.Core)), phrase.Thousands(int(h.Limits.Standard)))
	if h.Others > 0 {
		with += fmt.Sprintf("; its own users make %s of the core requests", phrase.Thousands(h.Others))
	}
	return []string{text, with}
}
