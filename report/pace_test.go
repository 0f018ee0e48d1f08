package report_test

import (
	"strings"
	"testing"
	"time"

	"cometsync/internal/plan"
	"cometsync/report"
)

func TestSpan(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.1 s", 1234 * time.Millisecond: "1.2 s", 12400 * time.Millisecond: "12 s", 59500 * time.Millisecond: "1 min",
		130 * time.Second: "2 min 10 s", time.Hour - time.Millisecond: "1 h", 65 * time.Minute: "1 h 5 min",
		26 * time.Hour: "1 d 2 h", 48 * time.Hour: "2 d",
	} {
		if got := report.Span(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

// A plan says what carrying it out would take, a run what it took.
func TestExpectationAndTime(t *testing.T) {
	for name, c := range map[string]struct {
		in     report.Input
		expect plan.Expected
		took   time.Duration
		want   string // what people read
		not    string
	}{
		"a plan": {pending(), plan.Expected{Requests: 1234, Duration: 130 * time.Second}, 0,
			"1,234 requests, about 2 min 10 s at the rate that this run may use, and what reading the app before and after takes",
			"s expected)"},
		"a short plan": {pending(), plan.Expected{Requests: 1, Duration: 4 * time.Second}, 0,
			"1 request, a few seconds at the rate that this run may use", "about 4"},
		"a refusal": {refused(), plan.Expected{Requests: 7, Duration: time.Minute}, 0,
			"7 requests, about 1 min at the rate that this run may use", ""},
		"an undo": {undoing(), plan.Expected{Requests: 7, Duration: time.Minute}, 0,
			"7 requests, about 1 min at the rate that this run may use", ""},
		"a run": {clean(), plan.Expected{Requests: 1234, Duration: 130 * time.Second}, 123 * time.Second,
			"in 2 min 3 s (2 min 10 s expected)", "at the rate"},
		"a short run": {clean(), plan.Expected{Requests: 3, Duration: time.Second}, 1200 * time.Millisecond,
			"in 1.2 s (a few seconds expected)", "at the rate"},
		"not reckoned":  {clean(), plan.Expected{}, 12 * time.Second, "in 12 s", "expected)"},
		"not begun":     {failed(), plan.Expected{Requests: 5, Duration: time.Minute}, 0, "", "applied"},
		"a plan of old": {pending(), plan.Expected{}, 0, "", "at the rate"},
	} {
		c.in.API.Expected, c.in.API.Applying = c.expect, c.took
		for format, words := range said(t, c.in) {
			if !strings.Contains(words, c.want) || c.not != "" && strings.Contains(words, c.not) {
				t.Errorf("%s: %s does not say %q, or says %q", name, format, c.want, c.not)
			}
		}
		if got := everyFormat(t, c.in)["head"]; c.expect == (plan.Expected{Requests: 1234, Duration: 130 * time.Second}) &&
			!strings.Contains(got, "\"expected\": {\n      \"requests\": 1234,\n      \"seconds\": 130\n    },\n    \"applySeconds\": "+
				map[bool]string{true: "0", false: "123"}[c.took == 0]+"\n") {
			t.Errorf("%s: the head does not have it:\n%s", name, got)
		}
	}
}
