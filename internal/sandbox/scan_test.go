package sandbox

import (
	"bytes"
	"encoding/json"
	"testing"
)

// FuzzScan holds the walks over JSON against encoding/json.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		ann, ` { } `, `{"a":1,"a":[ ],"b\"\\":{"c":[{"d":"}\\"}]}}`, `[1, "]", [[]],{},null , true,-1.5e3]`, `[]`, ` [ ] `,
		`{"é":"\u00e9\n","":"","x" : { "y" : [ 1 , 2 ] } , "z":false}`, `"plain"`, `"\ud83d"`, `7`, `{"a":"\\"}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if text = bytes.ToValidUTF8(text, nil); !json.Valid(text) {
			return
		}
		switch start := bytes.TrimLeft(text, " \t\r\n"); start[0] {
		case '{':
			var want map[string]json.RawMessage
			if err := json.Unmarshal(text, &want); err != nil {
				return
			}
			got := make(map[string]json.RawMessage)
			for key, value := range members(text) {
				got[string(key)] = value
			}
			if len(got) != len(want) {
				t.Fatalf("%s: members %q, want %q", text, got, want)
			}
			for key, value := range want {
				if !bytes.Equal(got[key], value) {
					t.Errorf("%s: %q is %q, want %q", text, key, got[key], value)
				}
			}
		case '[':
			var want []json.RawMessage
			if err := json.Unmarshal(text, &want); err != nil {
				return
			}
			i := 0
			for value := range elements(text) {
				if i >= len(want) || !bytes.Equal(value, want[i]) {
					t.Fatalf("%s: element %d is %q", text, i, value)
				}
				i++
			}
			if i != len(want) {
				t.Errorf("%s: %d elements, want %d", text, i, len(want))
			}
		case '"':
			var want string
			err := json.Unmarshal(text, &want)
			if got, ok := unquote(bytes.TrimSpace(text)); !ok || err != nil || got != want {
				t.Errorf("%s: %q, want %q", text, got, want)
			}
			var b []byte
			if back, ok := unquote(appendString(b, want)); !ok || back != want {
				t.Errorf("%q was written as %s", want, appendString(b, want))
			}
		}
		var want bytes.Buffer
		if json.Compact(&want, text) == nil {
			if got := compact(text); !bytes.Equal(got, want.Bytes()) {
				t.Errorf("%s: compact is %s, want %s", text, got, want.Bytes())
			}
		}
	})
}
