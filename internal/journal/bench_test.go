package journal

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cometsync/internal/plan"
)

// benchOperations is how large a plan the benchmarks work on.
func benchOperations(b *testing.B) int {
	text := os.Getenv("COMETSYNC_BENCH_OPERATIONS")
	if text == "" {
		return 100_000
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("COMETSYNC_BENCH_OPERATIONS=%s: no count", text)
	}
	return n
}

// BenchmarkAppend has 16 workers record operations on a real disk.
func BenchmarkAppend(b *testing.B) {
	const workers, each = 16, 500
	p := many(workers * each)
	for b.Loop() {
		j, err := Create(b.TempDir(), head, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		do(b, j.Plan(p, nil))
		var next atomic.Int64
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for i := int(next.Add(1)) - 1; i < len(p.Operations); i = int(next.Add(1)) - 1 {
					if err := j.Sent(i); err != nil {
						b.Error(err)
					}
					if err := j.Done(i, plan.Result{Outcome: plan.Applied, Attempts: 1, Did: plan.VerbsOf(plan.Update)}); err != nil {
						b.Error(err)
					}
				}
			})
		}
		wg.Wait()
		do(b, j.End(End{Result: "converged"}))
	}
	b.ReportMetric(float64(b.N*len(p.Operations))/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkPlan puts a plan on record.
func BenchmarkPlan(b *testing.B) {
	p := many(benchOperations(b))
	b.ReportAllocs()
	for b.Loop() {
		j, err := Create(b.TempDir(), head, time.Now)
		if err != nil {
			b.Fatal(err)
		}
		do(b, j.Plan(p, nil), j.Close(), os.Remove(j.path))
	}
	b.ReportMetric(float64(b.N*len(p.Operations))/b.Elapsed().Seconds(), "ops/s")
}

// BenchmarkRead reads a run back, every operation of which was sent and done.
func BenchmarkRead(b *testing.B) {
	dir := b.TempDir()
	p := many(benchOperations(b))
	j, err := Create(dir, head, time.Now)
	if err != nil {
		b.Fatal(err)
	}
	do(b, j.Plan(p, nil))
	n := len(p.Operations)
	indices := make([]int, 0, 50)
	for i := range n {
		if indices = append(indices, i); len(indices) < cap(indices) && i < n-1 {
			continue
		}
		for _, i := range indices { // a line each, as of single requests
			j.mu.Lock()
			j.slots[i].Sent = true
			line, err := text(sentRecord{[]int{i}, j.now()})
			do(b, err)
			j.queue(line)
			j.mu.Unlock()
		}
		for _, i := range indices {
			do(b, j.Done(i, plan.Result{Outcome: plan.Applied, Attempts: 1, Did: plan.VerbsOf(plan.Update)}))
		}
		indices = indices[:0]
	}
	do(b, j.End(End{Result: "converged"}))
	info, err := os.Stat(j.path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	b.ReportAllocs()
	for b.Loop() {
		if r, err := Read(dir, head.Run); err != nil || len(r.Results) != n {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "ops/s")
	b.ReportMetric(float64(info.Size())/float64(n), "file-B/op")
}

// BenchmarkList shows a finished run, and looks for one that is not.
func BenchmarkList(b *testing.B) {
	dir := b.TempDir()
	j := create(b, dir)
	do(b, j.Plan(many(benchOperations(b)), roster), j.End(End{Result: "converged"}))
	for b.Loop() {
		if list, err := List(dir, started); err != nil || list[0].End == nil {
			b.Fatal(err)
		}
		if runs, err := unfinishedOf(dir); err != nil || len(runs) > 0 {
			b.Fatal(err)
		}
	}
}
