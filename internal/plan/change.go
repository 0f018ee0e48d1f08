package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/user"
)

// KeyChange is a change as people read it: metadata taken apart by key.
type KeyChange struct {
	Field   string // a canonical field name, or metadata.KEY, metadata.@private.KEY
	Before  string // canonical JSON; "" is no value
	After   string
	Private bool // a @private value: masked in reports
	Cause   Cause
}

// changeJSON has values as they stand, and null for none.
type changeJSON struct {
	Field  user.Field     `json:"field"`
	Before jsontext.Value `json:"before"`
	After  jsontext.Value `json:"after"`
}

// MarshalJSONTo writes a change without its cause.
func (c Change) MarshalJSONTo(e *jsontext.Encoder) error {
	if c.Field == user.NoField {
		return errNoField
	}
	w := changeJSON{c.Field, rawValue(c.Before), rawValue(c.After)}
	for _, v := range []jsontext.Value{w.Before, w.After} {
		if v != nil && !v.IsValid(jsontext.AllowDuplicateNames(true)) {
			return fmt.Errorf("%s: %w", c.Field, errNoJSON)
		}
	}
	return json.MarshalEncode(e, w)
}

// UnmarshalJSONFrom reads a change without a cause.
func (c *Change) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	var w changeJSON
	err := json.UnmarshalDecode(d, &w)
	*c = Change{Field: w.Field, Before: string(w.Before), After: string(w.After)}
	for _, v := range []*string{&c.Before, &c.After} {
		if *v == "null" {
			*v = ""
		}
	}
	return err
}

var (
	errNoField = errors.New("a change of no field")
	errNoJSON  = errors.New("its value is no JSON")
)

// rawValue is a value that is JSON already; nil is none.
func rawValue(s string) jsontext.Value {
	if s == "" {
		return nil
	}
	return jsontext.Value(valid(s))
}

// Keys takes a change apart: metadata into the keys that differ, in order,
// objects followed down to the values; any other field is one KeyChange.
func (c Change) Keys() []KeyChange {
	keys := c.keys()
	for i := range keys {
		keys[i].Cause = c.Cause.Of(keys[i].Field)
	}
	return keys
}

func (c Change) keys() []KeyChange {
	if c.Field != user.Metadata {
		return []KeyChange{{Field: c.Field.String(), Before: c.Before, After: c.After}}
	}
	before, err1 := user.ReadObject(c.Before)
	after, err2 := user.ReadObject(c.After)
	if err1 != nil || err2 != nil {
		// The remote may hold metadata that is no object; then it is one
		// value, and private as a whole, since nobody knows what is in it.
		return []KeyChange{{Field: "metadata", Before: c.Before, After: c.After, Private: true}}
	}
	var out []KeyChange
	keyChanges(&out, "metadata", before, after, false)
	if len(out) == 0 {
		out = append(out, KeyChange{Field: "metadata", Before: c.Before, After: c.After, Private: holdsPrivate(c.Before, c.After)})
	}
	return out
}

func keyChanges(out *[]KeyChange, prefix string, before, after user.Object, private bool) {
	keys := make([]string, 0, len(before)+len(after))
	for k := range before {
		keys = append(keys, k)
	}
	for k := range after {
		if _, ok := before[k]; !ok {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range keys {
		b, hadB := before[k]
		a, hasA := after[k]
		if hadB && hasA && user.EqualValues(b, a) {
			continue
		}
		private := private || k == user.Private
		bo, bIs := user.AsObject(b)
		ao, aIs := user.AsObject(a)
		// An object that comes or goes is shown by its keys too, unless it is empty.
		if (bIs || !hadB) && (aIs || !hasA) && len(bo)+len(ao) > 0 {
			keyChanges(out, prefix+"."+k, bo, ao, private)
			continue
		}
		c := KeyChange{Field: prefix + "." + k, Private: private}
		if hadB {
			c.Before = user.JSON(b)
		}
		if hasA {
			c.After = user.JSON(a)
		}
		// An object that gives way to another value is shown whole, with
		// whatever private keys are in it.
		c.Private = c.Private || holdsPrivate(c.Before, c.After)
		*out = append(*out, c)
	}
}

func holdsPrivate(before, after string) bool {
	return strings.Contains(before, user.Private) || strings.Contains(after, user.Private)
}
