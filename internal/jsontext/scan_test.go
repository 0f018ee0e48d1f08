package jsontext

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzScanner holds the scanner against encoding/json: what it takes is JSON, and a text
// says the same.
func FuzzScanner(f *testing.F) {
	for _, text := range []string{`{"a":[1,-0.5e+3,true,null,{}],"b":"x"}`, `"\ud83d\ude00 \ud800 \u00e9 \/ \\"`,
		`"a long text \n of several words"`, ` [ ] `, `01`, `"\x"`, "\"\x01\"", "\"\xff\"", `{"a":1,}`, `{"a" 1}`, `tru`, `"`, `"\`, `"\u12`, `1.`, `1 2`, ``} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := New(text)
		d.Skip(0)
		took, valid := d.End() == nil, json.Valid([]byte(text))
		deep := strings.Count(text, "[")+strings.Count(text, "{") > maxDepth
		var want string
		switch {
		case took && !valid:
			t.Fatalf("took what is not JSON: %q", text)
		case !took && valid && utf8.ValidString(text) && !deep:
			t.Fatalf("refused %q: %v", text, d.Err)
		case took && json.Unmarshal([]byte(text), &want) == nil && strings.Contains(text, `"`):
			d := New(text)
			if d.Peek(); d.Str() != want {
				t.Fatalf("%q does not say %q", text, want)
			}
		}
		if IsObject(text) != (took && strings.HasPrefix(text, "{")) {
			t.Fatalf("%q is an object: %t", text, IsObject(text))
		}
	})
}

// TestMembers reads what is known and passes over the rest, which is checked all the same.
func TestMembers(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":"1", "x":[{"a":2}],"b" : 3 , "c":null}`: "a=1 b=3 c= ",
		`{}`:                  "",
		`{"a":{}}`:            "!",
		`{"x":[1 2],"a":"1"}`: "!",
		`{"a":"1"`:            "a=1 !",
	} {
		got := ""
		d := New(text)
		for key := range d.Members() {
			if key == "x" {
				d.Skip(1)
			} else if value := d.Text(); d.Err == nil {
				got += key + "=" + value + " "
			}
		}
		if d.End() != nil {
			got += "!"
		}
		if got != want {
			t.Errorf("%s: %q", text, got)
		}
	}
}
