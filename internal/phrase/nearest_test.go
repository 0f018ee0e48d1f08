package phrase

import (
	"testing"
)

func TestNearest(t *testing.T) {
	for _, c := range []struct{ word, want string }{
		{"Departmnet", "Department"}, {"user i", "User ID"}, {"x", ""}, {"", ""}, {"Name", "name"},
	} {
		if got := Nearest(c.word, []string{"Department", "User ID", "name", ""}); got != c.want {
			t.Errorf("%q: %q, want %q", c.word, got, c.want)
		}
	}
}
