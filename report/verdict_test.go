package report_test

import (
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/html"
	"cometsync/report/wire"
)

func TestVerifiedSaysNoMoreThanWasDone(t *testing.T) {
	const all, part = "the app was read again, and nothing remains to be done", "the app was read again, and it shows everything that " +
		"was carried out"
	for name, c := range map[string]struct {
		spoil func(*report.Input)
		want  string
	}{
		"everything is done": {func(*report.Input) {}, all},
		"withheld": {func(in *report.Input) {
			in.Plan.Operations[12].Withheld = true
			in.Results[12] = in.Plan.WithheldResult(plan.Deactivate)
		}, part},
		"failed": {func(in *report.Input) { in.Results[0].Outcome = plan.Failed }, part},
		"a row is rejected": {func(in *report.Input) {
			in.Intake.Rejects = user.ListOf(partial().Intake.Rejects.Slice()[:1])
			in.Intake.Rejected, in.Intake.Users = 1, in.Intake.Users-1
		}, part},
		"a row is rejected and holds somebody": {func(in *report.Input) {
			in.Plan.Held, in.Plan.Rejects = partial().Plan.Held, partial().Plan.Rejects
			in.Plan.Unchanged--
		}, part},
	} {
		in := clean()
		c.spoil(&in)
		if got := mustNew(t, in).Verified(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
		out := everyFormat(t, in)
		for _, name := range []string{"terminal", "summary.md", "report.html", "report.xlsx"} {
			if got := strings.Join(strings.Fields(text(t, name, out[name])), " "); !strings.Contains(got, c.want) {
				t.Errorf("%s does not say: %s", name, c.want)
			}
		}
	}
}

// steps are those of what to do now, in a line.
func steps(r *report.Report, saved string) string { return strings.Join(r.Next(saved), " | ") }

// What to do now is in order, and no step says to make changes where there are
// none.
func TestNextIsInOrder(t *testing.T) {
	rejected := func(in report.Input) report.Input {
		in.Intake.Rejects = user.ListOf(partial().Intake.Rejects.Slice()[:1])
		in.Intake.Rejected, in.Intake.Users = 1, in.Intake.Users-1
		return in
	}
	as := func(command string, result report.Result, in report.Input) report.Input {
		in.Run.Command, in.Run.Result = command, result
		if result == report.Pending {
			in.Results, in.Verify = in.Plan.Unsent(), report.Verify{}
		}
		return in
	}
	withheld := rejected(nothing())
	withheld.Plan.Operations, withheld.Plan.Withholdings = partial().Plan.Of(plan.Deactivate)[1:2], []plan.Withholding{
		{Verb: plan.Deactivate, Guard: plan.Guard{Message: "a row may stand for anybody"}},
	}
	withheld.Plan.Unchanged--
	const correct = "correct the rows at their source, or correct a copy of report.xlsx (its sheet Mend) or of rejects.csv and give " +
		"the copy as one more source, with --also"
	for name, c := range map[string]struct {
		in   report.Input
		want string
	}{
		"a plan": {pending(), "look through report.html or report.xlsx | make these changes: cometsync apply plan.json " +
			"(with --decisions FILE, if you have decided on some of them)"},
		"a plan with rejects": {rejected(pending()), "look through report.html or report.xlsx | " + correct +
			" | plan again, or make these changes as they are: cometsync apply plan.json (with --decisions FILE, if you have decided on " +
			"some of " +
			"them)"},
		"a dry run with rejects": {rejected(as("sync --dry-run", report.Pending, clean())), "look through the report | " + correct +
			" | run the same command without --dry-run to make these changes"},
		"a plan, all withheld":     {as("plan", report.Pending, withheld), correct + " | run again"},
		"a plan of rejects alone":  {rejected(as("plan", report.Converged, nothing())), correct + " | run again"},
		"a plan of nothing":        {as("plan", report.Converged, nothing()), ""},
		"a refusal":                {refused(), "look through the report | get a whole export | run again: until then, nothing is written"},
		"rows to correct":          {validated(), correct + " | run again"},
		"done in part":             {partial(), correct + " | run again to finish: what is done is not done twice"},
		"done but for rejects":     {rejected(as("sync", report.Partial, clean())), correct + " | run again"},
		"done":                     {clean(), ""},
		"interrupted":              {interrupted(), "run again to finish: what is done is not done twice"},
		"failed before the writes": {failed(), ""},
	} {
		if got := steps(mustNew(t, c.in), report.PlanName); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// More than one thing to do is a list; one thing alone has no number.
func TestStepsAreAListOfMoreThanOne(t *testing.T) {
	one, more := interrupted(), stopped()
	const first, last = "find out why it was stopped", "run again to finish: what is done is not done twice"
	narrow := render(t, func(w io.Writer) error { return mustNew(t, more).WriteTerminal(w, report.Terminal{Width: 50}) })
	if want := "\n  next         1. " + first + "\n               2. run again to finish: what is\n                  done is not done " +
		"twice\n"; !strings.HasSuffix(narrow, want) {
		t.Errorf("the terminal ends %q, want %q", narrow[max(0, len(narrow)-200):], want)
	}
	for format, c := range map[string]struct{ one, more string }{
		"terminal":    {"\n  next         " + last[:20], "\n  next         1. " + first + "\n               2. " + last[:20]},
		"summary.md":  {"**What to do now:** " + last + "\n", "**What to do now**\n\n1. " + first + "\n2. " + last + "\n"},
		"report.html": {"<p>" + last + "</p>", "<ol><li>" + first + "</li><li>" + last + "</li></ol>"},
		"report.xlsx": {"[" + last + "]", "[1. " + first + "]"},
	} {
		for want, in := range map[string]report.Input{c.one: one, c.more: more} {
			if got := everyFormat(t, in)[format]; !strings.Contains(text(t, format, got), want) {
				t.Errorf("%s does not say %q", format, want)
			}
		}
	}
}

// What somebody has just done, and what shows a source to be cut off, is not
// lost behind many other notices; programs have all of them as they came.
func TestUrgentNoticesComeFirst(t *testing.T) {
	in := clean()
	for i := range 60 {
		in.Intake.Notices = append(in.Intake.Notices, user.Notice{Code: "ignored-column", Message: fmt.Sprintf("notice %d", i)})
	}
	for _, code := range []string{"footer-count", "mended-broken", "mended-nothing"} {
		in.Intake.Notices = append(in.Intake.Notices, user.Notice{Code: notice.Code(code), Message: "about " + code})
	}
	r := mustNew(t, in)
	for format, c := range map[string]struct{ text, before string }{
		"terminal":   {render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Dir: "d"}) }), "  notice       "},
		"summary.md": {render(t, r.WriteSummary), "- notice: "},
	} {
		want := c.before + "about mended-nothing\n" + c.before + "about mended-broken\n" + c.before + "about footer-count\n" + c.before +
			"the column"
		if !strings.Contains(c.text, want) {
			t.Errorf("%s does not have them first:\n%s", format, c.text)
		}
	}
	var doc struct {
		Source struct{ Notices []user.Notice }
	}
	if err := json.Unmarshal([]byte(rendered(t, wire.WriteHead, r)), &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.Intake.Notices, doc.Source.Notices[:len(in.Intake.Notices)]); diff != "" {
		t.Errorf("report.json: %s", diff)
	}
}

// Without a directory there are no files, so that the summary names none and
// has room for more itself.
func TestTerminalNamesNoFileThatThereIsNot(t *testing.T) {
	crowd := func(n int) report.Input {
		in := partial()
		for i := range n {
			in.Intake.Rejects = user.ListOf(append(in.Intake.Rejects.Slice(), user.Reject{Source: hr(100 + i),
				Defects: []user.Defect{{Code: user.UIDMissing, Message: "the row has no uid"}}}))
			in.Intake.Notices = append(in.Intake.Notices, user.Notice{Message: fmt.Sprintf("notice %d", i)})
		}
		in.Intake.Rejected += n
		in.Intake.Users -= n
		return in
	}
	for name, c := range map[string]struct {
		in      report.Input
		dir     string
		rejects int
		more    string // but the notices'
	}{
		"a directory":           {crowd(45), "d", 5, "    and 45 more in rejects.csv"},
		"few":                   {crowd(45), "", 50, ""},
		"many":                  {crowd(52), "", 50, "    and 7 more; --report-dir DIR writes all of them"},
		"a refusal":             {refused(), "", 5, ""},
		"a plan":                {pending(), "", 0, ""},
		"nothing but a command": {validated(), "", 4, ""},
	} {
		r := mustNew(t, c.in)
		got := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Width: 1000, Dir: c.dir}) })
		if n := len(regexp.MustCompile(`(?m)^    data/\S+:\d+:`).FindAllString(got, -1)); n != c.rejects {
			t.Errorf("%s: %d rows are named, want %d", name, n, c.rejects)
		}
		if c.more != "" && !strings.Contains(got, "\n"+c.more+"\n") {
			t.Errorf("%s: the summary does not say %q:\n%s", name, c.more, got)
		}
		if c.dir == "" {
			for _, what := range []string{"rejects.csv", "operations.csv", "report.html", "the report"} {
				if strings.Contains(got, what) {
					t.Errorf("%s: the summary names %s, and there is none:\n%s", name, what, got)
				}
			}
		}
	}
	if got, want := steps(mustNew(t, refused()), ""), "get a whole export | run again: until then, nothing is written"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestVerdictSpeaksOnlyOfTheScope(t *testing.T) {
	planned := func() report.Input { in := nothing(); in.Run.Command = "plan"; return in }
	for name, input := range map[string]func() report.Input{
		"a run": clean, "a run without changes": nothing, "a plan without changes": planned,
	} {
		in := input()
		if in.Plan.OutOfScope == 0 {
			t.Fatal("nobody is out of scope")
		}
		if got := mustNew(t, in).Verdict(); !strings.Contains(got, "matches the roster within the scope") {
			t.Errorf("%s: %s", name, got)
		}
		in.Plan.Unchanged += in.Plan.OutOfScope
		in.Plan.OutOfScope = 0
		if got := mustNew(t, in).Verdict(); !strings.Contains(got, "matches the roster") || strings.Contains(got, "scope") {
			t.Errorf("%s of all users: %s", name, got)
		}
	}
}

// Whoever validates sees what each column was taken for, and so does whoever
// reads the page or the JSON of any run.
func TestReportSaysWhatColumnsWereTakenFor(t *testing.T) {
	in := validated()
	in.Intake.Columns = append(in.Intake.Columns, user.Mapping{File: "c.csv", Header: "Personnel no", Field: "uid"},
		user.Mapping{File: "d.csv", Header: "Personnel no", Field: "uid"})
	r := mustNew(t, in)
	const list = "uid, name, role, metadata.@private.salary, First <Name> → name (first), metadata, Personnel no → uid"
	if got := render(t, func(w io.Writer) error { return r.WriteTerminal(w, report.Terminal{Width: 1000}) }); !strings.Contains(got,
		"\n  columns      "+list+"\n") {
		t.Errorf("the terminal does not say %q:\n%s", list, got)
	}
	if got := render(t, r.WriteSummary); !strings.Contains(got, ", `First <Name>` → `name (first)`, metadata, Personnel no → uid\n") {
		t.Errorf("summary.md does not say it:\n%s", got)
	}
	var doc struct {
		Source struct{ Columns []user.Mapping }
	}
	if err := json.Unmarshal([]byte(rendered(t, wire.WriteHead, r)), &doc); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(in.Intake.Columns, doc.Source.Columns); diff != "" {
		t.Errorf("report.json: %s", diff)
	}
	if got := rendered(t, html.Write, r); strings.Count(got, "<bdi>Personnel no</bdi>") != 2 ||
		!strings.Contains(got, "<bdi>First &lt;Name&gt;</bdi>") {
		t.Error("the page does not say it")
	}
	if got := render(t, func(w io.Writer) error { return mustNew(t, partial()).WriteTerminal(w, report.Terminal{}) }); strings.Contains(got,
		"  columns ") {
		t.Error("the terminal says it of a sync")
	}
}

// Rows that can't be used for one word on their source need no correcting, and rows
// beyond those that are known need either that or to be known.
func TestNextForRejects(t *testing.T) {
	dated := func(value string) user.Reject {
		return user.Reject{Source: user.Source{File: "a.csv", Row: 3}, Cells: []string{"x", value},
			Defects: []user.Defect{{Code: user.TimeAmbiguous, Column: "created at", Value: value, Message: "which part is the day?"}}}
	}
	other := user.Reject{Source: user.Source{File: "a.csv", Row: 9}, Cells: []string{"y"},
		Defects: []user.Defect{{Code: user.LinkInvalid, Column: "link", Value: "y", Message: "not a link"}}}
	const (
		dots = "say how dates are written in a.csv: set dates: dd.mm.yyyy under this source, or --dates"
		rows = "correct the rows at their source"
	)
	for name, c := range map[string]struct {
		rejects   []user.Reject
		tolerated int
		want      string
	}{
		"dates":           {[]user.Reject{dated("03.04.2021"), dated("04.05.2021")}, 0, dots + " | run again"},
		"dates and a row": {[]user.Reject{dated("03.04.2021"), other}, 0, rows + " | " + dots + " | run again"},
		"more than known": {[]user.Reject{other, other}, 1, rows +
			"; or, where they are known and may stay, raise --tolerate-rejects from 1 to 2 | run again"},
		"as many as known": {[]user.Reject{other, other}, 2, rows + " | run again"},
	} {
		in := validated()
		in.Intake = user.Intake{Rows: len(c.rejects) + 1, Users: 1, Rejected: len(c.rejects), Rejects: user.ListOf(c.rejects)}
		in.Run.Tolerated, in.Run.ExitCode = c.tolerated, 3
		if got := steps(mustNew(t, in), ""); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
