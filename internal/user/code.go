package user

import "cometsync/internal/enum"

// Code says in one word why a row can't be used.
type Code uint8

// The codes; what they mean stands in codeSentences. The zero value is invalid.
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

var codeNames = enum.Names[Code]{What: "reject code", Of: []string{
	UIDMissing: "uid-missing", UIDInvalid: "uid-invalid", UIDTooLong: "uid-too-long",
	UIDNumeric: "uid-numeric", UIDRespelled: "uid-respelled", UIDCollision: "uid-collision", DuplicateUID: "duplicate-uid",
	NameMissing: "name-missing", NameTooLong: "name-too-long",
	AvatarInvalid: "avatar-invalid", AvatarTooLong: "avatar-too-long",
	LinkInvalid: "link-invalid", LinkTooLong: "link-too-long",
	RoleInvalid: "role-invalid", RoleTooLong: "role-too-long", RoleUnknown: "role-unknown",
	TagsInvalid: "tags-invalid", TagsTooMany: "tags-too-many", TagTooLong: "tag-too-long",
	StateUnknown: "state-unknown", MetadataInvalid: "metadata-invalid",
	MetadataTooLarge: "metadata-too-large", TimeInvalid: "time-invalid", TimeAmbiguous: "time-ambiguous",
	BodyTooLarge: "body-too-large", EncodingBroken: "encoding-broken",
	CellsExtra: "cells-extra", CellsMissing: "cells-missing",
	QuoteBroken: "quote-broken", NotAPerson: "not-a-person", CellFailed: "cell-failed", DecodedTwice: "decoded-twice",
	UserOdd:         "user-unmanageable",
	DecisionInvalid: "decision-invalid", DecisionEdited: "decision-edited",
	DecisionUnknown: "decision-unknown", DecisionTwice: "decision-twice",
}}

var codeSentences = [...]string{
	UIDMissing:       "the row has no uid",
	UIDInvalid:       "the uid has characters that no uid may have",
	UIDTooLong:       "the uid is too long",
	UIDNumeric:       "a sheet keeps the uid as a number, which may not be what it was",
	UIDRespelled:     "a spreadsheet has made another uid of it in a corrected row",
	UIDCollision:     "--uid-rewrite makes one uid of two",
	DuplicateUID:     "several rows have this uid and differ",
	NameMissing:      "the name is needed to create the user, or would be cleared",
	NameTooLong:      "the name is too long",
	AvatarInvalid:    "the avatar is not a valid URL",
	AvatarTooLong:    "the avatar is too long",
	LinkInvalid:      "the link is not a valid URL",
	LinkTooLong:      "the link is too long",
	RoleInvalid:      "the role has characters that no role may have",
	RoleTooLong:      "the role is too long",
	RoleUnknown:      "the app does not have the role",
	TagsInvalid:      "the tags cannot be read",
	TagsTooMany:      "there are too many tags",
	TagTooLong:       "a tag is too long",
	StateUnknown:     "the state is neither active nor inactive",
	MetadataInvalid:  "the metadata is not a JSON object, or its keys contradict each other",
	MetadataTooLarge: "the metadata is too large",
	TimeInvalid:      "the time cannot be read",
	TimeAmbiguous:    "day and month of the date are ambiguous",
	BodyTooLarge:     "all fields together are more than one request may carry",
	EncodingBroken:   "bytes that are not text in the encoding of the source",
	CellsExtra:       "the row has more cells than the header has columns",
	CellsMissing:     "the row has fewer cells than the header has columns",
	QuoteBroken:      "a quoted cell has no proper end",
	NotAPerson:       "a sum, or the end of a report, under a uid that could be one",
	CellFailed:       "a formula came to an error, or was never computed",
	DecodedTwice:     "text was taken for another encoding on its way",
	UserOdd:          "the app shows the user in a form that cannot be managed",
	DecisionInvalid:  "the word is not a decision",
	DecisionEdited:   "a cell that is not a decision was changed",
	DecisionUnknown:  "the decision is about no operation of the plan",
	DecisionTwice:    "another row decides differently",
}

// Codes are all codes, in their order.
func Codes() []Code { return codeNames.All() }

// Sentence says what the code means.
func (c Code) Sentence() string { return codeSentences[c] }

// String is the code as reports spell it.
func (c Code) String() string { return codeNames.Name(c) }

// MarshalText spells the code as String does.
func (c Code) MarshalText() ([]byte, error) { return codeNames.Text(c) }

// UnmarshalText reads a code.
func (c *Code) UnmarshalText(text []byte) error { return codeNames.Parse(c, text) }
