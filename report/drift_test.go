package report_test

import (
	"io"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
)

func TestDriftIsToldWithItsFields(t *testing.T) {
	in := partial()
	in.Drifts = map[int]*plan.Drift{}
	for i, o := range in.Plan.Operations {
		switch o.UID {
		case "up-5":
			in.Drifts[i] = &plan.Drift{Message: "changed", Fields: []plan.ConflictField{
				{Field: "avatar", Before: str("https://example.com/zoe.png"), Now: str("https://example.com/<2>.png")},
				{Field: "metadata.@private.salary", Before: str(secret), After: str(secret), Now: str(secret), Private: true},
			}}
		case "up-4": // which failed: its fields are of no interest
			in.Drifts[i] = &plan.Drift{Fields: []plan.ConflictField{{Field: "link", Now: str("not-to-be-told")}}}
		}
	}
	for _, show := range []bool{false, true} {
		in.ShowPrivate = show
		salary := report.Mask
		if show {
			salary = secret
		}
		r := mustNew(t, in)
		terminal := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Width: 1000}) })
		summary := render(t, r.WriteSummary)
		for _, c := range []struct{ in, want string }{
			{terminal, "the avatar has changed since the plan\n      avatar: https://example.com/zoe.png when it was planned, none by " +
				"the plan, now https://example.com/<2>.png\n      metadata.@private.salary: " + report.Mask + " when it was planned, "},
			{summary, "\n  - avatar: `https://example.com/zoe.png` when it was planned, none by the plan, now " +
				"`https://example.com/<2>.png`\n  " +
				"- `metadata.@private.salary`: `" + salary + "` when it was planned, `" + salary + "` by the plan, now `" + salary + "`\n"},
		} {
			if !strings.Contains(c.in, c.want) {
				t.Errorf("it does not say\n%s\nbut\n%s", c.want, c.in)
			}
			if strings.Contains(c.in, "not-to-be-told") || !show && strings.Contains(c.in, secret) {
				t.Errorf("it tells too much:\n%s", c.in)
			}
		}
	}
}
