//go:build unix

package bench

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// BenchmarkPlan runs a baseline and the plan command on the same data, one
// after the other, and gives the plan's time as a multiple of the baseline's.
func BenchmarkPlan(b *testing.B) {
	rows := setting(b, "COMETSYNC_BENCH_USERS", 100_000)
	p := build(b)
	few := 1000 // to know what the program takes for itself
	floor := p.plan(b, b.TempDir(), few, "none")
	d, err := Make(os.TempDir(), rows)
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range []string{d.Roster(), d.remote()} {
		touch(b, path)
	}
	var bare Baseline
	var baselines, reported, unreported []usage
	for b.Loop() {
		baselines = append(baselines, measure(b, self(b, "baseline", os.TempDir(), fmt.Sprint(rows)), &bare))
		reported = append(reported, p.plan(b, os.TempDir(), rows, b.TempDir()))
		unreported = append(unreported, p.plan(b, os.TempDir(), rows, "none"))
	}
	base, with, without := median(baselines), median(reported), median(unreported)
	multiple := func(u usage) float64 { return u.wall.Seconds() / base.wall.Seconds() }
	perUser := func(u usage) float64 { return float64(u.peak-floor.peak) / float64(rows-few) }

	b.ReportMetric(0, "ns/op")
	b.ReportMetric(base.wall.Seconds(), "baseline-s")
	b.ReportMetric(multiple(with), "x-baseline")
	b.ReportMetric(multiple(without), "x-baseline-no-reports")
	b.ReportMetric(float64(with.peak)/(1<<20), "MiB")
	b.ReportMetric(perUser(with), "B/user")

	var t strings.Builder
	fmt.Fprintf(&t, "%d roster rows (%d MB), %d users in the app (%d MB), %d operations; medians of %d\n",
		d.Rows, d.RosterBytes/1e6, d.Active+d.Deactivated, d.RemoteBytes/1e6, d.Create+d.Update+d.Deactivate+d.Reactivate, len(reported))
	fmt.Fprintf(&t, "%-18s %9s %9s %9s %9s %9s\n", "", "wall", "baseline", "cpu", "peak", "a user")
	line := func(name string, u usage) {
		fmt.Fprintf(&t, "%-18s %8.2fs %8.2fx %8.2fs %5d MiB %7.0f B\n", name, u.wall.Seconds(), multiple(u), u.cpu.Seconds(), u.peak>>20,
			perUser(u))
	}
	line("baseline", base)
	line("plan", with)
	line("plan, no reports", without)
	fmt.Fprintf(&t, "baseline: %.2fs encoding/csv, %.2fs encoding/json; \"a user\" is the peak above that with %d users (%d MiB)",
		bare.CSV, bare.JSON, few, floor.peak>>20)
	b.Log(t.String())
}

// plan plans against pages served by another process, and holds the plan to
// what the data say: a fast plan that is wrong is worth nothing.
func (p program) plan(b *testing.B, dir string, rows int, reports string) usage {
	b.Helper()
	d, err := Make(dir, rows)
	if err != nil {
		b.Fatal(err)
	}
	url, stop := listen(b, self(b, "pages", dir, fmt.Sprint(rows)))
	defer stop()
	var h head
	u := measure(b, p.command(b.Context(), "plan", d.Roster(), "--base-url", url, "--app-id", "bench",
		"--rate-core", "100000000", "--rate-standard", "100000000", "--rate-share", "100%",
		"--report-dir", reports, "--output", "json"), &h)
	s := h.Summary
	got := Data{Dir: d.Dir, RosterBytes: d.RosterBytes, RemoteBytes: d.RemoteBytes,
		Rows: h.Source.Users, Active: h.Remote.Active, Deactivated: h.Remote.Deactivated,
		Create: s.Create.Planned, Update: s.Update.Planned, Deactivate: s.Deactivate.Planned, Reactivate: s.Reactivate.Planned}
	if got != *d {
		b.Fatalf("planned %+v\nwant    %+v", got, *d)
	}
	return u
}

// touch reads a file, so that the first to be measured does not wait for the disk.
func touch(b *testing.B, path string) {
	b.Helper()
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err != nil {
		b.Fatal(err)
	}
}
