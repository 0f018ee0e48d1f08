// Package user holds the nouns of a roster: a user, its fields, where a row
// came from, why a row was rejected; and the one set of rules by which users
// are normalised, validated and compared, whichever side they come from.
//
// It knows no file format, no HTTP, no clock and no policy: a spreadsheet's
// row and an answer of the API become the same thing here.
//
// # Glossary
//
//	roster        the users of all sources of a run together
//	source        where a row is: file, sheet, row
//	reject        a row that can't be used
//	defect        one reason why: column, code, message
//	claim         whom of the app's users a reject may mean
//	managed       a field that some column of the roster fills
//	notice        what is told about a source as a whole
//	intake        what was read: files, rows, users, duplicates, rejects, notices
package user

import (
	"slices"
	"strconv"
	"strings"

	"cometsync/internal/enum"
	"cometsync/internal/jsontext"
)

// Activity is whether a user may log in.
type Activity uint8

// The activities. The zero value is unsaid: an empty cell in a state column.
const (
	Unsaid Activity = iota
	Active
	Deactivated
)

var activityNames = enum.Names[Activity]{Of: []string{"unsaid", "active", "deactivated"}}

// String names the activity.
func (a Activity) String() string { return activityNames.Name(a) }

// User is one user, from the roster or from the remote.
//
// A roster user speaks only of the fields in Has; of those, the fields in
// Clear are to be emptied. A remote user speaks of every field. Strings of a
// remote user may share memory with the page that it came in: keep one only
// after Clone.
type User struct {
	UID           string
	Name          string
	Avatar        string
	Link          string
	Role          string
	StatusMessage string
	Tags          []string
	State         Activity
	Metadata      string    // a JSON object as text; "" is none
	Keys          []KeyCell // roster only: cells of metadata.KEY columns

	// Roster only: what of the metadata has an empty cell and keeps the
	// remote's value, even where the rest is replaced.
	KeepsObject bool
	Kept        [][]string // key paths

	// Roster only: the name is a first or a last one without the other, whose
	// cell is empty. Then Has does not have it, and an existing user keeps the
	// name; only a creation takes it.
	HalfName bool

	// Unix seconds; 0 is not known. Of these a roster user can have CreatedAt
	// and LastActiveAt, which only its creation is given: they are not part of
	// its mask and print.
	CreatedAt, UpdatedAt, LastActiveAt, DeactivatedAt int64

	Has   Fields
	Clear Fields

	// Remote only: the field that is not as the service writes it, so that the
	// user can't be managed; NoField is none. Of one whose uid is such, UID is a
	// text for people, which no valid uid is like.
	Odd Field

	// Remote only: Metadata taken apart, where it is an object that came in a page;
	// to be read as long as the page is.
	Tokens []jsontext.Token
}

// KeyCell is the cell of a metadata.KEY column: the text for one key path.
type KeyCell struct {
	Path  []string
	Bit   int // the key's bit in the Layout; see Layout.KeyBit
	Text  string
	Clear bool // the key is to be removed
}

// Source is the place of a row, as its owner would look it up.
type Source struct {
	File  string `json:"file"`
	Sheet string `json:"sheet,omitempty"` // "" for formats without sheets
	Row   int    `json:"row"`             // as a spreadsheet numbers it: the header is usually row 1
}

// String is file:row, or file[sheet]:row.
func (s Source) String() string {
	if s.File == "" {
		return ""
	}
	return BookName(s.File, s.Sheet) + ":" + strconv.Itoa(s.Row)
}

// BookName is a file with the sheet in it, as places have it.
func BookName(file, sheet string) string {
	if sheet != "" {
		return file + "[" + sheet + "]"
	}
	return file
}

// text is where the value of a text field is; nil of any other field.
func (u *User) text(f Field) *string {
	switch f {
	case UID:
		return &u.UID
	case Name:
		return &u.Name
	case Avatar:
		return &u.Avatar
	case Link:
		return &u.Link
	case Role:
		return &u.Role
	case StatusMessage:
		return &u.StatusMessage
	}
	return nil
}

// String is the value of a text field, for messages and reports; tags,
// metadata and times have their own types and are not text.
func (u *User) String(f Field) string {
	if text := u.text(f); text != nil {
		return *text
	}
	return ""
}

// Set puts a text field's value in and marks the field as spoken of.
func (u *User) Set(f Field, text string) {
	if at := u.text(f); at != nil {
		*at = text
		u.Has.Add(f)
	}
}

// time is where CreatedAt or LastActiveAt is; nil of any other field.
func (u *User) time(f Field) *int64 {
	switch f {
	case CreatedAt:
		return &u.CreatedAt
	case LastActiveAt:
		return &u.LastActiveAt
	}
	return nil
}

// Time is the value of CreatedAt or LastActiveAt, in Unix seconds; 0 is none.
func (u *User) Time(f Field) int64 {
	if sec := u.time(f); sec != nil {
		return *sec
	}
	return 0
}

// SetTime puts CreatedAt or LastActiveAt in and marks it as spoken of.
func (u *User) SetTime(f Field, sec int64) {
	if at := u.time(f); at != nil {
		*at = sec
		u.Has.Add(f)
	}
}

// Clone is a copy that shares no memory with the page that the user came in.
func (u User) Clone() User {
	for _, s := range []*string{&u.UID, &u.Name, &u.Avatar, &u.Link, &u.Role, &u.StatusMessage, &u.Metadata} {
		*s = strings.Clone(*s)
	}
	u.Tokens = nil
	u.Tags = slices.Clone(u.Tags)
	for i := range u.Tags {
		u.Tags[i] = strings.Clone(u.Tags[i])
	}
	u.Keys = slices.Clone(u.Keys)
	return u
}
