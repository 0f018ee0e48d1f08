package report_test

import (
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	entities "html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/formats"
	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
	"cometsync/report/html"
)

// pageJSON is the data of a page as its script reads it.
type pageJSON struct {
	Schema, Run    string
	Decide, Unsent bool
	Verbs          []struct {
		Verb    plan.Verb
		Count   int
		Heading string
	}
	UIDs, Names                                                      []string
	Role, TagSet, Shape, Place, Row, Why, Outcome, Message, Decision []int
	Roles, Tags, Fields, Places, Whys, Outcomes, Messages, Decisions []string
	TagSets, Shapes                                                  [][]int
	Exact                                                            map[string]string
	IDs                                                              string
	values                                                           [][]any
}

// dataOf reads a page's data.
func dataOf(t *testing.T, page string) (d pageJSON) {
	t.Helper()
	decode := func(text string, v any) {
		if strings.ContainsAny(text, "<>&\u2028\u2029") {
			t.Errorf("the data has letters that HTML or an old script reads: %.200s", text)
		}
		if err := json.Unmarshal([]byte(text), v); err != nil {
			t.Fatal(err)
		}
	}
	text, page := element(t, page, `<script type="application/json" id="data">`, "</script>")
	decode(text, &d)
	for strings.Contains(page, `class="values"`) {
		text, page = element(t, page, `<script type="application/json" class="values">`, "</script>")
		var values [][]any
		decode(text, &values)
		d.values = append(d.values, values...)
	}
	return d
}

// seen is a value as the data has it.
func seen(field, value string) any {
	if value == "" || value == "null" {
		return 0.0
	}
	value = report.ShownAs(field, value)
	texts, is := report.StringList(value)
	if !is {
		return phrase.Visible(report.ValueText(value))
	}
	list := []any{}
	for _, text := range texts {
		list = append(list, phrase.Visible(text))
	}
	return list
}

// checkData compares what the data says of each operation with the report.
func checkData(t *testing.T, in report.Input) {
	t.Helper()
	r := mustNew(t, in)
	d := dataOf(t, rendered(t, html.Write, r))
	n := len(in.Plan.Operations)
	for name, got := range map[string]int{"uids": len(d.UIDs), "names": len(d.Names), "role": len(d.Role), "tagSet": len(d.TagSet),
		"shape": len(d.Shape),
		"place": len(d.Place), "row": len(d.Row), "why": len(d.Why), "outcome": len(d.Outcome), "message": len(d.Message),
		"values": len(d.values)} {
		if got != n {
			t.Fatalf("%s has %d elements, want %d", name, got, n)
		}
	}
	if d.Schema != formats.Page.String() || d.Run != r.PlanRun() {
		t.Errorf("schema %q, run %q", d.Schema, d.Run)
	}
	k := 0
	for _, v := range d.Verbs {
		for range v.Count {
			if got := in.Plan.Operations[r.InReadingOrder[k]].Verb; got != v.Verb {
				t.Errorf("operation %d is said to be a %s, and is a %s", k, v.Verb, got)
			}
			k++
		}
	}
	if k != n {
		t.Errorf("%d operations have a verb, want %d", k, n)
	}
	base := r.BaseNames()
	read := r.Changes()
	for k, i := range r.InReadingOrder {
		o := &in.Plan.Operations[i]
		uid := d.UIDs[k]
		if exact, ok := d.Exact[strconv.Itoa(k)]; ok {
			uid = exact
		} else if phrase.Visible(o.UID) != o.UID {
			t.Errorf("%q: no exact uid", o.UID)
		}
		place := ""
		if d.Place[k] > 0 {
			place = d.Places[d.Place[k]] + ":" + strconv.Itoa(d.Row[k])
		}
		var tags []string
		for _, t := range d.TagSets[d.TagSet[k]] {
			tags = append(tags, d.Tags[t])
		}
		got := []string{uid, d.UIDs[k], d.Names[k], d.Roles[d.Role[k]], strings.Join(tags, "|"), place, d.Whys[d.Why[k]],
			d.Outcomes[d.Outcome[k]], d.Messages[d.Message[k]]}
		want := []string{o.UID, phrase.Visible(o.UID), phrase.Visible(o.Name), phrase.Visible(o.Role),
			phrase.Visible(strings.Join(o.Tags, "|")), phrase.Visible(report.PlaceIn(base, o.Source)),
			report.Why(o), in.Results[i].Outcome.String(), phrase.Visible(r.Brief(i))}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", o.UID, diff)
		}
		var fields, wantFields []string
		for _, f := range d.Shapes[d.Shape[k]] {
			fields = append(fields, d.Fields[f])
		}
		wantValues := []any{}
		for _, c := range read(i) {
			wantFields = append(wantFields, phrase.Visible(c.Field))
			if o.Verb != plan.Create {
				wantValues = append(wantValues, seen(c.Field, c.Before))
			}
			wantValues = append(wantValues, seen(c.Field, c.After))
		}
		if diff := cmp.Diff(wantFields, fields) + cmp.Diff(wantValues, d.values[k]); diff != "" {
			t.Errorf("%q (-want +got):\n%s", o.UID, diff)
		}
		if d.Decide {
			if got := d.IDs[16*k : 16*k+16]; got != in.Plan.ID(o) {
				t.Errorf("%q has the id %s", o.UID, got)
			}
		}
	}
}

// What the script is given is what the report has, whatever that is.
func TestPageDataIsWhatTheReportHas(t *testing.T) {
	for name, in := range fixtures {
		if in().Plan != nil {
			t.Run(name, func(t *testing.T) { checkData(t, in()) })
		}
	}
	for _, hostile := range []string{
		"</script><script>alert(1)</script>", "<!--<script>", "]]>", `<img src=x onerror=alert(1)>`, "a\u202Eb\u2066c", "x\u2028y\u2029z",
		"\x00\x1b[31m\x7f", `\u003c`, `\`, `"`,
		"=cmd|' /C calc'!A0", "__proto__", "constructor", "é 山 \U0001F600", "line\nbreak",
	} {
		t.Run(hostile, func(t *testing.T) {
			in := filled(func(place string) string { return place + hostile })
			checkData(t, in)
			in.Run.Result, in.Plan.Guards = report.Pending, nil
			in.Plan.Run = hostile
			in.Results = in.Plan.Unsent()
			checkData(t, in)
		})
	}
	checkData(t, large(2*2000+1)) // in three chunks
}

// A masked value is in no part of the data, however it is spelled there.
func TestPageDataHoldsNoPrivateValue(t *testing.T) {
	const private = `<91"000 & more>`
	in := pending()
	for i := range in.Plan.Operations {
		for j := range in.Plan.Operations[i].Changes {
			if c := &in.Plan.Operations[i].Changes[j]; c.Field == user.Metadata {
				c.After = user.JSON(user.Object{user.Private: user.Object{"salary": private}})
			}
		}
	}
	find := func(show bool) bool {
		in.ShowPrivate = show
		d := dataOf(t, htmlOf(t, in))
		for _, values := range d.values {
			for _, v := range values {
				if s, ok := v.(string); ok && strings.Contains(s, private) {
					return true
				}
			}
		}
		return false
	}
	if find(false) || !find(true) {
		t.Error("a private value is shown, or is never shown")
	}
}

// lines are those of everybody without an operation, by what becomes of them.
func linesOf(t *testing.T, page string) map[string][]string {
	t.Helper()
	lines := map[string][]string{}
	people := regexp.MustCompile(`class="people" data-fate="([^"]+)" data-n="(\d+)">"([^"]*)"<`)
	for _, part := range people.FindAllStringSubmatch(page, -1) {
		z, err := zlib.NewReader(base64.NewDecoder(base64.StdEncoding, strings.NewReader(part[3])))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		all := strings.Split(string(text), "\n")[1:]
		if strconv.Itoa(len(all)) != part[2] {
			t.Errorf("%d lines are said to be %s", len(all), part[2])
		}
		lines[part[1]] = append(lines[part[1]], all...)
	}
	return lines
}

// Everybody of the app and of the roster who has no operation is on the page, with why.
func TestPageHasEverybody(t *testing.T) {
	for name, in := range fixtures {
		in := placed(in())
		if in.Plan == nil {
			continue
		}
		r := mustNew(t, in)
		page := rendered(t, html.Write, r)
		lines := linesOf(t, page)
		count := map[string]int{"rejected": r.Rejects.Len(), "paired": len(in.Plan.Rekeys)}
		for left := range in.Plan.Places.All() {
			count[left.Place.String()]++
			line := phrase.Visible(left.UID) + "\t" + phrase.Visible(left.Name)
			if !slices.ContainsFunc(lines[left.Place.String()], func(l string) bool { return strings.HasPrefix(l+"\t", line+"\t") }) {
				t.Errorf("%s: %q, %s, is not on the page", name, line, left.Place)
			}
		}
		for fate, n := range count {
			if len(lines[fate]) != n {
				t.Errorf("%s: %d are %s, want %d", name, len(lines[fate]), fate, n)
			}
			if _, told, _ := strings.Cut(page, `"fates":{`); n > 0 && !strings.Contains(told, `"`+fate+`":"Nothing change`) {
				t.Errorf("%s: nothing says what %s is", name, fate)
			}
		}
	}
}

// What stands for a private value in a rejected row is nowhere in the page.
func TestPageNamesRejectsWithoutPrivateCells(t *testing.T) {
	in := pending()
	in.Intake.Columns = []user.Mapping{{File: "staff.csv", Header: "First", Field: "name (first)"},
		{File: "staff.csv", Header: "Last", Field: "name (last)"}, {File: "staff.csv", Header: "Pay", Field: "metadata.@private.pay"}}
	header := []string{"uid", "First", "Last", "Pay"}
	in.Intake.Rejects = user.ListOf([]user.Reject{
		{Source: user.Source{File: "staff.csv", Row: 3}, UID: "zoe", Header: header, Cells: []string{"zoe", "Zoë", "Ek", secret},
			Defects: []user.Defect{{Column: "Pay", Code: user.MetadataInvalid, Value: secret, Private: true, Message: "is not a number"}}},
		{Source: user.Source{File: "staff.csv", Row: 4}, Header: header, Cells: []string{"zoe", secret, "Ek"},
			Defects: []user.Defect{{Code: user.MetadataInvalid, Message: "has 3 cells"}}},
	})
	in.Intake.Users += in.Intake.Rejected - 2
	in.Intake.Rejected = 2
	page := htmlOf(t, in)
	want := []string{"zoe\tZoë Ek\tstaff.csv:3: is not a number", "\t\tstaff.csv:4: has 3 cells"}
	if got := linesOf(t, page)["rejected"]; !slices.Equal(got, want) {
		t.Errorf("the lines are %q, want %q", got, want)
	}
	if strings.Contains(page, secret) {
		t.Error("the page has a private value")
	}
}

// Only who reads a plan that can be applied can decide on it.
func TestOnlyPlansAreDecidedOn(t *testing.T) {
	controls := []string{`id="save-decisions"`, `id="decide-shown"`, `id="decision-counts"`, `id="unsaved"`, "leaves it out this time"}
	for name, in := range fixtures {
		page := entities.UnescapeString(htmlOf(t, in()))
		_, rest := element(t, page, "<script>(() => {", "</script>")
		want := name == "pending" || name == "undoing" || name == "replanned"
		if in().Plan != nil {
			if got := dataOf(t, htmlOf(t, in())).Decide; got != want {
				t.Errorf("%s: decisions are offered: %t", name, got)
			}
		}
		for _, what := range controls {
			if got := strings.Contains(rest, what); got != want {
				t.Errorf("%s: the page has %s: %t", name, what, got)
			}
		}
		if got := strings.Contains(rest, "was refused and can't be applied"); got != (name == "refused") {
			t.Errorf("%s: it is said to be refused: %t", name, got)
		}
	}
	in := pending()
	in.Plan.Guards = refused().Plan.Guards
	if strings.Contains(htmlOf(t, in), `"decide":true`) {
		t.Error("decisions are taken on a plan that a guard refuses")
	}
	in = pending()
	in.Plan.Withholdings = []plan.Withholding{{Verb: plan.Deactivate, Guard: plan.Guard{Message: "a row has no uid"}}}
	for i := range in.Plan.Operations {
		if o := &in.Plan.Operations[i]; o.Verb == plan.Deactivate {
			o.Withheld = true
		}
	}
	in.Results = in.Plan.Unsent()
	if !strings.Contains(htmlOf(t, in), `"decide":true`) {
		t.Error("no decisions are taken since some operations are withheld")
	}
	in.Plan.Operations = in.Plan.Of(plan.Deactivate)
	in.Plan.Unchanged = in.Plan.Remote.Active +
		in.Plan.Remote.Deactivated - len(in.Plan.Operations) - in.Plan.OutOfScope - in.Plan.Protected - in.Plan.Kept
	in.Results = in.Plan.Unsent()
	if strings.Contains(htmlOf(t, in), `"decide":true`) {
		t.Error("decisions are taken on what is withheld")
	}
}

// Of a plan that was applied with decisions, the page shows what they were.
func TestPageShowsDecisionsThatWereMade(t *testing.T) {
	in := partial()
	n := len(in.Plan.Operations)
	in.Decisions = &plan.Decisions{File: "review <final>.json", SHA256: "9f86d081", Of: make([]plan.Decision, n), Undecided: plan.Hold,
		Rejected: map[int]bool{3: true},
		Rejects: []user.Reject{{Source: user.Source{File: "review <final>.json", Row: 7}, UID: "up-9",
			Defects: []user.Defect{{Column: "decision", Value: "may<be", Message: "write apply, hold or never"}}}},
		Notices: []user.Notice{{Code: "x", Message: "a cell that is not a decision was edited"}}}
	for i := range in.Decisions.Of {
		in.Decisions.Of[i] = plan.Decision(i % 4)
	}
	r := mustNew(t, in)
	page := rendered(t, html.Write, r)
	d := dataOf(t, page)
	for k, i := range r.InReadingOrder {
		want := []string{"none", "apply", "hold", "never"}[i%4]
		if i == 3 {
			want = "can't be used"
		}
		if got := d.Decisions[d.Decision[k]]; got != want {
			t.Errorf("operation %d: %s, want %s", i, got, want)
		}
	}
	for _, want := range []string{"review &lt;final&gt;.json",
		"apply 3, hold 3, never 2, undecided 4 (taken as hold), rejected 1 row", "may&lt;be", "write apply, hold or " +
			"never", "a cell that is not a decision was edited", "<code>up-9</code>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not have %s", want)
		}
	}
	if d.Decide || strings.Contains(htmlOf(t, partial()), `id="decisions"`) {
		t.Error("decisions are offered, or shown where there are none")
	}
}

// The first of each kind are there for those who may run no script.
func TestPageWithoutScript(t *testing.T) {
	content := htmlOf(t, pending())
	for _, o := range pending().Plan.Operations {
		found := false
		for part := content; strings.Contains(part, "<noscript>"); {
			var plain string
			plain, part = element(t, part, "<noscript>", "</noscript>")
			found = found || strings.Contains(plain, "<code>"+o.UID+"</code>")
		}
		if !found {
			t.Errorf("%s is nowhere without the script", o.UID)
		}
	}
}
