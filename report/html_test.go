package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	entities "html"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"cometsync/internal/notice"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/html"
)

// What the page shows at most of a section, and where it shows the whole.
const (
	sectionRows = 2000
	plainRows   = 100
)

// source is a file that the page is made of.
func source(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile("html/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func htmlOf(t testing.TB, in report.Input) string {
	t.Helper()
	return rendered(t, html.Write, mustNew(t, in))
}

// The golden has the page without its style and its script, which are read
// where they are written.
func TestPageGolden(t *testing.T) {
	page := strings.Replace(htmlOf(t, partial()), source(t, "page.css")+source(t, "print.css"), "", 1)
	before, after, _ := strings.Cut(page, "<script>")
	_, after, _ = strings.Cut(after, "</script>")
	page = before + "<script></script>" + after
	golden(t, "report.html", regexp.MustCompile(`sha256-.*?&#39;`).ReplaceAllString(page, "sha256-…&#39;"))
}

// element cuts an element out of a page: what is in it, and the page without it.
func element(t *testing.T, page, tag, end string) (in, rest string) {
	t.Helper()
	before, after, ok := strings.Cut(page, tag)
	in, after, closed := strings.Cut(after, end)
	if !ok || !closed {
		t.Fatalf("the page has no %s", tag)
	}
	return in, before + after
}

// The page's policy lets its own style and its own script through, and nothing
// else; nor does the page ask for anything else.
func TestPageLoadsNothing(t *testing.T) {
	for name, in := range fixtures {
		content := htmlOf(t, in())
		style, markup := element(t, content, "<style>", "</style>")
		script, markup := element(t, markup, "<script>", "</script>")
		_, markup = element(t, markup, `<script type="application/json" id="data">`, "</script>")
		markup = regexp.MustCompile(`<script type="application/json" (class="values"|class="people" data-fate="[a-z ,]+" data-n="\d+"|`+
			`id="everybody")>[^<]*</script>`).ReplaceAllString(markup, "")
		sum := func(text string) string {
			hash := sha256.Sum256([]byte(text))
			return "'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'"
		}
		policy := regexp.MustCompile(`Content-Security-Policy" content="([^"]*)"`).FindStringSubmatch(markup)
		if policy == nil {
			t.Fatal("no policy")
		}
		want := "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + sum(style) + "; script-src " + sum(script)
		if got := entities.UnescapeString(policy[1]); got != want {
			t.Errorf("%s: policy %s, want %s", name, got, want)
		}
		markup = strings.ReplaceAll(markup, entities.EscapeString(`<img src=x onerror=alert(1)>`), "")
		for _, what := range []string{"<script", "<link", "<iframe", "<object", "<embed", "<base", "<form", "<img", " src=", " style=",
			"url(", " on", `href="http`} {
			if i := strings.Index(markup, what); i >= 0 && (what != " on" || regexp.MustCompile(`<[^>]* on\w+=`).MatchString(markup)) {
				t.Errorf("%s: the page contains %s", name, what)
			}
		}
		for _, what := range []string{"@import", "url("} {
			if strings.Contains(style, what) {
				t.Errorf("the style sheet contains %s", what)
			}
		}
		// Whatever a field holds, the script makes text of it.
		for _, what := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "createContextualFragment", "eval(",
			"Function(",
			"fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "import(", ".src", ".srcdoc", "window.open", "http:", "https:", "<!--", "</"} {
			if strings.Contains(script, what) {
				t.Errorf("the script contains %s", what)
			}
		}
	}
}

// filled is a run in which every text that comes from outside is given by
// text, with the name of the place that it is for.
func filled(text func(place string) string) report.Input {
	in := partial()
	in.Run.Result, in.Problem = report.Failed, text("problem")
	in.Run.ID, in.Run.Command, in.Run.Version = text("id"), text("command"), text("version")
	in.Target = plan.Target{AppID: text("app"), Region: text("region"), BaseURL: text("url")}
	for i := range in.Intake.Files {
		f := &in.Intake.Files[i]
		f.Path, f.Sheet, f.Format, f.Encoding, f.SHA256 = text("path"), text("sheet"), text("format"), text("encoding"), text("hash")
	}
	in.Intake.IgnoredColumns, in.Intake.Managed = []string{text("ignored")}, []string{text("managed")}
	in.Intake.Columns = []user.Mapping{{File: text("file"), Header: text("header"), Field: text("field")}}
	in.Intake.Notices = []user.Notice{{Code: notice.Code(text("code")), Message: text("notice")}}
	for i := range in.Intake.Rejects.Slice() {
		x := &in.Intake.Rejects.Slice()[i]
		x.Source = user.Source{File: text("file"), Sheet: text("sheet"), Row: i}
		for j := range x.Defects {
			x.Defects[j] = user.Defect{Code: user.UIDInvalid, Column: text("column"), Value: text("value"), Message: text("message")}
		}
	}
	p := in.Plan
	p.Withholdings = []plan.Withholding{{Verb: plan.Deactivate, Guard: plan.Guard{Message: text("withholding")}}}
	p.Guards = []plan.Guard{{Name: "max-" + text("guard"), Limit: text("limit"), Actual: 3, Message: text("message")}}
	p.NewRoles = []string{text("role")}
	p.Undoes = text("undoes")
	p.Conflicts = []plan.Conflict{{UID: text("uid"), Name: text("name"), Message: text("conflict"),
		Fields: []plan.ConflictField{{Field: text("field"), Before: str(text("before")), After: str(text("after")), Now: str(text("now"))},
			{Field: text("field"), After: `["` + "x" + `"]`, Now: user.JSON([]any{text("now")})}}}, {UID: text("uid") +
		"-gone", Name: text("name"), Gone: true}}
	p.Unchanged--
	in.Stops = []plan.Stop{{Verb: plan.Update, Code: text("code"), Message: text("stop")},
		{Verb: plan.Deactivate, Code: text("code"), Message: text("stop")}}
	in.Recovered = text("recovered")
	in.Tokens = report.Tokens{Written: 1, File: text("tokens")}
	p.Held[0].Name, p.Held[0].Source = text("held"), in.Intake.Rejects.At(0).Source
	p.Rekeys = []plan.Rekey{{Old: text("old") + "-old", New: text("new") + "-new", OldName: text("name"), NewName: text("name"),
		Because: user.SameKey, Confidence: 97,
		Source: user.Source{File: text("file"), Sheet: text("sheet"), Row: 99}}}
	k := &p.Rekeys[0]
	p.Held = append(p.Held, plan.Held{UID: k.Old, Name: k.OldName, Source: k.Source, Because: k.Because})
	slices.SortFunc(p.Held, func(a, b plan.Held) int { return strings.Compare(a.UID, b.UID) })
	p.Remote.Active++
	p.Config = plan.Config{{Name: "match", Values: []string{text("key")}}}
	for i := range p.Operations {
		o := &p.Operations[i]
		o.Name, o.Role, o.Tags = text("name"), text("role"), []string{text("tag")}
		o.UID = fmt.Sprintf("%s-%03d", text("uid"), i)
		o.Source = user.Source{File: text("file"), Sheet: text("sheet"), Row: i}
		for j := range o.Changes {
			c := &o.Changes[j]
			switch c.Field {
			case user.Metadata:
				c.Before, c.After = user.JSON(user.Object{text("key"): text("before")}), user.JSON(user.Object{text("key"): text("after")})
			case user.Tags:
				c.Before, c.After = user.JSON([]any{text("before")}), user.JSON([]any{text("after"), text("more")})
			default:
				c.Before, c.After = str(text("before")), str(text("after"))
			}
		}
		switch {
		case i == 0:
			in.Results[i] = plan.Result{Outcome: plan.Skipped, Code: text("code"), Message: text("message")}
		case in.Results[i].Outcome != plan.Withheld:
			in.Results[i] = plan.Result{Outcome: plan.Failed, Attempts: 1, Code: text("code"), Message: text("message"),
				Kind: plan.FailureKind(1 + i%6), Status: 400, Details: map[string][]string{text("field"): {text("detail")}}}
		}
	}
	in.Verify = report.Verify{Ran: true, Remaining: 1, Operations: []report.Leftover{{p.Operations[0].Verb, p.Operations[0].UID}},
		Message: text("verify")}
	return in
}

// unbroken is a page without what keeps words on one line.
func unbroken(page string) string {
	for _, class := range []string{"whole", "file"} {
		page = regexp.MustCompile(`<span class="`+class+`">([^<]*)</span>`).ReplaceAllString(page, "$1")
	}
	return page
}

// TestNothingBreaksOut renders the same run with harmless and with hostile
// texts: the page's tags, with their attributes, have to be the same.
func TestNothingBreaksOut(t *testing.T) {
	tags := func(in report.Input) []string {
		// What is marked inside a value, or kept on a line, depends on the text.
		content := regexp.MustCompile(`</?mark>`).ReplaceAllString(unbroken(htmlOf(t, in)), "")
		all := regexp.MustCompile(`<[^>]*>`).FindAllString(content, -1)
		for i, tag := range all {
			if strings.HasPrefix(tag, "<title") || strings.HasPrefix(tag, "<meta") || strings.HasPrefix(tag, "<time") {
				all[i] = tag[:5]
			}
		}
		return all
	}
	want := tags(filled(func(place string) string { return place + " harmless" }))
	if content := htmlOf(t, filled(func(string) string { return "a\u202Eb\u2066c\x00\x1b[31m" })); strings.ContainsAny(content,
		"\u202E\u2066\x00\x1b") {
		t.Error("control characters reach the page")
	}
	for _, hostile := range []string{
		`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `' onmouseover='x`, `</style><b>`, `</bdi></td>`,
		"<!--", "-->", "{{.}}", "javascript:alert(1)", "&lt;b&gt;", "\u202Eevil\u2066", "\x00\x1b[31m", "`", "</title>", "]]>", "<\x00b>",
	} {
		got := tags(filled(func(place string) string { return place + hostile }))
		if len(got) != len(want) {
			t.Errorf("%q: %d tags, want %d", hostile, len(got), len(want))
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%q: tag %s, want %s", hostile, got[i], want[i])
				break
			}
		}
	}
}

func TestDirectionOverridesAreSeen(t *testing.T) {
	if content := entities.UnescapeString(htmlOf(t, partial())); strings.ContainsAny(content, "\u202E\x1b") || !strings.Contains(content,
		"⟨U+202E⟩") {
		t.Error("the override acts")
	}
}

func TestPageCutsLongSections(t *testing.T) {
	content := htmlOf(t, large(20_000))
	if n := strings.Count(content, "<tr>"); n > 5*plainRows {
		t.Errorf("%d rows", n)
	}
	if !strings.Contains(content, "more are in operations.csv and in report.xlsx") {
		t.Error("the page does not say what it leaves out")
	}
	// Whom a row holds and another is probably of, each has a reason of their own.
	in := large(20)
	for i := range sectionRows + 3 {
		k := plan.Rekey{Old: fmt.Sprintf("old-%04d", i), New: fmt.Sprintf("new-%04d", i), Because: user.SameName, Confidence: 90,
			Source: staff(i + 2)}
		in.Plan.Rekeys = append(in.Plan.Rekeys, k)
		in.Plan.Held = append(in.Plan.Held, plan.Held{UID: k.Old, Source: staff(1), Because: user.SameName})
	}
	in.Plan.Remote.Active, in.Plan.Remote.InScope = in.Plan.Remote.Active+sectionRows+3, in.Plan.Remote.InScope+sectionRows+3
	if n := strings.Count(htmlOf(t, in), "is probably its new uid</bdi> <span"); n != sectionRows {
		t.Errorf("%d reasons are headings", n)
	}
}

func TestPageWithoutTimes(t *testing.T) {
	in := failed()
	in.Run.StartedAt, in.Run.FinishedAt = time.Time{}, time.Time{}
	if content := htmlOf(t, in); strings.Contains(content, "0001") {
		t.Error("the page shows the year 1")
	}
	for name, in := range fixtures {
		if err := html.Write(io.Discard, mustNew(t, in())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryRemoteUserIsInOneAccount(t *testing.T) {
	for name, in := range fixtures {
		r := mustNew(t, in())
		sum := 0
		for _, a := range r.Accounts() {
			sum += a.N
		}
		if want := r.Plan.Remote.Active + r.Plan.Remote.Deactivated; sum != want {
			t.Errorf("%s: accounts come to %d, want %d", name, sum, want)
		}
	}
}

// A path as long as it may be takes no room from the other columns: rows are
// shown by their source's name as long as that tells sources apart.
func TestPagePlacesAreShort(t *testing.T) {
	const long = "/home/somebody/Exports from HR/2026/August/"
	moved := func(s *user.Source, from, to string) {
		if s.File == from {
			s.File = to
		}
	}
	in := partial()
	move := func(from, to string) {
		for i := range in.Intake.Files {
			if in.Intake.Files[i].Path == from {
				in.Intake.Files[i].Path = to
			}
		}
		for i := range in.Intake.Rejects.Slice() {
			moved(&in.Intake.Rejects.Slice()[i].Source, from, to)
		}
		for i := range in.Plan.Rejects {
			moved(&in.Plan.Rejects[i].Source, from, to)
		}
		for i := range in.Plan.Operations {
			moved(&in.Plan.Operations[i].Source, from, to)
		}
		for i := range in.Plan.Held {
			moved(&in.Plan.Held[i].Source, from, to)
		}
	}
	places := func() map[string]bool {
		all := map[string]bool{}
		cell := regexp.MustCompile(`class="row"[^>]*><bdi class="place">([^<]*)<`)
		for _, m := range cell.FindAllStringSubmatch(unbroken(htmlOf(t, in)), -1) {
			all[m[1]] = true
		}
		return all
	}
	move("data/staff.csv", long+"staff.csv")
	got := places()
	for _, want := range []string{"staff.csv:7", "staff.csv:9", "staff.csv:21", "staff.csv:22", "hr.xlsx[People]:5"} {
		if !got[want] {
			t.Errorf("no row is called %s: %v", want, got)
		}
	}
	if content := htmlOf(t, in); !strings.Contains(content, "<bdi>"+long+"staff.csv</bdi>") {
		t.Error("the inputs do not have the whole path")
	}
	// A second sheet of the same file is told apart by its name.
	in.Intake.Files = append(in.Intake.Files, user.File{Path: "data/hr.xlsx", Sheet: "Guests"})
	if got := places(); !got["hr.xlsx[People]:5"] {
		t.Errorf("with another sheet: %v", got)
	}
	in.Intake.Files = append(in.Intake.Files, user.File{Path: "old/staff.csv"}, user.File{Path: "older/staff.csv"})
	if got := places(); got["staff.csv:7"] || !got[long+"staff.csv:7"] || !got["hr.xlsx[People]:5"] {
		t.Errorf("with others of the same name: %v", got)
	}
	for _, rule := range []string{`\.place \{[^}]*overflow-wrap: anywhere`, `\.row \{[^}]*max-width: \d`, `\.value \{[^}]*min-width: \d`} {
		if !regexp.MustCompile(rule).MatchString(source(t, "page.css")) {
			t.Errorf("the style sheet has no %s", rule)
		}
	}
}

// Whatever part of the bar means something of its own has a colour of its
// own; the held are striped besides, for those who print without colour.
func TestBarTellsItsPartsApart(t *testing.T) {
	accent := map[string]string{}
	for _, rule := range regexp.MustCompile(`(?m)^([^{\n]*) \{ --accent: var\((--\w+)\)`).FindAllStringSubmatch(source(t, "page.css"), -1) {
		for selector := range strings.SplitSeq(rule[1], ", ") {
			accent[strings.TrimPrefix(selector, ".")] = rule[2]
		}
	}
	for _, scheme := range regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllStringSubmatch(source(t, "page.css"), 2) {
		class := map[string]string{}
		for _, a := range slices.Concat(mustNew(t, partial()).Accounts(), mustNew(t, undone()).Accounts()) {
			variable := accent[a.Class]
			value := regexp.MustCompile(variable + `: (#\w+);`).FindStringSubmatch(scheme[1])
			if variable == "" || value == nil {
				t.Fatalf("%s has no colour %q", a.Name, variable)
			}
			if other, ok := class[value[1]]; ok && other != a.Class {
				t.Errorf("%s and %s have one colour, %s", other, a.Class, value[1])
			}
			class[value[1]] = a.Class
		}
	}
	if n := strings.Count(htmlOf(t, partial()), `<line class="held"`); n != 1 {
		t.Errorf("%d striped parts, want 1", n)
	}
}
