package sheet

import "testing"

func TestColumnsHaveLetters(t *testing.T) {
	for col, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA", 16383: "XFD"} {
		if got := string(appendLetters(nil, col)); got != want {
			t.Errorf("column %d is %s, want %s", col, got, want)
		}
	}
}
