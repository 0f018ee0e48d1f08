package plan

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"cometsync/internal/user"
)

func long(n int) string { return `{"a":"` + strings.Repeat("x", n) + `"}` }

func metadataOf(before, after string) []Change {
	return []Change{{user.Metadata, 0, before, after}}
}

var conflictName = Change{user.Name, 0, `"A"`, `"B"`}
var conflictBorn = []Change{{user.Name, 0, "", `"B"`}, {user.Role, 0, "", `"staff"`},
	{user.Metadata, 0, "", `{"@private":{"iban":"1"},"k":{"l":1}}`}, {user.CreatedAt, 0, "", "1673421419"}}

const (
	conflictActive = `"active"`
	conflictOff    = `"deactivated"`
)

var conflictCases = []struct {
	name    string
	verb    Verb
	did     VerbSet
	changes []Change
	now     user.User
	want    []ConflictField
}{
	{"a field that is neither, and one that would be put back", Update, 0, []Change{conflictName, {user.Role, 0, `"Staff"`, `"student"`}},
		user.User{Name: "B", Role: "chef"}, []ConflictField{{"role", `"Staff"`, `"student"`, `"chef"`, false}}},
	{"two, one of them taken away, and one as before", Update, 0,
		[]Change{conflictName, {user.Link, 0, "", `"l"`}, {user.StatusMessage, 0, `"in"`, `"out"`}},
		user.User{Name: "C"}, []ConflictField{{"name", `"A"`, `"B"`, `"C"`, false}, {"statusMessage", `"in"`, `"out"`, "", false}}},
	{"a field that the run brought", Update, 0, []Change{{user.Link, 0, "", `"l"`}},
		user.User{Link: `m<">`}, []ConflictField{{"link", "", `"l"`, `"m<\">"`, false}}},
	{"text that is broken", Update, 0, []Change{{user.Link, 0, "", `"l"`}}, user.User{Link: "m\xff"},
		[]ConflictField{{"link", "", `"l"`, "\"m\uFFFD\"", false}}},
	{"tags", Update, 0, []Change{{user.Tags, 0, `["z","x"]`, "[ \"x\",\n\"y\" ]"}},
		user.User{Tags: []string{"q", "@private"}}, []ConflictField{{"tags", `["z","x"]`, `["x","y"]`, `["q","@private"]`, false}}},

	{"keys in order, at every level", Update, 0, metadataOf(`{"z":1,"b":{"x":1,"y":2},"n":null}`, `{"b":{"x":9,"y":3},"a":[1],"n":0}`),
		user.User{Metadata: `{"z": 2, "b":{"x":5,"y":3,"t":0}, "a":null, "theirs":1}`}, []ConflictField{
			{"metadata.a", "", `[1]`, `null`, false}, {"metadata.b.x", `1`, `9`, `5`, false}, {"metadata.n", `null`, `0`, "",
				false}, {"metadata.z", `1`, "", `2`, false}}},
	{"an object that gave way", Update, 0, metadataOf(`{"b":{"x":1}}`, `{"b":{"x":2}}`),
		user.User{Metadata: `{"b":5}`}, []ConflictField{{"metadata.b", `{"x":1}`, `{"x":2}`, `5`, false}}},
	{"private keys at every level", Update, 0, metadataOf(`{"@private":{"a":{"b":1}},"c":{"@private":1},"d":1}`,
		`{"@private":{"a":{"b":2}},"c":{"@private":2},"d":2}`),
		user.User{Metadata: `{"@private":{"a":{"b":3}},"c":{"@private":3},"d":3}`}, []ConflictField{
			{"metadata.@private.a.b", `1`, `2`, `3`, true}, {"metadata.c.@private", `1`, `2`, `3`, true},
			{"metadata.d", `1`, `2`, `3`, false}}},
	{"a private key in the value before", Update, 0, metadataOf(`{"a":{"@private":1}}`, `{"a":2}`), user.User{Metadata: `{"a":3}`},
		[]ConflictField{{"metadata.a", `{"@private":1}`, `2`, `3`, true}}},
	{"a private key in the value after", Update, 0, metadataOf(`{"a":2}`, `{"a":{"@private":1}}`), user.User{Metadata: `{"a":3}`},
		[]ConflictField{{"metadata.a", `2`, `{"@private":1}`, `3`, true}}},
	{"a private key in the value now", Update, 0, metadataOf(`{"a":1}`, `{"a":2}`), user.User{Metadata: `{"a":{"@private":1}}`},
		[]ConflictField{{"metadata.a", `1`, `2`, `{"@private":1}`, true}}},
	{"metadata that is not an object", Update, 0, metadataOf(`{"b":1,"a":1}`, `{}`), user.User{Metadata: "[1,\n2]"},
		[]ConflictField{{"metadata", `{"a":1,"b":1}`, "", `[1,2]`, true}}},
	{"metadata that is not JSON", Update, 0, metadataOf("", `{"a":1}`), user.User{Metadata: "{\xff"},
		[]ConflictField{{"metadata", "", `{"a":1}`, "\"{\uFFFD\"", true}}},
	{"metadata with a key that stands twice", Update, 0, metadataOf("", `{"a":1}`), user.User{Metadata: `{"a":1, "a":2}`},
		[]ConflictField{{"metadata", "", `{"a":1}`, `{"a":1,"a":2}`, true}}},
	{"metadata that would be too long", Update, 0, metadataOf(long(4000), `{"a":"y"}`),
		user.User{Metadata: `{"a":"y","b":"` + strings.Repeat("z", 2000) + `"}`}, []ConflictField{{"metadata", long(4000), `{"a":"y"}`,
			`{"a":"y","b":"` + strings.Repeat("z", 2000) + `"}`, false}}},
	{"metadata that would be too long, with a private key", Update, 0, metadataOf(long(4000), `{"a":"y"}`),
		user.User{Metadata: `{"@private":"` + strings.Repeat("z", 2000) + `","a":"y"}`},
		[]ConflictField{{"metadata", long(4000), `{"a":"y"}`, `{"@private":"` + strings.Repeat("z", 2000) + `","a":"y"}`, true}}},

	{"deactivated since", Update, 0, []Change{conflictName}, user.User{Name: "B", State: user.Deactivated},
		[]ConflictField{{"state", conflictActive, conflictActive, conflictOff, false}}},
	{"changed and deactivated since", Update, 0, []Change{conflictName, {user.Link, 0, "", `"l"`}}, user.User{Name: "C", Link: "l",
		State: user.Deactivated}, []ConflictField{{"name", `"A"`, `"B"`, `"C"`, false},
		{"state", conflictActive, conflictActive, conflictOff, false}}},
	{"reactivated, updated, and deactivated since", Reactivate, VerbsOf(Reactivate, Update), []Change{conflictName},
		user.User{Name: "B", State: user.Deactivated}, []ConflictField{{"state", conflictOff, conflictActive, conflictOff, false}}},
	{"reactivated, updated, and changed since", Reactivate, VerbsOf(Reactivate, Update), []Change{conflictName}, user.User{Name: "C"},
		[]ConflictField{{"name", `"A"`, `"B"`, `"C"`, false}}},
	{"updated and deactivated, and changed since", Deactivate, VerbsOf(Deactivate, Update), []Change{conflictName},
		user.User{Name: "C", State: user.Deactivated}, []ConflictField{{"name", `"A"`, `"B"`, `"C"`, false}}},
	{"updated, and deactivated by somebody", Deactivate, VerbsOf(Update), []Change{conflictName},
		user.User{Name: "B", State: user.Deactivated}, []ConflictField{{"state", conflictActive, conflictActive, conflictOff, false}}},

	{"created, and changed since", Create, VerbsOf(Create), conflictBorn, user.User{Name: "C", Role: "Staff",
		Metadata: `{"@private":{"iban":"2"},"k":{"m":2}}`}, []ConflictField{
		{"name", "", `"B"`, `"C"`, false}, {"metadata.@private.iban", "", `"1"`, `"2"`, true}, {"metadata.k.l", "", `1`, "",
			false}, {"metadata.k.m", "", "", `2`, false}}},
	{"created, and its metadata no object", Create, VerbsOf(Create), conflictBorn, user.User{Name: "B", Role: "staff", Metadata: `[ 1 ]`},
		[]ConflictField{
			{"metadata", "", `{"@private":{"iban":"1"},"k":{"l":1}}`, `[1]`, true}}},
}

// A conflict shows what somebody needs who decides on it: the values for which
// the user is left alone, and no others.
func TestConflictFields(t *testing.T) {
	for _, c := range conflictCases {
		now := c.now
		if now.UID = "u"; now.State == user.Unsaid {
			now.State = user.Active
		}
		d := Done{Operation: Operation{Verb: c.verb, UID: "u", Changes: c.changes}, Result: Result{Outcome: Applied, Did: c.did},
			Sent: true}
		if c.did == 0 {
			d.Result.Did.Add(c.verb)
		}
		_, conflict := d.Inverse(&now)
		if conflict == nil {
			t.Errorf("%s: no conflict", c.name)
			continue
		}
		if !reflect.DeepEqual(conflict.Fields, c.want) {
			t.Errorf("%s: %+v\nwant %+v", c.name, conflict.Fields, c.want)
		}
		for _, f := range conflict.Fields {
			if f.Field != "state" && !strings.Contains(conflict.Message, f.Field) {
				t.Errorf("%s: %s is not in %q", c.name, f.Field, conflict.Message)
			}
		}
		for _, secret := range []string{"chef", `"C"`, "x:", "zz", "iban\":"} {
			if strings.Contains(conflict.Message, secret) {
				t.Errorf("%s: a value is in %q", c.name, conflict.Message)
			}
		}

		// What is kept of it is what was found.
		head, err := headOf(&Plan{Conflicts: []Conflict{*conflict}}, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if p, _, err := DecodeHead(head); err != nil || !reflect.DeepEqual(p.Conflicts[0], *conflict) {
			t.Errorf("%s: read back as %+v, %v\nwant %+v", c.name, p.Conflicts, err, *conflict)
		}
	}
}

// Who is gone has no values to decide on, and no value is not the value null.
func TestConflictsAreReadBack(t *testing.T) {
	want := []Conflict{
		{UID: "a", Fields: []ConflictField{{Field: "metadata.k", Before: "null", Now: "0"}, {Field: "name", After: "\"<\u2028&>\""}}},
		{UID: "b", Gone: true},
	}
	head, err := headOf(&Plan{Conflicts: want}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if text := `"fields":[{"field":"metadata.k","before":null,"now":0},{"field":"name","after":"<\u2028&>"}]},{"uid":"b","name":"","message":"","gone":true}]`; !strings.Contains(string(head), text) {
		t.Errorf("%s\nwant %s", head, text)
	}
	var spaced bytes.Buffer
	if err := json.Indent(&spaced, head, "", "\t"); err != nil {
		t.Fatal(err)
	}
	for _, head := range [][]byte{head, spaced.Bytes()} {
		if p, _, err := DecodeHead(head); err != nil || !reflect.DeepEqual(p.Conflicts, want) {
			t.Errorf("%+v, %v, want %+v", p, err, want)
		}
	}
	want[0].Fields[0].Now = "no JSON"
	if head, err := headOf(&Plan{Conflicts: want}, nil); err == nil {
		t.Errorf("a value that is not JSON was written: %s", head)
	}
}

// TestCreatedAndGivenMore leaves a created user alone to whom somebody has given
// since what its creation left empty.
func TestCreatedAndGivenMore(t *testing.T) {
	d := Done{Sent: true, Result: Result{Outcome: Applied, Did: VerbsOf(Create)},
		Operation: Operation{Verb: Create, UID: "new", Changes: []Change{{Field: user.Name, After: `"New"`}}}}
	as := func(change func(u *user.User)) *user.User {
		u := &user.User{UID: "new", Role: user.DefaultRole, State: user.Active, Has: user.FieldsOf(user.AllFields()...)}
		u.Set(user.Name, "New")
		change(u)
		return u
	}
	if o, c := d.Inverse(as(func(*user.User) {})); c != nil || o == nil || o.Verb != Deactivate {
		t.Fatalf("as it was created: %+v, %+v", o, c)
	}
	for field, change := range map[string]func(u *user.User){
		"role":          func(u *user.User) { u.Role = "manager" },
		"avatar":        func(u *user.User) { u.Avatar = "https://x.example/a.png" },
		"tags":          func(u *user.User) { u.Tags = []string{"vip"} },
		"statusMessage": func(u *user.User) { u.StatusMessage = "hello" },
		"metadata.dept": func(u *user.User) { u.Metadata = `{"dept":"it"}` },
	} {
		o, c := d.Inverse(as(change))
		if o != nil || c == nil || len(c.Fields) != 1 || c.Fields[0].Field != field || c.Fields[0].Before != "" || c.Fields[0].Now == "" {
			t.Errorf("%s: %+v, %+v", field, o, c)
		}
	}
}
