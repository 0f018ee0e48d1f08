package term

import (
	"strings"
	"testing"

	"cometsync/internal/phrase"
)

var people = [][]string{
	{"anna", "陳美玲", "1,204", "fine"},
	{"a-uid-of-somebody-with-a-long-one", "Amélie de la Fontaine-Bouchard", "7", ""},
	{"👩‍👩‍👧", "Zoe\u0301", "12", "what happened to them, in some more words than there is room for"},
}

func drawn(width int) string {
	var b strings.Builder
	s := New(&b, false, width)
	s.Table(Table{
		Columns: []Column{{Head: "UID", Least: 8}, {Head: "NAME", Least: 10}, {Head: "N", Right: true}, {Head: "WHAT"}},
		Rows:    len(people),
		Cells:   func(i int, cells []string) { copy(cells, people[i]) },
	})
	if err := s.Flush(); err != nil {
		panic(err)
	}
	return b.String()
}

// Cells are as wide as a terminal shows them, numbers end below each other, and long
// names are cut before a column is left out of the line.
func TestTable(t *testing.T) {
	for width, want := range map[int]string{
		200: "" +
			"UID                                NAME                                N  WHAT\n" +
			"anna                               陳美玲                          1,204  fine\n" +
			"a-uid-of-somebody-with-a-long-one  Amélie de la Fontaine-Bouchard      7\n" +
			"👩‍👩‍👧                                 Zoe\u0301                                12  " +
			"what happened to them, in some more words than there is room for\n",
		40: "" +
			"UID              NAME                  N\n" +
			"anna             陳美玲            1,204\n" +
			"    fine\n" +
			"a-uid-of-someb…  Amélie de la Fo…      7\n" +
			"👩‍👩‍👧               Zoe\u0301                  12\n" +
			"    what happened to them, in some more\n" +
			"    words than there is room for\n",
		20: "" +
			"UID       NAME\n" +
			"anna      陳美玲\n" +
			"    n 1,204 · fine\n" +
			"a-uid-o…  Amélie de…\n" +
			"    n 7\n" +
			"👩‍👩‍👧        Zoe\u0301\n" +
			"    n 12 · what happened\n" +
			"    to them, in some\n" +
			"    more words than\n" +
			"    there is room for\n",
	} {
		if got := drawn(width); got != want {
			t.Errorf("of %d columns:\n%s\nwant\n%s", width, got, want)
		}
	}
}

func TestCutKeepsCharactersWhole(t *testing.T) {
	for text, want := range map[string]string{
		"short": "short", "陳美玲": "陳美…", "Zoe\u0301 Zoe\u0301": "Zoe\u0301 …", "👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧": "👩‍👩‍👧👩‍👩‍👧…", "anna-li": "anna…",
	} {
		if got := phrase.Cut(text, 5); got != want {
			t.Errorf("%q: %q", text, got)
		}
	}
}
