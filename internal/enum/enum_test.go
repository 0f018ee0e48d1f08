package enum

import (
	"slices"
	"testing"
)

type colour uint8

func TestNames(t *testing.T) {
	colours := Names[colour]{What: "colour", Of: []string{1: "red", 2: "green"}}
	maybe := Names[colour]{None: true, Of: []string{1: "red", 2: "green"}}
	for _, c := range []struct {
		names *Names[colour]
		value colour
		name  string
	}{
		{&colours, 0, "colour(0)"}, {&colours, 1, "red"}, {&colours, 2, "green"}, {&colours, 3, "colour(3)"},
		{&maybe, 0, ""}, {&maybe, 1, "red"}, {&maybe, 9, "colour(9)"},
	} {
		if got := c.names.Name(c.value); got != c.name {
			t.Errorf("%d is %q, want %q", c.value, got, c.name)
		}
	}
	for _, c := range []struct {
		names *Names[colour]
		text  string
		want  colour
		err   string
	}{
		{&colours, "red", 1, ""}, {&colours, "green", 2, ""}, {&colours, "blue", 0, `unknown colour "blue"`}, {&colours, "", 0,
			`unknown colour ""`},
		{&maybe, "", 0, ""}, {&maybe, "red", 1, ""}, {&maybe, "blue", 0, `"blue": it is red or green`},
	} {
		got := colour(7)
		err := c.names.Parse(&got, []byte(c.text))
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%q is %d, %v, want %d, %s", c.text, got, err, c.want, c.err)
		}
	}
	if all := colours.All(); !slices.Equal(all, []colour{1, 2}) {
		t.Errorf("all are %d", all)
	}
}
