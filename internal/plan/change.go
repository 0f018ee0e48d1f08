package plan

import (
	"errors"
	"strings"
	"sync"

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

// Keys takes changes apart: metadata into the keys that differ, in order,
// objects followed down to the values; any other field is one KeyChange.
func Keys(changes ...Change) []KeyChange { return AppendKeys(nil, changes...) }

// AppendKeys is Keys, behind those of others.
func AppendKeys(to []KeyChange, changes ...Change) []KeyChange {
	for i := range changes {
		to = changes[i].appendKeys(to)
	}
	return to
}

func (c *Change) appendKeys(to []KeyChange) []KeyChange {
	from := len(to)
	if c.Field == user.Metadata {
		to = c.appendMetadata(to)
	} else {
		to = append(to, KeyChange{Field: c.Field.String(), Before: c.Before, After: c.After})
	}
	for i := range to[from:] {
		to[from+i].Cause = c.Cause.Of(to[from+i].Field)
	}
	return to
}

func (c *Change) appendMetadata(to []KeyChange) []KeyChange {
	from, w := len(to), keyWalk{keys: to}
	before, after := c.Before, c.After
	if !noneOrJSON(before) || !noneOrJSON(after) || !w.objects("metadata", before, after, false) {
		var err1, err2 error
		before, err1 = canonicalObject(before)
		after, err2 = canonicalObject(after)
		if err1 != nil || err2 != nil {
			// The remote may hold metadata that is not an object; then it is one
			// value, and private as a whole, since nobody knows what is in it.
			return append(to, KeyChange{Field: "metadata", Before: c.Before, After: c.After, Private: true})
		}
		w = keyWalk{keys: to, canonical: true}
		w.objects("metadata", before, after, false)
	}
	if len(w.keys) == from {
		return append(to, KeyChange{Field: "metadata", Before: c.Before, After: c.After, Private: holdsPrivate(c.Before, c.After)})
	}
	return w.keys
}

// noneOrJSON reports whether a value is none, or JSON. It is asked of each operation by
// each file of a large report, so that the bytes it takes are used again.
func noneOrJSON(value string) bool {
	b := valueBytes.Get().(*[]byte)
	defer valueBytes.Put(b)
	*b = append((*b)[:0], value...)
	return value == "" || jx.Valid(*b)
}

var valueBytes = sync.Pool{New: func() any { return new([]byte) }}

func holdsPrivate(before, after string) bool {
	return strings.Contains(before, user.Private) || strings.Contains(after, user.Private)
}
