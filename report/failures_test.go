package report_test

import (
	"encoding/json"
	entities "html"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/html"
	"cometsync/report/lists"
)

// said are the formats that people read, by name, with their white space as
// single spaces and without markup.
func said(t *testing.T, in report.Input) map[string]string {
	t.Helper()
	out := everyFormat(t, in)
	words := map[string]string{}
	for _, name := range []string{"terminal", "summary.md", "report.html", "report.xlsx"} {
		s := text(t, name, out[name])
		switch name {
		case "report.html":
			_, s, _ = strings.Cut(s, "</style>")
			s = entities.UnescapeString(unbroken(s))
		case "summary.md":
			s = strings.NewReplacer(`\_`, "_", `\*`, "*").Replace(s)
		case "report.xlsx": // a text may go on in the next row
			s = strings.NewReplacer("[", " ", "]", " ").Replace(s)
		}
		words[name] = strings.Join(strings.Fields(s), " ")
	}
	return words
}

func TestEveryFailureHasOneCause(t *testing.T) {
	seen := map[report.Cause]plan.FailureKind{}
	for kind := plan.NoFailure; kind <= plan.InDoubt; kind++ {
		c, ok := report.CauseOf(&plan.Result{Outcome: plan.Failed, Kind: kind})
		other, twice := seen[c]
		if !ok || twice {
			t.Errorf("a failure of kind %q has cause %d, %t, which %q has", kind, c, ok, other)
		}
		seen[c] = kind
	}
	for outcome, want := range map[plan.Outcome]report.Cause{plan.Unknown: report.CauseDoubt, plan.Drifted: report.CauseDrift} {
		for kind := plan.NoFailure; kind <= plan.InDoubt; kind++ {
			if c, ok := report.CauseOf(&plan.Result{Outcome: outcome, Kind: kind}); !ok || c != want {
				t.Errorf("%s of kind %q has cause %d, %t", outcome, kind, c, ok)
			}
		}
	}
	for _, o := range []plan.Outcome{plan.Applied, plan.Skipped, plan.Withheld} {
		if c, ok := report.CauseOf(&plan.Result{Outcome: o, Kind: plan.BadInput}); ok {
			t.Errorf("%s has cause %d", o, c)
		}
	}
	for c := range seen {
		if c.Words() == "" || c.Todo() == "" {
			t.Errorf("cause %d has no words", c)
		}
	}
}

// Failures are shown together with those that mean the same, and with what to
// do about them.
func TestFailuresAreGroupedByKind(t *testing.T) {
	in := clean()
	for i, kind := range []plan.FailureKind{plan.ServerFailure, plan.BadInput, plan.Forbidden, plan.BadInput, plan.Throttled,
		plan.Conflicting, plan.NoFailure} {
		in.Results[i] = plan.Result{Outcome: plan.Failed, Kind: kind, Code: "E", Message: "no"}
	}
	in.Results[7] = plan.Result{Outcome: plan.Unknown, Message: "no answer"}
	in.Results[8] = plan.Result{Outcome: plan.Drifted, Message: "moved"}
	in.Results[9] = plan.Result{Outcome: plan.Failed, Kind: plan.Conflicting, Code: plan.CodeInterrupted, Message: "halfway"}
	in.Run.Result = report.Partial
	r := mustNew(t, in)
	var got []string
	sum := 0
	for _, f := range r.Failures {
		got = append(got, f.String())
		sum += len(f.Operations)
	}
	want := []string{
		"2 changes: the service does not take a value",
		"1 change: the user is not as the plan supposed: there already, gone or changed",
		"1 change: the key or the app's subscription does not allow it",
		"1 change: the service had too many requests at once, and did not process it",
		"1 change: the service failed, could not be reached, or did not do what it confirmed",
		"1 change: the run was stopped between two requests of the change",
		"1 change: it was sent, and nobody could find out what came of it",
		"1 change: somebody changed the user after the plan was made",
		"1 change: it did not go through",
	}
	if diff := cmp.Diff(want, got); diff != "" || sum != 10 {
		t.Errorf("%d operations in %s", sum, diff)
	}
	for name, words := range said(t, in) {
		for _, f := range r.Failures {
			if !strings.Contains(words, f.String()) {
				t.Errorf("%s does not say %q", name, f.String())
			}
			if name != "report.xlsx" && !strings.Contains(words, f.Todo()) {
				t.Errorf("%s does not say %q", name, f.Todo())
			}
		}
	}
}

// Whatever is known of a failure is in the files that programs read, without
// the private values that the service repeats.
func TestFailuresForPrograms(t *testing.T) {
	type result struct {
		Code, Message, Kind string
		Status              int
		Details             map[string][]string
	}
	var doc struct {
		Operations []struct {
			UID     string
			Outcome string
			Error   *result
			Did     []string
			Instead []struct {
				Field         string
				Before, After any
			}
		}
	}
	in := partial()
	for i, o := range in.Plan.Operations {
		if o.UID == "back-1" {
			in.Results[i] = plan.Result{Outcome: plan.Failed, Kind: plan.BadInput, Code: "E", Message: "reactivated, but not updated",
				Did: plan.VerbsOf(plan.Reactivate)}
		}
	}
	out := everyFormat(t, in)
	if err := json.Unmarshal([]byte(out["report.json"]), &doc); err != nil {
		t.Fatal(err)
	}
	for _, o := range doc.Operations {
		var want *result
		switch o.UID {
		case "up-4":
			want = &result{"ERR_BAD_REQUEST", "PUT /users/up-4: 400: salary ••• is refused", "input", 400,
				map[string][]string{"metadata": {"salary ••• is refused"}, "statusMessage": {"too long", "<b>"}}}
		case "new-2":
			want = &result{Code: "timeout", Message: "no answer after 6 attempts in 48s; run again to finish the rest", Kind: "unknown"}
		case "new-1":
			if o.Outcome != "applied" || o.Error == nil || o.Error.Code != plan.CodeNoToken {
				t.Errorf("an applied operation, %s, has error %+v", o.Outcome, o.Error)
			}
			continue
		case "new-3":
			if len(o.Instead) != 2 || o.Instead[0].Before != "Somebody" || o.Instead[1].Before != report.Mask {
				t.Errorf("instead: %+v", o.Instead)
			}
			continue
		case "back-1":
			if cmp.Diff([]string{"reactivate"}, o.Did) != "" {
				t.Errorf("did %v", o.Did)
			}
			continue
		default:
			continue
		}
		if diff := cmp.Diff(want, o.Error); diff != "" || o.Did != nil {
			t.Errorf("%s: %s", o.UID, diff)
		}
	}
	if !strings.Contains(out["report.json"],
		`"error":{"code":"withheld","message":"1 row has no readable uid (the first is data/staff.csv:20) and may stand for any absent user; correct the rows and run again"}}`) {
		t.Error("what is not known of a failure is not left out")
	}
	for _, row := range records(t, out["operations.csv"])[1:] {
		want := map[string][2]string{"up-4": {"input", "400"}, "new-2": {"unknown", ""}, "new-1": {"server", "500"},
			"back-1": {"input", ""}}[row[1]]
		if [2]string(row[13:15]) != want {
			t.Errorf("operations.csv: %s has %q, want %q", row[1], row[13:15], want)
		}
	}
	for _, row := range sheetsOf(t, out["report.xlsx"])["Operations"][1:] {
		if row[1] == "up-4" && cmp.Diff([]string{"input", "400", "ERR_BAD_REQUEST"}, row[12:15]) != "" {
			t.Errorf("report.xlsx: %q", row[12:15])
		}
	}
}

// What was carried out and came back with a code is neither a failure nor lost.
func TestRemarksOnWhatWasDone(t *testing.T) {
	in := clean()
	remark := func(i int, code, message string) {
		in.Results[i] = plan.Result{Outcome: plan.Applied, Attempts: 2, Code: code, Message: message}
	}
	remark(2, plan.CodeNoToken, "the service does not answer; run again with --tokens")
	in.Run.Result = report.Partial
	if got, want := mustNew(t, in).Verdict(), "but 1 auth token could not be had."; !strings.HasSuffix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	for name, words := range said(t, in) {
		if want := "1 auth token could not be had: new-1; the service does not answer; run again with --tokens"; !strings.Contains(words,
			want) {
			t.Errorf("%s does not say %q", name, want)
		}
	}
	remark(3, plan.CodeNoToken, "no")
	remark(4, "odd", "")
	r := mustNew(t, in)
	want := []user.Notice{
		{Code: plan.CodeNoToken, Count: 2,
			Message: "2 auth tokens could not be had: new-1, new-2; of the first: the service does not answer; run again with --tokens"},
		{Code: "odd", Message: "1 change came back with odd: new-3", Count: 1},
	}
	if diff := cmp.Diff(want, r.Remarks()); diff != "" {
		t.Error(diff)
	}
	if got := r.Verdict(); !strings.HasSuffix(got, "but 2 auth tokens could not be had.") {
		t.Error(got)
	}
	if len(r.Failures) > 0 || r.Total.Applied != r.Total.Planned {
		t.Errorf("failures %v, %d applied", r.Failures, r.Total.Applied)
	}
}

// Times that only an import can set are shown as times to people, and left as
// the API has them to programs.
func TestTimesAreShownAsTimes(t *testing.T) {
	out := everyFormat(t, clean())
	const shown = "2023-01-11 07:16:59 UTC"
	for _, name := range []string{"report.html", "report.xlsx"} {
		if content := text(t, name, out[name]); !strings.Contains(content, shown) || strings.Contains(content, "1673421419") {
			t.Errorf("%s does not show the time", name)
		}
	}
	for _, name := range []string{"report.json", "operations.csv", "plan.json"} {
		if !strings.Contains(out[name], "1673421419") || strings.Contains(out[name], shown) {
			t.Errorf("%s does not have the value as it is sent", name)
		}
	}
	for _, c := range []struct{ field, value, want string }{
		{"createdAt", "1673421419", str(shown)},
		{"lastActiveAt", "253402300799", str("9999-12-31 23:59:59 UTC")},
		{"lastActiveAt", "253402300800", "253402300800"},
		{"createdAt", "", ""}, {"createdAt", "0", "0"}, {"createdAt", "-5", "-5"}, {"createdAt", `"x"`, `"x"`}, {"createdAt", "1.5", "1.5"},
		{"metadata.createdAt", "1673421419", "1673421419"}, {"name", "1673421419", "1673421419"},
	} {
		if got := report.ShownAs(c.field, c.value); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.field, c.value, got, c.want)
		}
	}
}

// A user whom a create found there already is told of where it counts.
func TestFoundInsteadOfCreated(t *testing.T) {
	in := partial()
	for _, write := range []func(*report.Report) string{
		func(r *report.Report) string { return rendered(t, html.Write, r) },
		func(r *report.Report) string { return rendered(t, lists.WriteOperations, r) },
		func(r *report.Report) string {
			return render(t, func(w io.Writer) error { return r.WriteOperations(w, report.Terminal{Width: 400}) })
		},
	} {
		if got := write(mustNew(t, in)); !strings.Contains(got, "the user was there already, and was changed instead: name and metadata") {
			t.Errorf("it is not told:\n%s", got)
		}
	}
}

// Why something was not sent is told in every format, once for each reason.
func TestReasonsForNotSending(t *testing.T) {
	in := clean()
	in.Run.Result = report.Partial
	for i := range in.Results {
		switch {
		case i < 4:
			in.Results[i] = plan.Result{Outcome: plan.Skipped, Code: "out-of-time",
				Message: "not sent: --max-duration was over; run again to go on"}
		case i < 6:
			in.Results[i] = plan.Result{Outcome: plan.Skipped, Code: "did-not-stick-before", Message: "not sent: " +
				in.Plan.Operations[i].UID + " did not keep it before"}
		case i < 7:
			in.Results[i] = plan.Result{Outcome: plan.Skipped}
		}
	}
	want := []string{"2 changes, the first of them: new-3 did not keep it before", "4 changes: --max-duration was over; run again to go on"}
	got := mustNew(t, in).NotSent()
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, words := range said(t, in) {
		for _, what := range want {
			if !strings.Contains(words, what) {
				t.Errorf("%s does not say %q", name, what)
			}
		}
	}
	if got := mustNew(t, refused()).NotSent(); len(got) > 0 {
		t.Errorf("of a refusal: %q", got)
	}
}

func TestTerminalSaysWhichRunItWas(t *testing.T) {
	show := func(run bool) string {
		return render(t, func(w io.Writer) error {
			return mustNew(t, failed()).WriteTerminal(w, report.Terminal{Width: 100, Run: run})
		})
	}
	const want = "\n  run          20260802T031500Z-7f3a: sync, failed (exit status 1)\n  started      2026-08-02 03:15 UTC\n"
	if !strings.Contains(show(true), want) || strings.Contains(show(false), "  run ") {
		t.Errorf("it shows\n%s\nand else\n%s", show(true), show(false))
	}
}
