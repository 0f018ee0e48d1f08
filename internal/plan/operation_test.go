package plan

import (
	"encoding"
	"slices"
	"testing"
)

type spelled interface {
	encoding.TextMarshaler
	String() string
}

func TestEnumsAsText(t *testing.T) {
	for _, c := range []struct {
		kind  string
		names []string
		value func(i uint8) spelled
		read  func(text string) (spelled, error)
	}{
		{"Verb", verbNames.Of, func(i uint8) spelled { return Verb(i) }, func(s string) (spelled, error) {
			var v Verb
			err := v.UnmarshalText([]byte(s))
			return v, err
		}},
		{"Reason", reasonNames.Of, func(i uint8) spelled { return Reason(i) }, func(s string) (spelled, error) {
			var v Reason
			err := v.UnmarshalText([]byte(s))
			return v, err
		}},
		{"Outcome", outcomeNames.Of, func(i uint8) spelled { return Outcome(i) }, func(s string) (spelled, error) {
			var v Outcome
			err := v.UnmarshalText([]byte(s))
			return v, err
		}},
	} {
		if got, want := c.value(0).String(), c.kind+"(0)"; got != want {
			t.Errorf("the zero value is %q, want %q", got, want)
		}
		if got, want := c.value(200).String(), c.kind+"(200)"; got != want {
			t.Errorf("a value beyond the last is %q, want %q", got, want)
		}
		for i := 1; i < len(c.names); i++ {
			v := c.value(uint8(i))
			text, err := v.MarshalText()
			if err != nil || string(text) != c.names[i] || len(text) == 0 {
				t.Errorf("%s %d is written %q, %v", c.kind, i, text, err)
			}
			if again, err := c.read(string(text)); err != nil || again != v {
				t.Errorf("%q reads as %v, %v", text, again, err)
			}
		}
		for _, bad := range []string{"", "none", c.kind + "(0)", "UPDATE"} {
			if v, err := c.read(bad); err == nil || v != c.value(0) {
				t.Errorf("%s %q reads as %v, %v", c.kind, bad, v, err)
			}
		}
	}
}

func TestVerbsAreInOrderOfApplication(t *testing.T) {
	verbs := Verbs()
	if len(verbs) != len(verbNames.Of)-1 || !slices.IsSorted(verbs) {
		t.Errorf("the verbs are %v", verbs)
	}
	if verbs[len(verbs)-1] != Deactivate {
		t.Errorf("the last verb is %v: taking away comes last", verbs[len(verbs)-1])
	}
}
