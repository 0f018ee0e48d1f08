package user

import "cometsync/internal/enum"

// Code says in one word why a row can't be used.
type Code uint8

// The codes. The zero value is invalid.
const (
	noCode Code = iota
	UIDMissing
	UIDInvalid
	UIDTooLong
	UIDNumeric
	UIDRespelled
	UIDCollision
	DuplicateUID
	NameMissing
	NameTooLong
	AvatarInvalid
	AvatarTooLong
	LinkInvalid
	LinkTooLong
	RoleInvalid
	RoleTooLong
	RoleUnknown
	TagsInvalid
	TagsTooMany
	TagTooLong
	StateUnknown
	MetadataInvalid
	MetadataTooLarge
	TimeInvalid
	TimeAmbiguous
	BodyTooLarge
	EncodingBroken
	CellsExtra
	CellsMissing
	QuoteBroken
	NotAPerson
	CellFailed
	DecodedTwice
	UserOdd

	// Of a row that decides on an operation of a plan.
	DecisionInvalid
	DecisionEdited
	DecisionUnknown
	DecisionTwice
)

// codes are their names and what they mean.
var codes = [...]struct{ name, sentence string }{
	UIDMissing:       {"uid-missing", "the row has no uid"},
	UIDInvalid:       {"uid-invalid", "the uid has characters that no uid may have"},
	UIDTooLong:       {"uid-too-long", "the uid is too long"},
	UIDNumeric:       {"uid-numeric", "a sheet keeps the uid as a number, which may not be what it was"},
	UIDRespelled:     {"uid-respelled", "a spreadsheet has made another uid of it in a corrected row"},
	UIDCollision:     {"uid-collision", "--uid-rewrite makes one uid of two"},
	DuplicateUID:     {"duplicate-uid", "several rows have this uid and differ"},
	NameMissing:      {"name-missing", "the name is needed to create the user, or would be cleared"},
	NameTooLong:      {"name-too-long", "the name is too long"},
	AvatarInvalid:    {"avatar-invalid", "the avatar is not a valid URL"},
	AvatarTooLong:    {"avatar-too-long", "the avatar is too long"},
	LinkInvalid:      {"link-invalid", "the link is not a valid URL"},
	LinkTooLong:      {"link-too-long", "the link is too long"},
	RoleInvalid:      {"role-invalid", "the role has characters that no role may have"},
	RoleTooLong:      {"role-too-long", "the role is too long"},
	RoleUnknown:      {"role-unknown", "the app does not have the role"},
	TagsInvalid:      {"tags-invalid", "the tags cannot be read"},
	TagsTooMany:      {"tags-too-many", "there are too many tags"},
	TagTooLong:       {"tag-too-long", "a tag is too long"},
	StateUnknown:     {"state-unknown", "the state is neither active nor inactive"},
	MetadataInvalid:  {"metadata-invalid", "the metadata is not a JSON object, or its keys contradict each other"},
	MetadataTooLarge: {"metadata-too-large", "the metadata is too large"},
	TimeInvalid:      {"time-invalid", "the time cannot be read"},
	TimeAmbiguous:    {"time-ambiguous", "day and month of the date are ambiguous"},
	BodyTooLarge:     {"body-too-large", "all fields together are more than one request may carry"},
	EncodingBroken:   {"encoding-broken", "bytes that are not text in the encoding of the source"},
	CellsExtra:       {"cells-extra", "the row has more cells than the header has columns"},
	CellsMissing:     {"cells-missing", "the row has fewer cells than the header has columns"},
	QuoteBroken:      {"quote-broken", "a quoted cell has no proper end"},
	NotAPerson:       {"not-a-person", "a sum, or the end of a report, under a uid that could be one"},
	CellFailed:       {"cell-failed", "a formula came to an error, or was never computed"},
	DecodedTwice:     {"decoded-twice", "text was decoded with the wrong encoding on its way"},
	UserOdd:          {"user-unmanageable", "the app shows the user in a form that cannot be managed"},
	DecisionInvalid:  {"decision-invalid", "the word is not a decision"},
	DecisionEdited:   {"decision-edited", "a cell that is not a decision was changed"},
	DecisionUnknown:  {"decision-unknown", "the decision is about no operation of the plan"},
	DecisionTwice:    {"decision-twice", "another row decides differently"},
}

var codeNames = func() enum.Names[Code] {
	names := enum.Names[Code]{What: "reject code"}
	for _, c := range codes {
		names.Of = append(names.Of, c.name)
	}
	return names
}()

// Codes are all codes, in their order.
func Codes() []Code { return codeNames.All() }

// Sentence says what the code means.
func (c Code) Sentence() string { return codes[c].sentence }

// String is the code as reports spell it.
func (c Code) String() string                   { return codeNames.Name(c) }
func (c Code) MarshalText() ([]byte, error)     { return codeNames.Text(c) }
func (c *Code) UnmarshalText(text []byte) error { return codeNames.Parse(c, text) }
