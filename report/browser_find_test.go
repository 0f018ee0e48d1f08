package report_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/plan"
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
		"Øyvind Æbelø", "İpek Işık", "Nguye\u0302\u0303n Thị", "Θάνος"}
	b := openTab(t, ctx, pageFile(t, people(names...)))
	for query, want := range map[string][]string{
		"novak": {"Petr Novák"}, "NOVÁK": {"Petr Novák"}, "lukasz": {"Łukasz Wójcik"},
		"obrien": {"Fia O’Brien", "Shane O'Brien"}, "o'brien": {"Fia O’Brien", "Shane O'Brien"},
		"o’brien": {"Fia O’Brien", "Shane O'Brien"}, "jurgen gross": {"Jürgen Groß"}, "GROẞ": {"Jürgen Groß"},
		"straße": {"Ann Strasse"}, "oyvind aebelo": {"Øyvind Æbelø"}, "ipek isik": {"İpek Işık"}, "nguyễn": {"Nguye\u0302\u0303n Thị"},
		"nguyen": {"Nguye\u0302\u0303n Thị"}, "θανοσ": {"Θάνος"},
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
