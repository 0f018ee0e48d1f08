package user

import (
	"strings"
	"testing"
)

func TestMarks(t *testing.T) {
	row := func(n int, cells ...string) string {
		r := Reject{Source: Source{File: "a.csv", Row: n}, Cells: cells}
		return r.Mark()
	}
	was := row(2, "anna", "Anna", "")
	moved := Reject{Source: Source{File: "/elsewhere/./a.csv", Sheet: "HR", Row: 2}, UID: "x", Header: []string{"uid"},
		Cells: []string{"anna", "Anna", ""}}
	if got := moved.Mark(); got != was || len(got) != 12 {
		t.Errorf("%q, %q", was, got)
	}
	for name, other := range map[string]string{
		"another row":         row(3, "anna", "Anna", ""),
		"another cell":        row(2, "anna", "Anne", ""),
		"a cell fewer":        row(2, "anna", "Anna"),
		"cells in one":        row(2, "annaAnna", "", ""),
		"what looks like two": row(2, "anna,4:Anna", ""),
		"in another order":    row(2, "Anna", "anna", ""),
	} {
		if other == was {
			t.Errorf("%s has the same mark", name)
		}
	}
	// A saved plan has one character for each broken byte.
	if row(2, "M\xff\xfeller") != row(2, "M\uFFFD\uFFFDller") {
		t.Error("broken bytes have a mark")
	}
	moved.Was = "3f9ac1d20b4e"
	if got := moved.Mark(); got != "3f9ac1d20b4e" {
		t.Errorf("a row that stands for another has the mark %q", got)
	}
}

func TestCutMark(t *testing.T) {
	const mark = "3f9ac1d20b4e"
	for _, c := range []struct{ message, text, mark string }{
		{WithMark("not a URL", mark), "not a URL", mark},
		{WithMark("", mark), "", mark},
		{WithMark("not a URL [row 000000000000]", mark), "not a URL [row 000000000000]", mark},
		{WithMark("not a URL", mark) + " (Kim: see [row 5] and [row x])", "not a URL (Kim: see [row 5] and [row x])", mark},
		{strings.ToUpper("["+"row") + " x]", "[ROW x]", ""},
		{"not a URL [row 3F9AC1D20B4E]", "not a URL", mark},
		{"not a URL", "not a URL", ""},
		{"", "", ""},
		{"not a URL [row 3f9ac1d20b", "not a URL [row 3f9ac1d20b", ""},
		{"not a URL [row 3f9ac1d20b]", "not a URL [row 3f9ac1d20b]", ""},
		{"not a URL [row 3f9ac1d20b4e11]", "not a URL [row 3f9ac1d20b4e11]", ""},
		{"not a URL [row 3f9ac1d20b4g]", "not a URL [row 3f9ac1d20b4g]", ""},
		{"[row 3f9ac1d20b4e", "[row 3f9ac1d20b4e", ""},
	} {
		if text, mark := CutMark(c.message); text != c.text || mark != c.mark {
			t.Errorf("%q: %q, %q", c.message, text, mark)
		}
	}
}
