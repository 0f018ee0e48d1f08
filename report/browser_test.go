package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	devtools "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"cometsync/internal/plan"
	"cometsync/internal/slow"
	"cometsync/report"
)

// patience is how long a tab may take for all that a test does in it.
const patience = 3 * time.Minute

// startBrowser starts a browser that asks nobody for anything, and gives the
// context in which tabs are opened.
func startBrowser(t testing.TB) context.Context {
	t.Helper()
	path := slow.Program(t, "chromium")
	// What the browser leaves running for a moment may still write into its
	// directory, so that this is not one which has to be gone in the end.
	dir, err := os.MkdirTemp("", "cometsync-browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true), chromedp.WindowSize(1280, 900), chromedp.WSURLReadTimeout(time.Minute))...)
	t.Cleanup(cancel)
	ctx, _ := chromedp.NewContext(allocator)
	t.Cleanup(func() { _ = chromedp.Cancel(ctx) })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	return ctx
}

// tab is a page in the browser, with a store of its own.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	requests   []string // everything that the page asked for, itself included
	complaints []string // what it wrote to the console, the browser's refusals included
	dialogs    []string
}

// blankTab opens an empty tab.
func blankTab(t testing.TB, browser context.Context) *tab {
	t.Helper()
	b := &tab{t: t}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	b.ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	return b
}

// hear keeps what a page that behaves does not do.
func (b *tab) hear(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	case *log.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text)
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprintf("console.%s", e.Type))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, e.ExceptionDetails.Text)
	case *devtools.EventJavascriptDialogOpening:
		b.dialogs = append(b.dialogs, e.Message)
	}
}

// behaved says that the page asked for nothing but itself, and that nothing
// was refused, went wrong or popped up.
func (b *tab) behaved(address string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range b.requests {
		if !strings.HasPrefix(r, address) && !strings.HasPrefix(r, "about:blank") {
			b.t.Errorf("the page asks for %s", r)
		}
	}
	if len(b.requests) == 0 {
		b.t.Error("nobody saw the page being asked for")
	}
	for _, c := range b.complaints {
		b.t.Errorf("the browser complains: %s", c)
	}
	for _, d := range b.dialogs {
		b.t.Errorf("the page pops up %q", d)
	}
}

// pageFile is a report's page in a file, by its address.
func pageFile(t testing.TB, in report.Input) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(htmlOf(t, in)), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file://" + file
}

// openTab shows a page and waits until it is ready.
func openTab(t testing.TB, browser context.Context, address string) *tab {
	t.Helper()
	b := blankTab(t, browser)
	b.do(chromedp.Navigate(address))
	b.until(`document.documentElement.dataset.ready === "1"`)
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// ask evaluates an expression in the page; what it gives is read as JSON.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// until waits for a condition. The page's policy forbids what chromedp.Poll
// does in it.
func (b *tab) until(condition string) {
	b.t.Helper()
	_, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](
		`new Promise((done) => { const look = () => { if (`+condition+`) done(true); else setTimeout(look, 5); }; look(); })`, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("waiting for %s: %v", condition, err)
	}
}

// click clicks on what a selector finds, as a mouse does, once what came into sight with it is
// laid out: until then it may move away from where it was.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.ScrollIntoView(chromedp.CSS(selector)))
	ask[bool](b, `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))`)
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// choose takes an option of a select.
func (b *tab) choose(id, value string) {
	b.t.Helper()
	if !ask[bool](b, fmt.Sprintf(`(() => { const s = document.getElementById(%[1]q);
		if (![...s.options].some((o) => o.value === %[2]s)) return false;
		s.value = %[2]s; s.dispatchEvent(new Event("change", {bubbles: true})); return true; })()`, id, quoted(value))) {
		b.t.Fatalf("%s offers no %q", id, value)
	}
}

// search types a text into the field for it, over what is there.
func (b *tab) search(text string) {
	b.t.Helper()
	b.do(chromedp.Focus(chromedp.CSS("#search")), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)),
		chromedp.KeyEvent(kb.Backspace))
	if text != "" {
		b.do(chromedp.KeyEvent(text))
	}
	b.until(`document.getElementById("search").value === ` + quoted(text))
}

// allowClipboard lets the page read and write the clipboard.
func (b *tab) allowClipboard() {
	b.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(b.ctx, browser.SetPermission, browser.SetPermissionParams{
			Permission: &browser.PermissionDescriptor{Name: name}, Setting: browser.PermissionSettingGranted,
			BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID})
		if err != nil {
			b.t.Fatal(err)
		}
	}
	if _, err := chromedp.Call(b.ctx, emulation.SetFocusEmulationEnabled,
		emulation.SetFocusEmulationEnabledParams{Enabled: true}); err != nil {
		b.t.Fatal(err)
	}
}

func quoted(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // strings can always be marshalled
	}
	return string(text)
}

// shown gives the uids of all rows of all pages, in order.
func (b *tab) shown() []string {
	b.t.Helper()
	var all []string
	for {
		all = append(all, ask[[]string](b, `[...document.querySelectorAll("#rows tr[data-uid]")].map((tr) => tr.dataset.uid)`)...)
		if ask[bool](b, `document.getElementById("pager").hidden || document.getElementById("page-next").disabled`) {
			return all
		}
		before := ask[string](b, `document.getElementById("page-rows").textContent`)
		b.click("#page-next")
		b.until(`document.getElementById("page-rows").textContent !== ` + quoted(before))
	}
}

func (b *tab) text(selector string) string {
	b.t.Helper()
	return ask[string](b, `document.querySelector(`+quoted(selector)+`).textContent`)
}

// review is a plan to decide on: of everything something, and several pages.
func review() report.Input {
	in := partial()
	in.Run.Command, in.Run.Result, in.Run.ExitCode = "plan", report.Pending, 0
	in.Verify, in.API.Applying = report.Verify{}, 0
	p := in.Plan
	p.Run = in.Run.ID
	more := large(120).Plan.Operations
	for i := range more {
		o := &more[i]
		o.Tags = [][]string{{"eu"}, {"us"}, {"us", "night shift"}, nil}[i%4]
		if o.Verb != plan.Create {
			p.Remote.Active++
			p.Remote.InScope++
		}
	}
	p.Operations = append(p.Operations, more...)
	p.Sort()
	in.Results = p.Unsent()
	return in
}

// uidsOf are the uids of those operations that meet a condition, sorted.
func uidsOf(in report.Input, is func(o *plan.Operation) bool) []string {
	var all []string
	for i := range in.Plan.Operations {
		if o := &in.Plan.Operations[i]; is(o) {
			all = append(all, o.UID)
		}
	}
	slices.Sort(all)
	return all
}
