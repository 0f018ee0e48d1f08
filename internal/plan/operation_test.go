package plan

import (
	"slices"
	"testing"
	"unsafe"
)

func TestVerbsAreInOrderOfApplication(t *testing.T) {
	verbs := Verbs()
	if len(verbs) != len(verbNames.Of)-1 || !slices.IsSorted(verbs) {
		t.Errorf("the verbs are %v", verbs)
	}
	if verbs[len(verbs)-1] != Deactivate {
		t.Errorf("the last verb is %v: taking away comes last", verbs[len(verbs)-1])
	}
}

// TestChangesAreSmall: an app of millions has as many in memory at once.
func TestChangesAreSmall(t *testing.T) {
	if size := unsafe.Sizeof(Change{}); size > 40 {
		t.Errorf("a change takes %d bytes", size)
	}
}
