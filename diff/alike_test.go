package diff

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// A name's hash says of two names just what their folded forms say.
func TestHashNameIsOfTheFoldedName(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	pieces := []string{"Anna", "BERG", "Lee", "Dr.", "dr", "Prof", "Frau", "Herrn", "Mr", "O'Brien", "D'r", "Núñez", "Straße", "de",
		"3rd", "42", " ", "  ", "-", ", ", "\t", "’", "李", "é", "e\u0301", "Trần", "Дмитрий", "Ёлкин", "ليلى", "ﬁ", "Ωmega", "ǅ"}
	seen := map[uint64]string{}
	for range 20_000 {
		var b strings.Builder
		for range 1 + rng.IntN(5) {
			b.WriteString(pieces[rng.IntN(len(pieces))])
		}
		name := b.String()
		folded := foldName(name, "u-1")
		got := hashName(name, "u-1")
		if (got == 0) != (folded == "") {
			t.Fatalf("%q folds to %q and hashes to %x", name, folded, got)
		}
		if foldName(folded, "") == "" {
			continue // none, or a title beside numbers, which alone are no name
		}
		if want := hashName(folded, "u-1"); got != want {
			t.Fatalf("%q hashes to %x, and %q, which it folds to, to %x", name, got, folded, want)
		}
		if other, ok := seen[got]; ok && other != folded {
			t.Fatalf("%q and %q have one hash", other, folded)
		}
		seen[got] = folded
	}
	if hashName("u-1", "u-1") != 0 || hashName("Anna", "anna") != 0 {
		t.Error("a uid in a name's place is a name")
	}
}
