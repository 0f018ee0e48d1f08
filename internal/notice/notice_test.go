package notice

import "testing"

// Every code is in the catalogue once, with a sentence.
func TestCatalogue(t *testing.T) {
	seen := map[Code]bool{}
	for _, entry := range Catalogue {
		if entry.Code == "" || entry.Sentence == "" || seen[entry.Code] {
			t.Errorf("%q (%q): has no sentence, or is there twice", entry.Code, entry.Sentence)
		}
		seen[entry.Code] = true
	}
	if !seen[BotsUnknown] {
		t.Error("a code is not in the catalogue")
	}
}
