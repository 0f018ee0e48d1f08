package plan

import (
	"encoding/json"
	"slices"
	"sync"

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

// Causes are the causes of what a Change changes: the Cause of all of it, or of metadata,
// from then on, a number for the causes by the fields of its KeyChanges. There are
// millions of changes, and few ways in which several causes share one.
type Causes uint32

// same are the causes where there is but one, as JSON.
var same = [...]string{NoCause: "", BySource: `"source"`, ByConfiguration: `"configuration"`, ByApp: `"app"`}

// several are the JSON objects of causes by field, and the number of each.
var several struct {
	sync.RWMutex
	texts   []string
	numbers map[string]Causes
}

// CausesOf are the causes of what one change changes.
func CausesOf(keys []KeyChange) Causes {
	if len(keys) == 0 {
		return Causes(NoCause)
	}
	first := keys[0].Cause
	if !slices.ContainsFunc(keys, func(k KeyChange) bool { return k.Cause != first }) {
		return Causes(first)
	}
	by := make(map[string]Cause, len(keys))
	for i := range keys {
		by[keys[i].Field] = keys[i].Cause
	}
	text, _ := json.Marshal(by) // of which nothing fails
	return numbered(string(text))
}

func numbered(text string) Causes {
	several.Lock()
	defer several.Unlock()
	n, known := several.numbers[text]
	if !known {
		if several.numbers == nil {
			several.numbers = map[string]Causes{}
		}
		n = Causes(len(same) + len(several.texts))
		several.texts, several.numbers[text] = append(several.texts, text), n
	}
	return n
}

// String is the causes as JSON; "" is none.
func (c Causes) String() string {
	if int(c) < len(same) {
		return same[c]
	}
	several.RLock()
	defer several.RUnlock()
	return several.texts[int(c)-len(same)]
}

// Of is the cause of a field.
func (c Causes) Of(field string) Cause {
	if int(c) < len(same) {
		return Cause(c)
	}
	var by map[string]Cause
	_ = json.Unmarshal([]byte(c.String()), &by)
	return by[field]
}

// readCauses checks what is to be causes.
func readCauses(text string) (Causes, error) {
	if i := slices.Index(same[:], text); i >= 0 {
		return Causes(i), nil
	}
	var by map[string]Cause
	if err := json.Unmarshal([]byte(text), &by); err != nil {
		return Causes(NoCause), err
	}
	return numbered(text), nil
}
