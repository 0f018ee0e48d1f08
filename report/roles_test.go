package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// lacking is a plan with rows that want roles which the app lacks.
func lacking(rows map[string]int, others int) report.Input {
	in := pending()
	reject := func(d user.Defect) {
		row := 2 + len(in.Plan.Rejects)
		in.Plan.Rejects = append(in.Plan.Rejects, user.Reject{Source: staff(row), UID: fmt.Sprintf("u-%d", row), Defects: []user.Defect{d}})
	}
	for role, n := range rows {
		for range n {
			reject(user.Defect{Column: "role", Code: user.RoleUnknown, Value: role,
				Message: "the app has no such role; create it in the dashboard, or use --create-roles"})
		}
	}
	for range others {
		reject(user.Defect{Column: "uid", Code: user.UIDMissing, Message: "the row has no uid; fill it in"})
	}
	return in
}

// roomy makes a roster larger, so that many of its rows may turn out to be rejects.
func roomy(in report.Input) report.Input {
	in.Intake.Rows += 10 * sectionRows
	in.Intake.Users += 10 * sectionRows
	in.Intake.Files[0].Rows += 10 * sectionRows
	return in
}

// Six hundred rows that want one role are one thing to do.
func TestMissingRolesAreToldByRole(t *testing.T) {
	const one = "the app has no such role"
	many := map[string]int{"driver": 627, "boss": 3, "cook": 2, "a": 1, "b": 1, "c": 1, "d": 1}
	for name, c := range map[string]struct {
		in         report.Input
		want, next string
		rows       int // that the terminal names one by one
	}{
		"several": {lacking(map[string]int{"driver": 627, "boss": 2, "cook": 1}, 0),
			`630 × role: a role that the app lacks, such as "driver" (627 rows), "boss" (2 rows) and "cook"; all at once: create the role in ` +
				"the dashboard, give --create-roles, or say under values.role what it stands for",
			"create the 3 missing roles in the dashboard, give --create-roles, or say under values.role what they stand for", 0},
		"one": {lacking(map[string]int{"driver": 2}, 0),
			`2 × role: a role that the app lacks, which is "driver"; all at once: create the role in the dashboard`,
			"create the missing role in the dashboard, give --create-roles, or say under values.role what it stands for", 0},
		"many": {lacking(many, 0),
			`636 × role: a role that the app lacks, such as "driver" (627 rows), "boss" (3 rows), "cook" (2 rows), "`,
			"create the 7 missing roles in the dashboard, give --create-roles, or say under values.role what they stand for", 0},
		"among others": {lacking(map[string]int{"driver": 3}, 4),
			`3 × role: a role that the app lacks, which is "driver"; all at once: create the role in the dashboard`,
			"correct the rows at their source, or correct a copy of report.xlsx (its sheet Mend) or of rejects.csv and give the copy " +
				"as one more source, with --also", 4},
		"a single row": {lacking(map[string]int{"driver": 1}, 0), `"driver": ` + one,
			"create the missing role in the dashboard, give --create-roles, or say under values.role what it stands for", 1},
		"no role": {lacking(nil, 3), "the row has no uid; fill it in",
			"correct the rows at their source, or correct a copy of report.xlsx (its sheet Mend) or of rejects.csv and give the copy " +
				"as one more source, with --also", 3},
	} {
		r := mustNew(t, c.in)
		if got := steps(r, report.PlanName); !strings.Contains(got, c.next) ||
			strings.Contains(c.next, "missing role") == strings.Contains(got, "correct") {
			t.Errorf("%s: %q, want %q", name, got, c.next)
		}
		for format, words := range said(t, c.in) {
			want := c.want
			if r.Grouped() == 0 {
				want = strings.TrimPrefix(want, `"driver": `)
			}
			if rows, cause, counted := strings.Cut(want, " × "); counted && format == "report.html" { // which has the rows below it
				cause, _, _ = strings.Cut(cause, ",")
				want = cause + ` <span class="n">` + rows + "</span>"
			} else if name == "no role" && format == "report.html" { // which says what is wrong, and what to do, once
				want = "What to do: fill it in."
			}
			if !strings.Contains(words, want) {
				t.Errorf("%s: %s does not say %q", name, format, want)
			}
			if n := strings.Count(words, one); format != "report.xlsx" && format != "report.html" && n > 0 != (name == "a single row") {
				t.Errorf("%s: %s says it %d times", name, format, n)
			}
		}
		if n := strings.Count(everyFormat(t, c.in)["terminal"], "\n    data/staff.csv:"); n != c.rows {
			t.Errorf("%s: the terminal names %d rows, want %d", name, n, c.rows)
		}
	}
	// A row with another fault is one to correct, whatever its role.
	in := lacking(map[string]int{"driver": 2}, 0)
	faults := &in.Plan.Rejects[1].Defects
	*faults = append(*faults, user.Defect{Column: "uid", Code: user.UIDMissing, Message: "the row has no uid; fill it in"})
	if r := mustNew(t, in); r.Grouped() != 0 || r.Missing() != 1 || !strings.HasPrefix(steps(r, report.PlanName),
		"look through report.html or report.xlsx | correct the rows") {
		t.Errorf("%d, %s", r.Grouped(), steps(r, report.PlanName))
	}
	// The page has each below its cause, as many as it has room for.
	page := unbroken(htmlOf(t, roomy(lacking(map[string]int{"driver": 7}, sectionRows/2+3))))
	for _, want := range []string{"staff.csv:9</bdi><code>u-9</code>", "<code>u-8</code>", "<summary>7 rows</summary>",
		"<summary>The first 1,000 of 1,003 rows</summary>", `<p class="more">3 more of these are in rejects.csv.</p>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %q", want)
		}
	}
	// Programs, and whoever corrects the rows, have every one of them.
	in = lacking(map[string]int{"driver": 627}, 1)
	var doc struct{ Rejects []struct{ Code string } }
	out := everyFormat(t, in)
	if err := json.Unmarshal([]byte(out["report.json"]), &doc); err != nil || len(doc.Rejects) != 628 {
		t.Errorf("%d rejects, %v", len(doc.Rejects), err)
	}
	if n := len(records(t, out["rejects.csv"])); n != 629 {
		t.Errorf("rejects.csv has %d rows", n)
	}
}

// Who would get a role that nobody looked at should be able to see that.
func TestNewRolesAreNamed(t *testing.T) {
	for name, in := range map[string]report.Input{"a plan": pending(), "a run": clean()} {
		in.Plan.NewRoles = []string{"boss", "driver"}
		for format, words := range said(t, in) {
			if !strings.Contains(words, "boss, driver") {
				t.Errorf("%s: %s does not name them", name, format)
			}
		}
		page := htmlOf(t, in)
		if want := map[string]string{"a plan": "<p>Roles to be created first",
			"a run": "<p>Roles created first"}[name]; !strings.Contains(page, want) {
			t.Errorf("%s: the page does not say %q", name, want)
		}
	}
	in := pending()
	in.Plan.NewRoles = nil
	for format, words := range said(t, in) {
		if strings.Contains(words, "new roles") {
			t.Errorf("%s speaks of new roles", format)
		}
	}
}

// Whoever validates a roster that no sync would take is told why.
func TestRefusalWithoutAPlanSaysWhy(t *testing.T) {
	in := validated()
	in.Run.Result, in.Run.ExitCode = report.Refused, 4
	in.Intake.Rejects, in.Intake.Users, in.Intake.Rejected = user.Rejects{}, in.Intake.Users+in.Intake.Rejected, 0
	in.Problem = "roster.csv: the roster holds no usable user; export it again"
	const want = "Refused: roster.csv: the roster holds no usable user; export it again."
	if got := mustNew(t, in).Verdict(); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := steps(mustNew(t, in), ""), "resolve what it was refused for | run again"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	for format, words := range said(t, in) {
		if !strings.Contains(words, want) || strings.Contains(words, "guard") || strings.Contains(words, "nothing was written") {
			t.Errorf("%s does not say it, or more:\n%s", format, words)
		}
	}
	if out := everyFormat(t, in); !strings.Contains(out["head"], `"verdict": "`+want+`"`) {
		t.Error("report.json does not say it")
	}
}

// Where nothing was done, nothing is said to have taken time.
func TestNothingAppliedTakesNoTime(t *testing.T) {
	in := clean()
	for i := range in.Results {
		in.Results[i] = plan.Result{Outcome: plan.Failed, Kind: plan.Throttled, Message: "429"}
	}
	in.Run.Result = report.Partial
	if got := mustNew(t, in).Applied(); got != "" {
		t.Error(got)
	}
	in.Results[3].Did = plan.VerbsOf(plan.Create)
	if got := mustNew(t, in).Applied(); got == "" {
		t.Error("a user was created, and it took no time")
	}
}
