package formats

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

// verb is written as a text.
type verb struct{}

func (*verb) UnmarshalText([]byte) error { return nil }

// What is wrong with JSON is said in words, and without the names of types.
func TestSpoken(t *testing.T) {
	type document struct {
		Schema string `json:"schema"`
		Count  int    `json:"count"`
		Pairs  []struct {
			Old  string `json:"old"`
			Verb verb   `json:"verb"`
		} `json:"pairs"`
		Sandbox bool     `json:"sandbox"`
		Share   *float64 `json:"share"`
	}
	for text, want := range map[string]string{
		`[]`:                                   `it is a list, and should be an object`,
		`{"schema":1}`:                         `"schema" is a number, and should be a text`,
		`{"count":"x"}`:                        `"count" is a text, and should be a whole number`,
		`{"count":1.5}`:                        `"count" is 1.5, and should be a whole number`,
		`{"pairs":{}}`:                         `"pairs" is an object, and should be a list`,
		`{"pairs":[[]]}`:                       `entry 1 of "pairs" is a list, and should be an object`,
		`{"pairs":[{},{"old":{}}]}`:            `"old" of entry 2 of "pairs" is an object, and should be a text`,
		`{"pairs":[{"verb":[]}]}`:              `"verb" of entry 1 of "pairs" is a list, and should be a text`,
		`{"sandbox":"yes"}`:                    `"sandbox" is a text, and should be true or false`,
		`{"share":[]}`:                         `"share" is a list, and should be a number`,
		`{"count":99999999999999999999999999}`: `"count" is 99999999999999999999999999, and should be a whole number`,
	} {
		var doc document
		if got := Spoken(json.Unmarshal([]byte(text), &doc)); got == nil || got.Error() != want {
			t.Errorf("%s: %v, want %s", text, got, want)
		}
	}
	if got := Spoken(json.Unmarshal([]byte(`{"a":x}`), new(any))); got == nil || strings.Contains(got.Error(), "json") {
		t.Errorf("%v", got)
	}
	if Spoken(nil) != nil {
		t.Error("nothing is wrong")
	}
}
