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

var driftName = []Change{{user.Name, 0, `"A"`, `"B"`}}
var mixed = []Change{{user.Name, 0, `" A"`, `"B"`}, {user.Role, 0, "", `"staff"`}, {user.Tags, 0, `["x","y"]`, ""},
	{user.Link, 0, `"l"`, ""}}

var driftBorn = []Change{{user.Name, 0, "", `"B"`}, {user.Metadata, 0, "", `{"@private":{"iban":"1"},"k":{"l":1}}`},
	{user.CreatedAt, 0, "", "1673421419"}, {user.LastActiveAt, 0, "", "1673421419"}}

func driftActive(u user.User) *user.User { u.State = user.Active; return &u }

func driftOff(u user.User) *user.User { u.State = user.Deactivated; return &u }

const (
	already      = "already as planned: it was done since the plan was made; nothing is left to do"
	gone         = "the app does not have the user any more; plan again, if it is to have it"
	changedSince = "changed since the plan was made: "
	again        = "; plan again"
)

var driftCases = []struct {
	name    string
	verb    Verb
	changes []Change
	now     *user.User
	replace bool
	want    string // the message; "" is not a drift
	fields  []ConflictField
	rebased []Change
}{
	{"a create", Create, driftBorn, nil, false, "", nil, nil},
	{"a create of one that is there", Create, driftName, driftActive(user.User{Name: "C"}), false,
		"the app already has the user, and it was planned to be created; plan again",
		[]ConflictField{{"name", "", `"B"`, `"C"`, false}}, nil},
	{"a create of one that is deactivated", Create, driftBorn,
		driftOff(user.User{Name: "B", Metadata: `{"@private":{"iban":"2"},"k":{"l":1}}`}), false,
		"the app already has the user, deactivated, and it was planned to be created; plan again",
		[]ConflictField{{"metadata.@private.iban", "", `"1"`, `"2"`, true}}, nil},
	{"a create that is done", Create, driftBorn,
		driftActive(user.User{Name: "B", Link: "l", Metadata: `{"@private":{"iban":"1"},"k":{"l":1,"m":1},"n":1}`, CreatedAt: 1673421419,
			LastActiveAt: 1700000000}), false, already, nil, nil},
	{"a create at another time", Create, driftBorn,
		driftActive(user.User{Name: "B", Metadata: `{"@private":{"iban":"1"},"k":{"l":1}}`, CreatedAt: 7, LastActiveAt: 1700000000}), false,
		"the app already has the user, and it was planned to be created; plan again", nil, nil},

	{"an update", Update, mixed, driftActive(user.User{Name: "A", Role: "Default", Tags: []string{"y", " x", "x"}, Link: "l " +
		"", Avatar: "new"}), false, "", nil, nil},
	{"an update of one whose state is unsaid", Update, driftName, &user.User{Name: "A"}, false, "", nil, nil},
	{"an update of nobody", Update, driftName, nil, false, gone, nil, nil},
	{"an update of one deactivated", Update, driftName, driftOff(user.User{Name: "A"}), false,
		"deactivated since the plan was made; plan again", []ConflictField{{"state", `"active"`, `"active"`, `"deactivated"`, false}}, nil},
	{"an update that is done, of one deactivated", Update, driftName, driftOff(user.User{Name: "B"}), false,
		"deactivated since the plan was made; " + changedSince + "name" + again,
		[]ConflictField{{"state", `"active"`, `"active"`, `"deactivated"`, false}, {"name", `"A"`, `"B"`, `"B"`, false}}, nil},
	{"an update that is done", Update, driftName, driftActive(user.User{Name: "B  "}), false, already, nil, nil},
	{"an update that is done by half", Update, mixed, driftActive(user.User{Name: "B", Role: "staff", Tags: []string{"x", "y"}, Link: "l"}),
		false, changedSince + "name, role" + again,
		[]ConflictField{{"name", `" A"`, `"B"`, `"B"`, false}, {"role", "", `"staff"`, `"staff"`, false}}, nil},
	{"tags", Update, mixed, driftActive(user.User{Name: "A", Link: "l", Tags: []string{"x"}}), false, changedSince + "tags" + again,
		[]ConflictField{{"tags", `["x","y"]`, "", `["x"]`, false}}, nil},
	{"a field taken away", Update, driftName, driftActive(user.User{}), false, changedSince + "name" + again,
		[]ConflictField{{"name", `"A"`, `"B"`, "", false}}, nil},

	{"a deactivation", Deactivate, nil, driftActive(user.User{Name: "Z"}), false, "", nil, nil},
	{"a deactivation that is done", Deactivate, nil, driftOff(user.User{}), false, already, nil, nil},
	{"a deactivation of nobody", Deactivate, nil, nil, false, gone, nil, nil},
	{"an undone reactivation", Deactivate, driftName, driftActive(user.User{Name: "A"}), false, "", nil, nil},
	{"an undone reactivation, deactivated only", Deactivate, driftName, driftOff(user.User{Name: "A"}), false,
		"deactivated since the plan was made; plan again",
		[]ConflictField{{"state", `"active"`, `"deactivated"`, `"deactivated"`, false}}, nil},

	{"a reactivation", Reactivate, driftName, driftOff(user.User{Name: "A"}), false, "", nil, nil},
	{"a reactivation of one changed", Reactivate, driftName, driftOff(user.User{Name: "C"}), false, changedSince + "name" + again,
		[]ConflictField{{"name", `"A"`, `"B"`, `"C"`, false}}, nil},
	{"a reactivation of one active", Reactivate, driftName, driftActive(user.User{Name: "A"}), false,
		"active since the plan was made; plan again", []ConflictField{{"state", `"deactivated"`, `"active"`, `"active"`, false}}, nil},
	{"a reactivation that is done", Reactivate, driftName, driftActive(user.User{Name: "B"}), false, already, nil, nil},
	{"a reactivation without changes that is done", Reactivate, nil, driftActive(user.User{Name: "B"}), false, already, nil, nil},
	{"a reactivation of nobody", Reactivate, nil, nil, false, gone, nil, nil},

	{"metadata as it was", Update, metadataOf(`{"a":1}`, `{"a":2}`), driftActive(user.User{Metadata: `{"a": 1.0}`}), false, "", nil, nil},
	{"metadata as it was, replaced", Update, metadataOf(`{"a":1}`, `{"a":2}`), driftActive(user.User{Metadata: `{"a": 1.0}`}), true, "",
		nil, nil},
	{"another key that came", Update, metadataOf(`{"a":1}`, `{"a":2}`), driftActive(user.User{Metadata: `{"z": 1, "a":1}`}), false, "", nil,
		metadataOf(`{"a":1,"z":1}`, `{"a":2,"z":1}`)},
	{"another key that came, replaced", Update, metadataOf(`{"a":1}`, `{"a":2}`), driftActive(user.User{Metadata: `{"z": 1, "a":1}`}), true,
		changedSince + "metadata.z" + again,
		[]ConflictField{{"metadata.z", "", "", "1", false}}, nil},
	{"another key that changed and one that went", Update, metadataOf(`{"a":1,"b":1,"c":1}`, `{"a":2,"b":1,"c":1}`),
		driftActive(user.User{Metadata: `{"a":1,"b":2}`}), false, "", nil, metadataOf(`{"a":1,"b":2}`, `{"a":2,"b":2}`)},
	{"another key that changed, replaced", Update, metadataOf(`{"a":1,"b":1}`, `{"a":2,"b":1}`),
		driftActive(user.User{Metadata: `{"a":1,"b":{"x":{}}}`}), true, changedSince + "metadata.b" + again,
		[]ConflictField{{"metadata.b", "1", "1", `{"x":{}}`, false}}, nil},
	{"a planned key that changed", Update, metadataOf(`{"a":1}`, `{"a":2,"b":{"c":1}}`),
		driftActive(user.User{Metadata: `{"a":3,"b":{"c":2},"z":1}`}), false, changedSince + "metadata.a, metadata.b.c" + again,
		[]ConflictField{{"metadata.a", "1", "2", "3", false}, {"metadata.b.c", "", "1", "2", false}}, nil},
	{"a planned key that changed, private", Update, metadataOf(`{"@private":{"pay":1}}`, `{"@private":{"pay":2}}`),
		driftActive(user.User{Metadata: `{"@private":{"pay":3}}`}), false, changedSince + "metadata.@private.pay" + again,
		[]ConflictField{{"metadata.@private.pay", "1", "2", "3", true}}, nil},
	{"other keys on every level", Update, metadataOf(`{"o":{"a":1},"p":{"q":{"r":1}}}`, `{"n":{"m":1},"o":{"a":2}}`),
		driftActive(user.User{Metadata: `{"n":{"k":1},"o":{"a":1,"b":1},"p":{"q":{"r":1},"s":1}}`}), false, "", nil,
		metadataOf(`{"n":{"k":1},"o":{"a":1,"b":1},"p":{"q":{"r":1},"s":1}}`, `{"n":{"k":1,"m":1},"o":{"a":2,"b":1},"p":{"s":1}}`)},
	{"an object that gives way, and got another key", Update, metadataOf(`{"o":{"a":1}}`, `{"o":1}`),
		driftActive(user.User{Metadata: `{"o":{"a":1,"b":1}}`}), false, changedSince + "metadata.o" + again,
		[]ConflictField{{"metadata.o", `{"a":1}`, "1", `{"a":1,"b":1}`, false}}, nil},
	{"an object that is gone", Update, metadataOf(`{"o":{"a":1}}`, `{"o":{"a":2}}`), driftActive(user.User{}), false, changedSince +
		"metadata.o.a" + again, []ConflictField{{"metadata.o.a", "1", "2", "", false}}, nil},
	{"an empty object that is gone", Update, metadataOf(`{"a":1,"k":{}}`, `{"a":2}`), driftActive(user.User{Metadata: `{"a":1}`}), false,
		changedSince + "metadata.k" + again, []ConflictField{{"metadata.k", "{}", "", "", false}}, nil},
	{"metadata to be emptied", Update, metadataOf(`{"a":1}`, ""), driftActive(user.User{Metadata: `{"a":1,"z":1}`}), false, "", nil,
		metadataOf(`{"a":1,"z":1}`, `{"z":1}`)},
	{"metadata that is not an object any more", Update, metadataOf(`{"a":1}`, `{"a":2}`), driftActive(user.User{Metadata: `[1]`}), false,
		changedSince + "metadata" + again,
		[]ConflictField{{"metadata", `{"a":1}`, `{"a":2}`, `[1]`, true}}, nil},
	{"metadata that never was an object", Update, metadataOf(`"x"`, `{"a":2}`), driftActive(user.User{Metadata: `"x"`}), false, "", nil,
		nil},
	{"metadata that is done, and another key", Update, metadataOf(`{"a":1}`, `{"a":2}`),
		driftActive(user.User{Metadata: `{"z": 1, "a":2}`}), false, already, nil, nil},
	{"metadata that is done, and another key, replaced", Update, metadataOf(`{"a":1}`, `{"a":2}`),
		driftActive(user.User{Metadata: `{"z": 1, "a":2}`}), true, changedSince + "metadata.a, metadata.z" + again,
		[]ConflictField{{"metadata.a", "1", "2", "2", false}, {"metadata.z", "", "", "1", false}}, nil},
	{"metadata that came to be too long", Update, metadataOf("", `{"a":"`+strings.Repeat("x", 3000)+`"}`),
		driftActive(user.User{Metadata: `{"z":"` + strings.Repeat("y", 3000) + `"}`}), false,
		"metadata got other keys since the plan was made, with which it would be too long to be sent; plan again",
		[]ConflictField{{"metadata", `{"z":"` + strings.Repeat("y", 3000) + `"}`, `{"a":"` + strings.Repeat("x", 3000) + `","z":"` +
			strings.Repeat("y", 3000) + `"}`, `{"z":"` + strings.Repeat("y", 3000) + `"}`, false}}, nil},
}

func TestDrift(t *testing.T) {
	for _, c := range driftCases {
		o := Operation{Verb: c.verb, UID: "u", Changes: slices.Clone(c.changes)}
		d, rebased := o.Drift(c.now, c.replace)
		message, fields := "", []ConflictField(nil)
		if d != nil {
			message, fields = d.Message, d.Fields
			if d.Already != (message == already) {
				t.Errorf("%s: already: %v", c.name, d.Already)
			}
		}
		if message != c.want || !slices.Equal(fields, c.fields) {
			t.Errorf("%s: %q %+v\nwant %q %+v", c.name, message, fields, c.want, c.fields)
		}
		if !slices.Equal(rebased, c.rebased) {
			t.Errorf("%s: rebased: %+v\nwant %+v", c.name, rebased, c.rebased)
		}
		if !slices.Equal(o.Changes, c.changes) {
			t.Errorf("%s: the operation itself was changed: %+v", c.name, o.Changes)
		}
	}
}

// planned makes an operation on a user as package diff would.
func planned(rng *rand.Rand, u *user.User) Operation {
	want := randomUser(rng)
	o := Operation{UID: "u", Changes: towards(rng, u, &want)}
	switch {
	case u.State == user.Deactivated:
		o.Verb = Reactivate
	case len(o.Changes) > 0 && rng.IntN(3) > 0:
		o.Verb = Update
	default:
		o.Verb, o.Reason = Deactivate, Undone
	}
	return o
}

// grown is an object to which another program has given keys, on every level
// that it has, and of which it has changed its own.
func grown(rng *rand.Rand, o user.Object) user.Object {
	out := user.Object{}
	for k, v := range o {
		if inner, is := v.(user.Object); is && rng.IntN(2) == 0 {
			v = grown(rng, inner)
		}
		out[k] = v
	}
	out["theirs"] = json.Number(pick(rng, "1", "2"))
	if rng.IntN(2) == 0 {
		out["more"] = user.Object{"theirs": true}
	}
	return out
}

// The very user that an operation was planned from never drifts, and one to whom
// another program has given keys neither: those stay when the operation is
// carried out.
func TestDriftLetsOthersBe(t *testing.T) {
	rebases := 0
	for seed := range uint64(5000) {
		rng := rand.New(rand.NewPCG(seed, 7))
		u := randomUser(rng)
		o := planned(rng, &u)
		for _, replace := range []bool{false, true} {
			if d, rebased := o.Drift(&u, replace); d != nil || rebased != nil {
				t.Fatalf("seed %d: %+v of %s drifts: %+v %+v", seed, o, state(&u), d, rebased)
			}
		}
		have, err := user.ParseObject(u.Metadata)
		if err != nil {
			t.Fatal(err)
		}
		// What is planned to give way as a whole must not grow.
		if slices.ContainsFunc(o.Changes, func(c Change) bool {
			return c.Field == user.Metadata && slices.ContainsFunc(Keys(c), func(k KeyChange) bool {
				return strings.HasPrefix(k.Before, "{")
			})
		}) {
			continue
		}
		since := u
		since.Metadata = user.JSON(grown(rng, have))
		d, rebased := o.Drift(&since, false)
		changesMetadata := slices.ContainsFunc(o.Changes, func(c Change) bool { return c.Field == user.Metadata })
		if d != nil || (rebased != nil) != changesMetadata {
			t.Fatalf("seed %d: %+v of %s: %+v %+v", seed, o, state(&since), d, rebased)
		}
		if d, _ := o.Drift(&since, true); (d != nil) != changesMetadata {
			t.Fatalf("seed %d: %+v of %s, replaced: %+v", seed, o, state(&since), d)
		}
		if !changesMetadata {
			continue
		}
		rebases++
		was := since
		next := o
		next.Changes = rebased
		if d, again := next.Drift(&since, false); d != nil || again != nil {
			t.Fatalf("seed %d: rebased, %+v drifts: %+v %+v", seed, next, d, again)
		}
		carryOut(t, &since, rebased)
		since.State = o.after()
		if !o.Shown(&since, false) || !next.Shown(&since, true) {
			t.Fatalf("seed %d: %+v, rebased to %+v, makes %s", seed, o, rebased, state(&since))
		}
		if d, _ := o.Drift(&since, false); d == nil || !d.Already {
			t.Fatalf("seed %d: carried out, %+v is %+v", seed, o, d)
		}
		names := map[string]bool{}
		for _, c := range o.Changes {
			for _, k := range Keys(c) {
				names[k.Field] = true
			}
		}
		for _, k := range Keys(Change{user.Metadata, 0, was.Metadata, since.Metadata}) {
			if !names[k.Field] {
				t.Fatalf("seed %d: %+v, rebased to %+v, changes %s of %s", seed, o, rebased, k.Field, was.Metadata)
			}
		}
	}
	if rebases < 500 {
		t.Errorf("only %d were rebased", rebases)
	}
}

// Whatever else happened to a user, an operation that goes on finds all planned
// values as they were, and takes nobody's key; one that does not says why.
func TestDriftOfAnything(t *testing.T) {
	drifts, on := 0, 0
	for seed := range uint64(5000) {
		rng := rand.New(rand.NewPCG(seed, 8))
		u := randomUser(rng)
		o := planned(rng, &u)
		since := u
		carryOut(t, &since, towards(rng, &u, new(randomUser(rng))))
		if rng.IntN(4) == 0 {
			since.State = user.Activity(1 + rng.IntN(2))
		}
		d, rebased := o.Drift(&since, false)
		if d != nil {
			drifts++
			if d.Already != o.Shown(&since, false) || !d.Already && len(d.Fields) == 0 {
				t.Fatalf("seed %d: %+v of %s: %+v", seed, o, state(&since), d)
			}
			for _, f := range d.Fields {
				if !strings.Contains(d.Message, f.Field) && f.Field != "state" && !strings.Contains(d.Message, " more") ||
					f.Before == f.Now {
					t.Fatalf("seed %d: %+v of %s: %+v", seed, o, state(&since), d)
				}
				if f.Private != strings.Contains(fmt.Sprint(f), user.Private) {
					t.Fatalf("seed %d: %+v", seed, f)
				}
			}
			continue
		}
		on++
		for _, c := range o.Changes {
			if c.Field != user.Metadata && !shows(&since, Change{Field: c.Field, After: c.Before}) {
				t.Fatalf("seed %d: %+v goes on with %s", seed, o, state(&since))
			}
		}
		if rebased == nil {
			rebased = o.Changes
		}
		for _, c := range rebased {
			if c.Field == user.Metadata && !shows(&since, Change{Field: c.Field, After: c.Before}) {
				t.Fatalf("seed %d: %+v would write over %s", seed, c, since.Metadata)
			}
		}
	}
	if drifts < 500 || on < 500 {
		t.Errorf("%d drift, and %d go on", drifts, on)
	}
}
