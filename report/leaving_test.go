package report_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/report"
	"cometsync/report/html"
	"cometsync/report/wire"
	"cometsync/report/xlsx"
)

// Who is leaving is in every form of the report, those who go first on top where
// people read it.
func TestLeaving(t *testing.T) {
	r := mustNew(t, leaving())
	var whole struct {
		Summary struct{ Kept, Leaving, Strangers int }
		Leaving []map[string]any
	}
	if err := json.Unmarshal([]byte(rendered(t, wire.Write, r)), &whole); err != nil {
		t.Fatal(err)
	}
	if s := whole.Summary; s.Leaving != 3 || s.Strangers != 2 || s.Kept != leaving().Plan.Kept {
		t.Errorf("%+v", s)
	}
	want := []map[string]any{
		{"uid": "l-1", "name": "<b>Lea</b>", "since": "2026-08-02T03:15:00Z", "runs": 1.0, "of": 3.0, "from": "2026-08-03T19:15:00Z"},
		{"uid": "l-2", "name": "=Lou", "since": "2026-08-01T03:15:00Z", "runs": 2.0, "of": 3.0, "from": "2026-08-02T23:15:00Z"},
		{"uid": "l-3", "name": "", "since": nil, "runs": 0.0, "of": 3.0, "from": "2026-08-04T15:15:00Z"},
	}
	if !reflect.DeepEqual(whole.Leaving, want) {
		t.Errorf("%v", whole.Leaving)
	}
	f := open(t, rendered(t, xlsx.Write, r))
	rows, err := f.GetRows("Leaving")
	if err != nil || len(rows) != 4 || rows[1][0] != "l-2" || rows[2][1] != "<b>Lea</b>" || rows[2][2] != "2026-08-02 03:15 UTC" ||
		rows[3][5] != "goes once 3 more runs lacked them, not before 2026-08-04 15:15 UTC" {
		t.Errorf("%v, %q", err, rows)
	}
	page := rendered(t, html.Write, r)
	for _, text := range []string{`<a href="#leaving">Leaving: 3</a>`, "&lt;b&gt;Lea&lt;/b&gt;",
		"goes with the next run that lacks them, not before <time datetime=\"2026-08-02T23:15:00Z\">2026-08-02 23:15 UTC</time>",
		"3 users who are leaving"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %s", text)
		}
	}
	if strings.Contains(page, "<b>Lea") {
		t.Error("a name is markup")
	}
}

// What is only planned counts for nobody yet.
func TestLeavingOfAPlan(t *testing.T) {
	in := leaving()
	in.Run.Command, in.Run.Result = "plan", report.Pending
	in.Results, in.Verify = in.Plan.Unsent(), report.Verify{}
	r := mustNew(t, in)
	for _, text := range []string{render(t, r.WriteSummary), rendered(t, html.Write, r)} {
		if !strings.Contains(text, "Leaving, once this is carried out: 3 users whom the roster lacks") {
			t.Errorf("it counts:\n%s", text)
		}
	}
}

// The books tell who is kept apart, and balance for the plan alone if each is in
// one place.
func TestBooksOfWhoIsLeaving(t *testing.T) {
	for name, spoil := range map[string]func(p *plan.Plan){
		"more than are kept":    func(p *plan.Plan) { p.Strangers = p.Kept },
		"in another order":      func(p *plan.Plan) { p.Leaving[0], p.Leaving[1] = p.Leaving[1], p.Leaving[0] },
		"with an operation too": func(p *plan.Plan) { p.Leaving[0].UID = p.Operations[0].UID },
	} {
		in := leaving()
		spoil(in.Plan)
		if _, err := report.New(in); err == nil {
			t.Errorf("%s: the report was made", name)
		}
	}
}
