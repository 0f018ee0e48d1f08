package report_test

import (
	"context"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// The page says times where its reader is, which may be far from where the run was, with
// UTC beside; and without script in UTC alone.
func testZones(t *testing.T, ctx context.Context) {
	in := leaving()
	in.Run.Zone = "Europe/Berlin"
	for zone, want := range map[string][]string{
		"Asia/Tokyo":       {"2026-08-02 12:15 GMT+9 (03:15 UTC)", "2026-08-03 08:15 GMT+9 (2026-08-02 23:15 UTC)"},
		"UTC":              {"2026-08-02 03:15 UTC", "2026-08-02 23:15 UTC"},
		"America/New_York": {"2026-08-01 23:15 EDT (2026-08-02 03:15 UTC)", "2026-08-02 19:15 EDT (23:15 UTC)"},
	} {
		b := blankTab(t, ctx)
		if _, err := chromedp.Call(b.ctx, emulation.SetTimezoneOverride,
			emulation.SetTimezoneOverrideParams{TimezoneID: zone}); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(pageFile(t, in)))
		b.until(`document.documentElement.dataset.ready === "1"`)
		times := ask[[]string](b, `[...document.querySelectorAll("time, .facts dd")].map((e) => e.textContent)`)
		for _, text := range want {
			if !slices.Contains(times, text) {
				t.Errorf("%s: %q lacks %q", zone, times, text)
			}
		}
		if n := ask[int](b, `document.querySelectorAll("time").length`); n < 2 {
			t.Errorf("%d times", n)
		}
	}
}
