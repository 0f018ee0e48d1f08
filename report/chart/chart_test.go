package chart

import (
	"testing"
)

// Axes begin at nothing, have whole numbers on them, and end where the largest
// value fits.
func TestAxis(t *testing.T) {
	for _, c := range [][3]int{{1, 1, 1}, {3, 1, 3}, {4, 1, 4}, {5, 2, 6}, {9, 5, 10}, {20, 5, 20}, {21, 10, 30}, {479, 200, 600},
		{1_000_000, 500_000, 1_000_000}} {
		if step, top := axis(c[0], 4); step != c[1] || top != c[2] {
			t.Errorf("axis(%d) = %d, %d, want %d, %d", c[0], step, top, c[1], c[2])
		}
	}
	for most := 1; most < 5000; most++ {
		if step, top := axis(most, 4); top < most || top%step != 0 || top/step > 4 || top > 2*most+1 {
			t.Fatalf("axis(%d) = %d, %d", most, step, top)
		}
	}
}
