// Package plan holds the nouns of a reconciliation: operations with what
// they change, the plan that they make up, the guards that refuse it, and
// the outcome of each operation.
//
// It knows no file, no HTTP and no clock. Package diff makes plans, package
// apply carries them out, package report shows them.
//
// # Glossary
//
//	operation     create, update, deactivate or reactivate (its verb) on one uid
//	change        one field of an operation, with its value before and after
//	cause         why a field changes: the source, the app, or the configuration
//	guard         a check on the whole plan that refuses it before anything is written
//	allow         to let one guard through, for one run and one number
//	withheld      an operation that is planned, shown, and not carried out
//	held          a user of the app for whom a reject may stand, left alone
//	re-key        one person under an old uid and a new one
//	leaving       absent, and not yet for as many good runs as --grace-runs asks for
//	stranger      absent, and in the roster of no earlier good run
//	kept          absent, and not deactivated: strangers, leaving, and --missing keep
//	good run      one that was not refused and ended with 0 or 3; later runs compare with it
//	drift         a user of the app has moved since the plan was made
//	outcome       applied, failed, skipped, drifted, withheld or unknown
//	conflict      what an undo leaves alone, as somebody has changed it since
package plan

import (
	"cometsync/internal/enum"
	"cometsync/internal/user"
)

// Verb is what an operation does to a user.
type Verb uint8

// The verbs, in the order in which they are applied: giving comes before
// taking away. The zero value is invalid.
const (
	noVerb Verb = iota
	Reactivate
	Create
	Update
	Deactivate
)

// Verbs lists the verbs in the order in which they are applied.
func Verbs() []Verb { return verbNames.All() }

var verbNames = enum.Names[Verb]{What: "operation", Of: []string{
	Reactivate: "reactivate", Create: "create", Update: "update", Deactivate: "deactivate",
}}

func (v Verb) String() string                   { return verbNames.Name(v) }
func (v Verb) MarshalText() ([]byte, error)     { return verbNames.Text(v) }
func (v *Verb) UnmarshalText(text []byte) error { return verbNames.Parse(v, text) }

// Reason says why an operation is planned.
type Reason uint8

// The reasons. The zero value is invalid.
const (
	noReason  Reason = iota
	Absent           // the remote user is not in the roster
	StateSays        // the roster says inactive (or active, for a reactivation)
	Missing          // the roster user is not in the remote
	Differs          // managed fields differ
	InRoster         // deactivated in the remote, and in a roster without a state column
	Undone           // an earlier run did the opposite, and is undone
)

var reasonNames = enum.Names[Reason]{What: "reason", Of: []string{
	Absent: "not in the roster", StateSays: "state column", Missing: "not in the app", Differs: "fields differ", InRoster: "in the roster",
	Undone: "undo",
}}

func (r Reason) String() string                   { return reasonNames.Name(r) }
func (r Reason) MarshalText() ([]byte, error)     { return reasonNames.Text(r) }
func (r *Reason) UnmarshalText(text []byte) error { return reasonNames.Parse(r, text) }

// Change is one field's value before and after, as canonical JSON; "" is not a value.
// Metadata is always the whole object, since that is what has to be sent;
// Keys takes a change of metadata apart.
type Change struct {
	Field  user.Field
	Cause  Causes // of the change
	Before string
	After  string
}

// Operation is one thing to be done to one user. A user has at most one.
//
// The changes of a create are all fields that it is given; of an update, the
// fields that differ; of a reactivate, the fields that differ once the user is
// active again (it is reactivated, then updated). A deactivate has none, but for
// one that undoes a reactivation together with the fields that it changed: a
// deactivated user can't be updated, so it is updated first, then deactivated,
// and is not deactivated if the update fails.
//
// Only a create has createdAt and lastActiveAt, in Unix seconds: nothing but a
// bulk import can set them.
type Operation struct {
	Verb     Verb
	Reason   Reason
	Withheld bool // planned, and not to be carried out: see Plan.Withholdings
	UID      string
	Name     string   // for people to read: the roster's, else the remote's
	Role     string   // for grouping; likewise
	Tags     []string // for grouping; likewise
	Changes  []Change
	Source   user.Source // zero for a user that the roster lacks
}
