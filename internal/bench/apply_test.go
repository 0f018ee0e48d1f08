//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

const concurrency = 32

// BenchmarkApply creates users in an empty sandbox: as fast as it goes beside
// a loop that does nothing but POST, and at the rate of a limited app.
func BenchmarkApply(b *testing.B) {
	p := build(b)
	b.Run("unlimited", func(b *testing.B) {
		rows := setting(b, "COMETSYNC_BENCH_CREATES", 20_000)
		var bare, all []usage
		var requests int
		for b.Loop() {
			var posts Posts
			url, stop := p.sandbox(b)
			u := measure(b, self(b, "posts", os.TempDir(), fmt.Sprint(rows), url), &posts)
			stop()
			u.wall = time.Duration(posts.Seconds * float64(time.Second)) // without the making of bodies
			bare = append(bare, u)

			url, stop = p.sandbox(b)
			u, h := p.create(b, url, rows)
			stop()
			all = append(all, u)
			if requests = posts.Requests; h.Summary.Create.Applied != requests {
				b.Fatalf("%d users created, want %d", h.Summary.Create.Applied, requests)
			}
		}
		bound, sync := median(bare), median(all)
		rate := func(u usage) float64 { return float64(requests) / u.wall.Seconds() }
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(rate(bound), "posts/s")
		b.ReportMetric(rate(sync), "creates/s")
		b.ReportMetric(rate(sync)/rate(bound), "x-posts")
		b.Logf("%d creates, %d at once, medians of %d: a loop of POSTs %.0f a second, sync %.0f a second over its whole run (%.2fx, %d MiB)",
			requests, concurrency, len(all), rate(bound), rate(sync), rate(sync)/rate(bound), sync.peak>>20)
	})
	b.Run("limited", func(b *testing.B) {
		const perMinute = 20_000 // 333 a second
		rows := setting(b, "COMETSYNC_BENCH_CREATES", 5_000)
		var t strings.Builder
		for b.Loop() {
			url, stop := p.sandbox(b, "--limit-core", strconv.Itoa(perMinute))
			u, h := p.create(b, url, rows, "--rate-core", strconv.Itoa(perMinute), "--rate-share", "100%")
			stop()
			rate := float64(h.Summary.Create.Applied) / u.wall.Seconds()
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(rate, "creates/s")
			b.ReportMetric(100*rate/(perMinute/60.0), "%-of-limit")
			b.ReportMetric(100*u.cpu.Seconds()/u.wall.Seconds(), "%-of-a-core")
			b.ReportMetric(float64(h.API.Throttled), "refused")
			fmt.Fprintf(&t, "%d creates at %.0f a second of %.0f allowed, %d refused, %.1f%% of a core\n",
				h.Summary.Create.Applied, rate, perMinute/60.0, h.API.Throttled, 100*u.cpu.Seconds()/u.wall.Seconds())
		}
		b.Log(strings.TrimSpace(t.String()))
	})
}

// sandbox starts a sandbox without users in another process.
func (p program) sandbox(b *testing.B, args ...string) (url string, stop func()) {
	b.Helper()
	return listen(b, p.command(b.Context(), append([]string{"sandbox", "--addr", "127.0.0.1:0"}, args...)...))
}

// create syncs the roster to an app that has none of its users.
func (p program) create(b *testing.B, url string, rows int, args ...string) (usage, head) {
	b.Helper()
	d, err := Make(os.TempDir(), rows)
	if err != nil {
		b.Fatal(err)
	}
	rates := []string{"--rate-core", "100000000", "--rate-standard", "100000000", "--rate-share", "100%"}
	if len(args) > 0 {
		rates = args
	}
	var h head
	u := measure(b, p.command(b.Context(), append([]string{"sync", d.Roster(), "--base-url", url, "--app-id", "bench", "--create-roles",
		"--concurrency", strconv.Itoa(concurrency), "--report-dir", "none", "--output", "json"}, rates...)...), &h)
	return u, h
}

func printPosts(dir, rows, url string) error {
	d, err := find(dir, rows)
	if err != nil {
		return err
	}
	p, err := Post(url, d, concurrency)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(p)
}
