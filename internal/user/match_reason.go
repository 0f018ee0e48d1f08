package user

import "cometsync/internal/enum"

// MatchReason says why a row and a remote user may be one person.
type MatchReason uint8

// The match reasons, the surest first: a uid to the letter before one that is only
// like it. The zero value is invalid.
const (
	_            MatchReason = iota
	SameUID                  // the row has the user's uid
	SameKey                  // both have one value under a second key
	SameVendor               // one uid is what the vendor's migration tool made of the other
	SameCell                 // of a row whose cells may have shifted, one is the user's uid
	SameNumber               // the uids are one number, with more or fewer zeros in front
	RoundedAlike             // the row's uid is a number that a spreadsheet rounded, and the user's rounds to it
	SameSlug                 // the row's uid is not valid, and the user's is what is left of it
	SameAffix                // the uids differ in their prefix or domain alone
	SamePerson               // name and department are the same
	SameName                 // of a row whose uid another row has too, the name is the user's
	Unmanageable             // no row: the app shows the user in a form that can't be managed
)

var matchReasonNames = enum.Names[MatchReason]{What: "likeness", Of: []string{
	SameUID: "same-uid", SameKey: "same-key", SameNumber: "leading-zeros", RoundedAlike: "rounded-number",
	SameSlug: "invalid-uid", SameAffix: "prefix-or-domain", SamePerson: "name-and-department",
	SameVendor: "vendor-mapping", SameName: "same-name", SameCell: "any-cell", Unmanageable: "unmanageable",
}}

// String is the reason as reports and rekey.csv spell it.
func (l MatchReason) String() string { return matchReasonNames.Name(l) }

// ofUID reports whether the value of a claim is a uid as it may be the user's,
// letter by letter.
func (l MatchReason) ofUID() bool {
	return l == SameUID || l == SameSlug || l == SameVendor || l == SameCell
}

func (l MatchReason) MarshalText() ([]byte, error)     { return matchReasonNames.Text(l) }
func (l *MatchReason) UnmarshalText(text []byte) error { return matchReasonNames.Parse(l, text) }

// Claim is what may tell a remote user that a reject stands for, beside the
// reject's uid.
type Claim struct {
	Because MatchReason

	// A uid, folded (SameSlug, SameVendor, SameCell); a number's digits without zeros in
	// front (SameNumber); the number as it was written, such as 1.23457e+15 or
	// 1234567890123450000 (RoundedAlike); the folded value of a second key
	// (SameKey); a name, folded as keys are (SameName).
	Value string
	Key   string // of SameKey: the key path, joined by full stops
}
