//go:build unix

package bench

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// BenchmarkJoin runs DuckDB, which joins the roster with pages of the app's users
// from disk and counts, and the plan command on the same data, in turn. It gives the
// plan's time and memory as multiples of DuckDB's, and as another multiple what all
// reports add to the time. COMETSYNC_DUCKDB names the node_modules that
// @duckdb/node-api is installed in; without it or node the benchmark is skipped.
func BenchmarkJoin(b *testing.B) {
	modules := os.Getenv("COMETSYNC_DUCKDB")
	if modules == "" {
		b.Skip("COMETSYNC_DUCKDB is not set: the node_modules with @duckdb/node-api in it")
	}
	node, err := exec.LookPath("node")
	if err != nil {
		b.Skip("no node")
	}
	rows := setting(b, "COMETSYNC_BENCH_USERS", 100_000)
	p := build(b)
	d, err := Make(os.TempDir(), rows)
	if err != nil {
		b.Fatal(err)
	}
	pages, err := d.writePages()
	if err != nil {
		b.Fatal(err)
	}
	join := func() usage {
		got := Data{Dir: d.Dir, RosterBytes: d.RosterBytes, RemoteBytes: d.RemoteBytes}
		c := exec.CommandContext(b.Context(), node, "testdata/join.mjs", modules, d.Roster(), filepath.Join(pages, "*.json"))
		u := measure(b, c, &got)
		if got != *d {
			b.Fatalf("DuckDB counts %+v\nthe data hold  %+v", got, *d)
		}
		return u
	}
	join() // what is read first waits for the disk
	touch(b, d.remote())
	var joins, reported, unreported []usage
	for b.Loop() {
		joins = append(joins, join())
		unreported = append(unreported, p.plan(b, os.TempDir(), rows, "none"))
		reported = append(reported, p.plan(b, os.TempDir(), rows, b.TempDir()))
	}
	bare, with, without := median(joins), median(reported), median(unreported)
	wall := func(u usage) float64 { return u.wall.Seconds() / bare.wall.Seconds() }
	memory := func(u usage) float64 { return float64(u.peak) / float64(bare.peak) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(bare.wall.Seconds(), "duckdb-s")
	b.ReportMetric(wall(without), "x-duckdb")
	b.ReportMetric(memory(without), "x-duckdb-memory")
	b.ReportMetric(wall(with)-wall(without), "x-duckdb-for-reports")
	var t strings.Builder
	fmt.Fprintf(&t, "%d roster rows (%d MB), %d users in the app (%d MB); medians of %d\n",
		d.Rows, d.RosterBytes/1e6, d.Active+d.Deactivated, d.RemoteBytes/1e6, len(joins))
	fmt.Fprintf(&t, "%-18s %9s %9s %9s %12s %9s", "", "wall", "DuckDB's", "cpu", "peak", "DuckDB's")
	for _, l := range []struct {
		name string
		u    usage
	}{{"DuckDB's join", bare}, {"plan, no reports", without}, {"plan", with}} {
		fmt.Fprintf(&t, "\n%-18s %8.2fs %8.2fx %8.2fs %8d MiB %8.2fx",
			l.name, l.u.wall.Seconds(), wall(l.u), l.u.cpu.Seconds(), l.u.peak>>20, memory(l.u))
	}
	b.Log(t.String())
}

// writePages writes the app's users as pages of 1,000, each as the API answers it, into
// a directory beside the data, if it is not there yet, and gives its name.
func (d *Data) writePages() (string, error) {
	dir := filepath.Join(d.Dir, "pages")
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	p, err := NewPages(d)
	if err != nil {
		return "", err
	}
	users, err := os.Open(p.path)
	if err != nil {
		return "", err
	}
	defer users.Close()
	temporary, err := os.MkdirTemp(d.Dir, "pages-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temporary)
	const perPage = 1000
	for from := 0; from < p.users(); from += perPage {
		to := min(from+perPage, p.users())
		offset, n := p.run(from, to)
		page := make([]byte, len(envelope)+int(n))
		copy(page, envelope)
		if _, err := users.ReadAt(page[len(envelope):], offset); err != nil {
			return "", err
		}
		page = append(page, tail(p.users(), to-from, perPage, from/perPage+1)...)
		if err := os.WriteFile(filepath.Join(temporary, strconv.Itoa(from/perPage+1)+".json"), page, 0o600); err != nil {
			return "", err
		}
	}
	return dir, os.Rename(temporary, dir)
}
