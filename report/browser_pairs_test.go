package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"cometsync/internal/plan"
	decisions "cometsync/report/review"
)

// Pairs are decided where they are shown, with the keyboard too; they are saved with the
// other decisions, remembered, and the page says what is done with the file.
func testDecidingPairs(t *testing.T, ctx context.Context) {
	in := replanned()
	address := pageFile(t, in)
	b := openTab(t, ctx, address)
	pairs := mustNew(t, in).Pairs
	if got := ask[int](b, `document.querySelectorAll("[data-pair]").length`); got != len(pairs) {
		t.Fatalf("%d pairs can be decided, want %d", got, len(pairs))
	}
	b.do(chromedp.Focus(chromedp.CSS(`[data-pair="0"] [value="undecided"]`)), chromedp.KeyEvent(kb.ArrowRight))
	b.click(`[data-pair="2"] label.different`)
	if ask[bool](b, `document.querySelector("[data-pair] input:not([autocomplete=off])") !== null`) {
		t.Error("the browser keeps choices, too, at each key of a search")
	}
	if got := b.text("#pair-counts"); !strings.Contains(got, "same 1 · different 1 · not saved yet") {
		t.Errorf("the counts are %q", got)
	}
	if got := ask[string](b, `[...document.querySelectorAll(".next li")].map((e) => e.textContent).join("\n")`); !strings.Contains(got,
		fmt.Sprintf("say of each undecided pair under a new uid whether it is one person: %d pairs\n", len(pairs)-2)) {
		t.Errorf("what to do now is %s", got)
	}
	if got, want := ask[string](b, `document.querySelector('[data-pair="0"] .choice').getAttribute("aria-label")`),
		"Are "+pairs[0].Old+" and "+pairs[0].New+" the same person?"; got != want {
		t.Errorf("a pair is called %q, want %q", got, want)
	}
	path := saveBy(b, "#save-pairs")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type pair struct{ Old, New, Decision string }
	var made struct{ Pairs []pair }
	if err := json.Unmarshal(content, &made); err != nil {
		t.Fatal(err)
	}
	want := []pair{{pairs[0].Old, pairs[0].New, "same"}, {pairs[2].Old, pairs[2].New, "different"}}
	if !slices.Equal(made.Pairs, want) {
		t.Errorf("saved are %q, want %q", made.Pairs, want)
	}
	d, err := decisions.Read(path, in.Plan, 0)
	if err != nil || d.Pairs.Same != 1 || d.Pairs.Different != 1 || len(d.Rejects) > 0 {
		t.Errorf("they read back as %+v, %v", d, err)
	}
	name := "decisions-" + in.Run.ID + ".json"
	said := b.text("#saved")
	for _, text := range []string{"Saved as " + name, "cometsync apply plan.json --decisions " + name,
		"put the file where the command that made this plan runs, and add to that command: --rekey " + name} {
		if !strings.Contains(said, text) {
			t.Errorf("it does not say %q: %s", text, said)
		}
	}
	// A command without the options of the run would plan something else.
	commands := ask[[]string](b, `[...document.querySelectorAll("#saved [data-copy]")].map((e) => e.dataset.copy)`)
	if want := []string{"cometsync apply plan.json --decisions " + name}; !slices.Equal(commands, want) {
		t.Errorf("to be copied are %q, want %q", commands, want)
	}
	b.do(chromedp.Reload())
	b.until(`document.documentElement.dataset.ready === "1"`)
	if got := ask[[]string](b, `[...document.querySelectorAll("[data-pair] :checked")].map((e) => e.value)`); got[0] != "same" ||
		got[1] != "undecided" || got[2] != "different" {
		t.Errorf("remembered are %q", got)
	}
	b.behaved(address)
}

// Once pairs are decided on and the plan is applied, the page shows what was decided, asks of the
// others alone, and saves all of it: later runs take one file.
func testPairsDecidedBefore(t *testing.T, ctx context.Context) {
	in := halfDecided()
	b := openTab(t, ctx, pageFile(t, in))
	r := mustNew(t, in)
	open, want := -1, map[string]string{}
	for i, k := range r.Pairs {
		word := r.PairDecision(&k)
		cell := fmt.Sprintf(`document.querySelectorAll("section.rekeys tbody tr")[%d].lastElementChild`, i)
		if word != "undecided" {
			want[k.Old] = word
			if got := ask[string](b, cell+`.innerText.trim()`); got != word || ask[bool](b, cell+`.querySelector("input") !== null`) {
				t.Errorf("%s was decided to be %s, and shows %q", k.Old, word, got)
			}
		} else if open = i; !ask[bool](b, cell+`.querySelector("input[value=undecided]").checked`) {
			t.Errorf("nobody is asked of %s", k.Old)
		}
	}
	b.click(fmt.Sprintf(`[data-pair="%d"] label.same`, open))
	want[r.Pairs[open].Old] = "same"
	if got := b.text("#pair-counts"); got != fmt.Sprintf("undecided %d · same 2 · different 1 · not saved yet", len(r.Pairs)-3) {
		t.Errorf("the counts are %q", got)
	}
	d, err := decisions.Read(saveBy(b, "#save-pairs"), in.Plan, 0)
	if err != nil {
		t.Fatal(err)
	}
	for i, k := range in.Plan.Rekeys {
		if got := d.OfPairs[i]; got != want[k.Old] && (got != "undecided" || want[k.Old] != "") {
			t.Errorf("of %s is saved %q, want %q", k.Old, got, want[k.Old])
		}
	}
	// Where all are decided on, there is nothing to save.
	in.Decisions.Pairs = plan.DecidedPairs{Same: len(in.Plan.Rekeys)}
	in.Decisions.OfPairs = slices.Repeat([]string{"same"}, len(in.Plan.Rekeys))
	b = openTab(t, ctx, pageFile(t, in))
	if ask[bool](b, `document.querySelector("[data-pair]") !== null || !document.getElementById("pairs").hidden`) {
		t.Error("all pairs are decided on, and the page asks of some")
	}
}

// What is said of the saved file leaves room for the row that is decided on, on a small screen
// too. It is closed with a button or Escape, and is gone once it is no longer so.
func testSavedIsClosed(t *testing.T, ctx context.Context) {
	const box, there = `document.getElementById("saved")`, `!!document.getElementById("saved")`
	for width, short := range map[int64]bool{390: true, 1200: false} {
		b := blankTab(t, ctx)
		b.do(chromedp.EmulateViewport(width, 800), chromedp.Navigate(pageFile(t, replanned())))
		b.until(`document.documentElement.dataset.ready === "1"`)
		b.click(`[data-pair="2"] label.different`)
		saveBy(b, "#save-decisions")
		if got := ask[bool](b, box+`.querySelector("details").open`); got == short {
			t.Errorf("%d: what to do with the file is unfolded: %v", width, got)
		}
		for _, open := range []bool{false, true} {
			ask[bool](b, fmt.Sprintf(`%s.querySelector("details").open = %v`, box, open))
			if h := ask[float64](b, `document.querySelector(".dock").getBoundingClientRect().height`); h > 480 || !open && h > 220 {
				t.Errorf("%d: the dock takes %v pixels", width, h)
			}
		}
		ask[bool](b, box+`.querySelector("details").open = `+fmt.Sprint(!short))
		covered := ask[[]string](b, `[...document.querySelectorAll("#rows tr [data-decide=hold]")].filter((e) => {
			e.focus();
			const r = e.getBoundingClientRect(), top = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
			return !e.parentElement.contains(top);
		}).map((e) => e.closest("tr").dataset.uid)`)
		if len(covered) > 0 {
			t.Errorf("%d: the decisions on %q are covered", width, covered)
		}
		b.click("#saved .close")
		if ask[bool](b, there) || !ask[bool](b, `document.activeElement.id === "save-decisions"`) {
			t.Errorf("%d: it is not closed, or the keyboard is lost", width)
		}
		b.click("#save-decisions")
		b.do(chromedp.KeyEvent(kb.Escape))
		if ask[bool](b, there) {
			t.Errorf("%d: Escape does not close it", width)
		}
		b.click("#save-decisions")
		b.until(there)
		b.do(chromedp.Click(chromedp.CSS(`#rows tr label:has([data-decide="hold"])`)))
		if ask[bool](b, there) || ask[bool](b, `document.getElementById("unsaved").hidden`) {
			t.Errorf("%d: a further decision is said to be saved", width)
		}
	}
}
