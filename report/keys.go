package report

import (
	"encoding/json"
	"strings"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// keyChanges is plan.Change.Keys for metadata, without decoding: both sides
// are canonical JSON, whose keys are sorted, so that they can be walked side
// by side as text. That is twenty times as fast, which counts in a report of
// 80,000 operations. Where comparing text is not enough, Keys decides.
func keyChanges(c plan.Change) []plan.KeyChange {
	if json.Valid([]byte(orEmpty(c.Before))) && json.Valid([]byte(orEmpty(c.After))) {
		w := keyWalk{ok: true}
		w.object(c.Field.String(), c.Before, c.After, false)
		if w.ok && len(w.out) > 0 {
			for i := range w.out {
				w.out[i].Cause = c.Cause.Of(w.out[i].Field)
			}
			return w.out
		}
	}
	return c.Keys()
}

func orEmpty(object string) string {
	if object == "" {
		return "{}"
	}
	return object
}

type keyWalk struct {
	out []plan.KeyChange
	ok  bool // text has been enough so far
}

// object walks two objects, of which either may be "", none.
func (w *keyWalk) object(prefix, before, after string, private bool) {
	b, a := w.members(before), w.members(after)
	for w.ok && (b.more || a.more) {
		switch {
		case !a.more || b.more && b.key < a.key:
			w.value(prefix, b.key, b.value, "", private)
			w.next(&b)
		case !b.more || a.key < b.key:
			w.value(prefix, a.key, "", a.value, private)
			w.next(&a)
		default:
			w.value(prefix, a.key, b.value, a.value, private)
			w.next(&b)
			w.next(&a)
		}
	}
}

func (w *keyWalk) value(prefix, key, before, after string, private bool) {
	if before == after {
		return
	}
	if before != "" && after != "" && kind(before) == kind(after) {
		switch kind(before) {
		case '0', '[': // 1.0 is 1
			w.ok = false
			return
		case '"':
			if strings.Contains(before, `\`) || strings.Contains(after, `\`) { // \u0061 is a
				w.ok = false
				return
			}
		}
	}
	if before == "[]" && kindOf(after) == '{' || after == "[]" && kindOf(before) == '{' { // an empty list is an empty object
		w.ok = false
		return
	}
	private = private || key == user.Private
	name := prefix + "." + key
	isObject := func(s string) bool { return s == "" || s[0] == '{' }
	full := func(s string) bool { return s != "" && s != "{}" }
	if isObject(before) && isObject(after) && (full(before) || full(after)) {
		w.object(name, before, after, private)
		return
	}
	// A value that is shown whole is as private as what is in it.
	private = private || strings.Contains(before, user.Private) || strings.Contains(after, user.Private)
	w.out = append(w.out, plan.KeyChange{Field: name, Before: before, After: after, Private: private})
}

// kindOf is kind, and 0 of no value.
func kindOf(value string) byte {
	if value == "" {
		return 0
	}
	return kind(value)
}

// kind is the kind of a JSON value, by its first letter: 0 for all numbers.
func kind(value string) byte {
	if c := value[0]; c != '-' && (c < '0' || c > '9') {
		return c
	}
	return '0'
}

// members reads an object's members one after the other.
type members struct {
	key, value string
	rest       string
	more       bool
}

func (w *keyWalk) members(object string) members {
	var m members
	if object == "" {
		return m
	}
	if object[0] != '{' {
		w.ok = false
		return m
	}
	m.rest = object[1:]
	w.next(&m)
	return m
}

// next reads the next member. White space, escapes in keys and keys out of
// order are not canonical, and end the walk.
func (w *keyWalk) next(m *members) {
	before, first := m.key, !m.more
	m.more = false
	s := strings.TrimPrefix(m.rest, ",")
	if s == "}" {
		return
	}
	if s[0] != '"' {
		w.ok = false
		return
	}
	end := strings.IndexByte(s[1:], '"') + 1
	m.key = s[1:end]
	if s = s[end+1:]; s[0] != ':' || strings.Contains(m.key, `\`) || !first && m.key <= before {
		w.ok = false
		return
	}
	s = s[1:]
	n := valueLength(s)
	if n == 0 || s[0] <= ' ' || s[n-1] <= ' ' {
		w.ok = false
		return
	}
	m.value, m.rest, m.more = s[:n], s[n:], true
}

// valueLength is how far the value that valid JSON begins with reaches.
func valueLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return 0
}
