package user

import (
	"slices"
	"testing"
)

func TestClaimKnown(t *testing.T) {
	known := NewKnown(map[string]string{"77001": "00501", "4000123456789852": "long", "neu-1": "alt-1"})
	for _, c := range []struct {
		claim Claim
		want  string
	}{
		{Claim{Because: SameNumber, Value: "77001"}, "00501"},
		{Claim{Because: SameNumber, Value: "77002"}, ""},
		{Claim{Because: RoundedAlike, Value: "4.00012345678985e+15"}, "long"},
		{Claim{Because: RoundedAlike, Value: "4.10012345678985e+15"}, ""},
		{Claim{Because: SameSlug, Value: "neu-1"}, "alt-1"},
		{Claim{Because: SameCell, Value: "neu-1"}, "alt-1"},
		{Claim{Because: SameCell, Value: "neu-2"}, ""},
	} {
		r := Reject{Claims: []Claim{c.claim}}
		r.ClaimKnown(known)
		if got := slices.Contains(r.Claims, Claim{Because: SameUID, Value: c.want}); got != (c.want != "") || len(r.Claims) > 2 {
			t.Errorf("%+v: %+v, want %q", c.claim, r.Claims, c.want)
		}
	}
	r := Reject{Claims: []Claim{{Because: SameCell, Value: "a"}}}
	r.ClaimKnown(nil)
	r.ClaimKnown(NewKnown(nil))
	if len(r.Claims) != 1 {
		t.Error(r.Claims)
	}
}
