package report_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"cometsync/report"
)

// media has the page believe that it is on paper, or that somebody prefers
// light or dark.
func (b *tab) media(kind, scheme string) {
	b.t.Helper()
	_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: kind, Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	if err != nil {
		b.t.Fatal(err)
	}
}

// displayed says that somebody sees an element.
const displayed = `(e) => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().height > 0`

// The page tells its result, and shows the operations, where no script may run.
func testWithoutScript(t *testing.T, ctx context.Context) {
	in := pending()
	address := pageFile(t, in)
	b := blankTab(t, ctx)
	if _, err := chromedp.Call(b.ctx, emulation.SetScriptExecutionDisabled,
		emulation.SetScriptExecutionDisabledParams{Value: true}); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Navigate(address))
	seen := ask[string](b, `document.body.innerText`)
	want := []string{mustNew(t, in).Verdict(), "Totals", "planned"}
	for _, o := range in.Plan.Operations {
		want = append(want, o.UID)
	}
	for _, text := range want {
		if !strings.Contains(seen, text) {
			t.Errorf("%q is not seen", text)
		}
	}
	if n := ask[int](b, `[...document.querySelectorAll("button, select, input")].filter(`+displayed+`).length`); n != 0 {
		t.Errorf("%d controls are seen that do nothing", n)
	}
	b.behaved(address)
}

// What a screen reader is told is whole: names, headings, landmarks, headers.
func testAccessible(t *testing.T, ctx context.Context) {
	for name, in := range map[string]report.Input{"review": review(), "partial": partial(), "undone": undone()} {
		t.Run(name, func(t *testing.T) {
			b := openTab(t, ctx, pageFile(t, in))
			tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
			if err != nil {
				t.Fatal(err)
			}
			text := func(v *accessibility.Value) string {
				var s string
				if v != nil {
					_ = json.Unmarshal(v.Value, &s) // what is not a string is not a name
				}
				return s
			}
			count := map[string]int{}
			for _, n := range tree.Nodes {
				if n.Ignored {
					continue
				}
				role := text(n.Role)
				count[role]++
				switch role {
				case "button", "combobox", "radio", "checkbox", "textbox", "searchbox", "link", "radiogroup", "navigation", "search", "region", "image", "heading", "DisclosureTriangle":
					if strings.TrimSpace(text(n.Name)) == "" {
						t.Errorf("a %s has no name; it has the properties %+v", role, n.Properties)
					}
				}
			}
			for role, want := range map[string]int{"main": 1, "contentinfo": 1, "banner": 1} {
				if count[role] != want {
					t.Errorf("%d × %s, want %d", count[role], role, want)
				}
			}
			if count["searchbox"] != 1 || count["combobox"] < 3 || count["button"] < 10 {
				t.Errorf("the tree does not have what the page has: %v", count)
			}
			if got := ask[[]string](b, `(() => { let level = 0; const wrong = [];
				for (const h of [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(`+displayed+`)) {
					const mine = Number(h.tagName[1]);
					if (mine > level + 1) wrong.push(h.outerHTML.slice(0, 100));
					level = mine;
				}
				if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
				return wrong; })()`); len(got) > 0 {
				t.Errorf("headings skip a level: %q", got)
			}
			if got := ask[[]string](b,
				`[...document.querySelectorAll("table")].filter((t) => !t.querySelector("th[scope]")).map((t) => t.outerHTML.slice(0, 100))`); len(got) > 0 {
				t.Errorf("tables have no headers: %q", got)
			}
			if got := ask[[]string](b,
				`(() => { const seen = new Set(), twice = []; for (const e of document.querySelectorAll("[id]")) { if (seen.has(e.id)) twice.push(e.id); seen.add(e.id); } return twice; })()`); len(got) > 0 {
				t.Errorf("ids stand there twice: %q", got)
			}
			if ask[string](b, `document.documentElement.lang`) == "" {
				t.Error("the page's language is not said")
			}
		})
	}
}

func testTelephone(t *testing.T, ctx context.Context) {
	in := review()
	for name, in := range map[string]report.Input{"review": in, "partial": partial(), "refused": refused(), "undone": undone()} {
		b := blankTab(t, ctx)
		b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), chromedp.Navigate(pageFile(t, in)))
		b.until(`document.documentElement.dataset.ready === "1"`)
		if w := ask[int](b, `innerWidth`); w != 390 {
			t.Errorf("%s: the page is laid out for a width of %d", name, w)
		}
		if got := ask[[]string](b,
			`[...document.body.querySelectorAll("*")].filter((e) => e.checkVisibility() && !e.closest(".sr, .skip, .scroll, thead, svg") && e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 100)).slice(0, 5)`); len(got) > 0 || ask[bool](b, `document.scrollingElement.scrollWidth > innerWidth`) {
			t.Errorf("%s: the page is wider than a telephone: %q", name, got)
		}
		if got := ask[[]string](b,
			`[...document.querySelectorAll("svg text")].filter((e) => parseFloat(getComputedStyle(e).fontSize) < 11).map((e) => e.outerHTML)`); len(got) > 0 {
			t.Errorf("%s: texts of charts are too small: %q", name, got)
		}
		// Texts of a chart do not lie on each other.
		if got := ask[[]string](b, `[...document.querySelectorAll("svg.chart")].flatMap((svg) => { const all = [...svg.querySelectorAll("text")].map((e) => [e, e.getBoundingClientRect()]);
			return all.flatMap(([e, a], i) => all.slice(i + 1).filter(([, b]) => a.left < b.right && b.left < a.right && a.top + 3 < b.bottom && b.top + 3 < a.bottom).map(([f]) => e.textContent + " / " + f.textContent)); })`); len(got) > 0 {
			t.Errorf("%s: texts of a chart lie on each other: %q", name, got)
		}
	}
}

// No line ends within an option, nor between "row" and its number, nor within that,
// however narrow the page is.
func testLineEnds(t *testing.T, ctx context.Context) {
	for name, in := range map[string]report.Input{"review": review(), "partial": partial(), "refused": refused(), "leaving": leaving()} {
		for i := range in.Results {
			in.Results[i].Message = "given with --max-deactivate and --resend-everything, it is the one of row 20,588 of all of these rows"
		}
		address := pageFile(t, in)
		for _, width := range []int64{390, 700, 1200} {
			b := blankTab(t, ctx)
			b.do(chromedp.EmulateViewport(width, 844), chromedp.Navigate(address))
			b.until(`document.documentElement.dataset.ready === "1"`)
			got := ask[[]string](b, `(() => { const torn = []; let seen = 0;
				for (const d of document.querySelectorAll("details")) d.open = true;
				const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
				for (let t = walker.nextNode(); t; t = walker.nextNode()) {
					if (t.parentElement.closest("script, style, noscript, .sr") || !t.parentElement.checkVisibility()) continue;
					for (const m of t.data.matchAll(/--[a-z][a-z-]+|\brows? \d[\d,]*|:\d+$/g)) {
						const r = document.createRange(); r.setStart(t, m.index); r.setEnd(t, m.index + m[0].length); seen++;
						const lines = new Set([...r.getClientRects()].map((c) => Math.round(c.top)));
						if (lines.size > 1) torn.push(m[0] + " in " + t.data.slice(0, 80));
					}
				}
				return seen ? torn : ["nothing of it is there"]; })()`)
			if len(got) > 0 {
				t.Errorf("%s, %d wide: torn are %q", name, width, got)
			}
			files := ask[[]string](b, `[...document.querySelectorAll(".file")].filter(`+displayed+`)
				.filter((e) => e.textContent.length <= 16 && e.offsetHeight > 1.8 * parseFloat(getComputedStyle(e).fontSize))
				.map((e) => e.textContent)`)
			if width == 1200 && len(files) > 0 {
				t.Errorf("%s, %d wide: on two lines are %q", name, width, files)
			}
		}
	}
}

// Every text is read easily on what is after it, by day and by night.
func testContrast(t *testing.T, ctx context.Context) {
	for name, in := range map[string]report.Input{"review": review(), "partial": partial(), "refused": refused(), "undone": undone()} {
		b := openTab(t, ctx, pageFile(t, in))
		if in.Run.Result == report.Pending {
			b.click(`tr[data-uid="gone-1"] label.hold`)
			b.click(`tr[data-uid="left-3"] label.never`)
		}
		for _, scheme := range []string{"light", "dark"} {
			b.media("screen", scheme)
			got := ask[[]string](b, contrast)
			if len(got) > 0 {
				t.Errorf("%s, %s: texts are hard to read:\n%s", name, scheme, strings.Join(got, "\n"))
			}
		}
		if dark := ask[string](b, `getComputedStyle(document.body).backgroundColor`); dark == "rgb(245, 246, 248)" {
			t.Errorf("%s: it is not dark by night: %s", name, dark)
		}
	}
}

// contrast gives the texts with less than 4.5 of it, or 3 if they are large.
const contrast = `(() => {
	const rgb = (s) => { const m = s.match(/[\d.]+/g).map(Number); return [m[0], m[1], m[2], m.length > 3 ? m[3] : 1]; };
	const over = (a, b) => [0, 1, 2].map((i) => a[i] * a[3] + b[i] * (1 - a[3])).concat(1);
	const light = (c) => { const [r, g, b] = c.map((v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => {
		const layers = [];
		for (let x = e; x; x = x.parentElement) { const c = rgb(getComputedStyle(x).backgroundColor); layers.push(c); if (c[3] === 1) break; }
		return layers.reverse().reduce((below, c) => over(c, below), [255, 255, 255, 1]);
	};
	const found = new Map();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let t = walker.nextNode(); t; t = walker.nextNode()) {
		const e = t.parentElement;
		if (!t.data.trim() || !e.checkVisibility({visibilityProperty: true}) || e.closest("script, style, .sr, .skip, :disabled")) continue;
		const s = getComputedStyle(e), inside = e.matches(".c-in"); // on a bar, of which the lightest is tried
		const back = inside ? rgb(getComputedStyle(e.closest("svg").querySelector(".c-update")).fill) : behind(e);
		const front = rgb(e.closest("svg") ? s.fill : s.color);
		for (let x = e; x; x = x.parentElement) front[3] *= Number(getComputedStyle(x).opacity);
		const [a, b] = [light(over(front, back)), light(back)].sort((a, b) => b - a);
		const ratio = (a + 0.05) / (b + 0.05), size = parseFloat(s.fontSize);
		const enough = size >= 24 || size >= 18.66 && Number(s.fontWeight) >= 700 ? 3 : 4.5;
		if (ratio < enough) found.set(e.tagName + "." + (e.getAttribute("class") || "") + " in " + e.parentElement.tagName + "." + (e.parentElement.getAttribute("class") || "") + ": " + ratio.toFixed(2) + ", " + t.data.trim().slice(0, 40), 1);
	}
	for (const e of document.querySelectorAll("[placeholder]")) {
		const s = getComputedStyle(e, "::placeholder"), front = rgb(s.color), back = behind(e);
		front[3] *= Number(s.opacity);
		const [a, b] = [light(over(front, back)), light(back)].sort((a, b) => b - a);
		if ((a + 0.05) / (b + 0.05) < 4.5) found.set("the placeholder of " + e.id, 1);
	}
	return [...found.keys()];
})()`
