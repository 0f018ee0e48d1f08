package notice

import "testing"

// Each code is there once, with a sentence of its own.
func TestCatalogue(t *testing.T) {
	seen := map[string]bool{}
	for _, entry := range Catalogue {
		for _, text := range []string{string(entry.Code), entry.Sentence} {
			if text == "" || seen[text] {
				t.Errorf("%q (%q): %q is missing, or there twice", entry.Code, entry.Sentence, text)
			}
			seen[text] = true
		}
	}
	if Catalogue[0].Code != HiddenFile || Catalogue[len(Catalogue)-1].Code != DecisionColumnsIgnored {
		t.Errorf("from %q to %q", Catalogue[0].Code, Catalogue[len(Catalogue)-1].Code)
	}
}
