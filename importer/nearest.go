package importer

// nearest is the candidate that word is most likely a slip of; "" when none
// is close.
func nearest(word string, candidates []string) string {
	best, least := "", 0
	a := fold(word)
	for _, c := range candidates {
		b := fold(c)
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

// distance counts the letters to be put in, taken out or replaced to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		diagonal := row[0]
		row[0] = i + 1
		for j := range y {
			cost := diagonal
			if x[i] != y[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(y)]
}
