package jsontext

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// value is what tokens say, as encoding/json would; it gives how many it took as well.
func value(t *testing.T, tape []Token) (v any, span int) {
	t.Helper()
	first := tape[0]
	if first.Span < 1 || int(first.Span) > len(tape) {
		t.Fatalf("a span of %d, with %d tokens left", first.Span, len(tape))
	}
	switch first.Kind {
	case String:
		v = first.Text
	case Scalar:
		if json.Unmarshal([]byte(first.Text), &v) != nil {
			v = json.Number(first.Text) // larger than a float
		}
	case List:
		list := []any{}
		for in := range Values(tape) {
			element, n := value(t, in)
			if n != len(in) {
				t.Fatalf("%d of %d tokens", n, len(in))
			}
			list = append(list, element)
		}
		v = list
	case Object:
		object := map[string]any{}
		for key, in := range Members(tape) {
			member, n := value(t, in)
			if n != len(in) {
				t.Fatalf("%d of %d tokens", n, len(in))
			}
			object[key] = member
		}
		v = object
	}
	return v, int(first.Span)
}

// manyKeys is two objects with the same keys, which are more than are expected again.
func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"%d":"%d\n"`, i, i)
	}
	return "[{" + b.String()[1:] + "},{" + b.String()[1:] + "}]"
}

// FuzzTokens holds tokens against encoding/json, and takes and refuses what Skip does.
func FuzzTokens(f *testing.F) {
	for _, text := range []string{`{"a":[1,-0.5e+3,true,null,{},{"b":[[],{"c":"\u00e9\n"}]}],"a":"x"}`, ` [ ] `, `"x"`, `0`, `null`, `{"a":nul}`,
		`[1,2`, `{"a":`, `{"":{"":{"":""}}} `,
		`[{"a":1,"b":{"c":2}},{"a":1,"b":{"c":2}},{"a" :1,"\u0062":3,"c":4},{"b":1,"ab":2},{"a"x:1}]`, manyKeys(mostKeys + 10)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := New(text)
		raw := s.Raw(0)
		d := New(text)
		before := []Token{{Text: "before"}}
		written, tape := d.Tokens(before, 0)
		if written != raw || (d.End() == nil) != (s.End() == nil) {
			t.Fatalf("%q: %q and %v, not %q and %v", text, written, d.Err, raw, s.Err)
		}
		var want any
		if d.Err != nil || json.Unmarshal([]byte(text), &want) != nil {
			return
		}
		if got, n := value(t, tape[1:]); n != len(tape)-1 || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q: %v in %d of %d tokens, not %v", text, got, n, len(tape)-1, want)
		}
	})
}
