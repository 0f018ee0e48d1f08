package report

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/plan"
	"cometsync/internal/user"
)

// randomValue is a JSON value in which equal and nearly equal things are common.
func randomValue(rng *rand.Rand, depth int) any {
	n := 9
	if depth > 0 {
		n = 12
	}
	switch rng.IntN(n) {
	case 0:
		return nil
	case 1:
		return rng.IntN(2) == 0
	case 2, 3:
		return json.Number([]string{"1", "1.0", "2", "-1", "1e1"}[rng.IntN(5)])
	case 4, 5, 6, 7:
		return []string{"", "a", "a\"b", "{}", "b,c", "é\n", `\`, "<&>"}[rng.IntN(8)]
	case 8, 9:
		return []any{randomValue(rng, 0), "x"}[:rng.IntN(3)]
	}
	return randomObject(rng, depth-1)
}

func randomObject(rng *rand.Rand, depth int) user.Object {
	o := user.Object{}
	for range rng.IntN(4) {
		o[[]string{"a", "b", "c", "", "é", "a\"b", user.Private, "a b"}[rng.IntN(8)]] = randomValue(rng, depth)
	}
	return o
}

func TestKeysByTextAreKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		c := plan.Change{Field: user.Metadata}
		if rng.IntN(8) > 0 {
			c.Before = user.JSON(randomObject(rng, 3))
		}
		if rng.IntN(8) > 0 {
			c.After = user.JSON(randomObject(rng, 3))
		}
		if diff := cmp.Diff(c.Keys(), keyChanges(c)); diff != "" {
			t.Fatalf("%s → %s: %s", c.Before, c.After, diff)
		}
	}
	for _, c := range []plan.Change{
		{Before: `{`, After: `{"a":1}`},
		{Before: `[1]`, After: `{"a":1}`},
		{Before: `"text"`, After: `{"@private":{"a":1}}`},
		{Before: `{ "a" : 1 }`, After: `{"a":2}`},
		{Before: `{"a":1 ,"b":2}`, After: `{"a":"x"}`},
		{Before: `{"b":1,"a":2}`, After: `{"a":2,"b":3}`},
		{Before: `{"a":1,"a":2}`, After: `{"a":3}`},
		{Before: `{"a":"\u0061"}`, After: `{"a":"a"}`},
		{Before: `{"a":1} `, After: `{"a":"b"}` + "\n"},
		{Before: `{"@private":{"x":1}}`, After: `{"@private":{"x":1}}`},
	} {
		c.Field = user.Metadata
		if diff := cmp.Diff(c.Keys(), keyChanges(c)); diff != "" {
			t.Errorf("%s → %s: %s", c.Before, c.After, diff)
		}
	}
}
