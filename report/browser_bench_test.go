package report_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"cometsync/internal/plan"
	"cometsync/internal/user"
	"cometsync/report"
)

// company is a plan of n operations as a company's roster brings them about, and of n
// people of whom nothing changes.
func company(n int) report.Input {
	in := pending()
	p := in.Plan
	given := []string{"Ada", "Bea", "Céline", "Dan", "Eve", "Fritz", "Gül", "Hanna", "Ivo", "Jürgen", "Kai", "Łukasz", "Mia"}
	family := []string{"Lovelace", "Kowalski", "Müller", "O’Neill", "Nguyễn", "Smith", "García", "Yılmaz", "van Dijk", "Rossi", "Haddad"}
	roles := []string{"staff", "manager", "contractor", "student", "guest"}
	departments := []string{"Sales", "Marketing", "Engineering", "Operations", "Legal", "Finance", "Support"}
	cities := []string{"Berlin", "Lisbon", "Kraków", "Izmir", "Austin", "Pune"}
	pick := func(list []string, i int) string { return list[i%len(list)] }
	object := func(i, salt int) string {
		return user.JSON(user.Object{"department": pick(departments, i+salt), "city": pick(cities, i/7),
			"employee": fmt.Sprint(100000 + i)})
	}
	p.Operations = make([]plan.Operation, n)
	remote := 0
	for i := range p.Operations {
		o := plan.Operation{
			UID: fmt.Sprintf("emp-%06d", i), Name: pick(given, i*7/3) + " " + pick(family, i*5/2), Role: pick(roles, i*i/11),
			Tags: []string{strings.ToLower(pick(cities, i/7))}, Source: user.Source{File: "exports/staff.csv", Row: i + 2},
		}
		mail := strings.ToLower(o.UID) + "@example.com"
		switch k := i % 20; {
		case k < 6:
			o.Verb, o.Reason = plan.Update, plan.Differs
			o.Changes = []plan.Change{{Field: user.Metadata, Before: object(i, 1), After: object(i, 0)}}
			if k > 1 {
				o.Changes = append(o.Changes, plan.Change{Field: user.Role, Before: str(pick(roles, i+1)), After: str(o.Role)})
			}
			if k > 3 {
				o.Changes = append(o.Changes, plan.Change{Field: user.Name, Before: str(o.Name + " jun."), After: str(o.Name)})
			}
		case k < 16:
			o.Verb, o.Reason = plan.Create, plan.Missing
			o.Changes = []plan.Change{
				{Field: user.Name, After: str(o.Name)}, {Field: user.Role, After: str(o.Role)},
				{Field: user.Avatar, After: str("https://people.example.com/" + o.UID + ".png")},
				{Field: user.Link, After: str("mailto:" + mail)},
				{Field: user.Metadata, After: object(i, 0)},
			}
		case k < 19:
			o.Verb, o.Reason, o.Source = plan.Deactivate, plan.Absent, user.Source{}
		default:
			o.Verb, o.Reason = plan.Reactivate, plan.StateSays
		}
		if o.Verb != plan.Create {
			remote++
		}
		p.Operations[i] = o
	}
	p.Sort()
	p.Run = in.Run.ID
	p.Places = &plan.Places{}
	for i := range n {
		p.Places.Add(fmt.Sprintf("old-%06d", i), pick(given, i*7/3)+" "+pick(family, i*5/2), plan.PlaceUnchanged)
	}
	p.Unchanged, p.OutOfScope, p.Protected, p.Kept, p.NewRoles = n, 0, 0, 0, nil
	p.Remote = plan.Remote{Active: remote + n, InScope: remote + n}
	in.Results = p.Unsent()
	return in
}

// BenchmarkPage100k loads the page of a hundred thousand operations and uses
// it. Beside it stands a page of as many bytes that is nothing but text, in the
// same browser.
func BenchmarkPage100k(b *testing.B) {
	browser := startBrowser(b)
	address := pageFile(b, company(100_000))
	info, err := os.Stat(strings.TrimPrefix(address, "file://"))
	if err != nil {
		b.Fatal(err)
	}
	plain := filepath.Join(b.TempDir(), "plain.html")
	line := "<p>emp-000001 Ada Lovelace, staff, berlin: Sales becomes Marketing, exports/staff.csv:3</p>\n"
	text := "<!DOCTYPE html><meta charset=utf-8><title>Text</title>\n" + strings.Repeat(line, int(info.Size())/len(line))
	if err := os.WriteFile(plain, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}

	took := map[string]time.Duration{}
	var heap float64
	// timed is how long it takes until what an expression brings about is drawn.
	timed := func(t *tab, expression string) time.Duration {
		ms := ask[float64](t, `new Promise(async (done) => { let from = performance.now(); `+expression+`;
			requestAnimationFrame(() => setTimeout(() => done(performance.now() - from))); })`)
		return time.Duration(ms * float64(time.Millisecond))
	}
	typed := func(text string) string {
		return `{ const s = document.getElementById("search"); s.value = ` + quoted(text) +
			`; s.dispatchEvent(new Event("input", {bubbles: true})); }`
	}
	chosen := func(id, value string) string {
		return `{ const s = document.getElementById("` + id + `"); s.value = ` + quoted(value) +
			`; s.dispatchEvent(new Event("change", {bubbles: true})); }`
	}
	for b.Loop() {
		t := blankTab(b, browser)
		from := time.Now()
		t.do(chromedp.Navigate("file://" + plain))
		timed(t, "")
		took["plain"] += time.Since(from)
		t.do(chromedp.Navigate("about:blank"))

		from = time.Now()
		t.do(chromedp.Navigate(address))
		t.until(`document.documentElement.dataset.ready === "1"`)
		took["ready"] += time.Since(from)
		took["cold-search"] += timed(t, typed("kra")) // before there was time to prepare for it
		// When the first search comes, after the page is ready: its rows are counted from then on, with
		// what the page does at that time.
		for _, moment := range []int{100, 200, 500, 1000, 2000} {
			t.do(chromedp.Navigate("about:blank"), chromedp.Navigate(address))
			t.until(`document.documentElement.dataset.ready === "1"`)
			took[fmt.Sprintf("search-after-%dms", moment)] += timed(t, fmt.Sprintf(
				"from += %d; await new Promise((go) => setTimeout(go, %[1]d)); ", moment)+typed("kra"))
		}
		t.until(`document.documentElement.dataset.warm === "1"`)
		took["first-key"] += timed(t, typed("l"))
		took["next-key"] += timed(t, typed("lov"))
		if found := t.text("#hits"); strings.HasPrefix(found, "0 ") {
			b.Fatal(found)
		}
		took["everybody"] += time.Duration(1e6 * ask[float64](t, `new Promise((done) => { const from = performance.now();
			new MutationObserver(() => { if (!document.getElementById("people-more").hidden) done(performance.now() - from); })
				.observe(document.getElementById("people"), {subtree: true, childList: true, attributes: true}); `+typed("yilmaz")+` })`))
		timed(t, typed(""))
		took["filter"] += timed(t, chosen("filter-role", "staff"))
		timed(t, chosen("filter-role", ""))
		took["sort"] += timed(t, chosen("sort", "name"))
		took["page"] += timed(t, `document.getElementById("page-next").click()`)
		took["hold-all"] += timed(t, `document.querySelector("#decide-shown [data-decision=hold]").click()`)
		if _, err := chromedp.Call(t.ctx, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			b.Fatal(err)
		}
		usage, err := chromedp.Call(t.ctx, runtime.GetHeapUsage, cdp.Empty{})
		if err != nil {
			b.Fatal(err)
		}
		heap += usage.UsedSize
		t.do(chromedp.Navigate("about:blank"))
	}
	n := float64(b.N)
	for what, d := range took {
		b.ReportMetric(d.Seconds()*1000/n, what+"-ms")
	}
	b.ReportMetric(took["ready"].Seconds()/took["plain"].Seconds(), "ready/plain")
	b.ReportMetric(float64(info.Size())/1e6, "MB")
	b.ReportMetric(heap/n/1e6, "heap-MB")
}
