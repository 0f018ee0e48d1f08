package user

import "cometsync/internal/enum"

// Field is one property of a user: a roster column, a key of the API's user
// object. The zero value is not a field.
type Field uint8

// The fields, in the order in which reports list them.
const (
	NoField Field = iota
	UID
	Name
	Avatar
	Link
	Role
	Tags
	StatusMessage
	State
	Metadata
	CreatedAt
	LastActiveAt
	fieldCount
)

var fieldNames = enum.Names[Field]{What: "field", Of: []string{
	UID: "uid", Name: "name", Avatar: "avatar", Link: "link", Role: "role", Tags: "tags",
	StatusMessage: "statusMessage", State: "state", Metadata: "metadata",
	CreatedAt: "createdAt", LastActiveAt: "lastActiveAt",
}}

// String is the field's canonical name, as the API and the reports spell it.
func (f Field) String() string                   { return fieldNames.Name(f) }
func (f Field) MarshalText() ([]byte, error)     { return fieldNames.Text(f) }
func (f *Field) UnmarshalText(text []byte) error { return fieldNames.Parse(f, text) }

// AllFields lists every field in order.
func AllFields() []Field { return fieldNames.All() }

// Fields is a set of fields.
type Fields uint16

// FieldsOf collects fields into a set.
func FieldsOf(fields ...Field) Fields {
	var s Fields
	for _, f := range fields {
		s |= 1 << f
	}
	return s
}

// Has reports whether the set holds f.
func (s Fields) Has(f Field) bool { return s&(1<<f) != 0 }

// Add puts f into the set.
func (s *Fields) Add(f Field) { *s |= 1 << f }
