package plan

import (
	"testing"

	"cometsync/internal/user"
)

func TestCausesByField(t *testing.T) {
	for _, c := range []struct {
		by   map[string]Cause
		want string
	}{
		{nil, ""},
		{map[string]Cause{"name": NoCause}, ""},
		{map[string]Cause{"name": ByApp}, `"app"`},
		{map[string]Cause{"metadata.a": BySource, "metadata.b": BySource}, `"source"`},
		{map[string]Cause{"metadata.a": BySource, "metadata.b": ByConfiguration}, `{"metadata.a":"source","metadata.b":"configuration"}`},
		{map[string]Cause{"metadata.a": NoCause, "metadata.\"b\n": ByApp}, `{"metadata.\"b\n":"app","metadata.a":""}`},
	} {
		var keys []KeyChange
		for field, cause := range c.by {
			keys = append(keys, KeyChange{Field: field, Cause: cause})
		}
		got := CausesOf(keys)
		if got.String() != c.want {
			t.Errorf("%v: the causes are %s, want %s", c.by, got, c.want)
		}
		for field, want := range c.by {
			if got := got.Of(field); got != want {
				t.Errorf("%s: the cause of %s is %s, want %s", c.want, field, got, want)
			}
		}
	}
}

// A saved plan and the journal keep causes, and take nothing else for one.
func TestCausesAreSaved(t *testing.T) {
	o := Operation{Verb: Update, UID: "anna", Reason: Differs, Changes: []Change{
		{user.Name, Causes(ByApp), `"A"`, `"B"`},
		{user.Avatar, Causes(NoCause), "", `"x"`},
		{user.Metadata, numbered(`{"metadata.a":"source","metadata.b":"configuration"}`), `{"a":1}`, `{"b":2}`},
	}}
	text, err := AppendOperation(nil, &o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := DecodeOperation(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := range o.Changes {
		if got.Changes[i] != o.Changes[i] {
			t.Errorf("%+v was saved as %+v", o.Changes[i], got.Changes[i])
		}
	}
	want := []Cause{ByApp, NoCause, BySource, ByConfiguration}
	for _, c := range got.Changes {
		for _, k := range Keys(c) {
			if k.Cause != want[0] {
				t.Errorf("the cause of %s is %q, want %q", k.Field, k.Cause, want[0])
			}
			want = want[1:]
		}
	}
	for _, wrong := range []string{`"weather"`, `{"metadata.a":"weather"}`, `["app"]`, `7`} {
		line := `{"op":"update","uid":"anna","changes":[{"field":"name","before":null,"after":"B","cause":` + wrong + `}]}`
		if _, err := DecodeOperation([]byte(line)); err == nil {
			t.Errorf("%s is taken for a cause", wrong)
		}
	}
}
