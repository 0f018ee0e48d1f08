package report_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"cometsync/internal/formats"
	"cometsync/internal/formats/formatstest"
	"cometsync/internal/plan"
	"cometsync/report"
	decisions "cometsync/report/review"
)

func testDeciding(t *testing.T, ctx context.Context) {
	in := review()
	address := pageFile(t, in)
	b := openTab(t, ctx, address)
	want := map[string]plan.Decision{} // by uid; the others are to be applied
	counts := func() {
		t.Helper()
		n := map[plan.Decision]int{}
		for _, o := range in.Plan.Operations {
			d := want[o.UID]
			if d == plan.Undecided {
				d = plan.Apply
			}
			if !o.Withheld {
				n[d]++
			}
		}
		text := fmt.Sprintf("apply %d · hold %d · never %d", n[plan.Apply], n[plan.Hold], n[plan.Never])
		if got := b.text("#decision-counts"); got != text {
			t.Errorf("%s, want %s", got, text)
		}
	}
	counts()
	if !ask[bool](b, `document.getElementById("unsaved").hidden`) {
		t.Error("decisions are said not to be saved before there are any")
	}
	row := func(uid, word string) string {
		return fmt.Sprintf(`tr[data-uid="%s"] label:has([data-decide="%s"])`, uid, word)
	}
	b.click(row("gone-1", "hold"))
	want["gone-1"] = plan.Hold
	counts()
	b.click(row("left-3", "never"))
	want["left-3"] = plan.Never
	counts()
	b.click(row("left-3", "apply"))
	delete(want, "left-3")
	counts()
	if ask[bool](b, `document.getElementById("unsaved").hidden`) {
		t.Error("nobody is told that the decisions are not saved")
	}
	if n := ask[int](b, `document.querySelectorAll('tr[data-uid="gone-2"] [data-decide]').length`); n != 0 {
		t.Error("a withheld operation can be decided on")
	}

	// A whole group, and none of those beside it.
	b.click(`.group.reactivate [data-group-decide="never"]`)
	for _, uid := range uidsOf(in, func(o *plan.Operation) bool { return o.Verb == plan.Reactivate }) {
		want[uid] = plan.Never
	}
	counts()
	// All that a filter shows, on several pages.
	b.choose("filter-tag", "us")
	b.click(`#decide-shown [data-decision="hold"]`)
	for _, uid := range uidsOf(in, func(o *plan.Operation) bool { return slices.Contains(o.Tags, "us") }) {
		want[uid] = plan.Hold
	}
	counts()
	// What was done to many can be undone, and done again.
	b.choose("filter-tag", "")
	b.click(`#decide-shown [data-decision="never"]`)
	b.click(`#undo-decisions`)
	counts()
	// The filter for decisions knows them.
	b.choose("filter-decision", "never")
	never := uidsOf(in, func(o *plan.Operation) bool { return want[o.UID] == plan.Never })
	got := b.shown()
	slices.Sort(got)
	if !slices.Equal(got, never) || len(never) == 0 {
		t.Errorf("never: %q, want %q", got, never)
	}

	sameSaved(t, in, save(b), want)
	b.until(`document.getElementById("unsaved").hidden`)

	// The browser remembers them for a page that is loaded again.
	b.do(chromedp.Reload())
	b.until(`document.documentElement.dataset.ready === "1"`)
	counts()
	b.behaved(address)
}

// sameSaved checks the decisions that a page saved; those that are not named are to be applied.
func sameSaved(t *testing.T, in report.Input, path string, want map[string]plan.Decision) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var made struct {
		Decisions []struct{ ID, UID, Operation, Decision string }
	}
	if err := json.Unmarshal(content, &made); err != nil {
		t.Fatal(err)
	}
	saved := map[string]string{}
	for _, d := range made.Decisions {
		saved[d.ID+" "+d.UID+" "+d.Operation] = d.Decision
	}
	for i := range in.Plan.Operations {
		o := &in.Plan.Operations[i]
		expected := cmp.Or(want[o.UID], plan.Apply).String()
		if o.Withheld {
			expected = "" // nobody could decide on it
		}
		if got := saved[in.Plan.ID(o)+" "+o.UID+" "+o.Verb.String()]; got != expected {
			t.Errorf("%s %s: %q, want %q", o.Verb, o.UID, got, expected)
		}
	}
	d, err := decisions.Read(path, in.Plan, 0)
	if err != nil || len(d.Rejects) > 0 || len(d.Notices) > 0 {
		t.Errorf("they read back with %v, %v, %v", d.Rejects, d.Notices, err)
	}
}

// save clicks on the button for it, and gives the path of the file.
func save(b *tab) string { return saveBy(b, "#save-decisions") }

func saveBy(b *tab, button string) string {
	b.t.Helper()
	dir := b.t.TempDir()
	events := true
	_, err := chromedp.CallBrowser(b.ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
		Behavior: browser.SetDownloadBehaviorBehaviorAllow, DownloadPath: dir, EventsEnabled: &events,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID})
	if err != nil {
		b.t.Fatal(err)
	}
	progress := chromedp.BrowserEvents(b.ctx, browser.DownloadProgress)
	b.click(button)
	for e, err := range progress {
		if err != nil {
			b.t.Fatalf("saving the decisions: %v", err)
		}
		if e.State == browser.DownloadProgressStateCanceled {
			b.t.Fatal("saving the decisions was cancelled")
		}
		if e.State == browser.DownloadProgressStateCompleted {
			break
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(files) != 1 {
		b.t.Fatalf("%d files were saved", len(files))
	}
	path := filepath.Join(dir, files[0].Name())
	text, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := formatstest.Validate(formats.Decisions, text); err != nil {
		b.t.Errorf("what is saved is not as its schema says: %v", err)
	}
	return path
}

// A plan that was refused, and one that was carried out, have nothing to decide.
func testNothingToDecide(t *testing.T, ctx context.Context) {
	for name, in := range map[string]report.Input{"refused": refused(), "partial": partial(), "undone": undone()} {
		b := openTab(t, ctx, pageFile(t, in))
		for _, selector := range []string{"[data-decide]", "[data-group-decide]", "#decide-shown", "#save-decisions", "#decision-counts"} {
			if n := ask[int](b, `document.querySelectorAll(`+quoted(selector)+`).length`); n != 0 {
				t.Errorf("%s: the page has %d × %s", name, n, selector)
			}
		}
		if n := ask[int](b, `document.querySelectorAll("#rows tr[data-uid]").length`); n == 0 {
			t.Errorf("%s: the page shows no operation", name)
		}
	}
}

// Everything can be reached and done without a mouse, and it is seen where one is.
func testKeyboard(t *testing.T, ctx context.Context) {
	b := openTab(t, ctx, pageFile(t, review()))
	press := func(keys string) { t.Helper(); b.do(chromedp.KeyEvent(keys)) }
	const ringed = `(() => { const e = document.activeElement, s = [e, e.nextElementSibling].filter(Boolean).map((x) => getComputedStyle(x));
		return s.some((s) => s.opacity !== "0" && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2); })()`
	press(kb.Tab)
	if !ask[bool](b, `document.activeElement.matches("a.skip") && document.activeElement.getBoundingClientRect().left >= 0`) {
		t.Fatal("the first stop is not a link that skips the rest, or it is not seen")
	}
	press(kb.Enter)
	b.until(`location.hash === "#operations" && Math.abs(document.getElementById("operations").getBoundingClientRect().top) < 400`)
	reached := false
	for range 60 {
		press(kb.Tab)
		if !ask[bool](b, ringed) {
			t.Errorf("nobody sees that the keyboard is at %s", ask[string](b, `document.activeElement.outerHTML.slice(0, 120)`))
		}
		if reached = ask[bool](b, `document.activeElement.matches("#rows [data-decide]")`); reached {
			break
		}
	}
	if !reached {
		t.Fatal("the first row's decision is not reached")
	}
	uid := ask[string](b, `document.activeElement.closest("tr").dataset.uid`)
	press(kb.ArrowRight)
	b.until(`document.getElementById("decision-counts").textContent.includes("hold 1 ")`)
	press(kb.ArrowRight)
	b.until(`document.getElementById("decision-counts").textContent.includes("never 1")`)
	if got := ask[string](b,
		`[...document.querySelectorAll("#rows tr[data-decided=never]")].map((tr) => tr.dataset.uid).join()`); got != uid {
		t.Errorf("never: %s, want %s", got, uid)
	}
	if !ask[bool](b, ringed) || !ask[bool](b, `document.activeElement.matches("[data-decide=never]")`) {
		t.Error("the keyboard is lost after a decision")
	}
}

func testCopying(t *testing.T, ctx context.Context) {
	b := openTab(t, ctx, pageFile(t, review()))
	b.allowClipboard()
	b.click(`tr[data-uid="gone-1"] .copy-uid`)
	b.until(`document.querySelector('tr[data-uid="gone-1"] .copy-uid').textContent === "copied"`)
	if got := ask[string](b, `navigator.clipboard.readText()`); got != "gone-1" {
		t.Errorf("the clipboard holds %q", got)
	}
}
