package report_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// people is a plan that creates people of some names.
func people(names ...string) report.Input {
	in := review()
	p := in.Plan
	for _, name := range names {
		p.Operations = append(p.Operations, plan.Operation{Verb: plan.Create, Reason: plan.Missing, Name: name,
			UID: "p-" + strings.Trim(folded(strings.ReplaceAll(name, " ", "-")), "-")})
	}
	p.Sort()
	in.Results = p.Unsent()
	return in
}

// Accents, case and apostrophes make no difference, whoever has them; what was
// found is marked where it is.
func testFolding(t *testing.T, ctx context.Context) {
	names := []string{"Petr Novák", "Łukasz Wójcik", "Shane O'Brien", "Fia O’Brien", "Jürgen Groß", "Ann Strasse",
		"Øyvind Æbelø", "İpek Işık", "Nguye\u0302\u0303n Thị", "Θάνος", "\u0f71'\u0e38"}
	b := openTab(t, ctx, pageFile(t, people(names...)))
	for query, want := range map[string][]string{
		"novak": {"Petr Novák"}, "NOVÁK": {"Petr Novák"}, "lukasz": {"Łukasz Wójcik"},
		"obrien": {"Fia O’Brien", "Shane O'Brien"}, "o'brien": {"Fia O’Brien", "Shane O'Brien"},
		"o’brien": {"Fia O’Brien", "Shane O'Brien"}, "jurgen gross": {"Jürgen Groß"}, "GROẞ": {"Jürgen Groß"},
		"straße": {"Ann Strasse"}, "oyvind aebelo": {"Øyvind Æbelø"}, "ipek isik": {"İpek Işık"}, "nguyễn": {"Nguye\u0302\u0303n Thị"},
		"nguyen": {"Nguye\u0302\u0303n Thị"}, "θανοσ": {"Θάνος"}, "\u0e38\u0f71": {"\u0f71'\u0e38"},
	} {
		b.search(query)
		got := ask[[]string](b, `[...document.querySelectorAll("#rows tbody .name")].map((e) => e.textContent)`)
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	b.search("gross obrien")
	b.search("o'bri")
	marks := ask[[]string](b, `[...CSS.highlights.get("found")].map((r) => r.startContainer.data.slice(r.startOffset, r.endOffset))`)
	if slices.Sort(marks); !slices.Contains(marks, "O'Bri") || !slices.Contains(marks, "O’Bri") {
		t.Errorf("marked are %q", marks)
	}
	b.search("gros")
	marks = ask[[]string](b, `[...CSS.highlights.get("found")].map((r) => r.startContainer.data.slice(r.startOffset, r.endOffset))`)
	if !slices.Contains(marks, "Groß") {
		t.Errorf("marked are %q", marks)
	}
}

// All that is shown is copied, on whatever page it is; where the browser allows no
// copying, it is there to be copied by hand.
func testCopyingAll(t *testing.T, ctx context.Context) {
	in := review()
	b := openTab(t, ctx, pageFile(t, in)+"#decision=apply&sort=-uid")
	b.allowClipboard()
	want := uidsOf(in, func(o *plan.Operation) bool { return !o.Withheld })
	slices.Reverse(want)
	if len(want) <= 50 {
		t.Fatalf("%d are one page", len(want))
	}
	b.click("#copy-uids")
	b.until(`document.getElementById("copy-uids").textContent === "Copied"`)
	if got := ask[string](b, `navigator.clipboard.readText()`); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("the clipboard holds %q, want %q", got, want)
	}
	ask[bool](b, `(navigator.clipboard.writeText = () => Promise.reject(), document.execCommand = () => false, true)`)
	b.click("#copy-uids")
	b.until(`document.activeElement.id === "uids"`)
	if got := ask[string](b, `document.getElementById("uids").value`); got != strings.Join(want, "\n")+"\n" {
		t.Errorf("to be copied by hand is %q", got)
	}
	b.search("user-0000017")
	b.until(`document.getElementById("uids").parentElement.hidden`)
}

// Why people are held is said once of all whom it is so of, and what is wrong with the row too,
// and they are found by it as by what their rows say.
func testHeldOnce(t *testing.T, ctx context.Context) {
	in := review()
	bad := in.Plan.Held[0]
	for i := range 300 {
		h := plan.Held{UID: fmt.Sprintf("zz-%03d", i), Name: "Held", Source: bad.Source, Because: bad.Because}
		if i >= 250 {
			h.Source, h.Because = user.Source{}, user.Unmanageable
		}
		in.Plan.Held = append(in.Plan.Held, h)
	}
	in.Plan.Remote.Active, in.Plan.Remote.InScope = in.Plan.Remote.Active+300, in.Plan.Remote.InScope+300
	groups := map[string]int{}
	for h := range mustNew(t, in).Held() {
		groups[h.Why]++
	}
	b := openTab(t, ctx, pageFile(t, in))
	const tables = `[...document.querySelectorAll("section.held table")]`
	const seen = `[...document.querySelectorAll("section.held :is(h3, td)")].map((e) => e.textContent).join(" ")`
	for why, n := range groups {
		rows := ask[int](b, tables+`.filter((t) => t.caption.textContent.startsWith(`+quoted(why)+`))[0].tBodies[0].rows.length`)
		if said := strings.Count(ask[string](b, seen), why); rows != n || said != 1 {
			t.Errorf("of %d it is said %d times: %s; there are %d rows", n, said, why, rows)
		}
		b.search(why)
		b.until(fmt.Sprintf(`document.getElementById("elsewhere").textContent.includes("%d held user")`, n))
	}
	if got := ask[string](b, `getComputedStyle(document.querySelector("section.held .scroll")).contentVisibility`); got != "auto" {
		t.Errorf("hundreds who are held are laid out at each key of a search: %q", got)
	}
	// Whoever goes to a row that can't be used finds it unfolded.
	const row = `[...document.querySelectorAll(".cause tbody tr")].find((e) => e.textContent.includes("wizard"))`
	b.search("wizard")
	b.until(`document.querySelector("#elsewhere a[href='#rejects']") !== null`)
	if ask[bool](b, row+`.checkVisibility()`) {
		t.Error("the row is unfolded before anybody goes there")
	}
	b.click("#elsewhere a[href='#rejects']")
	b.until(row + `.checkVisibility()`)
	if len(groups) < 2 || ask[bool](b, tables+`.some((t) => t.tBodies[0].rows.length > 9 && t.tHead.rows[0].cells.length > 2)`) {
		t.Errorf("%d reasons; what is wrong is said of each person", len(groups))
	}
}

// Whoever has no operation is found by uid and by name, and the page says what becomes
// of them; and of somebody who is nowhere, that they are.
func testEverybody(t *testing.T, ctx context.Context) {
	in := placed(review())
	in.Plan.Places.Add("zz-novak", "Petr Novák", plan.PlaceUnchanged)
	in.Plan.Places.Add("zz-novak-2", "Ann", plan.PlaceUnchanged)
	in.Plan.Places.Add("zz-obrien", "Shane O’Brien", plan.PlaceProtected)
	in.Plan.Places.Add("zz-odd", "Odd One", plan.PlaceOddTags)
	in.Plan.Held = append(in.Plan.Held, plan.Held{UID: "zz-odd", Name: "Odd One", Because: user.Unmanageable})
	in.Plan.Places.Sort()
	in.Plan.Unchanged, in.Plan.Protected = in.Plan.Unchanged+2, in.Plan.Protected+1
	in.Plan.Remote.Active, in.Plan.Remote.InScope = in.Plan.Remote.Active+4, in.Plan.Remote.InScope+4
	address := pageFile(t, in)
	b := openTab(t, ctx, address)
	found := func(query string) []string {
		t.Helper()
		b.search(query)
		b.until(`document.getElementById("people").dataset.told === ` + quoted(query))
		return ask[[]string](b, `[...document.querySelectorAll("#people-list li")].map((e) => e.innerText.replace(/\s+/g, " "))`)
	}
	for query, want := range map[string]string{
		"ZZ-NOVAK":     "Petr Novák zz-novak Nothing changes: the app has what the roster says.",
		"petr novak":   "Petr Novák zz-novak Nothing changes: the app has what the roster says.",
		"zz-odd":       "Odd One zz-odd Nothing changes: the user's tags can't be managed as the app shows it.",
		"shane obrien": "Shane O’Brien zz-obrien Nothing changes: protected.",
		"held-1": "Nothing changes: a row that can't be used, or one under another uid, may stand for this user " +
			"(the row has this user's uid).",
		"out-of-scope-000":            "Nothing changes: outside the part of the app that this run looks after.",
		"not-created-as-inactive-000": "Nothing changes: not in the app, and inactive in the roster, so not created.",
	} {
		got := found(query)
		if !slices.ContainsFunc(got, func(line string) bool { return strings.HasSuffix(line, want) }) {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	if got := found("zz-novak"); len(got) != 2 || !strings.HasPrefix(got[0], "Petr Novák zz-novak ") ||
		b.text("#people-count") != "2 people, without a change:" {
		t.Errorf("of two, the one with this uid does not come first: %q, %q", got, b.text("#people-count"))
	}
	// Changes come first.
	if got := found("o"); len(got) == 0 || len(b.shown()) == 0 ||
		!ask[bool](b, `document.querySelector("#rows tr[data-uid]").getBoundingClientRect().top <
			document.querySelector("#people-list li").getBoundingClientRect().top`) {
		t.Errorf("of %d changes and %d people without one, the people come first", len(b.shown()), len(got))
	}
	if got := found("nobody-is-called-so"); len(got) > 0 || !strings.HasPrefix(b.text("#people-count"), "Nobody else matches, of ") {
		t.Errorf("nobody is found as %q, %q", got, b.text("#people-count"))
	}
	if got := found("zoe ohara"); len(got) != 20 {
		t.Errorf("%d are shown at first", len(got))
	}
	b.click("#people-more")
	b.until(`document.querySelectorAll("#people-list li").length > 20`)
	b.search("")
	b.until(`document.getElementById("people").hidden`)
	b.behaved(address)

	old := blankTab(t, ctx) // which can't unpack
	_, err := chromedp.Call(old.ctx, devtools.AddScriptToEvaluateOnNewDocument,
		devtools.AddScriptToEvaluateOnNewDocumentParams{Source: "delete globalThis.DecompressionStream"})
	if err != nil {
		t.Fatal(err)
	}
	old.do(chromedp.Navigate(address))
	old.until(`document.documentElement.dataset.warm === "1"`)
	old.search("zz-novak")
	old.until(`document.getElementById("people-count").textContent.startsWith("This browser is too old")`)
	if got := old.text("#people-count"); !strings.HasSuffix(got, "cometsync explain "+in.Run.ID+" UID") {
		t.Errorf("it says %q", got)
	}
}

// A page of nobody's operations is searched as well.
func testNothingButPeople(t *testing.T, ctx context.Context) {
	in := placed(nothing())
	address := pageFile(t, in)
	b := openTab(t, ctx, address)
	b.search("unchanged-000")
	b.until(`document.querySelectorAll("#people-list li").length === 1`)
	if got := b.text("#people-list"); !strings.Contains(got, "the app has what the roster says.") {
		t.Errorf("it says %q", got)
	}
	if got := ask[[]string](b,
		`[...document.querySelectorAll(".controls select")].filter((e) => e.offsetParent).map((e) => e.id)`); len(got) > 0 {
		t.Errorf("there is nothing to filter, and there are %q", got)
	}
	b.behaved(address)
}

// Why operations are withheld is said once, above them, and beside each only where there are
// several reasons.
func testWithheldOnce(t *testing.T, ctx context.Context) {
	in := review()
	deactivations := in.Plan.Of(plan.Deactivate)
	for i := range deactivations {
		deactivations[i].Withheld = i%2 == 0
	}
	in.Results = in.Plan.Unsent()
	reason := in.Plan.WhyWithheld(plan.Deactivate)
	n := mustNew(t, in).Total.Withheld
	if n < 3 {
		t.Fatalf("%d are withheld", n)
	}
	said := func(b *tab, text string) int {
		return ask[int](b, `document.getElementById("rows").innerText.split(`+quoted(text)+`).length - 1`)
	}
	address := pageFile(t, in)
	for _, view := range []string{"#outcome=withheld", "#outcome=withheld&sort=uid"} {
		b := openTab(t, ctx, address+view)
		got := ask[[]string](b, `[...document.querySelectorAll("#rows .decide:not(th)")].map((e) => e.innerText.trim())`)
		if len(got) != n || slices.ContainsFunc(got, func(text string) bool { return text != "withheld" }) {
			t.Errorf("%s: beside each of %d stands %q", view, n, got)
		}
		if got := said(b, "Withheld, and can't be decided on: "+reason+"."); got != 1 || said(b, reason) != 1 {
			t.Errorf("%s: the reason is there %d times", view, got)
		}
	}
	const other = "guard max-deactivate asks about 1 more"
	last := slices.IndexFunc(in.Results, func(r plan.Result) bool { return r.Outcome == plan.Withheld })
	in.Results[last].Message = other
	b := openTab(t, ctx, pageFile(t, in)+"#outcome=withheld")
	if said(b, reason) != n || said(b, other) != 2 {
		t.Errorf("two reasons are said %d and %d times, of %d who are withheld", said(b, reason), said(b, other), n)
	}
}

// Values are found as they are shown, whatever marks the file has around them and however it
// writes them, in whichever part of it they are.
func testFindingValues(t *testing.T, ctx context.Context) {
	in := company(4500)
	values := map[string]string{"emp-000008": `say "hi"`, "emp-002027": `C:\new`, "emp-004488": "R&D <1>", "emp-004489": "[1,2]"}
	for i := range in.Plan.Operations {
		o := &in.Plan.Operations[i]
		if value := values[o.UID]; value != "" {
			o.Changes = []plan.Change{{Field: user.Metadata, After: user.JSON(user.Object{"note": value})}}
		} else if o.UID == "emp-000021" {
			o.Changes = []plan.Change{{Field: user.Tags, Before: `["x","y"]`, After: `["x","ÿ´z"]`}}
		}
	}
	b := openTab(t, ctx, pageFile(t, in))
	for query, want := range map[string][]string{
		`"hi"`: {"emp-000008"}, `\new`: {"emp-002027"}, `\`: {"emp-002027"}, `r&d`: {"emp-004488"}, "<1": {"emp-004488"},
		"[1,2]": {"emp-004489"}, "[": {"emp-004489"}, `"`: {"emp-000008"}, ",": {"emp-004489"}, `","`: {}, "yz": {"emp-000021"},
		"kowalski 4488": {}, "r&d 4488": {"emp-004488"}, `"x`: {}, "staff.csv:4490": {"emp-004488"}, "u0026": {}, "null": {},
	} {
		b.search(query)
		got := ask[[]string](b, `[...document.querySelectorAll("#rows tbody tr")].map((e) => e.dataset.uid)`)
		if !slices.Equal(got, want) {
			t.Errorf("%s finds %q, want %q", query, got, want)
		}
	}
	b.search("0")
	if got := b.text("#hits"); got != "4,500 of 4,500 changes" {
		t.Errorf("0 finds %s", got)
	}
}
