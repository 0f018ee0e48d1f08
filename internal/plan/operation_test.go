package plan

import (
	"slices"
	"testing"
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
