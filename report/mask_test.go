package report

import (
	"testing"

	"cometsync/internal/user"
)

// A cell that may hold a private key is masked, however the key is spelt and
// though the cell is not JSON.
func TestMaskedHoweverSpelt(t *testing.T) {
	r := &Report{}
	for value, hidden := range map[string]bool{
		`{"@private":{"pay":1}`:      true,
		`{"@PRIVATE":{"pay":1}`:      true,
		`{"\u0040private":{"pay":1}`: true,
		`{"dept":"hr"`:               false,
		``:                           false,
	} {
		got := r.Masked([]user.Defect{{Column: "metadata", Code: user.MetadataInvalid, Message: "is not JSON: " + value, Value: value}})[0]
		if masked := got.Value == Mask && got.Message == "is not JSON: "+Mask; masked != hidden {
			t.Errorf("%s is shown as %q, %q", value, got.Value, got.Message)
		}
	}
}
