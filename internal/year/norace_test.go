//go:build !race

package year

const raceEnabled = false
