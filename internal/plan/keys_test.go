package plan

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cometsync/internal/user"
)

// oddValue is a JSON value in which equal and nearly equal things are common.
func oddValue(rng *rand.Rand, depth int) any {
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
		return []any{oddValue(rng, 0), "x"}[:rng.IntN(3)]
	}
	return oddObject(rng, depth-1)
}

func oddObject(rng *rand.Rand, depth int) user.Object {
	o := user.Object{}
	for range rng.IntN(4) {
		o[[]string{"a", "b", "c", "", "é", "a\"b", user.Private, "a b"}[rng.IntN(8)]] = oddValue(rng, depth)
	}
	return o
}

// decodedKeys are the keys in which two objects differ, by their values.
func decodedKeys(prefix string, before, after user.Object, private bool) (out []KeyChange) {
	var keys []string
	for _, o := range []user.Object{before, after} {
		for k := range o {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	for _, k := range slices.Compact(keys) {
		b, hadB := before[k]
		a, hasA := after[k]
		bo, bIs := user.AsObject(b)
		ao, aIs := user.AsObject(a)
		private := private || k == user.Private
		switch c := (KeyChange{Field: prefix + "." + k, Before: valueOf(before, k), After: valueOf(after, k)}); {
		case hadB && hasA && user.EqualValues(b, a):
		case (bIs || !hadB) && (aIs || !hasA) && len(bo)+len(ao) > 0:
			out = append(out, decodedKeys(c.Field, bo, ao, private)...)
		default:
			c.Private = private || holdsPrivate(c.Before, c.After)
			out = append(out, c)
		}
	}
	return out
}

func TestKeysByTextAreKeys(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		var objects [2]user.Object
		c := Change{Field: user.Metadata}
		for i, text := range []*string{&c.Before, &c.After} {
			if rng.IntN(8) == 0 {
				continue
			}
			objects[i] = oddObject(rng, 3)
			if *text = user.JSON(objects[i]); rng.IntN(4) == 0 { // as a service may write it
				b, _ := json.MarshalIndent(objects[i], "", "\t")
				*text = strings.ReplaceAll(string(b), "é", `\u00e9`)
			}
		}
		want := decodedKeys("metadata", objects[0], objects[1], false)
		if len(want) == 0 {
			want = []KeyChange{{Field: "metadata", Before: c.Before, After: c.After, Private: holdsPrivate(c.Before, c.After)}}
		}
		if diff := cmp.Diff(want, Keys(c)); diff != "" {
			t.Fatalf("%s → %s: %s", c.Before, c.After, diff)
		}
	}
}

func BenchmarkKeys(b *testing.B) {
	c := Change{Field: user.Metadata, Before: `{"department":"Sales","manager":"u000017","phone":"+49 30 123","site":"Berlin"}`,
		After: `{"department":"Support","manager":"u000017","phone":"+49 30 123","site":"Berlin"}`}
	var keys []KeyChange
	for b.Loop() {
		if keys = AppendKeys(keys[:0], c); len(keys) != 1 {
			b.Fatal(keys)
		}
	}
}
