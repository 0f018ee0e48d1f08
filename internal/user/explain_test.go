package user

import "testing"

// What is wrong with an object is said in words for those who write it.
func TestWhatIsWrongWithAnObject(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"a":2}`:            `the key "a" appears twice`,
		`{"x":{"a":1,"a":2}}`:      `the key "a" appears twice`,
		`{"x":[{"a":1,"a":null}]}`: `the key "a" appears twice`,
		`{"a":1`:                   "the JSON object is not closed",
		`{"a":1} x`:                "invalid character 'x' after top-level value",
		`[1]`:                      "not a JSON object",
		`{“dept”: “Ops”}`:          "it has typographic quotes, such as “ and ”, and JSON takes none but \"",
		`{"dept": „Ops“}`:          "it has typographic quotes, such as “ and ”, and JSON takes none but \"",
		`{"dept": "Ops”}`:          "it has typographic quotes, such as “ and ”, and JSON takes none but \"",
		`{'dept': 'Ops'}`:          "it has single quotes, and JSON takes none but \"",
		`{"dept": é}`:              "the character 'é' is where none can be",
	} {
		if _, err := ParseObject(text); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}
