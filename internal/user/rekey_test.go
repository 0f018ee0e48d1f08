package user

import (
	"slices"
	"testing"
)

func TestReadRekeys(t *testing.T) {
	columns := []Column{{Header: "uid", Slot: Slot{Field: UID}}}
	rules := Rules{Rekey: map[string]string{"b-2": "a-1", "muller-7": "m7"}}
	for _, c := range []struct {
		cell, want string
		rewrite    Rewrite
		rekeyed    int
	}{
		{"b-2", "a-1", NoRewrite, 1},
		{" B-2 ", "a-1", NoRewrite, 1},
		{"a-1", "a-1", NoRewrite, 0},
		{"c-3", "c-3", NoRewrite, 0},
		{"Müller 7", "m7", RewriteSlug, 1},
		{"Müller 7", "", NoRewrite, 0},
	} {
		rules.Rewrite = c.rewrite
		var rep Repairs
		u, _ := rules.Row(columns, []string{c.cell}, &rep)
		if u.UID != c.want || rep[Rekeyed] != c.rekeyed || u.Has.Has(UID) != (c.want != "") {
			t.Errorf("%q: %q, re-keyed %d; want %q, %d", c.cell, u.UID, rep[Rekeyed], c.want, c.rekeyed)
		}
	}
	var sum Repairs
	sum.Add(&Repairs{Rekeyed: 2})
	sum.Add(&Repairs{Rekeyed: 1})
	if sum[Rekeyed] != 3 {
		t.Errorf("%d", sum[Rekeyed])
	}
}

func TestARejectOfAUsableRowClaims(t *testing.T) {
	email := []string{"@private", "email"}
	row := Row{
		User:    User{UID: "0042", Keys: []KeyCell{{Path: email, Text: "A@b.c"}}},
		Written: "0042", Match: [][]string{email, {"phone"}},
	}
	if got := claimsText(row.Reject(Defect{Code: RoleUnknown}).Claims); got != "leading-zeros 42, same-key a@b.c (@private.email)" {
		t.Error(got)
	}
	// The uid that is in the row was given another.
	row.Written = " B-7 "
	if got := claimsText(row.Reject(Defect{Code: RoleUnknown}).Claims); got != "leading-zeros 42, same-uid b-7, vendor-mapping b-7_1e24, "+
		"same-key a@b.c (@private.email)" {
		t.Error(got)
	}
	row = Row{User: User{UID: "anna-k"}, Written: "Anna K"}
	if got := row.Reject(Defect{Code: RoleUnknown}).Claims; !slices.Equal(got, []Claim{{Because: SameVendor, Value: "anna_k_wif27f"},
		{Because: SameSlug, Value: "annak"}}) {
		t.Error(claimsText(got)) // the reject's own uid is not a claim
	}
}
