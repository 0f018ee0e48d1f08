package plan

import (
	"fmt"
	"strings"
	"testing"

	"cometsync/internal/user"
)

func TestKeys(t *testing.T) {
	for _, c := range []struct {
		name          string
		field         user.Field
		before, after string
		want          string // field: before -> after, a line each; a star marks what is private
	}{
		{"any other field", user.Name, `"A"`, `"B"`, `name: "A" -> "B"`},
		{"tags", user.Tags, "", `["a"]`, `tags:  -> ["a"]`},
		{"a value", user.Metadata, `{"a":1,"b":2}`, `{"a":1,"b":3}`, "metadata.b: 2 -> 3"},
		{"numbers by value", user.Metadata, `{"a":1,"b":2}`, `{"a":1.0,"b":3}`, "metadata.b: 2 -> 3"},
		{"a number that becomes text", user.Metadata, `{"a":42}`, `{"a":"42"}`, `metadata.a: 42 -> "42"`},
		{"keys in order", user.Metadata, `{"c":1,"a":1}`, `{"b":1,"a":2}`, "metadata.a: 1 -> 2\nmetadata.b:  -> 1\nmetadata.c: 1 -> "},
		{"nested", user.Metadata, `{"a":{"b":{"c":1,"d":2}}}`, `{"a":{"b":{"c":1,"d":3}}}`, "metadata.a.b.d: 2 -> 3"},
		{"all of it comes", user.Metadata, "", `{"a":{"b":1},"c":2}`, "metadata.a.b:  -> 1\nmetadata.c:  -> 2"},
		{"all of it goes", user.Metadata, `{"a":{"b":1},"c":2}`, "", "metadata.a.b: 1 -> \nmetadata.c: 2 -> "},
		{"an object comes", user.Metadata, `{"x":0}`, `{"x":0,"a":{"b":1,"c":{"d":2}}}`, "metadata.a.b:  -> 1\nmetadata.a.c.d:  -> 2"},
		{"an object goes", user.Metadata, `{"x":0,"a":{"b":1}}`, `{"x":0}`, "metadata.a.b: 1 -> "},
		{"an empty object comes", user.Metadata, `{"x":0}`, `{"x":0,"a":{}}`, "metadata.a:  -> {}"},
		{"an empty object within one that goes", user.Metadata, `{"a":{"b":{}}}`, `{"x":0}`, "metadata.a.b: {} -> \nmetadata.x:  -> 0"},
		{"an object is emptied", user.Metadata, `{"a":{"b":1}}`, `{"a":{}}`, "metadata.a.b: 1 -> "},
		{"a value gives way to an object", user.Metadata, `{"a":1}`, `{"a":{"b":1}}`, `metadata.a: 1 -> {"b":1}`},
		{"an object gives way to a value", user.Metadata, `{"a":{"b":1}}`, `{"a":null}`, `metadata.a: {"b":1} -> null`},
		{"null is a value", user.Metadata, `{"a":null}`, `{"b":null}`, "metadata.a: null -> \nmetadata.b:  -> null"},
		{"an array is one value", user.Metadata, `{"a":[1,{"b":2}]}`, `{"a":[1,{"b":3}]}`, `metadata.a: [1,{"b":2}] -> [1,{"b":3}]`},

		{"private", user.Metadata, `{"@private":{"iban":"1","k":{"l":1}},"a":1}`, `{"@private":{"iban":"2"},"a":2}`,
			"*metadata.@private.iban: \"1\" -> \"2\"\n*metadata.@private.k.l: 1 -> \nmetadata.a: 1 -> 2"},
		{"private that comes", user.Metadata, "", `{"@private":{"k":"s"}}`, `*metadata.@private.k:  -> "s"`},
		{"private that is not an object", user.Metadata, `{"@private":"s"}`, `{"@private":{"k":"s"}}`,
			`*metadata.@private: "s" -> {"k":"s"}`},
		{"private within what is shown whole", user.Metadata, `{"a":{"@private":{"k":"s"}},"b":[{"@private":1}]}`, `{"a":1,"b":1}`,
			"*metadata.a: {\"@private\":{\"k\":\"s\"}} -> 1\n*metadata.b: [{\"@private\":1}] -> 1"},

		{"no object: who knows what is in it", user.Metadata, `"secret"`, `{"a":1}`, `*metadata: "secret" -> {"a":1}`},
		{"no object, and it goes", user.Metadata, `[1]`, "", "*metadata: [1] -> "},
		{"no object as PHP has it", user.Metadata, "[]", `{"a":1}`, "metadata.a:  -> 1"},
		{"null", user.Metadata, "null", `{"a":1}`, "metadata.a:  -> 1"},
		{"text that is not JSON", user.Metadata, `{"a":`, `{"a":1}`, `*metadata: {"a": -> {"a":1}`},
		{"not an object, in front of one", user.Metadata, `"text"`, `{"@private":{"a":1}}`, `*metadata: "text" -> {"@private":{"a":1}}`},
		{"white space", user.Metadata, `{ "a" : 1 }`, `{"a":2}`, "metadata.a: 1 -> 2"},
		{"white space behind a value", user.Metadata, `{"a":1 ,"b":[1, 2]}`, `{"a":"x"}`, "metadata.a: 1 -> \"x\"\nmetadata.b: [1,2] -> "},
		{"keys out of order", user.Metadata, `{"b":1,"a":2}`, `{"a":2,"b":3}`, "metadata.b: 1 -> 3"},
		{"a key twice", user.Metadata, `{"a":1,"a":2}`, `{"a":3}`, `*metadata: {"a":1,"a":2} -> {"a":3}`},
		{"an escape that is none", user.Metadata, `{"a":"\u0061","b":1}`, `{"a":"a"}`, "metadata.b: 1 -> "},
		{"no key differs", user.Metadata, "{}", "", "metadata: {} -> "},
		{"no key differs, some private", user.Metadata, `{"@private":{}}`, `{"@private":{}}`,
			`*metadata: {"@private":{}} -> {"@private":{}}`},
	} {
		var lines []string
		for _, k := range Keys(Change{Field: c.field, Before: c.before, After: c.after}) {
			star := ""
			if k.Private {
				star = "*"
			}
			lines = append(lines, fmt.Sprintf("%s%s: %s -> %s", star, k.Field, k.Before, k.After))
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%s: the keys are\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}
