package user

import "cometsync/internal/enum"

// Code says in one word why a row can't be used.
type Code uint8

const noCode Code = 0

// codeNames and sentences are what codes are called, and what they mean, by code.
var codeNames, sentences = enum.Names[Code]{What: "reject code", Of: []string{""}}, []string{""}

func code(name, sentence string) Code {
	codeNames.Of, sentences = append(codeNames.Of, name), append(sentences, sentence)
	return Code(len(sentences) - 1)
}

// The codes, in the order in which they are listed. The zero value is invalid.
var (
	UIDMissing       = code("uid-missing", "the row has no uid")
	UIDInvalid       = code("uid-invalid", "the uid has characters that no uid may have")
	UIDTooLong       = code("uid-too-long", "the uid is too long")
	UIDNumeric       = code("uid-numeric", "a sheet keeps the uid as a number, which may not be what it was")
	UIDRespelled     = code("uid-respelled", "a spreadsheet has made another uid of it in a corrected row")
	UIDCollision     = code("uid-collision", "--uid-rewrite makes one uid of two")
	DuplicateUID     = code("duplicate-uid", "several rows have this uid and differ")
	NameMissing      = code("name-missing", "the name is needed to create the user, or would be cleared")
	NameTooLong      = code("name-too-long", "the name is too long")
	AvatarInvalid    = code("avatar-invalid", "the avatar is not a valid URL")
	AvatarTooLong    = code("avatar-too-long", "the avatar is too long")
	LinkInvalid      = code("link-invalid", "the link is not a valid URL")
	LinkTooLong      = code("link-too-long", "the link is too long")
	RoleInvalid      = code("role-invalid", "the role has characters that no role may have")
	RoleTooLong      = code("role-too-long", "the role is too long")
	RoleUnknown      = code("role-unknown", "the app does not have the role")
	TagsInvalid      = code("tags-invalid", "the tags cannot be read")
	TagsTooMany      = code("tags-too-many", "there are too many tags")
	TagTooLong       = code("tag-too-long", "a tag is too long")
	StateUnknown     = code("state-unknown", "the state is neither active nor inactive")
	MetadataInvalid  = code("metadata-invalid", "the metadata is not a JSON object, or its keys contradict each other")
	MetadataTooLarge = code("metadata-too-large", "the metadata is too large")
	TimeInvalid      = code("time-invalid", "the time cannot be read")
	TimeAmbiguous    = code("time-ambiguous", "day and month of the date are ambiguous")
	BodyTooLarge     = code("body-too-large", "all fields together are more than one request may carry")
	EncodingBroken   = code("encoding-broken", "bytes that are not text in the encoding of the source")
	CellsExtra       = code("cells-extra", "the row has more cells than the header has columns")
	CellsMissing     = code("cells-missing", "the row has fewer cells than the header has columns")
	QuoteBroken      = code("quote-broken", "a quoted cell has no proper end")
	NotAPerson       = code("not-a-person", "a sum, or the end of a report, under a uid that could be one")
	CellFailed       = code("cell-failed", "a formula came to an error, or was never computed")
	DecodedTwice     = code("decoded-twice", "text was decoded with the wrong encoding on its way")
	UserOdd          = code("user-unmanageable", "the app shows the user in a form that cannot be managed")

	// Of a row that decides on an operation of a plan.
	DecisionInvalid = code("decision-invalid", "the word is not a decision")
	DecisionEdited  = code("decision-edited", "a cell that is not a decision was changed")
	DecisionUnknown = code("decision-unknown", "the decision is about no operation of the plan")
	DecisionTwice   = code("decision-twice", "another row decides differently")
)

// Codes are all codes, in their order.
func Codes() []Code { return codeNames.All() }

// Sentence says what the code means.
func (c Code) Sentence() string { return sentences[c] }

// String is the code as reports spell it.
func (c Code) String() string                   { return codeNames.Name(c) }
func (c Code) MarshalText() ([]byte, error)     { return codeNames.Text(c) }
func (c *Code) UnmarshalText(text []byte) error { return codeNames.Parse(c, text) }
