package guard

import (
	"maps"
	"slices"
	"sync"

	"cometsync/internal/user"
)

// objectKeys numbers the keys of metadata that no column is for: those of a column
// that holds whole objects group people as well. Of them the census knows nothing.
type objectKeys struct {
	mu    sync.Mutex
	kinds map[string]int // by field; the greatest number is anObjectKey
}

const anObjectKey = -3

// kind is a field's number.
func (k *objectKeys) kind(field string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	kind, ok := k.kinds[field]
	if !ok {
		if k.kinds == nil {
			k.kinds = map[string]int{}
		}
		kind = anObjectKey - len(k.kinds)
		k.kinds[field] = kind
	}
	return kind
}

// mostObjectKeys bounds how many of an object's values are looked at.
const mostObjectKeys = 64

// inObject gives the values of an object for which no column is, and those of the
// objects in it, as fields with their texts.
func (w *Watch) inObject(metadata user.Object, each func(kind int, field, text string)) {
	if !w.layout.Whole() {
		return
	}
	left := mostObjectKeys
	var walk func(o user.Object, path string, deep bool)
	walk = func(o user.Object, path string, deep bool) {
		for _, key := range slices.Sorted(maps.Keys(o)) {
			if left--; left < 0 {
				return
			}
			name := path + key
			if _, ok := w.layout.Bit(name); ok {
				continue
			}
			if inner, ok := o[key].(user.Object); ok && deep {
				walk(inner, name+".", false)
			} else if text, ok := user.ScalarText(o[key]); ok && text != "" {
				field := user.Metadata.String() + "." + name
				each(w.objectKeys.kind(field), field, text)
			}
		}
	}
	walk(metadata, "", true)
}
