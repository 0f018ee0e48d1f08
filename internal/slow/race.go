//go:build race

package slow

// Race reports whether the race detector is on, under which everything takes longer.
const Race = true
