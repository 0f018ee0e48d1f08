package footer

import (
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		row               string
		total, note, rule bool
		count, number     int
	}{
		{row: "Total: 1,204", total: true, number: 1204},
		{row: "Subtotal: 5", total: true, number: 5},
		{row: "300 Datensätze", total: true, number: 300},
		{row: "Schüler|300", number: 300}, // shared accounts are called so
		{row: "Summe||2", total: true, number: 2},
		{row: "-- end of report --", total: true, number: -1},
		{row: "Ende", number: -1},
		{row: "|2|", count: 2, number: 2},
		{row: "99999999999", number: -1},
		{row: "Erstellt am:|22.11.2026", note: true, number: -1},
		{row: "Seite 1 von 1", note: true, number: -1},
		{row: "Page May|5", number: 5},
		{row: "Seitenbacher 1", number: 1},
		{row: "---|----", rule: true, number: -1},
		{row: "--|----", number: -1},
		{row: "anna|Anna", number: -1},
	} {
		cells := strings.Split(c.row, "|")
		if Total(cells) != c.total || Note(cells) != c.note || Rule(cells) != c.rule || Count(cells) != c.count ||
			Number(cells) != c.number {
			t.Errorf("%q: total %v, note %v, rule %v, count %d, number %d", c.row, Total(cells), Note(cells), Rule(cells), Count(cells),
				Number(cells))
		}
		if Like(cells) != (c.total || c.note || c.rule) {
			t.Errorf("%q: like a footer: %v", c.row, Like(cells))
		}
	}
}

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, row string
		match        bool
		says         int
	}{
		{"anzahl*", "Anzahl: |5", true, 5},
		{"*am See", "Schule|am See", true, -1},
		{"seite ?/2", "Seite 1/2", true, -1},
		{"Schule*", "Die Schule", false, -1},
	} {
		ps, err := NewPatterns([]string{"nothing at all", c.pattern})
		if err != nil {
			t.Fatal(err)
		}
		cells := strings.Split(c.row, "|")
		if p := ps.Matches(cells); (p != nil) != c.match || p != nil && p.Written != c.pattern {
			t.Errorf("%q: %q: %+v", c.pattern, c.row, p)
		}
		if says := Says(cells); says != c.says {
			t.Errorf("%q says %d, want %d", c.row, says, c.says)
		}
	}
}
