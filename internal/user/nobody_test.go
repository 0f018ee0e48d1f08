package user

import "testing"

func TestNobody(t *testing.T) {
	for _, cell := range []string{
		"NULL", "null", " Null ", "(null)", "<NULL>", "[null]", "\"null\"", `\N`, "None", "<none>", "nil", "N/A", "n/a", "N.A.", "n-a", "n_a",
		"n a", "NA", "#N/A", "NaN",
		"-", "'-", "--", "---", "–", "—", ".", "...", "?", "_", "*", "#", "Undefined", "not set", "not-set", "Not " +
			"available", "UNKNOWN", "unbekannt", "keine Angabe", "k. A.", "N.N.", "s/d",
		"00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000", "\u00a0-\u00a0",
		"нет", "なし",
	} {
		if !Nobody(cell) {
			t.Errorf("%q is taken for somebody", cell)
		}
	}
	for _, cell := range []string{
		"", "anna", "1001", "0", "0000", "00501", "n1", "nn", "ka", "sd", "nb", "null-1", "null1", "nullmann", "nonette", "nils", "na-17",
		"nadia", "n-anna", "a-", "-a",
		"00000000-0000-0000-0000-000000000001", "u-unknown", "unknown-7", "empty-vessel", "tbd1", "é", "李",
	} {
		if Nobody(cell) {
			t.Errorf("%q is taken for nobody", cell)
		}
	}
	for w := range nobodyWords {
		if !Nobody(w) {
			t.Errorf("the quick look passes over %q", w)
		}
	}
	for w := range nobodyMarks {
		if !Nobody(w) {
			t.Errorf("the quick look passes over %q", w)
		}
	}
}

func BenchmarkNobody(b *testing.B) {
	uids := []string{"u0012345", "emp-20931", "anna.berg", "nils-k", "550e8400-e29b-41d4-a716-446655440000"}
	for b.Loop() {
		for _, uid := range uids {
			if Nobody(uid) {
				b.Fatal(uid)
			}
		}
	}
}
