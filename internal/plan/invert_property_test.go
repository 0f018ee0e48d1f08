package plan

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"cometsync/internal/user"
)

// carryOut is an operation as the service carries it out, or a part of it.
func carryOut(t testing.TB, u *user.User, changes []Change) {
	t.Helper()
	for _, c := range changes {
		switch c.Field {
		case user.Metadata:
			u.Metadata = c.After
		case user.Tags:
			u.Tags = nil
			if c.After != "" {
				if err := json.Unmarshal([]byte(c.After), &u.Tags); err != nil {
					t.Fatal(err)
				}
			}
		default:
			text := ""
			if c.After != "" {
				if err := json.Unmarshal([]byte(c.After), &text); err != nil {
					t.Fatal(err)
				}
			}
			u.Set(c.Field, text)
		}
	}
}

// state is what of a user an undo has to bring back.
func state(u *user.User) string {
	return fmt.Sprintf("%s %q %q %q %q %q %q %s", u.State, u.Name, u.Avatar, u.Link, u.Role, u.StatusMessage, u.Tags, canonical(u.Metadata))
}

func pick(rng *rand.Rand, of ...string) string { return of[rng.IntN(len(of))] }

func randomObject(rng *rand.Rand, depth int) user.Object {
	o := user.Object{}
	for _, k := range []string{"a", "b", "c", "@private"} {
		switch n := rng.IntN(6); {
		case n < 2:
			o[k] = json.Number(pick(rng, "1", "2", "3"))
		case n == 2:
			o[k] = pick(rng, "v", "w")
		case n == 3 && depth > 0:
			o[k] = randomObject(rng, depth-1)
		}
	}
	return o
}

func randomUser(rng *rand.Rand) user.User {
	u := user.User{UID: "u", State: user.Activity(1 + rng.IntN(2))}
	u.Name, u.Avatar, u.Link = pick(rng, "A", " A", "B"), pick(rng, "", "p", "q"), pick(rng, "", "p", "q")
	u.Role, u.StatusMessage = pick(rng, "default", "Staff", "student"), pick(rng, "", "in", "out")
	u.Tags = [][]string{nil, {"x"}, {"y", "x"}, {"x", "x"}}[rng.IntN(4)]
	u.Metadata = user.JSON(randomObject(rng, 2))
	return u
}

// towards is the changes that make u what want is, in some of its fields,
// as package diff would plan them.
func towards(rng *rand.Rand, u, want *user.User) []Change {
	var out []Change
	for _, f := range []user.Field{user.Name, user.Avatar, user.Link, user.Role, user.Tags, user.StatusMessage, user.Metadata} {
		c := Change{f, 0, Present(u, f), Present(want, f)}
		if rng.IntN(3) > 0 && !shows(u, c) {
			out = append(out, c)
		}
	}
	return out
}

// run carries a random operation out on u, as a whole, in part, or not at all,
// and gives its record.
func run(t testing.TB, rng *rand.Rand, u *user.User) Done {
	want := randomUser(rng)
	d := Done{Operation: Operation{UID: "u", Changes: towards(rng, u, &want)}, Sent: rng.IntN(10) > 0}
	o := &d.Operation
	switch {
	case u.State == user.Deactivated:
		o.Verb = Reactivate
	case rng.IntN(2) == 0 && len(o.Changes) > 0:
		o.Verb = Update
	default:
		o.Verb = Deactivate
		if rng.IntN(2) == 0 {
			o.Changes = nil
		}
	}
	parts := map[Verb][]Verb{Reactivate: {Reactivate, Update}, Update: {Update}, Deactivate: {Update, Deactivate}}[o.Verb]
	if len(o.Changes) == 0 {
		parts = slices.DeleteFunc(parts, func(v Verb) bool { return v == Update })
	}
	done := parts[:rng.IntN(len(parts)+1)]
	if !d.Sent {
		done = nil
	}
	for _, v := range done {
		d.Result.Did.Add(v)
		switch v {
		case Reactivate:
			u.State = user.Active
		case Update:
			carryOut(t, u, o.Changes)
		case Deactivate:
			u.State = user.Deactivated
		}
	}
	switch {
	case !d.Sent:
		d.Result = Result{Outcome: Skipped}
	case rng.IntN(3) == 0:
		d.Result = Result{Outcome: Outcome(rng.IntN(2) * int(Unknown))} // in doubt, or without an answer
		if rng.IntN(2) == 0 && len(done) > 1 {
			d.Result.Did = VerbsOf(done[0])
		}
	case len(done) == len(parts):
		d.Result.Outcome = Applied
	default:
		d.Result.Outcome = Failed
	}
	return d
}

// A run and its inverse cancel, and so do an inverse and its own.
func TestInverseCancels(t *testing.T) {
	inverses := map[Verb]int{}
	for seed := range uint64(5000) {
		rng := rand.New(rand.NewPCG(seed, 3))
		u := randomUser(rng)
		before := state(&u)
		d := run(t, rng, &u)
		for range 3 {
			left := state(&u)
			o, c := d.Inverse(&u)
			if c != nil {
				t.Fatalf("seed %d: %+v: %+v", seed, d, c)
			}
			if o != nil {
				inverses[o.Verb]++
				if o.Verb == Update && len(o.Changes) == 0 || (u.State == user.Deactivated) != (o.Verb == Reactivate) {
					t.Fatalf("seed %d: %+v of %s", seed, o, left)
				}
				carryOut(t, &u, o.Changes)
				switch o.Verb {
				case Reactivate:
					u.State = user.Active
				case Deactivate:
					u.State = user.Deactivated
				}
			}
			if got := state(&u); got != before {
				t.Fatalf("seed %d: %+v left\n%s\nits inverse %+v makes\n%s\nwant\n%s", seed, d, left, o, got, before)
			}
			if o == nil {
				break
			}
			before, d = left, Done{Operation: *o, Result: Result{Outcome: Applied, Did: VerbsOf(o.Verb)}, Sent: true}
			if len(o.Changes) > 0 {
				d.Result.Did.Add(Update)
			}
		}
	}
	for _, v := range []Verb{Reactivate, Update, Deactivate} {
		if inverses[v] < 500 {
			t.Errorf("only %d inverses are to %s", inverses[v], v)
		}
	}
}

// Fields and keys that a run did not touch are not touched by its inverse
// either; one that it did touch, and that somebody changed since, leaves the
// user alone.
func TestInverseLeavesWhatIsNotOurs(t *testing.T) {
	conflicts, merged := 0, 0
	for seed := range uint64(5000) {
		rng := rand.New(rand.NewPCG(seed, 4))
		u := randomUser(rng)
		was := u
		d := run(t, rng, &u)
		trace := d.trace()
		since := u
		if rng.IntN(2) == 0 {
			carryOut(t, &since, towards(rng, &u, new(randomUser(rng))))
		}
		// Another program has a key of its own.
		theirs, err := user.ParseObject(canonicalOr(since.Metadata))
		if err != nil {
			t.Fatal(err)
		}
		theirs["theirs"] = json.Number("1")
		since.Metadata = user.JSON(theirs)

		o, c := d.Inverse(&since)
		if c != nil {
			conflicts++
			fits := slices.ContainsFunc(trace.changes, func(c Change) bool {
				return !shows(&since, c) && !shows(&since, Change{Field: c.Field, After: c.Before})
			})
			if stuck := since.State == user.Deactivated && was.State == user.Deactivated; !fits && !stuck {
				t.Fatalf("seed %d: %+v, and then %s: %s", seed, d, state(&since), c.Message)
			}
			stuck := slices.IndexFunc(c.Fields, func(f ConflictField) bool { return f.Field == "state" })
			if len(c.Fields) == 0 || stuck >= 0 && stuck != len(c.Fields)-1 {
				t.Fatalf("seed %d: %+v", seed, c)
			}
			for i, f := range c.Fields {
				if i != stuck && (f.Now == f.Before || f.Now == f.After) || f.Private != strings.Contains(fmt.Sprint(f), user.Private) {
					t.Fatalf("seed %d: %+v, and then %s: %+v", seed, d, state(&since), f)
				}
			}
			continue
		}
		if o == nil {
			continue
		}
		ours := map[user.Field]bool{}
		for _, c := range trace.changes {
			ours[c.Field] = true
		}
		for _, c := range o.Changes {
			if !ours[c.Field] {
				t.Fatalf("seed %d: %+v, but the inverse changes %s", seed, d, c.Field)
			}
			if c.Field != user.Metadata {
				continue
			}
			merged++
			if after, err := user.ParseObject(c.After); err != nil || after["theirs"] == nil {
				t.Fatalf("seed %d: the inverse takes a key that is not the run's: %s", seed, c.After)
			}
		}
	}
	if conflicts < 500 || merged < 300 {
		t.Errorf("only %d conflicts and %d merged objects", conflicts, merged)
	}
}

func canonicalOr(text string) string {
	if text = canonical(text); text == "" {
		return "{}"
	}
	return text
}
