package plan

import (
	"strings"

	"github.com/go-faster/jx"

	"cometsync/internal/user"
)

// keyWalk finds the keys in which two objects differ without decoding them: both are
// canonical JSON, whose keys are sorted, so that they can be walked side by side as text.
// That is twenty times as fast, which counts in a report of 80,000 operations. What
// does not look canonical stops the walk, unless it is known to be.
type keyWalk struct {
	keys      []KeyChange
	canonical bool
}

// objects walks two objects, of which either may be "", none; false is that it stopped.
func (w *keyWalk) objects(prefix, before, after string, private bool) bool {
	var b, a member
	before, wasOK := b.next(before, w.canonical)
	after, isOK := a.next(after, w.canonical)
	for wasOK && isOK && (b.value != "" || a.value != "") {
		key, was, is := b.key, b.value, a.value
		switch {
		case was == "" || is != "" && a.key < key:
			key, was = a.key, ""
		case is == "" || key < a.key:
			is = ""
		}
		if was != is && !w.values(prefix+"."+key, was, is, private || key == user.Private) {
			return false
		}
		if was != "" {
			before, wasOK = b.next(before, w.canonical)
		}
		if is != "" {
			after, isOK = a.next(after, w.canonical)
		}
	}
	return wasOK && isOK
}

// values takes in a key's values, which differ as texts.
func (w *keyWalk) values(name, before, after string, private bool) bool {
	switch {
	// An object that comes or goes is shown by its keys too, unless it is empty.
	case mayBeObject(before) && mayBeObject(after) && max(len(before), len(after)) > len("{}"):
		return w.objects(name, before, after, private)
	case !w.canonical && (strings.ContainsAny(before, `\[{`) || strings.ContainsAny(after, `\[{`)): // \u0061 is a, and [1, 2] is [1,2]
		return false
	case before != "" && after != "" && strings.IndexByte("-0123456789[{", before[0]) >= 0 && sameValue(before, after): // 1.0 is 1
		return true
	}
	// A value that is shown whole is as private as what is in it.
	w.keys = append(w.keys, KeyChange{Field: name, Before: before, After: after, Private: private || holdsPrivate(before, after)})
	return true
}

// mayBeObject reports whether a value is an object, or stands for one without keys.
func mayBeObject(value string) bool { return value == "" || value == "[]" || value[0] == '{' }

func sameValue(a, b string) bool {
	x, err1 := user.ParseObject(`{"":` + a + `}`)
	y, err2 := user.ParseObject(`{"":` + b + `}`)
	return err1 == nil && err2 == nil && user.EqualValues(x, y)
}

// member is one of an object's; without a value it is none.
type member struct{ key, value string }

// next takes the next member off what is left of an object. White space, escapes in
// keys and keys out of order are not canonical, and not ok.
func (m *member) next(object string, canonical bool) (rest string, ok bool) {
	last := *m
	*m = member{}
	switch object {
	case "", "{}", "[]", "}":
		return "", true
	}
	s := object[1:]
	if object[0] != '{' && object[0] != ',' || s[0] != '"' {
		return "", false
	}
	n := stringLength(s)
	key := s[1 : n-1]
	if strings.IndexByte(key, '\\') >= 0 {
		if !canonical {
			return "", false
		}
		key, _ = jx.DecodeStr(s[:n]).Str() // which is valid
	}
	if s = s[n:]; s[0] != ':' || last.value != "" && key <= last.key {
		return "", false
	}
	s = s[1:]
	if n = valueLength(s); n == 0 || s[0] <= ' ' || s[n-1] <= ' ' {
		return "", false
	}
	*m = member{key, s[:n]}
	return s[n:], true
}

// stringLength is how far the string that valid JSON begins with reaches.
func stringLength(s string) int {
	i := 1
	for ; s[i] != '"'; i++ {
		if s[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// valueLength is how far the value that valid JSON begins with reaches; 0 if that
// is not known.
func valueLength(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			i += stringLength(s[i:]) - 1
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
