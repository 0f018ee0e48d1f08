package plan

import (
	"reflect"
	"strings"
	"testing"

	"cometsync/internal/user"
)

func TestOperationUser(t *testing.T) {
	o := Operation{Verb: Update, UID: "anna", Changes: []Change{
		{Field: user.Name, Before: `"A"`, After: `"Anna \"K\""`},
		{Field: user.Avatar, Before: `"https://a.example/1"`},
		{Field: user.Role, After: `"staff"`},
		{Field: user.Tags, Before: `["x"]`, After: `["x","y"]`},
		{Field: user.Metadata, Before: `{"a":1}`, After: `{"a":1,"n":9007199254740993}`},
	}}
	got, err := o.User()
	want := user.User{
		UID: "anna", Name: `Anna "K"`, Role: "staff", Tags: []string{"x", "y"}, Metadata: `{"a":1,"n":9007199254740993}`,
		Has:   user.FieldsOf(user.Name, user.Avatar, user.Role, user.Tags, user.Metadata),
		Clear: user.FieldsOf(user.Avatar),
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the user is %+v, %v, want %+v", got, err, want)
	}
	o = Operation{Verb: Create, UID: "anna", Changes: []Change{{Field: user.CreatedAt, After: "1673421419"}, {Field: user.LastActiveAt,
		After: "1673421425"}}}
	got, err = o.User()
	want = user.User{UID: "anna", CreatedAt: 1673421419, LastActiveAt: 1673421425, Has: user.FieldsOf(user.CreatedAt, user.LastActiveAt)}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the user is %+v, %v, want %+v", got, err, want)
	}
	for _, c := range []Change{
		{Field: user.CreatedAt, After: `"2023-01-11"`},
		{Field: user.CreatedAt, After: "0"},
		{Field: user.LastActiveAt, After: "1673421419.5"},
		{Field: user.LastActiveAt}, // a time can't be cleared
		{Field: user.Name, After: "Anna"},
		{Field: user.Tags, After: `"x"`},
		{Field: user.State, After: `"active"`},
		{Field: user.UID, After: `"bob"`},
	} {
		o := Operation{Verb: Update, UID: "anna", Changes: []Change{c}}
		if _, err := o.User(); err == nil || !strings.Contains(err.Error(), "update anna: "+c.Field.String()) {
			t.Errorf("%+v: err is %v", c, err)
		}
	}
}

func TestUnmet(t *testing.T) {
	have := user.User{UID: "anna", Name: "Zoe\u0308  K", Role: "Staff", Tags: []string{"y", "x", " x"},
		Metadata: `{"b":{"c":1.0},"a":"42"}`}
	none := user.User{UID: "anna", Name: "Anna", Metadata: "[]"}
	for _, c := range []struct {
		have   user.User
		change Change
		met    bool
	}{
		{have, Change{Field: user.Name, After: `"Zoë K"`}, true},
		{have, Change{Field: user.Name, After: `"Zoe K"`}, false},
		{have, Change{Field: user.Role, After: `"staff"`}, true},
		{have, Change{Field: user.Role, After: `"default"`}, false},
		{none, Change{Field: user.Role, After: `"default"`}, true},
		{have, Change{Field: user.Tags, After: `["x","y"]`}, true},
		{have, Change{Field: user.Tags, After: `["x"]`}, false},
		{have, Change{Field: user.Tags, After: `["x","z"]`}, false},
		{have, Change{Field: user.Tags}, false},
		{none, Change{Field: user.Tags}, true},
		{have, Change{Field: user.Metadata, After: `{"a":"42","b":{"c":1}}`}, true},
		{have, Change{Field: user.Metadata, After: `{"a":42,"b":{"c":1}}`}, false},
		{have, Change{Field: user.Metadata, After: `{"a":"42"}`}, false},
		{have, Change{Field: user.Metadata}, false},
		{none, Change{Field: user.Metadata}, true},
		{user.User{Metadata: `"text"`}, Change{Field: user.Metadata}, false},
		{none, Change{Field: user.Avatar, Before: `"https://a.example/1"`}, true},
		{user.User{Avatar: "https://a.example/1"}, Change{Field: user.Avatar, Before: `"https://a.example/1"`}, false},
		{have, Change{Field: user.Name, After: "no JSON"}, false},
		{have, Change{Field: user.CreatedAt, After: "1673421419"}, true}, // it does not say
		{user.User{CreatedAt: 1673421419}, Change{Field: user.CreatedAt, After: "1673421419"}, true},
		{user.User{CreatedAt: 1673421420}, Change{Field: user.CreatedAt, After: "1673421419"}, false},
		{user.User{CreatedAt: 1673421419}, Change{Field: user.CreatedAt, After: "soon"}, false},
		{have, Change{Field: user.LastActiveAt, After: "1673421419"}, false}, // never
		{user.User{LastActiveAt: 1673421418}, Change{Field: user.LastActiveAt, After: "1673421419"}, false},
		{user.User{LastActiveAt: 1673421419}, Change{Field: user.LastActiveAt, After: "1673421419"}, true},
		{user.User{LastActiveAt: 1673421420}, Change{Field: user.LastActiveAt, After: "1673421419"}, true},
	} {
		o := Operation{Verb: Update, UID: "anna", Changes: []Change{c.change}}
		unmet := o.Unmet(&c.have)
		if c.met && len(unmet) > 0 || !c.met && (len(unmet) != 1 || unmet[0] != c.change) {
			t.Errorf("%s -> %q: unmet is %+v", c.change.Field, c.change.After, unmet)
		}
	}
}
