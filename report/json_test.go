package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/wire"
)

// decided is the application of a plan on which somebody decided.
func decided() report.Input {
	in := partial()
	in.Run.Command = "apply"
	in.Plan.Run = "20260801T120000Z-0a0b"
	in.Plan.Config = plan.Config{{Name: "missing", Values: []string{"deactivate"}}}
	d := &plan.Decisions{
		File: "review/decisions.csv", SHA256: strings.Repeat("ab", 32), Of: make([]plan.Decision, len(in.Plan.Operations)),
		Undecided: plan.Hold, Rejected: map[int]bool{},
		Rejects: []user.Reject{
			{Source: user.Source{File: "review/decisions.csv", Row: 5}, UID: "up-5",
				Defects: []user.Defect{{Column: "decision", Code: user.RoleInvalid, Value: "maybe",
					Message: "write apply, hold or never"}}},
			{Source: user.Source{File: "review/decisions.csv", Row: 9}, UID: "up-4",
				Defects: []user.Defect{{Column: "After", Code: user.RoleInvalid, Value: secret, Private: true, Message: secret +
					" was edited"}}},
		},
	}
	for i := range in.Plan.Operations {
		switch in.Plan.Operations[i].UID {
		case "gone-1":
			d.Of[i] = plan.Never
		case "left-3":
			d.Of[i] = plan.Hold
		case "up-5":
			d.Rejected[i] = true
		case "up-3":
		default:
			d.Of[i] = plan.Apply
		}
		if r, kept := d.Result(i); kept {
			in.Results[i] = r
		}
	}
	in.Decisions = d
	return in
}

// TestDecisionsAreReported counts every operation once, and shows no private cell.
func TestDecisionsAreReported(t *testing.T) {
	in := decided()
	text := rendered(t, wire.Write, mustNew(t, in))
	if strings.Contains(text, secret) {
		t.Error("report.json has the private value of a rejected decision")
	}
	if !strings.Contains(in.Decisions.Rejects[1].Defects[0].Message, secret) {
		t.Error("the decisions themselves were changed")
	}
	var got struct {
		Run struct {
			Plan struct{ Run, CreatedAt, ConfigSHA256 string }
		}
		Decisions struct {
			File, SHA256                            string
			Apply, Hold, Never, Undecided, Rejected int
			Rejects                                 []struct {
				UID, Value string
				Row        int
			}
		}
		Operations []struct{ UID, ID, Decision, Outcome string }
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	if p := got.Run.Plan; p.Run != in.Plan.Run || p.CreatedAt != "2026-08-02T03:15:01Z" || p.ConfigSHA256 != in.Plan.Config.SHA256() {
		t.Errorf("the plan is %+v", p)
	}
	d := got.Decisions
	if d.File != in.Decisions.File || d.SHA256 != in.Decisions.SHA256 || d.Apply != 9 || d.Hold != 1 || d.Never != 1 || d.Undecided != 1 ||
		d.Rejected != 1 ||
		len(d.Rejects) != 2 || d.Rejects[0].UID != "up-5" || d.Rejects[0].Row != 5 || d.Rejects[1].Value != report.Mask {
		t.Errorf("the decisions are %+v", d)
	}
	want := map[string]string{"gone-1": "never", "left-3": "hold", "up-5": "rejected", "up-3": "undecided"}
	for i, o := range got.Operations {
		decision := want[o.UID]
		if decision == "" {
			decision = "apply"
		}
		if o.Decision != decision || o.ID != in.Plan.ID(&in.Plan.Operations[i]) {
			t.Errorf("%s has the decision %q and the id %s", o.UID, o.Decision, o.ID)
		}
	}
	for _, not := range []string{`"decision"`, `"decisions"`, `"plan"`} {
		if strings.Contains(rendered(t, wire.Write, mustNew(t, partial())), not) {
			t.Errorf("without any, report.json has %s", not)
		}
	}
}
