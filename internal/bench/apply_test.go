//go:build unix

package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
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
		var bare, runs, stages []usage
		var requests int
		for b.Loop() {
			var posts Posts
			url, stop := p.sandbox(b)
			u := measure(b, self(b, "posts", os.TempDir(), fmt.Sprint(rows), url), &posts)
			stop()
			u.wall = time.Duration(posts.Seconds * float64(time.Second)) // without the making of bodies
			bare = append(bare, u)

			url, stop = p.sandbox(b)
			run, stage, h := p.create(b, url, rows, 100_000_000)
			stop()
			runs, stages = append(runs, run), append(stages, stage)
			if requests = posts.Requests; h.Summary.Create.Applied != requests {
				b.Fatalf("%d users created, want %d", h.Summary.Create.Applied, requests)
			}
		}
		rate := func(all []usage) float64 { return float64(requests) / median(all).wall.Seconds() }
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(rate(bare), "posts/s")
		b.ReportMetric(rate(stages), "creates/s")
		b.ReportMetric(rate(stages)/rate(bare), "x-posts")
		b.Logf("%d creates, %d at once, medians of %d\nloop of POSTs %7.0f/s\napplication   %7.0f/s %.2fx\nwhole sync    %7.0f/s %.2fx, "+
			"%d MiB",
			requests, concurrency, len(runs), rate(bare), rate(stages), rate(stages)/rate(bare), rate(runs), rate(runs)/rate(bare), median(runs).peak>>20)
	})
	b.Run("limited", func(b *testing.B) {
		const perMinute = 20_000 // 333 a second
		rows := setting(b, "COMETSYNC_BENCH_CREATES", 5_000)
		var stages []usage
		var h head
		for b.Loop() {
			url, stop := p.sandbox(b, "--limit-core", strconv.Itoa(perMinute))
			var stage usage
			_, stage, h = p.create(b, url, rows, perMinute)
			stop()
			stages = append(stages, stage)
		}
		stage := median(stages)
		rate := float64(h.Summary.Create.Applied) / stage.wall.Seconds()
		core := stage.cpu.Seconds() / stage.wall.Seconds()
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(rate, "creates/s")
		b.ReportMetric(100*rate/(perMinute/60.0), "%-of-limit")
		b.ReportMetric(100*core, "%-of-a-core")
		b.ReportMetric(float64(h.API.Throttled), "refused")
		b.Logf("%d creates at %.0f/s of %.0f/s allowed, %d refused, %.1f%% of a core",
			h.Summary.Create.Applied, rate, perMinute/60.0, h.API.Throttled, 100*core)
	})
}

// sandbox starts a sandbox without users in another process.
func (p program) sandbox(b *testing.B, args ...string) (url string, stop func()) {
	b.Helper()
	return listen(b, p.command(b.Context(), append([]string{"sandbox", "--addr", "127.0.0.1:0"}, args...)...))
}

// create syncs the roster to an app that has none of its users. The
// application alone is the sync without what a plan takes before it, and
// without what a plan takes after it, which is the verification and one
// reading of the roster that a sync does not do.
func (p program) create(b *testing.B, url string, rows, perMinute int) (run, application usage, h head) {
	b.Helper()
	d, err := Make(os.TempDir(), rows)
	if err != nil {
		b.Fatal(err)
	}
	do := func(command string, flags ...string) usage {
		h = head{}
		flags = append([]string{command, d.Roster(), "--report-dir", "none", "--output", "json"}, flags...)
		return measure(b, p.command(b.Context(), flags...), &h)
	}
	target := []string{"--base-url", url, "--app-id", "bench", "--create-roles", "--concurrency", strconv.Itoa(concurrency),
		"--rate-core", strconv.Itoa(perMinute), "--rate-standard", "100000000", "--rate-share", "100%"}
	reading := do("validate")
	before := do("plan", target...)
	run = do("sync", target...)
	applied := h
	after := do("plan", target...)
	if s := h.Summary; s.Create.Planned+s.Update.Planned != 0 {
		b.Fatalf("after the sync, %d creates and %d updates are left", s.Create.Planned, s.Update.Planned)
	}
	application = run
	application.wall += reading.wall - before.wall - after.wall
	application.cpu += reading.cpu - before.cpu - after.cpu
	return run, application, applied
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
