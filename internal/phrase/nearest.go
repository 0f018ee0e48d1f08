package phrase

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Nearest is the candidate that word is most likely a slip of, without regard
// to case and separators; "" when none is close.
func Nearest(word string, candidates []string) string {
	best, least := "", 0
	a := folded(word)
	for _, c := range candidates {
		b := folded(c)
		d := distance(a, b)
		// A slip changes a third of a word at most.
		if 3*d > max(len(a), len(b)) || b == "" {
			continue
		}
		if best == "" || d < least {
			best, least = c, d
		}
	}
	return best
}

// folded is a word without what tells no two apart: case, spaces, hyphens and
// underscores, and whether letters and accents are composed.
func folded(word string) string {
	return strings.NewReplacer(" ", "", "_", "", "-", "").Replace(strings.ToLower(norm.NFC.String(word)))
}

// distance counts the letters to be put in, taken out, replaced or exchanged
// with the next to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	before, row, next := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next[0] = i + 1
		for j := range y {
			cost := row[j]
			if x[i] != y[j] {
				cost++
			}
			next[j+1] = min(cost, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(y)]
}
