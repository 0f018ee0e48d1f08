package plan

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"cometsync/internal/user"
)

// inverted writes what Inverse makes of an operation on one line.
func inverted(d Done, now *user.User) string {
	o, c := d.Inverse(now)
	switch {
	case o != nil && c != nil:
		return "both an operation and a conflict"
	case c != nil && c.Gone:
		return "gone: " + c.Message
	case c != nil:
		return "conflict: " + c.Message
	case o == nil:
		return "nothing"
	}
	var b strings.Builder
	b.WriteString(o.Verb.String())
	for _, c := range o.Changes {
		fmt.Fprintf(&b, " %s:%s->%s", c.Field, c.Before, c.After)
	}
	return b.String()
}

func changesOf(of ...string) []Change { // field, before, after
	var out []Change
	for ; len(of) > 0; of = of[3:] {
		c := Change{Before: of[1], After: of[2]}
		if err := c.Field.UnmarshalText([]byte(of[0])); err != nil {
			panic(err)
		}
		out = append(out, c)
	}
	return out
}

func did(outcome Outcome, verbs ...Verb) Result {
	return Result{Outcome: outcome, Did: VerbsOf(verbs...)}
}

func didInstead(outcome Outcome, instead []Change, verbs ...Verb) Result {
	r := did(outcome, verbs...)
	r.Instead = instead
	return r
}

var nameOnly = changesOf("name", `"A"`, `"B"`)
var two = changesOf("name", `"A"`, `"B"`, "role", `"Staff"`, `"student"`)
var born = changesOf("name", "", `"B"`, "metadata", "", `{"k":1}`, "createdAt", "", "1673421419", "lastActiveAt", "", "1673421419")
var meta = changesOf("metadata", `{"a":1,"b":{"x":1,"y":2},"c":3}`, `{"a":1,"b":{"x":9,"y":2},"d":4}`)

func active(of ...string) *user.User {
	u := &user.User{UID: "u", State: user.Active}
	for ; len(of) > 0; of = of[2:] {
		switch of[0] {
		case "metadata":
			u.Metadata = of[1]
		case "tags":
			u.Tags = strings.Split(of[1], ",")
		default:
			var f user.Field
			if err := f.UnmarshalText([]byte(of[0])); err != nil {
				panic(err)
			}
			u.Set(f, of[1])
		}
	}
	return u
}

func since(createdAt int64, u *user.User) *user.User {
	u.CreatedAt = createdAt
	return u
}

func off(of ...string) *user.User {
	u := active(of...)
	u.State = user.Deactivated
	return u
}

var inverseCases = []struct {
	name    string
	verb    Verb
	changes []Change
	result  Result
	now     *user.User
	want    string
}{
	// What did nothing.
	{"applied, and nothing needed doing", Update, nameOnly, did(Applied), active("name", "B"), "nothing"},
	{"failed", Update, nameOnly, did(Failed), active("name", "B"), "nothing"},
	{"skipped", Deactivate, nil, did(Skipped), off(), "nothing"},
	{"drifted", Reactivate, nil, did(Drifted), active(), "nothing"},
	{"withheld", Deactivate, nil, did(Withheld), off(), "nothing"},
	{"a create that failed", Create, born, did(Failed), active("name", "B", "metadata", `{"k":1}`), "nothing"},
	{"active before the run asked", Reactivate, nil, did(Applied), active(), "nothing"},

	// Updates.
	{"as the run left it", Update, nameOnly, did(Applied, Update), active("name", "B"), `update name:"B"->"A"`},
	{"as before", Update, nameOnly, did(Applied, Update), active("name", "A"), "nothing"},
	{"as before, by the way it is compared", Update, nameOnly, did(Applied, Update), active("name", " A "), "nothing"},
	{"neither", Update, nameOnly, did(Applied, Update), active("name", "C"),
		"conflict: changed since the run: name; left alone, where an undo would put back name"},
	{"one of two as before", Update, two, did(Applied, Update), active("name", "A", "role", "Student"), `update role:"Student"->"Staff"`},
	{"one of two neither", Update, two, did(Applied, Update), active("name", "B", "role", "chef"),
		"conflict: changed since the run: role; left alone, where an undo would put back name, role"},
	{"a field without a value before", Update, changesOf("link", "", `"https://a.example"`), did(Applied, Update),
		active("link", "https://a.example"), `update link:"https://a.example"->`},
	{"a field that was cleared", Update, changesOf("statusMessage", `"in"`, ""), did(Applied, Update), active(),
		`update statusMessage:->"in"`},
	{"the default role", Update, changesOf("role", `"default"`, `"staff"`), did(Applied, Update), active(), "nothing"},
	{"in doubt, and done", Update, nameOnly, did(Unknown), active("name", "B"), `update name:"B"->"A"`},
	{"in doubt, and not done", Update, nameOnly, did(Unknown), active("name", "A"), "nothing"},
	{"without an answer", Update, nameOnly, Result{}, active("name", "B"), `update name:"B"->"A"`},
	{"confirmed, and did not stick", Update, two, did(Failed, Update), active("name", "B", "role", "Staff"), `update name:"B"->"A"`},
	{"deactivated since", Update, nameOnly, did(Applied, Update), off("name", "B"),
		"conflict: deactivated since the run, and a deactivated user can't be updated; left alone, where an undo would put back name"},
	{"deactivated since, and as before", Update, nameOnly, did(Applied, Update), off("name", "A"), "nothing"},
	{"gone", Update, two, did(Applied, Update), nil, "gone: the app does not have the user any more; an undo would put back name, role"},

	// Tags, as sets.
	{"tags in another order", Update, changesOf("tags", `["z","x"]`, `["x","y"]`), did(Applied, Update), active("tags", "y,x"),
		`update tags:["y","x"]->["z","x"]`},
	{"tags as before", Update, changesOf("tags", `["z","x"]`, `["x","y"]`), did(Applied, Update), active("tags", "x,z"), "nothing"},
	{"another tag", Update, changesOf("tags", `["z","x"]`, `["x","y"]`), did(Applied, Update), active("tags", "x,y,q"),
		"conflict: changed since the run: tags; left alone, where an undo would put back tags"},
	{"no tags before", Update, changesOf("tags", "", `["x"]`), did(Applied, Update), active("tags", "x"), `update tags:["x"]->`},

	// Metadata, by keys.
	{"metadata as the run left it", Update, meta, did(Applied, Update), active("metadata", `{"d":4.0,"b":{"y":2,"x":9},"a":1}`),
		`update metadata:{"a":1,"b":{"x":9,"y":2},"d":4.0}->{"a":1,"b":{"x":1,"y":2},"c":3}`},
	{"metadata as before", Update, meta, did(Applied, Update), active("metadata", `{"c":3,"a":1,"b":{"x":1,"y":2.0}}`), "nothing"},
	{"keys that the run did not touch", Update, meta, did(Applied, Update),
		active("metadata", `{"a":7,"b":{"x":9,"z":0},"d":4,"e":"new"}`),
		`update metadata:{"a":7,"b":{"x":9,"z":0},"d":4,"e":"new"}->{"a":7,"b":{"x":1,"z":0},"c":3,"e":"new"}`},
	{"some keys are back", Update, meta, did(Applied, Update), active("metadata", `{"a":1,"b":{"x":1,"y":2},"d":4}`),
		`update metadata:{"a":1,"b":{"x":1,"y":2},"d":4}->{"a":1,"b":{"x":1,"y":2},"c":3}`},
	{"all keys are back, and one is new", Update, meta, did(Applied, Update), active("metadata", `{"a":1,"b":{"x":1},"c":3,"e":0}`),
		"nothing"},
	{"a key that is neither", Update, meta, did(Applied, Update), active("metadata", `{"a":1,"b":{"x":5,"y":2},"d":4}`),
		"conflict: changed since the run: metadata.b.x; left alone, where an undo would put back metadata.b.x, metadata.c, metadata.d"},
	{"an object that gave way", Update, meta, did(Applied, Update), active("metadata", `{"a":1,"b":5,"d":4}`),
		"conflict: changed since the run: metadata.b; left alone, where an undo would put back metadata.b.x, metadata.c, metadata.d"},
	{"metadata that the run brought", Update, changesOf("metadata", "", `{"a":{"b":1}}`), did(Applied, Update),
		active("metadata", `{"a":{"b":1}}`), `update metadata:{"a":{"b":1}}->`},
	{"an object that the run brought, with more in it", Update, changesOf("metadata", "[]", `{"a":{"b":1}}`), did(Applied, Update),
		active("metadata", `{"a":{"b":1,"c":2}}`), `update metadata:{"a":{"b":1,"c":2}}->{"a":{"c":2}}`},
	{"an object that the run brought, emptied since", Update, changesOf("metadata", "", `{"a":{"b":1},"c":1}`), did(Applied, Update),
		active("metadata", `{"a":{},"c":1,"k":2}`), `update metadata:{"a":{},"c":1,"k":2}->{"k":2}`},
	{"an object that the run filled, taken away since", Update, changesOf("metadata", `{"a":{}}`, `{"a":{"b":1}}`), did(Applied, Update),
		active("metadata", `{"k":2}`), "nothing"},
	{"an object that was empty before, and has more in it", Update, changesOf("metadata", `{"a":{}}`, `{"a":{"b":1},"c":1}`),
		did(Applied, Update), active("metadata", `{"a":{},"c":1}`), `update metadata:{"a":{},"c":1}->{"a":{}}`},
	{"an object that the run put in the place of a number, with more in it", Update, changesOf("metadata", `{"a":1}`, `{"a":{"b":1}}`),
		did(Applied, Update), active("metadata", `{"a":{"b":1,"c":2}}`), "conflict: changed since the run: metadata.a; left alone, " +
			"where an undo would put back metadata.a"},
	{"a number that the run put in the place of an object, an object again", Update, changesOf("metadata", `{"a":{"b":1}}`, `{"a":1}`),
		did(Applied, Update), active("metadata", `{"a":{"b":2}}`), "conflict: changed since the run: metadata.a; left alone, where an " +
			"undo would put back metadata.a"},
	{"an object that the run took away, and that has come again", Update, changesOf("metadata", `{"a":{"b":1}}`, ""), did(Applied, Update),
		active("metadata", `{"a":{"c":2}}`), `update metadata:{"a":{"c":2}}->{"a":{"b":1,"c":2}}`},
	{"an object that the run brought is gone", Update, changesOf("metadata", `{"x":1}`, `{"a":{"b":1},"x":1}`), did(Applied, Update),
		active("metadata", `{"x":1}`), "nothing"},
	{"empty metadata of three kinds", Update, changesOf("metadata", "{}", `{"a":1}`), did(Applied, Update), active("metadata", "[]"),
		"nothing"},
	{"metadata that is not an object", Update, changesOf("metadata", `"text"`, `{"a":1}`), did(Applied, Update),
		active("metadata", `{"a": 1}`), `update metadata:{"a":1}->"text"`},
	{"metadata that is not an object, as before", Update, changesOf("metadata", `"text"`, `{"a":1}`), did(Applied, Update),
		active("metadata", `"text"`), "nothing"},
	{"metadata that was not an object, neither", Update, changesOf("metadata", `"text"`, `{"a":1}`), did(Applied, Update),
		active("metadata", `{"a":1,"b":2}`), "conflict: changed since the run: metadata; left alone, where an undo would put back " +
			"metadata"},
	{"metadata that is not an object now", Update, meta, did(Applied, Update), active("metadata", "[1]"),
		"conflict: changed since the run: metadata; left alone, where an undo would put back metadata.b.x, metadata.c, metadata.d"},
	{"metadata that would be too long", Update, changesOf("metadata", `{"a":"`+strings.Repeat("x", 4000)+`"}`, `{"a":"y"}`),
		did(Applied, Update), active("metadata", `{"a":"y","b":"`+strings.Repeat("z",
			2000)+`"}`), "conflict: changed since the run: metadata; left alone, where an undo would put back metadata.a"},
	{"metadata that was too long before", Update, changesOf("metadata", `{"a":"`+strings.Repeat("x", 6000)+`"}`, `{"a":"y"}`),
		did(Applied, Update), active("metadata", `{"a":"y"}`), `update metadata:{"a":"y"}->{"a":"` + strings.Repeat("x", 6000) + `"}`},
	{"metadata that is too long, and not touched", Update, changesOf("metadata", `{"a":"x"}`, `{"a":"y"}`), did(Applied, Update),
		active("metadata", `{"a":"x","b":"`+strings.Repeat("z", 6000)+`"}`), "nothing"},

	// Creates.
	{"created", Create, born, did(Applied, Create), active("name", "B", "metadata", `{"k":1}`), "deactivate"},
	{"created, with a time that the app shows otherwise", Create, born, did(Applied, Create),
		since(99, active("name", "B", "metadata", `{"k":1}`)), "deactivate"},
	{"created, and deactivated already", Create, born, did(Applied, Create), off("name", "C"), "nothing"},
	{"created, and gone", Create, born, did(Applied, Create), nil, "nothing"},
	{"created, and changed since", Create, born, did(Applied, Create), active("name", "C", "metadata", `{"k":2,"l":1}`),
		"conflict: changed since the run created the user: name, metadata.k, metadata.l; left alone, where an undo would deactivate the " +
			"user"},
	{"created, and a value taken away since", Create, born, did(Applied, Create), active("name", "B"),
		"conflict: changed since the run created the user: metadata.k; left alone, where an undo would deactivate the user"},
	{"created, and a value did not stick", Create, born, did(Failed, Create), active("name", "B"), "deactivate"},
	{"created, a value did not stick, another changed since", Create, born, did(Failed, Create), active("name", "C"),
		"conflict: changed since the run created the user: name; left alone, where an undo would deactivate the user"},
	{"in doubt, and created", Create, born, did(Unknown), active("name", "B", "metadata", `{"k":1}`), "deactivate"},
	{"in doubt, and not as it would have been created", Create, born, did(Unknown), active("name", "B"),
		"conflict: changed since the run created the user: metadata.k; left alone, where an undo would deactivate the user"},
	{"in doubt, and not created", Create, born, did(Unknown), nil, "nothing"},
	{"without an answer, and created", Create, born, Result{}, active("name", "B", "metadata", `{"k":1}`), "deactivate"},

	// Creates that found their user there.
	{"found", Create, born, did(Applied), active("name", "B", "metadata", `{"k":1}`), "nothing"},
	{"found and updated", Create, born, didInstead(Applied, nameOnly, Update), active("name", "B", "metadata", `{"k":1}`),
		`update name:"B"->"A"`},
	{"found and reactivated", Create, born, did(Applied, Reactivate), active("name", "B"), "deactivate"},
	{"found, reactivated and updated", Create, born, didInstead(Applied, nameOnly, Reactivate, Update), active("name", "B"),
		`deactivate name:"B"->"A"`},
	{"found, and its update in doubt", Create, born, didInstead(Unknown, nameOnly), active("name", "B"), `update name:"B"->"A"`},
	{"found, and reactivated, and then in doubt", Create, born, did(Unknown, Reactivate), active("name", "B"), "deactivate"},
	{"found and updated, with a time that nothing can put back", Create, born,
		didInstead(Applied, append(changesOf("createdAt", "", "1673421419"), nameOnly...), Update), active("name", "B"),
		`update name:"B"->"A"`},
	{"found and updated, and gone", Create, born, didInstead(Applied, nameOnly, Update), nil,
		"gone: the app does not have the user any more; an undo would put back name"},

	// Reactivations.
	{"reactivated", Reactivate, nil, did(Applied, Reactivate), active("name", "B"), "deactivate"},
	{"reactivated, and deactivated already", Reactivate, nil, did(Applied, Reactivate), off(), "nothing"},
	{"reactivated and updated", Reactivate, nameOnly, did(Applied, Reactivate, Update), active("name", "B"), `deactivate name:"B"->"A"`},
	{"reactivated and updated, and the field is back", Reactivate, nameOnly, did(Applied, Reactivate, Update), active("name", "A"),
		"deactivate"},
	{"reactivated and updated, and changed since", Reactivate, nameOnly, did(Applied, Reactivate, Update), active("name", "C"),
		"conflict: changed since the run: name; left alone, where an undo would put back name and deactivate the user"},
	{"reactivated and updated, and deactivated already", Reactivate, nameOnly, did(Applied, Reactivate, Update), off("name", "B"),
		"conflict: deactivated since the run, and a deactivated user can't be updated; left alone, where an undo would put back name"},
	{"reactivated, but not updated", Reactivate, nameOnly, did(Failed, Reactivate), active("name", "B"), "deactivate"},
	{"active before the run asked, and updated", Reactivate, nameOnly, did(Applied, Update), active("name", "B"), `update name:"B"->"A"`},
	{"a reactivation in doubt, not done", Reactivate, nameOnly, did(Unknown), off("name", "A"), "nothing"},
	{"a reactivation in doubt, half done", Reactivate, nameOnly, did(Unknown, Reactivate), active("name", "A"), "deactivate"},
	{"reactivated, and gone", Reactivate, nameOnly, did(Applied, Reactivate, Update), nil,
		"gone: the app does not have the user any more; an undo would put back name and deactivate the user"},

	// Deactivations.
	{"deactivated", Deactivate, nil, did(Applied, Deactivate), off("name", "B"), "reactivate"},
	{"deactivated, and active already", Deactivate, nil, did(Applied, Deactivate), active(), "nothing"},
	{"deactivated before the run asked", Deactivate, nil, did(Applied), off(), "nothing"},
	{"a deactivation in doubt", Deactivate, nil, did(Unknown), off(), "reactivate"},
	{"deactivated, and gone", Deactivate, nil, did(Applied, Deactivate), nil,
		"gone: the app does not have the user any more; an undo would reactivate the user"},
	{"updated and deactivated", Deactivate, nameOnly, did(Applied, Update, Deactivate), off("name", "B"), `reactivate name:"B"->"A"`},
	{"updated, but not deactivated", Deactivate, nameOnly, did(Failed, Update), active("name", "B"), `update name:"B"->"A"`},
	{"updated and deactivated, and active already", Deactivate, nameOnly, did(Applied, Update, Deactivate), active("name", "B"),
		`update name:"B"->"A"`},
	{"updated, and deactivated by somebody", Deactivate, nameOnly, did(Failed, Update), off("name", "B"),
		"conflict: deactivated since the run, and a deactivated user can't be updated; left alone, where an undo would put back name"},
}

func TestInverse(t *testing.T) {
	for _, c := range inverseCases {
		d := Done{Operation: Operation{Verb: c.verb, UID: "u", Name: "N", Changes: c.changes}, Result: c.result, Sent: true}
		if got := inverted(d, c.now); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
		d.Sent = false
		if got := inverted(d, c.now); got != "nothing" {
			t.Errorf("%s, never sent: %s", c.name, got)
		}
	}
}

func TestInverseIsForPeopleToo(t *testing.T) {
	now := &user.User{UID: "u", Name: "Now", Role: "staff", Tags: []string{"x"}, State: user.Active}
	d := Done{Operation: Operation{Verb: Reactivate, UID: "u", Name: "Then", Role: "chef", Reason: StateSays,
		Source: user.Source{File: "a.csv", Row: 2}},
		Result: Result{Outcome: Applied, Did: VerbsOf(Reactivate)}, Sent: true}
	o, _ := d.Inverse(now)
	if want := (Operation{Verb: Deactivate, UID: "u", Name: "Now", Role: "staff", Tags: []string{"x"},
		Reason: Undone}); !reflect.DeepEqual(*o, want) {
		t.Errorf("%+v, want %+v", *o, want)
	}
	if now.Tags[0] = "y"; o.Tags[0] != "x" {
		t.Error("the operation shares the user's memory")
	}
	var many []Change
	var object []string
	for i := range 14 {
		object = append(object, fmt.Sprintf(`"k%02d":1`, i))
	}
	many = append(many, Change{Field: user.Metadata, After: "{" + strings.Join(object, ",") + "}"})
	d = Done{Operation: Operation{Verb: Update, UID: "u", Changes: many}, Sent: true}
	if got := inverted(d, nil); !strings.HasSuffix(got, "put back metadata.k00, metadata.k01, metadata.k02, metadata.k03, metadata.k04, "+
		"metadata.k05, metadata.k06, metadata.k07, metadata.k08, metadata.k09 and 4 more") {
		t.Error(got)
	}
}
