package plan

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-faster/jx"
	"github.com/go-json-experiment/json/jsontext"

	"cometsync/internal/user"
)

// KeyChange is a change as people read it: metadata taken apart by key.
type KeyChange struct {
	Field   string // a canonical field name, or metadata.KEY, metadata.@private.KEY
	Before  string // canonical JSON; "" is not a value
	After   string
	Private bool // a @private value: masked in reports
	Cause   Cause
}

// MarshalJSONTo writes a change as operations have it.
func (c Change) MarshalJSONTo(e *jsontext.Encoder) error {
	var w jx.Writer
	if err := appendChange(&w, &c); err != nil {
		return err
	}
	return e.WriteValue(w.Buf)
}

// UnmarshalJSONFrom reads what MarshalJSONTo wrote.
func (c *Change) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	raw, err := d.ReadValue()
	if err == nil {
		*c, err = readChange(jx.DecodeBytes(raw))
	}
	return err
}

var (
	errNoField = errors.New("a change of no field")
	errNoJSON  = errors.New("its value is not JSON")
)

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
		// The remote may hold metadata that is not an object; then it is one
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
