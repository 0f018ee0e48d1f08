package user

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cometsync/internal/jsontext"
)

func object(t testing.TB, text string) Object {
	t.Helper()
	if text == "" {
		return nil
	}
	o, err := ParseObject(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return o
}

func TestParseObject(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", "1", `"a"`, "{", `{"a":}`, `{"a":1`, `{} {}`, `{}x`, `{"a":1,"a":1}`, `{"x":{"a":1,"a":2}}`, `{"a":[1,]}`,
		strings.Repeat(`{"a":`, maxDepth+2) + "1" + strings.Repeat("}", maxDepth+2),
	} {
		if o, err := ParseObject(text); err == nil {
			t.Errorf("%.40s: %v", text, o)
		}
	}
	if got := JSON(object(t, ` {"b": [1.0, null, true], "a": {"<": "é"}} `)); got != `{"a":{"<":"é"},"b":[1.0,null,true]}` {
		t.Error(got)
	}
}

func TestEqualValues(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{`1`, `1`, true}, {`1.0`, `1`, true}, {`1e2`, `100`, true}, {`0.1`, `0.10`, true}, {`-0`, `0`, true},
		{`1`, `2`, false}, {`1`, `"1"`, false}, {`true`, `"true"`, false}, {`null`, `null`, true}, {`null`, `false`, false},
		{`9007199254740993`, `9007199254740992`, false}, // no floats
		{`1e999999999`, `1e999999998`, false},           // not worked out
		{`"a"`, `"a"`, true}, {`"a"`, `"A"`, false},
		{`[1,2]`, `[1,2]`, true}, {`[1,2]`, `[2,1]`, false}, {`[1]`, `[1,1]`, false}, {`[]`, `{}`, true}, {`[0]`, `{}`, false}, {`[]`,
			`{"a":1}`, false}, {`{"a":[{"b":{}}],"c":[]}`, `{"a":[{"b":[]}],"c":{}}`, true}, {`[[]]`, `[{}]`, true}, {`[]`, `""`, false},
		{`[]`,
			`null`, false}, {`1`, `[1]`, false},
		{`{"a":1,"b":2}`, `{"b":2.0,"a":1}`, true}, {`{"a":1}`, `{"a":1,"b":2}`, false}, {`{"a":null}`, `{"b":null}`, false}, {`"x"`, `{}`,
			false},
	} {
		a, b := object(t, `{"x":`+c.a+`}`)["x"], object(t, `{"x":`+c.b+`}`)["x"]
		if EqualValues(a, b) != c.want || EqualValues(b, a) != c.want {
			t.Errorf("%s, %s: not %v", c.a, c.b, c.want)
		}
	}
}

func TestMerge(t *testing.T) {
	for _, c := range []struct{ base, over, want string }{
		{`{}`, `{}`, `{}`},
		{`{"a":1}`, `{"b":2}`, `{"a":1,"b":2}`},
		{`{"a":{"x":1,"y":2}}`, `{"a":{"y":3}}`, `{"a":{"x":1,"y":3}}`},
		{`{"a":{"x":1}}`, `{"a":2}`, `{"a":2}`},
		{`{"a":2}`, `{"a":{"x":1}}`, `{"a":{"x":1}}`},
		{`{"a":[1]}`, `{"a":[2]}`, `{"a":[2]}`},
	} {
		base, over := object(t, c.base), object(t, c.over)
		if got := JSON(Merge(base, over)); got != c.want {
			t.Errorf("%s over %s: %s, want %s", c.over, c.base, got, c.want)
		}
		if JSON(base) != c.base || JSON(over) != c.over {
			t.Errorf("%s over %s changed its arguments", c.over, c.base)
		}
	}
}

func TestApply(t *testing.T) {
	key := func(path, text string) KeyCell {
		return KeyCell{Path: strings.Split(path, "."), Text: text, Clear: text == ""}
	}
	cleared := User{Clear: FieldsOf(Metadata)}
	for _, c := range []struct {
		row     User
		remote  string
		replace bool
		want    string
	}{
		{User{Metadata: `{"a":1}`}, `{"b":2}`, false, `{"a":1,"b":2}`},
		{User{Metadata: `{"a":1}`}, `{"b":2}`, true, `{"a":1}`},
		{User{Metadata: `{"a":1}`}, ``, false, `{"a":1}`},
		{cleared, `{"b":2}`, false, `{}`},
		{User{Keys: []KeyCell{key("a", "x")}}, `{"b":2}`, false, `{"a":"x","b":2}`},
		{User{Keys: []KeyCell{key("a", "x")}}, `{"b":2}`, true, `{"a":"x"}`},
		{User{Keys: []KeyCell{key("a.b", "x")}}, `{"a":{"c":1}}`, false, `{"a":{"b":"x","c":1}}`},
		{User{Keys: []KeyCell{key("a.b", "x")}}, `{"a":5}`, false, `{"a":{"b":"x"}}`},
		// A cell that reads as the remote does leaves it as it is.
		{User{Keys: []KeyCell{key("a", "42")}}, `{"a":42}`, false, `{"a":42}`},
		{User{Keys: []KeyCell{key("a", "42")}}, `{"a":42}`, true, `{"a":42}`},
		{User{Keys: []KeyCell{key("a", "true")}}, `{"a":true}`, false, `{"a":true}`},
		{User{Keys: []KeyCell{key("a", "x y")}}, `{"a":"x  y"}`, false, `{"a":"x  y"}`},
		{User{Keys: []KeyCell{key("a", "43")}}, `{"a":42}`, false, `{"a":"43"}`},
		{User{Keys: []KeyCell{key("a", "")}}, `{"a":1,"b":2}`, false, `{"b":2}`},
		{User{Keys: []KeyCell{key("a.b", "")}}, `{"a":{"b":1}}`, false, `{}`},
		{User{Keys: []KeyCell{key("a.b", "")}}, `{"a":{"b":1,"c":2}}`, false, `{"a":{"c":2}}`},
		{User{Keys: []KeyCell{key("a.b", "")}}, `{"a":{}}`, false, `{"a":{}}`}, // nothing to take away
		{User{Keys: []KeyCell{key("a.b", "")}}, `{"a":5}`, false, `{"a":5}`},
		{User{Metadata: `{"a":{"b":1}}`, Keys: []KeyCell{key("a.c", "x")}}, `{"a":{"d":2}}`, false, `{"a":{"b":1,"c":"x","d":2}}`},
	} {
		remote := object(t, c.remote)
		before := JSON(remote)
		got, err := c.row.Apply(remote, c.replace)
		if err != nil || JSON(got) != c.want {
			t.Errorf("%+v on %s: %s %v, want %s", c.row, c.remote, JSON(got), err, c.want)
		}
		if JSON(remote) != before {
			t.Errorf("%+v changed %s to %s", c.row, before, JSON(remote))
		}
		// Applying twice is applying once.
		if again, err := c.row.Apply(got, c.replace); err != nil || !EqualValues(again, got) {
			t.Errorf("%+v on its own result %s: %s %v", c.row, JSON(got), JSON(again), err)
		}
	}
	if _, err := (&User{Metadata: "{"}).Apply(nil, false); err == nil {
		t.Error("broken metadata is applied")
	}
}

func TestScalarText(t *testing.T) {
	o := object(t, `{"s":" a  b","n":1.50,"t":true,"f":false,"null":null,"a":[],"o":{}}`)
	for key, want := range map[string]string{"s": "a b", "n": "1.50", "t": "true", "f": "false"} {
		if got, ok := ScalarText(o[key]); !ok || got != want {
			t.Errorf("%s: %q %v", key, got, ok)
		}
	}
	for _, key := range []string{"null", "a", "o"} {
		if got, ok := ScalarText(o[key]); ok {
			t.Errorf("%s: %q", key, got)
		}
	}
}

func TestAt(t *testing.T) {
	o := object(t, `{"a":{"b":{"c":1}},"d":2}`)
	for path, want := range map[string]bool{"a": true, "a.b": true, "a.b.c": true, "d": true, "x": false, "a.x": false, "d.x": false,
		"a.b.c.d": false} {
		if _, ok := At(o, strings.Split(path, ".")); ok != want {
			t.Errorf("%s: %v", path, ok)
		}
	}
	if v, _ := At(o, []string{"a", "b"}); !reflect.DeepEqual(v, o["a"].(Object)["b"]) {
		t.Error(v)
	}
}

// TestSound is whether an object can be read, without reading it.
func TestSound(t *testing.T) {
	many := func(last string) string {
		var b strings.Builder
		for i := range 100 {
			fmt.Fprintf(&b, `"k%d":%d,`, i, i)
		}
		return `{"in":[{` + b.String() + last + `}]}`
	}
	deep := func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }
	for _, text := range []string{`{}`, `{"a":1,"b":1}`, `{"a":1,"a":1}`, `{"a":{"a":{"a":[]}},"b":[{"a":1},{"a":1}]}`, `{"b":[{"a":1,"a":2}]}`,
		many(`"l":1`), many(`"k7":1`), deep(maxDepth), deep(maxDepth + 1), deep(maxDepth + 2)} {
		d := jsontext.New(text)
		_, tape := d.Tokens(nil, 0)
		if _, err := ParseObject(text); Sound(tape) != (err == nil) {
			t.Errorf("%.60s: sound %t, and reading it says %v", text, Sound(tape), err)
		}
	}
}
