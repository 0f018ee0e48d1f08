package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/plan"
	"cometsync/report"
)

// Whoever decides on a user in conflict sees, wherever conflicts are listed
// in a file, each value before the run, after it and now.
func TestConflictsShowTheirValues(t *testing.T) {
	in := undone()
	out := everyFormat(t, in)
	type field struct {
		Field              string
		Before, After, Now any
	}
	var doc struct{ Conflicts []struct{ Fields []field } }
	if err := json.Unmarshal([]byte(out["report.json"]), &doc); err != nil {
		t.Fatal(err)
	}
	want := [][]field{
		{{"role", "student", "staff", "chef"}},
		{},
		{{"name", nil, "@here `Bob` |x|", "Bob <b>"}, {"metadata.@private.salary", report.Mask, report.Mask, nil}},
	}
	for i, c := range doc.Conflicts {
		if diff := cmp.Diff(want[i], c.Fields); diff != "" {
			t.Error(diff)
		}
	}
	for name, want := range map[string]string{
		"summary.md": "\n  - role: student before the run, staff after it, now chef\n",
		"report.html": `<td data-label="Before the run"><bdi>student</bdi></td><td data-label="After the run"><del><bdi>staff</bdi></del></td>` +
			`<td data-label="Now"><ins><bdi>chef</bdi></ins></td>`,
	} {
		if !strings.Contains(out[name], want) {
			t.Errorf("%s does not have %q", name, want)
		}
	}
	rows := records(t, out["conflicts.csv"])
	if diff := cmp.Diff([]string{"fields", "before", "after", "now"}, rows[0][4:]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"name metadata.@private.salary", `{"metadata.@private.salary":"•••"}`,
		"{\"name\":\"@here `Bob` |x|\",\"metadata.@private.salary\":\"•••\"}", `{"name":"Bob <b>"}`}, rows[3][4:]); diff != "" {
		t.Error(diff)
	}
	sheet := sheetsOf(t, out["report.xlsx"])["Conflicts"]
	if diff := cmp.Diff([]string{"role", "student", "staff", "chef"}, sheet[1][3:7]); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"name, metadata.@private.salary", "name: none | metadata.@private.salary: •••",
		"name: @here `Bob` |x| | metadata.@private.salary: •••",
		"name: Bob <b> | metadata.@private.salary: none"}, sheet[3][3:7]); diff != "" {
		t.Error(diff)
	}
}

// A value of a conflict is as private as any other.
func TestPrivateValuesOfConflictsAreMasked(t *testing.T) {
	for _, show := range []bool{false, true} {
		in := undone()
		in.ShowPrivate = show
		out := everyFormat(t, in)
		for name, content := range out {
			listed := name == "report.json" || name == "conflicts.csv" || name == "report.html" || name == "report.xlsx" ||
				name == "summary.md"
			if got := strings.Contains(text(t, name, content), secret); got != (name == "plan.json" || show && listed) {
				t.Errorf("private values shown: %t; %s has them: %t", show, name, got)
			}
		}
		if got := in.Plan.Conflicts[2].Fields[1].After; got != str(secret) {
			t.Errorf("the plan's own value was changed to %s", got)
		}
	}
}

// A page shows as many as it says, and no more.
func TestConflictsAreBounded(t *testing.T) {
	in := undone()
	for i := range sectionRows {
		in.Plan.Conflicts = append(in.Plan.Conflicts, plan.Conflict{UID: fmt.Sprintf("z-%05d", i), Gone: true})
	}
	if page := htmlOf(t, in); !strings.Contains(page, `<p class="more">3 more are in conflicts.csv and in report.xlsx.</p>`) ||
		strings.Count(page, "z-") != sectionRows-3 {
		t.Errorf("%d are shown", strings.Count(page, "z-"))
	}
}
