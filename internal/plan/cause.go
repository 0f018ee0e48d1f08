package plan

import (
	"encoding/json"
	"slices"

	"cometsync/internal/enum"
)

// Cause is why a field of a user is not what the last good run left it as. It is
// for people to read, and decides nothing. The zero value is that nobody can say:
// there was no good run, or it had no row of the user.
type Cause uint8

// The causes. Of several that there may be, the first counts.
const (
	NoCause         Cause = iota
	BySource              // the cell is not as the last good run read it
	ByConfiguration       // the cell is, and what it becomes is not
	ByApp                 // the cell is, and so is what it becomes: somebody changed the user in the app
)

var causeNames = enum.Names[Cause]{What: "cause", None: true, Of: []string{
	BySource: "source", ByConfiguration: "configuration", ByApp: "app",
}}

// EveryCause lists the causes.
func EveryCause() []Cause { return []Cause{BySource, ByConfiguration, ByApp} }

func (c Cause) String() string                   { return causeNames.Name(c) }
func (c Cause) MarshalText() ([]byte, error)     { return causeNames.Text(c) }
func (c *Cause) UnmarshalText(text []byte) error { return causeNames.Parse(c, text) }

// Causes are the causes of what a Change changes, as JSON: the one of all of it,
// or of metadata an object of them by the fields of its KeyChanges. "" is none.
type Causes string

// same are the causes where there is but one, which most changes have.
var same = [...]Causes{NoCause: "", BySource: `"source"`, ByConfiguration: `"configuration"`, ByApp: `"app"`}

// CausesOf are the causes of what one change changes.
func CausesOf(keys []KeyChange) Causes {
	if len(keys) == 0 {
		return ""
	}
	first := keys[0].Cause
	if !slices.ContainsFunc(keys, func(k KeyChange) bool { return k.Cause != first }) {
		return same[first]
	}
	by := make(map[string]Cause, len(keys))
	for i := range keys {
		by[keys[i].Field] = keys[i].Cause
	}
	text, _ := json.Marshal(by) // of which nothing fails
	return Causes(text)
}

// Of is the cause of a field.
func (c Causes) Of(field string) Cause {
	if i := slices.Index(same[:], c); i >= 0 {
		return Cause(i)
	}
	var by map[string]Cause
	_ = json.Unmarshal([]byte(c), &by)
	return by[field]
}

// readCauses checks what is to be causes.
func readCauses(text string) (Causes, error) {
	if c := Causes(text); slices.Contains(same[:], c) {
		return same[slices.Index(same[:], c)], nil
	}
	var by map[string]Cause
	err := json.Unmarshal([]byte(text), &by)
	return Causes(text), err
}
