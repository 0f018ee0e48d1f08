package report_test

import (
	"io"
	"testing"

	"cometsync/report/directory"
)

const benchmarkOperations = 80_000

// perOperation reports the pace in operations, of which a run has many.
func perOperation(b *testing.B) {
	b.ReportMetric(float64(b.N)*benchmarkOperations/b.Elapsed().Seconds(), "ops/s")
	b.ReportAllocs()
}

func BenchmarkNew(b *testing.B) {
	in := large(benchmarkOperations)
	for b.Loop() {
		mustNew(b, in)
	}
	perOperation(b)
}

func BenchmarkFormats(b *testing.B) {
	r := mustNew(b, large(benchmarkOperations))
	for _, f := range directory.Files(r) {
		if f.Write == nil {
			continue
		}
		b.Run(f.Name, func(b *testing.B) {
			for b.Loop() {
				if err := f.Write(io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			perOperation(b)
		})
	}
}
