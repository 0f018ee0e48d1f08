// Package phrase puts numbers, lists and near misses into sentences. It refuses
// to know what any sentence is about.
package phrase

import (
	"fmt"
	"strings"
)

// Plural counts things: "1 row", "2 rows", or with both forms given.
func Plural(n int, forms ...string) string {
	one, many := forms[0], forms[0]+"s"
	if len(forms) > 1 {
		many = forms[1]
	}
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Form is the form of a number.
func Form(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Or is a list of which one is meant: a, b or c.
func Or(words []string) string { return listed(words, " or ") }

// And is a list as a sentence has it: a, b and c.
func And(words []string) string { return listed(words, " and ") }

// Some is a list of which so many are named at most: a, b and 3 more.
func Some(words []string, most int) string {
	if n := len(words) - most; n > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(words[:most], ", "), n)
	}
	return strings.Join(words, ", ")
}

func listed(words []string, joint string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + joint + words[last]
}
