// Package trace holds what became of a row and of its cells while they were read, for
// people who ask. It refuses to know how a row is read, and who asks.
package trace

import (
	"cometsync/internal/enum"
	"cometsync/internal/user"
)

// Looked is one row of a source as it was read: for people who ask what
// became of it.
type Looked struct {
	Source user.Source
	UID    string // as the run reads it; "" if none can be read
	Fate   Fate
	Cells  []LookedCell  // in the order of the source; none of a blank row
	Reject *user.Reject  // why the row can't be used
	Shares []user.Source // the other rows with this uid
	Winner user.Source   // of a duplicate, superseded or corrected row: the row that counts instead
}

// Fate is what became of a row.
type Fate uint8

// The fates. The zero value is invalid.
const (
	noFate        Fate = iota
	FateUsed           // it is a user of the roster
	FateHeader         // it names the columns
	FateBlank          // no cell has text
	FateAside          // it is outside the table: a title, the header again, a footer
	FateRejected       // it can't be used
	FateDuplicate      // like another row in uid and values, and not counted again
	FateReplaced       // it gave way to another row with its uid, by --duplicates
	FateUnited         // it is one user together with another row, by --duplicates merge
	FateMended         // another row stands for it, in which somebody has corrected it
	FateUnmended       // it corrects another row, and can't be used either
	FateDropped        // corrected rejects take it out of the run
)

var fateNames = enum.Names[Fate]{Of: []string{
	FateUsed: "used", FateHeader: "header", FateBlank: "blank", FateAside: "aside", FateRejected: "rejected", FateDuplicate: "duplicate",
	FateReplaced: "replaced", FateUnited: "united", FateMended: "mended", FateUnmended: "unmended", FateDropped: "dropped",
}}

// String is the fate as reports spell it.
func (f Fate) String() string { return fateNames.Name(f) }

// LookedCell is one cell of such a row, and what was made of it.
type LookedCell struct {
	Header  string   `json:"header"`
	Field   string   `json:"field"`   // its canonical name; "" for a column that is left alone
	Text    string   `json:"text"`    // as the source has it
	Value   string   `json:"value"`   // as it was understood, for people to read; "" is none
	Reading Reading  `json:"reading"` // what the cell says
	Repairs []string `json:"repairs"` // what normalising did to it, in words
	Private bool     `json:"private"` // a @private value is in it: masked in reports
}

// Reading is what a cell says about its field.
type Reading uint8

// The readings. The zero value is invalid.
const (
	noReading    Reading = iota
	ReadValue            // it has a value
	ReadKeeps            // empty: what the app has is kept
	ReadClears           // empty: the field is to be cleared
	ReadNothing          // its column is left alone
	ReadUnusable         // it is what is wrong with the row
	ReadUnread           // the row as a whole is broken: nobody can say what its cells are
	ReadJoined           // a join reads it, and no field alone
)

var readingNames = enum.Names[Reading]{Of: []string{
	ReadValue: "value", ReadKeeps: "keeps", ReadClears: "clears", ReadNothing: "left alone", ReadUnusable: "unusable", ReadUnread: "unread",
	ReadJoined: "read by a join",
}}

// String is the reading as reports spell it.
func (r Reading) String() string { return readingNames.Name(r) }

// MarshalText spells the reading as String does.
func (r Reading) MarshalText() ([]byte, error) { return readingNames.Text(r) }
