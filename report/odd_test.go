package report_test

import (
	"slices"
	"time"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// odd is a run that tells what few do.
func odd() report.Input {
	in := decided()
	in.Run.StartedAt = in.Run.StartedAt.Add(123456 * time.Nanosecond)
	in.API.Seconds, in.API.Applying = 1.0/3, 123456789*time.Nanosecond
	in.Tokens = report.Tokens{Written: 3, File: "tokens.csv"}
	in.Recovered, in.Writer = "run 20260803T031500Z-11aa wrote this report", "1.0.0"
	in.Run.Version = "0.9.0"
	in.Decisions.Undecided = plan.Apply
	in.Decisions.Notices = []user.Notice{{Code: "columns-added", Message: "a column was added", Count: 2}}
	in.Drifts = map[int]*plan.Drift{}
	for i := range in.Plan.Operations {
		switch in.Plan.Operations[i].UID {
		case "up-2":
			in.Results[i] = plan.Result{Outcome: plan.Drifted, Code: "drifted", Message: "changed"}
			in.Drifts[i] = &plan.Drift{Message: "changed", Fields: []plan.ConflictField{
				{Field: "avatar", Before: str("a"), Now: str("b")}, {Field: "metadata.@private.salary", Before: str(secret), After: "null",
					Private: true},
			}}
		case "new-3":
			in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 2, Status: 200, Revoked: true, Did: plan.VerbsOf(plan.Update),
				Instead: []plan.Change{
					{Field: user.Metadata, Before: `{"@private":{"salary":"` + secret +
						`"},"a":{"b":1,"c.d":null},"a-b":[1],"e":{"f":1},"n":null}`, After: `{"a":{"b":2},"e":7,"o":{}}`},
					{Field: user.Tags, Before: `["x"]`}, {Field: user.Metadata, Before: `"none"`, After: `{"x":1}`},
				}}
		case "back-1":
			in.Results[i] = plan.Result{Outcome: plan.Failed, Did: plan.VerbsOf(plan.Reactivate, plan.Update),
				Details: map[string][]string{"b": {"x", "y"}, "a": nil}}
		}
	}
	for i := range in.Intake.Rejects.Slice() {
		x := &in.Intake.Rejects.Slice()[i]
		x.Cells = append(slices.Clone(x.Cells), "\xff\xfe torn\xff", "a\r\nb\r", "'")
		x.Defects = append(slices.Clone(x.Defects), user.Defect{Column: "\xffcolumn", Code: user.EncodingBroken, Value: "\xff\xfe torn\xff",
			Message: "holds \xff\xfe torn\xff"})
		x.Claims = []user.Claim{{Because: user.SameKey, Key: "mail", Value: secret}, {Because: user.SameKey, Key: "badge", Value: "7"},
			{Because: user.SameSlug, Value: "x"}}
	}
	in.Plan.Held[0].Because = user.SameKey
	last := partial()
	last.Results[0] = plan.Result{Outcome: plan.Failed}
	in.Last = report.LastOf(last)
	return in
}
