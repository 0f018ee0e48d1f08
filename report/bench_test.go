package report

import (
	"io"
	"testing"
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
	for _, f := range formats {
		if f.name == RosterIndex {
			continue // whoever has read the roster writes it
		}
		b.Run(f.name, func(b *testing.B) {
			for b.Loop() {
				if err := f.write(r, io.Discard); err != nil {
					b.Fatal(err)
				}
			}
			perOperation(b)
		})
	}
}
