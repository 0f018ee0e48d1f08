package report_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cometsync/internal/phrase"
	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// TestReview uses the page as a reviewer does, in a real browser.
func TestReview(t *testing.T) {
	ctx := startBrowser(t)
	for _, c := range []struct {
		name string
		test func(*testing.T, context.Context)
	}{
		{"behaves", testBehaves},
		{"runs nothing of what it shows", testInjection},
		{"finds", testFinding},
		{"tells of pairs", testPairs},
		{"sorts", testSorting},
		{"address", testAddress},
		{"folds", testFolding},
		{"finds values", testFindingValues},
		{"copies what is shown", testCopyingAll},
		{"has everybody", testEverybody},
		{"has nothing but people", testNothingButPeople},
		{"decides", testDeciding},
		{"decides on pairs", testDecidingPairs},
		{"asks of pairs once", testPairsDecidedBefore},
		{"says once why people are held", testHeldOnce},
		{"saved", testSavedIsClosed},
		{"offers no decisions", testNothingToDecide},
		{"keyboard", testKeyboard},
		{"copies", testCopying},
		{"zones", testZones},
		{"without script", testWithoutScript},
		{"prints", testPrinting},
		{"paper", testPaper},
		{"fills paper", testPaperIsFull},
		{"is not shrunk on paper", testPaperIsNotShrunk},
		{"says once why", testWithheldOnce},
		{"draws bars", testBars},
		{"tells causes", testCauses},
		{"accessible", testAccessible},
		{"fits a telephone", testTelephone},
		{"contrast", testContrast},
		{"ends lines", testLineEnds},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, ctx) })
	}
}

func testBehaves(t *testing.T, ctx context.Context) {
	for name, in := range map[string]report.Input{
		"review": review(), "stopped": stopped(), "undoing": undoing(), "validated": validated(),
	} {
		t.Run(name, func(t *testing.T) {
			address := pageFile(t, in)
			b := openTab(t, ctx, address)
			if in.Plan != nil {
				if want := fmt.Sprintf("%[1]d of %[1]d changes", len(in.Plan.Operations)); b.text("#hits") != want {
					t.Errorf("%s, want %s", b.text("#hits"), want)
				}
			}
			b.behaved(address)
		})
	}
}

// Texts that would run, load or reorder something if they were taken for more
// than texts, in every place that a roster or an app fills.
func testInjection(t *testing.T, ctx context.Context) {
	hostile := []string{
		`<img src=x onerror=alert(1)>`, `</script><script>alert(1)</script>`, `<!--<script>`,
		`--></style></title></noscript><svg onload=alert(1)>`,
		`"'onmouseover=alert(1) x="`, "javascript:alert(1)", `<a href="javascript:alert(1)">`, "=HYPERLINK(\"http://evil.example\")",
		"a\u202Eb\u2066c", `\u003cb>${alert(1)}{{.}}`, "\u2028alert(1)",
	}
	for name, texts := range map[string][]string{"forwards": hostile, "backwards": reversed(hostile)} {
		t.Run(name, func(t *testing.T) {
			all := strings.Join(texts, " ")
			for _, decide := range []bool{true, false} {
				in := filled(func(place string) string { return place + all })
				if decide {
					in.Run.Command, in.Run.Result, in.Plan.Guards, in.Stops, in.Recovered = "plan", report.Pending, nil, nil, ""
					in.Plan.Run = in.Run.ID
					in.Results = in.Plan.Unsent()
				}
				address := pageFile(t, in)
				b := openTab(t, ctx, address)
				b.choose("sort", "name")
				b.search("onerror")
				b.until(`document.getElementById("hits").textContent.startsWith("` + fmt.Sprint(len(in.Plan.Operations)) + ` of")`)
				if got := ask[[]string](b,
					`[...document.querySelectorAll("img, iframe, object, embed, base, form, link, style ~ style, svg[onload], [onerror], [onmouseover], a:not([href^='#'])")].map((e) => e.outerHTML)`); len(got) > 0 {
					t.Errorf("texts have become elements: %q", got)
				}
				if got := ask[int](b, `[...document.scripts].filter((s) => s.type !== "application/json").length`); got != 1 {
					t.Errorf("%d scripts", got)
				}
				seen := ask[string](b, `document.body.innerText`)
				for _, text := range texts {
					if !strings.Contains(seen, phrase.Visible(text)) {
						t.Errorf("%q is not seen as it is", text)
					}
				}
				if strings.ContainsAny(seen, "\u202E\u2066\u2028") {
					t.Error("a direction override acts")
				}
				if got, want := ask[[]string](b,
					`[...document.querySelectorAll("#rows tr")].map((tr) => tr.dataset.uid).filter(Boolean)`), uidsOf(in, func(*plan.Operation) bool { return true }); len(got) != len(want) || !slices.Contains(want, got[0]) {
					t.Errorf("%d rows, the first of which is %q; want %d", len(got), got[0], len(want))
				}
				b.behaved(address)
			}
		})
	}
}

// Pairs under a new uid stand on the page with script and without, are found by
// what they say, and are nothing but text.
func testPairs(t *testing.T, ctx context.Context) {
	in := replanned()
	address := pageFile(t, in)
	b := openTab(t, ctx, address)
	rows := ask[[]string](b,
		`[...document.getElementById("rekeys").parentElement.querySelectorAll("tbody tr")].map((tr) => tr.innerText.replace(/\s+/g, " ").trim())`)
	if len(rows) != len(in.Plan.Rekeys) {
		t.Fatalf("the rows are %q", rows)
	}
	for i, want := range map[int][]string{
		5: {"=1+1", "000456", "<img src=x onerror=alert(1)> has now 456", "the uids are one number, but for leading zeros", "99%",
			"staff.csv:30"},
		3: {"Mia `Ode`", "corp-mia", "Mia Ode has now mia@example", "the uids differ in their prefix or domain alone", "95%",
			"staff.csv:31"},
		2: {"eva.old", "Eva abc⟨U+202E⟩txt has now e-abc", "hr.xlsx[People]:7"},
	} {
		for _, text := range want {
			if !strings.Contains(rows[i], text) {
				t.Errorf("row %d does not say %q: %s", i+1, text, rows[i])
			}
		}
	}
	for query, want := range map[string]string{"mia@example": "1 pair under a new uid", "the uids": "2 pairs under a new uid"} {
		b.search(query)
		b.until(`document.getElementById("elsewhere").innerText.includes("` + want + `")`)
	}
	if got := ask[string](b, `document.querySelector("#elsewhere a[href='#rekeys']").textContent`); !strings.Contains(got,
		"under a new uid") {
		t.Errorf("the way to the pairs says %q", got)
	}
	if got := ask[int](b, `document.getElementById("rekeys").parentElement.querySelectorAll("img, script, a").length`); got != 0 {
		t.Errorf("%d texts have become elements", got)
	}
	b.behaved(address)
}

// folded is a text without accents, case and apostrophes.
func folded(text string) string {
	text = norm.NFD.String(strings.ToLower(text))
	return strings.Map(func(c rune) rune {
		if unicode.Is(unicode.Mn, c) || c == '\'' || c == '’' || c == '`' {
			return -1
		}
		return c
	}, text)
}

// says gives all that a row says of an operation, folded.
func says(r *report.Report, base map[string]string, i int) string {
	o := &r.Plan.Operations[i]
	texts := append([]string{o.UID, o.Name, o.Role, report.PlaceIn(base, o.Source)}, o.Tags...)
	read := r.Changes()
	for _, k := range read(i) {
		texts = append(texts, report.ValueText(report.ShownAs(k.Field, k.Before)), report.ValueText(report.ShownAs(k.Field, k.After)))
	}
	texts = append(texts, o.Verb.String(), r.Brief(i))
	for _, k := range read(i) {
		texts = append(texts, k.Field, report.WhyChanged(k.Cause))
	}
	if o.Withheld {
		texts = append(texts, "withheld")
	}
	if o.Verb == plan.Deactivate || o.Verb == plan.Reactivate {
		texts = append(texts, report.Why(o))
	}
	return folded(phrase.Visible(strings.Join(texts, "\n")))
}

func testFinding(t *testing.T, ctx context.Context) {
	in := review()
	r := mustNew(t, in)
	base := r.BaseNames()
	text := map[string]string{}
	fields, causes := map[string][]string{}, map[string][]plan.Cause{}
	for i, o := range in.Plan.Operations {
		text[o.UID] = says(r, base, i)
		read := r.Changes()
		for _, k := range read(i) {
			fields[o.UID], causes[o.UID] = append(fields[o.UID], k.Field), append(causes[o.UID], k.Cause)
		}
	}
	contains := func(words ...string) func(*plan.Operation) bool {
		return func(o *plan.Operation) bool {
			return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text[o.UID], w) })
		}
	}
	b := openTab(t, ctx, pageFile(t, in))
	same := func(what string, is func(*plan.Operation) bool, atLeast int) {
		t.Helper()
		got, want := b.shown(), uidsOf(in, is)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: shown are %q, want %q", what, got, want)
		}
		if len(want) < atLeast {
			t.Errorf("%s: the test finds %d", what, len(want))
		}
		if hits := fmt.Sprintf("%d of %d changes", len(want), len(in.Plan.Operations)); b.text("#hits") != hits {
			t.Errorf("%s: %s, want %s", what, b.text("#hits"), hits)
		}
	}
	for _, q := range []string{"user-0000017", "MARKETING", "céline", "CELINE", "statusmessage", "changed in the app", "withheld", "absent", "山田", "night shift", "staff.csv:9", "data/staff", "<img", "u+202e",
		"sales buil", "nobody-is-called-so", secret} {
		b.search(q)
		atLeast := 1
		if slices.Contains([]string{"nobody-is-called-so", secret, "data/staff"}, q) {
			atLeast = 0
		}
		same(q, contains(strings.Fields(folded(q))...), atLeast)
	}
	b.search("")
	for _, f := range []struct {
		id, value string
		is        func(*plan.Operation) bool
	}{
		{"filter-op", "deactivate", func(o *plan.Operation) bool { return o.Verb == plan.Deactivate }},
		{"filter-op", "reactivate", func(o *plan.Operation) bool { return o.Verb == plan.Reactivate }},
		{"filter-op", "create", func(o *plan.Operation) bool { return o.Verb == plan.Create }},
		{"filter-op", "update", func(o *plan.Operation) bool { return o.Verb == plan.Update }},
		{"filter-field", "metadata.department",
			func(o *plan.Operation) bool { return slices.Contains(fields[o.UID], "metadata.department") }},
		{"filter-field", "statusMessage", func(o *plan.Operation) bool { return slices.Contains(fields[o.UID], "statusMessage") }},
		{"filter-cause", "app", func(o *plan.Operation) bool { return slices.Contains(causes[o.UID], plan.ByApp) }},
		{"filter-cause", "configuration", func(o *plan.Operation) bool { return slices.Contains(causes[o.UID], plan.ByConfiguration) }},
		{"filter-role", "manager", func(o *plan.Operation) bool { return o.Role == "manager" }},
		{"filter-tag", "night shift", func(o *plan.Operation) bool { return slices.Contains(o.Tags, "night shift") }},
		{"filter-outcome", "withheld", func(o *plan.Operation) bool { return o.Withheld }},
		{"filter-outcome", "skipped", func(o *plan.Operation) bool { return !o.Withheld }},
		{"filter-decision", "apply", func(o *plan.Operation) bool { return !o.Withheld }},
		{"filter-decision", "never", func(*plan.Operation) bool { return false }},
	} {
		b.choose(f.id, f.value)
		atLeast := 1
		if f.value == "never" {
			atLeast = 0
		}
		same(f.id+" "+f.value, f.is, atLeast)
		b.choose(f.id, "")
	}
	b.choose("filter-cause", "configuration")
	if got := b.text("#rows"); !strings.Contains(got, "it was changed in the app") || !strings.Contains(got, "the configuration changed") {
		t.Errorf("why fields change is not told: %s", got)
	}
	b.choose("filter-cause", "")
	b.choose("sort", "uid") // in groups, some are folded as long as nothing is asked for
	same("nothing", func(*plan.Operation) bool { return true }, 100)

	b.choose("filter-op", "update")
	b.choose("filter-role", "staff")
	b.choose("filter-field", user.Role.String())
	b.search("contractor")
	same("all at once", func(o *plan.Operation) bool {
		return o.Verb == plan.Update && o.Role == "staff" && slices.Contains(fields[o.UID], "role") && contains("contractor")(o)
	}, 0)
}

func testSorting(t *testing.T, ctx context.Context) {
	in := review()
	b := openTab(t, ctx, pageFile(t, in))
	want := uidsOf(in, func(*plan.Operation) bool { return true })
	b.choose("sort", "uid")
	if got := b.shown(); !slices.Equal(got, want) {
		t.Errorf("by uid: %q", got)
	}
	b.choose("sort", "-uid")
	slices.Reverse(want)
	if got := b.shown(); !slices.Equal(got, want) {
		t.Errorf("by uid, backwards: %q", got)
	}
	for _, key := range []string{"operation", "name", "role", "row", "-name", "-role", "-row"} {
		b.choose("sort", key)
		got := b.shown()
		if key == "operation" { // folded groups do not show theirs
			continue
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("by %s, %d operations are shown, and there are %d", key, len(got), len(want))
		}
	}
	// A click on a column's head sorts, and a second one turns it round.
	b.choose("sort", "uid")
	b.click(`[data-sort="name"]`)
	b.until(`document.getElementById("sort").value === "name"`)
	b.click(`[data-sort="name"]`)
	b.until(`document.getElementById("sort").value === "-name"`)
	if got := ask[string](b, `document.querySelector("#rows th[aria-sort=descending]").textContent`); got != "Person" {
		t.Errorf("%q is said to be sorted", got)
	}
}

// An address brings the view back, in another tab too, and going back works.
func testAddress(t *testing.T, ctx context.Context) {
	in := review()
	address := pageFile(t, in)
	b := openTab(t, ctx, address)
	// A large number leads to those whom it counts.
	b.click(`.tiles .deactivate a`)
	want := uidsOf(in, func(o *plan.Operation) bool { return o.Verb == plan.Deactivate && !o.Withheld })
	got := b.shown()
	if slices.Sort(got); !slices.Equal(got, want) || b.text(`.tiles .deactivate b`) != fmt.Sprint(len(want)) ||
		b.text("#copy-uids") != fmt.Sprintf("Copy the %d uids", len(want)) {
		t.Errorf("%s lose access; shown are %q, want %q; and: %s", b.text(`.tiles .deactivate b`), got, want, b.text("#copy-uids"))
	}
	b.click("#clear")
	b.choose("filter-role", "staff")
	b.choose("filter-op", "update")
	b.choose("sort", "-uid")
	b.search("sales & marketing")
	b.search("department")
	b.search("marketing")
	view := ask[string](b, `location.hash`)
	rows := b.shown()
	if len(rows) == 0 {
		t.Fatal("the test finds nothing")
	}
	other := openTab(t, ctx, address+view)
	if got := other.shown(); !slices.Equal(got, rows) {
		t.Errorf("%s shows %q, and showed %q", view, got, rows)
	}
	for id, want := range map[string]string{"filter-role": "staff", "filter-op": "update", "sort": "-uid", "search": "marketing",
		"filter-tag": ""} {
		if got := ask[string](other, `document.getElementById("`+id+`").value`); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
	other.choose("filter-op", "create")
	other.until(`document.getElementById("filter-op").value === "create"`)
	ask[bool](other, `history.back(), true`)
	other.until(`document.getElementById("filter-op").value === "update"`)
	if got := other.shown(); !slices.Equal(got, rows) {
		t.Errorf("going back shows %q, and showed %q", got, rows)
	}

	// An address that says nothing that is known shows everything.
	odd := openTab(t, ctx, address+"#op=drop&verb=&sort=%3Cscript%3E&page=1e9&fold=-1.999&__proto__=x")
	if got, want := odd.text("#hits"), fmt.Sprintf("%[1]d of %[1]d changes", len(in.Plan.Operations)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := odd.text("#ignored"), "does not have it: verb=drop, sort=<script>, __proto__=x."; !strings.Contains(got, want) {
		t.Errorf("what the page does not have is told as %q, want %q", got, want)
	}
	odd.choose("sort", "uid")
	odd.until(`document.getElementById("ignored").hidden`)
	odd.behaved(address)
}

func reversed(list []string) []string {
	list = slices.Clone(list)
	slices.Reverse(list)
	return list
}
