package diff

import "testing"

// A scope has a last good run of its own, whichever way it is written.
func TestScopeIsTheSameInAnyOrder(t *testing.T) {
	want, err := ParseScope([]string{"role=pupil", "role=teacher", "tag=a", "tag=b"})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseScope([]string{"tag=b", "role=teacher", "tag=a", "role=pupil", "role=Teacher", "tag=b"})
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != want.String() {
		t.Errorf("%q is not %q", got.String(), want.String())
	}
}
