package report_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/internal/user"
	"cometsync/report"
)

// On paper there are all operations, and nothing that can't be pressed there.
func testPrinting(t *testing.T, ctx context.Context) {
	in := review()
	b := openTab(t, ctx, pageFile(t, in))
	b.media("print", "light")
	ask[bool](b, `dispatchEvent(new Event("beforeprint"))`)
	if n := ask[int](b, `[...document.querySelectorAll("#rows tr[data-uid]")].filter(`+displayed+`).length`); n != len(in.Plan.Operations) {
		t.Errorf("%d operations are printed, and there are %d", n, len(in.Plan.Operations))
	}
	if got := ask[[]string](b,
		`[...document.querySelectorAll("select, input, nav, .copy-uid, #print, #save-decisions, .decide-all")].filter(`+displayed+`).map((e) => e.outerHTML.slice(0, 80))`); len(got) > 0 {
		t.Errorf("controls are printed: %q", got)
	}
	if got := ask[string](b,
		`[...document.querySelectorAll('tr[data-uid="gone-1"] .decide *')].filter(`+displayed+`).map((e) => e.textContent).join()`); got != "apply" {
		t.Errorf("the decision is printed as %q", got)
	}
	if got := ask[[]string](b,
		`[...document.querySelectorAll("main :is(td, p, li, dd, figcaption), main :is(td, p, li, dd) *, footer *")].filter((e) =>
			e.checkVisibility() && !e.closest(".limit, .plots") && parseFloat(getComputedStyle(e).fontSize) >
			parseFloat(getComputedStyle(document.body).fontSize) + .1).map((e) => e.outerHTML.slice(0, 80))`); len(got) > 0 {
		t.Errorf("texts are printed larger than those around them: %q", got)
	}
	ask[bool](b, `dispatchEvent(new Event("afterprint"))`)
	b.media("", "light")
	if n := ask[int](b, `document.querySelectorAll("#rows tr[data-uid]").length`); n > 60 {
		t.Errorf("%d rows are left after printing", n)
	}
}

// papers are those on which people print.
var papers = map[string]chromedp.PaperSize{"A4": chromedp.PaperA4, "Letter": chromedp.PaperLetter}

// printed is a page on paper, as text.
func (b *tab) printed(size chromedp.PaperSize) (pages []string) {
	b.t.Helper()
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(size)))
	if err != nil {
		b.t.Fatal(err)
	}
	file := filepath.Join(b.t.TempDir(), "page.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		b.t.Fatal(err)
	}
	text, err := exec.Command(slow.Program(b.t, "pdftotext"), "-layout", file, "-").Output()
	if err != nil {
		b.t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\f"), "\f")
}

// Many changes are on a page; each page says with whole heads what its columns are;
// and no heading is left behind at the end of one.
func testPaper(t *testing.T, ctx context.Context) {
	in := company(600)
	address := pageFile(t, in)
	for name, size := range papers {
		b := openTab(t, ctx, address)
		headings := ask[[]string](b,
			`[...document.querySelectorAll("h2, h3, caption, figcaption, summary")].map((e) => e.textContent.trim())`)
		pages := b.printed(size)
		rows, most := 0, 0
		for i, page := range pages {
			n := changesOn(page)
			rows, most = rows+n, max(most, n)
			lines := strings.Split(strings.TrimSpace(page), "\n")
			last := len(lines) - 1
			if !strings.Contains(lines[last], "/") {
				t.Errorf("%s: page %d has no number: %s", name, i+1, lines[last])
			}
			for last--; strings.TrimSpace(lines[last]) == ""; last-- {
			}
			text := strings.Join(strings.Fields(lines[last]), " ")
			for _, heading := range headings {
				if heading = strings.Join(strings.Fields(heading), " "); heading == text {
					t.Errorf("%s: page %d ends with the heading %q", name, i+1, text)
				}
			}
			if strings.HasPrefix(text, "Person ") {
				t.Errorf("%s: page %d ends with the head of a table", name, i+1)
			}
			if n > 0 && !regexp.MustCompile(`Person, role, tags, row +(With|Why|Changes).* Decision`).MatchString(page) {
				t.Errorf("%s: page %d has no whole head:\n%s", name, i+1, page)
			}
		}
		if rows != len(in.Plan.Operations) || rows/len(pages) < 20 || most < 33 {
			t.Errorf("%s: %d changes are on %d pages, %d at most on one", name, rows, len(pages), most)
		}
	}
}

// changesOn is how many changes of a company are on a page.
func changesOn(page string) int {
	return len(regexp.MustCompile(`(?m)emp-\d{6}( |$)`).FindAllString(page, -1))
}

// A page has room for 25 changes, of people who are created with seven values beside name and
// role, of those of whom six fields change, or any of them, and of those who are withheld for a
// reason that takes several lines; and each is of few elements, which take a browser long to lay out and to tag.
func testPaperIsFull(t *testing.T, ctx context.Context) {
	of := func(v plan.Verb) report.Input {
		in := company(1500)
		in.Plan.Operations = slices.DeleteFunc(in.Plan.Operations, func(o plan.Operation) bool { return o.Verb != v })
		for i := range in.Plan.Operations {
			o := &in.Plan.Operations[i]
			if o.Verb == plan.Create {
				o.Changes[4].After = user.JSON(user.Object{"department": "Engineering", "city": "Kraków", "employee": fmt.Sprint(1000 + i),
					"phone": "+48 12 345 67 89", "mail": "christina.kowalska@example.org"})
			}
		}
		return in
	}
	withheld := of(plan.Deactivate)
	reason := strings.Repeat("1 row has no readable uid and may stand for any absent user; ", 6) + "correct the rows"
	withheld.Plan.Withhold(plan.Deactivate, plan.Guard{Message: reason}, func(*plan.Operation) bool { return true })
	all := map[string]report.Input{"created": of(plan.Create), "updated": sixFields(of(plan.Update)),
		"various": anyFields(sixFields(of(plan.Update))), "withheld": withheld}
	for name, in := range all {
		in.Plan.Remote = plan.Remote{}
		if in.Plan.Count(plan.Create) == 0 {
			in.Plan.Remote.Active = len(in.Plan.Operations)
		}
		in.Plan.Places, in.Plan.Unchanged, in.Plan.Remote.InScope = nil, 0, in.Plan.Remote.Active
		in.Results = in.Plan.Unsent()
		address := pageFile(t, in)
		for paper, size := range papers {
			rows, on := 0, []int(nil)
			b := openTab(t, ctx, address)
			pages := b.printed(size)
			ask[bool](b, `dispatchEvent(new Event("beforeprint"))`)
			most := ask[int](b, `Math.max(...[...document.querySelectorAll("#rows tbody tr")].map((e) => e.querySelectorAll("*").length))`)
			if most > 24 {
				t.Errorf("%s: a change is printed as %d elements", name, most)
			}
			if name == "updated" {
				first := ask[string](b, `document.querySelector('#rows tr[data-uid="emp-000001"] .changes').innerHTML`)
				want := "avatar: https://people.example.org/<del>christina.</del> → <ins>emp-</ins>000001.png; " +
					"tags: chess, <del>kraków</del> → <ins>berlin</ins>; "
				if !strings.Contains(first, want) {
					t.Errorf("%s: %s is printed, and not %s", paper, first, want)
				}
			}
			for _, page := range pages {
				n := changesOn(page)
				if n > 0 {
					rows, on = rows+n, append(on, n)
				}
				if whole := regexp.MustCompile(`(?m)emp-\d{6} .* (apply|withheld)$`).FindAllString(page, -1); len(whole) != n {
					t.Errorf("%s, %s: of %d changes on a page, %d have a whole decision", name, paper, n, len(whole))
				}
			}
			if ops := len(in.Plan.Operations); rows != ops || len(on) < 3 || slices.Min(on[1:len(on)-1]) < 25 {
				t.Errorf("%s, %s: %d changes of %d are printed, %d on each page", name, paper, rows, ops, on)
			}
		}
	}
}

// sixFields has each update change six fields to values of usual length.
func sixFields(in report.Input) report.Input {
	const people = "https://people.example.org/"
	for i := range in.Plan.Operations {
		o := &in.Plan.Operations[i]
		mail := fmt.Sprintf("christina.%06d", i)
		was := user.Object{"department": "Engineering", "city": "Kraków", "mail": mail + "@example.org"}
		is := user.Object{"department": "Operations", "city": "Austin", "mail": mail + "@example.com"}
		o.Changes = []plan.Change{
			{Field: user.Name, Before: str("Christina Kowalska"), After: str(o.Name)},
			{Field: user.Avatar, Before: str(people + mail + ".png"), After: str(people + o.UID + ".png")},
			{Field: user.Tags, Before: `["chess","kraków"]`, After: `["chess","` + o.Tags[0] + `"]`},
			{Field: user.Metadata, Before: user.JSON(was), After: user.JSON(is)},
		}
	}
	return in
}

// anyFields leaves each update some of its fields, others than most have.
func anyFields(in report.Input) report.Input {
	for i := range in.Plan.Operations {
		o, some := &in.Plan.Operations[i], i%63+1
		before, after := user.Object{}, user.Object{}
		for k, key := range []string{"department", "city", "mail"} {
			if some>>k&1 == 1 {
				before[key], after[key] = key+" before", key+" after"
			}
		}
		var changes []plan.Change
		for k, c := range o.Changes[:3] {
			if some>>(3+k)&1 == 1 {
				changes = append(changes, c)
			}
		}
		if len(before) > 0 {
			changes = append(changes, plan.Change{Field: user.Metadata, Before: user.JSON(before), After: user.JSON(after)})
		}
		o.Changes = changes
	}
	return in
}

// A value that no line can hold is broken, and pairs are printed as decided: what is wider than a
// page has a browser print all of it smaller.
func testPaperIsNotShrunk(t *testing.T, ctx context.Context) {
	in := review()
	for i := range in.Plan.Operations {
		if o := &in.Plan.Operations[i]; o.Verb == plan.Update {
			o.Changes = []plan.Change{{Field: user.Link, Before: str("https://" + strings.Repeat("x", 900)), After: str("https://y")}}
		}
	}
	in.Results = in.Plan.Unsent()
	for name, in := range map[string]report.Input{"long values": in, "pairs": replanned()} {
		b := openTab(t, ctx, pageFile(t, in))
		b.do(chromedp.EmulateViewport(718, 1000))
		b.media("print", "light")
		ask[bool](b, `dispatchEvent(new Event("beforeprint"))`)
		if got := ask[[]string](b, `[...document.querySelectorAll("main *")].filter((e) => e.checkVisibility() &&
			e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.outerHTML.slice(0, 80))`); len(got) > 0 {
			t.Errorf("%s: wider than the page: %q", name, got)
		}
		n := ask[int](b, `[...document.querySelectorAll(".choice label")].filter(`+displayed+`).length`)
		if n != len(mustNew(t, in).Pairs) {
			t.Errorf("%s: %d words of decisions on pairs are printed", name, n)
		}
	}
}

// What is wrong with rows is told once with an example; its rows are folded, and unfold.
func testCauses(t *testing.T, ctx context.Context) {
	in := validated()
	var rejects []user.Reject
	for i := range 20_000 {
		d := user.Defect{Column: fmt.Sprintf("column %d", min(i%80, 39)), Code: user.AvatarInvalid, Value: "n/a",
			Message: "not a web address; it has to begin with https://"}
		rejects = append(rejects, user.Reject{Source: user.Source{File: in.Intake.Files[0].Path, Row: i + 2}, UID: fmt.Sprintf("u-%05d", i),
			Defects: []user.Defect{d}})
	}
	in.Intake.Files = in.Intake.Files[:1]
	in.Intake.Users, in.Intake.Duplicates = 0, 0
	in.Intake.Rejects, in.Intake.Rejected = user.ListOf(rejects), len(rejects)
	in.Intake.Rows, in.Intake.Files[0].Rows = in.Intake.Rejected, in.Intake.Rejected
	b := openTab(t, ctx, pageFile(t, in))
	causes := `[...document.querySelectorAll(".cause")]`
	seen := ask[[]int](b, causes+`.map((e) => Number(e.querySelector(".n").textContent.replace(",", "")))`)
	if len(seen) != 40 || seen[0] != 10_250 || !slices.IsSortedFunc(seen, func(a, b int) int { return b - a }) {
		t.Errorf("the causes have %d rows", seen)
	}
	if n := ask[int](b, causes+`.filter((e) => e.querySelector(".example").checkVisibility()).length`); n != 40 {
		t.Errorf("%d examples are seen", n)
	}
	rows := `[...document.querySelectorAll(".cause tbody tr")].filter(` + displayed + `).length`
	if n := ask[int](b, rows); n != 0 {
		t.Errorf("%d rows are seen before anybody asks", n)
	}
	b.do(chromedp.Focus(chromedp.CSS(".cause summary")), chromedp.KeyEvent(" "))
	b.until(rows + ` === 50`)
	b.media("print", "light")
	if n := ask[int](b, rows); n != 2000 {
		t.Errorf("%d rows are printed", n)
	}
	n := ask[[]int](b, causes+`.map((e) => e.innerText.split("has to begin with").length - 1)`)
	if slices.Max(n) != 1 || slices.Min(n) != 1 {
		t.Errorf("the same is said so many times of each cause: %d", n)
	}
	if n := ask[int](b, causes+`.filter((e) => e.querySelector(".example").checkVisibility()).length`); n != 0 {
		t.Errorf("%d examples are printed beside their rows", n)
	}
	for i, page := range b.printed(chromedp.PaperA4) {
		if regexp.MustCompile(`\n *(What to do|Values): [^\n]*\s+\d+ / \d+\s*$`).MatchString(page) {
			t.Errorf("page %d ends with a cause, and its rows are on the next", i+1)
		}
	}
}
