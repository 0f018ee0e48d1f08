package user

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/go-faster/jx"

	"cometsync/internal/jsontext"
)

// Private is the metadata key below which only the user and administrators
// may read.
const Private = "@private"

// Object is a decoded JSON object: strings, json.Number, bool, nil, []any and
// Objects (as map[string]any).
type Object = map[string]any

// ReadObject reads the metadata that an app shows; nil is none. An empty array is
// what services in PHP make of an empty object.
func ReadObject(text string) (Object, error) {
	switch text {
	case "", "null", "[]":
		return nil, nil
	}
	return ParseObject(text)
}

// Object is the user's metadata; nil is none.
func (u *User) Object() (Object, error) {
	if u.Tokens == nil {
		return ReadObject(u.Metadata)
	}
	v, err := decodeValue(u.Tokens, 0)
	o, _ := v.(Object)
	return o, err
}

// ParseObject reads text that has to be one JSON object and nothing else.
// A key that appears twice in one object is an error: one of its values
// would be lost. Texts without escapes share memory with text.
func ParseObject(text string) (Object, error) {
	if !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return nil, fmt.Errorf("not a JSON object")
	}
	d := jsontext.New(text)
	var few [32]jsontext.Token
	_, tape := d.Tokens(few[:0], 0)
	if d.End() != nil {
		return nil, explain(text)
	}
	v, err := decodeValue(tape, 0)
	if err != nil {
		return nil, err
	}
	return v.(Object), nil
}

// explain says what is wrong with JSON as people who write it know it.
func explain(text string) error {
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal([]byte(text), new(any)), &syntax) {
		if syntax.Error() == "unexpected end of JSON input" {
			if strings.ContainsAny(text, typographicQuotes) {
				return errQuotes
			}
			return fmt.Errorf("the JSON object is not closed")
		}
		// Its words name a byte, which may be the first of a character.
		at := text[max(0, min(int(syntax.Offset), len(text))-1):]
		switch c, size := utf8.DecodeRuneInString(at); {
		case strings.ContainsRune(typographicQuotes, c):
			return errQuotes
		case c == '\'':
			return errors.New("it has single quotes, and JSON takes none but \"")
		case size > 1:
			return fmt.Errorf("the character %q is where none can be", c)
		}
		return syntax
	}
	return errDeep // what encoding/json takes, and a scanner does not
}

// typographicQuotes are what word processors make of quotes, which no JSON has
// around its texts.
const typographicQuotes = "“”„‟«»‘’‚‛″＂"

var errQuotes = errors.New("it has typographic quotes, such as “ and ”, and JSON takes none but \"")

// maxDepth bounds how deep values may nest; the service's own limit of 5 KB
// leaves no use for more.
const maxDepth = 100

var errDeep = fmt.Errorf("nested deeper than %d levels", maxDepth)

func decodeValue(tape []jsontext.Token, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	switch t := &tape[0]; t.Kind {
	case jsontext.Object:
		o := Object{}
		for key, value := range jsontext.Members(tape) {
			if _, twice := o[key]; twice {
				return nil, fmt.Errorf("the key %q appears twice", key)
			}
			v, err := decodeValue(value, depth+1)
			if err != nil {
				return nil, err
			}
			o[key] = v
		}
		return o, nil
	case jsontext.List:
		a := []any{}
		for value := range jsontext.Values(tape) {
			v, err := decodeValue(value, depth+1)
			if err != nil {
				return nil, err
			}
			a = append(a, v)
		}
		return a, nil
	case jsontext.String:
		return t.Text, nil
	case jsontext.Scalar:
		if t.Text == "true" || t.Text == "false" {
			return t.Text == "true", nil
		}
		return json.Number(t.Text), nil
	}
	return nil, nil
}

// Sound reports whether an object that was taken apart can be read as one: with no key
// twice, of whose values one would be lost, and not nested too deep.
func Sound(object []jsontext.Token) bool { return sound(object, 0) }

func sound(value []jsontext.Token, depth int) bool {
	const few = 64 // tokens of an object in which each key is looked for by itself
	switch value[0].Kind {
	case jsontext.Object:
		if value[0].Span > few {
			_, err := decodeValue(value, depth)
			return err == nil
		}
		var keys [few / 2]string
		n := 0
		for key, in := range jsontext.Members(value) {
			if slices.Contains(keys[:n], key) || !sound(in, depth+1) {
				return false
			}
			keys[n] = key
			n++
		}
	case jsontext.List:
		for in := range jsontext.Values(value) {
			if !sound(in, depth+1) {
				return false
			}
		}
	}
	return depth <= maxDepth
}

// JSON is a value as canonical JSON: keys sorted, no white space, characters
// as they are, numbers as they were written.
func JSON(v any) string {
	w := jx.GetWriter()
	defer jx.PutWriter(w)
	WriteJSON(w, v)
	return w.String()
}

// WriteJSON writes what JSON is.
func WriteJSON(w *jx.Writer, v any) {
	switch v := v.(type) {
	case string:
		w.Str(v)
	case json.Number:
		w.Buf = append(w.Buf, v...)
	case bool:
		w.Bool(v)
	case nil:
		w.Null()
	case []string:
		writeList(w, v, w.Str)
	case []any:
		writeList(w, v, func(v any) bool { WriteJSON(w, v); return false })
	case Object:
		var few [16]string
		keys := slices.AppendSeq(few[:0], maps.Keys(v))
		slices.Sort(keys)
		w.ObjStart()
		for i, k := range keys {
			if i > 0 {
				w.Comma()
			}
			w.FieldStart(k)
			WriteJSON(w, v[k])
		}
		w.ObjEnd()
	default:
		panic(fmt.Sprintf("user.JSON: a %T", v)) // only values that ParseObject or this program made
	}
}

func writeList[T any](w *jx.Writer, list []T, write func(T) bool) {
	w.ArrStart()
	for i, v := range list {
		if i > 0 {
			w.Comma()
		}
		write(v)
	}
	w.ArrEnd()
}

// AsObject is a value as an object. An empty list is one without keys: services in
// PHP make that of it, at every level, and nobody can tell the two apart again.
func AsObject(v any) (o Object, ok bool) {
	switch v := v.(type) {
	case Object:
		return v, true
	case []any:
		return nil, len(v) == 0
	}
	return nil, false
}

// EqualValues compares decoded JSON by value: numbers as numbers (1.0 is 1),
// objects without regard to the order of keys, an empty one as an empty list.
func EqualValues(a, b any) bool {
	if o, ok := AsObject(a); ok && len(o) == 0 {
		o, ok := AsObject(b)
		return ok && len(o) == 0
	}
	switch a := a.(type) {
	case json.Number:
		b, ok := b.(json.Number)
		return ok && equalNumbers(string(a), string(b))
	case Object:
		b, ok := b.(Object)
		if !ok || len(a) != len(b) {
			return false
		}
		for k, v := range a {
			w, ok := b[k]
			if !ok || !EqualValues(v, w) {
				return false
			}
		}
		return true
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, EqualValues)
	}
	switch b.(type) {
	case json.Number, Object, []any:
		return false
	}
	return a == b
}

func equalNumbers(a, b string) bool {
	if a == b {
		return true
	}
	// A long exponent would make an exact comparison as large as it says.
	if len(a) > 40 || len(b) > 40 || bigExponent(a) || bigExponent(b) {
		return false
	}
	x, ok := new(big.Rat).SetString(a)
	y, ok2 := new(big.Rat).SetString(b)
	return ok && ok2 && x.Cmp(y) == 0
}

func bigExponent(s string) bool {
	_, e, ok := strings.Cut(strings.ToLower(s), "e")
	return ok && len(strings.TrimLeft(e, "+-0")) > 3
}

// ScalarText is the text of a string, number or boolean, as a cell would
// spell it; other values have none.
func ScalarText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return Text(v), true
	case json.Number:
		return string(v), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	}
	return "", false
}

// At is the value at a key path.
func At(o Object, path []string) (any, bool) {
	for _, k := range path[:len(path)-1] {
		o, _ = o[k].(Object)
		if o == nil {
			return nil, false
		}
	}
	v, ok := o[path[len(path)-1]]
	return v, ok
}

// Merge lays over upon base, key by key at every level: a key that over does
// not have keeps base's value; a value that is not an object on both sides is
// over's. Neither argument is changed, and objects are the result's own.
func Merge(base, over Object) Object {
	out := make(Object, len(base)+len(over))
	for k, v := range base {
		if vo, ok := v.(Object); ok {
			v = Merge(vo, nil)
		}
		out[k] = v
	}
	for k, v := range over {
		if vo, ok := v.(Object); ok {
			bo, _ := out[k].(Object)
			v = Merge(bo, vo)
		}
		out[k] = v
	}
	return out
}

// Apply lays the row's metadata upon a remote user's: the object of a
// metadata column first, then the cells of metadata.KEY columns. With
// replace, nothing of the remote is kept but what an empty cell keeps. A cell
// whose text is what the remote's string, number or boolean at that key
// already reads leaves it as it is, so that 42 does not become "42".
func (u *User) Apply(remote Object, replace bool) (Object, error) {
	out := Object{}
	if !replace || u.KeepsObject {
		out = Merge(remote, nil)
	}
	for _, path := range u.Kept {
		if v, ok := At(remote, path); ok {
			put(out, path, v)
		}
	}
	if u.Clear.Has(Metadata) {
		out = Object{}
	} else if u.Metadata != "" {
		o, err := ParseObject(u.Metadata)
		if err != nil {
			return nil, err
		}
		out = Merge(out, o)
	}
	for _, c := range u.Keys {
		if c.Clear {
			remove(out, c.Path)
			continue
		}
		var value any = c.Text
		if v, ok := At(remote, c.Path); ok {
			if t, ok := ScalarText(v); ok && (t == c.Text || sameNumber(v, c.Text)) {
				value = v
			}
		}
		put(out, c.Path, value)
	}
	return out, nil
}

// sameNumber reports whether text writes the number v, if in another way: 42.0
// for 42. What no JSON number looks like (007) is not one.
func sameNumber(v any, text string) bool {
	n, ok := v.(json.Number)
	return ok && text != "" && (text[0] == '-' || text[0] >= '0' && text[0] <= '9') && json.Valid([]byte(text)) &&
		equalNumbers(string(n), text)
}

func put(o Object, path []string, value any) {
	for ; len(path) > 1; path = path[1:] {
		inner, _ := o[path[0]].(Object)
		if inner == nil {
			inner = Object{}
			o[path[0]] = inner
		}
		o = inner
	}
	if v, ok := value.(Object); ok {
		value = Merge(v, nil)
	}
	o[path[0]] = value
}

// remove takes the value at path from o; an object that it leaves empty goes too.
func remove(o Object, path []string) {
	if len(path) == 1 {
		delete(o, path[0])
	} else if inner, ok := o[path[0]].(Object); ok {
		if _, ok := At(inner, path[1:]); ok { // an object that was empty before stays
			if remove(inner, path[1:]); len(inner) == 0 {
				delete(o, path[0])
			}
		}
	}
}
